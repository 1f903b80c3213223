//! One's own account in a browser: the second factor, where one is signed in, and one's password (BSSN 4/2021, a, b).

use crate::sign_in::passwords::under_bssn;
use crate::support::browser::{Browser, Page};
use crate::support::{Device, TestApp};
use chrono::Duration;

const WHO: &str = "koordinator@lebakkab.go.id";
const PASSWORD: &str = "sigap-demo-2026";
const FACTOR: &str = "/account/second-factor";

async fn sign_in(browser: &Browser, at: &str) -> Page {
    let page = browser.get(at).await;
    browser.fill(&page, "/sign-in", &[("login", WHO), ("password", PASSWORD)]).await
}

/// Sets a second factor up on the pages, and returns the device and the last page.
async fn set_up(app: &TestApp, browser: &Browser) -> (Device, Page) {
    let page = browser.get(FACTOR).await;
    let page = browser.fill(&page, FACTOR, &[("password", PASSWORD)]).await;
    let device = Device::new(&page.first(".secret"));
    let page = browser.fill(&page, &format!("{FACTOR}/confirm"), &[("code", &device.code(app))]).await;
    (device, page)
}

#[actix_web::test]
async fn a_second_factor_is_set_up_on_a_page_and_asked_for_on_the_next_sign_in() {
    let app = TestApp::new().await;
    let browser = Browser::lebak(&app, "koordinator").await;
    let page = browser.get(FACTOR).await;
    let wrong = browser.fill(&page, FACTOR, &[("password", "salah")]).await;
    assert_eq!((wrong.status, wrong.all(".qr").len()), (422, 0));
    let scan = browser.fill(&page, FACTOR, &[("password", PASSWORD)]).await;
    assert_eq!(scan.all(".qr").len(), 1);
    assert!(scan.attributes(".qr path", "d")[0].len() > 1000, "a drawing, not an empty frame");
    let wrong = browser.fill(&scan, &format!("{FACTOR}/confirm"), &[("code", "000000")]).await;
    assert_eq!((wrong.status, wrong.all(".qr").len()), (422, 1), "the drawing stays");
    let device = Device::new(&scan.first(".secret"));
    let done = browser.fill(&wrong, &format!("{FACTOR}/confirm"), &[("code", &device.code(&app))]).await;
    assert_eq!((done.status, done.all(".codes li").len()), (200, 10));
    assert_eq!(browser.get(FACTOR).await.all(".codes li").len(), 0, "codes are shown once");
    app.step(Duration::minutes(1));

    let other = Browser::new(&app);
    let code = sign_in(&other, "/sign-in?next=/notices").await;
    assert_eq!(code.place, "/sign-in/code?next=%2Fnotices");
    assert!(other.get("/notices").await.place.starts_with("/sign-in?"), "not in by the password alone");
    let wrong = other.fill(&code, "/sign-in/code", &[("code", "000000")]).await;
    assert_eq!((wrong.status, wrong.all(".fault").len()), (401, 1));
    let inside = other.fill(&wrong, "/sign-in/code", &[("code", &device.code(&app))]).await;
    assert_eq!((inside.status, inside.place.as_str()), (200, "/notices"));
    assert!(!other.cookies.borrow().contains_key("sigap-step"), "the first step is forgotten");
}

#[actix_web::test]
async fn the_step_between_the_pages_is_no_session_and_ends_after_five_minutes_or_with_the_password() {
    let app = TestApp::new().await;
    let browser = Browser::lebak(&app, "koordinator").await;
    let (device, _) = set_up(&app, &browser).await;
    app.step(Duration::minutes(1));
    let other = Browser::new(&app);
    let code = sign_in(&other, "/sign-in").await;
    let step = other.cookies.borrow()["sigap-step"].clone();
    // Neither door takes it for a session.
    other.cookies.borrow_mut().insert("sigap".into(), step.clone());
    assert!(other.get("/tickets").await.place.starts_with("/sign-in"));
    app.with_token(&step).get("/me").await.refused(401);
    other.cookies.borrow_mut().remove("sigap");
    app.step(Duration::seconds(300));
    let late = other.fill(&code, "/sign-in/code", &[("code", &device.code(&app))]).await;
    assert_eq!(late.place, "/sign-in");
    let code = sign_in(&other, "/sign-in").await;
    app.step(Duration::seconds(1));
    let page = browser.get("/account").await;
    let fields = [("old_password", PASSWORD), ("new_password", "sembilan kuda nil berlari")];
    browser.fill(&page, "/account/password", &fields).await;
    let refused = other.fill(&code, "/sign-in/code", &[("code", &device.code(&app))]).await;
    assert_eq!(refused.status, 401);
}

// ASVS 6.2.6, 6.2.7
#[actix_web::test]
async fn every_field_of_a_password_hides_it_lets_one_paste_and_names_itself_to_a_password_manager() {
    let app = TestApp::new().await;
    let (guest, inside) = (Browser::new(&app), Browser::lebak(&app, "koordinator").await);
    let mut fields = 0;
    for (browser, place) in
        [(&guest, "/sign-in"), (&guest, "/password"), (&guest, "/setup"), (&inside, "/account"), (&inside, FACTOR)]
    {
        let page = browser.get(place).await;
        for input in page.elements("input[name*=password]") {
            fields += 1;
            assert!(input.contains("type=\"password\""), "{place}: {input}");
            assert!(
                input.contains("autocomplete=\"current-password\"") || input.contains("autocomplete=\"new-password\"")
            );
            for hindrance in ["onpaste", "oncopy", "maxlength", "readonly"] {
                assert!(!input.contains(hindrance), "{place}: {input}");
            }
        }
    }
    assert!(fields >= 5, "{fields}");
    // The one script of the pages never hears of pasting.
    let script = &inside.get("/account").await.attributes("script", "src")[0];
    let script = inside.get(script).await;
    assert!(script.html.contains("addEventListener") && !script.html.contains("\"paste\""));
}

#[actix_web::test]
async fn no_secret_stands_in_any_address() {
    let app = TestApp::new().await;
    let browser = Browser::lebak(&app, "koordinator").await;
    let (device, done) = set_up(&app, &browser).await;
    assert_eq!(done.place, format!("{FACTOR}/confirm"));
    app.step(Duration::minutes(1));
    let page = browser.get(FACTOR).await;
    let away = browser.fill(&page, &format!("{FACTOR}/remove"), &[("code", &device.code(&app))]).await;
    assert_eq!(away.place, "/account");
    assert!(away.words().contains("Belum aktif"));
}

#[actix_web::test]
async fn whoever_needs_one_is_led_to_it_and_nowhere_else() {
    let app = TestApp::with("[sign_in]\nsecond_factor_for = [\"coordinator\"]").await;
    let browser = Browser::new(&app);
    let page = sign_in(&browser, "/sign-in").await;
    assert_eq!(page.place, FACTOR);
    // Neither is he offered what his role would see.
    let offered = |page: &Page| page.attributes("nav a", "href").contains(&"/overview".to_owned());
    assert!(!offered(&page));
    for place in ["/", "/tickets", "/overview", "/notices"] {
        assert_eq!(browser.get(place).await.place, FACTOR, "{place}");
    }
    let (_, done) = set_up(&app, &browser).await;
    assert_eq!(done.status, 200);
    let page = browser.get("/overview").await;
    assert_eq!(page.place, "/overview");
    assert!(offered(&page));
}

// BSSN 4/2021
#[actix_web::test]
async fn whoever_is_led_to_his_account_as_his_password_is_too_old_reads_why_and_what_to_do() {
    let app = TestApp::new().await;
    let browser = Browser::new(&app);
    assert_ne!(sign_in(&browser, "/sign-in").await.place, "/account");
    assert!(browser.get("/account").await.all(".note").is_empty());
    under_bssn(&app).await;
    app.step(Duration::days(181));
    let page = sign_in(&browser, "/sign-in?next=/tickets").await;
    assert_eq!(page.place, "/account");
    let note = page.first(".note[role=status]");
    assert!(
        note.starts_with("Kata sandi Anda sudah melewati batas umur") && note.ends_with("Ganti kata sandi"),
        "{note}"
    );
    assert_eq!(page.attributes(".note a", "href"), ["#password-head"]);
    assert_eq!(page.all("#password-head").len(), 1);
    let hint = page.first("#new-hint");
    assert!(hint.contains("15 karakter") && hint.contains("huruf besar, angka, dan tanda baca"), "{hint}");
    let fields = [("old_password", PASSWORD), ("new_password", "Sembilan 9 kuda nil!")];
    browser.fill(&page, "/account/password", &fields).await;
    let page = browser.get("/sign-in?next=/account").await;
    let page = browser.fill(&page, "/sign-in", &[("login", WHO), ("password", "Sembilan 9 kuda nil!")]).await;
    assert_eq!((page.place.as_str(), page.all(".note").len()), ("/account", 0));
}

#[actix_web::test]
async fn one_sees_where_one_is_signed_in_ends_one_and_signs_out_everywhere() {
    let app = TestApp::new().await;
    let here = Browser::lebak(&app, "koordinator").await;
    let there = Browser::lebak(&app, "koordinator").await;
    let page = here.get("/account").await;
    assert_eq!(page.all(".devices tbody tr").len(), 2);
    assert_eq!(page.all(".devices .chip").len(), 1);
    // The other one is the row without the mark.
    let rows = page.all(".devices tbody tr");
    let ids = page.attributes(".devices button", "value");
    let other = rows.iter().position(|row| !row.contains("perangkat ini")).unwrap();
    let page = here.press(&page, "/account/sessions", ("id", &ids[other])).await;
    assert_eq!((page.place.as_str(), page.all(".devices tbody tr").len()), ("/account", 1));
    assert!(there.get("/tickets").await.place.starts_with("/sign-in"));
    // Nobody ends a session of somebody else.
    let foreign = Browser::lebak(&app, "auditor").await;
    let form = foreign.get("/account").await;
    let mine = page.attributes(".devices button", "value")[0].clone();
    assert_eq!(foreign.press(&form, "/account/sessions", ("id", &mine)).await.status, 404);
    let again = Browser::lebak(&app, "koordinator").await;
    // More than a page shows: the oldest may be the one that matters.
    for _ in 0..100 {
        app.step(Duration::seconds(1));
        app.lebak("koordinator").await;
    }
    assert_eq!(here.press(&page, "/account/sessions", ("id", "all")).await.place, "/sign-in");
    for browser in [&here, &again] {
        assert!(browser.get("/tickets").await.place.starts_with("/sign-in"));
    }
    assert_eq!(foreign.get("/tickets").await.place, "/tickets");
}

#[actix_web::test]
async fn a_password_is_changed_by_the_old_one_and_every_device_is_signed_out() {
    let app = TestApp::new().await;
    let browser = Browser::lebak(&app, "koordinator").await;
    let there = Browser::lebak(&app, "koordinator").await;
    let page = browser.get("/account").await;
    let new = ("new_password", "sembilan kuda nil berlari");
    let wrong = browser.fill(&page, "/account/password", &[("old_password", "salah"), new]).await;
    assert_eq!((wrong.status, wrong.all("#old-fault").len()), (422, 1));
    assert!(!wrong.html.contains("sembilan kuda"), "what was typed is not sent back");
    let short = [("old_password", PASSWORD), ("new_password", "pendek")];
    let short = browser.fill(&page, "/account/password", &short).await;
    assert_eq!((short.status, short.all("#new-fault").len()), (422, 1));
    let done = browser.fill(&page, "/account/password", &[("old_password", PASSWORD), new]).await;
    assert_eq!(done.place, "/sign-in?done=password");
    assert!(done.words().contains("Kata sandi diganti"), "{}", done.words());
    assert!(there.get("/tickets").await.place.starts_with("/sign-in"));
    let page = browser.fill(&done, "/sign-in", &[("login", WHO), ("password", new.1)]).await;
    assert_eq!(page.status, 200);
}

#[actix_web::test]
async fn each_time_of_a_device_says_what_it_is_where_the_head_of_the_table_is_not_shown() {
    let app = TestApp::new().await;
    let page = Browser::lebak(&app, "koordinator").await.get("/account").await;
    let head = page.all(".devices thead th");
    assert_eq!(page.attributes(".devices tbody td[data-is]", "data-is"), head[1..4]);
}

#[actix_web::test]
async fn no_link_of_the_operators_account_leads_to_nothing() {
    let app = TestApp::new().await;
    let operator = Browser::of(&app, "operator@sigap.example").await;
    let page = operator.get("/account").await;
    for place in page.attributes("main a[href^='/']", "href") {
        assert_eq!(operator.get(&place).await.status, 200, "{place}");
    }
    let log = operator.get("/audit").await;
    assert!(log.words().contains("Semua yang terjadi pada platform") && !log.words().contains("di daerah ini"));
    assert!(Browser::lebak(&app, "koordinator").await.get("/account").await.html.contains("href=\"/me/mails\""));
}

#[actix_web::test]
async fn a_requester_notes_his_telephone_and_the_desk_that_helps_him_calls_back() {
    let desk = crate::web::Desk::new().await;
    let save = async |phone: &str| {
        let page = desk.clerk.get("/account").await;
        desk.clerk.fill(&page, "/account/phone", &[("phone", phone)]).await
    };
    assert!(desk.tier1.get(&desk.place).await.elements("a[href^='tel:']").is_empty());
    let page = save(&"1".repeat(41)).await;
    assert_eq!((page.status, page.all("#phone-phone-fault").len()), (422, 1));
    assert_eq!(save("tanyakan saja").await.all("#phone-phone-fault"), ["Tulis nomor teleponnya, atau kosongkan."]);
    let page = save(" 0812-3456 7890 ").await;
    assert_eq!(
        (page.status, page.first("section [role=status]").as_str()),
        (200, "Nomor telepon tersimpan."),
        "{}",
        page.words()
    );
    assert_eq!(page.attributes("#phone", "value"), ["0812-3456 7890"]);
    let seen = desk.tier1.get(&desk.place).await;
    assert_eq!(seen.attributes("a[href^='tel:']", "href"), ["tel:081234567890"]);
    assert_eq!(seen.all("a[href^='tel:']"), ["0812-3456 7890"]);
    assert!(!desk.clerk.get(&desk.place).await.html.contains("tel:"), "it is for staff");
    save("").await;
    assert!(desk.tier1.get(&desk.place).await.elements("a[href^='tel:']").is_empty());
    // What is as it was is no change.
    save("").await;
    let log = desk.app.lebak("admin").await.items("/audit/entries?action=person.change").await;
    assert_eq!(log.len(), 2, "{log:?}");
}

#[actix_web::test]
async fn nobody_is_asked_about_mails_that_never_come_to_him() {
    let app = TestApp::new().await;
    let boxes = async |account: &str| {
        Browser::lebak(&app, account).await.get("/me/mails").await.attributes("input[type=checkbox]", "name")
    };
    let clerk = boxes("pegawai.dinkes").await;
    assert_eq!(clerk.join(" "), "opened commented escalated returned question resolved closed reopened");
    assert!(boxes("teknisi.dinkes").await.join(" ").ends_with("reopened warned breached"));
    assert!(boxes("koordinator").await.join(" ").ends_with("reopened warned breached digest"));
    assert!(
        boxes("admin").await.join(" ").ends_with("closed reopened digest"),
        "what is ill comes to whoever keeps the region"
    );
}
