//! How many tickets lie where: counts from the actor's scope, by the same filters as lists.

use super::list::{Conditions, Filter};
use super::scope::Scope;
use crate::access::Tx;
use crate::db::Id;
use crate::db::schema::tickets;
use crate::error::Result;
use crate::on;
use diesel::dsl::count_star;
use diesel::prelude::*;

/// How many of the tickets that `filter` asks for and the actor sees lie at each desk of each organisation.
///
/// # Errors
/// The database's.
pub fn spread(tx: &mut Tx<'_>, filter: &Filter) -> Result<Vec<(Id, i32, i64)>> {
    let now = tx.now;
    let (conn, actor) = tx.scoped();
    Ok(on!(conn, |c| {
        let mut query = tickets::table
            .group_by((tickets::opd_id, tickets::tier))
            .select((tickets::opd_id, tickets::tier, count_star()))
            .into_boxed::<Db>()
            .filter(<Db as Scope>::visible_to(actor));
        for condition in <Db as Conditions>::of(filter, actor, now) {
            query = query.filter(condition);
        }
        query.load(c)
    })?)
}
