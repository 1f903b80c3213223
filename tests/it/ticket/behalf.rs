//! Opening for somebody else, at the counter or on the telephone.

use crate::support::Cast;
use serde_json::{Value, json};

async fn nip(cast: &Cast, account: &str) -> String {
    let me = cast.app.lebak(account).await.get("/me").await.ok();
    me["nip"].as_str().unwrap().to_owned()
}

fn for_(login: &str) -> Value {
    json!({ "on_behalf_of": login, "channel": "walk_in" })
}

#[actix_web::test]
async fn a_technician_opens_for_people_of_his_own_organisation_by_address_or_nip() {
    let cast = Cast::new().await;
    let nip = nip(&cast, "pegawai.dinkes").await;
    for login in ["pegawai.dinkes@lebakkab.go.id", "PEGAWAI.DINKES@LEBAKKAB.GO.ID", nip.as_str()] {
        let ticket = cast.tier1.open_with(for_(login)).await.created();
        assert_eq!(ticket["requester"]["email"], "pegawai.dinkes@lebakkab.go.id");
        assert_eq!((&ticket["opd"]["code"], &ticket["channel"]), (&json!("dinkes"), &json!("walk_in")));
        cast.requester.see(&ticket).await.ok();
        assert_eq!(cast.requester.told(&ticket).await, ["opened"]);
        assert!(cast.tier1.told(&ticket).await.is_empty());
    }
}

#[actix_web::test]
async fn people_of_other_organisations_and_nobody_are_the_same_to_a_technician() {
    let cast = Cast::new().await;
    let foreign = nip(&cast, "pegawai.disdik").await;
    let absent = cast.tier1.open_with(for_("tidak.ada@lebakkab.go.id")).await;
    absent.names("/on_behalf_of");
    for login in [
        "pegawai.disdik@lebakkab.go.id",
        "pegawai.dinkes@temanggungkab.go.id",
        "koordinator@lebakkab.go.id",
        &foreign,
        "",
    ] {
        let reply = cast.tier1.open_with(for_(login)).await;
        assert_eq!((reply.status, &reply.text), (422, &absent.text), "{login}");
    }
}

#[actix_web::test]
async fn tier_2_and_the_coordinator_open_for_anybody_of_the_region_and_nobody_else() {
    let cast = Cast::new().await;
    for client in [&cast.tier2, &cast.coordinator] {
        for (login, opd, tier) in
            [("pegawai.dinkes", "dinkes", 1), ("pegawai.disdik", "disdik", 1), ("pegawai.bpbd", "bpbd", 2)]
        {
            let ticket = client.open_with(for_(&format!("{login}@lebakkab.go.id"))).await.created();
            assert_eq!((&ticket["opd"]["code"], &ticket["tier"]), (&json!(opd), &json!(tier)));
        }
        client.open_with(for_("pegawai.dinkes@temanggungkab.go.id")).await.names("/on_behalf_of");
    }
}

#[actix_web::test]
async fn a_requester_opens_for_himself_only_and_learns_nothing_of_others() {
    let cast = Cast::new().await;
    let own = cast.requester.open_with(for_("pegawai.dinkes@lebakkab.go.id")).await.created();
    assert_eq!(own["requester"]["email"], "pegawai.dinkes@lebakkab.go.id");
    let colleague = cast.requester.open_with(for_("teknisi.dinkes@lebakkab.go.id")).await;
    colleague.refused(403);
    // Whether a login exists is not his to find out.
    let absent = cast.requester.open_with(for_("tidak.ada@lebakkab.go.id")).await;
    assert_eq!((absent.status, &absent.text), (403, &colleague.text));
}

#[actix_web::test]
async fn auditor_administrator_and_operator_open_no_tickets() {
    let cast = Cast::new().await;
    for client in [&cast.auditor, &cast.admin, &cast.operator] {
        client.open_with(json!({})).await.refused(403);
        let known = client.open_with(for_("pegawai.dinkes@lebakkab.go.id")).await;
        let absent = client.open_with(for_("tidak.ada@lebakkab.go.id")).await;
        assert_eq!((known.status, &known.text), (403, &absent.text));
    }
}

#[actix_web::test]
async fn whoever_has_left_is_nobodys_requester() {
    let cast = Cast::new().await;
    cast.deactivate(&cast.requester.id().await).await;
    cast.tier1.open_with(for_("pegawai.dinkes@lebakkab.go.id")).await.names("/on_behalf_of");
}

// T5
#[actix_web::test]
async fn a_technician_of_several_organisations_says_for_which_one_he_asks() {
    let cast = Cast::new().await;
    cast.later();
    cast.give(&cast.tier1.id().await, "tier1", Some("disdik")).await;
    let first = cast.tier1.open_with(json!({})).await.created();
    assert_eq!(first["opd"]["code"], "dinkes");
    let other = cast.tier1.open_with(json!({ "opd": "disdik" })).await.created();
    assert_eq!(other["opd"]["code"], "disdik");
    cast.tier1.open_with(json!({ "opd": "setda" })).await.names("/opd");
    let theirs = cast.tier1.open_with(for_("pegawai.disdik@lebakkab.go.id")).await.created();
    assert_eq!(theirs["opd"]["code"], "disdik");
}
