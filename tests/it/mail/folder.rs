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
