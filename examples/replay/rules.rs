//! The contract's state machine, written down a second time and apart from the service: who may do what to a
//! ticket, what comes of it, and with which status the service must refuse the rest. Nothing here does I/O.

use crate::model::{Acceptance, Action, Actor, Outcome, Status, Technician, Ticket, Tier};

/// What would become of a ticket if the caller were allowed to do it.
enum Effect {
    Becomes(Ticket),
    Impossible(u16),
    Unsaid,
}

impl Ticket {
    /// What the service must answer.
    pub fn ask(&self, actor: Actor, action: Action) -> Outcome {
        if !self.shows_to(actor) {
            return Outcome::Refused(404);
        }
        match (self.permits(actor, action), self.effect(actor, action)) {
            (_, Effect::Unsaid) | (false, Effect::Impossible(_)) => Outcome::Unsaid,
            (false, Effect::Becomes(_)) => Outcome::Refused(403),
            (true, Effect::Impossible(status)) => Outcome::Refused(status),
            (true, Effect::Becomes(ticket)) => Outcome::Done(ticket),
        }
    }

    const fn shows_to(&self, actor: Actor) -> bool {
        match actor {
            Actor::Requester | Actor::Technician(Technician::First) | Actor::Coordinator | Actor::Auditor => true,
            Actor::Technician(Technician::SecondOne | Technician::SecondTwo) => self.reached_second || self.consulted,
            Actor::OtherRequester | Actor::OtherTechnician | Actor::Foreigner => false,
        }
    }

    fn permits(&self, actor: Actor, action: Action) -> bool {
        let desk = matches!(actor, Actor::Technician(t) if t.tier() == self.tier);
        let works = matches!(actor, Actor::Technician(_) | Actor::Coordinator);
        match action {
            Action::Read | Action::Timeline => true,
            Action::CommentPublic | Action::CommentUnknownField => works || actor == Actor::Requester,
            Action::CommentInternal => works,
            Action::Assign(_) => desk || actor == Actor::Coordinator,
            Action::Prioritise(..)
            | Action::Rename
            | Action::RenameStale
            | Action::Start
            | Action::Pend(_)
            | Action::Resume
            | Action::Resolve => desk,
            Action::Escalate => matches!(actor, Actor::Technician(Technician::First) | Actor::Coordinator),
            Action::Return => works && actor != Actor::Technician(Technician::First),
            Action::Consult => actor == Actor::Technician(Technician::First),
            Action::Close => matches!(actor, Actor::Requester | Actor::Coordinator),
            Action::Reopen => desk || actor == Actor::Requester,
        }
    }

    fn effect(&self, actor: Actor, action: Action) -> Effect {
        let changed = Self { changed: true, ..*self };
        let become_if = |possible: bool, ticket: Self| {
            if possible { Effect::Becomes(ticket) } else { Effect::Impossible(409) }
        };
        let pending = matches!(self.status, Status::Pending(_));
        match action {
            Action::Read | Action::Timeline => Effect::Becomes(*self),
            Action::CommentUnknownField => Effect::Impossible(422),
            Action::CommentPublic | Action::CommentInternal => self.comment(actor),
            Action::RenameStale if self.is_open() && self.changed => Effect::Impossible(412),
            Action::Prioritise(impact, urgency) if self.is_open() => {
                Effect::Becomes(Self { impact, urgency, ..changed })
            }
            Action::Rename if self.is_open() => Effect::Becomes(changed),
            Action::Prioritise(..) | Action::Rename | Action::RenameStale => Effect::Unsaid,
            Action::Assign(whom) => become_if(self.is_open(), Self { assignee: Some(whom), ..changed }),
            Action::Start => self.start(actor),
            Action::Escalate | Action::Return | Action::Consult => self.hand_over(actor, action),
            Action::Pend(_) if pending => Effect::Unsaid,
            Action::Pend(reason) => become_if(self.is_open(), Self { status: Status::Pending(reason), ..changed }),
            Action::Resume => become_if(pending, Self { status: Status::InProgress, ..changed }),
            Action::Resolve => become_if(self.is_open(), Self { status: Status::Resolved, ..changed }),
            Action::Close => become_if(self.status == Status::Resolved, Self { status: Status::Closed, ..changed }),
            Action::Reopen => become_if(!self.is_open(), Self { status: Status::InProgress, ..changed }),
        }
    }

    fn comment(&self, actor: Actor) -> Effect {
        match (self.status, actor) {
            (Status::Closed, _) | (Status::Resolved, Actor::Requester) => Effect::Unsaid,
            (Status::Pending(_), Actor::Requester) => {
                Effect::Becomes(Self { status: Status::InProgress, changed: true, ..*self })
            }
            _ => Effect::Becomes(*self),
        }
    }

    fn start(&self, actor: Actor) -> Effect {
        let caller = if let Actor::Technician(who) = actor { Some(who) } else { None };
        let begun = Self {
            status: Status::InProgress,
            assignee: self.assignee.or(caller),
            acceptance: if self.tier == Tier::Two { Acceptance::Given } else { Acceptance::None },
            changed: true,
            ..*self
        };
        match (self.status, self.acceptance) {
            (Status::New, _) | (Status::InProgress, Acceptance::Due) => Effect::Becomes(begun),
            (_, Acceptance::None | Acceptance::Given) => Effect::Impossible(409),
            (_, Acceptance::Due | Acceptance::Direct) => Effect::Unsaid,
        }
    }

    fn hand_over(&self, actor: Actor, action: Action) -> Effect {
        if !self.is_open() {
            return Effect::Unsaid;
        }
        let was_waiting = matches!(self.status, Status::Pending(_));
        let changed = Self { changed: true, ..*self };
        match (action, self.tier) {
            (Action::Escalate, Tier::One) => Effect::Becomes(Self {
                tier: Tier::Two,
                status: if was_waiting { Status::InProgress } else { self.status },
                assignee: None,
                acceptance: Acceptance::Due,
                reached_second: true,
                escalated: actor == Actor::Technician(Technician::First),
                ..changed
            }),
            (Action::Escalate, Tier::Two) => Effect::Impossible(409),
            (Action::Return, Tier::Two) => Effect::Becomes(Self {
                tier: Tier::One,
                status: Status::InProgress,
                assignee: self.escalated.then_some(Technician::First),
                acceptance: Acceptance::None,
                ..changed
            }),
            (Action::Consult, Tier::One) if !self.consulted => Effect::Becomes(Self { consulted: true, ..changed }),
            _ => Effect::Unsaid,
        }
    }
}

#[cfg(test)]
#[path = "rules_tests.rs"]
mod tests;
