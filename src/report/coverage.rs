//! The desks of a region's organisations: which have no Tier 1 (L4, T1), and what is left in those whose time is over (T5). A
//! reorganisation moves neither people nor tickets by itself, so whoever watches over the region is told until nothing is left.

use super::glance::unfinished;
use crate::access::{May, Role, Tx, act};
use crate::db::Id;
use crate::error::Result;
use crate::org::coverage::{self, Uncovered};
use crate::org::{InRegion, Opd};
use crate::ticket::count::by_desk;
use crate::ticket::list::Filter;
use serde::Serialize;
use std::collections::BTreeMap;

/// An organisation whose time is over, and what is left in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[schema(as = ClosedOpd)]
pub struct Closed {
    /// Code.
    #[schema(example = "dinkes")]
    pub code: String,
    /// Name.
    pub name: String,
    /// Active people with a role in it.
    pub people: i64,
    /// Those of them who are its Tier 1.
    pub technicians: i64,
    /// Its unfinished tickets, as far as the caller sees them; `null` for whoever sees none by his role.
    pub open_tickets: Option<i64>,
}

/// What the coverage report says.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Coverage {
    /// Organisations in use.
    pub opds: i64,
    /// Those with an active Tier 1.
    pub covered: i64,
    /// Those without, by code.
    pub uncovered: Vec<Uncovered>,
    /// Those whose time is over and in which people or unfinished tickets are left, by code.
    pub closed: Vec<Closed>,
}

/// The report for a region.
///
/// # Errors
/// The database's.
pub fn report(tx: &mut Tx<'_>, may: &May<act::ReadCoverage, InRegion>) -> Result<Coverage> {
    let coverage::Coverage { opds, covered, uncovered } = coverage::report(tx, may)?;
    Ok(Coverage { opds, covered, uncovered, closed: closed(tx, may)? })
}

/// The organisations whose time is over and in which something is left. Whoever sees none of the region's tickets is told of
/// people alone: counts are for whoever sees what is counted.
///
/// # Errors
/// The database's.
pub fn closed(tx: &mut Tx<'_>, may: &May<act::ReadCoverage, InRegion>) -> Result<Vec<Closed>> {
    let over = coverage::over(tx, may)?;
    if over.is_empty() {
        return Ok(Vec::new());
    }
    let sees = watches_over(tx);
    let mut open: BTreeMap<Id, i64> = BTreeMap::new();
    if sees {
        for (opd, _, tickets) in by_desk(tx, &unfinished())? {
            *open.entry(opd).or_default() += tickets;
        }
    }
    let told = over.into_iter().map(|(opd, staff)| Closed {
        open_tickets: sees.then(|| open.get(&opd.id).copied().unwrap_or_default()),
        code: opd.code,
        name: opd.name,
        people: staff.people,
        technicians: staff.technicians,
    });
    Ok(told.filter(|one| one.people > 0 || one.open_tickets.is_some_and(|tickets| tickets > 0)).collect())
}

/// The unfinished tickets of an organisation; none for whoever sees no tickets by his role.
///
/// # Errors
/// The database's.
pub fn open_tickets(tx: &mut Tx<'_>, opd: &Opd) -> Result<Option<i64>> {
    if !watches_over(tx) {
        return Ok(None);
    }
    let open = Filter { opd: Some(opd.code.clone()), ..unfinished() };
    Ok(Some(by_desk(tx, &open)?.iter().map(|(.., tickets)| tickets).sum()))
}

fn watches_over(tx: &Tx<'_>) -> bool {
    [Role::Coordinator, Role::Auditor].iter().any(|role| tx.actor.is(*role))
}
