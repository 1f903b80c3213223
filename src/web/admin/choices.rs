//! What fields offer to choose from.

use crate::access::Tx;
use crate::catalog;
use crate::db::page::{MAX_LIMIT, Page, Paging};
use crate::error::Result;
use crate::org::opd;

/// Code and name of every organisation of the region that is in use.
pub fn opds(tx: &mut Tx<'_>) -> Result<Vec<(String, String)>> {
    every(tx, opd::list, |opd| opd.active.then_some((opd.code, opd.name)))
}

/// Code and name of every service of the region.
pub fn services(tx: &mut Tx<'_>) -> Result<Vec<(String, String)>> {
    every(tx, catalog::list, |service| Some((service.code, service.name)))
}

/// What there is on all pages of a list.
fn every<T>(
    tx: &mut Tx<'_>,
    list: fn(&mut Tx<'_>, &Paging) -> Result<Page<T>>,
    choice: fn(T) -> Option<(String, String)>,
) -> Result<Vec<(String, String)>> {
    let (mut all, mut cursor) = (Vec::new(), None);
    loop {
        let page = list(tx, &Paging { limit: Some(MAX_LIMIT), cursor })?;
        all.extend(page.items.into_iter().filter_map(choice));
        match page.next {
            Some(next) => cursor = Some(next),
            None => return Ok(all),
        }
    }
}
