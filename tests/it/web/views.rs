//! Views of the queue, and what becomes of them.

use super::Desk;
use super::desk::keep_view;
use crate::support::browser::{Browser, Page};
use serde_json::json;

// A view goes with who made it.
#[actix_web::test]
async fn what_somebody_shared_with_his_desk_goes_when_he_does_and_comes_back_with_him() {
    let desk = Desk::new().await;
    let maker = desk.app.hire("lebak", "teknisi.baru", Some(sigap::access::Role::Tier1), &["dinkes"]).await;
    let place = format!("/people/{}", desk.app.person(&maker).await);
    keep_view(&Browser::of(&desk.app, &maker).await, "/tickets?who=none", "Tim kita", "tier1:dinkes").await;
    let seen = async || desk.tier1.get("/tickets").await.all(".views a").contains(&"Tim kita".to_owned());
    let (admin, clerk) = (desk.app.lebak("admin").await, desk.app.lebak("teknisi.dinkes").await);
    assert!(seen().await);
    let view = clerk.get("/views").await.ok()["items"][0]["id"].as_str().unwrap().to_owned();
    clerk.delete(&format!("/views/{view}")).await.refused(403);
    for (active, is_seen) in [(false, false), (true, true)] {
        admin.patch(&place, json!({ "active": active })).await.ok();
        assert_eq!(seen().await, is_seen, "active: {active}");
    }
    let role = admin.get(&place).await.ok()["entry"]["roles"][0]["id"].as_str().unwrap().to_owned();
    admin.delete(&format!("{place}/roles/{role}")).await.done();
    assert!(!seen().await, "he works with no queue any more, and could not remove it");
    clerk.delete(&format!("/views/{view}")).await.refused(404);
}

#[actix_web::test]
async fn a_view_that_is_removed_is_told_and_its_list_stays_and_no_two_of_ones_own_have_one_name() {
    let desk = Desk::new().await;
    keep_view(&desk.tier1, "/tickets?who=none", "Bebas", "own").await;
    let refused = keep_view(&desk.tier1, "/tickets?who=me", " Bebas ", "own").await;
    assert_eq!((refused.status, refused.all("#view-name-fault").len()), (422, 1));
    assert_eq!(refused.attributes("#view-name", "value"), [" Bebas "]);
    let page = keep_view(&desk.tier1, "/tickets?who=me", "Punyaku", "own").await;
    assert_eq!(page.all(".views a"), ["Bebas", "Punyaku"]);
    let page = desk.tier1.get("/tickets?who=none").await;
    let remove = page.forms().into_iter().find(|form| form.ends_with("/remove")).unwrap();
    let asked = desk.tier1.fill(&page, &remove, &[]).await;
    assert_eq!((asked.status, asked.all("#sure")), (200, vec!["Hapus “Bebas”?".to_owned()]));
    let is_its = |page: &Page| page.all(".views a") == ["Bebas", "Punyaku"] && page.all(".row").len() == 1;
    assert!(is_its(&asked), "its list stands below the question: {}", asked.words());
    let stay = asked.attributes("[aria-labelledby=sure] a", "href");
    assert_eq!(
        (stay, asked.first("[aria-labelledby=sure] a").as_str()),
        (vec!["/tickets?who=none".into()], "Tidak, biarkan")
    );
    assert!(is_its(&desk.tier1.get("/tickets?who=none").await), "and nothing is gone yet");
    let page = desk.tier1.press(&asked, &remove, ("step", "keep")).await;
    assert_eq!(page.place, "/tickets?who=none&gone=view");
    assert_eq!(
        page.all("main > [role=status]:not([data-changed])"),
        ["Tampilannya dihapus; daftarnya tetap di bawah ini."]
    );
    assert_eq!((page.all(".views a"), page.all(".row").len()), (vec!["Punyaku".to_owned()], 1));
    // Whoever else keeps one of that name.
    assert_eq!(keep_view(&desk.tier2, "/tickets?who=me", "Punyaku", "own").await.status, 200);
}

#[actix_web::test]
async fn whoever_keeps_a_filter_that_is_none_reads_all_that_he_could_keep() {
    let desk = Desk::new().await;
    let clerk = desk.app.lebak("teknisi.dinkes").await;
    let view = |filter: &str| json!({ "name": "Antrean", "filter": filter, "desk": "own" });
    let told = clerk.post("/views", view("nothing=1")).await.names("/filter").to_string();
    for field in ["status", "tier", "sla", "who", "q", "sort", "opd", "service", "priority", "did", "from", "to", "age"]
    {
        assert!(told.contains(&format!(" {field}")), "{field}: {told}");
    }
}
