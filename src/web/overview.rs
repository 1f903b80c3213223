//! The region at a glance (L8, P7, P8): how each organisation's desk keeps what was promised, this month.

use super::frame::Frame;
use super::queue::Row;
use super::render;
use super::visit::{Shown, Visit};
use crate::access::{Tx, act, check};
use crate::db::page::Paging;
use crate::error::{Error, Result};
use crate::message::Language;
use crate::org::coverage::{self, Uncovered};
use crate::org::{InRegion, region};
use crate::report::sheet;
use crate::report::sla::{Ask, SlaReport, SlaReportRow, report};
use crate::report::tally::By;
use crate::say;
use crate::ticket::list::{Filter, Risk, Sort, list};
use crate::ticket::{Status, present};
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
    by: By,
    report: SlaReport,
    late: Vec<Row>,
    soon: Vec<Row>,
    /// Organisations without a Tier 1 (L4, T1).
    uncovered: Vec<Uncovered>,
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

    fn chosen(&self, by: By) -> &'static str {
        if self.by == by { " selected" } else { "" }
    }
}

/// `GET /overview`.
pub async fn show(visit: Visit, asked: Query<Asked>) -> Shown {
    let html = visit
        .read(move |tx, frame| {
            may_watch(&frame)?;
            let (first, by, report) = counted(tx, &asked, frame.language)?;
            let late = nearest(tx, Risk::Breached, &frame)?;
            let soon = nearest(tx, Risk::AtRisk, &frame)?;
            let may = check::<act::ReadCoverage, _>(&tx.actor, InRegion(tx.actor.region()?))?;
            let uncovered = coverage::report(tx, &may)?.uncovered;
            render(&Page { frame, month: first.format("%Y-%m").to_string(), by, report, late, soon, uncovered })
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

fn may_watch(frame: &Frame) -> Result<()> {
    if frame.watches_over { Ok(()) } else { Err(Error::Forbidden(say!("forbidden.action"))) }
}

/// First day, grouping and figures of what was asked for.
fn counted(tx: &mut Tx<'_>, asked: &Asked, language: Language) -> Result<(NaiveDate, By, SlaReport)> {
    let today = region::own(tx)?.day(tx.now);
    let first = first_of(&asked.month, today)?;
    let by = if asked.by.is_empty() { By::Opd } else { By::from_text(&asked.by).ok_or(Error::NotFound)? };
    let report = report(tx, &Ask { from: first, to: last_of(first), by }, language)?;
    Ok((first, by, report))
}

fn first_of(month: &str, today: NaiveDate) -> Result<NaiveDate> {
    if month.is_empty() {
        return today.with_day(1).ok_or(Error::NotFound);
    }
    NaiveDate::parse_from_str(&format!("{month}-01"), "%Y-%m-%d").map_err(|_| Error::NotFound)
}

fn last_of(first: NaiveDate) -> NaiveDate {
    first.checked_add_months(chrono::Months::new(1)).and_then(|next| next.pred_opt()).unwrap_or(first)
}

fn nearest(tx: &mut Tx<'_>, risk: Risk, frame: &Frame) -> Result<Vec<Row>> {
    let status = vec![Status::New, Status::InProgress, Status::Pending];
    let filter = Filter { status, sla: Some(risk), sort: Some(Sort::Due), ..Filter::default() };
    let page = list(tx, &filter, &Paging { limit: Some(NEAREST), cursor: None })?;
    Ok(present::all(tx, page.items)?.into_iter().map(|p| Row::new(p, frame)).collect())
}
