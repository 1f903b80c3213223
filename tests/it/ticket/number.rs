//! Numbers of tickets, and the region's own words.

use crate::support::TestApp;
use crate::support::desk::text;
use chrono::{DateTime, Utc};
use futures_util::future::join_all;
use serde_json::json;

fn until(app: &TestApp, at: &str) {
    let at: DateTime<Utc> = at.parse().unwrap();
    app.step(at - app.clock.now().utc());
}

#[actix_web::test]
async fn every_region_counts_for_itself_under_its_own_prefix() {
    let app = TestApp::new().await;
    let domains = [("lebakkab", "LBK"), ("temanggungkab", "TMG"), ("blorakab", "BLA"), ("purbalinggakab", "PBG")];
    for (domain, prefix) in domains {
        let requester = app.sign_in(&format!("pegawai.dinkes@{domain}.go.id")).await;
        for n in 1..=3 {
            let number = text(&requester.open("SIMPEG mati").await["number"]);
            assert_eq!(number, format!("{prefix}-2026-{n:06}"));
        }
    }
}

#[actix_web::test]
async fn the_year_of_a_number_changes_at_midnight_in_the_regions_time_zone() {
    let app = TestApp::new().await;
    app.lebak("pegawai.dinkes").await.open("SIMPEG mati").await;
    until(&app, "2026-12-31T16:59:59.999999Z");
    let requester = app.lebak("pegawai.dinkes").await;
    assert_eq!(requester.open("Sebelum tengah malam").await["number"], "LBK-2026-000002");
    until(&app, "2026-12-31T17:00:00Z");
    assert_eq!(requester.open("Tahun baru").await["number"], "LBK-2027-000001");
    assert_eq!(requester.open("Tahun baru").await["number"], "LBK-2027-000002");
}

#[actix_web::test]
async fn numbers_of_tickets_that_come_at_once_repeat_nothing_and_leave_nothing_out() {
    let app = TestApp::new().await;
    let requester = app.lebak("pegawai.dinkes").await;
    let tickets = join_all((0..24).map(|_| requester.open("SIMPEG mati"))).await;
    let mut numbers: Vec<String> = tickets.iter().map(|t| text(&t["number"])).collect();
    numbers.sort();
    let expected: Vec<String> = (1..=24).map(|n| format!("LBK-2026-{n:06}")).collect();
    assert_eq!(numbers, expected);
}

#[actix_web::test]
async fn a_refused_ticket_uses_up_no_number() {
    let app = TestApp::new().await;
    let requester = app.lebak("pegawai.dinkes").await;
    requester.open_with(json!({ "service": "teleportasi" })).await.names("/service");
    requester.open_with(json!({ "subject": "" })).await.names("/subject");
    assert_eq!(requester.open("SIMPEG mati").await["number"], "LBK-2026-000001");
}

// T1
#[actix_web::test]
async fn a_region_calls_its_tiers_by_its_own_names() {
    let app = TestApp::new().await;
    let terms = |me: serde_json::Value| (text(&me["terms"]["tier1"]), text(&me["terms"]["tier2"]));
    let temanggung = terms(app.temanggung("teknisi.dinkes").await.get("/me").await.ok());
    assert_eq!(temanggung, ("Administrator".into(), "Superadmin".into()));
    let default = ("Service Desk Tier 1".to_owned(), "Service Desk Tier 2".to_owned());
    for domain in ["lebakkab", "blorakab", "purbalinggakab"] {
        let me = app.sign_in(&format!("teknisi.dinkes@{domain}.go.id")).await.get("/me").await.ok();
        assert_eq!(terms(me), default, "{domain}");
    }
}
