//! The lists of whoever keeps a region: by name, and searched where they are longer than one looks through.

use super::keeper;
use crate::support::TestApp;
use crate::support::browser::{Browser, Page};
use serde_json::json;

fn names(page: &Page) -> Vec<String> {
    assert_eq!(page.status, 200, "{}", page.words());
    page.all(".list tbody th")
}

#[actix_web::test]
async fn organisations_stand_by_name_and_are_found_by_a_part_of_name_abbreviation_or_code() {
    let app = TestApp::new().await;
    let admin = keeper(&app).await;
    let page = admin.get("/admin/opds").await;
    assert_eq!(page.first("[for=search-q]"), "Nama, singkatan, atau kode");
    assert_eq!(page.attributes("#search-q", "maxlength"), ["100"], "no more is taken");
    let all = names(&page);
    assert!(all.len() > 20 && all.is_sorted_by_key(|name| name.to_lowercase()), "{all:?}");
    for (words, found) in [
        ("KESEHATAN", vec!["Dinas Kesehatan", "Dinas Peternakan dan Kesehatan Hewan"]),
        ("bpbd", vec!["Badan Penanggulangan Bencana Daerah"]),
        ("%25", vec![]),
        ("dinkes_", vec![]),
    ] {
        let page = admin.get(&format!("/admin/opds?q={words}")).await;
        assert_eq!(names(&page), found, "{words}");
        assert_eq!(page.words().contains("Tidak ada yang cocok."), found.is_empty(), "{words}");
    }
    // More than a page of what is looked for.
    let lines: String = (0..105).map(|n| format!("desa-{n},Desa Uji {n:03},desa\n")).collect();
    let form = admin.get("/admin/import/opds").await;
    let file = ("desa.csv", &*format!("code,name,kind\n{lines}"));
    let page = admin.fill_with_file(&form, "/admin/import/opds", &[], file).await;
    admin.send_multipart(&page, "/admin/import/opds", &[("step", "keep")]).await;
    let first = admin.get("/admin/opds?q=desa+uji").await;
    let second = admin.get(&first.attributes("a[rel=next]", "href")[0]).await;
    assert_eq!(second.attributes("#search-q", "value"), ["desa uji"], "{}", second.place);
    let both = [names(&first), names(&second)].concat();
    assert_eq!(both, (0..105).map(|n| format!("Desa Uji {n:03}")).collect::<Vec<_>>());
    assert!(second.all("a[rel=next]").is_empty());
    let other = Browser::of(&app, "admin@temanggungkab.go.id").await;
    assert!(names(&other.get("/admin/opds?q=desa+uji").await).is_empty(), "nothing crosses regions");
    assert_eq!(admin.get(&format!("/admin/opds?q={}", "x".repeat(101))).await.status, 422);
}

#[actix_web::test]
async fn services_stand_by_name_and_are_found_by_a_part_of_name_or_code() {
    let app = TestApp::new().await;
    let (admin, rest) = (keeper(&app).await, app.lebak("admin").await);
    for (code, name) in [("z-aplikasi", "aplikasi surat"), ("a-zona", "zona internet publik")] {
        let service = json!({ "code": code, "name": name, "owner": "dinkominfo", "provider": "dinkominfo" });
        rest.post("/services", service).await.created();
    }
    let all = names(&admin.get("/admin/services").await);
    assert!(all.is_sorted_by_key(|name| name.to_lowercase()), "{all:?}");
    assert_eq!((all[1].as_str(), all.last().unwrap().as_str()), ("aplikasi surat", "zona internet publik"));
    for (words, found) in [("SURAT", vec!["aplikasi surat"]), ("a-zo", vec!["zona internet publik"]), ("%25", vec![])] {
        assert_eq!(names(&admin.get(&format!("/admin/services?q={words}")).await), found, "{words}");
    }
    let other = Browser::of(&app, "admin@temanggungkab.go.id").await;
    let page = other.get("/admin/services?q=zona").await;
    assert!(names(&page).is_empty() && page.words().contains("Tidak ada yang cocok."), "{}", page.words());
    assert!(!page.forms().contains(&"/admin/shipped/services".to_owned()), "the catalogue is not empty");
}
