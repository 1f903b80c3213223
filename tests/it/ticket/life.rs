//! From opening to the end, in the words of the contract.

use crate::support::TestApp;
use serde_json::json;

// L1
#[actix_web::test]
async fn a_ticket_lands_at_the_tier_1_of_the_requesters_own_opd() {
    let app = TestApp::new().await;
    let requester = app.lebak("pegawai.dinkes").await;
    let ticket = requester.open("SIMPEG tidak bisa dibuka").await;
    assert_eq!(ticket["number"], "LBK-2026-000001");
    assert_eq!(ticket["opd"]["code"], "dinkes");
    assert_eq!((&ticket["tier"], &ticket["status"]), (&json!(1), &json!("new")));
    app.lebak("teknisi.dinkes").await.see(&ticket).await.ok();
    app.lebak("teknisi.disdik").await.see(&ticket).await.refused(404);
}

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
