//! The names around something that belongs to an organisation, in one statement.

use super::person::Brief;
use crate::access::Tx;
use crate::db::kept::Keep;
use crate::db::schema::{opds, people, regions};
use crate::db::{Id, columns};
use crate::error::Result;
use crate::on;
use diesel::prelude::*;

/// What its ids are called.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Named {
    /// Code of the region.
    pub region: String,
    /// Code and name of the organisation.
    pub opd: (String, String),
    /// Whose trouble it is.
    pub requester: Brief,
    /// Who works on it.
    pub worker: Option<Brief>,
}

/// The names of an organisation with its region, of a requester, and of who works for him, if anybody does.
///
/// # Errors
/// 404 if there is no such organisation or requester.
pub fn around(tx: &mut Tx<'_>, opd: Id, requester: Id, worker: Option<Id>) -> Result<Named> {
    let brief = (people::id, people::name, people::email);
    Ok(on!(tx.conn(), |c| {
        let other = diesel::alias!(people as other);
        opds::table
            .inner_join(regions::table.on(regions::id.eq(opds::region_id)))
            .inner_join(people::table.on(people::id.eq(requester)))
            .left_join(other.on(other.field(people::id).nullable().eq(worker)))
            .filter(opds::id.eq(opd))
            .select(columns((regions::code, (opds::code, opds::name), brief, other.fields(brief).nullable())))
            .kept()
            .get_result(c)
    })?)
}
