//! Who acts on what came in: a node takes a message for a while (a lease) under a number (a fence) and acts on it in one
//! transaction with its mark, so that it acts once. What fails again and again is left as unreadable (R12, R24).

use super::inbound::{Inbound, InboundState, Listed};
use crate::access::Tx;
use crate::db::schema::inbound_mails;
use crate::db::{Id, Ts, ahead};
use crate::error::{Error, Result};
use crate::{on, say};
use chrono::Duration;
use diesel::prelude::*;

/// How long a node may take over a message.
pub(super) const LEASE: Duration = Duration::minutes(5);
/// Tries before a message is left alone.
const TRIES: i32 = 5;
/// The first pause after a failure, in seconds; it doubles.
const FIRST_PAUSE: i64 = 60;
/// The longest; what comes in a flood is put off by less.
pub(super) const LONGEST: Duration = Duration::seconds(FIRST_PAUSE << 7);

/// What became of a message that opened a ticket, of one whose words were added to one, and of one that brought files alone.
pub const TICKET: &str = "ticket";
/// See [`TICKET`].
pub const COMMENT: &str = "comment";
/// See [`TICKET`].
pub const ATTACHED: &str = "attached";
/// Stands as the reason beside a message that waits because an administrator wants it looked at again: he has read what it
/// is, so it is taken though the same words were taken often.
pub const AGAIN: &str = "again";
/// An internal comment: an answer of staff that still holds a mail of ours.
pub const INTERNAL: &str = "internal";

/// What became of a message.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// Where it is now.
    pub state: InboundState,
    /// A code that says what became of it.
    pub why: &'static str,
    /// Region whose desk it was written to.
    pub region: Option<Id>,
    /// Address in its From.
    pub sender: Option<String>,
    /// Id, number and secrecy of the ticket that it concerns.
    pub ticket: Option<(Id, String, bool)>,
    /// Hash of sender, thread and words.
    pub words: Option<String>,
    /// The comment that it became.
    pub comment: Option<Id>,
    /// The mail of ours that it reports on.
    pub mail: Option<Id>,
}

impl Outcome {
    /// Nothing came of it.
    #[must_use]
    pub fn without(state: InboundState, why: &'static str) -> Self {
        Self { state, why, region: None, sender: None, ticket: None, words: None, comment: None, mail: None }
    }
}

/// Takes the message that has waited longest; one that [`is_worn_out`] is to be left as it is.
///
/// # Errors
/// The database's.
pub fn claim(tx: &mut Tx<'_>) -> Result<Option<Inbound>> {
    let now = tx.now;
    loop {
        let free = || inbound_mails::lease_until.is_null().or(inbound_mails::lease_until.le(now));
        let next: Option<Id> = on!(tx.conn(), |c| inbound_mails::table
            .filter(inbound_mails::state.eq(InboundState::Received).and(inbound_mails::next_try_at.le(now)))
            .filter(free())
            .order((inbound_mails::next_try_at, inbound_mails::uid, inbound_mails::id))
            .select(inbound_mails::id)
            .first(c)
            .optional())?;
        let Some(id) = next else { return Ok(None) };
        let taken: Option<Inbound> = on!(tx.conn(), |c| diesel::update(
            inbound_mails::table
                .filter(inbound_mails::id.eq(id).and(inbound_mails::state.eq(InboundState::Received)))
                .filter(free())
        )
        .set((
            inbound_mails::lease_until.eq(Some(now.plus(LEASE))),
            inbound_mails::fence.eq(inbound_mails::fence + 1),
            // Counted before it is looked at: a message that ends the program counts too.
            inbound_mails::attempts.eq(inbound_mails::attempts + 1)
        ))
        .returning(Inbound::as_returning())
        .get_result(c)
        .optional())?;
        // Without one another node was faster.
        if taken.is_some() {
            return Ok(taken);
        }
    }
}

/// Whether nobody has come to an end with this message in all its tries.
#[must_use]
pub const fn is_worn_out(mail: &Inbound) -> bool {
    mail.attempts > TRIES
}

/// Locks a message that this node still has; `false` if it is no longer its own.
///
/// # Errors
/// The database's.
pub fn hold(tx: &mut Tx<'_>, mail: &Inbound) -> Result<bool> {
    let held = on!(tx.conn(), |c| diesel::update(
        inbound_mails::table
            .filter(inbound_mails::id.eq(mail.id).and(inbound_mails::fence.eq(mail.fence)))
            .filter(inbound_mails::state.eq(InboundState::Received))
    )
    .set(inbound_mails::fence.eq(inbound_mails::fence))
    .execute(c))?;
    Ok(held == 1)
}

/// Notes sender and Message-ID of a message that is acted on; `false` if another copy of it was.
///
/// # Errors
/// The database's.
pub fn is_first(tx: &mut Tx<'_>, id: Id, key: &str) -> Result<bool> {
    let noted = tx.attempt(
        |()| true,
        |tx| {
            on!(tx.conn(), |c| diesel::update(inbound_mails::table.find(id))
                .set(inbound_mails::message_key.eq(Some(key)))
                .execute(c))?;
            Ok(())
        },
    );
    match noted {
        Ok(()) => Ok(true),
        // The one unique constraint that this can meet.
        Err(Error::Conflict(_)) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Marks a message that [`hold`] has locked.
///
/// # Errors
/// The database's.
pub fn finish(tx: &mut Tx<'_>, id: Id, outcome: &Outcome) -> Result<()> {
    let (ticket, number, secret) = match &outcome.ticket {
        Some((id, number, secret)) => (Some(*id), Some(number.clone()), *secret),
        None => (None, None, false),
    };
    let now = tx.now;
    on!(tx.conn(), |c| diesel::update(inbound_mails::table.find(id))
        .set((
            inbound_mails::state.eq(outcome.state),
            inbound_mails::why.eq(Some(outcome.why)),
            inbound_mails::region_id.eq(outcome.region),
            inbound_mails::sender.eq(outcome.sender.as_deref()),
            inbound_mails::ticket_id.eq(ticket),
            inbound_mails::ticket_number.eq(number),
            inbound_mails::secret.eq(secret),
            inbound_mails::words.eq(outcome.words.as_deref()),
            inbound_mails::comment_id.eq(outcome.comment),
            inbound_mails::mail_id.eq(outcome.mail),
            inbound_mails::lease_until.eq(None::<Ts>),
            inbound_mails::acted_at.eq(Some(now)),
        ))
        .execute(c))?;
    metrics::counter!("sigap_inbound_total", "state" => outcome.state.text(), "why" => outcome.why).increment(1);
    Ok(())
}

/// Lets a message wait, which is no failure.
///
/// # Errors
/// The database's.
pub fn defer(tx: &mut Tx<'_>, id: Id, until: Ts) -> Result<()> {
    on!(tx.conn(), |c| diesel::update(inbound_mails::table.find(id))
        .set((
            inbound_mails::attempts.eq(inbound_mails::attempts - 1),
            inbound_mails::next_try_at.eq(until),
            inbound_mails::lease_until.eq(None::<Ts>),
        ))
        .execute(c))?;
    Ok(())
}

/// Notes what a try met; the next one comes after a pause, and does not hold up others.
///
/// # Errors
/// The database's.
pub fn fail(tx: &mut Tx<'_>, mail: &Inbound, why: &str) -> Result<()> {
    wait(tx, mail, mail.attempts, why)
}

/// Gives back a message whose try the database ended: uncounted, as its trouble is everybody's. But where others have been
/// acted on since this one failed before, the cause lies in this one, and the try counts.
///
/// # Errors
/// The database's.
pub fn give_back(tx: &mut Tx<'_>, mail: &Inbound, why: &str) -> Result<()> {
    let (since, until) = ahead::since(mail.next_try_at.plus(-pause(mail.attempts - 1)), tx.now);
    let passed: Option<Id> = on!(tx.conn(), |c| inbound_mails::table
        .filter(inbound_mails::state.eq(InboundState::Done).and(inbound_mails::acted_at.between(since, until)))
        .filter(inbound_mails::raw.is_not_null())
        .select(inbound_mails::id)
        .first(c)
        .optional())?;
    if mail.last_error.is_some() && passed.is_some() { fail(tx, mail, why) } else { put_back(tx, mail, why) }
}

/// Gives back a message whose try everybody's trouble ended, such as a disk that is full: it does not count, and others
/// come first.
///
/// # Errors
/// The database's.
pub fn put_back(tx: &mut Tx<'_>, mail: &Inbound, why: &str) -> Result<()> {
    wait(tx, mail, mail.attempts - 1, why)
}

/// How long a message waits after so many tries that counted.
fn pause(attempts: i32) -> Duration {
    Duration::seconds(FIRST_PAUSE << attempts.clamp(1, 8).saturating_sub(1))
}

fn wait(tx: &mut Tx<'_>, mail: &Inbound, attempts: i32, why: &str) -> Result<()> {
    let next = tx.now.plus(pause(attempts));
    let why: String = super::address::line(why).chars().take(500).collect();
    on!(tx.conn(), |c| diesel::update(
        inbound_mails::table
            .filter(inbound_mails::id.eq(mail.id).and(inbound_mails::fence.eq(mail.fence)))
            .filter(inbound_mails::state.eq(InboundState::Received))
    )
    .set((
        inbound_mails::last_error.eq(Some(&why)),
        inbound_mails::attempts.eq(attempts),
        inbound_mails::next_try_at.eq(next),
        inbound_mails::lease_until.eq(None::<Ts>),
    ))
    .execute(c))?;
    Ok(())
}

/// How many messages that fit were acted on since.
macro_rules! acted_on {
    ($tx:expr, $since:expr, $fits:expr) => {{
        let (since, until) = ahead::since($since, $tx.now);
        Ok(on!($tx.conn(), |c| inbound_mails::table
            .filter($fits)
            .filter(inbound_mails::acted_at.between(since, until).and(inbound_mails::state.eq(InboundState::Done)))
            .count()
            .get_result(c))?)
    }};
}

/// Messages of a sender that were acted on since.
///
/// # Errors
/// The database's.
pub fn acted_on(tx: &mut Tx<'_>, sender: &str, since: Ts) -> Result<i64> {
    acted_on!(tx, since, inbound_mails::sender.eq(sender))
}

/// Messages of a sender that became tickets since.
///
/// # Errors
/// The database's.
pub fn opened(tx: &mut Tx<'_>, sender: &str, since: Ts) -> Result<i64> {
    acted_on!(tx, since, inbound_mails::sender.eq(sender).and(inbound_mails::why.eq(TICKET)))
}

/// Messages that were taken for a ticket since.
///
/// # Errors
/// The database's.
pub fn taken_for(tx: &mut Tx<'_>, ticket: Id, since: Ts) -> Result<i64> {
    let is_taken = || inbound_mails::why.eq_any([COMMENT, ATTACHED, INTERNAL]);
    acted_on!(tx, since, inbound_mails::ticket_id.eq(ticket).and(is_taken()))
}

/// How often these words of this sender were acted on since.
///
/// # Errors
/// The database's.
pub fn repeated(tx: &mut Tx<'_>, words: &str, since: Ts) -> Result<i64> {
    acted_on!(tx, since, inbound_mails::words.eq(words))
}

/// Lets a message that was refused or not made out be looked at again; see [`AGAIN`].
///
/// # Errors
/// 404 if it is not of `region`; 409 if it was acted on, waits already, or is forgotten.
pub fn retry(tx: &mut Tx<'_>, region: Id, id: Id) -> Result<Listed> {
    let now = tx.now;
    let mine = || inbound_mails::id.eq(id).and(inbound_mails::region_id.eq(region));
    let again: Option<Listed> = on!(tx.conn(), |c| diesel::update(
        inbound_mails::table
            .filter(mine())
            .filter(inbound_mails::state.eq_any([InboundState::Refused, InboundState::Unreadable]))
            .filter(inbound_mails::raw.is_not_null())
    )
    .set((
        inbound_mails::state.eq(InboundState::Received),
        inbound_mails::attempts.eq(0),
        inbound_mails::next_try_at.eq(now),
        inbound_mails::why.eq(Some(AGAIN)),
        inbound_mails::acted_at.eq(None::<Ts>),
    ))
    .returning(Listed::as_returning())
    .get_result(c)
    .optional())?;
    if let Some(mail) = again {
        return Ok(mail);
    }
    let found: i64 = on!(tx.conn(), |c| inbound_mails::table.filter(mine()).count().get_result(c))?;
    Err(if found == 0 { Error::NotFound } else { Error::Conflict(say!("mail.inbound.retry")) })
}

/// Forgets messages that were acted on, or refused, so many days ago; what could not be made out stays.
///
/// # Errors
/// The database's.
pub fn sweep(tx: &mut Tx<'_>, days: i64) -> Result<usize> {
    let before = tx.now.plus(Duration::days(-days));
    Ok(on!(tx.conn(), |c| diesel::update(
        inbound_mails::table
            .filter(inbound_mails::state.eq_any([InboundState::Done, InboundState::Refused]))
            .filter(inbound_mails::raw.is_not_null().and(inbound_mails::acted_at.le(before)))
    )
    .set(inbound_mails::raw.eq(None::<Vec<u8>>))
    .execute(c))?)
}

/// Of a region: how many wait, since when the oldest does, and how many could not be made out.
///
/// # Errors
/// The database's.
pub fn standing(tx: &mut Tx<'_>, region: Id) -> Result<(i64, Option<Ts>, i64)> {
    let of = |state: InboundState| inbound_mails::state.eq(state).and(inbound_mails::region_id.eq(region));
    let (received, oldest) = on!(tx.conn(), |c| inbound_mails::table
        .filter(of(InboundState::Received))
        .select((diesel::dsl::count_star(), diesel::dsl::min(inbound_mails::received_at)))
        .first::<(i64, Option<Ts>)>(c))?;
    let unreadable =
        on!(tx.conn(), |c| inbound_mails::table.filter(of(InboundState::Unreadable)).count().get_result(c))?;
    Ok((received, oldest, unreadable))
}

/// How many wait, since when the oldest does, and how many could not be made out.
///
/// # Errors
/// The database's.
pub fn measure(tx: &mut Tx<'_>) -> Result<(i64, Option<Ts>, i64)> {
    let count = |tx: &mut Tx<'_>, state| -> Result<i64> {
        Ok(on!(tx.conn(), |c| inbound_mails::table.filter(inbound_mails::state.eq(state)).count().get_result(c))?)
    };
    let (received, unreadable) = (count(tx, InboundState::Received)?, count(tx, InboundState::Unreadable)?);
    let oldest = on!(tx.conn(), |c| inbound_mails::table
        .filter(inbound_mails::state.eq(InboundState::Received))
        .select(diesel::dsl::min(inbound_mails::received_at))
        .first::<Option<Ts>>(c))?;
    Ok((received, oldest, unreadable))
}
