//! The region at a glance: each figure leads to the tickets behind it, each drawing has a table behind it (L8, P7).

use crate::report::monday;
use crate::support::Cast;
use crate::support::browser::{Browser, Page};
use crate::support::client::id;
use crate::support::desk::text;
use chrono::Duration;
use serde_json::json;
use sigap::sla::level::Level;

const MONTH: &str = "/overview?month=2026-03";

/// Figures of a page that lead to a list, with where they lead.
fn figures(page: &Page, within: &str) -> Vec<(String, usize)> {
    let links = format!("{within} a[href^='/tickets?']");
    let (words, places) = (page.all(&links), page.attributes(&links, "href"));
    places.into_iter().zip(words).filter_map(|(place, words)| Some((place, words.parse().ok()?))).collect()
}

/// What was done to tickets: a report counts it each time, and a list shows each ticket once.
const EACH_TIME: [&str; 4] = ["did=resolved", "did=missed", "did=escalated", "did=returned"];

/// The figure that stands beside a name.
fn beside(page: &Page, names: &str, figures: &str, name: &str) -> String {
    let place = page.all(names).iter().position(|one| one == name).unwrap();
    page.all(figures)[place].clone()
}

// L8
#[actix_web::test]
async fn every_figure_leads_to_as_many_tickets() {
    let cast = monday().await;
    // Missed twice, and between the desks twice.
    let late = cast.coordinator.items("/tickets?status=resolved&sla=breached").await.remove(0);
    cast.requester.reopen(&late).await.ok();
    cast.tier1.resolve(&late).await.ok();
    let bounced = cast.requester.open("Dua kali diteruskan").await;
    for _ in 0..2 {
        cast.tier1.escalate(&bounced).await.ok();
        cast.tier2.give_back(&bounced).await.ok();
    }
    for account in ["koordinator", "auditor"] {
        let browser = Browser::lebak(&cast.app, account).await;
        for by in ["opd", "priority", "tier"] {
            let page = browser.get(&format!("{MONTH}&by={by}")).await;
            // Standing, trend, ages and flow count tickets; the report counts what was done to them.
            let tickets = figures(&page, "[data-table]");
            let report = [".figures", "#groups ~ .wide"].map(|within| figures(&page, within)).concat();
            assert!(tickets.len() > 15 && report.len() > 3, "{account} {by}: {tickets:?} {report:?}");
            for (place, figure) in tickets {
                let rows = browser.get(&place).await.all(".row").len();
                assert_eq!(rows, figure, "{account}: {place}");
            }
            let mut more = 0;
            for (place, figure) in report {
                let rows = browser.get(&place).await.all(".row").len();
                let is_each_time = EACH_TIME.iter().any(|did| place.contains(did)) && rows > 0;
                assert!(
                    rows == figure || (is_each_time && rows < figure),
                    "{account}: {figure} leads to {rows} at {place}"
                );
                more += usize::from(rows < figure);
            }
            assert!(more > 2, "nothing was done twice");
            let told = page.all("#groups ~ details dd");
            assert_eq!(told.iter().filter(|meaning| meaning.contains("setiap kali dihitung")).count(), 8, "{told:?}");
        }
    }
}

// L8, P7
#[actix_web::test]
async fn the_glance_tells_standing_flow_trend_and_age_as_counted_by_hand() {
    let cast = monday().await;
    let browser = Browser::lebak(&cast.app, "koordinator").await;
    let page = browser.get(MONTH).await;
    let cells = |table: &str| page.all(&format!("[data-table={table}] tbody td"));
    assert_eq!(cells("flow"), ["1", "1", "1"]);
    assert_eq!(cells("age"), ["3", "0", "0", "0", "0"]);
    assert_eq!(page.all("[data-table=trend] tbody th").last().unwrap(), "2–8 Maret 2026");
    assert_eq!(cells("trend")[14..], ["1", "1"], "solved twice is one ticket, and the waived one is no miss");
    assert_eq!(page.all("[data-table=now] tbody th"), ["Dinas Kesehatan", "Dinas Pendidikan"]);
    let open: Vec<String> = page.all("[data-table=now] tbody td:nth-of-type(2)");
    assert_eq!(open, ["2", "1"]);
    // The auditor's figures hold no secret ticket.
    let page = Browser::lebak(&cast.app, "auditor").await.get(MONTH).await;
    assert_eq!(page.all("[data-table=now] tbody td:nth-of-type(2)"), ["1", "1"]);
    // Of another month nothing is told but what stands now.
    let page = browser.get("/overview?month=2026-01").await;
    assert_eq!(page.all("[data-table=flow] tbody td"), ["0", "0", "0"]);
    assert_eq!(page.attributes("[data-table=age] a", "href").len(), 0, "its ages are not those of now");
}

// L8
#[actix_web::test]
async fn what_is_overdue_is_counted_and_told_by_the_clock_that_was_missed() {
    let cast = monday().await;
    // Answered too late, and now it waits: what goes on is not what was missed.
    let late = cast.neighbour.items("/tickets?status=open&sla=breached").await;
    cast.neighbour.start(&late[0]).await.ok();
    cast.neighbour.act(&late[0], "pend", json!({ "reason": "vendor" })).await.ok();
    let browser = Browser::lebak(&cast.app, "koordinator").await;
    let page = browser.get(MONTH).await;
    // Answered too late is missed, and overdue no more.
    assert_eq!(beside(&page, ".figures dt", ".figures dd", "Sedang terlewat"), "1");
    assert_eq!(page.attributes(".figures a[href*=sla]", "href"), ["/tickets?status=all&sla=overdue"]);
    let listed = browser.get("/tickets?sla=overdue").await;
    assert_eq!(listed.attributes("#sla option[selected]", "value"), ["overdue"]);
    let due = listed.all(".row .due");
    assert!(due.len() == 1 && due[0].starts_with("▲"), "{due:?}");
    let (overdue, missed) =
        (cast.coordinator.numbers("sla=overdue").await, cast.coordinator.numbers("status=open&sla=breached").await);
    assert_eq!((overdue.len(), missed.len()), (1, 2));
    assert!(!overdue.contains(&text(&late[0]["number"])) && missed.contains(&text(&late[0]["number"])));
    // Figure, drawing, table and list tell of the same tickets: what can still be hurried.
    let told = page.all("section[aria-labelledby=late] .due");
    assert!(told.len() == 1 && told[0].starts_with("▲ Tanggapan pertama: terlewat"), "{told:?}");
    assert_eq!(page.all("[data-table=now] td:last-child"), ["1", "0"]);
    assert_eq!(page.all("#groups ~ .wide td:nth-of-type(4)"), ["1", "0"]);
    let drawn = page.all("svg[aria-label='Keadaan sekarang'] text:not([x='0'])");
    assert!(drawn[0].starts_with("▲1 ") && drawn[1].starts_with("▲0 "), "{drawn:?}");
    // What was late once has a name of its own, and a list of its own.
    let once = browser.get("/tickets?sla=breached").await;
    assert_eq!(once.all("#sla option[selected]"), ["Pernah terlambat"]);
    let told = once.all(".row .due");
    assert!(told.iter().any(|due| due.starts_with("✕ Tanggapan pertama: terlambat")), "{told:?}");
    assert!(!told.iter().any(|due| due.contains("sisa")), "{told:?}");
    let report = browser.get("/reports/monthly?month=2026-03").await;
    let overdue = |page: &Page| beside(page, ".sum th", ".sum td", "Sedang terlewat saat laporan dibuat");
    assert_eq!(overdue(&report), "1");
    let one = browser.get("/reports/monthly?month=2026-03&opd=disdik").await;
    assert_eq!(overdue(&one), "0");
}

// L8
#[actix_web::test]
async fn an_incident_that_was_solved_and_never_reported_is_overdue_until_it_is() {
    let cast = Cast::new().await;
    cast.admin.patch("/services/simpeg", json!({ "security_incident": true })).await.ok();
    let ticket = cast.requester.open("Halaman depan diganti orang").await;
    let secret = json!({ "classification": "secret", "service": "simpeg" });
    let secret = cast.requester.open_with(secret).await.created();
    cast.app.step(Duration::minutes(5));
    for solved in [&ticket, &secret] {
        cast.tier1.resolve(solved).await.ok();
    }
    let cast = cast.much_later(Duration::hours(25)).await;
    cast.app.tick().await;
    let browser = Browser::lebak(&cast.app, "koordinator").await;
    let figure = |page: &Page| beside(page, ".figures dt", ".figures dd", "Sedang terlewat");
    let page = browser.get(MONTH).await;
    assert_eq!(figure(&page), "2");
    let listed = browser.get(&page.attributes(".figures a[href*=sla]", "href")[0]).await;
    assert_eq!(listed.all(".row").len(), 2);
    let report = browser.get("/reports/monthly?month=2026-03").await;
    assert_eq!(beside(&report, ".sum th", ".sum td", "Sedang terlewat saat laporan dibuat"), "2");
    let theirs = Browser::lebak(&cast.app, "auditor").await.get(MONTH).await;
    assert_eq!(figure(&theirs), "1", "the auditor's figures hold no secret ticket");
    let words = json!({ "to": "Tim Tanggap Insiden Siber BSSN", "reference": "2026-03-03/1" });
    cast.tier1.act(&ticket, "report-incident", words).await.ok();
    assert_eq!(figure(&browser.get(MONTH).await), "1");
}

// L8
#[actix_web::test]
async fn what_was_waived_and_then_met_is_among_the_met_as_it_was_counted() {
    let cast = Cast::new().await;
    let ticket = cast.requester.open_with(json!({ "impact": "high", "urgency": "high" })).await.created();
    let place = format!("/tickets/{}/sla/waivers", id(&ticket));
    let wish = json!({ "metric": "resolution", "reason": "Listrik padam." });
    let asked = cast.tier1.post(&place, wish).await.created();
    cast.coordinator.post(&format!("{place}/{}/decision", id(&asked)), json!({ "granted": true })).await.ok();
    cast.app.step(Duration::minutes(9));
    cast.tier1.resolve(&ticket).await.ok();
    let browser = Browser::lebak(&cast.app, "koordinator").await;
    let page = browser.get(MONTH).await;
    let met: Vec<_> =
        figures(&page, "main").into_iter().filter(|(place, figure)| place.contains("did=met") && *figure > 0).collect();
    assert_eq!(met.len(), 1, "{met:?}");
    assert_eq!((met[0].1, browser.get(&met[0].0).await.all(".row").len()), (1, 1));
}

// L8
#[actix_web::test]
async fn what_needs_a_push_stands_before_the_figures_of_the_month() {
    let cast = monday().await;
    let browser = Browser::lebak(&cast.app, "koordinator").await;
    let page = browser.get(MONTH).await;
    let order = page.attributes("section > h2", "id");
    assert_eq!(order[..4], ["late", "soon", "uncovered", "now"]);
    let unfinished = page.attributes(".figures a[href='/tickets?status=open']", "href");
    assert_eq!(unfinished.len(), 1, "what is unfinished leads there");
    // Of another month nobody is told what is unfinished or overdue now beside its figures.
    let page = browser.get("/overview?month=2026-02").await;
    assert!(page.attributes(".figures a[href='/tickets?status=open']", "href").is_empty());
    assert!(!page.all("#groups ~ .wide th").contains(&"Sedang terlewat".to_owned()));
}

#[actix_web::test]
async fn every_drawing_has_a_title_and_a_table_and_no_style_of_its_own() {
    let cast = monday().await;
    let page = Browser::lebak(&cast.app, "koordinator").await.get(MONTH).await;
    assert_eq!(page.all("svg.chart[role=img][aria-label]").len(), 4);
    assert_eq!(page.all("section svg.chart").len(), page.all("section:has(svg.chart) details table").len());
    for inline in [" style=", "<style", "<script>"] {
        assert!(!page.html.contains(inline), "{inline}");
    }
}

// L8: sixty organisations, and one queue.
#[actix_web::test]
async fn the_queue_is_narrowed_to_an_organisation_a_service_and_a_priority_by_its_own_form() {
    let cast = monday().await;
    let chief = Browser::lebak(&cast.app, "koordinator").await;
    let page = chief.get("/tickets").await;
    let all = page.all(".row").len();
    assert!(all > 2 && page.all("details.more[open]").is_empty());
    let opds = page.all("#opd option");
    assert!(opds.contains(&"Dinas Kesehatan".to_owned()) && opds[1..].is_sorted_by_key(|name| name.to_lowercase()));
    let one = chief.get("/tickets?opd=disdik&service=&priority=").await;
    assert!((1..all).contains(&one.all(".row").len()));
    assert_eq!(one.attributes("#opd option[selected]", "value"), ["disdik"]);
    assert_eq!(one.all("details.more[open]").len(), 1);
    let none = chief.get("/tickets?opd=&service=&priority=p1").await;
    assert!(none.all(".row").is_empty() && none.first("[data-narrowed]").contains("P1 kritis"), "{}", none.words());
    // Whoever serves one organisation is not asked which, and a requester is asked nothing.
    let tier1 = Browser::lebak(&cast.app, "teknisi.dinkes").await.get("/tickets?opd=dinkes").await;
    assert_eq!((tier1.all("#opd").len(), tier1.all("#service").len()), (0, 1));
    assert_eq!(tier1.attributes("form[role=search] input[type=hidden]", "name"), ["opd"]);
    let clerk = Browser::lebak(&cast.app, "pegawai.dinkes").await.get("/tickets").await;
    assert!(clerk.all("details.more").is_empty());
}

#[actix_web::test]
async fn what_led_to_a_list_stays_with_its_form_and_nothing_else_is_taken_for_it() {
    let cast = monday().await;
    let browser = Browser::lebak(&cast.app, "koordinator").await;
    let page = browser.get("/tickets?status=all&did=opened&from=2026-03-02&to=2026-03-02&opd=dinkes").await;
    assert_eq!(page.all(".row").len(), 5);
    assert!(page.first("[data-narrowed]").contains("Dinas Kesehatan · dibuat"));
    let kept = page.attributes("form[role=search] input[type=hidden]", "name");
    assert_eq!(kept, ["did", "from", "to"]);
    assert_eq!(page.attributes("#opd option[selected]", "value"), ["dinkes"]);
    assert_eq!(browser.get("/tickets?status=all&did=opened&from=2026-03-03&to=2026-03-31").await.all(".row").len(), 0);
    for wrong in [
        "did=dreamt&from=2026-03-02&to=2026-03-02",
        "did=opened",
        "did=opened&from=x&to=y",
        "age=x",
        "age=5",
        "priority=p9",
        "sla=late",
        "tier=3",
        "who=all",
    ] {
        assert_eq!(browser.get(&format!("/tickets?{wrong}")).await.status, 404, "{wrong}");
    }
    for empty in ["age=4", "status=&tier=&sla=&who=&q=&sort=&age=&did="] {
        assert_eq!(browser.get(&format!("/tickets?{empty}")).await.status, 200, "{empty}");
    }
    // An organisation of another region and one that is not there list alike: nothing.
    let clerk = Browser::lebak(&cast.app, "pegawai.dinkes").await;
    for opd in ["disdik", "tidak-ada"] {
        assert_eq!(clerk.get(&format!("/tickets?opd={opd}")).await.all(".row").len(), 0);
    }
}

// L8
#[actix_web::test]
async fn what_is_listed_as_at_risk_looks_so_by_the_levels_of_its_agreement() {
    let before = |minutes| Level { percent: None, minutes_before: Some(minutes), ..Level::at(1, &[]) };
    // Of the four hours to the first answer 16 % are gone, or 83 %; one that lies before the beginning is none.
    for (first, minutes, is_near) in
        [(Level::at(5, &[]), 40, true), (Level::at(90, &[]), 200, false), (before(300), 40, false)]
    {
        let cast = Cast::new().await;
        let levels = vec![first.clone()];
        cast.app.agree(move |terms| terms.levels.clone_from(&levels)).await;
        cast.requester.open("SIMPEG mati").await;
        let cast = cast.much_later(Duration::minutes(minutes)).await;
        let listed = cast.coordinator.numbers("sla=at_risk").await;
        assert_eq!(listed.len(), usize::from(is_near), "{first:?}");
        let due = Browser::lebak(&cast.app, "koordinator").await.get("/tickets").await.first(".row .due");
        assert!(due.starts_with(if is_near { "◆" } else { "●" }), "{first:?}: {due}");
    }
}

// L8
#[actix_web::test]
async fn a_ticket_stands_among_those_at_risk_with_the_deadline_that_is_near() {
    let cast = Cast::new().await;
    let ticket = cast.requester.open_with(json!({ "impact": "high", "urgency": "high" })).await.created();
    cast.tier1.start(&ticket).await.ok();
    // Of four hours a little more than three are gone, and Tier 2 has a quarter of an hour from now.
    let cast = cast.much_later(Duration::minutes(190)).await;
    cast.tier1.escalate(&ticket).await.ok();
    let browser = Browser::lebak(&cast.app, "koordinator").await;
    let near = "◆ Penyelesaian: sisa 50 menit";
    for (place, rows, told) in [
        (MONTH, "section[aria-labelledby=soon] .due", near),
        ("/tickets?sla=at_risk", ".row .due", near),
        ("/tickets", ".row .due", "◆ sisa 15 menit"),
    ] {
        let due = browser.get(place).await.all(rows);
        assert!(due.len() == 1 && due[0].starts_with(told), "{place}: {due:?}");
    }
    assert!(browser.get("/tickets").await.all(".row.is-soon").len() == 1);
}

#[actix_web::test]
async fn the_days_behind_a_figure_are_told_in_words() {
    let cast = monday().await;
    let browser = Browser::lebak(&cast.app, "koordinator").await;
    let list = browser.get("/tickets?status=all&did=resolved&from=2026-03-01&to=2026-03-31").await;
    assert!(
        list.words().contains("1–31 Maret 2026") && !list.first("main").contains("2026-03-01 "),
        "{}",
        list.words()
    );
}

#[actix_web::test]
async fn the_monthly_report_of_a_month_that_goes_on_says_so_and_is_not_what_the_overview_leads_to() {
    let cast = monday().await;
    let browser = Browser::lebak(&cast.app, "koordinator").await;
    let way = async |place: &str| browser.get(place).await.attributes(".head a.button", "href").remove(0);
    assert_eq!(way("/overview").await, "/reports/monthly");
    assert_eq!(way("/overview?month=2026-02").await, "/reports/monthly?month=2026-02");
    let heading = async |place: &str| browser.get(place).await.all(".letter header p").remove(2);
    assert_eq!(heading("/reports/monthly").await, "Februari 2026");
    assert!(heading("/reports/monthly?month=2026-03").await.starts_with("Maret 2026, sampai "));
    assert_eq!(heading("/reports/monthly?month=2026-04").await, "April 2026, belum dimulai");
}
