//! Forms: what is typed is never lost, what is sent twice counts once, and no other site's form is taken for ours.

use super::{Desk, number, reported};
use crate::support::TestApp;
use crate::support::browser::{Browser, Page};
use crate::support::client::{MULTIPART, form_of};
use actix_web::http::Method;
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::Write as _;

#[actix_web::test]
async fn a_form_that_is_refused_comes_back_with_every_word_and_says_what_to_mend() {
    let desk = Desk::new().await;
    let page =
        desk.act(&desk.tier1, "escalate", &[("reason", "Di pusat data."), ("tried", " "), ("requested", "")]).await;
    assert_eq!(page.status, 422);
    assert_eq!(page.first("#escalate-reason"), "Di pusat data.");
    assert_eq!(page.attributes("details[open]", "data-key"), ["escalate"]);
    assert_eq!(page.all("#escalate-requested-fault").len(), 1);
    assert_eq!(page.all("#escalate-reason-fault").len(), 0);
    desk.act(&desk.tier1, "start", &[]).await;
    let page = desk.act(&desk.tier1, "pend", &[("reason", "vendor"), ("until", "kapan-kapan")]).await;
    assert_eq!(page.status, 422);
    assert_eq!(page.attributes("#pend-reason option[selected]", "value"), ["vendor"]);
    // As the refusal says, and as a browser without such a field lets one type it.
    assert_eq!(page.first("#pend-until-fault"), "Tulis tanggal dan jam, misalnya 02/03/2026 10.30.");
    for typed in ["02/03/2027 10.30", "2/3/2027 10:30", "2027-03-02 10:30", "2027-03-02T10:30:00"] {
        let page = desk.act(&desk.tier1, "pend", &[("reason", "vendor"), ("until", typed)]).await;
        assert_eq!(page.status, 200, "{typed}");
        assert!(page.first(".plain-status").contains("2 Maret 2027 10.30"), "{typed}: {}", page.first(".plain-status"));
        desk.app.step(chrono::Duration::seconds(1));
        desk.act(&desk.tier1, "resume", &[]).await;
    }
    let clerk = &desk.clerk;
    let form = clerk.get("/report?service=simpeg").await;
    let page =
        clerk.fill_with_file(&form, "/report", &[("subject", " "), ("description", "Ceritanya.")], ("", "")).await;
    assert_eq!((page.status, page.first("#description").as_str()), (422, "Ceritanya."));
    assert_eq!(page.all("#subject-fault").len(), 1);
}

#[actix_web::test]
async fn a_report_whose_file_is_not_taken_comes_back_with_its_words_and_says_why() {
    let app = TestApp::with("[limits]\nattachment_bytes = 2097152\n").await;
    let clerk = Browser::lebak(&app, "pegawai.dinkes").await;
    let form = clerk.get("/report?service=simpeg").await;
    let fields = [("subject", "Tidak bisa dibuka"), ("description", "Ceritanya.")];
    let large = "x".repeat(2_200_000);
    for (name, content, why) in
        [("alat.bat", "isi", "Windows"), ("kosong.txt", "", "kosong"), ("besar.txt", &*large, "paling besar 2 MB")]
    {
        let page = clerk.fill_with_file(&form, "/report", &fields, (name, content)).await;
        assert_eq!((page.status, page.first("#description").as_str()), (422, "Ceritanya."), "{name}: {}", page.words());
        assert!(page.first("#file-fault").contains(why), "{name}: {}", page.first("#file-fault"));
    }
    assert_eq!(clerk.get("/tickets").await.all(".row").len(), 0);
}

#[actix_web::test]
async fn whoever_acts_on_an_old_page_is_shown_the_new_state_and_loses_no_text() {
    let desk = Desk::new().await;
    let old = desk.tier1.get(&desk.place).await;
    desk.act(&desk.clerk, "comment", &[("body", "Sudah bisa lagi.")]).await;
    let resolve = format!("{}/resolve", desk.place);
    let page = desk.tier1.fill(&old, &resolve, &[("resolution", "Dimulai ulang.")]).await;
    assert_eq!(page.status, 412);
    assert!(page.words().contains("Tiket ini berubah sejak halaman dibuka."));
    assert!(page.words().contains("Sudah bisa lagi."));
    assert_eq!(page.first("#resolve-resolution"), "Dimulai ulang.");
    let page = desk.tier1.fill(&page, &resolve, &[]).await;
    assert_eq!((page.status, page.first(".plain-status .chip").as_str()), (200, "Terselesaikan"));
}

#[actix_web::test]
async fn an_answer_is_taken_whatever_happened_meanwhile() {
    let desk = Desk::new().await;
    let old = desk.clerk.get(&desk.place).await;
    desk.act(&desk.tier1, "start", &[]).await;
    let page = desk.clerk.fill(&old, &format!("{}/comment", desk.place), &[("body", "Satu lagi.")]).await;
    assert_eq!(page.status, 200);
    assert!(page.words().contains("Satu lagi."));
}

#[actix_web::test]
async fn a_form_that_is_sent_twice_counts_once() {
    let app = TestApp::new().await;
    let clerk = Browser::lebak(&app, "pegawai.dinkes").await;
    let form = clerk.get("/report?service=simpeg").await;
    let fields = [("subject", "Dua kali"), ("description", "Sejak pagi.")];
    let first = clerk.fill_with_file(&form, "/report", &fields, ("", "")).await;
    let second = clerk.fill_with_file(&form, "/report", &fields, ("", "")).await;
    assert_eq!((first.status, number(&first)), (200, number(&second)));
    assert_eq!(clerk.get("/tickets").await.all(".row").len(), 1);
    let comment = format!("{}/comment", first.ticket());
    for _ in 0..2 {
        clerk.fill(&first, &comment, &[("body", "Sekali saja.")]).await;
    }
    assert_eq!(clerk.get(first.ticket()).await.all(".history .said").len(), 1);
}

#[actix_web::test]
async fn no_other_sites_form_does_anything() {
    let desk = Desk::new().await;
    let page = desk.tier1.get(&desk.place).await;
    let token = page.attributes("form[action='/sign-out'] input", "value")[0].clone();
    let wrong = format!("{}{}", if token.starts_with('a') { 'b' } else { 'a' }, &token[1..]);
    let place = format!("{}/start", desk.place);
    let body = |token: &str| format!("form={token}");
    let refused = [
        (vec![("origin", "https://jahat.example")], body(&token)),
        (vec![("origin", "null")], body(&token)),
        (vec![("sec-fetch-site", "cross-site")], body(&token)),
        (vec![("sec-fetch-site", "same-site")], body(&token)),
        (vec![], body("")),
        (vec![], body(&wrong)),
        (vec![], String::new()),
    ];
    for (headers, body) in refused {
        let page = desk.tier1.post(&place, &headers, body).await;
        assert_eq!(page.status, 403, "{headers:?}");
    }
    let raw = desk.tier1.once(
        Method::POST,
        &place,
        &[("content-type", "application/x-www-form-urlencoded")],
        body(&token).into(),
    );
    assert_eq!(raw.await.status, 403, "a form that comes from nowhere");
    // The token of one session is none for another.
    let other = Browser::lebak(&desk.app, "teknisi.dinkes").await;
    assert_eq!(other.post(&place, &[], body(&token)).await.status, 403);
    assert_eq!(desk.tier1.get(&desk.place).await.first(".plain-status .chip"), "Baru");
    let login = "login=pegawai.dinkes@lebakkab.go.id&password=sigap-demo-2026".to_owned();
    let foreign = Browser::new(&desk.app).post("/sign-in", &[("origin", "https://jahat.example")], login).await;
    assert_eq!(foreign.status, 403);
}

// The script (src/web/assets/sigap.js) keeps what was typed until it sees this.
#[actix_web::test]
async fn a_form_that_was_taken_proves_it_by_its_own_number_and_nothing_else_does() {
    let desk = Desk::new().await;
    let (tier1, comment) = (&desk.tier1, format!("{}/comment", desk.place));
    let proof = || tier1.cookies.borrow().get("sigap-sent").cloned();
    let send = async |page: &Page, body: &str| {
        tier1.cookies.borrow_mut().remove("sigap-sent");
        tier1.fill(page, &comment, &[("body", body)]).await.status
    };
    let page = tier1.get(&desk.place).await;
    let once = page.attributes(&format!("form[action='{comment}'] input[name=once]"), "value").remove(0);
    assert_eq!((send(&page, " ").await, proof()), (422, None), "refused");
    // Taken; and sent once more because the answer was lost on its way: it counts once, and is taken.
    for _ in 0..2 {
        assert_eq!((send(&page, "Sedang dicek.").await, proof()), (200, Some(once.clone())));
    }
    assert_eq!(tier1.get(&desk.place).await.all(".said").len(), 1);
    let page = tier1.get(&desk.place).await;
    tier1.cookies.borrow_mut().remove("sigap");
    assert_eq!((send(&page, "Masih dicek.").await, proof()), (401, None), "shown, to sign in again");
    let again = Browser::lebak(&desk.app, "teknisi.dinkes").await;
    tier1.cookies.borrow_mut().clone_from(&again.cookies.borrow());
    assert_eq!((send(&page, "Masih dicek.").await, proof()), (403, None), "the form of a session before");
    // What the form says of itself comes back into a header only if it is what we gave.
    let page = tier1.get(&desk.place).await;
    let body = page.sent(&comment, &[("body", "Selesai."), ("once", "a; Domain=x")]);
    tier1.post(&comment, &[], body).await;
    assert_eq!(proof(), None);
}

#[actix_web::test]
async fn what_people_type_is_shown_as_text_and_never_as_a_page() {
    let app = TestApp::new().await;
    let clerk = Browser::lebak(&app, "pegawai.dinkes").await;
    let evil = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>{{ 7*7 }}\u{202e}";
    let page = reported(&clerk, evil).await;
    assert_eq!(page.status, 200, "{}", page.html);
    let comment = format!("{}/comment", page.place);
    let page = clerk.fill(&page, &comment, &[("body", evil)]).await;
    let tier1 = Browser::lebak(&app, "teknisi.dinkes").await;
    let search = format!("/tickets?q={}", url::form_urlencoded::byte_serialize(evil.as_bytes()).collect::<String>());
    let pages = [page.clone(), tier1.get(&page.place).await, tier1.get("/tickets").await, tier1.get(&search).await];
    for page in pages.iter().chain([&clerk.get("/report?service=simpeg").await]) {
        assert!(!page.html.contains("<script>alert") && !page.html.contains("<img src=x"), "{}", page.place);
        assert_eq!(page.all("script").len(), 1, "only our own script: {}", page.place);
    }
    assert!(pages[0].first("h1").starts_with("<script>alert(1)</script>"));
    let policy = pages[0].header("content-security-policy").unwrap();
    assert!(policy.contains("default-src 'self'") && !policy.contains("unsafe"), "{policy}");
}

// ASVS 5.2.3: what is small when it comes could be large when it is unpacked, and nobody needs to be signed in for these.
#[actix_web::test]
async fn a_form_that_is_packed_or_of_another_kind_is_refused_unread() {
    let app = TestApp::new().await;
    let browser = Browser::new(&app);
    let form = ("content-type", "application/x-www-form-urlencoded");
    let mut packer = GzEncoder::new(Vec::new(), Compression::best());
    packer.write_all(b"login=pegawai.dinkes@lebakkab.go.id&password=sigap-demo-2026&language=en").unwrap();
    let packed = packer.finish().unwrap();
    for place in ["/sign-in", "/forgot", "/language", "/setup"] {
        for headers in [
            vec![form, ("content-encoding", "gzip")],
            vec![form, ("content-encoding", "deflate")],
            vec![("content-type", "application/json")],
            vec![],
        ] {
            let headers = [vec![("origin", "http://sigap.test")], headers].concat();
            let page = browser.once(Method::POST, place, &headers, packed.clone()).await;
            assert_eq!(page.status, 415, "{place} {headers:?}");
            assert!(page.html.contains("tanpa kompresi"), "{place}: {}", page.html);
        }
    }
}

// ASVS 5.2.4: what is refused does not fill the disk.
#[actix_web::test]
async fn files_of_a_form_that_is_refused_are_gone_with_its_answer() {
    let desk = Desk::new().await;
    let (clerk, app) = (&desk.clerk, &desk.app);
    let held = || app.app.blobs.files().unwrap().len();
    let token = clerk.form_token().await;
    let headers = [("content-type", MULTIPART), ("origin", "http://sigap.test")];
    let send = async |who: &Browser, place: &str, parts: &[(&str, &str)]| {
        who.once(Method::POST, place, &headers, form_of(parts)).await.status
    };
    let (files, own) = (format!("{}/comment", desk.place), [("form", token.as_str())]);
    let with = |more: &[(&'static str, &'static str)]| [&own[..], more].concat();
    // A token that is none, or comes behind the file.
    assert_eq!(send(clerk, "/report", &[("form", "bukan"), ("file/a.txt", "satu")]).await, 403);
    assert_eq!(send(clerk, "/report", &[("file/a.txt", "satu"), own[0]]).await, 403);
    assert_eq!(send(clerk, &files, &[("file/a.txt", "satu"), own[0]]).await, 403);
    // Words that do not fit, the same file twice, a form that breaks off.
    assert_eq!(
        send(clerk, "/report", &with(&[("subject", " "), ("file/a.txt", "dua"), ("file/b.txt", "dua")])).await,
        422
    );
    let mut cut = form_of(&with(&[("file/a.txt", "tiga"), ("file/b.txt", "empat")]));
    cut.truncate(cut.len() - 12);
    assert_eq!(clerk.once(Method::POST, "/report", &headers, cut).await.status, 400);
    // Whoever may report nothing, or adds nothing.
    let auditor = Browser::lebak(app, "auditor").await;
    let his = auditor.form_token().await;
    for place in ["/report", files.as_str()] {
        assert_eq!(send(&auditor, place, &[("form", &his), ("file/a.txt", "lima")]).await, 403);
    }
    // Another file under the key of a form that was taken.
    let words = [("once", "k"), ("subject", "Layar gelap"), ("description", "Sejak pagi.")];
    assert_eq!(send(clerk, "/report", &[&with(&words)[..], &[("file/a.txt", "enam")]].concat()).await, 303);
    assert_eq!(held(), 1);
    assert_eq!(send(clerk, "/report", &[&with(&words)[..], &[("file/a.txt", "tujuh")]].concat()).await, 303);
    assert_eq!(send(clerk, "/report", &[&with(&words)[..], &[("file/a.txt", "enam")]].concat()).await, 303);
    assert_eq!(held(), 1);
    desk.act(&desk.tier1, "cancel", &[("reason", "Keliru.")]).await;
    assert_eq!(send(clerk, &files, &with(&[("file/a.txt", "delapan")])).await, 409);
    // A session that has ended.
    clerk.end_unseen().await;
    for place in ["/report", files.as_str()] {
        let status = send(clerk, place, &with(&[("file/a.txt", "sembilan")])).await;
        assert!([303, 401].contains(&status), "{status}");
    }
    assert_eq!(held(), 1);
    let incoming = app.app.config.data_dir.join("attachments/incoming");
    assert_eq!(std::fs::read_dir(incoming).unwrap().count(), 0);
}

/// Each fault of a field, and that exactly one field that is marked as wrong names it.
fn tied(page: &Page) -> Vec<String> {
    let ids = page.attributes("form .fault:not([role])", "id");
    assert_eq!(ids.len(), page.all("form .fault:not([role])").len(), "a fault without a name: {}", page.html);
    for id in &ids {
        assert_eq!(page.elements(&format!("[aria-invalid=true][aria-describedby~='{id}']")).len(), 1, "{id}");
    }
    ids
}

// WCAG 3.3.1
#[actix_web::test]
async fn whatever_is_wrong_is_tied_to_its_field() {
    let desk = Desk::new().await;
    let act = async |who: &Browser, act: &str, fields: &[(&str, &str)]| tied(&desk.act(who, act, fields).await);
    let tier1 = &desk.tier1;
    let reasons = [("reason", " "), ("tried", " "), ("requested", "Periksa.")];
    assert_eq!(act(tier1, "escalate", &reasons).await, ["escalate-reason-fault", "escalate-tried-fault"]);
    assert_eq!(act(tier1, "comment", &[("body", " ")]).await, ["comment-body-fault"]);
    assert_eq!(act(tier1, "assign", &[("assignee", "x")]).await, ["assign-assignee-fault"]);
    assert_eq!(act(tier1, "consult", &[("question", " ")]).await, ["consult-question-fault"]);
    assert_eq!(act(tier1, "cancel", &[("reason", " ")]).await, ["cancel-reason-fault"]);
    assert_eq!(act(tier1, "start", &[]).await, [""; 0]);
    let wait = [("reason", "x"), ("until", "kapan-kapan")];
    assert_eq!(act(tier1, "pend", &wait).await, ["pend-reason-fault"]);
    assert_eq!(act(tier1, "pend", &[("until", "kapan-kapan")]).await, ["pend-until-fault"]);
    let long = "x".repeat(20_001);
    assert_eq!(act(tier1, "pend", &[("question", &long)]).await, ["pend-question-fault"]);
    let (page, answer) = (tier1.get(&desk.place).await, format!("{}/comment", desk.place));
    assert_eq!(tied(&tier1.fill_with_file(&page, &answer, &[], ("alat.bat", "isi")).await), ["comment-file-fault"]);
    let solution = [("resolution", " "), ("cause", &*long)];
    assert_eq!(act(tier1, "resolve", &solution).await, ["resolve-resolution-fault", "resolve-cause-fault"]);
    act(tier1, "resolve", &[("resolution", "Dimulai ulang.")]).await;
    assert_eq!(act(&desk.clerk, "close", &[("comment", &long)]).await, ["close-comment-fault"]);
    assert_eq!(act(&desk.clerk, "reopen", &[("reason", " ")]).await, ["reopen-reason-fault"]);
    let report = desk.clerk.get("/report?service=simpeg").await;
    let report = desk.clerk.send_multipart(&report, "/report", &[("subject", " ")]).await;
    assert_eq!(tied(&report), ["subject-fault", "description-fault"]);
    let page = tier1.get("/answers").await;
    assert_eq!(
        tied(&tier1.fill(&page, "/answers", &[("name", " "), ("body", " ")]).await),
        ["answer-name-fault", "answer-body-fault"]
    );
    let page = tier1.get("/tickets?keep=1").await;
    assert_eq!(tied(&tier1.fill(&page, "/views", &[("name", " ")]).await), ["view-name-fault"]);
}

// What was shown to a requester can't be taken back.
#[actix_web::test]
async fn an_answer_of_staff_that_does_not_say_who_reads_it_comes_back_and_is_shown_to_nobody() {
    let desk = Desk::new().await;
    let action = format!("{}/comment", desk.place);
    let mut sent = desk.tier1.get(&desk.place).await.form(&action, &[("body", "Catatan dalam.")]);
    sent.retain(|(name, _)| name != "visibility");
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&sent).finish();
    let page = desk.tier1.post(&action, &[], body).await;
    assert_eq!((page.status, page.first("#comment-body").as_str()), (422, "Catatan dalam."));
    assert!(!desk.clerk.get(&desk.place).await.html.contains("Catatan dalam."));
}
