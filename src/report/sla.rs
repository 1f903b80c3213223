//! How the service level agreements were kept in a span of days: the report to the coordinator, the auditor and the
//! regent (L8, L16, P7, P8), for each reader of the tickets that he sees.

use super::tally::{By, Key, Period, Tallies, Tally};
use crate::access::Tx;
use crate::catalog::words::Priority;
use crate::check::Checks;
use crate::db::{Id, Ts};
use crate::error::{Error, Result};
use crate::message::Language;
use crate::org::{Opd, Region, opd, person, region};
use crate::sla::explain::{AgreementName, CalendarName};
use crate::sla::figures as clocks;
use crate::ticket::figures as tickets;
use crate::worktime::check_day;
use crate::{catalog, say};
use chrono::{Months, NaiveDate};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Tickets that are read at once.
const PAGE: i64 = 500;
/// Years of a report at most.
const YEARS: u32 = 5;

/// What is asked for: days by the region's clocks, both included.
#[derive(Debug, Clone, Copy)]
pub struct Ask<'a> {
    /// First day.
    pub from: NaiveDate,
    /// Last day.
    pub to: NaiveDate,
    /// Of this organisation alone.
    pub opd: Option<&'a Opd>,
}

crate::text_enum! {
    /// What a row stands for.
    pub enum RowKind {
        /// One group.
        Group = "group",
        /// All groups together.
        Total = "total",
    }
}

/// Figures of a group; `definitions` says what each means. The same fields are the columns of the CSV.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct SlaReportRow {
    /// One group, or all together.
    pub row: RowKind,
    /// Code of the organisation or service, tier, priority, or the technician's id; `null` for none, and in the total.
    pub key: Option<String>,
    /// Its name.
    pub name: String,
    /// Tickets opened.
    pub opened: i64,
    /// Tickets cancelled.
    pub cancelled: i64,
    /// Resolutions.
    pub resolved: i64,
    /// Resolution clocks that stopped in time.
    pub met: i64,
    /// Resolution clocks that stopped too late.
    pub missed: i64,
    /// Resolution clocks that stopped too late and were waived.
    pub waived: i64,
    /// Median of the seconds that they counted.
    pub resolution_median_seconds: Option<i64>,
    /// 90th percentile of the seconds that they counted.
    pub resolution_p90_seconds: Option<i64>,
    /// First response clocks that stopped in time.
    pub first_response_met: i64,
    /// First response clocks that stopped too late.
    pub first_response_missed: i64,
    /// First response clocks that stopped too late and were waived.
    pub first_response_waived: i64,
    /// Median of the seconds that they counted.
    pub first_response_median_seconds: Option<i64>,
    /// 90th percentile of the seconds that they counted.
    pub first_response_p90_seconds: Option<i64>,
    /// Hand-overs to Tier 2.
    pub handovers: i64,
    /// Returns to Tier 1.
    pub returns: i64,
    /// Reopenings.
    pub reopenings: i64,
    /// Ratings that requesters gave.
    pub ratings: i64,
    /// Their stars in all, 1 to 5 each: divided by `ratings`, the average.
    pub rating_stars: i64,
    /// Unfinished tickets at the end.
    pub backlog: i64,
    /// Those up to a day old.
    pub backlog_1_day: i64,
    /// Those over a day and up to 3 days old.
    pub backlog_3_days: i64,
    /// Those over 3 and up to 7 days old.
    pub backlog_7_days: i64,
    /// Those over 7 and up to 30 days old.
    pub backlog_30_days: i64,
    /// Those over 30 days old.
    pub backlog_older: i64,
}

/// A region or an organisation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct PlaceName {
    /// Code.
    #[schema(example = "dinkes")]
    pub code: String,
    /// Name.
    #[schema(example = "Dinas Kesehatan")]
    pub name: String,
}

impl std::fmt::Display for PlaceName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({})", self.name, self.code)
    }
}

/// The report, with all that is needed to count it again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct SlaReport {
    /// First day.
    pub from: NaiveDate,
    /// Last day.
    pub to: NaiveDate,
    /// Of which region.
    pub region: PlaceName,
    /// Of which organisation alone; `null` where all were counted.
    pub opd: Option<PlaceName>,
    /// Whose days these are.
    #[schema(example = "Asia/Jakarta")]
    pub zone: String,
    /// By what is grouped.
    pub by: By,
    /// When it was made.
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    pub generated_at: Ts,
    /// What each figure means, in the language asked for.
    #[schema(value_type = BTreeMap<String, String>)]
    pub definitions: BTreeMap<&'static str, String>,
    /// Versions of agreements by which the clocks counted.
    pub agreements: Vec<AgreementName>,
    /// Editions of calendars by which the clocks counted.
    pub calendars: Vec<CalendarName>,
    /// Groups in which there is something to tell, by name; tiers and priorities by key.
    pub rows: Vec<SlaReportRow>,
    /// All groups together.
    pub totals: SlaReportRow,
}

impl Ask<'_> {
    fn check(&self) -> Result<()> {
        let mut checks = Checks::new();
        for (pointer, day) in [("/from", self.from), ("/to", self.to)] {
            check_day(&mut checks, pointer, day);
        }
        checks.ensure(self.from <= self.to, "/to", || say!("field.dates"));
        let end = self.from.checked_add_months(Months::new(12 * YEARS));
        checks.ensure(end.is_none_or(|end| self.to < end), "/to", || say!("report.long", years = YEARS));
        checks.done()
    }

    pub(super) fn period(&self, region: &Region, now: Ts) -> Period {
        let until = region.begin_of(self.to.succ_opt().unwrap_or(self.to));
        Period { from: region.begin_of(self.from), until, looked_at: now.min(until) }
    }
}

/// The report on the tickets that the actor sees, grouped by `by`.
///
/// # Errors
/// 404 for somebody without a region; 422 for days in the wrong order or too far apart.
pub fn report(tx: &mut Tx<'_>, ask: &Ask<'_>, by: By, language: Language) -> Result<SlaReport> {
    let [report] = reports(tx, ask, [by], language)?;
    Ok(report)
}

/// The same tickets grouped in several ways, for which they are read once.
///
/// # Errors
/// As [`report`].
pub fn reports<const N: usize>(
    tx: &mut Tx<'_>,
    ask: &Ask<'_>,
    by: [By; N],
    language: Language,
) -> Result<[SlaReport; N]> {
    let region = region::own(tx)?;
    ask.check()?;
    let period = ask.period(&region, tx.now);
    let mut tallies = by.map(|by| Tallies::new(by, period));
    let (mut versions, mut editions) = (BTreeSet::new(), BTreeSet::new());
    let span = tickets::Span { from: period.from, until: period.until, opd: ask.opd.map(|opd| opd.id) };
    scan(tx, span, |ticket, clocks| {
        for tally in &mut tallies {
            tally.add(ticket, clocks);
        }
        for clock in clocks.iter().filter(|_| !ticket.cancelled) {
            versions.insert(clock.version);
            editions.insert(clock.edition);
        }
    })?;
    let (agreements, calendars) = clocks::names(tx, &versions, &editions)?;
    let mut all = Vec::new();
    for (by, tally) in by.into_iter().zip(tallies) {
        let (groups, total) = tally.done();
        all.push(SlaReport {
            from: ask.from,
            to: ask.to,
            opd: ask.opd.map(|opd| PlaceName { code: opd.code.clone(), name: opd.name.clone() }),
            by,
            generated_at: tx.now,
            definitions: definitions(language),
            agreements: agreements.clone(),
            calendars: calendars.clone(),
            rows: rows(tx, by, &region, groups, language)?,
            totals: row(RowKind::Total, None, say!("report.total").text(language), &total),
            region: PlaceName { code: region.code.clone(), name: region.name.clone() },
            zone: region.time_zone.clone(),
        });
    }
    all.try_into().map_err(|_| Error::internal("a report of each grouping"))
}

/// Shows `each` every ticket that the actor sees and a report on this span counts, with its clocks that stopped in it.
pub(super) fn scan(
    tx: &mut Tx<'_>,
    span: tickets::Span,
    mut each: impl FnMut(&tickets::Figure, &[clocks::Stopped]),
) -> Result<()> {
    for part in tickets::Part::ALL {
        let mut after = None;
        loop {
            let (page, last) = tickets::page(tx, part, span, after, PAGE)?;
            let ids: Vec<Id> = page.iter().map(|t| t.id).collect();
            let mut stopped: HashMap<Id, Vec<clocks::Stopped>> = HashMap::new();
            for clock in clocks::stopped(tx, &ids, span.from, span.until)? {
                stopped.entry(clock.ticket).or_default().push(clock);
            }
            for ticket in &page {
                each(ticket, &stopped.remove(&ticket.id).unwrap_or_default());
            }
            after = last.filter(|_| i64::try_from(page.len()).is_ok_and(|n| n == PAGE));
            if after.is_none() {
                break;
            }
        }
    }
    Ok(())
}

/// The groups by their names, which people look for; tiers and priorities in the order of their keys.
pub(super) fn rows(
    tx: &mut Tx<'_>,
    by: By,
    region: &Region,
    groups: BTreeMap<Key, Tally>,
    language: Language,
) -> Result<Vec<SlaReportRow>> {
    let none = say!("report.none").text(language);
    let ids: Vec<Id> = groups.keys().filter_map(|k| if let Key::Of(id) = k { Some(*id) } else { None }).collect();
    let names: HashMap<Id, (String, String)> = match by {
        By::Opd => opd::names(tx, &ids)?.into_iter().map(|(id, code, name)| (id, (code, name))).collect(),
        By::Service => catalog::names(tx, &ids)?.into_iter().map(|(id, code, name)| (id, (code, name))).collect(),
        By::Technician => person::briefs(tx, &ids)?.into_iter().map(|p| (p.id, (p.id.to_string(), p.name))).collect(),
        By::Tier | By::Priority => HashMap::new(),
    };
    let terms = region.terms();
    let mut rows = Vec::new();
    for (key, tally) in &groups {
        let (key, name) = match key {
            Key::Of(id) => names.get(id).cloned().map_or((None, none.clone()), |(key, name)| (Some(key), name)),
            Key::Word("1") => (Some("1".into()), terms.tier1.clone()),
            Key::Word("2") => (Some("2".into()), terms.tier2.clone()),
            Key::Word(word) => {
                let name = Priority::from_text(word).map(|priority| priority.named().text(language));
                (Some((*word).to_owned()), name.unwrap_or_default())
            }
            Key::None => (None, none.clone()),
        };
        rows.push(row(RowKind::Group, key, name, tally));
    }
    let by_name = !matches!(by, By::Tier | By::Priority);
    rows.sort_by(|a, b| {
        let place = |r: &SlaReportRow| {
            // What has a name is looked for by it; tiers and priorities have an order of their own.
            let first = if by_name { Some(r.name.clone()) } else { r.key.clone() };
            (r.key.is_none(), first, r.key.clone())
        };
        place(a).cmp(&place(b))
    });
    Ok(rows)
}

pub(super) fn row(kind: RowKind, key: Option<String>, name: String, t: &Tally) -> SlaReportRow {
    let [day, three, week, month, older] = t.backlog;
    SlaReportRow {
        row: kind,
        key,
        name,
        opened: t.opened,
        cancelled: t.cancelled,
        resolved: t.resolved,
        met: t.resolution.met,
        missed: t.resolution.missed,
        waived: t.resolution.waived,
        resolution_median_seconds: t.resolution.percentile(50),
        resolution_p90_seconds: t.resolution.percentile(90),
        first_response_met: t.first_response.met,
        first_response_missed: t.first_response.missed,
        first_response_waived: t.first_response.waived,
        first_response_median_seconds: t.first_response.percentile(50),
        first_response_p90_seconds: t.first_response.percentile(90),
        handovers: t.handovers,
        returns: t.returns,
        reopenings: t.reopenings,
        ratings: t.ratings,
        rating_stars: t.stars,
        backlog: t.backlog.iter().sum(),
        backlog_1_day: day,
        backlog_3_days: three,
        backlog_7_days: week,
        backlog_30_days: month,
        backlog_older: older,
    }
}

fn definitions(language: Language) -> BTreeMap<&'static str, String> {
    let all = [
        ("period", say!("report.definition.period")),
        ("groups", say!("report.definition.groups")),
        ("opened", say!("report.definition.opened")),
        ("cancelled", say!("report.definition.cancelled")),
        ("resolved", say!("report.definition.resolved")),
        ("met", say!("report.definition.met")),
        ("missed", say!("report.definition.missed")),
        ("waived", say!("report.definition.waived")),
        ("first_response", say!("report.definition.first_response")),
        ("percentiles", say!("report.definition.percentiles")),
        ("handovers", say!("report.definition.handovers")),
        ("returns", say!("report.definition.returns")),
        ("reopenings", say!("report.definition.reopenings")),
        ("ratings", say!("report.definition.ratings")),
        ("backlog", say!("report.definition.backlog")),
    ];
    all.into_iter().map(|(figure, say)| (figure, say.text(language))).collect()
}
