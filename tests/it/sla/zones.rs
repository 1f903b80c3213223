//! A region in another zone than Jakarta's works, and is measured, by its own clocks.

use crate::support::TestApp;
use crate::support::time::PATIENT;
use crate::worktime::wib;
use serde_json::json;
use sigap::access::Role;

/// Monday, 6 July 2026, 07:30 in each zone, and three hours later; the working day begins at 07:30.
const MORNINGS: [(&str, &str, &str, &str, &str); 2] = [
    ("sikka", "SKK", "Asia/Makassar", "2026-07-05T23:30:00Z", "2026-07-06T03:30:00Z"),
    ("jayapura", "JYP", "Asia/Jayapura", "2026-07-05T22:30:00Z", "2026-07-06T02:30:00Z"),
];

// P4
#[actix_web::test]
async fn a_region_counts_working_time_in_its_own_zone() {
    let app = TestApp::with(PATIENT).await;
    app.until(wib("2026-07-05 12:00"));
    let operator = app.sign_in("operator@sigap.example").await;
    for (code, prefix, zone, opening, due) in MORNINGS {
        let domain = format!("{code}kab.go.id");
        let region = json!({
            "code": code, "name": "Kabupaten", "kemendagri": "99.01", "ticket_prefix": prefix, "domain": domain,
            "mail_domain": domain, "desk_mailbox": format!("servicedesk@{domain}"), "time_zone": zone,
            "password_policy": "nist", "language": "id", "calendar": "perpres-21-2023", "agreement": "standard",
            "terms": { "tier1": "Tingkat 1", "tier2": "Tingkat 2", "provider": "Diskominfo" },
            "nomenclature": { "default": "{abbr}" },
        });
        operator.post("/regions", json!({ "region": region })).await.created();
        app.found(code, "dinkes", "Dinas Kesehatan").await;
        app.hire(code, "teknisi", Some(Role::Tier1), &["dinkes"]).await;
        let requester = app.hire(code, "pegawai", Some(Role::Requester), &["dinkes"]).await;
        let coordinator = app.hire(code, "koordinator", Some(Role::Coordinator), &[]).await;
        let (requester, coordinator) = (app.sign_in(&requester).await, app.sign_in(&coordinator).await);
        // Sunday: nothing counts until the next morning, and four hours from then on.
        let ticket = requester.open_with(json!({ "impact": "medium", "urgency": "medium" })).await.created();
        assert_eq!(crate::support::time::clock(&ticket, "first_response")["due_at"], due, "{zone}");
        let ask = json!({ "priority": "p3", "metric": "first_response", "opened_at": opening });
        assert_eq!(coordinator.post("/sla/preview", ask).await.ok()["due_at"], due, "{zone}");
        let told = coordinator.get("/calendars/perpres-21-2023").await.ok();
        assert_eq!(told["definition"]["zone"], zone);
    }
}
