//! Bundles for outsiders; and the verifier in Python, which must say of each the same as ours.

use super::tamper::{Dice, slip_in, times};
use super::{head, keys, lived, settle};
use crate::support::desk::text;
use crate::support::{Cast, Client, TestApp};
use serde_json::{Value, json};
use sigap::app::ledger;
use sigap::audit::checkpoint::{Note, parse_public, public};
use sigap::audit::verify::Finding;
use sigap::audit::{self, Object};
use sigap::audit::{inspect, sequence, store, verify};
use sigap::db::Id;
use std::path::Path;
use std::process::Command;

/// What ours says: 0, 1 or 2.
fn ours(text: &[u8], keys: &[ed25519_dalek::VerifyingKey], known: &[Note]) -> u8 {
    verify::bundle(text, keys, known).map_or(2, |(_, found)| found.code())
}

/// What the one in Python says of every file.
fn theirs(files: &[String], key: &str, known: &str) -> Vec<u8> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/audit-verify.py");
    let folder = Path::new(&files[0]).parent().unwrap();
    let list = folder.join("list");
    std::fs::write(&list, files.join("\n")).unwrap();
    let program = "import importlib.util, sys, io, contextlib\n\
         spec = importlib.util.spec_from_file_location('v', sys.argv[1]); v = importlib.util.module_from_spec(spec)\n\
         spec.loader.exec_module(v)\n\
         for name in open(sys.argv[2]).read().split('\\n'):\n    \
             with contextlib.redirect_stdout(io.StringIO()): code = v.check([name], [sys.argv[3]], [sys.argv[4]])\n    \
             print(code)\n";
    let run = Command::new("python3").args(["-c", program, script, list.to_str().unwrap(), key, known]).output();
    let run = run.expect("python3 is needed for this test");
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    String::from_utf8(run.stdout).unwrap().lines().map(|line| line.parse().unwrap()).collect()
}

/// Changes a bundle as somebody might who passes it on.
fn changed(text: &str, dice: &mut Dice) -> Vec<u8> {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let count = lines.len();
    let first = lines.iter().position(|line| line.starts_with("{\"i\"")).unwrap();
    let entry = first + dice.roll(count - first);
    match dice.roll(6) {
        0 => drop(lines.remove(entry)),
        1 => lines.swap(entry, first),
        2 => lines.truncate(entry),
        3 => lines.insert(entry, lines[first].clone()),
        4 => drop(lines.remove(1 + dice.roll(first - 1))),
        _ => {
            let mut bytes = text.as_bytes().to_vec();
            let at = dice.roll(bytes.len());
            bytes[at] ^= 1 << dice.roll(7);
            return bytes;
        }
    }
    (lines.join("\n") + "\n").into_bytes()
}

// L13, P8: "the audit log answers an auditor's questions without access to the rest"
#[actix_web::test]
async fn the_verifier_in_python_says_of_every_bundle_what_ours_says() {
    let cast = lived().await;
    let (app, lebak) = (&cast.app, cast.app.region("lebak").await);
    let (tell, told) = std::sync::mpsc::channel();
    app.look(move |conn| {
        let conn = match conn {
            sigap::db::Conn::Pg(c) => sigap::db::Conn::Pg(c),
            sigap::db::Conn::Sqlite(c) => sigap::db::Conn::Sqlite(c),
        };
        let now = sigap::db::Ts::new(chrono::DateTime::UNIX_EPOCH);
        let mut tx =
            sigap::access::Tx::new(conn, sigap::access::Actor::anonymous(), now, sigap::access::Origin::default());
        let head = sequence::head(&mut tx, lebak)?.unwrap();
        let mut text = Vec::new();
        inspect::export(&mut tx, &head, 0, inspect::as_it_is, &mut text)?;
        let mut part = Vec::new();
        let kept = store::checkpoints(&mut tx, lebak)?[1].clone();
        inspect::export(&mut tx, &head, kept.size, inspect::as_it_is, &mut part)?;
        let texts = [text, part].map(|bytes| String::from_utf8(bytes).unwrap());
        tell.send((head, kept.note, texts)).unwrap();
        Ok(())
    })
    .await;
    let (head, kept, [text, part]) = told.recv().unwrap();
    let keys = keys(app, lebak);
    let last = text.lines().rfind(|line| line.starts_with("{\"checkpoint\"")).unwrap();
    let note: Value = serde_json::from_str(last).unwrap();
    let note = note["checkpoint"].as_str().unwrap();
    // Whoever asks for what is new keeps the checkpoint from which on he asks, and the newest.
    let known = [Note::parse(note).unwrap()];
    let before = [Note::parse(&kept).unwrap()];
    assert!(part.len() < text.len());
    assert_eq!(ours(part.as_bytes(), &keys, &before), 0);
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str| folder.path().join(name).display().to_string();
    std::fs::write(place("known"), note).unwrap();

    let (mut files, mut said, mut dice) = (Vec::new(), Vec::new(), Dice(20_261_124));
    for n in 0..=times(50) {
        // Every third one is the end of the log.
        let text = if n % 3 == 1 { &part } else { &text };
        let bytes = if n < 2 { text.clone().into_bytes() } else { changed(text, &mut dice) };
        if n > 1 && bytes == text.as_bytes() {
            continue;
        }
        std::fs::write(place(&n.to_string()), &bytes).unwrap();
        files.push(place(&n.to_string()));
        said.push(ours(&bytes, &keys, &known));
    }
    assert_eq!(said[..2], [0, 0]);
    let sound = said.iter().skip(2).filter(|code| **code == 0).count();
    // Of what no entry and no root depends on, a checkpoint may be left out: the kept one covers the rest.
    assert!(sound * 4 < said.len(), "{said:?}");
    assert_eq!(theirs(&files, &public(&head.origin, &keys[0]), &place("known")), said);
    assert_eq!(ours(text.as_bytes(), &[], &known), 2, "without a key nothing is proven");
}

/// A log up to this entry, as its operator exports it.
async fn exported(app: &TestApp, log: Id, size: i64) -> String {
    let part = sequence::Head { size, ..head(app, log).await };
    let bytes = app
        .within(move |tx| {
            let mut bytes = Vec::new();
            inspect::export(tx, &part, 0, inspect::as_it_is, &mut bytes)?;
            Ok(bytes)
        })
        .await;
    String::from_utf8(bytes).unwrap()
}

/// What both say of a bundle; they must agree.
pub fn both(folder: &Path, bundle: &str, keys: &[String], known: &str) -> (Finding, u8) {
    let (file, kept) = (folder.join("bundle").display().to_string(), folder.join("known").display().to_string());
    std::fs::write(&file, bundle).unwrap();
    std::fs::write(&kept, known).unwrap();
    let given: Vec<_> = keys.iter().map(|key| parse_public(key).unwrap()).collect();
    let (_, found) = verify::bundle(bundle.as_bytes(), &given, &[Note::kept(known).unwrap()]).unwrap();
    let code = theirs(&[file], &keys.join("\n"), &kept)[0];
    assert_eq!(found.code(), code, "{found:?}");
    (found, code)
}

#[actix_web::test]
async fn a_tail_that_nobody_signed_and_a_key_that_was_not_given_are_told_by_both_as_incomplete() {
    let cast = lived().await;
    let (app, lebak) = (&cast.app, cast.app.region("lebak").await);
    app.step(chrono::Duration::minutes(1));
    app.app.signer.rotate(lebak, app.clock.now()).unwrap();
    let object = Object { kind: "audit", id: None, region: Some(lebak) };
    let add = move |tx: &mut sigap::access::Tx<'_>| audit::append(tx, "audit.key", object, json!({}));
    app.within(add).await;
    settle(app).await;
    let signed = head(app, lebak).await;
    app.within(add).await;
    ledger::place(&app.app).await.unwrap();

    let keys = app.app.signer.published(&signed).unwrap();
    let newest = app.within(move |tx| Ok(store::newest(tx, lebak)?.unwrap())).await.note;
    let (whole, tail) = (exported(app, lebak, signed.size).await, exported(app, lebak, signed.size + 1).await);
    let folder = tempfile::tempdir().unwrap();
    let of = |bundle: &str, keys: &[String], known: &str| both(folder.path(), bundle, keys, known);
    assert_eq!((keys.len(), of(&whole, &keys, &newest).1), (2, 0));
    // However it was saved.
    for saved in [format!("{newest}\n"), newest.trim_end().to_owned(), newest.replace('\n', "\r\n")] {
        assert_eq!(of(&whole, &keys, &saved).1, 0, "{saved:?}");
    }
    let (found, code) = of(&whole, &keys[1..], &newest);
    assert!(code == 2 && found.gaps.len() == 1 && found.gaps[0].contains("a key that was not given"), "{found:?}");
    let (found, code) = of(&tail, &keys, &newest);
    assert!(code == 2 && found.gaps == ["1 entries behind the last checkpoint are signed by nobody"], "{found:?}");
    // Made up by whoever has no key: what nobody signed is not called sound.
    let forged = whole.replacen(&format!("\"size\":{}", signed.size), &format!("\"size\":{}", signed.size + 1), 1);
    let line = tail.lines().next_back().unwrap();
    assert_eq!(of(&format!("{}\n{line}\n", forged.trim_end()), &keys, &newest).1, 2);
}

// R15: who has the database and no key lets the program sign what he slipped in.
#[actix_web::test]
async fn what_was_slipped_in_before_it_had_a_place_is_told_by_both_though_it_is_signed() {
    let folder = tempfile::tempdir().unwrap();
    for (kind, told) in [(1, "older than the log"), (2, "same act and version")] {
        let cast = lived().await;
        let (app, lebak) = (&cast.app, cast.app.region("lebak").await);
        app.within(move |tx| {
            slip_in(tx, lebak, kind, &mut Dice(7));
            Ok(())
        })
        .await;
        settle(app).await;
        let head = head(app, lebak).await;
        let (keys, size) = (app.app.signer.published(&head).unwrap(), head.size);
        let newest = app.within(move |tx| Ok(store::newest(tx, lebak)?.unwrap())).await.note;
        let (found, code) = both(folder.path(), &exported(app, lebak, size).await, &keys, &newest);
        let at = u64::try_from(size - 1).ok();
        assert!(code == 1 && found.faults.len() == 1 && found.first() == at, "{found:?}");
        assert!(found.faults[0].1.contains(told), "{found:?}");
    }
}

// P5: "the auditor sees that such a ticket was acted on, by its audit entries, and no more"
#[actix_web::test]
async fn what_the_log_told_of_a_ticket_before_it_was_secret_is_told_no_more_and_still_proven() {
    let cast = Cast::new().await;
    let (app, lebak) = (&cast.app, cast.app.region("lebak").await);
    let (ticket, other) = (cast.requester.open("Dugaan kebocoran").await, cast.requester.open("SIMPEG lambat").await);
    cast.tier1.start(&ticket).await.ok();
    let path = format!("/audit/entries?object={}", text(&ticket["id"]));
    // That an auditor looks for it is an entry too.
    let told = async |client: &Client| {
        let mut rows = client.items(&path).await;
        rows.retain(|entry| entry["object_type"] == "ticket");
        rows
    };
    let before = told(&cast.auditor).await;
    assert!(before.iter().all(|entry| entry["detail"]["number"] == ticket["number"] && entry["withheld"] == false));
    cast.tier1.edit(&ticket, json!({ "classification": "secret" })).await.ok();
    settle(app).await;

    let number = text(&ticket["number"]);
    let after = told(&cast.auditor).await;
    assert_eq!(after.len(), before.len() + 1);
    for entry in &after {
        let one = cast.auditor.get(&format!("/audit/entries/{}", text(&entry["id"]))).await;
        assert!(!one.text.contains(&number), "{}", one.text);
        assert_eq!(&one.ok()["entry"], entry);
        let (detail, salt) = (&entry["detail"], &entry["salt"]);
        if entry["withheld"].as_bool().unwrap() {
            assert_eq!((detail, salt, &entry["address"]), (&Value::Null, &Value::Null, &json!("")));
        } else {
            // It was secret by then.
            assert_eq!(detail, &json!({ "version": entry["version"] }));
        }
    }
    assert_eq!(after.iter().filter(|entry| entry["withheld"] == true).count(), before.len());
    let own = told(&cast.requester).await;
    assert!(own.iter().any(|entry| entry["detail"]["number"] == ticket["number"]), "whoever sees it reads on: {own:?}");

    let bundle = cast.auditor.get("/audit/bundle").await;
    assert!(bundle.status == 200 && !bundle.text.contains(&number) && bundle.text.contains(&text(&other["number"])));
    let (keys, newest) = (app.app.signer.published(&head(app, lebak).await).unwrap(), store::newest);
    let newest = app.within(move |tx| Ok(newest(tx, lebak)?.unwrap())).await.note;
    let folder = tempfile::tempdir().unwrap();
    let (found, code) = both(folder.path(), &bundle.text, &keys, &newest);
    assert_eq!((code, found.withheld), (0, before.len()), "{found:?}");
    // Of anything but a ticket nothing is withheld, whoever passes the bundle on.
    let mut lines: Vec<String> = bundle.text.lines().map(str::to_owned).collect();
    let person = lines.iter().position(|line| line.contains("\"email\\\"")).unwrap();
    let mut entry: Value = serde_json::from_str(&lines[person]).unwrap();
    for (field, value) in [("salt", Value::Null), ("address", json!("")), ("detail", json!("null"))] {
        entry[field] = value;
    }
    lines[person] = entry.to_string();
    assert_eq!(both(folder.path(), &(lines.join("\n") + "\n"), &keys, &newest).1, 1);
}
