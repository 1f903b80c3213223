//! Many at once: nothing is lost, nothing happens twice.

use crate::support::desk::{Cast, text, texts};
use crate::support::meet::in_order;
use crate::support::time::PATIENT;
use crate::support::{Client, Reply, TestApp};
use actix_web::http::Method;
use chrono::{DateTime, Duration, Utc};
use futures_util::future::{join, join_all};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Reads, changes what was read, and begins again when somebody else was faster; returns the versions it made.
async fn insists(client: &Client, ticket: &Value, n: usize) -> i64 {
    for _ in 0..200 {
        let seen = client.see(ticket).await;
        let tag = seen.header("etag").unwrap().to_owned();
        let reply = if n.is_multiple_of(2) {
            let subject = format!("{} {n}", text(&seen.ok()["subject"]));
            client.edit_at(ticket, &tag, json!({ "subject": subject })).await
        } else {
            let path = format!("/tickets/{}/comments", text(&ticket["id"]));
            let body = json!({ "body": format!("Nomor {n}"), "visibility": "public" });
            client.send(Method::POST, &path, &[("if-match", &tag)], Some(body)).await
        };
        match reply.status {
            200 | 201 => return client.see(ticket).await.ok()["version"].as_i64().unwrap(),
            412 => {}
            other => panic!("{other}: {}", reply.text),
        }
    }
    panic!("never got through");
}

#[actix_web::test]
async fn thirty_two_writers_of_one_ticket_lose_nothing() {
    let cast = Cast::new().await;
    let ticket = cast.requester.open("Awal").await;
    let clients = [&cast.tier1, &cast.coordinator];
    join_all((0..32).map(|n| insists(clients[n / 2 % 2], &ticket, n))).await;
    let end = cast.tier1.see(&ticket).await.ok();
    assert_eq!(end["version"], 33);
    let words: BTreeSet<String> = text(&end["subject"]).split(' ').map(str::to_owned).collect();
    for n in (0..32).step_by(2) {
        assert!(words.contains(&n.to_string()), "the change of writer {n} is lost: {words:?}");
    }
    assert_eq!(cast.tier1.of(&ticket, "comments").await.len(), 16);
    let mut versions: Vec<i64> =
        cast.tier1.of(&ticket, "events").await.iter().map(|l| l["version"].as_i64().unwrap()).collect();
    versions.sort_unstable();
    assert_eq!(versions, (1..=33).collect::<Vec<_>>());
}

#[actix_web::test]
async fn of_two_who_mend_name_and_words_of_a_canned_answer_at_once_neither_takes_back_what_the_other_said() {
    let cast = Cast::new().await;
    let answer = json!({ "name": "Terima", "body": "Kami terima.", "desk": "tier2" });
    let answer = cast.tier2.post("/answers", answer).await.created();
    let place = format!("/answers/{}", text(&answer["id"]));
    let name = async { cast.tier2.patch(&place, json!({ "name": "Diterima" })).await };
    let body = async { cast.second.patch(&place, json!({ "body": "Laporan Anda kami terima." })).await };
    let (name, body) = in_order(&cast.app, "canned_answers", name, body).await;
    name.ok();
    let left = body.ok();
    assert_eq!((&left["name"], &left["body"]), (&json!("Diterima"), &json!("Laporan Anda kami terima.")));
    for field in ["name", "body", "desk"] {
        cast.tier2.patch(&place, json!({ field: null })).await.names(&format!("/{field}"));
    }
    assert_eq!(left["desk"], answer["desk"]);
}

#[actix_web::test]
async fn without_a_version_every_comment_counts_as_one_change() {
    let cast = Cast::new().await;
    let ticket = cast.requester.open("Awal").await;
    let said = join_all((0..32).map(|n| {
        let client = [&cast.tier1, &cast.requester, &cast.coordinator][n % 3];
        let ticket = &ticket;
        async move { client.say(ticket, "public", &format!("Nomor {n}")).await }
    }))
    .await;
    for reply in &said {
        reply.created();
    }
    assert_eq!(cast.tier1.see(&ticket).await.ok()["version"], 33);
    assert_eq!(cast.tier1.of(&ticket, "comments").await.len(), 32);
}

/// Of two acts that exclude each other exactly one happens; the other finds the ticket as it is then.
async fn one_wins(cast: &Cast, ticket: &Value, left: impl Future<Output = Reply>, right: impl Future<Output = Reply>) {
    let (left, right) = join(left, right).await;
    let mut statuses = [left.status, right.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409], "{}\n{}", left.text, right.text);
    let winner = if left.status == 200 { left } else { right }.json();
    assert_eq!(cast.coordinator.see(ticket).await.ok(), winner);
    assert_eq!(winner["version"].as_i64().unwrap(), ticket["version"].as_i64().unwrap() + 1);
}

#[actix_web::test]
async fn of_two_acts_that_exclude_each_other_one_happens() {
    let cast = Cast::new().await;
    for round in 0..6 {
        let fresh = async || cast.requester.open(&format!("Putaran {round}")).await;
        let t = fresh().await;
        one_wins(&cast, &t, cast.tier1.start(&t), cast.tier1.start(&t)).await;
        let t = fresh().await;
        one_wins(&cast, &t, cast.tier1.cancel(&t), cast.coordinator.cancel(&t)).await;
        let t = fresh().await;
        one_wins(&cast, &t, cast.tier1.escalate(&t), cast.coordinator.escalate(&t)).await;
        let t = fresh().await;
        one_wins(&cast, &t, cast.tier1.resolve(&t), cast.coordinator.cancel(&t)).await;
        let t = fresh().await;
        let t = cast.tier1.resolve(&t).await.ok();
        one_wins(&cast, &t, cast.requester.close(&t), cast.coordinator.close(&t)).await;
        let t = cast.handed_up().await;
        one_wins(&cast, &t, cast.tier2.start(&t), cast.second.start(&t)).await;
        let t = cast.handed_up().await;
        one_wins(&cast, &t, cast.tier2.give_back(&t), cast.coordinator.give_back(&t)).await;
    }
}

#[actix_web::test]
async fn a_start_and_a_cancellation_at_once_leave_one_of_two_orders() {
    let cast = Cast::new().await;
    for _ in 0..8 {
        let ticket = cast.requester.open("SIMPEG mati").await;
        let (started, cancelled) = join(cast.tier1.start(&ticket), cast.requester.cancel(&ticket)).await;
        // Whoever comes second: the desk can't begin what is over, the requester may not take back what has begun.
        assert!(
            matches!((started.status, cancelled.status), (200, 403) | (409, 200)),
            "{} {}",
            started.text,
            cancelled.text
        );
        let ticket = cast.requester.open("SIMPEG mati").await;
        let (up, solved) = join(cast.tier1.escalate(&ticket), cast.tier1.resolve(&ticket)).await;
        assert!(matches!((up.status, solved.status), (200, 403) | (409, 200)), "{} {}", up.text, solved.text);
    }
}

fn keyed<'a>(client: &'a Client, key: &'a str, body: Value) -> impl Future<Output = Reply> + 'a {
    async move { client.send(Method::POST, "/tickets", &[("idempotency-key", key)], Some(body)).await }
}

fn told(reply: &Reply) -> (u16, &str, Option<&str>, Option<&str>) {
    (reply.status, &reply.text, reply.header("location"), reply.header("etag"))
}

#[actix_web::test]
async fn sixteen_identical_requests_at_once_open_one_ticket() {
    let cast = Cast::new().await;
    let body = json!({ "kind": "incident", "subject": "Sekali saja", "description": "x" });
    let replies = join_all((0..16).map(|_| keyed(&cast.requester, "kunci-1", body.clone()))).await;
    let first = told(&replies[0]);
    assert_eq!(first.0, 201, "{}", first.1);
    assert!(replies.iter().all(|r| told(r) == first));
    assert_eq!(cast.tier1.numbers("").await.len(), 1);
    assert_eq!(cast.tier1.told(&replies[0].json()).await, ["opened"]);
    // The ticket goes on, the answer stays.
    cast.tier1.start(&replies[0].json()).await.ok();
    assert_eq!(told(&keyed(&cast.requester, "kunci-1", body.clone()).await), first);
    let other = json!({ "kind": "incident", "subject": "Lain", "description": "x" });
    keyed(&cast.requester, "kunci-1", other).await.names("/Idempotency-Key");
    // A key is its owner's.
    assert_ne!(keyed(&cast.outsider, "kunci-1", body.clone()).await.created()["number"], replies[0].json()["number"]);
    assert_eq!(keyed(&cast.requester, "kunci-2", body).await.created()["number"], "LBK-2026-000003");
}

#[actix_web::test]
async fn an_action_repeated_with_its_key_happens_once_and_its_refusal_is_remembered() {
    let cast = Cast::new().await;
    let ticket = cast.requester.open("SIMPEG mati").await;
    let act = async |action: &str, key: &str| {
        let path = format!("/tickets/{}/{action}", text(&ticket["id"]));
        cast.tier1.send(Method::POST, &path, &[("idempotency-key", key)], Some(json!({}))).await
    };
    let refused = act("resume", "a").await;
    refused.refused(409);
    let replies = join_all((0..8).map(|_| act("start", "b"))).await;
    assert!(replies.iter().all(|r| told(r) == told(&replies[0]) && r.status == 200));
    assert_eq!(cast.tier1.see(&ticket).await.ok()["version"], 2);
    cast.tier1.pend(&ticket).await.ok();
    assert_eq!(told(&act("resume", "a").await), told(&refused));
    act("resume", "c").await.ok();
}

// L4
#[actix_web::test]
async fn nobody_who_loses_his_desk_at_this_moment_is_left_with_a_ticket() {
    let cast = Cast::new().await;
    let person = cast.tier1.id().await;
    cast.give(&cast.neighbour.id().await, "tier1", Some("dinkes")).await;
    for round in 0..12 {
        let ticket = cast.requester.open(&format!("Tiket {round}")).await;
        let him = cast.app.lebak("teknisi.dinkes").await;
        let gets = async {
            if round % 2 == 0 { cast.coordinator.assign(&ticket, &person).await } else { him.start(&ticket).await }
        };
        let ((), got) = join(cast.take(&person, "tier1", "dinkes"), gets).await;
        assert!(matches!(got.status, 200 | 401 | 404 | 422), "{} {}", got.status, got.text);
        let seen = cast.coordinator.see(&ticket).await.ok();
        assert_eq!(seen["assignee"], Value::Null, "round {round}: {}", got.text);
        cast.give(&person, "tier1", Some("dinkes")).await;
    }
}

// L4
#[actix_web::test]
async fn whatever_comes_to_a_desk_while_its_last_technician_leaves_reaches_the_coordinator() {
    let cast = Cast::new().await;
    let person = cast.tier1.id().await;
    for round in 0..6 {
        let up = cast.requester.open("Naik").await;
        let up = cast.coordinator.escalate(&up).await.ok();
        let solved = cast.requester.open("Selesai").await;
        let solved = cast.app.lebak("teknisi.dinkes").await.resolve(&solved).await.ok();
        let opens = join_all((0..4).map(|n| cast.requester.open_with(json!({ "subject": format!("Nomor {n}") }))));
        let moves = join(cast.tier2.give_back(&up), cast.requester.reopen(&solved));
        let ((), (opened, (back, again))) = join(cast.take(&person, "tier1", "dinkes"), join(opens, moves)).await;
        let mut there: Vec<Value> = opened.iter().map(Reply::created).collect();
        there.push(again.ok());
        if back.status == 200 {
            there.push(back.json());
        } else {
            back.refused(409);
        }
        for ticket in &there {
            let told = cast.coordinator.told(ticket).await;
            assert!(told.contains(&"no_tier1".to_owned()), "round {round}: {told:?} of {ticket}");
        }
        for ticket in there.iter().chain((back.status == 409).then_some(&up)) {
            cast.coordinator.cancel(ticket).await.ok();
        }
        cast.give(&person, "tier1", Some("dinkes")).await;
    }
}

#[actix_web::test]
async fn an_act_that_waited_for_another_stands_after_it_in_the_time_line_and_in_reports() {
    let cast = Cast::on(TestApp::with(PATIENT).await).await;
    cast.app.step(Duration::hours(2));
    let ticket = cast.requester.open("SIMPEG mati").await;
    cast.app.step(Duration::seconds(10));
    cast.tier1.start(&ticket).await.ok();
    // Its request came before that.
    cast.app.step(Duration::seconds(-5));
    let solved = cast.tier1.resolve(&ticket).await.ok();
    let instant = |value: &Value| text(value).parse::<DateTime<Utc>>().unwrap();
    let times = async || cast.tier1.of(&ticket, "events").await.iter().map(|l| instant(&l["at"])).collect::<Vec<_>>();
    assert!(times().await.is_sorted(), "{:?}", times().await);
    assert_eq!(solved["resolved_at"], solved["updated_at"]);
    assert_eq!(instant(&solved["updated_at"]), *times().await.last().unwrap());
    // An hour is no wait: that clock was wrong, and what comes after it has its own time and stays behind all the same.
    cast.app.step(Duration::hours(-1));
    let again = cast.requester.reopen(&ticket).await.ok();
    assert_eq!(instant(&again["updated_at"]), cast.app.clock.now().utc());
    assert_eq!(cast.tier1.story(&ticket).await, ["opened", "started", "resolved", "reopened"]);
    let lines = cast.tier1.walked(&format!("/tickets/{}/events", text(&ticket["id"])), 1).await;
    assert_eq!(texts(&lines, "kind"), ["opened", "started", "resolved", "reopened"]);
    cast.app.step(Duration::hours(2));
    let report = cast.coordinator.get("/reports/sla?from=2026-03-02&to=2026-03-02&by=opd").await.ok();
    assert_eq!(report["totals"]["backlog"], 1, "{report:#}");
}

// ASVS 2.3.4: what counts is what is there when each is stored.
#[actix_web::test]
async fn whoever_sends_many_at_once_gets_no_more_than_one_after_the_other() {
    let app = TestApp::with("[limits]\nattachments_per_person_day = 5").await;
    let (requester, tier1) = (app.lebak("pegawai.dinkes").await, app.lebak("teknisi.dinkes").await);
    let mut tickets = Vec::new();
    for n in 0..12 {
        tickets.push(requester.open(&format!("Tiket {n}")).await);
    }
    let sent = tickets.iter().map(|ticket| requester.send_file(ticket, "a.txt", b"isi", None));
    let statuses: Vec<u16> = join_all(sent).await.into_iter().map(|reply| reply.status).collect();
    let of = |status| statuses.iter().filter(|s| **s == status).count();
    assert_eq!((of(201), of(409)), (5, 7), "{statuses:?}");
    let view = |n| json!({ "name": format!("Antrean {n}"), "filter": "status=new", "desk": "own" });
    let kept = join_all((0..60).map(|n| tier1.post("/views", view(n)))).await;
    assert_eq!(kept.iter().filter(|reply| reply.status == 201).count(), 50);
}
