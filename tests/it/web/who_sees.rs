//! Pages obey the rule of who sees what, as REST does: what one may not see looks like what is not there.

use super::Desk;
use crate::support::TestApp;
use crate::support::browser::Browser;
use std::fmt::Write;

const ACCOUNTS: [&str; 10] = [
    "pegawai.dinkes",
    "teknisi.dinkes",
    "pegawai.disdik",
    "teknisi.disdik",
    "tier2.satu",
    "koordinator",
    "auditor",
    "admin",
    "temanggung: koordinator",
    "nobody",
];

async fn browser_of(desk: &Desk, account: &str) -> Browser {
    match account.split_once(": ") {
        _ if account == "nobody" => Browser::new(&desk.app),
        Some((_, account)) => Browser::of(&desk.app, &format!("{account}@temanggungkab.go.id")).await,
        None => Browser::lebak(&desk.app, account).await,
    }
}

/// What an account meets at a place: a page, a refusal, or the way to sign in.
async fn meets(browser: &Browser, place: &str) -> String {
    let page = browser.get(place).await;
    if page.place.starts_with("/sign-in") { "masuk".into() } else { page.status.to_string() }
}

#[actix_web::test]
async fn every_page_answers_every_account_as_this_table_says() {
    let desk = Desk::new().await;
    let page = desk.clerk.get(&desk.place).await;
    let files = format!("{}/comment", desk.place);
    let page = desk.clerk.fill_with_file(&page, &files, &[], ("surat.txt", "isi")).await;
    let file = page.attributes(".files a", "href")[0].clone();
    let preview = format!("{file}/preview");
    let places = [
        "/",
        "/tickets",
        "/report",
        "/report?service=simpeg",
        "/report/similar?subject=simpeg",
        "/notices",
        "/overview",
        "/reports/monthly",
        "/account",
        "/answers",
        "/news?since=2026-03-02T01:00:00Z",
        "/audit",
        &desk.place,
        &file,
        &preview,
    ];
    let mut table = format!("{:<26}", "");
    for name in [
        "/", "tickets", "report", "service", "similar", "notices", "overview", "monthly", "account", "answers", "news",
        "log", "ticket", "file", "preview",
    ] {
        write!(table, "{name:>9}").unwrap();
    }
    for account in ACCOUNTS {
        let browser = browser_of(&desk, account).await;
        write!(table, "\n{account:<26}").unwrap();
        for place in places {
            write!(table, "{:>9}", meets(&browser, place).await).unwrap();
        }
    }
    insta::assert_snapshot!(table);
}

#[actix_web::test]
async fn a_foreign_ticket_and_one_that_never_was_give_the_same_page() {
    let desk = Desk::new().await;
    for account in ["pegawai.disdik", "teknisi.disdik", "tier2.satu", "admin", "temanggung: koordinator"] {
        let browser = browser_of(&desk, account).await;
        let (foreign, absent) = (browser.get(&desk.place).await, browser.get("/tickets/LBK-2026-999999").await);
        assert_eq!((foreign.status, &foreign.html), (404, &absent.html), "{account}");
        let form = browser.form_token().await;
        let body = format!("form={form}&body=Halo");
        let act = |place: &str| format!("{place}/comment");
        let foreign = browser.post(&act(&desk.place), &[], body.clone()).await;
        let absent = browser.post(&act("/tickets/LBK-2026-999999"), &[], body).await;
        assert_eq!((foreign.status, &foreign.html), (404, &absent.html), "{account}");
        assert!(!browser.get("/tickets").await.html.contains("SIMPEG tidak"), "{account}");
        assert!(browser.get("/tickets?q=SIMPEG").await.all(".row").is_empty(), "{account}");
    }
}

#[actix_web::test]
async fn a_note_of_the_desk_is_on_no_page_of_the_requester() {
    let desk = Desk::new().await;
    let page = desk.act(&desk.tier1, "comment", &[("body", "Pelapor salah sandi."), ("visibility", "internal")]).await;
    assert!(page.first(".history .internal").contains("Pelapor salah sandi."));
    for place in [desk.place.as_str(), "/tickets", "/notices", "/report?service=simpeg"] {
        let page = desk.clerk.get(place).await;
        assert!(!page.html.contains("salah sandi") && page.all(".internal").is_empty(), "{place}");
    }
    assert!(desk.clerk.get("/tickets?q=sandi").await.all(".row").is_empty());
}

#[actix_web::test]
async fn a_file_is_found_under_its_own_ticket_alone() {
    let desk = Desk::new().await;
    let page = desk.clerk.get(&desk.place).await;
    let page = desk.clerk.fill_with_file(&page, &format!("{}/comment", desk.place), &[], ("surat.txt", "isi")).await;
    let file = page.attributes(".files a", "href")[0].clone();
    let other = super::reported(&desk.clerk, "Tiket lain").await;
    let moved = file.replace(&desk.place, &other.place);
    assert_eq!(desk.clerk.get(&file).await.status, 200);
    assert_eq!(desk.clerk.get(&moved).await.status, 404);
}

// L13
#[actix_web::test]
async fn a_secret_ticket_leaves_the_page_of_whoever_may_no_longer_see_it() {
    let desk = Desk::new().await;
    let auditor = Browser::lebak(&desk.app, "auditor").await;
    assert_eq!(auditor.get(&desk.place).await.status, 200);
    let api = desk.app.lebak("koordinator").await;
    let ticket = serde_json::json!({ "classification": "secret" });
    let number = desk.place.trim_start_matches("/tickets/");
    api.patch(&format!("/tickets/{number}"), ticket).await.ok();
    assert_eq!(auditor.get(&desk.place).await.status, 404);
    assert!(!auditor.get("/tickets").await.html.contains("SIMPEG tidak"));
    assert!(!auditor.get("/overview").await.all(".rows .subject").iter().any(|s| s.contains("SIMPEG")));
    assert_eq!(desk.tier1.get(&desk.place).await.status, 200);
}

// ASVS 14.3.3, L13: what is typed there is kept by no browser (src/web/assets/sigap.js).
#[actix_web::test]
async fn the_page_of_a_secret_ticket_and_no_other_asks_the_browser_to_keep_nothing() {
    let desk = Desk::new().await;
    let marks = async || desk.tier1.get(&desk.place).await.elements("[data-private]").len();
    assert_eq!(marks().await, 0);
    let number = desk.place.trim_start_matches("/tickets/");
    let secret = serde_json::json!({ "classification": "secret" });
    desk.app.lebak("koordinator").await.patch(&format!("/tickets/{number}"), secret).await.ok();
    assert_eq!(marks().await, 1);
    let script = desk.tier1.get("/assets/sigap.js").await.html;
    assert_eq!(script.matches("localStorage").count(), 1, "whatever is kept asks for that mark first");
    assert!(script.contains("querySelector(\"[data-private]\") ? null : localStorage"), "{script}");
    // Nor of a report while it is ticked as secret.
    assert_eq!(desk.clerk.get("/report?service=simpeg").await.elements("input[name=secret][data-secret]").len(), 1);
    assert!(script.contains("querySelector(\"[data-secret]:checked\")") && script.contains("&& !isSecret()"));
}

// L13
#[actix_web::test]
async fn a_report_that_is_ticked_as_secret_is_so_from_its_first_moment() {
    let app = TestApp::new().await;
    let clerk = Browser::lebak(&app, "pegawai.dinkes").await;
    let page = clerk.get("/report?service=simpeg").await;
    assert!(page.attributes("input[name=secret][checked]", "value").is_empty());
    let fields = [("subject", "Surat bocor"), ("description", "Nama pelaku."), ("secret", "yes")];
    // What is kept for later stays ticked, and so does what is refused.
    let page = clerk.post("/report/draft", &[], page.sent("/report", &fields)).await;
    assert_eq!(page.attributes("input[name=secret][checked]", "value"), ["yes"]);
    let page = clerk.send_multipart(&page, "/report", &[("subject", " ")]).await;
    assert_eq!((page.status, page.attributes("input[name=secret][checked]", "value")), (422, vec!["yes".to_owned()]));
    let page = clerk.send_multipart(&page, "/report", &[("subject", "Surat bocor")]).await;
    assert_eq!((page.status, page.first(".number .chip").as_str()), (200, "Rahasia"), "{}", page.words());
    assert_eq!(Browser::lebak(&app, "auditor").await.get(page.ticket()).await.status, 404);
    let mails = app.lebak("admin").await.get("/mails").await.ok();
    let kinds: Vec<_> = mails["items"].as_array().unwrap().iter().map(|mail| mail["kind"].clone()).collect();
    assert!(!kinds.is_empty() && kinds.iter().all(|kind| kind == "news"), "{kinds:?}");
}

#[actix_web::test]
async fn a_page_offers_only_what_its_reader_may_do_now() {
    let desk = Desk::new().await;
    let offered = async |who: &Browser| {
        let acts = who.get(&desk.place).await.forms();
        let acts = acts.iter().filter_map(|f| f.strip_prefix(&format!("{}/", desk.place)).map(str::to_owned));
        acts.collect::<Vec<_>>().join(" ")
    };
    assert_eq!(offered(&desk.clerk).await, "edit comment cancel");
    assert_eq!(
        offered(&desk.tier1).await,
        "edit comment start resolve escalate pend assign consult cancel watch link invite"
    );
    let coordinator = Browser::lebak(&desk.app, "koordinator").await;
    assert_eq!(offered(&coordinator).await, "edit comment escalate assign remind cancel watch link invite");
    desk.act(&desk.tier1, "start", &[]).await;
    assert_eq!(offered(&desk.clerk).await, "comment", "what was begun is not the requester's to take back");
    let auditor = Browser::lebak(&desk.app, "auditor").await;
    assert_eq!(offered(&auditor).await, "", "the auditor reads (P8)");
}

#[actix_web::test]
async fn a_refusal_is_a_page_for_a_browser_and_a_problem_for_a_program() {
    let desk = Desk::new().await;
    let page = desk.clerk.get("/tidak-ada").await;
    assert_eq!((page.status, page.header("content-type")), (404, Some("text/html; charset=utf-8")));
    assert_eq!(page.attributes("main a", "href"), ["/"]);
    let page = desk.clerk.get("/overview").await;
    assert_eq!((page.status, page.first("h1").as_str()), (403, "Tidak berwenang"));
    let api = desk.app.anonymous().raw(actix_web::http::Method::GET, "/api/tidak-ada", &[], vec![]).await;
    api.refused(404);
}

/// What nobody has.
const ABSENT: [(&str, &str); 4] = [
    ("{number}", "LBK-2026-999999"),
    ("{id}", "01900000-0000-7000-8000-000000000000"),
    ("{code}", "tidak-ada"),
    ("{day}", "2026-03-02"),
];

// A page that is added stands here or the test fails; what one has is in the tables of its own kind.
#[actix_web::test]
async fn no_page_opens_to_whoever_it_is_not_for_and_what_is_not_there_looks_alike_to_all() {
    let desk = Desk::new().await;
    let mut table = format!("{:<44}", "");
    let mut browsers = Vec::new();
    for account in ACCOUNTS.into_iter().chain(["operator"]) {
        let browser = match account {
            "operator" => Browser::of(&desk.app, "operator@sigap.example").await,
            _ => browser_of(&desk, account).await,
        };
        write!(table, "{:>16}", account.trim_start_matches("temanggung: ")).unwrap();
        browsers.push(browser);
    }
    for (pattern, methods) in sigap::web::places() {
        // One that never ends.
        if !methods.contains(&"GET") || pattern == "/news/stream" {
            continue;
        }
        let mut place = ABSENT.iter().fold(pattern.to_owned(), |place, (blank, value)| place.replace(blank, value));
        if let Some((before, rest)) = place.split_once('{') {
            let after = rest.split_once('}').map(|(_, after)| after).unwrap_or_default();
            place = format!("{before}tidak-ada{after}");
        }
        write!(table, "\n{pattern:<44}").unwrap();
        for browser in &browsers {
            write!(table, "{:>16}", meets(browser, &place).await).unwrap();
        }
    }
    insta::assert_snapshot!(table);
}
