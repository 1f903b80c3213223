//! What fields offer to choose from: codes and names, by name.

use crate::access::Tx;
use crate::catalog;
use crate::db::Id;
use crate::db::page::{MAX_LIMIT, Page, Paging};
use crate::error::Result;
use crate::org::opd::{self, Opd};

/// Every organisation of the region that is in use.
pub fn opds(tx: &mut Tx<'_>) -> Result<Vec<(String, String)>> {
    every(tx, opd::list, |opd| opd.active.then_some((opd.code, opd.name)))
}

/// As [`opds`], and what is stored already: a form that is sent as it stands changes nothing.
pub fn opds_and(tx: &mut Tx<'_>, held: Option<Opd>) -> Result<Vec<(String, String)>> {
    let mut all = opds(tx)?;
    if let Some(held) = held.filter(|held| all.iter().all(|(code, _)| *code != held.code)) {
        all.push((held.code, held.name));
    }
    Ok(all)
}

/// Every organisation of the region, also those whose time is over.
pub fn opds_ever(tx: &mut Tx<'_>) -> Result<Vec<(String, String)>> {
    every(tx, opd::list, |opd| Some((opd.code, opd.name)))
}

/// Those of them that have these ids.
pub fn opds_of(tx: &mut Tx<'_>, ids: &[Id]) -> Result<Vec<(String, String)>> {
    every(tx, opd::list, |opd| ids.contains(&opd.id).then_some((opd.code, opd.name)))
}

/// Every service of the region.
pub fn services(tx: &mut Tx<'_>) -> Result<Vec<(String, String)>> {
    every(tx, catalog::list, |service| Some((service.code, service.name)))
}

/// What there is on all pages of a list, in its order.
pub fn whole<T>(tx: &mut Tx<'_>, list: impl Fn(&mut Tx<'_>, &Paging) -> Result<Page<T>>) -> Result<Vec<T>> {
    let (mut all, mut cursor) = (Vec::new(), None);
    loop {
        let page = list(tx, &Paging { limit: Some(MAX_LIMIT), cursor })?;
        all.extend(page.items);
        match page.next {
            Some(next) => cursor = Some(next),
            None => return Ok(all),
        }
    }
}

fn every<T>(
    tx: &mut Tx<'_>,
    list: fn(&mut Tx<'_>, &Paging) -> Result<Page<T>>,
    choice: impl Fn(T) -> Option<(String, String)>,
) -> Result<Vec<(String, String)>> {
    let mut all: Vec<_> = whole(tx, list)?.into_iter().filter_map(choice).collect();
    all.sort_by_cached_key(|(_, name)| name.to_lowercase());
    Ok(all)
}
