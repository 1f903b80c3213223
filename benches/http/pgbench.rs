//! The floor of writes on PostgreSQL: its own load tool runs the same statements, prepared, in one transaction.

use super::bare::text;
use super::capture::{Captured, Value};
use super::floor::Fresh;
use super::place::Place;
use std::fmt::Write;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

/// Transactions a second, and their mean latency in milliseconds (pgbench tells no median).
pub fn run(place: &Place, clients: usize, length: Duration) -> (f64, f64) {
    let url = place.url();
    let all: Vec<Captured> = serde_json::from_str(&std::fs::read_to_string(place.captured()).unwrap()).unwrap();
    let (script, values) = std::thread::spawn({
        let (url, first) = (url.clone(), all[0].clone());
        move || script(&url, &first)
    })
    .join()
    .unwrap();
    let file = place.folder.join("open.pgbench");
    std::fs::write(&file, script).unwrap();
    let mut command = Command::new(program());
    command.args(["-n", "-M", "prepared", "-j", "2", "-c", &clients.to_string()]);
    command.args(["-T", &length.as_secs().to_string()]).arg("-f").arg(&file);
    for (name, value) in values {
        command.arg("-D").arg(format!("{name}={value}"));
    }
    let out = command.arg(&url).output().unwrap();
    let said = String::from_utf8_lossy(&out.stdout).into_owned();
    assert!(out.status.success(), "{said}{}", String::from_utf8_lossy(&out.stderr));
    let after = |begin: &str| -> f64 {
        let line = said.lines().find_map(|l| l.strip_prefix(begin)).unwrap_or_else(|| panic!("{begin}: {said}"));
        line.trim().split(' ').next().unwrap().parse().unwrap()
    };
    assert_eq!(after("number of failed transactions:"), 0.0, "{said}");
    (after("tps ="), after("latency average ="))
}

fn program() -> PathBuf {
    let folders = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut found: Vec<PathBuf> = folders.map(|f| f.path().join("bin/pgbench")).filter(|p| p.exists()).collect();
    found.sort();
    found.pop().unwrap_or_else(|| "pgbench".into())
}

/// The script, and its constants as variables: pgbench takes each `:30` of a time for a variable.
fn script(url: &str, captured: &Captured) -> (String, Vec<(String, String)>) {
    let fresh = Fresh::of(captured);
    let mut client = postgres::Client::connect(url, postgres::NoTls).unwrap();
    let (mut script, mut values) = (String::new(), Vec::new());
    for n in 0..=fresh.ids.len() {
        // Twelve digits, the last group of a UUID.
        writeln!(script, "\\set r{n} random(100000000000, 999999999999)").unwrap();
    }
    script += "BEGIN;\n";
    for (at, statement) in captured.statements.iter().enumerate() {
        let prepared = client.prepare(&statement.sql).unwrap();
        let mut sql = statement.sql.replace('\n', " ");
        // From the last one on, so that `$1` is not taken for the beginning of `$12`.
        for (place, (value, kind)) in statement.values.iter().zip(prepared.params()).enumerate().rev() {
            let known = match value {
                Value::Id(id) => fresh.ids.iter().position(|made| made == id),
                _ => None,
            };
            let number = matches!(value, Value::Text(t) if Some(t) == fresh.number.as_ref());
            let stands = match (known, number, text(value, kind)) {
                (Some(n), ..) => format!("('01920000-0000-7000-8000-' || :r{}::text)::uuid", n + 1),
                (None, true, _) => "('F' || :r0::text)".to_owned(),
                (None, false, None) => "NULL".to_owned(),
                (None, false, Some(text)) => {
                    let name = format!("v{at}_{place}");
                    values.push((name.clone(), text));
                    format!(":{name}")
                }
            };
            sql = sql.replace(&format!("${}", place + 1), &stands);
        }
        script += &format!("{sql};\n");
    }
    (script + "COMMIT;\n", values)
}
