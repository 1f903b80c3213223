//! Canned answers of a desk, which several people keep.

use super::Desk;
use crate::support::browser::Browser;

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
