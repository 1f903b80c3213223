//! How an event's mails went, beside the event, for those who may see it.

use super::post::{Post, run};
use crate::support::TestApp;
use crate::support::browser::Browser;
use crate::support::client::Client;
use crate::support::desk::{Cast, text};
use serde_json::{Value, json};

fn mails_of(lines: &[Value], kind: &str) -> Vec<String> {
    let line = lines.iter().find(|line| line["kind"] == kind).unwrap();
    let told =
        |mail: &Value| format!("{} {}", mail["to"]["name"].as_str().unwrap_or("-"), mail["state"].as_str().unwrap());
    line["mails"].as_array().unwrap().iter().map(told).collect()
}

async fn name(who: &Client) -> String {
    text(&who.get("/me").await.ok()["name"])
}

#[actix_web::test]
async fn staff_see_on_the_time_line_to_whom_an_event_was_mailed_and_whether_it_left() {
    let cast = Cast::new().await;
    let post = Post::of(&cast.app);
    let ticket = cast.requester.open("SIMPEG mati").await;
    let place = format!("/tickets/{}/events", ticket["number"].as_str().unwrap());
    let (clerk, technician) = (name(&cast.requester).await, name(&cast.tier1).await);
    let mut told = mails_of(&cast.tier1.items(&place).await, "opened");
    told.sort();
    let mut expected = [format!("{clerk} queued"), format!("{technician} queued")];
    expected.sort();
    assert_eq!(told, expected);
    run(&cast.app).await;
    post.take();
    cast.tier1.start(&ticket).await.ok();
    let lines = cast.tier1.items(&place).await;
    assert!(mails_of(&lines, "opened").iter().all(|mail| mail.ends_with(" sent")), "{lines:?}");
    assert!(mails_of(&lines, "started").is_empty());
    let opened = lines.iter().find(|line| line["kind"] == "opened").unwrap();
    assert!(opened["mails"][0]["sent_at"].is_string());
    for line in cast.requester.items(&place).await {
        assert!(line.get("mails").is_none(), "not the requester's business: {line}");
    }
}

#[actix_web::test]
async fn the_page_of_a_ticket_tells_it_too_in_words() {
    let app = TestApp::new().await;
    let clerk = Browser::lebak(&app, "pegawai.dinkes").await;
    let page = crate::web::reported(&clerk, "SIMPEG mati").await;
    let technician = Browser::lebak(&app, "teknisi.dinkes").await;
    assert!(technician.get(&page.place).await.first(".history li").contains("menunggu dikirim"));
    let post = Post::of(&app);
    run(&app).await;
    assert_eq!(post.take().len(), 2);
    let shown = technician.get(&page.place).await.first(".history li");
    assert!(shown.contains("Surel: ") && shown.contains("terkirim hari ini"), "{shown}");
    assert!(!clerk.get(&page.place).await.html.contains("Surel: "));
}

// RFC 2047: the names of people are not ASCII, and no name is a header.
#[actix_web::test]
async fn a_name_beyond_ascii_arrives_whole_and_is_one_word_of_the_header() {
    let cast = Cast::new().await;
    let id = cast.requester.id().await;
    let name = "Siti Nur'aini Ŵulandari, S.Kom. \"Ní\" <x@y.z>";
    cast.admin.patch(&format!("/people/{id}"), json!({ "name": name })).await.ok();
    let post = Post::of(&cast.app);
    cast.requester.open("Jaringan – putus").await;
    let mails = post.now(&cast.app).await;
    let mine = mails.iter().find(|m| m.account() == "pegawai.dinkes").unwrap();
    let to = mine.header("to").unwrap();
    assert!(to.is_ascii() && mine.raw.split("\r\n\r\n").next().unwrap().is_ascii(), "{to}");
    let parsed = mail_parser::MessageParser::default().parse(mine.raw.as_bytes()).unwrap();
    let all: Vec<_> = parsed.to().unwrap().iter().collect();
    assert_eq!(all.len(), 1, "{to}");
    assert_eq!((all[0].name(), all[0].address()), (Some(name), Some("pegawai.dinkes@lebakkab.go.id")));
    assert!(mine.subject.ends_with("Jaringan – putus"), "{}", mine.subject);
}
