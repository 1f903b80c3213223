//! Full-text search that finds the same on both databases: words are stemmed here, in Indonesian, and stored
//! stemmed, so that neither database's own idea of the language decides.

use super::schema::tickets;
use diesel::BoxableExpression;
use diesel::dsl::sql;
use diesel::pg::Pg;
use diesel::sql_types::{Bool, Text};
use diesel::sqlite::Sqlite;
use waken_snowball::{Algorithm, stem};

/// Words of a query at most; the rest is not looked for.
const WORDS: usize = 12;

/// The stemmed words of `text`, in order: lower-cased, letters and digits only.
#[must_use]
pub fn terms(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty() && word.chars().count() <= 64)
        .map(|word| stem(Algorithm::Indonesian, &word.to_lowercase()).into_owned())
        .filter(|word| !word.is_empty())
        .collect()
}

/// A condition on tickets, boxed for a backend.
pub type Condition<DB> = Box<dyn BoxableExpression<tickets::table, DB, SqlType = Bool>>;

/// A database that can look for words.
pub trait Search: diesel::backend::Backend + Sized {
    /// Tickets whose subject or description holds every word of `query`, the last one perhaps only begun.
    fn matching(query: &str) -> Condition<Self>;
}

impl Search for Sqlite {
    fn matching(query: &str) -> Condition<Self> {
        let words = terms(query);
        // Quoted, so that no word of a user is an operator of FTS5.
        let quoted: Vec<String> = words.iter().take(WORDS).map(|w| format!("\"{w}\"*")).collect();
        Box::new(
            sql::<Bool>(
                "tickets.id IN (SELECT t.ticket_id FROM ticket_texts t WHERE t.doc IN \
                 (SELECT rowid FROM ticket_fts WHERE ticket_fts MATCH ",
            )
            .bind::<Text, _>(if quoted.is_empty() { "\"\"".into() } else { quoted.join(" ") })
            .sql("))"),
        )
    }
}

impl Search for Pg {
    fn matching(query: &str) -> Condition<Self> {
        let words = terms(query);
        let quoted: Vec<String> = words.iter().take(WORDS).map(|w| format!("{w}:*")).collect();
        Box::new(
            sql::<Bool>(
                "tickets.id IN (SELECT t.ticket_id FROM ticket_texts t WHERE to_tsvector('simple', t.terms) @@ \
                 to_tsquery('simple', ",
            )
            .bind::<Text, _>(quoted.join(" & "))
            .sql("))"),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::terms;

    #[test]
    fn words_of_one_root_become_the_same_term() {
        assert_eq!(terms("diperbaiki"), terms("perbaikan"));
        assert_eq!(terms("Jaringan, JARINGAN!"), ["jaring", "jaring"]);
    }
}
