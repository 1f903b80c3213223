//! What the program's log holds, and what it never does (ASVS 16.2, 16.3.4, 16.4.1).

use crate::support::TestApp;
use crate::support::log::Paper;
use diesel::connection::SimpleConnection;
use serde_json::json;
use sigap::config::LogFormat;
use sigap::on;

// ASVS 16.2.2, 16.2.4, 16.4.1
#[test]
fn a_line_of_json_is_one_object_in_utc_whatever_somebody_put_into_it() {
    let paper = Paper::default();
    let evil = "satu\r\n{\"level\":\"INFO\",\"message\":\"palsu\"}\u{1b}[2Jdua";
    tracing::dispatcher::with_default(&paper.log(LogFormat::Json), || {
        tracing::info!(cause = evil, "a request failed");
    });
    let lines = paper.lines();
    assert_eq!(lines.len(), 1, "{}", paper.text());
    assert_eq!((&lines[0]["cause"], &lines[0]["level"]), (&json!(evil), &json!("INFO")));
    let at = lines[0]["timestamp"].as_str().unwrap();
    assert!(at.ends_with('Z') && chrono::DateTime::parse_from_rfc3339(at).is_ok(), "{at}");
}

// ASVS 16.2.5
#[test]
fn what_libraries_say_on_their_lines_is_in_no_log_whatever_the_filter() {
    for filter in ["trace", "async_imap=trace,lettre=debug", "info,async_imap::imap_stream=trace"] {
        for format in [LogFormat::Json, LogFormat::Text] {
            let paper = Paper::default();
            tracing::dispatcher::with_default(&paper.filtered(format, filter), || {
                tracing::trace!(target: "async_imap::imap_stream", "C: A1 LOGIN desk rahasia");
                tracing::debug!(target: "lettre::transport::smtp", "AUTH PLAIN rahasia");
                tracing::error!(target: "r2d2", "rahasia: the pool tells each of its tries");
                tracing::info!(target: "async_imap", "tersambung");
                tracing::trace!(target: "sigap::inbox", "terbaca");
            });
            let text = paper.text();
            assert!(!text.contains("rahasia"), "{filter}: {text}");
            assert_eq!(text.contains("terbaca"), filter == "trace", "{text}");
            assert!(text.contains("tersambung"), "{filter}: {text}");
        }
    }
}

// ASVS 16.4.1
#[test]
fn a_line_of_text_is_one_event_and_moves_no_terminal_whatever_somebody_put_into_it() {
    let paper = Paper::default();
    let evil = "satu\r\n2026-11-29T00:00:00Z  INFO sigap: palsu\u{1b}[2J\u{9b}2Jdua é";
    tracing::dispatcher::with_default(&paper.log(LogFormat::Text), || {
        tracing::info!(cause = %evil, "a request failed");
        tracing::info!("the next");
    });
    let text = paper.text();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 2, "{text}");
    let said = "cause=satu\\r\\n2026-11-29T00:00:00Z  INFO sigap: palsu\\u{1b}[2J\\u{9b}2Jdua é";
    assert!(lines[0].ends_with(said), "{text}");
    assert!(text.ends_with("the next\n") && !text.contains('\u{1b}'), "{text}");
}

// ASVS 16.3.4, 16.5.1
#[actix_web::test]
async fn a_fault_is_logged_with_its_cause_and_the_request_and_the_caller_reads_neither() {
    let app = TestApp::new().await;
    let client = app.lebak("pegawai.dinkes").await;
    let paper = Paper::default();
    app.within(|tx| Ok(on!(tx.conn(), |c| c.batch_execute("ALTER TABLE notices RENAME TO hilang"))?)).await;
    let guard = tracing::dispatcher::set_default(&paper.log(LogFormat::Json));
    let reply = client.get("/notices").await;
    drop(guard);
    assert_eq!(reply.status, 500, "{}", reply.text);
    assert!(!reply.text.contains("notices") && !reply.text.contains("table"), "{}", reply.text);
    let lines = paper.lines();
    let fault = lines.iter().find(|line| line["level"] == "ERROR").unwrap_or_else(|| panic!("{}", paper.text()));
    assert!(fault["cause"].as_str().unwrap().contains("notices"), "{fault}");
    assert_eq!(fault["span"]["id"], reply.header("x-request-id").unwrap(), "{}", paper.text());
}

// ASVS 16.2.5
#[actix_web::test]
async fn no_secret_no_text_and_no_path_of_a_request_is_logged_in_either_form() {
    for format in [LogFormat::Json, LogFormat::Text] {
        let app = TestApp::new().await;
        let client = app.lebak("pegawai.dinkes").await;
        let paper = Paper::default();
        let guard = tracing::dispatcher::set_default(&paper.log(format));
        let login = json!({ "login": "pegawai.dinkes@lebakkab.go.id", "password": "rahasia-canary-2026" });
        app.anonymous().post("/auth/login", login).await.refused(401);
        let login = json!({ "login": "pegawai.dinkes@lebakkab.go.id", "password": "sigap-demo-2026" });
        let tokens = app.anonymous().post("/auth/login", login).await.ok();
        let ticket = client.open("Canary di perihal").await;
        client.get(&format!("/tickets/{}?x=canary", ticket["number"].as_str().unwrap())).await;
        client.get("/tickets?q=canary").await.ok();
        client.post("/auth/password", json!({ "token": "canary-token", "password": "canary kata sandi" })).await;
        app.with_token("canary.canary.canary").get("/me").await.refused(401);
        drop(guard);
        let text = paper.text();
        assert!(text.contains("/auth/login") && text.contains("answered"), "the log was kept: {text}");
        let number = ticket["number"].as_str().unwrap();
        let tokens = [&tokens["access_token"], &tokens["refresh_token"]].map(|token| token.as_str().unwrap());
        for secret in
            ["canary", "Canary", "sigap-demo-2026", "pegawai.dinkes", number, tokens[0], tokens[1], client.token()]
        {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
    }
}
