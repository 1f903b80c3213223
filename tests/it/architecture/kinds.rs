//! What can happen has its words wherever people read of it: each kind of event on the pages and in the data dictionary,
//! each act of the audit log in the administrator's guide.

use super::{assert_none, sources};

const DICTIONARY: &str = include_str!("../../../docs/data-dictionary.md");
const GUIDE: &str = include_str!("../../../docs/admin-guide.md");

/// Who follows is not worth a line of the history.
const NO_LINE: &[&str] = &["watched", "unwatched"];
/// Nobody gets a notice of these (`ticket/consequence.rs`).
const NO_NOTICE: &[&str] = &["edited", "watched", "unwatched", "linked", "unlinked", "reported"];

/// A place where kinds are named: what it is called, its text, how a kind stands in it, and which need not.
type Place<'a> = (&'a str, &'a str, fn(&str) -> String, &'a [&'a str]);

fn missing(kinds: &[&str], places: &[Place<'_>]) -> Vec<String> {
    let one = |kind: &&str, (name, text, form, without): &Place<'_>| {
        (!without.contains(kind) && !text.contains(&form(kind))).then(|| format!("{name}: nothing of {kind}"))
    };
    kinds.iter().flat_map(|kind| places.iter().filter_map(move |place| one(kind, place))).collect()
}

/// What stands between double quotes.
fn quoted(text: &str) -> Vec<&str> {
    text.split('"').skip(1).step_by(2).collect()
}

fn between<'a>(text: &'a str, begin: &str, end: &str) -> &'a str {
    text.split_once(begin).unwrap().1.split_once(end).unwrap().0
}

fn source(path: &str) -> String {
    sources().into_iter().find(|source| source.path == path).unwrap().text
}

fn in_quotes(kind: &str) -> String {
    format!("\"{kind}\"")
}

fn in_ticks(kind: &str) -> String {
    format!("`{kind}`")
}

#[test]
fn every_kind_of_event_has_its_words_on_the_pages_and_stands_in_the_dictionary() {
    let event = source("ticket/event.rs");
    let kinds = quoted(between(&event, "fn kind(", "fn notice("));
    assert!(kinds.len() > 20);
    let (history, notices, acts) = (source("web/history.rs"), source("web/notices.rs"), source("web/audit/acts.rs"));
    let events = between(DICTIONARY, "## `events`", "\n## ");
    let row = events.lines().find(|line| line.starts_with("| `kind`")).unwrap();
    assert_none(missing(
        &kinds,
        &[
            ("web/history.rs", between(&history, "match e.kind.as_str()", "return None"), in_quotes, NO_LINE),
            ("web/notices.rs", between(&notices, "fn happened(", "\n}"), in_quotes, NO_NOTICE),
            ("web/audit/acts.rs", &acts, |kind| format!("\"ticket.{kind}\""), &[]),
            ("docs/data-dictionary.md", row, in_ticks, &[]),
        ],
    ));
}

#[test]
fn every_act_of_a_tickets_page_is_told_in_its_own_words() {
    let (act, ties, done) = (source("web/act.rs"), source("web/ties.rs"), source("web/done.rs"));
    let arms =
        between(&act, "pub fn run(", "_ => ties::run").lines().chain(between(&ties, "pub fn run(", "_ =>").lines());
    let acts: Vec<&str> =
        arms.filter_map(|line| line.trim().strip_prefix('"')?.split_once("\" =>")).map(|a| a.0).collect();
    assert!(acts.len() > 20);
    // Of a decision the page says which.
    let told = between(&done, "fn by_words(", "fn reported(");
    assert_none(missing(&acts, &[("web/done.rs", told, |act| format!("\"{act}\" =>"), &["decide"])]));
}

#[test]
fn every_act_of_the_audit_log_stands_in_the_administrators_guide() {
    let (event, acts) = (source("ticket/event.rs"), source("web/audit/acts.rs"));
    let kinds = quoted(between(&event, "fn kind(", "fn notice("));
    let is_event = |act: &str| act.strip_prefix("ticket.").is_some_and(|kind| kinds.contains(&kind));
    let acts: Vec<&str> = acts.split("(\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    let acts: Vec<&str> = acts.into_iter().filter(|act| act.contains('.') && !act.starts_with("web.")).collect();
    assert!(acts.len() > 70);
    let listed = between(GUIDE, "## Catatan audit", "\n## ").split_once("| tindakan | kapan |").unwrap().1;
    let others: Vec<&str> = acts.iter().copied().filter(|act| !is_event(act)).collect();
    assert_none(missing(&others, &[("docs/admin-guide.md", listed, in_ticks, &[])]));
    let told = listed.lines().filter_map(|row| row.split('|').nth(1));
    let unknown = told.flat_map(|cell| cell.split('`').skip(1).step_by(2)).filter(|act| !acts.contains(act));
    assert_none(unknown.map(|act| format!("docs/admin-guide.md: {act} is no act")).collect());
}

#[test]
fn a_kind_that_a_place_does_not_know_is_found() {
    let place: Place<'_> = ("a page", "\"opened\" => say!(\"closed.x\")", in_quotes, &["watched"]);
    assert_eq!(missing(&["opened", "watched", "closed"], &[place]), ["a page: nothing of closed"]);
    assert_eq!(quoted("A => \"a\", B => \"b\""), ["a", "b"]);
}
