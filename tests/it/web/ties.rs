//! Following a ticket and tying it to another, on its page.

use super::{Desk, number, reported};
use crate::support::browser::Browser;

#[actix_web::test]
async fn a_technician_follows_a_ticket_lets_a_colleague_follow_and_stops() {
    let desk = Desk::new().await;
    let page = desk.act(&desk.tier1, "watch", &[]).await;
    assert!(page.first("section[aria-labelledby=ties]").contains("Diikuti oleh Budi Santoso"), "{}", page.html);
    let page = desk.act(&desk.tier1, "invite", &[("person", "koordinator@lebakkab.go.id")]).await;
    assert_eq!(page.status, 200, "{}", page.html);
    let coordinator = Browser::lebak(&desk.app, "koordinator").await;
    assert!(coordinator.get(&desk.place).await.forms().contains(&format!("{}/unwatch", desk.place)));
    let page = desk.act(&desk.tier1, "unwatch", &[]).await;
    assert!(!page.first("section[aria-labelledby=ties]").contains("Budi Santoso"));
    let told = |page: &crate::support::browser::Page| (page.status, page.first("#invite-person-fault"));
    let blind = desk.act(&desk.tier1, "invite", &[("person", "teknisi.disdik@lebakkab.go.id")]).await;
    let nobody = desk.act(&desk.tier1, "invite", &[("person", "tiada@lebakkab.go.id")]).await;
    assert_eq!((told(&blind).0, told(&blind)), (422, told(&nobody)), "nobody learns who exists");
    assert_eq!(nobody.attributes("#invite-person", "value"), ["tiada@lebakkab.go.id"]);
    let seen = desk.clerk.get(&desk.place).await;
    assert!(seen.all("#ties").is_empty(), "who follows is not the requester's business");
}

#[actix_web::test]
async fn tickets_are_tied_by_number_read_from_both_sides_and_untied() {
    let desk = Desk::new().await;
    let other = reported(&desk.clerk, "SIMPEG galat 502").await;
    let page = desk.act(&desk.tier1, "link", &[("kind", "duplicate_of"), ("ticket", "LBK-2026-999999")]).await;
    assert_eq!((page.status, page.all("#link-ticket-fault").len()), (422, 1));
    let form = page.form(&format!("{}/link", desk.place), &[]);
    assert!(form.contains(&("kind".to_owned(), "duplicate_of".to_owned())), "{form:?}");
    let fields = [("kind", "duplicate_of"), ("ticket", &*format!(" {} ", number(&other).to_lowercase()))];
    let page = desk.act(&desk.tier1, "link", &fields).await;
    let tie = format!("Sama dengan {} SIMPEG galat 502", number(&other));
    assert!(page.first(".ties li").starts_with(&tie), "{}", page.first(".ties li"));
    assert_eq!(desk.act(&desk.tier1, "link", &fields).await.status, 409, "once is enough");
    let back = desk.tier1.get(&other.place).await;
    assert!(back.first(".ties li").starts_with("Dilaporkan lagi di "), "{}", back.first(".ties li"));
    assert!(desk.tier1.get(&desk.place).await.forms().contains(&format!("{}/untie", desk.place)));
    let page = desk.tier1.fill(&back, &format!("{}/untie", other.place), &[]).await;
    assert!(page.all(".ties").is_empty());
    let page = desk.tier1.get(&desk.place).await;
    let history = page.all(".history li");
    for told in ["mengaitkan dengan", "melepas kaitan dengan"] {
        let told = format!("{told} {}.", number(&other));
        assert_eq!(history.iter().filter(|line| line.contains(&told)).count(), 1, "{told} {history:?}");
    }
    assert!(!desk.clerk.get(&desk.place).await.first(".history").contains("kaitan"), "the desk's affair");
    assert!(page.all(".ties").is_empty());
}
