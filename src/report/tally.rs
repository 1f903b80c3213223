//! Counting, pure: tickets and stopped clocks in, figures by group out. Nothing of a ticket is kept but numbers.

use crate::db::{Id, Ts};
use crate::sla::Metric;
use crate::sla::figures::Stopped;
use crate::ticket::figures::{Figure, StepKind};
use chrono::Duration;
use std::collections::BTreeMap;

crate::text_enum! {
    /// By what figures are grouped.
    pub enum By {
        /// The requester's organisation.
        Opd = "opd",
        /// The desk.
        Tier = "tier",
        /// The service.
        Service = "service",
        /// The priority.
        Priority = "priority",
        /// Who the ticket is assigned to.
        Technician = "technician",
    }
}

/// Which group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    /// That of a thing or a person.
    Of(Id),
    /// That of a word.
    Word(&'static str),
    /// Without service, or assigned to nobody.
    None,
}

/// The time that is reported on.
#[derive(Debug, Clone, Copy)]
pub struct Period {
    /// First instant.
    pub from: Ts,
    /// First instant after it.
    pub until: Ts,
    /// When the backlog is looked at: the end, or now if that comes first.
    pub looked_at: Ts,
}

impl Period {
    /// `true` for an instant in it.
    #[must_use]
    pub fn has(&self, at: Ts) -> bool {
        self.from <= at && at < self.until
    }
}

/// How clocks of one metric ended.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Results {
    /// In time.
    pub met: i64,
    /// Too late.
    pub missed: i64,
    /// Too late, and waived.
    pub waived: i64,
    /// Seconds that each counted.
    pub seconds: Vec<i64>,
}

impl Results {
    fn add(&mut self, clock: &Stopped) {
        match (clock.missed, clock.waived) {
            (false, _) => self.met += 1,
            (true, false) => self.missed += 1,
            (true, true) => self.waived += 1,
        }
        self.seconds.push(clock.seconds);
    }

    fn merge(&mut self, other: &Self) {
        self.met += other.met;
        self.missed += other.missed;
        self.waived += other.waived;
        self.seconds.extend(&other.seconds);
    }

    /// The nearest rank: the smallest of the values that at least `percent` of them do not exceed; none of none.
    #[must_use]
    pub fn percentile(&self, percent: usize) -> Option<i64> {
        let mut sorted = self.seconds.clone();
        sorted.sort_unstable();
        let rank = (sorted.len() * percent).div_ceil(100);
        sorted.get(rank.checked_sub(1)?).copied()
    }
}

/// The figures of a group.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "told at the columns of the report")]
pub struct Tally {
    pub opened: i64,
    pub cancelled: i64,
    pub resolved: i64,
    pub resolution: Results,
    pub first_response: Results,
    pub handovers: i64,
    pub returns: i64,
    pub reopenings: i64,
    pub ratings: i64,
    pub stars: i64,
    /// Unfinished tickets by age: up to 1, 3, 7, 30 days, and over.
    pub backlog: [i64; 5],
}

/// Days that divide the ages of unfinished tickets.
const AGES: [i64; 4] = [1, 3, 7, 30];

/// Between which instants a ticket was opened whose age at `at` is of this group, counted from 0: from the first, and
/// before the second; none if there is no such group.
#[must_use]
pub fn opened_between(group: usize, at: Ts) -> Option<(Option<Ts>, Option<Ts>)> {
    let before = |days: &i64| at.plus(-Duration::days(*days));
    let younger = group.checked_sub(1).and_then(|group| AGES.get(group));
    (group <= AGES.len()).then(|| (AGES.get(group).map(before), younger.map(before)))
}

impl Tally {
    fn merge(&mut self, other: &Self) {
        self.opened += other.opened;
        self.cancelled += other.cancelled;
        self.resolved += other.resolved;
        self.resolution.merge(&other.resolution);
        self.first_response.merge(&other.first_response);
        self.handovers += other.handovers;
        self.returns += other.returns;
        self.reopenings += other.reopenings;
        self.ratings += other.ratings;
        self.stars += other.stars;
        for (sum, more) in self.backlog.iter_mut().zip(other.backlog) {
            *sum += more;
        }
    }
}

/// Figures by group, while tickets are being counted.
#[derive(Debug)]
pub struct Tallies {
    by: By,
    period: Period,
    groups: BTreeMap<Key, Tally>,
}

impl Tallies {
    /// Nothing counted yet.
    #[must_use]
    pub fn new(by: By, period: Period) -> Self {
        Self { by, period, groups: BTreeMap::new() }
    }

    /// Counts a ticket with those of its clocks that stopped in the period.
    pub fn add(&mut self, ticket: &Figure, clocks: &[Stopped]) {
        let period = self.period;
        if period.has(ticket.opened_at) {
            self.group(ticket, ticket.tier_at(ticket.opened_at)).opened += 1;
        }
        for step in ticket.steps.iter().filter(|s| period.has(s.at)) {
            match step.kind {
                StepKind::Escalated => self.group(ticket, 1).handovers += 1,
                StepKind::Returned => self.group(ticket, 2).returns += 1,
                StepKind::Reopened => self.group(ticket, ticket.tier_at(step.at)).reopenings += 1,
                StepKind::Cancelled => self.group(ticket, ticket.tier_at(step.at)).cancelled += 1,
                StepKind::Resolved if ticket.cancelled => {}
                StepKind::Resolved => self.group(ticket, ticket.tier_at(step.at)).resolved += 1,
            }
        }
        for clock in clocks.iter().filter(|_| !ticket.cancelled) {
            let group = self.group(ticket, ticket.tier_at(clock.at));
            match clock.metric {
                Metric::FirstResponse => group.first_response.add(clock),
                Metric::Resolution => group.resolution.add(clock),
                Metric::Tier2Acceptance | Metric::Tier2Resolution | Metric::SecurityReport => {}
            }
        }
        for (at, stars) in ticket.rated.iter().filter(|(at, _)| period.has(*at) && !ticket.cancelled) {
            let group = self.group(ticket, ticket.tier_at(*at));
            group.ratings += 1;
            group.stars += i64::from(*stars);
        }
        if ticket.was_open_at(period.looked_at) {
            let age = period.looked_at.utc() - ticket.opened_at.utc();
            let place = AGES.iter().take_while(|days| age > Duration::days(**days)).count();
            let group = self.group(ticket, ticket.tier_at(period.looked_at));
            if let Some(count) = group.backlog.get_mut(place) {
                *count += 1;
            }
        }
    }

    fn group(&mut self, ticket: &Figure, tier: i32) -> &mut Tally {
        let of = |id: Option<Id>| id.map_or(Key::None, Key::Of);
        let key = match self.by {
            By::Opd => Key::Of(ticket.opd),
            By::Tier => Key::Word(if tier == 2 { "2" } else { "1" }),
            By::Service => of(ticket.service),
            By::Priority => Key::Word(ticket.priority.text()),
            By::Technician => of(ticket.assignee),
        };
        self.groups.entry(key).or_default()
    }

    /// The groups in which something was counted, and all of them together.
    #[must_use]
    pub fn done(self) -> (BTreeMap<Key, Tally>, Tally) {
        let mut total = Tally::default();
        for tally in self.groups.values() {
            total.merge(tally);
        }
        (self.groups, total)
    }
}
