//! The demo's tickets: a desk as it looks on a working day.

use crate::support::TestApp;
use serde_json::Value;
use sigap::demo;
use std::collections::BTreeMap;

#[actix_web::test]
async fn the_demo_shows_every_state_with_most_older_tickets_done_and_nothing_left_for_the_timers() {
    let app = TestApp::new().await;
    demo::fill_tickets(&app.app, demo::tickets::PER_REGION).await.unwrap();
    for domain in ["lebakkab.go.id", "temanggungkab.go.id", "blorakab.go.id", "purbalinggakab.go.id"] {
        let coordinator = app.sign_in(&format!("koordinator@{domain}")).await;
        let listed = async |query: &str| coordinator.items(&format!("/tickets?limit=200&{query}")).await;
        let all = listed("").await;
        assert_eq!(all.len(), 120, "{domain}");
        let mut states: BTreeMap<&str, usize> = BTreeMap::new();
        for ticket in &all {
            *states.entry(ticket["status"].as_str().unwrap()).or_default() += 1;
            assert_ne!(ticket["sla"], Value::Null, "{}", ticket["number"]);
        }
        for status in ["new", "in_progress", "pending", "resolved", "closed", "cancelled"] {
            assert!(states.contains_key(status), "{domain}: {states:?}");
        }
        let (open, late, soon) =
            (listed("status=open").await, listed("status=open&sla=breached").await, listed("sla=at_risk").await);
        assert!((20..=50).contains(&open.len()), "{domain}: {} open", open.len());
        assert!(!late.is_empty() && late.len() < open.len(), "{domain}: {} late of {}", late.len(), open.len());
        assert!(soon.iter().all(|t| !late.contains(t)));
    }
    let before = app.lebak("koordinator").await.items("/notices?limit=200").await;
    app.tick().await;
    assert_eq!(app.lebak("koordinator").await.items("/notices?limit=200").await, before);
}
