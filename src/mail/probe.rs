//! A mail that only asks whether mails arrive.

use super::Mailer;
use super::claim::Claimed;
use super::letter::{Desk, Letter};
use super::message::{self, Cover};
use super::thread::Named;
use crate::db::{Id, Ts};
use crate::error::Result;
use crate::message::Language;
use crate::say;

/// Makes a probe; it is in no outbox.
///
/// # Errors
/// [`crate::error::Error::Internal`] for an address that is none.
pub fn make(mailer: &Mailer, desk: &Desk, to: &str, now: Ts) -> Result<Claimed> {
    let id = Id::new(now);
    let subject = say!("mail.probe.title").text(Language::Id);
    let text = say!("mail.probe.line", region = desk.name).text(Language::Id);
    let escaped = text.replace('&', "&amp;").replace('<', "&lt;");
    let letter = Letter { html: format!("<p>{escaped}</p>"), text: format!("{text}\n"), subject };
    let cover = Cover {
        id,
        desk,
        to: ("", to),
        language: Language::Id,
        message_id: &mailer.signer.message_id(Named::Mail(id), &desk.mail_domain),
        thread: &[],
        reply_to: &desk.mailbox,
        at: now,
    };
    let bytes = message::build(&cover, &letter, &mailer.dkim)?;
    Ok(Claimed::loose(id, desk.mailbox.clone(), to.to_owned(), bytes, now))
}
