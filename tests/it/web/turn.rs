//! Whose turn it is: a requester is led to what waits for him, and his doubt leads somewhere.

use super::Desk;
use crate::support::browser::{Browser, Page};

/// Sends an answer by the button that reopens, as a browser does.
async fn doubt(who: &Browser, page: &Page, place: &str, body: &str) -> Page {
    let place = format!("{place}/comment");
    let sent = page.sent(&place, &[("body", body), ("then", "reopen")]);
    who.post(&place, &[], sent).await
}

#[actix_web::test]
async fn a_requester_who_answers_that_it_is_not_solved_reopens_the_ticket_with_his_words() {
    let desk = Desk::new().await;
    assert!(desk.clerk.get(&desk.place).await.elements("button[name=then]").is_empty(), "nothing is solved yet");
    desk.act(&desk.tier1, "start", &[]).await;
    desk.act(&desk.tier1, "resolve", &[("resolution", "Peladen dimulai ulang.")]).await;
    assert!(desk.tier1.get(&desk.place).await.elements("button[name=then]").is_empty(), "it is not his to doubt");
    let old = desk.clerk.get(&desk.place).await;
    assert_eq!(old.all("button[name=then]"), ["Kirim dan buka lagi"]);
    let long = doubt(&desk.clerk, &old, &desk.place, &"x".repeat(2001)).await;
    assert_eq!((long.status, long.all("#comment-body-fault").len()), (422, 1));
    let page = doubt(&desk.clerk, &old, &desk.place, " ").await;
    let told = "Tulis apa yang belum beres; berkas saja tidak cukup untuk membuka lagi tiket.";
    assert_eq!((page.status, page.all("#comment-body-fault")), (422, vec![told.to_owned()]));
    let page = doubt(&desk.clerk, &old, &desk.place, "Masih galat 502.").await;
    assert_eq!((page.status, page.first(".plain-status .chip").as_str()), (200, "Dikerjakan"), "{}", page.html);
    let history = page.all(".history li");
    assert!(
        history.iter().any(|line| line.contains("membuka lagi") && line.contains("Masih galat 502.")),
        "{history:?}"
    );
    assert_eq!(desk.tier1.get("/tickets").await.all(".row .subject").len(), 1, "it is in the queue again");
    // Somebody was faster: the words are an answer then, and not lost.
    let page = doubt(&desk.clerk, &long, &desk.place, "Dan lambat.").await;
    assert!(page.first(".history .said").contains("Dan lambat."), "{:?}", page.all(".history li"));
}

#[actix_web::test]
async fn after_an_act_one_goes_on_where_it_shows_and_reads_that_it_was_taken() {
    let desk = Desk::new().await;
    let page = desk.act(&desk.tier1, "comment", &[("body", "Sedang saya periksa.")]).await;
    let goes_on =
        |page: &Page, done: &str| (page.ticket() == desk.place, page.place.ends_with(&format!("done={done}#done")));
    assert_eq!(goes_on(&page, "comment"), (true, true), "{}", page.place);
    assert_eq!(
        page.all("section:has(.history) [role=status]#done"),
        ["Balasan terkirim."],
        "below the line that was written"
    );
    let page = desk.act(&desk.tier1, "start", &[]).await;
    assert_eq!(page.all("header [role=status]#done"), ["Tiket mulai dikerjakan."], "beside the state");
    assert_eq!(goes_on(&page, "start"), (true, true), "{}", page.place);
    let files = format!("{}/comment", desk.place);
    let page = desk.tier1.fill_with_file(&page, &files, &[], ("surat.txt", "isi")).await;
    assert_eq!(page.all("section:has(.history) [role=status]#done"), ["Balasan terkirim."]);
    let quiet = desk.tier1.get(&desk.place).await;
    assert!(quiet.elements("#done").is_empty(), "an ordinary look is told nothing");
}

#[actix_web::test]
async fn after_a_refusal_one_goes_on_in_the_first_field_that_is_wrong() {
    let desk = Desk::new().await;
    let next = |page: &Page| page.attributes("[autofocus]", "id");
    let page =
        desk.act(&desk.tier1, "escalate", &[("reason", "Di pusat data."), ("tried", " "), ("requested", " ")]).await;
    assert_eq!((page.status, next(&page)), (422, vec!["escalate-tried".to_owned()]));
    let page = desk.act(&desk.tier1, "comment", &[("body", " ")]).await;
    assert_eq!((page.status, next(&page)), (422, vec!["comment-body".to_owned()]));
    let page = desk.act(&desk.tier1, "edit", &[("subject", " "), ("description", " ")]).await;
    assert_eq!((page.status, next(&page)), (422, vec!["edit-subject".to_owned()]));
    let form = desk.clerk.get("/report?service=simpeg").await;
    assert!(next(&form).is_empty());
    let fields = [("subject", "SIMPEG mati"), ("description", " ")];
    let page = desk.clerk.fill_with_file(&form, "/report", &fields, ("", "")).await;
    assert_eq!((page.status, next(&page)), (422, vec!["description".to_owned()]));
}

#[actix_web::test]
async fn whoever_is_of_no_organisation_is_asked_whose_trouble_it_is_before_he_sends() {
    let desk = Desk::new().await;
    let fields = [("subject", "Jaringan mati"), ("description", "Ditelepon tadi.")];
    for account in ["koordinator", "tier2.satu"] {
        let who = Browser::lebak(&desk.app, account).await;
        let form = who.get("/report?service=simpeg").await;
        assert_eq!(form.elements("#on_behalf_of[required]").len(), 1, "{account}");
        assert!(form.first("#for-hint").contains("Wajib diisi"), "{}", form.first("#for-hint"));
        let page = who.fill_with_file(&form, "/report", &fields, ("", "")).await;
        assert_eq!((page.status, page.first("#for-fault")), (422, "Isian ini wajib diisi.".into()), "{account}");
        let named = [fields[0], fields[1], ("on_behalf_of", "pegawai.dinkes@lebakkab.go.id")];
        let page = who.fill_with_file(&page, "/report", &named, ("", "")).await;
        assert_eq!(page.status, 200, "{account}");
        if account == "tier2.satu" {
            assert!(page.first("main [role=status]").starts_with("Terkirim."), "a ticket of Tier 1: {}", page.place);
        }
    }
    let form = desk.tier1.get("/report?service=simpeg").await;
    assert!(form.elements("#on_behalf_of[required]").is_empty() && form.first("#for-hint").contains("Kosongkan"));
}

#[actix_web::test]
async fn whoever_was_chosen_stays_chosen_when_the_ticket_changed_meanwhile() {
    let desk = Desk::new().await;
    desk.app.hire("lebak", "teknisi.baru", Some(sigap::access::Role::Tier1), &["dinkes"]).await;
    let old = desk.tier1.get(&desk.place).await;
    let choices = old.attributes("#assign-assignee option", "value");
    let chosen = |page: &Page| page.attributes("#assign-assignee option[selected]", "value");
    let place = format!("{}/assign", desk.place);
    for choice in &choices {
        desk.act(&desk.clerk, "comment", &[("body", "Masih mati.")]).await;
        let page = desk.tier1.fill(&old, &place, &[("assignee", choice), ("once", "")]).await;
        assert_eq!((page.status, chosen(&page)), (412, vec![choice.clone()]));
    }
    assert_eq!(choices.len(), 2);
}

#[actix_web::test]
async fn no_date_beside_a_clock_that_stands_still_looks_like_its_deadline() {
    let desk = Desk::new().await;
    // The first answer is given, so that the solution is what is owed.
    desk.act(&desk.tier1, "start", &[]).await;
    desk.act(&desk.tier1, "comment", &[("body", "Sedang saya periksa.")]).await;
    let due = async || desk.tier1.get("/tickets").await.first(".row .due");
    desk.act(&desk.tier1, "pend", &[("reason", "vendor")]).await;
    let told = due().await;
    assert!(told.starts_with("❚❚ berhenti, sisa") && told.contains(" bila dilanjutkan sekarang: "), "{told}");
    desk.act(&desk.tier1, "resume", &[]).await;
    desk.act(&desk.tier1, "pend", &[("reason", "vendor"), ("until", "2026-03-04T09:00")]).await;
    let told = due().await;
    assert!(told.starts_with("❚❚ berhenti, sisa") && told.ends_with(" menunggu sampai Rabu 09.00"), "{told}");
    let clock = desk.tier1.get(&desk.place).await.all(".clock .due").pop().unwrap();
    assert!(clock.ends_with("menunggu sampai Rabu 09.00"), "{clock}");
    desk.act(&desk.tier1, "resume", &[]).await;
    assert!(due().await.starts_with("● sisa"), "{}", due().await);
}

// L9
#[actix_web::test]
async fn whoever_is_asked_for_advice_finds_the_question_and_answers_those_who_asked() {
    let desk = Desk::new().await;
    desk.act(&desk.tier1, "consult", &[("question", "Apakah servernya mati?")]).await;
    let chips = async |who: &Browser| who.get("/tickets?tier=all").await.all(".row strong.chip");
    assert_eq!(chips(&desk.tier2).await, ["Dimintai pendapat"]);
    assert!(chips(&desk.tier1).await.is_empty(), "whoever asked waits himself");
    let asked = async |who: &Browser| who.get(&desk.place).await.all("section:has(#answer) .note");
    assert_eq!(asked(&desk.tier2).await, ["Budi Santoso bertanya:Apakah servernya mati?"]);
    assert!(asked(&desk.tier1).await.is_empty() && asked(&desk.clerk).await.is_empty());
    let page = desk.tier2.get(&desk.place).await;
    let chosen = |page: &Page| page.attributes("form[action$='/comment'] input[name=visibility][checked]", "value");
    assert_eq!(chosen(&page), ["internal"]);
    assert_eq!(chosen(&desk.tier1.get(&desk.place).await), ["public"]);
    // Somebody of the desk that asked adds something: it still waits.
    desk.app.step(chrono::Duration::seconds(1));
    desk.act(&desk.tier1, "comment", &[("body", "Sejak pukul 8."), ("visibility", "internal")]).await;
    assert_eq!(chips(&desk.tier2).await, ["Dimintai pendapat"]);
    let page = desk.act(&desk.tier2, "comment", &[("body", "Tidak, jaringannya.")]).await;
    assert_eq!(page.status, 200);
    assert!(!desk.clerk.get(&desk.place).await.html.contains("jaringannya"), "it went to those who asked");
    assert!(chips(&desk.tier2).await.is_empty() && asked(&desk.tier2).await.is_empty());
    desk.app.step(chrono::Duration::seconds(1));
    desk.act(&desk.tier1, "consult", &[("question", "Sampai kapan?")]).await;
    assert_eq!(asked(&desk.tier2).await, ["Budi Santoso bertanya:Sampai kapan?"]);
}

// L9
#[actix_web::test]
async fn a_question_is_over_once_the_ticket_itself_has_been_at_tier_2() {
    let desk = Desk::new().await;
    desk.act(&desk.tier1, "consult", &[("question", "Apakah servernya mati?")]).await;
    let chips = async || desk.tier2.get("/tickets?tier=asked").await.all(".row strong.chip");
    assert_eq!(chips().await, ["Dimintai pendapat"]);
    desk.app.step(chrono::Duration::seconds(1));
    let up = [("reason", "Tidak terjangkau."), ("tried", "Dimulai ulang."), ("requested", "Mohon diperiksa.")];
    desk.act(&desk.tier1, "escalate", &up).await;
    desk.app.step(chrono::Duration::seconds(1));
    desk.act(&desk.tier2, "return", &[("instructions", "Ganti kabelnya.")]).await;
    assert!(chips().await.is_empty(), "{:?}", chips().await);
    assert!(desk.tier2.get(&desk.place).await.all("section:has(#answer) .note").is_empty());
    desk.app.step(chrono::Duration::seconds(1));
    desk.act(&desk.tier1, "consult", &[("question", "Kabel yang mana?")]).await;
    assert_eq!(chips().await, ["Dimintai pendapat"]);
}

#[actix_web::test]
async fn a_requester_begins_with_the_tickets_that_wait_for_him() {
    let desk = Desk::new().await;
    let begins = async || desk.clerk.get("/tickets").await.all(".note li");
    let number = desk.place.trim_start_matches("/tickets/");
    assert!(begins().await.is_empty(), "the desk has it");
    desk.act(&desk.tier1, "pend", &[("reason", "vendor")]).await;
    assert!(begins().await.is_empty(), "somebody else is waited for");
    desk.act(&desk.tier1, "resume", &[]).await;
    desk.act(&desk.tier1, "pend", &[("reason", "requester")]).await;
    let line = format!("{number} SIMPEG tidak bisa dibuka — Service Desk Tier 1 menunggu jawaban Anda.");
    assert_eq!(begins().await, [line]);
    assert!(
        desk.clerk.get("/tickets?status=open").await.all(".note").is_empty(),
        "whoever filters looks for something"
    );
    desk.act(&desk.clerk, "comment", &[("body", "Nomor pegawai 12.")]).await;
    assert!(begins().await.is_empty());
    desk.act(&desk.tier1, "resolve", &[("resolution", "Peladen dimulai ulang.")]).await;
    assert!(begins().await[0].ends_with("Sudah diselesaikan. Periksa, lalu konfirmasi atau buka lagi."));
    desk.act(&desk.clerk, "close", &[]).await;
    assert!(begins().await.is_empty());
    assert!(desk.tier1.get("/tickets").await.all(".note").is_empty(), "a desk has its queue");
}

// L8
#[actix_web::test]
async fn a_coordinator_reminds_a_desk_on_the_page_and_the_desk_reads_what_he_says() {
    let desk = Desk::new().await;
    let coordinator = Browser::lebak(&desk.app, "koordinator").await;
    let page = desk.act(&coordinator, "remind", &[("note", " ")]).await;
    assert_eq!((page.status, page.all("#remind-note-fault").len()), (422, 1));
    let page = desk.act(&coordinator, "remind", &[("note", "Sudah tiga hari.")]).await;
    assert_eq!(page.all("section:has(.history) [role=status]#done"), ["Pengingat terkirim ke Service Desk Tier 1."]);
    let told = desk.tier1.get("/notices").await;
    assert!(told.words().contains("Koordinator meminta kabar"), "{}", told.words());
    let history = desk.tier1.get(&desk.place).await.all(".history li");
    let line = history.iter().find(|line| line.contains("meminta kabar dari petugas")).unwrap();
    assert!(line.contains("Sudah tiga hari."), "{line}");
    assert!(!desk.clerk.get(&desk.place).await.words().contains("meminta kabar"));
}

// L9
#[actix_web::test]
async fn an_answer_to_a_question_stays_one_when_whoever_gave_it_leaves() {
    let desk = Desk::new().await;
    let second = Browser::lebak(&desk.app, "tier2.dua").await;
    let chips = async || second.get("/tickets?tier=asked").await.all(".row strong.chip");
    desk.act(&desk.tier1, "consult", &[("question", "Apakah servernya mati?")]).await;
    desk.app.step(chrono::Duration::seconds(1));
    desk.act(&desk.tier2, "comment", &[("body", "Tidak, jaringannya."), ("visibility", "internal")]).await;
    assert!(chips().await.is_empty());
    desk.app.step(chrono::Duration::seconds(1));
    desk.app.strip("tier2.satu@lebakkab.go.id").await;
    assert!(chips().await.is_empty(), "it was answered");
    assert!(second.get(&desk.place).await.all("section:has(#answer) .note").is_empty());
}

// L9
#[actix_web::test]
async fn neither_whoever_asked_nor_the_requester_answers_a_question_to_tier_2() {
    let desk = Desk::new().await;
    let second = Browser::lebak(&desk.app, "tier2.dua").await;
    let chips = async || second.get("/tickets?tier=asked").await.all(".row strong.chip");
    let admin = desk.app.lebak("admin").await;
    for account in ["teknisi.dinkes", "pegawai.dinkes"] {
        let person = desk.app.person(&format!("{account}@lebakkab.go.id")).await;
        admin.post(&format!("/people/{person}/roles"), serde_json::json!({ "role": "tier2" })).await.created();
    }
    desk.act(&desk.tier1, "consult", &[("question", "Apakah servernya mati?")]).await;
    desk.app.step(chrono::Duration::seconds(1));
    desk.act(&desk.tier1, "comment", &[("body", "Tambahan: sejak pagi."), ("visibility", "internal")]).await;
    assert_eq!(chips().await, ["Dimintai pendapat"], "who asks adds something");
    desk.act(&desk.clerk, "comment", &[("body", "Masih mati.")]).await;
    assert_eq!(chips().await, ["Dimintai pendapat"], "who reported it knows of no question");
    desk.act(&second, "comment", &[("body", "Tidak, jaringannya."), ("visibility", "internal")]).await;
    assert!(chips().await.is_empty());
}

#[actix_web::test]
async fn a_requester_reads_that_a_promise_was_broken_and_not_as_if_none_had_been_made() {
    let desk = Desk::new().await;
    let plain = async |who: &Browser| who.get(&desk.place).await.first(".plain-status");
    assert!(plain(&desk.clerk).await.contains(", dijanjikan selesai "));
    desk.app.step(chrono::Duration::days(13));
    let told = plain(&desk.clerk).await;
    let (what, due) = told.split_once("; terlambat, seharusnya selesai ").unwrap();
    assert_eq!(what, "Baru Menunggu dikerjakan Service Desk Tier 1");
    assert!(due.contains(" Maret "), "{due}");
    let row = desk.clerk.get("/tickets").await.first(".row .facts");
    assert_eq!(row, format!("{} dibuat 2 Maret 08.00", told.trim_start_matches("Baru ")));
    desk.act(&desk.tier1, "start", &[]).await;
    let late = format!("Dikerjakan Sedang dikerjakan Budi Santoso; terlambat, seharusnya selesai {due}");
    assert_eq!(plain(&desk.clerk).await, late);
}

#[actix_web::test]
async fn whoever_reported_reads_that_it_came_in_and_under_which_number() {
    let desk = Desk::new().await;
    let form = desk.clerk.get("/report?service=simpeg").await;
    let fields = [("subject", "Layar gelap"), ("description", "Sejak pagi.")];
    let page = desk.clerk.fill_with_file(&form, "/report", &fields, ("", "")).await;
    let number = super::number(&page);
    // The tests have no mail server.
    let told = format!("Laporan terkirim dengan nomor {number}. Kabarnya datang di Pemberitahuan.");
    assert_eq!(page.all("header [role=status]#done"), [told]);
    let form = desk.tier1.get("/report?service=simpeg").await;
    let fields = [fields[0], fields[1], ("on_behalf_of", "pegawai.dinkes@lebakkab.go.id")];
    let page = desk.tier1.fill_with_file(&form, "/report", &fields, ("", "")).await;
    assert!(page.first("#done").ends_with("Kabarnya datang kepada pelapor."), "{}", page.first("#done"));
}

#[actix_web::test]
async fn the_requester_of_a_solved_ticket_finds_the_solution_and_its_confirmation_first() {
    let desk = Desk::new().await;
    desk.act(&desk.tier1, "start", &[]).await;
    desk.act(&desk.tier1, "resolve", &[("resolution", "Peladen dimulai ulang.")]).await;
    let page = desk.clerk.get(&desk.place).await;
    assert_eq!(page.attributes(".work > section", "aria-labelledby")[..2], ["solution", "trouble"]);
    assert_eq!(page.attributes("section:has(#solution) details", "data-key"), ["close", "reopen"]);
    assert_eq!(page.attributes("details[open]", "data-key"), ["close"]);
    assert!(page.all(".jump").is_empty(), "nothing stands before it");
    // Of two forms the one is open that came back.
    let refused = desk.act(&desk.clerk, "reopen", &[("reason", " ")]).await;
    assert_eq!((refused.status, refused.attributes("details[open]", "data-key")), (422, vec!["reopen".to_owned()]));
    let staff = desk.tier1.get(&desk.place).await;
    assert_eq!(staff.attributes(".work > section", "aria-labelledby")[..2], ["trouble", "solution"]);
    assert!(staff.all("section:has(#solution) details").is_empty());
    let page = desk.act(&desk.clerk, "close", &[("rating", "5")]).await;
    assert_eq!(page.all("header #done"), ["Terima kasih, penilaian Anda tersimpan."]);
}

#[actix_web::test]
async fn a_clock_that_was_kept_tells_when_and_not_its_deadline_as_if_that_were_it() {
    let desk = Desk::new().await;
    desk.app.step(chrono::Duration::minutes(17));
    desk.act(&desk.tier1, "comment", &[("body", "Sedang saya periksa.")]).await;
    let due = desk.clerk.get(&desk.place).await.first(".clock .due");
    assert!(due.starts_with("✓ tepat waktu hari ini 08.17 (batas hari ini "), "{due}");
}
