//! The life of a one-time link that travels in a mail begins when the mail leaves, which may be days after it was owed: a list of
//! thousands goes hour by hour, and a server may be away.

use super::Mailer;
use super::compose::facts;
use super::letter::Link;
use super::outbox::Mail;
use crate::access::Tx;
use crate::db::kept::change;
use crate::db::schema::mails;
use crate::db::{Json, Ts};
use crate::error::{Error, Result};
use crate::{on, say};
use diesel::prelude::*;

/// Lets the link of this hash work until then; `false` if it works no more. The feature that keeps links knows.
pub type Lives = fn(&mut Tx<'_>, &str, Ts) -> Result<bool>;

/// The mail, and if it carries a link, that works from now on for at least half of its life: a later try says the same as the
/// first as long as it may (R8). The inner error says that the link is dead, or that nobody waits for it any more.
pub(super) fn begun(tx: &mut Tx<'_>, mailer: &Mailer, mail: &Mail) -> Result<Result<Mail>> {
    let mut told = match facts(mail) {
        Ok(told) => told,
        Err(why) => return Ok(Err(why)),
    };
    let Some(link) = told.link.take() else { return Ok(Ok(mail.clone())) };
    let life = mailer.link_life();
    let is_long = mail.message_id.is_some() && link.expires_at > tx.now.plus(life / 2);
    let expires_at = if is_long { link.expires_at } else { tx.now.plus(life) };
    if mail.give_up_at <= tx.now || !(mailer.lives)(tx, &link.hash, expires_at)? {
        return Ok(Err(Error::Conflict(say!("mail.link.dead"))));
    }
    if is_long {
        return Ok(Ok(mail.clone()));
    }
    told.link = Some(Link { expires_at, ..link });
    let told = serde_json::to_value(&told).map_err(|e| Error::internal(format!("mail facts: {e}")))?;
    let mail = Mail { facts: Json(told), ..mail.clone() };
    let row = diesel::update(mails::table.find(mail.id)).set(mails::facts.eq(mail.facts.clone()));
    on!(tx.conn(), |c| change(c, row))?;
    Ok(Ok(mail))
}
