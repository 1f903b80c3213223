//! How many tickets lie where: counts from the actor's scope, by the same filters as lists.

use super::list::{Conditions, Filter};
use super::scope::{Scope, WithDeadline};
use crate::access::Tx;
use crate::db::Id;
use crate::db::schema::{ticket_deadlines as deadlines, tickets};
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

/// How many of the tickets that `filter` asks for and the actor sees have a clock that is past its deadline now, whatever
/// their status: the index of running deadlines tells, however many tickets there are besides.
///
/// # Errors
/// The database's.
pub fn overdue(tx: &mut Tx<'_>, filter: &Filter) -> Result<i64> {
    let (now, Some(region)) = (tx.now, tx.actor.region) else { return Ok(0) };
    let (conn, actor) = tx.scoped();
    Ok(on!(conn, |c| {
        let passed = deadlines::due_at.is_not_null().and(deadlines::due_at.assume_not_null().le(now));
        let mut query = deadlines::table
            .inner_join(tickets::table)
            .filter(deadlines::region_id.eq(region).and(passed))
            .select(count_star())
            .into_boxed::<Db>()
            .filter(<Db as Scope<WithDeadline>>::visible_to(actor));
        for condition in <Db as Conditions<WithDeadline>>::of(filter, actor, now) {
            query = query.filter(condition);
        }
        query.first(c)
    })?)
}
