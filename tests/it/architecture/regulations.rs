//! `docs/regulations.md`: each test that a row names exists, and says above itself which obligation it shows. A test that is
//! renamed, or that somebody changes without a look at its obligation, can't leave the row behind.

use std::path::Path;

/// Id, file and name of every test that a table names; a file alone is a pointer for readers.
fn named(table: &str) -> Vec<(&str, &str, &str)> {
    let mut all = Vec::new();
    for row in table.lines().filter_map(|line| line.strip_prefix("| ")) {
        let id = row.split(' ').next().unwrap();
        let tests = row.split('`').skip(1).step_by(2).filter_map(|word| word.split_once("::"));
        all.extend(tests.map(|(file, name)| (id, file, name)));
    }
    all
}

/// The comment above a test; none where there is no such test.
fn comment(text: &str, name: &str) -> Option<String> {
    let at = text.find(&format!("fn {name}("))?;
    let above = text[..text[..at].rfind('\n')?].lines().rev();
    let above: Vec<&str> =
        above.take_while(|line| line.trim().starts_with("//") || line.trim().starts_with("#[")).collect();
    above.iter().any(|line| line.trim().ends_with("test]")).then(|| above.join(" "))
}

fn faults(table: &str) -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut faults = Vec::new();
    for (id, file, name) in named(table) {
        let place = if file.starts_with("src/") { root.join(file) } else { root.join("tests/it").join(file) };
        let text = std::fs::read_to_string(place).unwrap_or_default();
        match comment(&text, name) {
            None => faults.push(format!("{id}: there is no test {file}::{name}")),
            Some(said) if said.split(|c: char| !c.is_alphanumeric()).any(|word| word == id) => {}
            Some(_) => faults.push(format!("{id}: {file}::{name} does not say that it shows it")),
        }
    }
    faults
}

#[test]
fn every_test_that_an_obligation_names_exists_and_names_the_obligation() {
    let table = include_str!("../../../docs/regulations.md");
    assert!(named(table).len() > 60);
    let faults = faults(table);
    assert!(faults.is_empty(), "{faults:#?}");
}

// Z9
#[test]
fn a_test_that_is_missing_or_says_nothing_of_its_obligation_is_told() {
    let row = |id: &str, name: &str| faults(&format!("| {id} | x | `architecture/regulations.rs::{name}` |\n")).len();
    let own = "a_test_that_is_missing_or_says_nothing_of_its_obligation_is_told";
    assert_eq!(
        [row("Z9", own), row("Z8", own), row("Z", own), row("Z9", "renamed"), row("Z9", "faults")],
        [0, 1, 1, 1, 1]
    );
}
