//! Notices: none is out of reach, and what one has seen is read.

use super::{Desk, number, reported};
use crate::support::browser::Browser;
use actix_web::http::Method;
use chrono::Duration;
use sigap::worker::upkeep;

fn unread(page: &crate::support::browser::Page) -> Vec<String> {
    page.all(".count")
}

#[actix_web::test]
async fn whoever_looks_at_a_ticket_has_read_what_he_was_told_of_it_and_of_no_other() {
    let desk = Desk::new().await;
    let other = reported(&desk.clerk, "Absensi mati").await;
    let colleague = Browser::lebak(&desk.app, "koordinator").await;
    assert_eq!(unread(&desk.tier1.get("/tickets").await), ["2 belum dibaca"]);
    // Neither a browser that fetches in case, nor a program that asks for the head alone, has looked.
    for headers in [&[("sec-purpose", "prefetch;prerender")][..], &[("purpose", "prefetch")]] {
        assert_eq!(desk.tier1.once(Method::GET, &desk.place, headers, Vec::new()).await.status, 200);
    }
    assert_eq!(desk.tier1.once(Method::HEAD, &desk.place, &[], Vec::new()).await.status, 200);
    assert_eq!(unread(&desk.tier1.get("/tickets").await), ["2 belum dibaca"]);
    assert_eq!(unread(&desk.tier1.get(&desk.place).await), ["1 belum dibaca"], "the page itself says so");
    let page = desk.tier1.get("/notices").await;
    assert_eq!(unread(&page), ["1 belum dibaca"]);
    let facts = page.all(".row .facts");
    assert_eq!(facts.iter().filter(|fact| fact.starts_with("Belum dibaca")).count(), 1, "{facts:?}");
    assert!(page.first(".row:has(.chip)").contains(&number(&other)));
    // What comes afterwards is new, and a look of somebody else is his own.
    desk.app.step(Duration::seconds(1));
    colleague.get(&desk.place).await;
    desk.act(&desk.clerk, "comment", &[("body", "Masih mati.")]).await;
    assert_eq!(unread(&desk.tier1.get("/notices").await), ["2 belum dibaca"]);
    desk.tier1.get(&desk.place).await;
    assert_eq!(unread(&desk.tier1.get("/notices").await), ["1 belum dibaca"]);
}

#[actix_web::test]
async fn older_notices_are_a_page_away_and_what_came_since_the_page_stays_unread() {
    let desk = Desk::new().await;
    for n in 0..51 {
        desk.app.step(Duration::seconds(1));
        reported(&desk.clerk, &format!("Masalah ke-{n}")).await;
    }
    let page = desk.tier1.get("/notices").await;
    assert_eq!((unread(&page), page.all(".row").len()), (vec!["20+ belum dibaca".to_owned()], 50));
    let next = page.attributes("a[rel=next]", "href");
    let older = desk.tier1.get(&next[0]).await;
    assert_eq!(older.attributes(".row > a", "href").last(), Some(&desk.place), "the oldest");
    assert_eq!((older.all(".row").len(), older.elements("a[rel=next]").len()), (2, 0));
    assert_eq!(desk.tier1.get("/notices?cursor=entah").await.status, 422);
    desk.app.step(Duration::seconds(1));
    let late = reported(&desk.clerk, "Yang terakhir").await;
    let page = desk.tier1.fill(&page, "/notices", &[]).await;
    assert_eq!(unread(&page), ["1 belum dibaca"]);
    assert!(page.first(".row:has(.chip)").contains(&number(&late)), "{}", page.first(".row"));
}

#[actix_web::test]
async fn what_was_read_goes_after_ninety_days_and_what_was_not_stays() {
    let desk = Desk::new().await;
    let other = reported(&desk.clerk, "Absensi mati").await;
    desk.tier1.get(&desk.place).await;
    for (days, left) in [(90, 2), (1, 1)] {
        desk.app.step(Duration::days(days));
        upkeep::run(&desk.app.app).await.unwrap();
        let page = Browser::lebak(&desk.app, "teknisi.dinkes").await.get("/notices").await;
        let opened = page.all(".row").iter().filter(|row| row.contains("Tiket baru")).count();
        assert_eq!(opened, left, "{:?}", page.all(".row"));
        assert!(page.first(".row:has(.chip)").contains(&number(&other)));
    }
}
