//! The monthly report as a form to print (L16, P7): A4, with room for signatures, and at its foot what each figure means
//! and by which versions it was counted. The same rows come as CSV and as a workbook.

use super::frame::Frame;
use super::overview::{first_of, may_watch};
use super::visit::{Shown, Visit};
use super::{choices, moment, render};
use crate::access::Tx;
use crate::error::Result;
use crate::message::Say;
use crate::org::region;
use crate::report::monthly::{Monthly, Stamp, days, monthly};
use crate::report::sla::SlaReportRow;
use crate::report::{book, sheet, words};
use crate::say;
use crate::sla::explain::{AgreementName, CalendarName};
use actix_web::HttpResponse;
use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use actix_web::web::Query;
use askama::Template;
use chrono::{Months, NaiveDate};
use serde::Deserialize;
use std::borrow::Borrow;

/// Which month, and of which organisation; the whole region if none is named.
#[derive(Debug, Default, Deserialize)]
pub struct Asked {
    #[serde(default)]
    month: String,
    #[serde(default)]
    opd: String,
}

#[derive(Template)]
#[template(path = "web/templates/monthly.html")]
struct Page {
    frame: Frame,
    report: Monthly,
    month: String,
    /// In words; of a month that is not over, until when.
    named: String,
    opd: String,
    /// Code and name.
    choices: Vec<(String, String)>,
}

impl Page {
    fn kept(row: &SlaReportRow) -> String {
        let all = row.met + row.missed;
        if all > 0 { format!("{}%", row.met * 100 / all) } else { "–".to_owned() }
    }

    fn length(&self, seconds: impl Borrow<Option<i64>>) -> String {
        seconds.borrow().map_or_else(|| "–".to_owned(), |seconds| self.frame.length(seconds))
    }

    fn main_title(&self) -> String {
        self.frame.say(&if self.report.main.opd.is_some() {
            say!("web.overview.by_tier")
        } else {
            say!("web.overview.by_opd")
        })
    }

    fn stamped(&self, stamp: &Stamp) -> String {
        let when = self.frame.exactly(stamp.signed_at);
        self.frame.say(&say!("web.audit.stamp", size = stamp.size, when = when, root = stamp.root))
    }

    fn rating(&self) -> String {
        words::rating(&self.report.main.totals, self.frame.language)
    }

    fn version(&self, agreement: &AgreementName) -> String {
        self.frame.say(&say!("web.monthly.version", name = agreement.name, version = agreement.version))
    }

    fn edition(&self, calendar: &CalendarName) -> String {
        self.frame.say(&say!("web.monthly.edition", name = calendar.name, edition = calendar.edition))
    }

    fn basis(&self) -> Option<String> {
        self.report.basis.as_ref().map(|basis| self.frame.say(&say!("web.monthly.law", basis = basis)))
    }

    fn period(&self) -> String {
        words::period(&self.report.main, self.frame.language)
    }

    fn meanings(&self) -> Vec<(String, String)> {
        words::meanings(&self.report.main, self.frame.language)
    }

    fn to_whom(&self) -> String {
        self.frame.say(&to_whom(&self.report.main.region.name))
    }
}

/// Whom the law lets it go to, by the kind of region that the name tells.
fn to_whom(region: &str) -> Say {
    let of = |kind: &str| region.strip_prefix(kind).map(str::trim).map(str::to_owned);
    if let Some(name) = of("Kabupaten ") {
        return say!("web.monthly.to_regent", name = name);
    }
    if let Some(name) = of("Kota ") {
        return say!("web.monthly.to_mayor", name = name);
    }
    if let Some(name) = of("Provinsi ") {
        return say!("web.monthly.to_governor", name = name);
    }
    say!("web.monthly.to_head", name = region)
}

/// A month in words; of one that is not over, how much of it there is.
fn named(first: NaiveDate, today: NaiveDate, frame: &Frame) -> String {
    let month = moment::month(first, frame.language);
    let (from, to) = days(first);
    if today < from {
        frame.say(&say!("web.monthly.not_begun", month = month))
    } else if today <= to {
        frame.say(&say!("web.monthly.so_far", month = month, day = frame.day(today)))
    } else {
        month
    }
}

/// The month before this one if none is asked for: the last that is whole.
fn first(tx: &mut Tx<'_>, asked: &Asked) -> Result<NaiveDate> {
    let today = region::own(tx)?.day(tx.now);
    let this = first_of(&asked.month, today)?;
    Ok(if asked.month.is_empty() { this.checked_sub_months(Months::new(1)).unwrap_or(this) } else { this })
}

fn counted(tx: &mut Tx<'_>, asked: &Asked, frame: &Frame) -> Result<(NaiveDate, Monthly)> {
    may_watch(frame)?;
    let first = first(tx, asked)?;
    let opd = Some(asked.opd.as_str()).filter(|code| !code.is_empty());
    Ok((first, monthly(tx, first, opd, frame.language)?))
}

/// `GET /reports/monthly`.
pub async fn show(visit: Visit, asked: Query<Asked>) -> Shown {
    let html = visit
        .read(move |tx, frame| {
            let (first, report) = counted(tx, &asked, &frame)?;
            let choices = choices::opds_ever(tx)?;
            let month = first.format("%Y-%m").to_string();
            let named = named(first, region::own(tx)?.day(tx.now), &frame);
            render(&Page { frame, report, month, named, opd: asked.opd.clone(), choices })
        })
        .await?;
    Ok(visit.page(200, html))
}

/// `GET /reports/monthly.csv`.
pub async fn csv(visit: Visit, asked: Query<Asked>) -> Shown {
    let file = visit
        .read(move |tx, frame| {
            let (first, report) = counted(tx, &asked, &frame)?;
            Ok((name(first, &report, "csv"), sheet::export(tx, &report.main)?))
        })
        .await?;
    Ok(saved("text/csv; charset=utf-8", file.0, file.1.into_bytes()))
}

/// `GET /reports/monthly.xlsx`.
pub async fn xlsx(visit: Visit, asked: Query<Asked>) -> Shown {
    let (name, bytes) = visit
        .read(move |tx, frame| {
            let (first, report) = counted(tx, &asked, &frame)?;
            Ok((name(first, &report, "xlsx"), book::export(tx, &report.main, frame.language)?))
        })
        .await?;
    Ok(saved(book::MEDIA_TYPE, name, bytes))
}

fn name(first: NaiveDate, report: &Monthly, kind: &str) -> String {
    sheet::file_name(&format!("laporan-{}", first.format("%Y-%m")), &report.main, kind)
}

fn saved(media_type: &'static str, name: String, bytes: Vec<u8>) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, media_type))
        .insert_header((CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")))
        .body(bytes)
}
