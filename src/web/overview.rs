//! The region at a glance (L8, P7, P8): how each organisation's desk keeps what was promised, this month.

use super::asked::ticket;
use super::behind::{age, queue, what};
use super::chart::{Bar, Chart, named};
use super::frame::Frame;
use super::render;
use super::row::Row;
use super::visit::{Shown, Visit};
use crate::access::Tx;
use crate::db::page::Paging;
use crate::error::{Error, Result};
use crate::mail::when;
use crate::message::Language;
use crate::org::coverage::Uncovered;
use crate::org::{in_own_region, region};
use crate::report::coverage::{self, Closed};
use crate::report::glance::{Glance, Standing, Week, glance};
use crate::report::sla::{Ask, RowKind, SlaReport, SlaReportRow, report};
use crate::report::tally::By;
use crate::report::{sheet, words};
use crate::say;
use crate::ticket::Status;
use crate::ticket::list::{Filter, Risk, Sort, list};
use crate::ticket::past::Did;
use crate::ticket::present::{self, Presented};
use actix_web::HttpResponse;
use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use actix_web::web::Query;
use askama::Template;
use chrono::{Datelike, NaiveDate};
use serde::Deserialize;
use std::borrow::Borrow;

/// Tickets whose deadline is nearest.
const NEAREST: i64 = 8;

/// Which month, and by what.
#[derive(Debug, Default, Deserialize)]
pub struct Asked {
    #[serde(default)]
    month: String,
    #[serde(default)]
    by: String,
}

#[derive(Template)]
#[template(path = "web/templates/overview.html")]
struct Page {
    frame: Frame,
    month: String,
    /// Where the monthly report is: of this month, or of the last that is whole while this one goes on.
    monthly: String,
    by: By,
    report: SlaReport,
    late: Vec<Row>,
    soon: Vec<Row>,
    /// Organisations without a Tier 1 (L4, T1).
    uncovered: Vec<Uncovered>,
    /// Organisations whose time is over, and in which something is left (T5).
    closed: Vec<Closed>,
    glance: Glance,
    charts: Charts,
    /// First and last day of the month, as addresses say them.
    days: (String, String),
    /// Ages, if the month is this one: a list shows those of now.
    ages: Vec<Age>,
    /// The month is this one: what is unfinished at its end is what is unfinished now.
    is_now: bool,
}

/// The drawings.
struct Charts {
    now: Chart,
    weeks: Chart,
    ages: Chart,
    flow: Chart,
}

/// Unfinished tickets of an age.
struct Age {
    name: String,
    tickets: i64,
    /// Where they are listed.
    place: Option<String>,
}

impl Page {
    /// Per cent of what was promised and done in time; none where nothing was due.
    fn kept(row: &SlaReportRow) -> Option<i64> {
        let all = row.met + row.missed;
        (all > 0).then(|| row.met * 100 / all)
    }

    fn length(&self, seconds: impl Borrow<Option<i64>>) -> String {
        seconds.borrow().map_or_else(|| "–".to_owned(), |seconds| self.frame.length(seconds))
    }

    fn without_tier1(&self) -> String {
        self.frame.say(&say!("web.overview.uncovered", tier1 = self.frame.terms.tier1))
    }

    /// What is left in an organisation whose time is over.
    fn left(&self, opd: &Closed) -> String {
        let (people, tickets) = (opd.people, opd.open_tickets.unwrap_or_default());
        self.frame.say(&say!("web.overview.left", people = people, tickets = tickets))
    }

    fn unfinished_of(opd: &Closed) -> String {
        queue(&[("status", "open"), ("opd", &opd.code)])
    }

    /// Where the tickets behind a figure are listed; of a group, only where the queue knows the group.
    fn behind(&self, did: Did, row: &SlaReportRow) -> Option<String> {
        let by = match (self.by, row.row) {
            (_, RowKind::Total) => "",
            (By::Opd, _) => "opd",
            (By::Service, _) => "service",
            (By::Priority, _) => "priority",
            (By::Tier | By::Technician, _) => return None,
        };
        let key = if row.row == RowKind::Total { "" } else { row.key.as_deref()? };
        let (from, to) = &self.days;
        Some(queue(&[("status", "all"), ("did", did.text()), ("from", from), ("to", to), (by, key)]))
    }

    /// Where what a group has not finished is listed, if the month is this one.
    fn unfinished(&self, row: &SlaReportRow, sla: &str) -> Option<String> {
        let (by, key) = match (self.by, row.key.as_deref()) {
            _ if !self.is_now => return None,
            _ if row.row == RowKind::Total => ("", ""),
            (By::Opd, Some(key)) => ("opd", key),
            (By::Service, Some(key)) => ("service", key),
            (By::Priority, Some(key)) => ("priority", key),
            (By::Tier, Some(key)) => ("tier", key),
            (By::Technician, Some(key)) => ("who", key),
            (By::Technician, None) => ("who", "none"),
            (_, None) => return None,
        };
        Some(queue(&[("status", "open"), (by, key), ("sla", sla)]))
    }

    /// How many of an organisation's unfinished tickets are overdue; none where that is not told.
    fn overdue(&self, row: &SlaReportRow) -> Option<String> {
        self.tells_overdue().then(|| self.frame.count(overdue(&self.glance, row)))
    }

    /// Organisations have what is overdue beside their figures, if the month is this one.
    fn tells_overdue(&self) -> bool {
        self.is_now && self.by == By::Opd
    }

    fn at_desk(standing: &Standing, sla: &str) -> String {
        let tier = standing.tier.to_string();
        queue(&[("status", "open"), ("opd", &standing.opd), ("tier", &tier), ("sla", sla)])
    }

    fn in_week(week: &Week, did: Did) -> String {
        let (from, to) = (week.from.to_string(), week.to.to_string());
        queue(&[("status", "all"), ("did", did.text()), ("from", &from), ("to", &to)])
    }

    fn in_month(&self, did: Did) -> String {
        let (from, to) = &self.days;
        queue(&[("status", "all"), ("did", did.text()), ("from", from), ("to", to)])
    }

    fn rating(&self, row: &SlaReportRow) -> String {
        words::rating(row, self.frame.language)
    }

    fn days_of(&self, week: &Week) -> String {
        when::days(week.from, week.to, self.frame.language)
    }

    fn meanings(&self) -> Vec<(String, String)> {
        words::meanings(&self.report, self.frame.language)
    }

    fn moved(&self, did: Did) -> String {
        self.frame.say(&what(did, &self.frame.terms))
    }

    fn chosen(&self, by: By) -> &'static str {
        if self.by == by { " selected" } else { "" }
    }
}

/// `GET /overview`.
pub async fn show(visit: Visit, asked: Query<Asked>) -> Shown {
    let html = visit
        .read(move |tx, frame| {
            may_watch(&frame)?;
            let (first, by, mut report) = counted(tx, &asked, frame.language)?;
            let late = nearest(tx, Risk::Overdue, &frame)?;
            let soon = nearest(tx, Risk::AtRisk, &frame)?;
            let coverage::Coverage { uncovered, closed, .. } = coverage::report(tx, &in_own_region(tx)?)?;
            let glance = glance(tx, first, last_of(first), frame.language)?;
            let is_now = region::own(tx)?.day(tx.now) <= last_of(first);
            if is_now && by == By::Opd {
                // Whoever needs a push comes first.
                report.rows.sort_by_key(|row| std::cmp::Reverse(overdue(&glance, row)));
            }
            let ages = ages(&report, &frame, is_now);
            let charts = Charts::new(&glance, &ages, &frame);
            let (month, days) = (first.format("%Y-%m").to_string(), (first.to_string(), last_of(first).to_string()));
            let asked = if is_now { String::new() } else { format!("?month={month}") };
            let monthly = format!("/reports/monthly{asked}");
            render(&Page {
                frame,
                month,
                monthly,
                by,
                report,
                late,
                soon,
                uncovered,
                closed,
                glance,
                charts,
                days,
                ages,
                is_now,
            })
        })
        .await?;
    Ok(visit.page(200, html))
}

/// `GET /overview.csv`: the same figures for a spreadsheet.
pub async fn sheet(visit: Visit, asked: Query<Asked>) -> Shown {
    let (month, csv) = visit
        .read(move |tx, frame| {
            may_watch(&frame)?;
            let (first, by, report) = counted(tx, &asked, frame.language)?;
            Ok((format!("sla-{by}-{}", first.format("%Y-%m")), sheet::export(tx, &report)?))
        })
        .await?;
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, "text/csv; charset=utf-8"))
        .insert_header((CONTENT_DISPOSITION, format!("attachment; filename=\"{month}.csv\"")))
        .body(csv))
}

/// Bars of the drawing of how things stand; the table has all of them.
const BARS: usize = 16;

impl Charts {
    fn new(glance: &Glance, ages: &[Age], frame: &Frame) -> Self {
        let n = |figure: i64| frame.count(figure);
        let mut worst: Vec<&Standing> = glance.standing.iter().collect();
        worst.sort_by_key(|s| std::cmp::Reverse((s.overdue, s.at_risk, s.open)));
        let now = worst.into_iter().take(BARS).map(|s| Bar {
            name: named(&s.name, &frame.desk(s.tier)),
            parts: vec![("bad", s.overdue), ("near", s.at_risk), ("good", s.open - s.overdue - s.at_risk)],
            figures: format!("▲{} ◆{} ●{}", n(s.overdue), n(s.at_risk), n(s.open - s.overdue - s.at_risk)),
        });
        let weeks = glance.weeks.iter().map(|w| Bar {
            name: format!("{}–{}", w.from.format("%d/%m"), w.to.format("%d/%m")),
            parts: vec![("good", w.met), ("bad", w.missed)],
            figures: format!("✓{} ✕{}", n(w.met), n(w.missed)),
        });
        let plain = |name: String, all: i64| Bar { name, parts: vec![("part", all)], figures: n(all) };
        // The table names the tiers too; a bar has no room for their whole names.
        let flow = [
            ("web.overview.flow_up", glance.flow.escalated),
            ("web.overview.flow_down", glance.flow.returned),
            ("web.behind.bounced", glance.flow.bounced),
        ];
        Self {
            now: Chart::new(frame.t("web.overview.now"), now.collect()),
            weeks: Chart::half(frame.t("web.overview.trend"), weeks.collect()),
            ages: Chart::half(
                frame.t("web.overview.age"),
                ages.iter().map(|a| plain(a.name.clone(), a.tickets)).collect(),
            ),
            flow: Chart::half(
                frame.t("web.overview.flow"),
                flow.into_iter().map(|(key, n)| plain(frame.t(key), n)).collect(),
            ),
        }
    }
}

fn ages(report: &SlaReport, frame: &Frame, is_now: bool) -> Vec<Age> {
    let total = &report.totals;
    let all =
        [total.backlog_1_day, total.backlog_3_days, total.backlog_7_days, total.backlog_30_days, total.backlog_older];
    let row = |(group, tickets): (usize, i64)| Age {
        name: frame.say(&age(group)),
        tickets,
        place: is_now.then(|| queue(&[("status", "open"), ("age", &group.to_string())])),
    };
    all.into_iter().enumerate().map(row).collect()
}

pub(super) fn may_watch(frame: &Frame) -> Result<()> {
    if frame.watches_over { Ok(()) } else { Err(Error::Forbidden(say!("forbidden.action"))) }
}

/// First day, grouping and figures of what was asked for.
fn counted(tx: &mut Tx<'_>, asked: &Asked, language: Language) -> Result<(NaiveDate, By, SlaReport)> {
    let today = region::own(tx)?.day(tx.now);
    let first = first_of(&asked.month, today)?;
    let by = if asked.by.is_empty() { By::Opd } else { By::from_text(&asked.by).ok_or(Error::NotFound)? };
    let report = report(tx, &Ask { from: first, to: last_of(first), opd: None }, by, language)?;
    Ok((first, by, report))
}

pub(super) fn first_of(month: &str, today: NaiveDate) -> Result<NaiveDate> {
    if month.is_empty() {
        return today.with_day(1).ok_or(Error::NotFound);
    }
    NaiveDate::parse_from_str(&format!("{month}-01"), "%Y-%m-%d").map_err(|_| Error::NotFound)
}

fn last_of(first: NaiveDate) -> NaiveDate {
    first.checked_add_months(chrono::Months::new(1)).and_then(|next| next.pred_opt()).unwrap_or(first)
}

/// How many of an organisation's unfinished tickets are overdue, at both desks.
fn overdue(glance: &Glance, row: &SlaReportRow) -> i64 {
    glance.standing.iter().filter(|s| Some(&s.opd) == row.key.as_ref()).map(|s| s.overdue).sum()
}

/// Those that come first; what is overdue counts whatever its status, as an incident that was solved and never reported.
fn nearest(tx: &mut Tx<'_>, risk: Risk, frame: &Frame) -> Result<Vec<Row>> {
    // Where all of them are listed, to which each leads back.
    let (status, all) = match risk {
        Risk::Overdue => (Vec::new(), "status=all&sla=overdue"),
        _ => (Status::OPEN.to_vec(), "sla=at_risk"),
    };
    let filter = Filter { status, sla: Some(risk), sort: Some(Sort::Due), ..Filter::default() };
    let page = list(tx, &filter, &Paging { limit: Some(NEAREST), cursor: None })?;
    let row = |p: Presented| {
        let place = ticket(&p.ticket.number, all);
        Row { place, ..Row::of_risk(Some(risk), p, frame) }
    };
    Ok(present::all(tx, page.items)?.into_iter().map(row).collect())
}
