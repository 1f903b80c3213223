//! The ticket: its row and its legal moves. One command a file.

pub mod assign;
pub mod attach;
pub mod clocks;
pub mod close;
pub mod comment;
pub mod consequence;
pub mod count;
pub mod deadline;
pub mod edit;
pub mod event;
pub mod figures;
pub mod find;
pub mod handover;
pub mod held_back;
pub mod history;
pub mod inbox;
mod last;
pub mod link;
pub mod list;
pub mod mails;
pub mod news;
pub mod numbers;
pub mod open;
pub mod outbox;
pub mod past;
pub mod pend;
pub mod place;
pub mod present;
pub mod question;
pub mod recompute;
pub mod recount;
pub mod release;
pub mod remind;
pub mod report_incident;
pub mod resolve;
pub mod scope;
mod search;
pub mod start;
pub mod told;
pub mod veil;
pub mod waiver;
pub mod watch;

use crate::access::policy::{Facts, TicketFacts};
use crate::access::{Subject, Tx};
use crate::catalog::{Impact, Kind, Urgency, words::Priority};
use crate::db::kept::change;
use crate::db::schema::tickets;
use crate::db::{Id, Ts};
use crate::error::{Error, Result};
use crate::{on, say};
use diesel::prelude::*;

pub use crate::sla::PendingReason;

crate::text_enum! {
    /// Where a ticket is in its life.
    pub enum Status {
        /// Nobody has begun.
        New = "new",
        /// Somebody works on it.
        InProgress = "in_progress",
        /// It waits for somebody else.
        Pending = "pending",
        /// Solved, says the desk.
        Resolved = "resolved",
        /// Solved, says the requester.
        Closed = "closed",
        /// Given up.
        Cancelled = "cancelled",
    }
}

crate::text_enum! {
    /// Who may know of a ticket (L13).
    pub enum Classification {
        /// Whoever the roles allow.
        Open = "open",
        /// The same people; not for showing around.
        Restricted = "restricted",
        /// Only its requester, its assignee, the coordinator and the desk where it lies.
        Secret = "secret",
    }
}

crate::text_enum! {
    /// How a ticket or comment came in.
    pub enum Channel {
        /// Web page.
        Web = "web",
        /// REST.
        Api = "api",
        /// Mail.
        Email = "email",
        /// Telephone.
        Phone = "phone",
        /// At the desk.
        WalkIn = "walk_in",
    }
}

crate::text_enum! {
    /// Who reads a comment, an attachment, an event.
    pub enum Visibility {
        /// Everybody who sees the ticket.
        Public = "public",
        /// Staff only, never the requester.
        Internal = "internal",
    }
}

/// A step in a ticket's life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Move {
    /// Given to somebody.
    Assign,
    /// Work begins, or a hand-over is accepted.
    Start,
    /// Tier 1 → 2.
    Escalate,
    /// Tier 2 → 1.
    Return,
    /// Tier 2 is asked.
    Consult,
    /// Its desk is asked for news.
    Remind,
    /// Waits.
    Pend,
    /// Goes on.
    Resume,
    /// Solved.
    Resolve,
    /// Confirmed.
    Close,
    /// Taken up again.
    Reopen,
    /// Given up.
    Cancel,
    /// Fields are changed.
    Edit,
}

/// What the legality of a move depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct State {
    /// Status.
    pub status: Status,
    /// Tier.
    pub tier: i32,
    /// Handed over to tier 2 and not accepted yet.
    pub awaits_acceptance: bool,
    /// Closed so long ago that it stays closed.
    pub final_: bool,
}

impl Status {
    /// While the ticket is not finished.
    pub const OPEN: [Self; 3] = [Self::New, Self::InProgress, Self::Pending];
    /// The same, word for word the condition of the index `tickets_open`, which is what shows it to the planner.
    const OPEN_SQL: &str = "tickets.status IN ('new', 'in_progress', 'pending')";

    /// `true` while the ticket is not finished.
    #[must_use]
    pub const fn is_open(self) -> bool {
        matches!(self, Self::New | Self::InProgress | Self::Pending)
    }
}

impl State {
    /// The status after `step`; `None` where the step is not possible.
    #[must_use]
    pub fn after(self, step: Move) -> Option<Status> {
        use Status::{Cancelled, Closed, InProgress, New, Pending, Resolved};
        let open = self.status.is_open();
        match (step, self.status) {
            (Move::Start, New) => Some(InProgress),
            (Move::Start, _) if open && self.tier == 2 && self.awaits_acceptance => Some(InProgress),
            (Move::Escalate, New | InProgress) if self.tier == 1 => Some(self.status),
            (Move::Escalate, Pending) if self.tier == 1 => Some(InProgress),
            (Move::Return, _) if open && self.tier == 2 => Some(InProgress),
            (Move::Consult, _) if open && self.tier == 1 => Some(self.status),
            (Move::Assign | Move::Edit | Move::Remind, _) if open => Some(self.status),
            (Move::Pend, _) if open => Some(Pending),
            (Move::Resume, Pending) => Some(InProgress),
            (Move::Resolve, _) if open => Some(Resolved),
            (Move::Close, Resolved) => Some(Closed),
            (Move::Reopen, Resolved) => Some(InProgress),
            (Move::Reopen, Closed) if !self.final_ => Some(InProgress),
            (Move::Cancel, _) if open => Some(Cancelled),
            _ => None,
        }
    }
}

/// Days after which a closed ticket stays closed.
const REOPEN_DAYS: i64 = 14;

/// A ticket as stored.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = tickets, treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct Ticket {
    /// Its id.
    pub id: Id,
    /// Its region.
    pub region_id: Id,
    /// Its number, such as `LBK-2026-000123`.
    pub number: String,
    /// The requester's organisation.
    pub opd_id: Id,
    /// Whose trouble it is.
    pub requester_id: Id,
    /// Who typed it.
    pub opened_by: Id,
    /// Kind.
    pub kind: Kind,
    /// The service it is about.
    pub service_id: Option<Id>,
    /// One line.
    pub subject: String,
    /// The trouble in the requester's words.
    pub description: String,
    /// Impact.
    pub impact: Impact,
    /// Urgency.
    pub urgency: Urgency,
    /// From both.
    pub priority: Priority,
    /// Who may know of it.
    pub classification: Classification,
    /// How it came in.
    pub channel: Channel,
    /// Status.
    pub status: Status,
    /// For whom it waits, while pending.
    pub pending_reason: Option<PendingReason>,
    /// Until when it waits, if agreed.
    pub pending_until: Option<Ts>,
    /// At which desk it lies.
    pub tier: i32,
    /// Who works on it.
    pub assignee_id: Option<Id>,
    /// Who last handed it to tier 2.
    pub escalated_by: Option<Id>,
    /// Is, or was once, at tier 2.
    pub reached_tier2: bool,
    /// Tier 2 was asked.
    pub consulted: bool,
    /// Handed over to tier 2 and not accepted yet.
    pub awaits_acceptance: bool,
    /// Hand-overs back and forth so far.
    pub bounces: i32,
    /// How it was solved.
    pub resolution: Option<String>,
    /// What was behind it.
    pub cause: Option<String>,
    /// When it was opened.
    pub created_at: Ts,
    /// When anything that the requester may know of last happened.
    pub updated_at: Ts,
    /// When it was solved.
    pub resolved_at: Option<Ts>,
    /// When it was closed.
    pub closed_at: Option<Ts>,
    /// Changes so far; the `ETag`.
    pub version: i32,
}

impl Subject for Ticket {
    fn facts(&self) -> Facts {
        Facts::Ticket(TicketFacts {
            region: self.region_id,
            opd: self.opd_id,
            requester: self.requester_id,
            assignee: self.assignee_id,
            tier: self.tier,
            reached_tier2: self.reached_tier2,
            consulted: self.consulted,
            secret: self.classification == Classification::Secret,
            fresh: self.status == Status::New,
        })
    }
}

impl Ticket {
    /// Moves the ticket.
    ///
    /// # Errors
    /// 409 that says from which status the step is not possible.
    pub fn step(&mut self, step: Move, now: Ts) -> Result<()> {
        let closed_long_ago = self.closed_at.is_some_and(|at| at.plus(chrono::Duration::days(REOPEN_DAYS)) <= now);
        let state = State {
            status: self.status,
            tier: self.tier,
            awaits_acceptance: self.awaits_acceptance,
            final_: closed_long_ago,
        };
        self.status = state.after(step).ok_or_else(|| self.refusal(step, closed_long_ago))?;
        if self.status != Status::Pending {
            self.pending_reason = None;
            self.pending_until = None;
        }
        Ok(())
    }

    fn refusal(&self, step: Move, closed_long_ago: bool) -> Error {
        Error::Conflict(match step {
            Move::Escalate | Move::Consult if self.tier == 2 && self.status.is_open() => say!("ticket.at_tier2"),
            Move::Return if self.tier == 1 && self.status.is_open() => say!("ticket.at_tier1"),
            Move::Reopen if closed_long_ago => say!("ticket.closed_long_ago", days = REOPEN_DAYS),
            Move::Start if self.status == Status::Pending => say!("ticket.waits"),
            Move::Start if self.status.is_open() => say!("ticket.started"),
            _ => say!("ticket.status"),
        })
    }

    /// Stores every field as it now is, at the transaction's time.
    pub fn save(&mut self, tx: &mut Tx<'_>) -> Result<()> {
        self.updated_at = tx.now;
        on!(tx.conn(), |c| change(c, diesel::update(tickets::table.find(self.id)).set(&*self)))?;
        Ok(())
    }

    /// `true` if staff, not the requester, acts.
    #[must_use]
    pub fn by_staff(&self, tx: &Tx<'_>) -> bool {
        tx.actor.person != Some(self.requester_id)
    }
}
