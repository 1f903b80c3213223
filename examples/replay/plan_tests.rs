//! The mapping of events, and that what is planned is always said by the contract.

use super::*;
use crate::model::{Acceptance, Opening};

const NAME: &str = "INC0000001";

fn fresh(tier: Tier) -> Ticket {
    Ticket::opened(Opening { service: "simpeg", tier, impact: Level::Medium, urgency: Level::Medium })
}

fn with(status: Status, tier: Tier) -> Ticket {
    let acceptance = if tier == Tier::Two { Acceptance::Given } else { Acceptance::None };
    Ticket { status, tier, acceptance, reached_second: tier == Tier::Two, escalated: true, ..fresh(Tier::One) }
}

fn event(verb: Verb, group: &str, seq: u32) -> Row {
    Row {
        seq,
        at: "2016-02-29T01:16".to_owned(),
        verb,
        to_state: State::Unknown,
        states: (String::new(), String::new()),
        group: group.to_owned(),
        assignee: "Resolver 7".to_owned(),
        impact: 1,
        urgency: 3,
        channel: "Phone".to_owned(),
        category: String::new(),
    }
}

fn second_group() -> String {
    (1..80).map(|n| format!("Group {n}")).find(|g| tier_of(g) == Some(Tier::Two)).unwrap()
}

const VERBS: [Verb; 12] = [
    Verb::AssignGroup,
    Verb::Assign,
    Verb::Start,
    Verb::Update,
    Verb::ReassignGroup,
    Verb::Pending(Wait::UserInfo),
    Verb::Pending(Wait::Problem),
    Verb::Resume,
    Verb::Resolve,
    Verb::Reopen,
    Verb::Reprioritise,
    Verb::Close,
];

#[test]
fn every_event_in_every_state_becomes_one_to_three_calls() {
    let statuses = [
        Status::New,
        Status::InProgress,
        Status::Pending(Reason::Requester),
        Status::Pending(Reason::Vendor),
        Status::Resolved,
        Status::Closed,
    ];
    for status in statuses {
        for ticket in [with(status, Tier::One), with(status, Tier::Two), Ticket { status, ..fresh(Tier::Two) }] {
            for (verb, seq) in VERBS.into_iter().flat_map(|verb| (0..40).map(move |seq| (verb, seq))) {
                for group in [String::new(), "Group 70".to_owned(), second_group()] {
                    let plan = plan(ticket, NAME, &event(verb, &group, seq));
                    assert!((1..=3).contains(&plan.steps.len()), "{verb:?} {status:?}: {:?}", plan.steps);
                }
            }
        }
    }
}

#[test]
fn a_change_of_group_is_a_hand_over_only_between_tiers() {
    let moved = |tier, group: &str| {
        let plan = plan(with(Status::InProgress, tier), NAME, &event(Verb::ReassignGroup, group, 1));
        plan.steps.iter().map(|step| step.action).collect::<Vec<_>>()
    };
    assert_eq!(moved(Tier::One, &second_group()), [Action::Escalate]);
    assert_eq!(moved(Tier::Two, "Group 70"), [Action::Return]);
    assert_eq!(moved(Tier::One, "Group 70"), [Action::CommentInternal]);
    assert!(matches!(moved(Tier::Two, &second_group())[..], [Action::Assign(_)]));
}

#[test]
fn another_reason_to_wait_is_reached_by_a_resume() {
    let waits = with(Status::Pending(Reason::Requester), Tier::One);
    let plan = plan(waits, NAME, &event(Verb::Pending(Wait::Vendor), "Group 70", 1));
    assert_eq!(plan.ticket.status, Status::Pending(Reason::Vendor));
    assert_eq!(plan.steps.len(), 2);
}

#[test]
fn settling_leads_to_the_state_of_the_log_where_there_is_a_way() {
    let states = [State::Active, State::Awaiting(Wait::Vendor), State::Resolved, State::Closed];
    for state in states {
        for status in [Status::New, Status::InProgress, Status::Pending(Reason::Vendor)] {
            let ticket = settle(with(status, Tier::One), state).ticket;
            assert!(agree(state, ticket.status), "{state:?} from {status:?}");
        }
    }
    assert!(!agree(State::New, settle(with(Status::InProgress, Tier::One), State::New).ticket.status));
}

#[test]
fn probes_are_refused_and_change_nothing() {
    for status in [Status::New, Status::InProgress, Status::Pending(Reason::Requester), Status::Resolved] {
        for tier in [Tier::One, Tier::Two] {
            for chance in 0..50 {
                let plan = probe(with(status, tier), NAME, chance);
                assert_eq!(plan.ticket, with(status, tier));
                assert!(plan.steps.iter().all(|step| step.refused.is_some()));
                assert_eq!(plan.steps.len(), 1);
            }
        }
    }
}
