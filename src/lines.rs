//! CSV files as spreadsheets write them, line by line; every fault is told by the line at which its record begins.

use crate::error::{Error, FieldError, Result};
use crate::say;
use csv::{ReaderBuilder, StringRecord};

/// Faults of a file that are told at most.
pub const FAULTS: usize = 200;

/// A fault in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineFault {
    /// Line of the file; the header is line 1.
    pub line: u64,
    /// What is wrong, by column.
    pub fault: FieldError,
}

/// A line below the header.
pub struct Line<'a> {
    header: &'a [String],
    record: &'a StringRecord,
}

impl Line<'_> {
    /// The value of a column; none if it is absent or empty.
    #[must_use]
    pub fn get(&self, column: &str) -> Option<String> {
        let place = self.header.iter().position(|name| name == column)?;
        self.record.get(place).map(str::trim).filter(|v| !v.is_empty()).map(str::to_owned)
    }

    /// Every cell, as it stands.
    pub fn cells(&self) -> impl Iterator<Item = &str> {
        self.record.iter()
    }
}

/// Gives `take` the number of each line, and the line or why it can't be read, until that says `false`.
///
/// # Errors
/// 400 if the file is no CSV in UTF-8 with these columns; what `take` returns.
pub fn each(file: &[u8], columns: &[&str], mut take: impl FnMut(u64, Result<Line<'_>>) -> Result<bool>) -> Result<()> {
    let text = std::str::from_utf8(file).map_err(|_| Error::Malformed(say!("import.not_utf8")))?;
    let text = text.trim_start_matches('\u{feff}');
    // Spreadsheets of this country write semicolons.
    let delimiter = if text.lines().next().is_some_and(|l| l.contains(';') && !l.contains(',')) { b';' } else { b',' };
    let mut reader = ReaderBuilder::new().delimiter(delimiter).flexible(true).from_reader(text.as_bytes());
    let header = reader.headers().map_err(|_| Error::Malformed(say!("import.header")))?;
    let header: Vec<String> = header.iter().map(|name| name.trim().to_lowercase()).collect();
    if let Some(unknown) = header.iter().find(|name| !columns.contains(&name.as_str())) {
        return Err(Error::Malformed(say!("import.column", column = unknown, known = columns.join(", "))));
    }
    for record in reader.records() {
        let begin = record.as_ref().ok().and_then(|r| r.position()).map_or(0, csv::Position::byte);
        let line = match &record {
            Ok(record) if record.len() != header.len() => Err(Error::invalid("", say!("import.cells"))),
            Ok(record) => Ok(Line { header: &header, record }),
            Err(_) => Err(Error::invalid("", say!("import.unreadable"))),
        };
        if !take(line_at(text, begin), line)? {
            break;
        }
    }
    Ok(())
}

/// The line of a file where a record begins; cells may hold line breaks, and empty lines count for nothing else.
fn line_at(text: &str, begin: u64) -> u64 {
    let begin = usize::try_from(begin).unwrap_or(usize::MAX);
    let rest = text.get(begin..).unwrap_or_default();
    let skipped = rest.len() - rest.trim_start_matches(['\r', '\n']).len();
    let before = text.get(..begin.saturating_add(skipped)).unwrap_or(text);
    u64::try_from(before.matches('\n').count()).unwrap_or(u64::MAX).saturating_add(1)
}
