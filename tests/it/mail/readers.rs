//! A mail that waits, perhaps for days, goes to nobody who lost sight of its ticket meanwhile (contract, "Who sees what").

use super::post::{Got, Post, accounts};
use crate::support::desk::{Cast, text, texts};
use serde_json::{Value, json};

const TIER2: &str = "tier2.satu@lebakkab.go.id";
const WHY: &str = "Penerima tidak lagi melihat tiket ini.";

/// To whom mails about tickets went, each once.
fn told(mails: &[Got]) -> Vec<&str> {
    let about: Vec<Got> = mails.iter().filter(|mail| mail.subject.starts_with('[')).cloned().collect();
    let mut names: Vec<&str> =
        accounts(mails).into_iter().filter(|who| about.iter().any(|m| m.account() == *who)).collect();
    names.dedup();
    names
}

async fn failed(cast: &Cast) -> Vec<Value> {
    let mut rows = cast.admin.items("/mails?state=failed").await;
    rows.sort_by_key(|row| text(&row["recipient"]));
    rows
}

#[actix_web::test]
async fn whoever_lost_his_role_or_his_account_before_a_mail_left_is_not_written_to_and_its_keeper_sees_why() {
    let cast = Cast::new().await;
    let post = Post::of(&cast.app);
    let ticket = cast.requester.open("SIMPEG mati").await;
    cast.tier1.escalate(&ticket).await.ok();
    cast.app.strip(TIER2).await;
    cast.take(&cast.tier1.id().await, "tier1", "dinkes").await;
    cast.deactivate(&cast.second.id().await).await;
    assert_eq!(told(&post.later(&cast.app).await), ["pegawai.dinkes"]);
    let rows = failed(&cast).await;
    let gone = ["teknisi.dinkes@lebakkab.go.id", "tier2.dua@lebakkab.go.id", TIER2];
    assert_eq!(texts(&rows, "recipient"), gone);
    assert!(rows.iter().all(|row| text(&row["last_error"]).contains(WHY)), "{rows:?}");
    // Whoever lets it be tried again, even months later, is answered the same; until its reader sees the ticket again.
    let place = format!("/mails/{}/retry", text(&rows[0]["id"]));
    cast.admin.post(&place, json!({})).await.ok();
    assert!(post.now(&cast.app).await.is_empty());
    assert_eq!(failed(&cast).await.len(), 3);
    let technician = cast.app.person("teknisi.dinkes@lebakkab.go.id").await.to_string();
    cast.give(&technician, "tier1", Some("dinkes")).await;
    cast.admin.post(&place, json!({})).await.ok();
    assert_eq!(told(&post.now(&cast.app).await), ["teknisi.dinkes"]);
}

// L13
#[actix_web::test]
async fn of_a_ticket_that_became_secret_and_went_to_the_other_desk_the_first_one_gets_no_mail_any_more() {
    let cast = Cast::new().await;
    let post = Post::of(&cast.app);
    let ticket = cast.requester.open("SIMPEG mati").await;
    cast.coordinator.edit(&ticket, json!({ "classification": "secret" })).await.ok();
    cast.coordinator.escalate(&ticket).await.ok();
    assert_eq!(told(&post.later(&cast.app).await), ["pegawai.dinkes", "tier2.dua", "tier2.satu"]);
    assert_eq!(texts(&failed(&cast).await, "recipient"), ["teknisi.dinkes@lebakkab.go.id"]);
}

#[actix_web::test]
async fn a_mail_follows_its_reader_to_his_new_address_and_whoever_has_the_old_one_gets_his_own_alone() {
    let cast = Cast::new().await;
    let post = Post::of(&cast.app);
    cast.requester.open("SIMPEG mati").await;
    let place = format!("/people/{}", cast.tier1.id().await);
    cast.admin.patch(&place, json!({ "email": "budi.baru@lebakkab.go.id" })).await.ok();
    let mails = post.later(&cast.app).await;
    assert_eq!(told(&mails), ["budi.baru", "pegawai.dinkes"]);
    let moved = mails.iter().find(|mail| mail.account() == "budi.baru").unwrap();
    assert!(moved.header("to").unwrap().contains("<budi.baru@lebakkab.go.id>"), "{}", moved.raw);
    assert!(failed(&cast).await.is_empty());
    // The address is another technician's before the first one's mail has left.
    let ticket = cast.requester.open("Surel mati").await;
    cast.admin.patch(&place, json!({ "email": "budi.lagi@lebakkab.go.id" })).await.ok();
    cast.app.hire("lebak", "budi.baru", Some(sigap::access::Role::Tier1), &["dinkes"]).await;
    cast.requester.say(&ticket, "public", "Masih mati.").await.created();
    let mails = post.later(&cast.app).await;
    let texts: Vec<(&str, bool)> = mails
        .iter()
        .filter(|m| m.subject.starts_with('['))
        .map(|m| (m.account(), m.text.contains("Masih mati.")))
        .collect();
    assert!(texts.contains(&("budi.lagi", true)) && texts.contains(&("budi.baru", true)), "{texts:?}");
    let new = mails.iter().filter(|m| m.account() == "budi.baru" && m.subject.starts_with('['));
    assert!(
        new.clone().count() == 1 && new.clone().all(|mail| !mail.text.contains("Tiket baru")),
        "what was the other's"
    );
}
