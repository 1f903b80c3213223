//! People move to another organisation, on the page of the one that they leave (T5).

use super::keeper;
use crate::support::browser::{Browser, Page};
use crate::support::desk::Cast;
use serde_json::json;

const PLACE: &str = "/admin/opds/dinkes";
const MOVE: &str = "/admin/opds/dinkes/move";

async fn look(admin: &Browser, fields: &[(&str, &str)]) -> Page {
    admin.fill(&admin.get(PLACE).await, MOVE, fields).await
}

/// The boxes of those who are ticked.
fn ticked(page: &Page) -> usize {
    page.elements("input[type=checkbox][checked]").len()
}

#[actix_web::test]
async fn whoever_closes_an_organisation_sees_who_would_move_before_they_do() {
    let cast = Cast::new().await;
    let ticket = cast.requester.open("SIMPEG mati").await;
    cast.tier1.start(&ticket).await.ok();
    cast.admin.patch("/opds/dinkes", json!({ "valid_until": "2026-12-31", "successor": "disdik" })).await.ok();
    let admin = keeper(&cast.app).await;
    assert_eq!(admin.get(PLACE).await.attributes("#move-to option[selected]", "value"), ["disdik"]);
    let page = look(&admin, &[]).await;
    assert_eq!((page.status, page.first("h1").as_str()), (200, "Dinas Kesehatan → Dinas Pendidikan"));
    let words = page.words();
    for told in [
        "2 orang akan pindah",
        "1 tiket terbuka yang mereka pegang kembali ke mejanya",
        "tinggal 0 orang",
        "Tidak ada lagi Service Desk Tier 1",
        "Yang masih terbuka dilihat koordinator",
        "Budi Santoso, teknisi.dinkes@lebakkab.go.id: Service Desk Tier 1",
    ] {
        assert!(words.contains(told), "{told}: {words}");
    }
    assert_eq!(ticked(&page), 2);
    assert_eq!(cast.tier1.get("/me").await.status, 200, "nobody has moved yet");
    let done = admin.press(&page, MOVE, ("step", "keep")).await;
    assert_eq!(
        (done.status, done.first("[role=status]").as_str()),
        (200, "✓ 2 orang dipindahkan. 1 tiket terbuka kembali ke mejanya.")
    );
    assert!(done.forms().iter().all(|form| form != MOVE), "nobody is left to move");
    let again = admin.press(&page, MOVE, ("step", "keep")).await;
    assert_eq!(again.place, done.place, "a form that is sent twice counts once");
    let people = admin.get("/admin/people?opd=disdik").await.words();
    assert!(people.contains("Siti Aminah") && people.contains("Budi Santoso"), "{people}");
}

#[actix_web::test]
async fn people_are_chosen_one_by_one() {
    let cast = Cast::new().await;
    let person = format!("person-{}", cast.requester.id().await);
    let admin = keeper(&cast.app).await;
    let page = look(&admin, &[("to", "setda"), ("choose", "yes")]).await;
    assert_eq!((page.status, ticked(&page)), (200, 0));
    assert!(page.words().contains("Centang siapa yang pindah"), "{}", page.words());
    assert!(page.attributes("button[name=step]", "value").is_empty(), "nobody would move");
    let page = admin.fill(&page, MOVE, &[(&person, "yes")]).await;
    assert!(page.words().contains("1 orang akan pindah ke Sekretariat Daerah"), "{}", page.words());
    assert!(page.words().contains("tinggal 1 orang, di antaranya 1 Service Desk Tier 1"), "{}", page.words());
    assert_eq!(ticked(&page), 1);
    admin.press(&page, MOVE, ("step", "keep")).await;
    let people = admin.get("/admin/people?opd=dinkes").await.words();
    assert!(!people.contains("Siti Aminah") && people.contains("Budi Santoso"), "{people}");
}

#[actix_web::test]
async fn a_move_without_a_place_or_without_anybody_says_what_is_missing() {
    let cast = Cast::new().await;
    let admin = keeper(&cast.app).await;
    let page = look(&admin, &[]).await;
    assert_eq!((page.status, page.attributes("#move-to", "aria-invalid")), (422, vec!["true".to_owned()]));
    let page = look(&admin, &[("to", "setda"), ("choose", "yes")]).await;
    let page = admin.press(&page, MOVE, ("step", "keep")).await;
    assert!(page.status == 422 && page.words().contains("Centang paling sedikit satu orang"), "{}", page.words());
}
