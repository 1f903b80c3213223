//! Import of holidays from CSV, beside days that people entered.

use super::check::{may_name, year_fault};
use super::definition::{Holiday, HolidayKind};
use crate::check::Checks;
use crate::error::{Error, FieldError};
use crate::lines::{self, FAULTS, Line, LineFault};
use crate::say;
use chrono::{Datelike, NaiveDate};
use std::collections::{BTreeMap, BTreeSet};

const COLUMNS: &[&str] = &["date", "name_id", "kind", "year", "source"];

/// Reads columns `date,name_id,kind`; `year` and `source` may stand beside them and are ignored. All lines or none.
///
/// # Errors
/// Every fault by its line, 200 at most.
pub fn parse(csv: &[u8]) -> Result<Vec<Holiday>, Vec<LineFault>> {
    let (mut holidays, mut faults, mut days) = (Vec::new(), Vec::new(), BTreeSet::new());
    let read = lines::each(csv, COLUMNS, |number, line| {
        match line.and_then(|line| holiday(&line, &mut days)) {
            Ok(holiday) => holidays.push(holiday),
            Err(error) => faults.extend(told(number, error)),
        }
        Ok(faults.len() < FAULTS)
    });
    if let Err(error) = read {
        return Err(told(1, error));
    }
    if faults.is_empty() { Ok(holidays) } else { Err(faults) }
}

fn told(line: u64, error: Error) -> Vec<LineFault> {
    let faults = match error {
        Error::Invalid(faults) => faults,
        // Of the file as a whole.
        Error::Malformed(detail) => vec![FieldError { pointer: String::new(), detail }],
        _ => Vec::new(),
    };
    faults.into_iter().map(|fault| LineFault { line, fault }).collect()
}

fn holiday(line: &Line<'_>, days: &mut BTreeSet<NaiveDate>) -> Result<Holiday, Error> {
    let cell = |column: &str| line.get(column).unwrap_or_default();
    let mut checks = Checks::new();
    let day = day(&cell("date"));
    match day {
        None => checks.fault("/date", say!("worktime.date")),
        Some(day) if !may_name(day) => checks.fault("/date", year_fault()),
        Some(day) => checks.ensure(days.insert(day), "/date", || say!("worktime.holiday_twice")),
    }
    let name = cell("name_id");
    checks.line("/name_id", &name, 1..=200);
    let kind = HolidayKind::from_text(&cell("kind"));
    let known = HolidayKind::ALL.iter().map(|kind| kind.text()).collect::<Vec<_>>().join(", ");
    checks.ensure(kind.is_some(), "/kind", || say!("field.one_of", known = known));
    checks.done()?;
    let (Some(day), Some(kind)) = (day, kind) else { return Err(Error::Invalid(Vec::new())) };
    Ok(Holiday { day, name, kind })
}

/// A date as ISO 8601 writes it; chrono alone would also take `2026-1-1`.
#[must_use]
pub fn day(text: &str) -> Option<NaiveDate> {
    let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
    (day.to_string() == text).then_some(day)
}

crate::text_enum! {
    /// Where a holiday came from.
    pub enum Source {
        /// From a file; the next file may change it or take it back.
        Imported = "imported",
        /// From a person; no file touches it.
        Manual = "manual",
    }
}

/// What an import does, or would do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Merge {
    /// New days.
    pub added: Vec<Holiday>,
    /// Imported days that the file describes differently.
    pub changed: Vec<Change>,
    /// Days of the file that stand already.
    pub unchanged: usize,
    /// Imported days in years of the file that it does not hold any more.
    pub gone: Vec<Holiday>,
    /// Days of the file that are not taken, because a person entered something else for that day.
    pub overruled: Vec<Holiday>,
}

/// A day that is described anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// As it stands.
    pub before: Holiday,
    /// As the file has it.
    pub after: Holiday,
}

/// Compares a file with what stands. Years of which the file holds no day are left alone.
#[must_use]
pub fn merge(existing: &[(Holiday, Source)], incoming: &[Holiday]) -> Merge {
    let of = |source: Source| existing.iter().filter(move |(_, s)| *s == source).map(|entry| (entry.0.day, entry));
    let standing: BTreeMap<_, _> = of(Source::Imported).chain(of(Source::Manual)).collect();
    let mut merge = Merge::default();
    for new in incoming {
        match standing.get(&new.day) {
            None => merge.added.push(new.clone()),
            Some((old, _)) if old == new => merge.unchanged += 1,
            Some((_, Source::Manual)) => merge.overruled.push(new.clone()),
            Some((old, Source::Imported)) => {
                merge.changed.push(Change { before: old.clone(), after: new.clone() });
            }
        }
    }
    let years: BTreeSet<i32> = incoming.iter().map(|h| h.day.year()).collect();
    let days: BTreeSet<NaiveDate> = incoming.iter().map(|h| h.day).collect();
    let gone = standing.values().filter(|(old, source)| {
        *source == Source::Imported && years.contains(&old.day.year()) && !days.contains(&old.day)
    });
    merge.gone = gone.map(|(old, _)| old.clone()).collect();
    merge
}
