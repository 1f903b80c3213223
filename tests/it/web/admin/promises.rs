//! Calendars, holidays, agreements: seen, weighed, changed.

use super::keeper;
use crate::support::TestApp;
use crate::support::browser::{Browser, Page};
use crate::web::reported;
use diesel::prelude::*;
use sigap::db::Id;
use sigap::db::schema::agreements;
use sigap::sla::agreement::Agreement;
use sigap::{on, store_all};

const CALENDAR: &str = "/admin/calendars/perpres-21-2023";

/// What a month shows of a day.
fn day(page: &Page, number: u32) -> String {
    let mut days = page.all(".month td:not(.other)").into_iter();
    days.nth(usize::try_from(number - 1).unwrap()).unwrap()
}

#[actix_web::test]
async fn a_month_shows_hours_holidays_ramadan_and_the_way_to_the_next() {
    let app = TestApp::new().await;
    let admin = keeper(&app).await;
    let page = admin.get(CALENDAR).await;
    assert_eq!(page.first("#month"), "Maret 2026", "the month of today");
    assert_eq!(page.all(".month td[aria-current]").len(), 1);
    assert_eq!(page.all(".month td:not(.other)").len(), 31);
    assert!(
        day(&page, 2).contains("08.00–12.00 12.30–15.00") && day(&page, 2).contains("Ramadan"),
        "{}",
        day(&page, 2)
    );
    assert_eq!(day(&page, 7), "Sabtu 7 tutup ◆ Ramadan 1447 H");
    assert!(day(&page, 19).contains("tutup") && day(&page, 19).contains("Nyepi"), "{}", day(&page, 19));
    assert_eq!(day(&page, 31), "Selasa 31 07.30–12.00 13.00–16.00");
    let next = page.attributes("a[rel=next]", "href")[0].clone();
    assert_eq!(next, format!("{CALENDAR}?month=2026-04"));
    assert_eq!(admin.get(&next).await.first("#month"), "April 2026");
    for wrong in ["2026-13", "kemarin", "0001-01"] {
        assert_eq!(admin.get(&format!("{CALENDAR}?month={wrong}")).await.status, 404, "{wrong}");
    }
}

#[actix_web::test]
async fn other_hours_count_only_after_their_effect_was_seen() {
    let app = TestApp::new().await;
    let admin = keeper(&app).await;
    reported(&Browser::lebak(&app, "pegawai.dinkes").await, "SIMPEG tidak bisa dibuka").await;
    let page = admin.get(CALENDAR).await;
    let place = format!("{CALENDAR}/week");
    let fields = [("from", "2026-03-30"), ("monday", "pagi"), ("saturday", "08.00-12.00")];
    let page = admin.fill(&page, &place, &fields).await;
    assert_eq!((page.status, page.all("#week-monday-fault").len()), (422, 1));
    let page = admin.fill(&page, &place, &[("monday", "07.30-12.00")]).await;
    assert_eq!(page.status, 200, "{}", page.html);
    assert!(page.first(".note").contains("Belum disimpan. Batas waktu 0 tiket"), "{}", page.first(".note"));
    let april = format!("{CALENDAR}?month=2026-04");
    assert_eq!(day(&admin.get(&april).await, 11), "Sabtu 11 tutup", "nothing is kept yet");
    let page = admin.fill(&page, &place, &[("step", "keep")]).await;
    assert_eq!(page.first("[role=status]"), "✓ Tersimpan.");
    let april = admin.get(&april).await;
    assert_eq!(day(&april, 11), "Sabtu 11 08.00–12.00");
    assert_eq!(day(&april, 13), "Senin 13 07.30–12.00");
    assert_eq!(page.all("#weeks ~ div tbody tr").len(), 2, "the week before stays for the days before");
}

#[actix_web::test]
async fn days_with_hours_of_their_own_come_and_go() {
    let app = TestApp::new().await;
    let admin = keeper(&app).await;
    let place = format!("{CALENDAR}/exceptions");
    let page = admin.get(CALENDAR).await;
    let fields = [("name", "Banjir"), ("first", "2026-04-07"), ("last", "2026-04-08"), ("most_days", "10.00-12.00")];
    let page = admin.fill(&page, &place, &fields).await;
    assert_eq!(page.status, 200, "{}", page.html);
    let page = admin.fill(&page, &place, &[("step", "keep")]).await;
    assert_eq!(page.status, 200, "{}", page.html);
    let april = format!("{CALENDAR}?month=2026-04");
    assert_eq!(day(&admin.get(&april).await, 7), "Selasa 7 10.00–12.00 ◆ Banjir");
    let gone = format!("{place}/2026-04-07");
    let page = admin.fill(&page, &gone, &[]).await;
    assert!(page.all("h2").contains(&"Hapus Banjir, 7 April 2026?".to_owned()), "{:?}", page.all("h2"));
    assert!(page.first(".note").contains("Belum disimpan"));
    let page = admin.fill(&page, &gone, &[("step", "keep")]).await;
    assert_eq!(page.first("[role=status]"), "✓ Tersimpan.");
    assert!(!day(&admin.get(&april).await, 7).contains("Banjir"));
}

#[actix_web::test]
async fn of_two_exceptions_that_begin_on_one_day_the_one_that_was_asked_about_goes() {
    let app = TestApp::new().await;
    let admin = keeper(&app).await;
    let place = format!("{CALENDAR}/exceptions");
    for (name, more) in [("Banjir", None), ("Pemilu", Some(("over_holidays", "yes")))] {
        let mut fields = vec![("name", name), ("first", "2026-04-07"), ("last", "2026-04-07")];
        fields.extend([("most_days", "10.00-12.00")].into_iter().chain(more));
        let page = admin.get(CALENDAR).await;
        let page = admin.fill(&page, &place, &fields).await;
        let page = admin.fill(&page, &place, &[("step", "keep")]).await;
        assert_eq!(page.status, 200, "{}", page.html);
    }
    let held = |page: &Page| page.all("tr").into_iter().filter(|row| row.contains("7 April 2026")).collect::<Vec<_>>();
    let ways =
        |page: &Page| page.forms().into_iter().filter(|to| to.starts_with(&format!("{place}/"))).collect::<Vec<_>>();
    for (gone, left) in [("Pemilu", Some("Banjir")), ("Banjir", None)] {
        let page = admin.get(CALENDAR).await;
        let at = held(&page).iter().position(|row| row.starts_with(gone)).unwrap();
        let way = ways(&page).into_iter().filter(|to| to.contains("2026-04-07")).nth(at).unwrap();
        let page = admin.fill(&page, &way, &[]).await;
        assert!(page.all("h2").contains(&format!("Hapus {gone}, 7 April 2026?")), "{:?}", page.all("h2"));
        admin.fill(&page, &way, &[("step", "keep")]).await;
        let rows = held(&admin.get(CALENDAR).await);
        assert_eq!(rows.len(), left.iter().len(), "{rows:?}");
        assert!(left.is_none_or(|left| rows[0].starts_with(left)), "{rows:?}");
    }
}

#[actix_web::test]
async fn a_holiday_is_entered_deleted_and_imported() {
    let app = TestApp::new().await;
    let admin = keeper(&app).await;
    let page = admin.get("/admin/holidays").await;
    let fields = [("day", "2026-12-02"), ("name", "Hari Jadi Kabupaten Lebak")];
    let page = admin.fill(&page, "/admin/holidays", &fields).await;
    assert!(page.first(".note").contains("Belum disimpan"), "{}", page.words());
    let page = admin.fill(&page, "/admin/holidays", &[("step", "keep")]).await;
    let held = |page: &Page| page.all("tbody tr").into_iter().find(|row| row.contains("Hari Jadi"));
    assert_eq!(
        held(&page).unwrap(),
        "2 Desember 2026 Hari Jadi Kabupaten Lebak Libur daerah diisi orang Hapus 2 Desember 2026"
    );
    let december = admin.get(&format!("{CALENDAR}?month=2026-12")).await;
    assert!(day(&december, 2).contains("✕ Hari Jadi"));
    let csv = "date,name_id,kind\n2031-01-01,Tahun Baru,libur_nasional\n";
    let form = admin.get("/admin/import/holidays").await;
    let seen = admin.fill_with_file(&form, "/admin/import/holidays", &[], ("libur.csv", csv)).await;
    assert_eq!(seen.all("tbody tr").last().unwrap(), "1 Januari 2031 Tahun Baru baru");
    assert_eq!(seen.all("thead th")[0], "Tanggal");
    assert!(!admin.get("/admin/holidays?year=2031").await.words().contains("1 Januari 2031 Tahun Baru Libur"));
    let kept = admin.send_multipart(&seen, "/admin/import/holidays", &[("step", "keep")]).await;
    assert!(kept.words().contains("1 Januari 2031 Tahun Baru Libur"), "the year that changed: {}", kept.place);
    let gone = "/admin/holidays/2026-12-02";
    let page = admin.fill(&page, gone, &[]).await;
    let asked = format!("section:has(form[action={gone:?}].sheet)");
    assert_eq!(page.first(&format!("{asked} h2")), "Hapus 2 Desember 2026, Hari Jadi Kabupaten Lebak?");
    assert_eq!(page.all(&format!("{asked} button")), ["Hapus hari libur"]);
    let page = admin.fill(&page, gone, &[("step", "keep")]).await;
    assert_eq!(held(&page), None);
}

#[actix_web::test]
async fn the_zone_of_a_calendar_is_seen_and_changed_after_its_effect_was_seen() {
    let app = TestApp::new().await;
    let admin = keeper(&app).await;
    reported(&Browser::lebak(&app, "pegawai.dinkes").await, "SIMPEG tidak bisa dibuka").await;
    let page = admin.get(CALENDAR).await;
    assert_eq!(page.all("select[name=zone] option[selected]"), ["WIB (Asia/Jakarta)"]);
    let place = format!("{CALENDAR}/entry");
    let page = admin.fill(&page, &place, &[("zone", "Asia/Jayapura")]).await;
    assert!(page.first(".note").contains("Batas waktu 1 tiket terbuka akan bergeser"), "{}", page.first(".note"));
    let page = admin.fill(&page, &place, &[("step", "keep")]).await;
    assert_eq!(page.first("[role=status]"), "✓ Tersimpan.");
    assert_eq!(admin.get(CALENDAR).await.all("select[name=zone] option[selected]"), ["WIT (Asia/Jayapura)"]);
    assert_eq!(page.all(".month td:not(.other)").len(), 31);
}

#[actix_web::test]
async fn what_a_form_says_stands_with_the_form_and_one_goes_on_where_it_is_wrong() {
    let app = TestApp::new().await;
    let admin = keeper(&app).await;
    let page = admin.get("/admin/holidays").await;
    let form = "form.sheet[action='/admin/holidays']";
    let refused = admin.fill(&page, "/admin/holidays", &[("day", ""), ("name", "Hari Jadi")]).await;
    assert_eq!(refused.status, 422);
    assert_eq!(refused.all("[role=alert]").len(), 1);
    assert!(refused.first(&format!("{form} [role=alert]")).contains("Perbaiki isian"), "{}", refused.words());
    assert_eq!(refused.attributes("[autofocus]", "id"), ["holiday-day"]);
    let weighed = admin.fill(&page, "/admin/holidays", &[("day", "2026-12-02"), ("name", "Hari Jadi")]).await;
    assert!(weighed.first(&format!("{form} .note[autofocus]")).contains("Belum disimpan"), "{}", weighed.words());
    assert_eq!(weighed.all(".note").len(), 1);
}

// B1
#[actix_web::test]
async fn a_new_version_of_an_agreement_tells_what_it_moves_before_it_holds() {
    let app = TestApp::new().await;
    let admin = keeper(&app).await;
    let clerk = Browser::lebak(&app, "pegawai.dinkes").await;
    reported(&clerk, "SIMPEG tidak bisa dibuka").await;
    let place = "/admin/agreements/standard";
    let page = admin.get(place).await;
    let versions = |page: &Page| page.all("h2").iter().filter(|h| h.starts_with("Versi ")).count();
    assert_eq!(versions(&page), 1);
    let field = "terms/targets/p3/resolution";
    assert_eq!(page.attributes(&format!("[name='{field}']"), "value"), ["24.00"], "as the hint beside it says");
    let page = admin.fill(&page, place, &[(field, "lama")]).await;
    assert_eq!((page.status, page.all("#terms-terms-targets-p3-resolution-fault").len()), (422, 1));
    let page = admin.fill(&page, place, &[(field, "9000:00")]).await;
    assert_eq!(
        (page.status, page.all("#terms-terms-targets-p3-resolution-fault").len()),
        (422, 1),
        "the command's own fault"
    );
    let page = admin.fill(&page, place, &[(field, "48:00"), ("apply_to_open", "yes")]).await;
    assert_eq!(page.status, 200, "{}", page.html);
    assert!(
        page.first(".note").contains("Batas waktu 1 tiket terbuka akan bergeser; 0 di antaranya"),
        "{}",
        page.first(".note")
    );
    assert_eq!(versions(&admin.get(place).await), 1);
    let page = admin.fill(&page, place, &[("step", "keep")]).await;
    assert_eq!(versions(&page), 2);
    assert!(
        page.all("tbody tr")[2].contains("48 jam jam kerja") || page.all("tbody tr")[2].contains("48 jam"),
        "{:?}",
        page.all("tbody tr")
    );
}

// B1
#[actix_web::test]
async fn an_agreement_with_one_organisation_is_made_by_page_and_ends_when_that_is_said() {
    let app = TestApp::new().await;
    let admin = keeper(&app).await;
    let (all, place) = ("/admin/agreements", "/admin/agreements/dinkes-2026");
    let made = format!("{place}?done=made");
    let fields = [
        ("code", "dinkes-2026"),
        ("name", "Perjanjian Dinas Kesehatan 2026"),
        ("consumer", "opd:dinkes"),
        ("valid_from", "2026-01-01"),
    ];
    let page = admin.get(all).await;
    for (field, wrong) in [("consumer", "semua"), ("like", "tidak-ada"), ("valid_from", "")] {
        let page = admin.fill(&page, all, &[&fields[..], &[(field, wrong)]].concat()).await;
        assert_eq!((page.status, page.all(&format!("#new-{field}-fault")).len()), (422, 1), "{field} {wrong}");
    }
    let page = admin.fill(&page, all, &fields).await;
    assert_eq!((page.place.as_str(), page.first("h1").as_str()), (made.as_str(), "Perjanjian Dinas Kesehatan 2026"));
    let page = admin.fill(&page, place, &[("terms/targets/p3/resolution", "3:00")]).await;
    let page = admin.fill(&page, place, &[("step", "keep")]).await;
    assert_eq!(page.first("[role=status]"), "✓ Tersimpan.");
    reported(&Browser::lebak(&app, "pegawai.dinkes").await, "SIMPEG tidak bisa dibuka").await;
    let tier1 = Browser::lebak(&app, "teknisi.dinkes").await;
    let ticket = tier1.get("/tickets").await.attributes("main a[href^='/tickets/']", "href")[0].clone();
    assert!(tier1.get(&ticket).await.words().contains("Perjanjian Dinas Kesehatan 2026"), "the narrower one wins");

    let entry = format!("{place}/entry");
    let early = admin.fill(&page, &entry, &[("valid_until", "2025-12-31")]).await;
    assert_eq!((early.status, early.all("#entry-valid_until-fault").len()), (422, 1));
    let page = admin.fill(&page, &entry, &[("valid_until", "2026-02-28"), ("name", "Perjanjian lama")]).await;
    assert_eq!(page.first("[role=status]"), "✓ Tersimpan.");
    let rows = admin.get(all).await.all("#agreements ~ div tbody tr");
    assert_eq!(rows[0], "Perjanjian lama Dinas Kesehatan 1 Januari 2026 28 Februari 2026 tidak berlaku");
    let page = admin.fill(&page, &entry, &[("valid_until", "")]).await;
    assert_eq!(page.first("[role=status]"), "✓ Tersimpan.");
    let rows = admin.get(all).await.all("#agreements ~ div tbody tr");
    assert_eq!(rows[0], "Perjanjian lama Dinas Kesehatan 1 Januari 2026 – berlaku", "until further notice");
}

#[actix_web::test]
async fn a_calendar_is_made_by_page_and_its_keepers_are_weighed_before_they_change() {
    let app = TestApp::new().await;
    let admin = keeper(&app).await;
    reported(&Browser::lebak(&app, "pegawai.dinkes").await, "SIMPEG tidak bisa dibuka").await;
    let (all, place) = ("/admin/calendars", "/admin/calendars/siaga");
    let made = format!("{place}?done=made");
    let page = admin.get(all).await;
    let page = admin.fill(&page, all, &[("code", "Siaga 24 Jam"), ("name", "Siaga")]).await;
    assert_eq!((page.status, page.all("#new-code-fault").len()), (422, 1));
    let page = admin.fill(&page, all, &[("code", "siaga"), ("like", "")]).await;
    assert_eq!((page.place.as_str(), page.first("h1").as_str()), (made.as_str(), "Siaga"));
    assert_eq!(day(&page, 2), "Senin 2 00.00–24.00", "Ramadan or not");
    assert!(day(&page, 19).contains("✕ "), "holidays are kept: {}", day(&page, 19));

    let entry = format!("{place}/entry");
    let keeper = |page: &Page| page.attributes("#entry-opd-dinkes[checked]", "name").len();
    assert_eq!(keeper(&page), 0);
    let page = admin.fill(&page, &entry, &[("opd-dinkes", "yes")]).await;
    assert!(page.first(".note").contains("Batas waktu 1 tiket terbuka akan bergeser"), "{}", page.first(".note"));
    assert_eq!(keeper(&admin.get(place).await), 0, "not yet");
    let page = admin.fill(&page, &entry, &[("step", "keep")]).await;
    assert_eq!(page.first("[role=status]"), "✓ Tersimpan.");
    assert_eq!(keeper(&page), 1);
    app.lebak("admin").await.patch("/opds/dinkes", serde_json::json!({ "active": false })).await.ok();
    let page = admin.fill(&page, &entry, &[("name", "Siaga")]).await;
    let page = admin.fill(&page, &entry, &[("step", "keep")]).await;
    assert_eq!(keeper(&page), 1, "whoever is in use no more still keeps it");
    let rows = admin.get(all).await.all("#calendars ~ div tbody tr");
    assert!(rows.contains(&"Siaga siaga Dinas Kesehatan".to_owned()), "{rows:?}");
    let page = admin.fill(&page, &entry, &[("is_default", "yes")]).await;
    let page = admin.fill(&page, &entry, &[("step", "keep")]).await;
    assert_eq!(page.first("[role=status]"), "✓ Tersimpan.");
    assert_eq!(page.all("#entry-is_default").len(), 0, "the region always has one");
    let rows = admin.get(all).await.all("#calendars ~ div tbody tr");
    let everybody = "Siaga siaga semua yang tidak punya kalender sendiri; Dinas Kesehatan";
    assert!(rows.contains(&everybody.to_owned()), "{rows:?}");
}

#[actix_web::test]
async fn health_is_told_in_words_and_mail_is_tried() {
    let app = TestApp::new().await;
    let admin = keeper(&app).await;
    let page = admin.get("/admin/health").await;
    let rows = page.all("tbody tr");
    assert!(rows[0].starts_with("Basis data baik Menjawab"), "{rows:?}");
    assert!(rows.iter().any(|row| row.starts_with("Surel keluar perlu diperiksa Tidak ada server surel")), "{rows:?}");
    assert!(rows.iter().any(|row| row.starts_with("Cadangan ")), "L14: {rows:?}");
    let found = admin.fill(&page, "/admin/health", &[("to", "orang@gmail.com")]).await;
    assert_eq!((found.status, found.all("#check-to-fault").len()), (422, 1), "official addresses alone (T3)");
    let found = admin.fill(&page, "/admin/health", &[("to", "admin@lebakkab.go.id")]).await;
    assert_eq!(found.status, 200, "{}", found.html);
    assert!(found.all("h2").contains(&"Yang harus tercatat di DNS".to_owned()));
    assert!(found.words().contains("v=spf1 mx -all"));
    // Without a server nothing was sent, and it does not say so.
    let probe = found.all("tbody tr").into_iter().find(|row| row.starts_with("Surel uji")).unwrap();
    assert!(probe.contains("– Ditulis sebagai berkas di direktori data; tidak dikirim."), "{probe}");
}

// T1
#[actix_web::test]
async fn promises_of_the_upper_tier_are_named_in_the_regions_own_words() {
    let app = TestApp::new().await;
    let admin = Browser::of(&app, "admin@temanggungkab.go.id").await;
    let page = admin.get("/admin/agreements/standard").await;
    assert!(page.all("thead th").contains(&"Penerimaan oleh Superadmin".to_owned()), "{:?}", page.all("thead th"));
    assert!(!page.words().contains("tingkat atas"), "{}", page.words());
}

#[actix_web::test]
async fn a_mail_that_failed_is_seen_and_tried_again() {
    let app = TestApp::new().await;
    let admin = keeper(&app).await;
    reported(&Browser::lebak(&app, "pegawai.dinkes").await, "SIMPEG tidak bisa dibuka").await;
    let page = admin.get("/admin/mails?state=queued").await;
    let rows = page.all("tbody tr");
    // To whoever looks on, not to the recipient: a receipt is no ticket for his desk.
    let told = "pegawai.dinkes@lebakkab.go.id Tiket baru, dan tanda terimanya";
    assert!(rows.iter().any(|row| row.starts_with(told)), "{rows:?}");
    assert!(!rows.iter().any(|row| row.contains("Anda") || row.contains("saya")), "{rows:?}");
    assert!(!page.html.contains("SIMPEG tidak bisa dibuka"), "no subject");
    let retry = page.forms().into_iter().find(|form| form.ends_with("/retry")).unwrap();
    let page = admin.fill(&page, &retry, &[]).await;
    assert_eq!(page.first("[role=status]"), "✓ Akan dicoba lagi sekarang.");
    assert!(admin.get("/admin/mails?state=failed").await.all("tbody tr").is_empty());
    assert_eq!(admin.get("/admin/inbound").await.status, 200);
}

#[actix_web::test]
async fn hours_are_written_as_the_language_of_the_page_writes_them() {
    let app = TestApp::new().await;
    let admin = keeper(&app).await;
    let page = admin.get(&format!("{CALENDAR}?month=2026-03")).await;
    assert!(day(&page, 31).contains("07.30–12.00"), "{}", day(&page, 31));
    let page = admin.press(&page, "/language", ("language", "en")).await;
    assert!(day(&page, 31).contains("07:30–12:00"), "{}", day(&page, 31));
    assert!(page.first("tbody").contains("07:30–12:00") && !page.html.contains("07.30"), "{}", page.html);
    // What stands in a field is taken as it stands.
    let page = admin.fill(&page, &format!("{CALENDAR}/week"), &[("from", "2026-03-30")]).await;
    assert_eq!(page.status, 200, "{}", page.words());
}

#[actix_web::test]
async fn the_agreement_in_force_is_told_and_listed_behind_however_many_that_have_ended() {
    let app = TestApp::new().await;
    let region = app.region("lebak").await;
    app.within(move |tx| {
        let of_region = agreements::table.filter(agreements::region_id.eq(region));
        let one: Agreement = on!(tx.conn(), |c| of_region.select(Agreement::as_select()).first(c))?;
        let ended = |n: usize, id: Id| Agreement {
            id,
            code: format!("lama-{n:03}"),
            valid_until: Some(one.valid_from),
            ..one.clone()
        };
        let ended: Vec<Agreement> = (0..200).map(|n| ended(n, tx.new_id())).collect();
        store_all!(tx.conn(), agreements::table, &ended);
        Ok(())
    })
    .await;
    let admin = keeper(&app).await;
    for page in ["/admin", "/admin/agreements"] {
        let page = admin.get(page).await;
        assert!(page.attributes("main a", "href").contains(&"/admin/agreements/standard".to_owned()), "{}", page.html);
    }
}
