//! Holidays of a region: entered by hand, or imported.

use super::answer::Answer;
use super::calendar::{follow, keeper};
use super::call::{Call, Reply};
use super::extract::{Body, Csv, Query};
use super::org::{ImportQuery, LineView, in_own_region};
use crate::access::{May, act};
use crate::db::page::{Page, Paging};
use crate::error::Error;
use crate::message::Language;
use crate::org::{InRegion, region};
use crate::sla::calendar::{Day, listed};
use crate::sla::import_holidays::{self, Outcome};
use crate::sla::keep_holiday::{self, NewHoliday};
use crate::ticket::recount::{Shift, followed};
use crate::worktime::{self, Holiday, HolidayKind, Source, YEARS, year_fault};
use actix_web::web::Path;
use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};

/// A holiday.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct HolidayView {
    /// The day.
    day: NaiveDate,
    /// Its name.
    name: String,
    /// Who decreed it.
    kind: HolidayKind,
    /// Where it comes from.
    source: Source,
}

impl From<Day> for HolidayView {
    fn from(d: Day) -> Self {
        Self { day: d.day, name: d.name, kind: d.kind, source: d.source }
    }
}

/// Which holidays.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct HolidayQuery {
    /// The year; this one if left out.
    #[param(minimum = 1970, maximum = 2199)]
    year: Option<i32>,
    /// Rows at most.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    #[param(min_length = 1)]
    cursor: Option<String>,
}

/// What an import of holidays did, or would do.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct HolidayImportView {
    /// It was stored.
    stored: bool,
    /// New days.
    added: Vec<HolidayView>,
    /// Imported days that the file describes differently.
    changed: Vec<HolidayChangeView>,
    /// Imported days in years of the file that it does not hold any more.
    gone: Vec<HolidayView>,
    /// Days of the file that are not taken, because a person entered something else.
    overruled: Vec<HolidayView>,
    /// Days that stand already.
    unchanged: usize,
    /// Faults; with any, nothing is stored.
    errors: Vec<LineView>,
    /// Open tickets of which a deadline moves.
    moved: usize,
    /// Those of which a deadline lies in the past now and did not before.
    passed: usize,
}

/// A day that is described anew.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct HolidayChangeView {
    /// As it stood.
    before: HolidayView,
    /// As the file has it.
    after: HolidayView,
}

fn imported(h: Holiday) -> HolidayView {
    HolidayView { day: h.day, name: h.name, kind: h.kind, source: Source::Imported }
}

fn told(outcome: Outcome, shift: Shift, rehearsal: bool, language: Language) -> HolidayImportView {
    let Outcome { merge, faults } = outcome;
    let all = |days: Vec<Holiday>| days.into_iter().map(imported).collect();
    HolidayImportView {
        stored: !rehearsal && faults.is_empty(),
        added: all(merge.added),
        changed: merge
            .changed
            .into_iter()
            .map(|c| HolidayChangeView { before: imported(c.before), after: imported(c.after) })
            .collect(),
        gone: all(merge.gone),
        overruled: all(merge.overruled),
        unchanged: merge.unchanged,
        errors: faults.iter().map(|f| LineView::new(f.line, &f.fault, language)).collect(),
        moved: shift.moved,
        passed: shift.passed,
    }
}

/// `GET /holidays`.
pub async fn list(call: Call, Query(asked): Query<HolidayQuery>) -> Reply {
    call.read(move |tx| {
        let may: May<act::ReadAgreements, InRegion> = in_own_region(tx)?;
        let this_year = region::own(tx)?.year(tx.now);
        let year = asked.year.unwrap_or(this_year);
        if !YEARS.contains(&year) {
            return Err(Error::invalid("/year", year_fault()));
        }
        let all = listed(tx, may.get().0)?.into_iter().filter(|held| held.day.year() == year).collect();
        let paging = Paging { limit: asked.limit, cursor: asked.cursor };
        Ok(Answer::page(Page::of(all, &paging, |held: &Day| held.day)?, HolidayView::from))
    })
    .await
}

/// `POST /holidays`.
pub async fn add(call: Call, Query(query): Query<ImportQuery>, body: Body<NewHoliday>) -> Reply {
    let new = body.value;
    call.write(&body.bytes, move |tx| {
        let may = in_own_region(tx)?;
        follow(tx, query.is_rehearsal(), |tx| {
            let (day, moved) = keep_holiday::add(tx, &may, &new)?;
            let place = format!("{}/holidays/{}", super::routes::BASE, day.day);
            Ok((Answer::created(place, &HolidayView::from(day)), moved))
        })
    })
    .await
}

/// `DELETE /holidays/{day}`.
pub async fn remove(call: Call, day: Path<String>, Query(query): Query<ImportQuery>) -> Reply {
    call.write(&[], move |tx| {
        let mut which = None;
        let may = keeper(tx, |tx, may| {
            let day = worktime::day(&day).ok_or(Error::NotFound)?;
            which = listed(tx, may.get().0)?.into_iter().find(|held| held.day == day);
            which.as_ref().map(|_| ()).ok_or(Error::NotFound)
        })?;
        let day = which.ok_or(Error::NotFound)?.day;
        follow(tx, query.is_rehearsal(), |tx| Ok((Answer::none(), keep_holiday::remove(tx, &may, day)?)))
    })
    .await
}

/// `POST /holidays/import`.
pub async fn import(call: Call, Query(query): Query<ImportQuery>, Csv(file): Csv) -> Reply {
    let (language, rehearsal, bytes) = (call.language, query.is_rehearsal(), file.clone());
    call.write(&bytes, move |tx| {
        let may = in_own_region(tx)?;
        let (outcome, shift) = followed(tx, rehearsal, |tx| import_holidays::import(tx, &may, &file))?;
        Ok(Answer::ok(&told(outcome, shift, rehearsal, language)))
    })
    .await
}
