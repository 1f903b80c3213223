//! Roles given and taken. Nobody grants himself one; whoever loses one is signed out where it mattered, at once.

use super::person::{Person, Target};
use super::{actor, opd, person, region, sign_out};
use crate::access::{May, Role, Tx, act};
use crate::audit;
use crate::db::schema::{grants, people};
use crate::db::{Expected, Id, Ts, one_of};
use crate::error::{Error, Result};
use crate::{on, say};
use diesel::prelude::*;
use serde_json::json;
use std::collections::BTreeSet;

/// A role in force or past.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = grants, treat_none_as_default_value = false)]
pub struct Grant {
    /// Its id.
    pub id: Id,
    /// Who holds it.
    pub person_id: Id,
    /// The role.
    pub role: Role,
    /// Its region; none for the operator.
    pub region_id: Option<Id>,
    /// Its organisation, for roles held in one.
    pub opd_id: Option<Id>,
    /// Who gave it.
    pub granted_by: Option<Id>,
    /// When.
    pub granted_at: Ts,
    /// Who took it.
    pub revoked_by: Option<Id>,
    /// When.
    pub revoked_at: Option<Ts>,
}

/// Somebody who may have left a desk. Only `ticket::release` takes it, so his open tickets are never forgotten.
#[must_use = "his open assignments must be released: ticket::release::assignments"]
#[derive(Debug)]
pub struct Left {
    person: Id,
    tier1: Vec<Id>,
    tier2: Option<Id>,
}

impl Left {
    /// Somebody who is no longer active: he leaves every desk at which he worked.
    pub(super) fn all(tx: &mut Tx<'_>, person: Id) -> Result<Self> {
        let held = of(tx, &[person])?;
        let tier1 = held.iter().filter(|g| g.role == Role::Tier1).filter_map(|g| g.opd_id).collect();
        let tier2 = held.iter().find(|g| g.role == Role::Tier2).and_then(|g| g.region_id);
        Ok(Self { person, tier1, tier2 })
    }

    /// Who.
    #[must_use]
    pub fn person(&self) -> Id {
        self.person
    }

    /// The organisations whose Tier 1 he was until now.
    #[must_use]
    pub fn tier1(&self) -> &[Id] {
        &self.tier1
    }

    /// The region whose Tier 2 he was until now.
    #[must_use]
    pub fn tier2(&self) -> Option<Id> {
        self.tier2
    }
}

/// Gives the role at stake, in the organisation with this code for roles held in one (one technician may serve
/// several, T5); `expected` are versions of the person.
///
/// # Errors
/// 409 if he holds it; 412 for another version; 422 for an organisation that is missing, unknown, over or too much.
pub fn give(
    tx: &mut Tx<'_>,
    may: May<act::Grant, Target>,
    opd_code: Option<&str>,
    expected: &Expected,
) -> Result<Grant> {
    let Target { person, role } = may.into_inner();
    // Whoever takes his NIP away waits for this role, or has taken it.
    let person = person::hold(tx, person.id)?;
    expected.check(person.version)?;
    let opd = match (role.needs_opd(), opd_code, person.region_id) {
        (true, None, _) => return Err(Error::invalid("/opd", say!("field.needed"))),
        (false, Some(_), _) => return Err(Error::invalid("/opd", say!("grant.no_opd"))),
        (false, None, _) => None,
        (true, Some(_), None) => return Err(Error::invalid("/role", say!("grant.no_region"))),
        (true, Some(code), Some(region)) => match opd::by_code(tx, region, code) {
            Ok(opd) if !opd.is_over(region::by_id(tx, region)?.day(tx.now)) => Some(opd.id),
            Ok(_) | Err(Error::NotFound) => return Err(Error::invalid("/opd", say!("opd.unknown"))),
            Err(e) => return Err(e),
        },
    };
    if (role == Role::Operator) != person.region_id.is_none() {
        return Err(Error::invalid("/role", say!("grant.no_region")));
    }
    if is_of_desk(role) && person.nip.is_none() {
        return Err(Error::invalid("/role", say!("grant.needs_nip")));
    }
    let grant = Grant {
        id: tx.new_id(),
        person_id: person.id,
        role,
        region_id: person.region_id,
        opd_id: opd,
        granted_by: tx.actor.person,
        granted_at: tx.now,
        revoked_by: None,
        revoked_at: None,
    };
    on!(tx.conn(), |c| diesel::insert_into(grants::table).values(&grant).execute(c))?;
    person::touch(tx, person.id)?;
    let detail = json!({ "role": role, "opd": opd_code });
    audit::append(tx, "grant.give", person::object(&person), detail)?;
    Ok(grant)
}

/// Members of a desk are staff with a NIP (P6).
fn is_of_desk(role: Role) -> bool {
    matches!(role, Role::Tier1 | Role::Tier2)
}

/// Those of these people who are members of a desk.
pub(super) fn members_of_desks(tx: &mut Tx<'_>, people: &BTreeSet<Id>) -> Result<BTreeSet<Id>> {
    let people: Vec<Id> = people.iter().copied().collect();
    Ok(of(tx, &people)?.into_iter().filter(|g| is_of_desk(g.role)).map(|g| g.person_id).collect())
}

/// Takes a role back. His sessions end, so that nothing goes on with the old rights; his open tickets are for
/// whoever takes [`Left`]; `expected` are versions of the person.
///
/// # Errors
/// 401 for whoever lost his own role just now; 404 if he does not hold it; 412 for another version.
pub fn take(tx: &mut Tx<'_>, may: May<act::Grant, Target>, id: Id, expected: &Expected) -> Result<Left> {
    let held = actor::hold_with(tx, &BTreeSet::from([may.get().person.id]))?;
    held.iter().try_for_each(|person| expected.check(person.version))?;
    take_held(tx, may, id)
}

/// As [`take`], from somebody who is held already, by [`actor::hold_with`].
///
/// # Errors
/// 404 if he does not hold it.
pub(super) fn take_held(tx: &mut Tx<'_>, may: May<act::Grant, Target>, id: Id) -> Result<Left> {
    let Target { person, role } = may.into_inner();
    let (now, by) = (tx.now, tx.actor.person);
    let opd: Option<Id> = on!(tx.conn(), |c| diesel::update(
        grants::table.filter(grants::id.eq(id).and(grants::person_id.eq(person.id)).and(grants::revoked_at.is_null()))
    )
    .set((grants::revoked_at.eq(Some(now)), grants::revoked_by.eq(by)))
    .returning(grants::opd_id)
    .get_result(c))?;
    person::touch(tx, person.id)?;
    sign_out::everywhere(tx, person.id, "role_changed")?;
    let code = opd.map(|id| opd::by_id(tx, id)).transpose()?.map(|opd| opd.code);
    audit::append(tx, "grant.take", person::object(&person), json!({ "role": role, "opd": code }))?;
    // Whoever was not active had left before.
    let tier1 = opd.filter(|_| role == Role::Tier1 && person.active).into_iter().collect();
    let tier2 = person.region_id.filter(|_| role == Role::Tier2 && person.active);
    Ok(Left { person: person.id, tier1, tier2 })
}

/// The role in force with this id.
///
/// # Errors
/// 404 if there is none.
pub fn by_id(tx: &mut Tx<'_>, id: Id) -> Result<Grant> {
    Ok(on!(tx.conn(), |c| grants::table
        .filter(grants::id.eq(id).and(grants::revoked_at.is_null()))
        .select(Grant::as_select())
        .first(c))?)
}

/// The roles in force of these people.
pub fn of(tx: &mut Tx<'_>, people: &[Id]) -> Result<Vec<Grant>> {
    if people.is_empty() {
        return Ok(Vec::new());
    }
    Ok(on!(tx.conn(), |c| grants::table
        .filter(one_of(grants::person_id, people).and(grants::revoked_at.is_null()))
        .select(Grant::as_select())
        .order((grants::granted_at, grants::id))
        .load(c))?)
}

/// How many active people of a region hold each role.
///
/// # Errors
/// The database's.
pub fn counts(tx: &mut Tx<'_>, region: Id) -> Result<Vec<(Role, i64)>> {
    Ok(on!(tx.conn(), |c| grants::table
        .inner_join(people::table)
        .filter(grants::region_id.eq(region).and(grants::revoked_at.is_null()).and(people::active.eq(true)))
        .group_by(grants::role)
        .select((grants::role, diesel::dsl::count(grants::person_id).aggregate_distinct()))
        .load(c))?)
}

/// The role that says most of a person, for deciding who may keep his entry.
pub fn highest(tx: &mut Tx<'_>, person: Id) -> Result<Role> {
    let held = of(tx, &[person])?;
    Ok(held.iter().map(|g| g.role).max().unwrap_or(Role::Requester))
}

/// The active people of `region` that hold `role`, in `opd` if one is named.
pub fn holders(tx: &mut Tx<'_>, region: Id, role: Role, opd: Option<Id>) -> Result<Vec<Id>> {
    Ok(on!(tx.conn(), |c| {
        let mut query = grants::table
            .inner_join(people::table)
            .filter(grants::region_id.eq(region).and(grants::role.eq(role)).and(grants::revoked_at.is_null()))
            .filter(people::active.eq(true))
            .select(people::id)
            .distinct()
            .into_boxed::<Db>();
        if let Some(opd) = opd {
            query = query.filter(grants::opd_id.eq(opd));
        }
        query.load(c)
    })?)
}

/// When somebody held a role.
#[derive(Debug, Clone, Copy, Queryable)]
pub struct Term {
    /// Who.
    pub person: Id,
    from: Ts,
    until: Option<Ts>,
}

impl Term {
    /// `true` if it was his at this instant.
    #[must_use]
    pub fn holds(&self, at: Ts) -> bool {
        self.from <= at && self.until.is_none_or(|until| at < until)
    }
}

/// Whoever holds or has held `role` in `region`, active or not, and when.
///
/// # Errors
/// The database's.
pub fn terms(tx: &mut Tx<'_>, region: Id, role: Role) -> Result<Vec<Term>> {
    Ok(on!(tx.conn(), |c| grants::table
        .filter(grants::region_id.eq(region).and(grants::role.eq(role)))
        .select((grants::person_id, grants::granted_at, grants::revoked_at))
        .load(c))?)
}

/// Everybody active who holds `role`, for the operator's console.
pub fn everybody(tx: &mut Tx<'_>, role: Role) -> Result<Vec<Person>> {
    Ok(on!(tx.conn(), |c| people::table
        .filter(people::active.eq(true))
        .filter(people::id.eq_any(
            grants::table.filter(grants::role.eq(role).and(grants::revoked_at.is_null())).select(grants::person_id)
        ))
        .select(Person::as_select())
        .order((people::email, people::id))
        .load(c))?)
}
