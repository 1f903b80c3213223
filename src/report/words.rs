//! What figures are called: the same words over the columns of pages and workbooks and over their definitions, in the
//! reader's language. The names that programs read (JSON, CSV) stay as they are.

use super::sla::{SlaReport, SlaReportRow};
use crate::mail::when;
use crate::message::{Language, Say};
use crate::say;

type Word = (&'static str, fn() -> Say);

/// Columns in their order, and between them what is defined for several at once.
const WORDS: &[Word] = &[
    ("period", || say!("report.sheet.days")),
    ("groups", || say!("report.figure.groups")),
    ("row", || say!("report.figure.row")),
    ("key", || say!("report.figure.key")),
    ("name", || say!("web.overview.name")),
    ("opened", || say!("web.overview.opened")),
    ("cancelled", || say!("web.monthly.cancelled")),
    ("resolved", || say!("web.overview.resolved")),
    ("met", || say!("web.overview.kept")),
    ("missed", || say!("web.overview.missed")),
    ("waived", || say!("web.overview.waived")),
    ("percentiles", || say!("report.figure.percentiles")),
    ("resolution_median_seconds", || say!("report.figure.resolution_median")),
    ("resolution_p90_seconds", || say!("report.figure.resolution_p90")),
    ("first_response", || say!("explain.metric.first_response")),
    ("first_response_met", || say!("report.figure.response_met")),
    ("first_response_missed", || say!("report.figure.response_missed")),
    ("first_response_waived", || say!("report.figure.response_waived")),
    ("first_response_median_seconds", || say!("report.figure.response_median")),
    ("first_response_p90_seconds", || say!("report.figure.response_p90")),
    ("handovers", || say!("web.overview.handovers")),
    ("returns", || say!("web.overview.returns")),
    ("reopenings", || say!("web.overview.reopened")),
    ("ratings", || say!("web.overview.rated")),
    ("rating_stars", || say!("report.figure.stars")),
    ("backlog", || say!("web.overview.backlog")),
    ("backlog_1_day", || say!("report.figure.age_1")),
    ("backlog_3_days", || say!("report.figure.age_3")),
    ("backlog_7_days", || say!("report.figure.age_7")),
    ("backlog_30_days", || say!("report.figure.age_30")),
    ("backlog_older", || say!("report.figure.age_older")),
];

/// A column in words; one that has none goes by its name.
#[must_use]
pub fn column(name: &str, language: Language) -> String {
    let word = WORDS.iter().find(|(known, _)| *known == name);
    word.map_or_else(|| name.to_owned(), |(_, say)| say().text(language))
}

/// What each figure is called and means, in the order of the columns.
#[must_use]
pub fn meanings(report: &SlaReport, language: Language) -> Vec<(String, String)> {
    let told = |(name, say): &Word| Some((say().text(language), report.definitions.get(name)?.clone()));
    WORDS.iter().filter_map(told).collect()
}

/// What requesters thought of it: "4,5 dari 5 (12)"; a dash where nobody rated.
#[must_use]
pub fn rating(row: &SlaReportRow, language: Language) -> String {
    if row.ratings == 0 {
        return "–".to_owned();
    }
    let tenths = (row.rating_stars * 20 / row.ratings + 1) / 2;
    let point = match language {
        Language::Id => ',',
        Language::En => '.',
    };
    let average = format!("{}{point}{}", tenths / 10, tenths % 10);
    say!("web.overview.rating", average = average, count = language.count(row.ratings)).text(language)
}

/// The days of a report: "1–31 Oktober 2026 (WIB)".
#[must_use]
pub fn period(report: &SlaReport, language: Language) -> String {
    let days = when::days(report.from, report.to, language);
    format!("{days} ({})", when::zone_name(&report.zone, report.to))
}
