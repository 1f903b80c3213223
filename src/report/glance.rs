//! The region at a glance (L8, L16, P7, P8): how things stand now, how tickets went between the desks, and how what was
//! promised was kept week by week. Each figure counts tickets, so that a list can show those behind it.

use super::sla::{Ask, SlaReportRow, rows, scan};
use super::tally::{By, Period, Tallies};
use crate::access::Tx;
use crate::db::Id;
use crate::error::Result;
use crate::message::Language;
use crate::org::{opd, region};
use crate::sla::Metric;
use crate::ticket::Status;
use crate::ticket::count::by_desk;
use crate::ticket::figures::{Span, StepKind};
use crate::ticket::list::{Filter, Risk};
use chrono::{Days, NaiveDate, Weekday};
use std::collections::BTreeMap;

/// Weeks of the trend.
const WEEKS: usize = 8;

/// How an organisation's tickets stand at one desk, now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Code of the organisation.
    pub opd: String,
    /// Its name.
    pub name: String,
    /// The desk: 1 or 2.
    pub tier: i32,
    /// Unfinished tickets.
    pub open: i64,
    /// Those of which a deadline is near, and none missed.
    pub at_risk: i64,
    /// Those that are overdue: what was answered or solved too late once is not.
    pub overdue: i64,
}

/// How tickets of which a resolution clock stopped in a week were solved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Week {
    /// Monday.
    pub from: NaiveDate,
    /// Sunday.
    pub to: NaiveDate,
    /// In time.
    pub met: i64,
    /// Too late, and not waived.
    pub missed: i64,
}

/// How many tickets went between the desks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Flow {
    /// Handed to Tier 2.
    pub escalated: i64,
    /// Handed back to Tier 1.
    pub returned: i64,
    /// Both.
    pub bounced: i64,
}

/// All of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Glance {
    /// Where something is unfinished, by name and desk.
    pub standing: Vec<Standing>,
    /// Tickets that are overdue just now, whatever their status.
    pub overdue: i64,
    /// Of the days that were asked for.
    pub flow: Flow,
    /// The service quality of each desk in those days.
    pub desks: Vec<SlaReportRow>,
    /// The weeks up to the end of those days, or up to now.
    pub weeks: Vec<Week>,
}

/// What the actor's tickets come to, in these days of his region.
///
/// # Errors
/// 404 for somebody without a region.
pub fn glance(tx: &mut Tx<'_>, from: NaiveDate, to: NaiveDate, language: Language) -> Result<Glance> {
    let region = region::own(tx)?;
    let now = tx.now;
    let bounds = |from, to| Ask { from, to, opd: None }.period(&region, now);
    let period = bounds(from, to);
    let mut weeks = weeks(to.min(region.day(tx.now)));
    let first = weeks.first().map_or(from, |week| week.from).min(from);
    let bounds: Vec<Period> = weeks.iter().map(|week| bounds(week.from, week.to)).collect();
    let (mut tallies, mut flow) = (Tallies::new(By::Tier, period), Flow::default());
    let until = period.until.max(bounds.last().map_or(period.until, |last| last.until));
    let span = Span { from: region.begin_of(first), until, opd: None };
    scan(tx, span, |ticket, clocks| {
        let inside: Vec<_> = clocks.iter().filter(|clock| period.has(clock.at)).copied().collect();
        tallies.add(ticket, &inside);
        let moved = |kind| ticket.steps.iter().any(|step| step.kind == kind && period.has(step.at));
        let (up, down) = (moved(StepKind::Escalated), moved(StepKind::Returned));
        flow.escalated += i64::from(up);
        flow.returned += i64::from(down);
        flow.bounced += i64::from(up && down);
        if ticket.cancelled {
            return;
        }
        let solutions = || clocks.iter().filter(|clock| clock.metric == Metric::Resolution);
        for (week, bound) in weeks.iter_mut().zip(&bounds) {
            // A ticket that was solved, reopened and solved again in one week is one ticket.
            week.met += i64::from(solutions().any(|clock| bound.has(clock.at) && !clock.missed));
            week.missed += i64::from(solutions().any(|clock| bound.has(clock.at) && clock.missed && !clock.waived));
        }
    })?;
    let (groups, _) = tallies.done();
    let desks = rows(tx, By::Tier, &region, groups, language)?;
    Ok(Glance { standing: standing(tx)?, overdue: overdue(tx, None)?, flow, desks, weeks })
}

/// The weeks from Monday to Sunday of which the last holds `last`.
fn weeks(last: NaiveDate) -> Vec<Week> {
    let monday = last.week(Weekday::Mon).checked_first_day().unwrap_or(last);
    let week = |back: usize| {
        let from = monday.checked_sub_days(Days::new(7 * u64::try_from(back).ok()?))?;
        Some(Week { from, to: from.checked_add_days(Days::new(6))?, met: 0, missed: 0 })
    };
    (0..WEEKS).rev().filter_map(week).collect()
}

/// Where something is unfinished, by name and desk.
///
/// # Errors
/// The database's.
pub(super) fn standing(tx: &mut Tx<'_>) -> Result<Vec<Standing>> {
    let mut found: BTreeMap<(Id, i32), [i64; 3]> = BTreeMap::new();
    for (place, sla) in [None, Some(Risk::AtRisk), Some(Risk::Overdue)].into_iter().enumerate() {
        for (opd, tier, tickets) in by_desk(tx, &Filter { sla, ..unfinished() })? {
            if let Some(figure) = found.entry((opd, tier)).or_default().get_mut(place) {
                *figure = tickets;
            }
        }
    }
    let ids: Vec<Id> = found.keys().map(|(opd, _)| *opd).collect();
    let names: BTreeMap<Id, (String, String)> =
        opd::names(tx, &ids)?.into_iter().map(|(id, code, name)| (id, (code, name))).collect();
    let told = |((id, tier), [open, at_risk, overdue]): (_, [i64; 3])| {
        let (opd, name) = names.get(&id).cloned().unwrap_or_default();
        Standing { opd, name, tier, open, at_risk, overdue }
    };
    let mut all: Vec<Standing> = found.into_iter().map(told).collect();
    all.sort_by(|a, b| (&a.name, a.tier).cmp(&(&b.name, b.tier)));
    Ok(all)
}

/// Of how many tickets a clock is past its deadline just now, also of solved ones, such as an incident that was not reported;
/// of one organisation if its code is named. One that ended too late is missed, and overdue no more.
///
/// # Errors
/// The database's.
pub fn overdue(tx: &mut Tx<'_>, opd: Option<&str>) -> Result<i64> {
    let filter = Filter { sla: Some(Risk::Overdue), opd: opd.map(str::to_owned), ..Filter::default() };
    Ok(by_desk(tx, &filter)?.iter().map(|(_, _, tickets)| tickets).sum())
}

/// What is not solved, closed or cancelled.
pub(super) fn unfinished() -> Filter {
    Filter { status: Status::OPEN.to_vec(), ..Filter::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_of_eight_weeks_holds_the_day_that_was_asked_for() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        for (last, from, to) in [
            ("2026-03-31", "2026-03-30", "2026-04-05"),
            ("2026-03-30", "2026-03-30", "2026-04-05"),
            ("2026-03-29", "2026-03-23", "2026-03-29"),
        ] {
            let weeks = weeks(day(last));
            assert_eq!(weeks.len(), WEEKS);
            assert_eq!((weeks[7].from, weeks[7].to), (day(from), day(to)));
            assert!(weeks.windows(2).all(|pair| pair[0].to.succ_opt() == Some(pair[1].from)));
        }
    }
}
