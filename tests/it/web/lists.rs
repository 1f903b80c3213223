//! What lists offer and how they are ordered, as people see it.

use crate::report::monday;
use crate::support::TestApp;
use crate::support::browser::Browser;

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
