//! A report as CSV (RFC 4180, UTF-8). The last line says how many rows there are, so that a file that was cut off is
//! noticed.

use super::sla::{SlaReport, SlaReportRow};
use crate::access::Tx;
use crate::audit;
use crate::check::is_format;
use crate::error::{Error, Result};
use serde_json::json;

/// What a report is called as a file: which days, and of which organisation if only one is counted.
#[must_use]
pub fn file_name(what: &str, report: &SlaReport, kind: &str) -> String {
    let whose = report.opd.as_ref().map(|opd| format!("-{}", opd.code)).unwrap_or_default();
    format!("{what}{whose}.{kind}")
}

/// As [`of`], for somebody who takes it away: the audit log tells of it, with the code of the organisation if only one is
/// counted.
///
/// # Errors
/// [`Error::Internal`] if it can't be written.
pub fn export(tx: &Tx<'_>, report: &SlaReport) -> Result<String> {
    note(tx, report, "csv");
    of(report)
}

/// Notes that somebody takes a report away: which days, of which organisation, in which form (P8).
pub(super) fn note(tx: &Tx<'_>, report: &SlaReport, format: &str) {
    let object = audit::Object { kind: "report", id: None, region: tx.actor.region };
    let SlaReport { from, to, by, .. } = report;
    let opd = report.opd.as_ref().map(|opd| &opd.code);
    let detail = json!({ "from": from, "to": to, "by": by, "opd": opd, "format": format });
    audit::witness(tx, "report.export", object, detail);
}

/// The rows and the total below the names of the columns.
///
/// # Errors
/// [`Error::Internal`] if they can't be written.
pub fn of(report: &SlaReport) -> Result<String> {
    Ok(format!("{}# rows: {}\n", written(report, harmless)?, report.rows.len() + 1))
}

/// The same as cells, for a file whose cells know that they are text; the names of the columns first.
///
/// # Errors
/// [`Error::Internal`] if they can't be written.
pub fn cells(report: &SlaReport) -> Result<Vec<Vec<String>>> {
    let text = written(report, str::to_owned)?;
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
    let record = |row: csv::Result<csv::StringRecord>| {
        row.map(|row| row.iter().map(str::to_owned).collect()).map_err(|e| Error::internal(format!("cells: {e}")))
    };
    reader.records().map(record).collect()
}

fn written(report: &SlaReport, safe: impl Fn(&str) -> String) -> Result<String> {
    let broken = |e: &dyn std::fmt::Display| Error::internal(format!("report as CSV: {e}"));
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in report.rows.iter().chain([&report.totals]) {
        let key = row.key.as_deref().map(&safe);
        let row = SlaReportRow { key, name: safe(&row.name), ..row.clone() };
        writer.serialize(row).map_err(|e| broken(&e))?;
    }
    let bytes = writer.into_inner().map_err(|e| broken(&e))?;
    String::from_utf8(bytes).map_err(|e| broken(&e))
}

/// A cell of which no spreadsheet takes anything for a formula: neither its beginning nor what follows a sign by which some
/// part cells, whatever the quotes say. Those of this country part them at `;`.
#[must_use]
pub fn harmless(cell: &str) -> String {
    let blank = |c: char| c.is_whitespace() || is_format(c);
    let begins = cell.trim_start_matches(' ').starts_with(['\t', '\r', '\n']);
    let mut safe = if begins { "'".to_owned() } else { String::new() };
    for part in cell.split_inclusive([';', '\t', '\r', '\n']) {
        if part.trim_start_matches(blank).starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']) {
            safe.push('\'');
        }
        safe.push_str(part);
    }
    safe
}
