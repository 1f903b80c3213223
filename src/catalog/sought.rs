//! Services as their keeper looks for them.

use super::Service;
use crate::access::{May, Tx, act};
use crate::check::Checks;
use crate::db::behind::above;
use crate::db::lower::lower;
use crate::db::page::{Page, Paging};
use crate::db::schema::services;
use crate::db::search::anywhere_in;
use crate::error::Result;
use crate::on;
use crate::org::InRegion;
use diesel::prelude::*;

/// Services of the region for whoever keeps them, by name; those in whose name or code `words` stand, if there are any.
///
/// # Errors
/// 422 for more than 100 characters, and for a cursor that no page gave.
pub fn sought(
    tx: &mut Tx<'_>,
    may: &May<act::KeepServices, InRegion>,
    words: Option<&str>,
    paging: &Paging,
) -> Result<Page<Service>> {
    let mut checks = Checks::new();
    checks.maybe_text("/q", words, 0..=100);
    checks.done()?;
    let (limit, after) = (paging.limit()?, paging.after::<(String, String)>()?);
    let rows = on!(tx.conn(), |c| {
        let of_region = services::table.filter(services::region_id.eq(may.get().0));
        let mut query = of_region.select((lower(services::name), Service::as_select())).into_boxed::<Db>();
        if let Some(words) = words {
            let like = anywhere_in(words);
            let named = lower(services::name).like(like.clone()).escape('\\');
            query = query.filter(named.or(services::code.like(like).escape('\\')));
        }
        if let Some(key) = after {
            query = query.filter(above((lower(services::name), services::code), key));
        }
        query.order((lower(services::name), services::code)).limit(limit + 1).load(c)
    })?;
    let key = |(lowered, row): &(String, Service)| (lowered.clone(), row.code.clone());
    Ok(Page::cut(rows, limit, key).map(|(_, row)| row))
}
