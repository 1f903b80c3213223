//! Boxes in the queue: only where there is something to do, and a refusal that names the right door.

use super::{Desk, reported};

const HANDED_UP: [(&str, &str); 3] = [("reason", "Di pusat data."), ("tried", "Diulang."), ("requested", "Periksa.")];

#[actix_web::test]
async fn a_ticket_at_the_other_desk_has_no_box_and_an_old_page_is_told_where_it_lies() {
    let desk = Desk::new().await;
    let old = desk.tier1.get("/tickets").await;
    let marked = old.attributes("input[name=ticket]", "value");
    assert_eq!(marked.len(), 1);
    let page = desk.act(&desk.tier1, "escalate", &HANDED_UP).await;
    assert_eq!(page.status, 200, "{}", page.html);
    let queue = desk.tier1.get("/tickets?tier=all").await;
    assert_eq!((queue.all(".row").len(), queue.elements("input[name=ticket]").len()), (1, 0));
    assert!(queue.all(".bulk").is_empty(), "nothing could be marked for it");
    let number = marked[0].split(' ').next().unwrap();
    let form = old.attributes("form[action='/tickets/acts'] input[name=form]", "value")[0].clone();
    for act in ["start", "pend", "assign"] {
        let body = format!("form={form}&act={act}&reason=vendor&assignee=me&ticket={number}+");
        let told = desk.tier1.post("/tickets/acts", &[], body).await.first(".outcomes li");
        assert!(told.ends_with("✕ Tiket ini sedang di Service Desk Tier 2."), "{act}: {told}");
    }
    // One of the desk's own has a box, beside it.
    reported(&desk.clerk, "Absensi mati").await;
    let queue = desk.tier1.get("/tickets?tier=all").await;
    assert_eq!((queue.all(".row").len(), queue.elements("input[name=ticket]").len()), (2, 1));
    assert_eq!(desk.tier2.get("/tickets").await.elements("input[name=ticket]").len(), 1, "there it is marked");
}
