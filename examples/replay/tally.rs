//! What was done and what came of it, counted per thread and added up.

use crate::log::State;
use crate::model::Status;
use crate::plan::Step;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// Faults that are shown.
const SHOWN: usize = 20;
/// Characters of a fault that are shown.
const LONGEST: usize = 600;

/// Counts of a replay.
#[derive(Debug, Default)]
pub struct Tally {
    /// Tickets that were begun.
    pub tickets: u64,
    /// Events of the log that were walked.
    pub events: u64,
    /// Calls by verb and status.
    pub calls: BTreeMap<(&'static str, u16), u64>,
    /// Steps by rule of the mapping.
    pub rules: BTreeMap<&'static str, u64>,
    /// Refusals that the model foresaw and the service gave, by kind.
    pub refusals: BTreeMap<String, u64>,
    /// Ends of snapshots at which the log's state can't be had by the contract.
    pub divergences: BTreeMap<String, u64>,
    /// Tickets that ended otherwise than the log and the model say.
    pub wrong_ends: u64,
    /// Answers of 500 and above.
    pub server_errors: u64,
    /// Answers that the model did not foresee, in status or content.
    pub unexpected: u64,
    /// Tickets given up after such an answer.
    pub abandoned: u64,
    /// Calls that were repeated because their connection broke.
    pub repeated: u64,
    /// Numbers of the tickets.
    pub numbers: BTreeSet<String>,
    times: Vec<Duration>,
    faults: Vec<String>,
}

impl Tally {
    /// Notes a step that went as foreseen.
    pub fn taken(&mut self, step: &Step) {
        *self.rules.entry(step.rule).or_default() += 1;
        if let Some(status) = step.refused {
            let kind = format!("{status} {} by {}", step.action.label(), step.actor.label());
            *self.refusals.entry(kind).or_default() += 1;
        }
    }

    /// Notes an answer.
    pub fn answered(&mut self, label: &'static str, status: u16, took: Duration) {
        *self.calls.entry((label, status)).or_default() += 1;
        self.server_errors += u64::from(status >= 500);
        self.times.push(took);
    }

    /// Notes that log and contract part at the end of a snapshot.
    pub fn diverged(&mut self, state: State, status: Status) {
        *self.divergences.entry(format!("log {state:?}, contract {status:?}")).or_default() += 1;
    }

    /// Notes a number; one that was given out before is a fault.
    pub fn numbered(&mut self, number: &str) {
        if !self.numbers.insert(number.to_owned()) {
            self.unexpected(format!("the number {number} was given out twice"));
        }
    }

    /// Notes an answer that the model did not foresee.
    pub fn unexpected(&mut self, what: String) {
        self.unexpected += 1;
        self.fault(what);
    }

    /// Notes a ticket that ended otherwise than it should.
    pub fn wrong_end(&mut self, what: String) {
        self.wrong_ends += 1;
        self.fault(what);
    }

    fn fault(&mut self, what: String) {
        if self.faults.len() < SHOWN {
            self.faults.push(what.chars().take(LONGEST).collect());
        }
    }

    /// Adds what another thread counted.
    pub fn add(&mut self, other: Self) {
        self.tickets += other.tickets;
        self.events += other.events;
        self.wrong_ends += other.wrong_ends;
        self.server_errors += other.server_errors;
        self.unexpected += other.unexpected;
        self.abandoned += other.abandoned;
        self.repeated += other.repeated;
        merge(&mut self.calls, other.calls);
        merge(&mut self.rules, other.rules);
        merge(&mut self.refusals, other.refusals);
        merge(&mut self.divergences, other.divergences);
        other.faults.into_iter().for_each(|fault| self.fault(fault));
        self.times.extend(other.times);
        other.numbers.iter().for_each(|number| self.numbered(number));
    }

    /// Nothing that must not be.
    pub const fn is_clean(&self) -> bool {
        self.wrong_ends == 0 && self.server_errors == 0 && self.unexpected == 0 && self.abandoned == 0
    }

    /// Prints everything.
    pub fn print(mut self, elapsed: Duration) {
        print("steps by rule of the mapping", &self.rules);
        print("refusals foreseen, by kind", &self.refusals);
        print("ends of snapshots where the contract can't say what the log says", &self.divergences);
        let named = |((label, status), count)| (format!("{status} {label}"), count);
        let calls: BTreeMap<String, u64> = self.calls.into_iter().map(named).collect();
        print("calls by status and verb", &calls);
        if !self.faults.is_empty() {
            println!("\nfaults (the first {SHOWN})");
            self.faults.iter().for_each(|fault| println!("  {fault}"));
        }
        let total: u64 = calls.values().sum();
        let per_second = if elapsed.is_zero() { 0 } else { u128::from(total) * 1000 / elapsed.as_millis().max(1) };
        self.times.sort_unstable();
        let at = |percent: usize| self.times.get(self.times.len() * percent / 100).copied().unwrap_or_default();
        println!("\ntickets {}  events {}  calls {total}", self.tickets, self.events);
        println!("elapsed {:.1} s  calls/s {per_second}", elapsed.as_secs_f64());
        println!("answer times p50 {:.1?}  p95 {:.1?}  p99 {:.1?}", at(50), at(95), at(99));
        println!("refusals as foreseen {}  repeated calls {}", self.refusals.values().sum::<u64>(), self.repeated);
        println!(
            "wrong end states {}  5xx {}  unexpected {}  abandoned tickets {}",
            self.wrong_ends, self.server_errors, self.unexpected, self.abandoned
        );
    }
}

fn merge<K: Ord>(into: &mut BTreeMap<K, u64>, from: BTreeMap<K, u64>) {
    for (key, count) in from {
        *into.entry(key).or_default() += count;
    }
}

fn print<K: std::fmt::Display>(title: &str, counts: &BTreeMap<K, u64>) {
    println!("\n{title}");
    for (key, count) in counts {
        println!("{count:>9}  {key}");
    }
}
