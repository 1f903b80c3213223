//! What runs out of that by which deadlines are counted: national holidays end with the year for which they were decreed,
//! working hours of Ramadan with the last one that was entered, agreements with their last day. Nothing fails then;
//! deadlines are only wrong, or missing, and clocks that have stopped never change. So it is told before.

use super::agreement::Consumer;
use super::calendar::{self, Stored};
use crate::access::Tx;
use crate::db::Id;
use crate::db::schema::{agreements, calendars, holidays};
use crate::error::Result;
use crate::mail::when;
use crate::message::{Language, Say};
use crate::on;
use crate::org::Region;
use crate::say;
use crate::worktime::{Exception, HolidayKind, Ramadan, SHIPPED};
use chrono::{Datelike, Days, NaiveDate};
use diesel::prelude::*;

/// Month from which on the holidays of the next year should be there: ministers decree them in autumn.
const AUTUMN: u32 = 10;
/// Days before something ends from which on it is told.
const AHEAD: u64 = 60;
/// Days by which an estimated beginning may be early.
const UNSURE: u64 = 2;
/// Years whose Ramadan tells whether a calendar keeps it.
const PAST: i32 = 5;

/// What has run out, or does soon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// National holidays.
    Holidays,
    /// Working hours of Ramadan.
    Ramadan,
    /// The agreement with the whole region.
    Agreement,
}

/// Something that runs out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lapse {
    /// What.
    pub what: What,
    /// It has: deadlines are wrong or missing by now.
    pub is_over: bool,
    /// What it does, and what to do; its day is `2026-12-31`, for scripts.
    pub told: Say,
}

impl Lapse {
    /// The same for people, with the day as `language` writes it.
    #[must_use]
    pub fn told_in(&self, language: Language) -> Say {
        let mut told = self.told.clone();
        for (name, value) in &mut told.values {
            if let ("day", Ok(day)) = (*name, value.parse()) {
                *value = when::days(day, day, language);
            }
        }
        told
    }
}

/// What has run out in a region, or does soon.
///
/// # Errors
/// The database's.
pub fn of(tx: &mut Tx<'_>, region: &Region) -> Result<Vec<Lapse>> {
    let day = region.day(tx.now);
    let found = [holidays(tx, region, day)?, ramadan(tx, region, day)?, agreement(tx, region, day)?];
    Ok(found.into_iter().flatten().collect())
}

fn holidays(tx: &mut Tx<'_>, region: &Region, day: NaiveDate) -> Result<Option<Lapse>> {
    let keeping: i64 = on!(tx.conn(), |c| calendars::table
        .filter(calendars::region_id.eq(region.id).and(calendars::keeps_holidays.eq(true)))
        .count()
        .get_result(c))?;
    let days: Vec<NaiveDate> = on!(tx.conn(), |c| holidays::table
        .filter(holidays::region_id.eq(region.id).and(holidays::kind.eq(HolidayKind::LiburNasional)))
        .select(holidays::day)
        .load(c))?;
    let (this, lacks) = (day.year(), |year| days.iter().all(|day| day.year() != year));
    let is_over = lacks(this);
    if keeping == 0 || !(is_over || day.month() >= AUTUMN && lacks(this + 1)) {
        return Ok(None);
    }
    let told = if is_over {
        say!("sla.lapse.holidays_none", region = region.name, year = this)
    } else {
        say!("sla.lapse.holidays_next", region = region.name, year = this + 1)
    };
    Ok(Some(Lapse { what: What::Holidays, is_over, told }))
}

fn ramadan(tx: &mut Tx<'_>, region: &Region, day: NaiveDate) -> Result<Option<Lapse>> {
    let Some(next) = Ramadan::next(day).filter(|next| day + Days::new(AHEAD) >= next.from) else { return Ok(None) };
    let Some(calendar) = default_of(tx, region.id)? else { return Ok(None) };
    let exceptions = calendar::definition(&calendar)?.exceptions;
    let covers = |e: &Exception, day| e.hours.is_some() && (e.from..=e.until).contains(&day);
    let keeps = |one: Ramadan| exceptions.iter().any(|e| covers(e, one.middle()));
    // A calendar that never had such hours, of shifts for one, needs none.
    let kept = (1..=PAST).filter_map(|years| Ramadan::of(next.year - years)).any(keeps);
    if keeps(next) || !(kept || calendar.code == SHIPPED) {
        return Ok(None);
    }
    let is_over = day >= next.from + Days::new(UNSURE);
    let (name, year, from) = (&region.name, next.year, next.from);
    let told = if is_over {
        say!("sla.lapse.ramadan_now", region = name, year = year)
    } else {
        say!("sla.lapse.ramadan_soon", region = name, year = year, day = from)
    };
    Ok(Some(Lapse { what: What::Ramadan, is_over, told }))
}

fn default_of(tx: &mut Tx<'_>, region: Id) -> Result<Option<Stored>> {
    Ok(on!(tx.conn(), |c| calendars::table
        .filter(calendars::region_id.eq(region).and(calendars::is_default.eq(true)))
        .select(Stored::as_select())
        .first(c)
        .optional())?)
}

fn agreement(tx: &mut Tx<'_>, region: &Region, day: NaiveDate) -> Result<Option<Lapse>> {
    let spans: Vec<(NaiveDate, Option<NaiveDate>)> = on!(tx.conn(), |c| agreements::table
        .filter(agreements::region_id.eq(region.id).and(agreements::consumer.eq(Consumer::Region)))
        .filter(agreements::valid_until.is_null().or(agreements::valid_until.ge(day)))
        .select((agreements::valid_from, agreements::valid_until))
        .load(c))?;
    // The first day on which none is in force.
    let mut open = day;
    while let Some((_, until)) = spans.iter().find(|(from, until)| *from <= open && until.is_none_or(|u| open <= u)) {
        let Some(next) = until.and_then(|until| until.succ_opt()) else { return Ok(None) };
        open = next;
    }
    let ends = open.pred_opt().unwrap_or(day);
    let is_over = open == day;
    if !is_over && day + Days::new(AHEAD) < ends {
        return Ok(None);
    }
    let told = if is_over {
        say!("sla.lapse.agreement_none", region = region.name)
    } else {
        say!("sla.lapse.agreement_ends", region = region.name, day = ends)
    };
    Ok(Some(Lapse { what: What::Agreement, is_over, told }))
}
