//! A removal that is asked about before it counts.

use crate::access::policy::Desk;
use crate::message::Language;
use crate::say;

/// What is asked on the page; its form does it.
pub struct Sure {
    /// What is to be removed, by name, and whom else that concerns.
    pub question: String,
    /// Where it is done.
    pub action: String,
    /// The filter of the queue that is shown; empty elsewhere.
    pub back: String,
    /// Where whoever does not mean it goes.
    pub stay: String,
}

impl Sure {
    /// About something that is kept under a name, for oneself or for a desk.
    #[must_use]
    pub fn of(name: &str, shared_with: Desk, action: String, back: &str, stay: String, language: Language) -> Self {
        let question = match shared_with {
            Desk::Own => say!("web.desk.remove_which", name = name),
            _ => say!("web.desk.remove_shared", name = name),
        };
        Self { question: question.text(language), action, back: back.to_owned(), stay }
    }
}
