//! What an agreement promises: targets per priority and metric, levels of warning, caps of pauses.

use super::level::{self, Level};
use super::{Basis, Metric, PendingReason};
use crate::catalog::words::Priority;
use crate::check::Checks;
use crate::say;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Targets of a priority, in seconds of the time that counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Targets {
    /// Count every second, not only working time.
    #[serde(default)]
    pub round_the_clock: bool,
    /// First response.
    #[schema(minimum = 1, example = 14400)]
    pub first_response: i64,
    /// Resolution.
    #[schema(minimum = 1, example = 86400)]
    pub resolution: i64,
    /// Acceptance by Tier 2.
    #[schema(minimum = 1, example = 14400)]
    pub tier2_acceptance: i64,
    /// Resolution or return by Tier 2.
    #[schema(minimum = 1, example = 57600)]
    pub tier2_resolution: i64,
}

/// Longest pauses of a clock for each reason, in seconds of the time that counts; none is without end.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PauseCaps {
    /// Waiting for the requester.
    #[serde(default)]
    #[schema(minimum = 0)]
    pub requester: Option<i64>,
    /// Waiting for a vendor.
    #[serde(default)]
    #[schema(minimum = 0)]
    pub vendor: Option<i64>,
    /// Waiting for an agreed date.
    #[serde(default)]
    #[schema(minimum = 0)]
    pub scheduled: Option<i64>,
}

/// What a version of an agreement promises.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AgreementTerms)]
pub struct Terms {
    /// Targets by priority, all four of them.
    #[schema(value_type = BTreeMap<String, Targets>)]
    pub targets: BTreeMap<Priority, Targets>,
    /// Levels of warning; the miss itself (100 percent) is always one.
    #[serde(default)]
    pub levels: Vec<Level>,
    /// Caps of pauses.
    #[serde(default)]
    pub pause_caps: PauseCaps,
}

/// A year of round-the-clock time: a target beyond it is a slip of the pen.
const LONGEST: i64 = 366 * 24 * 3600;
/// BSSN 1/2024, article 15: an incident is reported within 24 hours.
const SECURITY_SECONDS: i64 = 24 * 3600;

impl Terms {
    /// Target in seconds and the time in which it counts.
    #[must_use]
    pub fn target(&self, priority: Priority, metric: Metric) -> Option<(i64, Basis)> {
        let seconds: fn(&Targets) -> i64 = match metric {
            Metric::FirstResponse => |t| t.first_response,
            Metric::Resolution => |t| t.resolution,
            Metric::Tier2Acceptance => |t| t.tier2_acceptance,
            Metric::Tier2Resolution => |t| t.tier2_resolution,
            Metric::SecurityReport => return Some((SECURITY_SECONDS, Basis::RoundTheClock)),
        };
        let targets = self.targets.get(&priority)?;
        Some((seconds(targets), if targets.round_the_clock { Basis::RoundTheClock } else { Basis::Calendar }))
    }

    /// The longest pause for a reason, in seconds.
    #[must_use]
    pub fn cap(&self, reason: PendingReason) -> Option<i64> {
        match reason {
            PendingReason::Requester => self.pause_caps.requester,
            PendingReason::Vendor => self.pause_caps.vendor,
            PendingReason::Scheduled => self.pause_caps.scheduled,
        }
    }

    /// The levels, with the miss.
    #[must_use]
    pub fn levels(&self) -> Vec<Level> {
        level::completed(&self.levels)
    }

    /// Notes what is wrong, with pointers below `/terms`.
    pub fn check(&self, checks: &mut Checks) {
        for priority in Priority::ALL {
            let Some(t) = self.targets.get(priority) else {
                checks.fault(format!("/targets/{priority}"), say!("field.needed"));
                continue;
            };
            let seconds = [
                ("first_response", t.first_response),
                ("resolution", t.resolution),
                ("tier2_acceptance", t.tier2_acceptance),
                ("tier2_resolution", t.tier2_resolution),
            ];
            for (name, value) in seconds {
                checks.ensure((1..=LONGEST).contains(&value), &format!("/targets/{priority}/{name}"), || {
                    say!("sla.target", most = LONGEST)
                });
            }
        }
        let caps = self.pause_caps;
        for (name, cap) in [("requester", caps.requester), ("vendor", caps.vendor), ("scheduled", caps.scheduled)] {
            let fits = cap.is_none_or(|c| (0..=LONGEST).contains(&c));
            checks.ensure(fits, &format!("/pause_caps/{name}"), || say!("sla.target", most = LONGEST));
        }
        level::check(&self.levels, checks);
    }
}
