//! Programs that answer programs (RFC 3834): nothing here answers them, and two of us wired together fall silent.

use super::replies::{REQUESTER, TECHNICIAN, opened, to};
use super::room::{Raw, became, from};
use crate::mail::post::{Got, Post};
use crate::support::TestApp;
use crate::support::desk::Cast;
use std::sync::atomic::{AtomicUsize, Ordering};

#[actix_web::test]
async fn what_a_program_wrote_is_neither_acted_on_nor_answered() {
    let cast = Cast::new().await;
    let post = Post::of(&cast.app);
    let (_, mails) = opened(&cast, &post).await;
    let mine = to(&mails, "pegawai.dinkes");
    let away = || from(REQUESTER).answers(mine).says("Saya cuti sampai Senin.");
    let cases: Vec<(&str, Raw, &str)> = vec![
        ("auto-replied", away().with("Auto-Submitted", "auto-replied"), "refused automatic"),
        ("auto-generated", away().with("Auto-Submitted", "Auto-Generated; x=y"), "refused automatic"),
        ("an unknown word", away().with("Auto-Submitted", "vacation"), "refused automatic"),
        ("no", away().with("Auto-Submitted", "no"), "done comment"),
        ("No (comment)", away().with("Auto-Submitted", "No (by hand)"), "done comment"),
        ("bulk", away().with("Precedence", "bulk"), "refused automatic"),
        ("list", away().with("Precedence", "LIST"), "refused automatic"),
        ("junk", away().with("Precedence", "junk"), "refused automatic"),
        ("list id", away().with("List-Id", "<semua.lebakkab.go.id>"), "refused automatic"),
        ("Exchange", away().with("X-Auto-Response-Suppress", "DR, OOF, AutoReply"), "refused automatic"),
        ("old Outlook", away().with("X-Autoreply", "yes"), "refused automatic"),
        ("null return path", away().with("Return-Path", "<>"), "refused automatic"),
        (
            "a receipt",
            away().holds("multipart/report; report-type=disposition-notification; boundary=b", "--b--"),
            "refused foreign_report",
        ),
        ("our desk", away().with("From", "Service Desk <ServiceDesk@lebakkab.go.id>"), "refused own"),
        ("our desk with a tag", away().with("From", "servicedesk+x@lebakkab.go.id"), "refused own"),
        ("another desk of ours", away().with("From", "servicedesk@mail.blorakab.go.id"), "refused own"),
        ("our message id", away().with("Message-ID", &mine.header("message-id").unwrap()), "refused own"),
        ("unknown sender", from("siapa@example.com"), "refused unknown_sender"),
    ];
    for (name, raw, expected) in cases {
        assert_eq!(became(&cast.app.deliver(&raw).await), expected, "{name}");
        let answered: Vec<String> = post.later(&cast.app).await.into_iter().map(|mail| mail.to).collect();
        let comments = usize::from(expected == "done comment");
        assert_eq!(answered, [TECHNICIAN][..comments], "{name}: nobody is answered");
    }
}

/// Hands every mail of one to the other as a gateway does that changes `change`; counts the rounds until both are silent.
async fn rounds(change: impl Fn(&Got) -> Vec<u8>) -> (usize, Vec<String>) {
    let (here, there) = (TestApp::new().await, TestApp::new().await);
    let (ours, theirs) = (Post::of(&here), Post::of(&there));
    let first = here.deliver(&from(REQUESTER)).await;
    assert_eq!(became(&first), "done ticket");
    let (mut rounds, mut seen) = (0, Vec::new());
    let mut under_way = ours.later(&here).await;
    while !under_way.is_empty() && rounds < 20 {
        rounds += 1;
        let (app, post) = if rounds % 2 == 1 { (&there, &theirs) } else { (&here, &ours) };
        for mail in &under_way {
            seen.push(became(&app.deliver_bytes(&change(mail)).await));
        }
        under_way = post.later(app).await;
    }
    seen.sort();
    seen.dedup();
    (rounds, seen)
}

#[actix_web::test]
async fn two_instances_wired_to_each_others_mailbox_fall_silent_at_once() {
    let (rounds, seen) = rounds(|mail| mail.raw.clone().into_bytes()).await;
    assert_eq!((rounds, seen), (1, vec!["refused own".to_owned()]));
}

#[actix_web::test]
async fn answering_machines_that_know_no_rule_are_heard_twice_and_the_loop_ends_in_five_rounds() {
    // Whoever gets a mail answers it in his own name, with the same words, without a mark that a program wrote.
    let away = |mail: &Got| from(&mail.to).says("Saya cuti sampai tanggal 9.");
    let threaded = rounds(move |mail| away(mail).answers(mail).bytes()).await;
    let apart = rounds(move |mail| away(mail).about("Di luar kantor").bytes()).await;
    for (rounds, seen) in [threaded, apart] {
        assert!((2..=5).contains(&rounds), "{rounds} rounds: {seen:?}");
        assert!(seen.contains(&"refused repeated".to_owned()), "{seen:?}");
    }
}

#[actix_web::test]
async fn reports_with_the_same_few_words_and_answers_with_other_files_are_no_loop() {
    let cast = Cast::new().await;
    let post = Post::of(&cast.app);
    let stock = |subject: &str| from(REQUESTER).about(subject).says("Mohon bantuannya. Terima kasih.");
    for subject in ["Printer TU mati", "Wifi aula lambat", "Akun Bu Ani terkunci", "Proyektor rusak"] {
        assert_eq!(became(&cast.app.deliver(&stock(subject)).await), "done ticket", "{subject}");
    }
    let forwarded = |who: &str| {
        from(REQUESTER)
            .about("Fwd: Keluhan")
            .says(&format!("Mohon ditindaklanjuti.\n\n-----Pesan Asli-----\nIsi {who}"))
    };
    for who in ["satu", "dua", "tiga"] {
        assert_eq!(became(&cast.app.deliver(&forwarded(who)).await), "done ticket", "{who}");
    }
    let (_, mails) = opened(&cast, &post).await;
    let answer = || from(REQUESTER).answers(to(&mails, "pegawai.dinkes"));
    for n in 1..=3 {
        let body = format!(
            "--b\r\n\r\nTerlampir.\r\n--b\r\nContent-Type: application/pdf; name=bukti.pdf\r\n\r\n%PDF-1.4 {n}\r\n--b--\r\n"
        );
        let mail = answer().holds("multipart/mixed; boundary=b", body);
        assert_eq!(became(&cast.app.deliver(&mail).await), "done comment", "file {n}");
        assert_eq!(became(&cast.app.deliver(&answer().says(&format!("PC-{n}"))).await), "done comment", "PC-{n}");
    }
    // The same once more is a program's, whatever number of ours its subject bears.
    let again = |n: usize| stock(&format!("Balasan otomatis: [LBK-2026-00000{n}] Tiket diterima: Balasan {n}"));
    let rows =
        [cast.app.deliver(&again(1)).await, cast.app.deliver(&again(2)).await, cast.app.deliver(&again(3)).await];
    assert_eq!(rows.map(|row| became(&row)), ["done ticket", "done ticket", "refused repeated"]);
}

#[actix_web::test]
async fn requests_that_differ_in_their_figures_alone_each_become_a_ticket() {
    let cast = Cast::new().await;
    let reset = |nip: usize| {
        from(REQUESTER).about("Permohonan reset kata sandi SIMPEG").says(&format!(
            "Mohon kata sandi SIMPEG untuk NIP 19800101200501{nip:04} direset, pegawai tidak bisa masuk. Terima kasih."
        ))
    };
    for n in 1..=4 {
        assert_eq!(became(&cast.app.deliver(&reset(n)).await), "done ticket", "NIP {n}");
        let stock = from(REQUESTER).about(&format!("Printer PC-2026-00{n} rusak")).says("Mohon bantuannya.");
        assert_eq!(became(&cast.app.deliver(&stock).await), "done ticket", "PC {n}");
    }
    assert_eq!(became(&cast.app.deliver(&reset(1)).await), "done ticket", "sent twice by mistake");
    let row = cast.app.deliver(&reset(1)).await;
    assert_eq!(became(&row), "refused repeated");
    // Whoever looks at it and finds a person's words has them taken.
    let again = cast.admin.post(&format!("/inbound/{}/retry", row.id), serde_json::json!({})).await.ok();
    assert_eq!(again["outcome"], serde_json::Value::Null);
    cast.app.act_on_mail().await;
    let uid = usize::try_from(row.uid).unwrap();
    assert_eq!(became(&cast.app.message(uid).await), "done ticket");
    assert_eq!(became(&cast.app.deliver(&reset(1)).await), "refused repeated", "that one, not all that follow");
}

/// The number of the ticket, without the brackets around it.
fn number(mail: &Got) -> String {
    mail.subject.split(['[', ']']).nth(1).unwrap().to_owned()
}

// R25
#[actix_web::test]
async fn machines_that_count_and_quote_a_mail_of_ours_in_any_way_end_in_five_rounds() {
    let quotes: [fn(&Got) -> String; 4] = [
        |mail| mail.text.split_whitespace().find(|word| word.contains("LBK-2026-")).unwrap().into(),
        |mail| format!("Surel tentang {} telah kami terima.", number(mail)),
        |mail| number(mail).to_lowercase(),
        |_| "Surel ini dikirim otomatis\nkarena Anda terkait dengan tiket ini.".into(),
    ];
    for (n, quote) in quotes.into_iter().enumerate() {
        let count = AtomicUsize::new(1);
        let (rounds, seen) = rounds(|mail| {
            let nth = count.fetch_add(1, Ordering::Relaxed);
            let words = format!("Saya cuti; surel ke-{nth} hari ini.\n\n{}", quote(mail));
            from(&mail.to).about("Di luar kantor").says(&words).bytes()
        })
        .await;
        assert!((2..=5).contains(&rounds), "{n}: {rounds} rounds: {seen:?}");
        assert!(seen.contains(&"refused repeated".to_owned()), "{n}: {seen:?}");
    }
}

#[actix_web::test]
async fn two_people_of_one_ticket_whose_machines_answer_each_other_end_in_five_rounds() {
    let cast = Cast::new().await;
    let post = Post::of(&cast.app);
    let (ticket, _) = opened(&cast, &post).await;
    cast.tier1.say(&ticket, "public", "Sedang diperiksa.").await.created();
    let (mut rounds, mut under_way) = (0, post.later(&cast.app).await);
    while !under_way.is_empty() && rounds < 20 {
        rounds += 1;
        for mail in &under_way {
            let raw = from(&mail.to).answers(mail).says(&format!("Jawaban otomatis dari {}.", mail.account()));
            cast.app.deliver(&raw).await;
        }
        under_way = post.later(&cast.app).await;
    }
    assert_eq!(rounds, 5);
    assert_eq!(cast.tier1.of(&ticket, "comments").await.len(), 5, "the technician's, and two of each machine");
}
