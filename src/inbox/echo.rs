//! Mails of ours in what is left of an answer, and in its files: programs quote in more ways than `cut` knows.

use super::parse::parse;
use super::part::{Enclosed, decoded};
use crate::message::Language;
use crate::say;
use std::collections::BTreeSet;

/// Bytes of a file that are looked at.
const LOOKED: usize = 1 << 20;

/// What stands of mails of ours in texts or files, marked, laid out and broken into lines as it may be.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Echo {
    /// A mail about whatever ticket.
    any: bool,
    /// What stands where our mails name their ticket: behind its link, and in their first facts.
    numbers: BTreeSet<String>,
}

impl Echo {
    /// Of a message's files: they are mails, or such a mail stands in them as text or packed as mails are. Long work, to be
    /// done before a transaction that holds anything.
    #[must_use]
    pub fn of(files: &[Enclosed]) -> Self {
        let mut echo = Self::default();
        for file in files {
            echo.look_into(file);
            if echo.any {
                break;
            }
        }
        echo
    }

    fn look_into(&mut self, file: &Enclosed) {
        let name = file.name.to_lowercase();
        if [".eml", ".msg"].iter().any(|ending| name.ends_with(ending)) {
            self.any = true;
            return;
        }
        let head = file.bytes.get(..LOOKED).unwrap_or(&file.bytes);
        // What holds this byte is no text.
        if head.contains(&0) {
            return;
        }
        self.read(&decoded(head, None));
        if let Ok(letter) = parse(head) {
            self.read(&letter.text);
        }
    }

    fn read(&mut self, text: &str) {
        let text = words(text);
        self.any |= holds_footer(&text);
        let links = behind(&text, "/tickets/").filter_map(|rest| rest.split([' ', '/']).next());
        self.numbers.extend(links.map(str::to_owned));
        for language in Language::ALL {
            let label = words(&say!("mail.fact.number").text(*language));
            let next = words(&say!("mail.fact.subject").text(*language));
            let facts = behind(&text, label.trim_start()).filter_map(|rest| rest.split_at_checked(rest.find(' ')?));
            let facts = facts.filter(|(_, rest)| rest.starts_with(&next));
            self.numbers.extend(facts.map(|(number, _)| number.to_owned()));
        }
    }

    /// Whether one of them is about this ticket, or may be.
    #[must_use]
    pub fn is_of(&self, number: &str) -> bool {
        let number = number.to_lowercase();
        self.any || self.numbers.iter().any(|found| found.starts_with(&number))
    }
}

/// What follows each of these.
fn behind<'a>(text: &'a str, before: &'a str) -> impl Iterator<Item = &'a str> {
    text.match_indices(before).filter_map(move |(at, _)| text.get(at + before.len()..))
}

/// Whether a mail of ours about this ticket still stands in a text.
#[must_use]
pub fn holds_ours(text: &str, number: &str) -> bool {
    let mut echo = Echo::default();
    echo.read(text);
    echo.is_of(number)
}

/// Whether a text may come of a mail of ours, about whatever ticket: it names one by a number that begins with one of these
/// prefixes, or holds the line that says why our mails are sent.
#[must_use]
pub fn speaks_of_ours(text: &str, prefixes: &[String]) -> bool {
    let text = words(text);
    let is_number = |rest: &str| {
        let (year, n) = rest.split_at_checked(4).unwrap_or_default();
        let n = n.strip_prefix('-').unwrap_or_default();
        year.bytes().all(|b| b.is_ascii_digit()) && n.starts_with(|c: char| c.is_ascii_digit())
    };
    let numbered = |prefix: &String| text.split(&format!("{}-", prefix.to_lowercase())).skip(1).any(is_number);
    prefixes.iter().any(numbered) || holds_footer(&text)
}

fn holds_footer(text: &str) -> bool {
    Language::ALL.iter().any(|language| has(text, &say!("mail.footer").text(*language)))
}

fn has(text: &str, what: &str) -> bool {
    text.contains(&format!(" {} ", words(what).trim()))
}

/// Words alone, in lower case, each between blanks.
fn words(text: &str) -> String {
    let parts = text.split(|c: char| !c.is_alphanumeric() && !matches!(c, '/' | '-')).filter(|part| !part.is_empty());
    let mut words = String::from(" ");
    for part in parts {
        words.push_str(&part.to_lowercase());
        words.push(' ');
    }
    words
}
