//! `ETag` and `If-Match`; and `If-None-Match`, which nothing depends on.

use crate::support::{TestApp, client};
use actix_web::http::Method;
use serde_json::json;

// RFC 9110, 8.8.1: the version tells of what people did, and a ticket is more than that.
#[actix_web::test]
async fn a_read_is_answered_whole_whatever_version_the_caller_has() {
    let app = TestApp::new().await;
    let me = app.lebak("pegawai.dinkes").await;
    let ticket = me.open("Judul").await;
    let path = format!("/tickets/{}", client::id(&ticket));
    let first = me.get(&path).await;
    let tag = first.header("etag").unwrap().to_owned();
    assert_eq!(tag, "\"1\"");
    for known in [tag.as_str(), "W/\"1\"", "\"99\", \"1\"", "*", "x", ""] {
        let reply = me.raw(Method::GET, &path, &[("if-none-match", known)], vec![]).await;
        assert_eq!((reply.status, reply.header("etag")), (200, Some(tag.as_str())), "{known}");
        assert_eq!(reply.ok(), first.ok());
    }
    let admin = app.lebak("admin").await;
    for place in ["/opds/dinkes", "/calendars/perpres-21-2023", "/agreements/standard"] {
        let first = admin.get(place).await;
        let known = [("if-none-match", first.header("etag").unwrap())];
        assert_eq!(admin.raw(Method::GET, place, &known, vec![]).await.ok(), first.ok());
    }
}

#[actix_web::test]
async fn a_change_for_an_older_version_is_412_and_changes_nothing() {
    let app = TestApp::new().await;
    let me = app.lebak("pegawai.dinkes").await;
    let ticket = me.open("Judul").await;
    let path = format!("/tickets/{}", client::id(&ticket));
    let edit = |tag: &'static str| {
        let (me, path) = (me.clone(), path.clone());
        let other = json!({ "subject": format!("Lain {tag}") });
        async move { me.send(Method::PATCH, &path, &[("if-match", tag)], Some(other)).await }
    };
    for stale in ["\"0\"", "\"2\"", "\"x\"", "1", "W/\"1\"", "\"\"", "\"99999999999999999999\""] {
        let reply = edit(stale).await;
        assert_eq!(reply.status, 412, "{stale}: {}", reply.text);
        assert_eq!(reply.refused(412)["type"], "urn:sigap:problem:stale");
    }
    for stale in ["\"01\"", "\"+1\"", "\"7\", W/\"1\"", "\"7\", *", ""] {
        edit(stale).await.refused(412);
    }
    assert_eq!(me.see(&ticket).await.ok(), ticket);
    edit("\"1\"").await.ok();
    edit("\"1\"").await.refused(412);
    edit("*").await.ok();
    assert_eq!(me.see(&ticket).await.header("etag"), Some("\"3\""));
}

// RFC 9110, 13.1.1
#[actix_web::test]
async fn a_change_is_for_each_of_the_versions_that_it_names_and_no_version_matters_to_a_read() {
    let app = TestApp::new().await;
    let me = app.lebak("pegawai.dinkes").await;
    let ticket = me.open("Judul").await;
    let path = format!("/tickets/{}", client::id(&ticket));
    let edit = async |lines: &[(&str, &str)], subject: &str| {
        me.send(Method::PATCH, &path, lines, Some(json!({ "subject": subject }))).await
    };
    edit(&[("if-match", "\"999\", \"1\"")], "Dua").await.ok();
    edit(&[("if-match", "\"999\""), ("if-match", "\"2\"")], "Tiga").await.ok();
    edit(&[("if-match", "\"1\", \"2\"")], "Empat").await.refused(412);
    for malformed in ["abc", "3", ""] {
        me.raw(Method::GET, &path, &[("if-match", malformed)], vec![]).await.ok();
        let login = json!({ "login": "pegawai.dinkes@lebakkab.go.id", "password": "sigap-demo-2026" });
        app.anonymous().send(Method::POST, "/auth/login", &[("if-match", malformed)], Some(login)).await.ok();
    }
}

#[actix_web::test]
async fn if_match_does_not_tell_who_may_not_see_that_there_is_something() {
    let app = TestApp::new().await;
    let ticket = app.lebak("pegawai.dinkes").await.open("Judul").await;
    let path = format!("/tickets/{}", client::id(&ticket));
    let outsider = app.lebak("pegawai.disdik").await;
    for tag in ["\"1\"", "\"7\"", "*"] {
        outsider.send(Method::PATCH, &path, &[("if-match", tag)], Some(json!({ "subject": "x" }))).await.refused(404);
    }
}

// RFC 9110, 13.2.1
#[actix_web::test]
async fn whoever_may_not_do_it_is_told_so_whatever_version_he_names() {
    let app = TestApp::new().await;
    let me = app.lebak("pegawai.dinkes").await;
    let path = format!("/tickets/{}/resolve", client::id(&me.open("Judul").await));
    let solved = || Some(json!({ "resolution": "Selesai." }));
    for caller in [&app.lebak("auditor").await, &me] {
        caller.send(Method::POST, &path, &[("if-match", "\"99\"")], solved()).await.refused(403);
    }
    let technician = app.lebak("teknisi.dinkes").await;
    technician.send(Method::POST, &path, &[("if-match", "\"99\"")], solved()).await.refused(412);
    let admin = app.lebak("admin").await;
    let person = admin.get("/people?q=pegawai.dinkes").await.ok()["items"][0]["id"].as_str().unwrap().to_owned();
    let auditor = app.lebak("auditor").await;
    for (path, body) in [
        ("/opds/dinkes".to_owned(), json!({ "short_name": "LAIN" })),
        ("/services/simpeg".to_owned(), json!({ "description": "Lain." })),
        ("/calendars/perpres-21-2023".to_owned(), json!({ "name": "Lain" })),
        ("/agreements/standard".to_owned(), json!({ "name": "Lain" })),
        (format!("/people/{person}"), json!({ "phone": "0811" })),
    ] {
        auditor.send(Method::PATCH, &path, &[("if-match", "\"99\"")], Some(body.clone())).await.refused(403);
        admin.send(Method::PATCH, &path, &[("if-match", "\"99\"")], Some(body)).await.refused(412);
    }
}

#[actix_web::test]
async fn opds_services_and_people_take_if_match_too() {
    let app = TestApp::new().await;
    let admin = app.lebak("admin").await;
    let person = admin.get("/people?q=pegawai.dinkes").await.ok()["items"][0]["id"].as_str().unwrap().to_owned();
    for (path, body, other) in [
        ("/opds/dinkes".to_owned(), json!({ "short_name": "DINKES" }), json!({ "short_name": "LAIN" })),
        ("/services/simpeg".to_owned(), json!({ "description": "Lain." }), json!({ "description": "Lagi." })),
        (format!("/people/{person}"), json!({ "phone": "0811" }), json!({ "phone": "0812" })),
    ] {
        let first = admin.send(Method::PATCH, &path, &[], Some(body.clone())).await;
        first.ok();
        let tag = first.header("etag").unwrap().to_owned();
        admin.send(Method::PATCH, &path, &[("if-match", "\"99\"")], Some(body)).await.refused(412);
        let second = admin.send(Method::PATCH, &path, &[("if-match", &tag)], Some(other)).await;
        second.ok();
        assert_ne!(second.header("etag").unwrap(), tag);
    }
}

#[actix_web::test]
async fn a_role_is_given_and_taken_only_at_the_version_of_the_person_that_was_read() {
    let app = TestApp::new().await;
    let admin = app.lebak("admin").await;
    let person = admin.get("/people?q=pegawai.dinkes").await.ok()["items"][0]["id"].as_str().unwrap().to_owned();
    let (path, roles) = (format!("/people/{person}"), format!("/people/{person}/roles"));
    let role = |name: &str| Some(json!({ "role": name }));
    let read = admin.get(&path).await.header("etag").unwrap().to_owned();
    let given = admin.send(Method::POST, &roles, &[("if-match", &read)], role("tier2")).await;
    assert_eq!(given.status, 201);
    let (current, before) = (given.header("etag").unwrap().to_owned(), admin.get(&path).await.ok());
    let held = before["entry"]["roles"].as_array().unwrap().iter().find(|one| one["role"] == "tier2").unwrap();
    let grant = format!("{roles}/{}", held["id"].as_str().unwrap());

    admin.send(Method::POST, &roles, &[("if-match", &read)], role("coordinator")).await.refused(412);
    admin.send(Method::DELETE, &grant, &[("if-match", &read)], None).await.refused(412);
    assert_eq!(admin.get(&path).await.ok(), before);

    assert_eq!(admin.send(Method::DELETE, &grant, &[("if-match", &current)], None).await.status, 204);
}
