//! Lists: what is in them is what can be read, filtered and in order.

use crate::support::Client;
use crate::support::desk::{Cast, text, texts};
use serde_json::{Value, json};
use std::collections::BTreeSet;

const IMPACTS: [&str; 3] = ["high", "medium", "low"];

/// Tickets of every organisation, tier, status and classification.
async fn crowd(cast: &Cast) -> Vec<Value> {
    let bpbd = cast.app.lebak("pegawai.bpbd").await;
    let mut tickets = Vec::new();
    for (n, classification) in ["open", "restricted", "secret"].into_iter().enumerate() {
        for service in [json!("simpeg"), json!("internet"), Value::Null] {
            for requester in [&cast.requester, &cast.outsider, &bpbd] {
                cast.later();
                let body = json!({ "classification": classification, "service": service, "impact": IMPACTS[n] });
                tickets.push(requester.open_with(body).await.created());
            }
        }
    }
    for (n, ticket) in tickets.iter().enumerate() {
        let desk = match (ticket["tier"].as_i64(), ticket["opd"]["code"].as_str()) {
            (Some(2), _) => &cast.tier2,
            (_, Some("dinkes")) => &cast.tier1,
            _ => &cast.neighbour,
        };
        match n % 7 {
            0 => desk.start(ticket).await.ok(),
            1 if ticket["tier"] == 1 => desk.escalate(ticket).await.ok(),
            2 => desk.resolve(ticket).await.ok(),
            3 => desk.pend(ticket).await.ok(),
            4 if ticket["tier"] == 1 && ticket["classification"] != "secret" => desk.consult(ticket).await.ok(),
            5 => desk.cancel(ticket).await.ok(),
            _ => json!({}),
        };
    }
    tickets
}

// L13
#[actix_web::test]
async fn a_list_holds_exactly_what_its_reader_can_open() {
    let cast = Cast::new().await;
    let tickets = crowd(&cast).await;
    let bpbd = cast.app.lebak("pegawai.bpbd").await;
    let mut readers: Vec<(&str, &Client)> =
        cast.everybody().into_iter().filter(|(who, _)| *who != "operator").collect();
    readers.extend([("second", &cast.second), ("bpbd", &bpbd)]);
    for (who, client) in readers {
        let listed: BTreeSet<String> = texts(&client.walked("/tickets", 4).await, "id").into_iter().collect();
        let mut readable = BTreeSet::new();
        for ticket in &tickets {
            if client.see(ticket).await.status == 200 {
                readable.insert(text(&ticket["id"]));
            }
        }
        assert_eq!(listed, readable, "{who}");
        for query in ["status=open", "tier=2", "q=simpeg", "assignee=none", "priority=p3", "sort=priority"] {
            let found: BTreeSet<String> =
                texts(&client.walked(&format!("/tickets?{query}"), 3).await, "id").into_iter().collect();
            assert!(found.is_subset(&readable), "{who} ?{query}");
        }
        for row in client.items("/tickets?limit=200").await {
            assert_eq!(row, client.see(&row).await.ok(), "{who}: a row says what the ticket says");
        }
    }
    assert_eq!(cast.coordinator.numbers("").await.len(), tickets.len());
    assert!(cast.stranger.numbers("").await.is_empty() && cast.admin.numbers("").await.is_empty());
}

#[actix_web::test]
async fn every_filter_keeps_what_fits_and_nothing_else() {
    let cast = Cast::new().await;
    crowd(&cast).await;
    let all = cast.coordinator.items("/tickets?limit=200").await;
    let me = cast.tier2.id().await;
    let filters: Vec<(String, Box<dyn Fn(&Value) -> bool>)> = vec![
        ("status=new".into(), Box::new(|t| t["status"] == "new")),
        ("status=pending,resolved".into(), Box::new(|t| t["status"] == "pending" || t["status"] == "resolved")),
        ("status=pending&status=resolved".into(), Box::new(|t| t["status"] == "pending" || t["status"] == "resolved")),
        (
            "status=open".into(),
            Box::new(|t| ["new", "in_progress", "pending"].contains(&t["status"].as_str().unwrap())),
        ),
        ("status=open,cancelled".into(), Box::new(|t| t["status"] != "resolved" && t["status"] != "closed")),
        ("status=closed".into(), Box::new(|t| t["status"] == "closed")),
        ("tier=1".into(), Box::new(|t| t["tier"] == 1)),
        ("tier=2".into(), Box::new(|t| t["tier"] == 2)),
        ("opd=disdik".into(), Box::new(|t| t["opd"]["code"] == "disdik")),
        ("opd=tidak-ada".into(), Box::new(|_| false)),
        ("kind=incident".into(), Box::new(|t| t["kind"] == "incident")),
        ("kind=change".into(), Box::new(|_| false)),
        ("priority=p2".into(), Box::new(|t| t["priority"] == "p2")),
        ("service=internet".into(), Box::new(|t| t["service"] == "internet")),
        ("assignee=none".into(), Box::new(|t| t["assignee"].is_null())),
        ("assignee=me".into(), Box::new(|_| false)),
        (format!("assignee={me}"), Box::new(move |t| t["assignee"]["id"] == json!(me))),
        (
            "tier=2&status=open&opd=dinkes&service=internet".into(),
            Box::new(|t| {
                t["tier"] == 2
                    && t["opd"]["code"] == "dinkes"
                    && t["service"] == "internet"
                    && ["new", "in_progress", "pending"].contains(&t["status"].as_str().unwrap())
            }),
        ),
    ];
    for (query, fits) in filters {
        let expected: Vec<&Value> = all.iter().filter(|t| fits(t)).collect();
        let got = cast.coordinator.items(&format!("/tickets?limit=200&{query}")).await;
        assert_eq!(got.iter().collect::<Vec<_>>(), expected, "{query}");
    }
    assert!(!cast.tier2.numbers("assignee=me").await.is_empty());
}

#[actix_web::test]
async fn every_order_is_total_and_the_same_in_pages() {
    let cast = Cast::new().await;
    crowd(&cast).await;
    // Several of the same instant.
    for _ in 0..5 {
        cast.requester.open("Serentak").await;
    }
    let key = |t: &Value| (text(&t["created_at"]), text(&t["id"]));
    let newest = cast.coordinator.items("/tickets?limit=200").await;
    assert!(newest.windows(2).all(|p| key(&p[0]) > key(&p[1])));
    assert_eq!(cast.coordinator.items("/tickets?limit=200&sort=-created_at").await, newest);
    let oldest = cast.coordinator.items("/tickets?limit=200&sort=created_at").await;
    assert!(oldest.iter().eq(newest.iter().rev()));
    let urgent = cast.coordinator.items("/tickets?limit=200&sort=priority").await;
    let rank = |t: &Value| (text(&t["priority"]), key(t));
    assert!(urgent.windows(2).all(|p| rank(&p[0]) < rank(&p[1])));
    for (query, whole) in [("", &newest), ("sort=created_at", &oldest), ("sort=priority", &urgent)] {
        for limit in [1, 3, 31, 200] {
            assert_eq!(
                &cast.coordinator.walked(&format!("/tickets?{query}"), limit).await,
                whole,
                "{query} by {limit}"
            );
        }
    }
}

#[actix_web::test]
async fn paging_stays_right_while_tickets_arrive_and_leave() {
    let cast = Cast::new().await;
    for n in 0..12 {
        cast.later();
        cast.requester.open(&format!("Awal {n}")).await;
    }
    let before = cast.tier1.numbers("").await;
    for sort in ["-created_at", "created_at", "priority"] {
        let (mut seen, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = cast.tier1.get(&format!("/tickets?limit=2&sort={sort}{cursor}")).await.ok();
            seen.extend(texts(page["items"].as_array().unwrap(), "number"));
            assert!(seen.len() < 200, "the pages have no end");
            let Some(next) = page["next_cursor"].as_str() else { break };
            cursor = format!("&cursor={next}");
            if seen.len() < 12 {
                cast.later();
                cast.requester.open("Baru").await;
            }
        }
        let unique: BTreeSet<&String> = seen.iter().collect();
        assert_eq!(unique.len(), seen.len(), "{sort}: a ticket came twice");
        assert!(before.iter().all(|n| unique.contains(n)), "{sort}: a ticket was left out");
    }
}

#[actix_web::test]
async fn what_no_page_gave_is_no_cursor_and_a_limit_has_bounds() {
    let cast = Cast::new().await;
    for _ in 0..3 {
        cast.requester.open("SIMPEG mati").await;
    }
    for cursor in ["x", "", "%00", "bnVsbA", "W10", "e30", "..", "AAAA"] {
        cast.tier1.get(&format!("/tickets?cursor={cursor}")).await.names("/cursor");
    }
    let page = cast.tier1.get("/tickets?limit=1&sort=created_at").await.ok();
    let cursor = text(&page["next_cursor"]);
    // A place in another order is no place in this one.
    cast.tier1.get(&format!("/tickets?limit=1&sort=priority&cursor={cursor}")).await.names("/cursor");
    cast.tier1.get(&format!("/tickets?limit=1&cursor={cursor}")).await.names("/cursor");
    for limit in ["0", "201", "-1", "1.5", "banyak", "9999999999999999999999"] {
        cast.tier1.get(&format!("/tickets?limit={limit}")).await.names("/limit");
    }
    assert_eq!(cast.tier1.get("/tickets?limit=200").await.ok()["next_cursor"], Value::Null);
    assert_eq!(cast.tier1.get("/tickets?limit=3").await.ok()["next_cursor"], Value::Null);
}

#[actix_web::test]
async fn a_filter_with_an_unknown_word_is_named() {
    let cast = Cast::new().await;
    for (query, pointer) in [
        ("status=baru", "/status"),
        ("status=", "/status"),
        ("tier=3", "/tier"),
        ("tier=satu", "/tier"),
        ("kind=keluhan", "/kind"),
        ("priority=p9", "/priority"),
        ("sort=subject", "/sort"),
        ("sort=created_at%20desc", "/sort"),
        ("assignee=siapa", "/assignee"),
        ("region=temanggung", "/region"),
        ("q=%00", "/q"),
    ] {
        cast.tier1.get(&format!("/tickets?{query}")).await.names(pointer);
    }
    let long = "x".repeat(201);
    cast.tier1.get(&format!("/tickets?q={long}")).await.names("/q");
}
