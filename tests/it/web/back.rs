//! Where one goes on: after signing in again, after an error that passes, in another language; never at a place that only
//! takes forms, and never elsewhere.

use super::{Desk, reported};
use crate::support::TestApp;
use crate::support::browser::{Browser, Page};
use chrono::Duration;

/// Where a page says that one goes on, as an address has it.
fn next(page: &Page) -> String {
    let (_, next) = page.place.split_once("?next=").unwrap_or(("", "%2F"));
    url::form_urlencoded::parse(format!("next={next}").as_bytes()).next().unwrap().1.into_owned()
}

/// Where the switch of languages leads.
fn switched(page: &Page) -> String {
    page.attributes("form[action='/language'] input[name=next]", "value")[0].clone()
}

/// From the page that shows what was typed when the session had ended.
async fn onwards(browser: &Browser, page: Page) -> Page {
    assert_eq!((page.status, page.all("#unsent").len()), (401, 1), "{}", page.words());
    browser.get(&page.attributes("a.button", "href")[0]).await
}

async fn sign_in(browser: &Browser, page: &Page, account: &str) -> Page {
    let login = format!("{account}@lebakkab.go.id");
    browser.fill(page, "/sign-in", &[("login", &login), ("password", "sigap-demo-2026")]).await
}

#[actix_web::test]
async fn a_form_sent_after_the_session_ended_leads_by_signing_in_to_the_page_on_which_it_stood() {
    let desk = Desk::new().await;
    let page = desk.tier1.get(&desk.place).await;
    let escalate = format!("{}/escalate", desk.place);
    let body = page.sent(&escalate, &[("reason", "Di pusat data."), ("tried", "Memulai."), ("requested", "Periksa.")]);
    desk.app.step(Duration::days(15));
    let queue = "http://sigap.test/tickets?status=open&q=simpeg";
    for (from, leads) in [
        // A browser that does not say, that stood at the ticket, that stood at the form's own refusal.
        (None, desk.place.as_str()),
        (Some(format!("http://sigap.test{}", desk.place)), desk.place.as_str()),
        (Some(format!("http://sigap.test{escalate}")), desk.place.as_str()),
        (Some(queue.to_owned()), "/tickets?status=open&q=simpeg"),
        // What another site says leads nowhere.
        (Some("https://jahat.example/tickets".to_owned()), desk.place.as_str()),
        (Some("http://sigap.test//jahat.example/".to_owned()), "/"),
    ] {
        let headers: Vec<_> = from.iter().map(|from| ("referer", from.as_str())).collect();
        let page = onwards(&desk.tier1, desk.tier1.post(&escalate, &headers, body.clone()).await).await;
        assert_eq!((page.status, next(&page).as_str()), (200, leads), "{from:?}: {}", page.place);
    }
    let page = onwards(&desk.tier1, desk.tier1.post(&escalate, &[], body).await).await;
    let page = sign_in(&desk.tier1, &page, "teknisi.dinkes").await;
    assert_eq!((page.status, page.place.as_str()), (200, desk.place.as_str()));
    // An act on many tickets has no page of its own, though its path looks like a ticket's.
    let guest = Browser::new(&desk.app);
    assert_eq!(next(&guest.post("/tickets/acts", &[], String::new()).await), "/tickets");
    assert_eq!(next(&guest.post("/views/7/remove", &[], String::new()).await), "/");
    assert_eq!(
        guest.get("/tickets?status=closed&q=printer").await.place,
        "/sign-in?next=%2Ftickets%3Fstatus%3Dclosed%26q%3Dprinter"
    );
}

#[actix_web::test]
async fn whoever_was_too_fast_tries_again_at_the_page_of_his_form() {
    let app = TestApp::with("rate_limit = \"40\"").await;
    let clerk = Browser::lebak(&app, "pegawai.dinkes").await;
    let place = reported(&clerk, "SIMPEG tidak bisa dibuka").await.place;
    let comment = format!("{place}/comment");
    let mut again = Vec::new();
    for _ in 0..60 {
        let page = clerk.post(&comment, &[], String::new()).await;
        if page.status == 429 {
            again.extend(page.attributes("a.button:not(.second)", "href"));
            let page = clerk.get("/tickets?status=closed").await;
            again.extend(page.attributes("a.button:not(.second)", "href"));
            break;
        }
    }
    assert_eq!(again, [place.as_str(), "/tickets?status=closed"]);
}

#[actix_web::test]
async fn another_language_shows_the_same_page_with_its_filter_and_after_a_refusal_the_page_of_the_form() {
    let desk = Desk::new().await;
    let filtered = "/tickets?status=closed&q=printer";
    let page = desk.tier1.get(filtered).await;
    let english = desk.tier1.press(&page, "/language", ("language", "en")).await;
    assert_eq!((english.place.as_str(), english.attributes("html", "lang")), (filtered, vec!["en".to_owned()]));
    let refused = desk.act(&desk.tier1, "escalate", &[("reason", " "), ("tried", ""), ("requested", "")]).await;
    assert_eq!((refused.status, switched(&refused)), (422, desk.place.clone()));
    let clerk = &desk.clerk;
    let mut form = clerk.get("/report?service=simpeg").await;
    assert_eq!(switched(&form), "/report?service=simpeg");
    for _ in 0..2 {
        form = clerk.send_multipart(&form, "/report", &[("subject", " "), ("description", "Ceritanya.")]).await;
        assert_eq!((form.status, switched(&form).as_str()), (422, "/report?service=simpeg"));
    }
    // Where a link in a mail leads, one still comes to in another language, and after a wrong password.
    let guest = Browser::new(&desk.app);
    let page = guest.get(&desk.place).await;
    let page = guest.press(&page, "/language", ("language", "en")).await;
    assert_eq!((page.first("h1").as_str(), next(&page)), ("Sign in", desk.place.clone()));
    let wrong = guest.fill(&page, "/sign-in", &[("login", "tidak.ada"), ("password", "salah")]).await;
    let page = guest.press(&wrong, "/language", ("language", "id")).await;
    assert_eq!(sign_in(&guest, &page, "teknisi.dinkes").await.place, desk.place);
}
