//! One disturbance, many reports: tied to one ticket, told and solved together.

use super::desk::{boxes, mark};
use super::{Desk, number, reported};
use crate::support::browser::Page;

/// A disturbance, and two more reports of it that are tied to it in the queue.
async fn disturbance() -> (Desk, [Page; 2]) {
    let desk = Desk::new().await;
    let reports = [reported(&desk.clerk, "SIMPEG galat 502").await, reported(&desk.clerk, "Absensi mati").await];
    let queue = desk.tier1.get("/tickets").await;
    let is_report = |marked: &String| reports.iter().any(|report| marked.starts_with(&number(report)));
    let marked: Vec<String> = boxes(&queue).into_iter().filter(is_report).collect();
    let main = desk.place.trim_start_matches("/tickets/").to_lowercase();
    let told = mark(&desk.tier1, &queue, &marked, &[("act", "link"), ("main", &main)]).await;
    assert!(told.all(".outcomes li").iter().all(|line| line.ends_with("✓ Dikaitkan.")), "{}", told.html);
    (desk, reports)
}

/// The list of its reports, to which the disturbance's own page leads.
async fn list(desk: &Desk) -> Page {
    let page = desk.tier1.get(&desk.place).await;
    let way = page.attributes("section[aria-labelledby=ties] a[href^='/tickets?tied_to=']", "href");
    desk.tier1.get(&way[0]).await
}

#[actix_web::test]
async fn whoever_reported_the_same_disturbance_is_told_and_confirms_its_solution_at_once() {
    let (desk, reports) = disturbance().await;
    let page = desk.tier1.get(&desk.place).await;
    let ties = page.first("section[aria-labelledby=ties]");
    assert!(ties.contains("Kabari atau selesaikan 2 laporannya sekaligus"), "{ties}");
    let queue = list(&desk).await;
    let main = number(&Page { place: desk.place.clone(), ..page });
    assert!(queue.first("[data-narrowed]").contains(&format!("laporan tentang {main}")), "{}", queue.html);
    let mut numbers: Vec<String> = queue.all(".row .number");
    numbers.sort();
    assert_eq!(numbers, [number(&reports[0]), number(&reports[1])]);
    let words = [("act", "comment"), ("body", "Peladen sedang diperbaiki.")];
    let told = mark(&desk.tier1, &queue, &boxes(&queue), &words).await;
    assert!(told.words().contains("2 dari 2 tiket") && told.all("#unsent").is_empty(), "{}", told.html);
    desk.act(&desk.tier1, "resolve", &[("resolution", "Peladen dihidupkan lagi.")]).await;
    let queue = list(&desk).await;
    assert_eq!(queue.first("#bulk-resolution"), "Peladen dihidupkan lagi.", "what solved it solves them");
    let words = [("act", "resolve"), ("resolution", "Peladen dihidupkan lagi.")];
    let told = mark(&desk.tier1, &queue, &boxes(&queue), &words).await;
    assert!(told.all(".outcomes li").iter().all(|line| line.ends_with("✓ Selesai.")), "{}", told.html);
    for report in &reports {
        let page = desk.clerk.get(&report.place).await;
        assert!(page.first(".history").contains("Peladen sedang diperbaiki."), "{}", page.html);
        assert!(page.words().contains("Peladen dihidupkan lagi."), "{}", page.html);
        assert!(page.forms().contains(&format!("{}/close", report.place)), "he confirms it himself");
    }
    assert!(desk.tier1.get(&desk.place).await.all("a[href^='/tickets?tied_to=']").is_empty(), "nothing is left to do");
}

#[actix_web::test]
async fn what_is_typed_for_all_is_not_lost_where_one_of_them_can_not_get_it() {
    let (desk, reports) = disturbance().await;
    let page = desk.tier1.get(&reports[0].place).await;
    let up = [("reason", "Di pusat data."), ("tried", "Diulang."), ("requested", "Periksa.")];
    desk.tier1.fill(&page, &format!("{}/escalate", reports[0].place), &up).await;
    let queue = list(&desk).await;
    assert_eq!(boxes(&queue).len(), 2, "the requester of what was handed up can be told too");
    let told = mark(&desk.tier1, &queue, &boxes(&queue), &[("act", "resolve"), ("resolution", " ")]).await;
    assert_eq!((told.status, told.first(".fault").as_str()), (422, "Isi dulu kolom di samping tombolnya."));
    let words = [("act", "resolve"), ("resolution", "Peladen dihidupkan lagi.")];
    let told = mark(&desk.tier1, &queue, &boxes(&queue), &words).await;
    assert!(told.words().contains("1 dari 2 tiket"), "{}", told.words());
    assert!(told.words().contains("✕ Tiket ini sedang di Service Desk Tier 2."), "{}", told.words());
    assert!(told.html.contains("id=\"unsent\"") && told.words().contains("Peladen dihidupkan lagi."), "{}", told.html);
    let none = mark(&desk.tier1, &queue, &[], &[("act", "comment"), ("body", "Mohon sabar.")]).await;
    assert!(none.status == 422 && none.words().contains("Mohon sabar."), "{}", none.html);
    let (queue, main) = (desk.tier1.get("/tickets").await, desk.place.trim_start_matches("/tickets/"));
    let itself = mark(&desk.tier1, &queue, &[format!("{main} 1")], &[("act", "link"), ("main", main)]).await;
    assert!(itself.words().contains("Tiket tidak dapat dikaitkan dengan dirinya sendiri."), "{}", itself.html);
}
