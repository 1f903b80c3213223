//! `POST /mail/check`: does mail work, and what must the domain publish (T3, L15)?

use super::imap::Imap;
use super::post::Post;
use super::sink::{Sink, Verdict};
use crate::support::TestApp;
use crate::support::desk::{Cast, text};
use serde_json::{Value, json};

fn states(report: &Value) -> Vec<(String, String)> {
    let pair = |step: &Value| (text(&step["what"]), text(&step["state"]));
    report["steps"].as_array().unwrap().iter().map(pair).collect()
}

fn pairs(all: &[(&str, &str)]) -> Vec<(String, String)> {
    all.iter().map(|(what, state)| ((*what).to_owned(), (*state).to_owned())).collect()
}

#[actix_web::test]
async fn an_administrator_sees_that_server_and_mailbox_answer_and_gets_a_test_mail() {
    let (sink, imap) = (Sink::start(|_| Verdict::Take), Imap::start());
    let cast = Cast::on(TestApp::with(&format!("{}{}", imap.settings(), sink.settings(""))).await).await;
    let report = cast.admin.post("/mail/check", json!({ "to": "admin@lebakkab.go.id" })).await.ok();
    assert_eq!(states(&report), pairs(&[("smtp", "ok"), ("probe", "ok"), ("imap", "ok")]));
    assert_eq!(sink.count("admin@lebakkab.go.id"), 1);
    let names: Vec<String> = report["records"].as_array().unwrap().iter().map(|r| text(&r["name"])).collect();
    assert_eq!(names, ["lebakkab.go.id", "sigap._domainkey.lebakkab.go.id", "_dmarc.lebakkab.go.id"]);
    assert_eq!(report["records"][1]["value"], Value::Null, "there is no key yet");
}

#[actix_web::test]
async fn a_refused_password_is_explained_in_the_callers_language_and_shown_nowhere() {
    let imap = Imap::start();
    imap.folder().password = "lain";
    let cast = Cast::on(TestApp::with(&imap.settings()).await).await;
    let reply = cast.admin.post("/mail/check", json!({})).await;
    let report = reply.ok();
    assert_eq!(states(&report), pairs(&[("smtp", "none"), ("imap", "failed")]));
    assert!(
        text(&report["steps"][1]["found"]).starts_with("Server menolak nama pengguna atau kata sandi."),
        "{report}"
    );
    assert!(!reply.text.contains("rahasia"));
}

#[actix_web::test]
async fn a_server_that_takes_the_line_and_says_nothing_is_told_as_unreachable() {
    // Whatever connects is held in the queue of the system, as behind a wrong port.
    let mute = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = mute.local_addr().unwrap();
    let app = TestApp::with(&format!("[mail]\nsmtp_url = \"smtp://{url}\"\ntimeout_seconds = 1\n")).await;
    let cast = Cast::on(app).await;
    let report = cast.admin.post("/mail/check", json!({ "to": "admin@lebakkab.go.id" })).await.ok();
    assert_eq!(states(&report), pairs(&[("smtp", "failed"), ("imap", "none")]), "and no test mail is tried");
    assert!(text(&report["steps"][0]["found"]).starts_with("Server tidak terjangkau."), "{report}");
    assert_eq!(report["steps"][0]["cause"], "connection: no answer within 1 s");
}

#[actix_web::test]
async fn no_test_mail_leaves_the_official_domain_and_no_region_sees_anothers_mailbox() {
    let imap = Imap::start();
    let app = TestApp::with(&imap.settings()).await;
    let post = Post::of(&app);
    let cast = Cast::on(app).await;
    for to in ["admin@gmail.com", "admin@temanggungkab.go.id", "bukan alamat"] {
        let problem = cast.admin.post("/mail/check", json!({ "to": to })).await.refused(422);
        assert_eq!(problem["errors"][0]["pointer"], "/to", "{to}");
    }
    assert!(post.take().is_empty());
    let far = cast.app.temanggung("admin").await;
    let report = far.post("/mail/check", json!({})).await.ok();
    assert_eq!(states(&report), pairs(&[("smtp", "none"), ("imap", "none")]));
    assert!(imap.folder().heard.is_empty());
}

#[actix_web::test]
async fn a_region_is_checked_once_in_half_a_minute() {
    let app = TestApp::with("rate_limit = \"600\"\n").await;
    let cast = Cast::on(app).await;
    cast.admin.post("/mail/check", json!({})).await.ok();
    cast.admin.post("/mail/check", json!({})).await.refused(429);
    let far = cast.app.temanggung("admin").await;
    far.post("/mail/check", json!({})).await.ok();
    cast.app.step(chrono::Duration::seconds(30));
    cast.admin.post("/mail/check", json!({})).await.ok();
}
