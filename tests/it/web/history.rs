//! The history of a ticket on its page: nothing of it is out of reach, and each line says what it is about.

use super::Desk;

/// Lines of a page.
const PAGE: usize = 200;

#[actix_web::test]
async fn whoever_answers_a_long_ticket_reads_his_own_answer_and_leafs_back_to_its_beginning() {
    let desk = Desk::new().await;
    let clerk = desk.app.lebak("pegawai.dinkes").await;
    let number = desk.place.trim_start_matches("/tickets/").to_owned();
    for n in 1..=PAGE {
        desk.app.step(chrono::Duration::seconds(1));
        let said = serde_json::json!({ "body": format!("Kabar ke-{n}."), "visibility": "public" });
        clerk.post(&format!("/tickets/{number}/comments"), said).await.created();
    }
    desk.app.step(chrono::Duration::seconds(1));
    let page = desk.act(&desk.tier1, "comment", &[("body", "Sedang saya periksa.")]).await;
    let lines = page.all(".history li");
    assert_eq!(lines.len(), PAGE);
    assert!(lines[PAGE - 1].contains("Sedang saya periksa."), "{}", lines[PAGE - 1]);
    assert!(lines[0].contains("Kabar ke-2."), "{}", lines[0]);
    desk.app.step(chrono::Duration::seconds(1));
    let page = desk.act(&desk.tier1, "resolve", &[("resolution", "Peladen dimulai ulang.")]).await;
    assert!(page.all(".history li")[PAGE - 1].contains("menyelesaikan"), "{:?}", page.all(".history li").last());
    // What is older is one step away, for everybody who sees the ticket, and so is the way back.
    for who in [&desk.tier1, &desk.clerk] {
        let page = who.get(&desk.place).await;
        assert!(page.words().contains("Ada catatan yang lebih lama."));
        let older = who.get(&page.attributes("a[rel=prev]", "href")[0]).await;
        let lines = older.all(".history li");
        assert_eq!(lines.len(), 3, "{lines:?}");
        assert!(lines[0].contains("membuat tiket") && lines[2].contains("Kabar ke-2."), "{lines:?}");
        assert!(older.attributes("a[rel=prev]", "href").is_empty(), "that was the beginning");
        let back = format!("{}#history", desk.place);
        assert!(older.attributes("main a", "href").contains(&back), "{:?}", older.attributes("main a", "href"));
    }
    assert_eq!(desk.tier1.get(&format!("{}?before=entah", desk.place)).await.status, 422);
}

#[actix_web::test]
async fn until_when_a_ticket_waits_stands_beside_its_status_and_in_its_history() {
    let desk = Desk::new().await;
    let next_day = ("until", "2026-03-03T14:00");
    for (reason, desks, clerks) in [
        ("vendor", "Menunggu pihak ketiga sampai besok 14.00.", "Menunggu pihak ketiga sampai besok 14.00."),
        (
            "requester",
            "Menunggu jawaban Siti Aminah sampai besok 14.00.",
            "Service Desk Tier 1 menunggu jawaban Anda sampai besok 14.00.",
        ),
        ("scheduled", "Dilanjutkan besok 14.00.", "Dilanjutkan besok 14.00."),
    ] {
        desk.app.step(chrono::Duration::seconds(1));
        let page = desk.act(&desk.tier1, "pend", &[("reason", reason), next_day]).await;
        assert_eq!(page.first(".plain-status"), format!("Menunggu {desks}"));
        let seen = desk.clerk.get(&desk.place).await;
        assert_eq!(seen.first(".plain-status"), format!("Menunggu {clerks}"));
        for page in [page, seen] {
            let last = page.all(".history li").pop().unwrap();
            assert!(last.contains("Sampaibesok 14.00"), "{last}");
        }
        desk.app.step(chrono::Duration::seconds(1));
        desk.act(&desk.tier1, "resume", &[]).await;
    }
    desk.app.step(chrono::Duration::seconds(1));
    let page = desk.act(&desk.tier1, "pend", &[("reason", "vendor")]).await;
    assert_eq!(page.first(".plain-status"), "Menunggu Menunggu pihak ketiga.");
    let last = page.all(".history li").pop().unwrap();
    assert!(last.contains("AlasanPihak ketiga") && !last.contains("Sampai"), "{last}");
}

#[actix_web::test]
async fn a_deadline_that_is_near_or_was_missed_is_named_in_the_history_and_in_the_notices() {
    let desk = Desk::new().await;
    // Both clocks of the ticket run out while nobody looks.
    for _ in 0..100 {
        desk.app.step(chrono::Duration::hours(1));
        desk.app.tick().await;
    }
    let told = ["Batas waktu mendekat", "Batas waktu terlewat"];
    let history = desk.tier1.get(&desk.place).await.all(".history li");
    for told in told {
        for metric in ["Tanggapan pertama", "Penyelesaian"] {
            let named = format!("{told}: {metric}.");
            assert_eq!(history.iter().filter(|line| line.contains(&named)).count(), 1, "{named} {history:?}");
        }
    }
    let notices = desk.tier1.get("/notices").await.all(".row .facts");
    for metric in ["Tanggapan pertama", "Penyelesaian"] {
        let named = format!("Batas waktu terlewat: {metric}");
        assert_eq!(notices.iter().filter(|line| line.ends_with(&named)).count(), 1, "{named} {notices:?}");
    }
    assert!(!desk.clerk.get("/notices").await.html.contains("Batas waktu"), "what the desk owes is the desk's affair");
}
