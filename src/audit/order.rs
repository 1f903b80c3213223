//! What a log shows that grew by itself, whoever signed it: whoever holds the database can slip an entry in before it has a
//! place, and the sequencer gives it one.

use super::leaf::{ADOPTED, Leaf};
use crate::db::{Id, Ts};
use chrono::Duration;
use std::collections::HashSet;

/// Acts on a ticket of which each makes a version of its own.
const STEPS: [&str; 14] = [
    "ticket.opened",
    "ticket.assigned",
    "ticket.started",
    "ticket.accepted",
    "ticket.escalated",
    "ticket.returned",
    "ticket.pended",
    "ticket.resumed",
    "ticket.resolved",
    "ticket.closed",
    "ticket.reopened",
    "ticket.cancelled",
    "ticket.edited",
    "ticket.released",
];

/// By how much an entry may be older than one before it: nodes' clocks differ, and a place comes after the commit.
const LATE: Duration = Duration::minutes(5);

/// The entries so far.
#[derive(Default)]
pub(super) struct Order {
    /// An entry that the program has written with its leaf has a place.
    is_under_way: bool,
    steps: HashSet<(Id, i64, &'static str)>,
    newest: Option<Ts>,
    /// Entries that are older than [`LATE`] allows, and the place of the first.
    early: Option<(u64, u64)>,
}

impl Order {
    /// Takes the next entry, with its place if it has one; says what can't be.
    pub(super) fn take(&mut self, leaf: &Leaf, place: Option<u64>) -> Option<&'static str> {
        if let Some(place) = place {
            self.time(leaf, place);
        }
        if leaf.result == ADOPTED {
            return self.is_under_way.then_some("said to be older than the log, and stands behind what is not");
        }
        self.is_under_way |= place.is_some();
        let step = STEPS.into_iter().find(|step| *step == leaf.action && leaf.object_type == "ticket")?;
        let is_first = self.steps.insert((leaf.object?, leaf.version?, step));
        (!is_first).then_some("its ticket has an entry of the same act and version already")
    }

    /// Is the time past in which what is older than the log is taken in?
    pub(super) const fn is_under_way(&self) -> bool {
        self.is_under_way
    }

    fn time(&mut self, leaf: &Leaf, place: u64) {
        // What was put back goes on by another machine's clock.
        if leaf.action == "audit.epoch" {
            self.newest = None;
        }
        let Some(at) = Ts::read(&leaf.at) else { return };
        if self.newest.is_some_and(|newest| newest.utc() - at.utc() > LATE) {
            self.early = Some(self.early.map_or((1, place), |(count, first)| (count + 1, first)));
        }
        self.newest = self.newest.max(Some(at));
    }

    /// That times run back is no proof: a clock that was wrong and was set right (R11) does the same.
    pub(super) fn remark(&self) -> Option<String> {
        let (count, first) = self.early?;
        Some(format!(
            "{count} entries are dated more than {} minutes before one that stands before them, the first at place {first}: \
             a clock was set back, or they were slipped in",
            LATE.num_minutes()
        ))
    }
}
