//! One ticket's way through the log: its events in order, each planned on the outcome of the one before. The dry
//! run walks it alone, the replay has every step performed.

use crate::log::{Incident, State, Verb};
use crate::model::Ticket;
use crate::place::hash;
use crate::plan::{Step, agree, plan, probe, settle};
use crate::tally::Tally;

/// Walks the ticket and has `perform` carry out each step; `None` as soon as that fails.
pub fn walk(
    incident: &Incident,
    opened: Ticket,
    probe_every: u64,
    tally: &mut Tally,
    mut perform: impl FnMut(&Step, &mut Tally) -> bool,
) -> Option<Ticket> {
    let mut ticket = opened;
    for snapshot in incident.snapshots() {
        let mut state = State::Unknown;
        for row in snapshot {
            state = row.to_state;
            tally.events += 1;
            let chance = hash(&["probe", &incident.name, &row.seq.to_string()]);
            if row.verb != Verb::Open && probe_every > 0 && chance.is_multiple_of(probe_every) {
                all(&probe(ticket, &incident.name, chance).steps, tally, &mut perform)?;
            }
            let plan = plan(ticket, &incident.name, row);
            all(&plan.steps, tally, &mut perform)?;
            ticket = plan.ticket;
        }
        let plan = settle(ticket, state);
        all(&plan.steps, tally, &mut perform)?;
        ticket = plan.ticket;
        if !agree(state, ticket.status) {
            tally.diverged(state, ticket.status);
        }
    }
    Some(ticket)
}

fn all(steps: &[Step], tally: &mut Tally, perform: &mut impl FnMut(&Step, &mut Tally) -> bool) -> Option<()> {
    for step in steps {
        if !perform(step, tally) {
            return None;
        }
        tally.taken(step);
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::{Row, Wait};
    use crate::model::{Status, Tier};
    use crate::place::{opening, tier_of};

    fn row(seq: u32, verb: Verb, states: (&str, &str), to_state: State, group: &str) -> Row {
        Row {
            seq,
            at: format!("minute {seq}"),
            verb,
            to_state,
            states: (states.0.to_owned(), states.1.to_owned()),
            group: group.to_owned(),
            assignee: "Resolver 1".to_owned(),
            impact: 2,
            urgency: 2,
            channel: "Phone".to_owned(),
            category: "Category 1".to_owned(),
        }
    }

    #[test]
    fn a_wait_survives_a_hand_over_and_a_bare_close_is_settled() {
        let second = (1..80).map(|n| format!("Group {n}")).find(|g| tier_of(g) == Some(Tier::Two)).unwrap();
        let waits = State::Awaiting(Wait::UserInfo);
        let incident = Incident {
            name: "INC1".to_owned(),
            rows: vec![
                row(1, Verb::Open, ("", "New"), State::New, "Group 70"),
                row(2, Verb::Pending(Wait::UserInfo), ("New", "A"), waits, "Group 70"),
                row(3, Verb::ReassignGroup, ("A", "A"), waits, &second),
                row(4, Verb::Close, ("A", "Closed"), State::Closed, &second),
            ],
        };
        let (_, opened) = opening(&incident, &incident.rows[0]);
        let (mut tally, mut refused) = (Tally::default(), Vec::new());
        let perform = |step: &Step, _: &mut Tally| {
            refused.extend(step.refused);
            true
        };
        let last = walk(&incident, Ticket::opened(opened), 0, &mut tally, perform).unwrap();
        assert_eq!((last.status, last.tier), (Status::Closed, Tier::Two));
        assert_eq!(refused, [409], "closing what is not solved");
        assert_eq!((tally.events, tally.divergences.len()), (4, 0));
    }

    #[test]
    fn the_walk_ends_where_a_step_fails() {
        let incident = Incident {
            name: "INC2".to_owned(),
            rows: vec![
                row(1, Verb::Open, ("", "New"), State::New, "Group 70"),
                row(2, Verb::Start, ("New", "Active"), State::Active, "Group 70"),
                row(3, Verb::Resolve, ("Active", "Resolved"), State::Resolved, "Group 70"),
            ],
        };
        let (_, opened) = opening(&incident, &incident.rows[0]);
        let mut tally = Tally::default();
        assert_eq!(walk(&incident, Ticket::opened(opened), 0, &mut tally, |_, _| false), None);
        assert_eq!(tally.events, 2);
    }
}
