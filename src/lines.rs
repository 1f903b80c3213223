//! CSV files as spreadsheets write them, line by line; every fault is told by the line at which its record begins.

use crate::error::{Error, FieldError, Result};
use crate::say;
use csv::{Reader, ReaderBuilder, StringRecord};

/// Faults of a file that are told at most.
pub const FAULTS: usize = 200;

/// Lines of one file. It is one transaction, and whoever else wants to change something waits for it.
const LINES: usize = 5_000;

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
/// 400 if the file is no CSV in UTF-8 with these columns, 422 if it is too long; what `take` returns.
pub fn each(file: &[u8], columns: &[&str], mut take: impl FnMut(u64, Result<Line<'_>>) -> Result<bool>) -> Result<()> {
    let text = std::str::from_utf8(file).map_err(|_| Error::Malformed(say!("import.not_utf8")))?;
    let text = text.trim_start_matches('\u{feff}');
    // Spreadsheets of this country write semicolons.
    let delimiter = if text.lines().next().is_some_and(|l| l.contains(';') && !l.contains(',')) { b';' } else { b',' };
    let mut reader = reader(text, delimiter);
    let header = reader.headers().map_err(|_| Error::Malformed(say!("import.header")))?;
    let header: Vec<String> = header.iter().map(|name| name.trim().to_lowercase()).collect();
    // Spreadsheets write columns that were emptied; their cells must be empty too.
    let named = || header.iter().filter(|name| !name.is_empty());
    if let Some(unknown) = named().find(|name| !columns.contains(&name.as_str())) {
        return Err(Error::Malformed(say!("import.column", column = unknown, known = columns.join(", "))));
    }
    if let Some((_, twice)) = named().enumerate().find(|(n, name)| named().take(*n).any(|before| before == *name)) {
        return Err(Error::Malformed(say!("import.twice", column = twice)));
    }
    refuse_long(text, delimiter)?;
    let mut place = Place { text, at: 0, line: 1 };
    for record in reader.records() {
        let begin = record.as_ref().ok().and_then(|r| r.position()).map_or(0, csv::Position::byte);
        let line = match &record {
            Ok(record) if record.len() != header.len() => Err(Error::invalid("", say!("import.cells"))),
            Ok(record) => unnamed(&header, record).map(|()| Line { header: &header, record }),
            Err(_) => Err(Error::invalid("", say!("import.unreadable"))),
        };
        if !take(place.of(begin), line)? {
            break;
        }
    }
    Ok(())
}

/// Refuses what stands in a column without a name.
fn unnamed(header: &[String], record: &StringRecord) -> Result<()> {
    let mut cells = header.iter().zip(record);
    match cells.position(|(name, cell)| name.is_empty() && !cell.trim().is_empty()) {
        None => Ok(()),
        Some(before) => Err(Error::invalid("", say!("import.unnamed", place = before.saturating_add(1)))),
    }
}

fn reader(text: &str, delimiter: u8) -> Reader<&[u8]> {
    ReaderBuilder::new().delimiter(delimiter).flexible(true).from_reader(text.as_bytes())
}

fn refuse_long(text: &str, delimiter: u8) -> Result<()> {
    if reader(text, delimiter).into_byte_records().nth(LINES).is_some() {
        return Err(Error::invalid("/file", say!("import.long", most = LINES)));
    }
    Ok(())
}

/// A place in a file. It goes on from where it was: counted from the top for each record, a long file would take hours.
struct Place<'a> {
    text: &'a str,
    at: usize,
    line: u64,
}

impl Place<'_> {
    /// The line where the next record begins; cells may hold line breaks, and empty lines count for nothing else.
    fn of(&mut self, begin: u64) -> u64 {
        let begin = usize::try_from(begin).unwrap_or(usize::MAX);
        let rest = self.text.get(begin..).unwrap_or_default();
        let skipped = rest.len() - rest.trim_start_matches(['\r', '\n']).len();
        let here = begin.saturating_add(skipped).max(self.at);
        let passed = self.text.get(self.at..here).unwrap_or_default().matches('\n').count();
        self.line = self.line.saturating_add(u64::try_from(passed).unwrap_or(u64::MAX));
        self.at = here;
        self.line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // Counted from the top for each record, this took longer than anybody waits.
    #[test]
    fn a_record_is_told_by_its_line_however_much_lies_before_it() {
        let blank = "\n".repeat(800_000);
        let file = format!("name,role\n{blank}{}", "\"a\nb\",c\r\n\r\n".repeat(1_500));
        let mut begins = Vec::new();
        each(file.as_bytes(), &["name", "role"], |number, line| {
            line?;
            begins.push(number);
            Ok(true)
        })
        .unwrap();
        let expected: Vec<u64> = (0..1_500).map(|n| 800_002 + 3 * n).collect();
        assert_eq!(begins, expected);
    }
}
