//! What stands above the queue: what lies at one's desk and how many, the views that were kept, whose tickets one may look
//! at; and what a coordinator does to many.

use super::{Desk, number, reported};
use crate::support::browser::{Browser, Page};
use sigap::access::Role;
use sigap::org::actor;
use sigap::ticket::count::up_to;
use sigap::ticket::list::Filter;

pub const HANDED_UP: [(&str, &str); 3] =
    [("reason", "Di pusat data."), ("tried", "Diulang."), ("requested", "Periksa.")];

pub fn subjects(page: &Page) -> Vec<String> {
    page.all(".row .subject")
}

/// What the links above the queue say, and where they lead.
pub fn tabs(page: &Page) -> Vec<(String, String)> {
    page.all(".desk a").into_iter().zip(page.attributes(".desk a", "href")).collect()
}

#[actix_web::test]
async fn what_is_kept_as_a_view_is_what_was_chosen_in_the_form() {
    let desk = Desk::new().await;
    let page = desk.tier1.get("/tickets").await;
    // The button stands in the form of the filters, so that a browser sends with it what is chosen there.
    assert_eq!(page.all("form[role=search] button[name=keep]"), ["Simpan tampilan ini"]);
    assert!(!page.forms().contains(&"/views".to_owned()), "nothing is kept that is not listed");
    let buttons = page.attributes("form[role=search] button", "name");
    assert_eq!(buttons, ["keep"], "the first has no name: Enter in a field shows and keeps nothing");
    let chosen = desk.tier1.get("/tickets?q=&status=&who=me&tier=2&sla=&sort=&opd=&service=&priority=&keep=1").await;
    let page = desk.tier1.fill(&chosen, "/views", &[("name", "Kerjaan saya")]).await;
    assert_eq!(page.place, "/tickets?tier=2&who=me");
    assert_eq!(
        (page.attributes("#who option[selected]", "value"), page.all(".views a")),
        (vec!["me".to_owned()], vec!["Kerjaan saya".to_owned()])
    );
    assert!(!page.forms().contains(&"/views".to_owned()), "it is done");
}

// L6
#[actix_web::test]
async fn tier_1_begins_with_what_is_his_to_do_and_finds_what_he_handed_up_beside_it() {
    let desk = Desk::new().await;
    reported(&desk.clerk, "Absensi mati").await;
    desk.act(&desk.tier1, "escalate", &HANDED_UP).await;
    let page = desk.tier1.get("/tickets").await;
    assert_eq!(subjects(&page), ["Absensi mati"]);
    let told = |page: &Page| page.all("#tier option[selected]");
    assert_eq!(told(&page), ["Service Desk Tier 1"], "the form says so");
    let (name, place) = tabs(&page).pop().unwrap();
    assert_eq!((name.as_str(), place.as_str()), ("Di Service Desk Tier 2 1", "/tickets?tier=2"));
    assert_eq!(subjects(&desk.tier1.get(&place).await), ["SIMPEG tidak bisa dibuka"]);
    let all = desk.tier1.get("/tickets?tier=all").await;
    assert_eq!(
        (subjects(&all).len(), told(&all).len(), all.attributes("#tier option", "value")[0].as_str()),
        (2, 0, "all")
    );
    // What the field says is sent with the form: it means the same whatever else is chosen, and no address but the bare one
    // means one's own desk.
    assert_eq!(page.attributes("#tier option[selected]", "value"), ["1"]);
    for place in ["/tickets?q=simpeg", "/tickets?status=all", "/tickets?sort=priority"] {
        let page = desk.tier1.get(place).await;
        assert!(subjects(&page).contains(&"SIMPEG tidak bisa dibuka".to_owned()), "{place}");
        assert_eq!((told(&page).len(), page.all("#tier option")[0].as_str()), (0, "Semua"), "{place}");
    }
    let narrow = desk.tier1.get("/tickets?q=simpeg&status=&tier=1").await;
    assert_eq!((subjects(&narrow).len(), told(&narrow)), (0, vec!["Service Desk Tier 1".to_owned()]));
    let wider = narrow.attributes(".empty a", "href")[0].clone();
    assert_eq!(narrow.all(".empty a"), ["Cari juga di meja lain dan di tiket yang sudah selesai"]);
    assert_eq!(subjects(&desk.tier1.get(&wider).await), ["SIMPEG tidak bisa dibuka"]);
    let found = desk.tier1.get("/tickets?q=absensi&tier=1").await;
    assert_eq!(
        (subjects(&found).len(), found.all("[data-news] > .links a").len()),
        (1, 1),
        "there may be more elsewhere"
    );
    let chief = Browser::lebak(&desk.app, "koordinator").await;
    assert_eq!(subjects(&chief.get("/tickets").await).len(), 2);
    desk.act(&desk.tier2, "return", &[("instructions", "Hapus singgahan.")]).await;
    assert_eq!(subjects(&desk.tier1.get("/tickets").await).len(), 2, "it is his again");
}

#[actix_web::test]
async fn the_queue_its_desk_and_its_views_tell_how_many_there_are() {
    let desk = Desk::new().await;
    for subject in ["Kedua", "Ketiga"] {
        reported(&desk.clerk, subject).await;
    }
    desk.act(&desk.tier1, "start", &[]).await;
    super::desk::keep_view(&desk.tier1, "/tickets?who=none", "Bebas", "own").await;
    super::desk::keep_view(&desk.tier1, "/tickets?status=all", "Semuanya", "own").await;
    let page = desk.tier1.get("/tickets").await;
    assert_eq!(page.first("h1"), "Antrean 3");
    let names: Vec<String> = tabs(&page).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["Milik saya 1", "Belum ada petugas 2", "Sedang terlewat 0", "Di Service Desk Tier 2 0"]);
    // What is finished is a million, and counted nowhere.
    assert_eq!(page.all(".views li"), ["Bebas 2", "Semuanya"]);
    for (name, place) in tabs(&page) {
        let listed = desk.tier1.get(&place).await;
        let count = name.rsplit(' ').next().unwrap();
        assert_eq!(subjects(&listed).len().to_string(), count, "{name}");
        assert_eq!(listed.all(".desk a[aria-current]"), [name], "{place}");
    }
    assert_eq!(desk.tier1.get("/tickets?status=closed").await.first("h1"), "Antrean");
    desk.act(&desk.tier1, "escalate", &HANDED_UP).await;
    let names: Vec<String> = tabs(&desk.tier2.get("/tickets").await).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["Milik saya 0", "Belum ada petugas 1", "Sedang terlewat 0", "Dimintai pendapat 0"]);
    let names: Vec<String> = tabs(&desk.clerk.get("/tickets").await).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["Belum selesai 3", "Sudah selesai", "Semua"], "a requester has no desk, but his own");
    // Nobody counts beyond the most.
    let chief = desk.app.person("koordinator@lebakkab.go.id").await;
    let counts = desk.app.within(move |tx| {
        let (chief, now) = (actor::as_person(tx.conn(), chief)?, tx.now);
        let mut tx = tx.acting_as(chief, now);
        [0, 1, 2, 3, 1000]
            .into_iter()
            .map(|most| up_to(&mut tx, &Filter::default(), most))
            .collect::<Result<Vec<_>, _>>()
    });
    assert_eq!(counts.await, [1, 2, 3, 3, 3]);
}

#[actix_web::test]
async fn a_long_queue_leads_back_to_its_first_page() {
    let desk = Desk::new().await;
    for n in 0..50 {
        reported(&desk.clerk, &format!("Masalah ke-{n}")).await;
    }
    let first = desk.tier1.get("/tickets?who=none").await;
    let ways = |page: &Page| page.all("main > .buttons a");
    assert_eq!(ways(&first), ["Berikutnya"]);
    let second = desk.tier1.get(&first.attributes("a[rel=next]", "href")[0]).await;
    assert_eq!((subjects(&second).len(), ways(&second)), (1, vec!["Ke halaman pertama".to_owned()]));
    assert_eq!(second.attributes("main > .buttons a", "href"), ["/tickets?who=none"]);
}

// L8
#[actix_web::test]
async fn the_tickets_of_one_colleague_are_found_by_his_name_and_given_to_another_all_at_once() {
    let desk = Desk::new().await;
    let budi = desk.app.person("teknisi.dinkes@lebakkab.go.id").await;
    desk.app.hire("lebak", "teknisi.baru", Some(Role::Tier1), &["dinkes"]).await;
    reported(&desk.clerk, "Absensi mati").await;
    desk.act(&desk.tier1, "start", &[]).await;
    let chief = Browser::lebak(&desk.app, "koordinator").await;
    let page = chief.get("/tickets").await;
    let names = page.all("#who option");
    for name in ["Budi Santoso", "teknisi.baru"] {
        assert!(names.contains(&name.to_owned()), "{names:?}");
    }
    let his = chief.get(&format!("/tickets?who={budi}")).await;
    assert_eq!(
        (subjects(&his), his.all("#who option[selected]")),
        (vec!["SIMPEG tidak bisa dibuka".to_owned()], vec!["Budi Santoso".to_owned()])
    );
    // The overview leads there too.
    let report = chief.get("/overview?by=technician").await;
    assert!(report.attributes("#groups ~ .wide a", "href").contains(&format!("/tickets?status=open&who={budi}")));
    // A coordinator gives and ties; to begin and to let wait is the desk's.
    assert_eq!(his.attributes(".bulk p button", "value"), ["assign", "link"]);
    let new = his.elements("#bulk-assignee option").into_iter().find(|option| option.contains("teknisi.baru")).unwrap();
    let new = new.split('"').nth(1).unwrap().to_owned();
    assert!(!his.attributes("#bulk-assignee option", "value").contains(&"me".to_owned()));
    let ticket = his.attributes("input[name=ticket]", "value")[0].clone();
    let form = his.attributes("form[action='/tickets/acts'] input[name=form]", "value")[0].clone();
    let body = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs([("form", form.as_str()), ("act", "assign"), ("assignee", &new), ("ticket", &ticket)])
        .finish();
    let done = chief.post("/tickets/acts", &[], body).await;
    let told = done.first(".outcomes li");
    assert!(told.ends_with("SIMPEG tidak bisa dibuka ✓ Ditugaskan."), "{told}");
    assert!(subjects(&chief.get(&format!("/tickets?who={budi}")).await).is_empty());
    // An auditor looks and marks nothing; nobody's name of another region is told.
    let auditor = Browser::lebak(&desk.app, "auditor").await.get("/tickets").await;
    assert!(auditor.all("#who option").len() > 3 && auditor.elements("input[name=ticket]").is_empty());
    let far = desk.app.person("teknisi.dinkes@temanggungkab.go.id").await;
    let none = chief.get(&format!("/tickets?who={far}")).await;
    assert_eq!((none.status, none.all("#who option[selected]").len(), subjects(&none).len()), (200, 0, 0));
}

// L4, L8
#[actix_web::test]
async fn whoever_watches_over_the_desks_sees_who_serves_them_how_to_call_and_what_they_hold() {
    let desk = Desk::new().await;
    let budi = desk.app.person("teknisi.dinkes@lebakkab.go.id").await;
    let phone = serde_json::json!({ "phone": "0252-201234" });
    desk.app.lebak("admin").await.patch(&format!("/people/{budi}"), phone).await.ok();
    desk.act(&desk.tier1, "start", &[]).await;
    let chief = Browser::lebak(&desk.app, "koordinator").await;
    let overview = chief.get("/overview").await;
    assert!(overview.attributes("section[aria-labelledby=uncovered] a", "href").contains(&"/staff".to_owned()));
    let page = chief.get("/staff").await;
    let desks = page.all("main section");
    assert!(desks[0].contains("Minta admin daerah menunjuk petugasnya."), "who has nobody comes first: {desks:?}");
    let his = desks.iter().find(|desk| desk.starts_with("Dinas Kesehatan")).unwrap();
    assert!(his.contains("Budi Santoso") && his.contains("0252-201234 1 belum selesai 0 sedang terlewat"), "{his}");
    assert!(page.attributes("a", "href").contains(&"tel:0252201234".to_owned()));
    let place = format!("/tickets?status=open&who={budi}");
    assert!(page.attributes("a", "href").contains(&place));
    assert_eq!(subjects(&chief.get(&place).await).len(), 1);
    // What nobody holds stands at its desk, and whoever serves many organisations is told once, with their names.
    reported(&desk.clerk, "Absensi mati").await;
    let page = chief.get("/staff").await;
    let desks = page.all("main section");
    let place = page.attributes("main section a[href*='who=none']", "href").pop().unwrap();
    assert!(desks.iter().any(|desk| desk.starts_with("Dinas Kesehatan") && desk.ends_with("1 belum ada petugas")));
    assert_eq!(subjects(&chief.get(&place).await), ["Absensi mati"], "{place}");
    let many: Vec<_> = desks.iter().filter(|desk| desk.contains("Dewi Lestari")).collect();
    assert_eq!(many.len(), 1);
    let names = page.all("main section:has(details:not([open])) li").len();
    assert!(
        names > 50 && many[0].starts_with(&format!("{names} perangkat daerah Dewi Lestari ")),
        "{names} {}",
        many[0]
    );
    let told = page.attributes("main section a[href*='status=open']", "aria-label");
    assert!(told.contains(&"Budi Santoso: 1 belum selesai".to_owned()), "each link says whose they are");
    assert!(!page.words().contains("temanggung"), "nothing crosses regions");
    assert!(page.forms().iter().all(|form| !form.starts_with("/staff") && !form.starts_with("/admin")), "to be read");
    assert_eq!(desk.tier1.get("/staff").await.status, 403);
}

/// Presses a button of a ticket's page, whatever else stands in the address of its form.
pub async fn press(who: &Browser, page: &Page, act: &str, fields: &[(&str, &str)]) -> Page {
    let is_it = |form: &String| form.split('?').next().is_some_and(|path| path.ends_with(&format!("/{act}")));
    let action =
        page.forms().into_iter().find(is_it).unwrap_or_else(|| panic!("{act} is not offered: {}", page.words()));
    who.fill(page, &action, fields).await
}

#[actix_web::test]
async fn a_finished_ticket_leads_back_to_the_queue_as_it_was_filtered_and_on_to_the_next_one() {
    let desk = Desk::new().await;
    desk.app.step(chrono::Duration::minutes(1));
    let second = number(&reported(&desk.clerk, "Absensi mati").await);
    let queue = desk.tier1.get("/tickets?who=none&sort=created_at").await;
    let places = queue.attributes(".row > a", "href");
    assert_eq!(places[0], format!("{}?from=who%3Dnone%26sort%3Dcreated_at", desk.place));
    let back = |page: &Page| page.attributes(".ticket > .links a", "href");
    let page = desk.tier1.get(&places[0]).await;
    assert_eq!(back(&page), ["/tickets?who=none&sort=created_at"]);
    assert!(page.all("a[rel=next]").is_empty(), "nothing was done yet");
    let page = press(&desk.tier1, &page, "start", &[]).await;
    assert_eq!((page.status, back(&page)), (200, vec!["/tickets?who=none&sort=created_at".to_owned()]));
    assert_eq!(page.all("a[rel=next]"), [format!("{second} Absensi mati")]);
    let next = page.attributes("a[rel=next]", "href")[0].clone();
    // An answer knows the way, and what is sent after one that was refused.
    let mut page = desk.tier1.get(&next).await;
    for (body, status) in [(" ", 422), ("Sedang saya periksa.", 200)] {
        let comment = page.forms().into_iter().find(|form| form.contains("/comment")).unwrap();
        page = desk.tier1.fill(&page, &comment, &[("body", body)]).await;
        assert_eq!((page.status, back(&page)), (status, vec!["/tickets?who=none&sort=created_at".to_owned()]));
    }
    // What was refused keeps the way too, and what is sent once more.
    let refused = press(&desk.tier1, &page, "resolve", &[("resolution", " ")]).await;
    assert_eq!((refused.status, back(&refused)), (422, vec!["/tickets?who=none&sort=created_at".to_owned()]));
    let page = press(&desk.tier1, &refused, "resolve", &[("resolution", "Dimulai ulang.")]).await;
    assert_eq!((page.status, back(&page)), (200, vec!["/tickets?who=none&sort=created_at".to_owned()]));
    assert!(page.all("a[rel=next]").is_empty(), "that was the last of them");
    // Without a queue before it a ticket leads to the whole queue, and an address that nobody wrote to no other place.
    assert_eq!(back(&desk.tier1.get(&desk.place).await), ["/tickets"]);
    for wrong in ["//jahat.example", "tier=9", "%00"] {
        let page = desk.tier1.get(&format!("{}?from={wrong}&done=saved", desk.place)).await;
        assert!((400..500).contains(&page.status) || back(&page)[0].starts_with("/tickets"), "{wrong}");
    }
    let own = desk.clerk.get(&format!("{}?done=saved", desk.place)).await;
    assert_eq!(own.all(".ticket > .links a"), ["← Tiket saya"]);
    assert!(own.all("a[rel=next]").is_empty(), "a requester has no queue to work through");
}

// L13
#[actix_web::test]
async fn what_is_counted_is_what_its_reader_sees() {
    let desk = Desk::new().await;
    reported(&Browser::lebak(&desk.app, "pegawai.disdik").await, "Rapor daring mati").await;
    assert_eq!(desk.tier1.get("/tickets").await.first("h1"), "Antrean 1", "no other organisation's");
    let tier1 = desk.app.lebak("teknisi.dinkes").await;
    let clerk = desk.app.lebak("pegawai.dinkes").await;
    for classification in ["open", "secret"] {
        let ticket = clerk.open_with(serde_json::json!({ "classification": classification })).await.created();
        tier1.start(&ticket).await.ok();
    }
    let held = async |who: &str| {
        let page = Browser::lebak(&desk.app, who).await.get("/staff").await;
        page.all("main section p").into_iter().find(|line| line.starts_with("Budi Santoso")).unwrap()
    };
    assert!(held("koordinator").await.contains("2 belum selesai"), "{}", held("koordinator").await);
    assert!(held("auditor").await.contains("1 belum selesai"), "{}", held("auditor").await);
}
