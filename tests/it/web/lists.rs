//! What lists offer and how they are ordered, as people see it.

use crate::report::monday;
use crate::support::TestApp;
use crate::support::browser::Browser;
use serde_json::json;

/// So many that no single page of a list holds them all.
const MANY: usize = 201;

#[actix_web::test]
async fn every_service_is_offered_however_many_there_are() {
    let app = TestApp::new().await;
    let clerk = Browser::lebak(&app, "pegawai.dinkes").await;
    let place = super::reported(&clerk, "SIMPEG mati").await.place;
    let admin = app.lebak("admin").await;
    for n in 0..MANY {
        let name = format!("Layanan {n}");
        let service = json!({ "code": format!("baru-{n:03}"), "name": name, "owner": "setda", "provider": "opd" });
        admin.post("/services", service).await.created();
    }
    let offered = clerk.get("/report").await.attributes("main a[href*='service=']", "href");
    for code in ["baru-000", "baru-200", "simpeg"] {
        let offers = offered.iter().any(|place| place.ends_with(&format!("service={code}")));
        assert!(offers, "{code} of {}", offered.len());
    }
    let technician = Browser::lebak(&app, "teknisi.dinkes").await;
    let choices = technician.get(&place).await.attributes("#edit-service option", "value");
    assert!(choices.contains(&"baru-200".to_owned()) && choices.contains(&"simpeg".to_owned()), "{}", choices.len());
}

#[actix_web::test]
async fn a_search_says_in_which_order_its_finds_stand() {
    let app = TestApp::new().await;
    let technician = Browser::lebak(&app, "teknisi.dinkes").await;
    let first = |words: Vec<String>| words.into_iter().next().unwrap();
    let page = technician.get("/tickets").await;
    assert_eq!(first(page.all("#sort option")), "Batas terdekat");
    let page = technician.get("/tickets?q=jaringan").await;
    assert_eq!(first(page.all("#sort option")), "Paling cocok");
    let page = technician.get("/tickets?q=jaringan&sort=due_at").await;
    assert_eq!(page.all("#sort option[selected]"), ["Batas terdekat"]);
}

#[actix_web::test]
async fn the_drawing_of_the_flow_cuts_no_name() {
    let cast = monday().await;
    let page = Browser::lebak(&cast.app, "koordinator").await.get("/overview?month=2026-03").await;
    let names = page.all("svg[aria-label='Arus antarmeja'] text[x='0']");
    assert_eq!(names, ["diteruskan", "dikembalikan", "bolak-balik pada bulan yang sama"]);
}

#[actix_web::test]
async fn services_stand_by_name_behind_those_that_one_came_for_last_and_below_what_one_waits_for() {
    let app = TestApp::new().await;
    let admin = app.lebak("admin").await;
    let service = json!({ "code": "a-terakhir", "name": "Zakat Daring", "owner": "setda", "provider": "opd" });
    admin.post("/services", service).await.created();
    let clerk = Browser::lebak(&app, "pegawai.dinkes").await;
    let page = clerk.get("/report").await;
    let names = page.all(".cards strong");
    let (last, sorted) = (names.last().unwrap(), &names[..names.len() - 1]);
    assert!(last == "Lainnya" && sorted.is_sorted_by_key(|name| name.to_lowercase()), "{names:?}");
    assert_eq!((sorted.last().unwrap().as_str(), page.all("main h2").len()), ("Zakat Daring", 0));
    for subject in ["SIMPEG mati", "SIMPEG lambat"] {
        super::reported(&clerk, subject).await;
    }
    let page = clerk.get("/report").await;
    assert_eq!(page.all("main h2"), ["Laporan Anda yang belum selesai", "Terakhir Anda laporkan", "Layanan lain"]);
    let names = page.all(".cards strong");
    assert_eq!((names[0].as_str(), names.iter().filter(|name| *name == "SIMPEG").count()), ("SIMPEG", 1));
    assert_eq!(page.all(".note li").len(), 2);
}

#[actix_web::test]
async fn words_that_every_report_has_bring_up_no_solution_of_another_trouble() {
    let desk = super::Desk::new().await;
    desk.act(&desk.tier1, "start", &[]).await;
    desk.act(&desk.tier1, "resolve", &[("resolution", "Peladen dimulai ulang.")]).await;
    for (asked, is_alike) in [
        ("subject=Printer+tidak+bisa+dibuka", false),
        ("subject=Printer+tidak+bisa+dibuka&service=jaringan-lokal", false),
        ("subject=SIMPEG+tidak+bisa+dibuka&service=jaringan-lokal", true),
        ("subject=Halaman+tidak+bisa+dibuka&service=simpeg", true),
        ("subject=Mohon+bantuan&service=simpeg", false),
    ] {
        let piece = desk.clerk.get(&format!("/report/similar?{asked}")).await;
        assert_eq!((piece.status, piece.html.contains("Peladen dimulai ulang.")), (200, is_alike), "{asked}");
    }
}
