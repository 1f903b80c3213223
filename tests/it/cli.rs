//! The command as whoever types it sees it: one line that says what to do, and an exit code that is not 0.

use sigap::error::Error;
use sigap::{cli, say};
use std::fs::File;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Output, Stdio};

fn sigap(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sigap"));
    command.args(arguments).env_clear().env("SIGAP_DATA_DIR", folder).env("SIGAP_BIND", "127.0.0.1:0");
    command
}

/// The one line of a command that failed.
fn line(done: &Output) -> String {
    let told = String::from_utf8_lossy(&done.stderr).into_owned();
    assert_eq!((done.status.code(), told.lines().count()), (Some(1), 1), "{told}");
    assert!(told.starts_with("sigap: "), "{told}");
    told
}

#[test]
fn output_that_can_not_be_written_is_a_failure_and_a_reader_that_has_gone_is_none() {
    let folder = tempfile::tempdir().unwrap();
    for arguments in [&["openapi"][..], &["migrate"]] {
        let full = File::create("/dev/full").unwrap();
        let done = sigap(folder.path(), arguments).stdout(full).output().unwrap();
        assert!(line(&done).starts_with("sigap: standard output: "), "{}", line(&done));
    }
    // The document is longer than a pipe holds, so that it is still being written when its reader goes.
    let mut child = sigap(folder.path(), &["openapi"]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let done = child.wait_with_output().unwrap();
    assert!(done.status.success() && done.stderr.is_empty(), "{}", String::from_utf8_lossy(&done.stderr));
}

#[test]
fn what_stands_in_the_way_of_a_start_is_told_with_its_setting_and_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let held = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = held.local_addr().unwrap().to_string();
    let told = line(&sigap(folder.path(), &["serve"]).env("SIGAP_BIND", &address).output().unwrap());
    assert!(told.contains("SIGAP_BIND") && told.contains("another program holds it"), "{told}");
    let told = line(&sigap(Path::new("/etc/passwd"), &["migrate"]).output().unwrap());
    assert!(told.contains("/etc/passwd") && told.contains("SIGAP_DATA_DIR"), "{told}");
    let told = line(&sigap(folder.path(), &["--config", "/nowhere/sigap.toml", "user", "list"]).output().unwrap());
    assert!(told.contains("/nowhere/sigap.toml") && told.contains("--config"), "{told}");
    let told =
        line(&sigap(folder.path(), &["user", "list"]).env("SIGAP_DATABASE_URL", "postgres://").output().unwrap());
    assert!(told.contains("SIGAP_DATABASE_URL: name a host"), "{told}");
}

#[test]
fn a_command_that_is_not_whole_is_told_what_it_lacks_on_one_line() {
    let folder = tempfile::tempdir().unwrap();
    for (arguments, beginning, named) in [
        (&[][..], "sigap: name one of ", "serve"),
        (&["user"], "sigap user: name one of ", "password-link"),
        (&["audit"], "sigap audit: name one of ", "verify"),
        (&["seed", "--tickets", "0"], "sigap: ", "--tickets"),
    ] {
        let done = sigap(folder.path(), arguments).output().unwrap();
        let told = String::from_utf8_lossy(&done.stderr).into_owned();
        assert_eq!((done.status.code(), told.lines().count()), (Some(2), 1), "{told}");
        assert!(told.starts_with(beginning) && told.contains(named) && done.stdout.is_empty(), "{told}");
    }
}

#[test]
fn a_verifier_that_can_not_look_says_why_where_every_command_does() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("sigap.toml");
    std::fs::write(&file, "[mail]\nsmtp_url = \"smtps://desk:rahasia@mail\n").unwrap();
    let verify = &["--config", file.to_str().unwrap(), "audit", "verify"][..];
    for (arguments, url, named) in [
        (verify, "", "setting mail.smtp_url: "),
        (&["audit", "verify"], "postgres://127.0.0.1:1/sigap", "SIGAP_DATABASE_URL"),
        (&["audit", "verify", "--bundle", "/nowhere/b.jsonl"], "", "/nowhere/b.jsonl"),
    ] {
        let done = sigap(folder.path(), arguments).env("SIGAP_DATABASE_URL", url).output().unwrap();
        let told = String::from_utf8_lossy(&done.stderr).into_owned();
        assert_eq!((done.status.code(), told.lines().count()), (Some(2), 1), "{told}");
        assert!(told.starts_with("sigap: ") && told.contains(named) && !told.contains("rahasia"), "{told}");
        assert!(done.stdout.is_empty(), "{}", String::from_utf8_lossy(&done.stdout));
    }
    let told = String::from_utf8_lossy(&sigap(folder.path(), verify).output().unwrap().stderr).into_owned();
    assert!(told.contains(file.to_str().unwrap()), "{told}");
}

#[test]
fn what_a_rule_refuses_is_told_by_its_field_and_its_sentence() {
    let told = cli::told(&Error::invalid("/email", say!("field.taken")));
    assert!(told.starts_with("/email: ") && !told.contains("FieldError") && !told.contains("field.taken"), "{told}");
    let told = cli::told(&Error::Conflict(say!("grant.exists")));
    assert!(!told.contains("Say") && !told.contains("grant.exists"), "{told}");
}
