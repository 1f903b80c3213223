//! Errors are problem documents (RFC 9457), in the caller's language.

use crate::support::TestApp;
use actix_web::http::Method;
use actix_web::middleware::from_fn;
use actix_web::test::{TestRequest, call_service, init_service, read_body_json};
use actix_web::{App, HttpRequest, web};
use serde_json::{Value, json};
use sigap::api::problem;
use sigap::http::routes;
use sigap::server::observe;

/// Every operation of the served document.
fn operations(document: &Value) -> Vec<(Method, String)> {
    let paths = document["paths"].as_object().unwrap();
    let all = paths.iter().flat_map(|(path, item)| {
        item.as_object().unwrap().keys().map(move |method| (method.to_uppercase().parse().unwrap(), path.clone()))
    });
    all.collect()
}

fn filled(path: &str) -> String {
    path.replace("{id}", "01920000-0000-7000-8000-000000000000")
        .replace("{code}", "no-such")
        .replace("{link}", "01920000-0000-7000-8000-000000000000")
        .replace("{grant}", "01920000-0000-7000-8000-000000000000")
}

#[actix_web::test]
async fn an_unknown_route_is_a_problem_too() {
    let app = TestApp::new().await;
    for path in ["/api/v1/nothing", "/api/v2/tickets", "//", "/api/v1/tickets/x/y/z", "/api", "/api/v1/", "/assets/x"] {
        let problem = app.anonymous().get(path).await.refused(404);
        assert_eq!(problem["type"], "urn:sigap:problem:not-found", "{path}");
    }
}

#[actix_web::test]
async fn a_method_that_a_route_does_not_take_is_405_with_those_it_takes() {
    let app = TestApp::new().await;
    let (caller, anonymous) = (app.lebak("koordinator").await, app.anonymous());
    let document = app.anonymous().get("/api/openapi.json").await.ok();
    let all = operations(&document);
    for (n, (_, path)) in all.iter().enumerate() {
        // Whoever is signed in and whoever is not, by turns.
        let client = if n % 2 == 0 { &caller } else { &anonymous };
        let known: Vec<&Method> = all.iter().filter(|(_, p)| p == path).map(|(method, _)| method).collect();
        for method in
            [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE, Method::TRACE, Method::OPTIONS]
        {
            if known.contains(&&method) {
                continue;
            }
            let reply = client.raw(method.clone(), &filled(path), &[], vec![]).await;
            reply.refused(405);
            let mut allowed: Vec<&str> = reply.header("allow").unwrap().split(", ").collect();
            allowed.sort_unstable();
            let mut expected: Vec<&str> = known.iter().map(|m| m.as_str()).collect();
            if expected.contains(&"GET") {
                expected.push("HEAD");
            }
            expected.sort_unstable();
            assert_eq!(allowed, expected, "{method} {path}");
        }
    }
    for path in ["/healthz", "/readyz", "/metrics", "/api/openapi.json", "/api/docs"] {
        let reply = app.anonymous().raw(Method::POST, path, &[], vec![]).await;
        reply.refused(405);
        assert_eq!(reply.header("allow"), Some("GET, HEAD"), "{path}");
    }
    for path in ["/forgot", "/password", "/setup"] {
        let reply = app.anonymous().raw(Method::DELETE, path, &[], vec![]).await;
        assert_eq!((reply.status, reply.header("allow")), (405, Some("GET, HEAD, POST")), "{path}");
    }
}

#[actix_web::test]
async fn no_operation_answers_who_is_not_signed_in_but_those_of_signing_in() {
    let app = TestApp::new().await;
    let document = app.anonymous().get("/api/openapi.json").await.ok();
    let mut open = Vec::new();
    for (method, path) in operations(&document) {
        let body = if method == Method::GET || method == Method::DELETE { None } else { Some(json!({})) };
        let reply = app.anonymous().send(method.clone(), &filled(&path), &[], body).await;
        let operation = &document["paths"][&path][method.as_str().to_lowercase()];
        if operation["security"] == json!([]) {
            open.push(path.replace("/api/v1", ""));
            continue;
        }
        let documented = operation["responses"].as_object().unwrap();
        assert!(documented.contains_key(&reply.status.to_string()), "{method} {path}: {}", reply.status);
        assert_eq!(reply.status, 401, "{method} {path}: {}", reply.text);
        // Nor is he told what else is wrong with his request.
        let spoilt = app.anonymous().raw(method.clone(), &filled(&path), &[("if-match", "x")], b"[".to_vec()).await;
        assert_eq!(spoilt.status, 401, "{method} {path}: {}", spoilt.text);
    }
    open.sort();
    let beside = ["/.well-known/security.txt", "/api/openapi.json", "/healthz", "/metrics", "/readyz"];
    let signing_in = ["/auth/forgot", "/auth/login", "/auth/password", "/auth/refresh", "/auth/setup"];
    open.retain(|path| !beside.contains(&path.as_str()));
    assert_eq!(open, signing_in);
}

#[actix_web::test]
async fn a_problem_speaks_bahasa_indonesia_or_english_as_asked() {
    let app = TestApp::new().await;
    for (asked, english) in [
        (None, false),
        (Some("id"), false),
        (Some("id-ID,id;q=0.9,en;q=0.8"), false),
        (Some("en"), true),
        (Some("en-GB,en;q=0.9"), true),
        (Some("fr, en;q=0.5"), true),
        (Some("id;q=0.1,en;q=0.9"), true),
        (Some("en;q=0.1,id;q=0.9"), false),
        (Some("en,id"), true),
        (Some("en;q=0"), false),
        (Some("en;q=0,id;q=0.1"), false),
        (Some("id;q=0,en;q=0.1"), true),
        (Some("id;q=0,*"), true),
        (Some("en;q=0.2,*"), false),
        (Some("fr;q=0.9,EN-gb;q=0.3"), true),
        (Some("*"), false),
        (Some(""), false),
        (Some("xx-yy-zz;;;q=,"), false),
    ] {
        let headers: Vec<(&str, &str)> = asked.map(|a| ("accept-language", a)).into_iter().collect();
        let reply = app.anonymous().raw(Method::GET, "/nothing", &headers, vec![]).await;
        let problem = reply.refused(404);
        assert_eq!(problem["title"] == "Not found", english, "{asked:?}: {problem}");
        assert_eq!(problem["title"] == "Tidak ditemukan", !english, "{asked:?}: {problem}");
    }
}

#[actix_web::test]
async fn a_problem_tells_nothing_of_the_inside() {
    let app = TestApp::new().await;
    let me = app.lebak("pegawai.dinkes").await;
    for path in
        ["/tickets?q=%27%22%3B--", "/tickets/%27%20OR%201=1", "/opds/%27", "/people?q=%25%5C_", "/tickets?q=%F0%9F"]
    {
        let reply = me.get(path).await;
        assert!(reply.status < 500, "{path}: {}", reply.text);
        for word in ["SELECT", "diesel", "sqlite", "postgres", "panicked", "src/"] {
            assert!(!reply.text.contains(word), "{path}: {}", reply.text);
        }
    }
}

// ASVS 16.5.4
#[actix_web::test]
async fn whoever_asks_for_what_panics_gets_a_problem_that_tells_no_cause_and_the_next_is_answered() {
    let planted = async |request: HttpRequest| {
        assert!(request.query_string().is_empty(), "a planted fault");
        "well"
    };
    let table = || [("/tickets/{id}", (vec![web::get().to(planted)], "GET".to_owned()))];
    let app = App::new().configure(|config| routes::register(config, "", problem::tell, table()));
    let service = init_service(app.wrap(from_fn(observe))).await;
    let answer = call_service(&service, TestRequest::get().uri("/tickets/1?panic").to_request()).await;
    assert_eq!(answer.status(), 500);
    assert_eq!(answer.headers().get("content-type").unwrap(), "application/problem+json");
    assert!(answer.headers().contains_key("x-request-id"));
    let told: Value = read_body_json(answer).await;
    assert_eq!(told["type"], "urn:sigap:problem:internal");
    assert!(!told.to_string().contains("plant") && !told.to_string().contains("panic"), "{told}");
    let answer = call_service(&service, TestRequest::get().uri("/tickets/1").to_request()).await;
    assert_eq!(answer.status(), 200);
}

#[actix_web::test]
async fn what_is_absent_and_what_is_foreign_answer_alike_byte_for_byte() {
    let app = TestApp::new().await;
    let ticket = app.lebak("pegawai.dinkes").await.open("Rahasia dapur").await;
    let id = ticket["id"].as_str().unwrap();
    let outsider = app.temanggung("koordinator").await;
    for path in ["", "/events", "/comments", "/attachments", "/links", "/watchers"] {
        let mut foreign = outsider.get(&format!("/tickets/{id}{path}")).await;
        let mut absent = outsider.get(&format!("/tickets/01920000-0000-7000-8000-000000000000{path}")).await;
        for reply in [&mut foreign, &mut absent] {
            reply.refused(404);
            reply.headers.retain(|(name, _)| name != "x-request-id");
        }
        assert_eq!(foreign, absent);
    }
}
