//! The checkpoint of the day goes to the auditors by mail: what lies there nobody here can change (L13).

use super::post::Post;
use crate::audit::settle;
use crate::support::desk::Cast;
use chrono::Duration;
use sigap::audit::checkpoint::Note;
use sigap::worker::attest;

// L13, P8
#[actix_web::test]
async fn each_auditor_gets_the_checkpoint_of_his_region_once_a_day_on_any_number_of_nodes() {
    let cast = Cast::new().await;
    let other = cast.app.again("").await;
    let post = Post::of(&cast.app);
    attest::run(&cast.app.app).await.unwrap();
    assert!(post.now(&cast.app).await.is_empty(), "there is none yet");
    settle(&cast.app).await;
    let (one, two) = futures_util::future::join(attest::run(&cast.app.app), attest::run(&other.app)).await;
    one.unwrap();
    two.unwrap();
    let mails = post.now(&cast.app).await;
    let mut to: Vec<String> = mails.iter().map(|mail| mail.to.clone()).collect();
    to.sort();
    let expected = ["blorakab", "lebakkab", "purbalinggakab", "temanggungkab"].map(|d| format!("auditor@{d}.go.id"));
    assert_eq!(to, expected);
    let mine = mails.iter().find(|mail| mail.to == "auditor@lebakkab.go.id").unwrap();
    let told = cast.auditor.get("/audit/checkpoint").await.ok();
    assert!(mine.subject.contains(&told["size"].to_string()), "{}", mine.subject);
    for part in told["note"].as_str().unwrap().lines().chain([told["root"].as_str().unwrap(), "/audit"]) {
        assert!(mine.text.contains(part), "{part} in {}", mine.text);
    }
    assert!(Note::parse(told["note"].as_str().unwrap()).is_some());
    cast.app.step(Duration::hours(2));
    attest::run(&cast.app.app).await.unwrap();
    assert!(post.now(&cast.app).await.is_empty(), "once a day");
    cast.app.step(Duration::days(1));
    attest::run(&cast.app.app).await.unwrap();
    assert_eq!(post.now(&cast.app).await.len(), 4);
}
