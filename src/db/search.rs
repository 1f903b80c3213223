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

/// The words of `text`, in order: lower-cased, letters and digits only.
fn words(text: &str) -> impl Iterator<Item = String> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty() && word.chars().count() <= 64)
        .map(str::to_lowercase)
}

fn root(word: &str) -> String {
    let root = stem(Algorithm::Indonesian, word).into_owned();
    if root.is_empty() { word.to_owned() } else { root }
}

/// What is stored of `text`: each word's root, and the word itself where it differs, so that a word is found in all
/// its forms and while it is being typed.
#[must_use]
pub fn indexed(text: &str) -> String {
    let mut terms = Vec::new();
    for word in words(text) {
        let root = root(&word);
        if root != word {
            terms.push(root);
        }
        terms.push(word);
    }
    terms.join(" ")
}

/// A query's words: the root of each finished one, and the last one as it was typed.
fn asked(query: &str) -> (Vec<String>, Option<String>) {
    let words: Vec<String> = words(query).take(WORDS).collect();
    (words.iter().map(|w| root(w)).collect(), words.last().cloned())
}

/// A condition on tickets, boxed for a backend; they may stand in a join.
pub type Condition<DB, From = tickets::table> = Box<dyn BoxableExpression<From, DB, SqlType = Bool>>;

/// A database that can look for words.
pub trait Search: diesel::backend::Backend + Sized {
    /// Tickets whose subject or description holds every word of `query`, the last one perhaps only begun.
    fn matching<From: 'static>(query: &str) -> Condition<Self, From>;
}

impl Search for Sqlite {
    fn matching<From: 'static>(query: &str) -> Condition<Self, From> {
        let (mut roots, typed) = asked(query);
        // Quoted, so that no word of a user is an operator of FTS5.
        for root in &mut roots {
            *root = format!("\"{root}\"");
        }
        if let (Some(root), Some(typed)) = (roots.last_mut(), typed) {
            *root = format!("({root} OR \"{typed}\"*)");
        }
        Box::new(
            sql::<Bool>(
                "tickets.id IN (SELECT t.ticket_id FROM ticket_texts t WHERE t.doc IN \
                 (SELECT rowid FROM ticket_fts WHERE ticket_fts MATCH ",
            )
            .bind::<Text, _>(if roots.is_empty() { "\"\"".into() } else { roots.join(" AND ") })
            .sql("))"),
        )
    }
}

impl Search for Pg {
    fn matching<From: 'static>(query: &str) -> Condition<Self, From> {
        let (mut roots, typed) = asked(query);
        if let (Some(root), Some(typed)) = (roots.last_mut(), typed) {
            *root = format!("({root} | {typed}:*)");
        }
        Box::new(
            sql::<Bool>(
                "tickets.id IN (SELECT t.ticket_id FROM ticket_texts t WHERE to_tsvector('simple', t.terms) @@ \
                 to_tsquery('simple', ",
            )
            .bind::<Text, _>(roots.join(" & "))
            .sql("))"),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::{indexed, root};

    #[test]
    fn words_of_one_root_become_the_same_term() {
        assert_eq!(root("diperbaiki"), root("perbaikan"));
        assert_eq!(indexed("Jaringan, JARINGAN!"), "jaring jaringan jaring jaringan");
    }
}
