//! How a deadline came about, in segments and in sentences.

use crate::support::client::id;
use crate::support::{Cast, Client};
use actix_web::http::Method;
use chrono::{DateTime, Duration, Utc};
use serde_json::{Value, json};
use sigap::db::{Id, Ts};
use sigap::message::Language;
use sigap::sla::explain::{AgreementName, CalendarName, ExplainedClock, Segment, Share};
use sigap::sla::sentences::{Teller, of};
use sigap::sla::view::ClockState;
use sigap::sla::{Basis, Metric};

async fn explained(client: &Client, ticket: &Value) -> Vec<Value> {
    let answer = client.get(&format!("/tickets/{}/sla/explain", id(ticket))).await.ok();
    assert_eq!(answer["number"], ticket["number"]);
    answer["clocks"].as_array().unwrap().clone()
}

fn clock<'a>(clocks: &'a [Value], metric: &str, cycle: i64) -> &'a Value {
    clocks
        .iter()
        .find(|c| c["metric"] == metric && c["cycle"] == cycle)
        .unwrap_or_else(|| panic!("no {metric} {cycle}"))
}

fn sentences(clock: &Value) -> Vec<&str> {
    clock["sentences"].as_array().unwrap().iter().map(|s| s.as_str().unwrap()).collect()
}

fn instant(value: &Value) -> DateTime<Utc> {
    value.as_str().unwrap().parse().unwrap()
}

/// The life is told without gap, and what counts adds up to what the clock shows.
fn assert_adds_up(clock: &Value, now: DateTime<Utc>) {
    let segments = clock["segments"].as_array().unwrap();
    let mut at = instant(&clock["started_at"]);
    let mut sum = clock["carried_seconds"].as_i64().unwrap();
    for segment in segments {
        assert_eq!(instant(&segment["from"]), at, "{clock:#}");
        at = instant(&segment["to"]);
        assert_eq!(segment["foreseen"] == true, at > now, "{clock:#}");
        assert_eq!(segment["reason"].is_null(), segment["kind"] == "counted", "{clock:#}");
        if segment["kind"] == "counted" {
            sum += segment["seconds"].as_i64().unwrap();
        }
        assert_eq!(segment["elapsed_seconds"], sum, "{clock:#}");
        if at == now {
            assert_eq!(clock["elapsed_seconds"], sum, "{clock:#}");
        }
    }
    let counted = segments.iter().filter(|s| s["kind"] == "counted" && s["foreseen"] == false);
    let counted: i64 = counted.map(|s| s["seconds"].as_i64().unwrap()).sum();
    assert_eq!(clock["elapsed_seconds"], counted + clock["carried_seconds"].as_i64().unwrap(), "{clock:#}");
    let end = match (&clock["stopped_at"], &clock["due_at"]) {
        (Value::Null, due) if clock["state"] == "running" => instant(due),
        (Value::Null, _) => now,
        (stopped, _) => instant(stopped),
    };
    assert_eq!(at, end, "{clock:#}");
    if at > now {
        assert_eq!(sum, clock["target_seconds"].as_i64().unwrap(), "a deadline is where the target is used up");
    }
}

#[actix_web::test]
async fn a_deadline_is_told_day_by_day_in_the_hours_of_ramadan() {
    let cast = Cast::new().await;
    let ticket = cast.requester.open_with(json!({})).await.created();
    let cast = cast.much_later(Duration::hours(9)).await;
    let clocks = explained(&cast.requester, &ticket).await;
    let resolution = clock(&clocks, "resolution", 1);
    assert_eq!(
        sentences(resolution),
        [
            "Penyelesaian, putaran ke-1: target 24 jam, dihitung dalam jam kerja, menurut Perjanjian tingkat layanan standar versi 1.",
            "Jam kerja menurut kalender Hari kerja lima hari (Perpres 21/2023), edisi 1. Semua waktu dalam WIB.",
            "Mulai dihitung Senin, 2 Maret 2026 pukul 08.00.00 WIB.",
            "Jam kerja khusus: Ramadan 1447 H.",
            "Senin, 2 Maret 2026: dihitung 08.00–12.00 (4 jam). Istirahat 12.00–12.30 tidak dihitung. Dihitung 12.30–15.00 (2 jam 30 menit).",
            "Tidak dihitung Senin, 2 Maret 2026 pukul 15.00–17.00: di luar jam kerja.",
            "Perkiraan sejak Senin, 2 Maret 2026 pukul 17.00.00 WIB, bila tidak ada perubahan:",
            "Tidak dihitung Senin, 2 Maret 2026 pukul 17.00 sampai Selasa, 3 Maret 2026 pukul 08.00: di luar jam kerja.",
            "Selasa, 3 Maret 2026: dihitung 08.00–12.00 (4 jam). Istirahat 12.00–12.30 tidak dihitung. Dihitung 12.30–15.00 (2 jam 30 menit).",
            "Tidak dihitung Selasa, 3 Maret 2026 pukul 15.00 sampai Rabu, 4 Maret 2026 pukul 08.00: di luar jam kerja.",
            "Rabu, 4 Maret 2026: dihitung 08.00–12.00 (4 jam). Istirahat 12.00–12.30 tidak dihitung. Dihitung 12.30–15.00 (2 jam 30 menit).",
            "Tidak dihitung Rabu, 4 Maret 2026 pukul 15.00 sampai Kamis, 5 Maret 2026 pukul 08.00: di luar jam kerja.",
            "Kamis, 5 Maret 2026: dihitung 08.00–12.00 (4 jam). Istirahat 12.00–12.30 tidak dihitung. Dihitung 12.30–13.00 (30 menit).",
            "Jatuh tempo Kamis, 5 Maret 2026 pukul 13.00.00 WIB.",
            "Sampai Senin, 2 Maret 2026 pukul 17.00.00 WIB terhitung 6 jam 30 menit.",
        ]
    );
    assert_eq!(resolution["calendar"]["zone"], "Asia/Jakarta");
    assert_eq!((&resolution["calendar"]["edition"], &resolution["agreement"]["version"]), (&json!(1), &json!(1)));
    let response = sentences(clock(&clocks, "first_response", 1));
    let end = &response[response.len() - 3..];
    assert_eq!(
        end,
        [
            "Jatuh tempo Senin, 2 Maret 2026 pukul 12.00.00 WIB.",
            "Sampai Senin, 2 Maret 2026 pukul 17.00.00 WIB terhitung 6 jam 30 menit.",
            "Target terlewat sejak Senin, 2 Maret 2026 pukul 12.00.00 WIB.",
        ]
    );
}

#[actix_web::test]
async fn holidays_and_a_weekend_in_a_row_are_one_line_and_english_is_spoken_too() {
    let cast = Cast::new().await.much_later(Duration::days(14)).await;
    let ticket = cast.requester.open_with(json!({})).await.created();
    let place = format!("/tickets/{}/sla/explain", id(&ticket));
    let answer = cast.tier1.send(Method::GET, &place, &[("accept-language", "en")], None).await.ok();
    let clocks = answer["clocks"].as_array().unwrap().clone();
    let told = sentences(clock(&clocks, "resolution", 1)).join("\n");
    let long = "Not counted Tuesday, 17 March 2026 at 15:00 to Wednesday, 25 March 2026 at 07:30: outside working hours, \
                holiday (Cuti Bersama Hari Suci Nyepi), holiday (Hari Suci Nyepi), \
                holiday (Cuti Bersama Hari Raya Idul Fitri), holiday (Hari Raya Idul Fitri), \
                holiday (Hari kedua dari Hari Raya Idul Fitri)";
    assert!(told.contains(long), "{told}");
    assert!(told.contains("Wednesday, 25 March 2026: counted 07:30–12:00 (4 h 30 min)."), "{told}");
    assert_adds_up(clock(&clocks, "resolution", 1), cast.app.clock.now().utc());
}

#[actix_web::test]
async fn whatever_happens_to_a_ticket_its_clocks_are_told_without_gap_and_add_up() {
    async fn check(cast: &Cast, ticket: &Value) -> Vec<Value> {
        let clocks = explained(&cast.tier1, ticket).await;
        let started: Vec<DateTime<Utc>> = clocks.iter().map(|c| instant(&c["started_at"])).collect();
        assert!(started.is_sorted(), "oldest first");
        for clock in &clocks {
            assert_adds_up(clock, cast.app.clock.now().utc());
        }
        clocks
    }
    let odd = |hours: i64| Duration::hours(hours) + Duration::microseconds(433_700_123);
    let cast = Cast::new().await;
    let ticket = cast.requester.open_with(json!({})).await.created();
    check(&cast, &ticket).await;
    let cast = cast.much_later(odd(1)).await;
    cast.tier1.start(&ticket).await.ok();
    cast.app.step(Duration::microseconds(1_999_999));
    check(&cast, &ticket).await;
    cast.tier1.pend(&ticket).await.ok();
    let cast = cast.much_later(odd(26)).await;
    let waiting = check(&cast, &ticket).await;
    assert_eq!(clock(&waiting, "resolution", 1)["state"], "paused");
    let told = sentences(clock(&waiting, "resolution", 1)).join("\n");
    assert!(told.contains(": menunggu pelapor."), "{told}");
    assert!(told.contains("Tiket sedang menunggu. Bila dilanjutkan sekarang, jatuh tempo "), "{told}");
    cast.tier1.resume(&ticket).await.ok();
    cast.app.step(odd(0));
    cast.tier1.edit(&ticket, json!({ "impact": "high" })).await.ok();
    let changed = check(&cast, &ticket).await;
    let told = sentences(clock(&changed, "resolution", 1)).join("\n");
    // The agreement stands where the target that holds now does.
    let standard = "menurut Perjanjian tingkat layanan standar versi 1";
    assert!(told.contains(&format!("dari 24 jam menjadi 8 jam, dihitung dalam jam kerja, {standard}.")), "{told}");
    assert_eq!(told.matches(standard).count(), 1, "{told}");
    cast.tier1.escalate(&ticket).await.ok();
    let cast = cast.much_later(odd(2)).await;
    cast.tier2.give_back(&ticket).await.ok();
    cast.tier1.edit(&ticket, json!({ "urgency": "high" })).await.ok();
    check(&cast, &ticket).await;
    let cast = cast.much_later(odd(3)).await;
    cast.tier1.resolve(&ticket).await.ok();
    let cast = cast.much_later(odd(30)).await;
    cast.requester.reopen(&ticket).await.ok();
    let cast = cast.much_later(odd(1)).await;
    let all = check(&cast, &ticket).await;
    assert_eq!(all.len(), 5, "first response, two cycles of the resolution, a visit to tier 2");
    let again = clock(&all, "resolution", 2);
    let carried = clock(&all, "resolution", 1)["elapsed_seconds"].as_i64().unwrap();
    assert_eq!(again["carried_seconds"], carried);
    assert!(again["elapsed_seconds"].as_i64().unwrap() > carried);
}

#[actix_web::test]
async fn a_target_of_before_is_not_told_as_a_promise_of_the_agreement_of_now() {
    let cast = Cast::new().await;
    let ticket = cast.requester.open_with(json!({})).await.created();
    cast.app.step(Duration::minutes(5));
    let mut terms = cast.admin.get("/agreements/standard").await.ok()["terms"].clone();
    terms["targets"]["p3"]["resolution"] = json!(43_200);
    cast.admin.patch("/agreements/standard", json!({ "terms": terms, "apply_to_open": true })).await.ok();
    let clocks = explained(&cast.requester, &ticket).await;
    let told = sentences(clock(&clocks, "resolution", 1));
    assert_eq!(told[0], "Penyelesaian, putaran ke-1: target 24 jam, dihitung dalam jam kerja.");
    let changed =
        "dari 24 jam menjadi 12 jam, dihitung dalam jam kerja, menurut Perjanjian tingkat layanan standar versi 2.";
    assert!(told.iter().any(|line| line.contains(changed)), "{told:#?}");
}

#[actix_web::test]
async fn a_wait_that_ends_by_itself_is_due_if_it_lasts_and_not_if_the_ticket_went_on_now() {
    let cast = Cast::since("2026-07-06 08:00").await;
    cast.app.agree(|terms| terms.pause_caps.vendor = Some(2 * 3600)).await;
    let ticket = cast.requester.open_with(json!({})).await.created();
    let due = async |reason: &str| {
        cast.tier1.act(&ticket, "pend", json!({ "reason": reason })).await.ok();
        let told = explained(&cast.requester, &ticket).await;
        let told = sentences(clock(&told, "resolution", 1)).join("\n");
        told.lines().find(|line| line.contains("jatuh tempo")).unwrap().to_owned()
    };
    assert_eq!(
        due("vendor").await,
        "Tiket sedang menunggu. Bila tetap menunggu sampai batas waktu tunggunya habis, jatuh tempo Kamis, 9 Juli 2026 pukul 11.30.00 WIB."
    );
    assert_eq!(
        due("requester").await,
        "Tiket sedang menunggu. Bila dilanjutkan sekarang, jatuh tempo Kamis, 9 Juli 2026 pukul 09.30.00 WIB."
    );
}

#[actix_web::test]
async fn the_requester_reads_the_same_but_not_who_of_the_desk_did_it() {
    let cast = Cast::new().await;
    let ticket = cast.requester.open_with(json!({})).await.created();
    cast.app.step(Duration::minutes(2));
    cast.tier1.pend(&ticket).await.ok();
    cast.app.step(Duration::minutes(2));
    let (mine, theirs) = (explained(&cast.requester, &ticket).await, explained(&cast.auditor, &ticket).await);
    let facts = clock(&theirs, "resolution", 1)["facts"].as_array().unwrap().clone();
    assert_eq!((&facts[1]["kind"], &facts[1]["reason"]), (&json!("paused"), &json!("requester")));
    assert_eq!(facts[1]["by"]["name"], "Budi Santoso");
    assert_eq!(clock(&mine, "resolution", 1)["segments"], clock(&theirs, "resolution", 1)["segments"]);
    assert_eq!(clock(&mine, "resolution", 1)["sentences"], clock(&theirs, "resolution", 1)["sentences"]);
    let named = mine.iter().flat_map(|c| c["facts"].as_array().unwrap()).any(|f| !f["by"].is_null());
    assert!(!named, "{mine:#?}");
}

#[test]
fn times_carry_the_name_of_their_zone_and_a_stretch_over_days_is_told_whole() {
    let at = |text: &str| Ts::new(text.parse().unwrap());
    let (from, to) = (at("2026-04-03T20:00:00Z"), at("2026-04-05T16:00:15Z"));
    let names = |zone: &str| {
        let segment = Segment {
            from,
            to,
            kind: Share::Counted,
            reason: None,
            name: None,
            seconds: 158_415,
            elapsed_seconds: 158_415,
            foreseen: false,
        };
        let clock = ExplainedClock {
            id: Id(uuid::Uuid::nil()),
            metric: Metric::Resolution,
            cycle: 1,
            state: ClockState::Met,
            basis: Basis::RoundTheClock,
            target_seconds: 172_800,
            carried_seconds: 0,
            elapsed_seconds: 158_415,
            started_at: from,
            due_at: None,
            if_now: false,
            stopped_at: Some(to),
            breached_at: None,
            waived: false,
            agreement: AgreementName { code: "a".into(), name: "A".into(), version: 3 },
            calendar: CalendarName { code: "k".into(), name: "K".into(), edition: 2, zone: zone.into() },
            segments: vec![segment],
            facts: Vec::new(),
            sentences: Vec::new(),
        };
        of(&clock, to, &Teller::new(Language::Id, zone))[2..].to_vec()
    };
    assert_eq!(
        names("Asia/Makassar"),
        [
            "Mulai dihitung Sabtu, 4 April 2026 pukul 04.00.00 WITA.",
            "Dihitung Sabtu, 4 April 2026 pukul 04.00 sampai Senin, 6 April 2026 pukul 00.00.15 (44 jam 15 detik).",
            "Berhenti Senin, 6 April 2026 pukul 00.00.15 WITA, terhitung 44 jam 15 detik: tepat waktu.",
        ]
    );
    assert!(names("Asia/Jayapura")[0].ends_with("pukul 05.00.00 WIT."));
    assert!(names("Asia/Pontianak")[0].ends_with("pukul 03.00.00 WIB."));
}
