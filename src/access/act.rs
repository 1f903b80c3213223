//! One marker type per act, so that a proof for one act is no proof for another.

use super::Act;
use super::policy::Action;

macro_rules! acts {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => { $(
        $(#[$doc])*
        #[derive(Debug)]
        pub enum $name {}
        impl Act for $name { const ACTION: Action = Action::$name; }
    )+ };
}

acts! {
    /// Read a ticket.
    Read,
    /// Open a ticket for oneself or somebody else.
    Open,
    /// Change a ticket's fields.
    Edit,
    /// Give a ticket to somebody of its desk.
    Assign,
    /// Begin the work, or accept a hand-over.
    Start,
    /// Hand a ticket to Tier 2 (L6).
    Escalate,
    /// Hand a ticket back to Tier 1 (L7).
    Return,
    /// Ask Tier 2 without handing over (L9).
    Consult,
    /// Ask a desk for news (L8).
    Remind,
    /// Stop for a reason.
    Pend,
    /// Go on.
    Resume,
    /// Solve.
    Resolve,
    /// Confirm the solution.
    Close,
    /// Take a solution back.
    Reopen,
    /// Give up.
    Cancel,
    /// Write for everybody who sees the ticket.
    CommentPublic,
    /// Write for staff.
    CommentInternal,
    /// Read what is for staff.
    ReadInternal,
    /// Follow a ticket.
    Watch,
    /// Let somebody else follow a ticket.
    AddWatcher,
    /// Tie tickets together.
    Link,
    /// Tell what a clock has reached; for the program alone.
    KeepTime,
    /// Ask that a miss be waived.
    AskWaiver,
    /// Grant or refuse a waiver that somebody else asked for.
    DecideWaiver,
    /// Note that a security incident was reported (BSSN 1/2024, article 15).
    ReportIncident,
    /// Read a region's agreements and calendars.
    ReadAgreements,
    /// Keep a region's agreements, calendars and holidays.
    KeepAgreements,
    /// Ask when something would be due.
    PreviewDeadline,
    /// Keep a region's OPDs.
    KeepOpds,
    /// Keep a region's people.
    KeepPeople,
    /// Give somebody a way to a new password; never oneself, who has to know the old one or to read his mail.
    IssueLink,
    /// Take a second factor away from somebody who lost it; never one's own.
    ResetFactor,
    /// Give or take a role.
    Grant,
    /// Keep a region's services.
    KeepServices,
    /// Read which OPDs have no Tier 1 (L4).
    ReadCoverage,
    /// Read a region's outbox.
    ReadMails,
    /// Let a mail of a region be tried again.
    KeepMails,
    /// Read mails of a region that could not be made out: whoever wrote them waits for the desk.
    ReadUnreadable,
    /// Read a view or a canned answer.
    ReadTool,
    /// Keep a view of the queue.
    KeepView,
    /// Keep a canned answer.
    KeepAnswer,
    /// Read of an audit log what one may read of it.
    ReadAudit,
    /// Keep regions.
    KeepRegions,
}
