//! Words that a service and its tickets share.

use crate::message::Say;
use crate::say;

crate::text_enum! {
    /// Kind of ticket (L3, B6).
    pub enum Kind {
        /// Keluhan.
        Complaint = "complaint",
        /// Gangguan.
        Incident = "incident",
        /// Masalah.
        Problem = "problem",
        /// Permintaan.
        Request = "request",
        /// Perubahan.
        Change = "change",
    }
}

crate::text_enum! {
    /// How many are hit.
    pub enum Impact {
        /// The agency can't serve the public.
        High = "high",
        /// A unit is hindered.
        Medium = "medium",
        /// One person is hindered.
        Low = "low",
    }
}

crate::text_enum! {
    /// How soon it hurts.
    pub enum Urgency {
        /// Now.
        High = "high",
        /// Today.
        Medium = "medium",
        /// Some day.
        Low = "low",
    }
}

crate::text_enum! {
    /// Who provides a service.
    pub enum Provider {
        /// The OPD itself, through its Tier 1.
        Opd = "opd",
        /// The Dinkominfo: tickets go straight to Tier 2 (L2).
        Dinkominfo = "dinkominfo",
    }
}

crate::text_enum! {
    /// From impact and urgency.
    pub enum Priority {
        /// First.
        P1 = "p1",
        /// Second.
        P2 = "p2",
        /// Third.
        P3 = "p3",
        /// Last.
        P4 = "p4",
    }
}

impl Priority {
    /// The region's matrix, impact × urgency.
    #[must_use]
    pub const fn of(impact: Impact, urgency: Urgency) -> Self {
        match (impact, urgency) {
            (Impact::High, Urgency::High) => Self::P1,
            (Impact::High, Urgency::Medium) | (Impact::Medium, Urgency::High) => Self::P2,
            (Impact::High, Urgency::Low) | (Impact::Medium, Urgency::Medium) | (Impact::Low, Urgency::High) => Self::P3,
            (Impact::Medium | Impact::Low, Urgency::Low) | (Impact::Low, Urgency::Medium) => Self::P4,
        }
    }

    /// What it is called.
    #[must_use]
    pub fn named(self) -> Say {
        match self {
            Self::P1 => say!("web.priority.p1"),
            Self::P2 => say!("web.priority.p2"),
            Self::P3 => say!("web.priority.p3"),
            Self::P4 => say!("web.priority.p4"),
        }
    }
}
