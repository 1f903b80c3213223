//! What the pages of the administration must not take, give away or lose behind their keeper's back.

use super::keeper;
use crate::support::TestApp;
use crate::support::browser::Browser;
use serde_json::json;

// L2: whose a service is, and who may ask for it, is not decided by a list from which it has gone.
#[actix_web::test]
async fn saving_a_service_leaves_it_with_an_organisation_that_is_in_use_no_more() {
    let app = TestApp::new().await;
    let rest = app.lebak("admin").await;
    let service = json!({ "code": "arsip", "name": "Arsip", "owner": "setda", "provider": "opd", "only_opd": "setda" });
    rest.post("/services", service).await.created();
    rest.patch("/opds/setda", json!({ "active": false })).await.ok();
    let admin = keeper(&app).await;
    let place = "/admin/services/arsip";
    let page = admin.fill(&admin.get(place).await, place, &[("description", "Arsip daerah.")]).await;
    assert_eq!(page.status, 200, "{}", page.words());
    let stored = rest.get("/services?limit=200").await.ok();
    let stored = stored["items"].as_array().unwrap().iter().find(|one| one["code"] == "arsip").unwrap().clone();
    assert_eq!((&stored["owner"], &stored["only_opd"]), (&json!("setda"), &json!("setda")), "{stored}");
    assert_eq!(stored["description"], "Arsip daerah.");
    // Nobody else's services go there.
    let offered = admin.get("/admin/services/simpeg").await.attributes("#entry-owner option", "value");
    assert!(!offered.contains(&"setda".to_owned()), "{offered:?}");
    let people = admin.get("/admin/people?opd=setda").await;
    assert_eq!(people.attributes("#search-opd option[selected]", "value"), ["setda"], "what is filtered is said");
}

#[actix_web::test]
async fn an_old_page_tells_which_boxes_and_texts_a_colleague_has_changed_meanwhile() {
    let app = TestApp::new().await;
    let rest = app.lebak("admin").await;
    let admin = keeper(&app).await;
    let place = "/admin/opds/bpbd";
    let old = admin.get(place).await;
    rest.patch("/opds/bpbd", json!({ "active": false, "mandiri_tik": true })).await.ok();
    let page = admin.fill(&old, place, &[("name", "BPBD Lebak"), ("is_provider", "yes")]).await;
    assert_eq!(page.status, 412);
    assert_eq!(page.first("#entry-active-stored"), "Kini tersimpan: tidak");
    assert_eq!(page.first("#entry-mandiri_tik-stored"), "Kini tersimpan: ya");
    assert_eq!(page.first("#entry-is_provider-stored"), "Kini tersimpan: tidak");
    assert_eq!(page.attributes("#entry-active", "aria-describedby"), ["entry-active-stored"]);
    assert!(page.all("#entry-kind-stored").is_empty(), "both say the same");
    let place = "/admin/services/simpeg";
    let old = admin.get(place).await;
    rest.patch("/services/simpeg", json!({ "description": "Baris satu.\r\nBaris dua." })).await.ok();
    let page = admin.fill(&old, place, &[("name", "SIMPEG Baru")]).await;
    assert_eq!(
        (page.status, page.first("#entry-description-stored").as_str()),
        (412, "Kini tersimpan: Baris satu. Baris dua.")
    );
    let page = admin.fill(&page, place, &[("description", "Baris satu.\nBaris dua."), ("version", "1")]).await;
    assert!(page.status == 412 && page.all("#entry-description-stored").is_empty(), "ends of lines are no difference");
}

#[actix_web::test]
async fn a_page_imports_as_much_as_may_be_imported_and_says_where_that_ends() {
    let app = TestApp::with("[limits]\nbody_bytes = 4096\nimport_bytes = 16384\n").await;
    let admin = keeper(&app).await;
    let place = "/admin/import/opds";
    let of = |count: usize| {
        let line = |n: usize| format!("baru-{n},Dinas {},dinas\n", "Panjang ".repeat(20));
        format!("code,name,kind\n{}", (0..count).map(line).collect::<String>())
    };
    let form = admin.get(place).await;
    let page = admin.fill_with_file(&form, place, &[], ("daftar.csv", &of(60))).await;
    assert_eq!((page.status, page.all("tbody tr").len()), (200, 60), "{}", page.words());
    let page = admin.send_multipart(&page, place, &[("step", "keep")]).await;
    assert_eq!((page.status, page.place.as_str()), (200, "/admin/opds?done=imported"), "{}", page.words());
    let page = admin.fill_with_file(&form, place, &[], ("daftar.csv", &of(120))).await;
    assert_eq!((page.status, page.attributes("#file-file", "type")), (422, vec!["file".to_owned()]));
    assert!(page.first("#file-file-fault").contains("paling besar"), "{}", page.words());
    let page = admin.fill_with_file(&form, place, &[("form", &"x".repeat(5000))], ("daftar.csv", &of(1))).await;
    assert_eq!(page.status, 422, "what is no file stays short");
}

// P4: whoever takes the last administrator's role away can put another in his place.
#[actix_web::test]
async fn an_operator_gives_an_administrators_role_back_that_he_took() {
    let app = TestApp::new().await;
    let operator = Browser::of(&app, "operator@sigap.example").await;
    let place = format!("/admin/people/{}", app.person("admin@lebakkab.go.id").await);
    let page = operator.get(&place).await;
    let take = page.forms().into_iter().find(|form| form.starts_with(&format!("{place}/roles/"))).unwrap();
    let asked = operator.fill(&page, &take, &[]).await;
    let page = operator.press(&asked, &take, ("step", "keep")).await;
    assert_eq!((page.status, page.first("[role=status]").as_str()), (200, "✓ Tersimpan."), "{}", page.words());
    assert_eq!(operator.get(&place).await.status, 404, "he is no administrator any more");
    let page = operator.get("/admin/regions/lebak").await;
    assert!(page.words().contains("Belum ada admin."), "{}", page.words());
    let fields = [("name", "Eko Nugroho"), ("email", "Admin@lebakkab.go.id")];
    let page = operator.fill(&page, "/admin/regions/lebak", &fields).await;
    assert_eq!((page.status, page.place.as_str()), (200, format!("{place}?done=made").as_str()), "{}", page.words());
    assert_eq!(keeper(&app).await.get("/admin/opds").await.status, 200, "with the password that he has");
    assert!(
        !keeper(&app).await.get("/admin/mails").await.words().contains("Tautan kata sandi"),
        "nor is he sent a link"
    );
}

#[actix_web::test]
async fn nobody_is_offered_to_deactivate_himself_and_nobody_does() {
    let app = TestApp::new().await;
    for (account, other) in
        [("operator@sigap.example", "admin@lebakkab.go.id"), ("admin@lebakkab.go.id", "koordinator@lebakkab.go.id")]
    {
        let browser = Browser::of(&app, account).await;
        let place = |id: sigap::db::Id| format!("/admin/people/{id}");
        let (own, other) = (place(app.person(account).await), place(app.person(other).await));
        assert!(browser.get(&other).await.forms().contains(&format!("{other}/active")), "{account}");
        let page = browser.get(&own).await;
        assert!(!page.forms().contains(&format!("{own}/active")), "{account}");
        let version = page.attributes("[name=version]", "value")[0].clone();
        let body = format!("form={}&version={version}&active=", browser.form_token().await);
        let page = browser.post(&format!("{own}/active"), &[], body).await;
        assert_eq!(page.status, 409, "{account}");
        assert!(page.words().contains("Mintalah admin lain atau operator"), "{}", page.words());
        assert_eq!(browser.get("/admin").await.place, "/admin", "{account} is in");
    }
}

// L2: a person of two organisations is offered what either may ask for, and gets it.
#[actix_web::test]
async fn whoever_is_of_two_organisations_says_of_which_a_report_is() {
    let app = TestApp::new().await;
    let rest = app.lebak("admin").await;
    let service =
        json!({ "code": "rapor", "name": "Rapor", "owner": "disdik", "provider": "opd", "only_opd": "disdik" });
    rest.post("/services", service).await.created();
    let account = app.hire("lebak", "pegawai.dua", Some(sigap::access::Role::Requester), &["dinkes", "disdik"]).await;
    let clerk = Browser::of(&app, &account).await;
    let opd = async |number: &str| {
        let seen =
            app.lebak("koordinator").await.get(&format!("/tickets/{}", number.trim_start_matches("/tickets/"))).await;
        seen.ok()["opd"]["code"].as_str().unwrap().to_owned()
    };
    let fields = [("subject", "Rapor tidak terbuka"), ("description", "Sejak pagi.")];
    let form = clerk.get("/report?service=rapor").await;
    assert_eq!(form.attributes("#opd option[selected]", "value"), ["disdik"], "alone it may ask for it");
    let page = clerk.send_multipart(&form, "/report", &fields).await;
    assert_eq!((page.status, opd(page.ticket()).await.as_str()), (200, "disdik"), "{}", page.words());
    let form = clerk.get("/report?service=simpeg").await;
    assert_eq!(form.attributes("#opd option", "value"), ["dinkes", "disdik"]);
    let page = clerk.send_multipart(&form, "/report", &[fields[0], fields[1], ("opd", "disdik")]).await;
    assert_eq!((page.status, opd(page.ticket()).await.as_str()), (200, "disdik"), "{}", page.words());
    let one = Browser::lebak(&app, "pegawai.dinkes").await.get("/report?service=simpeg").await;
    assert!(one.all("#opd").is_empty(), "whoever is of one is asked nothing");
}

// ASVS 7.5.1
#[actix_web::test]
async fn ones_own_page_asks_for_ones_password_before_ones_address_changes() {
    let app = TestApp::new().await;
    let admin = keeper(&app).await;
    let place = |id: sigap::db::Id| format!("/admin/people/{id}");
    let own = place(app.person("admin@lebakkab.go.id").await);
    let other = place(app.person("koordinator@lebakkab.go.id").await);
    assert!(admin.get(&other).await.all("#entry-password").is_empty());
    let fill = async |password: &str| {
        let fields = [("email", "admin.baru@lebakkab.go.id"), ("password", password)];
        admin.fill(&admin.get(&own).await, &own, &fields).await
    };
    for wrong in ["", "salah"] {
        let page = fill(wrong).await;
        assert_eq!((page.status, page.attributes("#entry-password", "aria-invalid").len()), (422, 1), "{wrong}");
        assert_eq!(page.attributes("#entry-password", "value"), [""], "it is not shown again");
        assert_eq!(page.attributes("#entry-email", "value"), ["admin.baru@lebakkab.go.id"]);
    }
    // A browser fills an old one in by itself; nothing else asks for it.
    let page = admin.fill(&admin.get(&own).await, &own, &[("phone", "0812-1234"), ("password", "lama")]).await;
    assert_eq!((page.status, page.attributes("#entry-phone", "value")), (200, vec!["0812-1234".to_owned()]));
    let page = fill("sigap-demo-2026").await;
    assert_eq!(
        (page.status, page.attributes("#entry-email", "value")),
        (200, vec!["admin.baru@lebakkab.go.id".to_owned()])
    );
}
