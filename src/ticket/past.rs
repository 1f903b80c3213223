//! What became of tickets in a span of time: the tickets behind a figure of a report, as conditions of a list.

use super::Status;
use super::figures::StepKind;
use super::scope::{WithDeadline, WithWords};
use crate::db::Ts;
use crate::db::schema::{events, sla_clocks as clocks, tickets};
use crate::db::search::{Condition, Search};
use crate::sla::{Metric, Outcome};
use diesel::dsl::exists;
use diesel::prelude::*;

crate::text_enum! {
    /// What became of a ticket.
    pub enum Did {
        /// It was opened.
        Opened = "opened",
        /// It was solved.
        Resolved = "resolved",
        /// Its resolution clock stopped in time.
        Met = "met",
        /// Its resolution clock stopped too late, and that was not waived.
        Missed = "missed",
        /// It was handed to Tier 2.
        Escalated = "escalated",
        /// It was handed back to Tier 1.
        Returned = "returned",
        /// Both.
        Bounced = "bounced",
    }
}

/// What became of it, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Past {
    /// What.
    pub did: Did,
    /// First instant.
    pub from: Ts,
    /// First instant after it.
    pub until: Ts,
}

/// A database on which the past of tickets can be asked for.
pub(super) trait PastOf<From>: Search {
    /// The condition that holds for the tickets of which this became.
    fn became(past: Past) -> Condition<Self, From>;
}

macro_rules! past_on {
    ($backend:ty, $from:ty) => {
        impl PastOf<$from> for $backend {
            fn became(Past { did, from, until }: Past) -> Condition<Self, $from> {
                let moved = |kind: StepKind| {
                    let moves = events::table.filter(events::ticket_id.eq(tickets::id)).filter(events::kind.eq(kind));
                    exists(moves.filter(events::at.ge(from).and(events::at.lt(until))))
                };
                let stopped = |outcome: Outcome| {
                    clocks::table
                        .filter(clocks::ticket_id.eq(tickets::id).and(clocks::metric.eq(Metric::Resolution)))
                        .filter(clocks::stopped_at.is_not_null())
                        .filter(clocks::stopped_at.assume_not_null().ge(from))
                        .filter(clocks::stopped_at.assume_not_null().lt(until))
                        .filter(clocks::outcome.eq(Some(outcome)))
                };
                let stands = || tickets::status.ne(Status::Cancelled);
                match did {
                    Did::Opened => Box::new(tickets::created_at.ge(from).and(tickets::created_at.lt(until))),
                    Did::Resolved => Box::new(moved(StepKind::Resolved).and(tickets::status.ne(Status::Cancelled))),
                    // A waiver that was granted before takes nothing from what was met all the same.
                    Did::Met => Box::new(exists(stopped(Outcome::Met)).and(stands())),
                    Did::Missed => {
                        let counts = stopped(Outcome::Missed).filter(clocks::waived.eq(false));
                        Box::new(exists(counts).and(stands()))
                    }
                    Did::Escalated => Box::new(moved(StepKind::Escalated)),
                    Did::Returned => Box::new(moved(StepKind::Returned)),
                    Did::Bounced => Box::new(moved(StepKind::Escalated).and(moved(StepKind::Returned))),
                }
            }
        }
    };
}
past_on!(diesel::pg::Pg, tickets::table);
past_on!(diesel::sqlite::Sqlite, tickets::table);
past_on!(diesel::pg::Pg, WithDeadline);
past_on!(diesel::sqlite::Sqlite, WithDeadline);
past_on!(diesel::pg::Pg, WithWords);
past_on!(diesel::sqlite::Sqlite, WithWords);
