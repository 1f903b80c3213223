//! People: a checked NIP and an official address (T4, P6).

use crate::support::desk::{Cast, text};
use crate::support::{Client, TestApp};
use actix_web::http::Method;
use serde_json::{Value, json};

/// `value,expect,type,note`
const NIP_CASES: &str = include_str!("../../data/nip-cases.csv");

async fn enter(admin: &Client, number: usize, nip: &str) -> crate::support::Reply {
    let body = json!({ "name": "Orang Baru", "email": format!("orang{number}@lebakkab.go.id"), "nip": nip });
    admin.post("/people", body).await
}

fn id(person: &Value) -> &str {
    person["id"].as_str().unwrap()
}

// T4, P6
#[actix_web::test]
async fn each_nip_of_the_collected_cases_is_taken_or_refused_as_it_should_be() {
    let app = TestApp::new().await;
    let admin = app.lebak("admin").await;
    let mut taken: Vec<String> = Vec::new();
    let mut cases = 0;
    for (number, record) in csv::Reader::from_reader(NIP_CASES.as_bytes()).records().enumerate() {
        let record = record.unwrap();
        let (nip, expected) = (&record[0], &record[1]);
        let digits: String = nip.chars().filter(char::is_ascii_digit).collect();
        let reply = enter(&admin, number, nip).await;
        let good = matches!(expected, "valid" | "valid_after_normalise" | "must_not_become");
        match (good, taken.contains(&digits)) {
            (true, false) => {
                let person = reply.created();
                assert_eq!(person["entry"]["nip"], json!(digits), "{nip}");
                taken.push(digits);
            }
            _ => drop(reply.names("/nip")),
        }
        cases += 1;
    }
    assert!(cases >= 20 && taken.len() == 7, "{cases} {}", taken.len());
}

// B3, T3
#[actix_web::test]
async fn an_address_must_be_official_and_is_kept_in_lower_case() {
    let app = TestApp::new().await;
    let admin = app.lebak("admin").await;
    for email in ["x@gmail.com", "x@temanggungkab.go.id", "x", "", "x@lebakkab.go.id.evil.com", "x y@lebakkab.go.id"] {
        let reply = admin.post("/people", json!({ "name": "Orang Baru", "email": email })).await;
        let problem = reply.refused(422);
        let all = problem["errors"].as_array().unwrap();
        assert!(!all.is_empty() && all.iter().all(|e| e["pointer"] == "/email"), "{email}: {problem}");
    }
    let body = json!({ "name": "Orang Baru", "email": " Orang.Baru@DINKES.LebakKab.go.id " });
    let person = admin.post("/people", body).await.created();
    assert_eq!(person["email"], "orang.baru@dinkes.lebakkab.go.id");
    let path = format!("/people/{}", id(&person));
    admin.patch(&path, json!({ "email": "orang@gmail.com" })).await.refused(422);
    assert_eq!(admin.get(&path).await.ok(), person);
}

#[actix_web::test]
async fn an_address_and_a_nip_belong_to_one_person() {
    let app = TestApp::new().await;
    let admin = app.lebak("admin").await;
    let first = enter(&admin, 1, "199608182022041001").await.created();
    enter(&admin, 2, "1996 0818 2022 04 1 001").await.names("/nip");
    let body = json!({ "name": "Orang Lain", "email": "ORANG1@lebakkab.go.id" });
    admin.post("/people", body).await.names("/email");
    let second = enter(&admin, 3, "198012302010012005").await.created();
    let path = format!("/people/{}", id(&second));
    admin.patch(&path, json!({ "nip": "199608182022041001" })).await.names("/nip");
    admin.patch(&path, json!({ "email": first["email"] })).await.names("/email");
    // Whoever has left may be entered anew, perhaps in another region; then his old entry stays closed.
    let old = format!("/people/{}", id(&first));
    admin.patch(&old, json!({ "active": false })).await.ok();
    enter(&admin, 4, "199608182022041001").await.created();
    admin.patch(&old, json!({ "active": true })).await.names("/nip");
}

#[actix_web::test]
async fn of_many_who_enter_the_same_person_at_once_one_does() {
    let app = TestApp::new().await;
    let admin = app.lebak("admin").await;
    let replies = futures_util::future::join_all((0..12).map(|_| enter(&admin, 1, "199608182022041001"))).await;
    assert_eq!(replies.iter().filter(|r| r.status == 201).count(), 1);
    assert_eq!(replies.iter().filter(|r| r.status == 422).count(), 11);
}

#[actix_web::test]
async fn an_entry_is_changed_field_by_field() {
    let app = TestApp::new().await;
    let admin = app.lebak("admin").await;
    let person = enter(&admin, 1, "199608182022041001").await.created();
    let path = format!("/people/{}", id(&person));
    let changed = admin.patch(&path, json!({ "phone": "0812 3456", "language": "en" })).await.ok();
    assert_eq!((&changed["entry"]["phone"], &changed["entry"]["nip"]), (&json!("0812 3456"), &person["entry"]["nip"]));
    let changed = admin.patch(&path, json!({ "phone": "" })).await.ok();
    assert_eq!(changed["entry"]["phone"], json!(null));
    let changed = admin.patch(&path, json!({ "nip": null })).await.ok();
    assert_eq!(changed["entry"]["nip"], json!(null), "a NIP of somebody else is taken away");
    for (field, bad) in [
        ("name", json!("")),
        ("name", json!("x".repeat(121))),
        ("name", json!("a\r\nBcc: x")),
        ("language", json!("jv")),
        ("phone", json!("x".repeat(41))),
        ("nip", json!("")),
        ("role", json!("admin")),
        ("password", json!("x")),
        ("region", json!("blora")),
        ("id", json!("x")),
    ] {
        admin.patch(&path, json!({ field: bad })).await.names(&format!("/{field}"));
    }
}

#[actix_web::test]
async fn a_name_is_kept_as_its_owner_writes_it() {
    let app = TestApp::new().await;
    let admin = app.lebak("admin").await;
    for (n, name) in ["Dr. H. Ma'ruf, S.Kom., M.T.", "ꦱꦶꦠꦶ", "=1+1", "<b>Siti</b>", "Zoë 😀", "O'Neil; DROP TABLE people"]
        .iter()
        .enumerate()
    {
        let body = json!({ "name": name, "email": format!("n{n}@lebakkab.go.id") });
        assert_eq!(admin.post("/people", body).await.created()["name"], *name);
    }
}

#[actix_web::test]
async fn who_reads_whose_entry_depends_on_his_role() {
    let app = TestApp::new().await;
    let all = app.lebak("admin").await.get("/people?limit=200").await.ok()["items"].as_array().unwrap().clone();
    let find = |account: &str| all.iter().find(|p| p["email"].as_str().unwrap().starts_with(account)).unwrap();
    let colleague = format!("/people/{}", id(find("pegawai.dinkes")));
    for (account, status, entry) in [
        ("admin", 200, true),
        ("auditor", 200, true),
        ("koordinator", 200, false),
        ("teknisi.dinkes", 200, false),
        ("pegawai.dinkes", 200, true),
        ("teknisi.disdik", 404, false),
        ("pegawai.disdik", 404, false),
    ] {
        let reply = app.lebak(account).await.get(&colleague).await;
        assert_eq!(reply.status, status, "{account}");
        assert_eq!(reply.json().get("entry").is_some(), entry, "{account}");
        assert_eq!(reply.text.contains("198501"), entry, "{account} reads the NIP");
        let listed = app.lebak(account).await.get("/people?limit=200").await;
        let listed = listed.ok()["items"].as_array().unwrap().iter().any(|p| p["id"] == find("pegawai.dinkes")["id"]);
        assert_eq!(listed, status == 200, "{account}");
    }
    let missing = app.lebak("pegawai.disdik").await.get("/people/01920000-0000-7000-8000-000000000000").await;
    let hidden = app.lebak("pegawai.disdik").await.get(&colleague).await;
    assert_eq!(missing.text, hidden.text);
}

#[actix_web::test]
async fn people_are_searched_by_name_address_role_and_opd() {
    let app = TestApp::new().await;
    let admin = app.lebak("admin").await;
    let name = json!({ "name": "Élise Ñandú", "email": "elise@lebakkab.go.id" });
    admin.post("/people", name).await.created();
    for (query, count) in [
        ("q=%C3%89lise", 1),
        ("q=%C3%A9LISE%20%C3%B1", 1),
        ("q=Elise%20", 0),
        ("q=siti", 1),
        ("q=SITI", 1),
        ("q=pegawai.", 3),
        ("q=%25", 0),
        ("q=_", 0),
        ("q=%5C", 0),
        ("role=tier2", 2),
        ("role=requester&opd=dinkes", 1),
        ("opd=bpbd", 1),
        ("role=tier1&opd=bpbd", 0),
        ("role=operator", 0),
    ] {
        let found = admin.get(&format!("/people?{query}")).await.ok();
        assert_eq!(found["items"].as_array().unwrap().len(), count, "{query}");
    }
    admin.get("/people?opd=no-such").await.names("/opd");
    admin.get(&format!("/people?q={}", "x".repeat(101))).await.names("/q");
    let person = admin.get("/people?q=siti").await.ok()["items"][0].clone();
    admin.patch(&format!("/people/{}", id(&person)), json!({ "active": false })).await.ok();
    assert_eq!(admin.get("/people?q=siti").await.ok()["items"], json!([]));
    assert_eq!(admin.get("/people?q=siti&inactive=true").await.ok()["items"].as_array().unwrap().len(), 1);
}

#[actix_web::test]
async fn a_technician_knows_of_nobody_in_an_opd_of_which_he_is_only_a_member() {
    let app = TestApp::new().await;
    let technician = app.lebak("teknisi.dinkes").await.get("/me").await.ok();
    let path = format!("/people/{}/roles", id(&technician));
    app.lebak("admin").await.post(&path, json!({ "role": "requester", "opd": "disdik" })).await.created();
    let known = app.lebak("teknisi.dinkes").await.get("/people").await.ok().to_string();
    assert!(known.contains("pegawai.dinkes@") && !known.contains("pegawai.disdik@"), "{known}");
}

// P2
#[actix_web::test]
async fn who_is_signed_in_is_listed_and_signed_out_through_rest_and_a_link_is_mailed() {
    let cast = Cast::new().await;
    let me = cast.requester.get("/me").await.ok();
    let place = format!("/people/{}", text(&me["id"]));
    let of_his = async || {
        let all = cast.admin.items("/sessions?limit=200").await;
        all.into_iter().filter(|session| session["person"]["id"] == me["id"]).collect::<Vec<Value>>()
    };
    let sessions = of_his().await;
    assert_eq!(sessions.len(), 1);
    assert_eq!(sessions[0]["person"]["email"], me["email"]);
    assert!(sessions[0]["address"].is_string() && sessions[0]["agent"].is_string());
    cast.admin.delete(&format!("{place}/sessions")).await.done();
    cast.requester.get("/me").await.refused(401);
    assert!(of_his().await.is_empty());
    cast.admin.post(&format!("{place}/password-mail"), json!({})).await.done();
    let mails = cast.admin.items("/mails").await;
    assert!(mails.iter().any(|m| m["recipient"] == me["email"] && m["kind"] == "password_reset"), "{mails:?}");
    cast.admin.patch(&place, json!({ "active": false })).await.ok();
    cast.admin.post(&format!("{place}/password-mail"), json!({})).await.refused(409);
}

#[actix_web::test]
async fn nobody_deactivates_himself_so_that_somebody_is_left_who_lets_people_in() {
    let app = TestApp::new().await;
    for account in ["operator@sigap.example", "admin@lebakkab.go.id"] {
        let client = app.sign_in(account).await;
        let own = format!("/people/{}", client.id().await);
        client.patch(&own, json!({ "active": false })).await.refused(409);
        assert_eq!(client.patch(&own, json!({ "active": true, "phone": "1" })).await.ok()["entry"]["active"], true);
    }
    let admin = app.person("admin@lebakkab.go.id").await;
    let operator = app.sign_in("operator@sigap.example").await;
    operator.patch(&format!("/people/{admin}"), json!({ "active": false })).await.ok();
}

#[actix_web::test]
async fn a_change_that_says_nothing_new_of_somebody_is_none() {
    let cast = Cast::new().await;
    let place = format!("/people/{}", cast.requester.id().await);
    cast.admin.patch(&place, json!({ "phone": "0252 1" })).await.ok();
    let before = cast.admin.get(&place).await;
    let seen = before.ok();
    let entry = |field: &str| seen["entry"][field].clone();
    let same = json!({
        "name": format!(" {} ", text(&seen["name"])), "email": text(&seen["email"]).to_uppercase(), "nip": entry("nip"),
        "phone": "0252 1", "language": entry("language"), "active": true,
    });
    cast.later();
    for fields in [same, json!({})] {
        let again = cast.admin.patch(&place, fields).await;
        assert_eq!((again.ok(), again.header("etag")), (before.ok(), before.header("etag")));
    }
    assert_eq!(cast.admin.items("/audit/entries?action=person.change").await.len(), 1);
    let at = async |tag: &str| {
        let fields = Some(json!({ "phone": "0252 1" }));
        cast.admin.send(Method::PATCH, &place, &[("if-match", tag)], fields).await
    };
    at("\"1\"").await.refused(412);
    at(before.header("etag").unwrap()).await.ok();
    cast.admin.patch(&place, json!({ "name": "Siti" })).await.ok();
    assert_ne!(cast.admin.get(&place).await.header("etag"), before.header("etag"));
}
