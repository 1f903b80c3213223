//! Clocks, facts and tellings as stored.

use super::{Basis, Metric, Outcome};
use crate::db::schema::{sla_clocks as clocks, sla_facts as facts, sla_firings as firings};
use crate::db::{Id, Json, Ts};
use diesel::prelude::*;

/// A clock as stored; from `target_seconds` on derived from its facts.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = clocks, treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct Clock {
    /// Its id.
    pub id: Id,
    /// Of which ticket.
    pub ticket_id: Id,
    /// Of which region.
    pub region_id: Id,
    /// What it measures.
    pub metric: Metric,
    /// The how manieth of its metric: one each time the ticket is taken up again, or handed to Tier 2.
    pub cycle: i32,
    /// By which version of an agreement.
    pub version_id: Id,
    /// By which edition of a calendar.
    pub edition_id: Id,
    /// When it began.
    pub started_at: Ts,
    /// Target.
    pub target_seconds: i64,
    /// In which time it counts.
    pub basis: Basis,
    /// Microseconds counted before `since`.
    pub banked_micros: i64,
    /// From when it counts on top of that.
    pub since: Option<Ts>,
    /// When the target is used up.
    pub due_at: Option<Ts>,
    /// Begin of the pause in force.
    pub paused_at: Option<Ts>,
    /// When it stopped.
    pub stopped_at: Option<Ts>,
    /// When it was missed, once that was told or it has stopped.
    pub breached_at: Option<Ts>,
    /// How it ended.
    pub outcome: Option<Outcome>,
    /// When it reaches its first level.
    pub risk_at: Option<Ts>,
    /// The next level to be told.
    pub next_level: Option<String>,
    /// When that is reached.
    pub next_at: Option<Ts>,
    /// A miss of it does not count.
    pub waived: bool,
}

impl Clock {
    /// `true` once its target was used up: at its end, or by now.
    #[must_use]
    pub fn is_missed(&self, now: Ts) -> bool {
        match self.outcome {
            Some(outcome) => outcome == Outcome::Missed,
            None => self.due_at.is_some_and(|due| due <= now),
        }
    }
}

#[derive(Debug, Queryable, Selectable, Insertable)]
#[diesel(table_name = facts, treat_none_as_default_value = false)]
pub(super) struct FactRow {
    pub(super) clock_id: Id,
    pub(super) place: i32,
    pub(super) at: Ts,
    pub(super) fact: Json,
    pub(super) by_id: Option<Id>,
}

/// A level that was told.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = firings, treat_none_as_default_value = false)]
pub struct Firing {
    /// Of which clock.
    pub clock_id: Id,
    /// Name of the level.
    pub level: String,
    /// 0, because a level is told once; rows of earlier programs may count higher.
    pub arming: i32,
    /// When it was reached.
    pub reached_at: Ts,
    /// When it was told.
    pub fired_at: Ts,
}
