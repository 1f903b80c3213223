//! From opening to the end, in the words of the contract.

use crate::support::TestApp;
use serde_json::json;

// L5, L6, L7
#[actix_web::test]
async fn what_tier_1_cannot_solve_goes_to_tier_2_and_is_solved_there() {
    let app = TestApp::new().await;
    let requester = app.lebak("pegawai.dinkes").await;
    let tier1 = app.lebak("teknisi.dinkes").await;
    let tier2 = app.lebak("tier2.satu").await;
    let ticket = requester.open("SIMPEG tidak bisa dibuka").await;
    tier2.see(&ticket).await.refused(404);
    let started = tier1.act(&ticket, "start", json!({})).await.ok();
    assert_eq!(started["assignee"]["name"], "Budi Santoso");
    let escalated = tier1.escalate(&ticket).await.ok();
    assert_eq!((&escalated["tier"], &escalated["status"]), (&json!(2), &json!("in_progress")));
    assert_eq!(escalated["assignee"], json!(null));
    tier1.see(&ticket).await.ok();
    tier1.act(&ticket, "resolve", json!({ "resolution": "Selesai." })).await.refused(403);
    tier2.act(&ticket, "start", json!({})).await.ok();
    tier2.act(&ticket, "start", json!({})).await.refused(409);
    let resolved = tier2.act(&ticket, "resolve", json!({ "resolution": "Basis data dipulihkan." })).await.ok();
    assert_eq!(resolved["status"], "resolved");
    let closed = requester.act(&ticket, "close", json!({ "rating": 5 })).await.ok();
    assert_eq!(closed["status"], "closed");
}
