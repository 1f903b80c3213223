//! Agreements and calendars of a region, by code.

use super::agreement::Agreement;
use super::calendar::Stored;
use crate::access::{May, Tx, act};
use crate::db::Id;
use crate::db::page::{Page, Paging};
use crate::db::schema::{agreements, calendars, opd_calendars};
use crate::error::Result;
use crate::on;
use crate::org::InRegion;
use diesel::prelude::*;

/// A page of calendars.
pub fn calendars(tx: &mut Tx<'_>, may: &May<act::ReadAgreements, InRegion>, paging: &Paging) -> Result<Page<Stored>> {
    let (region, limit) = (may.get().0, paging.limit()?);
    let after = paging.after::<String>()?.unwrap_or_default();
    let rows = on!(tx.conn(), |c| calendars::table
        .filter(calendars::region_id.eq(region).and(calendars::code.gt(after)))
        .select(Stored::as_select())
        .order(calendars::code)
        .limit(limit + 1)
        .load(c))?;
    Ok(Page::cut(rows, limit, |one| one.code.clone()))
}

/// A page of agreements.
pub fn agreements(
    tx: &mut Tx<'_>,
    may: &May<act::ReadAgreements, InRegion>,
    paging: &Paging,
) -> Result<Page<Agreement>> {
    let (region, limit) = (may.get().0, paging.limit()?);
    let after = paging.after::<String>()?.unwrap_or_default();
    let rows = on!(tx.conn(), |c| agreements::table
        .filter(agreements::region_id.eq(region).and(agreements::code.gt(after)))
        .select(Agreement::as_select())
        .order(agreements::code)
        .limit(limit + 1)
        .load(c))?;
    Ok(Page::cut(rows, limit, |one| one.code.clone()))
}

/// A calendar of the region.
///
/// # Errors
/// 404 if there is none with this code.
pub fn calendar(tx: &mut Tx<'_>, may: &May<act::ReadAgreements, InRegion>, code: &str) -> Result<Stored> {
    let region = may.get().0;
    Ok(on!(tx.conn(), |c| calendars::table
        .filter(calendars::region_id.eq(region).and(calendars::code.eq(code)))
        .select(Stored::as_select())
        .first(c))?)
}

/// An agreement of the region.
///
/// # Errors
/// 404 if there is none with this code.
pub fn agreement(tx: &mut Tx<'_>, may: &May<act::ReadAgreements, InRegion>, code: &str) -> Result<Agreement> {
    let region = may.get().0;
    Ok(on!(tx.conn(), |c| agreements::table
        .filter(agreements::region_id.eq(region).and(agreements::code.eq(code)))
        .select(Agreement::as_select())
        .first(c))?)
}

/// The organisations that keep one of these calendars instead of the region's: calendar and organisation.
pub fn keepers(tx: &mut Tx<'_>, calendars: &[Id]) -> Result<Vec<(Id, Id)>> {
    Ok(on!(tx.conn(), |c| opd_calendars::table
        .filter(opd_calendars::calendar_id.eq_any(calendars))
        .select((opd_calendars::calendar_id, opd_calendars::opd_id))
        .load(c))?)
}
