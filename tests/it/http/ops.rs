//! Health, metrics and the description of the API.

use crate::audit::{look, settle};
use crate::support::build::console;
use crate::support::client::id;
use crate::support::{Cast, TestApp};
use actix_web::http::Method;
use serde_json::{Value, json};
use sigap::access::{Origin, Tx, act};
use sigap::app::behind::Standing;
use sigap::app::{Caller, ledger};
use sigap::db::Id;
use sigap::error::{Error, Result};
use sigap::org::actor;
use sigap::ticket::find::{TicketRef, find};
use sigap::ticket::start::start;

#[actix_web::test]
async fn the_service_says_that_it_lives_and_that_it_is_ready() {
    let app = TestApp::new().await;
    let here = app.anonymous().from("127.0.0.1");
    let alive = here.get("/healthz").await.ok();
    assert_eq!(alive, json!({ "status": "ok", "version": env!("CARGO_PKG_VERSION") }));
    let ready = here.get("/readyz").await.ok();
    let (kind, standby) = match crate::support::db::postgres() {
        Some(_) => ("postgresql", json!({ "mode": "none", "following": 0, "lag_bytes": null })),
        None => ("sqlite", Value::Null),
    };
    let timers = json!({ "last_look": null, "late_seconds": 0, "alarm": false });
    let told =
        json!({ "status": "ready", "database": kind, "timers": timers, "quarantine": false, "standby": standby });
    assert_eq!(ready, told);
}

#[actix_web::test]
async fn timers_that_never_could_look_are_an_alarm_after_a_minute() {
    let app = TestApp::new().await;
    let alarm = async || app.anonymous().get("/readyz").await.ok()["timers"]["alarm"].clone();
    for (seconds, is_alarm) in [(0, false), (59, false), (2, true)] {
        app.step(chrono::Duration::seconds(seconds));
        app.app.pulse.set_out(app.clock.now());
        assert_eq!(alarm().await, is_alarm);
    }
    app.tick().await;
    assert_eq!(alarm().await, false);
}

// R11
#[actix_web::test]
async fn timers_that_have_not_looked_since_the_clock_was_set_back_are_an_alarm() {
    let app = TestApp::new().await;
    let alarm = async || app.anonymous().get("/readyz").await.ok()["timers"]["alarm"].clone();
    app.step(chrono::Duration::hours(1));
    app.tick().await;
    app.step(chrono::Duration::hours(-1));
    assert_eq!(alarm().await, true);
    app.tick().await;
    assert_eq!(alarm().await, false);
}

#[actix_web::test]
async fn metrics_tell_of_timers_that_hang_without_a_word_of_theirs() {
    let app = TestApp::new().await;
    let _heard = metrics::set_default_local_recorder(&*app.recorder);
    app.tick().await;
    for (seconds, alarm) in [(60, "0"), (1, "1")] {
        app.step(chrono::Duration::seconds(seconds));
        let told = app.anonymous().from("127.0.0.1").get("/metrics").await.text;
        let line = told.lines().find_map(|line| line.strip_prefix("sigap_timers_alarm "));
        assert_eq!(line, Some(alarm), "{told}");
    }
}

/// What a measure shows, by its name and labels.
async fn shown(app: &TestApp, name: &str) -> Option<String> {
    let told = app.anonymous().from("127.0.0.1").get("/metrics").await.text;
    told.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')).map(str::to_owned)
}

#[actix_web::test]
async fn a_mailbox_that_was_never_read_has_an_age_all_the_same() {
    let url = "imaps://servicedesk%40lebakkab.go.id:rahasia@mail.lebakkab.go.id";
    let app = TestApp::with(&format!("[imap]\nurl = \"{url}\"\n")).await;
    let _heard = metrics::set_default_local_recorder(&*app.recorder);
    app.step(chrono::Duration::seconds(700));
    let name = "sigap_imap_last_success_age_seconds{mailbox=\"servicedesk@lebakkab.go.id\"}";
    assert_eq!(shown(&app, name).await.as_deref(), Some("700"));
}

// `increase()` of a counter that is not there yet misses the first event.
#[actix_web::test]
async fn alarms_that_never_rang_are_counted_as_none() {
    let app = TestApp::new().await;
    let _heard = metrics::set_default_local_recorder(&*app.recorder);
    sigap::telemetry::count_from_zero();
    for name in [
        "sigap_access_alarms_total",
        "sigap_database_retries_total",
        "sigap_mail_bounces_total{lasting=\"true\"}",
        "sigap_mail_tries_total{result=\"refused\"}",
        "sigap_listeners",
    ] {
        assert_eq!(shown(&app, name).await.as_deref(), Some("0"), "{name}");
    }
}

#[actix_web::test]
async fn a_change_that_could_not_be_stored_is_an_alarm_for_five_minutes_and_a_refusal_is_none() {
    let app = TestApp::new().await;
    let _heard = metrics::set_default_local_recorder(&*app.recorder);
    let fails = async |error: fn() -> Error| {
        let write = app.app.write(Caller::Anonymous, Origin::default(), move |_| Err::<(), _>(error()));
        write.await.unwrap_err();
        shown(&app, "sigap_database_write_alarm").await
    };
    assert_eq!(fails(|| Error::NotFound).await.as_deref(), Some("0"));
    let full = || Error::Unavailable("database or disk is full".into());
    assert_eq!(fails(full).await.as_deref(), Some("1"));
    for (minutes, alarm) in [(4, "1"), (2, "0")] {
        app.step(chrono::Duration::minutes(minutes));
        assert_eq!(shown(&app, "sigap_database_write_alarm").await.as_deref(), Some(alarm));
    }
    let free = shown(&app, "sigap_disk_free_bytes{place=\"data\"}").await.unwrap();
    assert!(free.parse::<f64>().unwrap() > 0.0, "{free}");
}

#[actix_web::test]
async fn metrics_tell_of_a_restored_copy_that_waits_for_its_release() {
    let app = TestApp::new().await;
    let _heard = metrics::set_default_local_recorder(&*app.recorder);
    for (held, told) in [(false, "0"), (true, "1")] {
        app.app.quarantine.store(held, std::sync::atomic::Ordering::Release);
        assert_eq!(shown(&app, "sigap_quarantine").await.as_deref(), Some(told));
    }
}

// R11
#[actix_web::test]
async fn while_the_clock_is_behind_what_was_written_last_nothing_is_changed_and_everybody_is_told_why() {
    let app = TestApp::new().await;
    let requester = app.lebak("pegawai.dinkes").await;
    settle(&app).await;
    let new = json!({ "kind": "incident", "subject": "Mati", "description": "Mati sejak pagi." });
    app.step(chrono::Duration::hours(-20));
    app.app.check_clock(false).await.unwrap();
    app.lebak("pegawai.dinkes").await;
    // The battery is dead.
    app.step(chrono::Duration::days(-2000));
    app.app.check_clock(true).await.unwrap();
    app.anonymous().get("/readyz").await.ok();
    app.app.check_clock(false).await.unwrap();
    let told = app.anonymous().get("/readyz").await;
    told.refused(503);
    assert!(told.text.contains("urn:sigap:problem:clock") && told.text.contains("Jam server"), "{}", told.text);
    let login = json!({ "login": "pegawai.dinkes@lebakkab.go.id", "password": "sigap-demo-2026" });
    app.anonymous().post("/auth/login", login).await.refused(503);
    assert!(matches!(sigap::worker::Job::Outbox.run(&app.app).await, Err(Error::ClockBehind)));
    // NTP sets it.
    app.step(chrono::Duration::days(2000) + chrono::Duration::hours(20));
    app.anonymous().get("/readyz").await.ok();
    requester.post("/tickets", new).await.created();
}

// R11: he starts it once as he is told, sees that it works, and from then on the machine starts it.
#[actix_web::test]
async fn a_clock_that_was_said_to_be_right_once_is_right_at_every_later_start() {
    let app = TestApp::new().await;
    app.step(chrono::Duration::days(400));
    settle(&app).await;
    app.step(chrono::Duration::days(-400));
    app.app.check_clock(true).await.unwrap();
    ledger::close(&app.app).await.unwrap();
    let again = app.again("").await;
    assert_eq!(again.app.check_clock(false).await.unwrap(), Standing::Right);
    again.lebak("pegawai.dinkes").await.open("SIMPEG mati").await;
    let said = again.lebak("auditor").await.items("/audit/entries?action=clock.right").await;
    assert_eq!(said.len(), 1, "who said so stands in the log");
    assert_eq!(look(&again, again.region("lebak").await).await.code(), 0);
}

// R11, R15
#[actix_web::test]
async fn a_stop_while_the_clock_is_behind_leaves_the_audit_log_for_later_and_calls_nothing_wrong_with_it() {
    let app = TestApp::new().await;
    settle(&app).await;
    app.lebak("pegawai.dinkes").await;
    app.step(chrono::Duration::days(-2000));
    app.app.check_clock(false).await.unwrap();
    assert!(matches!(ledger::place(&app.app).await, Err(Error::ClockBehind)));
    ledger::close(&app.app).await.unwrap();
    app.step(chrono::Duration::days(2000));
    settle(&app).await;
    let found = look(&app, app.region("lebak").await).await;
    assert_eq!((found.code(), found.unsigned), (0, 0), "{found:?}");
}

// ASVS 13.4.6
#[actix_web::test]
async fn whoever_is_not_on_this_machine_reads_neither_version_nor_kind_of_database() {
    let app = TestApp::new().await;
    for (peer, headers) in [("203.0.113.5", &[][..]), ("127.0.0.1", &[("x-forwarded-for", "198.51.100.7")])] {
        let client = app.anonymous().from(peer);
        let alive = client.raw(Method::GET, "/healthz", headers, vec![]).await;
        assert_eq!(alive.ok(), json!({ "status": "ok" }));
        let ready = client.raw(Method::GET, "/readyz", headers, vec![]).await.ok();
        assert!(ready["database"].is_null() && ready["status"] == "ready", "{ready}");
        let document = client.raw(Method::GET, "/api/openapi.json", headers, vec![]).await.ok();
        assert_eq!(document["info"]["version"], "1", "the version of the interface");
    }
}

#[actix_web::test]
async fn metrics_are_for_this_machine_alone_unless_a_setting_says_otherwise() {
    for (setting, from_here, through_a_proxy, from_outside) in
        [("loopback", true, false, false), ("off", false, false, false), ("public", true, true, true)]
    {
        let app = TestApp::with(&format!("metrics = \"{setting}\"")).await;
        for (peer, headers, open) in [
            ("127.0.0.1", &[][..], from_here),
            ("::1", &[], from_here),
            ("127.0.0.1", &[("x-forwarded-for", "198.51.100.7")], through_a_proxy),
            ("127.0.0.1", &[("forwarded", "for=198.51.100.7")], through_a_proxy),
            ("203.0.113.5", &[], from_outside),
        ] {
            let reply = app.anonymous().from(peer).raw(Method::GET, "/metrics", headers, vec![]).await;
            assert_eq!(reply.status, if open { 200 } else { 404 }, "{setting} {peer} {headers:?}");
        }
    }
}

#[actix_web::test]
async fn an_event_is_counted_when_it_is_stored_and_never_if_it_was_taken_back() {
    let cast = Cast::new().await;
    let _heard = metrics::set_default_local_recorder(&*cast.app.recorder);
    let ticket = cast.requester.open("SIMPEG mati").await;
    let (which, who): (Id, Id) = (id(&ticket).parse().unwrap(), cast.tier1.id().await.parse().unwrap());
    let begin = move |tx: &mut Tx<'_>| -> Result<()> {
        let (actor, now) = (actor::as_person(tx.conn(), who)?, tx.now);
        let mut theirs = tx.acting_as(actor, now);
        let ticket = find::<act::Start>(&mut theirs, &TicketRef::id(which))?;
        start(&mut theirs, ticket).map(drop)
    };
    let counted = async |kind: &str| {
        let text = cast.app.anonymous().from("127.0.0.1").get("/metrics").await.text;
        let name = format!("sigap_ticket_events_total{{kind=\"{kind}\"");
        text.lines().find(|line| line.starts_with(&name)).map(|line| line.rsplit(' ').next().unwrap().to_owned())
    };
    assert_eq!(counted("opened").await.as_deref(), Some("1"));
    cast.app.within(move |tx| tx.attempt(|()| false, begin)).await;
    let refused = cast.app.app.write(Caller::Known(console()), Origin::default(), move |tx| {
        begin(tx)?;
        Err::<(), _>(Error::NotFound)
    });
    refused.await.unwrap_err();
    assert_eq!(counted("started").await, None);
    cast.app.within(begin).await;
    assert_eq!(counted("started").await.as_deref(), Some("1"));
}

#[actix_web::test]
async fn the_document_is_openapi_3_1_and_the_same_for_everybody() {
    let app = TestApp::new().await;
    let reply = app.anonymous().get("/api/openapi.json").await;
    let document = reply.ok();
    assert_eq!(document["openapi"], "3.1.0");
    assert_eq!(reply.text, app.lebak("admin").await.get("/api/openapi.json").await.text);
    for path in ["/tickets", "/tickets/{id}/escalate", "/auth/login", "/me"] {
        assert!(document["paths"][format!("/api/v1{path}")].is_object(), "{path}");
    }
}

#[actix_web::test]
async fn every_reference_of_the_document_leads_somewhere_and_every_operation_has_its_own_name() {
    let app = TestApp::new().await;
    let document = app.anonymous().get("/api/openapi.json").await.ok();
    let mut open = vec![&document];
    let (mut names, mut references) = (Vec::new(), 0);
    while let Some(value) = open.pop() {
        match value {
            Value::Array(items) => open.extend(items),
            Value::Object(fields) => {
                if let Some(Value::String(to)) = fields.get("$ref") {
                    references += 1;
                    assert!(document.pointer(to.trim_start_matches('#')).is_some(), "{to}");
                }
                names.extend(fields.get("operationId").cloned());
                open.extend(fields.values());
            }
            _ => {}
        }
    }
    let all = names.len();
    names.sort_by_key(Value::to_string);
    names.dedup();
    assert!(references > 100 && all > 40 && names.len() == all, "{references} {all} {}", names.len());
}

#[actix_web::test]
async fn the_documentation_loads_nothing_from_elsewhere() {
    let app = TestApp::new().await;
    let moved = app.anonymous().get("/api/docs").await;
    assert_eq!((moved.status, moved.header("location")), (303, Some("/api/docs/")));
    let page = app.anonymous().get("/api/docs/").await;
    assert_eq!(page.status, 200);
    assert!(page.header("content-type").unwrap().starts_with("text/html"));
    let mut files = vec![String::new()];
    for part in page.text.split(['"', '\'']) {
        let file = part.trim_start_matches("./");
        let end = file.rsplit('.').next().unwrap_or_default();
        if ["js", "css", "png"].contains(&end) && !file.contains(' ') {
            files.push(file.to_owned());
        }
    }
    assert!(files.len() >= 4, "{files:?}");
    for file in files {
        let reply = app.anonymous().get(&format!("/api/docs/{file}")).await;
        assert_eq!(reply.status, 200, "{file}");
        // ASVS 4.1.1
        let kind = reply.header("content-type").unwrap();
        assert_eq!(kind.starts_with("text/"), kind.ends_with("; charset=utf-8"), "{file}: {kind}");
        let loads = ["src=\"http", "href=\"http", "src=\"//", "href=\"//", "@import", "url(http", "url(//"];
        if !file.contains("bundle") && !file.contains("preset") {
            assert!(loads.iter().all(|l| !reply.text.contains(l)), "{file}");
        }
        let policy = reply.header("content-security-policy").unwrap();
        assert!(policy.starts_with("default-src 'self'"), "{policy}");
    }
    let start = app.anonymous().get("/api/docs/swagger-initializer.js").await;
    assert!(start.text.contains("/api/openapi.json"));
    for outside in ["/api/docs/../../etc/passwd", "/api/docs/%2e%2e/x", "/api/docs/nothing.js"] {
        app.anonymous().get(outside).await.refused(404);
    }
}

#[actix_web::test]
async fn the_pages_of_one_time_links_load_only_their_own_script_and_style() {
    let app = TestApp::new().await;
    for path in ["/setup", "/password"] {
        let page = app.anonymous().get(path).await;
        assert_eq!(page.status, 200);
        assert!(page.text.contains("/assets/once.js") && page.text.contains("/assets/sigap.css"));
        assert!(!page.text.contains("http:") && !page.text.contains("https:") && !page.text.contains("<script>"));
        let policy = page.header("content-security-policy").unwrap();
        assert!(policy.contains("default-src 'self'") && !policy.contains("unsafe"), "{policy}");
    }
    assert_eq!(app.anonymous().get("/assets/once.js").await.status, 200);
}
