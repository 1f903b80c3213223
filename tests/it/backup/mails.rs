//! Mails that a restored copy holds, and the links in them, which the restore has ended (R17).

use super::{backed_up, empty, put_back};
use crate::mail::post::{Post, accounts};
use crate::support::TestApp;
use crate::support::app::settings;
use serde_json::json;
use sigap::backup::restore::{Held, Source, release, restore};
use std::rc::Rc;

#[actix_web::test]
async fn a_held_mail_whose_link_the_restore_has_ended_is_not_sent_and_says_why() {
    let app = TestApp::new().await;
    let body = json!({ "name": "Pegawai Baru", "email": "baru@lebakkab.go.id" });
    app.lebak("admin").await.post("/people", body).await.created();
    app.lebak("pegawai.dinkes").await.open("SIMPEG mati").await;
    let (place, folder) = empty();
    let file = backed_up(&app, folder.path()).await;
    put_back(&app, &file, &place).await.unwrap();
    // The keys are put back, as the guide says.
    let keys = |folder: &std::path::Path| folder.join("keys/mail");
    for key in std::fs::read_dir(keys(app.database.folder.path())).unwrap().map(|key| key.unwrap().path()) {
        std::fs::copy(&key, keys(place.folder.path()).join(key.file_name().unwrap())).unwrap();
    }
    let copy = TestApp::on_database(Rc::clone(&place), app.clock.clone()).await;
    let post = Post::of(&copy);
    release(&copy.app, Some(Held::Send)).await.unwrap();
    sigap::worker::Job::Audit.run(&copy.app).await.unwrap();
    let mails = post.now(&copy).await;
    assert_eq!(accounts(&mails), ["pegawai.dinkes", "teknisi.dinkes"]);
    let failed = copy.lebak("admin").await.items("/mails?state=failed").await;
    assert_eq!((failed.len(), failed[0]["kind"].as_str()), (1, Some("password_new")));
    // Whoever released it sends another to whom nothing lets in.
    sigap::cli::user::mail_links(copy.app.clone()).await.unwrap();
    let mails = post.now(&copy).await;
    assert_eq!((mails.len(), mails[0].account()), (1, "baru"));
    sigap::cli::user::mail_links(copy.app.clone()).await.unwrap();
    assert!(post.now(&copy).await.is_empty(), "his link works");
}

#[actix_web::test]
async fn a_disk_that_holds_nothing_but_what_its_file_system_made_takes_a_restore() {
    let app = TestApp::new().await;
    let (place, folder) = empty();
    let file = backed_up(&app, folder.path()).await;
    let data = place.folder.path().join("volume");
    std::fs::create_dir_all(data.join("lost+found")).unwrap();
    let url = match place.url.strip_prefix("sqlite:") {
        Some(_) => format!("sqlite:{}", data.join("sigap.db").display()),
        None => place.url.clone(),
    };
    let again = || restore(settings(&url, &data, ""), app.clock.clone(), Source::plain(&file));
    std::fs::write(data.join("catatan.txt"), "x").unwrap();
    let said = again().await.unwrap_err().to_string();
    assert!(said.contains("catatan.txt"), "{said}");
    std::fs::remove_file(data.join("catatan.txt")).unwrap();
    again().await.unwrap();
}
