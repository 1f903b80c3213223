//! Opening: where a ticket lands, and that it says what its requester said.

use crate::support::TestApp;
use crate::support::desk::{Cast, text};
use serde_json::{Value, json};

// L1
#[actix_web::test]
async fn every_organisations_ticket_waits_at_its_own_tier_1() {
    let cast = Cast::new().await;
    let ours = cast.requester.open("Absensi macet").await;
    let theirs = cast.outsider.open("Rapor tidak tercetak").await;
    assert_eq!((&ours["number"], &ours["status"]), (&json!("LBK-2026-000001"), &json!("new")));
    assert_eq!((&ours["tier"], &ours["opd"]["code"]), (&json!(1), &json!("dinkes")));
    assert_eq!((&theirs["tier"], &theirs["opd"]["code"]), (&json!(1), &json!("disdik")));
    cast.tier1.see(&ours).await.ok();
    cast.neighbour.see(&ours).await.refused(404);
    assert_eq!(cast.tier1.numbers("status=new").await, [text(&ours["number"])]);
    assert_eq!(cast.neighbour.numbers("status=new").await, [text(&theirs["number"])]);
    assert_eq!(cast.tier1.told(&ours).await, ["opened"]);
    assert!(cast.neighbour.told(&ours).await.is_empty());
    assert!(cast.tier2.told(&ours).await.is_empty());
}

// L2
#[actix_web::test]
async fn a_service_that_the_dinkominfo_provides_goes_straight_to_tier_2() {
    let cast = Cast::new().await;
    for service in ["email-dinas", "internet"] {
        let ticket = cast.requester.open_with(json!({ "service": service })).await.created();
        assert_eq!((&ticket["tier"], &ticket["status"]), (&json!(2), &json!("new")));
        cast.tier2.see(&ticket).await.ok();
        assert_eq!(cast.tier2.told(&ticket).await, ["opened"]);
        // Tier 1 of the organisation keeps an eye on it, but it is not its work.
        cast.tier1.see(&ticket).await.ok();
        cast.tier1.start(&ticket).await.refused(403);
        assert!(cast.coordinator.told(&ticket).await.is_empty());
    }
    for service in ["simpeg", "jaringan-lokal"] {
        let ticket = cast.requester.open_with(json!({ "service": service })).await.created();
        assert_eq!(ticket["tier"], 1);
    }
}

// L4
#[actix_web::test]
async fn a_ticket_of_an_organisation_without_tier_1_is_not_stranded() {
    let cast = Cast::new().await;
    let requester = cast.app.lebak("pegawai.bpbd").await;
    let ticket = requester.open("Radio tidak terhubung").await;
    assert_eq!((&ticket["tier"], &ticket["opd"]["code"]), (&json!(2), &json!("bpbd")));
    assert_eq!(cast.coordinator.told(&ticket).await, ["no_tier1"]);
    cast.tier2.start(&ticket).await.ok();
    let staffed = cast.requester.open("SIMPEG mati").await;
    assert!(cast.coordinator.told(&staffed).await.is_empty());
    // Tier 2 provides its own service in any case: nobody is missing.
    let direct = requester.open_with(json!({ "service": "internet" })).await.created();
    assert!(cast.coordinator.told(&direct).await.is_empty());
}

// L4
#[actix_web::test]
async fn the_first_technician_of_an_organisation_gets_its_next_ticket() {
    let cast = Cast::new().await;
    let requester = cast.app.lebak("pegawai.bpbd").await;
    cast.give(&cast.neighbour.id().await, "tier1", Some("bpbd")).await;
    let ticket = requester.open("Radio tidak terhubung").await;
    assert_eq!(ticket["tier"], 1);
    cast.neighbour.start(&ticket).await.ok();
}

// L3, B6
#[actix_web::test]
async fn all_five_kinds_of_trouble_are_taken() {
    let cast = Cast::new().await;
    for kind in ["complaint", "incident", "problem", "request", "change"] {
        let ticket = cast.requester.open_with(json!({ "kind": kind, "service": "simpeg" })).await.created();
        assert_eq!(ticket["kind"], kind);
    }
    let bare = json!({ "kind": "question" });
    cast.requester.open_with(bare).await.names("/kind");
}

#[actix_web::test]
async fn a_text_is_kept_to_the_letter_and_only_the_subject_is_trimmed() {
    let cast = Cast::new().await;
    let description = "  Baris satu\r\n\tBaris dua\n\n— “kutip” 👩🏽‍💻 ꦱꦸꦫꦠ e\u{301} <b>&amp;</b> \\u0041 %00\n ";
    let body = json!({ "subject": "\u{a0} SIMPEG 🚨 mati <script> \t", "description": description });
    let ticket = cast.requester.open_with(body).await.created();
    assert_eq!(ticket["subject"], "SIMPEG 🚨 mati <script>");
    let read = cast.tier1.see(&ticket).await.ok();
    assert_eq!(read["description"], description);
    assert_eq!(cast.requester.of(&ticket, "comments").await, Vec::<Value>::new());
}

#[actix_web::test]
async fn texts_have_bounds_in_characters_and_every_fault_is_named() {
    let cast = Cast::new().await;
    let long = json!({ "subject": "é".repeat(200), "description": "字".repeat(20_000) });
    cast.requester.open_with(long).await.created();
    cast.requester.open_with(json!({ "subject": "é".repeat(201) })).await.names("/subject");
    cast.requester.open_with(json!({ "subject": " \u{a0} " })).await.names("/subject");
    cast.requester.open_with(json!({ "subject": "satu\ndua" })).await.names("/subject");
    cast.requester.open_with(json!({ "description": "x".repeat(20_001) })).await.names("/description");
    cast.requester.open_with(json!({ "description": "" })).await.names("/description");
    cast.requester.open_with(json!({ "description": "a\0b" })).await.names("/description");
    let both = cast.requester.open_with(json!({ "subject": "", "description": "" })).await.refused(422);
    assert_eq!(both["errors"].as_array().unwrap().len(), 2);
    cast.requester.post("/tickets", json!({ "kind": "incident", "subject": "x" })).await.names("/description");
    cast.requester.open_with(json!({ "tier": 2 })).await.names("/tier");
    cast.requester.open_with(json!({ "requester": "x" })).await.names("/requester");
}

#[actix_web::test]
async fn the_priority_follows_the_regions_matrix() {
    let cast = Cast::new().await;
    let matrix = [
        ("high", "high", "p1"),
        ("high", "medium", "p2"),
        ("medium", "high", "p2"),
        ("high", "low", "p3"),
        ("medium", "medium", "p3"),
        ("low", "high", "p3"),
        ("medium", "low", "p4"),
        ("low", "medium", "p4"),
        ("low", "low", "p4"),
    ];
    for (impact, urgency, priority) in matrix {
        let ticket = cast.requester.open_with(json!({ "impact": impact, "urgency": urgency })).await.created();
        assert_eq!(ticket["priority"], priority, "{impact} × {urgency}");
        assert_eq!((&ticket["impact"], &ticket["urgency"]), (&json!(impact), &json!(urgency)));
    }
}

#[actix_web::test]
async fn what_a_ticket_does_not_say_comes_from_its_service_and_else_is_medium() {
    let cast = Cast::new().await;
    let plain = cast.requester.open_with(json!({})).await.created();
    assert_eq!(
        (&plain["impact"], &plain["urgency"], &plain["priority"]),
        (&json!("medium"), &json!("medium"), &json!("p3"))
    );
    assert_eq!((&plain["service"], &plain["classification"]), (&Value::Null, &json!("open")));
    let attack = cast.requester.open_with(json!({ "service": "keamanan-informasi" })).await.created();
    assert_eq!(
        (&attack["impact"], &attack["urgency"], &attack["priority"]),
        (&json!("high"), &json!("high"), &json!("p1"))
    );
    let said = json!({ "service": "keamanan-informasi", "impact": "low", "urgency": "low" });
    assert_eq!(cast.requester.open_with(said).await.created()["priority"], "p4");
}

// L18
#[actix_web::test]
async fn a_service_must_be_offered_to_the_organisation_and_take_the_kind() {
    let cast = Cast::new().await;
    cast.requester.open_with(json!({ "service": "teleportasi" })).await.names("/service");
    let wrong = json!({ "kind": "change", "service": "perangkat-keras" });
    cast.requester.open_with(wrong).await.names("/kind");
    let own =
        json!({ "code": "erapor", "name": "e-Rapor", "owner": "disdik", "provider": "opd", "only_opd": "disdik" });
    cast.admin.post("/services", own).await.created();
    cast.outsider.open_with(json!({ "service": "erapor" })).await.created();
    let foreign = cast.requester.open_with(json!({ "service": "erapor" })).await;
    let absent = cast.requester.open_with(json!({ "service": "teleportasi" })).await;
    assert_eq!(foreign.names("/service"), absent.names("/service"));
    cast.admin.patch("/services/erapor", json!({ "active_until": "2026-03-01" })).await.ok();
    cast.outsider.open_with(json!({ "service": "erapor" })).await.names("/service");
}

#[actix_web::test]
async fn the_answer_says_where_the_ticket_is_and_at_which_version() {
    let app = TestApp::new().await;
    let requester = app.lebak("pegawai.dinkes").await;
    let reply = requester.open_with(json!({ "channel": "phone", "classification": "restricted" })).await;
    let ticket = reply.created();
    assert_eq!(reply.header("location"), Some(format!("/api/v1/tickets/{}", text(&ticket["id"])).as_str()));
    assert_eq!(reply.header("etag"), Some("\"1\""));
    assert_eq!((&ticket["channel"], &ticket["classification"]), (&json!("phone"), &json!("restricted")));
    assert_eq!((&ticket["version"], &ticket["region"]), (&json!(1), &json!("lebak")));
    assert_eq!(
        (&ticket["created_at"], &ticket["updated_at"]),
        (&json!("2026-03-02T01:00:00Z"), &json!("2026-03-02T01:00:00Z"))
    );
    let place = reply.header("location").unwrap();
    assert_eq!(requester.get(place).await.ok(), ticket);
    let number = text(&ticket["number"]);
    assert_eq!(requester.get(&format!("/tickets/{number}")).await.ok(), ticket);
    assert_eq!(requester.get(&format!("/tickets/{}", number.to_lowercase())).await.ok(), ticket);
    assert_eq!(app.lebak("teknisi.dinkes").await.told(&ticket).await, ["opened"]);
    assert!(requester.told(&ticket).await.is_empty(), "nobody is told of his own act");
}
