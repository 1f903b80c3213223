//! Without a mail server each mail is a file.

use super::post::{Got, run};
use crate::support::TestApp;
use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;

#[actix_web::test]
async fn each_mail_is_one_whole_file_named_by_time_and_id() {
    let app = TestApp::new().await;
    app.lebak("pegawai.dinkes").await.open("SIMPEG mati").await;
    run(&app).await;
    run(&app).await;
    let folder = app.database.folder.path().join("mail");
    let mut files = BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        // It may hold a one-time link.
        assert_eq!(
            std::fs::metadata(&path).unwrap().permissions().mode() & 0o077,
            0,
            "others may read {}",
            path.display()
        );
        files.insert(path.file_name().unwrap().to_str().unwrap().to_owned(), std::fs::read(path).unwrap());
    }
    let rows = app.lebak("admin").await.items("/mails?state=sent").await;
    let mut expected: Vec<String> =
        rows.iter().map(|r| format!("20260302T010000.000000Z-{}.eml", r["id"].as_str().unwrap())).collect();
    expected.sort();
    assert_eq!(files.keys().cloned().collect::<Vec<_>>(), expected);
    for bytes in files.values() {
        assert!(Got::parse("", "", bytes).subject.starts_with("[LBK-2026-000001] "));
    }
}

#[actix_web::test]
async fn a_mail_that_became_a_file_is_removed_as_old_as_what_came_in_and_other_files_stay() {
    let app = TestApp::with("[inbox]\nkeep_days = 30").await;
    let folder = app.database.folder.path().join("mail");
    let names = || {
        let entries =
            std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        entries.collect::<std::collections::BTreeSet<String>>()
    };
    let upkeep = async || sigap::worker::upkeep::run(&app.app).await.unwrap();
    upkeep().await;
    let clerk = app.lebak("pegawai.dinkes").await;
    clerk.open("SIMPEG mati").await;
    run(&app).await;
    let old = names();
    assert!(!old.is_empty());
    let beside = ["catatan.txt", "20200101T000000.000000Z-salinan.eml"];
    for name in beside {
        std::fs::write(folder.join(name), "").unwrap();
    }
    // What a write that was cut off has left.
    let name = old.first().unwrap().trim_end_matches(".eml");
    std::fs::write(folder.join(format!(".{name}.tmp")), "").unwrap();
    app.step(chrono::Duration::days(29));
    app.lebak("pegawai.dinkes").await.open("Printer mati").await;
    run(&app).await;
    upkeep().await;
    assert!(names().is_superset(&old));
    let young: Vec<String> = names().into_iter().filter(|name| name.starts_with("20260331")).collect();
    assert!(!young.is_empty());
    app.step(chrono::Duration::days(2));
    upkeep().await;
    let expected: std::collections::BTreeSet<String> = young.into_iter().chain(beside.map(str::to_owned)).collect();
    assert_eq!(names(), expected);
}
