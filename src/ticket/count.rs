//! How many tickets a filter asks for, and where they lie: counts from the actor's scope, by the same filters as lists.

use super::list::{Conditions, Filter};
use super::scope::Scope;
use crate::access::Tx;
use crate::db::Id;
use crate::db::schema::tickets;
use crate::error::Result;
use crate::on;
use diesel::dsl::count_star;
use diesel::prelude::*;

/// The tickets that a filter asks for and the actor sees, grouped by some columns.
macro_rules! grouped {
    ($tx:expr, $filter:expr, by $columns:expr, as $row:expr) => {{
        let now = $tx.now;
        let (conn, actor) = $tx.scoped();
        on!(conn, |c| {
            let mut query = tickets::table
                .group_by($columns)
                .select($row)
                .into_boxed::<Db>()
                .filter(<Db as Scope>::visible_to(actor));
            for condition in <Db as Conditions>::of($filter, actor, now) {
                query = query.filter(condition);
            }
            query.load(c)
        })?
    }};
}

/// How many of the tickets that `filter` asks for the actor sees; one more than `most` stands for all beyond it, which
/// are not looked at. Words that are looked for do not narrow it.
///
/// # Errors
/// The database's.
pub fn up_to(tx: &mut Tx<'_>, filter: &Filter, most: i64) -> Result<i64> {
    let now = tx.now;
    let (conn, actor) = tx.scoped();
    let found: Vec<Id> = on!(conn, |c| {
        let mut query = tickets::table.filter(<Db as Scope>::visible_to(actor)).select(tickets::id).into_boxed::<Db>();
        for condition in <Db as Conditions>::of(filter, actor, now) {
            query = query.filter(condition);
        }
        query.limit(most.saturating_add(1)).load(c)
    })?;
    Ok(i64::try_from(found.len()).unwrap_or(i64::MAX))
}

/// How many of the tickets that `filter` asks for and the actor sees lie at each desk of each organisation.
///
/// # Errors
/// The database's.
pub fn by_desk(tx: &mut Tx<'_>, filter: &Filter) -> Result<Vec<(Id, i32, i64)>> {
    let desk = (tickets::opd_id, tickets::tier);
    Ok(grouped!(tx, filter, by desk, as (desk.0, desk.1, count_star())))
}

/// How many of the tickets that `filter` asks for and the actor sees lie in whose hands.
///
/// # Errors
/// The database's.
pub fn by_assignee(tx: &mut Tx<'_>, filter: &Filter) -> Result<Vec<(Option<Id>, i64)>> {
    Ok(grouped!(tx, filter, by tickets::assignee_id, as (tickets::assignee_id, count_star())))
}
