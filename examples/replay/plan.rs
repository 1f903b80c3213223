//! From an event of the log to calls of the service. Every call is asked of the model first, so a plan says of
//! each what must come of it; what the contract leaves open is never planned.

use crate::log::{Row, State, Verb, Wait};
use crate::model::{Action, Actor, Level, Outcome, Reason, Status, Technician, Ticket, Tier};
use crate::place::{choose, hash, second, tier_of};

/// A call and what must come of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// Who calls.
    pub actor: Actor,
    /// What he asks.
    pub action: Action,
    /// Status of a refusal that must come, `None` if the call must be carried out.
    pub refused: Option<u16>,
    /// The ticket afterwards.
    pub after: Ticket,
    /// Which rule of the mapping made this step.
    pub rule: &'static str,
}

/// The steps of one event, each built on the outcome of the one before.
#[derive(Debug)]
pub struct Plan {
    /// The ticket after the last step.
    pub ticket: Ticket,
    /// The steps.
    pub steps: Vec<Step>,
}

impl Plan {
    /// No steps yet.
    pub const fn new(ticket: Ticket) -> Self {
        Self { ticket, steps: Vec::new() }
    }

    /// Adds a call; `false`, and no call, if the contract does not say what must come of it.
    pub fn add(&mut self, rule: &'static str, actor: Actor, action: Action) -> bool {
        let (refused, after) = match self.ticket.ask(actor, action) {
            Outcome::Done(ticket) => (None, ticket),
            Outcome::Refused(status) => (Some(status), self.ticket),
            Outcome::Unsaid => return false,
        };
        self.steps.push(Step { actor, action, refused, after, rule });
        self.ticket = after;
        true
    }

    /// Adds a call, or an internal comment in its place if the contract does not say what must come of it.
    fn add_or_note(&mut self, rule: &'static str, actor: Actor, action: Action) {
        if !self.add(rule, actor, action) {
            self.note("contract silent: noted instead");
        }
    }

    /// Adds an internal comment by the desk, or a look at a ticket that is closed.
    fn note(&mut self, rule: &'static str) {
        let desk = self.desk();
        if !self.add(rule, desk, Action::CommentInternal) {
            self.add("closed: only looked at", desk, Action::Timeline);
        }
    }

    /// Who acts for the desk: the assignee if he belongs to it.
    fn desk(&self) -> Actor {
        let fallback = if self.ticket.tier == Tier::One { Technician::First } else { Technician::SecondOne };
        Actor::Technician(self.ticket.assignee.filter(|who| who.tier() == self.ticket.tier).unwrap_or(fallback))
    }
}

/// Calls for one event; [`Verb::Open`] is not among them, since it makes the ticket.
pub fn plan(ticket: Ticket, incident: &str, row: &Row) -> Plan {
    let mut plan = Plan::new(ticket);
    let chance = hash(&[incident, &row.seq.to_string()]);
    match row.verb {
        Verb::Open => {}
        Verb::AssignGroup | Verb::ReassignGroup => move_to_group(&mut plan, row),
        Verb::Assign => assign(&mut plan, row, chance),
        Verb::Start => {
            let desk = plan.desk();
            plan.add_or_note("start", desk, Action::Start);
        }
        Verb::Update => update(&mut plan, chance),
        Verb::Pending(wait) => pend(&mut plan, wait),
        Verb::Resume => resume(&mut plan, chance),
        Verb::Resolve => {
            let desk = plan.desk();
            plan.add("resolve", desk, Action::Resolve);
        }
        Verb::Reopen => {
            let actor = if chance.is_multiple_of(2) { Actor::Requester } else { plan.desk() };
            plan.add("reopen", actor, Action::Reopen);
        }
        Verb::Reprioritise => {
            let (desk, wanted) = (plan.desk(), levels(row));
            plan.add_or_note("reprioritise", desk, wanted);
        }
        Verb::Close => {
            let actor = if chance.is_multiple_of(8) { Actor::Coordinator } else { Actor::Requester };
            plan.add("close", actor, Action::Close);
        }
    }
    plan
}

fn levels(row: &Row) -> Action {
    Action::Prioritise(Level::from_log(row.impact), Level::from_log(row.urgency))
}

/// Another group is another tier (hand-over) or another person of the same tier.
fn move_to_group(plan: &mut Plan, row: &Row) {
    let (to, here) = (tier_of(&row.group), plan.ticket.tier);
    let desk = plan.desk();
    match (to, here) {
        _ if !plan.ticket.is_open() => {
            let whom = if here == Tier::One { Technician::First } else { second(&row.group) };
            plan.add("moved when solved: assign", desk, Action::Assign(whom));
        }
        (Some(Tier::Two), Tier::One) => {
            plan.add("to a tier 2 group: escalate", Actor::Technician(Technician::First), Action::Escalate);
        }
        (Some(Tier::One), Tier::Two) => {
            plan.add("to a tier 1 group: return", desk, Action::Return);
        }
        (Some(Tier::Two), Tier::Two) if row.verb == Verb::ReassignGroup => {
            let whom = second(&row.group);
            plan.add("between tier 2 groups: assign", desk, Action::Assign(whom));
        }
        _ => plan.note("same desk: noted"),
    }
}

/// The person takes it himself, or is given it by the coordinator or a colleague.
fn assign(plan: &mut Plan, row: &Row, chance: u64) {
    let whom = if plan.ticket.tier == Tier::One { Technician::First } else { second(&row.assignee) };
    match chance % 3 {
        0 => plan.add("assign: by the coordinator", Actor::Coordinator, Action::Assign(whom)),
        1 => {
            let desk = plan.desk();
            plan.add("assign: by the desk", desk, Action::Assign(whom))
        }
        _ => plan.add("assign: himself", Actor::Technician(whom), Action::Assign(whom)),
    };
}

/// The log does not say what an update was: mostly words, sometimes a change or a look.
fn update(plan: &mut Plan, chance: u64) {
    let (desk, first) = (plan.desk(), Actor::Technician(Technician::First));
    let waits = matches!(plan.ticket.status, Status::Pending(_));
    match chance % 10 {
        0 | 1 if plan.ticket.is_open() && !waits => {
            plan.add("update: the requester writes", Actor::Requester, Action::CommentPublic);
        }
        2..=4 => plan.add_or_note("update: the desk writes to the requester", desk, Action::CommentPublic),
        5 if plan.ticket.is_open() => {
            plan.add("update: the desk looks for the version", desk, Action::Read);
            plan.add("update: new subject", desk, Action::Rename);
        }
        6 => plan.add_or_note("update: tier 2 is consulted", first, Action::Consult),
        7 => plan.add_or_note("update: tier 1 writes, wherever it lies", first, Action::CommentInternal),
        8 => plan.add_or_note("update: the auditor looks", Actor::Auditor, Action::Read),
        _ => plan.note("update: the desk notes"),
    }
}

/// The contract knows three reasons. From one to another leads by way of a resume.
fn pend(plan: &mut Plan, wait: Wait) {
    let desk = plan.desk();
    if matches!(plan.ticket.status, Status::Pending(_)) {
        plan.add("other reason: resume first", desk, Action::Resume);
    }
    plan.add("pend", desk, Action::Pend(reason(wait)));
}

const fn reason(wait: Wait) -> Reason {
    match wait {
        Wait::UserInfo | Wait::Evidence => Reason::Requester,
        Wait::Vendor => Reason::Vendor,
        Wait::Problem => Reason::Scheduled,
    }
}

/// A question to the requester ends by his answer as often as by the desk.
fn resume(plan: &mut Plan, chance: u64) {
    if plan.ticket.status == Status::Pending(Reason::Requester) && chance.is_multiple_of(2) {
        plan.add("resume: the requester answers", Actor::Requester, Action::CommentPublic);
        plan.add("resume: the requester looks", Actor::Requester, Action::Read);
    } else {
        let desk = plan.desk();
        plan.add("resume: by the desk", desk, Action::Resume);
    }
}

/// Leads the ticket to the state in which the log's snapshot ends, where its own events did not: a hand-over ended
/// a wait, or something was closed that was never solved. `None` for states that agree or can't be reached.
pub fn settle(ticket: Ticket, state: State) -> Plan {
    let mut plan = Plan::new(ticket);
    let desk = plan.desk();
    match (state, ticket.status) {
        (State::Awaiting(wait), Status::New | Status::InProgress) => {
            plan.add("settle: waits again", desk, Action::Pend(reason(wait)));
        }
        (State::Active, Status::Pending(_)) => {
            plan.add("settle: resume", desk, Action::Resume);
        }
        (State::Active, Status::New) => {
            plan.add("settle: start", desk, Action::Start);
        }
        (State::Resolved | State::Closed, _) if ticket.is_open() => {
            plan.add("settle: resolve", desk, Action::Resolve);
        }
        _ => {}
    }
    if state == State::Closed && plan.ticket.status == Status::Resolved {
        plan.add("settle: close", Actor::Requester, Action::Close);
    }
    plan
}

/// Does the service's status say what the log says?
pub const fn agree(state: State, status: Status) -> bool {
    matches!(
        (state, status),
        (State::Unknown, _)
            | (State::New, Status::New)
            | (State::Active, Status::InProgress)
            | (State::Awaiting(_), Status::Pending(_))
            | (State::Resolved, Status::Resolved)
            | (State::Closed, Status::Closed)
    )
}

/// Calls that must be refused, tried now and then: who does not see gets 404, who may not 403, what is not
/// possible 409.
const PROBES: &[(Actor, Action)] = &[
    (Actor::Foreigner, Action::Read),
    (Actor::Foreigner, Action::Start),
    (Actor::OtherRequester, Action::Read),
    (Actor::OtherTechnician, Action::Read),
    (Actor::OtherTechnician, Action::Resolve),
    (Actor::Technician(Technician::SecondOne), Action::Read),
    (Actor::Technician(Technician::SecondTwo), Action::Resolve),
    (Actor::Technician(Technician::SecondOne), Action::Start),
    (Actor::Technician(Technician::First), Action::Start),
    (Actor::Technician(Technician::First), Action::Escalate),
    (Actor::Technician(Technician::First), Action::Resolve),
    (Actor::Technician(Technician::First), Action::Resume),
    (Actor::Technician(Technician::First), Action::Close),
    (Actor::Technician(Technician::First), Action::RenameStale),
    (Actor::Technician(Technician::SecondOne), Action::RenameStale),
    (Actor::Requester, Action::Start),
    (Actor::Requester, Action::Resolve),
    (Actor::Requester, Action::CommentInternal),
    (Actor::Requester, Action::CommentUnknownField),
    (Actor::Requester, Action::Close),
    (Actor::Requester, Action::Reopen),
    (Actor::Auditor, Action::CommentPublic),
    (Actor::Auditor, Action::Resolve),
    (Actor::Coordinator, Action::Start),
    (Actor::Coordinator, Action::Close),
];

/// One call that must be refused in this state, chosen by `chance`.
pub fn probe(ticket: Ticket, incident: &str, chance: u64) -> Plan {
    let mut plan = Plan::new(ticket);
    let refused: Vec<&(Actor, Action)> =
        PROBES.iter().filter(|(actor, action)| matches!(ticket.ask(*actor, *action), Outcome::Refused(_))).collect();
    if let Some((actor, action)) = choose(&refused, &[incident, &chance.to_string()]) {
        plan.add("probe", *actor, *action);
    }
    plan
}

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;
