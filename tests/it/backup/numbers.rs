//! No number of a ticket is given twice, whatever was opened after the backup.

use super::{backed_up, empty, put_back};
use crate::audit::settle;
use crate::support::app::settings;
use crate::support::{Cast, TestApp};
use chrono::Duration;
use serde_json::Value;
use sigap::backup::restore::{Held, Source, release, restore};
use sigap::ticket::open;
use std::rc::Rc;

/// The place of a number in its year.
fn place(number: &str) -> i64 {
    assert!(number.starts_with("LBK-2026-"), "{number}");
    number[9..].parse().unwrap()
}

fn of(ticket: &Value) -> i64 {
    place(ticket["number"].as_str().unwrap())
}

/// That of Lebak.
fn lebak(numbers: &[String]) -> i64 {
    place(numbers.iter().find(|number| number.starts_with("LBK-")).unwrap())
}

// L13, R16
#[actix_web::test]
async fn a_number_that_was_given_after_the_backup_is_given_to_nobody_else_after_a_restore() {
    let cast = Cast::new().await;
    let before = of(&cast.requester.open("Sebelum").await);
    let (there, folder) = empty();
    let file = backed_up(&cast.app, folder.path()).await;
    let lost = of(&cast.requester.open("Sesudah").await);
    cast.app.step(Duration::hours(3));
    let restored = put_back(&cast.app, &file, &there).await.unwrap();
    let told = lebak(&restored.numbers);
    assert!(told > lost && told >= before + 100 && told % 100 == 1, "{told}");
    let again = Cast::on(TestApp::on_database(Rc::clone(&there), cast.app.clock.clone()).await).await;
    assert_eq!(of(&again.requester.open("Dalam karantina").await), told);
    // The other installation is worked with until the copy takes its place.
    again.app.step(Duration::days(1));
    let released = release(&again.app.app, Some(Held::Drop)).await.unwrap();
    let next = lebak(&released.numbers);
    assert!(next >= told + 100, "{next}");
    let requester = again.app.lebak("pegawai.dinkes").await;
    assert_eq!(of(&requester.open("Setelah pemulihan").await), next);
    let auditor = again.app.lebak("auditor").await;
    let entry = auditor.items("/audit/entries?action=audit.epoch").await.remove(0);
    assert_eq!(entry["detail"]["next_number"].as_str().map(place), Some(told), "{entry}");
}

// L13
#[actix_web::test]
async fn a_newer_audit_log_tells_how_far_numbers_were_given() {
    let cast = Cast::new().await;
    let (there, folder) = empty();
    let file = backed_up(&cast.app, folder.path()).await;
    let region = cast.app.region("lebak").await;
    let year = 2026;
    // A week of a busy desk.
    cast.app.within(move |tx| open::reserve(tx, region, year, 700)).await;
    let named = of(&cast.requester.open("Hari ketujuh").await);
    assert!(named > 700);
    settle(&cast.app).await;
    let bundle = folder.path().join("bundel");
    std::fs::write(&bundle, cast.auditor.get("/audit/bundle").await.text).unwrap();
    let newer = [bundle];
    let from = Source { newer: &newer, ..Source::plain(&file) };
    let config = settings(&there.url, there.folder.path(), "");
    let restored = restore(config, cast.app.clock.clone(), from).await.unwrap();
    assert!(lebak(&restored.numbers) > named + 100, "{:?}", restored.numbers);
}
