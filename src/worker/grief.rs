//! A job that fails again and again: it rests longer each time, and the same failure is told once a minute. A database that is away
//! or a full disk would else fill the log, often of the same disk, until nobody finds the line that matters.

use crate::error::Result;
use std::time::{Duration, Instant};

/// The longest rest of a job that fails; timers are late by no more.
const LONGEST: Duration = Duration::from_secs(5);
/// How long the same failure is not told again.
const SILENCE: Duration = Duration::from_mins(1);

/// How a job has fared since it last ended well.
#[derive(Debug, Default)]
pub(super) struct Grief {
    failures: u32,
    told: Option<(String, Instant)>,
    /// Failures since anything was told.
    untold: u32,
}

impl Grief {
    /// How long it rests, of its own period.
    pub(super) fn rest(&self, period: Duration) -> Duration {
        let longer = period.saturating_mul(1 << self.failures.min(8));
        longer.min(LONGEST.max(period))
    }

    /// Notes how a run ended: what is told of it, and of how many failures.
    pub(super) fn note(&mut self, outcome: Result<()>, now: Instant) -> Option<(String, u32)> {
        let Err(error) = outcome else {
            *self = Self::default();
            return None;
        };
        let error = error.to_string();
        self.failures = self.failures.saturating_add(1);
        self.untold = self.untold.saturating_add(1);
        let words = without_places(&error);
        let is_known = |(told, at): &(String, Instant)| *told == words && now.duration_since(*at) < SILENCE;
        if self.told.as_ref().is_some_and(is_known) {
            return None;
        }
        self.told = Some((words, now));
        Some((error, std::mem::take(&mut self.untold)))
    }
}

/// What happened, wherever it did: a file that is being written has a new name each time.
fn without_places(error: &str) -> String {
    error.split(' ').filter(|word| !word.contains('/')).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;

    #[test]
    fn the_same_failure_is_told_once_a_minute_with_its_count_and_another_at_once() {
        let (mut grief, began) = (Grief::default(), Instant::now());
        let mut fails = |what: &str, seconds| {
            let told = grief.note(Err(Error::Unavailable(what.into())), began + Duration::from_secs(seconds));
            told.map(|(_, times)| times)
        };
        let met = [fails("full", 0), fails("full", 1), fails("full", 59), fails("away", 59), fails("away", 60)];
        assert_eq!(met, [Some(1), None, None, Some(3), None]);
        assert_eq!(fails("away", 119), Some(2));
        assert!(grief.note(Ok(()), began).is_none());
        assert_eq!(grief.note(Err(Error::NotFound), began).map(|(_, times)| times), Some(1));
    }

    #[test]
    fn failures_that_differ_in_a_files_name_alone_are_the_same() {
        let (mut grief, now) = (Grief::default(), Instant::now());
        let mut fails = |what: &str| grief.note(Err(Error::Unavailable(what.into())), now);
        let first = fails("/srv/sigap/attachments/incoming/ecbf13c2: No space left on device (os error 28)").unwrap();
        assert!(first.0.contains("incoming/ecbf13c2"), "the first is told whole: {}", first.0);
        assert_eq!(fails("/srv/sigap/attachments/incoming/07bf0072: No space left on device (os error 28)"), None);
        let other = fails("/srv/sigap/attachments/incoming/1fe1f398: Not a directory (os error 20)");
        assert_eq!(other.map(|(_, times)| times), Some(2));
    }

    #[test]
    fn a_job_that_fails_rests_ever_longer_and_never_shorter_than_its_period() {
        let (mut grief, now) = (Grief::default(), Instant::now());
        let period = Duration::from_millis(500);
        let mut rests = Vec::new();
        for _ in 0..6 {
            rests.push(grief.rest(period).as_millis());
            grief.note(Err(Error::NotFound), now);
        }
        assert_eq!(rests, [500, 1000, 2000, 4000, 5000, 5000]);
        assert_eq!(grief.rest(Duration::from_mins(1)), Duration::from_mins(1));
        grief.note(Ok(()), now);
        assert_eq!(grief.rest(period), period);
    }
}
