//! Who may open what of the administration; what belongs to another region looks like what never was.

use super::keeper;
use crate::support::TestApp;
use crate::support::browser::Browser;
use std::fmt::Write;

const PLACES: [(&str, &str); 17] = [
    ("/admin", "/admin"),
    ("regions", "/admin/regions"),
    ("region", "/admin/regions/lebak"),
    ("opds", "/admin/opds"),
    ("opd", "/admin/opds/dinkes"),
    ("import", "/admin/import/opds"),
    ("people", "/admin/people"),
    ("person", "/admin/people/PERSON"),
    ("services", "/admin/services"),
    ("service", "/admin/services/simpeg"),
    ("calendars", "/admin/calendars"),
    ("calendar", "/admin/calendars/perpres-21-2023"),
    ("holidays", "/admin/holidays"),
    ("agreement", "/admin/agreements/standard"),
    ("mails", "/admin/mails"),
    ("health", "/admin/health"),
    ("sessions", "/admin/sessions"),
];

const ACCOUNTS: [&str; 9] = [
    "admin@lebakkab.go.id",
    "admin@temanggungkab.go.id",
    "operator@sigap.example",
    "koordinator@lebakkab.go.id",
    "auditor@lebakkab.go.id",
    "tier2.satu@lebakkab.go.id",
    "teknisi.dinkes@lebakkab.go.id",
    "pegawai.dinkes@lebakkab.go.id",
    "nobody",
];

#[actix_web::test]
async fn every_page_of_the_administration_answers_every_account_as_this_table_says() {
    let app = TestApp::new().await;
    let person = app.person("pegawai.dinkes@lebakkab.go.id").await.to_string();
    let mut table = format!("{:<30}", "");
    for (name, _) in PLACES {
        write!(table, "{name:>10}").unwrap();
    }
    for account in ACCOUNTS {
        let browser = if account == "nobody" { Browser::new(&app) } else { Browser::of(&app, account).await };
        write!(table, "\n{account:<30}").unwrap();
        for (_, place) in PLACES {
            let page = browser.get(&place.replace("PERSON", &person)).await;
            let met = if page.place.starts_with("/sign-in") { "masuk".into() } else { page.status.to_string() };
            write!(table, "{met:>10}").unwrap();
        }
    }
    insta::assert_snapshot!(table);
}

#[actix_web::test]
async fn what_another_region_has_and_what_nobody_has_give_the_same_page() {
    let app = TestApp::new().await;
    app.found("lebak", "hanya-lebak", "Dinas Rahasia Lebak").await;
    let person = app.person("pegawai.dinkes@lebakkab.go.id").await;
    let other = Browser::of(&app, "admin@temanggungkab.go.id").await;
    let nobody = "01900000-0000-7000-8000-000000000000";
    for (foreign, absent) in [
        ("/admin/opds/hanya-lebak".to_owned(), "/admin/opds/tidak-ada".to_owned()),
        (format!("/admin/people/{person}"), format!("/admin/people/{nobody}")),
    ] {
        let (foreign, absent) = (other.get(&foreign).await, other.get(&absent).await);
        assert_eq!((foreign.status, &foreign.html), (404, &absent.html));
    }
    let form = other.get("/admin").await.attributes("form[action='/sign-out'] input", "value")[0].clone();
    for act in ["", "/active", "/roles", "/mail", "/link", "/second-factor", "/sign-out"] {
        let body = format!("form={form}&role=requester&opd=dinkes&name=X&email=x@temanggungkab.go.id");
        let foreign = other.post(&format!("/admin/people/{person}{act}"), &[], body.clone()).await;
        let absent = other.post(&format!("/admin/people/{nobody}{act}"), &[], body).await;
        assert_eq!((foreign.status, &foreign.html), (404, &absent.html), "{act}");
    }
    for place in ["/admin/opds", "/admin/people", "/admin/people?q=aminah", "/admin/sessions", "/admin/people?left=yes"]
    {
        let html = other.get(place).await.html;
        assert!(!html.contains("Lebak") && !html.contains("lebakkab"), "{place}");
    }
}

#[actix_web::test]
async fn no_act_of_the_administration_is_done_for_anybody_else() {
    let app = TestApp::new().await;
    let person = app.person("pegawai.disdik@lebakkab.go.id").await;
    let acts = [
        "/admin/opds".to_owned(),
        "/admin/opds/dinkes".to_owned(),
        "/admin/opds/dinkes/move".to_owned(),
        "/admin/shipped/opds".to_owned(),
        "/admin/shipped/services".to_owned(),
        "/admin/people".to_owned(),
        format!("/admin/people/{person}"),
        format!("/admin/people/{person}/active"),
        format!("/admin/people/{person}/roles"),
        format!("/admin/people/{person}/mail"),
        format!("/admin/people/{person}/link"),
        format!("/admin/people/{person}/second-factor"),
        format!("/admin/people/{person}/sign-out"),
        "/admin/services".to_owned(),
        "/admin/services/simpeg".to_owned(),
        "/admin/services/simpeg/retire".to_owned(),
        "/admin/calendars".to_owned(),
        "/admin/calendars/perpres-21-2023/entry".to_owned(),
        "/admin/calendars/perpres-21-2023/week".to_owned(),
        "/admin/calendars/perpres-21-2023/exceptions".to_owned(),
        "/admin/holidays".to_owned(),
        "/admin/holidays/2026-03-19".to_owned(),
        "/admin/agreements".to_owned(),
        "/admin/agreements/standard".to_owned(),
        "/admin/agreements/standard/entry".to_owned(),
        "/admin/health".to_owned(),
        "/admin/regions".to_owned(),
        "/admin/shipped/regions".to_owned(),
        "/admin/regions/lebak".to_owned(),
    ];
    for account in ["koordinator", "auditor", "tier2.satu", "teknisi.dinkes", "pegawai.dinkes"] {
        let browser = Browser::lebak(&app, account).await;
        let form = browser.form_token().await;
        let body = format!(
            "form={form}&code=x&name=X&kind=dinas&email=x@lebakkab.go.id&role=requester&provider=X&consumer=region&like=standard&valid_from=2030-01-01&opd=dinkes&owner=dinkes&provider=opd\
             &day=2026-05-05&first=2026-05-05&last=2026-05-06&active_until=2026-05-05&template=lebak&step=keep"
        );
        for act in &acts {
            let page = browser.post(act, &[], body.clone()).await;
            // A tier that may not know of a person meets 404, as at REST.
            assert!([403, 404].contains(&page.status), "{account} {act}: {} {}", page.status, page.place);
        }
    }
    let admin = keeper(&app).await;
    assert!(!admin.get("/admin/people?q=x@lebakkab").await.words().contains("x@lebakkab.go.id"));
}
