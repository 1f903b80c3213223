//! Mails of ours in what is left of an answer: programs quote in more ways than `cut` knows.

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
