//! Which tickets an actor sees, as SQL. Lists, counts and searches start only from here; `access/policy.rs` says the
//! same of one ticket, and a test holds the two together.

use super::{Classification, Ticket};
use crate::access::policy::{self, Action};
use crate::access::{Actor, Role, Subject, Tx};
use crate::db::schema::{ticket_deadlines, ticket_fts, tickets};
use crate::db::search::{Among, Condition, Search};
use crate::db::{Id, fixed, one_of};
use crate::error::Result;
use crate::on;
use diesel::dsl::{InnerJoinQuerySource, exists};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sqlite::Sqlite;

/// A database on which the scope can be asked for.
pub trait Scope<From = tickets::table>: Search {
    /// The condition that holds for every ticket that `actor` sees, and for no other.
    fn visible_to(actor: &Actor) -> Condition<Self, From>;
}

/// Tickets beside their deadlines.
pub type WithDeadline = InnerJoinQuerySource<ticket_deadlines::table, tickets::table>;

/// Entries of the index of words beside their tickets.
pub type WithWords = InnerJoinQuerySource<ticket_fts::table, tickets::table>;

/// Among whose tickets all lie that the actor sees: a shorter way for the index of words, never the right itself.
///
/// # Errors
/// The database's.
pub(super) fn among(tx: &mut Tx<'_>, region: Id) -> Result<Among> {
    let actor = tx.actor.clone();
    let wide = [Role::Coordinator, Role::Tier2, Role::Auditor];
    let Some(requester) = actor.person.filter(|_| !wide.into_iter().any(|role| actor.is(role))) else {
        return Ok(Among::Region(region));
    };
    let opds = actor.opds(Role::Tier1);
    // A secret ticket stays its assignee's, whatever became of his place at that desk.
    let elsewhere = !opds.is_empty()
        && on!(tx.conn(), |c| diesel::select(exists(
            tickets::table
                .filter(tickets::assignee_id.eq(Some(requester)))
                .filter(tickets::classification.eq(Classification::Secret))
                .filter(tickets::opd_id.ne_all(opds.clone())),
        ))
        .get_result(c))?;
    Ok(if elsewhere { Among::Region(region) } else { Among::Few { requester, opds } })
}

macro_rules! scope_on {
    ($backend:ty, $from:ty) => {
        impl Scope<$from> for $backend {
            fn visible_to(actor: &Actor) -> Condition<Self, $from> {
                if let (true, Some(region)) = (actor.timer, actor.region) {
                    return Box::new(tickets::region_id.eq(region));
                }
                let (Some(person), Some(region)) = (actor.person, actor.region) else {
                    return Box::new(fixed("1 = 0"));
                };
                if actor.is(Role::Coordinator) {
                    return Box::new(tickets::region_id.eq(region));
                }
                let secret = || tickets::classification.eq(Classification::Secret);
                // A record of who once worked on it opens nothing by itself; only a secret one is its assignee's too.
                let mut any: Condition<Self, $from> = Box::new(tickets::requester_id.eq(person));
                let desk = actor.is(Role::Tier1) || actor.is(Role::Tier2);
                if desk {
                    any = Box::new(
                        any.or(secret()
                            .and(tickets::assignee_id.is_not_null())
                            .and(tickets::assignee_id.assume_not_null().eq(person))),
                    );
                }
                let opds = actor.opds(Role::Tier1);
                if !opds.is_empty() {
                    any = Box::new(
                        any.or(one_of(tickets::opd_id, &opds)
                            .and(tickets::classification.ne(Classification::Secret).or(tickets::tier.eq(1)))),
                    );
                }
                if actor.is(Role::Tier2) {
                    any = Box::new(
                        any.or(secret().and(tickets::tier.eq(2)).or(tickets::classification
                            .ne(Classification::Secret)
                            .and(tickets::reached_tier2.eq(true).or(tickets::consulted.eq(true))))),
                    );
                }
                if actor.is(Role::Auditor) {
                    any = Box::new(any.or(tickets::classification.ne(Classification::Secret)));
                }
                Box::new(tickets::region_id.eq(region).and(any))
            }
        }
    };
}
scope_on!(Pg, tickets::table);
scope_on!(Sqlite, tickets::table);
scope_on!(Pg, WithDeadline);
scope_on!(Sqlite, WithDeadline);
scope_on!(Pg, WithWords);
scope_on!(Sqlite, WithWords);

/// `true` if the actor reads what is for staff of this ticket.
#[must_use]
pub fn sees_internal(tx: &Tx<'_>, ticket: &Ticket) -> bool {
    policy::decide(&tx.actor, Action::ReadInternal, &ticket.facts()) == policy::Verdict::Yes
}
