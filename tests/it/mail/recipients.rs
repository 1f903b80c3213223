//! What each event owes, and to whom; the expected set stands here, written from the contract.

use super::post::{Post, accounts, owed, tick};
use crate::support::desk::{Cast, text};
use chrono::Duration;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// What an act owes beyond what was owed before.
#[derive(Default)]
struct Oracle {
    seen: BTreeSet<String>,
}

impl Oracle {
    async fn owes(&mut self, cast: &Cast, expected: &[(&str, &str)]) {
        let rows = cast.admin.items("/mails?limit=200").await;
        let mut new: Vec<(String, String)> = Vec::new();
        for row in rows {
            if self.seen.insert(text(&row["id"])) {
                let to = text(&row["recipient"]).split('@').next().unwrap().to_owned();
                new.push((to, text(&row["kind"])));
            }
        }
        new.sort();
        let mut expected: Vec<(String, String)> =
            expected.iter().map(|(to, kind)| ((*to).to_owned(), (*kind).to_owned())).collect();
        expected.sort();
        assert_eq!(new, expected);
    }
}

#[actix_web::test]
async fn each_event_owes_the_mails_of_the_contract_and_no_others() {
    let cast = Cast::new().await;
    let mut o = Oracle::default();
    let (me, tech, one, two, boss) = ("pegawai.dinkes", "teknisi.dinkes", "tier2.satu", "tier2.dua", "koordinator");
    let ticket = cast.requester.open("SIMPEG mati").await;
    o.owes(&cast, &[(me, "opened"), (tech, "opened")]).await;
    cast.coordinator.assign(&ticket, &cast.tier1.id().await).await.ok();
    o.owes(&cast, &[(tech, "assigned")]).await;
    cast.tier1.start(&ticket).await.ok();
    o.owes(&cast, &[]).await;
    cast.tier1.say(&ticket, "public", "Sedang diperiksa.").await.created();
    o.owes(&cast, &[(me, "commented")]).await;
    cast.requester.say(&ticket, "public", "Terima kasih.").await.created();
    o.owes(&cast, &[(tech, "commented")]).await;
    cast.tier1.say(&ticket, "internal", "Rahasia dapur.").await.created();
    o.owes(&cast, &[]).await;
    cast.coordinator.act(&ticket, "watchers", json!({})).await.ok();
    cast.tier1.pend(&ticket).await.ok();
    o.owes(&cast, &[(me, "question"), (boss, "question")]).await;
    cast.requester.say(&ticket, "public", "Versi 2.").await.created();
    o.owes(&cast, &[(tech, "commented"), (boss, "commented")]).await;
    cast.tier1.act(&ticket, "pend", json!({ "reason": "vendor" })).await.ok();
    o.owes(&cast, &[]).await;
    cast.tier1.escalate(&ticket).await.ok();
    o.owes(&cast, &[(one, "escalated"), (two, "escalated"), (me, "escalated"), (boss, "escalated")]).await;
    cast.tier2.start(&ticket).await.ok();
    cast.tier2.give_back(&ticket).await.ok();
    o.owes(&cast, &[(tech, "returned"), (me, "returned"), (boss, "returned")]).await;
    cast.tier1.consult(&ticket).await.ok();
    cast.tier1.edit(&ticket, json!({ "impact": "high" })).await.ok();
    o.owes(&cast, &[]).await;
    cast.tier1.resolve(&ticket).await.ok();
    o.owes(&cast, &[(me, "resolved"), (boss, "resolved")]).await;
    cast.requester.reopen(&ticket).await.ok();
    o.owes(&cast, &[(tech, "reopened"), (boss, "reopened")]).await;
    cast.tier1.resolve(&ticket).await.ok();
    o.owes(&cast, &[(me, "resolved"), (boss, "resolved")]).await;
    cast.requester.close(&ticket).await.ok();
    o.owes(&cast, &[(tech, "closed"), (boss, "closed")]).await;
}

#[actix_web::test]
async fn whoever_opens_gets_an_acknowledgement_and_nobody_else_a_mail_of_his_own_act() {
    let cast = Cast::new().await;
    // A technician on behalf: his requester and his colleagues hear of it, he does not.
    let body = json!({ "on_behalf_of": "pegawai.dinkes@lebakkab.go.id" });
    let ticket = cast.tier1.open_with(body).await.created();
    assert_eq!(owed(&cast).await, [("pegawai.dinkes".to_owned(), "opened".to_owned())]);
    cast.tier1.assign(&ticket, "me").await.ok();
    assert_eq!(owed(&cast).await.len(), 1);
    cast.later();
    // A technician with trouble of his own is a requester like any other.
    cast.give(&cast.tier1.id().await, "requester", Some("dinkes")).await;
    cast.tier1.open_with(json!({})).await.created();
    let all = owed(&cast).await;
    assert_eq!(all[1..], [("teknisi.dinkes".to_owned(), "opened".to_owned())]);
}

#[actix_web::test]
async fn a_ticket_that_closes_by_itself_tells_both_sides_and_a_comment_of_a_follower_only_the_requester() {
    let cast = Cast::new().await;
    let ticket = cast.requester.open("SIMPEG mati").await;
    cast.tier1.assign(&ticket, "me").await.ok();
    cast.coordinator.say(&ticket, "public", "Mohon sabar.").await.created();
    cast.tier1.resolve(&ticket).await.ok();
    let cast = cast.much_later(Duration::days(6)).await;
    tick(&cast.app).await;
    let all = owed(&cast).await;
    let of = |who: &str, kind: &str| all.iter().filter(|(to, k)| to == who && k == kind).count();
    assert_eq!((of("pegawai.dinkes", "commented"), of("teknisi.dinkes", "commented")), (1, 0));
    assert_eq!((of("pegawai.dinkes", "closed"), of("teknisi.dinkes", "closed")), (1, 1));
}

#[actix_web::test]
async fn a_warning_goes_to_the_desk_and_a_miss_to_the_coordinator_too_and_neither_to_the_requester() {
    let cast = Cast::new().await;
    cast.requester.open("SIMPEG mati").await;
    let cast = cast.much_later(Duration::minutes(181)).await;
    tick(&cast.app).await;
    let all = owed(&cast).await;
    assert_eq!(all[2..], [("teknisi.dinkes".to_owned(), "warned".to_owned())]);
    let cast = cast.much_later(Duration::hours(4)).await;
    tick(&cast.app).await;
    let all = owed(&cast).await;
    let breached: BTreeSet<&str> =
        all[3..].iter().filter(|(_, k)| k == "breached").map(|(to, _)| to.as_str()).collect();
    assert_eq!(breached, BTreeSet::from(["koordinator", "teknisi.dinkes"]));
    assert!(!all.iter().any(|(to, kind)| to == "pegawai.dinkes" && kind != "opened"));
}

// L15, T3, B3
#[actix_web::test]
async fn nobody_outside_the_official_domain_is_written_to_and_the_administrator_sees_that() {
    use diesel::prelude::*;
    use sigap::db::schema::people;
    let cast = Cast::new().await;
    let post = Post::of(&cast.app);
    cast.requester.open("Yang pertama").await;
    // Entry refuses such an address; here it is in the table all the same, once before and once after the mail was owed.
    let outside = |from: &'static str, to: &'static str| {
        cast.app.within(move |tx| {
            Ok(sigap::on!(tx.conn(), |c| diesel::update(people::table.filter(people::email.eq(from)))
                .set(people::email.eq(to))
                .execute(c))?)
        })
    };
    assert_eq!(outside("teknisi.dinkes@lebakkab.go.id", "teknisi@gmail.com").await, 1);
    cast.requester.open("Yang kedua").await;
    let rows = cast.admin.items("/mails?state=failed").await;
    assert_eq!(rows.len(), 1);
    assert_eq!((&rows[0]["recipient"], &rows[0]["attempts"]), (&json!("teknisi@gmail.com"), &json!(0)));
    assert!(text(&rows[0]["last_error"]).contains("resmi"), "{rows:?}");
    // What was owed before goes where he is found now, or nowhere.
    assert_eq!(accounts(&post.now(&cast.app).await), ["pegawai.dinkes", "pegawai.dinkes"]);
    // What an administrator lets be tried again is refused again at the door.
    let place = format!("/mails/{}/retry", text(&rows[0]["id"]));
    assert_eq!(cast.admin.post(&place, json!({})).await.ok()["state"], "queued");
    assert!(post.now(&cast.app).await.is_empty());
    let again: Vec<Value> = cast.admin.items("/mails?state=failed").await;
    assert_eq!(again.iter().map(|row| &row["attempts"]).collect::<Vec<_>>(), [&json!(1), &json!(1)]);
}

#[actix_web::test]
async fn other_regions_and_the_demos_past_are_left_alone() {
    let cast = Cast::new().await;
    sigap::demo::fill_tickets(&cast.app.app, 20).await.unwrap();
    assert!(owed(&cast).await.is_empty());
    let far = cast.app.temanggung("pegawai.dinkes").await;
    far.open("Di Temanggung").await;
    assert!(owed(&cast).await.is_empty());
    let admin = cast.app.temanggung("admin").await;
    assert_eq!(admin.items("/mails").await.len(), 2);
}
