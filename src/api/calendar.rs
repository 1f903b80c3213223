//! Calendars of working time, and what holds on each of their days.

use super::answer::{Answer, ListView};
use super::call::{Call, Reply};
use super::extract::{Body, Query};
use super::org::{ImportQuery, in_own_region};
use crate::access::{May, Tx, act};
use crate::check::Checks;
use crate::db::page::Paging;
use crate::db::{Id, Ts};
use crate::error::{Error, Result};
use crate::org::{InRegion, opd};
use crate::say;
use crate::sla::calendar::{Stored, compiled, definition, names};
use crate::sla::effect::Moved;
use crate::sla::keep_calendar::{self, CalendarChanges, NewCalendar};
use crate::sla::list;
use crate::ticket::recount;
use crate::worktime::{DayKind, Definition, Window, check_day};
use actix_web::web::Path;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// A calendar.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct CalendarView {
    /// Its id.
    #[schema(value_type = uuid::Uuid)]
    id: Id,
    /// Code.
    code: String,
    /// Name.
    name: String,
    /// Kept by every organisation of the region that has none of its own.
    is_default: bool,
    /// Closed on the region's holidays.
    keeps_holidays: bool,
    /// Codes of the organisations that keep it instead of the region's.
    opds: Vec<String>,
    /// Number of the edition in force: one more each time that working time changes.
    edition: i32,
    /// When it was last changed.
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    updated_at: Ts,
    /// Changes so far.
    version: i32,
}

/// A calendar with its hours.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct CalendarDetailView {
    #[serde(flatten)]
    calendar: CalendarView,
    /// Hours and exceptions, without the region's holidays.
    definition: Definition,
}

/// Which days.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct DaysQuery {
    /// First day.
    from: NaiveDate,
    /// Last day; 365 days later at most.
    to: NaiveDate,
}

/// What holds on a day.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = CalendarDayView)]
pub struct DayView {
    /// The day.
    day: NaiveDate,
    /// What governs it.
    kind: DayKind,
    /// Name of the holiday or exception.
    name: Option<String>,
    /// Working hours in the calendar's time zone; none on a day off.
    windows: Vec<Window>,
}

/// Runs a change and lets the clocks follow; of a rehearsal only the effect is told.
pub fn follow(
    tx: &mut Tx<'_>,
    rehearsal: bool,
    change: impl FnOnce(&mut Tx<'_>) -> Result<(Answer, Moved)>,
) -> Result<Answer> {
    let (answer, shift) = recount::followed(tx, rehearsal, change)?;
    Ok(if rehearsal { Answer::ok(&shift) } else { answer })
}

/// The proof that the caller may keep what he may read: a name that he may not know of is absent to him.
pub fn keeper<T>(
    tx: &mut Tx<'_>,
    find: impl FnOnce(&mut Tx<'_>, &May<act::ReadAgreements, InRegion>) -> Result<T>,
) -> Result<May<act::KeepAgreements, InRegion>> {
    let may = in_own_region(tx)?;
    find(tx, &may)?;
    in_own_region(tx)
}

fn views(tx: &mut Tx<'_>, calendars: Vec<Stored>) -> Result<Vec<CalendarView>> {
    let ids: Vec<Id> = calendars.iter().map(|c| c.id).collect();
    let keepers = list::keepers(tx, &ids)?;
    let opds = opd::names(tx, &keepers.iter().map(|(_, opd)| *opd).collect::<Vec<_>>())?;
    let editions = names(tx, &calendars.iter().map(|c| c.edition_id).collect::<Vec<_>>())?;
    let kept_by = |calendar: Id| {
        let own = |opd: &Id| keepers.contains(&(calendar, *opd));
        let mut codes: Vec<String> =
            opds.iter().filter(|(opd, ..)| own(opd)).map(|(_, code, _)| code.clone()).collect();
        codes.sort();
        codes
    };
    Ok(calendars
        .into_iter()
        .map(|c| CalendarView {
            opds: kept_by(c.id),
            edition: editions.get(&c.edition_id).map_or(0, |(_, _, number)| *number),
            id: c.id,
            code: c.code,
            name: c.name,
            is_default: c.is_default,
            keeps_holidays: c.keeps_holidays,
            updated_at: c.updated_at,
            version: c.version,
        })
        .collect())
}

fn shown(tx: &mut Tx<'_>, calendar: Stored) -> Result<Answer> {
    let definition = definition(&calendar)?;
    let calendar = views(tx, vec![calendar])?.pop().ok_or(Error::NotFound)?;
    let version = calendar.version;
    Ok(Answer::ok(&CalendarDetailView { calendar, definition }).with_version(version))
}

/// `GET /calendars`.
pub async fn list(call: Call, Query(paging): Query<Paging>) -> Reply {
    call.read(move |tx| {
        let may = in_own_region(tx)?;
        let page = list::calendars(tx, &may, &paging)?;
        let next_cursor = page.next;
        let items = views(tx, page.items)?;
        Ok(Answer::ok(&ListView { items, next_cursor }))
    })
    .await
}

/// `GET /calendars/{code}`.
pub async fn read(call: Call, code: Path<String>) -> Reply {
    call.read(move |tx| {
        let may = in_own_region(tx)?;
        let calendar = list::calendar(tx, &may, &code)?;
        shown(tx, calendar)
    })
    .await
}

/// `POST /calendars`.
pub async fn create(call: Call, Query(query): Query<ImportQuery>, body: Body<NewCalendar>) -> Reply {
    let new = body.value;
    call.write(&body.bytes, move |tx| {
        let may = in_own_region(tx)?;
        follow(tx, query.is_rehearsal(), |tx| {
            let (calendar, moved) = keep_calendar::create(tx, &may, &new)?;
            let place = format!("{}/calendars/{}", super::routes::BASE, calendar.code);
            Ok((Answer { status: 201, location: Some(place), ..shown(tx, calendar)? }, moved))
        })
    })
    .await
}

/// `PATCH /calendars/{code}`.
pub async fn change(
    call: Call,
    code: Path<String>,
    Query(query): Query<ImportQuery>,
    body: Body<CalendarChanges>,
) -> Reply {
    let (changes, expected) = (body.value, call.expected());
    call.write(&body.bytes, move |tx| {
        let may = keeper(tx, |tx, may| list::calendar(tx, may, &code))?;
        follow(tx, query.is_rehearsal(), |tx| {
            let (calendar, moved) = keep_calendar::change(tx, &may, &code, &changes, expected.clone())?;
            Ok((shown(tx, calendar)?, moved))
        })
    })
    .await
}

/// Days of a page of days.
const DAYS: i64 = 366;

/// `GET /calendars/{code}/days`.
pub async fn days(call: Call, code: Path<String>, Query(asked): Query<DaysQuery>) -> Reply {
    call.read(move |tx| {
        let edition = list::calendar(tx, &in_own_region(tx)?, &code)?.edition_id;
        let mut checks = Checks::new();
        for (pointer, day) in [("/from", asked.from), ("/to", asked.to)] {
            check_day(&mut checks, pointer, day);
        }
        checks.ensure(asked.from <= asked.to, "/to", || say!("field.dates"));
        let fits = asked.to.signed_duration_since(asked.from).num_days() < DAYS;
        checks.ensure(fits, "/to", || say!("calendar.days", most = DAYS));
        checks.done()?;
        let calendar = compiled(tx, edition)?;
        let items = asked.from.iter_days().take_while(|day| *day <= asked.to).map(|day| {
            let plan = calendar.plan(day);
            DayView { day, kind: plan.kind, name: plan.name, windows: plan.windows }
        });
        Ok(Answer::ok(&ListView { items: items.collect(), next_cursor: None }))
    })
    .await
}
