//! Organisations, people and services: entered, changed, imported.

use super::keeper;
use crate::support::browser::{Browser, Page};
use crate::support::build::nip;
use crate::support::{Device, TestApp};
use chrono::Duration;
use diesel::prelude::*;
use sigap::access::Role;
use sigap::db::schema::{people, sessions};
use sigap::on;

/// Sends a file, looks at what would happen, and lets it happen.
async fn rehearsed(admin: &Browser, place: &str, csv: &str) -> Page {
    let form = admin.get(place).await;
    admin.fill_with_file(&form, place, &[], ("daftar.csv", csv)).await
}

// T5, L4, T1
#[actix_web::test]
async fn an_organisation_is_entered_changed_and_known_to_lack_a_tier_1() {
    let app = TestApp::new().await;
    let admin = keeper(&app).await;
    let start = admin.get("/").await;
    assert_eq!(start.place, "/admin", "whoever only keeps the region begins there");
    let page = admin.get("/admin/opds").await;
    let fields = [("code", "diskop"), ("name", "Dinas Koperasi"), ("kind", "dinas"), ("mandiri_tik", "yes")];
    let page = admin.fill(&page, "/admin/opds", &fields).await;
    assert_eq!((page.status, page.first("[role=status]").as_str()), (200, "✓ Ditambahkan."));
    assert!(page.all(".list tr").iter().any(|row| row.contains("Dinas Koperasi") && row.contains("belum ada")));
    let page = admin.get("/admin/opds/diskop").await;
    assert!(page.first(".note").contains("belum memiliki Service Desk Tier 1"), "{}", page.first(".note"));
    assert_eq!(page.attributes("#entry-mailbox", "value"), ["diskop@lebakkab.go.id"], "made by the region's rule");
    assert_eq!(page.attributes("#entry-mandiri_tik[checked]", "value"), ["yes"]);
    let page = admin.fill(&page, "/admin/opds/diskop", &[("name", "Dinas Koperasi dan UKM"), ("active", "")]).await;
    assert_eq!((page.status, page.first("h1").as_str()), (200, "Dinas Koperasi dan UKM"));
    assert!(page.all(".note").is_empty(), "what is not in use needs nobody");
}

#[actix_web::test]
async fn an_emptied_mailbox_is_made_by_the_regions_rule_and_an_emptied_abbreviation_is_asked_for() {
    let app = TestApp::new().await;
    let admin = keeper(&app).await;
    let place = "/admin/opds/dinkes";
    let mailbox = |page: &Page| page.attributes("#entry-mailbox", "value").concat();
    let page = admin.fill(&admin.get(place).await, place, &[("mailbox", "pengaduan@lebakkab.go.id")]).await;
    assert_eq!((page.status, mailbox(&page).as_str()), (200, "pengaduan@lebakkab.go.id"));
    let page = admin.fill(&page, place, &[("mailbox", " ")]).await;
    assert_eq!((page.status, mailbox(&page).as_str()), (200, "dinkes@lebakkab.go.id"), "{}", page.words());
    assert_eq!(page.attributes("#entry-short_name[required]", "value").len(), 1);
    let page = admin.fill(&page, place, &[("short_name", " ")]).await;
    assert_eq!((page.status, page.all("#entry-short_name-fault").len()), (422, 1), "{}", page.words());
}

#[actix_web::test]
async fn an_organisation_keeps_its_successor_and_days_when_its_page_is_saved_and_loses_them_when_they_are_emptied() {
    let app = TestApp::new().await;
    let admin = keeper(&app).await;
    let place = "/admin/opds/bpbd";
    let page = admin.get(place).await;
    admin.fill(&page, place, &[("successor", "dinkes"), ("valid_until", "2030-01-31")]).await;
    let held = |page: &Page| {
        let of = |field: &str| page.attributes(field, "value").concat();
        (of("#entry-successor"), of("#entry-valid_until"))
    };
    let page = admin.fill(&admin.get(place).await, place, &[("short_name", "BPBD")]).await;
    assert_eq!((page.status, held(&page)), (200, ("dinkes".to_owned(), "2030-01-31".to_owned())));
    let page = admin.fill(&page, place, &[("successor", ""), ("valid_until", "")]).await;
    assert_eq!((page.status, held(&page)), (200, Default::default()));
}

// B2, T3, L15, P1
#[actix_web::test]
async fn the_page_of_an_organisation_shows_its_site_and_says_when_its_mailbox_is_off_the_pattern() {
    let app = TestApp::new().await;
    let admin = Browser::of(&app, "admin@blorakab.go.id").await;
    let page = admin.get("/admin/opds").await;
    let fields = [("code", "kec-baru"), ("name", "Kecamatan Baru"), ("kind", "kecamatan")];
    admin.fill(&page, "/admin/opds", &fields).await;
    let place = "/admin/opds/kec-baru";
    let page = admin.get(place).await;
    assert_eq!(page.attributes("#entry-mailbox", "value"), ["Kec_Baru@blorakab.go.id"]);
    assert!(page.words().contains("Situs menurut pola penamaan daerah: barukec.blorakab.go.id."), "{}", page.words());
    assert!(!page.words().contains("pola penamaan daerah, surel"), "{}", page.words());
    // Official and in use: taken, and said.
    let page = admin.fill(&page, place, &[("mailbox", "apa.saja@blorakab.go.id")]).await;
    assert_eq!(
        (page.status, page.attributes("#entry-mailbox", "value")),
        (200, vec!["apa.saja@blorakab.go.id".into()])
    );
    assert!(page.all(".note").iter().any(|note| note.contains("Kec_Baru@blorakab.go.id")), "{}", page.words());
}

#[actix_web::test]
async fn a_form_that_is_refused_names_the_field_and_keeps_what_was_typed() {
    let app = TestApp::new().await;
    let admin = keeper(&app).await;
    let page = admin.get("/admin/opds").await;
    let fields = [("code", "dinkes"), ("name", "Sekali lagi"), ("kind", "dinas")];
    let page = admin.fill(&page, "/admin/opds", &fields).await;
    assert_eq!(
        (page.status, page.first("#new-code-fault").as_str()),
        (422, "Sudah dipakai data lain. Periksa, atau isi dengan yang lain.")
    );
    assert_eq!(page.attributes("#new-name", "value"), ["Sekali lagi"]);
    assert_eq!(page.attributes("#new-code", "aria-describedby"), ["new-code-hint new-code-fault"]);
    // T3, L15: official addresses only.
    let page = admin.fill(&page, "/admin/opds", &[("code", "baru"), ("mailbox", "kantor@gmail.com")]).await;
    assert_eq!((page.status, page.all("#new-mailbox-fault").len()), (422, 1));
}

#[actix_web::test]
async fn whoever_saves_an_old_page_is_told_and_loses_nothing() {
    let app = TestApp::new().await;
    let admin = keeper(&app).await;
    let old = admin.get("/admin/opds/dinkes").await;
    let page = admin.get("/admin/opds/dinkes").await;
    admin.fill(&page, "/admin/opds/dinkes", &[("name", "Nama pertama")]).await;
    let page = admin.fill(&old, "/admin/opds/dinkes", &[("name", "Nama kedua")]).await;
    assert_eq!(page.status, 412);
    assert!(page.first("[role=alert]").contains("diubah orang lain"), "{}", page.first("[role=alert]"));
    assert_eq!(page.attributes("#entry-name", "value"), ["Nama kedua"]);
    let page = admin.fill(&page, "/admin/opds/dinkes", &[]).await;
    assert_eq!((page.status, page.first("h1").as_str()), (200, "Nama kedua"));
}

#[actix_web::test]
async fn a_list_is_shown_line_by_line_before_it_is_imported() {
    let app = TestApp::new().await;
    let admin = keeper(&app).await;
    let csv = "code,name,kind\nbaru-satu,Badan Satu,badan\ndinkes,Dinas Kesehatan,dinas\n";
    let page = rehearsed(&admin, "/admin/import/opds", csv).await;
    assert_eq!(page.status, 200);
    assert!(page.first(".note").contains("1 baru, 1 diperbarui"), "{}", page.first(".note"));
    assert_eq!(page.all("tbody tr"), ["2 Badan Satu baru", "3 Dinas Kesehatan diperbarui"]);
    assert_eq!(admin.get("/admin/opds/baru-satu").await.status, 404, "nothing is stored yet");
    let page = admin.send_multipart(&page, "/admin/import/opds", &[("step", "keep")]).await;
    assert_eq!(
        (page.place.as_str(), page.first("[role=status]").as_str()),
        ("/admin/opds?done=imported", "✓ Impor selesai.")
    );
    assert_eq!(admin.get("/admin/opds/baru-satu").await.first("h1"), "Badan Satu");
}

#[actix_web::test]
async fn a_list_with_faults_names_each_line_and_stores_nothing() {
    let app = TestApp::new().await;
    let admin = keeper(&app).await;
    let csv = "name,email,role,opd\nAni,ani@lebakkab.go.id,requester,dinkes\nBudi,budi@gmail.com,,\nCici,cici@lebakkab.go.id,raja,\n";
    let page = rehearsed(&admin, "/admin/import/people", csv).await;
    assert_eq!(page.status, 422);
    let rows = page.all("tbody tr");
    assert!(rows[0].starts_with("3 email Gunakan alamat surel dinas"), "{rows:?}");
    assert!(rows[1].starts_with("4 role Tulis salah satu peran"), "{rows:?}");
    assert_eq!(page.all("button").iter().filter(|b| *b == "Impor").count(), 0);
    assert!(!admin.get("/admin/people?q=ani@").await.words().contains("ani@lebakkab.go.id"));
    let page = rehearsed(&admin, "/admin/import/people", "nama,surel\nAni,ani@lebakkab.go.id\n").await;
    assert_eq!((page.status, page.all("#file-file-fault").len()), (422, 1), "a foreign column is told too");
    let page = rehearsed(&admin, "/admin/import/people", " ").await;
    assert_eq!((page.status, page.all("#file-file-fault").len()), (422, 1));
}

// T4, P6
#[actix_web::test]
async fn a_person_is_found_given_a_role_and_loses_it() {
    let app = TestApp::new().await;
    let admin = keeper(&app).await;
    let page = admin.get("/admin/people").await;
    let number = nip();
    let fields = [("name", "Dewi Sartika"), ("email", "dewi.sartika@lebakkab.go.id"), ("nip", number.as_str())];
    let page = admin.fill(&page, "/admin/people", &fields).await;
    assert_eq!((page.status, page.first("h1").as_str()), (200, "Dewi Sartika"));
    let place = page.place.trim_end_matches("?done=made").to_owned();
    let found = admin.get("/admin/people?q=sartika").await;
    assert_eq!(found.attributes(".list th a", "href"), [place.as_str()]);
    assert!(found.all(".list td").contains(&"belum memilih kata sandi".to_owned()));
    let roles = format!("{place}/roles");
    let page = admin.fill(&page, &roles, &[("role", "tier1")]).await;
    assert_eq!((page.status, page.all("#role-opd-fault").len()), (422, 1), "a technician serves an organisation");
    let page = admin.fill(&page, &roles, &[("role", "tier1"), ("opd", "bpbd")]).await;
    assert!(page.first("tbody th").starts_with("Service Desk Tier 1, Badan Penanggulangan"), "{}", page.words());
    let covered = admin.get("/admin/opds/bpbd").await;
    assert!(covered.all(".note").is_empty(), "the organisation is covered now (L4)");
    let take = page.forms().into_iter().find(|form| form.starts_with(&format!("{roles}/"))).unwrap();
    let page = admin.fill(&page, &take, &[]).await;
    assert_eq!((page.status, page.all("tbody th").len()), (200, 1), "one click takes nothing away yet");
    assert!(page.words().contains("Cabut peran Service Desk Tier 1, Badan Penanggulangan"), "{}", page.words());
    let page = admin.press(&page, &take, ("step", "keep")).await;
    assert_eq!(page.status, 200);
    assert!(page.words().contains("Belum punya peran."));
}

// Contract: nobody grants himself a role.
#[actix_web::test]
async fn nobody_changes_his_own_roles_and_the_page_says_so() {
    let app = TestApp::new().await;
    let admin = keeper(&app).await;
    let me = app.person("admin@lebakkab.go.id").await;
    let place = format!("/admin/people/{me}");
    let page = admin.get(&place).await;
    assert!(page.all(".note").iter().any(|note| note.contains("hanya dapat diubah oleh admin lain")));
    assert!(!page.forms().iter().any(|form| form.contains("/roles")), "{:?}", page.forms());
    let form = page.attributes("form[action='/sign-out'] input", "value")[0].clone();
    let body = format!("form={form}&role=tier2");
    assert_eq!(admin.post(&format!("{place}/roles"), &[], body).await.status, 403);
}

#[actix_web::test]
async fn whoever_leaves_is_signed_out_and_comes_back_with_his_entry() {
    let app = TestApp::new().await;
    let admin = keeper(&app).await;
    let clerk = Browser::lebak(&app, "pegawai.dinkes").await;
    let place = format!("/admin/people/{}", app.person("pegawai.dinkes@lebakkab.go.id").await);
    let page = admin.get(&place).await;
    let page = admin.fill(&page, &format!("{place}/active"), &[]).await;
    assert!(page.first(".note").contains("sudah berhenti"));
    assert!(clerk.get("/tickets").await.place.starts_with("/sign-in"));
    assert!(!admin.get("/admin/people?q=pegawai.dinkes").await.words().contains("Siti Aminah"));
    assert!(admin.get("/admin/people?q=pegawai.dinkes&left=yes").await.words().contains("Siti Aminah"));
    let page = admin.fill(&page, &format!("{place}/active"), &[]).await;
    assert!(page.all(".note").is_empty());
}

// T3, P1
#[actix_web::test]
async fn a_link_for_a_password_is_mailed_or_shown_once_and_works() {
    let app = TestApp::new().await;
    let admin = keeper(&app).await;
    let place = format!("/admin/people/{}", app.person("pegawai.dinkes@lebakkab.go.id").await);
    let page = admin.get(&place).await;
    let mailed = admin.fill(&page, &format!("{place}/mail"), &[]).await;
    assert_eq!(mailed.first("[role=status]"), "✓ Tautan dikirim ke surel dinasnya.");
    assert!(
        admin.get("/admin/mails").await.all("tbody tr")[0]
            .starts_with("pegawai.dinkes@lebakkab.go.id Tautan kata sandi")
    );
    let shown = admin.fill(&page, &format!("{place}/link"), &[]).await;
    let told = shown.first("[role=status]");
    let token = told.split("#token=").nth(1).unwrap().split(' ').next().unwrap().to_owned();
    assert_eq!(shown.place, format!("{place}/link"), "no token in any address");
    assert!(!admin.get(&place).await.html.contains(&token), "shown once");
    let clerk = Browser::new(&app);
    let page = clerk.get("/password").await;
    let password = "kuda hijau makan awan putih";
    let page = clerk.fill(&page, "/password", &[("token", &token), ("password", password)]).await;
    assert_eq!(page.status, 200, "{}", page.html);
    // One's own is changed where the old one is asked for.
    let own = format!("/admin/people/{}", app.person("admin@lebakkab.go.id").await);
    let forms = admin.get(&own).await.forms();
    for way in ["mail", "link"] {
        let way = format!("{own}/{way}");
        assert!(!forms.contains(&way), "{forms:?}");
        let form = format!("form={}", admin.form_token().await);
        assert_eq!(admin.post(&way, &[], form).await.status, 403, "{way}");
    }
}

// L13
#[actix_web::test]
async fn whoever_lost_his_device_and_codes_gets_in_again_once_an_administrator_has_made_sure_of_him() {
    let app = TestApp::new().await;
    let admin = keeper(&app).await;
    let place = format!("/admin/people/{}", app.person("teknisi.dinkes@lebakkab.go.id").await);
    let reset = format!("{place}/second-factor");
    let page = admin.get(&place).await;
    assert!(page.words().contains("Verifikasi dua langkah: belum aktif"), "{}", page.words());
    assert!(!page.forms().contains(&reset), "there is nothing to reset");
    let owner = app.lebak("teknisi.dinkes").await;
    Device::of(&app, &owner).await;
    let page = admin.get(&place).await;
    assert!(page.words().contains("Verifikasi dua langkah: aktif"), "{}", page.words());
    let unsure = admin.fill(&page, &reset, &[]).await;
    assert_eq!((unsure.status, unsure.all("#factor-sure-fault").len()), (422, 1), "it asks for a confirmation");
    let done = admin.fill(&unsure, &reset, &[("sure", "yes")]).await;
    assert_eq!(done.first("[role=status]"), "✓ Verifikasi dua langkah dihapus dan semua sesinya diakhiri.");
    assert!(done.words().contains("Verifikasi dua langkah: belum aktif"));
    // By his password alone.
    app.lebak("teknisi.dinkes").await.get("/me").await.ok();
    // One's own is another's to reset.
    let own = format!("/admin/people/{}", app.person("admin@lebakkab.go.id").await);
    let form = format!("form={}&sure=yes", admin.form_token().await);
    assert_eq!(admin.post(&format!("{own}/second-factor"), &[], form).await.status, 403);
}

#[actix_web::test]
async fn many_roles_of_one_kind_are_told_in_short_and_programs_by_the_name_that_people_know() {
    let app = TestApp::new().await;
    let admin = keeper(&app).await;
    let page = admin.get("/admin/people?q=teknisi.setda").await;
    let row = page.first("tbody tr");
    assert!(row.contains("Service Desk Tier 1 di 7") && row.contains(" perangkat daerah"), "{row}");
    assert!(row.len() < 160, "no wall of names: {row}");
    let agent = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0";
    let lebak = app.region("lebak").await;
    app.within(move |tx| {
        let all = sessions::table
            .filter(sessions::person_id.eq_any(people::table.filter(people::region_id.eq(lebak)).select(people::id)));
        on!(tx.conn(), |c| diesel::update(all).set(sessions::agent.eq(agent)).execute(c))?;
        Ok(())
    })
    .await;
    let place = format!("/admin/people/{}", app.person("admin@lebakkab.go.id").await);
    for place in ["/admin/sessions", &place] {
        let page = admin.get(place).await;
        assert!(page.words().contains("Firefox, Linux") && !page.words().contains("Mozilla"), "{place}");
    }
}

#[actix_web::test]
async fn an_administrator_is_told_how_many_tickets_go_back_to_the_desk_when_somebody_leaves() {
    let app = TestApp::new().await;
    let clerk = app.lebak("pegawai.dinkes").await;
    let tier1 = app.lebak("teknisi.dinkes").await;
    for _ in 0..2 {
        tier1.start(&clerk.open("SIMPEG tidak bisa dibuka").await).await.ok();
    }
    let admin = keeper(&app).await;
    let place = format!("/admin/people/{}", app.person("teknisi.dinkes@lebakkab.go.id").await);
    let page = admin.fill(&admin.get(&place).await, &format!("{place}/active"), &[]).await;
    assert_eq!(page.first("[role=status]"), "✓ Tersimpan. 2 tiket terbuka kembali ke mejanya.");
}

#[actix_web::test]
async fn sessions_are_seen_and_ended_by_whoever_keeps_people() {
    let app = TestApp::new().await;
    let admin = keeper(&app).await;
    app.step(Duration::minutes(1));
    let tier2 = Browser::lebak(&app, "tier2.satu").await;
    let other = Browser::of(&app, "tier2.satu@temanggungkab.go.id").await;
    let list = admin.get("/admin/sessions").await;
    assert_eq!(list.all("tbody th"), ["Hendra Gunawan", "Eko Nugroho"], "of the region alone, newest first");
    let place = list.attributes("tbody th a", "href")[0].clone();
    let page = admin.get(&place).await;
    let page = admin.fill(&page, &format!("{place}/sign-out"), &[]).await;
    assert_eq!(page.first("[role=status]"), "✓ Semua sesinya sudah diakhiri.");
    assert!(tier2.get("/tickets").await.place.starts_with("/sign-in"));
    assert_eq!(other.get("/tickets").await.status, 200);
}

// L2, L18
#[actix_web::test]
async fn a_service_is_entered_and_retired_on_a_day() {
    let app = TestApp::new().await;
    let admin = keeper(&app).await;
    let clerk = Browser::lebak(&app, "pegawai.dinkes").await;
    let page = admin.get("/admin/services").await;
    let fields = [("code", "cctv"), ("name", "CCTV Kota"), ("owner", "dinkes"), ("kind-change", "")];
    let page = admin.fill(&page, "/admin/services", &fields).await;
    assert_eq!(page.status, 200, "{}", page.html);
    assert!(clerk.get("/report").await.words().contains("CCTV Kota"));
    let kinds = clerk.get("/report?service=cctv").await.attributes("#kind option", "value");
    assert_eq!(kinds, ["complaint", "incident", "problem", "request"], "what is not ticked is not offered");
    let page = admin.get("/admin/services/cctv").await;
    let page = admin.fill(&page, "/admin/services/cctv/retire", &[("active_until", "2026-03-01")]).await;
    assert!(page.first(".note").contains("tidak ditawarkan"));
    assert!(!clerk.get("/report").await.words().contains("CCTV Kota"));
    let row = admin.get("/admin/services").await.all("tbody tr").into_iter().find(|row| row.contains("CCTV")).unwrap();
    assert!(row.contains("tidak ditawarkan"), "{row}");
    let page = admin.fill(&page, "/admin/services/cctv/retire", &[("active_until", "")]).await;
    assert_eq!(page.all(".note").len(), 0, "offered until further notice");
    let page = admin.fill(&page, "/admin/services/cctv", &[("only_opd", "disdik")]).await;
    assert!(!clerk.get("/report").await.words().contains("CCTV Kota"));
    admin.fill(&page, "/admin/services/cctv", &[("only_opd", "")]).await;
    assert!(clerk.get("/report").await.words().contains("CCTV Kota"), "everybody's again");
}

// T1: the words belong to the region.
#[actix_web::test]
async fn roles_are_called_what_the_region_calls_them() {
    let app = TestApp::new().await;
    app.hire("temanggung", "kepala", Some(Role::Tier2), &[]).await;
    let admin = Browser::of(&app, "admin@temanggungkab.go.id").await;
    let row = admin.get("/admin/people?q=kepala").await.first("tbody tr");
    assert!(row.contains("Superadmin"), "{row}");
    assert!(admin.get("/admin/opds").await.words().contains("memiliki Administrator"));
}
