//! The titles of our own mails, in every language: an answer bears them in its subject, where they say nothing.

use crate::message::{Language, Say};
use crate::say;
use std::sync::LazyLock;

/// Stands for a name or a count that a title holds.
const GAP: char = '\u{0}';

/// What comes before such a gap and after it; the whole title and nothing where it has none.
static TITLES: LazyLock<Vec<(String, Option<String>)>> = LazyLock::new(|| {
    let words = |language: &Language| titles().map(|title| title.text(*language));
    let parts = |title: String| match title.split_once(GAP) {
        Some((before, after)) => (before.to_owned(), Some(after.to_owned())),
        None => (title, None),
    };
    Language::ALL.iter().flat_map(words).map(parts).collect()
});

fn titles() -> [Say; 16] {
    [
        say!("mail.opened.received"),
        say!("mail.opened.new"),
        say!("mail.assigned.title", assignee = GAP),
        say!("mail.escalated.title", tier2 = GAP),
        say!("mail.returned.title", tier1 = GAP),
        say!("mail.question.title"),
        say!("mail.resolved.title"),
        say!("mail.closed.title"),
        say!("mail.reopened.title"),
        say!("mail.warned.title"),
        say!("mail.overdue.title"),
        say!("mail.breached.title"),
        say!("mail.commented.title"),
        say!("mail.attached.title"),
        say!("mail.several", n = GAP),
        say!("mail.news.title"),
    ]
}

/// The subject of a ticket, of a text that followed our mark of it; a text that we did not write stays as it is.
#[must_use]
pub fn after_ours(text: &str) -> &str {
    // Nothing else stands in the subject of a secret ticket's mails.
    if Language::ALL.iter().any(|language| say!("mail.news.title").text(*language) == text) {
        return "";
    }
    let subject = |(before, after): &(String, Option<String>)| {
        let rest = text.strip_prefix(before.as_str())?;
        let Some(after) = after else { return rest.strip_prefix(": ") };
        let (filled, subject) = rest.split_once(&format!("{after}: "))?;
        // A title that begins with its gap begins with a count.
        let fits = if before.is_empty() { filled.bytes().all(|b| b.is_ascii_digit()) } else { true };
        Some(subject).filter(|_| fits && !filled.is_empty())
    };
    TITLES.iter().find_map(subject).unwrap_or(text)
}
