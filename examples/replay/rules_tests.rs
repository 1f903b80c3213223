//! What the model says, against sentences of the contract.

use super::*;
use crate::model::{Level, Opening, Reason};

const FIRST: Actor = Actor::Technician(Technician::First);
const SECOND: Actor = Actor::Technician(Technician::SecondOne);

fn fresh(tier: Tier) -> Ticket {
    Ticket::opened(Opening { service: "simpeg", tier, impact: Level::Medium, urgency: Level::Medium })
}

fn done(ticket: Ticket, actor: Actor, action: Action) -> Ticket {
    match ticket.ask(actor, action) {
        Outcome::Done(ticket) => ticket,
        other => panic!("{actor:?} {action:?}: {other:?}"),
    }
}

#[test]
fn start_takes_a_new_ticket_once() {
    let started = done(fresh(Tier::One), FIRST, Action::Start);
    assert_eq!((started.status, started.assignee), (Status::InProgress, Some(Technician::First)));
    assert_eq!(started.ask(FIRST, Action::Start), Outcome::Refused(409));
}

#[test]
fn start_accepts_once_per_hand_over_and_keeps_the_assignee() {
    let started = done(fresh(Tier::One), FIRST, Action::Start);
    let escalated = done(started, FIRST, Action::Escalate);
    assert_eq!((escalated.tier, escalated.assignee, escalated.status), (Tier::Two, None, Status::InProgress));
    let given = done(escalated, Actor::Coordinator, Action::Assign(Technician::SecondTwo));
    let accepted = done(given, SECOND, Action::Start);
    assert_eq!(accepted.assignee, Some(Technician::SecondTwo));
    assert_eq!(accepted.ask(SECOND, Action::Start), Outcome::Refused(409));
    let back = done(accepted, SECOND, Action::Return);
    let again = done(back, FIRST, Action::Escalate);
    assert!(matches!(again.ask(SECOND, Action::Start), Outcome::Done(_)));
}

#[test]
fn escalation_keeps_new_and_ends_pending() {
    assert_eq!(done(fresh(Tier::One), FIRST, Action::Escalate).status, Status::New);
    let waiting = done(fresh(Tier::One), FIRST, Action::Pend(Reason::Vendor));
    let escalated = done(waiting, FIRST, Action::Escalate);
    assert_eq!(escalated.status, Status::InProgress);
    assert_eq!(escalated.ask(FIRST, Action::Escalate), Outcome::Refused(409));
}

#[test]
fn a_return_finds_the_technician_or_the_desk() {
    let escalated = done(fresh(Tier::One), FIRST, Action::Escalate);
    let back = done(escalated, SECOND, Action::Return);
    assert_eq!((back.tier, back.status, back.assignee), (Tier::One, Status::InProgress, Some(Technician::First)));
    assert_eq!(done(fresh(Tier::Two), SECOND, Action::Return).assignee, None);
}

#[test]
fn what_is_not_seen_is_absent() {
    let ticket = fresh(Tier::One);
    for actor in [Actor::Foreigner, Actor::OtherTechnician, Actor::OtherRequester, SECOND] {
        assert_eq!(ticket.ask(actor, Action::Read), Outcome::Refused(404));
        assert_eq!(ticket.ask(actor, Action::Start), Outcome::Refused(404));
    }
    let consulted = done(ticket, FIRST, Action::Consult);
    assert!(matches!(consulted.ask(SECOND, Action::CommentInternal), Outcome::Done(_)));
    assert_eq!(consulted.ask(SECOND, Action::Start), Outcome::Refused(403));
    let escalated = done(ticket, FIRST, Action::Escalate);
    let returned = done(escalated, SECOND, Action::Return);
    assert!(matches!(returned.ask(SECOND, Action::Read), Outcome::Done(_)));
}

#[test]
fn who_sees_but_may_not_gets_403_only_when_it_would_be_possible() {
    let ticket = fresh(Tier::One);
    assert_eq!(ticket.ask(Actor::Requester, Action::Start), Outcome::Refused(403));
    assert_eq!(ticket.ask(Actor::Auditor, Action::CommentPublic), Outcome::Refused(403));
    assert_eq!(ticket.ask(Actor::Coordinator, Action::Resolve), Outcome::Refused(403));
    let started = done(ticket, FIRST, Action::Start);
    assert_eq!(started.ask(Actor::Requester, Action::Start), Outcome::Unsaid);
    let escalated = done(started, FIRST, Action::Escalate);
    assert_eq!(escalated.ask(FIRST, Action::Resolve), Outcome::Refused(403));
    assert!(matches!(escalated.ask(FIRST, Action::CommentInternal), Outcome::Done(_)));
}

#[test]
fn the_requester_answers_closes_and_reopens() {
    let waiting = done(fresh(Tier::One), FIRST, Action::Pend(Reason::Requester));
    assert_eq!(done(waiting, Actor::Requester, Action::CommentPublic).status, Status::InProgress);
    assert_eq!(done(waiting, FIRST, Action::CommentPublic).status, waiting.status);
    assert_eq!(waiting.ask(Actor::Requester, Action::Close), Outcome::Refused(409));
    assert_eq!(waiting.ask(Actor::Requester, Action::Reopen), Outcome::Refused(409));
    let resolved = done(waiting, FIRST, Action::Resolve);
    assert_eq!(resolved.ask(FIRST, Action::Assign(Technician::First)), Outcome::Refused(409));
    let closed = done(resolved, Actor::Requester, Action::Close);
    assert_eq!(done(closed, Actor::Requester, Action::Reopen).status, Status::InProgress);
}

#[test]
fn a_stale_version_or_an_unknown_field_is_refused() {
    let ticket = fresh(Tier::One);
    assert_eq!(ticket.ask(FIRST, Action::RenameStale), Outcome::Unsaid);
    let started = done(ticket, FIRST, Action::Start);
    assert_eq!(started.ask(FIRST, Action::RenameStale), Outcome::Refused(412));
    assert_eq!(started.ask(FIRST, Action::CommentUnknownField), Outcome::Refused(422));
}

#[test]
fn priority_follows_the_matrix() {
    let priority = |impact, urgency| Ticket { impact, urgency, ..fresh(Tier::One) }.priority();
    assert_eq!(priority(Level::High, Level::High), "p1");
    assert_eq!(priority(Level::Medium, Level::High), "p2");
    assert_eq!(priority(Level::High, Level::Low), "p3");
    assert_eq!(priority(Level::Medium, Level::Medium), "p3");
    assert_eq!(priority(Level::Low, Level::Medium), "p4");
    assert_eq!(priority(Level::Low, Level::Low), "p4");
}
