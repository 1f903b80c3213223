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
use diesel::dsl::{InnerJoinQuerySource, exists, not};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sqlite::Sqlite;

/// A database on which the scope can be asked for.
pub trait Scope<From = tickets::table>: Search {
    /// The condition that holds for every ticket that `actor` sees, and for no other.
    #[must_use]
    fn visible_to(actor: &Actor) -> Condition<Self, From> {
        Self::visible_by(actor, Way::Region)
    }

    /// The condition that holds for those of them to which this way leads. All [`ways`] together lead to all of them.
    fn visible_by(actor: &Actor, way: Way) -> Condition<Self, From>;
}

/// A way to tickets that somebody sees: what an index holds in the order of lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// All of them, as they come in his region.
    Region,
    /// What he asked for himself.
    Requested,
    /// Secret ones that he has in hand.
    Given,
    /// Those of an organisation that he serves.
    Opd(Id),
}

/// Organisations of whoever serves so many that walking his region finds a page as soon.
const MANY: usize = 32;

/// The ways by which lists walk. In a region of many organisations, the tickets of one or two lie so far apart that a walk
/// through the region would come to its end for a page of them.
pub(super) fn ways(actor: &Actor) -> Vec<Way> {
    let opds = actor.opds(Role::Tier1);
    if actor.timer || is_wide(actor) || opds.is_empty() || opds.len() > MANY {
        return vec![Way::Region];
    }
    [Way::Requested, Way::Given].into_iter().chain(opds.into_iter().map(Way::Opd)).collect()
}

/// `true` if he sees tickets of all of his region's organisations.
fn is_wide(actor: &Actor) -> bool {
    [Role::Coordinator, Role::Tier2, Role::Auditor].into_iter().any(|role| actor.is(role))
}

/// Word for word the condition of the index `tickets_secret`, which is what shows it to the planner.
const SECRET: &str = "tickets.classification = 'secret'";

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
    let Some(requester) = actor.person.filter(|_| !is_wide(&actor)) else {
        return Ok(Among::Region(region));
    };
    let opds = actor.opds(Role::Tier1);
    // A secret ticket stays its assignee's, whatever became of his place at that desk.
    let elsewhere = !opds.is_empty()
        && on!(tx.conn(), |c| diesel::select(exists(
            tickets::table
                .filter(tickets::assignee_id.eq(Some(requester)))
                .filter(fixed(SECRET))
                .filter(tickets::opd_id.ne_all(opds.clone())),
        ))
        .get_result(c))?;
    Ok(if elsewhere { Among::Region(region) } else { Among::Few { requester, opds } })
}

macro_rules! scope_on {
    ($backend:ty, $from:ty) => {
        impl Scope<$from> for $backend {
            fn visible_by(actor: &Actor, way: Way) -> Condition<Self, $from> {
                if let (true, Some(region)) = (actor.timer, actor.region) {
                    return Box::new(tickets::region_id.eq(region));
                }
                let (Some(person), Some(region)) = (actor.person, actor.region) else {
                    return Box::new(fixed("1 = 0"));
                };
                if actor.is(Role::Coordinator) {
                    return Box::new(tickets::region_id.eq(region));
                }
                let secret = || fixed(SECRET);
                let requested = || -> Condition<Self, $from> { Box::new(tickets::requester_id.eq(person)) };
                // A record of who once worked on it opens nothing by itself; only a secret one is its assignee's too.
                let given = || -> Condition<Self, $from> {
                    let his = tickets::assignee_id.assume_not_null().eq(person);
                    Box::new(secret().and(tickets::assignee_id.is_not_null()).and(his))
                };
                let at_tier1 = |opds: Condition<Self, $from>| -> Condition<Self, $from> {
                    Box::new(opds.and(tickets::classification.ne(Classification::Secret).or(tickets::tier.eq(1))))
                };
                let (desk, opds) = (actor.is(Role::Tier1) || actor.is(Role::Tier2), actor.opds(Role::Tier1));
                let alone = match way {
                    Way::Region => None,
                    Way::Requested => Some(requested()),
                    Way::Given if desk => Some(given()),
                    Way::Opd(opd) if opds.contains(&opd) => Some(at_tier1(Box::new(tickets::opd_id.eq(opd)))),
                    Way::Given | Way::Opd(_) => return Box::new(fixed("1 = 0")),
                };
                if let Some(alone) = alone {
                    // Not as `=`, of which SQLite would make its way through the region.
                    return Box::new(not(tickets::region_id.ne(region)).and(alone));
                }
                let mut any = requested();
                if desk {
                    any = Box::new(any.or(given()));
                }
                if !opds.is_empty() {
                    any = Box::new(any.or(at_tier1(Box::new(one_of(tickets::opd_id, &opds)))));
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
