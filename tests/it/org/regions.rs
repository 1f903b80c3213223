//! Regions are closed to each other (P4).

use crate::support::TestApp;
use actix_web::http::Method;
use serde_json::json;

#[actix_web::test]
async fn everybody_sees_his_own_region_and_the_operator_all_four() {
    let app = TestApp::new().await;
    let own = app.lebak("pegawai.dinkes").await.get("/regions").await.ok();
    let codes = |list: &serde_json::Value| {
        list["items"].as_array().unwrap().iter().map(|r| r["code"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(codes(&own), ["lebak"]);
    let all = app.sign_in("operator@sigap.example").await.get("/regions").await.ok();
    assert_eq!(codes(&all), ["blora", "lebak", "purbalingga", "temanggung"]);
    assert_eq!(all["items"][0]["entry"]["desk_mailbox"], "servicedesk@mail.blorakab.go.id");
    assert!(all["items"][1]["entry"]["report_basis"].as_str().unwrap().contains("Peraturan Bupati Lebak"));
    assert_eq!(own["items"][0].get("entry"), None, "what whoever keeps regions reads of them");
    app.anonymous().get("/regions").await.refused(401);
}

// P4
#[actix_web::test]
async fn the_operator_makes_an_administrator_of_somebody_whom_his_region_knows() {
    let app = TestApp::new().await;
    let operator = app.sign_in("operator@sigap.example").await;
    let lebak = app.lebak("koordinator").await;
    let new = |email: &str, region: &str| json!({ "name": "Nama Lain", "email": email, "region": region });
    let email = "koordinator@lebakkab.go.id";
    app.lebak("admin").await.post("/people", new(email, "lebak")).await.refused(403);
    operator.post("/people", new(email, "blora")).await.names("/email");
    let made = operator.post("/people", new("Koordinator@lebakkab.go.id", "lebak")).await.created();
    assert_eq!((&made["id"], &made["email"]), (&lebak.get("/me").await.ok()["id"], &json!(email)));
    assert_ne!(made["name"], "Nama Lain", "his entry stays his region's");
    lebak.get("/mails").await.ok();
    lebak.post("/opds", json!({ "code": "baru", "kind": "dinas", "name": "Dinas Baru" })).await.created();
    operator.post("/people", new(email, "lebak")).await.refused(409);
    // Whoever has left is not let in by that.
    let person = format!("/people/{}", app.person("auditor@lebakkab.go.id").await);
    app.lebak("admin").await.patch(&person, json!({ "active": false })).await.ok();
    operator.post("/people", new("auditor@lebakkab.go.id", "lebak")).await.names("/email");
}

// P4
#[actix_web::test]
async fn nothing_of_one_region_is_found_from_another() {
    let app = TestApp::new().await;
    let lebak = app.lebak("admin").await;
    lebak.post("/opds", json!({ "code": "hanya-lebak", "kind": "dinas", "name": "Dinas X" })).await.created();
    let service = json!({ "code": "hanya-lebak", "name": "X", "owner": "setda", "provider": "opd" });
    lebak.post("/services", service).await.created();
    let other = app.temanggung("admin").await;
    other.get("/opds/hanya-lebak").await.refused(404);
    other.patch("/opds/hanya-lebak", json!({ "name": "Y" })).await.refused(404);
    other.patch("/services/hanya-lebak", json!({ "name": "Y" })).await.refused(404);
    other.patch("/opds/dinkes", json!({ "successor": "hanya-lebak" })).await.names("/successor");
    other.patch("/services/simpeg", json!({ "owner": "hanya-lebak" })).await.names("/owner");
    let person = other.get("/people?q=pegawai.dinkes").await.ok()["items"][0]["id"].as_str().unwrap().to_owned();
    let role = json!({ "role": "requester", "opd": "hanya-lebak" });
    other.post(&format!("/people/{person}/roles"), role).await.names("/opd");
    for path in ["/opds?limit=200", "/services?limit=200", "/people?limit=200", "/reports/coverage"] {
        let seen = other.get(path).await;
        assert!(!seen.text.contains("hanya-lebak") && !seen.text.contains("lebakkab"), "{path}");
    }
    // The same code may stand in both; a cursor of one says nothing in the other.
    other.post("/opds", json!({ "code": "hanya-lebak", "kind": "dinas", "name": "Dinas Y" })).await.created();
    assert_eq!(lebak.get("/opds/hanya-lebak").await.ok()["name"], "Dinas X");
}

#[actix_web::test]
async fn an_import_stays_in_its_own_region() {
    let app = TestApp::new().await;
    let other = app.temanggung("admin").await;
    let csv = [("content-type", "text/csv")];
    let file = b"code,name,kind\ndinkes,Dinas Diganti,dinas\n".to_vec();
    other.raw(Method::POST, "/opds/import", &csv, file).await.ok();
    assert_ne!(app.lebak("admin").await.get("/opds/dinkes").await.ok()["name"], "Dinas Diganti");
    let file = b"name,email,role,opd\nSiti,pegawai.dinkes@lebakkab.go.id,requester,dinkes\n".to_vec();
    let outcome = other.raw(Method::POST, "/people/import", &csv, file).await.ok();
    assert_eq!((&outcome["stored"], &outcome["errors"][0]["column"]), (&json!(false), &json!("email")));
}

#[actix_web::test]
async fn the_operator_sees_no_tickets_and_no_people_but_administrators() {
    let app = TestApp::new().await;
    let ticket = app.lebak("pegawai.dinkes").await.open("Judul").await;
    let operator = app.sign_in("operator@sigap.example").await;
    operator.see(&ticket).await.refused(404);
    assert_eq!(operator.get("/tickets").await.ok()["items"], json!([]));
    let body = json!({ "kind": "incident", "subject": "x", "description": "y" });
    operator.post("/tickets", body).await.refused(403);
    let people = operator.get("/people?limit=200").await.ok();
    let people = people["items"].as_array().unwrap();
    assert_eq!(people.len(), 5);
    for path in ["/opds", "/services", "/reports/coverage"] {
        operator.get(path).await.refused(404);
    }
}
