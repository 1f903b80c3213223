//! Working hours as people type them: "07.30-12.00, 13.00-16.00".

use super::super::sent::Sent;
use super::{day, tick};
use crate::check::Checks;
use crate::error::{Error, Result};
use crate::say;
use crate::worktime::{Exception, Hours, TimeOfDay, Week, Window};
use chrono::NaiveDate;

/// The days of a week by the names of their fields.
pub const DAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// Windows; none for an empty text, nothing for one that is no hours.
fn windows(text: &str) -> Option<Vec<Window>> {
    let parts = text.split([',', ';']).map(str::trim).filter(|part| !part.is_empty());
    parts
        .map(|part| {
            let (start, end) = part.split_once(['-', '–'])?;
            let time = |text: &str| text.trim().replace('.', ":").parse::<TimeOfDay>().ok();
            Some(Window { start: time(start)?, end: time(end)? })
        })
        .collect()
}

fn read(checks: &mut Checks, sent: &Sent, field: &str) -> Vec<Window> {
    let found = windows(sent.get(field));
    checks.ensure(found.is_some(), &format!("/{field}"), || say!("web.admin.calendar.unreadable"));
    found.unwrap_or_default()
}

/// The week that a form describes.
///
/// # Errors
/// 422 that names the days whose hours can't be read.
pub fn week(sent: &Sent, from: Option<NaiveDate>) -> Result<Week> {
    let mut checks = Checks::new();
    let mut on = |field| read(&mut checks, sent, field);
    let hours = Hours {
        monday: on("monday"),
        tuesday: on("tuesday"),
        wednesday: on("wednesday"),
        thursday: on("thursday"),
        friday: on("friday"),
        saturday: on("saturday"),
        sunday: on("sunday"),
    };
    checks.done()?;
    let round_the_clock = tick(sent, "round_the_clock");
    Ok(Week { from, round_the_clock, hours: if round_the_clock { Hours::default() } else { hours } })
}

/// The exception that a form describes; closed if no hours are given.
///
/// # Errors
/// 422 that names the fields.
pub fn exception(sent: &Sent) -> Result<Exception> {
    let needed =
        |field: &str| day(sent, field)?.ok_or_else(|| Error::invalid(format!("/{field}"), say!("field.needed")));
    let (from, until) = (needed("first")?, needed("last")?);
    let mut checks = Checks::new();
    checks.line("/name", sent.get("name").trim(), 1..=200);
    checks.ensure(from <= until, "/last", || say!("field.dates"));
    let most = read(&mut checks, sent, "most_days");
    let hours = Hours {
        monday: most.clone(),
        tuesday: most.clone(),
        wednesday: most.clone(),
        thursday: most,
        friday: read(&mut checks, sent, "friday"),
        saturday: read(&mut checks, sent, "saturday"),
        sunday: Vec::new(),
    };
    checks.done()?;
    Ok(Exception {
        from,
        until,
        name: sent.get("name").trim().to_owned(),
        hours: Some(hours).filter(|hours| !hours.is_empty()),
        over_holidays: tick(sent, "over_holidays"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_are_read_as_people_write_them() {
        let told = |text| windows(text).map(|all| all.iter().map(|w| format!("{}-{}", w.start, w.end)).collect());
        let read = |text| -> Option<Vec<String>> { told(text) };
        assert_eq!(read("07.30-12.00, 13.00–16.00"), Some(vec!["07:30-12:00".into(), "13:00-16:00".into()]));
        assert_eq!(read(" 00:00 - 24:00 "), Some(vec!["00:00-24:00".into()]));
        assert_eq!(read(""), Some(Vec::new()));
        assert_eq!(read("pagi sampai sore"), None);
        assert_eq!(read("07.30"), None);
    }
}
