//! Import of organisations and people from CSV: all lines or none, with every fault told by its line.

use super::mailed_link::{self, Post, Why};
use super::nip::Nip;
use super::person::Target;
use super::{InRegion, grant, link, opd, person, region};
use crate::access::{May, Role, Tx, act};
use crate::db::{Expected, plan_anew};
use crate::error::{Error, FieldError, Result};
use crate::lines::{self, FAULTS, Line, LineFault};
use crate::patch::Patch;
use crate::say;

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
    /// What became of each line that could be taken.
    pub taken: Vec<Taken>,
}

/// A line that could be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// Line of the file; the header is line 1.
    pub line: u64,
    /// What it is about.
    pub name: String,
    /// A new entry; else one that was there.
    pub is_new: bool,
}

/// Runs an import and keeps it only if no line has a fault and it is not a rehearsal.
pub fn run(tx: &mut Tx<'_>, rehearse: bool, import: impl FnOnce(&mut Tx<'_>) -> Result<Outcome>) -> Result<Outcome> {
    plan_anew(tx.conn())?;
    tx.attempt(|outcome: &Outcome| !rehearse && outcome.faults.is_empty(), import)
}

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
            mailbox: Patch::named(line.get("mailbox")),
            mandiri_tik: flag(line, "mandiri_tik")?,
            is_provider: flag(line, "is_provider")?,
            ..opd::Fields::default()
        };
        let code = fields.code.clone().unwrap_or_default();
        match opd::by_code(tx, may.get().0, &code) {
            Ok(_) => opd::change(tx, may, &code, &fields, Expected::any()).map(|_| Entry::Changed),
            Err(Error::NotFound) => opd::create(tx, may, &fields).map(|_| Entry::Created),
            Err(e) => Err(e),
        }
    })
}

/// Imports people, and mails a link with which he sets his password to each new one, and to whoever is there already and has
/// neither a password nor a link that works; columns `name,email` and, if wanted, `nip,phone,language,role,opd`. The spreadsheet
/// must keep `nip` as text.
///
/// # Errors
/// 400 if the file is no CSV in UTF-8 with these columns.
pub fn people(tx: &mut Tx<'_>, may: &May<act::KeepPeople, InRegion>, file: &[u8], post: Post<'_>) -> Result<Outcome> {
    const COLUMNS: &[&str] = &["name", "email", "nip", "phone", "language", "role", "opd"];
    let region = region::by_id(tx, may.get().0)?;
    each_line(tx, file, COLUMNS, |tx, line| {
        let fields = person::Fields {
            name: line.get("name"),
            email: line.get("email"),
            nip: Patch::named(line.get("nip")),
            phone: line.get("phone"),
            language: line.get("language"),
            ..person::Fields::default()
        };
        let known = match &fields.email {
            Some(email) => person::by_address(tx, &email.to_lowercase())?.filter(|p| p.region_id == Some(region.id)),
            None => None,
        };
        let (who, entry) = if let Some(known) = known {
            refuse_other_nip(&known, &fields)?;
            let role = grant::highest(tx, known.id)?;
            let may = crate::access::check::<act::KeepPeople, _>(&tx.actor, Target { person: known, role })?;
            // The address says who is meant; naming it in a change would say that it works.
            let fields = person::Fields { email: None, ..fields };
            let person = person::change(tx, may, &fields, Expected::any())?.0;
            // Whoever has a password costs no statement.
            if person.password_hash.is_none() && !link::missing(tx, Some(person.id))?.is_empty() {
                mailed_link::send(tx, &person, Why::Listed, post)?;
            }
            (person, Entry::Changed)
        } else {
            let person = person::create(tx, may, &fields)?;
            mailed_link::send(tx, &person, Why::Listed, post)?;
            (person, Entry::Created)
        };
        if let Some(role) = line.get("role") {
            let role = Role::from_text(&role).ok_or_else(|| Error::invalid("/role", say!("grant.unknown_role")))?;
            give(tx, who, role, line.get("opd").as_deref())?;
        }
        Ok(entry)
    })
}

/// The address says who is meant. With another NIP it is somebody else's by now, whom this line would let into the account
/// of whoever had it before him; one that is entered for the first time, or nowhere, says nothing of the kind.
fn refuse_other_nip(known: &person::Person, fields: &person::Fields) -> Result<()> {
    let (Some(held), Patch::Set(named)) = (&known.nip, &fields.nip) else { return Ok(()) };
    // One that can't be is told as such.
    match Nip::parse(named) {
        Ok(nip) if nip.doubt().is_none() && nip.as_str() != held => {
            let place = format!("/admin/people/{}", known.id);
            Err(Error::invalid("/nip", say!("person.other_nip", name = known.name, place = place)))
        }
        _ => Ok(()),
    }
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
    grant::give(tx, may, opd, &Expected::any()).map(drop)
}

enum Entry {
    Created,
    Changed,
}

fn flag(line: &Line<'_>, column: &str) -> Result<Option<bool>> {
    match line.get(column).as_deref() {
        None => Ok(None),
        Some("true" | "1" | "ya" | "yes") => Ok(Some(true)),
        Some("false" | "0" | "tidak" | "no") => Ok(Some(false)),
        Some(_) => Err(Error::invalid(format!("/{column}"), say!("import.flag"))),
    }
}

fn each_line(
    tx: &mut Tx<'_>,
    file: &[u8],
    columns: &[&str],
    mut take: impl FnMut(&mut Tx<'_>, &Line<'_>) -> Result<Entry>,
) -> Result<Outcome> {
    let mut outcome = Outcome::default();
    lines::each(file, columns, |number, line| {
        outcome.lines += 1;
        let mut name = String::new();
        let result = line.and_then(|line| {
            name = line.get("name").unwrap_or_default();
            if line.cells().any(|cell| cell.contains('\0')) {
                return Err(Error::invalid("", say!("field.nul")));
            }
            tx.attempt(|_| true, |tx| take(tx, &line))
        });
        match result {
            Ok(entry) => {
                let is_new = matches!(entry, Entry::Created);
                if is_new {
                    outcome.created += 1;
                } else {
                    outcome.changed += 1;
                }
                outcome.taken.push(Taken { line: number, name, is_new });
            }
            Err(error) => outcome.faults.extend(faults(number, error)?),
        }
        Ok(outcome.faults.len() < FAULTS)
    })?;
    Ok(outcome)
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
