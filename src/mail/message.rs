//! A mail as bytes (RFC 5322), made once: each try sends the same.

use super::address::{line, mailbox, plain};
use super::dkim::Dkim;
use super::letter::{Desk, Letter, sender};
use crate::db::{Id, Ts};
use crate::error::{Error, Result};
use crate::message::Language;
use lettre::Message;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{MultiPart, SinglePart};

/// Characters of a subject.
const SUBJECT: usize = 200;

/// What surrounds the words.
pub struct Cover<'a> {
    /// The mail's row.
    pub id: Id,
    /// Who writes.
    pub desk: &'a Desk,
    /// Name and address of the recipient.
    pub to: (&'a str, &'a str),
    /// His language.
    pub language: Language,
    /// Its own id, with angle brackets.
    pub message_id: &'a str,
    /// The ids of the thread, the root first and the mail before this one last.
    pub thread: &'a [String],
    /// Where replies go.
    pub reply_to: &'a str,
    /// When.
    pub at: Ts,
}

/// Puts a letter into its cover.
///
/// # Errors
/// [`Error::Internal`] that says which address or header can't be written.
pub fn build(cover: &Cover<'_>, letter: &Letter, dkim: &Dkim) -> Result<Vec<u8>> {
    let wrong = |what: &str| Error::internal(format!("mail: {what}"));
    let name = sender(cover.desk, cover.language);
    let from = mailbox(&name, &cover.desk.mailbox).ok_or_else(|| wrong("the desk's address is none"))?;
    let to = mailbox(cover.to.0, cover.to.1).ok_or_else(|| wrong("the recipient's address is none"))?;
    let reply_to = mailbox(&name, cover.reply_to).ok_or_else(|| wrong("the address for replies is none"))?;
    let subject: String = plain(&letter.subject).chars().take(SUBJECT).collect();
    let mut builder = Message::builder()
        .from(from)
        .to(to)
        .reply_to(reply_to)
        .subject(subject)
        .date(cover.at.utc().into())
        .message_id(Some(cover.message_id.to_owned()))
        .raw_header(raw("Auto-Submitted", "auto-generated".into())?)
        .raw_header(raw("X-Auto-Response-Suppress", "All".into())?)
        .raw_header(raw("List-Id", format!("<servicedesk.{}>", line(&cover.desk.mail_domain)))?);
    if let Some(before) = cover.thread.last() {
        builder = builder.in_reply_to(before.clone()).references(cover.thread.join(" "));
    }
    let single = |kind, text: &str| SinglePart::builder().header(kind).body(text.to_owned());
    let both = MultiPart::builder()
        .kind(lettre::message::MultiPartKind::Alternative)
        .boundary(format!("sigap-{}", cover.id.0.simple()))
        .singlepart(single(ContentType::TEXT_PLAIN, &letter.text))
        .singlepart(single(ContentType::TEXT_HTML, &letter.html));
    let mut message = builder.multipart(both).map_err(|e| wrong(&e.to_string()))?;
    dkim.sign(&mut message, &cover.desk.mail_domain)?;
    Ok(message.formatted())
}

fn raw(name: &str, value: String) -> Result<HeaderValue> {
    let name = HeaderName::new_from_ascii(name.to_owned()).map_err(|e| Error::internal(format!("mail: {e}")))?;
    Ok(HeaderValue::new(name, value))
}
