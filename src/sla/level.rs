//! Levels of a clock: at which part of the target whom to tell, and what else to do.

use crate::check::Checks;
use crate::say;
use serde::{Deserialize, Serialize};

crate::text_enum! {
    /// Whom a level tells.
    pub enum Audience {
        /// Whoever works on the ticket; its desk if nobody does.
        Assignee = "assignee",
        /// Everybody at the desk where it lies.
        Desk = "desk",
        /// The region's coordinators (L8).
        Coordinator = "coordinator",
    }
}

/// A level of warning. Exactly one of `percent` and `minutes_before` is set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Level {
    /// Percent of the target that has been used; above 100 for reminders.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 1000, example = 75)]
    pub percent: Option<u32>,
    /// Working minutes before the target is reached.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 100_000)]
    pub minutes_before: Option<u32>,
    /// Whom to tell.
    #[serde(default)]
    pub notify: Vec<Audience>,
    /// Raise the ticket's priority by one.
    #[serde(default)]
    pub raise_priority: bool,
    /// Hand the ticket to Tier 2 if it lies at Tier 1 (L6).
    #[serde(default)]
    pub hand_over: bool,
}

/// Name of the level at which a target is missed; every agreement has it.
pub const BREACH: &str = "100%";

impl Level {
    /// A level at a percentage.
    #[must_use]
    pub fn at(percent: u32, notify: &[Audience]) -> Self {
        Self {
            percent: Some(percent),
            minutes_before: None,
            notify: notify.to_vec(),
            raise_priority: false,
            hand_over: false,
        }
    }

    /// Its name: `75%`, or `-30m` for minutes before.
    #[must_use]
    pub fn key(&self) -> String {
        match (self.percent, self.minutes_before) {
            (_, Some(minutes)) => format!("-{minutes}m"),
            (percent, None) => format!("{}%", percent.unwrap_or(100)),
        }
    }

    /// The elapsed time at which it is reached, in microseconds; never below 0.
    #[must_use]
    pub fn threshold(&self, target_seconds: i64) -> i64 {
        let target = target_seconds.saturating_mul(1_000_000);
        match (self.percent, self.minutes_before) {
            (_, Some(minutes)) => target.saturating_sub(i64::from(minutes) * 60_000_000).max(0),
            (percent, None) => target.saturating_mul(i64::from(percent.unwrap_or(100))) / 100,
        }
    }

    /// `true` for a reminder: it comes when the target has been missed already.
    #[must_use]
    pub fn is_reminder(&self) -> bool {
        self.minutes_before.is_none() && self.percent.is_some_and(|percent| percent > 100)
    }

    /// The same, told by a level's name.
    #[must_use]
    pub fn is_reminder_by_name(key: &str) -> bool {
        key.strip_suffix('%').and_then(|percent| percent.parse::<u32>().ok()).is_some_and(|percent| percent > 100)
    }

    /// `true` for the level at which the target is missed.
    #[must_use]
    pub fn is_breach(&self) -> bool {
        self.percent == Some(100) && self.minutes_before.is_none()
    }
}

/// The levels as they are kept: with the breach, in the order in which a clock reaches them.
#[must_use]
pub fn completed(levels: &[Level]) -> Vec<Level> {
    let mut all = levels.to_vec();
    if !all.iter().any(Level::is_breach) {
        all.push(Level::at(100, &[Audience::Assignee, Audience::Coordinator]));
    }
    all
}

/// Notes what is wrong with `levels`.
pub fn check(levels: &[Level], checks: &mut Checks) {
    checks.ensure(levels.len() <= 20, "/levels", || say!("sla.levels_many", most = 20));
    let mut keys: Vec<String> = Vec::new();
    for (n, level) in levels.iter().enumerate() {
        let one = level.percent.is_some() != level.minutes_before.is_some();
        let fits = level.percent.is_none_or(|p| (1..=1000).contains(&p))
            && level.minutes_before.is_none_or(|m| (1..=100_000).contains(&m));
        checks.ensure(one && fits, &format!("/levels/{n}"), || say!("sla.level"));
        checks.ensure(!keys.contains(&level.key()), &format!("/levels/{n}"), || say!("sla.level_twice"));
        keys.push(level.key());
    }
}
