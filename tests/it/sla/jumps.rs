//! A machine's clock that jumps, forth and back, makes nothing early and nothing double (R11).

use super::clocks::opened;
use crate::support::TestApp;
use crate::support::desk::text;
use crate::support::time::PATIENT;
use crate::worktime::wib;
use chrono::{DateTime, Utc};
use serde_json::Value;
use std::collections::BTreeSet;

/// An hour, 400 days, a leap day, the turn of a year, and where 32 bits end; in Jakarta.
const JUMPS: [&str; 14] = [
    "2026-07-06 08:00",
    "2026-07-06 09:00",
    "2026-07-06 08:00",
    "2027-08-10 08:00",
    "2026-07-06 08:30",
    "2028-02-29 12:00",
    "2026-12-31 23:59:59",
    "2027-01-01 00:00:01",
    "2026-07-06 10:00",
    "2038-01-19 10:14:07",
    "2038-01-19 10:14:08",
    "2026-07-06 11:00",
    "2026-07-07 08:00",
    "2039-01-03 08:00",
];

#[actix_web::test]
async fn whatever_the_clock_of_the_machine_does_no_level_is_early_or_double_and_no_number_comes_again() {
    let app = TestApp::with(PATIENT).await;
    let (mut tickets, mut numbers, mut tokens): (Vec<Value>, BTreeSet<String>, Vec<(DateTime<Utc>, String)>) =
        Default::default();
    for jump in JUMPS {
        let now = wib(jump);
        app.step(now - app.clock.now().utc());
        app.tick().await;
        for (signed_in, token) in &tokens {
            let reply = app.with_token(token).get("/me").await;
            assert!(*signed_in <= now || reply.status == 401, "{jump}: a token of {signed_in} is taken");
        }
        let requester = app.lebak("pegawai.dinkes").await;
        tokens.push((now, requester.token().to_owned()));
        for words in ["hh", "mm"] {
            let ticket = opened(&requester, words).await;
            let number = text(&ticket["number"]);
            assert!(number.starts_with(&format!("LBK-{}-", &jump[..4])), "{jump}: {number}");
            assert!(numbers.insert(number), "{jump}: {ticket}");
            tickets.push(ticket);
        }
        app.tick().await;
        app.tick().await;
    }
    app.step(chrono::Duration::days(30));
    app.tick().await;
    let coordinator = app.lebak("koordinator").await;
    let mut told = 0;
    for ticket in &tickets {
        let mut seen = BTreeSet::new();
        for event in coordinator.of(ticket, "events").await {
            if event["kind"] != "warned" && event["kind"] != "breached" {
                continue;
            }
            let data = &event["data"];
            let instant = |value: &Value| text(value).parse::<DateTime<Utc>>().unwrap();
            assert!(instant(&data["reached_at"]) <= instant(&event["at"]), "early: {event}");
            let level = format!("{} {} {}", text(&data["metric"]), data["cycle"], data["level"]);
            assert!(seen.insert(level), "double: {event}");
            told += 1;
        }
        // First response and resolution, at three quarters and at the end.
        assert_eq!(seen.len(), 4, "{}: {seen:?}", text(&ticket["number"]));
    }
    assert_eq!(told, tickets.len() * 4);
}
