//! Who sends what: a node takes mails for a while (a lease) under a number (a fence), sends them without a transaction
//! open, and marks them if they are still its own. Mails of one ticket and recipient keep their order (R9, R20).

use super::address::is_official;
use super::compose::{facts, written};
use super::hour::Hour;
use super::lane::Lane;
use super::letter::Facts;
use super::life::begun;
use super::outbox::{Mail, MailState, bundle};
use super::reader::{Reader, addressed};
use super::transport::Failure;
use super::{LEASE, Mailer};
use crate::access::Tx;
use crate::db::kept::{Keep, change};
use crate::db::schema::mails;
use crate::db::{Id, Ts, one_of};
use crate::error::{Error, Result};
use crate::message::Language;
use crate::{on, say};
use chrono::Duration;
use diesel::dsl::{exists, not};
use diesel::prelude::*;
use diesel::sql_types::Bool;

/// The first pause after a failure; it doubles up to the longest.
const FIRST_PAUSE: i64 = 60;
const LONGEST_PAUSE: i64 = 4 * 3600;
/// The longest pause with what it is spread by.
pub(super) const LONGEST: Duration = Duration::seconds(LONGEST_PAUSE * 12 / 10);
/// The longest pause of a mail that met no answer: what is wrong is the server, which may be back at any time.
const UNREACHED_PAUSE: i64 = 300;

/// A mail that is ours to send.
#[derive(Debug, Clone)]
pub struct Claimed {
    /// Its row.
    pub id: Id,
    /// Under which number it is ours.
    pub fence: i32,
    /// Since when it was owed.
    pub created_at: Ts,
    /// Envelope sender: the desk.
    pub from: String,
    /// Envelope recipient.
    pub to: String,
    /// The message.
    pub bytes: Vec<u8>,
    ticket: Option<Id>,
    turn: i32,
    attempts: i32,
    give_up_at: Ts,
    rows: Vec<Id>,
}

impl Claimed {
    /// A mail that is in no outbox.
    #[must_use]
    pub fn loose(id: Id, from: String, to: String, bytes: Vec<u8>, now: Ts) -> Self {
        let rows = Vec::new();
        Self {
            id,
            fence: 0,
            created_at: now,
            from,
            to,
            bytes,
            ticket: None,
            turn: 0,
            attempts: 0,
            give_up_at: now,
            rows,
        }
    }
}

/// Takes up to `limit` mails that are due, urgent ones first. What can't be made a message, or has no reader any more, fails
/// here, alone.
pub fn claim(tx: &mut Tx<'_>, mailer: &Mailer, reader: Reader, limit: usize) -> Result<Vec<Claimed>> {
    let mut claimed = Vec::new();
    let mut hour = Hour::new(mailer);
    for lane in Lane::ALL {
        for due in due(tx, lane, &mut hour, limit.saturating_sub(claimed.len()))? {
            if hour.is_full(due.region, lane) {
                continue;
            }
            let head = head(tx, &due)?;
            let Some(mail) = take(tx, head)? else { continue };
            // One that can't be made takes no place of the hour.
            if let Some(mail) = prepare(tx, mailer, reader, mail)? {
                hour.count(due.region);
                claimed.push(mail);
            }
        }
    }
    Ok(claimed)
}

/// A mail that is due.
#[derive(Queryable)]
struct Due {
    id: Id,
    region: Id,
    ticket: Option<Id>,
    recipient: String,
    next_try_at: Ts,
    turn: i32,
}

/// Mails of a lane that are due, of the regions that have room, in the order in which they wait. Region by region, so
/// that thousands that wait for the next hour are not looked through again and again.
fn due(tx: &mut Tx<'_>, lane: Lane, hour: &mut Hour, limit: usize) -> Result<Vec<Due>> {
    let mut all = Vec::new();
    let mut last = None;
    while let Some(region) = next_region(tx, lane, last)? {
        hour.look(tx, region)?;
        if !hour.is_full(region, lane) {
            all.extend(due_of(tx, lane, region, limit)?);
        }
        last = Some(region);
    }
    all.sort_by_key(|due| (due.next_try_at, due.turn, due.id));
    all.truncate(limit);
    Ok(all)
}

/// The region after `last` for which mails wait: one step in the index, however many wait.
fn next_region(tx: &mut Tx<'_>, lane: Lane, last: Option<Id>) -> Result<Option<Id>> {
    let after = last.unwrap_or(Id(uuid::Uuid::nil()));
    Ok(on!(tx.conn(), |c| mails::table
        .filter(mails::state.eq(MailState::Queued).and(mails::lane.eq(lane.row())).and(mails::region_id.gt(after)))
        .filter(mails::turn.between(lane.turns().0, lane.turns().1))
        .select(mails::region_id)
        .order(mails::region_id)
        .first(c)
        .optional())?)
}

/// Mails of a region that are due, and for which no earlier one of the same ticket and recipient is under way.
fn due_of(tx: &mut Tx<'_>, lane: Lane, region: Id, limit: usize) -> Result<Vec<Due>> {
    let (now, limit) = (tx.now, i64::try_from(limit).unwrap_or(i64::MAX));
    let earlier = diesel::alias!(mails as earlier);
    Ok(on!(tx.conn(), |c| mails::table
        .filter(mails::state.eq(MailState::Queued).and(mails::lane.eq(lane.row())).and(mails::region_id.eq(region)))
        .filter(mails::turn.between(lane.turns().0, lane.turns().1))
        .filter(mails::next_try_at.le(now).and(mails::carrier_id.is_null()))
        .filter(mails::lease_until.is_null().or(mails::lease_until.le(now)))
        .filter(not(exists(
            earlier
                .filter(earlier.field(mails::ticket_id).eq(mails::ticket_id))
                .filter(earlier.field(mails::recipient).eq(mails::recipient))
                .filter(earlier.field(mails::turn).lt(mails::turn))
                .filter(earlier.field(mails::state).eq(MailState::Queued))
                .filter(earlier.field(mails::carrier_id).is_null())
                .filter(earlier.field(mails::message_id).is_not_null().or(earlier.field(mails::lease_until).gt(now)))
                .select(earlier.field(mails::id))
        )))
        .order((mails::next_try_at, mails::turn, mails::id))
        .limit(limit)
        .select((mails::id, mails::region_id, mails::ticket_id, mails::recipient, mails::next_try_at, mails::turn))
        .load(c))?)
}

/// The oldest of its ticket and recipient that waits: through its row alone the pair is taken.
fn head(tx: &mut Tx<'_>, due: &Due) -> Result<Id> {
    let Some(ticket) = due.ticket else { return Ok(due.id) };
    let head = on!(tx.conn(), |c| mails::table
        .filter(mails::ticket_id.eq(ticket).and(mails::recipient.eq(&due.recipient)))
        .filter(mails::state.eq(MailState::Queued).and(mails::carrier_id.is_null()))
        .order(mails::turn)
        .select(mails::id)
        .first(c)
        .optional())?;
    Ok(head.unwrap_or(due.id))
}

/// Takes a row, unless another node was faster.
fn take(tx: &mut Tx<'_>, id: Id) -> Result<Option<Mail>> {
    let now = tx.now;
    Ok(on!(tx.conn(), |c| diesel::update(
        mails::table
            .filter(mails::id.eq(id).and(mails::state.eq(MailState::Queued)).and(mails::carrier_id.is_null()))
            .filter(mails::lease_until.is_null().or(mails::lease_until.le(now)))
            .filter(mails::message_id.is_null().or(mails::next_try_at.le(now)))
    )
    .set((
        mails::lease_until.eq(Some(now.plus(LEASE))),
        mails::fence.eq(mails::fence + 1),
        mails::tried_at.eq(Some(now))
    ))
    .returning(Mail::as_returning())
    .kept()
    .get_result(c)
    .optional())?)
}

/// The bytes of a mail: those of the first try, or made now of everything that waits for the pair.
fn prepare(tx: &mut Tx<'_>, mailer: &Mailer, reader: Reader, mail: Mail) -> Result<Option<Claimed>> {
    let (mail, is_for_him) = addressed(tx, reader, mail)?;
    let made = match (is_for_him, mail.message.clone()) {
        (Err(why), _) => Err(why),
        (Ok(()), Some(bytes)) => facts(&mail).map(|facts| (bytes, facts)),
        (Ok(()), None) => make(tx, mailer, &mail)?,
    };
    let rows = bundle(tx, &mail)?;
    let refused = |why: String| Failure { lasting: true, reached: true, why };
    let outcome = made.map_err(|e| refused(why(e, mail.language))).and_then(|(bytes, facts)| {
        let domains: Vec<&str> = facts.desk.domains.iter().map(String::as_str).collect();
        // Once more at the door: whatever the row says, nothing leaves for another domain (T3, L15, B3, P1).
        if is_official(&mail.recipient, &domains) && is_official(&facts.desk.mailbox, &domains) {
            Ok((bytes, facts.desk.mailbox))
        } else {
            Err(refused(say!("mail.unofficial").text(mail.language)))
        }
    });
    let mut claimed = Claimed {
        id: mail.id,
        fence: mail.fence,
        created_at: mail.created_at,
        from: String::new(),
        to: mail.recipient,
        bytes: Vec::new(),
        ticket: mail.ticket_id,
        turn: mail.turn,
        attempts: mail.attempts,
        give_up_at: mail.give_up_at,
        rows,
    };
    match outcome {
        Ok((bytes, from)) => {
            (claimed.bytes, claimed.from) = (bytes, from);
            Ok(Some(claimed))
        }
        Err(failure) => {
            mark_failed(tx, &claimed, &failure)?;
            let never = mails::tried_at.eq(None::<Ts>);
            on!(tx.conn(), |c| change(c, diesel::update(mails::table.find(mail.id)).set(never)))?;
            Ok(None)
        }
    }
}

/// What the outbox's keeper reads of a mail that can't be made.
fn why(error: Error, language: Language) -> String {
    match error {
        Error::Conflict(say) => say.text(language),
        other => other.to_string(),
    }
}

type Made = Result<(Vec<u8>, Facts)>;

/// Lets all that waits for the pair ride along, makes the message and keeps it. One that is made anew carries what it
/// carried, for it has its id already. The inner error is the mail's own.
fn make(tx: &mut Tx<'_>, mailer: &Mailer, mail: &Mail) -> Result<Made> {
    let mail = &match begun(tx, mailer, mail)? {
        Ok(mail) => mail,
        Err(why) => return Ok(Err(why)),
    };
    let mut all = vec![mail.clone()];
    let is_first = mail.message_id.is_none();
    if let Some(ticket) = mail.ticket_id {
        let mut riders: Vec<Mail> = on!(tx.conn(), |c| diesel::update(
            mails::table
                .filter(mails::ticket_id.eq(ticket).and(mails::recipient.eq(&mail.recipient)))
                .filter(mails::id.ne(mail.id).and(mails::state.eq(MailState::Queued)))
                // Of an address that has passed to somebody else, the mails of either go by themselves.
                .filter(mails::person_id.eq(mail.person_id).and(mails::message_id.is_null()))
                .filter(mails::carrier_id.eq(mail.id).or(mails::carrier_id.is_null().and::<bool, Bool>(is_first)))
        )
        .set(mails::carrier_id.eq(Some(mail.id)))
        .returning(Mail::as_returning())
        .kept()
        .load(c))?;
        riders.sort_by_key(|rider| rider.turn);
        all.extend(riders);
    }
    let made = written(tx, mailer, mail, &all)?;
    if let Ok((bytes, facts, message_id)) = &made {
        // A secret is stored nowhere: a mail that carries one is made anew for each try, of the same words.
        let kept = Some(bytes).filter(|_| facts.link.is_none());
        on!(tx.conn(), |c| change(
            c,
            diesel::update(mails::table.find(mail.id))
                .set((mails::message.eq(kept), mails::message_id.eq(Some(message_id))))
        ))?;
    }
    Ok(made.map(|(bytes, facts, _)| (bytes, facts)))
}

/// Notes that a mail was sent, and forgets its words. `false` if it is no longer ours.
pub fn mark_sent(tx: &mut Tx<'_>, mail: &Claimed) -> Result<bool> {
    let now = tx.now;
    let ours = on!(tx.conn(), |c| diesel::update(
        mails::table
            .filter(mails::id.eq(mail.id).and(mails::fence.eq(mail.fence)).and(mails::state.eq(MailState::Queued)))
    )
    .set((mails::message.eq(None::<Vec<u8>>), mails::lease_until.eq(None::<Ts>),))
    .returning(mails::id)
    .kept()
    .load::<Id>(c))?;
    if ours.is_empty() {
        return Ok(false);
    }
    on!(tx.conn(), |c| diesel::update(mails::table.filter(one_of(mails::id, &mail.rows)))
        .set((
            mails::state.eq(MailState::Sent),
            mails::sent_at.eq(Some(now)),
            mails::attempts.eq(mail.attempts + 1),
            mails::last_error.eq(None::<String>),
            mails::facts.eq(crate::db::Json(serde_json::json!({}))),
        ))
        .returning(mails::id)
        .kept()
        .load::<Id>(c))?;
    Ok(true)
}

/// Notes what a try met, and when the next is; whatever comes after this one for the same ticket and recipient waits
/// too. `false` if it is no longer ours.
pub fn mark_failed(tx: &mut Tx<'_>, mail: &Claimed, failure: &Failure) -> Result<bool> {
    let attempts = mail.attempts + 1;
    let over = failure.lasting || mail.give_up_at <= tx.now;
    let next = tx.now.plus(pause(mail.id, attempts, failure.reached));
    let ours = on!(tx.conn(), |c| diesel::update(
        mails::table
            .filter(mails::id.eq(mail.id).and(mails::fence.eq(mail.fence)).and(mails::state.eq(MailState::Queued)))
    )
    .set(mails::lease_until.eq(None::<Ts>))
    .returning(mails::id)
    .kept()
    .load::<Id>(c))?;
    if ours.is_empty() {
        return Ok(false);
    }
    on!(tx.conn(), |c| diesel::update(mails::table.filter(mails::id.eq_any(&mail.rows)))
        .set((
            mails::state.eq(if over { MailState::Failed } else { MailState::Queued }),
            mails::next_try_at.eq(next),
            mails::attempts.eq(attempts),
            mails::last_error.eq(Some(&failure.why)),
        ))
        .execute(c))?;
    if let (false, Some(ticket)) = (over, mail.ticket) {
        on!(tx.conn(), |c| diesel::update(
            mails::table.filter(mails::ticket_id.eq(ticket).and(mails::recipient.eq(&mail.to))).filter(
                mails::turn.gt(mail.turn).and(mails::state.eq(MailState::Queued)).and(mails::next_try_at.lt(next))
            )
        )
        .set(mails::next_try_at.eq(next))
        .execute(c))?;
    }
    Ok(true)
}

/// A minute, doubling up to hours, give or take a fifth, so that what failed together does not come back together.
fn pause(id: Id, attempts: i32, reached: bool) -> Duration {
    let doublings = u32::try_from(attempts.saturating_sub(1)).unwrap_or(0).min(10);
    let longest = if reached { LONGEST_PAUSE } else { UNREACHED_PAUSE };
    let plain = (FIRST_PAUSE << doublings).min(longest);
    let spread = i64::try_from((id.0.as_u128() ^ u128::from(doublings)) % 401).unwrap_or(0);
    Duration::milliseconds(plain * (800 + spread))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_from_a_minute_to_hours_and_differ_between_mails() {
        let seconds = |attempts, reached| {
            (0..50).map(move |n| pause(Id(uuid::Uuid::from_u128(n * 37)), attempts, reached).num_seconds())
        };
        for (attempts, plain) in [(1, 60), (2, 120), (3, 240), (9, 4 * 3600), (40, 4 * 3600)] {
            assert!(seconds(attempts, true).all(|s| s >= plain * 8 / 10 && s <= plain * 12 / 10), "{attempts}");
        }
        assert!(seconds(40, false).all(|s| s <= 360));
        let first: std::collections::BTreeSet<i64> = seconds(5, true).collect();
        assert!(first.len() > 10);
    }
}
