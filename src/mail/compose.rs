//! From rows to one message: the words, the thread, the cover.

use super::Mailer;
use super::letter::{self, Facts, Letter};
use super::message::{self, Cover};
use super::outbox::Mail;
use super::thread::Named;
use crate::access::Tx;
use crate::db::schema::mails;
use crate::error::{Error, Result};
use crate::{on, say};
use diesel::prelude::*;

/// Ids of the thread that a mail names beside its root.
const NAMED: i64 = 8;

type Written = (Vec<u8>, Facts, String);

/// What was frozen when a mail was owed.
pub(super) fn facts(mail: &Mail) -> Result<Facts> {
    serde_json::from_value(mail.facts.0.clone()).map_err(|e| Error::internal(format!("mail facts: {e}")))
}

/// Bytes, facts and message id of the mail that `all` make. The inner error is the mail's own.
pub(super) fn written(tx: &mut Tx<'_>, mailer: &Mailer, mail: &Mail, all: &[Mail]) -> Result<Result<Written>> {
    let before = before(tx, mail)?;
    let now = tx.now;
    let made = || {
        let told = all.iter().map(facts).collect::<Result<Vec<Facts>>>()?;
        let last = told.last().cloned().ok_or_else(|| Error::internal("a mail without facts"))?;
        let secret = all.iter().any(|one| one.secret);
        let letter = words(&told, mail, secret, mailer)?;
        let domain = &last.desk.mail_domain;
        let message_id = mailer.signer.message_id(Named::Mail(mail.id), domain);
        let root = mail.ticket_id.map(|ticket| mailer.signer.message_id(Named::Ticket(ticket), domain));
        let thread: Vec<String> = root.into_iter().chain(before).collect();
        let reply_to = match last.link {
            None => mailer.reply_to(mail.id, &last.desk.mailbox),
            Some(_) => last.desk.mailbox.clone(),
        };
        let cover = Cover {
            id: mail.id,
            desk: &last.desk,
            to: (if secret { "" } else { &last.name }, &mail.recipient),
            language: mail.language,
            message_id: &message_id,
            thread: &thread,
            reply_to: &reply_to,
            // Of a message that is made for each try the bytes are the same all the same.
            at: if last.link.is_some() { mail.created_at } else { now },
        };
        let bytes = message::build(&cover, &letter, &mailer.dkim)?;
        Ok((bytes, last, message_id))
    };
    Ok(made())
}

fn words(told: &[Facts], mail: &Mail, secret: bool, mailer: &Mailer) -> Result<Letter> {
    if let Some((facts, place)) = told.last().and_then(|facts| Some((facts, facts.place?))) {
        return letter::write_note(facts, place, mail.language, &mailer.public_url);
    }
    let Some((facts, link)) = told.last().and_then(|facts| Some((facts, facts.link.as_ref()?))) else {
        return letter::write(told, mail.language, secret, &mailer.public_url);
    };
    let secret = mailer.signer.link_again(mail.id, &link.hash);
    let secret = secret.ok_or_else(|| Error::Conflict(say!("mail.link.dead")))?;
    letter::write_link(facts, link, &secret, mail.language, &mailer.public_url)
}

/// The ids of what this recipient already has of the ticket, oldest first.
fn before(tx: &mut Tx<'_>, mail: &Mail) -> Result<Vec<String>> {
    let Some(ticket) = mail.ticket_id else { return Ok(Vec::new()) };
    let mut ids: Vec<Option<String>> = on!(tx.conn(), |c| mails::table
        .filter(mails::ticket_id.eq(ticket).and(mails::recipient.eq(&mail.recipient)))
        .filter(mails::message_id.is_not_null().and(mails::turn.lt(mail.turn)))
        .order(mails::turn.desc())
        .limit(NAMED)
        .select(mails::message_id)
        .load(c))?;
    ids.reverse();
    Ok(ids.into_iter().flatten().collect())
}
