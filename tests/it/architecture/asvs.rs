//! `docs/security/asvs.csv`: what of ASVS 5.0 (level 2, and some of level 3) is met, and the test that shows it. A state
//! without a test can't be "met", and a test that is renamed takes its row with it. What asks for a text alone is "written", under
//! a heading that is there.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// The requirements that are ours; a dash stands for all between.
const OURS: &str = "6.1.1 6.2.1-6.2.12 6.3.1 6.3.2 6.3.3 6.3.8 6.4.1 6.4.2 6.4.3 6.5.1 6.5.5 11.4.2 7.1.1 7.2.1-7.2.4 \
    7.3.1 7.3.2 7.4.1 7.4.2 7.4.3 7.4.5 7.5.1 7.5.2 3.3.1-3.3.4 9.1.1-9.1.3 9.2.1-9.2.3 14.3.1 8.1.1 \
    8.1.2 8.2.1 8.2.2 8.2.3 8.3.1 8.3.2 8.3.3 8.4.1 2.4.1 15.3.1 15.3.3 16.3.2 1.1.1 1.1.2 1.2.1-1.2.5 \
    1.2.9 1.2.10 1.3.1 1.3.2 1.3.5 1.3.6 1.3.7 1.3.11 1.3.12 2.1.1 2.2.1 2.2.2 2.2.3 15.3.5 15.3.7 \
    11.1.1 11.1.2 11.2.1-11.2.3 11.3.1-11.3.3 11.4.1 11.4.3 11.5.1 11.6.1 13.3.1 13.3.2 16.1.1 16.2.1 \
    16.2.2 16.2.4 16.2.5 16.3.1 16.3.3 16.3.4 16.4.1 16.4.2 16.4.3 16.5.1-16.5.4 14.1.1 14.1.2 \
    14.2.1-14.2.4 14.2.6 14.2.7 14.2.8 14.3.2 14.3.3 12.1.1 12.1.2 12.2.1 12.2.2 12.3.1-12.3.4 3.4.1 \
    4.1.2 4.1.3 13.2.4 15.1.1 15.1.2 15.2.1 15.2.3 15.2.4 13.4.1 13.4.2 2.1.2 2.1.3 2.3.1-2.3.4 2.3.5 \
    15.4.1 15.4.2 5.1.1 5.2.1-5.2.6 5.3.1-5.3.3 5.4.1-5.4.3 3.2.1 3.2.2 4.1.1 4.1.4 4.2.1 3.5.1-3.5.3 \
    3.4.2 15.2.2 15.3.4 13.1.1 13.1.2 13.1.3 13.2.2 13.2.3 13.3.4 13.4.3-13.4.6 3.4.3-3.4.6 3.4.8 3.6.1 \
    3.7.1 3.7.2 1.3.3 1.3.4 1.3.10 1.4.1-1.4.3 1.5.2 3.5.4 6.1.2 6.1.3 6.3.4 6.4.4 6.5.2-6.5.4 6.6.2 \
    6.6.3 7.1.2 7.4.4 7.6.2 9.2.4 11.4.4 12.1.3 13.2.1 13.2.5 15.1.3 15.3.6 16.2.3";

fn ours() -> BTreeSet<String> {
    let mut all = BTreeSet::new();
    for word in OURS.split_whitespace() {
        let (first, last) = word.split_once('-').unwrap_or((word, word));
        let (stem, from) = first.rsplit_once('.').unwrap();
        let to: u32 = last.rsplit_once('.').unwrap().1.parse().unwrap();
        for n in from.parse().unwrap()..=to {
            assert!(all.insert(format!("{stem}.{n}")), "{stem}.{n} stands twice among ours");
        }
    }
    all
}

/// Is there a test of this path, `folder::file::name`, below `tests/it`?
fn exists(path: &str) -> bool {
    let Some((place, name)) = path.rsplit_once("::") else { return false };
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it").join(place.replace("::", "/"));
    [root.with_extension("rs"), root.join("mod.rs")].iter().any(|file| {
        let text = std::fs::read_to_string(file).unwrap_or_default();
        text.contains(&format!("test]\nasync fn {name}(")) || text.contains(&format!("test]\nfn {name}("))
    })
}

/// Is there a document with this heading, `docs/file.md#Heading`?
fn is_written(place: &str) -> bool {
    let Some((file, heading)) = place.split_once('#') else { return false };
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).unwrap_or_default();
    text.lines().any(|line| line.starts_with('#') && line.trim_start_matches('#').trim() == heading)
}

fn faults(table: &str, ours: &BTreeSet<String>) -> Vec<String> {
    let mut rows: BTreeMap<String, u32> = BTreeMap::new();
    let mut faults = Vec::new();
    for row in csv::Reader::from_reader(table.as_bytes()).records() {
        let row = row.unwrap();
        let (id, state, test) = (&row[0], &row[1], &row[2]);
        *rows.entry(id.to_owned()).or_default() += 1;
        match state {
            "met" | "partly" if exists(test) => {}
            "met" | "partly" => faults.push(format!("{id}: there is no test {test}")),
            "written" if is_written(test) => {}
            "written" => faults.push(format!("{id}: there is no text {test}")),
            "open" | "not ours" if test.is_empty() => {}
            "open" | "not ours" => faults.push(format!("{id}: {state}, and yet a test")),
            other => faults.push(format!("{id}: {other} is no state")),
        }
    }
    faults.extend(ours.iter().filter(|id| !rows.contains_key(*id)).map(|id| format!("{id} has no row")));
    faults.extend(rows.iter().filter(|(_, n)| **n > 1).map(|(id, _)| format!("{id} has two rows")));
    faults.extend(rows.keys().filter(|id| !ours.contains(*id)).map(|id| format!("{id} is not ours")));
    faults
}

#[test]
fn every_requirement_has_one_row_and_every_test_that_a_row_names_exists() {
    let faults = faults(include_str!("../../../docs/security/asvs.csv"), &ours());
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn a_row_that_is_missing_doubled_or_shown_by_no_test_is_told() {
    let ours: BTreeSet<String> = ["1.1.1", "1.1.2"].map(str::to_owned).into();
    let found = |rows: &str| faults(&format!("id,state,test,note\n{rows}"), &ours).len();
    let own = "architecture::asvs::a_row_that_is_missing_doubled_or_shown_by_no_test_is_told";
    assert_eq!(found(&format!("1.1.1,met,{own},\n1.1.2,open,,\n")), 0);
    assert_eq!(found(&format!("1.1.1,met,{own},\n")), 1, "1.1.2 is missing");
    assert_eq!(found("1.1.1,open,,\n1.1.1,open,,\n1.1.2,open,,\n"), 1, "doubled");
    assert_eq!(found("1.1.1,met,architecture::asvs::renamed,\n1.1.2,open,,\n"), 1);
    assert_eq!(found("1.1.1,met,,\n1.1.2,yes,,\n"), 2);
    assert_eq!(found("1.1.1,written,docs/security/choices.md#Sessions,\n1.1.2,open,,\n"), 0);
    assert_eq!(found("1.1.1,written,docs/security/choices.md#Renamed,\n1.1.2,written,,\n"), 2);
    assert_eq!(found("1.1.1,open,,\n1.1.2,open,,\n9.9.9,open,,\n"), 1);
}
