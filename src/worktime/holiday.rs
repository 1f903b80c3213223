//! Import of holidays from CSV, beside days that people entered.

use super::check::{YEARS, may_name};
use super::definition::{Holiday, HolidayKind};
use crate::check::Checks;
use crate::error::{Error, FieldError};
use crate::message::Say;
use crate::say;
use chrono::{Datelike, NaiveDate};
use csv::{ReaderBuilder, StringRecord};
use std::collections::{BTreeMap, BTreeSet};

const COLUMNS: &[&str] = &["date", "name_id", "kind", "year", "source"];

/// Faults that are told at most.
const FAULTS: usize = 200;

/// A fault in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineFault {
    /// Line of the file; the header is line 1.
    pub line: u64,
    /// What is wrong, by column.
    pub fault: FieldError,
}

/// Reads columns `date,name_id,kind`; `year` and `source` may stand beside them and are ignored. All lines or none.
///
/// # Errors
/// Every fault by its line, 200 at most.
pub fn parse(csv: &[u8]) -> Result<Vec<Holiday>, Vec<LineFault>> {
    let text = std::str::from_utf8(csv).map_err(|_| whole(say!("import.not_utf8")))?;
    let text = text.trim_start_matches('\u{feff}');
    // Spreadsheets of this country write semicolons.
    let delimiter = if text.lines().next().is_some_and(|l| l.contains(';') && !l.contains(',')) { b';' } else { b',' };
    let mut reader = ReaderBuilder::new().delimiter(delimiter).flexible(true).from_reader(text.as_bytes());
    let header = reader.headers().map_err(|_| whole(say!("import.header")))?;
    let header: Vec<String> = header.iter().map(|name| name.trim().to_lowercase()).collect();
    if let Some(unknown) = header.iter().find(|name| !COLUMNS.contains(&name.as_str())) {
        return Err(whole(say!("import.column", column = unknown, known = COLUMNS.join(", "))));
    }
    let (mut holidays, mut faults, mut days) = (Vec::new(), Vec::new(), BTreeSet::new());
    for record in reader.records() {
        let begin = record.as_ref().ok().and_then(|r| r.position()).map_or(0, csv::Position::byte);
        let read = match &record {
            Ok(record) if record.len() != header.len() => Err(Error::invalid("", say!("import.cells"))),
            Ok(record) => holiday(&header, record, &mut days),
            Err(_) => Err(Error::invalid("", say!("import.unreadable"))),
        };
        match read {
            Ok(holiday) => holidays.push(holiday),
            Err(error) => faults.extend(told(line_at(text, begin), error)),
        }
        if faults.len() >= FAULTS {
            break;
        }
    }
    if faults.is_empty() { Ok(holidays) } else { Err(faults) }
}

fn whole(detail: Say) -> Vec<LineFault> {
    vec![LineFault { line: 1, fault: FieldError { pointer: String::new(), detail } }]
}

fn told(line: u64, error: Error) -> Vec<LineFault> {
    let Error::Invalid(faults) = error else { return Vec::new() };
    faults.into_iter().map(|fault| LineFault { line, fault }).collect()
}

fn holiday(header: &[String], record: &StringRecord, days: &mut BTreeSet<NaiveDate>) -> Result<Holiday, Error> {
    let cell = |column: &str| {
        let place = header.iter().position(|name| name == column);
        place.and_then(|place| record.get(place)).unwrap_or_default().trim()
    };
    let mut checks = Checks::new();
    let day = day(cell("date"));
    match day {
        None => checks.fault("/date", say!("worktime.date")),
        Some(day) if !may_name(day) => {
            checks.fault("/date", say!("worktime.year", first = YEARS.start(), last = YEARS.end()));
        }
        Some(day) => checks.ensure(days.insert(day), "/date", || say!("worktime.holiday_twice")),
    }
    checks.line("/name_id", cell("name_id"), 1..=200);
    let kind = HolidayKind::from_text(cell("kind"));
    let known = HolidayKind::ALL.iter().map(|kind| kind.text()).collect::<Vec<_>>().join(", ");
    checks.ensure(kind.is_some(), "/kind", || say!("field.one_of", known = known));
    checks.done()?;
    let (Some(day), Some(kind)) = (day, kind) else { return Err(Error::Invalid(Vec::new())) };
    Ok(Holiday { day, name: cell("name_id").to_owned(), kind })
}

/// A date as ISO 8601 writes it; chrono alone would also take `2026-1-1`.
fn day(text: &str) -> Option<NaiveDate> {
    let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
    (day.to_string() == text).then_some(day)
}

/// The line of a file where a record begins; cells may hold line breaks, and empty lines count for nothing else.
fn line_at(text: &str, begin: u64) -> u64 {
    let begin = usize::try_from(begin).unwrap_or(usize::MAX);
    let rest = text.get(begin..).unwrap_or_default();
    let skipped = rest.len() - rest.trim_start_matches(['\r', '\n']).len();
    let before = text.get(..begin.saturating_add(skipped)).unwrap_or(text);
    u64::try_from(before.matches('\n').count()).unwrap_or(u64::MAX).saturating_add(1)
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

/// What an import would do; [`Merge::apply`] does it.
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

impl Merge {
    /// What stands afterwards, by day.
    #[must_use]
    pub fn apply(&self, existing: &[(Holiday, Source)]) -> Vec<(Holiday, Source)> {
        let replaced: BTreeSet<NaiveDate> =
            self.gone.iter().chain(self.changed.iter().map(|change| &change.before)).map(|h| h.day).collect();
        let imported = |h: &Holiday| (h.clone(), Source::Imported);
        let kept = existing.iter().filter(|(h, s)| *s == Source::Manual || !replaced.contains(&h.day)).cloned();
        let new = self.added.iter().chain(self.changed.iter().map(|change| &change.after)).map(imported);
        let mut all: Vec<_> = kept.chain(new).collect();
        all.sort_by_key(|(h, _)| h.day);
        all
    }
}
