//! What people read: every key that the source names exists in both languages, with the same blanks, and none lies idle.

use super::{Source, assert_none, sources, templates};
use std::collections::{BTreeMap, BTreeSet};

const ID: &str = include_str!("../../../config/messages/id.toml");
const EN: &str = include_str!("../../../config/messages/en.toml");

fn messages(text: &str) -> BTreeMap<String, String> {
    fn walk(prefix: &str, table: &toml::Table, out: &mut BTreeMap<String, String>) {
        for (key, value) in table {
            let key = if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") };
            match value {
                toml::Value::Table(inner) => walk(&key, inner, out),
                value => drop(out.insert(key, value.as_str().unwrap().to_owned())),
            }
        }
    }
    let mut out = BTreeMap::new();
    walk("", &text.parse().unwrap(), &mut out);
    out
}

/// The `{blanks}` of a sentence.
fn blanks(text: &str) -> BTreeSet<String> {
    text.split('{').skip(1).filter_map(|part| part.split_once('}')).map(|(name, _)| name.to_owned()).collect()
}

/// Every `say!("key", name = …)`: the key and the names of its values.
fn said(text: &str) -> Vec<(String, BTreeSet<String>)> {
    let mut all = Vec::new();
    for (at, _) in text.match_indices("say!(") {
        let rest = &text[at + "say!(".len()..];
        let Some((key, rest)) = rest.trim_start().strip_prefix('"').and_then(|r| r.split_once('"')) else { continue };
        let (mut depth, mut end) = (0, rest.len());
        for (at, c) in rest.char_indices() {
            match c {
                '(' | '[' | '{' => depth += 1,
                ')' if depth == 0 => {
                    end = at;
                    break;
                }
                ')' | ']' | '}' => depth -= 1,
                _ => {}
            }
        }
        let names = arguments(&rest[..end]).into_iter().filter_map(|a| Some(a.split_once('=')?.0.trim().to_owned()));
        all.push((key.to_owned(), names.collect()));
    }
    // Pages say a whole sentence by its key alone.
    let bare = text.split(".t(\"").skip(1).filter_map(|rest| rest.split('"').next());
    all.extend(bare.map(|key| (key.to_owned(), BTreeSet::new())));
    all
}

fn arguments(text: &str) -> Vec<String> {
    let (mut depth, mut current, mut all) = (0, String::new(), Vec::new());
    for c in text.chars() {
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth -= 1,
            _ => {}
        }
        if c == ',' && depth == 0 {
            all.push(std::mem::take(&mut current));
        } else {
            current.push(c);
        }
    }
    all.push(current);
    all
}

fn faults(sources: &[Source], id: &BTreeMap<String, String>, en: &BTreeMap<String, String>) -> Vec<String> {
    let mut faults = Vec::new();
    for (key, text) in id {
        match en.get(key) {
            None => faults.push(format!("{key}: not in en.toml")),
            Some(other) if blanks(text) != blanks(other) => faults.push(format!("{key}: other blanks in en.toml")),
            Some(_) => {}
        }
        // A key that is handed on without `say!` stands as a text of its own.
        let literal = format!("\"{key}\"");
        if !sources.iter().any(|s| s.text.contains(&literal)) {
            faults.push(format!("{key}: nobody says it"));
        }
    }
    faults.extend(en.keys().filter(|key| !id.contains_key(*key)).map(|key| format!("{key}: not in id.toml")));
    for source in sources.iter().filter(|s| s.path != "message.rs") {
        for (key, names) in said(&source.text) {
            match id.get(&key) {
                None => faults.push(format!("{}: says {key}, which is nowhere", source.path)),
                Some(text) if blanks(text) != names => {
                    faults.push(format!("{}: {key} has the blanks {:?}, not {names:?}", source.path, blanks(text)));
                }
                Some(_) => {}
            }
        }
    }
    faults
}

#[test]
fn every_sentence_exists_in_both_languages_with_the_same_blanks_and_is_said_somewhere() {
    let mut all = sources();
    assert!(all.iter().map(|s| said(&s.text).len()).sum::<usize>() > 100);
    all.extend(templates());
    assert_none(faults(&all, &messages(ID), &messages(EN)));
}

#[test]
fn a_missing_an_idle_and_a_differently_blank_sentence_are_found() {
    let check = |source: &str, id: &str, en: &str| {
        faults(&[Source::new("api/a.rs", source)], &messages(id), &messages(en)).join("; ")
    };
    let both = "[a]\nb = \"{n} of {m}\"\n";
    assert_eq!(check("say!(\"a.b\", n = f(1, 2), m = [x, y])", both, both), "");
    assert_eq!(check("let key = \"a.b\";", both, both), "");
    assert!(check("say!(\"a.b\", n = 1)", both, both).contains("has the blanks"));
    assert!(check("say!(\"a.c\")", both, both).contains("says a.c, which is nowhere"));
    assert!(check("{{ frame.t(\"a.c\") }}", both, both).contains("says a.c, which is nowhere"));
    assert!(check("{{ frame.t(\"a.b\") }}", both, both).contains("has the blanks"));
    assert!(check("", both, both).contains("a.b: nobody says it"));
    assert!(check("\"a.b\"", both, "[a]\nb = \"{n}\"\n").contains("other blanks"));
    assert!(check("\"a.b\"", both, "").contains("not in en.toml"));
    assert!(check("\"a.b\"", "", both).contains("not in id.toml"));
}

#[test]
fn an_organisation_has_one_name_in_english() {
    let other: Vec<_> = messages(EN).into_iter().filter(|(_, text)| text.to_lowercase().contains("agenc")).collect();
    assert!(other.is_empty(), "{other:?}");
}

#[test]
fn tickets_are_tied_in_one_family_of_words() {
    let is_other = |text: &str| ["hubungk", "hubungan"].iter().any(|stem| text.to_lowercase().contains(stem));
    let other: Vec<_> = messages(ID).into_iter().filter(|(_, text)| is_other(text)).collect();
    assert!(other.is_empty(), "kait, mengaitkan, kaitan, melepas kaitan: {other:?}");
    let is_other = |text: &str| {
        let text = text.to_lowercase();
        text.split(|c: char| !c.is_alphabetic()).any(|word| ["tie", "ties", "tied", "untie", "untied"].contains(&word))
    };
    let other: Vec<_> = messages(EN).into_iter().filter(|(_, text)| is_other(text)).collect();
    assert!(other.is_empty(), "link, linked, unlink: {other:?}");
}

// T1: what the office above is called belongs to the region, too.
#[test]
fn no_sentence_calls_the_office_of_a_region_by_a_name() {
    for text in [ID, EN] {
        let named = messages(text).into_iter().filter(|(_, text)| text.contains("Dinas Kominfo"));
        let keys: Vec<String> = named.map(|(key, _)| key).collect();
        assert!(keys.is_empty(), "{keys:?}");
    }
}

// T1: what a desk is called belongs to the region; only the words that a new region begins with name a tier by its number.
#[test]
fn no_sentence_calls_a_desk_by_a_number() {
    let numbered = |text: &str| {
        let text = text.to_lowercase();
        ["tingkat 1", "tingkat 2", "tier 1", "tier 2"].iter().any(|name| text.contains(name))
    };
    for (language, text) in [("id", ID), ("en", EN)] {
        let all = messages(text).into_iter().filter(|(_, text)| numbered(text));
        let keys: Vec<String> = all.map(|(key, _)| key).collect();
        assert_eq!(keys, ["web.tier1", "web.tier2"], "{language}");
    }
}
