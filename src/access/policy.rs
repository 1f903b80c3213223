//! The only place that says who may do what. Deny by default: what no line allows is refused.

use super::{Actor, Role};
use crate::db::Id;

macro_rules! actions {
    ($($name:ident),+ $(,)?) => {
        /// Everything that can be asked of the policy; each has its marker in [`super::act`].
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Action { $(#[allow(missing_docs, reason = "told at its marker")] $name),+ }
        impl Action {
            /// Every action.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];
        }
    };
}
actions! {
    Read, Open, Edit, Assign, Start, Escalate, Return, Consult, Remind, Pend, Resume, Resolve, Close, Reopen,
    Cancel, CommentPublic, CommentInternal, ReadInternal, Watch, AddWatcher, Link,
    KeepTime, AskWaiver, DecideWaiver, ReportIncident,
    KeepOpds, KeepPeople, IssueLink, ResetFactor, Grant, KeepServices, ReadCoverage, KeepRegions,
    ReadAgreements, KeepAgreements, PreviewDeadline,
    ReadMails, KeepMails, ReadUnreadable,
    ReadTool, KeepView, KeepAnswer,
    ReadAudit,
}

/// What the policy needs to know of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Facts {
    /// A ticket.
    Ticket(TicketFacts),
    /// A ticket that is to be opened for a member of an OPD.
    Opening {
        /// Region of that person.
        region: Id,
        /// His OPD.
        opd: Id,
        /// `true` if he is the caller.
        own: bool,
    },
    /// Something that belongs to a region as a whole.
    Region(Id),
    /// A person, and the role that is to change hands.
    Person {
        /// His region; none for an operator.
        region: Option<Id>,
        /// Who he is.
        person: Id,
        /// The role at stake.
        role: Role,
    },
    /// What somebody keeps for his work: a view of the queue, a canned answer.
    Tool {
        /// Region.
        region: Id,
        /// Who made it.
        owner: Id,
        /// Whom he shares it with.
        desk: Desk,
    },
    /// The platform.
    Platform,
}

/// Whom something is shared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Desk {
    /// Nobody.
    Own,
    /// Tier 1 of this OPD.
    Tier1(Id),
    /// Tier 2 of the region.
    Tier2,
}

impl Desk {
    /// `true` if `actor` works at this desk.
    #[must_use]
    pub fn is_served_by(self, actor: &Actor) -> bool {
        match self {
            Self::Own => false,
            Self::Tier1(opd) => actor.opds(Role::Tier1).contains(&opd),
            Self::Tier2 => actor.is(Role::Tier2),
        }
    }
}

/// What the policy needs to know of a ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TicketFacts {
    /// Region.
    pub region: Id,
    /// OPD of the requester.
    pub opd: Id,
    /// Whose trouble it is.
    pub requester: Id,
    /// Who works on it.
    pub assignee: Option<Id>,
    /// At which desk it lies: 1 or 2.
    pub tier: i32,
    /// Is, or was once, at tier 2.
    pub reached_tier2: bool,
    /// Tier 2 was asked about it.
    pub consulted: bool,
    /// Classified as secret (L13).
    pub secret: bool,
    /// Nobody has begun.
    pub fresh: bool,
}

/// What the policy answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Go on.
    Yes,
    /// 403.
    No,
    /// 404.
    Unseen,
}

/// How an actor stands to a ticket, through one of his roles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    Requester,
    /// Tier 1 of the ticket's OPD.
    Tier1,
    Tier2,
    Assignee,
    Coordinator,
    Auditor,
    /// The program, where it keeps time.
    Timer,
}

/// May `actor` do `action` to an object with these facts?
#[must_use]
pub fn decide(actor: &Actor, action: Action, facts: &Facts) -> Verdict {
    match facts {
        Facts::Ticket(ticket) => on_ticket(actor, action, ticket),
        Facts::Opening { region, opd, own } => opening(actor, action, *region, *opd, *own),
        Facts::Region(region) => in_region(actor, action, *region),
        Facts::Person { region, person, role } => on_person(actor, action, *region, *person, *role),
        Facts::Tool { region, owner, desk } => on_tool(actor, action, *region, *owner, *desk),
        Facts::Platform => {
            yes_if(actor.is(Role::Operator) && matches!(action, Action::KeepRegions | Action::ReadAudit))
        }
    }
}

fn yes_if(allowed: bool) -> Verdict {
    if allowed { Verdict::Yes } else { Verdict::No }
}

fn on_ticket(actor: &Actor, action: Action, t: &TicketFacts) -> Verdict {
    let standings = standings(actor, t);
    if !standings.iter().any(|s| sees(*s, t)) {
        return Verdict::Unseen;
    }
    // Never the requester, whatever else he is (contract, "Who sees what").
    let own = actor.person == Some(t.requester);
    if own && matches!(action, Action::ReadInternal | Action::CommentInternal) {
        return Verdict::No;
    }
    yes_if(standings.iter().any(|s| sees(*s, t) && may(*s, action, t)))
}

fn standings(actor: &Actor, t: &TicketFacts) -> Vec<Standing> {
    if actor.timer && actor.region == Some(t.region) {
        return vec![Standing::Timer];
    }
    if actor.region != Some(t.region) || actor.person.is_none() {
        return Vec::new();
    }
    let mut standings = Vec::with_capacity(4);
    if actor.person == Some(t.requester) {
        standings.push(Standing::Requester);
    }
    // Whoever works at no desk any more is nobody's assignee, whatever an old record says.
    let desk = actor.is(Role::Tier1) || actor.is(Role::Tier2);
    if desk && t.assignee.is_some() && actor.person == t.assignee {
        standings.push(Standing::Assignee);
    }
    for grant in &actor.grants {
        match grant.role {
            Role::Tier1 if grant.opd == Some(t.opd) => standings.push(Standing::Tier1),
            Role::Tier2 => standings.push(Standing::Tier2),
            Role::Coordinator => standings.push(Standing::Coordinator),
            Role::Auditor => standings.push(Standing::Auditor),
            _ => {}
        }
    }
    standings
}

/// The same rule as SQL stands in `ticket/scope.rs`; a test holds the two together.
fn sees(standing: Standing, t: &TicketFacts) -> bool {
    match standing {
        Standing::Requester | Standing::Coordinator | Standing::Timer => true,
        // For others that are open to the desk it says nothing more; a technician who has moved sees them no longer.
        Standing::Assignee => t.secret,
        Standing::Tier1 => !t.secret || t.tier == 1,
        Standing::Tier2 if t.secret => t.tier == 2,
        Standing::Tier2 => t.reached_tier2 || t.consulted,
        Standing::Auditor => !t.secret,
    }
}

fn may(standing: Standing, action: Action, t: &TicketFacts) -> bool {
    use Action::{
        AddWatcher, AskWaiver, Assign, Cancel, Close, CommentInternal, CommentPublic, Consult, DecideWaiver, Edit,
        Escalate, KeepTime, Link, Pend, Read, ReadInternal, Remind, Reopen, ReportIncident, Resolve, Resume, Return,
        Start, Watch,
    };
    match standing {
        Standing::Requester => match action {
            Read | CommentPublic | Close | Reopen | Watch => true,
            Edit | Cancel => t.fresh,
            _ => false,
        },
        Standing::Assignee => matches!(action, Read | ReadInternal),
        Standing::Tier1 => match action {
            Read | ReadInternal | CommentPublic | CommentInternal | Watch | AddWatcher | Link => true,
            // At tier 2 both are not possible, not forbidden.
            Escalate | Consult => true,
            Assign | Start | Pend | Resume | Resolve | Reopen | Cancel | Edit => t.tier == 1,
            AskWaiver | ReportIncident => t.tier == 1,
            _ => false,
        },
        Standing::Tier2 => match action {
            Read | ReadInternal | CommentPublic | CommentInternal | Watch | AddWatcher | Link => true,
            Return => true,
            Assign | Start | Pend | Resume | Resolve | Reopen | Cancel | Edit => t.tier == 2,
            AskWaiver | ReportIncident => t.tier == 2,
            _ => false,
        },
        Standing::Coordinator => matches!(
            action,
            Read | ReadInternal
                | CommentPublic
                | CommentInternal
                | Watch
                | AddWatcher
                | Link
                | Assign
                | Escalate
                | Return
                | Close
                | Cancel
                | Edit
                | Remind
                | DecideWaiver
                | ReportIncident
        ),
        Standing::Auditor => matches!(action, Read | ReadInternal),
        Standing::Timer => matches!(action, KeepTime | Resume | Close | Escalate | Edit),
    }
}

fn opening(actor: &Actor, action: Action, region: Id, opd: Id, own: bool) -> Verdict {
    if action != Action::Open || actor.region != Some(region) {
        return Verdict::No;
    }
    let allowed = actor.grants.iter().any(|g| match g.role {
        Role::Requester => own && g.opd == Some(opd),
        Role::Tier1 => g.opd == Some(opd),
        Role::Tier2 | Role::Coordinator => true,
        Role::Auditor | Role::Admin | Role::Operator => false,
    });
    yes_if(allowed)
}

fn in_region(actor: &Actor, action: Action, region: Id) -> Verdict {
    if actor.is(Role::Operator) && action == Action::KeepRegions {
        return Verdict::Yes;
    }
    if actor.region != Some(region) {
        return Verdict::Unseen;
    }
    let allowed = actor.grants.iter().any(|g| match g.role {
        Role::Admin => {
            matches!(
                action,
                Action::KeepOpds
                    | Action::KeepPeople
                    | Action::KeepServices
                    | Action::ReadCoverage
                    | Action::ReadAgreements
                    | Action::KeepAgreements
                    | Action::PreviewDeadline
                    | Action::ReadMails
                    | Action::KeepMails
                    | Action::ReadAudit
            )
        }
        Role::Coordinator => {
            matches!(
                action,
                Action::ReadCoverage | Action::ReadAgreements | Action::PreviewDeadline | Action::ReadUnreadable
            )
        }
        Role::Auditor => {
            matches!(action, Action::ReadCoverage | Action::ReadAgreements | Action::ReadMails | Action::ReadAudit)
        }
        Role::Tier1 => action == Action::ReadAgreements,
        Role::Tier2 => matches!(action, Action::ReadAgreements | Action::ReadUnreadable),
        // His own acts, and no more.
        Role::Requester => action == Action::ReadAudit,
        Role::Operator => false,
    });
    match action {
        // To everybody else there is no log.
        Action::ReadAudit if !allowed => Verdict::Unseen,
        _ => yes_if(allowed),
    }
}

/// Nobody grants himself a role; the operator makes administrators and nothing else.
fn on_person(actor: &Actor, action: Action, region: Option<Id>, person: Id, role: Role) -> Verdict {
    let is_admin = actor.is(Role::Admin) && actor.region.is_some() && actor.region == region;
    let is_operator = actor.is(Role::Operator);
    if !is_admin && !is_operator {
        return if region.is_some() && actor.region == region { Verdict::No } else { Verdict::Unseen };
    }
    let own = actor.person == Some(person);
    match action {
        Action::Grant if own => Verdict::No,
        Action::IssueLink if own => Verdict::No,
        Action::ResetFactor if own => Verdict::No,
        Action::Grant if is_admin => yes_if(role != Role::Operator),
        Action::Grant => yes_if(role == Role::Admin || (role == Role::Operator && region.is_none())),
        Action::KeepPeople | Action::IssueLink | Action::ResetFactor => {
            yes_if(is_admin || role == Role::Admin || region.is_none())
        }
        _ => Verdict::No,
    }
}

/// A view goes with who made it; an answer of a desk is the desk's, or it would outlive its owner without a keeper.
fn on_tool(actor: &Actor, action: Action, region: Id, owner: Id, desk: Desk) -> Verdict {
    let (own, serves) = (actor.person == Some(owner), desk.is_served_by(actor));
    if actor.region != Some(region) || actor.person.is_none() || !(own || serves) {
        return Verdict::Unseen;
    }
    let works = [Role::Tier1, Role::Tier2, Role::Coordinator].iter().any(|role| actor.is(*role));
    yes_if(match action {
        Action::ReadTool => true,
        Action::KeepView => own && (works || actor.is(Role::Auditor)),
        // Whoever has left a desk no longer writes what it says.
        Action::KeepAnswer => works && (serves || desk == Desk::Own),
        _ => false,
    })
}
