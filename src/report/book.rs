//! A report as a workbook (ECMA-376). Its cells know that they are text or numbers: no name of anything is ever a formula.

use super::sheet::{cells, note};
use super::sla::{RowKind, SlaReport};
use super::words;
use crate::access::Tx;
use crate::error::{Error, Result};
use crate::mail::when;
use crate::message::Language;
use crate::say;
use rust_xlsxwriter::{Format, Workbook, Worksheet, XlsxError};

/// Of a workbook.
pub const MEDIA_TYPE: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
/// Columns of words; all others are numbers.
const WORDS: usize = 3;

/// As [`of`], for somebody who takes it away: the audit log tells of it.
///
/// # Errors
/// [`Error::Internal`] if it can't be written.
pub fn export(tx: &Tx<'_>, report: &SlaReport, language: Language) -> Result<Vec<u8>> {
    note(tx, report, "xlsx");
    of(report, language)
}

/// The rows and the total on a first sheet; what is needed to count them again on a second.
///
/// # Errors
/// [`Error::Internal`] if it can't be written.
pub fn of(report: &SlaReport, language: Language) -> Result<Vec<u8>> {
    written(report, language).map_err(|e| Error::internal(format!("report as a workbook: {e}")))
}

fn written(report: &SlaReport, language: Language) -> std::result::Result<Vec<u8>, Box<dyn std::error::Error>> {
    let mut book = Workbook::new();
    let bold = Format::new().set_bold();
    let sheet = book.add_worksheet();
    sheet.set_name(say!("report.sheet.figures").text(language))?;
    sheet.set_freeze_panes(1, 0)?;
    for (y, row) in cells(report)?.iter().enumerate() {
        for (x, cell) in row.iter().enumerate() {
            let (y, x) = (u32::try_from(y)?, u16::try_from(x)?);
            match cell.parse::<i32>() {
                _ if y == 0 => sheet.write_string_with_format(y, x, words::column(cell, language), &bold)?,
                _ if x == 0 => sheet.write_string(y, x, kind(cell, language))?,
                Ok(number) if usize::from(x) >= WORDS => sheet.write_number(y, x, number)?,
                _ => sheet.write_string(y, x, cell)?,
            };
        }
    }
    let sheet = book.add_worksheet();
    sheet.set_name(say!("report.sheet.sources").text(language))?;
    sheet.set_column_width(1, 100)?;
    sources(sheet, report, language)?;
    Ok(book.save_to_buffer()?)
}

/// A group, or all of them together.
fn kind(row: &str, language: Language) -> String {
    let is_total = row == RowKind::Total.text();
    if is_total { say!("report.total").text(language) } else { say!("report.figure.group").text(language) }
}

fn sources(sheet: &mut Worksheet, report: &SlaReport, language: Language) -> std::result::Result<(), XlsxError> {
    let whole = || say!("web.monthly.whole").text(language);
    let mut rows = vec![
        (say!("report.sheet.region").text(language), report.region.to_string()),
        (say!("web.overview.by_opd").text(language), report.opd.as_ref().map_or_else(whole, ToString::to_string)),
        (say!("report.sheet.days").text(language), words::period(report, language)),
        (say!("report.sheet.made").text(language), when::when(report.generated_at, &report.zone, language)),
    ];
    for agreement in &report.agreements {
        let name = format!("{} ({}), v{}", agreement.name, agreement.code, agreement.version);
        rows.push((say!("report.sheet.agreement").text(language), name));
    }
    for calendar in &report.calendars {
        let name = format!("{} ({}), {}, {}", calendar.name, calendar.code, calendar.edition, calendar.zone);
        rows.push((say!("report.sheet.calendar").text(language), name));
    }
    rows.extend(words::meanings(report, language));
    for (y, (name, value)) in (0..).zip(rows) {
        sheet.write_string(y, 0, name)?;
        sheet.write_string(y, 1, value)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::Ts;
    use crate::report::sla::{self, PlaceName, SlaReportRow};
    use crate::report::tally::{By, Tally};
    use std::io::Read as _;

    fn part(bytes: &[u8], name: &str) -> String {
        let mut book = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
        let mut text = String::new();
        book.by_name(name).unwrap().read_to_string(&mut text).unwrap();
        text
    }

    fn row(kind: RowKind, name: &str) -> SlaReportRow {
        sla::row(kind, None, name.to_owned(), &Tally { opened: 7, ..Tally::default() })
    }

    // L16
    #[test]
    fn names_are_text_and_never_a_formula_and_figures_are_numbers() {
        let evil = ["=1+1", "+1", "-1", "@SUM(A1)", "12"];
        let report = SlaReport {
            from: chrono::NaiveDate::default(),
            to: chrono::NaiveDate::default(),
            region: PlaceName { code: "lebak".into(), name: "Kabupaten Lebak".into() },
            opd: None,
            zone: "Asia/Jakarta".into(),
            by: By::Opd,
            generated_at: Ts::new(chrono::DateTime::UNIX_EPOCH),
            definitions: [("opened", "=2+2".to_owned())].into(),
            agreements: Vec::new(),
            calendars: Vec::new(),
            rows: evil.iter().map(|name| row(RowKind::Group, name)).collect(),
            totals: row(RowKind::Total, "Jumlah"),
        };
        let bytes = of(&report, Language::Id).unwrap();
        let (figures, words) = (part(&bytes, "xl/worksheets/sheet1.xml"), part(&bytes, "xl/sharedStrings.xml"));
        for name in evil {
            assert!(words.contains(&format!("<t>{name}</t>")), "{name}: {words}");
        }
        assert!(words.contains("<t>=2+2</t>"));
        // The names of columns and figures are the reader's words.
        for (theirs, ours) in [("Dibuat", "opened"), ("Belum selesai", "backlog"), ("Kelompok", "group")] {
            assert!(words.contains(&format!("<t>{theirs}</t>")), "{theirs}: {words}");
            assert!(!words.contains(&format!("<t>{ours}</t>")), "{ours}: {words}");
        }
        let english = part(&of(&report, Language::En).unwrap(), "xl/sharedStrings.xml");
        assert!(english.contains("<t>Opened</t>"), "{english}");
        for sheet in ["xl/worksheets/sheet1.xml", "xl/worksheets/sheet2.xml"] {
            assert!(!part(&bytes, sheet).contains("<f>"), "{sheet}");
        }
        assert_eq!(figures.matches("<v>7</v>").count(), 6 + figures.matches("t=\"s\"><v>7</v>").count());
    }
}
