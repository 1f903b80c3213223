//! A reply in its thread is a public comment; a new mail is a ticket of the sender's own desk.

use super::room::{became, from};
use crate::mail::post::{Got, Post, accounts};
use crate::support::TestApp;
use crate::support::desk::{Cast, text, texts};
use chrono::Duration;
use serde_json::{Value, json};

pub const REQUESTER: &str = "pegawai.dinkes@lebakkab.go.id";
pub const TECHNICIAN: &str = "teknisi.dinkes@lebakkab.go.id";

pub fn to<'a>(mails: &'a [Got], account: &str) -> &'a Got {
    mails.iter().rfind(|m| m.account() == account).unwrap_or_else(|| panic!("no mail to {account}"))
}

/// A ticket with the mails of its opening.
pub async fn opened(cast: &Cast, post: &Post) -> (Value, Vec<Got>) {
    let ticket = cast.requester.open("SIMPEG mati").await;
    let mails = post.later(&cast.app).await;
    (cast.requester.see(&ticket).await.ok(), mails)
}

/// A ticket at tier 2 with the mails of its hand-over.
async fn handed_up(cast: &Cast, post: &Post) -> (Value, Vec<Got>) {
    let (ticket, _) = opened(cast, post).await;
    cast.tier1.escalate(&ticket).await.ok();
    (ticket, post.later(&cast.app).await)
}

async fn words(cast: &Cast, ticket: &Value) -> Vec<String> {
    texts(&cast.requester.of(ticket, "comments").await, "body")
}

#[actix_web::test]
async fn the_technicians_reply_by_mail_is_a_public_comment_that_reaches_the_requester() {
    let cast = Cast::new().await;
    let post = Post::of(&cast.app);
    let (ticket, mails) = opened(&cast, &post).await;
    let reply = from(TECHNICIAN)
        .answers(to(&mails, "teknisi.dinkes"))
        .says("Sudah saya periksa.\n\nPada Sen, 2 Mar 2026 pukul 08.00 Service Desk <servicedesk@lebakkab.go.id> menulis:\n> Tiket baru\n");
    assert_eq!(became(&cast.app.deliver(&reply).await), "done comment");
    let comments = cast.requester.of(&ticket, "comments").await;
    assert_eq!(texts(&comments, "body"), ["Sudah saya periksa."]);
    assert_eq!((&comments[0]["channel"], &comments[0]["visibility"]), (&json!("email"), &json!("public")));
    // The time line tells that it came by mail, and nothing else has changed.
    let events = cast.requester.of(&ticket, "events").await;
    assert_eq!(texts(&events, "kind"), ["opened", "commented"]);
    assert_eq!(events[1]["data"]["channel"], "email");
    let now = cast.requester.see(&ticket).await.ok();
    assert_eq!((&now["status"], &now["assignee"]), (&json!("new"), &Value::Null), "mail is never a staff action");
    let told = post.later(&cast.app).await;
    assert_eq!(accounts(&told), ["pegawai.dinkes"]);
    assert!(told[0].text.contains("Sudah saya periksa.") && told[0].header("in-reply-to").is_some());
}

// Mails to staff hold what the requester must not read; each program quotes in its own way.
#[actix_web::test]
async fn what_staff_write_around_a_mail_of_ours_stays_with_staff_and_its_writer_is_told() {
    let cast = Cast::new().await;
    let post = Post::of(&cast.app);
    let (ticket, mails) = handed_up(&cast, &post).await;
    let mail = to(&mails, "tier2.satu");
    let text = &mail.text;
    for (form, quoted) in [
        ("satu", text.clone()),
        ("dua", text.lines().map(|line| format!("| {line}\n")).collect()),
        ("tiga", text.lines().filter(|line| !line.contains("/tickets/")).map(|line| format!("  *{line}*\n")).collect()),
        ("empat", mail.html.clone()),
    ] {
        let reply = from("tier2.satu@lebakkab.go.id").answers(mail);
        let reply = match form {
            "empat" => reply.holds("text/html; charset=utf-8", format!("<p>Kami periksa ({form}).</p>{quoted}")),
            _ => reply.says(&format!("Kami periksa ({form}).\n\nSurat semula:\n\n{quoted}")),
        };
        assert_eq!(became(&cast.app.deliver(&reply).await), "done internal", "{form}");
    }
    assert!(words(&cast, &ticket).await.is_empty());
    assert!(post.later(&cast.app).await.is_empty(), "nobody outside is written to");
    let said = cast.tier2.of(&ticket, "comments").await;
    assert_eq!(texts(&said, "visibility"), ["internal"; 4]);
    assert!(texts(&said, "body").iter().all(|body| body.contains("Kami periksa (")), "{said:?}");
    assert_eq!(cast.tier2.told(&ticket).await.iter().filter(|kind| *kind == "kept_internal").count(), 4);
    // So do its files: the mail may come along as one.
    let parts = format!(
        "--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nKami periksa (lima).\n\n{text}\r\n--b\r\nContent-Type: text/plain\r\n\
         Content-Disposition: attachment; filename=surat.txt\r\n\r\nisi\r\n--b--\r\n"
    );
    let reply = from("tier2.satu@lebakkab.go.id").answers(mail).holds("multipart/mixed; boundary=b", parts);
    assert_eq!(became(&cast.app.deliver(&reply).await), "done internal");
    assert_eq!(texts(&cast.tier2.of(&ticket, "attachments").await, "visibility"), ["internal"]);
    assert!(cast.requester.of(&ticket, "attachments").await.is_empty());
    // What is known as a quote is cut, and what stands above it is for everybody.
    let known = from("tier2.satu@lebakkab.go.id").answers(mail);
    let known = known.says(&format!("Sudah kami perbaiki.\n\n---- Desk <d@x.id> menulis ----\n\n{text}"));
    assert_eq!(became(&cast.app.deliver(&known).await), "done comment");
    assert_eq!(words(&cast, &ticket).await, ["Sudah kami perbaiki."]);
    // The requester's own mails hold nothing that he may not read.
    let own = from(REQUESTER).answers(to(&mails, "pegawai.dinkes")).says(&format!("Baik.\n\nSurat semula:\n\n{text}"));
    assert_eq!(became(&cast.app.deliver(&own).await), "done comment");
}

#[actix_web::test]
async fn the_requesters_reply_wakes_a_waiting_ticket_as_his_comment_does() {
    let cast = Cast::new().await;
    let post = Post::of(&cast.app);
    let (ticket, _) = opened(&cast, &post).await;
    cast.tier1.pend(&ticket).await.ok();
    let question = post.later(&cast.app).await;
    let reply = from(REQUESTER).answers(to(&question, "pegawai.dinkes")).says("Versi 2.\n-- \nSiti\nDinkes\n");
    assert_eq!(became(&cast.app.deliver(&reply).await), "done comment");
    assert_eq!(words(&cast, &ticket).await, ["Versi 2."]);
    assert_eq!(cast.requester.see(&ticket).await.ok()["status"], "in_progress");
}

#[actix_web::test]
async fn a_reply_is_known_by_references_alone_and_by_the_address_with_a_token() {
    let cast = Cast::on(TestApp::with("[mail]\nplus_address = true\n").await).await;
    let post = Post::of(&cast.app);
    let (ticket, mails) = opened(&cast, &post).await;
    let mail = to(&mails, "pegawai.dinkes");
    let far = from(REQUESTER).answers(mail).with("In-Reply-To", "<lain@klien.example>").says("Satu.");
    assert_eq!(became(&cast.app.deliver(&far).await), "done comment");
    cast.later();
    let address = mail.header("reply-to").unwrap().split('<').nth(1).unwrap().trim_end_matches('>').to_uppercase();
    let plain = from(REQUESTER).with("To", &address).says("Dua.");
    assert_eq!(became(&cast.app.deliver(&plain).await), "done comment");
    assert_eq!(words(&cast, &ticket).await, ["Satu.", "Dua."]);
}

// L1
#[actix_web::test]
async fn a_new_mail_of_a_known_person_is_a_ticket_at_the_desk_of_his_own_opd_and_is_acknowledged() {
    let cast = Cast::new().await;
    let post = Post::of(&cast.app);
    let mail =
        from(REQUESTER).about("Fwd: RE: [LBK-2026-000009] Printer  macet").says("Kertas tersangkut.\n> sejak Senin\n");
    let row = cast.app.deliver(&mail).await;
    assert_eq!(became(&row), "done ticket");
    let ticket = cast.tier1.get(&format!("/tickets/{}", row.ticket_number.unwrap())).await.ok();
    assert_eq!(ticket["subject"], "Printer macet");
    assert_eq!(ticket["description"], "Kertas tersangkut.\n> sejak Senin");
    assert_eq!(
        (&ticket["channel"], &ticket["kind"], &ticket["tier"]),
        (&json!("email"), &json!("incident"), &json!(1))
    );
    assert_eq!(ticket["opd"]["code"], "dinkes");
    assert_eq!(ticket["requester"]["email"], REQUESTER);
    let told = post.now(&cast.app).await;
    assert_eq!(accounts(&told), ["pegawai.dinkes", "teknisi.dinkes"]);
    assert!(!to(&told, "pegawai.dinkes").text.contains("tersangkut"), "an acknowledgement never echoes");
}

#[actix_web::test]
async fn files_and_pictures_are_attached_and_what_is_not_taken_is_named() {
    let cast = Cast::new().await;
    let post = Post::of(&cast.app);
    let (ticket, mails) = opened(&cast, &post).await;
    let png = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
    let body = format!(
        "--b\r\nContent-Type: text/plain\r\n\r\nLihat gambar.\r\n\
         --b\r\nContent-Type: image/png; name=\"../layar.png\"\r\nContent-Disposition: inline\r\n\
         Content-Transfer-Encoding: base64\r\n\r\n{png}\r\n\
         --b\r\nContent-Type: application/octet-stream\r\nContent-Disposition: attachment; filename=\"jalan.sh\"\r\n\r\n\
         #!/bin/sh\r\nrm -rf /\r\n--b--\r\n"
    );
    let reply =
        from(REQUESTER).answers(to(&mails, "pegawai.dinkes")).holds("multipart/mixed; boundary=b", body.clone());
    assert_eq!(became(&cast.app.deliver(&reply).await), "done comment");
    let files = cast.tier1.of(&ticket, "attachments").await;
    assert_eq!(texts(&files, "name"), ["layar.png"]);
    assert_eq!(files[0]["media_type"], "image/png");
    let said = words(&cast, &ticket).await.remove(0);
    assert!(said.starts_with("Lihat gambar.\n\n[Lampiran \"jalan.sh\" tidak disimpan"), "{said}");
    // Without words, only the picture.
    let picture = body.replace("Lihat gambar.", "");
    let only = format!("{}--b--\r\n", picture.split("--b\r\nContent-Type: application").next().unwrap());
    let reply = from(REQUESTER).answers(to(&mails, "pegawai.dinkes")).holds("multipart/mixed; boundary=b", only);
    assert_eq!(became(&cast.app.deliver(&reply).await), "done attached");
    assert_eq!(words(&cast, &ticket).await.len(), 1);
    assert_eq!(cast.tier1.of(&ticket, "attachments").await.len(), 2);
    // A refused file without any word still opens a ticket, which names it.
    let script = "--b\r\nContent-Type: text/x-sh; name=jalan.sh\r\n\r\n#!/bin/sh\r\n--b--\r\n";
    let row = cast.app.deliver(&from(REQUESTER).about("").holds("multipart/mixed; boundary=b", script)).await;
    assert_eq!(became(&row), "done ticket");
    let new = cast.tier1.get(&format!("/tickets/{}", row.ticket_number.unwrap())).await.ok();
    assert!(text(&new["description"]).contains("[Lampiran \"jalan.sh\" tidak disimpan"), "{new}");
}

#[actix_web::test]
async fn a_reply_without_words_of_its_own_says_so_and_changes_nothing() {
    let cast = Cast::new().await;
    let post = Post::of(&cast.app);
    let (ticket, mails) = opened(&cast, &post).await;
    let reply = from(REQUESTER).answers(to(&mails, "pegawai.dinkes")).says("\n-- \nSiti\n");
    assert_eq!(became(&cast.app.deliver(&reply).await), "refused empty");
    assert!(words(&cast, &ticket).await.is_empty());
    assert_eq!(cast.requester.see(&ticket).await.ok(), ticket);
}

#[actix_web::test]
async fn a_subject_or_a_text_without_anything_to_be_seen_is_none_and_loses_no_words() {
    let cast = Cast::new().await;
    let post = Post::of(&cast.app);
    let row = cast.app.deliver(&from(REQUESTER).about("=?utf-8?b?4oCN?=").says("Kertas tersangkut.\n")).await;
    assert_eq!(became(&row), "done ticket");
    let ticket = cast.tier1.get(&format!("/tickets/{}", row.ticket_number.unwrap())).await.ok();
    assert_eq!((&ticket["subject"], &ticket["description"]), (&json!("Tanpa judul"), &json!("Kertas tersangkut.")));
    let row = cast.app.deliver(&from(REQUESTER).about("Printer macet").says("\u{200b}\n")).await;
    let ticket = cast.tier1.get(&format!("/tickets/{}", row.ticket_number.unwrap())).await.ok();
    assert_eq!(ticket["description"], "Printer macet");
    let (_, mails) = opened(&cast, &post).await;
    let reply = from(REQUESTER).answers(to(&mails, "pegawai.dinkes")).says("\u{200d}\n");
    assert_eq!(became(&cast.app.deliver(&reply).await), "refused empty");
}

#[actix_web::test]
async fn a_reply_to_a_ticket_that_has_ended_loses_no_words() {
    let cast = Cast::new().await;
    let post = Post::of(&cast.app);
    let (ticket, mails) = opened(&cast, &post).await;
    cast.tier1.resolve(&ticket).await.ok();
    cast.requester.close(&ticket).await.ok();
    let reply = from(REQUESTER).answers(to(&mails, "pegawai.dinkes")).says("Mati lagi.\n> lama\n");
    let row = cast.app.deliver(&reply).await;
    assert_eq!(became(&row), "done ticket");
    let number = row.ticket_number.unwrap();
    assert_ne!(number, text(&ticket["number"]));
    let new = cast.tier1.get(&format!("/tickets/{number}")).await.ok();
    assert_eq!(new["description"], "Mati lagi.");
    assert_eq!(new["subject"], "SIMPEG mati", "not what our mail was called");
    // Without a subject of its own it bears that of the ticket that is answered.
    let bare = from(REQUESTER).answers(to(&mails, "pegawai.dinkes")).about("Re:").says("Masih mati.");
    let number = cast.app.deliver(&bare).await.ticket_number.unwrap();
    assert_eq!(cast.tier1.get(&format!("/tickets/{number}")).await.ok()["subject"], "SIMPEG mati");
    assert!(words(&cast, &ticket).await.is_empty());
}

#[actix_web::test]
async fn an_answer_to_a_secret_ticket_that_has_ended_stays_secret() {
    let cast = Cast::new().await;
    let post = Post::of(&cast.app);
    let ticket = cast.requester.open_with(json!({ "classification": "secret" })).await.created();
    let mails = post.later(&cast.app).await;
    cast.tier1.resolve(&ticket).await.ok();
    cast.requester.close(&ticket).await.ok();
    let row = cast.app.deliver(&from(REQUESTER).answers(to(&mails, "pegawai.dinkes")).says("Kata rahasia.")).await;
    assert_eq!(became(&row), "done ticket");
    let number = row.ticket_number.unwrap();
    let new = cast.requester.get(&format!("/tickets/{number}")).await.ok();
    assert_eq!((&new["classification"], &new["subject"]), (&json!("secret"), &json!("Tanpa judul")));
    cast.auditor.get(&format!("/tickets/{number}")).await.refused(404);
}

#[actix_web::test]
async fn whoever_lost_his_role_answers_no_more_with_the_mail_that_he_has() {
    let cast = Cast::new().await;
    let post = Post::of(&cast.app);
    let (ticket, mails) = opened(&cast, &post).await;
    let technician = cast.tier1.id().await;
    cast.give(&technician, "requester", Some("disdik")).await;
    cast.take(&technician, "tier1", "dinkes").await;
    let reply = from(TECHNICIAN).answers(to(&mails, "teknisi.dinkes")).says("Saya masih di sini.");
    let row = cast.app.deliver(&reply).await;
    assert_eq!(became(&row), "done ticket");
    assert!(words(&cast, &ticket).await.is_empty());
    assert_ne!(row.ticket_number.unwrap(), text(&ticket["number"]));
}

#[actix_web::test]
async fn whoever_may_not_open_by_rest_may_not_by_mail() {
    let cast = Cast::new().await;
    for account in ["auditor@lebakkab.go.id", "admin@lebakkab.go.id", "operator@sigap.example"] {
        assert_eq!(became(&cast.app.deliver(&from(account)).await), "refused not_allowed", "{account}");
    }
    assert!(cast.coordinator.items("/tickets").await.is_empty());
}

// P4
#[actix_web::test]
async fn a_mail_to_another_regions_desk_opens_at_the_senders_own() {
    let cast = Cast::new().await;
    let row = cast.app.deliver(&from("pegawai.dinkes@temanggungkab.go.id")).await;
    assert_eq!((became(&row), row.ticket_number.as_deref()), ("done ticket".into(), Some("TMG-2026-000001")));
    assert!(cast.admin.items("/inbound").await.is_empty(), "it is not Lebak's");
}

#[actix_web::test]
async fn the_message_is_kept_for_a_time_and_then_forgotten_and_what_became_of_it_stays() {
    let cast = Cast::on(TestApp::with(crate::support::time::PATIENT).await).await;
    let row = cast.app.deliver(&from(REQUESTER)).await;
    assert!(row.raw.is_some());
    let unreadable = cast.app.deliver_bytes(b"").await;
    assert_eq!(became(&unreadable), "unreadable malformed");
    let uid = |row: &sigap::mail::inbound::Inbound| usize::try_from(row.uid).unwrap();
    for (days, kept) in [(89, true), (1, false)] {
        cast.app.step(Duration::days(days));
        sigap::worker::upkeep::run(&cast.app.app).await.unwrap();
        assert_eq!(cast.app.message(uid(&row)).await.raw.is_some(), kept);
        assert!(cast.app.message(uid(&unreadable)).await.raw.is_some(), "somebody has yet to look at it");
    }
    assert_eq!(became(&cast.app.message(uid(&row)).await), "done ticket");
}

fn files(text: &str) -> String {
    format!(
        "--b\r\nContent-Type: text/plain\r\n\r\n{text}\r\n\
         --b\r\nContent-Type: text/plain\r\nContent-Disposition: attachment; filename=\"satu.txt\"\r\n\r\nsatu\r\n\
         --b\r\nContent-Type: text/plain\r\nContent-Disposition: attachment; filename=\"dua.txt\"\r\n\r\ndua\r\n--b--\r\n"
    )
}

#[actix_web::test]
async fn a_mail_of_files_alone_wakes_a_waiting_ticket_and_one_with_words_is_told_of_by_them() {
    let cast = Cast::new().await;
    let post = Post::of(&cast.app);
    let (ticket, mails) = opened(&cast, &post).await;
    for (words, outcome, told) in [("", "done attached", (1, 0)), ("Ini dia.", "done comment", (1, 1))] {
        cast.later();
        cast.tier1.pend(&ticket).await.ok();
        let mail = from(REQUESTER).answers(to(&mails, "pegawai.dinkes"));
        let row = cast.app.deliver(&mail.holds("multipart/mixed; boundary=b", files(words))).await;
        assert_eq!(became(&row), outcome);
        assert_eq!(cast.tier1.see(&ticket).await.ok()["status"], "in_progress", "{words}");
        let notices = cast.tier1.told(&ticket).await;
        let times = |kind: &str| notices.iter().filter(|told| *told == kind).count();
        assert_eq!((times("attached"), times("commented")), told, "{words}");
    }
    let names = texts(&cast.tier1.of(&ticket, "attachments").await, "name");
    assert_eq!(names, ["satu.txt", "dua.txt", "satu.txt", "dua.txt"]);
}

// A mail that comes along as a file says what one in the text would say.
#[actix_web::test]
async fn what_staff_write_with_a_mail_beside_it_stays_with_staff_and_so_does_the_mail() {
    let cast = Cast::new().await;
    let post = Post::of(&cast.app);
    let (ticket, mails) = handed_up(&cast, &post).await;
    let mail = to(&mails, "tier2.satu");
    let with = |form: &str, kind: &str, name: &str, file: &str| {
        let body = format!(
            "--luar\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nSudah kami periksa ({form}).\r\n--luar\r\nContent-Type: {kind}\r\n\
             Content-Disposition: attachment{name}\r\n\r\n{file}\r\n--luar--\r\n"
        );
        from("tier2.satu@lebakkab.go.id").answers(mail).holds("multipart/mixed; boundary=luar", body)
    };
    let before = cast.requester.see(&ticket).await;
    // A long one is judged by its beginning.
    let long = format!("{}{}", mail.text, "\r\nSenin: SIMPEG dirawat.".repeat(80_000));
    for (form, kind, name, file) in [
        ("satu", "message/rfc822", "", mail.raw.as_str()),
        ("dua", "application/octet-stream", "; filename=original.EML", mail.raw.as_str()),
        ("tiga", "text/plain", "; filename=surat.txt", mail.text.as_str()),
        ("empat", "application/vnd.ms-outlook", "; filename=surat.msg", "isi"),
        ("lima", "text/plain", "; filename=panjang.txt", long.as_str()),
    ] {
        assert_eq!(became(&cast.app.deliver(&with(form, kind, name, file)).await), "done internal", "{form}");
    }
    assert_eq!(texts(&cast.tier2.of(&ticket, "attachments").await, "visibility"), ["internal"; 5]);
    assert!(cast.requester.of(&ticket, "attachments").await.is_empty() && words(&cast, &ticket).await.is_empty());
    let after = cast.requester.see(&ticket).await;
    assert_eq!(after.header("etag"), before.header("etag"), "the requester does not notice");
    assert_eq!(after.ok(), before.ok());
    // A file that is none is for everybody, as the words beside it are.
    let plain = with("enam", "text/plain", "; filename=jadwal.txt", "Senin: SIMPEG dirawat.");
    assert_eq!(became(&cast.app.deliver(&plain).await), "done comment");
    assert_eq!(texts(&cast.requester.of(&ticket, "attachments").await, "name"), ["jadwal.txt"]);
}

// What is judged within a transaction holds the ticket, and on PostgreSQL may take a second.
#[actix_web::test]
async fn a_long_file_that_looks_like_a_mail_is_taken_beside_an_answer_of_staff() {
    let cast = Cast::new().await;
    let post = Post::of(&cast.app);
    let (ticket, mails) = opened(&cast, &post).await;
    let rows = "<tr><td>Senin</td><td>SIMPEG dirawat</td></tr>\r\n".repeat(130_000);
    let body = format!(
        "--b\r\n\r\nTerlampir.\r\n--b\r\nContent-Disposition: attachment; filename=laporan.txt\r\n\r\n\
         Content-Type: text/html\r\n\r\n{rows}\r\n--b--\r\n"
    );
    let reply = from(TECHNICIAN).answers(to(&mails, "teknisi.dinkes")).holds("multipart/mixed; boundary=b", body);
    assert_eq!(became(&cast.app.deliver(&reply).await), "done comment");
    assert_eq!(texts(&cast.requester.of(&ticket, "attachments").await, "name"), ["laporan.txt"]);
}
