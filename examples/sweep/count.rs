//! What lies in a database: rows of each table, and the sums of what counts upwards.

use diesel::{Connection, PgConnection, QueryableByName, RunQueryDsl, SqliteConnection, sql_query};
use std::collections::BTreeMap;

/// Rows of a table, or the sum of a column.
pub type Counts = BTreeMap<String, i64>;

#[derive(QueryableByName)]
struct Name {
    #[diesel(sql_type = diesel::sql_types::Text)]
    name: String,
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = diesel::sql_types::Text)]
    name: String,
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    n: i64,
}

/// A look at the database beside the service.
enum Book {
    Postgres(PgConnection),
    Sqlite(SqliteConnection),
}

/// The tables of the service. In SQLite those of the search are its own matter.
const SQLITE: &str =
    "SELECT name FROM pragma_table_list WHERE type = 'table' AND schema = 'main' AND name NOT LIKE 'sqlite_%'";
const POSTGRES: &str = "SELECT table_name::text AS name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'";
/// Columns that only grow: a change of a row that no new row shows.
const GROWING: [(&str, &str); 2] = [("tickets", "version"), ("ticket_numbers", "last")];
/// What signing in leaves.
const BESIDE: [&str; 3] = ["sessions", "refresh_tokens", "sign_in_attempts"];

/// Counts everything at `url` in one snapshot. Opened for this only, and while a node runs: what an end leaves is for the
/// next node to put in order.
pub fn count(url: &str) -> Result<Counts, String> {
    let mut book = Book::open(url)?;
    let names = book.names()?;
    let rows = names.iter().filter(|name| !BESIDE.contains(&name.as_str()));
    let rows = rows.map(|name| format!("SELECT '{name}' AS name, count(*) AS n FROM {name}"));
    let sums = GROWING.iter().map(|(table, column)| {
        format!("SELECT '{table}.{column}' AS name, CAST(coalesce(sum({column}), 0) AS BIGINT) AS n FROM {table}")
    });
    // One statement is one snapshot.
    let sql = rows.chain(sums).collect::<Vec<_>>().join(" UNION ALL ");
    let found: Vec<Count> = match &mut book {
        Book::Postgres(conn) => sql_query(sql).load(conn),
        Book::Sqlite(conn) => sql_query(sql).load(conn),
    }
    .map_err(|e| e.to_string())?;
    Ok(found.into_iter().map(|count| (count.name, count.n)).collect())
}

impl Book {
    fn open(url: &str) -> Result<Self, String> {
        match url.strip_prefix("sqlite:") {
            Some(path) => SqliteConnection::establish(path).map(Self::Sqlite).map_err(|e| e.to_string()),
            None => PgConnection::establish(url).map(Self::Postgres).map_err(|e| e.to_string()),
        }
    }

    fn names(&mut self) -> Result<Vec<String>, String> {
        let found: Vec<Name> = match self {
            Self::Postgres(conn) => sql_query(POSTGRES).load(conn),
            Self::Sqlite(conn) => sql_query(SQLITE).load(conn),
        }
        .map_err(|e| e.to_string())?;
        Ok(found.into_iter().map(|name| name.name).collect())
    }
}

/// What has been added, without what stayed.
pub fn added(before: &Counts, after: &Counts) -> Counts {
    let change = |(name, n): (&String, &i64)| (name.clone(), n - before.get(name).copied().unwrap_or_default());
    after.iter().map(change).filter(|(_, n)| *n != 0).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stayed_is_not_told() {
        let before = Counts::from([("a".to_owned(), 1), ("b".to_owned(), 2)]);
        let after = Counts::from([("a".to_owned(), 1), ("b".to_owned(), 5), ("c".to_owned(), 1)]);
        assert_eq!(added(&before, &after), Counts::from([("b".to_owned(), 3), ("c".to_owned(), 1)]));
    }
}
