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
