//! Making and changing a calendar. What was counted by stays: a change of working time is a new edition.

use super::calendar::{self, Stored, lock_all};
use super::effect::Moved;
use super::list;
use crate::access::{May, Tx, act};
use crate::audit;
use crate::check::Checks;
use crate::db::schema::{calendars, opd_calendars};
use crate::db::{Expected, Id, Json};
use crate::error::{Error, Result};
use crate::org::{InRegion, opd};
use crate::worktime::Definition;
use crate::{on, say};
use diesel::prelude::*;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// A new calendar.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCalendar {
    /// Code: lower-case letters, digits, hyphens. Fixed once made.
    #[schema(example = "rsud-shift")]
    pub code: String,
    /// Name.
    #[schema(example = "RSUD, sepanjang waktu", min_length = 1, max_length = 200)]
    pub name: String,
    /// Closed on the region's holidays; `true` if left out.
    pub keeps_holidays: Option<bool>,
    /// Make it the region's calendar.
    pub is_default: Option<bool>,
    /// Hours and exceptions; holidays stay empty.
    pub definition: Definition,
    /// Codes of the organisations that keep it instead of the region's.
    pub opds: Option<Vec<String>>,
}

/// Changes of a calendar; what is not named stays.
#[derive(Debug, Clone, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CalendarChanges {
    /// Name.
    #[schema(min_length = 1, max_length = 200)]
    pub name: Option<String>,
    /// Closed on the region's holidays.
    pub keeps_holidays: Option<bool>,
    /// `true`: it becomes the region's calendar, in the place of the one that was.
    pub is_default: Option<bool>,
    /// Hours and exceptions; holidays stay empty.
    pub definition: Option<Definition>,
    /// Codes of all organisations that keep it instead of the region's.
    pub opds: Option<Vec<String>>,
}

/// Makes a calendar.
///
/// # Errors
/// 422 for fields that do not fit, a code that is taken, or a calendar without working time.
pub fn create(tx: &mut Tx<'_>, may: &May<act::KeepAgreements, InRegion>, new: &NewCalendar) -> Result<(Stored, Moved)> {
    let region = may.get().0;
    lock_all(tx, region)?;
    let mut calendar = Stored {
        id: tx.new_id(),
        region_id: region,
        code: new.code.clone(),
        name: String::new(),
        is_default: false,
        keeps_holidays: true,
        definition: Json(Value::Null),
        edition_id: Id(uuid::Uuid::nil()),
        created_at: tx.now,
        updated_at: tx.now,
        version: 1,
    };
    let changes = CalendarChanges {
        name: Some(new.name.clone()),
        keeps_holidays: new.keeps_holidays,
        is_default: new.is_default,
        definition: Some(new.definition.clone()),
        opds: new.opds.clone(),
    };
    let opds = apply(tx, &mut calendar, &changes)?;
    on!(tx.conn(), |c| diesel::insert_into(calendars::table).values(&calendar).execute(c))?;
    let edition = calendar::publish(tx, &mut calendar)?.number;
    let kept = keep(tx, &mut calendar, &changes, opds)? || calendar.is_default;
    on!(tx.conn(), |c| diesel::update(calendars::table.find(calendar.id)).set(&calendar).execute(c))?;
    let detail = json!({ "code": calendar.code, "version": calendar.version, "edition": edition });
    audit::append(tx, "calendar.create", object(&calendar), detail)?;
    let moved = if kept { Moved::calendars(region) } else { Moved::nothing(region) };
    Ok((calendar, moved))
}

/// Changes a calendar. Other working time is a new edition.
///
/// # Errors
/// 404 for no calendar of the region; 412 for a version that is not `expected`; 422 as [`create`].
pub fn change(
    tx: &mut Tx<'_>,
    may: &May<act::KeepAgreements, InRegion>,
    code: &str,
    changes: &CalendarChanges,
    expected: impl Into<Expected>,
) -> Result<(Stored, Moved)> {
    let region = may.get().0;
    let found = lock_all(tx, region)?.into_iter().find(|one| one.code == code);
    let before = found.ok_or(Error::NotFound)?;
    expected.into().check(before.version)?;
    let mut calendar = before.clone();
    let opds = apply(tx, &mut calendar, changes)?;
    calendar.version += 1;
    calendar.updated_at = tx.now;
    let has_others = keep(tx, &mut calendar, changes, opds)?;
    on!(tx.conn(), |c| diesel::update(calendars::table.find(calendar.id)).set(&calendar).execute(c))?;
    let same_time = calendar.definition == before.definition && calendar.keeps_holidays == before.keeps_holidays;
    let is_default_now = calendar.is_default != before.is_default;
    let fields = audit::changed([
        ("name", calendar.name != before.name),
        ("keeps_holidays", calendar.keeps_holidays != before.keeps_holidays),
        ("is_default", is_default_now),
        ("definition", calendar.definition != before.definition),
        ("opds", has_others),
    ]);
    let mut detail = json!({ "code": calendar.code, "version": calendar.version, "changed": fields });
    if !same_time {
        let edition = calendar::publish(tx, &mut calendar)?.number;
        if let Some(detail) = detail.as_object_mut() {
            detail.insert("edition".to_owned(), json!(edition));
        }
    }
    audit::append(tx, "calendar.change", object(&calendar), detail)?;
    let moved =
        if has_others || is_default_now || !same_time { Moved::calendars(region) } else { Moved::nothing(region) };
    Ok((calendar, moved))
}

/// Takes over the fields; the organisations that are named.
fn apply(tx: &mut Tx<'_>, calendar: &mut Stored, changes: &CalendarChanges) -> Result<Option<BTreeSet<Id>>> {
    let mut checks = Checks::new();
    checks.code("/code", &calendar.code);
    if let Some(name) = &changes.name {
        checks.line("/name", name, 1..=200);
        calendar.name.clone_from(name);
    }
    calendar.keeps_holidays = changes.keeps_holidays.unwrap_or(calendar.keeps_holidays);
    checks
        .ensure(changes.is_default != Some(false) || !calendar.is_default, "/is_default", || say!("calendar.default"));
    if let Some(definition) = &changes.definition {
        checks.ensure(definition.holidays.is_empty(), "/definition/holidays", || say!("calendar.holidays"));
        checks.within("/definition", definition.check())?;
        let document = serde_json::to_value(definition).map_err(|e| Error::internal(e.to_string()))?;
        calendar.definition = Json(document);
    }
    let mut opds = changes.opds.as_ref().map(|_| BTreeSet::new());
    for (n, code) in changes.opds.iter().flatten().enumerate() {
        match opd::by_code(tx, calendar.region_id, code) {
            Ok(opd) => drop(opds.get_or_insert_default().insert(opd.id)),
            Err(Error::NotFound) => checks.fault(format!("/opds/{n}"), say!("opd.unknown")),
            Err(other) => return Err(other),
        }
    }
    checks.done()?;
    Ok(opds)
}

/// Settles who keeps the calendar; `true` if other organisations do so by name than before.
fn keep(tx: &mut Tx<'_>, calendar: &mut Stored, changes: &CalendarChanges, opds: Option<BTreeSet<Id>>) -> Result<bool> {
    let (region, id, now) = (calendar.region_id, calendar.id, tx.now);
    if changes.is_default == Some(true) && !calendar.is_default {
        let of_region = calendars::region_id.eq(region).and(calendars::is_default.eq(true));
        on!(tx.conn(), |c| diesel::update(calendars::table.filter(of_region))
            .set((
                calendars::is_default.eq(false),
                calendars::version.eq(calendars::version + 1),
                calendars::updated_at.eq(now)
            ))
            .execute(c))?;
        calendar.is_default = true;
    }
    let Some(wanted) = opds else { return Ok(false) };
    let had: BTreeSet<Id> = list::keepers(tx, &[id])?.into_iter().map(|(_, opd)| opd).collect();
    if had == wanted {
        return Ok(false);
    }
    let wanted: Vec<Id> = wanted.into_iter().collect();
    // Those that kept another calendar leave it, and so it has changed too.
    let losing = opd_calendars::table
        .filter(opd_calendars::opd_id.eq_any(&wanted).and(opd_calendars::calendar_id.ne(id)))
        .select(opd_calendars::calendar_id);
    on!(tx.conn(), |c| diesel::update(calendars::table.filter(calendars::id.eq_any(losing)))
        .set((calendars::version.eq(calendars::version + 1), calendars::updated_at.eq(now)))
        .execute(c))?;
    let gone = opd_calendars::calendar_id.eq(id).or(opd_calendars::opd_id.eq_any(&wanted));
    on!(tx.conn(), |c| diesel::delete(opd_calendars::table.filter(gone)).execute(c))?;
    let rows: Vec<_> =
        wanted.iter().map(|opd| (opd_calendars::opd_id.eq(*opd), opd_calendars::calendar_id.eq(id))).collect();
    if !rows.is_empty() {
        on!(tx.conn(), |c| diesel::insert_into(opd_calendars::table).values(&rows).execute(c))?;
    }
    Ok(true)
}

fn object(calendar: &Stored) -> audit::Object {
    audit::Object { kind: "calendar", id: Some(calendar.id), region: Some(calendar.region_id) }
}
