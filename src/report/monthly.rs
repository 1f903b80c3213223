//! The report of a month for one organisation or the whole region: the form that goes to the head of the region through
//! the regional secretary (L16; P7 for the evaluation of services).

use super::glance::overdue;
use super::sla::{Ask, SlaReport, reports};
use super::tally::By;
use crate::access::Tx;
use crate::access::token::hex;
use crate::audit::checkpoint::Note;
use crate::audit::store;
use crate::db::{Id, Ts};
use crate::error::Result;
use crate::message::Language;
use crate::org::{opd, region};
use chrono::{Months, NaiveDate};

/// What the form shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Monthly {
    /// The regulation by which it is made, if the region names one.
    pub basis: Option<String>,
    /// By organisation; for one organisation by desk.
    pub main: SlaReport,
    /// Tickets that were overdue when it was made, whatever their status.
    pub overdue: i64,
    /// By service.
    pub services: SlaReport,
    /// By priority.
    pub priorities: SlaReport,
    /// The newest checkpoint of the audit log at that time, if there is one.
    pub stamp: Option<Stamp>,
}

/// A checkpoint as it stands on what is printed: so it leaves the machine (L13).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamp {
    /// Its number: so many entries.
    pub size: i64,
    /// Their root, in hexadecimal.
    pub root: String,
    /// When it was signed.
    pub signed_at: Ts,
    /// The signed note.
    pub note: String,
}

/// The newest checkpoint of a region.
///
/// # Errors
/// The database's.
pub fn stamp(tx: &mut Tx<'_>, region: Id) -> Result<Option<Stamp>> {
    let signed = store::newest(tx, region)?;
    Ok(signed.and_then(|signed| {
        let root = hex(&Note::parse(&signed.note)?.checkpoint.root);
        Some(Stamp { size: signed.size, root, signed_at: signed.signed_at, note: signed.note })
    }))
}

/// The first and last day of the month that begins on `first`.
#[must_use]
pub fn days(first: NaiveDate) -> (NaiveDate, NaiveDate) {
    let last = first.checked_add_months(Months::new(1)).and_then(|next| next.pred_opt()).unwrap_or(first);
    (first, last)
}

/// The report of the month that begins on `first`, of the tickets that the actor sees.
///
/// # Errors
/// 404 for somebody without a region, or an organisation that his region does not have.
pub fn monthly(tx: &mut Tx<'_>, first: NaiveDate, opd: Option<&str>, language: Language) -> Result<Monthly> {
    let region = region::own(tx)?;
    let overdue = overdue(tx, opd)?;
    let opd = opd.map(|code| opd::by_code(tx, region.id, code)).transpose()?;
    let (from, to) = days(first);
    let ask = Ask { from, to, opd: opd.as_ref() };
    let main = if opd.is_some() { By::Tier } else { By::Opd };
    let [main, services, priorities] = reports(tx, &ask, [main, By::Service, By::Priority], language)?;
    Ok(Monthly { main, services, priorities, stamp: stamp(tx, region.id)?, basis: region.report_basis(), overdue })
}
