//! Mails of ours in what is left of an answer, and in its files: programs quote in more ways than `cut` knows.

use super::parse::parse;
use super::part::{Enclosed, decoded};
use crate::message::Language;
use crate::say;

/// Whether a mail of ours about this ticket still stands in a text, marked, laid out and broken into lines as it may be:
/// by the link to the ticket, its first facts, or the line that says why it was sent.
#[must_use]
pub fn holds_ours(text: &str, number: &str) -> bool {
    let number = number.to_lowercase();
    let text = words(text);
    text.contains(&format!("/tickets/{number}"))
        || holds_footer(&text)
        || Language::ALL.iter().any(|language| {
            let (label, next) = (say!("mail.fact.number").text(*language), say!("mail.fact.subject").text(*language));
            has(&text, &format!("{label} {number} {next}"))
        })
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

/// Bytes of a file in which a mail of ours is looked for as it stands.
const LOOKED: usize = 1 << 20;

/// Whether a file is a mail, which may be ours or hold one, or whether such a mail about this ticket stands in it as text or
/// packed as mails are.
#[must_use]
pub fn encloses_ours(file: &Enclosed, number: &str) -> bool {
    let name = file.name.to_lowercase();
    if [".eml", ".msg"].iter().any(|ending| name.ends_with(ending)) {
        return true;
    }
    let head = file.bytes.get(..LOOKED).unwrap_or(&file.bytes);
    // What holds this byte is no text.
    !head.contains(&0)
        && (holds_ours(&decoded(head, None), number)
            || parse(&file.bytes).is_ok_and(|letter| holds_ours(&letter.text, number)))
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
