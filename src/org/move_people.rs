//! People move from one organisation to another, as a reorganisation wants it (T5): all of them at once or chosen ones, each by
//! the same gift and the same loss of a role by which one of them would move alone.

use super::coverage::{self, Staff};
use super::grant::{self, Left};
use super::opd::{self, Opd};
use super::person::{Person, Target};
use super::{InRegion, actor, region};
use crate::access::{May, Role, Tx, act, check};
use crate::audit;
use crate::db::lower::lower;
use crate::db::schema::{grants, people};
use crate::db::{Expected, Id};
use crate::error::{Error, Result};
use crate::{on, say};
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeSet;

/// People who move at once, the first ones by name: an embedded database takes no other change meanwhile.
pub const MOST: usize = 1000;

/// Who shall move, and where to.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = MovePeople)]
pub struct Ask {
    /// Code of the organisation that takes them.
    #[schema(example = "dinkes")]
    pub to: String,
    /// Who; left out: everybody.
    #[schema(value_type = Option<Vec<uuid::Uuid>>)]
    pub people: Option<BTreeSet<Id>>,
}

/// Somebody of an organisation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Mover {
    /// His id.
    #[schema(value_type = uuid::Uuid)]
    pub id: Id,
    /// Name.
    pub name: String,
    /// Official address.
    pub email: String,
    /// What he is there.
    pub roles: Vec<Role>,
    /// Which of these he is in the other organisation already: they are taken here and not given there.
    pub held: Vec<Role>,
    #[serde(skip)]
    #[doc(hidden)]
    pub grants: Vec<Id>,
}

/// What a move did, or would do.
#[derive(Debug, Clone)]
pub struct Moved {
    /// Where they were.
    pub from: Opd,
    /// Where they are.
    pub to: Opd,
    /// Who, by name.
    pub people: Vec<Mover>,
    /// People who were named and hold no role in it, or do not exist.
    pub passed_over: usize,
    /// Whoever acts is meant too, and stays.
    pub own: bool,
    /// People who are meant too, and move when it is asked again.
    pub rest: usize,
    /// Who is left there.
    pub left: Staff,
}

/// Moves people of the organisation `from` with all that they are there; `expected` are its versions. Nobody gives himself a
/// role: whoever acts stays. Sessions of those who move end, as with every role that is taken; their open tickets are for
/// whoever takes [`Left`].
///
/// # Errors
/// 401 for whoever lost a role himself just now; 404 for an unknown `from`; 412 for another version of it; 422 for a `to` that
/// is unknown, in use no more, past its last day, or the same.
pub fn run(
    tx: &mut Tx<'_>,
    may: &May<act::KeepPeople, InRegion>,
    from: &str,
    ask: &Ask,
    expected: &Expected,
) -> Result<(Moved, Vec<Left>)> {
    let (from, to) = ends(tx, may.get().0, from, &ask.to, expected)?;
    let me = tx.actor.person;
    let mut meant: Vec<Id> = of(tx, &from, &to)?.into_iter().map(|mover| mover.id).collect();
    meant.retain(|id| ask.people.as_ref().is_none_or(|named| named.contains(id)));
    let passed_over = ask.people.as_ref().map_or(0, |named| named.len() - meant.len());
    let own = meant.iter().any(|id| Some(*id) == me);
    meant.retain(|id| Some(*id) != me);
    let rest = meant.len().saturating_sub(MOST);
    let movers: BTreeSet<Id> = meant.into_iter().take(MOST).collect();
    let held = actor::hold_with(tx, &movers)?;
    // What was taken or given until they were held.
    let (mut people, mut left) = (of(tx, &from, &to)?, Vec::new());
    people.retain(|mover| movers.contains(&mover.id));
    for mover in &people {
        for person in held.iter().filter(|person| person.id == mover.id) {
            left.extend(one(tx, person, mover, &to)?);
        }
    }
    if !people.is_empty() {
        let detail = json!({ "code": from.code, "to": to.code, "people": people.len() });
        audit::append(tx, "opd.move_people", opd::object(&from), detail)?;
    }
    let staff = coverage::staff(tx, &[from.id])?.remove(&from.id).unwrap_or_default();
    Ok((Moved { from, to, people, passed_over, own, rest, left: staff }, left))
}

/// Both organisations, held until the commit: none is closed meanwhile. They are held in the order of their codes, so that of two
/// moves in contrary directions one waits for the other, and not each.
fn ends(tx: &mut Tx<'_>, region: Id, from: &str, to: &str, expected: &Expected) -> Result<(Opd, Opd)> {
    let mut held = Vec::new();
    for code in BTreeSet::from([from, to]) {
        match opd::hold(tx, region, code) {
            Err(Error::NotFound) => {}
            opd => held.push(opd?),
        }
    }
    let today = region::by_id(tx, region)?.day(tx.now);
    let begin = held.iter().find(|opd| opd.code == from).cloned().ok_or(Error::NotFound)?;
    expected.check(begin.version)?;
    let end = held.into_iter().find(|opd| opd.code == to && opd.id != begin.id && !opd.is_over(today));
    Ok((begin, end.ok_or_else(|| Error::invalid("/to", say!("opd.unknown")))?))
}

fn one(tx: &mut Tx<'_>, person: &Person, mover: &Mover, to: &Opd) -> Result<Vec<Left>> {
    let mut left = Vec::new();
    for (role, grant) in mover.roles.iter().copied().zip(mover.grants.iter().copied()) {
        let may = |tx: &Tx<'_>| check(&tx.actor, Target { person: person.clone(), role });
        if !mover.held.contains(&role) {
            grant::give(tx, may(tx)?, Some(&to.code), &Expected::any())?;
        }
        left.push(grant::take_held(tx, may(tx)?, grant)?);
    }
    Ok(left)
}

/// Everybody active of the organisation `from`, by name, as he stands to `to`.
///
/// # Errors
/// The database's.
pub fn of(tx: &mut Tx<'_>, from: &Opd, to: &Opd) -> Result<Vec<Mover>> {
    let rows: Vec<(Id, String, String, Id, Role, Option<Id>)> = on!(tx.conn(), |c| grants::table
        .inner_join(people::table)
        .filter(grants::opd_id.eq_any([from.id, to.id]).and(grants::revoked_at.is_null()))
        .filter(people::active.eq(true))
        .select((people::id, people::name, people::email, grants::id, grants::role, grants::opd_id))
        .order((lower(people::name), people::id, grants::role, grants::id))
        .load(c))?;
    let mut movers: Vec<Mover> = Vec::new();
    for (id, name, email, grant, role, opd) in rows {
        if movers.last().is_none_or(|last| last.id != id) {
            movers.push(Mover { id, name, email, roles: Vec::new(), held: Vec::new(), grants: Vec::new() });
        }
        match movers.last_mut() {
            Some(mover) if opd == Some(from.id) => {
                mover.roles.push(role);
                mover.grants.push(grant);
            }
            Some(mover) => mover.held.push(role),
            None => {}
        }
    }
    movers.retain(|mover| !mover.roles.is_empty());
    for mover in &mut movers {
        let Mover { roles, held, .. } = mover;
        held.retain(|role| roles.contains(role));
    }
    Ok(movers)
}
