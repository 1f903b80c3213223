//! No message can stop the intake, and no sender can flood it (R24, R25).

use super::replies::{REQUESTER, opened, to};
use super::room::{Work, became, from};
use crate::mail::post::Post;
use crate::support::TestApp;
use crate::support::build::next;
use crate::support::desk::{Cast, text};
use chrono::Duration;
use sigap::inbox::parse::parse;
use sigap::mail::inbound::{LARGEST, LARGEST_HEAD};

#[actix_web::test]
async fn of_a_message_over_the_limit_the_head_alone_is_kept_and_the_administrator_sees_it() {
    let cast = Cast::new().await;
    let largest = from(REQUESTER).says(&"a".repeat(LARGEST)).bytes();
    let row = cast.app.deliver_bytes(&largest).await;
    assert_eq!((became(&row), row.is_cut), ("unreadable too_large".into(), true));
    assert_eq!(row.size, i64::try_from(largest.len()).unwrap());
    let kept = row.raw.unwrap();
    assert!(kept.len() < LARGEST_HEAD && kept.starts_with(b"Return-Path"), "{}", kept.len());
    let seen = cast.admin.items("/inbound?state=unreadable").await;
    assert_eq!(
        (seen.len(), seen[0]["outcome"].as_str(), seen[0]["sender"].as_str()),
        (1, Some("too_large"), Some(REQUESTER))
    );
    // The next one is taken as if nothing had been.
    assert_eq!(became(&cast.app.deliver(&from(REQUESTER)).await), "done ticket");
}

#[test]
fn the_worst_message_of_each_kind_is_done_with_in_time() {
    let head = "From: a@b.c\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n";
    let nested = |n: usize| format!("--b\r\nContent-Type: multipart/mixed; boundary=b{n}\r\n\r\n");
    let million = 1_000_000;
    let worst = [
        format!("{head}{}", "--b\r\n\r\n".repeat(million)),
        format!("{head}{}", (0..million / 20).map(nested).collect::<String>()),
        format!("{head}{}", (0..49).map(nested).collect::<String>() + &"x\r\n".repeat(million)),
        format!(
            "{head}--b\r\nContent-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n{}",
            "Q29udGVu".repeat(million)
        ),
        format!("From: a@b.c\r\nContent-Type: text/html\r\n\r\n{}", "<".repeat(10 * million)),
        format!("From: a@b.c\r\nContent-Type: text/html\r\n\r\n{}", "<div>&".repeat(million)),
        format!("From: a@b.c\r\nContent-Type: text/html\r\n\r\n{}", "<blockquote><li>a".repeat(million / 2)),
        format!("From: a@b.c\r\nContent-Type: text/html\r\n\r\n<pre>{}", " a\n".repeat(million)),
        format!("From: {}<a@b.c>\r\n\r\nx", "\"(@) ".repeat(40_000)),
        format!("From: a@b.c\r\n\r\n{}", "\n".repeat(10 * million)),
        format!("From: a@b.c\r\n\r\n{}", "Content-Type:".repeat(million)),
        format!("From: a@b.c\r\n\r\n{}", "On 1 @\n".repeat(million)),
        format!("From: a@b.c\r\nTo: {}\r\n\r\nx", "<a@b>,".repeat(40_000)),
        format!("From: a@b.c\r\nSubject: {}\r\n\r\nx", "=?utf-8?q?=41?= ".repeat(15_000)),
        format!("From: a@b.c\r\n\r\n{}{}", many("text/plain; boundary=b", 9_000), "--c\r\n".repeat(million)),
    ];
    for (n, message) in worst.iter().enumerate() {
        let work = Work::begin();
        let outcome = parse(message.as_bytes()).map(|letter| sigap::inbox::cut::cut(&letter.text).len());
        let took = work.so_far();
        // A build without optimisation takes ten times as long as the service.
        assert!(took.as_secs() < 20, "{n}: {took:?} {outcome:?}");
    }
}

/// So many fields, each of which names a boundary of its own.
fn many(kind: &str, n: usize) -> String {
    (0..n).map(|n| format!("Content-Type: {kind}{n}\r\n")).collect()
}

// R24: what is compared with what is bounded by counts, so that nobody's mail holds up everybody's.
#[test]
fn a_message_that_would_cost_more_than_its_length_is_refused_instead() {
    let plain = "From: a@b.c\r\n\r\n";
    let head = "From: a@b.c\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n";
    let dashes = "--c\r\n".repeat(10_000);
    let refused = [
        // Boundaries and lines to hold against each, also where only a text has them.
        (format!("{plain}{}{dashes}", many("text/plain; boundary=b", 10_001)), "too_many_parts"),
        (format!("{plain}{}{dashes}", many("multipart/mixed; boundary=b", 51)), "too_many_parts"),
        // As the parser spells a name: blanks in it are left out.
        (
            format!("{head}--b\r\n{}", many("multipart/mixed; boundary=b", 51).replace("-Type", " - Type")),
            "too_many_parts",
        ),
        (format!("{head}--b\r\n{}", many("multipart /mixed; boundary=b", 51)), "too_many_parts"),
        // A part begins wherever its delimiter stands.
        (format!("{head}{}", "x--b\r\n\r\n".repeat(251)), "too_many_parts"),
        // Few boundaries, and very many places at which each may stand.
        (format!("{plain}{}{}", many("multipart/mixed; boundary=b", 50), "-".repeat(1_100_000)), "too_many_parts"),
        // An enclosed message that is not to be known for one, whose own parts nobody would have counted.
        (
            format!(
                "{head}--b\r\nContent-Type: message /rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\nQQ==\r\n--b--"
            ),
            "malformed",
        ),
        (format!("From: a@b.c\r\nContent-Type: multipart/mixed; boundary={}\r\n\r\n", "-".repeat(71)), "malformed"),
        (
            format!("{head}--b\r\nContent-Disposition: attachment{}\r\n\r\nx", ";\r\n a*1=b".repeat(500)),
            "header_too_long",
        ),
    ];
    for (n, (message, why)) in refused.iter().enumerate() {
        assert_eq!(parse(message.as_bytes()).unwrap_err(), *why, "{n}");
    }
    // What people write is none of it.
    let written = format!("{plain}{}{dashes}", many("text/plain; boundary=b", 500));
    assert!(parse(written.as_bytes()).unwrap().text.starts_with("Content-Type: text/plain; boundary=b0"));
}

#[actix_web::test]
async fn a_sender_who_writes_too_much_waits_and_others_do_not() {
    let settings = format!("[inbox]\nper_hour = 3\n{}", crate::support::time::PATIENT);
    let cast = Cast::on(TestApp::with(&settings).await).await;
    let uids: Vec<usize> = (0..5).map(|_| next()).collect();
    for uid in &uids {
        cast.app.keep(1, *uid, &from(REQUESTER).bytes()).await;
    }
    cast.app.act_on_mail().await;
    let states = async || {
        let mut all = Vec::new();
        for uid in &uids {
            all.push(became(&cast.app.message(*uid).await));
        }
        all
    };
    assert_eq!(states().await, ["done ticket", "done ticket", "done ticket", "received -", "received -"]);
    assert_eq!(became(&cast.app.deliver(&from("pegawai.disdik@lebakkab.go.id")).await), "done ticket");
    cast.app.step(Duration::minutes(61));
    cast.app.act_on_mail().await;
    assert!(states().await.iter().all(|state| state == "done ticket"));
    assert_eq!(cast.coordinator.items("/tickets").await.len(), 6);
}

#[actix_web::test]
async fn who_writes_too_much_for_days_is_refused_in_the_end() {
    let settings = format!("[inbox]\nper_hour = 1\n{}", crate::support::time::PATIENT);
    let cast = Cast::on(TestApp::with(&settings).await).await;
    let late = next();
    cast.app.keep(1, late, &from(REQUESTER).bytes()).await;
    // Held up for two days by what the same sender writes meanwhile.
    cast.app
        .within(move |tx| {
            use diesel::prelude::*;
            use sigap::db::schema::inbound_mails;
            let at = tx.now.plus(Duration::days(2));
            sigap::on!(tx.conn(), |c| diesel::update(inbound_mails::table)
                .set(inbound_mails::next_try_at.eq(at))
                .execute(c))?;
            Ok(())
        })
        .await;
    cast.app.step(Duration::days(2) - Duration::minutes(1));
    assert_eq!(became(&cast.app.deliver(&from(REQUESTER)).await), "done ticket");
    assert_eq!(became(&cast.app.message(late).await), "received -");
    cast.app.step(Duration::minutes(1));
    cast.app.act_on_mail().await;
    assert_eq!(became(&cast.app.message(late).await), "refused too_many");
}

// R25: what a mail causes is mailed to others, and each new ticket is acknowledged to whoever seems to have written.
#[actix_web::test]
async fn nobody_can_flood_another_through_us_with_tickets_opened_in_his_name() {
    let settings = format!("[inbox]\nper_hour = 1000\n{}", crate::support::time::PATIENT);
    let cast = Cast::on(TestApp::with(&settings).await).await;
    for n in 0..75 {
        cast.app.keep(1, next(), &from(REQUESTER).says(&words(n)).bytes()).await;
    }
    let opened = async || cast.coordinator.items("/tickets?limit=200").await.len();
    cast.app.act_on_mail().await;
    assert_eq!(opened().await, 10, "ten an hour");
    for hour in 1..12 {
        cast.app.step(Duration::minutes(61));
        cast.app.act_on_mail().await;
        assert_eq!(opened().await, (10 + 10 * hour).min(50), "fifty a day");
    }
    cast.app.step(Duration::hours(13));
    cast.app.act_on_mail().await;
    assert_eq!(opened().await, 60, "what waits goes on the next day");
    cast.app.step(Duration::hours(36));
    cast.app.act_on_mail().await;
    let refused = cast.admin.items("/inbound?state=refused&limit=200").await;
    assert_eq!((opened().await, refused.len()), (70, 5), "and what waited two days is refused, visibly");
    assert!(refused.iter().all(|row| row["outcome"] == "too_many"), "{refused:?}");
}

/// So that no two say the same: that would be taken for a program.
fn words(n: usize) -> String {
    let letter = |n: usize| char::from(b'a' + u8::try_from(n % 26).unwrap());
    format!("Keluhan {}{} tentang jaringan.", letter(n / 26), letter(n))
}

/// A message of nothing but a file.
fn file(n: usize) -> String {
    format!(
        "--b\r\nContent-Type: text/plain\r\nContent-Disposition: attachment; filename=\"{n}.txt\"\r\n\r\n{n}\r\n--b--\r\n"
    )
}

#[actix_web::test]
async fn one_ticket_takes_no_more_than_twenty_mails_an_hour_and_the_others_wait() {
    let settings = format!("[inbox]\nper_hour = 1000\n{}", crate::support::time::PATIENT);
    let cast = Cast::on(TestApp::with(&settings).await).await;
    let post = Post::of(&cast.app);
    let (ticket, mails) = opened(&cast, &post).await;
    let mail = to(&mails, "pegawai.dinkes");
    for n in 0..22 {
        let reply = from(REQUESTER).answers(mail);
        // Files alone count as words do.
        let reply =
            if n % 2 == 0 { reply.says(&words(n)) } else { reply.holds("multipart/mixed; boundary=b", file(n)) };
        cast.app.keep(1, next(), &reply.bytes()).await;
    }
    let said = async || {
        let of = async |what: &str| cast.tier1.items(&format!("/tickets/{}/{what}", text(&ticket["id"]))).await.len();
        (of("comments").await, of("attachments").await)
    };
    cast.app.act_on_mail().await;
    assert_eq!(said().await, (10, 10));
    cast.app.step(Duration::minutes(61));
    cast.app.act_on_mail().await;
    assert_eq!(said().await, (11, 11));
    assert_eq!(cast.coordinator.items("/tickets").await.len(), 1, "none of them became a ticket of its own");
}
