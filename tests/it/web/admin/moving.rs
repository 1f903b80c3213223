//! People move to another organisation, on the page of the one that they leave (T5).

use super::keeper;
use crate::support::TestApp;
use crate::support::browser::{Browser, Page};
use crate::support::desk::Cast;
use serde_json::json;
use sigap::access::Role;
use sigap::org::move_people::MOST;

const PLACE: &str = "/admin/opds/dinkes";
const MOVE: &str = "/admin/opds/dinkes/move";

async fn look(admin: &Browser, fields: &[(&str, &str)]) -> Page {
    admin.fill(&admin.get(PLACE).await, MOVE, fields).await
}

/// The boxes of those who may be ticked.
fn boxes(page: &Page) -> Vec<String> {
    page.attributes("input[name^=person-]", "name")
}

/// The boxes of those who are ticked.
fn ticked(page: &Page) -> usize {
    page.elements("input[type=checkbox][checked]").len()
}

#[actix_web::test]
async fn whoever_closes_an_organisation_sees_who_would_move_before_they_do() {
    let cast = Cast::new().await;
    let ticket = cast.requester.open("SIMPEG mati").await;
    cast.tier1.start(&ticket).await.ok();
    cast.admin.patch("/opds/dinkes", json!({ "valid_until": "2026-12-31", "successor": "disdik" })).await.ok();
    let admin = keeper(&cast.app).await;
    assert_eq!(admin.get(PLACE).await.attributes("#move-to option[selected]", "value"), ["disdik"]);
    let page = look(&admin, &[]).await;
    assert_eq!((page.status, page.first("h1").as_str()), (200, "Pindahkan orang: Dinas Kesehatan ke Dinas Pendidikan"));
    let words = page.words();
    for told in [
        "2 orang akan pindah",
        "Sesudah itu tidak ada lagi orang di Dinas Kesehatan.",
        "Tidak ada lagi Service Desk Tier 1",
        "Yang masih terbuka dilihat koordinator",
        "Budi Santoso, teknisi.dinkes@lebakkab.go.id: Service Desk Tier 1",
    ] {
        assert!(words.contains(told), "{told}: {words}");
    }
    assert!(!words.contains("Tiket terbuka yang mereka pegang:"), "whoever sees no tickets counts none: {words}");
    assert_eq!(ticked(&page), 2);
    assert_eq!(cast.tier1.get("/me").await.status, 200, "nobody has moved yet");
    let done = admin.press(&page, MOVE, ("step", "keep")).await;
    assert_eq!(
        (done.status, done.first("[role=status]").as_str()),
        (200, "✓ 2 orang dipindahkan. 1 tiket terbuka kembali ke mejanya.")
    );
    assert!(done.forms().iter().all(|form| form != MOVE), "nobody is left to move");
    let again = admin.press(&page, MOVE, ("step", "keep")).await;
    assert_eq!(again.place, done.place, "a form that is sent twice counts once");
    let people = admin.get("/admin/people?opd=disdik").await.words();
    assert!(people.contains("Siti Aminah") && people.contains("Budi Santoso"), "{people}");
}

#[actix_web::test]
async fn people_are_chosen_one_by_one() {
    let cast = Cast::new().await;
    let person = format!("person-{}", cast.requester.id().await);
    let admin = keeper(&cast.app).await;
    let page = look(&admin, &[("to", "setda"), ("choose", "yes")]).await;
    assert_eq!((page.status, ticked(&page)), (200, 0));
    assert!(page.words().contains("Centang siapa yang pindah"), "{}", page.words());
    assert!(page.attributes("button[name=step]", "value").is_empty(), "nobody would move");
    let page = admin.fill(&page, MOVE, &[(&person, "yes")]).await;
    assert!(page.words().contains("1 orang akan pindah ke Sekretariat Daerah"), "{}", page.words());
    assert!(page.words().contains("tinggal 1 orang, di antaranya 1 Service Desk Tier 1"), "{}", page.words());
    assert_eq!(ticked(&page), 1);
    admin.press(&page, MOVE, ("step", "keep")).await;
    let people = admin.get("/admin/people?opd=dinkes").await.words();
    assert!(!people.contains("Siti Aminah") && people.contains("Budi Santoso"), "{people}");
}

#[actix_web::test]
async fn a_move_without_a_place_or_without_anybody_says_what_is_missing() {
    let cast = Cast::new().await;
    let admin = keeper(&cast.app).await;
    let page = look(&admin, &[]).await;
    assert_eq!((page.status, page.first("#move-to-fault").as_str()), (422, "Pilih salah satu dari daftar."));
    assert_eq!(page.elements("#move-to[aria-invalid][required]").len(), 1);
    let page = look(&admin, &[("to", "setda"), ("choose", "yes")]).await;
    let page = admin.press(&page, MOVE, ("step", "keep")).await;
    assert!(page.status == 422 && page.words().contains("Centang paling sedikit satu orang"), "{}", page.words());
    // Whoever is chosen stays so, whatever the place came to meanwhile.
    let person = format!("person-{}", cast.requester.id().await);
    let page = admin.fill(&page, MOVE, &[(&person, "yes")]).await;
    cast.admin.patch("/opds/setda", json!({ "active": false })).await.ok();
    let page = admin.press(&page, MOVE, ("step", "keep")).await;
    assert_eq!((page.status, page.all("#move-to-fault").len(), ticked(&page)), (422, 1, 1), "{}", page.words());
    let page = admin.fill(&page, MOVE, &[("to", "disdik")]).await;
    let page = admin.press(&page, MOVE, ("step", "keep")).await;
    assert!(page.words().contains("1 orang dipindahkan."), "{}", page.words());
}

#[actix_web::test]
async fn of_more_than_a_thousand_the_page_says_before_and_after_how_many_move_at_once_and_stays_small() {
    let app = TestApp::new().await;
    app.crowd(MOST + 5).await;
    let admin = keeper(&app).await;
    let page = look(&admin, &[("to", "disdik")]).await;
    let most = "Paling banyak 1.000 orang pindah sekali kirim, menurut nama. Kirim lagi untuk 7 orang lainnya.";
    let words = page.words();
    assert!(words.contains("1.000 orang akan pindah") && words.contains(most), "{words}");
    assert!(boxes(&page).is_empty() && page.html.len() < 20_000, "{} bytes", page.html.len());
    let done = admin.press(&page, MOVE, ("step", "keep")).await;
    let moved = format!("✓ 1.000 orang dipindahkan. 0 tiket terbuka kembali ke mejanya. {most}");
    assert_eq!(done.first("[role=status]"), moved);
    let rest = look(&admin, &[("to", "disdik")]).await;
    assert_eq!((ticked(&rest), rest.words().contains("Paling banyak")), (7, false));
}

#[actix_web::test]
async fn nobody_moves_who_came_in_after_the_page_told_who_would() {
    let cast = Cast::new().await;
    cast.app.crowd(100).await;
    let admin = keeper(&cast.app).await;
    let page = look(&admin, &[("to", "setda")]).await;
    assert!(page.words().contains("102 orang akan pindah ke Sekretariat Daerah"), "{}", page.words());
    cast.give(&cast.outsider.id().await, "requester", Some("dinkes")).await;
    let page = admin.press(&page, MOVE, ("step", "keep")).await;
    assert_eq!(page.status, 409);
    assert!(page.first(".fault").starts_with("Orang di sini berubah sejak halaman dibuka."), "{}", page.words());
    assert_eq!(cast.requester.get("/me").await.status, 200, "nobody has moved");
    let page = admin.fill(&page, MOVE, &[]).await;
    assert!(page.words().contains("103 orang akan pindah ke Sekretariat Daerah"), "{}", page.words());
}

#[actix_web::test]
async fn of_many_people_one_looks_for_whom_one_means_and_whoever_is_ticked_stays_ticked() {
    let app = TestApp::new().await;
    app.crowd(500).await;
    let admin = keeper(&app).await;
    let page = look(&admin, &[("to", "setda"), ("choose", "yes")]).await;
    assert!(page.words().contains("Tampil 100 dari 502 orang; paling banyak 100"), "{}", page.words());
    let all = boxes(&page);
    assert!(all.len() == 100 && page.html.len() < 50_000, "{} of {} bytes", all.len(), page.html.len());
    let found = admin.fill(&page, MOVE, &[(&all[0], "yes"), ("q", "SITI")]).await;
    assert_eq!((boxes(&found).len(), ticked(&found)), (2, 1), "{}", found.words());
    let first = &found.elements(&format!("form[action='{MOVE}'] button"))[0];
    assert!(!first.contains("step"), "Enter looks, and moves nobody: {first}");
    let her = format!("person-{}", app.person("pegawai.dinkes@lebakkab.go.id").await);
    let both = admin.fill(&found, MOVE, &[(&her, "yes"), ("q", "")]).await;
    assert_eq!((boxes(&both).len(), ticked(&both)), (100, 2));
    let many: Vec<(&str, &str)> = all.iter().map(|name| (name.as_str(), "yes")).collect();
    let full = admin.fill(&page, MOVE, &many).await;
    assert_eq!((boxes(&full).len(), ticked(&full)), (100, 100));
    let done = admin.press(&both, MOVE, ("step", "keep")).await;
    assert!(done.words().contains("2 orang dipindahkan."), "{}", done.words());
}

#[actix_web::test]
async fn whoever_is_alone_in_a_closed_organisation_moves_nobody_and_its_services_want_another_owner() {
    let app = TestApp::new().await;
    app.found("lebak", "dinas-lama", "Dinas Lama").await;
    app.hire("lebak", "admin.dua", Some(Role::Admin), &[]).await;
    let (me, other) = (app.lebak("admin").await.id().await, app.lebak("admin.dua").await);
    other.post(&format!("/people/{me}/roles"), json!({ "role": "requester", "opd": "dinas-lama" })).await.created();
    let service = json!({ "code": "arsip", "name": "Arsip", "owner": "dinas-lama", "provider": "dinkominfo" });
    other.post("/services", service).await.created();
    other.patch("/opds/dinas-lama", json!({ "active": false })).await.ok();
    let admin = keeper(&app).await;
    let told = async || {
        let page = admin.get("/admin/opds/dinas-lama").await;
        let may_move = page.forms().iter().any(|form| form.ends_with("/move"));
        let says = |words: &str| page.words().contains(words);
        (may_move, says("Pindahkan orangnya"), says("Anda sendiri tidak ikut"), says("Ganti pemilik layanannya"))
    };
    assert_eq!(told().await, (false, false, true, true));
    other.patch("/opds/dinas-lama", json!({ "active": true })).await.ok();
    app.hire("lebak", "pegawai.lama", Some(Role::Requester), &["dinas-lama"]).await;
    other.patch("/opds/dinas-lama", json!({ "active": false })).await.ok();
    assert_eq!(told().await, (true, true, true, true));
}
