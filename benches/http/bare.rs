//! The bare drivers of both databases, with prepared statements.

use super::capture::{Captured, Value};
use super::floor::Drawn;
use postgres::types::{Format, IsNull, ToSql, Type, private::BytesMut, to_sql_checked};
use rusqlite::types::{ToSqlOutput, ValueRef};
use std::collections::HashMap;
use std::error::Error;

/// A connection.
pub enum Bare {
    Sqlite(rusqlite::Connection),
    Pg(postgres::Client, HashMap<String, postgres::Statement>),
}

impl Bare {
    /// Opens `sqlite:FILE` or a PostgreSQL database, with the service's durability.
    pub fn open(url: &str) -> Self {
        let Some(file) = url.strip_prefix("sqlite:") else {
            return Self::Pg(postgres::Client::connect(url, postgres::NoTls).unwrap(), HashMap::new());
        };
        let conn = rusqlite::Connection::open(file).unwrap();
        conn.execute_batch(
            "PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
             PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY;",
        )
        .unwrap();
        conn.set_prepared_statement_cache_capacity(500);
        Self::Sqlite(conn)
    }

    /// Runs what has no values.
    pub fn batch(&mut self, sql: &str) {
        match self {
            Self::Sqlite(conn) => conn.execute_batch(sql).unwrap(),
            Self::Pg(client, _) => client.batch_execute(sql).unwrap(),
        }
    }

    /// Runs the statements of a request.
    pub fn run(&mut self, captured: &Captured, drawn: &Drawn<'_>) {
        match self {
            Self::Sqlite(conn) => on_sqlite(conn, captured, drawn),
            Self::Pg(client, kept) => on_postgres(client, kept, captured, drawn),
        }
    }
}

fn on_sqlite(conn: &rusqlite::Connection, captured: &Captured, drawn: &Drawn<'_>) {
    for statement in &captured.statements {
        let mut prepared = conn.prepare_cached(&statement.sql).unwrap();
        for (place, value) in statement.values.iter().enumerate() {
            let bound = match value {
                Value::Null => ValueRef::Null,
                Value::Int(n) => ValueRef::Integer(*n),
                Value::Blob(b) => ValueRef::Blob(b),
                Value::Id(id) => ValueRef::Blob(drawn.ids.get(id).unwrap_or(id).as_bytes()),
                Value::Text(t) => match &drawn.number {
                    Some((old, new)) if t == old => ValueRef::Text(new.as_bytes()),
                    _ => ValueRef::Text(t.as_bytes()),
                },
                Value::List(_) => panic!("SQLite knows no lists: {}", statement.sql),
            };
            prepared.raw_bind_parameter(place + 1, ToSqlOutput::Borrowed(bound)).unwrap();
        }
        let columns = prepared.column_count();
        let mut rows = prepared.raw_query();
        while let Some(row) = rows.next().unwrap_or_else(|e| panic!("{e}: {}", statement.sql)) {
            for column in 0..columns {
                std::hint::black_box(row.get_ref(column).unwrap());
            }
        }
    }
}

fn on_postgres(
    client: &mut postgres::Client,
    kept: &mut HashMap<String, postgres::Statement>,
    captured: &Captured,
    drawn: &Drawn<'_>,
) {
    for statement in &captured.statements {
        if !kept.contains_key(&statement.sql) {
            let prepared = client.prepare(&statement.sql).unwrap_or_else(|e| panic!("{e}: {}", statement.sql));
            kept.insert(statement.sql.clone(), prepared);
        }
        let prepared = &kept[&statement.sql];
        let texts: Vec<Plain> = statement
            .values
            .iter()
            .zip(prepared.params())
            .map(|(value, kind)| {
                Plain(match value {
                    Value::Id(id) => Some(drawn.ids.get(id).unwrap_or(id).to_string()),
                    Value::Text(t) => match &drawn.number {
                        Some((old, new)) if t == old => Some(new.clone()),
                        _ => text(value, kind),
                    },
                    _ => text(value, kind),
                })
            })
            .collect();
        let values: Vec<&(dyn ToSql + Sync)> = texts.iter().map(|t| -> &(dyn ToSql + Sync) { t }).collect();
        let rows = client.query(prepared, &values).unwrap_or_else(|e| panic!("{e:?}: {} {texts:?}", statement.sql));
        std::hint::black_box(rows);
    }
}

/// A value as PostgreSQL reads it; nothing for NULL.
pub fn text(value: &Value, kind: &Type) -> Option<String> {
    Some(match value {
        Value::Null => return None,
        Value::Int(n) if *kind == Type::BOOL => (*n != 0).to_string(),
        Value::Int(n) => n.to_string(),
        Value::Text(t) => t.clone(),
        Value::Blob(b) => b.iter().fold("\\x".to_owned(), |hex, byte| format!("{hex}{byte:02x}")),
        Value::Id(id) => id.to_string(),
        Value::List(all) => {
            let all: Vec<String> = all.iter().filter_map(|v| text(v, &Type::TEXT)).collect();
            format!("{{{}}}", all.iter().map(|v| format!("{v:?}")).collect::<Vec<_>>().join(","))
        }
    })
}

/// A parameter in PostgreSQL's text form, of whatever type.
#[derive(Debug)]
struct Plain(Option<String>);

impl ToSql for Plain {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        match &self.0 {
            None => Ok(IsNull::Yes),
            Some(text) => {
                out.extend_from_slice(text.as_bytes());
                Ok(IsNull::No)
            }
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    fn encode_format(&self, _: &Type) -> Format {
        Format::Text
    }

    to_sql_checked!();
}
