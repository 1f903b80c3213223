//! What fields offer to choose from.

use crate::access::Tx;
use crate::db::page::{MAX_LIMIT, Paging};
use crate::error::Result;
use crate::org::opd;

/// Code and name of every organisation of the region that is in use.
pub fn opds(tx: &mut Tx<'_>) -> Result<Vec<(String, String)>> {
    let (mut all, mut cursor) = (Vec::new(), None);
    loop {
        let page = opd::list(tx, &Paging { limit: Some(MAX_LIMIT), cursor })?;
        all.extend(page.items.into_iter().filter(|o| o.active).map(|o| (o.code, o.name)));
        match page.next {
            Some(next) => cursor = Some(next),
            None => return Ok(all),
        }
    }
}
