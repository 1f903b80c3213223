//! Roles given and taken.

use crate::support::meet::in_order;
use crate::support::{Client, TestApp};
use serde_json::{Value, json};
use sigap::access::Role;

async fn person(admin: &Client, account: &str) -> Value {
    admin.get(&format!("/people?q={account}@")).await.ok()["items"][0].clone()
}

fn roles(person: &Value) -> String {
    format!("/people/{}/roles", person["id"].as_str().unwrap())
}

#[actix_web::test]
async fn nobody_grants_himself_a_role() {
    let app = TestApp::new().await;
    let admin = app.lebak("admin").await;
    let me = person(&admin, "admin").await;
    for role in ["coordinator", "tier2", "auditor", "operator"] {
        admin.post(&roles(&me), json!({ "role": role })).await.refused(403);
    }
    admin.post(&roles(&me), json!({ "role": "requester", "opd": "dinkes" })).await.refused(403);
    let own = me["entry"]["roles"][0]["id"].as_str().unwrap();
    admin.delete(&format!("{}/{own}", roles(&me))).await.refused(403);
    let operator = app.sign_in("operator@sigap.example").await;
    let me = operator.get("/me").await.ok();
    operator.post(&roles(&me), json!({ "role": "operator" })).await.refused(403);
    // Nor does he by a file.
    let file = b"name,email,role\nEko Nugroho,admin@lebakkab.go.id,coordinator\n".to_vec();
    let csv = [("content-type", "text/csv")];
    let outcome = admin.raw(actix_web::http::Method::POST, "/people/import", &csv, file).await.ok();
    assert_eq!((&outcome["stored"], &outcome["errors"][0]["line"]), (&json!(false), &json!(2)));
}

// P6
#[actix_web::test]
async fn whoever_loses_his_nip_at_this_moment_gets_no_place_at_a_desk() {
    let app = TestApp::new().await;
    let admin = app.lebak("admin").await;
    let somebody = person(&admin, "pegawai.dinkes").await;
    let (place, id) = (roles(&somebody), somebody["id"].as_str().unwrap());
    let taken = async { admin.patch(&format!("/people/{id}"), json!({ "nip": null })).await };
    let given = async { admin.post(&place, json!({ "role": "tier2" })).await };
    let (taken, given) = in_order(&app, &format!("people WHERE id = '{id}'"), taken, given).await;
    taken.ok();
    given.names("/role");
}

#[actix_web::test]
async fn an_administrator_makes_no_operator_and_an_operator_only_administrators() {
    let app = TestApp::new().await;
    let admin = app.lebak("admin").await;
    let somebody = person(&admin, "koordinator").await;
    let reply = admin.post(&roles(&somebody), json!({ "role": "operator" })).await;
    assert_eq!(reply.status, 403, "{}", reply.text);
    let operator = app.sign_in("operator@sigap.example").await;
    let other_admin = operator.get("/people?q=admin@temanggung").await.ok()["items"][0].clone();
    for role in ["coordinator", "tier2", "auditor"] {
        operator.post(&roles(&other_admin), json!({ "role": role })).await.refused(403);
    }
    operator.post(&roles(&other_admin), json!({ "role": "admin" })).await.refused(409);
    operator.post(&roles(&somebody), json!({ "role": "admin" })).await.refused(404);
    admin.post(&roles(&somebody), json!({ "role": "admin" })).await.created();
}

#[actix_web::test]
async fn a_role_in_an_opd_needs_one_and_the_others_take_none() {
    let app = TestApp::new().await;
    let admin = app.lebak("admin").await;
    let somebody = person(&admin, "pegawai.dinkes").await;
    for role in ["requester", "tier1"] {
        admin.post(&roles(&somebody), json!({ "role": role })).await.names("/opd");
        admin.post(&roles(&somebody), json!({ "role": role, "opd": "no-such" })).await.names("/opd");
    }
    for role in ["tier2", "coordinator", "auditor", "admin"] {
        admin.post(&roles(&somebody), json!({ "role": role, "opd": "dinkes" })).await.names("/opd");
    }
    admin.post(&roles(&somebody), json!({ "role": "king" })).await.names("/role");
    admin.post(&roles(&somebody), json!({ "opd": "dinkes" })).await.names("/role");
}

// P6
#[actix_web::test]
async fn whoever_works_a_desk_needs_a_nip() {
    let app = TestApp::new().await;
    let admin = app.lebak("admin").await;
    let body = json!({ "name": "Tenaga Honorer", "email": "honorer@lebakkab.go.id" });
    let somebody = admin.post("/people", body).await.created();
    admin.post(&roles(&somebody), json!({ "role": "tier1", "opd": "dinkes" })).await.names("/role");
    admin.post(&roles(&somebody), json!({ "role": "tier2" })).await.names("/role");
    admin.post(&roles(&somebody), json!({ "role": "requester", "opd": "dinkes" })).await.created();
    let path = format!("/people/{}", somebody["id"].as_str().unwrap());
    admin.patch(&path, json!({ "nip": "199608182022041001" })).await.ok();
    admin.post(&roles(&somebody), json!({ "role": "tier1", "opd": "dinkes" })).await.created();
}

// T5
#[actix_web::test]
async fn a_technician_serves_several_opds_and_no_role_is_given_twice() {
    let app = TestApp::new().await;
    let admin = app.lebak("admin").await;
    let technician = person(&admin, "teknisi.dinkes").await;
    let second = admin.post(&roles(&technician), json!({ "role": "tier1", "opd": "bpbd" })).await.created();
    assert_eq!(second["entry"]["roles"].as_array().unwrap().len(), 2);
    admin.post(&roles(&technician), json!({ "role": "tier1", "opd": "bpbd" })).await.refused(409);
    let coordinator = person(&admin, "koordinator").await;
    admin.post(&roles(&coordinator), json!({ "role": "coordinator" })).await.refused(409);
    let path = roles(&coordinator);
    let tries = (0..8).map(|_| admin.post(&path, json!({ "role": "auditor" })));
    let replies = futures_util::future::join_all(tries).await;
    assert_eq!(replies.iter().filter(|r| r.status == 201).count(), 1);
    assert_eq!(replies.iter().filter(|r| r.status == 409).count(), 7);
}

#[actix_web::test]
async fn a_role_that_was_taken_can_be_given_again() {
    let app = TestApp::new().await;
    let admin = app.lebak("admin").await;
    let somebody = person(&admin, "tier2.dua").await;
    let grant = somebody["entry"]["roles"][0]["id"].as_str().unwrap();
    admin.delete(&format!("{}/{grant}", roles(&somebody))).await.done();
    assert_eq!(person(&admin, "tier2.dua").await["entry"]["roles"], json!([]));
    admin.post(&roles(&somebody), json!({ "role": "tier2" })).await.created();
    admin.delete(&format!("{}/{grant}", roles(&somebody))).await.refused(404);
}

#[actix_web::test]
async fn a_person_of_another_region_does_not_exist() {
    let app = TestApp::new().await;
    let (lebak, temanggung) = (app.lebak("admin").await, app.temanggung("admin").await);
    let foreign = person(&temanggung, "pegawai.dinkes").await;
    let path = format!("/people/{}", foreign["id"].as_str().unwrap());
    lebak.get(&path).await.refused(404);
    lebak.patch(&path, json!({ "active": false })).await.refused(404);
    lebak.post(&roles(&foreign), json!({ "role": "tier2" })).await.refused(404);
    lebak.post(&format!("{path}/password-link"), json!({})).await.refused(404);
    let grant = foreign["entry"]["roles"][0]["id"].as_str().unwrap();
    lebak.delete(&format!("{}/{grant}", roles(&foreign))).await.refused(404);
    // Nor by a grant of another's person under one's own.
    let own = person(&lebak, "pegawai.dinkes").await;
    lebak.delete(&format!("{}/{grant}", roles(&own))).await.refused(404);
    assert_eq!(person(&temanggung, "pegawai.dinkes").await, foreign);
}

#[actix_web::test]
async fn only_the_administrator_gives_roles() {
    let app = TestApp::new().await;
    let admin = app.lebak("admin").await;
    let somebody = person(&admin, "tier2.dua").await;
    for (account, status) in
        [("koordinator", 403), ("auditor", 403), ("tier2.satu", 403), ("teknisi.dinkes", 404), ("pegawai.dinkes", 404)]
    {
        let client = app.lebak(account).await;
        client.post(&roles(&somebody), json!({ "role": "auditor" })).await.refused(status);
        let grant = somebody["entry"]["roles"][0]["id"].as_str().unwrap();
        client.delete(&format!("{}/{grant}", roles(&somebody))).await.refused(status);
    }
}

// P6, T4
#[actix_web::test]
async fn a_member_of_a_desk_keeps_a_nip_as_long_as_he_is_one() {
    let app = TestApp::new().await;
    let admin = app.lebak("admin").await;
    let entry = |person: &Value| format!("/people/{}", person["id"].as_str().unwrap());
    for account in ["teknisi.dinkes", "tier2.satu"] {
        let member = person(&admin, account).await;
        admin.patch(&entry(&member), json!({ "nip": null })).await.names("/nip");
        assert_eq!(person(&admin, account).await, member);
        for role in member["entry"]["roles"].as_array().unwrap() {
            admin.delete(&format!("{}/{}", roles(&member), role["id"].as_str().unwrap())).await.done();
        }
        assert_eq!(admin.patch(&entry(&member), json!({ "nip": null })).await.ok()["entry"]["nip"], Value::Null);
    }
    let clerk = person(&admin, "pegawai.dinkes").await;
    admin.patch(&entry(&clerk), json!({ "nip": null })).await.ok();
}

#[actix_web::test]
async fn of_two_administrators_who_put_each_other_out_at_once_one_is_left() {
    for leaves in [true, false] {
        let app = TestApp::new().await;
        app.hire("lebak", "admin.dua", Some(Role::Admin), &[]).await;
        let (one, two) = (app.lebak("admin").await, app.lebak("admin.dua").await);
        let (first, second) = (person(&one, "admin").await, person(&one, "admin.dua").await);
        let puts_out = async |who: &Client, whom: &Value| {
            if leaves {
                let entry = format!("/people/{}", whom["id"].as_str().unwrap());
                return who.patch(&entry, json!({ "active": false })).await;
            }
            let role = whom["entry"]["roles"][0]["id"].as_str().unwrap();
            who.delete(&format!("{}/{role}", roles(whom))).await
        };
        let (left, right) = in_order(&app, "people", puts_out(&one, &second), puts_out(&two, &first)).await;
        let mut statuses = [left.status, right.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [if leaves { 200 } else { 204 }, 401], "{}\n{}", left.text, right.text);
        let operator = app.sign_in("operator@sigap.example").await;
        let left = operator.get("/people?role=admin&q=lebakkab").await.ok();
        assert_eq!(left["items"].as_array().unwrap().len(), 1, "{left}");
    }
}

// T5
#[actix_web::test]
async fn the_log_says_of_a_role_that_was_taken_in_which_organisation_it_was_held() {
    let app = TestApp::new().await;
    let admin = app.lebak("admin").await;
    let technician = person(&admin, "teknisi.dinkes").await;
    admin.post(&roles(&technician), json!({ "role": "tier1", "opd": "bpbd" })).await.created();
    for (account, opd) in [("teknisi.dinkes", json!("bpbd")), ("tier2.dua", Value::Null)] {
        let somebody = person(&admin, account).await;
        let held = somebody["entry"]["roles"].as_array().unwrap().iter().find(|role| role["opd"] == opd).unwrap();
        admin.delete(&format!("{}/{}", roles(&somebody), held["id"].as_str().unwrap())).await.done();
    }
    let entries = app.lebak("auditor").await.items("/audit/entries?action=grant.take").await;
    let mut told: Vec<String> = entries.iter().map(|entry| entry["detail"].to_string()).collect();
    told.sort();
    assert_eq!(told, [r#"{"opd":"bpbd","role":"tier1"}"#, r#"{"opd":null,"role":"tier2"}"#]);
}
