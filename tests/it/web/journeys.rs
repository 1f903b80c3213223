//! The way of a ticket through the pages, from the clerk to the region's coordinator.

use super::{Desk, number, reported};
use crate::report::monday;
use crate::support::TestApp;
use crate::support::browser::Browser;
use crate::support::desk::text;

#[actix_web::test]
async fn a_clerk_reports_in_two_steps_and_reads_who_will_do_what_until_when() {
    let app = TestApp::new().await;
    let clerk = Browser::lebak(&app, "pegawai.dinkes").await;
    let start = clerk.get("/").await;
    assert_eq!((start.place.as_str(), start.first("h1").as_str()), ("/tickets", "Tiket saya"));
    assert!(start.words().contains("Anda belum punya tiket."));
    let services = clerk.get("/report").await;
    assert!(services.all(".cards strong").contains(&"SIMPEG".to_owned()), "{:?}", services.all(".cards strong"));
    let form = clerk.get("/report?service=simpeg").await;
    let fields =
        [("subject", "SIMPEG tidak bisa dibuka"), ("description", "Galat 502.\nSejak pagi."), ("felt", "unit")];
    let page = clerk.fill_with_file(&form, "/report", &fields, ("tangkapan.txt", "isi")).await;
    assert_eq!((page.status, page.first("h1").as_str()), (200, "SIMPEG tidak bisa dibuka"));
    let plain = page.first(".plain-status");
    assert_eq!(plain, "Baru Menunggu dikerjakan Service Desk Tier 1, dijanjikan selesai besok 09.30.");
    assert_eq!(page.all(".files a"), ["tangkapan.txt"]);
    assert!(page.html.contains("Galat 502.\nSejak pagi."));
    let file = clerk.get(&page.attributes(".files a", "href")[0]).await;
    assert_eq!((file.status, file.html.as_str()), (200, "isi"));
    assert!(file.header("content-disposition").unwrap().starts_with("attachment"));
    assert_eq!(clerk.get("/tickets").await.all(".row .subject"), ["SIMPEG tidak bisa dibuka"]);
    let again = clerk.get("/report?service=simpeg").await;
    assert!(again.first(".note").contains(&number(&page)), "one is reminded of what one has reported");
}

// L1, L2, L6, L7
#[actix_web::test]
async fn a_ticket_goes_up_comes_back_is_solved_and_confirmed() {
    let desk = Desk::new().await;
    assert_eq!(desk.tier1.get("/tickets").await.all(".row .subject"), ["SIMPEG tidak bisa dibuka"]);
    let page = desk.act(&desk.tier1, "start", &[]).await;
    assert!(page.first(".plain-status").starts_with("Dikerjakan Sedang dikerjakan Budi Santoso"));
    let words = [("reason", "Di pusat data."), ("tried", "Memulai ulang."), ("requested", "Periksa basis data.")];
    let page = desk.act(&desk.tier1, "escalate", &words).await;
    assert_eq!(page.status, 200, "{}", page.html);
    assert!(page.words().contains("Budi Santoso meneruskan ke Service Desk Tier 2."));
    let seen = desk.clerk.get(&desk.place).await;
    assert!(!seen.html.contains("Memulai ulang."), "what the desks tell each other is not for the requester");
    desk.act(&desk.tier2, "start", &[]).await;
    let page = desk.act(&desk.tier2, "return", &[("instructions", "Hapus singgahan peramban.")]).await;
    assert!(page.words().contains("mengembalikan ke Service Desk Tier 1."));
    let page =
        desk.act(&desk.tier1, "resolve", &[("resolution", "Singgahan dihapus."), ("cause", "Versi lama.")]).await;
    assert_eq!(page.status, 200, "{}", page.html);
    let seen = desk.clerk.get(&desk.place).await;
    assert!(seen.words().contains("Singgahan dihapus.") && !seen.html.contains("Versi lama."));
    assert_eq!(seen.first(".plain-status .chip"), "Terselesaikan");
    let page = desk.act(&desk.clerk, "close", &[("rating", "5"), ("comment", "Cepat sekali.")]).await;
    assert_eq!(page.first(".plain-status"), "Ditutup Selesai dan sudah ditutup.");
    assert_eq!(
        page.forms().iter().filter(|f| f.starts_with(&desk.place)).count(),
        1,
        "reopening is left: {:?}",
        page.forms()
    );
}

#[actix_web::test]
async fn a_ticket_waits_is_answered_and_goes_on() {
    let desk = Desk::new().await;
    desk.act(&desk.tier1, "start", &[]).await;
    let page = desk.act(&desk.tier1, "pend", &[("reason", "requester")]).await;
    assert_eq!(page.first(".plain-status .chip"), "Menunggu");
    let seen = desk.clerk.get(&desk.place).await;
    assert_eq!(seen.first(".plain-status"), "Menunggu Budi Santoso menunggu jawaban Anda.");
    let seen = desk.tier1.get(&desk.place).await;
    assert_eq!(seen.first(".plain-status"), "Menunggu Menunggu jawaban Siti Aminah.", "it is not his own answer");
    let page = desk.act(&desk.clerk, "comment", &[("body", "Nomor pegawai 12.")]).await;
    assert_eq!(page.first(".plain-status .chip"), "Dikerjakan");
    assert!(page.first(".history .said").contains("Nomor pegawai 12."));
}

#[actix_web::test]
async fn whoever_lets_a_ticket_wait_for_its_requester_asks_him_in_the_same_form() {
    let desk = Desk::new().await;
    let words = [("reason", "requester"), ("question", "Kirim tangkapan layarnya.")];
    let page = desk.act(&desk.tier1, "pend", &words).await;
    assert_eq!((page.status, page.first(".plain-status .chip").as_str()), (200, "Menunggu"), "{}", page.html);
    let seen = desk.clerk.get(&desk.place).await;
    assert!(seen.first(".history .said").contains("Kirim tangkapan layarnya."));
    desk.act(&desk.tier1, "resume", &[]).await;
    let page = desk.act(&desk.tier1, "pend", &[("reason", "requester"), ("question", " ")]).await;
    assert_eq!(page.all(".history .said").len(), 1, "nothing was asked");
}

#[actix_web::test]
async fn a_search_finds_finished_tickets_too() {
    let desk = Desk::new().await;
    let number = desk.place.rsplit('/').next().unwrap().to_owned();
    desk.act(&desk.tier1, "resolve", &[("resolution", "Peladen dimulai ulang.")]).await;
    let page = desk.tier1.get("/tickets?q=SIMPEG").await;
    let wider = page.attributes(".empty a", "href");
    assert_eq!(wider, ["/tickets?status=all&q=SIMPEG"], "{}", page.first(".empty"));
    assert_eq!(desk.tier1.get(&wider[0]).await.all(".row").len(), 1);
    for asked in [number.as_str(), &number.to_lowercase(), "1", "000001", "%20000001%20"] {
        let page = desk.tier1.get(&format!("/tickets?q={asked}")).await;
        assert_eq!(page.place, desk.place, "{asked}");
    }
    let other = Browser::lebak(&desk.app, "teknisi.disdik").await;
    let page = other.get(&format!("/tickets?q={number}")).await;
    assert!(page.place.starts_with("/tickets?"), "what one does not see is not found");
}

#[actix_web::test]
async fn a_ticket_names_its_service_and_calls_an_old_solution_old() {
    let desk = Desk::new().await;
    let page = desk.act(&desk.tier1, "resolve", &[("resolution", "Singgahan dihapus.")]).await;
    assert!(page.all("#facts ~ dl dd").contains(&"SIMPEG".to_owned()), "{:?}", page.all("#facts ~ dl dd"));
    assert_eq!(page.first(".plain-status"), "Terselesaikan Sudah diselesaikan, menunggu konfirmasi Siti Aminah.");
    let page = desk.act(&desk.clerk, "reopen", &[("reason", "Masih galat.")]).await;
    assert_eq!(page.first("#solution"), "Penyelesaian sebelumnya");
    assert!(!page.all("h2").contains(&"Tindakan".to_owned()), "there is nothing for its requester to do but to write");
}

// T1: the words belong to the region.
#[actix_web::test]
async fn each_region_reads_its_own_words_for_the_tiers() {
    let app = TestApp::new().await;
    let clerk = Browser::of(&app, "pegawai.dinkes@temanggungkab.go.id").await;
    let page = reported(&clerk, "Jaringan mati").await;
    assert!(
        page.first(".plain-status").contains("Menunggu dikerjakan Administrator"),
        "{}",
        page.first(".plain-status")
    );
    let technician = Browser::of(&app, "teknisi.dinkes@temanggungkab.go.id").await;
    let page = technician.get(&page.place).await;
    assert!(page.all("summary").contains(&"Teruskan ke Superadmin".to_owned()), "{:?}", page.all("summary"));
    assert!(!page.html.contains("Tier"), "no word of another region");
}

// L8
#[actix_web::test]
async fn the_coordinator_begins_with_the_region_and_comes_from_there_to_a_ticket() {
    let desk = Desk::new().await;
    let coordinator = Browser::lebak(&desk.app, "koordinator").await;
    let page = coordinator.get("/").await;
    assert_eq!((page.place.as_str(), page.first("h1").as_str()), ("/overview", "Ikhtisar daerah"));
    assert_eq!(page.all("#groups ~ .wide tbody th"), ["Dinas Kesehatan"]);
    assert_eq!(page.all(".figures dd")[0], "1");
    desk.app.step(chrono::Duration::days(3));
    let page = coordinator.get("/overview").await;
    let place = format!("{}?from=status%3Dall%26sla%3Doverdue", desk.place);
    assert_eq!(page.attributes("#late ~ .rows .row > a", "href"), [place]);
    let by_tier = coordinator.get("/overview?by=tier&month=2026-02").await;
    assert!(by_tier.words().contains("Belum ada yang dapat dihitung pada bulan ini."));
    assert_eq!(coordinator.get("/overview?month=besok").await.status, 404);
}

#[actix_web::test]
async fn the_queue_says_how_long_is_left_in_words_and_shapes_and_keeps_its_filters_in_the_address() {
    let desk = Desk::new().await;
    let row = desk.tier1.get("/tickets").await;
    assert_eq!(row.first(".due"), "● sisa 4 jam kerja hari ini 12.00");
    desk.app.step(chrono::Duration::minutes(190));
    assert_eq!(desk.tier1.get("/tickets").await.first(".due"), "◆ sisa 50 menit kerja hari ini 12.00");
    // The break at noon is no working time, so that half an hour of it is not late.
    desk.app.step(chrono::Duration::minutes(125));
    assert_eq!(desk.tier1.get("/tickets").await.first(".due"), "▲ terlewat 45 menit kerja hari ini 12.00");
    let late = desk.tier1.get("/tickets?sla=breached&who=none").await;
    assert_eq!(late.all(".row").len(), 1);
    assert_eq!(late.attributes("#sla option[selected]", "value"), ["breached"]);
    assert_eq!(desk.tier1.get("/tickets?who=me").await.first(".empty"), "Tidak ada tiket yang cocok.");
    assert_eq!(desk.tier1.get("/tickets?q=simpeg").await.all(".row").len(), 1);
    assert_eq!(desk.tier1.get("/tickets?status=closed").await.all(".row").len(), 0);
}

#[actix_web::test]
async fn a_deadline_is_explained_on_the_page_sentence_by_sentence() {
    let desk = Desk::new().await;
    let page = desk.tier1.get(&desk.place).await;
    let why = page.all(".clock li").join(" ");
    assert!(
        why.contains("target 4 jam") && why.contains("Jatuh tempo Senin, 2 Maret 2026 pukul 12.00.00 WIB"),
        "{why}"
    );
}

#[actix_web::test]
async fn notices_lead_to_their_tickets_and_can_be_put_away() {
    let desk = Desk::new().await;
    let page = desk.tier1.get("/notices").await;
    assert_eq!(page.first(".count"), "1 belum dibaca");
    assert_eq!(page.attributes(".row > a", "href"), [format!("{}?from=notices%3D1", desk.place)]);
    assert_eq!(page.first(".row .facts"), "Belum dibaca Tiket baru untuk meja Anda");
    let page = desk.tier1.fill(&page, "/notices", &[]).await;
    assert!(page.all(".count").is_empty() && page.all(".row").len() == 1);
}

#[actix_web::test]
async fn what_came_after_a_list_of_notices_was_shown_is_not_put_away_with_it() {
    let desk = Desk::new().await;
    let page = desk.tier1.get("/notices").await;
    desk.app.step(chrono::Duration::seconds(1));
    desk.app.lebak("pegawai.dinkes").await.open("Layar gelap").await;
    let page = desk.tier1.fill(&page, "/notices", &[]).await;
    assert_eq!(page.first(".count"), "1 belum dibaca");
    assert_eq!(page.all(".row").len(), 2);
    assert!(page.all(".row")[0].contains("Layar gelap") && page.all(".row .facts")[0].starts_with("Belum dibaca"));
    let page = desk.tier1.fill(&page, "/notices", &[]).await;
    assert!(page.all(".count").is_empty());
}

// L4, L8
#[actix_web::test]
async fn a_notice_says_what_happened_and_the_history_how_a_waiver_was_decided() {
    let cast = monday().await;
    let chief = Browser::lebak(&cast.app, "koordinator").await;
    cast.app.lebak("pegawai.bpbd").await.open("Radio mati").await;
    let facts = chief.get("/notices").await.all(".row .facts");
    for told in ["Pengecualian batas waktu diminta: putuskan", "Tidak ada Service Desk Tier 1 di perangkat daerahnya"] {
        assert!(facts.iter().any(|fact| fact.ends_with(told)), "{told}: {facts:?}");
    }
    let tier1 = Browser::lebak(&cast.app, "teknisi.dinkes").await;
    let facts = [facts, tier1.get("/notices").await.all(".row .facts")].concat();
    assert!(facts.iter().any(|fact| fact.ends_with("Permintaan pengecualian sudah diputuskan")), "{facts:?}");
    assert!(!facts.iter().any(|fact| fact.contains("Ada pembaruan")), "{facts:?}");
    let mut told = String::new();
    for ticket in cast.coordinator.items("/tickets?status=resolved").await {
        told += &chief.get(&format!("/tickets/{}", text(&ticket["number"]))).await.first(".history");
    }
    assert!(told.contains("Budi Santoso meminta pengecualian: Penyelesaian."), "{told}");
    assert!(told.contains("Bambang Wijaya mengabulkan pengecualian: Penyelesaian."), "{told}");
}

#[actix_web::test]
async fn english_is_a_choice_of_the_browser_and_stays() {
    let app = TestApp::new().await;
    let clerk = Browser::lebak(&app, "pegawai.dinkes").await;
    let page = clerk.get("/tickets").await;
    let body = format!("next=/tickets&language=en&x={}", page.status);
    let page = clerk.post("/language", &[], body).await;
    assert_eq!(page.first("h1"), "My tickets");
    assert_eq!(page.attributes("html", "lang"), ["en"]);
    assert_eq!(clerk.get("/report").await.first("h1"), "What is the trouble with?");
}

// L8
#[actix_web::test]
async fn a_miss_that_nobody_could_help_is_waived_by_a_second_person() {
    let desk = Desk::new().await;
    desk.app.step(chrono::Duration::days(2));
    let (tier1, coordinator) = (&desk.tier1, Browser::lebak(&desk.app, "koordinator").await);
    let page = desk.act(tier1, "waiver", &[("reason", "Listrik padam.")]).await;
    assert_eq!(page.first("#done"), "Pengecualian diminta.");
    assert!(page.first(".side .note").contains("Listrik padam."), "{}", page.first(".side"));
    assert!(!page.forms().iter().any(|f| f.ends_with("/decide")), "whoever asks does not decide");
    // A form that came without its button decides nothing.
    assert_eq!(desk.act(&coordinator, "decide", &[("remark", "Benar.")]).await.status, 422);
    let page = desk.act(&coordinator, "decide", &[("remark", "Buktinya?"), ("granted", "no")]).await;
    assert_eq!(page.first("#done"), "Permintaan pengecualian ditolak.");
    desk.act(tier1, "waiver", &[("reason", "Listrik padam.")]).await;
    let page = desk.act(&coordinator, "decide", &[("remark", "Benar."), ("granted", "yes")]).await;
    assert_eq!((page.status, page.first("#done")), (200, "Pengecualian dikabulkan.".into()), "{}", page.html);
    assert!(page.first(".clock .due").contains("dikecualikan"));
    assert!(page.all(".side .note").is_empty());
    assert!(!desk.clerk.get(&desk.place).await.html.contains("Listrik padam."));
}

// L4, P7
#[actix_web::test]
async fn the_overview_names_who_has_no_tier_1_and_comes_as_a_sheet_too() {
    let desk = Desk::new().await;
    let coordinator = Browser::lebak(&desk.app, "koordinator").await;
    let page = coordinator.get("/overview").await;
    assert_eq!(page.all("#uncovered + ul li"), ["Badan Penanggulangan Bencana Daerah"]);
    let sheet = coordinator.get(&page.attributes("a[download]", "href")[0]).await;
    assert_eq!((sheet.status, sheet.header("content-type")), (200, Some("text/csv; charset=utf-8")));
    assert!(sheet.html.contains("Dinas Kesehatan"), "{}", sheet.html);
    assert_eq!(desk.tier1.get("/overview.csv").await.status, 403);
}

// L13
#[actix_web::test]
async fn whoever_hands_a_secret_out_of_his_sight_is_told_that_it_was_done() {
    let desk = Desk::new().await;
    let secret = serde_json::json!({ "classification": "secret" });
    let path = format!("/tickets/{}", desk.place.trim_start_matches("/tickets/"));
    desk.app.lebak("teknisi.dinkes").await.patch(&path, secret).await.ok();
    let ask = [("reason", "Di pusat data."), ("tried", "Diulang."), ("requested", "Mohon diperiksa.")];
    let page = desk.act(&desk.tier1, "escalate", &ask).await;
    assert_eq!((page.status, page.place.as_str()), (200, "/tickets?gone=1"));
    assert!(page.first("main [role=status]").starts_with("Tiket sudah berpindah meja."), "{}", page.html);
    assert_eq!(desk.tier1.get(&desk.place).await.status, 404);
    let page = desk.act(&desk.tier2, "return", &[("instructions", "Hapus singgahan.")]).await;
    assert_eq!((page.status, page.place.as_str()), (200, "/tickets?gone=1"));
    let page = desk.act(&desk.tier1, "resolve", &[("resolution", "Singgahan dihapus.")]).await;
    assert_eq!((page.status, page.ticket()), (200, desk.place.as_str()));
    assert!(page.place.ends_with("done=resolve#done"), "{}", page.place);
}
