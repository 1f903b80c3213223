//! The owner of an account is told when the way into it changes (ASVS 6.3.7), at his official address (T3, L15, B2, P1).

use super::post::{Got, Post};
use super::words::snapshot;
use crate::support::device::Device;
use crate::support::{Client, TestApp};
use serde_json::json;

fn one(mut mails: Vec<Got>) -> Got {
    assert_eq!(mails.len(), 1, "{:?}", mails.iter().map(|m| &m.subject).collect::<Vec<_>>());
    mails.remove(0)
}

async fn in_language(app: &TestApp, language: &str) -> Client {
    let owner = app.lebak("koordinator").await;
    let id = owner.get("/me").await.ok()["id"].as_str().unwrap().to_owned();
    app.lebak("admin").await.patch(&format!("/people/{id}"), json!({ "language": language })).await.ok();
    owner
}

#[actix_web::test]
async fn every_change_of_the_second_factor_and_of_the_password_is_told_to_its_owner() {
    for language in ["id", "en"] {
        let app = TestApp::new().await;
        let post = Post::of(&app);
        let owner = in_language(&app, language).await;
        let mut told = Vec::new();
        let device = Device::of(&app, &owner).await;
        told.push(("set", one(post.now(&app).await)));
        app.step(chrono::Duration::minutes(5));
        owner.post("/me/second-factor/remove", json!({ "code": device.code(&app) })).await.done();
        told.push(("removed", one(post.now(&app).await)));
        Device::of(&app, &owner).await;
        post.now(&app).await;
        let id = owner.get("/me").await.ok()["id"].as_str().unwrap().to_owned();
        app.lebak("admin").await.delete(&format!("/people/{id}/second-factor")).await.done();
        told.push(("reset", one(post.now(&app).await)));
        let owner = app.lebak("koordinator").await;
        let change = json!({ "old_password": "sigap-demo-2026", "new_password": "sembilan kuda nil berlari" });
        owner.post("/me/password", change).await.done();
        told.push(("password", one(post.now(&app).await)));
        for (kind, mail) in told {
            assert_eq!(mail.to, "koordinator@lebakkab.go.id");
            assert!(mail.html.contains("/account\""), "{}", mail.html);
            snapshot(&format!("account_{kind}_{language}"), &format!("{}\n\n{}", mail.subject, mail.text));
        }
    }
}

// ASVS 6.3.7: an administrator who takes an account over is not the only one who knows.
#[actix_web::test]
async fn another_address_is_told_to_the_old_one_and_a_link_in_other_hands_to_the_owner() {
    for language in ["id", "en"] {
        let app = TestApp::new().await;
        let post = Post::of(&app);
        let owner = in_language(&app, language).await;
        let place = format!("/people/{}", owner.get("/me").await.ok()["id"].as_str().unwrap());
        let admin = app.lebak("admin").await;
        admin.post(&format!("{place}/password-link"), json!({})).await.created();
        let link = one(post.now(&app).await);
        admin.patch(&place, json!({ "email": "lain@lebakkab.go.id" })).await.ok();
        let moved = one(post.now(&app).await);
        for (kind, mail) in [("link", link), ("moved", moved)] {
            assert_eq!(mail.to, "koordinator@lebakkab.go.id");
            snapshot(&format!("account_{kind}_{language}"), &format!("{}\n\n{}", mail.subject, mail.text));
        }
        admin.patch(&place, json!({ "email": "lain@lebakkab.go.id", "phone": "0252" })).await.ok();
        assert_eq!(post.now(&app).await.len(), 0, "nothing by which one gets in has changed");
    }
}

#[actix_web::test]
async fn a_first_password_and_a_change_that_was_refused_are_not_told() {
    let app = TestApp::new().await;
    let post = Post::of(&app);
    let owner = app.lebak("koordinator").await;
    let wrong = json!({ "old_password": "bukan ini", "new_password": "sembilan kuda nil berlari" });
    assert!(owner.post("/me/password", wrong).await.status >= 400);
    owner.post("/me/second-factor", json!({ "password": "sigap-demo-2026" })).await.created();
    assert!(owner.post("/me/second-factor/confirm", json!({ "code": "000000" })).await.status >= 400);
    assert_eq!(post.now(&app).await.len(), 0, "nothing has changed");
}
