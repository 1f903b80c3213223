//! Which organisations have no active Tier 1 (L4, T1), and who is left in those whose time is over.

use super::opd::Opd;
use super::{InRegion, region};
use crate::access::{May, Role, Tx, act};
use crate::db::Id;
use crate::db::lower::lower;
use crate::db::schema::{grants, opds, people};
use crate::error::Result;
use crate::on;
use diesel::dsl::{count, exists, not};
use diesel::prelude::*;
use serde::Serialize;
use std::collections::BTreeMap;

/// An organisation that nobody serves.
#[derive(Debug, Clone, Queryable, Serialize, utoipa::ToSchema)]
pub struct Uncovered {
    /// Code.
    #[schema(example = "bpbd")]
    pub code: String,
    /// Name.
    pub name: String,
    /// Kind.
    pub kind: String,
}

/// Which organisations are served.
#[derive(Debug, Clone)]
pub struct Coverage {
    /// Organisations in use.
    pub opds: i64,
    /// Those with an active Tier 1.
    pub covered: i64,
    /// Those without, by code.
    pub uncovered: Vec<Uncovered>,
}

/// Somebody who serves a desk of a region.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Member {
    /// The organisation whose Tier 1 he is; none for Tier 2.
    pub opd: Option<Id>,
    /// Who he is.
    pub id: Id,
    /// Name.
    pub name: String,
    /// Official address.
    pub email: String,
    /// Telephone.
    pub phone: Option<String>,
}

/// Who serves the desks of a region, by name; whoever serves several stands there for each.
///
/// # Errors
/// The database's.
pub fn members(tx: &mut Tx<'_>, may: &May<act::ReadCoverage, InRegion>) -> Result<Vec<Member>> {
    let region = may.get().0;
    Ok(on!(tx.conn(), |c| grants::table
        .inner_join(people::table)
        .filter(grants::region_id.eq(region).and(grants::revoked_at.is_null()))
        .filter(grants::role.eq(Role::Tier1).or(grants::role.eq(Role::Tier2)))
        .filter(people::active.eq(true))
        .select((grants::opd_id, people::id, people::name, people::email, people::phone))
        .order((lower(people::name), people::id, grants::opd_id))
        .load(c))?)
}

/// The report for a region.
pub fn report(tx: &mut Tx<'_>, may: &May<act::ReadCoverage, InRegion>) -> Result<Coverage> {
    let region = may.get().0;
    let opds_in_use: i64 = on!(tx.conn(), |c| opds::table
        .filter(opds::region_id.eq(region).and(opds::active.eq(true)))
        .count()
        .get_result(c))?;
    let uncovered: Vec<Uncovered> = on!(tx.conn(), |c| opds::table
        .filter(opds::region_id.eq(region).and(opds::active.eq(true)))
        .filter(not(exists(
            grants::table
                .inner_join(people::table)
                .filter(grants::opd_id.eq(opds::id.nullable()))
                .filter(grants::role.eq(Role::Tier1).and(grants::revoked_at.is_null()))
                .filter(people::active.eq(true)),
        )))
        .select((opds::code, opds::name, opds::kind))
        .order(opds::code)
        .load(c))?;
    let missing = i64::try_from(uncovered.len()).unwrap_or(i64::MAX);
    Ok(Coverage { opds: opds_in_use, covered: opds_in_use - missing, uncovered })
}

/// How many active people an organisation has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Staff {
    /// In whichever role.
    pub people: i64,
    /// In that of Tier 1.
    pub technicians: i64,
}

/// The organisations of a region whose time is over, by code, and who is left in them: whoever closes one moves nobody (T5).
///
/// # Errors
/// The database's.
pub fn over(tx: &mut Tx<'_>, may: &May<act::ReadCoverage, InRegion>) -> Result<Vec<(Opd, Staff)>> {
    let region = may.get().0;
    let today = region::by_id(tx, region)?.day(tx.now);
    let over: Vec<Opd> = on!(tx.conn(), |c| opds::table
        .filter(opds::region_id.eq(region).and(opds::active.eq(false).or(opds::valid_until.lt(today))))
        .select(Opd::as_select())
        .order(opds::code)
        .load(c))?;
    let staff = staff(tx, &over.iter().map(|opd| opd.id).collect::<Vec<_>>())?;
    let left = |opd: Opd| {
        let staff = staff.get(&opd.id).copied().unwrap_or_default();
        (opd, staff)
    };
    Ok(over.into_iter().map(left).collect())
}

/// How many active people each of these organisations has; those of which nobody is are not told.
///
/// # Errors
/// The database's.
pub fn staff(tx: &mut Tx<'_>, of: &[Id]) -> Result<BTreeMap<Id, Staff>> {
    let mut all: BTreeMap<Id, Staff> = BTreeMap::new();
    if of.is_empty() {
        return Ok(all);
    }
    for role in [None, Some(Role::Tier1)] {
        let counts: Vec<(Option<Id>, i64)> = on!(tx.conn(), |c| {
            let mut query = grants::table
                .inner_join(people::table)
                .group_by(grants::opd_id)
                .select((grants::opd_id, count(grants::person_id).aggregate_distinct()))
                .into_boxed::<Db>()
                .filter(grants::opd_id.eq_any(of.to_vec()).and(grants::revoked_at.is_null()))
                .filter(people::active.eq(true));
            if let Some(role) = role {
                query = query.filter(grants::role.eq(role));
            }
            query.load(c)
        })?;
        for (opd, people) in counts {
            let Some(opd) = opd else { continue };
            let staff = all.entry(opd).or_default();
            match role {
                None => staff.people = people,
                Some(_) => staff.technicians = people,
            }
        }
    }
    Ok(all)
}
