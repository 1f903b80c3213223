//! The audit log as a page (L13, P8): how far it is signed, what stands in it, one entry as a receipt.

use crate::audit::{keys, lived, settle};
use crate::support::browser::{Browser, Page};
use actix_web::http::Method;
use serde_json::json;
use sigap::audit::checkpoint::Note;
use sigap::audit::verify;

/// The signed text as it stands in a page, to the last byte: it holds nothing that HTML writes otherwise.
fn signed(html: &str) -> &str {
    html.split_once("<pre class=\"proof\">").and_then(|(_, rest)| rest.split_once("</pre>")).unwrap().0
}

// L13, P8
#[actix_web::test]
async fn the_auditor_sees_how_far_the_log_is_signed_and_takes_it_with_him() {
    let cast = lived().await;
    let auditor = Browser::lebak(&cast.app, "auditor").await;
    settle(&cast.app).await;
    let page = auditor.get("/audit").await;
    let told = cast.auditor.get("/audit/checkpoint").await.ok();
    assert_eq!(page.all("dl.proof dd")[..2], [told["size"].to_string(), told["root"].as_str().unwrap().to_owned()]);
    assert!(page.words().contains(told["keys"][0].as_str().unwrap()));
    assert!(page.words().contains("Yang tidak dapat dibuktikan"), "{}", page.words());
    assert!(page.attributes("nav a", "href").contains(&"/audit".to_owned()));
    // The signed text stands there to be kept, to the last byte.
    let kept = Note::parse(signed(&page.html)).unwrap();
    let lebak = cast.app.region("lebak").await;
    assert!(kept.is_signed_by(&keys(&cast.app, lebak)));
    let link = &page.attributes("a[download]", "href")[0];
    let file = auditor.once(Method::GET, link, &[], Vec::new()).await;
    let (_, found) = verify::bundle(file.html.as_bytes(), &keys(&cast.app, lebak), &[kept]).unwrap();
    assert_eq!(found.code(), 0, "{found:?}");
}

// P8
#[actix_web::test]
async fn entries_are_found_by_act_person_and_day_and_the_address_holds_what_was_asked() {
    let cast = lived().await;
    let auditor = Browser::lebak(&cast.app, "auditor").await;
    let rows = async |query: &str| auditor.get(&format!("/audit?{query}")).await.all(".rows .subject");
    let escalated = rows("action=ticket.escalated").await;
    assert!(matches!(&escalated[..], [one] if one.starts_with("Tiket diteruskan: LBK-2026-")), "{escalated:?}");
    assert_eq!(rows("action=ticket.escalated&person=teknisi.dinkes%40lebakkab.go.id&day=2026-03-02").await.len(), 1);
    assert!(rows("action=ticket.escalated&person=tier2.satu%40lebakkab.go.id").await.is_empty());
    assert!(rows("person=bukan.siapa%40lebakkab.go.id").await.is_empty());
    assert!(rows("day=2026-03-01").await.is_empty());
    let page = auditor.get("/audit?action=ticket.escalated&day=2026-03-02").await;
    assert_eq!(page.attributes("select option[selected]", "value"), ["ticket.escalated"]);
    assert_eq!(page.attributes("#from, #to", "value"), ["2026-03-02", "2026-03-02"]);
    for wrong in ["day=kemarin", "from=kemarin", "to=2026-13-01", "cursor=salah"] {
        assert!((400..500).contains(&auditor.get(&format!("/audit?{wrong}")).await.status), "{wrong}");
    }
    let next = auditor.get("/audit").await.attributes("a[rel=next]", "href");
    assert!(!auditor.get(&next[0]).await.all(".rows .row").is_empty());
}

// P8
#[actix_web::test]
async fn an_auditor_finds_whoever_has_left_and_chooses_where_a_nip_is_somebody_elses_by_now() {
    let cast = lived().await;
    let auditor = Browser::lebak(&cast.app, "auditor").await;
    let gone = cast.tier1.id().await;
    let nip = cast.admin.get(&format!("/people/{gone}")).await.ok()["entry"]["nip"].as_str().unwrap().to_owned();
    cast.deactivate(&gone).await;
    let asked = |person: &str| format!("/audit?action=ticket.escalated&person={person}");
    for login in ["teknisi.dinkes%40lebakkab.go.id", &nip, &gone] {
        let page = auditor.get(&asked(login)).await;
        assert_eq!(page.all(".rows .subject").len(), 1, "{login}: {}", page.words());
        assert!(
            page.words().contains("teknisi.dinkes@lebakkab.go.id: dari") && page.words().contains("sudah berhenti")
        );
    }
    let new = json!({ "name": "Dewi Baru", "email": "dewi.baru@lebakkab.go.id", "nip": nip });
    cast.admin.post("/people", new).await.created();
    let page = auditor.get(&asked(&nip)).await;
    let (told, places) = (page.all("#several a"), page.attributes("#several a", "href"));
    assert!(page.all(".rows .subject").is_empty() && page.all("[role=alert]").is_empty(), "{}", page.words());
    assert!(matches!(&told[..], [one, other] if one.starts_with("Dewi Baru") && other.ends_with("sudah berhenti.")));
    assert!(auditor.get(&places[0]).await.all(".rows .subject").is_empty(), "she did nothing yet");
    assert_eq!(auditor.get(&places[1]).await.all(".rows .subject").len(), 1, "what else was asked is kept");
    assert_eq!(Browser::lebak(&cast.app, "admin").await.get(&asked(&nip)).await.all("#several a").len(), 2);
    // To another region they are not there; whoever reads but his own acts is told of nobody.
    let stranger = Browser::of(&cast.app, "auditor@temanggungkab.go.id").await;
    for login in ["teknisi.dinkes%40lebakkab.go.id", &nip, &gone, "01890000-0000-7000-8000-000000000000"] {
        let page = stranger.get(&asked(login)).await;
        assert!(
            page.first("[role=alert]").starts_with("Tidak ada orang") && page.all("#several").is_empty(),
            "{login}"
        );
    }
    let clerk = Browser::lebak(&cast.app, "pegawai.dinkes").await;
    for login in [&nip, &gone] {
        let page = clerk.get(&asked(login)).await;
        assert!(
            !page.words().contains("berhenti") && page.all("#several, [role=alert]").is_empty(),
            "{}",
            page.words()
        );
    }
}

// P8, L13
#[actix_web::test]
async fn an_auditor_finds_what_happened_to_a_ticket_and_in_a_span_of_days() {
    let cast = lived().await;
    let auditor = Browser::lebak(&cast.app, "auditor").await;
    let ticket = cast.auditor.items("/tickets").await.remove(0);
    let number = ticket["number"].as_str().unwrap();
    let page = auditor.get(&format!("/tickets/{number}")).await;
    let place = page.attributes(".ticket > .links a", "href").pop().unwrap();
    assert_eq!(page.all(".ticket > .links a").pop().unwrap(), "Catatan audit tiket ini");
    // What he looks for is itself an entry about the ticket.
    let acts = async |place: &str| {
        let page = auditor.get(place).await;
        let lines = page.all(".rows .facts").into_iter().filter(|line| line.contains(" ticket.")).collect::<Vec<_>>();
        (lines, page.attributes("#object", "value").remove(0))
    };
    let (told, object) = acts(&place).await;
    assert_eq!(object, number);
    for act in ["ticket.opened", "ticket.started", "ticket.escalated", "ticket.accepted", "ticket.resolved"] {
        assert_eq!(told.iter().filter(|line| line.ends_with(act)).count(), 1, "{act}: {told:?}");
    }
    let by_id = acts(&format!("/audit?object={}", ticket["id"].as_str().unwrap())).await;
    assert_eq!(by_id.0, told, "by its id as by its number");
    let among = async |days: &str| acts(&format!("{place}&{days}")).await.0.len();
    assert_eq!(among("from=2026-02-01&to=2026-03-02").await, told.len());
    assert_eq!(among("from=2026-03-02").await, told.len());
    assert_eq!((among("from=2026-03-03").await, among("to=2026-03-01").await), (0, 0));
    // A secret ticket is not found by its number, nor is one that is not there, and both are told alike.
    let secret = cast.requester.open_with(json!({ "classification": "secret" })).await.created();
    let told = async |number: &str| auditor.get(&format!("/audit?object={number}")).await.first("[role=alert]");
    let said = told(secret["number"].as_str().unwrap()).await;
    assert!(said.starts_with("Tidak ada tiket bernomor ini"), "{said}");
    assert_eq!(told("LBK-2026-999999").await, said);
    let technician = Browser::lebak(&cast.app, "teknisi.dinkes").await.get(&format!("/tickets/{number}")).await;
    assert_eq!(technician.all(".ticket > .links a"), ["← Antrean"], "who reads no log is led to none");
}

// P8
#[actix_web::test]
async fn the_same_act_of_one_person_many_times_is_one_line_that_unfolds() {
    let cast = lived().await;
    let auditor = Browser::lebak(&cast.app, "auditor").await;
    for _ in 0..4 {
        auditor.get("/tickets?q=simpeg").await;
    }
    let page = auditor.get("/audit?action=ticket.search").await;
    assert_eq!((page.all(".rows .row").len(), page.all(".rows .row .subject").len()), (1, 4), "{}", page.words());
    assert_eq!(page.all(".rows summary"), ["3 lagi yang serupa sebelumnya"]);
    let oldest = page.attributes(".rows .row details a", "href").pop().unwrap();
    let receipt = auditor.get(&oldest).await;
    assert!(receipt.words().contains("Pencarian tiket oleh auditor (ticket.search)"), "{}", receipt.words());
}

// P8, L13
#[actix_web::test]
async fn an_auditor_finds_when_somebody_signed_in_and_what_was_done_to_his_account() {
    let cast = lived().await;
    let budi = cast.tier1.id().await;
    cast.admin.patch(&format!("/people/{budi}"), json!({ "phone": "0252-201234" })).await.ok();
    let wrong = json!({ "login": "teknisi.dinkes@lebakkab.go.id", "password": "Kuda, laut dan bukit" });
    cast.app.anonymous().post("/auth/login", wrong).await.refused(401);
    let auditor = Browser::lebak(&cast.app, "auditor").await;
    let rows = async |query: &str| {
        let page = auditor.get(&format!("/audit?person=teknisi.dinkes%40lebakkab.go.id&{query}")).await;
        (page.all(".rows .subject"), page.all(".rows .facts"))
    };
    let (what, who) = rows("action=session.begin").await;
    assert!(!what.is_empty() && what.iter().all(|what| what == "Masuk: Budi Santoso"), "{what:?}");
    assert!(who.iter().all(|who| who == "Budi Santoso session.begin"), "{who:?}");
    assert_eq!(rows("action=session.refused").await.0, ["Kata sandi atau kode salah: Budi Santoso"]);
    let (what, who) = rows("action=person.change").await;
    assert_eq!(
        (&what[..], &who[..]),
        (&["Data orang diubah: Budi Santoso".to_owned()][..], &["Eko Nugroho person.change".to_owned()][..])
    );
    assert!(!rows("action=ticket.escalated").await.0.is_empty(), "and what he did himself");
    let page = auditor.get("/audit?person=bukan.siapa%40lebakkab.go.id").await;
    assert!(page.first("[role=alert]").contains("Tidak ada orang dengan alamat surel atau NIP ini"));
    // Who reads but his own acts does not learn who is there.
    let clerk = Browser::lebak(&cast.app, "pegawai.dinkes").await;
    for login in ["bukan.siapa", "teknisi.disdik"] {
        let page = clerk.get(&format!("/audit?person={login}%40lebakkab.go.id")).await;
        assert_eq!(page.first("main .empty"), "Tidak ada catatan yang cocok.", "{login}");
    }
}

// L13
#[actix_web::test]
async fn one_entry_is_a_receipt_with_its_proof_and_without_any_script() {
    let cast = lived().await;
    let auditor = Browser::lebak(&cast.app, "auditor").await;
    let page = auditor.get("/audit?action=ticket.resolved").await;
    let place = page.attributes(".rows a", "href")[0].clone();
    let receipt = auditor.get(&place).await;
    let entry = cast.auditor.get(&format!("/audit/entries{}", place.trim_start_matches("/audit"))).await.ok();
    assert_eq!(receipt.first("h1"), "Tanda bukti catatan audit");
    for part in [&entry["entry"]["leaf"], &entry["entry"]["salt"], &entry["entry"]["request"]] {
        assert!(receipt.words().contains(part.as_str().unwrap()), "{part}");
    }
    let path: Vec<String> =
        entry["proof"]["path"].as_array().unwrap().iter().map(|h| h.as_str().unwrap().to_owned()).collect();
    assert_eq!(receipt.all("ol.proof li"), path);
    assert!(Note::parse(signed(&receipt.html)).is_some());
    assert!(!receipt.html.contains(" style=") && !receipt.html.contains("onclick"));
}

// P8, reliability 4.1
#[actix_web::test]
async fn everybody_reads_his_part_and_nobody_an_entry_outside_of_it() {
    let cast = lived().await;
    let auditor = Browser::lebak(&cast.app, "auditor").await;
    let opd = auditor.get("/audit?action=opd.create").await.attributes(".rows a", "href")[0].clone();
    let ticket = auditor.get("/audit?action=ticket.opened").await.attributes(".rows a", "href")[0].clone();
    let admin = Browser::lebak(&cast.app, "admin").await;
    let page = admin.get("/audit").await;
    assert!(page.attributes("a[download]", "href").is_empty(), "he reads but a part, and takes none with him");
    assert!(!page.all(".rows .facts").iter().any(|row| row.contains("ticket.")), "{:?}", page.all(".rows .facts"));
    assert_eq!((admin.get(&opd).await.status, admin.get(&ticket).await.status), (200, 404));
    assert_eq!(admin.get("/audit/bundle").await.status, 404);
    // Whoever reports trouble reads his own acts, without any place in the tree.
    let clerk = Browser::lebak(&cast.app, "pegawai.dinkes").await;
    let own = clerk.get("/audit").await;
    assert!(own.all("dl.proof").is_empty() && !own.attributes("nav a", "href").contains(&"/audit".to_owned()));
    let receipt = clerk.get(&ticket).await;
    assert_eq!((receipt.status, receipt.all("ol.proof").len()), (200, 0));
    for (account, place) in [("tier2.satu", "/audit"), ("koordinator", "/audit"), ("koordinator", opd.as_str())] {
        assert_eq!(Browser::lebak(&cast.app, account).await.get(place).await.status, 404, "{account} {place}");
    }
    let far = Browser::of(&cast.app, "auditor@temanggungkab.go.id").await;
    assert_eq!(far.get(&opd).await.status, 404);
    assert_eq!(far.get("/audit/apa-saja").await.status, 404);
}

// L13: the checkpoint leaves the machine on paper.
#[actix_web::test]
async fn the_monthly_report_names_the_checkpoint_at_its_foot() {
    let cast = lived().await;
    let told = cast.auditor.get("/audit/checkpoint").await.ok();
    let page = Browser::lebak(&cast.app, "koordinator").await.get("/reports/monthly").await;
    let foot = page.first(".letter .stamp");
    assert!(foot.contains(&format!("nomor {}", told["size"])), "{foot}");
    assert!(foot.contains(told["root"].as_str().unwrap()), "{foot}");
}

// P8, L13
#[actix_web::test]
async fn an_entry_about_a_ticket_leads_to_it_whoever_sees_that_and_nobody_else() {
    let cast = lived().await;
    let auditor = Browser::lebak(&cast.app, "auditor").await;
    let number = cast.auditor.items("/tickets").await.remove(0)["number"].as_str().unwrap().to_owned();
    let secret = cast.requester.open_with(json!({ "classification": "secret" })).await.created();
    let secret = (secret["id"].as_str().unwrap(), secret["number"].as_str().unwrap());
    let receipt = async |reader: &Browser, asked: &str| {
        let place = reader.get(&format!("/audit?{asked}")).await.attributes(".rows a", "href").remove(0);
        reader.get(&place).await
    };
    let page = receipt(&auditor, "action=ticket.resolved").await;
    let link = page.attributes("p.buttons a", "href").pop().unwrap();
    assert_eq!(
        (link.as_str(), page.all("p.buttons a").pop().unwrap().as_str()),
        (&*format!("/tickets/{number}"), "Buka tiketnya")
    );
    assert_eq!(auditor.get(&link).await.status, 200);
    let of_secret = format!("action=ticket.opened&object={}", secret.0);
    for asked in [of_secret.as_str(), "action=opd.create"] {
        let page = receipt(&auditor, asked).await;
        assert_eq!(page.attributes("p.buttons a", "href"), ["/audit"], "{asked}");
    }
    let clerk = Browser::lebak(&cast.app, "pegawai.dinkes").await;
    let own = receipt(&clerk, &of_secret).await.attributes("p.buttons a", "href");
    assert_eq!(own[1], format!("/tickets/{}", secret.1));
}

// P8, L13
#[actix_web::test]
async fn the_form_takes_the_last_digits_of_a_number_and_offers_no_ticket_where_no_entry_is_about_one() {
    let cast = lived().await;
    let auditor = Browser::lebak(&cast.app, "auditor").await;
    let number = cast.auditor.items("/tickets").await.remove(0)["number"].as_str().unwrap().to_owned();
    let digits = number.rsplit('-').next().unwrap().trim_start_matches('0').to_owned();
    let page = auditor.get(&format!("/audit?action=ticket.resolved&object={digits}")).await;
    assert_eq!(page.all(".rows .subject"), [format!("Tiket diselesaikan: {number}")]);
    let has_tickets =
        |page: &Page| page.attributes("#action option", "value").iter().any(|act| act.starts_with("ticket."));
    assert!(has_tickets(&page) && page.first("label[for=object]").starts_with("Tiket (nomor)"));
    let clerk = Browser::lebak(&cast.app, "pegawai.dinkes").await.get("/audit").await;
    assert!(has_tickets(&clerk) && clerk.first("label[for=object]").starts_with("Tiket (nomor)"));
    let operator = Browser::of(&cast.app, "operator@sigap.example").await;
    for reader in [&Browser::lebak(&cast.app, "admin").await, &operator] {
        let page = reader.get(&format!("/audit?object={number}")).await;
        assert!(!has_tickets(&page), "{:?}", page.attributes("#action option", "value"));
        assert_eq!(page.first("label[for=object]"), "ID objek");
        assert!(page.first("[role=alert]").starts_with("Tidak ada objek dengan ID ini"), "{}", page.words());
    }
}

#[actix_web::test]
async fn days_the_wrong_way_round_are_told_and_not_taken_for_days_without_entries() {
    let cast = lived().await;
    for account in ["auditor", "admin", "pegawai.dinkes"] {
        let reader = Browser::lebak(&cast.app, account).await;
        let page = reader.get("/audit?from=2026-03-02&to=2026-03-01").await;
        assert_eq!(page.first("[role=alert]"), "Tanggal akhir tidak boleh sebelum tanggal awal.", "{account}");
        assert_eq!(page.attributes("#from, #to", "value"), ["2026-03-02", "2026-03-01"]);
        assert!(reader.get("/audit?from=2026-03-02&to=2026-03-02").await.all("[role=alert]").is_empty(), "{account}");
    }
}
