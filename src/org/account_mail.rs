//! A mail to the owner of an account when the way into it changes: he may not be who changed it (ASVS 6.3.7). Unlike
//! mails about tickets it goes to whoever acted, too, and nobody can choose not to get it.

use super::{Person, region};
use crate::access::Tx;
use crate::error::Result;
use crate::mail::letter::{Facts, Happening, Room};
use crate::mail::outbox::{self, Owed, Pace};
use crate::message::{Language, Say};
use crate::say;
use chrono::Duration;

/// Days after which the news of a change is of no use any more.
const DAYS: i64 = 5;

/// What changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// Another password than before.
    Password,
    /// Codes are asked for from now on.
    FactorSet,
    /// He no longer wants codes.
    FactorRemoved,
    /// Somebody else took his second factor away.
    FactorReset,
    /// His account has another address; told to the one that it had.
    Address,
    /// Somebody else made a link by which his password can be set.
    Link,
}

impl Change {
    const fn kind(self) -> &'static str {
        match self {
            Self::Password => "password_set",
            Self::FactorSet => "second_factor_set",
            Self::FactorRemoved => "second_factor_removed",
            Self::FactorReset => "second_factor_reset",
            Self::Address => "address_changed",
            Self::Link => "link_made",
        }
    }

    fn words(self) -> (Say, Say) {
        match self {
            Self::Password => (say!("mail.account.password_title"), say!("mail.account.password_line")),
            Self::FactorSet => (say!("mail.account.set_title"), say!("mail.account.set_line")),
            Self::FactorRemoved => (say!("mail.account.removed_title"), say!("mail.account.removed_line")),
            Self::FactorReset => (say!("mail.account.reset_title"), say!("mail.account.reset_line")),
            Self::Address => (say!("mail.account.moved_title"), say!("mail.account.moved_line")),
            Self::Link => (say!("mail.account.link_title"), say!("mail.account.link_line")),
        }
    }
}

/// Owes `person` the news of a change. Whoever has no region has no desk that could write.
///
/// # Errors
/// The database's.
pub fn tell(tx: &mut Tx<'_>, person: &Person, change: Change) -> Result<()> {
    let Some(region) = person.region_id.map(|id| region::by_id(tx, id)).transpose()? else { return Ok(()) };
    let language = Language::accepted(&person.language);
    let (title, line) = change.words();
    let happening =
        Happening { at: tx.now, title: title.text(language), line: line.text(language), rows: Vec::new(), quote: None };
    let rows = vec![
        (say!("mail.link.account").text(language), person.email.clone()),
        (say!("mail.account.address").text(language), tx.origin.address.clone()),
    ];
    let facts = Facts::without_ticket(region.desk(), person.name.clone(), happening, rows);
    let facts = Facts { place: Some(Room::Account), ..facts };
    let owed = Owed {
        person: person.id,
        recipient: person.email.clone(),
        kind: change.kind(),
        pace: Pace::Urgent,
        language,
        secret: false,
        facts,
    };
    let id = tx.new_id();
    outbox::queue_alone(tx, id, owed, tx.now.plus(Duration::days(DAYS)))
}
