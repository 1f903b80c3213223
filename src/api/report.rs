//! Reports.

use super::answer::Answer;
use super::call::{Call, Reply};
use super::extract::Query;
use crate::org::opd;
use crate::report::sla::{Ask, report};
use crate::report::tally::By;
use crate::report::{book, sheet};
use chrono::NaiveDate;
use serde::Deserialize;

crate::text_enum! {
    /// How a report is written.
    pub enum Format {
        /// With definitions and all that is needed to count it again.
        Json = "json",
        /// The rows, for a spreadsheet.
        Csv = "csv",
        /// The rows as a workbook (ECMA-376), and on a second sheet what is needed to count them again.
        Xlsx = "xlsx",
    }
}

/// What to report.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SlaReportQuery {
    /// First day, by the region's clocks.
    #[param(example = "2026-03-01")]
    from: NaiveDate,
    /// Last day, included; at most five years after the first.
    #[param(example = "2026-03-31")]
    to: NaiveDate,
    /// By what to group.
    #[param(inline)]
    by: By,
    /// Code of the only organisation to count; 404 if the region has none.
    #[param(max_length = 64)]
    opd: Option<String>,
    /// JSON if left out.
    #[param(inline)]
    format: Option<Format>,
}

/// `GET /reports/sla`.
pub async fn sla(call: Call, Query(query): Query<SlaReportQuery>) -> Reply {
    let language = call.language;
    call.read(move |tx| {
        let region = tx.actor.region()?;
        let opd = query.opd.as_deref().map(|code| opd::by_code(tx, region, code)).transpose()?;
        let ask = Ask { from: query.from, to: query.to, opd: opd.as_ref() };
        let report = report(tx, &ask, query.by, language)?;
        let name = |kind| sheet::file_name(&format!("sla-{}-{}-{}", query.by, ask.from, ask.to), &report, kind);
        Ok(match query.format {
            None | Some(Format::Json) => Answer::ok(&report),
            Some(Format::Csv) => Answer::file("text/csv; charset=utf-8", name("csv"), sheet::export(tx, &report)?),
            Some(Format::Xlsx) => Answer::file(book::MEDIA_TYPE, name("xlsx"), book::export(tx, &report, language)?),
        })
    })
    .await
}
