//! Through a mail server that takes, defers, refuses, breaks off, or is away: nothing is lost, nothing is doubled but
//! where the line broke, and one bad mail delays no other (R8, R20).

use super::post::{Got, run, tries};
use super::sink::{Sink, Verdict};
use crate::support::TestApp;
use crate::support::desk::{Cast, text, texts};
use crate::support::meet::until;
use chrono::Duration;
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU16, AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};

async fn cast(sink: &Sink) -> Cast {
    Cast::on(TestApp::with(&sink.settings("")).await).await
}

#[actix_web::test]
async fn a_mail_reaches_the_server_as_it_was_written() {
    let sink = Sink::start(|_| Verdict::Take);
    let cast = cast(&sink).await;
    cast.requester.open("SIMPEG mati").await;
    run(&cast.app).await;
    let taken = sink.taken();
    assert_eq!(taken.len(), 2);
    let mail = taken.iter().find(|t| t.to == "pegawai.dinkes@lebakkab.go.id").unwrap();
    let got = Got::parse("", &mail.to, &mail.bytes);
    assert_eq!(got.subject, "[LBK-2026-000001] Tiket diterima: SIMPEG mati");
    let rows = cast.admin.items("/mails").await;
    assert!(rows.iter().all(|r| r["state"] == "sent" && r["attempts"] == 1 && r["sent_at"] == "2026-03-02T01:00:00Z"));
    run(&cast.app).await;
    assert_eq!(sink.taken().len(), 2, "once");
}

#[actix_web::test]
async fn a_deferred_mail_is_tried_after_a_minute_then_two_and_so_on_for_five_days() {
    let sink = Sink::start(|to| if to.starts_with("teknisi") { Verdict::Recipient(451) } else { Verdict::Take });
    let cast = cast(&sink).await;
    cast.requester.open("SIMPEG mati").await;
    run(&cast.app).await;
    let tries = |sink: &Sink| sink.tried().iter().filter(|to| to.starts_with("teknisi")).count();
    let mut pauses = Vec::new();
    let (mut waited, mut known) = (0, tries(&sink));
    assert_eq!(known, 1);
    for minute in 1..=60 {
        cast.app.step(Duration::minutes(1));
        run(&cast.app).await;
        if tries(&sink) > known {
            known = tries(&sink);
            pauses.push(minute - waited);
            waited = minute;
        }
    }
    // Give or take a fifth, looked at each minute.
    let is_about = |pause: i64, plain: i64| plain * 4 <= pause * 5 && (pause - 1) * 5 < plain * 6;
    assert!(
        pauses.len() >= 5 && pauses.iter().zip([1, 2, 4, 8, 16]).all(|(p, plain)| is_about(*p, plain)),
        "{pauses:?}"
    );
    let cast = cast.much_later(Duration::minutes(1)).await;
    let row = cast.admin.items("/mails?state=queued").await.pop().unwrap();
    assert!(text(&row["last_error"]).contains("451"), "{row}");
    assert_eq!(row["attempts"], json!(known));
    let mut cast = cast;
    for hours in (1..=125).step_by(4) {
        assert!(
            hours > 120 || !cast.admin.items("/mails?state=queued").await.is_empty(),
            "given up after {hours} hours"
        );
        cast = cast.much_later(Duration::hours(4)).await;
        run(&cast.app).await;
    }
    let row = cast.admin.items("/mails?state=failed").await.pop().unwrap();
    assert_eq!((&row["recipient"], &row["next_try_at"]), (&json!("teknisi.dinkes@lebakkab.go.id"), &json!(null)));
    assert_eq!(sink.count("pegawai.dinkes"), 1);
}

#[actix_web::test]
async fn a_mailbox_that_is_full_is_tried_again_later() {
    let sink = Sink::start(|to| if to.starts_with("teknisi") { Verdict::Recipient(552) } else { Verdict::Take });
    let cast = cast(&sink).await;
    cast.requester.open("SIMPEG mati").await;
    run(&cast.app).await;
    let row = cast.admin.items("/mails?state=queued").await.pop().unwrap();
    assert!(text(&row["last_error"]).contains("552") && row["next_try_at"].is_string(), "{row}");
    assert_eq!(sink.count("pegawai"), 1);
}

#[actix_web::test]
async fn a_refused_mail_fails_at_once_and_can_be_tried_again() {
    let refuse = Arc::new(AtomicBool::new(true));
    let now = Arc::clone(&refuse);
    let sink = Sink::start(move |to| {
        if to.starts_with("teknisi") && now.load(Ordering::Relaxed) { Verdict::Recipient(550) } else { Verdict::Take }
    });
    let cast = cast(&sink).await;
    cast.requester.open("SIMPEG mati").await;
    run(&cast.app).await;
    let row = cast.admin.items("/mails?state=failed").await.pop().unwrap();
    assert!(text(&row["last_error"]).contains("550"), "{row}");
    assert_eq!(sink.count("pegawai"), 1);
    refuse.store(false, Ordering::Relaxed);
    run(&cast.app).await;
    assert_eq!(sink.count("teknisi"), 0, "nobody asked");
    let place = format!("/mails/{}/retry", text(&row["id"]));
    assert_eq!(cast.admin.post(&place, json!({})).await.ok()["state"], "queued");
    run(&cast.app).await;
    assert_eq!(sink.count("teknisi"), 1);
    cast.admin.post(&place, json!({})).await.refused(409);
}

#[actix_web::test]
async fn a_line_that_breaks_before_the_answer_brings_the_same_bytes_again_and_nothing_else_does() {
    let asked = AtomicUsize::new(0);
    // Of the recipient the same is asked twice a try; cutting is heard only at the end of the content.
    let sink = Sink::start(move |to| {
        if !to.is_empty() && asked.fetch_add(1, Ordering::Relaxed).is_multiple_of(3) {
            Verdict::CutAfterData
        } else {
            Verdict::Take
        }
    });
    let mut cast = cast(&sink).await;
    for n in 0..8 {
        cast.requester.open(&format!("Tiket {n}")).await;
    }
    for _ in 0..40 {
        cast = cast.much_later(Duration::minutes(7)).await;
        run(&cast.app).await;
    }
    assert!(cast.admin.items("/mails?state=queued").await.is_empty());
    let mut copies: BTreeMap<String, Vec<Vec<u8>>> = BTreeMap::new();
    for taken in sink.taken() {
        let id = Got::parse("", &taken.to, &taken.bytes).header("message-id").unwrap();
        copies.entry(id).or_default().push(taken.bytes);
    }
    assert_eq!(copies.len(), 16, "each owed mail arrived");
    assert!(copies.values().all(|same| same.iter().all(|bytes| *bytes == same[0])), "a copy differs");
    let extra: usize = copies.values().map(|same| same.len() - 1).sum();
    assert_eq!(extra, sink.taken().iter().filter(|t| t.cut).count());
    assert!(extra > 3);
}

#[actix_web::test]
async fn a_later_mail_of_a_ticket_waits_for_the_earlier_one_of_the_same_recipient() {
    let away = Arc::new(AtomicBool::new(true));
    let now = Arc::clone(&away);
    let sink = Sink::start(move |to| {
        if to.starts_with("pegawai") && now.load(Ordering::Relaxed) { Verdict::Content(451) } else { Verdict::Take }
    });
    let cast = cast(&sink).await;
    let ticket = cast.requester.open("Satu").await;
    let other = cast.requester.open("Dua").await;
    run(&cast.app).await;
    cast.tier1.say(&ticket, "public", "Kata pertama.").await.created();
    cast.tier1.say(&other, "public", "Kata kedua.").await.created();
    cast.tier1.escalate(&ticket).await.ok();
    away.store(false, Ordering::Relaxed);
    run(&cast.app).await;
    assert_eq!(sink.count("pegawai"), 0, "what was put off goes first");
    assert_eq!(sink.count("tier2"), 2, "nobody else waits for it");
    cast.app.step(Duration::minutes(6));
    run(&cast.app).await;
    run(&cast.app).await;
    let mine: Vec<String> = sink
        .taken()
        .iter()
        .filter(|t| t.to.starts_with("pegawai"))
        .map(|t| Got::parse("", &t.to, &t.bytes).subject)
        .filter(|subject| subject.contains("000001"))
        .collect();
    assert_eq!(mine, ["[LBK-2026-000001] Tiket diterima: Satu", "[LBK-2026-000001] 2 pembaruan: Satu"]);
}

#[actix_web::test]
async fn a_mail_that_nobody_takes_delays_no_other() {
    let sink = Sink::start(|to| if to.starts_with("teknisi.dinkes") { Verdict::Content(451) } else { Verdict::Take });
    let cast = cast(&sink).await;
    cast.requester.open("Racun").await;
    for n in 0..20 {
        cast.outsider.open(&format!("Tiket {n}")).await;
    }
    run(&cast.app).await;
    assert_eq!(sink.count("disdik"), 40);
    assert_eq!(cast.admin.items("/mails?state=queued").await.len(), 1);
}

#[actix_web::test]
async fn while_the_server_is_away_one_mail_asks_and_when_it_is_back_all_go_in_order() {
    let away = Arc::new(AtomicBool::new(true));
    let now = Arc::clone(&away);
    let sink = Sink::start(move |_| if now.load(Ordering::Relaxed) { Verdict::Closed } else { Verdict::Take });
    let mut cast = cast(&sink).await;
    let mut tickets = Vec::new();
    for n in 0..20 {
        tickets.push(cast.requester.open(&format!("Tiket {n}")).await);
    }
    run(&cast.app).await;
    // A day without a server.
    for hour in 0..24 {
        cast = cast.much_later(Duration::hours(1)).await;
        if hour == 12 {
            for ticket in &tickets {
                cast.tier1.say(ticket, "public", "Sedang kami periksa.").await.created();
            }
        }
        let before = sink.lines();
        run(&cast.app).await;
        // Once for itself, once whether the server has a word for anybody.
        assert_eq!(sink.lines() - before, 2, "one mail asks");
    }
    let rows = cast.admin.items("/mails?limit=200").await;
    assert!(rows.len() >= 60 && rows.iter().all(|r| r["state"] == "queued"), "no mail is to blame for that");
    assert!(rows.iter().any(|r| r["last_error"].as_str().is_some_and(|e| e.contains("554"))));
    away.store(false, Ordering::Relaxed);
    for _ in 0..15 {
        cast.app.step(Duration::minutes(1));
        run(&cast.app).await;
    }
    let cast = cast.much_later(Duration::zero()).await;
    assert!(cast.admin.items("/mails?state=queued").await.is_empty(), "all are out within a quarter of an hour");
    let mut told: BTreeMap<String, String> = BTreeMap::new();
    for taken in sink.taken().iter().filter(|taken| taken.to.starts_with("pegawai")) {
        let mail = Got::parse("", &taken.to, &taken.bytes);
        let number = mail.subject.split(']').next().unwrap().to_owned();
        told.entry(number).or_default().push_str(&mail.text);
    }
    let place = |text: &str, words: &str| text.find(words).unwrap_or_else(|| panic!("no {words}: {text}"));
    assert_eq!(told.len(), 20);
    for text in told.values() {
        assert!(place(text, "kami terima") < place(text, "Sedang kami periksa."), "in order: {text}");
    }
}

#[actix_web::test]
async fn a_server_whose_password_is_wrong_fails_no_mail_and_the_password_stands_nowhere() {
    const SECRET: &str = "kata-sandi-rahasia";
    let answer = Arc::new(AtomicU16::new(0));
    let now = Arc::clone(&answer);
    let sink = Sink::start(move |_| match now.load(Ordering::Relaxed) {
        0 => Verdict::Take,
        code => Verdict::Password(code),
    });
    let settings = sink.settings("").replace("smtp://", &format!("smtp://desk:{SECRET}@"));
    let mut cast = Cast::on(TestApp::with(&settings).await).await;
    for n in 0..10 {
        cast.requester.open(&format!("Tiket {n}")).await;
    }
    for code in [535, 534, 530, 454] {
        answer.store(code, Ordering::Relaxed);
        let before = tries(&cast.app).await;
        run(&cast.app).await;
        // No more than are under way at once: whoever has no session says nothing of the next mail either.
        assert!((1..=4).contains(&(tries(&cast.app).await - before)), "{code}");
        let reply = cast.admin.get("/mails").await;
        assert!(!reply.text.contains(SECRET) && reply.text.contains(&code.to_string()), "{code}: {}", reply.text);
        assert!(reply.ok()["items"].as_array().unwrap().iter().all(|r| r["state"] == "queued"), "{code}");
        cast = cast.much_later(Duration::hours(1)).await;
    }
    assert!(!format!("{:?}", cast.app.app.config).contains(SECRET));
    answer.store(0, Ordering::Relaxed);
    for _ in 0..15 {
        cast.app.step(Duration::minutes(1));
        run(&cast.app).await;
    }
    assert_eq!(sink.taken().len(), 20, "with the right one all go");
}

#[actix_web::test]
async fn an_answer_that_comes_too_late_is_not_taken_for_that_of_the_next_mail() {
    let (answer, late) = channel();
    let (asked, late) = (AtomicUsize::new(0), Mutex::new(late));
    // Of the first mail its content is answered when the test says so; every later one is put off.
    let sink = Sink::start(move |to| match asked.fetch_add(usize::from(!to.is_empty()), Ordering::Relaxed) {
        _ if to.is_empty() => Verdict::Take,
        0 => Verdict::Take,
        1 => {
            late.lock().unwrap().recv().unwrap();
            Verdict::Take
        }
        _ => Verdict::Content(451),
    });
    let settings = sink.settings("timeout_seconds = 3\nconnections = 1\n");
    let cast = Cast::on(TestApp::with(&settings).await).await;
    cast.requester.open("SIMPEG mati").await;
    run(&cast.app).await;
    let tried = sink.tried().len();
    assert_eq!(tried, 1, "it was given up, and the server rests");
    answer.send(()).unwrap();
    for _ in 0..3 {
        cast.app.step(Duration::minutes(2));
        run(&cast.app).await;
    }
    assert!(sink.tried().len() > tried + 2);
    assert!(cast.admin.items("/mails?state=sent").await.is_empty(), "the server has said yes to none of them");
    assert_eq!(cast.admin.items("/mails?state=queued").await.len(), 2);
}

#[actix_web::test]
async fn where_one_mail_can_not_be_marked_the_others_under_way_are_sent_and_marked() {
    use diesel::connection::SimpleConnection as _;
    use sigap::db::Conn;
    let (answer, held) = channel();
    let held = Mutex::new(held);
    let sink = Sink::start(move |to| {
        if to.starts_with("pegawai") {
            // Both of its questions wait, until the other mail was taken.
            held.lock().unwrap().recv().unwrap();
        }
        Verdict::Take
    });
    let cast = cast(&sink).await;
    cast.requester.open("SIMPEG mati").await;
    // As where the disk is full for a moment.
    cast.app
        .within(|tx| {
            Ok(match tx.conn() {
                Conn::Sqlite(c) => c.batch_execute(
                    "CREATE TRIGGER jammed BEFORE UPDATE ON mails WHEN new.state = 'sent' AND new.recipient LIKE 'teknisi%' \
                     BEGIN SELECT RAISE(ABORT, 'jammed'); END",
                ),
                Conn::Pg(c) => c.batch_execute(
                    "CREATE FUNCTION jam() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'jammed'; END $$; \
                     CREATE TRIGGER jammed BEFORE UPDATE ON mails FOR EACH ROW \
                     WHEN (new.state = 'sent' AND new.recipient LIKE 'teknisi%') EXECUTE FUNCTION jam()",
                ),
            }?)
        })
        .await;
    let release = async {
        until("the other mail", async || sink.count("teknisi") > 0).await;
        // Until then nothing of the other is answered.
        answer.send(()).and_then(|()| answer.send(())).unwrap();
    };
    let (outcome, ()) = futures_util::future::join(sigap::worker::outbox::run(&cast.app.app), release).await;
    assert!(outcome.unwrap_err().to_string().contains("jammed"));
    assert_eq!(sink.count("pegawai"), 1);
    let sent = cast.admin.items("/mails?state=sent").await;
    assert_eq!(texts(&sent, "recipient"), ["pegawai.dinkes@lebakkab.go.id"]);
}
