//! What the status code can't show: words of others (canaries), and the traces of what others do (twin worlds).

use super::crawl::{everything, everything_in_order, normalised, pages};
use super::others::{Canaries, busy};
use crate::mail::post::{Got, Post};
use crate::support::browser::{Browser, Page};
use crate::support::client::id;
use crate::support::{Client, TestApp};
use actix_web::http::Method;
use serde_json::{Value, json};

/// Everything that these people can get, as one text each.
async fn readable(app: &TestApp, logins: &[&str], words: &[String]) -> Vec<(String, String)> {
    let mut all = Vec::new();
    for login in logins {
        let client = app.sign_in(login).await;
        for (place, reply) in everything(&client, words).await {
            let headers: String = reply.headers.iter().map(|(name, value)| format!("{name}: {value}\n")).collect();
            all.push((format!("{login} {place}"), format!("{headers}\n{}", reply.text)));
        }
    }
    all
}

fn assert_free_of(readable: &[(String, String)], words: &[String]) {
    for (place, text) in readable {
        let text = text.to_lowercase();
        for word in words {
            assert!(!text.contains(&word.to_lowercase()), "{place} tells {word}:\n{text}");
        }
    }
}

#[actix_web::test]
async fn no_word_of_another_opd_reaches_the_people_of_an_opd_by_any_door() {
    let app = TestApp::new().await;
    let own = own_work(&app).await;
    let canaries = busy(&app, "lebak", "lebakkab.go.id", "disdik").await;
    let words = canaries.all();
    assert!(words.len() > 20);
    let people = ["pegawai.dinkes@lebakkab.go.id", "teknisi.dinkes@lebakkab.go.id"];
    let read = readable(&app, &people, &words).await;
    assert!(read.len() > 150, "{}", read.len());
    assert!(read.iter().any(|(_, text)| text.contains("Layar berkedip")), "their own is there");
    assert_free_of(&read, &words);
    // The same doors do show these words to those whom they concern.
    let theirs = readable(&app, &["teknisi.disdik@lebakkab.go.id", "koordinator@lebakkab.go.id"], &[]).await;
    for word in &canaries.shown_to_desk {
        assert!(theirs.iter().any(|(_, text)| text.contains(word)), "{word} is nowhere");
    }
    refusals_tell_nothing(&app, &own, &canaries).await;
}

// R14: pages, what they give away as files, and mails.
#[actix_web::test]
async fn no_word_of_another_opd_stands_on_any_page_in_any_file_or_in_any_mail_to_the_people_of_an_opd() {
    let app = TestApp::new().await;
    let post = Post::of(&app);
    own_work(&app).await;
    let canaries = busy(&app, "lebak", "lebakkab.go.id", "disdik").await;
    let words = canaries.all();
    for account in ["pegawai.dinkes", "teknisi.dinkes"] {
        let seen = pages(&Browser::lebak(&app, account).await, &words[..6]).await;
        assert!(seen.len() > 25 && seen.iter().any(|page| page.html.contains("Layar berkedip")), "{}", seen.len());
        assert!(seen.iter().all(|page| page.status < 500), "{account}");
        assert_free_of(&told(account, &seen, &words), &words);
    }
    let requester = pages(&Browser::lebak(&app, "pegawai.disdik").await, &words[..6]).await;
    assert_free_of(&told("pegawai.disdik", &requester, &words), &canaries.internal);
    let desk = pages(&Browser::lebak(&app, "teknisi.disdik").await, &[]).await;
    // Neither what stands inside a file nor a title that was changed.
    let shown = |word: &&String| !word.contains("isi") && !word.contains("perkara");
    for word in canaries.shown_to_desk.iter().chain(&canaries.internal).filter(shown) {
        assert!(desk.iter().any(|page| page.html.contains(word)), "{word} is on no page of the desk");
    }
    app.step(chrono::Duration::minutes(2));
    let mails = post.now(&app).await;
    let theirs = |mail: &&Got| mail.to.contains("dinkes");
    let to_them: Vec<(String, String)> = mails
        .iter()
        .filter(theirs)
        .map(|mail| (mail.to.clone(), format!("{}{}{}", mail.subject, mail.text, mail.html)))
        .collect();
    assert!(to_them.len() > 3 && mails.len() > to_them.len() + 10, "{} of {}", to_them.len(), mails.len());
    assert_free_of(&to_them, &words);
    let to_him = mails.iter().filter(|mail| mail.to == "pegawai.disdik@lebakkab.go.id");
    let to_him: Vec<_> =
        to_him.map(|mail| (mail.to.clone(), format!("{}{}{}", mail.subject, mail.text, mail.html))).collect();
    assert!(!to_him.is_empty());
    assert_free_of(&to_him, &canaries.internal);
}

/// Pages without the words that the reader has typed himself.
fn told(who: &str, pages: &[Page], typed: &[String]) -> Vec<(String, String)> {
    let text = |page: &Page| {
        let lower = page.place.to_lowercase();
        let own = typed.iter().find(|word| lower.contains(&word.to_lowercase()));
        let headers: String = page.headers.iter().map(|(name, value)| format!("{name}: {value}\n")).collect();
        own.map_or_else(|| format!("{headers}{}", page.html), |word| page.html.replace(word.as_str(), ""))
    };
    pages.iter().map(|page| (format!("{who} {}", page.place), text(page))).collect()
}

// P4
#[actix_web::test]
async fn no_word_of_another_region_reaches_anybody_of_a_region() {
    let app = TestApp::new().await;
    own_work(&app).await;
    let mut words = busy(&app, "temanggung", "temanggungkab.go.id", "disdik").await.all();
    app.found("temanggung", "zxqdinas", "Dinas Zxqdinas").await;
    words.push("zxqdinas".into());
    let accounts = ["pegawai.disdik", "teknisi.disdik", "tier2.satu", "koordinator", "auditor", "admin"];
    let logins: Vec<String> = accounts.iter().map(|a| format!("{a}@lebakkab.go.id")).collect();
    let logins: Vec<&str> = logins.iter().map(String::as_str).chain(["operator@sigap.example"]).collect();
    let read = readable(&app, &logins, &words).await;
    assert!(read.len() > 400, "{}", read.len());
    assert_free_of(&read, &words);
    // The operator knows regions and their administrators; nobody else knows that there is another region.
    let near: Vec<(String, String)> = read.into_iter().filter(|(who, _)| !who.starts_with("operator")).collect();
    assert_free_of(&near, &["temanggung".into(), "TMG-".into()]);
}

#[actix_web::test]
async fn no_internal_word_reaches_the_requester_even_if_he_is_of_the_desk_himself() {
    let app = TestApp::new().await;
    let canaries = busy(&app, "lebak", "lebakkab.go.id", "disdik").await;
    let read = readable(&app, &["pegawai.disdik@lebakkab.go.id"], &canaries.all()).await;
    assert!(read.iter().any(|(_, text)| text.contains(&canaries.shown_to_desk[0])));
    assert_free_of(&read, &canaries.internal);

    let (technician, colleague) = (app.lebak("teknisi.dinkes").await, app.lebak("koordinator").await);
    let ticket = technician.open("Laptop saya sendiri").await;
    let internal = json!({ "body": "Rahasiadapur", "visibility": "internal" });
    technician.post(&format!("/tickets/{}/comments", id(&ticket)), internal.clone()).await.refused(403);
    let before = app.lebak("teknisi.dinkes").await.get("/notices?limit=200").await.text;
    colleague.post(&format!("/tickets/{}/comments", id(&ticket)), internal).await.created();
    colleague.upload(&ticket, "rahasiadapur.txt", "Rahasiadapur", "internal").await.created();
    let after = readable(&app, &["teknisi.dinkes@lebakkab.go.id"], &["Rahasiadapur".into()]).await;
    assert_free_of(&after, &["Rahasiadapur".into()]);
    assert_eq!(technician.get("/notices?limit=200").await.text, before);
}

#[actix_web::test]
async fn a_tie_to_a_ticket_that_one_does_not_see_is_not_there() {
    let app = TestApp::new().await;
    let (mine, theirs) = (app.lebak("pegawai.dinkes").await, app.lebak("pegawai.disdik").await);
    let (ours, foreign) = (mine.open("Milik dinkes").await, theirs.open("Milik disdik").await);
    let tier1 = app.lebak("teknisi.dinkes").await;
    let places = [format!("/tickets/{}/events", id(&ours)), format!("/tickets/{}/links", id(&ours))];
    let before = [tier1.get(&places[0]).await.text, tier1.get(&places[1]).await.text];
    let body = json!({ "ticket": id(&foreign), "kind": "related" });
    let coordinator = app.lebak("koordinator").await;
    let made = coordinator.post(&places[1], body).await.created();
    assert_eq!([tier1.get(&places[0]).await.text, tier1.get(&places[1]).await.text], before);
    assert!(coordinator.get(&places[0]).await.text.contains(id(&foreign)));
    coordinator.delete(&format!("{}/{}", places[1], made["id"].as_str().unwrap())).await.done();
    assert_eq!(tier1.get(&places[0]).await.text, before[0]);
}

#[actix_web::test]
async fn internal_files_can_not_be_counted_by_sending_public_ones() {
    let app = TestApp::with("[limits]\nattachments_per_ticket = 2\n").await;
    let (requester, tier1) = (app.lebak("pegawai.dinkes").await, app.lebak("teknisi.dinkes").await);
    let ticket = requester.open("Berkas").await;
    for n in 0..2 {
        tier1.upload(&ticket, &format!("{n}.txt"), "Dalam.", "internal").await.created();
    }
    tier1.upload(&ticket, "3.txt", "Dalam.", "internal").await.refused(409);
    for n in 0..2 {
        requester.upload(&ticket, &format!("{n}.txt"), "Luar.", "public").await.created();
    }
    requester.upload(&ticket, "3.txt", "Luar.", "public").await.refused(409);
}

#[actix_web::test]
async fn a_watcher_who_sees_the_ticket_no_more_hears_no_more_of_it() {
    let app = TestApp::new().await;
    let (tier1, tier2) = (app.lebak("teknisi.dinkes").await, app.lebak("tier2.satu").await);
    let ticket = app.lebak("pegawai.dinkes").await.open("Server").await;
    tier1.act(&ticket, "consult", json!({ "question": "Pernah?" })).await.ok();
    tier2.post(&format!("/tickets/{}/watchers", id(&ticket)), json!({})).await.ok();
    let comment = json!({ "body": "Masih.", "visibility": "public" });
    let place = format!("/tickets/{}/comments", id(&ticket));
    let heard = async || tier2.get("/notices").await.ok()["items"].as_array().unwrap().len();
    let before = heard().await;
    tier1.post(&place, comment.clone()).await.created();
    assert_eq!(heard().await, before + 1);
    tier1.patch(&format!("/tickets/{}", id(&ticket)), json!({ "classification": "secret" })).await.ok();
    let numbers = tier2.get("/notices").await.ok();
    assert!(numbers["items"].as_array().unwrap().iter().all(|n| n["number"] == json!(null)));
    let before = heard().await;
    tier1.post(&place, comment).await.created();
    assert_eq!(heard().await, before);
}

/// Work of dinkes, the same in every world.
async fn own_work(app: &TestApp) -> Value {
    // A second between each, so that every list has one order; signing in stands in the audit log.
    let later = || app.step(chrono::Duration::seconds(1));
    later();
    let requester = app.lebak("pegawai.dinkes").await;
    later();
    let tier1 = app.lebak("teknisi.dinkes").await;
    later();
    let ticket = requester.open("Layar berkedip").await;
    later();
    tier1.act(&ticket, "start", json!({})).await.ok();
    let place = format!("/tickets/{}/comments", id(&ticket));
    later();
    tier1.post(&place, json!({ "body": "Kami cek.", "visibility": "public" })).await.created();
    later();
    tier1.post(&place, json!({ "body": "Kabelnya lama.", "visibility": "internal" })).await.created();
    later();
    tier1.upload(&ticket, "foto.txt", "Foto.", "public").await.created();
    later();
    let other = requester.open("Printer macet").await;
    later();
    let tie = json!({ "ticket": id(&other), "kind": "related" });
    tier1.post(&format!("/tickets/{}/links", id(&ticket)), tie).await.created();
    later();
    requester.open("Papan tik rusak").await;
    later();
    ticket
}

/// Ids of others in bodies and paths: the refusal is the one for what does not exist.
async fn refusals_tell_nothing(app: &TestApp, own: &Value, canaries: &Canaries) {
    let (requester, tier1) = (app.lebak("pegawai.dinkes").await, app.lebak("teknisi.dinkes").await);
    let absent = "01890000-0000-7000-8000-000000000000";
    let ticket = format!("/tickets/{}", id(own));
    let person = canaries.person.as_str();
    let technician = app.person("teknisi.disdik@lebakkab.go.id").await.to_string();
    let far = app.person("teknisi.dinkes@temanggungkab.go.id").await.to_string();
    let asks: Vec<(&Client, String, Value, Value)> = vec![
        (
            &tier1,
            format!("{ticket}/links"),
            json!({ "ticket": canaries.ticket, "kind": "related" }),
            json!({ "ticket": absent, "kind": "related" }),
        ),
        (
            &tier1,
            format!("{ticket}/links"),
            json!({ "ticket": canaries.number, "kind": "related" }),
            json!({ "ticket": "LBK-2026-999999", "kind": "related" }),
        ),
        (&tier1, format!("{ticket}/assign"), json!({ "assignee": person }), json!({ "assignee": absent })),
        (&tier1, format!("{ticket}/assign"), json!({ "assignee": technician }), json!({ "assignee": absent })),
        (&tier1, format!("{ticket}/assign"), json!({ "assignee": far }), json!({ "assignee": absent })),
        (&tier1, format!("{ticket}/watchers"), json!({ "person": technician }), json!({ "person": absent })),
        (&tier1, format!("{ticket}/watchers"), json!({ "person": person }), json!({ "person": absent })),
        (&requester, format!("{ticket}/watchers"), json!({ "person": person }), json!({ "person": absent })),
    ];
    for (client, place, foreign, nothing) in asks {
        let (one, other) = (client.post(&place, foreign).await, client.post(&place, nothing).await);
        assert_eq!((one.status, &one.text), (other.status, &other.text), "{place}");
        assert!(one.status >= 400);
    }
    for (client, base) in [(&tier1, "/tickets"), (&requester, "/tickets"), (&tier1, "/people"), (&requester, "/people")]
    {
        let foreign = if base == "/people" { person } else { canaries.ticket.as_str() };
        let (one, other) =
            (client.get(&format!("{base}/{foreign}")).await, client.get(&format!("{base}/{absent}")).await);
        assert_eq!((one.status, one.text), (404, other.text));
    }
    // A version that is not the ticket's tells of no ticket either.
    let stale = [("if-match", "\"99\"")];
    for name in [canaries.ticket.as_str(), canaries.number.as_str(), absent] {
        for (method, place) in
            [(Method::POST, format!("/tickets/{name}/start")), (Method::PATCH, format!("/tickets/{name}"))]
        {
            tier1.send(method, &place, &stale, Some(json!({}))).await.refused(404);
        }
    }
    for query in ["?opd=disdik".to_owned(), format!("?service={}", canaries.service), format!("?assignee={person}")] {
        let found = tier1.get(&format!("/tickets{query}")).await.ok();
        assert_eq!(found, json!({ "items": [], "next_cursor": null }), "{query}");
    }
    let body = |service: &str| json!({ "kind": "incident", "subject": "a", "description": "b", "service": service });
    let foreign = requester.post("/tickets", body(&canaries.service)).await;
    let nothing = requester.post("/tickets", body("tidak-ada")).await;
    assert_eq!((foreign.status, foreign.text), (422, nothing.text));
}

/// All that these people can get, with the names that a world gives by chance made equal.
async fn world(logins: &[&str], more: impl AsyncFn(&TestApp)) -> Vec<(String, String)> {
    let app = TestApp::new().await;
    own_work(&app).await;
    more(&app).await;
    let mut all = Vec::new();
    for login in logins {
        app.step(chrono::Duration::seconds(1));
        let client = app.sign_in(login).await;
        // What is refused and looked for is noted: a moment for each, or its order would be chance.
        let tick = || app.step(chrono::Duration::milliseconds(1));
        all.extend(everything_in_order(&client, &["layar".into(), "LBK".into()], tick).await);
    }
    normalised(all)
}

fn assert_same(one: &[(String, String)], other: &[(String, String)]) {
    assert!(one.len() > 60, "{}", one.len());
    for (a, b) in one.iter().zip(other) {
        assert_eq!(a, b);
    }
    assert_eq!(one.len(), other.len());
}

#[actix_web::test]
async fn what_another_opd_does_leaves_no_trace_in_any_answer_to_an_opd() {
    let people = ["pegawai.dinkes@lebakkab.go.id", "teknisi.dinkes@lebakkab.go.id"];
    let quiet = world(&people, async |_| {}).await;
    let other = world(&people, async |app| drop(busy(app, "lebak", "lebakkab.go.id", "disdik").await)).await;
    assert_same(&quiet, &other);
}

// P4
#[actix_web::test]
async fn what_another_region_does_leaves_no_trace_in_any_answer_to_a_region() {
    let accounts = ["teknisi.dinkes", "tier2.satu", "koordinator", "auditor", "admin"];
    let logins: Vec<String> = accounts.iter().map(|a| format!("{a}@lebakkab.go.id")).collect();
    let logins: Vec<&str> = logins.iter().map(String::as_str).collect();
    let quiet = world(&logins, async |_| {}).await;
    let other = world(&logins, async |app| drop(busy(app, "temanggung", "temanggungkab.go.id", "disdik").await)).await;
    assert_same(&quiet, &other);
}
