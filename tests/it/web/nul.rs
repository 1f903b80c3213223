//! A character that PostgreSQL can't store, in addresses and forms.

use super::Desk;
use crate::support::TestApp;
use crate::support::browser::Browser;

const WHY: &str = "Ada karakter yang tidak dapat disimpan.";

#[actix_web::test]
async fn a_character_that_can_not_be_stored_is_a_fault_of_what_was_sent() {
    let app = TestApp::new().await;
    let (guest, coordinator) = (Browser::new(&app), Browser::lebak(&app, "koordinator").await);
    let (admin, auditor) = (Browser::lebak(&app, "admin").await, Browser::lebak(&app, "auditor").await);
    for (who, path) in [
        (&coordinator, "/tickets?q=%00"),
        (&coordinator, "/tickets?opd=a%00b"),
        (&coordinator, "/tickets?service=%00"),
        (&coordinator, "/report?service=%00"),
        (&coordinator, "/reports/monthly?opd=%00"),
        (&coordinator, "/overview?%00=x"),
        (&auditor, "/audit?person=%00"),
        (&auditor, "/audit?action=%00"),
        (&admin, "/admin/people?opd=%00"),
    ] {
        let page = who.get(path).await;
        assert_eq!(page.status, 422, "{path}");
        assert!(page.words().contains(WHY), "{path}: {}", page.words());
    }
    for path in ["/sign-in", "/forgot"] {
        let page = guest.post(path, &[], "login=a%00b&password=x".to_owned()).await;
        assert_eq!(page.status, 422, "{path}");
        assert!(page.words().contains(WHY), "{path}: {}", page.words());
    }
}

#[actix_web::test]
async fn a_report_with_such_a_character_comes_back_and_says_where_it_is() {
    let desk = Desk::new().await;
    let form = desk.clerk.get("/report?service=simpeg").await;
    let fields = [("subject", "Tidak bisa\0dibuka"), ("description", "Ceritanya.")];
    let page = desk.clerk.send_multipart(&form, "/report", &fields).await;
    assert_eq!(page.status, 422);
    assert!(page.first("#subject-fault").contains(WHY), "{}", page.words());
}

#[actix_web::test]
async fn a_day_that_no_page_writes_is_not_found() {
    let app = TestApp::new().await;
    let (coordinator, auditor) = (Browser::lebak(&app, "koordinator").await, Browser::lebak(&app, "auditor").await);
    for (who, path) in [
        (&auditor, "/audit?day=-9999-01-01"),
        (&auditor, "/audit?day=%2B262142-12-31"),
        (&coordinator, "/tickets?did=opened&from=-9999-01-01&to=2026-03-02"),
        (&coordinator, "/tickets?did=opened&from=2026-03-01&to=%2B262142-12-31"),
    ] {
        assert_eq!(who.get(path).await.status, 404, "{path}");
    }
    assert_eq!(coordinator.get("/reports/monthly?month=-9999-01").await.status, 422);
    assert_eq!(coordinator.get("/tickets?did=opened&from=2026-03-01&to=2026-03-02").await.status, 200);
    assert_eq!(auditor.get("/audit?day=2026-03-02").await.status, 200);
}

#[actix_web::test]
async fn an_address_that_can_not_be_read_is_told_on_a_page_in_the_readers_language() {
    let app = TestApp::new().await;
    let (coordinator, admin) = (Browser::lebak(&app, "koordinator").await, Browser::lebak(&app, "admin").await);
    for (who, path) in [
        (&admin, "/unreadable?limit=abc"),
        (&coordinator, "/tickets?q=a&q=b"),
        (&coordinator, "/notices?cursor=a&cursor=b"),
    ] {
        let page = who.get(path).await;
        assert_eq!((page.status, page.header("content-type")), (400, Some("text/html; charset=utf-8")), "{path}");
        let told = page.words();
        assert!(told.contains("Alamat halaman ini tidak terbaca.") && !told.contains("Query"), "{path}: {told}");
    }
}
