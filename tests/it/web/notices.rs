//! Notices: none is out of reach, and what one has seen is read.

use super::tabs::press;
use super::{Desk, number, reported};
use crate::support::browser::{Browser, Page};
use actix_web::http::Method;
use chrono::Duration;
use sigap::worker::upkeep;

fn unread(page: &Page) -> Vec<String> {
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
    let oldest = older.attributes(".row > a", "href").pop().unwrap();
    assert_eq!(oldest.split('?').next(), Some(desk.place.as_str()), "the oldest");
    assert_eq!((older.all(".row").len(), older.elements("a[rel=next]").len()), (2, 0));
    let back = desk.tier1.get(&oldest).await.attributes(".ticket > .links a", "href");
    assert_eq!(desk.tier1.get(&back[0]).await.all(".row .number"), older.all(".row .number"), "back among the older");
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

#[actix_web::test]
async fn a_ticket_that_was_opened_from_a_notice_leads_back_to_the_notices_whatever_was_done_to_it() {
    let desk = Desk::new().await;
    let place = desk.tier1.get("/notices").await.attributes(".row > a", "href")[0].clone();
    let back = |page: &Page| (page.all(".ticket > .links a"), page.attributes(".ticket > .links a", "href"));
    let way = (vec!["← Pemberitahuan".to_owned()], vec!["/notices".to_owned()]);
    let mut page = desk.tier1.get(&place).await;
    assert_eq!(back(&page), way);
    for (act, fields) in
        [("start", &[][..]), ("resolve", &[("resolution", " ")]), ("resolve", &[("resolution", "Ya.")])]
    {
        page = press(&desk.tier1, &page, act, fields).await;
        assert_eq!(back(&page), way, "{act} {fields:?}");
    }
    assert!(!page.words().contains("di daftar tadi"), "there was no list");
    let place = desk.clerk.get("/notices").await.attributes(".row > a", "href")[0].clone();
    assert_eq!(back(&desk.clerk.get(&place).await), way);
}
