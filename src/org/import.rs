//! Import of organisations and people from CSV: all lines or none, with every fault told by its line.

use super::person::Target;
use super::{InRegion, grant, opd, person, region};
use crate::access::{May, Role, Tx, act};
use crate::error::{Error, FieldError, Result};
use crate::say;
use csv::{ReaderBuilder, StringRecord};

/// A fault in a file.
#[derive(Debug, Clone)]
pub struct LineFault {
    /// Line of the file; the header is line 1.
    pub line: u64,
    /// What is wrong, by column.
    pub fault: FieldError,
}

/// What an import did, or would do.
#[derive(Debug, Clone, Default)]
pub struct Outcome {
    /// Lines read, without the header.
    pub lines: u64,
    /// New entries.
    pub created: u64,
    /// Entries that were there and were brought up to date.
    pub changed: u64,
    /// Faults; with any, nothing was stored.
    pub faults: Vec<LineFault>,
}

/// Runs an import and keeps it only if no line has a fault and it is not a rehearsal.
pub fn run(tx: &mut Tx<'_>, rehearse: bool, import: impl FnOnce(&mut Tx<'_>) -> Result<Outcome>) -> Result<Outcome> {
    tx.attempt(|outcome: &Outcome| !rehearse && outcome.faults.is_empty(), import)
}

/// Faults that are told at most.
const FAULTS: usize = 200;

/// Imports organisations; columns `code,name,kind` and, if wanted, `short_name,mailbox,mandiri_tik,is_provider`.
///
/// # Errors
/// 400 if the file is no CSV in UTF-8 with these columns.
pub fn opds(tx: &mut Tx<'_>, may: &May<act::KeepOpds, InRegion>, file: &[u8]) -> Result<Outcome> {
    const COLUMNS: &[&str] = &["code", "name", "kind", "short_name", "mailbox", "mandiri_tik", "is_provider", "source"];
    each_line(tx, file, COLUMNS, |tx, line| {
        let fields = opd::Fields {
            code: line.get("code"),
            name: line.get("name"),
            kind: line.get("kind"),
            short_name: line.get("short_name"),
            mailbox: line.get("mailbox"),
            mandiri_tik: line.flag("mandiri_tik")?,
            is_provider: line.flag("is_provider")?,
            ..opd::Fields::default()
        };
        let code = fields.code.clone().unwrap_or_default();
        match opd::by_code(tx, may.get().0, &code) {
            Ok(_) => opd::change(tx, may, &code, &fields, None).map(|_| Entry::Changed),
            Err(Error::NotFound) => opd::create(tx, may, &fields).map(|_| Entry::Created),
            Err(e) => Err(e),
        }
    })
}

/// Imports people; columns `name,email` and, if wanted, `nip,phone,language,role,opd`. The spreadsheet must keep
/// `nip` as text.
///
/// # Errors
/// 400 if the file is no CSV in UTF-8 with these columns.
pub fn people(tx: &mut Tx<'_>, may: &May<act::KeepPeople, InRegion>, file: &[u8]) -> Result<Outcome> {
    const COLUMNS: &[&str] = &["name", "email", "nip", "phone", "language", "role", "opd"];
    let region = region::by_id(tx, may.get().0)?;
    each_line(tx, file, COLUMNS, |tx, line| {
        let fields = person::Fields {
            name: line.get("name"),
            email: line.get("email"),
            nip: line.get("nip"),
            phone: line.get("phone"),
            language: line.get("language"),
            active: None,
        };
        let known = match &fields.email {
            Some(email) => person::by_login(tx, Some(region.id), email)?,
            None => None,
        };
        let (who, entry) = match known {
            Some(known) => {
                let role = grant::highest(tx, known.id)?;
                let may = crate::access::check::<act::KeepPeople, _>(&tx.actor, Target { person: known, role })?;
                (person::change(tx, may, &fields, None)?.0, Entry::Changed)
            }
            None => (person::create(tx, may, &fields)?, Entry::Created),
        };
        if let Some(role) = line.get("role") {
            let role = Role::from_text(&role).ok_or_else(|| Error::invalid("/role", say!("grant.unknown_role")))?;
            give(tx, who, role, line.get("opd").as_deref())?;
        }
        Ok(entry)
    })
}

fn give(tx: &mut Tx<'_>, person: person::Person, role: Role, opd: Option<&str>) -> Result<()> {
    let id = person.id;
    let may = crate::access::check::<act::Grant, _>(&tx.actor, Target { person, role })?;
    let held = grant::of(tx, &[id])?;
    let region = may.get().person.region_id;
    let wanted = match (opd, region) {
        (Some(code), Some(region)) => opd::by_code(tx, region, code).ok().map(|o| o.id),
        _ => None,
    };
    if held.iter().any(|g| g.role == role && g.opd_id == wanted) {
        return Ok(());
    }
    grant::give(tx, may, opd).map(drop)
}

enum Entry {
    Created,
    Changed,
}

struct Line<'a> {
    header: &'a [String],
    record: &'a StringRecord,
}

impl Line<'_> {
    /// The value of a column; none if it is absent or empty.
    fn get(&self, column: &str) -> Option<String> {
        let place = self.header.iter().position(|name| name == column)?;
        self.record.get(place).map(str::trim).filter(|v| !v.is_empty()).map(str::to_owned)
    }

    fn flag(&self, column: &str) -> Result<Option<bool>> {
        match self.get(column).as_deref() {
            None => Ok(None),
            Some("true" | "1" | "ya" | "yes") => Ok(Some(true)),
            Some("false" | "0" | "tidak" | "no") => Ok(Some(false)),
            Some(_) => Err(Error::invalid(format!("/{column}"), say!("import.flag"))),
        }
    }
}

fn each_line(
    tx: &mut Tx<'_>,
    file: &[u8],
    columns: &[&str],
    mut take: impl FnMut(&mut Tx<'_>, &Line<'_>) -> Result<Entry>,
) -> Result<Outcome> {
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
    let mut outcome = Outcome::default();
    for record in reader.records() {
        outcome.lines += 1;
        let begin = record.as_ref().ok().and_then(|r| r.position()).map_or(0, csv::Position::byte);
        let result = match &record {
            Ok(record) if record.len() != header.len() => Err(Error::invalid("", say!("import.cells"))),
            Ok(record) if record.iter().any(|cell| cell.contains('\0')) => Err(Error::invalid("", say!("field.nul"))),
            Ok(record) => tx.attempt(|_| true, |tx| take(tx, &Line { header: &header, record })),
            Err(_) => Err(Error::invalid("", say!("import.unreadable"))),
        };
        match result {
            Ok(Entry::Created) => outcome.created += 1,
            Ok(Entry::Changed) => outcome.changed += 1,
            Err(error) => outcome.faults.extend(faults(line_at(text, begin), error)?),
        }
        if outcome.faults.len() >= FAULTS {
            break;
        }
    }
    Ok(outcome)
}

/// The line of a file where a record begins; cells may hold line breaks, and empty lines count for nothing else.
fn line_at(text: &str, begin: u64) -> u64 {
    let begin = usize::try_from(begin).unwrap_or(usize::MAX);
    let rest = text.get(begin..).unwrap_or_default();
    let skipped = rest.len() - rest.trim_start_matches(['\r', '\n']).len();
    let before = text.get(..begin.saturating_add(skipped)).unwrap_or(text);
    u64::try_from(before.matches('\n').count()).unwrap_or(u64::MAX).saturating_add(1)
}

/// What a line's error says to whoever sent the file; anything else ends the import.
fn faults(line: u64, error: Error) -> Result<Vec<LineFault>> {
    let one = |detail| vec![FieldError { pointer: String::new(), detail }];
    let faults = match error {
        Error::Invalid(faults) => faults,
        Error::Conflict(detail) | Error::Forbidden(detail) => one(detail),
        Error::NotFound => one(say!("opd.unknown")),
        other => return Err(other),
    };
    Ok(faults.into_iter().map(|fault| LineFault { line, fault }).collect())
}
