//! Figures that anybody can count again (L8, L16, P7, P8).

use crate::support::client::id;
use crate::support::desk::text;
use crate::support::{Cast, Client, TestApp};
use chrono::{DateTime, Duration, Utc};
use diesel::prelude::*;
use serde_json::{Value, json};
use sigap::access::Role;
use sigap::db::schema::{events, sla_clocks as clocks, tickets};
use sigap::db::{Id, Json, Ts};
use sigap::demo;
use sigap::on;
use sigap::org::region;
use sigap::report::sheet::harmless;
use sigap::report::tally::Results;
use sigap::sla::row::Clock;
use sigap::sla::{Metric, Outcome};
use sigap::ticket::{Classification, Status, Ticket};

async fn report(client: &Client, days: &str, by: &str) -> Value {
    let (from, to) = days.split_once(' ').unwrap_or((days, days));
    client.get(&format!("/reports/sla?from={from}&to={to}&by={by}")).await.ok()
}

/// The figures of a row that are not 0 or null.
fn told(row: &Value) -> Value {
    let fields = row.as_object().unwrap().iter();
    let fields = fields.filter(|(name, value)| {
        !["row", "key", "name"].contains(&name.as_str()) && **value != json!(0) && !value.is_null()
    });
    fields.map(|(name, value)| (name.clone(), value.clone())).collect::<serde_json::Map<_, _>>().into()
}

fn row<'a>(report: &'a Value, key: &str) -> &'a Value {
    let rows = report["rows"].as_array().unwrap();
    rows.iter().find(|r| r["key"] == key).unwrap_or_else(|| panic!("no row {key}: {report:#}"))
}

/// Seven tickets of Monday, 2 March 2026, and what became of them, by the minute; it is then 16:10 in Jakarta.
pub async fn monday() -> Cast {
    let cast = Cast::new().await;
    // 08:00. In time: answered after 5 minutes, solved after 9, reopened, solved again after 90 in all.
    let good = cast.requester.open_with(json!({})).await.created();
    // Urgent: answered after 20 minutes of 15, solved after 5 hours of 4.
    let late = cast.requester.open_with(json!({ "impact": "high", "urgency": "high" })).await.created();
    // Waived.
    let dark = cast.requester.open_with(json!({ "impact": "high", "urgency": "high" })).await.created();
    // Handed up and returned, unfinished.
    let bounced = cast.requester.open_with(json!({})).await.created();
    // Secret and unfinished.
    cast.requester.open_with(json!({ "classification": "secret" })).await.created();
    // Of another organisation, and given up.
    let dropped = cast.outsider.open_with(json!({})).await.created();
    cast.outsider.open_with(json!({})).await.created();
    cast.app.step(Duration::minutes(5));
    cast.tier1.start(&good).await.ok();
    cast.tier1.start(&bounced).await.ok();
    cast.tier1.escalate(&bounced).await.ok();
    cast.tier2.give_back(&bounced).await.ok();
    cast.tier1.start(&dark).await.ok();
    cast.outsider.cancel(&dropped).await.ok();
    cast.app.step(Duration::minutes(4));
    cast.tier1.resolve(&good).await.ok();
    let cast = cast.much_later(Duration::minutes(11)).await;
    cast.tier1.start(&late).await.ok();
    cast.requester.reopen(&good).await.ok();
    let cast = cast.much_later(Duration::minutes(81)).await;
    cast.tier1.resolve(&good).await.ok();
    let cast = cast.much_later(Duration::minutes(199)).await;
    cast.tier1.resolve(&late).await.ok();
    let cast = cast.much_later(Duration::minutes(60)).await;
    cast.tier1.resolve(&dark).await.ok();
    let wish = json!({ "metric": "resolution", "reason": "Listrik padam." });
    let place = format!("/tickets/{}/sla/waivers", id(&dark));
    let asked = cast.tier1.post(&place, wish).await.created();
    cast.coordinator.post(&format!("{place}/{}/decision", id(&asked)), json!({ "granted": true })).await.ok();
    cast.much_later(Duration::minutes(130)).await
}

// L8, L16
#[actix_web::test]
async fn the_figures_of_a_known_day_are_those_that_were_counted_by_hand() {
    let cast = monday().await;
    let day = report(&cast.coordinator, "2026-03-02", "opd").await;
    assert_eq!((&day["zone"], &day["by"]), (&json!("Asia/Jakarta"), &json!("opd")));
    assert_eq!(day["agreements"].as_array().unwrap().len(), 1, "{day:#}");
    assert_eq!(day["calendars"][0]["zone"], "Asia/Jakarta");
    assert!(text(&day["definitions"]["missed"]).contains("terlambat"));
    // Responses: 5, 5 and 5 minutes and one of 20. Resolutions: 9 and 90 minutes, 300 (missed), 360 (waived).
    let dinkes = json!({
        "opened": 5, "resolved": 4, "met": 2, "missed": 1, "waived": 1,
        "resolution_median_seconds": 90 * 60, "resolution_p90_seconds": 360 * 60,
        "first_response_met": 3, "first_response_missed": 1,
        "first_response_median_seconds": 300, "first_response_p90_seconds": 1200,
        "handovers": 1, "returns": 1, "reopenings": 1,
        "backlog": 2, "backlog_1_day": 2,
    });
    assert_eq!(told(row(&day, "dinkes")), dinkes);
    assert_eq!(told(row(&day, "disdik")), json!({ "opened": 2, "cancelled": 1, "backlog": 1, "backlog_1_day": 1 }));
    assert_eq!(day["rows"].as_array().unwrap().len(), 2, "groups without anything are left out");
    let totals = told(&day["totals"]);
    assert_eq!((&totals["opened"], &totals["backlog"], &totals["met"]), (&json!(7), &json!(3), &json!(2)));
    // The same by other groups.
    let tiers = report(&cast.coordinator, "2026-03-02", "tier").await;
    assert_eq!(told(row(&tiers, "2")), json!({ "returns": 1 }));
    assert_eq!(row(&tiers, "1")["name"], "Service Desk Tier 1");
    let priorities = report(&cast.coordinator, "2026-03-02", "priority").await;
    assert_eq!(row(&priorities, "p1")["waived"], 1);
    assert_eq!(row(&priorities, "p3")["met"], 2);
    let technicians = report(&cast.coordinator, "2026-03-02", "technician").await;
    let budi = row(&technicians, &cast.tier1.id().await).clone();
    assert_eq!((&budi["name"], &budi["resolved"]), (&json!("Budi Santoso"), &json!(4)));
    let services = report(&cast.coordinator, "2026-03-02", "service").await;
    let none = services["rows"][0].clone();
    assert_eq!((&none["key"], &none["name"], &none["opened"]), (&Value::Null, &json!("(tidak ada)"), &json!(7)));
    for other in [tiers, priorities, technicians, services] {
        assert_eq!(other["totals"], day["totals"]);
    }
    // The next day only what is left over, a day older.
    let cast = cast.much_later(Duration::days(1)).await;
    let next = report(&cast.coordinator, "2026-03-03", "opd").await;
    assert_eq!(told(&next["totals"]), json!({ "backlog": 3, "backlog_3_days": 3 }));
    assert_eq!(report(&cast.coordinator, "2026-03-02", "opd").await["totals"]["backlog_1_day"], 3, "looked at its end");
    assert_eq!(told(&report(&cast.coordinator, "2026-03-01", "opd").await["totals"]), json!({}));
}

// P8
#[actix_web::test]
async fn a_report_counts_only_tickets_that_its_reader_sees() {
    let cast = monday().await;
    let opened = async |client: &Client| report(client, "2026-03-02", "opd").await["totals"]["opened"].clone();
    assert_eq!(opened(&cast.coordinator).await, 7);
    assert_eq!(opened(&cast.auditor).await, 6, "not the secret one");
    assert_eq!(report(&cast.auditor, "2026-03-02", "opd").await["totals"]["backlog"], 2);
    assert_eq!(opened(&cast.tier1).await, 5);
    assert_eq!(opened(&cast.requester).await, 5, "his own");
    assert_eq!(opened(&cast.neighbour).await, 2);
    assert_eq!(opened(&cast.outsider).await, 2);
    assert_eq!(opened(&cast.tier2).await, 1, "what once came to tier 2");
    assert_eq!(opened(&cast.admin).await, 0);
    assert_eq!(opened(&cast.stranger).await, 0);
    cast.operator.get("/reports/sla?from=2026-03-02&to=2026-03-02&by=opd").await.refused(404);
}

#[actix_web::test]
async fn days_are_needed_in_order_and_at_most_five_years_apart() {
    let app = TestApp::new().await;
    let chief = app.lebak("koordinator").await;
    let ask = async |query: &str| chief.get(&format!("/reports/sla?{query}")).await;
    ask("from=2026-03-02&by=opd").await.names("/to");
    ask("to=2026-03-02&by=opd").await.names("/from");
    ask("from=2026-03-02&to=2026-03-02").await.names("/by");
    ask("from=2026-03-02&to=2026-03-02&by=mood").await.names("/by");
    ask("from=2026-02-30&to=2026-03-02&by=opd").await.names("/from");
    ask("from=2026-03-03&to=2026-03-02&by=opd").await.names("/to");
    ask("from=2021-03-02&to=2026-03-02&by=opd").await.names("/to");
    ask("from=2021-03-02&to=2026-03-01&by=opd").await.ok();
    ask("from=9999-12-31&to=9999-12-31&by=opd").await.refused(422);
    ask("from=2026-03-02&to=2026-03-02&by=opd&format=pdf").await.names("/format");
    ask("from=2026-03-02&to=2026-03-02&by=opd&limit=5").await.refused(422);
}

// P3, P7
#[actix_web::test]
async fn as_csv_the_report_is_whole_says_how_many_rows_it_has_and_holds_no_formula() {
    let app = TestApp::new().await;
    app.found("lebak", "aneh", "=HYPERLINK(\"http://jahat\";\"klik, saja\")").await;
    let login = app.hire("lebak", "pegawai.aneh", Some(Role::Requester), &["aneh"]).await;
    app.sign_in(&login).await.open_with(json!({})).await.created();
    app.lebak("pegawai.dinkes").await.open_with(json!({})).await.created();
    let chief = app.lebak("koordinator").await;
    let reply = chief.get("/reports/sla?from=2026-03-01&to=2026-03-31&by=opd&format=csv").await;
    assert_eq!((reply.status, reply.header("content-type")), (200, Some("text/csv; charset=utf-8")));
    let name = "attachment; filename=\"sla-opd-2026-03-01-2026-03-31.csv\"";
    assert_eq!(reply.header("content-disposition"), Some(name));
    let (table, last) = reply.text.trim_end().rsplit_once('\n').unwrap();
    let mut reader = csv::Reader::from_reader(table.as_bytes());
    let header: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
    assert_eq!(header[..4], ["row", "key", "name", "opened"]);
    let rows: Vec<Vec<String>> = reader.records().map(|r| r.unwrap().iter().map(str::to_owned).collect()).collect();
    assert_eq!(last, format!("# rows: {}", rows.len()));
    assert_eq!(rows[0][..4], ["group", "aneh", "'=HYPERLINK(\"http://jahat\";\"klik, saja\")", "1"]);
    assert_eq!(rows[2][..4], ["total", "", "Jumlah", "2"]);
    // The columns are the fields of the JSON, with the same values.
    let report = report(&chief, "2026-03-01 2026-03-31", "opd").await;
    for (column, cell) in header.iter().zip(&rows[2]).skip(3) {
        let value = &report["totals"][column];
        assert_eq!(*cell, if value.is_null() { String::new() } else { value.to_string() }, "{column}");
    }
    assert_eq!(header.len(), report["totals"].as_object().unwrap().len());
    for cell in ["=1", "+1", "-1", "@a", "\tx", "\rx", "  =1"] {
        assert_eq!(harmless(cell), format!("'{cell}"));
    }
    // Blanks of any kind, signs of full width; and spreadsheets of this country begin a cell behind a semicolon.
    for pair in ["\u{a0}=1|'\u{a0}=1", "＠a|'＠a", "A;=B1|A;'=B1", "A; \u{a0}＋1;-2|A;' \u{a0}＋1;'-2", "A; B-C|A; B-C"]
    {
        let (cell, safe) = pair.split_once('|').unwrap();
        assert_eq!(harmless(cell), safe);
    }
    assert_eq!(harmless("Dinas A-B"), "Dinas A-B");
}

#[test]
fn percentiles_are_by_nearest_rank() {
    let of = |seconds: &[i64]| Results { seconds: seconds.to_vec(), ..Results::default() };
    assert_eq!((of(&[]).percentile(50), of(&[]).percentile(90)), (None, None));
    assert_eq!((of(&[7]).percentile(50), of(&[7]).percentile(90)), (Some(7), Some(7)));
    assert_eq!((of(&[4, 1, 3, 2]).percentile(50), of(&[4, 1, 3, 2]).percentile(90)), (Some(2), Some(4)));
    let ten: Vec<i64> = (1..=10).rev().collect();
    assert_eq!((of(&ten).percentile(50), of(&ten).percentile(90)), (Some(5), Some(9)));
}

#[actix_web::test]
async fn stars_count_that_the_requester_gave_and_not_those_of_whoever_closed_for_him() {
    let cast = Cast::new().await;
    for (who, stars) in [(&cast.requester, 5), (&cast.coordinator, 1)] {
        let ticket = cast.requester.open("SIMPEG mati").await;
        cast.tier1.resolve(&ticket).await.ok();
        who.act(&ticket, "close", json!({ "rating": stars })).await.ok();
    }
    let totals = report(&cast.coordinator, "2026-03-02", "opd").await["totals"].clone();
    assert_eq!((&totals["ratings"], &totals["rating_stars"]), (&json!(1), &json!(5)));
}

#[actix_web::test]
async fn a_rating_stays_in_its_month_whoever_closes_the_ticket_later() {
    let cast = Cast::new().await;
    let [ticket, dropped] = [cast.requester.open("SIMPEG mati").await, cast.requester.open("Printer mati").await];
    for one in [&ticket, &dropped] {
        cast.tier1.resolve(one).await.ok();
        cast.requester.act(one, "close", json!({ "rating": 5 })).await.ok();
    }
    let rated = async |cast: &Cast, day: &str| {
        let totals = report(&cast.coordinator, day, "opd").await["totals"].clone();
        (totals["ratings"].as_i64().unwrap(), totals["rating_stars"].as_i64().unwrap())
    };
    assert_eq!(rated(&cast, "2026-03-02").await, (2, 10));
    let cast = cast.much_later(Duration::days(1)).await;
    for one in [&ticket, &dropped] {
        cast.requester.reopen(one).await.ok();
    }
    cast.tier1.resolve(&ticket).await.ok();
    cast.coordinator.act(&ticket, "close", json!({ "rating": 1 })).await.ok();
    cast.tier1.cancel(&dropped).await.ok();
    assert_eq!(rated(&cast, "2026-03-02").await, (1, 5), "and a cancelled ticket says nothing of how it was served");
    assert_eq!(rated(&cast, "2026-03-03").await, (0, 0));
    cast.requester.reopen(&ticket).await.ok();
    cast.tier1.resolve(&ticket).await.ok();
    cast.requester.act(&ticket, "close", json!({ "rating": 3 })).await.ok();
    assert_eq!((rated(&cast, "2026-03-02").await, rated(&cast, "2026-03-03").await), ((1, 5), (1, 3)));
}

/// Everything of Lebak, straight from the tables.
struct Everything {
    tickets: Vec<Ticket>,
    clocks: Vec<Clock>,
    events: Vec<(Id, (Ts, i32), String)>,
    ratings: Vec<(Id, Ts, i64)>,
}

async fn everything(app: &TestApp) -> Everything {
    let lebak = app.region("lebak").await;
    app.look(move |conn| {
        let all: Vec<Ticket> = on!(&mut *conn, |c| tickets::table
            .filter(tickets::region_id.eq(lebak))
            .select(Ticket::as_select())
            .load(c))?;
        let kept: Vec<Clock> =
            on!(&mut *conn, |c| clocks::table.filter(clocks::region_id.eq(lebak)).select(Clock::as_select()).load(c))?;
        let rows: Vec<(Id, Ts, i32, String)> = on!(&mut *conn, |c| events::table
            .select((events::ticket_id, events::at, events::version, events::kind))
            .load(c))?;
        let ends: Vec<(Id, Option<Id>, Ts, Json)> = on!(&mut *conn, |c| events::table
            .filter(events::kind.eq("closed"))
            .select((events::ticket_id, events::actor_id, events::at, events::data))
            .load(c))?;
        let own = |ticket, who: Option<Id>| all.iter().any(|t| t.id == ticket && Some(t.requester_id) == who);
        let rated = ends.into_iter().filter(|(ticket, who, ..)| own(*ticket, *who));
        let rated = rated.filter_map(|(ticket, _, at, data)| Some((ticket, at, data.0["rating"].as_i64()?))).collect();
        let told = rows.into_iter().map(|(ticket, at, version, kind)| (ticket, (at, version), kind)).collect();
        Ok(Everything { tickets: all, clocks: kept, events: told, ratings: rated })
    })
    .await
}

/// Counts again, ticket by ticket, what the report says of those that `chosen` picks.
fn recount(all: &Everything, from: DateTime<Utc>, until: DateTime<Utc>, chosen: impl Fn(&Ticket) -> bool) -> Value {
    let within = |at: Ts| from <= at.utc() && at.utc() < until;
    let mut sums: std::collections::BTreeMap<&str, i64> = std::collections::BTreeMap::new();
    let mut seconds: [Vec<i64>; 2] = [Vec::new(), Vec::new()];
    for ticket in all.tickets.iter().filter(|t| chosen(t)) {
        let mut add = |name: &'static str, n: usize| *sums.entry(name).or_default() += i64::try_from(n).unwrap();
        let mine = all.events.iter().filter(|(of, ..)| *of == ticket.id);
        let mut happened: Vec<((Ts, i32), &str)> = mine.map(|(_, at, kind)| (*at, kind.as_str())).collect();
        happened.sort();
        let count = |name: &str| happened.iter().filter(|((at, _), kind)| within(*at) && *kind == name).count();
        let cancelled = ticket.status == Status::Cancelled;
        add("opened", count("opened"));
        add("cancelled", count("cancelled"));
        add("handovers", count("escalated"));
        add("returns", count("returned"));
        add("reopenings", count("reopened"));
        add("resolved", if cancelled { 0 } else { count("resolved") });
        for (_, _, stars) in all.ratings.iter().filter(|(of, at, _)| *of == ticket.id && within(*at) && !cancelled) {
            add("ratings", 1);
            add("rating_stars", usize::try_from(*stars).unwrap());
        }
        let mine = all.clocks.iter().filter(|c| c.ticket_id == ticket.id && c.stopped_at.is_some_and(within));
        for clock in mine.filter(|_| !cancelled) {
            let names = match clock.metric {
                Metric::Resolution => ["met", "missed", "waived"],
                Metric::FirstResponse => ["first_response_met", "first_response_missed", "first_response_waived"],
                _ => continue,
            };
            let how = usize::from(clock.outcome == Some(Outcome::Missed)) * (1 + usize::from(clock.waived));
            add(names[how], 1);
            seconds[usize::from(clock.metric == Metric::FirstResponse)].push(clock.banked_micros / 1_000_000);
        }
        let past: Vec<&str> = happened.iter().filter(|((at, _), _)| at.utc() <= until).map(|(_, kind)| *kind).collect();
        let turns = past.iter().rev().find(|k| ["opened", "reopened", "resolved", "cancelled"].contains(k));
        if turns.is_some_and(|k| k.ends_with("opened")) {
            add("backlog", 1);
            let age = until - ticket.created_at.utc();
            let ages = [(1, "backlog_1_day"), (3, "backlog_3_days"), (7, "backlog_7_days"), (30, "backlog_30_days")];
            let fits = ages.iter().find(|(days, _)| age <= Duration::days(*days));
            let age = fits.map_or("backlog_older", |(_, name)| name);
            add(age, 1);
        }
    }
    for (name, list) in ["resolution", "first_response"].iter().zip(&mut seconds) {
        list.sort_unstable();
        for (part, suffix) in [(0.5, "median_seconds"), (0.9, "p90_seconds")] {
            if !list.is_empty() {
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_precision_loss,
                    clippy::cast_sign_loss,
                    clippy::as_conversions,
                    reason = "small numbers"
                )]
                let rank = (part * list.len() as f64).ceil() as usize;
                sums.insert(Box::leak(format!("{name}_{suffix}").into_boxed_str()), list[rank - 1]);
            }
        }
    }
    sums.retain(|_, n| *n != 0);
    json!(sums)
}

// L16
#[actix_web::test]
async fn the_report_on_a_filled_region_is_what_an_independent_recount_gives() {
    let app = TestApp::new().await;
    app.within(|tx| {
        let lebak = region::list(tx)?.into_iter().find(|r| r.code == "lebak").unwrap();
        demo::tickets::make(tx, &lebak, 560)
    })
    .await;
    let all = everything(&app).await;
    assert_eq!(all.tickets.len(), 560, "more than one page of the reading");
    let (chief, auditor) = (app.lebak("koordinator").await, app.lebak("auditor").await);
    let now = app.clock.now().utc();
    let midnight = |day: &str| format!("{day}T00:00:00+07:00").parse::<DateTime<Utc>>().unwrap();
    let spans = [
        ("2025-09-01", "2026-03-02", "2026-03-03"),
        ("2026-01-01", "2026-01-31", "2026-02-01"),
        ("2026-02-10", "2026-02-10", "2026-02-11"),
    ];
    for (first, last, past) in spans {
        let days = format!("{first} {last}");
        let (from, until) = (midnight(first), midnight(past).min(now));
        let whole = report(&chief, &days, "opd").await;
        assert_eq!(told(&whole["totals"]), recount(&all, from, until, |_| true), "{days}");
        assert!(whole["totals"]["opened"].as_i64().unwrap() > 0 && whole["totals"]["met"].as_i64().unwrap() > 0);
        let dinkes = app.opd("lebak", "dinkes").await;
        assert_eq!(told(row(&whole, "dinkes")), recount(&all, from, until, |t| t.opd_id == dinkes), "{days}");
        for by in ["tier", "service", "priority", "technician"] {
            let other = report(&chief, &days, by).await;
            assert_eq!(other["totals"], whole["totals"], "{by}");
            for field in ["opened", "resolved", "met", "missed", "waived", "handovers", "returns", "ratings", "backlog"]
            {
                let rows = other["rows"].as_array().unwrap();
                let sum: i64 = rows.iter().map(|r| r[field].as_i64().unwrap()).sum();
                assert_eq!(sum, other["totals"][field].as_i64().unwrap(), "{by} {field}");
            }
        }
        let priorities = report(&chief, &days, "priority").await;
        for one in priorities["rows"].as_array().unwrap() {
            let key = text(&one["key"]);
            assert_eq!(told(one), recount(&all, from, until, |t| t.priority.text() == key), "{days} {key}");
        }
        let seen = recount(&all, from, until, |t| t.classification != Classification::Secret);
        assert_eq!(told(&report(&auditor, &days, "tier").await["totals"]), seen, "P8: {days}");
    }
    assert!(all.tickets.iter().any(|t| t.classification == Classification::Secret));
}
