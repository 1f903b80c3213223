//! A desk's day: many tickets at once, views, canned answers, drafts, who else is there.

use super::{Desk, number, reported};
use crate::support::TestApp;
use crate::support::browser::{Browser, Page};
use chrono::Duration;
use serde_json::json;

/// Sends the queue's form with these boxes ticked, as a browser does.
pub(super) async fn mark(who: &Browser, queue: &Page, boxes: &[String], fields: &[(&str, &str)]) -> Page {
    let hidden = |name: &str| queue.attributes(&format!("form[action='/tickets/acts'] input[name={name}]"), "value");
    let mut body = url::form_urlencoded::Serializer::new(String::new());
    for name in ["form", "once", "back"] {
        body.append_pair(name, &hidden(name)[0]);
    }
    body.extend_pairs(boxes.iter().map(|value| ("ticket", value)));
    body.extend_pairs(fields);
    who.post("/tickets/acts", &[], body.finish()).await
}

pub(super) fn boxes(queue: &Page) -> Vec<String> {
    queue.attributes("input[name=ticket]", "value")
}

#[actix_web::test]
async fn what_is_marked_in_the_queue_is_done_and_each_of_the_others_says_why_not() {
    let desk = Desk::new().await;
    for subject in ["Kedua", "Ketiga", "Keempat"] {
        reported(&desk.clerk, subject).await;
    }
    let queue = desk.tier1.get("/tickets?who=none&sort=created_at").await;
    let marked = boxes(&queue);
    assert_eq!(marked.len(), 4);
    let place = |n: usize| format!("/tickets/{}", marked[n].split(' ').next().unwrap());
    // Meanwhile the second changes, the third ends, and the fourth is hidden from this desk.
    let changed = desk.clerk.get(&place(1)).await;
    desk.clerk.fill(&changed, &format!("{}/comment", place(1)), &[("body", "Masih mati.")]).await;
    let api = desk.app.lebak("koordinator").await;
    let number = |n: usize| marked[n].split(' ').next().unwrap().to_owned();
    api.post(&format!("/tickets/{}/escalate", number(3)), json!({ "reason": "a", "tried": "b", "requested": "c" }))
        .await
        .ok();
    api.patch(&format!("/tickets/{}", number(3)), json!({ "classification": "secret" })).await.ok();
    let tier1 = desk.app.lebak("teknisi.dinkes").await;
    let ended = tier1.post(&format!("/tickets/{}/resolve", number(2)), json!({ "resolution": "Sudah." })).await.ok();
    let mut sent = marked.clone();
    sent[2] = format!("{} {}", number(2), ended["version"]);
    let answer = mark(&desk.tier1, &queue, &sent, &[("act", "start"), ("assignee", "me"), ("reason", "vendor")]).await;
    assert_eq!(answer.status, 200);
    let told = answer.all(".outcomes li");
    let subjects = queue.all(".row .subject");
    assert!(told[0].ends_with(&format!(" {} ✓ Mulai dikerjakan.", subjects[0])), "{told:?}");
    assert!(told[1].contains("berubah sejak antrean dibuka"), "{told:?}");
    assert!(told[2].contains('✕') && !told[2].contains("berubah sejak"), "{told:?}");
    assert!(told[3].contains('✕') && !answer.html.contains(&subjects[3]), "{told:?}");
    assert!(answer.words().contains("1 dari 4 tiket"), "{}", answer.words());
    assert_eq!(answer.attributes("main a.button", "href"), ["/tickets?who=none&sort=created_at"]);
    let back = "?from=who%3Dnone%26sort%3Dcreated_at";
    assert!(answer.attributes(".outcomes a", "href").iter().all(|place| place.ends_with(back)), "{}", answer.html);
    assert_eq!(queue.attributes("[data-none]", "data-none"), ["Tandai dulu tiketnya di daftar ini."]);
    assert_eq!(desk.tier1.get(&place(0)).await.first(".plain-status .chip"), "Dikerjakan");
    assert_eq!(desk.tier1.get(&place(1)).await.first(".plain-status .chip"), "Baru");
    // The same form again does nothing twice.
    let again = mark(&desk.tier1, &queue, &sent[..1], &[("act", "start")]).await;
    assert!(again.all(".outcomes li")[0].ends_with("✓ Mulai dikerjakan."));
}

#[actix_web::test]
async fn marked_tickets_are_given_to_a_colleague_and_made_to_wait() {
    let desk = Desk::new().await;
    desk.app.hire("lebak", "teknisi.baru", Some(sigap::access::Role::Tier1), &["dinkes"]).await;
    let queue = desk.tier1.get("/tickets").await;
    let colleagues = queue.attributes("#bulk-assignee option", "value");
    assert_eq!(colleagues.len(), 2, "himself and whoever serves the same desk");
    let answer = mark(&desk.tier1, &queue, &boxes(&queue), &[("act", "assign"), ("assignee", &colleagues[1])]).await;
    assert!(answer.words().contains("1 dari 1 tiket"));
    let queue = desk.tier1.get("/tickets").await;
    assert!(queue.first(".row .facts").contains("teknisi.baru"), "{}", queue.first(".row .facts"));
    mark(&desk.tier1, &queue, &boxes(&queue), &[("act", "start")]).await;
    let queue = desk.tier1.get("/tickets").await;
    let answer = mark(&desk.tier1, &queue, &boxes(&queue), &[("act", "pend"), ("reason", "vendor")]).await;
    assert!(answer.words().contains("1 dari 1 tiket"), "{}", answer.words());
    assert_eq!(desk.tier1.get(&desk.place).await.first(".plain-status .chip"), "Menunggu");
}

#[actix_web::test]
async fn nothing_marked_too_much_marked_and_another_act_are_refused_as_a_whole() {
    let desk = Desk::new().await;
    let queue = desk.tier1.get("/tickets").await;
    let many: Vec<String> = (0..51).map(|n| format!("LBK-2026-{n:06} 1")).collect();
    for (boxes, act) in [(&[][..], "start"), (&many[..], "start"), (&boxes(&queue)[..], "cancel")] {
        let answer = mark(&desk.tier1, &queue, boxes, &[("act", act)]).await;
        assert_eq!((answer.status, answer.all(".fault").len(), answer.all(".outcomes").len()), (422, 1, 0), "{act}");
    }
    let foreign = desk.tier1.post("/tickets/acts", &[], "act=start&ticket=LBK-2026-000001+1".into()).await;
    assert_eq!(foreign.status, 403);
    let own = desk.clerk.get("/tickets").await;
    assert!(own.all("input[type=checkbox]").is_empty() && own.all(".bulk").is_empty());
}

pub(super) async fn keep_view(who: &Browser, place: &str, name: &str, desk: &str) -> Page {
    let page = who.get(&format!("{place}{}keep=1", if place.contains('?') { '&' } else { '?' })).await;
    who.fill(&page, "/views", &[("name", name), ("desk", desk)]).await
}

#[actix_web::test]
async fn a_view_is_kept_under_a_name_for_oneself_or_for_the_desk() {
    let desk = Desk::new().await;
    desk.app.hire("lebak", "teknisi.baru", Some(sigap::access::Role::Tier1), &["dinkes"]).await;
    let colleague = Browser::lebak(&desk.app, "teknisi.baru").await;
    let neighbour = Browser::lebak(&desk.app, "teknisi.disdik").await;
    let page = keep_view(&desk.tier1, "/tickets?who=me&sla=at_risk", "Mepet", "own").await;
    assert_eq!((page.status, page.place.as_str()), (200, "/tickets?sla=at_risk&who=me"));
    assert_eq!(page.all(".views a[aria-current]"), ["Mepet"]);
    keep_view(&desk.tier1, "/tickets?who=none", "Belum ada petugas", "tier1:dinkes").await;
    let views = async |who: &Browser| who.get("/tickets").await.all(".views a");
    assert_eq!(views(&desk.tier1).await, ["Belum ada petugas", "Mepet"]);
    assert_eq!(views(&colleague).await, ["Belum ada petugas"]);
    keep_view(&desk.tier2, "/tickets?tier=2", "Meja dua", "tier2").await;
    assert_eq!(views(&desk.tier2).await, ["Meja dua"]);
    assert_eq!(views(&colleague).await, ["Belum ada petugas"]);
    // A member of the same OPD serves another one's desk.
    let member = desk.app.hire("lebak", "teknisi.lain", Some(sigap::access::Role::Tier1), &["disdik"]).await;
    let admin = desk.app.lebak("admin").await;
    let place = format!("/people/{}/roles", desk.app.person(&member).await);
    admin.post(&place, json!({ "role": "requester", "opd": "dinkes" })).await.created();
    let member = Browser::lebak(&desk.app, "teknisi.lain").await;
    for other in [&neighbour, &member] {
        assert!(views(other).await.is_empty());
    }
    assert_eq!(member.get("/tickets?keep=1").await.attributes("#view-desk option", "value"), ["own", "tier1:disdik"]);
    // Only its owner takes it away.
    let shared = colleague.get("/tickets?who=none").await;
    assert!(shared.forms().iter().all(|f| !f.ends_with("/remove")), "{:?}", shared.forms());
    let page = desk.tier1.get("/tickets?who=none").await;
    let remove = page.forms().into_iter().find(|f| f.ends_with("/remove")).unwrap();
    let form = colleague.get("/tickets").await.attributes("form[action='/sign-out'] input", "value")[0].clone();
    for step in ["", "keep"] {
        assert_eq!(colleague.post(&remove, &[], format!("form={form}&step={step}")).await.status, 403, "{step}");
    }
    desk.tier1.press(&page, &remove, ("step", "keep")).await;
    assert!(views(&colleague).await.is_empty());
    let page = keep_view(&desk.tier1, "/tickets?who=none", " ", "own").await;
    assert_eq!((page.status, page.all("#view-name-fault").len()), (422, 1));
    let page = keep_view(&desk.tier1, "/tickets", "Meja lain", "own").await;
    assert_eq!(page.status, 200);
    let page = desk.tier1.get("/tickets?keep=1").await;
    assert_eq!(page.attributes("#view-desk option", "value"), ["own", "tier1:dinkes"]);
}

async fn canned(who: &Browser, name: &str, body: &str, desk: &str) -> Page {
    let page = who.get("/answers").await;
    who.fill(&page, "/answers", &[("name", name), ("body", body), ("desk", desk)]).await
}

#[actix_web::test]
async fn a_canned_answer_goes_behind_what_was_typed_with_its_blanks_filled() {
    let desk = Desk::new().await;
    let text = "Yth. {nama}, tiket {nomor} ({layanan}) saya tangani. {petugas} {lain}";
    assert_eq!(canned(&desk.tier1, "Diterima", text, "own").await.status, 200);
    let page = desk.tier1.get(&desk.place).await;
    let id = page.attributes("#canned option", "value")[1].clone();
    let draft = format!("{}/draft", desk.place);
    let fields = [("body", "Selamat pagi."), ("answer", id.as_str()), ("visibility", "public")];
    // The button of the same form that leads elsewhere.
    let sent = page.sent(&format!("{}/comment", desk.place), &fields);
    let page = desk.tier1.post(&draft, &[], sent).await;
    let filled = page.first("#comment-body");
    assert!(filled.starts_with("Selamat pagi. Yth. "), "{filled}");
    let number = number_of(&desk);
    assert!(filled.contains(&format!("tiket {number} (")) && filled.ends_with("{lain}"), "{filled}");
    assert!(!filled.contains("{nama}") && !filled.contains("{petugas}") && !filled.contains("{layanan}"), "{filled}");
    let plain = desk.tier1.get(&format!("{}/answers/{id}", desk.place)).await;
    assert_eq!(plain.header("content-type"), Some("text/plain; charset=utf-8"));
    assert!(plain.html.contains(&number));
    // Neither a stranger's answer nor a stranger's ticket.
    assert_eq!(desk.tier2.get(&format!("{}/answers/{id}", desk.place)).await.status, 404);
    let neighbour = Browser::lebak(&desk.app, "teknisi.disdik").await;
    assert_eq!(neighbour.get(&format!("{}/answers/{id}", desk.place)).await.status, 404);
    for other in [&desk.tier2, &neighbour] {
        assert!(other.get("/answers").await.all(".answer").is_empty());
    }
    assert_eq!(desk.tier1.get("/answers").await.all(".answer > a"), ["Diterima"]);
    assert!(desk.clerk.get(&desk.place).await.all("#canned").is_empty());
    assert_eq!(desk.clerk.get("/answers").await.status, 403);
}

fn number_of(desk: &Desk) -> String {
    desk.place.trim_start_matches("/tickets/").to_owned()
}

#[actix_web::test]
async fn an_answer_of_the_desk_is_changed_and_removed_by_whoever_serves_it() {
    let desk = Desk::new().await;
    desk.app.hire("lebak", "teknisi.baru", Some(sigap::access::Role::Tier1), &["dinkes"]).await;
    let colleague = Browser::lebak(&desk.app, "teknisi.baru").await;
    canned(&desk.tier1, "Bersama", "Mohon tunggu.", "tier1:dinkes").await;
    let page = colleague.get("/answers").await;
    let place = page.attributes(".answer > a", "href")[0].clone();
    let form = colleague.get(&place).await;
    assert_eq!(form.attributes("#answer-desk option[selected]", "value"), ["tier1:dinkes"]);
    let refused = colleague.fill(&form, &place, &[("body", " ")]).await;
    assert_eq!((refused.status, refused.all("#answer-body-fault").len()), (422, 1));
    colleague.fill(&form, &place, &[("name", "Bersama saja")]).await;
    let page = desk.tier1.get("/answers").await;
    assert_eq!(page.all(".answer > a"), ["Bersama saja"]);
    let neighbour = Browser::lebak(&desk.app, "teknisi.disdik").await;
    assert_eq!(neighbour.get(&place).await.status, 404);
    desk.tier1.press(&page, &format!("{place}/remove"), ("step", "keep")).await;
    assert!(colleague.get("/answers").await.all(".answer").is_empty());
}

#[actix_web::test]
async fn what_was_typed_is_there_on_another_machine_for_its_writer_alone_until_it_is_sent() {
    let desk = Desk::new().await;
    let draft = format!("{}/draft", desk.place);
    let page = desk.tier1.get(&desk.place).await;
    let comment = format!("{}/comment", desk.place);
    let sent = page.sent(&comment, &[("body", "Sedang saya cek di ruang server"), ("visibility", "internal")]);
    // As the script sends it: again and again, without leaving the page.
    for _ in 0..2 {
        let kept = desk.tier1.post(&draft, &[], format!("{sent}&quiet=1").replace("once=", "x=")).await;
        assert_eq!(kept.status, 204);
    }
    let elsewhere = Browser::lebak(&desk.app, "teknisi.dinkes").await;
    let page = elsewhere.get(&desk.place).await;
    assert_eq!(page.first("#comment-body"), "Sedang saya cek di ruang server");
    assert!(page.first("[data-kept]").starts_with("Draf tersimpan hari ini "), "{}", page.first("[data-kept]"));
    let chosen = "form[action$='/comment'] input[name=visibility][checked]";
    assert_eq!(page.attributes(chosen, "value"), ["internal"]);
    for other in [&desk.clerk, &Browser::lebak(&desk.app, "koordinator").await] {
        assert!(!other.get(&desk.place).await.html.contains("ruang server"));
    }
    let page = elsewhere.fill(&page, &comment, &[("body", "Sudah saya cek.")]).await;
    assert_eq!((page.first("#comment-body"), page.first("[data-kept]")), (String::new(), String::new()));
    assert_eq!(desk.tier1.get(&desk.place).await.first("#comment-body"), "");
    // Limits: its length, and whose ticket it is.
    let form = page.attributes("form[action='/sign-out'] input", "value")[0].clone();
    let long = format!("form={form}&body={}", "x".repeat(20_001));
    assert_eq!(desk.tier1.post(&draft, &[], long).await.status, 403, "the token of another session");
    let form = desk.tier1.get("/tickets").await.attributes("form[action='/sign-out'] input", "value")[0].clone();
    let long = format!("form={form}&body={}", "x".repeat(20_001));
    assert_eq!(desk.tier1.post(&draft, &[], long).await.status, 422);
    for (account, status) in [("teknisi.disdik", 404), ("auditor", 403)] {
        let who = Browser::lebak(&desk.app, account).await;
        let form = who.form_token().await;
        assert_eq!(who.post(&draft, &[], format!("form={form}&body=Halo")).await.status, status, "{account}");
    }
}

#[actix_web::test]
async fn a_report_that_is_not_sent_yet_waits_for_its_writer_with_what_was_solved_before() {
    let desk = Desk::new().await;
    desk.act(&desk.tier1, "start", &[]).await;
    desk.act(&desk.tier1, "resolve", &[("resolution", "Bersihkan singgahan peramban.")]).await;
    let clerk = &desk.clerk;
    let page = clerk.get("/report?service=simpeg").await;
    assert!(page.all(".note").is_empty());
    let sent =
        page.sent("/report", &[("subject", "SIMPEG macet lagi"), ("description", "Sejak tadi."), ("felt", "unit")]);
    let page = clerk.post("/report/draft", &[], sent).await;
    assert_eq!(page.place, "/report?service=simpeg");
    assert_eq!(page.attributes("#subject", "value"), ["SIMPEG macet lagi"]);
    assert!(page.first("[data-kept]").starts_with("Draf tersimpan hari ini "), "{}", page.first("[data-kept]"));
    assert_eq!(page.attributes("#felt option[selected]", "value"), ["unit"]);
    assert!(page.first(".note").contains("Bersihkan singgahan peramban."), "{}", page.first(".note"));
    let piece = clerk.get("/report/similar?service=simpeg&subject=simpeg").await;
    assert!(piece.html.contains("Bersihkan singgahan") && !piece.html.contains("<html"));
    // Somebody else's solved ticket is not shown, not even to the desk that solved it.
    let colleague = Browser::lebak(&desk.app, "pegawai.disdik").await;
    for who in [&colleague, &desk.tier1] {
        assert!(!who.get("/report/similar?service=simpeg&subject=simpeg").await.html.contains("Bersihkan"));
        assert!(!who.get("/report?service=simpeg").await.html.contains("macet lagi"));
    }
    let ticket = clerk.fill_with_file(&page, "/report", &[], ("", "")).await;
    assert!(ticket.place.starts_with("/tickets/LBK-"), "{}", ticket.place);
    assert_eq!(clerk.get("/report?service=simpeg").await.attributes("#subject", "value"), [""]);
    let auditor = Browser::lebak(&desk.app, "auditor").await;
    assert_eq!(auditor.get("/report/similar?subject=a").await.status, 403);
    let form = auditor.form_token().await;
    // As the script sends it: it is the keeping that is refused, not only the page that comes after it.
    let body = format!("form={form}&service=simpeg&subject=Halo&quiet=1");
    assert_eq!(auditor.post("/report/draft", &[], body).await.status, 403);
}

/// Keeps a report that is not sent yet, as the script does.
async fn keep_report(who: &Browser, services: &[String]) {
    let form = who.form_token().await;
    for service in services {
        let words = "subject=Macet&description=Sejak+tadi.&felt=unit&quiet=1";
        let kept = who.post("/report/draft", &[], format!("form={form}&service={service}&{words}")).await;
        assert_eq!(kept.status, 204, "{service}");
    }
}

#[actix_web::test]
async fn a_drawer_holds_a_hundred_drafts_and_neither_a_full_one_nor_sending_takes_those_of_others() {
    let desk = Desk::new().await;
    let (clerk, colleague) = (&desk.clerk, Browser::lebak(&desk.app, "pegawai.disdik").await);
    let subject = async |who: &Browser| who.get("/report?service=simpeg").await.attributes("#subject", "value");
    let simpeg = ["simpeg".to_owned()];
    keep_report(clerk, &simpeg).await;
    keep_report(&colleague, &simpeg).await;
    desk.app.step(Duration::minutes(1));
    let others: Vec<String> = (1..=100).map(|n| format!("layanan{n}")).collect();
    keep_report(clerk, &others[..99]).await;
    assert_eq!(subject(clerk).await, ["Macet"]);
    keep_report(clerk, &others[99..]).await;
    assert_eq!((subject(clerk).await, subject(&colleague).await), (vec![String::new()], vec!["Macet".to_owned()]));
    desk.app.step(Duration::minutes(1));
    keep_report(clerk, &simpeg).await;
    let page = clerk.get("/report?service=simpeg").await;
    let ticket = clerk.fill_with_file(&page, "/report", &[], ("", "")).await;
    assert!(ticket.place.starts_with("/tickets/LBK-"), "{}", ticket.words());
    assert_eq!((subject(clerk).await, subject(&colleague).await), (vec![String::new()], vec!["Macet".to_owned()]));
}

async fn here(who: &Browser, place: &str) -> Page {
    let form = who.form_token().await;
    who.post(&format!("{place}/here"), &[], format!("form={form}")).await
}

#[actix_web::test]
async fn whoever_works_on_a_ticket_learns_who_else_has_it_open_for_half_a_minute() {
    let desk = Desk::new().await;
    let coordinator = Browser::lebak(&desk.app, "koordinator").await;
    assert_eq!(here(&desk.tier1, &desk.place).await.html, "");
    let told = here(&coordinator, &desk.place).await.html;
    assert!(told.ends_with("juga membuka tiket ini.") && told.len() > 30, "{told}");
    assert_eq!(coordinator.get(&desk.place).await.first(".here"), told);
    let other = reported(&desk.clerk, "Yang lain").await.place;
    assert_eq!(here(&coordinator, &other).await.html, "", "nobody else has that one open");
    // Neither the requester, nor the auditor, nor whoever does not see it.
    assert!(!desk.clerk.get(&desk.place).await.html.contains("juga membuka"));
    for (who, status) in [
        (&desk.clerk, 403),
        (&Browser::lebak(&desk.app, "auditor").await, 403),
        (&Browser::lebak(&desk.app, "teknisi.disdik").await, 404),
    ] {
        assert_eq!(here(who, &desk.place).await.status, status);
    }
    desk.app.step(Duration::seconds(29));
    assert_ne!(here(&coordinator, &desk.place).await.html, "");
    desk.app.step(Duration::seconds(1));
    assert_eq!(here(&coordinator, &desk.place).await.html, "", "he was not heard of for thirty seconds");
}

#[actix_web::test]
async fn pictures_and_papers_are_looked_at_safely_and_everything_else_is_saved() {
    let app = TestApp::new().await;
    let clerk = Browser::lebak(&app, "pegawai.dinkes").await;
    let place = reported(&clerk, "Berkas").await.place;
    let api = app.lebak("pegawai.dinkes").await;
    let ticket = json!({ "id": number(&clerk.get(&place).await) });
    for (name, bytes) in [
        ("foto.png", &b"\x89PNG\r\n\x1a\n0000IHDR"[..]),
        ("surat.pdf", &b"%PDF-1.7 isi"[..]),
        ("gambar.svg.txt", &b"bukan gambar"[..]),
        // A picture by its name alone.
        ("palsu.png", &b"hanya tulisan"[..]),
    ] {
        api.send_file(&ticket, name, bytes, None).await.created();
        app.step(Duration::seconds(1));
    }
    let page = clerk.get(&place).await;
    assert_eq!(page.attributes(".files img", "alt"), ["foto.png"]);
    assert_eq!(page.attributes(".files a[target=_blank]", "rel"), ["noopener"]);
    let files = page.attributes(".files a[download]", "href");
    let mut shown = Vec::new();
    for file in &files {
        let preview = clerk.get(&format!("{file}/preview")).await;
        let header = |name: &str| preview.header(name).unwrap_or_default().to_owned();
        assert_eq!(header("content-security-policy"), "sandbox; default-src 'none'; frame-ancestors 'self'");
        assert_eq!(header("x-content-type-options"), "nosniff");
        let how = header("content-disposition").split(';').next().unwrap().to_owned();
        shown.push((header("content-type"), how));
        assert!(clerk.get(file).await.header("content-disposition").unwrap().starts_with("attachment"));
    }
    let seen: Vec<(&str, &str)> = shown.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    let saved = ("text/plain; charset=utf-8", "attachment");
    assert_eq!(seen, [("image/png", "inline"), ("application/pdf", "inline"), saved, saved]);
    let other = Browser::lebak(&app, "pegawai.disdik").await;
    assert_eq!(other.get(&format!("{}/preview", files[0])).await.status, 404);
    assert_eq!(
        Browser::new(&app).get(&format!("{}/preview", files[0])).await.place.split('?').next(),
        Some("/sign-in")
    );
}
