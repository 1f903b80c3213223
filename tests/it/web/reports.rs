//! One disturbance, many reports: tied to one ticket, told and solved together.

use super::desk::{boxes, mark};
use super::{Desk, number, reported};
use crate::support::browser::{Browser, Page};

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
    assert_eq!((told.status, told.first(".fault").as_str()), (422, "Isi dulu kolom untuk tombol yang ditekan."));
    let words = [("act", "resolve"), ("resolution", "Peladen dihidupkan lagi.")];
    let told = mark(&desk.tier1, &queue, &boxes(&queue), &words).await;
    assert!(told.words().contains("1 dari 2 tiket"), "{}", told.words());
    assert!(told.words().contains("✕ Tiket ini sedang di Service Desk Tier 2."), "{}", told.words());
    let kept = told.first("section[aria-labelledby=partly]");
    assert!(kept.contains("yang bertanda ✕ belum") && kept.contains("Peladen dihidupkan lagi."), "{kept}");
    assert!(told.all("#unsent").is_empty(), "one of them has it: {}", told.html);
    let none = mark(&desk.tier1, &queue, &[], &[("act", "comment"), ("body", "Mohon sabar.")]).await;
    assert!(none.status == 422 && none.words().contains("Mohon sabar."), "{}", none.html);
    let (queue, main) = (desk.tier1.get("/tickets").await, desk.place.trim_start_matches("/tickets/"));
    let itself = mark(&desk.tier1, &queue, &[format!("{main} 1")], &[("act", "link"), ("main", main)]).await;
    assert!(itself.words().contains("Tiket tidak dapat dikaitkan dengan dirinya sendiri."), "{}", itself.html);
}

#[actix_web::test]
async fn what_stands_in_the_other_box_comes_back_whatever_becomes_of_the_one_that_was_sent() {
    let (desk, _) = disturbance().await;
    let queue = list(&desk).await;
    let sent = async |body: &str, resolution: &str, offered: &str| {
        let words = [("act", "comment"), ("body", body), ("resolution", resolution), ("offered", offered)];
        mark(&desk.tier1, &queue, &boxes(&queue), &words).await
    };
    let mistaken = sent(" ", "Peladen diganti.", "").await;
    assert_eq!(mistaken.status, 422);
    assert!(mistaken.first("section[aria-labelledby=unsent]").contains("Peladen diganti."), "{}", mistaken.html);
    let told = sent("Mohon sabar.", "Peladen diganti.", "").await;
    let unsent = told.first("section[aria-labelledby=unsent]");
    assert!(unsent.contains("Peladen diganti.") && !unsent.contains("Mohon sabar."), "all of them got it: {unsent}");
    let told = sent("Mohon sabar sebentar lagi.", "Peladen diganti.", "Peladen diganti.").await;
    assert!(told.all("#unsent").is_empty(), "the page itself had offered it: {}", told.html);
}

#[actix_web::test]
async fn whoever_comes_back_to_a_list_goes_on_with_another_act_and_the_same_one_counts_once() {
    let (desk, reports) = disturbance().await;
    let queue = list(&desk).await;
    let answer = [("act", "comment"), ("body", "Peladen dihidupkan lagi.")];
    for _ in 0..2 {
        let told = mark(&desk.tier1, &queue, &boxes(&queue), &answer).await;
        assert!(told.words().contains("2 dari 2 tiket"), "{}", told.words());
    }
    let page = desk.clerk.get(&reports[0].place).await;
    assert_eq!(page.first(".history").matches("Peladen dihidupkan lagi.").count(), 1, "{}", page.html);
    let solve = [("act", "resolve"), ("resolution", "Dihidupkan lagi.")];
    let told = mark(&desk.tier1, &queue, &boxes(&queue), &solve).await;
    // Their versions are older than the answers: what is told must be what became of them.
    let fresh = mark(&desk.tier1, &list(&desk).await, &boxes(&list(&desk).await), &solve).await;
    assert!(told.words().contains("0 dari 2 tiket") && fresh.words().contains("2 dari 2 tiket"), "{}", told.html);
}

#[actix_web::test]
async fn a_disturbance_that_came_back_offers_the_solution_that_failed_to_nobody() {
    let (desk, _) = disturbance().await;
    desk.act(&desk.tier1, "resolve", &[("resolution", "Peladen dihidupkan lagi.")]).await;
    desk.act(&desk.clerk, "reopen", &[("reason", "Mati lagi.")]).await;
    let queue = list(&desk).await;
    assert_eq!(queue.first("#bulk-resolution"), "");
    desk.act(&desk.tier1, "resolve", &[("resolution", "Catu dayanya diganti.")]).await;
    assert_eq!(list(&desk).await.first("#bulk-resolution"), "Catu dayanya diganti.");
}

#[actix_web::test]
async fn an_answer_to_all_that_met_the_end_of_a_session_stands_beside_the_way_to_sign_in() {
    let (desk, _) = disturbance().await;
    let queue = list(&desk).await;
    desk.tier1.end_unseen().await;
    let words = [("act", "comment"), ("body", "Mohon sabar."), ("resolution", "Peladen diganti.")];
    let page = mark(&desk.tier1, &queue, &boxes(&queue), &words).await;
    assert_eq!(page.status, 401);
    let unsent = page.first("section[aria-labelledby=unsent]");
    assert!(unsent.contains("Mohon sabar.") && unsent.contains("Peladen diganti."), "{}", page.html);
}

#[actix_web::test]
async fn whoever_may_only_look_is_promised_no_more_than_a_look() {
    let (desk, _) = disturbance().await;
    let auditor = Browser::lebak(&desk.app, "auditor").await;
    let ties = auditor.get(&desk.place).await.first("section[aria-labelledby=ties]");
    assert!(ties.contains("Laporan yang belum selesai: 2") && !ties.contains("Kabari"), "{ties}");
    let list = list(&desk).await;
    let one = mark(&desk.tier1, &list, &boxes(&list), &[("act", "comment"), ("body", "Mohon sabar.")]).await;
    assert_eq!(one.attributes(".outcomes a", "href").len(), 2);
    let bare = desk.tier1.get("/tickets").await;
    let told = mark(&desk.tier1, &bare, &boxes(&bare), &[("act", "assign"), ("assignee", "me")]).await;
    let from = |page: &Page| page.attributes(".outcomes a", "href").iter().all(|way| way.contains("from="));
    assert!(from(&one) && from(&told), "a ticket that is opened from the outcomes leads back: {}", told.html);
}
