//! Mails of ours in what is left of an answer: programs quote in more ways than `cut` knows.

use crate::message::Language;
use crate::say;

/// Whether a mail of ours about this ticket still stands in a text, marked, laid out and broken into lines as it may be:
/// by the link to the ticket, its first facts, or the line that says why it was sent.
#[must_use]
pub fn holds_ours(text: &str, number: &str) -> bool {
    let number = number.to_lowercase();
    let text = words(text);
    let has = |what: &str| text.contains(&format!(" {} ", words(what).trim()));
    text.contains(&format!("/tickets/{number}"))
        || Language::ALL.iter().any(|language| {
            let (label, next) = (say!("mail.fact.number").text(*language), say!("mail.fact.subject").text(*language));
            has(&format!("{label} {number} {next}")) || has(&say!("mail.footer").text(*language))
        })
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
