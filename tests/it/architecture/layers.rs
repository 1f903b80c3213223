//! Who may import whom: the table in the doc comment of `src/lib.rs`; and who may name which table.

use super::{Source, assert_none, sources};

/// The rows of the table, top to bottom.
pub fn table(lib: &str) -> Vec<(String, Vec<String>)> {
    let rows = lib.lines().filter_map(|line| line.strip_prefix("//! | ")).filter(|row| row.contains("[`"));
    rows.map(|row| {
        let (name, modules) = row.split_once(" | ").unwrap();
        let modules = modules.split("[`").skip(1).filter_map(|m| m.split('`').next()).map(str::to_owned);
        (name.to_owned(), modules.collect())
    })
    .collect()
}

/// What a macro at the root of the crate belongs to.
fn home(name: &str) -> &str {
    match name {
        "say" => "message",
        "is_past" | "on" | "store_all" | "text_enum" | "unheld" => "db",
        other => other,
    }
}

/// First words of every `crate::…` in the text; `$crate` is a macro's own affair.
pub fn imports(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices("crate::") {
        if text[..at].ends_with(|c: char| c == '$' || c.is_alphanumeric() || c == '_') {
            continue;
        }
        let rest = &text[at + "crate::".len()..];
        match rest.strip_prefix('{') {
            None => found.push(first_word(rest)),
            Some(list) => found.extend(members(list).iter().map(|m| first_word(m))),
        }
    }
    found.into_iter().map(|name| home(&name).to_owned()).collect()
}

fn first_word(text: &str) -> String {
    text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}

/// The members of a `{…}` list whose opening brace has been read.
fn members(list: &str) -> Vec<&str> {
    let (mut depth, mut start, mut all) = (0, 0, Vec::new());
    for (at, c) in list.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => {
                all.push(list[start..at].trim());
                break;
            }
            '}' => depth -= 1,
            ',' if depth == 0 => {
                all.push(list[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    all.retain(|m| !m.is_empty());
    all
}

fn crossings(source: &Source, table: &[(String, Vec<String>)]) -> Vec<String> {
    let place = |room: &str| {
        table.iter().enumerate().find_map(|(row, (_, rooms))| Some((row, rooms.iter().position(|r| r == room)?)))
    };
    if ["lib", "main"].contains(&source.room()) {
        return Vec::new();
    }
    let Some((row, column)) = place(source.room()) else {
        return vec![format!("{}: stands in no row of the table in lib.rs", source.path)];
    };
    let mut faults = Vec::new();
    for name in imports(&source.text) {
        let allowed = match place(&name) {
            None => false,
            // Arithmetic knows nobody: no actor, no transaction.
            Some((other, _)) if other > row => !table[row].0.starts_with("arithmetic") || table[other].0 == "base",
            Some((other, there)) if other == row => {
                let kind = table[row].0.as_str();
                name == source.room()
                    || kind == "base"
                    || kind == "composition"
                    || (kind == "features" && there < column)
            }
            Some(_) => false,
        };
        if !allowed {
            faults.push(format!("{}: imports crate::{name}, which is not below it", source.path));
        }
    }
    faults
}

const LIB: &str = include_str!("../../../src/lib.rs");

#[test]
fn every_file_imports_only_what_stands_below_it() {
    let table = table(LIB);
    assert_eq!(table.len(), 11, "{table:?}");
    assert_none(sources().iter().flat_map(|s| crossings(s, &table)).collect());
}

#[test]
fn an_import_upwards_sideways_or_from_nowhere_is_found() {
    let table = table(LIB);
    let found = |path, text| crossings(&Source::new(path, text), &table).len();
    assert_eq!(found("ticket/a.rs", "use crate::api::answer::Answer;"), 1);
    assert_eq!(found("api/a.rs", "use crate::worker::jobs;"), 1);
    assert_eq!(found("org/a.rs", "use crate::ticket::Ticket;"), 1);
    assert_eq!(found("catalog/mod.rs", "use crate::{ticket::{a, b}, say};"), 1);
    assert_eq!(found("ticket/a.rs", "use crate::{catalog, org::{a, b}, say};"), 0);
    assert_eq!(found("notice.rs", "use crate::audit::append;"), 1);
    assert_eq!(found("db/mod.rs", "use crate::access::Tx;"), 1);
    assert_eq!(found("access/mod.rs", "fn f() { crate::org::f() }"), 1);
    assert_eq!(found("message.rs", "use crate::error::Error;"), 0);
    assert_eq!(found("web/a.rs", "crate::nowhere::f()"), 1);
    assert_eq!(found("worktime/a.rs", "use crate::{access::Tx, check::Checks, say};"), 1);
    assert_eq!(found("nowhere.rs", ""), 1);
    assert_eq!(found("db/mod.rs", "$crate::ticket::x"), 0);
}

/// Whose the tables are.
const OWNERS: &[(&str, &[&str])] = &[
    (
        "org",
        &[
            "regions",
            "opds",
            "people",
            "grants",
            "password_history",
            "sessions",
            "refresh_tokens",
            "one_time_links",
            "second_factors",
            "recovery_codes",
        ],
    ),
    ("access", &["sign_in_attempts"]),
    ("catalog", &["services"]),
    (
        "sla",
        &[
            "calendars",
            "calendar_editions",
            "opd_calendars",
            "holidays",
            "agreements",
            "agreement_versions",
            "sla_clocks",
            "sla_facts",
            "sla_firings",
            "sla_waivers",
        ],
    ),
    (
        "ticket",
        &[
            "ticket_numbers",
            "tickets",
            "ticket_texts",
            "ticket_fts",
            "handovers",
            "events",
            "comments",
            "attachments",
            "watchers",
            "ticket_links",
            "ratings",
            "ticket_deadlines",
        ],
    ),
    ("desk", &["saved_views", "canned_answers", "drafts", "presences"]),
    ("notice", &["notices"]),
    ("recorded", &["idempotency_keys"]),
    ("audit", &["audit_entries", "audit_heads", "audit_tiles", "audit_checkpoints"]),
    ("quarantine", &["restores"]),
    ("mail", &["mails", "inbound_mails", "mail_bounces", "mailboxes", "mail_choices", "digests"]),
];

/// Files that may name others' tables, and why.
const EXCEPTIONS: &[(&str, &str, &str)] = &[
    ("ticket/list.rs", "opds", "a filter by code is a condition of the same statement"),
    ("ticket/list.rs", "services", "a filter by code is a condition of the same statement"),
    ("ticket/search.rs", "people", "a search by requester is a condition of the same statement"),
    ("ticket/release.rs", "people", "that its requester has left is a condition of the same statement"),
    ("desk/view.rs", "people", "that its maker is still there is a condition of the same statement"),
    ("desk/view.rs", "grants", "that its maker is still there is a condition of the same statement"),
    ("ticket/past.rs", "sla_clocks", "how a clock ended is a condition of the same statement"),
    ("db/search.rs", "tickets", "the type of a condition on tickets, which each database words its own way"),
];

/// Tables that the text takes from `schema::`.
fn named(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices("schema::") {
        let rest = &text[at + "schema::".len()..];
        // Neither `openapi_schema::`, nor OpenAPI's own, nor a call of `schema::<T>()`.
        let other = text[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_') || rest.starts_with('<');
        if other || text[..at].ends_with("openapi::") {
            continue;
        }
        match rest.strip_prefix('{') {
            None => found.push(first_word(rest)),
            Some(list) => found.extend(members(list).iter().map(|m| first_word(m))),
        }
    }
    found
}

fn trespasses(source: &Source) -> Vec<String> {
    let owner = |table: &str| OWNERS.iter().find(|(_, tables)| tables.contains(&table)).map(|(owner, _)| *owner);
    named(&source.text)
        .into_iter()
        .filter(|table| owner(table) != Some(source.room()))
        .filter(|table| !EXCEPTIONS.iter().any(|(path, name, _)| *path == source.path && name == table))
        .map(|table| format!("{}: names {table}, which is {}'s", source.path, owner(&table).unwrap_or("nobody")))
        .collect()
}

#[test]
fn only_its_own_room_names_a_table() {
    let all = sources();
    let tables: Vec<&Source> = all.iter().filter(|s| s.path != "db/schema.rs").collect();
    assert_none(tables.iter().flat_map(|s| trespasses(s)).collect());
    for (path, table, _) in EXCEPTIONS {
        let needed = all.iter().any(|s| s.path == *path && named(&s.text).iter().any(|t| t == table));
        assert!(needed, "{path} does not name {table} any more: strike the exception");
    }
}

#[test]
fn a_table_of_another_room_is_found() {
    let found = |path, text| trespasses(&Source::new(path, text)).len();
    assert_eq!(found("api/ticket.rs", "use crate::db::schema::tickets;"), 1);
    assert_eq!(found("ticket/a.rs", "use crate::db::schema::{people as p, tickets};"), 1);
    assert_eq!(found("ticket/a.rs", "use crate::db::schema::{ticket_links as links, tickets};"), 0);
    assert_eq!(found("org/a.rs", "crate::db::schema::unheard_of::table"), 1);
    assert_eq!(found("ticket/list.rs", "use crate::db::schema::{opds, services, tickets};"), 0);
}
