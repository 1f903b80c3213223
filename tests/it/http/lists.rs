//! Lists: every one is walked page by page.

use crate::support::{Cast, client};
use actix_web::http::Method;
use serde_json::json;

#[actix_web::test]
async fn a_short_list_is_walked_by_pages_like_every_other() {
    let cast = Cast::new().await;
    let [ticket, one, other] =
        [cast.requester.open("A").await, cast.requester.open("B").await, cast.requester.open("C").await];
    for to in [&one, &other] {
        cast.tier1.act(&ticket, "links", json!({ "ticket": to["id"], "kind": "related" })).await;
    }
    for follower in [&cast.tier1, &cast.coordinator] {
        follower.act(&ticket, "watchers", json!({})).await.ok();
    }
    for metric in ["first_response", "resolution"] {
        cast.tier1.act(&ticket, "sla/waivers", json!({ "metric": metric, "reason": "Listrik padam." })).await;
    }
    let again = cast.app.lebak("koordinator").await;
    let operator = cast.app.sign_in("operator@sigap.example").await;
    let of = |what: &str| format!("/tickets/{}/{what}", client::id(&ticket));
    for (client, path, least) in [
        (&operator, "/regions".to_owned(), 2),
        (&cast.coordinator, "/holidays?year=2026".to_owned(), 10),
        (&again, "/me/sessions".to_owned(), 2),
        (&again, "/me/mails".to_owned(), 10),
        (&cast.tier1, of("links"), 2),
        (&cast.tier1, of("watchers"), 2),
        (&cast.tier1, of("sla/waivers"), 2),
    ] {
        let all = client.items(&path).await;
        assert!(all.len() >= least, "{path}: {}", all.len());
        for limit in [1, 2, all.len(), 200] {
            assert_eq!(client.walked(&path, limit).await, all, "{path} by {limit}");
        }
        let ask = async |query: &str| {
            let glue = if path.contains('?') { '&' } else { '?' };
            client.send(Method::GET, &format!("{path}{glue}{query}"), &[], None).await
        };
        for query in ["limit=0", "limit=201", "cursor=x"] {
            ask(query).await.refused(422);
        }
    }
}

#[actix_web::test]
async fn a_session_beyond_the_first_hundred_is_listed_and_can_be_ended() {
    let cast = Cast::new().await;
    let oldest = cast.coordinator.items("/me/sessions").await[0]["id"].as_str().unwrap().to_owned();
    cast.later();
    for _ in 0..100 {
        cast.app.lebak("koordinator").await;
    }
    assert!(cast.coordinator.walked("/me/sessions", 200).await.iter().any(|one| one["id"] == oldest.as_str()));
    assert_eq!(cast.coordinator.delete(&format!("/me/sessions/{oldest}")).await.status, 204);
}
