//! Service level agreements: who promises what to whom (B1), in which working time, and the clocks that hold the
//! promise against what happened. A clock is a list of facts; everything else about it is derived ([`clock`]).

pub mod agreement;
pub mod board;
pub mod boards;
pub mod calendar;
pub mod clock;
pub mod due;
pub mod effect;
pub mod equip;
pub mod explain;
pub mod figures;
pub mod held;
pub mod import_holidays;
pub mod keep_agreement;
pub mod keep_calendar;
pub mod keep_holiday;
pub mod lapse;
pub mod level;
pub mod list;
pub mod past;
pub mod preview;
pub mod recompute;
pub mod row;
pub mod sentences;
pub mod service;
pub mod summary;
pub mod terms;
pub mod view;
pub mod waiver;

use crate::message::Say;
use crate::say;

crate::text_enum! {
    /// What a clock measures.
    pub enum Metric {
        /// Until the desk first answers or begins.
        FirstResponse = "first_response",
        /// Until the ticket is solved; a hand-over never resets it.
        Resolution = "resolution",
        /// Until Tier 2 accepts a hand-over; one cycle a visit (L7).
        Tier2Acceptance = "tier2_acceptance",
        /// Until Tier 2 solves or returns; one cycle a visit (L7).
        Tier2Resolution = "tier2_resolution",
        /// Until a security incident is reported: 24 hours by any clock (BSSN 1/2024, article 15).
        SecurityReport = "security_report",
    }
}

impl Metric {
    /// Its name, in the region's word for Tier 2 (T1).
    #[must_use]
    pub fn named(self, tier2: &str) -> Say {
        match self {
            Self::FirstResponse => say!("mail.metric.first_response"),
            Self::Resolution => say!("mail.metric.resolution"),
            Self::Tier2Acceptance => say!("mail.metric.tier2_acceptance", tier2 = tier2),
            Self::Tier2Resolution => say!("mail.metric.tier2_resolution", tier2 = tier2),
            Self::SecurityReport => say!("mail.metric.security_report"),
        }
    }

    /// `true` for what stands still while the ticket waits.
    #[must_use]
    pub const fn pauses(self) -> bool {
        matches!(self, Self::Resolution | Self::Tier2Resolution)
    }
}

crate::text_enum! {
    /// In which time a clock counts.
    pub enum Basis {
        /// Working time of a calendar.
        Calendar = "calendar",
        /// Every second.
        RoundTheClock = "round_the_clock",
    }
}

crate::text_enum! {
    /// How a clock ended.
    pub enum Outcome {
        /// In time.
        Met = "met",
        /// Too late.
        Missed = "missed",
        /// The ticket was given up before the target was reached.
        Cancelled = "cancelled",
    }
}

crate::text_enum! {
    /// For whom a pending ticket waits.
    pub enum PendingReason {
        /// The requester must answer.
        Requester = "requester",
        /// A vendor must act.
        Vendor = "vendor",
        /// A date was agreed.
        Scheduled = "scheduled",
    }
}
