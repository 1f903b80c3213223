//! The note that a security incident was reported (BSSN 1/2024, article 15), on the ticket's page.

use super::{Desk, reported};
use serde_json::json;

const WORDS: [(&str, &str); 2] = [("to", "Tim Tanggap Insiden Siber BSSN"), ("reference", " 2026-03-02/117")];

async fn of_a_security_service() -> Desk {
    let desk = Desk::new().await;
    desk.app.lebak("admin").await.patch("/services/simpeg", json!({ "security_incident": true })).await.ok();
    let page = reported(&desk.clerk, "Halaman depan diganti orang").await;
    Desk { place: page.place, ..desk }
}

#[actix_web::test]
async fn a_technician_notes_on_the_page_that_an_incident_was_reported_and_its_clock_stops() {
    let desk = of_a_security_service().await;
    let place = format!("{}/report-incident", desk.place);
    assert!(!desk.clerk.get(&desk.place).await.forms().contains(&place), "the desk's affair");
    // The note counts whatever happened to the ticket since the page was opened.
    let old = desk.tier1.get(&desk.place).await;
    desk.act(&desk.clerk, "comment", &[("body", "Masih begitu.")]).await;
    let page = desk.tier1.fill(&old, &place, &WORDS).await;
    assert_eq!(page.first("#done"), "Pelaporan insiden tercatat.", "{}", page.html);
    let history = page.all(".history li");
    let note = history.iter().find(|line| line.contains("mencatat pelaporan insiden")).unwrap();
    assert!(note.contains("2026-03-02/117"), "{note}");
    let told = desk.app.lebak("koordinator").await.get(&format!("{}/events", desk.place)).await.ok().to_string();
    assert!(told.contains("\" 2026-03-02/117\""), "as typed, as by REST: {told}");
    assert!(!page.forms().contains(&place), "it is reported once");
    desk.app.step(chrono::Duration::hours(25));
    let clocks = desk.tier1.get(&desk.place).await.all(".clock");
    let report = clocks.iter().find(|clock| clock.contains("insiden")).unwrap();
    assert!(report.contains("✓"), "{report}");
    let twice = desk.tier1.fill(&old, &place, &[("to", "BSSN"), ("reference", "2"), ("once", "")]).await;
    assert_eq!(twice.status, 409);
}

#[actix_web::test]
async fn a_report_says_to_whom_and_when_and_an_ordinary_ticket_owes_none() {
    let desk = of_a_security_service().await;
    let page = desk.act(&desk.tier1, "report-incident", &[("to", "BSSN"), ("reference", " ")]).await;
    assert_eq!((page.status, page.attributes("#report-incident-to", "value")), (422, vec!["BSSN".to_owned()]));
    assert_eq!(page.all("#report-incident-reference-fault").len(), 1);
    assert_eq!(page.attributes("details[open]", "data-key"), ["report-incident"]);
    let ordinary = desk.clerk.get("/report?service=jaringan-lokal").await;
    let fields = [("subject", "Jaringan lambat"), ("description", "Sejak pagi.")];
    let ordinary = desk.clerk.fill_with_file(&ordinary, "/report", &fields, ("", "")).await;
    assert!(desk.tier1.get(ordinary.ticket()).await.elements("[data-key=report-incident]").is_empty());
}
