//! Between the tiers: handing up with a request for a solution (L6), handing back with instructions (L7), and asking
//! without handing over (L9).

use super::assign::is_of_desk;
use super::event::{Event, record};
use super::open::is_abandoned;
use super::{Classification, Move, Ticket};
use crate::access::{May, Tx, act};
use crate::catalog::{self, Provider};
use crate::check::Checks;
use crate::db::kept::change;
use crate::db::schema::{handovers, tickets};
use crate::db::{Id, Json, Ts};
use crate::error::{Error, Result};
use crate::org::{opd, region};
use crate::{on, say};
use diesel::prelude::*;
use serde_json::{Value, json};

/// Characters of a text that a hand-over needs.
const TEXT: std::ops::RangeInclusive<usize> = 1..=5000;

#[derive(Debug, Insertable)]
#[diesel(table_name = handovers, treat_none_as_default_value = false)]
pub(super) struct Row {
    pub(super) id: Id,
    pub(super) ticket_id: Id,
    pub(super) kind: &'static str,
    pub(super) by_id: Option<Id>,
    pub(super) at: Ts,
    pub(super) words: Json,
    pub(super) accepted_by: Option<Id>,
    pub(super) accepted_at: Option<Ts>,
}

/// What Tier 1 says when it hands up (L6); all of it is needed.
#[derive(Debug, Clone)]
pub struct Ask {
    /// Why it can't be solved here.
    pub reason: String,
    /// What was tried.
    pub tried: String,
    /// What is asked of Tier 2.
    pub requested: String,
}

/// Hands the ticket to Tier 2.
///
/// # Errors
/// 409 at tier 2, for a finished ticket, and for what a *Mandiri* OPD must solve itself (L17); 422 for missing texts.
pub fn escalate(tx: &mut Tx<'_>, ticket: May<act::Escalate, Ticket>, ask: &Ask) -> Result<Ticket> {
    let mut checks = Checks::new();
    checks.text("/reason", &ask.reason, TEXT);
    checks.text("/tried", &ask.tried, TEXT);
    checks.text("/requested", &ask.requested, TEXT);
    checks.done()?;
    let mut ticket = ticket.into_inner();
    hand_up(&mut ticket, tx.actor.person, tx.now)?;
    refuse_own_affair_of_mandiri(tx, &ticket)?;
    ticket.save(tx)?;
    let Ask { reason, tried, requested } = ask.clone();
    add(tx, &ticket, "escalate", json!({ "reason": reason, "tried": tried, "requested": requested }))?;
    record(tx, &ticket, &Event::Escalated { reason, tried, requested })?;
    Ok(ticket)
}

/// What handing up does to the ticket.
pub(super) fn hand_up(ticket: &mut Ticket, by: Option<Id>, now: Ts) -> Result<()> {
    ticket.step(Move::Escalate, now)?;
    ticket.tier = 2;
    ticket.assignee_id = None;
    ticket.escalated_by = by;
    ticket.reached_tier2 = true;
    ticket.awaits_acceptance = true;
    ticket.bounces += 1;
    Ok(())
}

/// An OPD judged *Mandiri TIK* runs its own applications and network; only the Dinas's services go up (L17). Where nobody
/// is left to do so, nothing is stranded (L4): its new tickets begin at tier 2, and those it has follow.
fn refuse_own_affair_of_mandiri(tx: &mut Tx<'_>, ticket: &Ticket) -> Result<()> {
    if !opd::by_id(tx, ticket.opd_id)?.mandiri_tik || !opd::has_tier1(tx, ticket.opd_id)? {
        return Ok(());
    }
    let provider = match ticket.service_id {
        Some(id) => catalog::by_id(tx, id)?.provider,
        None => Provider::Opd,
    };
    if provider == Provider::Dinkominfo {
        return Ok(());
    }
    Err(Error::Conflict(say!("ticket.mandiri", provider = name_of_provider(tx, ticket)?)))
}

/// As the region calls it (T1).
fn name_of_provider(tx: &mut Tx<'_>, ticket: &Ticket) -> Result<String> {
    Ok(region::by_id(tx, ticket.region_id)?.terms().provider)
}

/// Hands the ticket back to Tier 1: to the technician who handed it up, or to his desk if he left or nobody did.
///
/// # Errors
/// 409 at tier 1, for a finished ticket, and where no Tier 1 is left; 422 without instructions.
pub fn give_back(tx: &mut Tx<'_>, ticket: May<act::Return, Ticket>, instructions: &str) -> Result<Ticket> {
    let mut checks = Checks::new();
    checks.text("/instructions", instructions, TEXT);
    checks.done()?;
    let mut ticket = ticket.into_inner();
    hand_down(&mut ticket, tx.now)?;
    if let Some(technician) = ticket.escalated_by
        && is_of_desk(tx, &ticket, technician)?
    {
        ticket.assignee_id = Some(technician);
    }
    if is_abandoned(tx, ticket.region_id, ticket.opd_id)? {
        return Err(Error::Conflict(say!("ticket.no_tier1", provider = name_of_provider(tx, &ticket)?)));
    }
    ticket.save(tx)?;
    add(tx, &ticket, "return", json!({ "instructions": instructions }))?;
    record(tx, &ticket, &Event::Returned { instructions: instructions.to_owned() })?;
    Ok(ticket)
}

/// What handing back does to the ticket, which lies with the desk then.
pub(super) fn hand_down(ticket: &mut Ticket, now: Ts) -> Result<()> {
    ticket.step(Move::Return, now)?;
    ticket.tier = 1;
    ticket.awaits_acceptance = false;
    ticket.bounces += 1;
    ticket.assignee_id = None;
    Ok(())
}

/// Asks Tier 2, which may then read and comment; the ticket stays where it is.
///
/// # Errors
/// 409 at tier 2, for a finished and for a secret ticket; 422 without a question.
pub fn consult(tx: &mut Tx<'_>, ticket: May<act::Consult, Ticket>, question: &str) -> Result<Ticket> {
    let mut checks = Checks::new();
    checks.text("/question", question, TEXT);
    checks.done()?;
    let mut ticket = ticket.into_inner();
    ticket.step(Move::Consult, tx.now)?;
    if ticket.classification == Classification::Secret {
        return Err(Error::Conflict(say!("ticket.secret_consult")));
    }
    // The requester does not see that Tier 2 was asked; so nothing that he sees may change.
    ticket.consulted = true;
    on!(tx.conn(), |c| change(c, diesel::update(tickets::table.find(ticket.id)).set(tickets::consulted.eq(true))))?;
    add(tx, &ticket, "consult", json!({ "question": question }))?;
    record(tx, &ticket, &Event::Consulted { question: question.to_owned() })?;
    Ok(ticket)
}

pub(super) fn row(tx: &Tx<'_>, ticket: &Ticket, kind: &'static str, words: Value) -> Row {
    Row {
        id: tx.new_id(),
        ticket_id: ticket.id,
        kind,
        by_id: tx.actor.person,
        at: tx.now,
        words: Json(words),
        accepted_by: None,
        accepted_at: None,
    }
}

fn add(tx: &mut Tx<'_>, ticket: &Ticket, kind: &'static str, words: Value) -> Result<()> {
    let row = row(tx, ticket, kind, words);
    on!(tx.conn(), |c| diesel::insert_into(handovers::table).values(&row).execute(c))?;
    Ok(())
}

/// Notes that the last hand-over up was accepted.
pub(super) fn accept(tx: &mut Tx<'_>, ticket: &Ticket) -> Result<()> {
    let (now, me) = (tx.now, tx.actor.person()?);
    let last = on!(tx.conn(), |c| handovers::table
        .filter(handovers::ticket_id.eq(ticket.id).and(handovers::kind.eq("escalate")))
        .order((handovers::at.desc(), handovers::id.desc()))
        .select(handovers::id)
        .first::<Id>(c)
        .optional())?;
    let Some(last) = last else { return Ok(()) };
    on!(tx.conn(), |c| change(
        c,
        diesel::update(handovers::table.find(last))
            .set((handovers::accepted_at.eq(Some(now)), handovers::accepted_by.eq(Some(me))))
    ))?;
    Ok(())
}
