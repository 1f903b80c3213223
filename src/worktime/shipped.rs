//! The calendar that the program brings along, read from the files of `config/`.

use super::definition::{Definition, Exception, Hours, Week, Window};
use super::holiday;
use crate::error::{Error, Result};
use crate::message::Language;
use crate::say;
use chrono::NaiveDate;
use serde::{Deserialize, de::DeserializeOwned};

/// Code of the shipped calendar: five days a week by Presidential Regulation 21/2023.
pub const SHIPPED: &str = "perpres-21-2023";

const HOLIDAYS: &str = include_str!("../../config/holidays-id.csv");
const RAMADAN: &str = include_str!("../../config/ramadan-id.csv");
const HOURS: &str = include_str!("../../config/working-hours-id.csv");

#[derive(Deserialize)]
struct Fasting {
    hijri_year: u32,
    start: NaiveDate,
    end: NaiveDate,
}

#[derive(Deserialize)]
struct Row {
    pattern: String,
    days: String,
    start: String,
    end: String,
    break_start: String,
    break_end: String,
}

/// The shipped calendar, in the zone of western Indonesia.
///
/// # Errors
/// If the files of `config/` do not fit together, which a test forbids.
pub fn shipped() -> Result<Definition> {
    let patterns: Vec<Row> = rows("working-hours-id.csv", HOURS)?;
    let ramadan = hours(&patterns, "perpres_21_2023_ramadan")?;
    let fasting: Vec<Fasting> = rows("ramadan-id.csv", RAMADAN)?;
    let exceptions = fasting.into_iter().map(|row| Exception {
        from: row.start,
        until: row.end,
        name: say!("worktime.ramadan", year = row.hijri_year).text(Language::Id),
        hours: Some(ramadan.clone()),
        over_holidays: false,
    });
    let week = Week { from: None, round_the_clock: false, hours: hours(&patterns, "perpres_21_2023_5hari")? };
    Ok(Definition {
        zone: "Asia/Jakarta".to_owned(),
        weeks: vec![week],
        exceptions: exceptions.collect(),
        holidays: holiday::parse(HOLIDAYS.as_bytes()).map_err(|faults| broken("holidays-id.csv", &faults))?,
    })
}

fn broken(file: &str, why: &dyn std::fmt::Debug) -> Error {
    Error::Start(format!("config/{file}: {why:?}"))
}

fn rows<T: DeserializeOwned>(file: &str, text: &str) -> Result<Vec<T>> {
    let rows = csv::Reader::from_reader(text.as_bytes()).into_deserialize();
    rows.collect::<std::result::Result<_, _>>().map_err(|e| broken(file, &e))
}

/// The week of a pattern, which has a row for each group of days.
fn hours(patterns: &[Row], name: &str) -> Result<Hours> {
    let mut week = Hours::default();
    for row in patterns.iter().filter(|row| row.pattern == name) {
        let windows = windows(row)?;
        let days = match row.days.as_str() {
            "Mon-Thu" => vec![&mut week.monday, &mut week.tuesday, &mut week.wednesday, &mut week.thursday],
            "Fri" => vec![&mut week.friday],
            other => return Err(broken("working-hours-id.csv", &other)),
        };
        for day in days {
            day.clone_from(&windows);
        }
    }
    Ok(week)
}

/// A working day with its break.
fn windows(row: &Row) -> Result<Vec<Window>> {
    let time = |text: &String| text.parse().map_err(|e| broken("working-hours-id.csv", &(text, e)));
    Ok(vec![
        Window { start: time(&row.start)?, end: time(&row.break_start)? },
        Window { start: time(&row.break_end)?, end: time(&row.end)? },
    ])
}
