//! The description of the API: complete, and true of the router.

use crate::routes::ask::operations;
use crate::support::TestApp;
use actix_web::http::Method;
use serde_json::Value;
use std::collections::BTreeSet;

fn document() -> Value {
    serde_json::from_str(sigap::api::ops::document()).unwrap()
}

fn each(mut f: impl FnMut(&str, &str, &Value)) {
    for (path, item) in document()["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            f(path, method, operation);
        }
    }
}

// P3
#[actix_web::test]
async fn the_document_is_openapi_3_1_and_served_as_it_is() {
    let app = TestApp::new().await;
    let served = app.anonymous().get("/api/openapi.json").await.ok();
    assert_eq!(served, document());
    assert!(served["openapi"].as_str().unwrap().starts_with("3.1"));
    for field in ["title", "version", "description"] {
        assert!(served["info"][field].as_str().is_some_and(|text| !text.is_empty()), "info.{field}");
    }
}

#[test]
fn every_operation_has_a_name_of_its_own_a_summary_and_a_tag() {
    let mut names = BTreeSet::new();
    each(|path, method, operation| {
        let name = operation["operationId"].as_str().unwrap_or_default();
        assert!(!name.is_empty() && names.insert(name.to_owned()), "{method} {path}: operationId {name:?}");
        assert!(operation["summary"].as_str().is_some_and(|s| !s.is_empty()), "{name}: no summary");
        assert_eq!(operation["tags"].as_array().map(Vec::len), Some(1), "{name}: one tag");
    });
    assert!(names.len() > 40);
}

#[test]
fn every_operation_tells_the_refusals_that_apply_to_it() {
    each(|path, method, operation| {
        let name = operation["operationId"].as_str().unwrap();
        let told = |status: &str| operation["responses"].get(status).is_some();
        let is_open = operation["security"] == serde_json::json!([]);
        assert!(told("401") || is_open, "{name}: 401");
        assert!(told("404") || !path.contains('{'), "{name}: 404");
        assert!(told("422") || !path.starts_with("/api/v1/"), "{name}: 422, for a parameter that is unknown");
        assert!(told("403") || method == "get", "{name}: 403");
        assert!(!told("304"), "{name}: a version is not all that is read of a thing");
        assert!(["200", "201", "202", "204"].iter().any(|status| told(status)), "{name}: no success");
    });
}

#[actix_web::test]
async fn what_stands_beside_the_api_is_in_the_document_with_all_that_it_answers() {
    let (app, document) = (TestApp::new().await, document());
    for path in ["/healthz", "/readyz", "/metrics", "/api/openapi.json", "/.well-known/security.txt"] {
        let operation = &document["paths"][path]["get"];
        assert_eq!(operation["security"], serde_json::json!([]), "{path}");
        for client in [app.anonymous(), app.anonymous().from("127.0.0.1")] {
            let reply = client.get(path).await;
            let media = reply.header("content-type").unwrap().split(';').next().unwrap();
            let told = &operation["responses"][reply.status.to_string()];
            let content = match told["$ref"].as_str() {
                Some(target) => &document.pointer(target.trim_start_matches('#')).unwrap()["content"],
                None => &told["content"],
            };
            assert!(content.get(media).is_some(), "{path}: {} {media}", reply.status);
            let schema = &content[media]["schema"];
            for field in schema["required"].as_array().into_iter().flatten() {
                assert!(!reply.json()[field.as_str().unwrap()].is_null() || field == "standby", "{path}: {field}");
            }
        }
    }
}

#[test]
fn every_change_of_what_has_a_version_takes_if_match() {
    let mut takes = BTreeSet::new();
    each(|_, _, operation| {
        let parameters = operation["parameters"].as_array().unwrap();
        if parameters.iter().any(|one| one["name"] == "If-Match") {
            takes.insert(operation["operationId"].as_str().unwrap().to_owned());
        }
    });
    for name in ["changePerson", "giveRole", "takeRole", "changeOpd", "movePeople", "changeService", "changeCalendar"] {
        assert!(takes.contains(name), "{name}");
    }
    for name in ["readPerson", "issuePasswordLink", "chooseMails", "changeAnswer"] {
        assert!(!takes.contains(name), "{name}");
    }
}

#[test]
fn every_list_takes_a_limit_and_a_cursor() {
    let mut walked = 0;
    each(|_, method, operation| {
        let (name, page) =
            (operation["operationId"].as_str().unwrap(), "/responses/200/content/application~1json/schema");
        let is_list = operation.pointer(&format!("{page}/properties/next_cursor")).is_some() && method == "get";
        // A range of days, which whoever asks names himself.
        if !is_list || name == "listCalendarDays" {
            return;
        }
        walked += 1;
        for field in ["limit", "cursor"] {
            let parameters = operation["parameters"].as_array().unwrap();
            assert!(parameters.iter().any(|one| one["name"] == field), "{name}: {field}");
        }
    });
    assert!(walked > 20, "{walked}");
}

#[test]
fn every_reference_of_the_document_leads_somewhere() {
    fn walk(value: &Value, document: &Value, found: &mut usize) {
        match value {
            Value::Object(fields) => {
                if let Some(target) = fields.get("$ref").and_then(Value::as_str) {
                    *found += 1;
                    assert!(document.pointer(target.trim_start_matches('#')).is_some(), "{target}");
                }
                fields.values().for_each(|v| walk(v, document, found));
            }
            Value::Array(items) => items.iter().for_each(|v| walk(v, document, found)),
            _ => {}
        }
    }
    let (document, mut found) = (document(), 0);
    walk(&document, &document, &mut found);
    assert!(found > 100);
}

#[test]
fn no_schema_of_the_document_hides_another_of_its_name() {
    assert_eq!(sigap::api::routes().clashes(), BTreeSet::new());
}

#[actix_web::test]
async fn a_body_that_the_document_needs_is_asked_for_and_any_other_may_be_left_out() {
    let app = TestApp::new().await;
    let mut left_out = BTreeSet::new();
    for (path, item) in document()["paths"].as_object().unwrap() {
        let place = path.replace(['{', '}'], "");
        for (method, operation) in item.as_object().unwrap() {
            let body = &operation["requestBody"];
            // A file is asked for once its ticket is found.
            if body["content"].get("application/json").is_none() {
                continue;
            }
            // Anew each time: some of them end the caller's sessions.
            let caller = app.lebak("koordinator").await;
            let method = method.to_uppercase().parse().unwrap();
            let reply = caller.send(method, &place, &[], None).await;
            let is_needed = body["required"].as_bool().unwrap();
            // Where the same fields may be left out in a change, it is the rules that ask for them.
            let is_narrowed = body.pointer("/content/application~1json/schema/allOf").is_some();
            assert_eq!(reply.status == 415 || is_narrowed, is_needed, "{path}: {} {}", reply.status, body["required"]);
            if !is_needed {
                left_out.insert(operation["operationId"].as_str().unwrap().to_owned());
            }
        }
    }
    for name in ["start", "resume", "logout", "changeAnswer"] {
        assert!(left_out.contains(name), "{name} takes no body, or one of fields that may all be left out");
    }
    for name in ["openTicket", "escalate", "login"] {
        assert!(!left_out.contains(name), "{name} has fields that it needs");
    }
}

#[actix_web::test]
async fn a_thing_that_is_made_needs_the_fields_that_the_document_says_it_needs() {
    let (app, document) = (TestApp::new().await, document());
    for path in ["/opds", "/services", "/calendars", "/agreements", "/holidays", "/people", "/tickets"] {
        let body = &document["paths"][format!("/api/v1{path}")]["post"]["requestBody"];
        assert_eq!(body["required"], true, "{path}");
        let schema = &body["content"]["application/json"]["schema"];
        let named = schema["$ref"].as_str().and_then(|target| document.pointer(target.trim_start_matches('#')));
        let rule = named.unwrap_or_else(|| &schema["allOf"][1]);
        let needed: BTreeSet<String> =
            rule["required"].as_array().unwrap().iter().map(|name| format!("/{}", name.as_str().unwrap())).collect();
        let refused = app.lebak("admin").await.post(path, serde_json::json!({})).await.refused(422);
        let told = refused["errors"].as_array().unwrap().iter().map(|one| one["pointer"].as_str().unwrap().to_owned());
        assert_eq!(told.collect::<BTreeSet<_>>(), needed, "{path}");
    }
    let body = &document["paths"]["/api/v1/regions"]["post"]["requestBody"];
    assert_eq!(body["required"], true);
    let ways = &body["content"]["application/json"]["schema"]["allOf"][1]["oneOf"];
    assert_eq!(*ways, serde_json::json!([{ "required": ["template"] }, { "required": ["region"] }]));
}

#[actix_web::test]
async fn what_no_route_knows_is_a_404_problem_for_everybody() {
    let app = TestApp::new().await;
    let caller = app.lebak("koordinator").await;
    for place in
        ["/api/v1/tiket", "/api/v2/tickets", "/api", "/admin", "/tickets/x/y/z", "/api/v1/", "/.git/HEAD", "/.env"]
    {
        for client in [&caller, &app.anonymous()] {
            client.get(place).await.refused(404);
            client.send(Method::POST, place, &[], None).await.refused(404);
        }
    }
}

// P2
#[test]
fn the_operations_are_these() {
    let mut list: Vec<String> =
        operations().iter().map(|o| format!("{:<6} {:<44} {}", o.method, o.path, o.id)).collect();
    list.sort_by(|a, b| a[7..].cmp(&b[7..]));
    let mut settings = insta::Settings::new();
    settings.set_snapshot_path("snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!("operations", list.join("\n")));
}
