//! To whom a mail about a ticket goes when it leaves, which may be days after it was owed: to nobody who does not see the
//! ticket then (contract, "Who sees what"), and to the address that its reader has then.

use super::outbox::{Mail, MailState};
use crate::access::Tx;
use crate::db::Id;
use crate::db::schema::mails;
use crate::error::{Error, Result};
use crate::{on, say};
use diesel::prelude::*;

/// The address of this person, if he sees this ticket; none if he does not, or has left. The features know both.
pub type Reader = fn(&mut Tx<'_>, Id, Id) -> Result<Option<String>>;

/// The mail, addressed to where its reader is found now. The inner error says that it has none.
pub(super) fn addressed(tx: &mut Tx<'_>, reader: Reader, mail: Mail) -> Result<(Mail, Result<()>)> {
    let Some(ticket) = mail.ticket_id else { return Ok((mail, Ok(()))) };
    let found = mail.person_id.map(|person| reader(tx, person, ticket)).transpose()?.flatten();
    let Some(address) = found else { return Ok((mail, Err(Error::Conflict(say!("mail.unseen"))))) };
    if address == mail.recipient {
        return Ok((mail, Ok(())));
    }
    // All that waits for him, so that it keeps its order. What was made for the other address is made anew, under its id.
    on!(tx.conn(), |c| diesel::update(
        mails::table
            .filter(mails::ticket_id.eq(ticket).and(mails::recipient.eq(&mail.recipient)))
            .filter(mails::person_id.eq(mail.person_id).and(mails::state.eq(MailState::Queued)))
    )
    .set((mails::recipient.eq(&address), mails::message.eq(None::<Vec<u8>>)))
    .execute(c))?;
    Ok((Mail { recipient: address, message: None, ..mail }, Ok(())))
}
