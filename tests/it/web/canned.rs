//! Canned answers of a desk, which several people keep.

use super::{Desk, number};
use crate::support::browser::{Browser, Page};

#[actix_web::test]
async fn of_two_who_change_one_answer_at_once_the_second_reads_that_it_changed_and_takes_nothing_back_unseen() {
    let desk = Desk::new().await;
    desk.app.hire("lebak", "teknisi.baru", Some(sigap::access::Role::Tier1), &["dinkes"]).await;
    let colleague = Browser::lebak(&desk.app, "teknisi.baru").await;
    let new = desk.tier1.get("/answers").await;
    let fields = [("name", "Bersama"), ("body", "Mohon tunggu."), ("desk", "tier1:dinkes")];
    let page = desk.tier1.fill(&new, "/answers", &fields).await;
    let place = page.attributes(".answer > a", "href")[0].clone();
    let (his, hers) = (desk.tier1.get(&place).await, colleague.get(&place).await);
    desk.app.step(chrono::Duration::minutes(1));
    assert_eq!(desk.tier1.fill(&his, &place, &[("body", "Kami periksa.")]).await.place, "/answers");
    desk.app.step(chrono::Duration::minutes(1));
    let stale = colleague.fill(&hers, &place, &[("body", "Harap sabar.")]).await;
    assert_eq!(stale.status, 412, "{}", stale.html);
    assert!(stale.first(".fault[role=alert]").starts_with("Data ini diubah orang lain"), "{}", stale.html);
    assert_eq!(stale.first("#answer-body"), "Harap sabar.", "what she typed is there");
    assert_eq!(stale.all(".answer .text"), ["Kami periksa."], "and so is what is stored");
    // Whoever has read it and sends again means it.
    let page = colleague.fill(&stale, &place, &[]).await;
    assert_eq!((page.place.as_str(), page.all(".answer .text")), ("/answers", vec!["Harap sabar.".to_owned()]));
    // A client names what it changes, and takes back nothing else.
    let client = desk.app.lebak("teknisi.dinkes").await;
    let rest = format!("/answers/{}", place.rsplit('/').next().unwrap());
    client.patch(&rest, serde_json::json!({ "name": "Sabar" })).await.ok();
    let page = desk.tier1.get("/answers").await;
    assert_eq!(
        (page.all(".answer > a"), page.all(".answer .text")),
        (vec!["Sabar".into()], vec!["Harap sabar.".into()])
    );
}

#[actix_web::test]
async fn whoever_came_from_a_ticket_to_its_canned_answers_goes_back_to_it_whatever_he_did_to_them() {
    let desk = Desk::new().await;
    let ticket = desk.tier1.get(&format!("{}?from=who%3Dnone", desk.place)).await;
    let place = ticket.attributes("a[href^='/answers']", "href")[0].clone();
    let back = |page: &Page| (page.all(".links a"), page.attributes(".links a", "href"));
    let way = (vec![format!("← {}", number(&ticket))], vec![format!("{}?from=who%3Dnone#answer", desk.place)]);
    let page = desk.tier1.get(&place).await;
    assert_eq!(back(&page), way);
    let page = desk.tier1.fill(&page, "/answers", &[("name", "Sabar"), ("body", "Mohon tunggu.")]).await;
    assert_eq!((page.all(".answer > a"), back(&page)), (vec!["Sabar".to_owned()], way.clone()));
    let one = page.attributes(".answer > a", "href")[0].clone();
    let page = desk.tier1.get(&one).await;
    let page = desk.tier1.fill(&page, &one, &[("body", "Harap tunggu.")]).await;
    assert_eq!((page.all(".answer .text"), back(&page)), (vec!["Harap tunggu.".to_owned()], way.clone()));
    // It is asked about before it goes.
    let remove = page.forms().into_iter().find(|form| form.contains("/remove")).unwrap();
    let asked = desk.tier1.fill(&page, &remove, &[]).await;
    assert_eq!((asked.all("#sure"), asked.all(".answer > a")), (vec!["Hapus “Sabar”?".into()], vec!["Sabar".into()]));
    assert_eq!(asked.elements("#sure[autofocus]").len(), 1, "one is at the question");
    let stays = desk.tier1.get(&asked.attributes("[aria-labelledby=sure] a", "href")[0]).await;
    assert_eq!((stays.all(".answer > a"), back(&stays)), (vec!["Sabar".to_owned()], way.clone()), "nobody has to");
    let page = desk.tier1.press(&asked, &remove, ("step", "keep")).await;
    assert_eq!((page.all(".answer").len(), back(&page)), (0, way));
    // Nothing but a ticket is led back to.
    for other in
        ["/answers", "/answers?back=//jahat.example", "/answers?back=/tickets/../admin", "/answers?back=/tickets/"]
    {
        assert_eq!(back(&desk.tier1.get(other).await).1, ["/tickets"], "{other}");
    }
}

#[actix_web::test]
async fn whoever_removes_what_a_desk_shares_is_told_so_before_he_does() {
    let desk = Desk::new().await;
    let page = desk.tier1.get("/answers").await;
    let fields = [("name", "Bersama"), ("body", "Mohon tunggu."), ("desk", "tier1:dinkes")];
    let page = desk.tier1.fill(&page, "/answers", &fields).await;
    let remove = page.forms().into_iter().find(|form| form.contains("/remove")).unwrap();
    let asked = desk.tier1.fill(&page, &remove, &[]).await;
    assert_eq!(asked.first("#sure"), "Hapus “Bersama”? Rekan di meja Anda tidak lagi melihatnya.");
}
