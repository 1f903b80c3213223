//! Lists of tickets by what was typed: a number, a requester, words. Each kind of fit is a list of its own, newest first,
//! that is read only as far as the page goes, however many tickets fit.

use super::Ticket;
use super::find::seen_among;
use super::list::{self, Conditions, Filter, Sort};
use super::place::Key;
use super::scope::{self, Scope, WithDeadline, WithWords};
use crate::access::Tx;
use crate::db::lower::lower;
use crate::db::schema::{people, ticket_fts, ticket_texts, tickets};
use crate::db::search::{Among, Condition, Last, Search, anywhere_in};
use crate::db::{Id, fixed, one_of};
use crate::error::{Error, Result};
use crate::{on, say};
use diesel::dsl::not;
use diesel::prelude::*;

/// How many ways there are to fit, best first: the number, the requester, the words, the last word only begun.
pub(super) const FITS: u8 = 4;
/// Requesters whose tickets are looked up one by one; of more, so many tickets fit that walking finds a page soon.
const FEW: usize = 100;

/// What was typed, and what it can mean.
pub(super) struct Sought {
    q: String,
    /// Numbers that begin with it: from here on, up to there.
    numbers: Option<(String, String)>,
    requesters: Requesters,
    among: Among,
}

enum Requesters {
    /// Those, and nobody else.
    These(Vec<Id>),
    /// Very many of this region.
    Many(Id),
}

impl Requesters {
    fn is_nobody(&self) -> bool {
        matches!(self, Self::These(these) if these.is_empty())
    }
}

/// What a list in an order of its own holds of what was typed.
#[derive(Clone, Copy)]
pub(super) enum Wanted<'a> {
    /// All that fits in any way.
    Any(&'a Sought),
    /// What fits by its requester, and not by its number.
    Requester(&'a Sought),
}

impl Sought {
    /// What `q` can mean to the actor, in his region.
    ///
    /// # Errors
    /// The database's.
    pub(super) fn of(tx: &mut Tx<'_>, region: Id, q: &str) -> Result<Self> {
        let begin = q.to_uppercase();
        let may_be = begin.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        let numbers = may_be.then(|| (begin.clone(), format!("{begin}\u{10ffff}")));
        let name = anywhere_in(q);
        let these: Vec<Id> = on!(tx.conn(), |c| {
            let mut found = people::table
                .filter(people::region_id.eq(Some(region)).and(lower(people::name).like(name.clone()).escape('\\')))
                .select(people::id)
                .into_boxed();
            // An address has its sign; without it names alone are read, which the index holds.
            if q.contains('@') {
                let email = people::email.eq(q.to_lowercase());
                found = found.or_filter(people::region_id.eq(Some(region)).and(email));
            }
            found.limit(i64::try_from(FEW).unwrap_or(i64::MAX).saturating_add(1)).load(c)
        })?;
        let requesters = if these.len() > FEW { Requesters::Many(region) } else { Requesters::These(these) };
        Ok(Self { q: q.to_owned(), numbers, requesters, among: scope::among(tx, region)? })
    }

    /// Tickets that fit in this way and in no better one, after the row with the key `after`.
    pub(super) fn fitting(
        &self,
        tx: &mut Tx<'_>,
        filter: &Filter,
        fit: u8,
        after: Option<Key>,
        limit: i64,
    ) -> Result<Vec<Ticket>> {
        if fit == 1 {
            if self.requesters.is_nobody() {
                return Ok(Vec::new());
            }
            return list::page(tx, filter, Some(Wanted::Requester(self)), Sort::Newest, after, limit);
        }
        let after = after.map_or(Ok(None), |key| last_shown(tx, &key).map(Some))?;
        match fit {
            0 => self.numbered(tx, filter, after, limit),
            2 => self.worded(tx, filter, Last::Whole, after, limit),
            _ => self.worded(tx, filter, Last::Begun, after, limit),
        }
    }

    /// By number, in the order of the numbers.
    fn numbered(&self, tx: &mut Tx<'_>, filter: &Filter, after: Option<Ticket>, limit: i64) -> Result<Vec<Ticket>> {
        if self.numbers.is_none() {
            return Ok(Vec::new());
        }
        let now = tx.now;
        let (conn, actor) = tx.scoped();
        Ok(on!(conn, |c| {
            let mut query = tickets::table
                .filter(<Db as Scope>::visible_to(actor))
                .filter(<Db as Find>::numbered(self))
                .select(Ticket::as_select())
                .into_boxed::<Db>();
            for condition in <Db as Conditions>::of(filter, actor, now) {
                query = query.filter(condition);
            }
            if let Some(after) = after {
                query = query.filter(tickets::number.lt(after.number));
            }
            query.order(tickets::number.desc()).limit(limit).load(c)
        })?)
    }

    /// By words, what was filed last first.
    fn worded(
        &self,
        tx: &mut Tx<'_>,
        filter: &Filter,
        last: Last,
        after: Option<Ticket>,
        limit: i64,
    ) -> Result<Vec<Ticket>> {
        let now = tx.now;
        let (conn, actor) = tx.scoped();
        Ok(on!(conn, |c| {
            let mut query = ticket_fts::table
                .inner_join(tickets::table)
                .filter(<Db as Search>::holding::<WithWords>(&self.q, last, &self.among))
                .filter(<Db as Scope<WithWords>>::visible_to(actor))
                .filter(not(<Db as Find<WithWords>>::numbered(self)))
                .filter(not(<Db as Find<WithWords>>::requested(self)))
                .select(Ticket::as_select())
                .into_boxed::<Db>();
            for condition in <Db as Conditions<WithWords>>::of(filter, actor, now) {
                query = query.filter(condition);
            }
            if let Some(after) = after {
                let last = ticket_texts::table.filter(ticket_texts::ticket_id.eq(after.id)).select(ticket_texts::doc);
                query = query.filter(ticket_fts::rowid.nullable().lt(last.single_value()));
            }
            query.order(ticket_fts::rowid.desc()).limit(limit).load(c)
        })?)
    }
}

/// The ticket behind which a page begins, which the caller was shown: a cursor that he made up tells him of no other.
///
/// # Errors
/// 422 for one that he does not see.
fn last_shown(tx: &mut Tx<'_>, key: &Key) -> Result<Ticket> {
    let seen = seen_among(tx, &[key.id()])?.remove(&key.id());
    seen.ok_or_else(|| Error::invalid("/cursor", say!("field.cursor")))
}

/// A database on which what was typed can be looked for.
pub(super) trait Find<From = tickets::table>: Search {
    /// The number begins so.
    fn numbered(sought: &Sought) -> Condition<Self, From>;
    /// The requester is called so.
    fn requested(sought: &Sought) -> Condition<Self, From>;
    /// It fits so.
    fn wanted(wanted: Wanted<'_>) -> Condition<Self, From>;
}

macro_rules! find_on {
    ($backend:ty, $from:ty) => {
        impl Find<$from> for $backend {
            fn numbered(sought: &Sought) -> Condition<Self, $from> {
                match &sought.numbers {
                    Some((from, to)) => Box::new(tickets::number.between(from.clone(), to.clone())),
                    None => Box::new(fixed("1 = 0")),
                }
            }

            fn requested(sought: &Sought) -> Condition<Self, $from> {
                match &sought.requesters {
                    Requesters::These(these) => Box::new(one_of(tickets::requester_id, these)),
                    Requesters::Many(region) => {
                        let name = anywhere_in(&sought.q);
                        let ids = people::table
                            .filter(people::region_id.eq(Some(*region)))
                            .filter(lower(people::name).like(name).escape('\\'))
                            .select(people::id);
                        Box::new(tickets::requester_id.eq_any(ids))
                    }
                }
            }

            fn wanted(wanted: Wanted<'_>) -> Condition<Self, $from> {
                match wanted {
                    Wanted::Any(sought) => {
                        let words = <Self as Search>::matching(&sought.q, &sought.among);
                        let numbered = <Self as Find<$from>>::numbered(sought);
                        Box::new(numbered.or(<Self as Find<$from>>::requested(sought)).or(words))
                    }
                    Wanted::Requester(sought) => {
                        let requested = <Self as Find<$from>>::requested(sought);
                        Box::new(requested.and(not(<Self as Find<$from>>::numbered(sought))))
                    }
                }
            }
        }
    };
}
find_on!(diesel::pg::Pg, tickets::table);
find_on!(diesel::sqlite::Sqlite, tickets::table);
find_on!(diesel::pg::Pg, WithDeadline);
find_on!(diesel::sqlite::Sqlite, WithDeadline);
find_on!(diesel::pg::Pg, WithWords);
find_on!(diesel::sqlite::Sqlite, WithWords);
