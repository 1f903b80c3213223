//! The monthly report: a form to print, the same as CSV and as a workbook (L16, P7).

use crate::report::monday;
use crate::support::browser::Browser;
use crate::support::desk::text;
use crate::support::{Cast, TestApp};
use actix_web::http::Method;
use diesel::prelude::*;
use serde_json::json;
use sigap::db::schema::regions;
use sigap::on;
use sigap::org::region;

const MARCH: &str = "/reports/monthly?month=2026-03";

// L16
#[actix_web::test]
async fn the_form_goes_to_the_regent_through_the_secretary_with_sources_and_room_to_sign() {
    let cast = monday().await;
    let browser = Browser::lebak(&cast.app, "koordinator").await;
    let page = browser.get(MARCH).await;
    assert!(page.words().contains("Disampaikan kepada Bupati Lebak melalui Sekretaris Daerah"), "{}", page.words());
    assert!(page.words().contains("Maret 2026"));
    assert_eq!(page.all(".sum td")[..5], ["7", "4", "1", "3", "66% (2 / 3)"]);
    assert_eq!(page.all("#main-rows ~ .wide tbody th"), ["Dinas Kesehatan", "Dinas Pendidikan"]);
    assert_eq!(page.all(".signs > div").len(), 2);
    let sources = page.first(".letter footer");
    assert!(
        sources.contains(" versi 1.") && sources.contains(", edisi 1.") && sources.contains("terlambat"),
        "versions and meanings: {sources}"
    );
    assert!(sources.starts_with("Sumber dan arti angka 1–31 Maret 2026 (WIB)."), "{sources}");
    assert!(sources.contains("Dasar: Peraturan Bupati Lebak Nomor 24 Tahun 2024, Pasal 45."), "{sources}");
    // Figures are defined under the names that stand over them.
    let names = page.all(".letter footer dt");
    for name in ["Dibuat", "Diselesaikan", "Dibatalkan", "Belum selesai", "Diteruskan", "Tanggapan pertama"] {
        assert!(names.contains(&name.to_owned()), "{name}: {names:?}");
    }
    assert_eq!(page.all("#priority-rows ~ .wide tbody th"), ["P1 kritis", "P3 sedang"], "as everywhere else");
    assert!(!page.html.contains(" style="));
    // The report of the region that serves its own mayor or regent names him.
    let other = Browser::of(&cast.app, "koordinator@temanggungkab.go.id").await.get(MARCH).await;
    assert!(other.words().contains("Bupati Temanggung"));
    assert_eq!(other.all(".sum td")[0], "0", "nothing crosses regions");
    assert!(other.words().contains("Dasar: Peraturan Bupati Temanggung Nomor 83 Tahun 2021"), "{}", other.words());
    assert!(!other.words().contains("Lebak"), "a region is told its own regulation");
}

// L16
#[actix_web::test]
async fn what_is_printed_says_at_its_head_whose_it_is_and_of_when() {
    let desk = crate::web::Desk::new().await;
    let chief = Browser::lebak(&desk.app, "koordinator").await;
    for (who, place) in [(&chief, MARCH), (&desk.tier1, &*desk.place), (&desk.clerk, &*desk.place)] {
        let page = who.get(place).await;
        assert_eq!(page.all("p.printed"), ["Kabupaten Lebak, keadaan per Senin, 2 Maret 2026, 08.00 WIB"], "{place}");
        assert_eq!(page.elements("p.printed[hidden]").len(), 1, "on paper alone, which the style sheet says");
    }
    let style = chief.get(MARCH).await.attributes("link[rel=stylesheet]", "href")[0].clone();
    let style = chief.get(&style).await.html;
    assert!(style.split_once("@media print").unwrap().1.contains(".printed { display: block;"));
}

// L16
#[actix_web::test]
async fn a_region_without_a_regulation_is_told_none() {
    let app = TestApp::new().await;
    let lebak = app.region("lebak").await;
    app.within(move |tx| {
        let mut region = region::by_id(tx, lebak)?;
        region.settings.0["report_basis"] = serde_json::Value::Null;
        let settings = &region.settings;
        on!(tx.conn(), |c| diesel::update(regions::table.find(lebak)).set(regions::settings.eq(settings)).execute(c))?;
        Ok(())
    })
    .await;
    let page = Browser::lebak(&app, "koordinator").await.get(MARCH).await;
    assert!(!page.first(".letter footer").contains("Dasar:"), "{}", page.first(".letter footer"));
}

// L16
#[actix_web::test]
async fn services_stand_in_the_order_of_their_names_and_not_of_codes_that_nobody_sees() {
    let cast = Cast::new().await;
    cast.admin.patch("/services/simpeg", json!({ "name": "Aplikasi kepegawaian" })).await.ok();
    for service in ["jaringan-lokal", "simpeg"] {
        cast.requester.open_with(json!({ "service": service })).await.created();
    }
    let page = Browser::lebak(&cast.app, "koordinator").await.get(MARCH).await;
    assert_eq!(page.all("#service-rows ~ .wide tbody th"), ["Aplikasi kepegawaian", "Jaringan Lokal Kantor"]);
}

// L8, L16
#[actix_web::test]
async fn ratings_are_told_where_the_service_is_looked_at() {
    let cast = monday().await;
    for (ticket, stars) in cast.requester.items("/tickets?status=resolved").await.iter().zip([4, 5]) {
        cast.requester.act(ticket, "close", json!({ "rating": stars })).await.ok();
    }
    let (browser, rated) = (Browser::lebak(&cast.app, "koordinator").await, "4,5 dari 5 (2)".to_owned());
    let page = browser.get(MARCH).await;
    assert_eq!(
        (page.all(".sum th").last().unwrap(), page.all(".sum td").last().unwrap()),
        (&"Penilaian".to_owned(), &rated)
    );
    let overview = browser.get("/overview?month=2026-03").await;
    assert_eq!(
        (overview.all(".figures dt").last().unwrap(), overview.all(".figures dd").last().unwrap()),
        (&"Penilaian".to_owned(), &rated)
    );
    assert_eq!(overview.all("#groups ~ .wide tbody td:last-child"), [rated.as_str(), "–"]);
    let rated = cast.requester.items("/tickets?status=closed").await[0].clone();
    let history = browser.get(&format!("/tickets/{}", text(&rated["number"]))).await.first(".history");
    assert!(history.contains("Penilaian") && history.contains(" dari 5"), "{history}");
}

// L16
#[actix_web::test]
async fn it_comes_for_one_organisation_too_and_for_none_that_the_region_has_not() {
    let cast = monday().await;
    let browser = Browser::lebak(&cast.app, "auditor").await;
    let page = browser.get(&format!("{MARCH}&opd=disdik")).await;
    assert_eq!(page.all(".sum td")[..4], ["2", "0", "1", "1"]);
    assert_eq!(page.all("#main-rows ~ .wide tbody th"), ["Service Desk Tier 1"]);
    assert!(page.first(".letter header").contains("Dinas Pendidikan"));
    for wrong in ["opd=tidak-ada", "month=besok"] {
        let place =
            if wrong.starts_with("opd") { format!("{MARCH}&{wrong}") } else { format!("/reports/monthly?{wrong}") };
        assert_eq!(browser.get(&place).await.status, 404, "{wrong}");
    }
    // Without a month it is the last whole one.
    assert!(browser.get("/reports/monthly").await.words().contains("Februari 2026"));
    for (account, status) in [("teknisi.dinkes", 403), ("pegawai.dinkes", 403), ("admin", 403)] {
        let browser = Browser::lebak(&cast.app, account).await;
        for place in [MARCH, "/reports/monthly.csv", "/reports/monthly.xlsx"] {
            assert_eq!(browser.get(place).await.status, status, "{account} {place}");
        }
    }
}

/// The cells of a sheet of a workbook as a spreadsheet shows them, and which of them are numbers.
fn cells(book: &[u8], sheet: usize) -> Vec<Vec<(String, bool)>> {
    let mut book = zip::ZipArchive::new(std::io::Cursor::new(book)).unwrap();
    let mut part = |name: &str| std::io::read_to_string(book.by_name(name).unwrap()).unwrap();
    let (strings, sheet) = (part("xl/sharedStrings.xml"), part(&format!("xl/worksheets/sheet{sheet}.xml")));
    let between = |text: &str, from: &str, to: &str| {
        let (_, rest) = text.split_once(from)?;
        Some(rest.split_once(to)?.0.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"))
    };
    let strings: Vec<String> = strings.split("<si>").skip(1).map(|s| between(s, ">", "</t>").unwrap()).collect();
    let row = |row: &str| {
        let mut cells = Vec::new();
        for cell in row.split("<c ").skip(1) {
            let place = between(cell, "r=\"", "\"").unwrap();
            let letters = place.bytes().take_while(u8::is_ascii_uppercase);
            let column = letters.fold(0, |n, letter| n * 26 + usize::from(letter - b'A') + 1) - 1;
            let (value, is_number) = (between(cell, "<v>", "</v>"), !cell.contains("t=\"s\""));
            let text = |value: String| if is_number { value } else { strings[value.parse::<usize>().unwrap()].clone() };
            cells.resize(column, (String::new(), false));
            cells.push((value.map(text).unwrap_or_default(), is_number));
        }
        cells
    };
    sheet.split("<row ").skip(1).map(row).collect()
}

// L16
#[actix_web::test]
async fn the_same_rows_come_as_csv_and_as_a_workbook() {
    let cast = monday().await;
    let browser = Browser::lebak(&cast.app, "koordinator").await;
    let links = browser.get(&format!("{MARCH}&opd=dinkes")).await.attributes("a[download]", "href");
    let csv = browser.once(Method::GET, &links[0], &[], Vec::new()).await;
    assert_eq!(csv.header("content-disposition"), Some("attachment; filename=\"laporan-2026-03-dinkes.csv\""));
    assert!(csv.html.contains("\ntotal,,Jumlah,5,"), "{}", csv.html);
    let book = browser.once(Method::GET, &links[1], &[], Vec::new()).await;
    assert_eq!(book.header("content-disposition"), Some("attachment; filename=\"laporan-2026-03-dinkes.xlsx\""));
    assert_eq!(book.header("content-type"), Some(sigap::report::book::MEDIA_TYPE));
    let (told, rows) = csv.html.trim_end().rsplit_once('\n').unwrap();
    let told: Vec<csv::StringRecord> = csv::ReaderBuilder::new()
        .has_headers(false)
        .from_reader(told.as_bytes())
        .records()
        .map(Result::unwrap)
        .collect();
    let sources: Vec<Vec<String>> =
        cells(&book.bytes, 2).into_iter().map(|row| row.into_iter().map(|(cell, _)| cell).collect()).collect();
    let whose = [["Daerah", "Kabupaten Lebak (lebak)"], ["Perangkat daerah", "Dinas Kesehatan (dinkes)"]];
    assert_eq!(sources[..2], whose);
    let book = cells(&book.bytes, 1);
    assert_eq!((book.len(), rows), (told.len(), format!("# rows: {}", told.len() - 1).as_str()));
    assert_eq!(book[0].len(), told[0].len());
    assert!(book[0].iter().any(|(name, _)| name == "Dibuat") && told[0].iter().any(|name| name == "opened"));
    assert_eq!((book[1][0].0.as_str(), book.last().unwrap()[0].0.as_str()), ("Kelompok", "Jumlah"));
    for (cells, record) in book.iter().zip(&told).skip(1) {
        for (x, text) in record.iter().enumerate().skip(1) {
            let (cell, is_number) = cells.get(x).cloned().unwrap_or_default();
            assert_eq!(cell, text, "{} of {record:?}", &told[0][x]);
            assert_eq!(is_number, x > 2 && !text.is_empty(), "{} of {record:?}", &told[0][x]);
        }
    }
    // REST has the same.
    let rest = "/reports/sla?from=2026-03-01&to=2026-03-31&by=tier&opd=dinkes";
    let figures = cast.coordinator.get(rest).await.ok();
    assert_eq!(figures["totals"]["opened"], 5);
    assert_eq!(figures["region"], json!({ "code": "lebak", "name": "Kabupaten Lebak" }));
    assert_eq!(figures["opd"], json!({ "code": "dinkes", "name": "Dinas Kesehatan" }));
    let whole = cast.coordinator.get(&rest.replace("&opd=dinkes", "")).await.ok();
    assert_eq!(whole["opd"], json!(null));
    let book = cast.coordinator.get(&format!("{rest}&format=xlsx")).await;
    assert_eq!((book.status, book.header("content-type")), (200, Some(sigap::report::book::MEDIA_TYPE)));
    let name = "attachment; filename=\"sla-tier-2026-03-01-2026-03-31-dinkes.xlsx\"";
    assert_eq!(book.header("content-disposition"), Some(name));
    let absent = rest.replace("dinkes", "tidak-ada");
    cast.coordinator.get(&absent).await.refused(404);
}
