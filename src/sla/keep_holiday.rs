//! Entering and deleting a holiday of a region by hand. What a person enters stands over what a file says
//! ([`crate::worktime::merge`]).

use super::calendar::{self, Day, Stored, lock_all};
use super::effect::Moved;
use crate::access::{May, Tx, act};
use crate::audit;
use crate::check::Checks;
use crate::db::Id;
use crate::db::schema::{calendars, holidays};
use crate::error::{Error, Result};
use crate::org::InRegion;
use crate::worktime::{HolidayKind, Source, check_day};
use crate::{on, say};
use chrono::NaiveDate;
use diesel::prelude::*;
use serde::Deserialize;
use serde_json::json;

/// A new holiday.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewHoliday {
    /// The day.
    pub day: NaiveDate,
    /// Its name.
    #[schema(example = "Hari Jadi Kabupaten Lebak", min_length = 1, max_length = 200)]
    pub name: String,
    /// Who decreed it.
    pub kind: HolidayKind,
}

/// Enters a holiday; it takes the place of an imported one.
///
/// # Errors
/// 409 for a day that a person entered already; 422 for fields that do not fit.
pub fn add(tx: &mut Tx<'_>, may: &May<act::KeepAgreements, InRegion>, new: &NewHoliday) -> Result<(Day, Moved)> {
    let region = may.get().0;
    let mut checks = Checks::new();
    check_day(&mut checks, "/day", new.day);
    checks.line("/name", &new.name, 1..=200);
    checks.done()?;
    let all = lock_all(tx, region)?;
    let day = Day { region_id: region, day: new.day, name: new.name.clone(), kind: new.kind, source: Source::Manual };
    if calendar::listed(tx, region)?.iter().any(|held| held.day == day.day && held.source == Source::Manual) {
        return Err(Error::Conflict(say!("holiday.exists")));
    }
    on!(tx.conn(), |c| diesel::delete(holidays::table.find((region, day.day))).execute(c))?;
    on!(tx.conn(), |c| diesel::insert_into(holidays::table).values(&day).execute(c))?;
    let detail = json!({ "day": day.day, "name": day.name, "kind": day.kind });
    audit::append(tx, "holiday.create", object(region), detail)?;
    Ok((day, republish(tx, region, all)?))
}

/// Deletes a holiday, wherever it comes from.
///
/// # Errors
/// 404 if the day is none.
pub fn remove(tx: &mut Tx<'_>, may: &May<act::KeepAgreements, InRegion>, day: NaiveDate) -> Result<Moved> {
    let region = may.get().0;
    let all = lock_all(tx, region)?;
    let gone = on!(tx.conn(), |c| diesel::delete(holidays::table.find((region, day))).execute(c))?;
    if gone == 0 {
        return Err(Error::NotFound);
    }
    audit::append(tx, "holiday.delete", object(region), json!({ "day": day }))?;
    republish(tx, region, all)
}

/// A new edition of every calendar that keeps the holidays of its region.
pub(super) fn republish(tx: &mut Tx<'_>, region: Id, all: Vec<Stored>) -> Result<Moved> {
    for mut calendar in all.into_iter().filter(|one| one.keeps_holidays) {
        calendar.version += 1;
        calendar.updated_at = tx.now;
        on!(tx.conn(), |c| diesel::update(calendars::table.find(calendar.id)).set(&calendar).execute(c))?;
        let edition = calendar::publish(tx, &mut calendar)?.number;
        let object = audit::Object { kind: "calendar", id: Some(calendar.id), region: Some(region) };
        let detail = json!({ "code": calendar.code, "version": calendar.version, "edition": edition });
        audit::append(tx, "calendar.holidays", object, detail)?;
    }
    Ok(Moved::calendars(region))
}

pub(super) const fn object(region: Id) -> audit::Object {
    audit::Object { kind: "holiday", id: None, region: Some(region) }
}
