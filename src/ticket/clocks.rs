//! What an event means for the ticket's clocks: the column "clocks" of [`super::consequence`].

use super::deadline;
use super::event::{Event, Line, record};
use super::open;
use super::{PendingReason, Ticket, Visibility};
use crate::access::{Actor, Origin, Tx};
use crate::catalog;
use crate::db::schema::events;
use crate::error::Result;
use crate::on;
use crate::org::region;
use crate::sla::Metric;
use crate::sla::board::{Board, Subject};
use diesel::prelude::*;

/// Lets the clocks follow an event.
pub(super) fn follow(tx: &mut Tx<'_>, ticket: &Ticket, event: &Event) -> Result<()> {
    if !concerns(tx, ticket, event) {
        return Ok(());
    }
    let is_new = matches!(event, Event::Opened { .. });
    let mut board = if is_new { Board::new(ticket.id) } else { Board::load(tx, ticket.id)? };
    if matches!(event, Event::Reopened { .. }) {
        let region = region::by_id(tx, ticket.region_id)?;
        open::hold_numbers(tx, &region)?;
    }
    apply(tx, ticket, event, &mut board, |tx| subject(tx, ticket))?;
    keep(tx, ticket, board)
}

/// What `event` does to the clocks; `subject` tells of what they measure.
pub(super) fn apply(
    tx: &mut Tx<'_>,
    ticket: &Ticket,
    event: &Event,
    board: &mut Board,
    subject: impl FnOnce(&mut Tx<'_>) -> Result<Subject>,
) -> Result<()> {
    match event {
        Event::Opened { .. } => {
            let subject = subject(tx)?;
            board.open(tx, &subject)
        }
        Event::Edited(changes) => {
            let subject = subject(tx)?;
            match changes.get("service") {
                _ if board.held.is_empty() => begin_late(tx, ticket, &subject, board),
                Some(_) => board.change_service(tx, &subject),
                None => board.retarget(tx, &subject, None),
            }
        }
        _ => {
            let step = Step { kind: event.kind(), tier: ticket.tier, waits_for: ticket.pending_reason };
            take(tx, step, board, subject)
        }
    }
}

/// A step in a ticket's life, as it is taken or as the time line tells it.
#[derive(Debug, Clone, Copy)]
struct Step<'a> {
    /// Kind of the event.
    kind: &'a str,
    /// At which desk the ticket lies after it.
    tier: i32,
    /// For whom it waits, if the step lets it wait.
    waits_for: Option<PendingReason>,
}

/// What a step does, at the transaction's time, to clocks that have begun.
fn take(
    tx: &mut Tx<'_>,
    step: Step<'_>,
    board: &mut Board,
    subject: impl FnOnce(&mut Tx<'_>) -> Result<Subject>,
) -> Result<()> {
    let now = tx.now;
    match (step.kind, step.waits_for) {
        ("escalated", _) => {
            let subject = subject(tx)?;
            board.hand_over(tx, &subject)?;
        }
        ("reopened", _) => {
            let subject = subject(tx)?;
            board.reopen(tx, &subject, step.tier)?;
        }
        ("pended", Some(reason)) => board.pause(tx, reason)?,
        ("cancelled", _) => board.stop(now, Metric::ALL, true),
        (kind, _) => board.stop(now, ended_by(kind), false),
    }
    if matches!(step.kind, "accepted" | "escalated" | "returned" | "resumed") {
        board.resume(now);
    }
    Ok(())
}

/// What waited for a step, by its kind.
fn ended_by(kind: &str) -> &'static [Metric] {
    match kind {
        "commented" => &[Metric::FirstResponse],
        "started" | "accepted" => &[Metric::FirstResponse, Metric::Tier2Acceptance],
        "returned" => &[Metric::Tier2Acceptance, Metric::Tier2Resolution],
        // The solution is an answer, and the end of every leg.
        "resolved" => &[Metric::FirstResponse, Metric::Resolution, Metric::Tier2Acceptance, Metric::Tier2Resolution],
        "reported" => &[Metric::SecurityReport],
        _ => &[],
    }
}

/// Events that neither start, stop, pause nor change a clock need not load any.
pub(super) fn concerns(tx: &Tx<'_>, ticket: &Ticket, event: &Event) -> bool {
    match event {
        Event::Opened { .. }
        | Event::Started
        | Event::Accepted
        | Event::Escalated { .. }
        | Event::Returned { .. }
        | Event::Pended
        | Event::Resumed { .. }
        | Event::Resolved
        | Event::Cancelled { .. }
        | Event::Reported { .. }
        | Event::Reopened { .. } => true,
        Event::Commented { visibility, .. } => *visibility == Visibility::Public && ticket.by_staff(tx),
        Event::Edited(changes) => changes.get("priority").is_some() || changes.get("service").is_some(),
        _ => false,
    }
}

/// Saves the clocks, tells what they had reached when they stopped and nobody has told yet, and keeps what they come to
/// for lists.
pub(super) fn keep(tx: &mut Tx<'_>, ticket: &Ticket, mut board: Board) -> Result<()> {
    let mut summary = board.save(tx)?;
    let overtaken = board.fire_overtaken(tx)?;
    if !overtaken.is_empty() {
        summary = board.save(tx)?;
    }
    deadline::store(tx, ticket.id, ticket.region_id, summary)?;
    if overtaken.is_empty() {
        return Ok(());
    }
    // Time did this, and not whoever was quicker than the timers: he is told too, and nothing stands to his name.
    let now = tx.now;
    let mut timer = tx.acting_as(Actor::timer(ticket.region_id), now);
    timer.origin = Origin::of("timer");
    for told in overtaken {
        record(&mut timer, ticket, &Event::reached(told))?;
    }
    Ok(())
}

/// What the clocks need to know of a ticket.
pub(super) fn subject(tx: &mut Tx<'_>, ticket: &Ticket) -> Result<Subject> {
    let day = region::by_id(tx, ticket.region_id)?.day(ticket.created_at);
    let security = match ticket.service_id {
        Some(service) => catalog::by_id(tx, service)?.security_incident,
        None => false,
    };
    Ok(Subject {
        ticket: ticket.id,
        region: ticket.region_id,
        opd: ticket.opd_id,
        service: ticket.service_id,
        security,
        priority: ticket.priority,
        day,
        opened_at: ticket.created_at,
    })
}

/// An agreement holds only now: its clocks count from the opening, and every step since is taken again. What has come
/// already, such as the first response, nobody had promised, and has no clock.
fn begin_late(tx: &mut Tx<'_>, ticket: &Ticket, subject: &Subject, board: &mut Board) -> Result<()> {
    board.open(tx, subject)?;
    if board.held.is_empty() {
        return Ok(());
    }
    let lines: Vec<Line> = on!(tx.conn(), |c| events::table
        .filter(events::ticket_id.eq(ticket.id))
        .select(Line::as_select())
        .order((events::version, events::at, events::id))
        .load(c))?;
    let mut tier = 1;
    for line in &lines {
        tier = match line.kind.as_str() {
            "escalated" => 2,
            "returned" => 1,
            _ => tier,
        };
        let answers = line.visibility == Visibility::Public && line.actor_id != Some(ticket.requester_id);
        if line.kind == "commented" && !answers {
            continue;
        }
        let waits_for = line.data.0.get("reason").and_then(|r| r.as_str()).and_then(PendingReason::from_text);
        let (step, actor) = (Step { kind: &line.kind, tier, waits_for }, tx.actor.clone());
        take(&mut tx.acting_as(actor, line.at), step, board, |_| Ok(*subject))?;
    }
    board.forget_ended();
    Ok(())
}
