//! Mailboxes that are read: which node has one (a lease under a fence), and how far it has been read. Two nodes that
//! read one all the same do no harm, because a message is stored once ([`super::inbound`]).

use crate::access::Tx;
use crate::db::Ts;
use crate::db::schema::mailboxes;
use crate::error::Result;
use crate::{is_past, on};
use chrono::{Duration, NaiveDate};
use diesel::prelude::*;

/// How long a node has a mailbox without a sign of life.
const LEASE: Duration = Duration::minutes(2);
/// By how much the day of a look may be another where the mail server lies.
const DAY: Duration = Duration::days(1);

/// A row.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = mailboxes, treat_none_as_default_value = false)]
pub struct Mailbox {
    /// The desk address.
    pub name: String,
    /// UIDVALIDITY at the last complete look (RFC 9051, 2.3.1.1); none before the first.
    pub uid_validity: Option<i64>,
    /// UID up to which nothing is left to fetch under that UIDVALIDITY.
    pub reached: i64,
    /// Until when a node has it.
    pub lease_until: Option<Ts>,
    /// How often it was taken; who took it earlier has it no more.
    pub fence: i32,
    /// When the last look was complete.
    pub fetched_at: Option<Ts>,
    /// What the last try met.
    pub last_error: Option<String>,
}

/// How what was met begins where only single messages could not be had.
pub const MESSAGE: &str = "message ";

impl Mailbox {
    /// How long ago the last look was complete, by whatever clock; none before the first.
    #[must_use]
    pub fn age(&self, now: Ts) -> Option<Duration> {
        self.fetched_at.map(|at| now.apart(at))
    }

    /// Is it read but for single messages, or being read?
    #[must_use]
    pub fn is_read_in_part(&self) -> bool {
        self.last_error.as_ref().is_none_or(|met| met.starts_with(MESSAGE))
    }
}

/// From where to fetch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum From {
    /// Never looked into: only what is unread, not the past of an old mailbox.
    Unread,
    /// It counts anew (RFC 9051, 2.3.1.1), as on another server: what is unread, and what came since this day. The past
    /// from before the first look is there too, and no bytes are kept by which it could be known.
    Since(NaiveDate),
    /// All above this UID.
    Above(u32),
}

impl From {
    /// What to search for (RFC 9051, 6.4.4).
    #[must_use]
    pub fn query(self) -> String {
        match self {
            Self::Unread => "UNSEEN".to_owned(),
            Self::Since(day) => format!("OR UNSEEN SINCE {}", day.format("%-d-%b-%Y")),
            Self::Above(uid) => format!("UID {}:*", u64::from(uid) + 1),
        }
    }
}

/// Takes a mailbox for a while; none if another node has it.
///
/// # Errors
/// The database's.
pub fn claim(tx: &mut Tx<'_>, name: &str) -> Result<Option<Mailbox>> {
    let new = Mailbox {
        name: name.to_owned(),
        uid_validity: None,
        reached: 0,
        lease_until: None,
        fence: 0,
        fetched_at: None,
        last_error: None,
    };
    on!(tx.conn(), |c| diesel::insert_into(mailboxes::table).values(&new).on_conflict_do_nothing().execute(c))?;
    let now = tx.now;
    Ok(on!(tx.conn(), |c| diesel::update(mailboxes::table.filter(mailboxes::name.eq(name)).filter(is_past!(
        mailboxes::lease_until,
        now,
        LEASE
    )))
    .set((mailboxes::lease_until.eq(Some(now.plus(LEASE))), mailboxes::fence.eq(mailboxes::fence + 1)))
    .returning(Mailbox::as_returning())
    .get_result(c)
    .optional())?)
}

/// Keeps a mailbox for longer; `false` if it is no longer ours.
///
/// # Errors
/// The database's.
pub fn renew(tx: &mut Tx<'_>, mine: &Mailbox) -> Result<bool> {
    let until = tx.now.plus(LEASE);
    let ours = on!(tx.conn(), |c| diesel::update(
        mailboxes::table.filter(mailboxes::name.eq(&mine.name).and(mailboxes::fence.eq(mine.fence)))
    )
    .set(mailboxes::lease_until.eq(Some(until)))
    .execute(c))?;
    Ok(ours == 1)
}

/// Gives a mailbox back, with what went wrong, if anything did.
///
/// # Errors
/// The database's.
pub fn release(tx: &mut Tx<'_>, mine: &Mailbox, error: Option<&str>) -> Result<()> {
    on!(tx.conn(), |c| diesel::update(
        mailboxes::table.filter(mailboxes::name.eq(&mine.name).and(mailboxes::fence.eq(mine.fence)))
    )
    .set((mailboxes::lease_until.eq(None::<Ts>), mailboxes::last_error.eq(error)))
    .execute(c))?;
    Ok(())
}

/// From where to fetch under this UIDVALIDITY. What is stored already is known after a change of it by its bytes.
///
/// # Errors
/// The database's.
pub fn from(tx: &mut Tx<'_>, name: &str, uid_validity: u32) -> Result<From> {
    let row: Mailbox = on!(tx.conn(), |c| mailboxes::table.find(name).select(Mailbox::as_select()).first(c))?;
    Ok(match (row.uid_validity, row.fetched_at) {
        (Some(known), _) if known == i64::from(uid_validity) => From::Above(u32::try_from(row.reached).unwrap_or(0)),
        (Some(_), Some(at)) => From::Since(at.plus(-DAY).utc().date_naive()),
        _ => From::Unread,
    })
}

/// Notes a complete look, up to `reached`; also that the mailbox is still ours. `false` if it is not.
///
/// # Errors
/// The database's.
pub fn looked(tx: &mut Tx<'_>, mine: &Mailbox, uid_validity: u32, reached: u32) -> Result<bool> {
    let now = tx.now;
    let ours = on!(tx.conn(), |c| diesel::update(
        mailboxes::table.filter(mailboxes::name.eq(&mine.name).and(mailboxes::fence.eq(mine.fence)))
    )
    .set((
        mailboxes::uid_validity.eq(Some(i64::from(uid_validity))),
        mailboxes::reached.eq(i64::from(reached)),
        mailboxes::lease_until.eq(Some(now.plus(LEASE))),
        mailboxes::fetched_at.eq(Some(now)),
        mailboxes::last_error.eq(None::<String>),
    ))
    .execute(c))?;
    Ok(ours == 1)
}

/// Every mailbox that was ever read, by name.
///
/// # Errors
/// The database's.
pub fn all(tx: &mut Tx<'_>) -> Result<Vec<Mailbox>> {
    Ok(on!(tx.conn(), |c| mailboxes::table.order(mailboxes::name).select(Mailbox::as_select()).load(c))?)
}
