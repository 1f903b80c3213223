//! The program as an operator runs it: from another folder, as another user, beside an older database.

use crate::audit::{head, look, settle};
use crate::support::TestApp;
use crate::support::db::Database;
use diesel::prelude::*;
use sigap::audit::checkpoint::Note;
use sigap::audit::sequence::PLATFORM;
use sigap::audit::store;
use sigap::db::migrate::pending;
use sigap::db::schema::{audit_entries as entries, people};
use sigap::on;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Runs a command on the database of `app`, with this data directory.
fn run(app: &TestApp, data: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sigap"));
    command.env_clear().env("SIGAP_DATABASE_URL", &app.database.url).env("SIGAP_DATA_DIR", data);
    command.args(args).output().unwrap()
}

/// Runs a command on the database of `app`, in the service's data directory.
pub fn here(app: &TestApp, args: &[&str]) -> Output {
    run(app, &app.app.config.data_dir, args)
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// What a command said that failed.
pub fn refused(output: &Output) -> String {
    assert!(!output.status.success(), "{}", said(output));
    said(output)
}

/// What a command said that did not fail.
pub fn done(output: &Output) -> String {
    assert!(output.status.success(), "{}", said(output));
    said(output)
}

// R15: a key that a command makes beside a database whose log others have signed could never be told from a forger's.
#[actix_web::test]
async fn a_command_in_another_folder_signs_nothing_makes_no_key_and_says_where_the_keys_are_looked_for() {
    let app = TestApp::new().await;
    settle(&app).await;
    let place = tempfile::tempdir().unwrap();
    let (elsewhere, file) = (place.path().join("data"), place.path().join("x.tar.zst").display().to_string());
    for args in [
        &["backup", file.as_str()][..],
        &["audit", "key", "--region", "lebak"],
        &["audit", "export", "--region", "lebak"],
    ] {
        let told = refused(&run(&app, &elsewhere, args));
        assert!(told.contains("SIGAP_DATA_DIR") && told.contains("are not in"), "{args:?}: {told}");
        assert!(!elsewhere.exists(), "{args:?} has made a folder");
    }
    assert!(!Path::new(&file).exists());
    let told = refused(&run(&app, &elsewhere, &["audit", "rotate-key", "--region", "lebak"]));
    assert!(told.contains("SIGAP_DATA_DIR"), "{told}");
    assert!(!elsewhere.join("keys/audit").exists());
    for log in [app.region("lebak").await, app.region("blora").await] {
        let found = look(&app, log).await;
        assert_eq!(found.code(), 0, "{found:?}");
    }
    // Where the keys are, the same commands go on.
    for args in [&["audit", "rotate-key", "--region", "lebak"][..], &["audit", "key", "--region", "lebak"]] {
        done(&here(&app, args));
    }
    assert_eq!(look(&app, app.region("lebak").await).await.code(), 0);
}

// The service beside it may be an older program.
#[actix_web::test]
async fn a_command_that_only_looks_leaves_an_older_database_as_it_is() {
    let app = TestApp::new().await;
    app.lacks_a_migration().await;
    for args in [
        &["user", "list"][..],
        &["sla", "recompute", "--check"],
        &["mail", "check", "--region", "lebak"],
        &["audit", "key", "--region", "lebak"],
        &["audit", "export", "--region", "lebak"],
        &["audit", "verify"],
        &["doctor"],
    ] {
        let told = refused(&here(&app, args));
        assert!(told.contains("sigap migrate"), "{args:?}: {told}");
        let left = app.look(pending).await;
        assert_eq!(left.len(), 1, "{args:?} has migrated the database");
    }
}

// As root a command would leave files that the service can't read.
#[actix_web::test]
async fn a_command_of_another_user_than_the_folder_s_is_refused_with_the_line_to_type() {
    let app = TestApp::new().await;
    let data = app.app.config.data_dir.clone();
    let ours = std::os::unix::fs::MetadataExt::uid(&fs::metadata(&data).unwrap());
    // Only root may give a folder away; who else runs the tests has seen the rest of them.
    if std::os::unix::fs::chown(&data, Some(54_321), None).is_err() {
        return;
    }
    for args in
        [&["user", "list"][..], &["user", "rotate-keys"], &["doctor"], &["serve"], &["backup", "x"], &["restore", "x"]]
    {
        let told = refused(&here(&app, args));
        assert!(told.contains("sudo -u '#54321' sigap"), "{args:?}: {told}");
    }
    std::os::unix::fs::chown(&data, Some(ours), None).unwrap();
    done(&here(&app, &["user", "list"]));
    assert_eq!(fs::read_dir(data.join("keys/jwt")).unwrap().count(), 1);
}

#[test]
fn a_command_that_changes_a_service_makes_none_in_a_wrong_place() {
    let database = Database::empty();
    let elsewhere = database.folder.path().join("salah");
    let entry = "01939d3a-0000-7000-8000-000000000000";
    for args in [
        &["user", "password-link", "koordinator@lebakkab.go.id"][..],
        &["user", "reset-second-factor", "koordinator@lebakkab.go.id"],
        &["user", "rotate-keys"],
        &["user", "list"],
        &["restore", "--release"],
        &["sla", "recompute"],
        &["audit", "rotate-key", "--region", "lebak"],
        &["audit", "erase", entry, "--reason", "salah tulis"],
    ] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sigap"));
        command.env_clear().env("SIGAP_DATABASE_URL", &database.url).env("SIGAP_DATA_DIR", &elsewhere);
        let told = refused(&command.args(args).output().unwrap());
        assert!(told.contains("SIGAP_DATABASE_URL") && told.contains("--config"), "{args:?}: {told}");
        assert!(!elsewhere.exists(), "{args:?} has made a folder");
        assert!(sigap::db::snapshot::is_empty(&database.url).unwrap(), "{args:?} has made a database");
    }
}

#[actix_web::test]
async fn keys_are_not_made_anew_where_there_is_none() {
    let app = TestApp::new().await;
    let place = tempfile::tempdir().unwrap();
    let elsewhere = place.path().join("data");
    let told = refused(&run(&app, &elsewhere, &["user", "rotate-keys"]));
    assert!(told.contains("no key is there; set SIGAP_DATA_DIR"), "{told}");
    assert!(!elsewhere.exists());
    done(&run(&app, &elsewhere, &["user", "password-link", "koordinator@lebakkab.go.id"]));
    assert!(!elsewhere.exists(), "a link needs no key");
}

#[actix_web::test]
async fn a_region_is_named_by_code_or_prefix_and_whoever_names_none_is_told_which_there_are() {
    let app = TestApp::new().await;
    settle(&app).await;
    for name in ["LBK", "lebak"] {
        done(&here(&app, &["audit", "key", "--region", name]));
        assert!(said(&here(&app, &["mail", "check", "--region", name])).contains("_dmarc.lebakkab.go.id"), "{name}");
    }
    let told = refused(&here(&app, &["audit", "export", "--region", "zz"]));
    assert!(told.contains("write one of blora, lebak, purbalingga, temanggung, platform"), "{told}");
    let told = refused(&here(&app, &["mail", "check", "--region", "zz"]));
    assert!(told.trim_end().ends_with("write one of blora, lebak, purbalingga, temanggung"), "{told}");
}

#[actix_web::test]
async fn whatever_stands_in_the_way_of_a_command_is_one_line_with_what_to_do() {
    let app = TestApp::new().await;
    settle(&app).await;
    let place = tempfile::tempdir().unwrap();
    let at = |name: &str| place.path().join(name).display().to_string();
    done(&here(&app, &["backup", &at("b1")]));
    let bytes = fs::read(at("b1")).unwrap();
    fs::write(at("cut"), &bytes[..bytes.len() / 2]).unwrap();
    for (data, args, way) in [
        ("new", &["restore", &at("nope")][..], "no such file; name one that `sigap backup` made"),
        ("new", &["restore", &at("cut")], "fetch another copy, or take an older backup"),
        ("", &["backup", &at("b1")], "exists already; a backup is never written over another file: name another"),
        ("", &["audit", "export", "--into", "/proc/x"], "name a folder by --into that can be written"),
        ("", &["audit", "erase", "01939d3a-0000-7000-8000-000000000000", "--reason", "x"], "GET /audit/entries"),
    ] {
        let data = if data.is_empty() { app.app.config.data_dir.clone() } else { place.path().join(data) };
        let told = refused(&run(&app, &data, args));
        assert!(told.contains(way) && told.lines().count() == 1, "{args:?}: {told}");
    }
}

#[actix_web::test]
async fn everybody_is_listed_in_columns() {
    let app = TestApp::new().await;
    let told = done(&here(&app, &["user", "list"]));
    assert!(told.lines().count() > 40, "{told}");
    assert!(told.lines().all(|line| line.as_bytes()[12] == b' ' && line.as_bytes()[13] != b' '), "{told}");
}

#[test]
fn where_postgresql_is_down_the_doctor_says_so_in_one_line_and_still_looks_at_keys_disks_and_backups() {
    let place = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_sigap"));
    // Nothing listens on port 1, at either of the two addresses of the name.
    command.env_clear().env("SIGAP_DATABASE_URL", "postgres://u:x@localhost:1/x").env("SIGAP_DATA_DIR", place.path());
    let output = command.arg("doctor").output().unwrap();
    let told = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(2), "{told}");
    let is_finding = |line: &str| ["PERBAIKI ", "PERIKSA ", "BAIK "].iter().any(|mark| line.starts_with(mark));
    assert!(told.lines().all(is_finding), "{told}");
    for what in ["start", "keys", "disk", "backup"] {
        let found = told.lines().filter(|line| line.split_whitespace().nth(1) == Some(what)).count();
        assert!(found >= 1 && (what != "start" || found == 1), "{what}: {told}");
    }
}

/// Every file and folder below this one.
fn all_below(place: &Path) -> Vec<PathBuf> {
    let mut all = vec![place.to_owned()];
    if place.is_dir() {
        all.extend(fs::read_dir(place).unwrap().flat_map(|entry| all_below(&entry.unwrap().path())));
    }
    all
}

#[test]
fn whatever_the_program_makes_is_read_by_nobody_else_on_the_machine() {
    let place = tempfile::tempdir().unwrap();
    let data = place.path().join("data");
    let mut command = Command::new(env!("CARGO_BIN_EXE_sigap"));
    done(&command.env_clear().env("SIGAP_DATA_DIR", &data).arg("migrate").output().unwrap());
    let all = all_below(&data);
    assert!(all.contains(&data.join("sigap.db")) && all.contains(&data.join("attachments")), "{all:?}");
    for path in all {
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{}: {mode:o}", path.display());
    }
}

// P8
#[actix_web::test]
async fn an_export_is_never_written_over_another_and_says_what_stands_in_its_way_before_it_begins() {
    let app = TestApp::new().await;
    settle(&app).await;
    let place = tempfile::tempdir().unwrap();
    let into = place.path().join("ex").display().to_string();
    done(&here(&app, &["audit", "export", "--into", &into]));
    let kept = |folder: &str| -> Vec<(PathBuf, Vec<u8>)> {
        let mut all: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        all.sort();
        all.into_iter().map(|path| (path.clone(), fs::read(path).unwrap())).collect()
    };
    let first = kept(&into);
    assert_eq!(first.len(), 5, "four regions and the platform, and nothing beside them");
    assert!(first.iter().all(|(path, bytes)| path.extension().unwrap() == "jsonl" && !bytes.is_empty()));
    for args in [&["audit", "export", "--into", &into][..], &["audit", "export", "--from", "600", "--into", &into]] {
        let told = refused(&here(&app, args));
        assert!(told.contains("never written over another file"), "{told}");
        assert_eq!(kept(&into), first);
    }
    let other = place.path().join("lain").display().to_string();
    let before = head(&app, PLATFORM).await.size;
    let told = refused(&here(&app, &["audit", "export", "--from", "600000", "--into", &other]));
    assert!(told.contains("--from 600000") && told.contains("nothing was exported"), "{told}");
    assert!(!Path::new(&other).exists());
    assert_eq!(head(&app, PLATFORM).await.size, before, "and nothing is noted of what was not taken");
}

// P8: who took what, whichever door it left by.
#[actix_web::test]
async fn an_export_by_command_is_noted_with_from_where_to_where_it_goes() {
    let app = TestApp::new().await;
    settle(&app).await;
    let lebak = app.region("lebak").await;
    let kept = app.within(move |tx| Ok(store::newest(tx, lebak)?.unwrap())).await;
    let (from, known) = (kept.size.to_string(), [Note::parse(&kept.note).unwrap()]);
    let output = here(&app, &["audit", "export", "--region", "LBK", "--from", &from]);
    done(&output);
    let (_, found) =
        sigap::audit::verify::bundle(&output.stdout[..], &crate::audit::keys(&app, lebak), &known).unwrap();
    assert_eq!((found.code(), found.unsigned), (0, 0), "{found:?}");
    let size = head(&app, lebak).await.size;
    let detail: String = app
        .within(move |tx| {
            Ok(on!(tx.conn(), |c| entries::table
                .filter(entries::action.eq("audit.export").and(entries::region_id.eq(Some(lebak))))
                .select(entries::detail)
                .first(c))?)
        })
        .await;
    let detail: serde_json::Value = serde_json::from_str(&detail).unwrap();
    assert_eq!(detail, serde_json::json!({ "from": kept.size, "to": size }));
    let newest = app.within(move |tx| Ok(store::newest(tx, lebak)?.unwrap())).await;
    assert_eq!(newest.size, size);
}

// P8
#[actix_web::test]
async fn a_bundle_is_checked_with_all_that_the_command_printed_and_what_the_mail_brought() {
    let app = TestApp::new().await;
    settle(&app).await;
    let lebak = app.region("lebak").await;
    done(&here(&app, &["audit", "rotate-key", "--region", "lebak"]));
    let keys = String::from_utf8(here(&app, &["audit", "key", "--region", "lebak"]).stdout).unwrap();
    let place = tempfile::tempdir().unwrap();
    let (bundle, kept) = (place.path().join("b.jsonl"), place.path().join("k.txt"));
    fs::write(&bundle, here(&app, &["audit", "export", "--region", "lebak"]).stdout).unwrap();
    let note = app.within(move |tx| Ok(store::newest(tx, lebak)?.unwrap())).await.note;
    fs::write(&kept, note.trim_end().replace('\n', "\r\n")).unwrap();
    let verify = |key: &str| {
        let (bundle, kept) = (bundle.to_str().unwrap(), kept.to_str().unwrap());
        here(&app, &["audit", "verify", "--bundle", bundle, "--key", key, "--known", kept])
    };
    assert!(keys.lines().count() == 2 && done(&verify(&keys)).starts_with("SOUND"));
    let newer = verify(keys.lines().next_back().unwrap());
    assert_eq!(newer.status.code(), Some(2), "{}", said(&newer));
    assert!(
        said(&newer).contains("INCOMPLETE") && said(&newer).contains("a key that was not given"),
        "{}",
        said(&newer)
    );
}

// P4: where the last operator was deactivated, whoever has the machine lets him in again.
#[actix_web::test]
async fn an_operator_who_was_deactivated_is_let_in_again_by_command() {
    let app = TestApp::new().await;
    let address = "operator@sigap.example";
    let operator = app.person(address).await;
    app.within(move |tx| {
        let left = people::table.filter(people::id.eq(operator));
        Ok(on!(tx.conn(), |c| diesel::update(left).set(people::active.eq(false)).execute(c))?)
    })
    .await;
    let told = refused(&here(&app, &["user", "password-link", address]));
    assert!(told.contains("sigap user activate"), "{told}");
    let told = refused(&here(&app, &["user", "activate", "siapa@sigap.example"]));
    assert!(told.contains("nobody who was deactivated"), "{told}");
    done(&here(&app, &["user", "activate", "Operator@sigap.example"]));
    refused(&here(&app, &["user", "activate", address]));
    app.sign_in(address).await.get("/regions").await.ok();
    let acts: i64 = app
        .within(move |tx| {
            let of = entries::table.filter(entries::object_id.eq(Some(operator)));
            Ok(on!(tx.conn(), |c| of.filter(entries::action.eq("person.change")).count().get_result(c))?)
        })
        .await;
    assert_eq!(acts, 1, "and it stands in the log");
}

#[actix_web::test]
async fn whoever_asks_for_a_language_that_there_is_not_is_told_which_there_are() {
    let app = TestApp::new().await;
    let told = refused(&here(&app, &["doctor", "--language", "xx"]));
    assert!(told.contains("xx") && told.contains("id") && told.contains("en"), "{told}");
}
