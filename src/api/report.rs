//! Reports.

use super::answer::Answer;
use super::call::{Call, Reply};
use super::extract::Query;
use crate::report::sheet;
use crate::report::sla::{Ask, report};
use crate::report::tally::By;
use chrono::NaiveDate;
use serde::Deserialize;

crate::text_enum! {
    /// How a report is written.
    pub enum Format {
        /// With definitions and all that is needed to count it again.
        Json = "json",
        /// The rows, for a spreadsheet.
        Csv = "csv",
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
    /// JSON if left out.
    #[param(inline)]
    format: Option<Format>,
}

/// `GET /reports/sla`.
pub async fn sla(call: Call, Query(query): Query<SlaReportQuery>) -> Reply {
    let language = call.language;
    call.read(move |tx| {
        let ask = Ask { from: query.from, to: query.to, by: query.by };
        let report = report(tx, &ask, language)?;
        if query.format != Some(Format::Csv) {
            return Ok(Answer::ok(&report));
        }
        let name = format!("sla-{}-{}-{}.csv", ask.by, ask.from, ask.to);
        Ok(Answer::file("text/csv; charset=utf-8", name, sheet::export(tx, &report)?))
    })
    .await
}
