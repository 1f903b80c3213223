//! Backups by themselves: when one is due, and which of the old ones go.

use crate::config::Config;
use crate::db::Ts;
use crate::error::Result;
use chrono::{DateTime, Duration, NaiveDateTime, Utc};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

const STEM: &str = "sigap-";
const STAMP: &str = "%Y%m%dT%H%M%SZ";
const END: &str = ".tar.zst";
/// Behind it, if the file is encrypted.
const AGE: &str = ".age";

/// How many old backups stay.
#[derive(Debug, Clone, Copy)]
pub struct Keep {
    /// The newest.
    pub newest: usize,
    /// Then one a day for so many days.
    pub days: usize,
    /// Then one a month for so many months.
    pub months: usize,
}

/// Name of a backup made at `now` by whoever has this mark, encrypted or not.
#[must_use]
pub fn name(now: Ts, mark: &str, is_encrypted: bool) -> String {
    format!("{STEM}{}-{mark}{END}{}", now.utc().format(STAMP), if is_encrypted { AGE } else { "" })
}

/// When the file was made by the schedule, and by whom; older programs left no mark.
fn made(path: &Path) -> Option<(DateTime<Utc>, Option<&str>)> {
    let name = path.file_name()?.to_str()?;
    let name = name.strip_suffix(AGE).unwrap_or(name).strip_prefix(STEM)?.strip_suffix(END)?;
    let (stamp, mark) = name.split_once('-').map_or((name, None), |(stamp, mark)| (stamp, Some(mark)));
    NaiveDateTime::parse_from_str(stamp, STAMP).ok().map(|at| (at.and_utc(), mark))
}

/// Seconds by which a clock may have been ahead when it dated a backup.
const AHEAD: i64 = 60;

/// When backups were made, and where they are, the newest first.
pub type Made = Vec<(DateTime<Utc>, PathBuf)>;

/// The backups of a folder that bear one of these marks, or none; and those of them that are dated later than now, by a clock
/// that was wrong: these say nothing of when the last one was made, and stay. Those of others, a restored copy on trial for
/// one, say nothing of ours and are not ours to remove.
///
/// # Errors
/// If the folder can't be read; one that is not there is empty.
pub fn list(folder: &Path, marks: &[String], now: Ts) -> Result<(Made, Made)> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok((Vec::new(), Vec::new())),
        Err(e) => return Err(super::failed(folder, &e)),
    };
    let paths = entries.filter_map(|entry| entry.ok().map(|entry| entry.path()));
    let is_own = |mark: Option<&str>| mark.is_none_or(|mark| marks.iter().any(|own| own == mark));
    let own = |path: PathBuf| {
        let (at, mark) = made(&path)?;
        is_own(mark).then_some((at, path))
    };
    let mut all: Vec<_> = paths.filter_map(own).collect();
    all.sort();
    all.reverse();
    let latest = now.plus(Duration::seconds(AHEAD)).utc();
    Ok(all.into_iter().partition(|(at, _)| *at <= latest))
}

/// Is the next one due?
#[must_use]
pub fn is_due(newest: Option<DateTime<Utc>>, now: Ts, every: Duration) -> bool {
    newest.is_none_or(|at| at + every <= now.utc())
}

/// `true` if the newest is older than two intervals: one may be on its way, two are missing. Before the first one the age
/// of the program, which `began` then, counts.
#[must_use]
pub fn is_late(newest: Option<DateTime<Utc>>, began: Ts, now: Ts, every: Duration) -> bool {
    now.apart(newest.map_or(began, Ts::new)) > every * 2
}

/// How the scheduled backups stand.
#[derive(Debug, Clone, Copy)]
pub struct Newest {
    /// When the newest was made.
    pub at: Option<DateTime<Utc>>,
    /// As [`is_late`].
    pub is_late: bool,
}

/// The newest backup of this installation; none without a schedule. A folder that can't be read holds nothing to rely on.
#[must_use]
pub fn newest(config: &Config, began: Ts, now: Ts) -> Option<Newest> {
    let every = config.backup.every()?;
    let at = super::scheduled(config, now).ok().and_then(|(made, _)| made.first().map(|(at, _)| *at));
    Some(Newest { at, is_late: is_late(at, began, now, every) })
}

/// Those of `all`, newest first, that are no longer needed.
#[must_use]
pub fn old(all: &[(DateTime<Utc>, PathBuf)], keep: Keep) -> Vec<PathBuf> {
    let (mut days, mut months, mut gone) = (BTreeSet::new(), BTreeSet::new(), Vec::new());
    for (n, (at, path)) in all.iter().enumerate() {
        // The newest of its day, or of its month.
        let day = days.len() < keep.days && days.insert(at.date_naive());
        let month = months.len() < keep.months && months.insert(at.format("%Y-%m").to_string());
        if n >= keep.newest && !day && !month {
            gone.push(path.clone());
        }
    }
    gone
}

/// The newest that stay whatever is lacking.
pub const LEAST: usize = 3;

/// These without the newest of all.
#[must_use]
pub fn but_newest(all: &[(DateTime<Utc>, PathBuf)], mut gone: Vec<PathBuf>) -> Vec<PathBuf> {
    gone.retain(|path| all.iter().take(LEAST).all(|(_, newest)| newest != path));
    gone
}

/// Those of `all`, newest first, that may go where room is lacking, in that order: what is no longer needed, then what would
/// not be if half as many of each kind were kept, and so on; of each the oldest first, and never the newest.
#[must_use]
pub fn thinned(all: &[(DateTime<Utc>, PathBuf)], mut keep: Keep) -> Vec<PathBuf> {
    let (mut left, mut gone) = (all.to_vec(), Vec::new());
    loop {
        let more = but_newest(all, old(&left, keep));
        left.retain(|(_, path)| !more.contains(path));
        gone.extend(more.into_iter().rev());
        let Keep { newest, days, months } = keep;
        if newest.max(days).max(months) == 0 {
            return gone;
        }
        keep = Keep { newest: newest / 2, days: days / 2, months: months / 2 };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_stay_then_one_a_day_then_one_a_month() {
        let now: DateTime<Utc> = DateTime::UNIX_EPOCH + Duration::days(20_000);
        let all: Vec<_> = (0..24 * 100)
            .map(|hours| now - Duration::hours(hours))
            .map(|at| (at, PathBuf::from(name(Ts::new(at), "0123abcd", at.timestamp() % 2 == 0))))
            .collect();
        let gone: BTreeSet<_> = old(&all, Keep { newest: 24, days: 14, months: 3 }).into_iter().collect();
        let left: Vec<_> = all.iter().filter(|(_, path)| !gone.contains(path)).map(|(at, _)| *at).collect();
        assert_eq!(left.iter().filter(|at| now - **at < Duration::hours(24)).count(), 24);
        let days: BTreeSet<_> = left.iter().map(DateTime::date_naive).collect();
        assert!((0..14).all(|n| days.contains(&(now - Duration::days(n)).date_naive())));
        // Two of the days, and the newest of two of the months, are among them already (it is 4 October, midnight).
        assert_eq!(left.len(), 24 + 12 + 1);
    }

    #[test]
    fn where_room_is_lacking_the_oldest_of_what_is_kept_twice_goes_first_and_the_newest_never() {
        let noon: DateTime<Utc> = DateTime::UNIX_EPOCH + Duration::days(20_000) + Duration::hours(12);
        let ages = [0, 1, 2, 3, 24, 48, 24 * 40, 24 * 80];
        let all: Vec<_> = ages.map(|hours| (noon - Duration::hours(hours), PathBuf::from(hours.to_string()))).into();
        let going = |newest, days, months| {
            let gone = thinned(&all, Keep { newest, days, months });
            gone.iter().map(|path| path.to_str().unwrap().parse().unwrap()).collect::<Vec<i64>>()
        };
        // All are kept; then two, today's and those of two months; then one.
        assert_eq!(going(4, 3, 4), [1920, 48, 24, 3, 960]);
        assert_eq!(going(1, 0, 0), [1920, 960, 48, 24, 3], "three stay, whatever the settings keep");
        assert!(thinned(&all[..3], Keep { newest: 1, days: 0, months: 0 }).is_empty());
    }

    #[test]
    fn what_is_no_backup_is_never_removed() {
        for other in ["sigap.db", "sigap-20261124T100000Z.tar.zst.part", "sigap-20261124T100000Z.age"] {
            assert_eq!(made(Path::new(other)), None, "{other}");
        }
        let mark = |name: &str| made(&Path::new("/x").join(name)).unwrap().1.map(str::to_owned);
        for (middle, expected) in [("", None), ("-0123abcd", Some("0123abcd".to_owned()))] {
            assert_eq!(mark(&format!("sigap-20261124T100000Z{middle}.tar.zst")), expected);
            assert_eq!(mark(&format!("sigap-20261124T100000Z{middle}.tar.zst.age")), expected);
        }
    }
}
