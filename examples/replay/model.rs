//! The contract's words: what a ticket is made of, who stands how to it and what can be asked. The rules on
//! them are in [`crate::rules`].

/// Desk at which a ticket lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tier {
    /// The technicians of the OPD.
    One,
    /// The region's Dinkominfo.
    Two,
}

/// Somebody who can be assigned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Technician {
    /// Tier 1 of the ticket's OPD.
    First,
    /// One member of tier 2.
    SecondOne,
    /// The other.
    SecondTwo,
}

impl Technician {
    /// The desk he belongs to.
    pub const fn tier(self) -> Tier {
        match self {
            Self::First => Tier::One,
            Self::SecondOne | Self::SecondTwo => Tier::Two,
        }
    }
}

/// Whoever calls, by how he stands to the ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Actor {
    /// Whose trouble it is.
    Requester,
    /// A requester of another OPD of the region.
    OtherRequester,
    /// Somebody who works on tickets of this OPD or region.
    Technician(Technician),
    /// Tier 1 of another OPD of the region.
    OtherTechnician,
    /// Coordinator of the region.
    Coordinator,
    /// Auditor of the region.
    Auditor,
    /// Tier 2 of another region.
    Foreigner,
}

/// Impact or urgency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// Worst.
    High,
    /// The default.
    Medium,
    /// Least.
    Low,
}

impl Level {
    /// From the log's 1, 2, 3.
    pub const fn from_log(number: u8) -> Self {
        match number {
            1 => Self::High,
            3 => Self::Low,
            _ => Self::Medium,
        }
    }

    /// As the contract writes it.
    pub const fn text(self) -> &'static str {
        match self {
            Self::High => "high",
            Self::Medium => "medium",
            Self::Low => "low",
        }
    }
}

/// Why a ticket is pending.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// A question to the requester.
    Requester,
    /// A supplier.
    Vendor,
    /// A date.
    Scheduled,
}

/// Status of a ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the contract's words")]
pub enum Status {
    New,
    InProgress,
    Pending(Reason),
    Resolved,
    Closed,
}

/// Has tier 2 taken what lies with it?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Acceptance {
    /// Not asked for: the ticket lies at tier 1.
    None,
    /// Handed over, not yet accepted.
    Due,
    /// Accepted.
    Given,
    /// Began at tier 2; the contract says only what `start` does while it is new.
    Direct,
}

/// What can be asked of the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the contract's words")]
pub enum Action {
    Read,
    Timeline,
    CommentPublic,
    CommentInternal,
    /// A comment with a field that the contract does not know.
    CommentUnknownField,
    Prioritise(Level, Level),
    Rename,
    /// A change that names the ticket's very first version.
    RenameStale,
    Assign(Technician),
    Start,
    Escalate,
    Return,
    Consult,
    Pend(Reason),
    Resume,
    Resolve,
    Close,
    Reopen,
}

/// What the contract says of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Carried out: the ticket afterwards.
    Done(Ticket),
    /// Refused with this status; the ticket stays as it is.
    Refused(u16),
    /// The contract leaves it open, or leaves open which of two refusals comes first. Never asked.
    Unsaid,
}

/// What a new ticket is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Opening {
    /// Code of the service.
    pub service: &'static str,
    /// Desk to which that service leads.
    pub tier: Tier,
    /// Impact.
    pub impact: Level,
    /// Urgency.
    pub urgency: Level,
}

/// What the service must show of a ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ticket {
    /// Status.
    pub status: Status,
    /// Desk.
    pub tier: Tier,
    /// Who works on it.
    pub assignee: Option<Technician>,
    /// Impact.
    pub impact: Level,
    /// Urgency.
    pub urgency: Level,
    /// Taken by tier 2?
    pub acceptance: Acceptance,
    /// Is or was at tier 2.
    pub reached_second: bool,
    /// Tier 2 was asked about it.
    pub consulted: bool,
    /// A technician of tier 1 handed it over, so that a return finds its way back to him.
    pub escalated: bool,
    /// Changed since it was opened.
    pub changed: bool,
}

impl Ticket {
    /// A ticket that was just opened.
    pub const fn opened(opening: Opening) -> Self {
        let direct = matches!(opening.tier, Tier::Two);
        Self {
            status: Status::New,
            tier: opening.tier,
            assignee: None,
            impact: opening.impact,
            urgency: opening.urgency,
            acceptance: if direct { Acceptance::Direct } else { Acceptance::None },
            reached_second: direct,
            consulted: false,
            escalated: false,
            changed: false,
        }
    }

    /// Neither solved nor finished.
    pub const fn is_open(&self) -> bool {
        matches!(self.status, Status::New | Status::InProgress | Status::Pending(_))
    }

    /// The contract's matrix of impact and urgency.
    pub const fn priority(&self) -> &'static str {
        match (self.impact, self.urgency) {
            (Level::High, Level::High) => "p1",
            (Level::High, Level::Medium) | (Level::Medium, Level::High) => "p2",
            (Level::High, Level::Low) | (Level::Medium, Level::Medium) | (Level::Low, Level::High) => "p3",
            (Level::Medium | Level::Low, Level::Low) | (Level::Low, Level::Medium) => "p4",
        }
    }
}
