//! Calendars as stored. An edition is the whole document of a calendar at a time, holidays included, and never
//! changes; so what a clock counted can be counted again years later.

use crate::access::Tx;
use crate::db::schema::{calendar_editions as editions, calendars, holidays, opd_calendars};
use crate::db::{Id, Json, Ts, one_of};
use crate::error::{Error, Result};
use crate::on;
use crate::ready::Ready;
use crate::worktime::Calendar;
use crate::worktime::Source;
use crate::worktime::{Definition, Holiday, HolidayKind};
use chrono::NaiveDate;
use diesel::prelude::*;
use std::collections::HashMap;
use std::sync::Arc;

/// A calendar as stored.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = calendars, treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct Stored {
    /// Its id.
    pub id: Id,
    /// Its region.
    pub region_id: Id,
    /// Code, unique in the region.
    pub code: String,
    /// Name.
    pub name: String,
    /// Kept by every organisation of the region that has none of its own.
    pub is_default: bool,
    /// Closed on the region's holidays.
    pub keeps_holidays: bool,
    /// Its hours and exceptions, without holidays.
    pub definition: Json,
    /// Its newest edition.
    pub edition_id: Id,
    /// When it was made.
    pub created_at: Ts,
    /// When it was last changed.
    pub updated_at: Ts,
    /// Changes so far.
    pub version: i32,
}

/// A calendar as it was at a time.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = editions, treat_none_as_default_value = false)]
pub struct Edition {
    /// Its id.
    pub id: Id,
    /// Of which calendar.
    pub calendar_id: Id,
    /// The how manieth.
    pub number: i32,
    /// The whole document.
    pub document: Json,
    /// Who made it.
    pub by_id: Option<Id>,
    /// When.
    pub at: Ts,
}

/// A holiday of a region.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = holidays, treat_none_as_default_value = false)]
pub struct Day {
    /// Of which region.
    pub region_id: Id,
    /// The day.
    pub day: NaiveDate,
    /// Its name.
    pub name: String,
    /// Its kind.
    pub kind: HolidayKind,
    /// Where it comes from.
    pub source: Source,
}

/// The newest edition of the calendar that an organisation keeps: its own, else the region's.
pub fn for_opd(tx: &mut Tx<'_>, region: Id, opd: Id) -> Result<Option<Id>> {
    let own = opd_calendars::table.filter(opd_calendars::opd_id.eq(opd)).select(opd_calendars::calendar_id);
    Ok(on!(tx.conn(), |c| calendars::table
        .filter(calendars::region_id.eq(region))
        .filter(calendars::is_default.eq(true).or(calendars::id.eq_any(own)))
        .select(calendars::edition_id)
        .order(calendars::is_default)
        .first(c)
        .optional())?)
}

/// The newest edition of the region's calendar.
pub fn default_of(tx: &mut Tx<'_>, region: Id) -> Result<Option<Id>> {
    Ok(on!(tx.conn(), |c| calendars::table
        .filter(calendars::region_id.eq(region).and(calendars::is_default.eq(true)))
        .select(calendars::edition_id)
        .first(c)
        .optional())?)
}

/// Which edition each organisation of a region counts by.
#[derive(Debug, Default)]
pub struct Kept {
    default: Option<Id>,
    own: HashMap<Id, Id>,
}

impl Kept {
    /// The newest edition of the calendar that an organisation keeps.
    #[must_use]
    pub fn of(&self, opd: Id) -> Option<Id> {
        self.own.get(&opd).copied().or(self.default)
    }
}

/// The newest editions of a region's calendars, by who keeps them.
pub fn kept(tx: &mut Tx<'_>, region: Id) -> Result<Kept> {
    let own: Vec<(Id, Id)> = on!(tx.conn(), |c| opd_calendars::table
        .inner_join(calendars::table.on(calendars::id.eq(opd_calendars::calendar_id)))
        .filter(calendars::region_id.eq(region))
        .select((opd_calendars::opd_id, calendars::edition_id))
        .load(c))?;
    Ok(Kept { default: default_of(tx, region)?, own: own.into_iter().collect() })
}

/// All calendars of a region, locked: whoever changes one, or the holidays, waits for whoever else does.
pub(super) fn lock_all(tx: &mut Tx<'_>, region: Id) -> Result<Vec<Stored>> {
    on!(tx.conn(), |c| diesel::update(calendars::table.filter(calendars::region_id.eq(region)))
        .set(calendars::version.eq(calendars::version))
        .execute(c))?;
    // Read only now: whoever was waited for may have made one that the statement above did not see.
    Ok(on!(tx.conn(), |c| calendars::table
        .filter(calendars::region_id.eq(region))
        .select(Stored::as_select())
        .order(calendars::code)
        .load(c))?)
}

static COMPILED: Ready<Id, Calendar> = Ready::holding(512);

/// An edition, ready to count.
///
/// # Errors
/// [`Error::Internal`] for a document that does not compile.
pub fn compiled(tx: &mut Tx<'_>, edition: Id) -> Result<Arc<Calendar>> {
    COMPILED.get_or(edition, || {
        let document = by_id(tx, edition)?.document;
        let broken = |e: &dyn std::fmt::Display| Error::internal(format!("calendar edition {edition}: {e}"));
        let definition: Definition = serde_json::from_value(document.0).map_err(|e| broken(&e))?;
        Calendar::compile(&definition).map_err(|e| broken(&e))
    })
}

/// An edition as stored.
///
/// # Errors
/// 404 if there is none.
pub fn by_id(tx: &mut Tx<'_>, edition: Id) -> Result<Edition> {
    Ok(on!(tx.conn(), |c| editions::table.find(edition).select(Edition::as_select()).first(c))?)
}

/// Code, name and number of each of these editions.
pub fn names(tx: &mut Tx<'_>, ids: &[Id]) -> Result<HashMap<Id, (String, String, i32)>> {
    let rows: Vec<(Id, String, String, i32)> = on!(tx.conn(), |c| editions::table
        .inner_join(calendars::table.on(calendars::id.eq(editions::calendar_id)))
        .filter(one_of(editions::id, ids))
        .select((editions::id, calendars::code, calendars::name, editions::number))
        .load(c))?;
    Ok(rows.into_iter().map(|(id, code, name, number)| (id, (code, name, number))).collect())
}

/// The hours and exceptions of a calendar, without holidays.
///
/// # Errors
/// [`Error::Internal`] for a definition that does not parse.
pub fn definition(calendar: &Stored) -> Result<Definition> {
    serde_json::from_value(calendar.definition.0.clone())
        .map_err(|e| Error::internal(format!("calendar {}: {e}", calendar.code)))
}

/// The document of a calendar as it is now: its own hours and exceptions, with the region's holidays if it keeps them.
///
/// # Errors
/// [`Error::Internal`] for a definition that does not parse.
pub fn document(tx: &mut Tx<'_>, calendar: &Stored) -> Result<Definition> {
    let mut definition = definition(calendar)?;
    definition.holidays = if calendar.keeps_holidays { days(tx, calendar.region_id)? } else { Vec::new() };
    Ok(definition)
}

fn days(tx: &mut Tx<'_>, region: Id) -> Result<Vec<Holiday>> {
    let rows = listed(tx, region)?;
    Ok(rows.into_iter().map(|d| Holiday { day: d.day, name: d.name, kind: d.kind }).collect())
}

/// The holidays of a region, by day.
pub fn listed(tx: &mut Tx<'_>, region: Id) -> Result<Vec<Day>> {
    Ok(on!(tx.conn(), |c| holidays::table
        .filter(holidays::region_id.eq(region))
        .select(Day::as_select())
        .order(holidays::day)
        .load(c))?)
}

/// Adds an edition with what the calendar is now, and makes it the newest.
///
/// # Errors
/// 422 for a calendar that can't be counted by.
pub fn publish(tx: &mut Tx<'_>, calendar: &mut Stored) -> Result<Edition> {
    let definition = document(tx, calendar)?;
    definition.check()?;
    let document = serde_json::to_value(&definition).map_err(|e| Error::internal(e.to_string()))?;
    let last: Option<i32> = on!(tx.conn(), |c| editions::table
        .filter(editions::calendar_id.eq(calendar.id))
        .select(diesel::dsl::max(editions::number))
        .first(c))?;
    let edition = Edition {
        id: tx.new_id(),
        calendar_id: calendar.id,
        number: last.unwrap_or(0) + 1,
        document: Json(document),
        by_id: tx.actor.person,
        at: tx.now,
    };
    calendar.edition_id = edition.id;
    on!(tx.conn(), |c| diesel::insert_into(editions::table).values(&edition).execute(c))?;
    on!(tx.conn(), |c| diesel::update(calendars::table.find(calendar.id))
        .set(calendars::edition_id.eq(edition.id))
        .execute(c))?;
    Ok(edition)
}
