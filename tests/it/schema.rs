//! The tables as both databases hold them, and as diesel sees them.

use crate::support::TestApp;
use crate::support::db::Database;
use diesel::prelude::*;
use diesel::sql_types::Text;
use sigap::access::Origin;
use sigap::app::Caller;
use sigap::db::{Conn, migrate, schema};
use sigap::on;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// What all migrations of a dialect say, one after the other.
fn migrations(dialect: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(dialect);
    let mut steps: Vec<_> = std::fs::read_dir(folder).unwrap().map(|step| step.unwrap().path()).collect();
    steps.sort();
    assert!(steps.len() >= 15, "{steps:?}");
    steps.iter().map(|step| std::fs::read_to_string(step.join("up.sql")).unwrap()).collect()
}

/// What the migrations keep for themselves, the shadow tables of SQLite's full-text index, and what its planner goes by.
const NOT_OURS: [&str; 3] = ["__diesel_schema_migrations", "ticket_fts", "sqlite_stat"];

macro_rules! tables {
    ($($name:ident),+ $(,)?) => {
        const TABLES: &[&str] = &[$(stringify!($name)),+];

        fn select_all(conn: &mut Conn<'_>) -> Vec<(&'static str, QueryResult<usize>)> {
            vec![$((stringify!($name), on!(&mut *conn, |c| schema::$name::table.limit(1).execute(c)))),+]
        }

        fn columns(table: &str) -> Vec<&'static str> {
            match table {
                $(stringify!($name) => names_of(schema::$name::all_columns),)+
                _ => Vec::new(),
            }
        }
    };
}
tables!(
    regions,
    opds,
    people,
    grants,
    password_history,
    sessions,
    refresh_tokens,
    one_time_links,
    sign_in_attempts,
    services,
    ticket_numbers,
    tickets,
    ticket_texts,
    handovers,
    events,
    comments,
    attachments,
    watchers,
    ticket_links,
    ratings,
    notices,
    idempotency_keys,
    audit_entries,
    calendars,
    calendar_editions,
    opd_calendars,
    holidays,
    agreements,
    agreement_versions,
    sla_clocks,
    sla_facts,
    sla_firings,
    sla_waivers,
    ticket_deadlines,
    mails,
    inbound_mails,
    mail_bounces,
    mailboxes,
    mail_choices,
    digests,
    saved_views,
    canned_answers,
    drafts,
    presences,
    second_factors,
    recovery_codes,
    audit_heads,
    audit_tiles,
    audit_checkpoints,
    restores,
);

/// Names out of diesel's own tuple of columns, whose types end in `…::columns::name`.
fn names_of<T>(_: T) -> Vec<&'static str> {
    std::any::type_name::<T>()
        .trim_matches(['(', ')'])
        .split(',')
        .filter_map(|path| path.trim().rsplit("::").next())
        .filter(|name| !name.is_empty())
        .collect()
}

#[derive(QueryableByName, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Pair {
    #[diesel(sql_type = Text)]
    a: String,
    #[diesel(sql_type = Text)]
    b: String,
}

fn pairs(conn: &mut Conn<'_>, sqlite: &str, postgres: &str) -> BTreeSet<(String, String)> {
    let rows: Vec<Pair> = match conn {
        Conn::Sqlite(c) => diesel::sql_query(sqlite).load(&mut **c).unwrap(),
        Conn::Pg(c) => diesel::sql_query(postgres).load(&mut **c).unwrap(),
    };
    rows.into_iter().map(|p| (p.a, p.b)).collect()
}

/// Runs `f` on an empty database of the kind under test.
fn on_empty(f: impl FnOnce(&mut Conn<'_>)) {
    let database = Database::empty();
    match database.url.strip_prefix("sqlite:") {
        Some(path) => f(&mut Conn::Sqlite(&mut SqliteConnection::establish(path).unwrap())),
        None => f(&mut Conn::Pg(&mut PgConnection::establish(&database.url).unwrap())),
    }
}

/// Everything that the migrations made, with its definition.
fn everything(conn: &mut Conn<'_>) -> BTreeSet<(String, String)> {
    let all = pairs(
        conn,
        "SELECT type || ' ' || name AS a, coalesce(sql, '') AS b FROM sqlite_master",
        "SELECT 'column ' || c.relname || '.' || a.attnum AS a, \
                a.attname || ' ' || format_type(a.atttypid, a.atttypmod) || ' ' || a.attnotnull AS b \
         FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped \
         WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' \
         UNION ALL SELECT 'constraint ' || conname, pg_get_constraintdef(oid) FROM pg_constraint \
         WHERE connamespace = 'public'::regnamespace \
         UNION ALL SELECT 'index ' || indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' \
         UNION ALL SELECT 'trigger ' || tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal \
         UNION ALL SELECT 'function ' || proname, prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace \
         UNION ALL SELECT 'sequence ' || relname, '' FROM pg_class \
         WHERE relkind = 'S' AND relnamespace = 'public'::regnamespace",
    );
    all.into_iter().filter(|(name, _)| !name.contains("__diesel_schema_migrations")).collect()
}

#[test]
fn up_then_down_leaves_nothing_and_up_again_leaves_the_same() {
    on_empty(|conn| {
        assert!(!migrate::up(conn).unwrap().is_empty());
        let first = everything(conn);
        assert!(first.len() > 60);
        migrate::down(conn).unwrap();
        assert_eq!(everything(conn), BTreeSet::new());
        migrate::up(conn).unwrap();
        assert_eq!(everything(conn), first);
        assert!(migrate::up(conn).unwrap().is_empty());
    });
}

#[test]
fn every_table_of_the_database_is_known_to_diesel_with_all_its_columns() {
    on_empty(|conn| {
        migrate::up(conn).unwrap();
        for (table, result) in select_all(conn) {
            assert!(result.is_ok(), "{table}: {result:?}");
        }
        let found = pairs(
            conn,
            "SELECT m.name AS a, c.name AS b FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table'",
            "SELECT table_name::text AS a, column_name::text AS b FROM information_schema.columns \
             WHERE table_schema = 'public'",
        );
        let ours = found.into_iter().filter(|(table, _)| !NOT_OURS.iter().any(|other| table.starts_with(other)));
        let known: BTreeSet<(String, String)> = TABLES
            .iter()
            .flat_map(|t| columns(t).into_iter().map(|c| ((*t).to_owned(), c.to_owned())).collect::<Vec<_>>())
            .collect();
        assert_eq!(ours.collect::<BTreeSet<_>>(), known);
    });
}

#[test]
fn every_foreign_key_has_an_index_that_begins_with_its_column() {
    on_empty(|conn| {
        migrate::up(conn).unwrap();
        let keys = pairs(
            conn,
            "SELECT m.name AS a, f.\"from\" AS b FROM sqlite_master m JOIN pragma_foreign_key_list(m.name) f \
             WHERE m.type = 'table'",
            "SELECT c.conrelid::regclass::text AS a, a.attname::text AS b FROM pg_constraint c \
             JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1] WHERE c.contype = 'f'",
        );
        // One of those that are not null is enough: no row refers to nothing.
        let indexed = pairs(
            conn,
            "SELECT m.name AS a, x.name AS b FROM sqlite_master m JOIN pragma_index_list(m.name) i \
             JOIN pragma_index_info(i.name) x LEFT JOIN sqlite_master s ON s.name = i.name AND s.type = 'index' \
             WHERE m.type = 'table' AND x.seqno = 0 \
             AND (i.partial = 0 OR s.sql LIKE '% WHERE ' || x.name || ' IS NOT NULL')",
            "SELECT i.indrelid::regclass::text AS a, a.attname::text AS b FROM pg_index i \
             JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0] \
             WHERE i.indpred IS NULL OR pg_get_expr(i.indpred, i.indrelid) = '(' || a.attname || ' IS NOT NULL)'",
        );
        assert!(keys.len() > 25);
        let bare: Vec<_> = keys.difference(&indexed).collect();
        assert!(bare.is_empty(), "{bare:?}");
    });
}

/// Tables of an SQL file in their order, each with its columns in theirs.
fn written(sql: &str) -> Vec<(String, Vec<String>)> {
    let mut tables = Vec::new();
    for block in sql.split("CREATE TABLE ").skip(1) {
        let (name, rest) = block.split_once(" (\n").unwrap();
        let body = rest.split("\n)").next().unwrap();
        let columns = body.lines().filter_map(|line| line.split_whitespace().next());
        let columns = columns.filter(|word| word.starts_with(|c: char| c.is_ascii_lowercase())).map(str::to_owned);
        tables.push((name.to_owned(), columns.collect::<Vec<_>>()));
    }
    for later in sql.split("ALTER TABLE ").skip(1) {
        let mut words = later.split_whitespace();
        let (Some(table), Some("ADD"), Some("COLUMN"), Some(column)) =
            (words.next(), words.next(), words.next(), words.next())
        else {
            continue;
        };
        let known = tables.iter_mut().find(|(name, _)| name == table);
        known.unwrap().1.push(column.to_owned());
    }
    tables
}

// T8
#[test]
fn both_dialects_and_diesel_have_the_same_tables_and_columns_in_the_same_order() {
    let (sqlite, postgres) = (written(&migrations("sqlite")), written(&migrations("postgres")));
    assert_eq!(sqlite, postgres);
    let diesel: Vec<(String, Vec<String>)> =
        TABLES.iter().map(|t| ((*t).to_owned(), columns(t).into_iter().map(str::to_owned).collect())).collect();
    assert_eq!(sqlite, diesel);
    let swapped = written("CREATE TABLE a (\n    y TEXT,\n    x TEXT,\n    CHECK (x > y)\n);");
    assert_ne!(written("CREATE TABLE a (\n    x TEXT,\n    y TEXT\n);"), swapped);
    assert_eq!(swapped, [("a".to_owned(), vec!["y".to_owned(), "x".to_owned()])]);
    let added = written("CREATE TABLE a (\n    x TEXT\n);\nALTER TABLE a ADD COLUMN y TEXT;");
    assert_eq!(added, [("a".to_owned(), vec!["x".to_owned(), "y".to_owned()])]);
}

/// What an SQL file makes and drops of indexes, in its order.
fn indexing(sql: &str) -> Vec<String> {
    let statements = sql.split(';').map(|statement| {
        let lines = statement.lines().filter(|line| !line.starts_with("--"));
        lines.flat_map(str::split_whitespace).collect::<Vec<_>>().join(" ")
    });
    let begins =
        |text: &String| ["CREATE INDEX ", "CREATE UNIQUE INDEX ", "DROP INDEX "].iter().any(|b| text.starts_with(b));
    statements.filter(begins).collect()
}

/// Tables of the dictionary, each with its columns.
fn described(dictionary: &str) -> BTreeMap<String, Vec<String>> {
    let word = |line: &str| line.strip_prefix('`')?.split_once('`').map(|(word, _)| word.to_owned());
    let mut tables = BTreeMap::new();
    for section in dictionary.split("\n## ").skip(1) {
        let Some(table) = word(section) else { continue };
        let rows = section.lines().filter_map(|line| line.strip_prefix("| "));
        assert!(tables.insert(table, rows.filter_map(word).collect()).is_none());
    }
    tables
}

// T8
#[test]
fn both_dialects_have_the_same_indexes() {
    let of = |dialect| indexing(&migrations(dialect));
    let (sqlite, mut postgres) = (of("sqlite"), of("postgres"));
    // Words have an index of their own on SQLite.
    postgres.retain(|index| !index.contains(" ON ticket_texts ") && !index.starts_with("DROP INDEX ticket_texts"));
    assert!(sqlite.len() > 60, "{}", sqlite.len());
    assert_eq!(sqlite, postgres);
    let one = indexing("-- CREATE INDEX no ON a (x);\nCREATE UNIQUE INDEX a_x\n    ON a (x) WHERE y;\nDROP INDEX b;");
    assert_eq!(one, ["CREATE UNIQUE INDEX a_x ON a (x) WHERE y", "DROP INDEX b"]);
}

// T8
#[test]
fn the_data_dictionary_names_every_table_and_column_and_no_other() {
    let found = described(include_str!("../../docs/data-dictionary.md"));
    for (table, columns) in written(&migrations("sqlite")) {
        assert_eq!(found.get(&table), Some(&columns), "{table}");
    }
    assert_eq!(found.keys().map(String::as_str).collect::<BTreeSet<_>>(), TABLES.iter().copied().collect());
    let none = described("# A\n\n## `a`\n\n| column |\n|---|\n| `x` | `y` |\n\n## Others\n\n| `z` |\n");
    assert_eq!(none, BTreeMap::from([("a".to_owned(), vec!["x".to_owned()])]));
}

// L13
#[actix_web::test]
async fn an_audit_entry_can_be_neither_changed_nor_removed() {
    use schema::audit_entries as audit;
    let app = TestApp::new().await;
    let count = async || app.within(|tx| Ok(on!(tx.conn(), |c| audit::table.count().get_result::<i64>(c))?)).await;
    let before = count().await;
    assert!(before > 0);
    let caller = || (Caller::Anonymous, Origin::default());
    let (who, origin) = caller();
    let changed = app.app.write(who, origin, |tx| {
        Ok(on!(tx.conn(), |c| diesel::update(audit::table).set(audit::action.eq("lain")).execute(c))?)
    });
    assert!(changed.await.unwrap_err().to_string().contains("never changed"));
    let (who, origin) = caller();
    let removed = app.app.write(who, origin, |tx| Ok(on!(tx.conn(), |c| diesel::delete(audit::table).execute(c))?));
    assert!(removed.await.unwrap_err().to_string().contains("removed"));
    assert_eq!(count().await, before);
    let names: BTreeMap<String, i64> = app
        .within(|tx| {
            let all: Vec<String> = on!(tx.conn(), |c| audit::table.select(audit::action).load(c))?;
            Ok(all.into_iter().fold(BTreeMap::new(), |mut counts, name| {
                *counts.entry(name).or_default() += 1;
                counts
            }))
        })
        .await;
    assert!(!names.contains_key("lain"));
}
