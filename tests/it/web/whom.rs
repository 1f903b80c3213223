//! Reporting for a colleague on the telephone or at the door: found by what one hears, and picked.

use super::Desk;
use crate::support::browser::{Browser, Page};
use diesel::connection::SimpleConnection;
use sigap::access::Role;
use sigap::on;

const WORDS: [(&str, &str); 4] =
    [("subject", "Pencetak macet"), ("description", "Sejak pagi."), ("felt", "unit"), ("channel", "phone")];

/// The form as somebody fills it in who looks for `text`, with these fields besides; without any script.
async fn sought_with(who: &Browser, page: &Page, text: &str, more: &[(&str, &str)]) -> Page {
    let fields = [&[("on_behalf_of", text)], more].concat();
    who.post("/report/people", &[], page.sent("/report", &fields)).await
}

async fn sought(who: &Browser, text: &str) -> Page {
    let form = who.get("/report?service=simpeg").await;
    let page = sought_with(who, &form, text, &[]).await;
    assert_eq!(page.status, 200, "{text}: {}", page.html);
    page
}

/// The addresses that are offered, without their domain.
fn offered(page: &Page) -> Vec<String> {
    let found = page.attributes("input[name=person]", "value");
    found.iter().map(|address| address.split('@').next().unwrap().to_owned()).collect()
}

async fn nip(desk: &Desk, account: &str) -> String {
    desk.app.lebak(account).await.get("/me").await.ok()["nip"].as_str().unwrap().to_owned()
}

#[actix_web::test]
async fn a_colleague_on_the_telephone_is_found_by_what_one_hears_and_nothing_typed_is_lost() {
    let desk = Desk::new().await;
    let form = desk.tier1.get("/report?service=simpeg").await;
    let more = [&WORDS[..], &[("secret", "yes"), ("kind", "request"), ("file", "foto.jpg")]].concat();
    let page = sought_with(&desk.tier1, &form, "aminah", &more).await;
    assert_eq!((page.status, offered(&page)), (200, vec!["pegawai.dinkes".to_owned()]));
    assert_eq!(
        page.first("fieldset label:has([name=person])"),
        "Siti Aminah pegawai.dinkes@lebakkab.go.id, Dinas Kesehatan"
    );
    assert_eq!(page.elements("input[name=person][checked]").len(), 1, "of one alone it is his");
    assert!(page.all(".fault").is_empty(), "nothing is wrong: {:?}", page.all(".fault"));
    for field in [("subject", "Pencetak macet"), ("on_behalf_of", "aminah"), ("sought", "aminah")] {
        assert_eq!(page.attributes(&format!("input[name={}]", field.0), "value"), [field.1]);
    }
    assert_eq!(page.first("textarea[name=description]"), "Sejak pagi.");
    for (field, value) in [("felt", "unit"), ("kind", "request"), ("channel", "phone")] {
        assert_eq!(page.attributes(&format!("#{field} option[selected]"), "value"), [value]);
    }
    assert_eq!(page.elements("#secret[checked]").len(), 1);
    assert_eq!(page.all("#file-lost").len(), 1, "a browser chooses no file twice, and the page says so");
    let told = desk.tier1.fill_with_file(&page, "/report", &[("secret", "")], ("", "")).await;
    assert!(told.first("#done").ends_with("Kabarnya datang kepada pelapor."), "{}", told.first("#done"));
    let ticket = desk.app.lebak("pegawai.dinkes").await.items("/tickets?q=macet").await.remove(0);
    assert_eq!((&ticket["requester"]["name"], &ticket["channel"]), (&"Siti Aminah".into(), &"phone".into()));
}

#[actix_web::test]
async fn a_part_of_a_name_or_an_address_and_the_whole_nip_find_the_same_colleague() {
    let desk = Desk::new().await;
    let nip = nip(&desk, "pegawai.dinkes").await;
    let spaced = format!("{} {}", &nip[..8], &nip[8..]);
    for text in ["SITI", " ti Ami ", "gawai.din", "pegawai.dinkes@lebakkab.go.id", &nip, &spaced] {
        assert!(offered(&sought(&desk.tier1, text).await).contains(&"pegawai.dinkes".to_owned()), "{text}");
    }
    assert!(offered(&sought(&desk.tier1, "%").await).is_empty(), "a sign is a sign");
    for part in [&nip[..8], &nip[..17], &nip[1..]] {
        assert!(offered(&sought(&desk.tier1, part).await).is_empty(), "a birthday is not to be guessed: {part}");
    }
    let page = sought(&desk.tier1, "tidak ada orangnya").await;
    assert!(page.first("form [role=status].hint").starts_with("Tidak ditemukan"), "{}", page.html);
    let form = desk.tier1.get("/report?service=simpeg").await;
    assert!(form.all("#file-lost").is_empty() && form.elements("[name=sought]").is_empty());
    let page = sought_with(&desk.tier1, &form, " ", &[("subject", "Mati")]).await;
    assert_eq!((page.status, page.first("#for-fault")), (422, "Isian ini wajib diisi.".into()));
    assert_eq!(page.attributes("#subject", "value"), ["Mati"]);
    assert!(page.all("#file-lost").is_empty(), "no file was chosen");
}

// L13
#[actix_web::test]
async fn whoever_is_not_ones_own_to_report_for_is_found_as_little_as_whoever_is_not_there() {
    let desk = Desk::new().await;
    desk.app.hire("lebak", "sri.lama", Some(Role::Requester), &["dinkes"]).await;
    desk.app.hire("lebak", "sri.pindah", Some(Role::Requester), &["dinkes"]).await;
    desk.app.hire("lebak", "sri.tanpa", None, &[]).await;
    for sri in ["sri.lama", "sri.pindah"] {
        assert_eq!(offered(&sought(&desk.tier1, sri).await), [sri]);
    }
    let admin = desk.app.lebak("admin").await;
    let old = desk.app.person("sri.lama@lebakkab.go.id").await;
    admin.patch(&format!("/people/{old}"), serde_json::json!({ "active": false })).await.ok();
    desk.app.strip("sri.pindah@lebakkab.go.id").await;
    let plain = |page: &Page, text: &str| {
        let once = page.attributes("[name=once]", "value");
        once.iter().fold(page.html.clone(), |html, once| html.replace(once, "")).replace(text, "…")
    };
    let absent = plain(&sought(&desk.tier1, "sri.tiada").await, "sri.tiada");
    let foreign = nip(&desk, "pegawai.disdik").await;
    for text in ["sri.lama", "sri.pindah", "sri.tanpa", "joko", "pegawai.disdik", &foreign, "bambang", "temanggungkab"]
    {
        let page = sought(&desk.tier1, text).await;
        assert_eq!(offered(&page), Vec::<String>::new(), "{text}");
        assert_eq!(plain(&page, text), absent, "{text}");
    }
    let chief = Browser::lebak(&desk.app, "koordinator").await;
    for who in [&desk.tier2, &chief] {
        let all: Vec<String> = ["joko", "siti aminah", "rina", "agus pras"].map(str::to_owned).to_vec();
        let accounts = ["pegawai.disdik", "pegawai.dinkes", "pegawai.bpbd", "teknisi.disdik"];
        for (text, account) in all.iter().zip(accounts) {
            assert_eq!(offered(&sought(who, text).await), [account], "{text}");
        }
        // No organisation, no ticket; and nobody of another region.
        for text in ["sri.", "bambang", "hendra", "temanggungkab"] {
            assert!(offered(&sought(who, text).await).is_empty(), "{text}");
        }
    }
}

#[actix_web::test]
async fn whoever_may_be_found_may_be_reported_for_and_his_ticket_is_of_the_organisation_that_stands_beside_him() {
    let desk = Desk::new().await;
    for account in ["teknisi.dinkes", "tier2.satu", "koordinator"] {
        let (who, client) = (Browser::lebak(&desk.app, account).await, desk.app.lebak(account).await);
        for text in ["dinkes", "disdik", "lestari"] {
            let page = sought(&who, text).await;
            let shown = page.all("fieldset label:has([name=person])");
            for (account, shown) in page.attributes("input[name=person]", "value").into_iter().zip(shown) {
                let new = serde_json::json!({ "kind": "incident", "subject": "Mati", "description": "Total.",
                    "on_behalf_of": account });
                let ticket = client.post("/tickets", new).await.created();
                assert!(shown.ends_with(ticket["opd"]["name"].as_str().unwrap()), "{shown}: {}", ticket["opd"]);
            }
        }
    }
}

#[actix_web::test]
async fn ten_are_offered_and_it_is_said_that_there_are_more() {
    let desk = Desk::new().await;
    for n in 0..11 {
        desk.app.hire("lebak", &format!("wati.{n:02}"), Some(Role::Requester), &["dinkes"]).await;
    }
    let page = sought(&desk.tier1, "wati.").await;
    assert_eq!(offered(&page), (0..10).map(|n| format!("wati.{n:02}")).collect::<Vec<_>>());
    assert!(page.first("fieldset .hint").starts_with("Masih ada yang lain"), "{}", page.html);
    assert!(page.elements("input[name=person][checked]").is_empty(), "of several nobody is picked for him");
    let page = sought(&desk.tier1, "wati.0").await;
    assert_eq!((offered(&page).len(), page.all("fieldset .hint").len()), (10, 0));
}

#[actix_web::test]
async fn what_is_typed_after_the_search_counts_and_a_part_of_a_name_is_never_taken_for_a_person() {
    let desk = Desk::new().await;
    desk.app.hire("lebak", "siti.dua", Some(Role::Requester), &["dinkes"]).await;
    let words = [WORDS[0], WORDS[1]];
    let page = sought_with(&desk.tier1, &desk.tier1.get("/report?service=simpeg").await, "siti", &words).await;
    assert_eq!(offered(&page).len(), 2);
    let newest = async || desk.app.lebak("teknisi.dinkes").await.items("/tickets?sort=-created_at").await.remove(0);
    // Nobody was picked.
    let refused = desk.tier1.fill_with_file(&page, "/report", &[], ("", "")).await;
    assert_eq!((refused.status, refused.all("#for-fault").len(), offered(&refused).len()), (422, 1, 2));
    // Picked, and then another one was named, or nobody.
    let two = "siti.dua@lebakkab.go.id";
    let named = [("person", two), ("on_behalf_of", "pegawai.dinkes@lebakkab.go.id"), ("once", "a1")];
    assert_eq!(desk.tier1.fill_with_file(&page, "/report", &named, ("", "")).await.status, 200);
    assert_eq!(newest().await["requester"]["name"], "Siti Aminah");
    desk.app.step(chrono::Duration::minutes(1));
    let own = [("person", two), ("on_behalf_of", ""), ("once", "a2")];
    assert_eq!(desk.tier1.fill_with_file(&page, "/report", &own, ("", "")).await.status, 200);
    assert_eq!(newest().await["requester"]["name"], "Budi Santoso");
    desk.app.step(chrono::Duration::minutes(1));
    assert_eq!(
        desk.tier1.fill_with_file(&page, "/report", &[("person", two), ("once", "a3")], ("", "")).await.status,
        200
    );
    assert_eq!(newest().await["requester"]["email"], two);
    // A form is a form: an address that is picked by hand is looked at as one that is typed.
    let foreign = [("person", "pegawai.disdik@lebakkab.go.id"), ("once", "a4")];
    let page = desk.tier1.fill_with_file(&page, "/report", &foreign, ("", "")).await;
    assert_eq!((page.status, page.all("#for-fault").len()), (422, 1));
}

#[actix_web::test]
async fn whoever_reports_for_himself_alone_finds_nobody_and_no_other_site_asks() {
    let desk = Desk::new().await;
    let form = desk.clerk.get("/report?service=simpeg").await;
    assert!(form.elements("[formaction='/report/people']").is_empty());
    for account in ["pegawai.dinkes", "auditor", "admin"] {
        let who = Browser::lebak(&desk.app, account).await;
        let body = format!("form={}&service=simpeg&on_behalf_of=budi", who.form_token().await);
        assert_eq!(who.post("/report/people", &[], body).await.status, 403, "{account}");
    }
    let page = desk.tier1.post("/report/people", &[], "form=x&service=simpeg&on_behalf_of=siti".into()).await;
    assert_eq!(page.status, 403);
    assert!(!page.html.contains("Siti Aminah"));
    let guest = Browser::new(&desk.app);
    let page = guest.post("/report/people", &[], "form=x&on_behalf_of=siti&subject=Mati".into()).await;
    assert!(page.place.starts_with("/sign-in") || page.status == 401, "{} {}", page.status, page.place);
}

// T5
#[actix_web::test]
async fn beside_whoever_is_found_stands_the_organisation_of_his_ticket_also_after_one_of_his_was_closed() {
    let desk = Desk::new().await;
    let ratna = desk.app.hire("lebak", "ratna", Some(Role::Requester), &["dinkes", "disdik"]).await;
    let both = desk.app.hire("lebak", "teknisi.dua", Some(Role::Tier1), &["dinkes", "disdik"]).await;
    let admin = desk.app.lebak("admin").await;
    let one = |account: &str| format!("{account}@lebakkab.go.id");
    for (is_open, all) in [
        (true, ["Dinas Kesehatan"; 4]),
        (false, ["Dinas Pendidikan", "Dinas Pendidikan", "Dinas Pendidikan", "Dinas Kesehatan"]),
    ] {
        admin.patch("/opds/dinkes", serde_json::json!({ "active": is_open })).await.ok();
        for (who, opd) in [&one("tier2.satu"), &one("koordinator"), &both, &one("teknisi.dinkes")].into_iter().zip(all)
        {
            let browser = Browser::of(&desk.app, who).await;
            let page = sought(&browser, "ratna").await;
            let shown = page.first("fieldset label:has([name=person])");
            assert!(shown.ends_with(&format!("ratna@lebakkab.go.id, {opd}")), "{who}: {shown}");
            let new = serde_json::json!({ "kind": "incident", "subject": "Mati", "description": "Total.",
                "on_behalf_of": ratna });
            let ticket = desk.app.sign_in(who).await.post("/tickets", new).await.created();
            assert_eq!(ticket["opd"]["name"], opd, "{who}");
        }
    }
}

// R22
#[actix_web::test]
async fn what_was_typed_stands_on_the_page_of_the_error_where_the_search_for_somebody_fails() {
    let desk = Desk::new().await;
    let form = desk.tier1.get("/report?service=simpeg").await;
    let gone = "ALTER TABLE drafts RENAME TO hilang";
    desk.app.within(move |tx| Ok(on!(tx.conn(), |c| c.batch_execute(gone))?)).await;
    let page = sought_with(&desk.tier1, &form, "siti", &WORDS).await;
    let typed = |page: &Page| (page.status, page.all("section[aria-labelledby=unsent] .text"));
    let words = vec!["Pencetak macet".to_owned(), "Sejak pagi.".to_owned()];
    assert_eq!(typed(&page), (500, words.clone()));
    // The session ended while he wrote.
    desk.app.step(chrono::Duration::days(15));
    let page = sought_with(&desk.tier1, &form, "siti", &WORDS).await;
    assert_eq!(typed(&page), (401, words));
}
