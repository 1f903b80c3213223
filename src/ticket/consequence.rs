//! THE table: event → what follows from it: whom to tell, whom to write to ([`super::mails`]), and what it means for the
//! clocks ([`super::clocks`]); a command never calls a service for these itself.

use super::event::Event;
use super::open::{is_abandoned, lacks_tier2};
use super::{Classification, PendingReason, Ticket, Visibility, assign, clocks, deadline, mails, watch};
use crate::access::{Role, Tx};
use crate::db::Id;
use crate::error::Result;
use crate::notice::{self, Notice};
use crate::org::grant;
use crate::sla::level::Audience;
use std::slice;

/// Hand-overs after which the coordinator is told, again and again.
const BOUNCES: i32 = 3;

/// Lets `event`, whose line in the time line is `line`, have its consequences, in the same transaction.
pub fn of(tx: &mut Tx<'_>, ticket: &Ticket, event: &Event, line: Id) -> Result<()> {
    let told = told(tx, ticket, event)?;
    // Nobody follows what has only just been opened.
    let is_followed = told.is_some() && !matches!(event, Event::Opened { .. });
    let mut people = told.unwrap_or_default();
    if is_followed && event.visibility() == Visibility::Public {
        people.extend(watch::followers(tx, ticket)?);
    }
    // Clocks are no secret of the desk: whoever works on trouble of his own has to know of its deadlines as of any other's.
    let is_of_clock = matches!(event, Event::Warned(_) | Event::Breached(_));
    if event.visibility() == Visibility::Internal && !is_of_clock {
        // Never the requester, even if he is of the desk himself.
        people.retain(|person| *person != ticket.requester_id);
    }
    mails::owe(tx, ticket, event, line, &people)?;
    people.extend(handed_up_by(tx, ticket, event)?);
    notice::tell(tx, ticket.id, event.notice(), people)?;
    tell_coordinator(tx, ticket, event)?;
    clocks::follow(tx, ticket, event)?;
    match event {
        Event::Resolved | Event::Closed { .. } | Event::Reopened { .. } => deadline::foresee_close(tx, ticket),
        _ => Ok(()),
    }
}

/// Whom an event is told to, besides those who follow; none for one that nobody is told of. There may be nobody at a desk.
fn told(tx: &mut Tx<'_>, ticket: &Ticket, event: &Event) -> Result<Option<Vec<Id>>> {
    Ok(Some(match event {
        Event::Opened { .. } => with(desk(tx, ticket)?, ticket.requester_id),
        Event::Assigned(person) => vec![*person],
        Event::Started | Event::Accepted => vec![ticket.requester_id],
        Event::Escalated { .. } => with(desk(tx, ticket)?, ticket.requester_id),
        Event::Returned { .. } => with(assignee_or_desk(tx, ticket)?, ticket.requester_id),
        Event::Consulted { .. } => grant::holders(tx, ticket.region_id, Role::Tier2, None)?,
        Event::Reminded { .. } => assignee_or_desk(tx, ticket)?,
        Event::Pended if ticket.pending_reason == Some(PendingReason::Requester) => vec![ticket.requester_id],
        Event::Commented { visibility: Visibility::Public, .. } => {
            with(assignee_or_desk(tx, ticket)?, ticket.requester_id)
        }
        Event::Commented { visibility: Visibility::Internal, .. } => assignee_or_desk(tx, ticket)?,
        Event::Attached { is_answer: true, .. } => assignee_or_desk(tx, ticket)?,
        // Its desk hears why.
        Event::Resumed { forsaken: true } if tx.actor.person.is_none() => Vec::new(),
        // An agreed wait is over; whoever resumes himself knows.
        Event::Resumed { .. } if tx.actor.person.is_none() => assignee_or_desk(tx, ticket)?,
        Event::Resolved => vec![ticket.requester_id],
        Event::Closed { .. } => with(ticket.assignee_id.into_iter().collect(), ticket.requester_id),
        Event::Reopened { .. } | Event::Cancelled { .. } => with(assignee_or_desk(tx, ticket)?, ticket.requester_id),
        Event::Released(_) => desk(tx, ticket)?,
        Event::Warned(told) | Event::Breached(told) => audience(tx, ticket, &told.level.notify)?,
        Event::WaiverAsked { .. } => grant::holders(tx, ticket.region_id, Role::Coordinator, None)?,
        Event::WaiverDecided { .. } => assignee_or_desk(tx, ticket)?,
        _ => return Ok(None),
    }))
}

/// Whom a level of a clock tells (contract: the assignee or the desk, at the miss also the coordinator).
fn audience(tx: &mut Tx<'_>, ticket: &Ticket, whom: &[Audience]) -> Result<Vec<Id>> {
    let mut people = Vec::new();
    for one in whom {
        people.extend(match one {
            Audience::Assignee => assignee_or_desk(tx, ticket)?,
            Audience::Desk => desk(tx, ticket)?,
            Audience::Coordinator => grant::holders(tx, ticket.region_id, Role::Coordinator, None)?,
        });
    }
    Ok(people)
}

fn tell_coordinator(tx: &mut Tx<'_>, ticket: &Ticket, event: &Event) -> Result<()> {
    let comes = matches!(event, Event::Opened { .. } | Event::Escalated { .. } | Event::Reopened { .. });
    if comes && ticket.tier == 2 && lacks_tier2(tx, ticket.region_id)? {
        stranded(tx, slice::from_ref(ticket))?;
    }
    let kind = match event {
        Event::Opened { stranded: true } => "no_tier1",
        // It stays at its tier, where nobody is left (L4).
        Event::Reopened { .. } if ticket.tier == 1 && is_abandoned(tx, ticket.region_id, ticket.opd_id)? => "no_tier1",
        Event::Escalated { .. } | Event::Returned { .. } if ticket.bounces % BOUNCES == 0 => "bounced",
        _ => return Ok(()),
    };
    alert(tx, slice::from_ref(ticket), |_| kind)
}

/// Tickets of one region lie at desks where nobody is left (L4).
pub fn stranded(tx: &mut Tx<'_>, tickets: &[Ticket]) -> Result<()> {
    alert(tx, tickets, |ticket| if ticket.tier == 1 { "no_tier1" } else { "no_tier2" })
}

/// Whom the ticket waited for has left, and it goes on.
pub fn requester_left(tx: &mut Tx<'_>, ticket: &Ticket) -> Result<()> {
    let people = assignee_or_desk(tx, ticket)?;
    notice::tell(tx, ticket.id, "requester_left", people)
}

/// Tells every coordinator of their region.
fn alert(tx: &mut Tx<'_>, tickets: &[Ticket], kind: impl Fn(&Ticket) -> &'static str) -> Result<()> {
    let Some(first) = tickets.first() else { return Ok(()) };
    let coordinators = grant::holders(tx, first.region_id, Role::Coordinator, None)?;
    let told = |ticket: &Ticket| notice::of(tx, ticket.id, kind(ticket), coordinators.iter().copied());
    let notices: Vec<Notice> = tickets.iter().flat_map(told).collect();
    notice::store(tx, &notices)
}

/// Tier 1 keeps following what it handed up (L6): its technician, as long as he works at that desk and sees the ticket.
/// By notices alone; the contract lists the mails.
fn handed_up_by(tx: &mut Tx<'_>, ticket: &Ticket, event: &Event) -> Result<Option<Id>> {
    let follows = match event {
        Event::Commented { .. } | Event::Resolved | Event::Closed { .. } => true,
        Event::Attached { is_answer, .. } => *is_answer,
        _ => false,
    };
    let seen = ticket.tier == 2 && ticket.classification != Classification::Secret;
    match ticket.escalated_by.filter(|who| follows && seen && *who != ticket.requester_id) {
        Some(who) if assign::serves(tx, ticket, who, 1)? => Ok(Some(who)),
        _ => Ok(None),
    }
}

/// Everybody at the desk where the ticket lies.
fn desk(tx: &mut Tx<'_>, ticket: &Ticket) -> Result<Vec<Id>> {
    if ticket.tier == 1 {
        grant::holders(tx, ticket.region_id, Role::Tier1, Some(ticket.opd_id))
    } else {
        grant::holders(tx, ticket.region_id, Role::Tier2, None)
    }
}

fn assignee_or_desk(tx: &mut Tx<'_>, ticket: &Ticket) -> Result<Vec<Id>> {
    match ticket.assignee_id {
        Some(person) => Ok(vec![person]),
        None => desk(tx, ticket),
    }
}

fn with(mut people: Vec<Id>, one: Id) -> Vec<Id> {
    people.push(one);
    people
}
