//! Stories of a year's tickets, decided by a seed.

use super::model::Dice;
use crate::worktime::wib;
use chrono::{DateTime, Duration, Utc};

/// A day on which nobody acts, so that the service may stand still: a Thursday, and the night before.
pub const STOP: (&str, &str) = ("2026-07-08 15:00", "2026-07-09 15:00");

/// What somebody does.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Deed {
    Open { impact: &'static str, urgency: &'static str, classification: &'static str },
    Assign,
    Start,
    Escalate,
    Accept,
    Return,
    Pend,
    PendUntil(DateTime<Utc>),
    Answer,
    Resolve,
    ResolveAbove,
    Reopen,
    Close,
    Cancel,
    Raise,
    Calm,
}

/// What is done to which ticket, and when.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    pub at: DateTime<Utc>,
    pub ticket: usize,
    pub deed: Deed,
}

const STORIES: &[&[Deed]] = &[
    &[Deed::Start, Deed::Resolve, Deed::Close],
    &[Deed::Start, Deed::Resolve],
    &[Deed::Assign, Deed::Start, Deed::Pend, Deed::Answer, Deed::Resolve],
    &[Deed::Start, Deed::Escalate, Deed::Accept, Deed::ResolveAbove],
    &[Deed::Start, Deed::Escalate, Deed::Accept, Deed::Return, Deed::Resolve],
    &[Deed::Start, Deed::Resolve, Deed::Reopen, Deed::Resolve],
    &[Deed::Start, Deed::PendUntil(DateTime::UNIX_EPOCH), Deed::Resolve],
    &[Deed::Start, Deed::Raise, Deed::Resolve],
    &[Deed::Start, Deed::Calm, Deed::Raise, Deed::Resolve],
    &[Deed::Cancel],
    &[Deed::Escalate, Deed::ResolveAbove, Deed::Reopen, Deed::ResolveAbove, Deed::Close],
];

/// Forty tickets over 2026, and sixteen that are open when the service stands still.
pub fn plans(seed: u64) -> Vec<Plan> {
    let mut dice = Dice(seed);
    let mut all = Vec::new();
    let begin = wib("2026-01-05 06:00");
    for ticket in 0..56 {
        let at = match ticket {
            0..40 => begin + Duration::seconds(i64::try_from(ticket).unwrap() * 740_000 + seconds(&mut dice, 500_000)),
            _ => wib("2026-07-08 07:00") + Duration::seconds(seconds(&mut dice, 28_000)),
        };
        story(&mut dice, ticket, aside(at), &mut all);
    }
    all.sort_by_key(|plan| (plan.at, plan.ticket));
    all
}

fn story(dice: &mut Dice, ticket: usize, mut at: DateTime<Utc>, all: &mut Vec<Plan>) {
    let word = |dice: &mut Dice| ["high", "medium", "low"][dice.below(3)];
    let classification = if dice.chance(15) { "secret" } else { "open" };
    let deed = Deed::Open { impact: word(dice), urgency: word(dice), classification };
    all.push(Plan { at, ticket, deed });
    for deed in STORIES[dice.below(STORIES.len())] {
        let hours = [1, 6, 30, 80, 140][dice.below(5)];
        at = aside(at + Duration::seconds(60 + seconds(dice, hours * 3600)));
        let deed = match deed {
            Deed::PendUntil(_) => Deed::PendUntil(aside(at + Duration::seconds(3600 + seconds(dice, 300_000)))),
            other => *other,
        };
        all.push(Plan { at, ticket, deed });
    }
}

fn seconds(dice: &mut Dice, most: usize) -> i64 {
    i64::try_from(dice.below(most)).unwrap()
}

/// Out of the way of the day on which nothing happens.
fn aside(at: DateTime<Utc>) -> DateTime<Utc> {
    let (from, to) = (wib(STOP.0), wib(STOP.1));
    if from <= at && at <= to { at + (to - from) + Duration::minutes(1) } else { at }
}
