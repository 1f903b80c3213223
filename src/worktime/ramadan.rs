//! When Ramadan begins, by the tabular calendar: a day or two beside what the ministry announces, which is near enough to be
//! reminded of it, and never counted by.

use chrono::{Days, NaiveDate};

/// Days of the ninth month.
const LENGTH: u64 = 30;
/// Days before the ninth month of a year.
const BEFORE: i32 = 236;
/// The day before the first of the first year, counted from the common era.
const EPOCH: i32 = 227_014;

/// An estimate of a Ramadan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ramadan {
    /// Year of the Hijra.
    pub year: i32,
    /// Its first day, or one of those beside it.
    pub from: NaiveDate,
}

impl Ramadan {
    /// Of a year of the Hijra; none beyond all calendars.
    #[must_use]
    pub fn of(year: i32) -> Option<Self> {
        let before = year.checked_sub(1)?.checked_mul(354)?;
        let leaps = year.checked_mul(11)?.checked_add(3)? / 30;
        let from = NaiveDate::from_num_days_from_ce_opt(EPOCH + BEFORE + before + leaps + 1)?;
        Some(Self { year, from })
    }

    /// The one that is, or comes next.
    #[must_use]
    pub fn next(day: NaiveDate) -> Option<Self> {
        // Earlier than any day of its year of the common era.
        let first = (chrono::Datelike::year(&day) - 622) * 33 / 32 - 1;
        (first..first + 5).filter_map(Self::of).find(|one| one.until() >= day)
    }

    /// Its last day, as exactly as its first.
    #[must_use]
    pub fn until(self) -> NaiveDate {
        self.from + Days::new(LENGTH - 1)
    }

    /// A day that lies in it whenever it is announced.
    #[must_use]
    pub fn middle(self) -> NaiveDate {
        self.from + Days::new(LENGTH / 2)
    }
}

#[cfg(test)]
mod tests {
    use super::Ramadan;
    use crate::worktime::shipped;
    use chrono::{Datelike, Days, NaiveDate};

    #[test]
    fn an_estimate_lies_within_two_days_of_what_was_announced() {
        let fasting = shipped().unwrap().exceptions;
        assert!(fasting.len() >= 4);
        for (announced, year) in fasting.iter().zip(1445..) {
            let estimate = Ramadan::of(year).unwrap();
            let apart = (announced.from - estimate.from).num_days();
            assert!(apart.abs() <= 2, "{year}: {apart}");
            assert!((announced.from..=announced.until).contains(&estimate.middle()));
        }
    }

    #[test]
    fn the_next_one_is_the_one_that_has_not_ended() {
        let mut day = NaiveDate::from_ymd_opt(1970, 1, 1).unwrap();
        while day.year() < 2200 {
            let next = Ramadan::next(day).unwrap();
            assert!(next.until() >= day && Ramadan::of(next.year - 1).unwrap().until() < day, "{day}: {next:?}");
            day = day + Days::new(29);
        }
    }
}
