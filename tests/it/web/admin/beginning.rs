//! From an empty database to a working desk, by pages alone and without script.

use crate::support::TestApp;
use crate::support::browser::Browser;
use sigap::access::Origin;
use sigap::app::Caller;
use sigap::org::link;

const PASSWORD: &str = "kuda hijau makan awan putih";

/// The steps that a page still shows as left.
async fn left(browser: &Browser) -> Vec<String> {
    let page = browser.get("/admin").await;
    assert_eq!(page.status, 200, "{}", page.html);
    page.all(".is-left p:first-child").iter().map(|p| p.replace(" ○ belum", "")).collect()
}

/// Signs in whoever got a link, after choosing a password by it.
async fn by_link(app: &TestApp, keeper: &Browser, place: &str, login: &str) -> Browser {
    let page = keeper.get(place).await;
    let shown = keeper.fill(&page, &format!("{place}/link"), &[]).await;
    let told = shown.first("[role=status]");
    let token = told.split("#token=").nth(1).unwrap().split(' ').next().unwrap().to_owned();
    let browser = Browser::new(app);
    let page = browser.get("/password").await;
    browser.fill(&page, "/password", &[("token", &token), ("password", PASSWORD)]).await;
    let page = browser.get("/sign-in").await;
    let page = browser.fill(&page, "/sign-in", &[("login", login), ("password", PASSWORD)]).await;
    assert_eq!(page.status, 200, "{}", page.html);
    browser
}

// P4, L2, L4, L6
#[actix_web::test]
async fn an_empty_database_becomes_a_working_desk_by_pages_alone() {
    let app = TestApp::empty().await;
    let settings = app.app.config.sign_in.clone();
    let issue = move |tx: &mut sigap::access::Tx<'_>| link::for_setup(tx, &settings);
    let token = app.app.write(Caller::Anonymous, Origin::default(), issue).await.unwrap().unwrap().plain;
    let operator = Browser::new(&app);
    let page = operator.get("/setup").await;
    let fields =
        [("token", token.as_str()), ("name", "Operator"), ("email", "op@contoh.go.id"), ("password", "pendek")];
    let page = operator.fill(&page, "/setup", &fields).await;
    assert_eq!((page.status, page.all("#password-fault").len()), (422, 1));
    assert_eq!(page.attributes("#name", "value"), ["Operator"]);
    let page = operator.fill(&page, "/setup", &[("password", PASSWORD)]).await;
    assert_eq!(page.status, 200, "{}", page.html);
    let page = operator.get("/sign-in?next=/admin").await;
    let page = operator.fill(&page, "/sign-in", &[("login", "op@contoh.go.id"), ("password", PASSWORD)]).await;
    assert_eq!(page.place, "/admin");
    assert_eq!(left(&operator).await, ["Buat daerah"]);
    let page = operator.get("/admin/regions").await;
    let page = operator.fill(&page, "/admin/shipped/regions", &[("template", "lebak")]).await;
    assert_eq!(page.first("h1"), "Kabupaten Lebak");
    assert_eq!(left(&operator).await, ["Tunjuk admin daerah"]);
    let fields = [("name", "Eko Nugroho"), ("email", "eko@lebakkab.go.id")];
    let page = operator.fill(&page, "/admin/regions/lebak", &fields).await;
    let place = page.place.trim_end_matches("?done=made").to_owned();
    assert_eq!(left(&operator).await, Vec::<String>::new());
    let admin = by_link(&app, &operator, &place, "eko@lebakkab.go.id").await;
    assert_eq!(left(&admin).await, ["Perangkat daerah", "Layanan", "Orang", "Cakupan", "Surel"]);
    let page = admin.get("/admin/opds").await;
    let page = admin.fill(&page, "/admin/shipped/opds", &[]).await;
    assert!(page.first(".lead").starts_with("0 dari 76 perangkat daerah"), "{}", page.first(".lead"));
    let page = admin.get("/admin/services").await;
    admin.fill(&page, "/admin/shipped/services", &[]).await;
    assert_eq!(left(&admin).await, ["Orang", "Cakupan", "Surel"]);
    let csv = "name,email,nip,role,opd\n\
               Siti Aminah,siti@lebakkab.go.id,,requester,dinkes\n\
               Budi Santoso,budi@lebakkab.go.id,198501012010011001,tier1,dinkes\n\
               Hendra Gunawan,hendra@lebakkab.go.id,198501012010011002,tier2,\n\
               Bambang Wijaya,bambang@lebakkab.go.id,,coordinator,\n";
    let form = admin.get("/admin/import/people").await;
    let seen = admin.fill_with_file(&form, "/admin/import/people", &[], ("orang.csv", csv)).await;
    assert_eq!(seen.all("tbody tr").len(), 4, "{}", seen.words());
    admin.send_multipart(&seen, "/admin/import/people", &[("step", "keep")]).await;
    assert_eq!(left(&admin).await, ["Cakupan", "Surel"], "the rest may come later");
    let who = admin.get("/admin/people").await;
    let place_of = |n: usize| who.attributes(".list th a", "href")[n].clone();
    let names = who.all(".list th a");
    let at = |name: &str| place_of(names.iter().position(|n| n == name).unwrap());
    let clerk = by_link(&app, &admin, &at("Siti Aminah"), "siti@lebakkab.go.id").await;
    let tier1 = by_link(&app, &admin, &at("Budi Santoso"), "budi@lebakkab.go.id").await;
    let tier2 = by_link(&app, &admin, &at("Hendra Gunawan"), "hendra@lebakkab.go.id").await;
    let ticket = crate::web::reported(&clerk, "SIMPEG tidak bisa dibuka").await;
    assert_eq!(ticket.status, 200, "{}", ticket.html);
    let page = tier1.get(&ticket.place).await;
    let words = [("reason", "Di pusat data."), ("tried", "Memulai ulang."), ("requested", "Periksa basis data.")];
    let page = tier1.fill(&page, &format!("{}/escalate", ticket.place), &words).await;
    assert_eq!(page.status, 200, "{}", page.html);
    assert_eq!(tier2.get("/tickets").await.all(".row .subject"), ["SIMPEG tidak bisa dibuka"]);
    assert_eq!(admin.get(&ticket.place).await.status, 404, "who keeps the desk sees no tickets");
}

#[actix_web::test]
async fn without_a_mail_server_no_page_says_that_mails_were_sent() {
    let app = TestApp::new().await;
    let clerk = Browser::lebak(&app, "pegawai.dinkes").await;
    let ticket = crate::web::reported(&clerk, "SIMPEG mati").await;
    crate::mail::post::run(&app).await;
    let admin = super::keeper(&app).await;
    assert!(left(&admin).await.contains(&"Surel".to_owned()));
    let page = admin.get("/admin").await;
    assert!(page.words().contains("surel ditulis sebagai berkas"), "{}", page.words());
    let page = admin.get("/admin/health").await;
    let rows = page.all("tbody tr");
    let out = rows.iter().find(|row| row.starts_with("Surel keluar")).unwrap();
    assert!(out.contains("perlu diperiksa") && out.contains("ditulis sebagai berkas"), "{out}");
    let page = admin.get("/admin/mails").await;
    assert!(page.first(".note").contains("surel ditulis sebagai berkas"), "{}", page.words());
    let states = page.all("#mails ~ .wide td[data-is=Keadaan]");
    assert!(!states.is_empty() && states.iter().all(|state| state == "ditulis ke berkas"), "{states:?}");
    assert!(!page.words().contains("terkirim"), "{}", page.words());
    let technician = Browser::lebak(&app, "teknisi.dinkes").await;
    let shown = technician.get(&ticket.place).await.first(".history li");
    assert!(shown.contains("ditulis ke berkas hari ini") && !shown.contains("terkirim"), "{shown}");
}

// P4
#[actix_web::test]
async fn a_region_of_ones_own_is_made_with_its_words_and_zone() {
    let app = TestApp::new().await;
    let operator = Browser::of(&app, "operator@sigap.example").await;
    let page = operator.get("/admin/regions").await;
    let fields =
        [("name", "Kabupaten Sikka"), ("code", "sikka"), ("ticket_prefix", "sk"), ("domain", "sikkakab.go.id")];
    let page = operator.fill(&page, "/admin/regions", &fields).await;
    assert_eq!((page.status, page.all("#own-ticket_prefix-fault").len()), (422, 1));
    let fields = [("ticket_prefix", "SKK"), ("time_zone", "Asia/Makassar"), ("terms/tier2", "Tim Inti")];
    let page = operator.fill(&page, "/admin/regions", &fields).await;
    assert_eq!((page.status, page.first("h1").as_str()), (200, "Kabupaten Sikka"), "{}", page.words());
    let words = page.words();
    for said in ["servicedesk@sikkakab.go.id", "Asia/Makassar", "Tim Inti"] {
        assert!(words.contains(said), "{said}");
    }
    assert!(page.words().contains("Belum ada admin."));
    assert_eq!(operator.get("/admin/opds").await.status, 404, "the operator keeps no region");
    // No list comes with the program for it: nothing promises one.
    let page = operator.get("/admin/regions/sikka").await;
    let fields = [("name", "Ani Lestari"), ("email", "ani@sikkakab.go.id")];
    let page = operator.fill(&page, "/admin/regions/sikka", &fields).await;
    let place = page.place.trim_end_matches("?done=made").to_owned();
    let admin = by_link(&app, &operator, &place, "ani@sikkakab.go.id").await;
    let start = admin.get("/admin").await;
    assert!(start.words().contains("tidak ada daftar bawaan untuk daerah ini"), "{}", start.words());
    let page = admin.get("/admin/services").await;
    assert!(page.first(".note").starts_with("Tambah perangkat daerah dahulu."), "{}", page.words());
    assert!(page.all("main form").is_empty(), "{}", page.words());
}
