//! What runs out of that by which deadlines are counted is told before it does: holidays, Ramadan, agreements.

use super::hours::{STANDARD, shifts};
use crate::mail::post::Post;
use crate::support::browser::Browser;
use crate::support::time::PATIENT;
use crate::support::{Cast, TestApp};
use crate::worktime::wib;
use serde_json::json;
use sigap::cli::doctor::{State, examine};
use sigap::message::Language;

/// What `sigap doctor` says of Lebak, and how it stands.
async fn told(cast: &Cast) -> Vec<(State, String)> {
    let all = examine(&cast.app.app).await.unwrap().into_iter();
    let of = |key: &str| key.starts_with("sla.lapse.");
    let all = all.filter(|one| of(one.found.key)).map(|one| (one.state, one.found.text(Language::Id)));
    all.filter(|(_, text)| text.contains("Lebak")).collect()
}

/// One thing alone is told, which stands so and holds these words.
#[track_caller]
fn is_one(told: &[(State, String)], state: State, words: &[&str]) {
    assert!(matches!(told, [(is, text)] if *is == state && words.iter().all(|w| text.contains(w))), "{told:?}");
}

async fn holiday(cast: &Cast, day: &str, kind: &str) {
    let body = json!({ "day": day, "name": "Hari libur", "kind": kind });
    cast.admin.post("/holidays", body).await.created();
}

async fn later(cast: Cast, text: &str) -> Cast {
    cast.at(text);
    Cast::on(cast.app).await
}

#[actix_web::test]
async fn holidays_of_the_next_year_are_asked_for_from_october_on_and_those_of_a_year_that_has_none_at_once() {
    let cast = Cast::since("2027-09-30 23:59:00").await;
    assert_eq!(told(&cast).await, []);
    cast.at("2027-10-01 00:00:00");
    is_one(&told(&cast).await, State::Look, &["Kabupaten Lebak belum punya hari libur nasional 2028"]);
    // Collective leave follows holidays, and a day of the region's own is none of the nation's.
    holiday(&cast, "2028-12-02", "daerah").await;
    is_one(&told(&cast).await, State::Look, &["2028"]);
    holiday(&cast, "2028-08-17", "libur_nasional").await;
    assert_eq!(told(&cast).await, []);
    cast.admin.delete("/holidays/2028-08-17").await.done();
    let cast = later(cast, "2028-09-01 08:00:00").await;
    is_one(&told(&cast).await, State::Ill, &["tidak punya hari libur nasional 2028"]);
    // Where no calendar keeps holidays none are missed.
    cast.admin.patch(&format!("/calendars/{STANDARD}"), json!({ "keeps_holidays": false })).await.ok();
    assert_eq!(told(&cast).await, []);
}

#[actix_web::test]
async fn ramadan_is_asked_for_two_months_ahead_where_the_calendar_keeps_it() {
    let cast = Cast::since("2027-11-28 08:00:00").await;
    holiday(&cast, "2028-08-17", "libur_nasional").await;
    assert_eq!(told(&cast).await, []);
    cast.at("2027-11-29 08:00:00");
    is_one(
        &told(&cast).await,
        State::Look,
        &["Ramadan 1449 H mulai sekitar 2028-01-28", "kalender kerja Kabupaten Lebak"],
    );
    cast.at("2028-01-30 08:00:00");
    is_one(&told(&cast).await, State::Ill, &["Ramadan 1449 H sedang berjalan"]);
    let place = format!("/calendars/{STANDARD}");
    let standing = cast.admin.get(&place).await.ok()["definition"].clone();
    let mut fasting = standing.clone();
    let mut hours = standing["exceptions"][0].clone();
    hours["name"] = json!("Ramadan 1449 H");
    (hours["from"], hours["until"]) = (json!("2028-01-29"), json!("2028-02-26"));
    fasting["exceptions"].as_array_mut().unwrap().push(hours);
    cast.admin.patch(&place, json!({ "definition": fasting })).await.ok();
    assert_eq!(told(&cast).await, []);
    cast.admin.patch(&place, json!({ "definition": standing })).await.ok();
    assert_eq!(told(&cast).await.len(), 1);
    let body = json!({ "code": "rsud", "name": "RSUD", "is_default": true, "definition": shifts() });
    cast.admin.post("/calendars", body).await.created();
    assert_eq!(told(&cast).await, [], "shifts never had hours of Ramadan");
}

#[actix_web::test]
async fn an_agreement_that_ends_is_told_two_months_before_unless_another_follows() {
    let cast = Cast::since("2026-04-30 08:00:00").await;
    let standard = cast.admin.get("/agreements/standard").await.ok();
    let until = |day: &'static str| cast.admin.patch("/agreements/standard", json!({ "valid_until": day }));
    until("2026-06-30").await.ok();
    assert_eq!(told(&cast).await, []);
    cast.at("2026-05-01 08:00:00");
    is_one(&told(&cast).await, State::Look, &["Perjanjian layanan Kabupaten Lebak berakhir 2026-06-30"]);
    cast.at("2026-07-01 00:00:00");
    is_one(&told(&cast).await, State::Ill, &["tidak punya perjanjian layanan yang berlaku"]);
    let ticket = cast.requester.open("Server mati").await;
    assert!(ticket["sla"].is_null(), "as it says");
    let body = json!({
        "code": "standard-2", "name": "Perjanjian baru", "provider": "Dinas Kominfo", "consumer": "region",
        "valid_from": "2026-07-01", "terms": standard["terms"],
    });
    cast.admin.post("/agreements", body).await.created();
    assert_eq!(told(&cast).await, []);
    // One that follows counts before the first has ended.
    cast.admin.patch("/agreements/standard-2", json!({ "valid_until": "2026-12-31" })).await.ok();
    assert_eq!(told(&cast).await, []);
    cast.at("2026-11-01 08:00:00");
    is_one(&told(&cast).await, State::Look, &["berakhir 2026-12-31"]);
}

#[actix_web::test]
async fn whoever_keeps_or_watches_over_a_region_is_told_on_his_own_pages_and_in_the_morning() {
    let app = TestApp::with(&format!("[backup]\nevery_minutes = 0\n{PATIENT}")).await;
    app.until(wib("2027-10-04 07:30:00"));
    let cast = Cast::on(app).await;
    let page = Browser::lebak(&cast.app, "admin").await.get("/admin/health").await;
    let row = |page: &crate::support::browser::Page| {
        page.all("tbody tr").into_iter().find(|row| row.starts_with("Hari libur, Ramadan, perjanjian")).unwrap()
    };
    assert!(
        row(&page).contains("perlu diperiksa Kabupaten Lebak belum punya hari libur nasional 2028"),
        "{}",
        row(&page)
    );
    let page = Browser::lebak(&cast.app, "admin").await.get("/admin").await;
    let left = page.all(".is-left");
    let step = left.iter().find(|step| step.starts_with("Hari libur")).unwrap();
    assert!(step.contains("Kabupaten Lebak belum punya hari libur nasional 2028"), "{step}");
    let post = Post::of(&cast.app);
    sigap::worker::digest::run(&cast.app.app).await.unwrap();
    let mails = post.now(&cast.app).await;
    for (region, domain) in [("Lebak", "lebakkab"), ("Temanggung", "temanggungkab")] {
        let mail = mails.iter().find(|mail| mail.to == format!("koordinator@{domain}.go.id")).unwrap();
        let told: Vec<&str> = mail.text.lines().filter(|line| line.starts_with("Perlu diperbarui: ")).collect();
        assert_eq!(told.len(), 1, "{}", mail.text);
        assert!(told[0].contains(&format!("Kabupaten {region} belum punya hari libur nasional 2028")), "{}", told[0]);
    }
    holiday(&cast, "2028-08-17", "libur_nasional").await;
    let page = Browser::lebak(&cast.app, "admin").await.get("/admin/health").await;
    assert!(row(&page).contains("baik Tidak ada yang segera habis"), "{}", row(&page));
}

#[actix_web::test]
async fn people_read_the_day_on_which_something_runs_out_as_their_language_writes_it() {
    let cast = Cast::since("2026-05-04 07:30:00").await;
    let chief = cast.coordinator.id().await;
    cast.admin.patch(&format!("/people/{chief}"), json!({ "language": "en" })).await.ok();
    cast.admin.patch("/agreements/standard", json!({ "valid_until": "2026-06-30" })).await.ok();
    let admin = Browser::lebak(&cast.app, "admin").await;
    for page in ["/admin/health", "/admin"] {
        let words = admin.get(page).await.words();
        assert!(words.contains("Perjanjian layanan Kabupaten Lebak berakhir 30 Juni 2026 dan"), "{page}: {words}");
    }
    let post = Post::of(&cast.app);
    sigap::worker::digest::run(&cast.app.app).await.unwrap();
    let mails = post.now(&cast.app).await;
    let mine = mails.iter().find(|mail| mail.to == "koordinator@lebakkab.go.id").unwrap();
    assert!(mine.text.contains("of Kabupaten Lebak ends on 30 June 2026 and"), "{}", mine.text);
}
