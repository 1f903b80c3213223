//! What is new on a page that stands open: ids and versions, for whoever may know, by a line or by asking.

use super::{Desk, reported};
use crate::support::TestApp;
use crate::support::browser::Browser;
use chrono::Duration;
use diesel::prelude::*;
use futures_util::FutureExt;
use serde_json::{Value, json};
use sigap::access::Tx;
use sigap::access::token::{Audience, Claims};
use sigap::db::Ts;
use sigap::db::schema::people;
use sigap::on;
use tokio::sync::mpsc::Receiver;

/// Somebody's open page.
struct Listener {
    line: Receiver<String>,
}

fn claims(app: &TestApp, browser: &Browser) -> Claims {
    let token = browser.cookies.borrow().get("sigap").unwrap().clone();
    app.app.keys.verify(&token, Audience::Pages, app.app.clock.now()).unwrap()
}

fn listen(app: &TestApp, browser: &Browser) -> Listener {
    let now = app.app.clock.now();
    Listener { line: app.app.news.listen(claims(app, browser), now, now).unwrap() }
}

impl Listener {
    /// What came since it was asked last, without the greeting.
    fn heard(&mut self) -> Vec<String> {
        let mut all = Vec::new();
        while let Some(Some(message)) = self.line.recv().now_or_never() {
            all.push(message);
        }
        all.retain(|message| !message.starts_with("retry:"));
        all
    }

    /// The tickets of which it was told.
    fn told(&mut self) -> Vec<Value> {
        let news = |m: &String| m.strip_prefix("event: news\ndata: ").map(|d| serde_json::from_str(d.trim()).unwrap());
        let all: Vec<Value> = self.heard().iter().filter_map(news).collect();
        all.iter().flat_map(|m: &Value| m["tickets"].as_array().unwrap().clone()).collect()
    }
}

fn since(at: Ts) -> String {
    let text = at.utc().to_rfc3339_opts(chrono::SecondsFormat::Micros, true);
    format!("/news?since={}", url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>())
}

async fn asked(browser: &Browser, place: &str) -> Vec<Value> {
    let page = browser.get(place).await;
    let body: Value = serde_json::from_str(&page.html).unwrap_or_else(|_| panic!("{}", page.html));
    body["tickets"].as_array().unwrap().clone()
}

#[actix_web::test]
async fn a_page_learns_of_what_its_reader_may_know_and_nothing_else() {
    let desk = Desk::new().await;
    let app = &desk.app;
    let neighbour = Browser::lebak(app, "teknisi.disdik").await;
    let stranger = Browser::of(app, "koordinator@temanggungkab.go.id").await;
    let mut lines = Vec::new();
    for who in [&desk.tier1, &desk.clerk, &desk.tier2, &neighbour, &stranger] {
        lines.push(listen(app, who));
    }
    let begun = app.app.clock.now();
    app.step(Duration::seconds(1));
    let page = desk.act(&desk.tier1, "start", &[]).await;
    let id = page.attributes("article", "data-id")[0].clone();
    app.app.spread_news().await.unwrap();
    let told: Vec<Vec<Value>> = lines.iter_mut().map(Listener::told).collect();
    let seen = vec![json!({ "id": id, "version": 2 })];
    assert_eq!(told, [seen.clone(), seen.clone(), vec![], vec![], vec![]], "tier 1, requester; not tier 2, others");
    let place = since(begun);
    for (who, expected) in [(&desk.tier1, 1), (&desk.clerk, 1), (&desk.tier2, 0), (&neighbour, 0), (&stranger, 0)] {
        assert_eq!(asked(who, &place).await.len(), expected);
    }
    // Once each, however often one looks.
    app.app.spread_news().await.unwrap();
    assert!(lines.iter_mut().all(|line| line.told().is_empty()));
    // Between the desks: what is for staff alone, the requester does not even learn the time of.
    app.step(Duration::seconds(1));
    desk.act(&desk.tier1, "comment", &[("body", "Salah sandi."), ("visibility", "internal")]).await;
    app.app.spread_news().await.unwrap();
    let counts: Vec<usize> = lines.iter_mut().map(|line| line.told().len()).collect();
    assert_eq!(counts, [1, 0, 0, 0, 0]);
    // From the moment at which Tier 2 may see it, it is told.
    app.step(Duration::seconds(1));
    desk.act(&desk.tier1, "escalate", &[("reason", "a"), ("tried", "b"), ("requested", "c")]).await;
    app.app.spread_news().await.unwrap();
    let counts: Vec<usize> = lines.iter_mut().map(|line| line.told().len()).collect();
    assert_eq!(counts, [1, 1, 1, 0, 0]);
}

// L13
#[actix_web::test]
async fn of_a_ticket_that_has_become_secret_nobody_else_hears_any_more() {
    let desk = Desk::new().await;
    let auditor = Browser::lebak(&desk.app, "auditor").await;
    let mut line = listen(&desk.app, &auditor);
    desk.app.step(Duration::seconds(1));
    let number = desk.place.trim_start_matches("/tickets/").to_owned();
    let api = desk.app.lebak("koordinator").await;
    api.patch(&format!("/tickets/{number}"), json!({ "classification": "secret" })).await.ok();
    desk.app.app.spread_news().await.unwrap();
    assert!(line.told().is_empty());
}

#[actix_web::test]
async fn what_happened_between_a_page_and_its_line_is_told_and_what_the_page_shows_is_not() {
    let desk = Desk::new().await;
    let begun = desk.app.app.clock.now();
    let mut shown = listen(&desk.app, &desk.tier1);
    desk.app.app.spread_news().await.unwrap();
    assert!(shown.told().is_empty(), "the ticket was there when the page was made");
    desk.app.step(Duration::seconds(5));
    desk.act(&desk.clerk, "comment", &[("body", "Halo?")]).await;
    desk.app.app.spread_news().await.unwrap();
    desk.app.step(Duration::seconds(5));
    let now = desk.app.app.clock.now();
    let late = claims(&desk.app, &desk.tier1);
    let mut late = Listener { line: desk.app.app.news.listen(late, begun, now).unwrap() };
    desk.app.app.spread_news().await.unwrap();
    assert_eq!((shown.told().len(), late.told().len()), (1, 1));
}

// B5
#[actix_web::test]
async fn a_second_node_tells_what_the_first_one_did() {
    let desk = Desk::new().await;
    let other = desk.app.again("").await;
    let mut line = listen(&other, &desk.clerk);
    desk.app.step(Duration::seconds(1));
    desk.act(&desk.tier1, "start", &[]).await;
    other.app.spread_news().await.unwrap();
    assert_eq!(line.told().len(), 1);
}

#[actix_web::test]
async fn a_line_beats_ends_with_its_session_and_there_are_three_of_them() {
    let desk = Desk::new().await;
    let mut first = listen(&desk.app, &desk.tier1);
    let _second = listen(&desk.app, &desk.tier1);
    let _third = listen(&desk.app, &desk.tier1);
    let mut oldest = std::mem::replace(&mut first, listen(&desk.app, &desk.tier1));
    assert_eq!(oldest.heard(), ["event: end\ndata: {}\n\n"], "the fourth page takes the place of the first");
    assert_eq!(desk.app.app.news.count(), 3);
    let mut other = listen(&desk.app, &desk.clerk);
    desk.app.app.spread_news().await.unwrap();
    assert!(first.heard().is_empty());
    desk.app.step(Duration::seconds(15));
    desk.app.app.spread_news().await.unwrap();
    assert_eq!(first.heard(), [":\n\n"]);
    let page = desk.tier1.get("/tickets").await;
    desk.tier1.fill(&page, "/sign-out", &[]).await;
    other.heard();
    desk.app.app.spread_news().await.unwrap();
    assert_eq!(first.heard(), ["event: end\ndata: {}\n\n"]);
    assert_eq!(first.line.recv().now_or_never(), Some(None), "the line is closed");
    assert!(other.heard().is_empty());
    // Nor does whoever has left hear more, whatever session of his was left over.
    let mut left = listen(&desk.app, &Browser::lebak(&desk.app, "teknisi.disdik").await);
    let person = desk.app.person("teknisi.disdik@lebakkab.go.id").await;
    let leave = move |tx: &mut Tx<'_>| {
        let gone = people::active.eq(false);
        Ok(on!(tx.conn(), |c| diesel::update(people::table.find(person)).set(gone).execute(c))?)
    };
    desk.app.within(leave).await;
    desk.app.app.spread_news().await.unwrap();
    assert_eq!(left.heard(), ["event: end\ndata: {}\n\n"]);
    // Nor does whoever needs a second factor by now, and has none.
    let strict = desk.app.again("[sign_in]\nsecond_factor_for = [\"tier1\"]").await;
    let mut lacking = listen(&strict, &Browser::lebak(&desk.app, "teknisi.dinkes").await);
    desk.app.step(Duration::seconds(1));
    desk.act(&desk.clerk, "comment", &[("body", "Halo?")]).await;
    strict.app.spread_news().await.unwrap();
    assert_eq!(lacking.heard(), ["event: end\ndata: {}\n\n"]);
    desk.app.app.news.close();
    assert_eq!(other.line.recv().now_or_never(), Some(None));
}

#[actix_web::test]
async fn a_line_is_only_for_whoever_is_signed_in_and_is_never_held_back_to_be_packed() {
    let app = TestApp::new().await;
    let clerk = Browser::lebak(&app, "pegawai.dinkes").await;
    reported(&clerk, "Satu").await;
    let now = app.app.clock.now();
    let place = since(now).replace("/news?", "/news/stream?");
    for path in [since(now), place.clone()] {
        let page = Browser::new(&app).get(&path).await;
        assert!(page.place.starts_with("/sign-in"), "{}", page.place);
    }
    assert_eq!(clerk.get("/news?since=kemarin").await.status, 422);
    // The program is told to stop, or this request would never end.
    let (page, ()) = futures_util::join!(clerk.get(&place), async {
        tokio::task::yield_now().await;
        while app.app.news.count() == 0 {
            tokio::task::yield_now().await;
        }
        app.app.news.close();
    });
    assert_eq!(page.status, 200);
    assert_eq!(page.header("content-type"), Some("text/event-stream"));
    assert_eq!(page.header("content-encoding"), Some("identity"));
    assert_eq!(page.header("cache-control"), Some("no-store"));
    assert_eq!(page.html, "retry: 5000\n\n");
}
