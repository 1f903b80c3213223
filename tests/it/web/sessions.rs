//! Signing in and out on the pages: where it leads, how long it lasts, and what it leaves in a browser.

use super::Desk;
use crate::support::browser::{Browser, Page};
use crate::support::client::{MULTIPART, form_of};
use crate::support::{Device, TestApp};
use actix_web::http::Method;

#[actix_web::test]
async fn signing_in_leads_where_one_wanted_to_go_and_never_elsewhere() {
    let desk = Desk::new().await;
    let browser = Browser::new(&desk.app);
    let page = browser.get(&desk.place).await;
    assert!(page.place.starts_with("/sign-in?next="), "{}", page.place);
    let account = [("login", "teknisi.dinkes@lebakkab.go.id"), ("password", "sigap-demo-2026")];
    assert_eq!(browser.fill(&page, "/sign-in", &account).await.place, desk.place);
    for bad in ["//jahat.example", "https://jahat.example", "/\\jahat.example", "javascript:alert(1)", "", "/\t/x"] {
        let browser = Browser::new(&desk.app);
        let page = browser.get("/sign-in").await;
        let page = browser.fill(&page, "/sign-in", &[account[0], account[1], ("next", bad)]).await;
        assert_eq!(page.place, "/tickets", "{bad:?}");
    }
}

#[actix_web::test]
async fn a_wrong_password_is_told_as_an_unknown_login_is_and_keeps_the_login() {
    let app = TestApp::new().await;
    let mut told = Vec::new();
    for login in ["pegawai.dinkes@lebakkab.go.id", "tidak.ada@lebakkab.go.id"] {
        let browser = Browser::new(&app);
        let page = browser.get("/sign-in").await;
        let page = browser.fill(&page, "/sign-in", &[("login", login), ("password", "salah")]).await;
        assert_eq!(page.status, 401);
        assert_eq!(page.attributes("#login", "value"), [login]);
        assert!(browser.cookies.borrow().is_empty());
        told.push(page.html.replace(login, ""));
    }
    assert_eq!(told[0], told[1]);
}

#[actix_web::test]
async fn after_signing_out_the_cookie_is_worth_nothing_and_neither_token_opens_the_other_door() {
    let app = TestApp::new().await;
    let clerk = Browser::lebak(&app, "pegawai.dinkes").await;
    let cookies = clerk.cookies.borrow().clone();
    let token = cookies["sigap"].clone();
    app.with_token(&token).get("/me").await.refused(401);
    let api = app.lebak("pegawai.dinkes").await;
    let thief = Browser::new(&app);
    thief.cookies.borrow_mut().insert("sigap".into(), api.token().to_owned());
    assert!(thief.get("/tickets").await.place.starts_with("/sign-in"));
    let page = clerk.get("/tickets").await;
    let fields = page.form("/sign-out", &[]);
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&fields).finish();
    let headers = [("content-type", "application/x-www-form-urlencoded"), ("origin", "http://sigap.test")];
    let out = clerk.once(Method::POST, "/sign-out", &headers, body.into_bytes()).await;
    assert_eq!(out.status, 303);
    let cleared = out.headers.iter().find(|(name, _)| name == "clear-site-data").map(|(_, value)| value.as_str());
    assert_eq!(cleared, Some("\"storage\""), "no draft waits for whoever sits down next");
    assert!(clerk.cookies.borrow().is_empty());
    *clerk.cookies.borrow_mut() = cookies;
    assert!(clerk.get("/tickets").await.place.starts_with("/sign-in"));
}

// ASVS 7.2.4
#[actix_web::test]
async fn whoever_signs_in_anew_in_a_browser_leaves_no_session_behind() {
    let app = TestApp::new().await;
    // The page that was open before somebody signed in elsewhere in the same browser.
    let form = Browser::new(&app).get("/sign-in").await;
    let browser = Browser::lebak(&app, "pegawai.dinkes").await;
    let before = browser.cookies.borrow().clone();
    let other = Browser::lebak(&app, "pegawai.dinkes").await;
    let fields = [("login", "teknisi.dinkes@lebakkab.go.id"), ("password", "sigap-demo-2026")];
    assert_eq!(browser.fill(&form, "/sign-in", &fields).await.status, 200);
    assert!(browser.get("/account").await.html.contains("teknisi.dinkes"), "the new one is his");
    *browser.cookies.borrow_mut() = before;
    assert!(browser.get("/tickets").await.place.starts_with("/sign-in"), "the old one has ended");
    assert_eq!(other.get("/tickets").await.place, "/tickets", "that of another browser goes on");
}

#[actix_web::test]
async fn who_works_on_stays_signed_in_for_sixty_days_and_who_stays_away_does_not() {
    let app = TestApp::new().await;
    let clerk = Browser::lebak(&app, "pegawai.dinkes").await;
    for _ in 0..5 {
        app.step(chrono::Duration::days(10));
        assert_eq!(clerk.get("/tickets").await.place, "/tickets");
    }
    app.step(chrono::Duration::days(10));
    assert!(clerk.get("/tickets").await.place.starts_with("/sign-in"), "the password is asked for again");
    let clerk = Browser::lebak(&app, "pegawai.dinkes").await;
    app.step(chrono::Duration::days(15));
    assert!(clerk.get("/tickets").await.place.starts_with("/sign-in"));
    // A session that was ended is told as one, and whoever comes for the first time hears of none.
    let (here, there) = (Browser::lebak(&app, "pegawai.dinkes").await, Browser::lebak(&app, "pegawai.dinkes").await);
    let page = there.get("/account").await;
    there.press(&page, "/account/sessions", ("id", "all")).await;
    let ended = "Sesi Anda sudah berakhir. Silakan masuk lagi.";
    assert_eq!(here.get("/tickets").await.first(".note[role=status]"), ended);
    assert_eq!(Browser::new(&app).get("/tickets").await.all(".note[role=status]").len(), 0);
}

const SIGN_IN: &str = "login=pegawai.dinkes@lebakkab.go.id&password=sigap-demo-2026";

// A browser at a counter is used by many.
#[actix_web::test]
async fn what_language_one_reads_is_not_left_to_whoever_sits_down_next() {
    let app = TestApp::new().await;
    let id = app.person("teknisi.dinkes@lebakkab.go.id").await;
    app.lebak("admin").await.patch(&format!("/people/{id}"), serde_json::json!({ "language": "en" })).await.ok();
    let browser = Browser::new(&app);
    let lang = |page: &Page| page.attributes("html", "lang").remove(0);
    let enter = async |account: &str| {
        let login = format!("{account}@lebakkab.go.id");
        let page = browser.get("/sign-in").await;
        browser.fill(&page, "/sign-in", &[("login", &login), ("password", "sigap-demo-2026")]).await
    };
    let leave = async || {
        let page = browser.get("/tickets").await;
        browser.fill(&page, "/sign-out", &[]).await
    };
    let choose = async |word: &str| {
        let page = browser.get("/").await;
        browser.press(&page, "/language", ("language", word)).await
    };
    assert_eq!(lang(&enter("teknisi.dinkes").await), "en", "what his account says");
    assert_eq!(lang(&leave().await), "id");
    assert_eq!(lang(&enter("pegawai.dinkes").await), "id");
    // What somebody chose in this browser is his there, and nobody else's.
    assert_eq!(lang(&choose("en").await), "en");
    assert_eq!(lang(&leave().await), "id");
    assert_eq!(lang(&enter("pegawai.dinkes").await), "en");
    leave().await;
    assert_eq!(lang(&enter("koordinator").await), "id");
    browser.cookies.borrow_mut().remove("sigap");
    assert_eq!(lang(&enter("teknisi.dinkes").await), "en", "even where nobody signed out");
    assert_eq!(lang(&choose("id").await), "id");
    leave().await;
    assert_eq!(lang(&enter("teknisi.dinkes").await), "id", "chosen against his account");
    leave().await;
    // Chosen before one signs in, it is of whoever then does.
    browser.cookies.borrow_mut().clear();
    assert_eq!(lang(&choose("en").await), "en");
    assert_eq!(lang(&enter("koordinator").await), "en");
    assert_eq!(lang(&leave().await), "id");
}

#[actix_web::test]
async fn the_cookie_of_a_site_with_tls_is_for_this_host_alone_and_no_script_reads_it() {
    let app = TestApp::with("public_url = \"https://sigap.lebakkab.go.id\"").await;
    // Somebody with a second factor gets a cookie for the step between.
    Device::of(&app, &app.lebak("koordinator").await).await;
    let browser = Browser::new(&app);
    let form = [("content-type", "application/x-www-form-urlencoded"), ("sec-fetch-site", "same-origin")];
    for (place, body, name) in [
        ("/sign-in", SIGN_IN, "__Host-sigap="),
        ("/sign-in", "login=koordinator@lebakkab.go.id&password=sigap-demo-2026", "__Host-sigap-step="),
        ("/language", "language=en", "__Host-sigap-language="),
    ] {
        let page = browser.once(Method::POST, place, &form, body.as_bytes().to_vec()).await;
        let cookie = page.header("set-cookie").unwrap();
        assert!(cookie.starts_with(name), "{cookie}");
        for part in ["HttpOnly", "Secure", "SameSite=Lax", "Path=/"] {
            assert!(cookie.contains(part), "{part}: {cookie}");
        }
        assert!(!cookie.contains("Domain"), "{cookie}");
    }
    // The one that a script reads, to know that a form was taken: the form's own number and nothing else, for ten minutes.
    let page = browser.once(Method::POST, "/sign-in", &form, SIGN_IN.as_bytes().to_vec()).await;
    assert_eq!(page.status, 303);
    let opened = browser.get("/report?service=simpeg").await;
    let fields = opened.form("/report", &[("subject", "Rahasia sekali"), ("description", "Jangan tampil.")]);
    let once = fields.iter().find(|(name, _)| name == "once").unwrap().1.clone();
    let parts: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let multipart = [("content-type", MULTIPART), ("sec-fetch-site", "same-origin")];
    let page = browser.once(Method::POST, "/report", &multipart, form_of(&parts)).await;
    let cookie = page.header("set-cookie").unwrap();
    assert!(cookie.starts_with(&format!("__Host-sigap-sent={once};")), "{cookie}");
    for part in ["Secure", "SameSite=Lax", "Path=/", "Max-Age=600"] {
        assert!(cookie.contains(part), "{part}: {cookie}");
    }
    assert!(!cookie.contains("HttpOnly") && !cookie.contains("Domain"), "{cookie}");
    // It counts; and one without the promise, which a neighbouring host could have set, does not.
    let is_english = |page: &str| page.contains("<html lang=\"en\"");
    for (name, counts) in [("__Host-sigap-language", true), ("sigap-language", false)] {
        let browser = Browser::new(&app);
        browser.cookies.borrow_mut().insert(name.to_owned(), "en".to_owned());
        assert_eq!(is_english(&browser.get("/sign-in").await.html), counts, "{name}");
    }
}

#[actix_web::test]
async fn whoever_forgot_his_password_sets_a_new_one_without_any_script() {
    let app = TestApp::new().await;
    let post = crate::mail::post::Post::of(&app);
    let browser = Browser::new(&app);
    let page = browser.get("/sign-in").await;
    assert!(page.html.contains("href=\"/forgot\""), "{}", page.html);
    let page = browser.get("/forgot").await;
    let known = browser.fill(&page, "/forgot", &[("login", "pegawai.dinkes@lebakkab.go.id")]).await;
    let unknown = browser.fill(&page, "/forgot", &[("login", "tiada@lebakkab.go.id")]).await;
    assert_eq!((known.status, &known.html), (202, &unknown.html));
    let mail = post.now(&app).await.remove(0);
    let (_, code) = mail.text.split_once("Kode tautan: ").unwrap();
    let code = code.lines().next().unwrap();
    let page = browser.get("/password").await;
    let short = browser.fill(&page, "/password", &[("token", code), ("password", "pendek")]).await;
    assert_eq!(short.status, 422);
    let done = browser.fill(&short, "/password", &[("password", "sembilan kuda nil berlari")]).await;
    assert!(done.status == 200 && done.html.contains("Kata sandi disimpan"), "{}", done.html);
    let page = browser.get("/sign-in").await;
    let account = [("login", "pegawai.dinkes@lebakkab.go.id"), ("password", "sembilan kuda nil berlari")];
    assert_eq!(browser.fill(&page, "/sign-in", &account).await.status, 200);
}
