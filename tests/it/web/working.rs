//! Working through a queue: which desk it lists, what stands beside it, and which ticket comes next.

use super::tabs::{HANDED_UP, press, subjects, tabs};
use super::{Desk, number, reported};
use crate::support::browser::Browser;
use sigap::access::Role;

// L6, L9
#[actix_web::test]
async fn tier_2_begins_with_its_own_too_and_finds_what_asks_for_its_advice_beside_it() {
    let desk = Desk::new().await;
    let other = reported(&desk.clerk, "Absensi mati").await.place;
    desk.act(&desk.tier1, "escalate", &HANDED_UP).await;
    let page = desk.tier1.get(&other).await;
    press(&desk.tier1, &page, "consult", &[("question", "Apakah servernya mati?")]).await;
    let page = desk.tier2.get("/tickets").await;
    assert_eq!(subjects(&page), ["SIMPEG tidak bisa dibuka"]);
    assert_eq!(page.all("#tier option[selected]"), ["Service Desk Tier 2"]);
    let (name, place) = tabs(&page).pop().unwrap();
    assert_eq!((name.as_str(), place.as_str()), ("Dimintai pendapat 1", "/tickets?tier=asked"));
    let asked = desk.tier2.get(&place).await;
    assert_eq!(
        (subjects(&asked), asked.all("#tier option[selected]")),
        (vec!["Absensi mati".to_owned()], vec!["Dimintai pendapat".to_owned()])
    );
    // What went back to Tier 1 is nothing that Tier 2 would go on to.
    desk.act(&desk.tier2, "return", &[("instructions", "Hapus singgahan.")]).await;
    assert!(subjects(&desk.tier2.get("/tickets").await).is_empty());
    assert_eq!(subjects(&desk.tier2.get("/tickets?tier=all").await).len(), 2);
    let page = desk.tier2.get(&asked.attributes(".row > a", "href")[0]).await;
    let comment = page.forms().into_iter().find(|form| form.contains("/comment")).unwrap();
    desk.app.step(chrono::Duration::seconds(1));
    let body = page.sent(&comment, &[("body", "Tidak, jaringannya."), ("visibility", "internal")]);
    assert_eq!(desk.tier2.post(&comment, &[], body).await.status, 200);
    assert_eq!(tabs(&desk.tier2.get("/tickets").await).pop().unwrap().0, "Dimintai pendapat 0");
    assert!(subjects(&desk.tier2.get(&place).await).is_empty());
    // Nobody else is asked, whoever sends him the address.
    let chief = Browser::lebak(&desk.app, "koordinator").await;
    assert!(subjects(&chief.get(&place).await).is_empty());
}

#[actix_web::test]
async fn what_waits_for_somebody_who_works_stands_first_in_his_queue_too_and_his_own_reports_beside_it() {
    let desk = Desk::new().await;
    assert!(!tabs(&desk.tier1.get("/tickets").await).iter().any(|(name, _)| name.starts_with("Laporan saya")));
    let who = &desk.tier1;
    let own = reported(who, "SIMPEG saya lambat").await.place;
    let page = who.get(&own).await;
    press(who, &page, "escalate", &HANDED_UP).await;
    let page = desk.tier2.get(&own).await;
    let page = press(&desk.tier2, &page, "start", &[]).await;
    let asked = [("reason", "requester"), ("question", "NIP Anda?")];
    press(&desk.tier2, &page, "pend", &asked).await;
    let queue = who.get("/tickets").await;
    assert!(queue.first("aside").contains("“NIP Anda?”"), "{}", queue.first("main"));
    let (name, place) = tabs(&queue).pop().unwrap();
    assert_eq!((name.as_str(), place.as_str()), ("Laporan saya 1", "/tickets?requester=me"));
    let reports = who.get(&place).await;
    assert_eq!(subjects(&reports), ["SIMPEG saya lambat"]);
    assert!(reports.all("aside").is_empty() && reports.first("[data-narrowed]").contains("Anda laporkan sendiri"));
    // The form keeps it, and so does a view.
    assert_eq!(reports.attributes("form[role=search] [type=hidden]", "name"), ["requester"]);
    super::desk::keep_view(who, &place, "Punyaku", "own").await;
    assert_eq!(who.get("/tickets").await.all(".views li"), ["Punyaku 1"]);
    assert_eq!(desk.tier1.get("/tickets?requester=semua").await.status, 404);
}

#[actix_web::test]
async fn the_folded_filters_tell_how_many_of_them_are_chosen_and_a_phone_of_all_that_it_folds_away() {
    let desk = Desk::new().await;
    for (place, everywhere, on_phone) in [
        ("/tickets", vec![], vec![]),
        ("/tickets?tier=1&who=me", vec![], vec!["(2 dipilih)"]),
        ("/tickets?who=me&priority=p2", vec!["(1 dipilih)"], vec!["(2 dipilih)"]),
        ("/tickets?priority=p2", vec!["(1 dipilih)"], vec![]),
    ] {
        let page = desk.tier1.get(place).await;
        let told = (page.all(".more .quiet:not(.phone)"), page.all(".more .phone"));
        assert_eq!(told, (texts(&everywhere), texts(&on_phone)), "{place}");
        assert_eq!(page.elements(".more[open]").len(), everywhere.len(), "{place}");
    }
}

fn texts(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

#[actix_web::test]
async fn whoever_serves_several_organisations_chooses_among_those_and_whoever_serves_one_among_none() {
    let desk = Desk::new().await;
    let offered = async |who: &Browser| who.get("/tickets").await.attributes("#opd option", "value");
    assert!(offered(&desk.tier1).await.is_empty());
    let both = desk.app.hire("lebak", "teknisi.dua", Some(Role::Tier1), &["dinkes", "disdik"]).await;
    let both = Browser::of(&desk.app, &both).await;
    let mut codes = offered(&both).await;
    codes.sort();
    assert_eq!(codes, ["", "dinkes", "disdik"]);
    assert_eq!(subjects(&both.get("/tickets?opd=dinkes").await).len(), 1);
    assert!(subjects(&both.get("/tickets?opd=disdik").await).is_empty());
    assert!(offered(&desk.tier2).await.len() > 50);
    assert_eq!(both.get("/tickets").await.attributes("a.skip", "href"), ["#main", "#list"]);
}

#[actix_web::test]
async fn after_each_ticket_comes_the_one_behind_it_until_the_list_ends() {
    for queue in ["/tickets", "/tickets?who=none&sort=created_at", "/tickets?sort=priority"] {
        let desk = Desk::new().await;
        let mut numbers = vec![desk.place.rsplit('/').next().unwrap().to_owned()];
        for subject in ["Kedua", "Ketiga", "Keempat"] {
            desk.app.step(chrono::Duration::minutes(1));
            numbers.push(number(&reported(&desk.clerk, subject).await));
        }
        let mut place = desk.tier1.get(queue).await.attributes(".row > a", "href")[0].clone();
        let mut seen = vec![numbers[0].clone()];
        loop {
            // The first answer stops a clock, so that the ticket stands further behind from then on; and whoever begins with
            // it takes it out of the list of what is nobody's.
            let page = desk.tier1.get(&place).await;
            let is_it = |form: &String| form.split('?').next().is_some_and(|path| path.ends_with("/comment"));
            let comment = page.forms().into_iter().find(is_it).unwrap();
            let body = page.sent(&comment, &[("body", "Sedang saya periksa.")]);
            let page = desk.tier1.post(&comment, &[("referer", &format!("http://sigap.test{place}"))], body).await;
            let page = press(&desk.tier1, &page, "start", &[]).await;
            let Some(next) = page.all("a[rel=next]").pop() else {
                let told = page.all("header p.quiet");
                assert_eq!(told, ["Itu tiket terakhir di daftar tadi."], "{queue}");
                break;
            };
            let next = next.split(' ').next().unwrap().to_owned();
            if seen.contains(&next) {
                // All were answered: by deadline comes what is to be solved first.
                assert_eq!((queue, &next), ("/tickets", &numbers[0]));
                break;
            }
            seen.push(next);
            place = page.attributes("a[rel=next]", "href").pop().unwrap();
            assert!(!place.contains("cursor"), "each ticket has a place of its own: {place}");
        }
        assert_eq!(seen, numbers, "{queue}");
    }
}

#[actix_web::test]
async fn a_ticket_that_a_mail_led_to_is_followed_by_the_most_urgent_one_of_the_queue_and_then_by_those_behind_it() {
    let desk = Desk::new().await;
    desk.app.step(chrono::Duration::minutes(1));
    let first = number(&reported(&desk.clerk, "Yang pertama").await);
    desk.app.step(chrono::Duration::minutes(1));
    let second = number(&reported(&desk.clerk, "Yang kedua").await);
    desk.app.step(chrono::Duration::days(2));
    let new = reported(&desk.clerk, "Baru saja").await.place;
    let note = [("body", "Dicatat."), ("visibility", "internal")];
    let next = async |who: &Browser, place: &str| {
        let page = press(who, &who.get(place).await, "comment", &note).await;
        assert!(!page.words().contains("Itu tiket terakhir di daftar tadi."), "{}", page.words());
        (
            page.all("a[rel=next]")[0].split(' ').next().unwrap().to_owned(),
            page.attributes("a[rel=next]", "href")[0].clone(),
        )
    };
    for who in [&desk.tier1, &Browser::lebak(&desk.app, "koordinator").await] {
        // Nothing stands behind the newest: by deadline it comes last.
        let oldest = number(&who.get(&desk.place).await);
        let (is, place) = next(who, &new).await;
        assert_eq!(is, oldest);
        assert_eq!(who.get(&place).await.attributes(".ticket > .links a", "href")[0], "/tickets");
        let (is, place) = next(who, &place).await;
        assert_eq!(is, first);
        assert_eq!(next(who, &place).await.0, second);
    }
}

// L8
#[actix_web::test]
async fn what_is_late_leads_from_the_overview_on_to_what_is_late_besides() {
    let desk = Desk::new().await;
    desk.app.step(chrono::Duration::minutes(1));
    let second = number(&reported(&desk.clerk, "Absensi mati").await);
    desk.app.step(chrono::Duration::days(13));
    let chief = Browser::lebak(&desk.app, "koordinator").await;
    let place = chief.get("/overview").await.attributes("section[aria-labelledby=late] .row > a", "href")[0].clone();
    let page = chief.get(&place).await;
    assert_eq!(page.attributes(".ticket > .links a", "href")[0], "/tickets?status=all&sla=overdue");
    let page = press(&chief, &page, "remind", &[("note", "Mohon dikerjakan.")]).await;
    assert_eq!(page.all("a[rel=next]"), [format!("{second} Absensi mati")]);
    let page = chief.get(&page.attributes("a[rel=next]", "href")[0]).await;
    let page = press(&chief, &page, "remind", &[("note", "Mohon dikerjakan.")]).await;
    assert!(page.all("a[rel=next]").is_empty() && page.words().contains("Itu tiket terakhir di daftar tadi."));
}

// L7
#[actix_web::test]
async fn what_was_handed_on_and_nobody_took_up_waits_and_is_not_told_as_being_worked_on() {
    let desk = Desk::new().await;
    desk.act(&desk.tier1, "start", &[]).await;
    desk.act(&desk.tier1, "escalate", &HANDED_UP).await;
    let plain = desk.clerk.get(&desk.place).await.first(".plain-status");
    assert!(plain.contains("Menunggu dikerjakan Service Desk Tier 2"), "{plain}");
    desk.act(&desk.tier2, "start", &[]).await;
    let plain = desk.clerk.get(&desk.place).await.first(".plain-status");
    assert!(plain.contains("Sedang dikerjakan ") && !plain.contains("Service Desk"), "{plain}");
}
