//! A reminder: the coordinator asks a desk for news (L8).

use crate::support::desk::{Cast, text};
use serde_json::json;

// L8
#[actix_web::test]
async fn a_reminder_reaches_the_desk_and_the_requester_notices_nothing() {
    let cast = Cast::new().await;
    let ticket = cast.requester.open("SIMPEG mati").await;
    cast.later();
    let seen = (cast.requester.see(&ticket).await.ok(), cast.requester.story(&ticket).await);
    let before = cast.tier1.told(&ticket).await;
    let after = cast.coordinator.remind(&ticket).await.ok();
    assert_eq!(after["version"], ticket["version"], "the ticket stays as it is");
    let told = cast.tier1.told(&ticket).await;
    assert_eq!(told.iter().filter(|kind| *kind == "reminded").count(), 1, "{told:?}");
    assert_eq!(told.len(), before.len() + 1);
    let line = cast.tier1.of(&ticket, "events").await.pop().unwrap();
    assert_eq!((&line["kind"], &line["data"]["note"]), (&json!("reminded"), &json!("Mohon kabar hari ini.")));
    assert_eq!((cast.requester.see(&ticket).await.ok(), cast.requester.story(&ticket).await), seen);
    assert!(!cast.requester.told(&ticket).await.contains(&"reminded".to_owned()));
    cast.tier2.remind(&ticket).await.refused(404);
    cast.tier1.remind(&ticket).await.refused(403);
}

// L8
#[actix_web::test]
async fn a_reminder_of_a_ticket_that_was_handed_up_reaches_tier_2_and_then_whoever_has_it() {
    let cast = Cast::new().await;
    let ticket = cast.handed_up().await;
    let is_told = async |who: &crate::support::client::Client| {
        who.told(&ticket).await.iter().filter(|kind| *kind == "reminded").count()
    };
    cast.coordinator.remind(&ticket).await.ok();
    assert_eq!((is_told(&cast.tier1).await, is_told(&cast.tier2).await, is_told(&cast.second).await), (0, 1, 1));
    cast.tier2.start(&ticket).await.ok();
    cast.later();
    cast.coordinator.remind(&ticket).await.ok();
    assert_eq!((is_told(&cast.tier2).await, is_told(&cast.second).await), (2, 1), "it is his now");
}

#[actix_web::test]
async fn a_finished_ticket_is_not_reminded_of_and_a_reminder_says_something() {
    let cast = Cast::new().await;
    let ticket = cast.requester.open("SIMPEG mati").await;
    let problem = cast.coordinator.act(&ticket, "remind", json!({ "note": " " })).await.refused(422);
    assert_eq!(problem["errors"][0]["pointer"], "/note");
    cast.tier1.start(&ticket).await.ok();
    cast.tier1.resolve(&ticket).await.ok();
    let problem = cast.coordinator.remind(&ticket).await.refused(409);
    assert!(!text(&problem["detail"]).is_empty());
    assert!(!cast.tier1.told(&ticket).await.contains(&"reminded".to_owned()));
}
