//! What the checker found.

use std::fmt;

/// Faults that are shown.
const SHOWN: usize = 20;
/// Characters of a fault that are shown.
const LONGEST: usize = 600;

/// Counts of one round or of all.
#[derive(Debug, Default)]
pub struct Tally {
    /// Changes sent.
    pub sent: usize,
    /// Answered with 2xx.
    pub acknowledged: usize,
    /// Not answered.
    pub unanswered: usize,
    /// Of these there after the restart, before they were sent again.
    pub present: usize,
    /// Acknowledged changes whose POST was sent again.
    pub repeated: usize,
    /// Acknowledged and not there, or not as acknowledged.
    pub lost: usize,
    /// There more than once.
    pub doubled: usize,
    /// Versions lower than one seen before.
    pub went_back: usize,
    /// Changes that nobody asked for.
    pub drifted: usize,
    /// Second answers to one key that are not the first.
    pub unequal: usize,
    /// Answers that no crash explains.
    pub unexpected: usize,
    faults: Vec<String>,
}

impl Tally {
    /// Something acknowledged is not there.
    pub fn lost(&mut self, what: String) {
        self.lost += 1;
        self.fault("lost", &what);
    }

    /// Something is there more than once.
    pub fn doubled(&mut self, what: String) {
        self.doubled += 1;
        self.fault("doubled", &what);
    }

    /// A version fell.
    pub fn backwards(&mut self, what: String) {
        self.went_back += 1;
        self.fault("went back", &what);
    }

    /// Something changed that nobody asked for.
    pub fn drifted(&mut self, what: String) {
        self.drifted += 1;
        self.fault("drifted", &what);
    }

    /// A key was answered twice, and differently.
    pub fn unequal(&mut self, what: String) {
        self.unequal += 1;
        self.fault("unequal", &what);
    }

    /// An answer that no crash explains.
    pub fn unexpected(&mut self, what: String) {
        self.unexpected += 1;
        self.fault("unexpected", &what);
    }

    fn fault(&mut self, kind: &str, what: &str) {
        if self.faults.len() < SHOWN {
            self.faults.push(format!("{kind}: {what}").chars().take(LONGEST).collect());
        }
    }

    /// Adds other counts.
    pub fn add(&mut self, other: Self) {
        self.sent += other.sent;
        self.acknowledged += other.acknowledged;
        self.unanswered += other.unanswered;
        self.present += other.present;
        self.repeated += other.repeated;
        self.lost += other.lost;
        self.doubled += other.doubled;
        self.went_back += other.went_back;
        self.drifted += other.drifted;
        self.unequal += other.unequal;
        self.unexpected += other.unexpected;
        self.faults.extend(other.faults);
        self.faults.truncate(SHOWN);
    }

    /// Nothing that must not be.
    pub const fn is_clean(&self) -> bool {
        self.lost + self.doubled + self.went_back + self.drifted + self.unequal + self.unexpected == 0
    }

    /// The faults, the first of them in full.
    pub fn faults(&self) -> &[String] {
        &self.faults
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "sent {:>5}  acknowledged {:>5}  unanswered {:>3}  of these present {:>2}  lost {}  doubled {}  \
             repeated {}  unequal {}  went back {}  drifted {}  unexpected {}",
            self.sent,
            self.acknowledged,
            self.unanswered,
            self.present,
            self.lost,
            self.doubled,
            self.repeated,
            self.unequal,
            self.went_back,
            self.drifted,
            self.unexpected
        )
    }
}
