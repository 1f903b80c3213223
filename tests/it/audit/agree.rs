//! Bundles for outsiders; and the verifier in Python, which must say of each the same as ours.

use super::tamper::{Dice, times};
use super::{keys, lived};
use sigap::audit::checkpoint::{Note, public};
use sigap::audit::{inspect, sequence, store, verify};
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

// P8: "the audit log answers an auditor's questions without access to the rest"
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
        inspect::export(&mut tx, &head, 0, &mut text)?;
        let mut part = Vec::new();
        let kept = store::checkpoints(&mut tx, lebak)?[1].clone();
        inspect::export(&mut tx, &head, kept.size, &mut part)?;
        let texts = [text, part].map(|bytes| String::from_utf8(bytes).unwrap());
        tell.send((head, kept.note, texts)).unwrap();
        Ok(())
    })
    .await;
    let (head, kept, [text, part]) = told.recv().unwrap();
    let keys = keys(app, lebak);
    let last = text.lines().rfind(|line| line.starts_with("{\"checkpoint\"")).unwrap();
    let note: serde_json::Value = serde_json::from_str(last).unwrap();
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
