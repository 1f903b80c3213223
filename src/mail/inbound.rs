//! Messages that came in, each stored as it is before anything is made of it: what was fetched becomes one comment or
//! ticket, however often it is fetched and whoever stops in the middle (R12).

use crate::access::Tx;
use crate::access::token::hex;
use crate::db::page::{Page, Paging};
use crate::db::schema::inbound_mails;
use crate::db::{Id, Ts};
use crate::error::{Error, Result};
use crate::on;
use diesel::prelude::*;
use sha2::{Digest, Sha256};

/// Bytes of a message at most (R24); of a larger one only the head is kept.
pub const LARGEST: usize = 25 * 1024 * 1024;
/// Bytes of its head at most (R24).
pub const LARGEST_HEAD: usize = 256 * 1024;

crate::text_enum! {
    /// Where a message is.
    pub enum InboundState {
        /// Waits to be acted on.
        Received = "received",
        /// Became a comment, a ticket, or a note at a mail of ours.
        Done = "done",
        /// Was not acted on, for the reason that stands beside it.
        Refused = "refused",
        /// Could not be made out; kept as it came.
        Unreadable = "unreadable",
    }
}

/// A message as a mailbox gave it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    /// Name of the mailbox, the same at each fetch.
    pub mailbox: String,
    /// Its UIDVALIDITY (RFC 9051, 2.3.1.1).
    pub uid_validity: u32,
    /// The message's UID.
    pub uid: u32,
    /// The message.
    pub raw: Vec<u8>,
}

/// A row.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = inbound_mails, treat_none_as_default_value = false)]
pub struct Inbound {
    /// Its id.
    pub id: Id,
    /// The region whose desk it was written to, as far as that could be told.
    pub region_id: Option<Id>,
    /// Out of which mailbox.
    pub mailbox: String,
    /// The mailbox's UIDVALIDITY.
    pub uid_validity: i64,
    /// Its UID there.
    pub uid: i64,
    /// SHA-256 of the whole message.
    pub hash: String,
    /// The message; forgotten some time after it was acted on.
    pub raw: Option<Vec<u8>>,
    /// Bytes of the whole message.
    pub size: i64,
    /// Only its head was kept, because it is too large.
    pub is_cut: bool,
    /// When it was stored.
    pub received_at: Ts,
    /// Where it is.
    pub state: InboundState,
    /// A code that says what became of it; of one that waits, [`super::intake::AGAIN`] or none.
    pub why: Option<String>,
    /// Address in its From, as claimed.
    pub sender: Option<String>,
    /// Hash of sender and Message-ID: two copies of one message act once.
    pub message_key: Option<String>,
    /// Hash of sender, thread and words: by it a program is known that says the same again and again.
    pub words: Option<String>,
    /// The ticket that it concerns.
    pub ticket_id: Option<Id>,
    /// That ticket's number.
    pub ticket_number: Option<String>,
    /// The comment that it became.
    pub comment_id: Option<Id>,
    /// The mail of ours that it reports on.
    pub mail_id: Option<Id>,
    /// The ticket is secret.
    pub secret: bool,
    /// Tries so far.
    pub attempts: i32,
    /// When it is tried next.
    pub next_try_at: Ts,
    /// Until when a node has it.
    pub lease_until: Option<Ts>,
    /// How often it was taken.
    pub fence: i32,
    /// What the last try met.
    pub last_error: Option<String>,
    /// When it left the state `received`.
    pub acted_at: Option<Ts>,
}

/// A message as the keepers of a region see it: no subject, no words.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = inbound_mails)]
pub struct Listed {
    /// Its id.
    pub id: Id,
    /// Address in its From, as claimed.
    pub sender: Option<String>,
    /// Bytes of the whole message.
    pub size: i64,
    /// Where it is.
    pub state: InboundState,
    /// A code that says what became of it.
    pub why: Option<String>,
    /// Number of the ticket that it concerns.
    pub ticket_number: Option<String>,
    /// The ticket is secret.
    pub secret: bool,
    /// Tries so far.
    pub attempts: i32,
    /// What the last try met.
    pub last_error: Option<String>,
    /// When it was stored.
    pub received_at: Ts,
    /// When it left the state `received`.
    pub acted_at: Option<Ts>,
}

impl Listed {
    /// What became of it, if it waits no more; of a secret ticket, no more than that there is news.
    #[must_use]
    pub fn outcome(&self) -> Option<&str> {
        let why = self.why.as_deref().filter(|_| self.state != InboundState::Received);
        if self.secret { Some("news") } else { why }
    }
}

/// Stores a message once; `false` if it was there already, in this place of the mailbox or, after a change of
/// UIDVALIDITY, in another. Only then may it be marked in the mailbox.
///
/// # Errors
/// The database's.
pub fn keep(tx: &mut Tx<'_>, fetched: &Fetched) -> Result<bool> {
    store(tx, fetched, fetched.raw.len())
}

/// As [`keep`], where only the head was fetched of a message of so many bytes.
///
/// # Errors
/// The database's.
pub fn keep_head(tx: &mut Tx<'_>, fetched: &Fetched, size: usize) -> Result<bool> {
    store(tx, fetched, size)
}

fn store(tx: &mut Tx<'_>, fetched: &Fetched, size: usize) -> Result<bool> {
    let hash = hex(&Sha256::digest(&fetched.raw));
    let known: Option<Id> = on!(tx.conn(), |c| inbound_mails::table
        .filter(inbound_mails::hash.eq(&hash).and(inbound_mails::mailbox.eq(&fetched.mailbox)))
        .select(inbound_mails::id)
        .first(c)
        .optional())?;
    let is_copy = known.is_some();
    let is_cut = size > LARGEST;
    let raw = if is_cut { head(&fetched.raw) } else { &fetched.raw };
    let row = Inbound {
        id: tx.new_id(),
        region_id: None,
        mailbox: fetched.mailbox.clone(),
        uid_validity: fetched.uid_validity.into(),
        uid: fetched.uid.into(),
        hash,
        raw: (!is_copy).then(|| raw.to_vec()),
        size: i64::try_from(size).unwrap_or(i64::MAX),
        is_cut,
        received_at: tx.now,
        // A copy has its row too, so that it is not fetched again.
        state: if is_copy { InboundState::Refused } else { InboundState::Received },
        why: is_copy.then(|| "duplicate".to_owned()),
        sender: None,
        message_key: None,
        words: None,
        ticket_id: None,
        ticket_number: None,
        comment_id: None,
        mail_id: None,
        secret: false,
        attempts: 0,
        next_try_at: tx.now,
        lease_until: None,
        fence: 0,
        last_error: None,
        acted_at: is_copy.then_some(tx.now),
    };
    let place = (inbound_mails::mailbox, inbound_mails::uid_validity, inbound_mails::uid);
    let stored = on!(tx.conn(), |c| diesel::insert_into(inbound_mails::table)
        .values(&row)
        .on_conflict(place)
        .do_nothing()
        .execute(c))?;
    Ok(stored == 1 && !is_copy)
}

/// Those of `uids` that are stored of a mailbox under this UIDVALIDITY.
///
/// # Errors
/// The database's.
pub fn known(tx: &mut Tx<'_>, mailbox: &str, uid_validity: u32, uids: &[u32]) -> Result<Vec<u32>> {
    let uids: Vec<i64> = uids.iter().map(|uid| i64::from(*uid)).collect();
    let known: Vec<i64> = on!(tx.conn(), |c| inbound_mails::table
        .filter(inbound_mails::mailbox.eq(mailbox).and(inbound_mails::uid_validity.eq(i64::from(uid_validity))))
        .filter(inbound_mails::uid.eq_any(&uids))
        .order(inbound_mails::uid)
        .select(inbound_mails::uid)
        .load(c))?;
    Ok(known.into_iter().filter_map(|uid| u32::try_from(uid).ok()).collect())
}

/// The head of a message, up to the first empty line.
fn head(raw: &[u8]) -> &[u8] {
    let raw = raw.get(..LARGEST_HEAD).unwrap_or(raw);
    let end = raw.windows(4).position(|w| w == b"\r\n\r\n").or_else(|| raw.windows(2).position(|w| w == b"\n\n"));
    raw.get(..end.unwrap_or(raw.len())).unwrap_or(raw)
}

/// A message of a region that could not be made out, as it came; of one that is too large its head.
///
/// # Errors
/// 404 if there is none of that kind.
pub fn raw(tx: &mut Tx<'_>, region: Id, id: Id) -> Result<Vec<u8>> {
    let raw: Option<Option<Vec<u8>>> = on!(tx.conn(), |c| inbound_mails::table
        .filter(inbound_mails::id.eq(id).and(inbound_mails::region_id.eq(region)))
        .filter(inbound_mails::state.eq(InboundState::Unreadable))
        .select(inbound_mails::raw)
        .first(c)
        .optional())?;
    raw.flatten().ok_or(Error::NotFound)
}

/// The messages of a region, newest first; of secret tickets nothing unless `all`.
///
/// # Errors
/// 400 for a cursor that is none.
pub fn list(
    tx: &mut Tx<'_>,
    region: Id,
    state: Option<InboundState>,
    all: bool,
    paging: &Paging,
) -> Result<Page<Listed>> {
    let (limit, after) = (paging.limit()?, paging.after::<Id>()?);
    let states = state.map_or_else(|| InboundState::ALL.to_vec(), |one| vec![one]);
    let mut rows = Vec::new();
    // A state at a time: each comes in order from one index, at any depth. Without the messages, which are large.
    for state in states {
        let some: Vec<Listed> = on!(tx.conn(), |c| {
            let mut query = inbound_mails::table
                .filter(inbound_mails::region_id.eq(region).and(inbound_mails::state.eq(state)))
                .select(Listed::as_select())
                .into_boxed::<Db>();
            if !all {
                query = query.filter(inbound_mails::secret.eq(false));
            }
            if let Some(id) = after {
                query = query.filter(inbound_mails::id.lt(id));
            }
            query.order(inbound_mails::id.desc()).limit(limit + 1).load(c)
        })?;
        rows.extend(some);
    }
    rows.sort_by_key(|mail| std::cmp::Reverse(mail.id));
    Ok(Page::cut(rows, limit, |mail| mail.id))
}
