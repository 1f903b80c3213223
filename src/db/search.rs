//! Full-text search that finds the same on both databases: words are stemmed here, in Indonesian, and stored
//! stemmed, so that neither database's own idea of the language decides.

use super::fixed::fixed_with;
use super::schema::tickets;
use super::types::{Id, Uid};
use diesel::BoxableExpression;
use diesel::dsl::sql;
use diesel::pg::Pg;
use diesel::sql_types::{Array, Bool, Text};
use diesel::sqlite::Sqlite;
use icu_properties::CodePointMapData;
use icu_properties::props::GeneralCategory;
use waken_snowball::{Algorithm, stem};

/// Words of a query at most; the rest is not looked for.
const WORDS: usize = 12;

/// Of letters and digits words are made; of numbers such as ½, ² and Ⅳ, which not every database takes for either, none.
fn is_of_a_word(c: char) -> bool {
    let is_other_number =
        |c| matches!(CodePointMapData::new().get(c), GeneralCategory::LetterNumber | GeneralCategory::OtherNumber);
    c.is_ascii_alphanumeric() || (c.is_alphanumeric() && !is_other_number(c))
}

/// The words of `text`, in order: lower-cased, letters and digits only.
fn words(text: &str) -> impl Iterator<Item = String> {
    text.split(|c: char| !is_of_a_word(c))
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

/// The pattern of texts in small letters in which `text` stands somewhere, by whatever letters; `%` and `_` mean themselves, where
/// `LIKE` escapes by a backslash.
#[must_use]
pub fn anywhere_in(text: &str) -> String {
    let plain = text.to_lowercase().replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    format!("%{plain}%")
}

/// A query's words: the root of each finished one, and the last one as it was typed.
fn asked(query: &str) -> (Vec<String>, Option<String>) {
    let words: Vec<String> = words(query).take(WORDS).collect();
    (words.iter().map(|w| root(w)).collect(), words.last().cloned())
}

/// A condition on tickets, boxed for a backend; they may stand in a join.
pub type Condition<DB, From = tickets::table> = Box<dyn BoxableExpression<From, DB, SqlType = Bool>>;

/// Of the last word of a query, what is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Last {
    /// All of it, in any form of its root.
    Whole,
    /// Its beginning, and not all of it: it is still being typed.
    Begun,
    /// One or the other.
    Either,
}

/// Among whose tickets words are looked for: it makes the way through the index shorter and gives no right to see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Among {
    /// All of a region.
    Region(Id),
    /// What a person asked for, and all of some organisations.
    Few {
        /// The person.
        requester: Id,
        /// The organisations.
        opds: Vec<Id>,
    },
}

/// A database that can look for words.
pub trait Search: diesel::backend::Backend + Sized {
    /// Entries of the index `ticket_fts`, which stands in `From`, that hold every word of `query`; none if it has no word.
    fn holding<From: 'static>(query: &str, last: Last, among: &Among) -> Condition<Self, From>;

    /// Tickets of which the entry does so.
    fn matching<From: 'static>(query: &str, among: &Among) -> Condition<Self, From>;
}

/// What FTS5 is asked; every word is quoted, so that none of a user's is an operator.
fn fts5(query: &str, last: Last, among: &Among) -> String {
    let (roots, typed) = asked(query);
    let mut terms: Vec<String> = roots.iter().map(|root| format!("\"{root}\"")).collect();
    if let (Some(root), Some(typed)) = (terms.last_mut(), typed) {
        match last {
            Last::Whole => {}
            Last::Begun => *root = format!("(\"{typed}\"* NOT {root})"),
            Last::Either => *root = format!("({root} OR \"{typed}\"*)"),
        }
    }
    if terms.is_empty() {
        return "\"\"".into();
    }
    let place = |kind: char, id: &Id| format!("\"{kind}{}\"", id.0.simple());
    let places = match among {
        Among::Region(region) => vec![place('r', region)],
        Among::Few { requester, opds } => {
            let opds = opds.iter().map(|opd| place('o', opd));
            opds.chain([place('q', requester)]).collect()
        }
    };
    format!("{{place}} : ({}) AND {{terms}} : ({})", places.join(" OR "), terms.join(" AND "))
}

impl Search for Sqlite {
    fn holding<From: 'static>(query: &str, last: Last, among: &Among) -> Condition<Self, From> {
        Box::new(fixed_with("ticket_fts MATCH ", fts5(query, last, among), ""))
    }

    fn matching<From: 'static>(query: &str, among: &Among) -> Condition<Self, From> {
        let begin = "tickets.id IN (SELECT f.ticket_id FROM ticket_fts f WHERE f.ticket_fts MATCH ";
        Box::new(fixed_with(begin, fts5(query, Last::Either, among), ")"))
    }
}

/// What PostgreSQL is asked: every word is made of letters and digits, so that none is an operator.
fn tsquery(query: &str, last: Last) -> String {
    let (mut roots, typed) = asked(query);
    if let (Some(root), Some(typed)) = (roots.last_mut(), typed) {
        match last {
            Last::Whole => {}
            Last::Begun => *root = format!("({typed}:* & !{root})"),
            Last::Either => *root = format!("({root} | {typed}:*)"),
        }
    }
    roots.join(" & ")
}

impl Search for Pg {
    fn holding<From: 'static>(query: &str, last: Last, among: &Among) -> Condition<Self, From> {
        let begin = sql::<Bool>("(ticket_fts.words @@ to_tsquery('simple', ")
            .bind::<Text, _>(tsquery(query, last))
            .sql(") AND ");
        match among {
            Among::Region(region) => Box::new(begin.sql("ticket_fts.region_id = ").bind::<Uid, _>(*region).sql(")")),
            Among::Few { requester, opds } => Box::new(
                begin
                    .sql("(ticket_fts.requester_id = ")
                    .bind::<Uid, _>(*requester)
                    .sql(" OR ticket_fts.opd_id = ANY (")
                    .bind::<Array<Uid>, _>(opds.clone())
                    .sql(")))"),
            ),
        }
    }

    fn matching<From: 'static>(query: &str, _: &Among) -> Condition<Self, From> {
        let begin = "tickets.id IN (SELECT t.ticket_id FROM ticket_fts t WHERE t.words @@ to_tsquery('simple', ";
        Box::new(fixed_with(begin, tsquery(query, Last::Either), "))"))
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
