//! The outbox: what events owe, as rows of the transaction of the event; and what the administrator sees of it.

use super::address::is_official;
use super::bounce;
use super::letter::Facts;
use crate::access::Tx;
use crate::db::kept::change;
use crate::db::page::{Page, Paging};
use crate::db::schema::{inbound_mails, mails};
use crate::db::{Id, Json, Ts};
use crate::error::{Error, Result};
use crate::message::Language;
use crate::{on, say, store_all};
use chrono::Duration;
use diesel::prelude::*;

/// Seconds within which several happenings on a ticket become one mail for a recipient.
const TOGETHER: i64 = 60;
/// Days of trying (RFC 5321, 4.5.4.1: at least four to five).
const GIVE_UP_DAYS: i64 = 5;
/// Kind under which a mail about a secret ticket is listed.
const NEWS: &str = "news";

crate::text_enum! {
    /// Where a mail is.
    pub enum MailState {
        /// Waits, or is tried again.
        Queued = "queued",
        /// Given to the server.
        Sent = "sent",
        /// Given up.
        Failed = "failed",
    }
}

/// How soon a mail goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    /// Before all others: escalations, warnings, misses, one-time links.
    Urgent,
    /// At once, in its turn.
    Prompt,
    /// May wait a minute for others of the same ticket and recipient.
    Together,
    /// Behind all others, and never more than half of what a region may send: one of very many that are owed at once.
    Last,
}

/// Turn of the mails that go last. No ticket has so many.
pub(super) const LAST: i32 = 1_000_000_000;

/// A mail that an event owes.
#[derive(Debug, Clone)]
pub struct Owed {
    /// To whom.
    pub person: Id,
    /// His address.
    pub recipient: String,
    /// Kind of event.
    pub kind: &'static str,
    /// How soon.
    pub pace: Pace,
    /// In which language.
    pub language: Language,
    /// Says only that there is news.
    pub secret: bool,
    /// What it says.
    pub facts: Facts,
}

/// A row.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = mails, treat_none_as_default_value = false)]
pub struct Mail {
    /// Its id.
    pub id: Id,
    /// Region whose desk writes.
    pub region_id: Id,
    /// The ticket.
    pub ticket_id: Option<Id>,
    /// Who gets it.
    pub person_id: Option<Id>,
    /// The ticket's number.
    pub ticket_number: Option<String>,
    /// His address.
    pub recipient: String,
    /// Its place among the mails of its ticket. Times and ids of nodes whose clocks differ say less. Of one that goes last,
    /// behind all others.
    pub turn: i32,
    /// Kind of event.
    pub kind: String,
    /// 0 goes first.
    pub lane: i32,
    /// His language.
    pub language: Language,
    /// Says only that there is news.
    pub secret: bool,
    /// What it says; emptied when it was sent.
    pub facts: Json,
    /// Its id in the thread, from the first try on.
    pub message_id: Option<String>,
    /// Its bytes, from the first try until it was sent.
    pub message: Option<Vec<u8>>,
    /// The row in whose message it travels.
    pub carrier_id: Option<Id>,
    /// Where it is.
    pub state: MailState,
    /// Tries so far.
    pub attempts: i32,
    /// When it is tried next.
    pub next_try_at: Ts,
    /// When trying ends.
    pub give_up_at: Ts,
    /// Until when a node has it.
    pub lease_until: Option<Ts>,
    /// How often it was taken; who took it earlier may mark it no more.
    pub fence: i32,
    /// What the last try met.
    pub last_error: Option<String>,
    /// When it was owed.
    pub created_at: Ts,
    /// When it was last taken to be sent.
    pub tried_at: Option<Ts>,
    /// When it was sent.
    pub sent_at: Option<Ts>,
    /// The event that owed it.
    pub event_id: Option<Id>,
}

/// When trying ends that begins now.
#[must_use]
pub fn give_up(now: Ts) -> Ts {
    now.plus(Duration::days(GIVE_UP_DAYS))
}

/// Puts the mails of one event on one ticket, which the transaction has locked, into the outbox. An address that is not
/// official is never written to, nor one from which mails came back for days: its row has failed at once, for the
/// administrator to see (T3, L15, B3, P1).
pub fn queue(tx: &mut Tx<'_>, ticket: Id, event: Id, owed: Vec<Owed>) -> Result<()> {
    if owed.is_empty() {
        return Ok(());
    }
    let last: Option<i32> = on!(tx.conn(), |c| mails::table
        .filter(mails::ticket_id.eq(ticket))
        .select(diesel::dsl::max(mails::turn))
        .first(c))?;
    let turn = last.unwrap_or(0).saturating_add(1);
    let addresses: Vec<String> = owed.iter().map(|one| one.recipient.clone()).collect();
    let suspended = bounce::suspended(tx, &addresses)?;
    let rows = owed.into_iter().map(|one| {
        let dead = suspended.contains_key(&one.recipient);
        row(tx, tx.new_id(), one, dead).map(|row| about(row, ticket, event, turn))
    });
    let rows = rows.collect::<Result<Vec<Mail>>>()?;
    store_all!(tx.conn(), mails::table, &rows);
    Ok(())
}

/// Puts a mail that is about no ticket into the outbox under this id; trying ends at `until`.
pub fn queue_alone(tx: &mut Tx<'_>, id: Id, owed: Owed, until: Ts) -> Result<()> {
    let dead = !bounce::suspended(tx, std::slice::from_ref(&owed.recipient))?.is_empty();
    let row = Mail { give_up_at: until, ..row(tx, id, owed, dead)? };
    on!(tx.conn(), |c| change(c, diesel::insert_into(mails::table).values(&row)))?;
    Ok(())
}

fn about(row: Mail, ticket: Id, event: Id, turn: i32) -> Mail {
    Mail { ticket_id: Some(ticket), event_id: Some(event), turn, ..row }
}

fn row(tx: &Tx<'_>, id: Id, owed: Owed, dead: bool) -> Result<Mail> {
    let domains: Vec<&str> = owed.facts.desk.domains.iter().map(String::as_str).collect();
    let fault = match is_official(&owed.recipient, &domains) {
        false => Some(say!("mail.unofficial")),
        true if dead => Some(say!("mail.suspended")),
        true => None,
    };
    let wait = if owed.pace == Pace::Together { TOGETHER } else { 0 };
    let facts = serde_json::to_value(&owed.facts).map_err(|e| Error::internal(format!("mail facts: {e}")))?;
    Ok(Mail {
        id,
        region_id: owed.facts.desk.region,
        ticket_id: None,
        person_id: Some(owed.person),
        ticket_number: Some(owed.facts.number).filter(|number| !number.is_empty()),
        recipient: owed.recipient,
        turn: if owed.pace == Pace::Last { LAST } else { 0 },
        kind: owed.kind.to_owned(),
        lane: i32::from(owed.pace != Pace::Urgent),
        language: owed.language,
        secret: owed.secret,
        facts: Json(facts),
        message_id: None,
        message: None,
        carrier_id: None,
        state: if fault.is_none() { MailState::Queued } else { MailState::Failed },
        attempts: 0,
        next_try_at: tx.now.plus(Duration::seconds(wait)),
        give_up_at: give_up(tx.now),
        lease_until: None,
        fence: 0,
        last_error: fault.map(|fault| fault.text(owed.language)),
        created_at: tx.now,
        tried_at: None,
        sent_at: None,
        event_id: None,
    })
}

/// A ticket became secret, or is no more: what waits then says as little, and is listed as such, what came in too. What
/// was tried already is made anew, under its id: the one mail whose bytes are not the same at each try (R8). What was
/// owed while the ticket was secret knows no words, so it says for ever that there is news; only of what was sent the
/// list tells more again.
pub fn classify(tx: &mut Tx<'_>, ticket: Id, secret: bool) -> Result<()> {
    on!(tx.conn(), |c| {
        let all = diesel::update(mails::table.filter(mails::ticket_id.eq(ticket)));
        if secret {
            all.set((mails::secret.eq(true), mails::message.eq(None::<Vec<u8>>))).execute(c)
        } else {
            all.filter(mails::state.eq(MailState::Sent)).set(mails::secret.eq(false)).execute(c)
        }
    })?;
    on!(tx.conn(), |c| diesel::update(inbound_mails::table.filter(inbound_mails::ticket_id.eq(ticket)))
        .set(inbound_mails::secret.eq(secret))
        .execute(c))?;
    Ok(())
}

/// The mails of a region, newest first; of secret tickets nothing unless `all`.
pub fn list(tx: &mut Tx<'_>, region: Id, state: Option<MailState>, all: bool, paging: &Paging) -> Result<Page<Mail>> {
    let (limit, after) = (paging.limit()?, paging.after::<Id>()?);
    let states = state.map_or_else(|| MailState::ALL.to_vec(), |one| vec![one]);
    let mut rows = Vec::new();
    // A state at a time: each comes in order from one index, at any depth.
    for state in states {
        let some: Vec<Mail> = on!(tx.conn(), |c| {
            let mut query = mails::table
                .filter(mails::region_id.eq(region).and(mails::state.eq(state)))
                .select(Mail::as_select())
                .into_boxed::<Db>();
            if !all {
                query = query.filter(mails::secret.eq(false));
            }
            if let Some(id) = after {
                query = query.filter(mails::id.lt(id));
            }
            query.order(mails::id.desc()).limit(limit + 1).load(c)
        })?;
        rows.extend(some);
    }
    rows.sort_by_key(|mail| std::cmp::Reverse(mail.id));
    Ok(Page::cut(rows, limit, |mail| mail.id))
}

/// The kind under which a mail is listed: of a secret ticket, no more than that there is news.
#[must_use]
pub fn listed_kind(mail: &Mail) -> &str {
    if mail.secret { NEWS } else { &mail.kind }
}

/// Puts a mail that failed, or waits, at the head of its queue.
///
/// # Errors
/// 404 if it is not of `region`; 409 if it was sent.
pub fn retry(tx: &mut Tx<'_>, region: Id, id: Id) -> Result<Mail> {
    let found: Option<Mail> = on!(tx.conn(), |c| mails::table
        .filter(mails::id.eq(id).and(mails::region_id.eq(region)))
        .select(Mail::as_select())
        .first(c)
        .optional())?;
    let found = found.ok_or(Error::NotFound)?;
    let (now, whole) = (tx.now, bundle(tx, &found)?);
    let changed = on!(tx.conn(), |c| diesel::update(
        mails::table
            .filter(mails::id.eq_any(&whole).and(mails::state.ne(MailState::Sent)))
            // What came back is a mail that was sent: its words are forgotten.
            .filter(mails::sent_at.is_null())
    )
    .set((mails::state.eq(MailState::Queued), mails::next_try_at.eq(now), mails::give_up_at.eq(give_up(now))))
    .execute(c))?;
    if changed == 0 {
        return Err(Error::Conflict(say!("mail.retry_sent")));
    }
    Ok(on!(tx.conn(), |c| mails::table.find(id).select(Mail::as_select()).first(c))?)
}

/// Gives up every mail that waits; for a restored copy whose mails went out long ago.
pub fn drop_queued(tx: &mut Tx<'_>) -> Result<usize> {
    Ok(on!(tx.conn(), |c| diesel::update(mails::table.filter(mails::state.eq(MailState::Queued)))
        .set((mails::state.eq(MailState::Failed), mails::last_error.eq(Some("restored from a backup: not sent again"))))
        .execute(c))?)
}

/// The rows that travel in one message with this one: its carrier first, then the riders.
pub(super) fn bundle(tx: &mut Tx<'_>, mail: &Mail) -> Result<Vec<Id>> {
    let carrier = mail.carrier_id.unwrap_or(mail.id);
    let mut all = vec![carrier];
    if let Some(ticket) = mail.ticket_id {
        let riders: Vec<Id> = on!(tx.conn(), |c| mails::table
            .filter(mails::ticket_id.eq(ticket).and(mails::recipient.eq(&mail.recipient)))
            .filter(mails::carrier_id.eq(carrier))
            .select(mails::id)
            .order(mails::turn)
            .load(c))?;
        all.extend(riders);
    }
    Ok(all)
}

/// How long after it would have been given up a mail that failed is told of where one looks for trouble. Nobody can settle
/// one to somebody who has left, and an alarm that never ends is heard by nobody; the lists hold it longer.
const TOLD: Duration = Duration::days(7);

/// Of a region: how many wait, since when the oldest does that is not of a list, how many have failed lately, and whether any
/// was ever sent. Links of a list wait for hours where all is well, and would hide that mail does not leave.
///
/// # Errors
/// The database's.
pub fn standing(tx: &mut Tx<'_>, region: Id) -> Result<(i64, Option<Ts>, i64, bool)> {
    let of = |state: MailState| mails::state.eq(state).and(mails::region_id.eq(region));
    let queued = on!(tx.conn(), |c| mails::table.filter(of(MailState::Queued)).count().get_result(c))?;
    let oldest = on!(tx.conn(), |c| mails::table
        .filter(of(MailState::Queued).and(mails::turn.lt(LAST)))
        .select(diesel::dsl::min(mails::created_at))
        .first::<Option<Ts>>(c))?;
    let lately = mails::give_up_at.gt(tx.now.plus(-TOLD));
    let failed = on!(tx.conn(), |c| mails::table.filter(of(MailState::Failed).and(lately)).count().get_result(c))?;
    let sent =
        on!(tx.conn(), |c| mails::table.filter(of(MailState::Sent)).select(mails::id).first::<Id>(c).optional())?;
    Ok((queued, oldest, failed, sent.is_some()))
}

/// How many wait, since when the oldest does that is not of a list, and how many have failed lately.
pub fn measure(tx: &mut Tx<'_>) -> Result<(i64, Option<Ts>, i64)> {
    let since = tx.now.plus(-TOLD);
    let queued = on!(tx.conn(), |c| mails::table.filter(mails::state.eq(MailState::Queued)).count().get_result(c))?;
    let failed = on!(tx.conn(), |c| mails::table
        .filter(mails::state.eq(MailState::Failed).and(mails::give_up_at.gt(since)))
        .count()
        .get_result(c))?;
    let oldest = on!(tx.conn(), |c| mails::table
        .filter(mails::state.eq(MailState::Queued).and(mails::turn.lt(LAST)))
        .select(diesel::dsl::min(mails::created_at))
        .first::<Option<Ts>>(c))?;
    Ok((queued, oldest, failed))
}
