//! Whom an actor may know of: his own desk, his OPDs, his region, by his roles.

use super::person::{Person, Target};
use super::{grant, opd};
use crate::access::{Act, Actor, May, Role, Tx, check};
use crate::audit;
use crate::check::Checks;
use crate::db::Id;
use crate::db::behind::above;
use crate::db::lower::lower;
use crate::db::page::{Page, Paging};
use crate::db::schema::{grants, people};
use crate::db::search::anywhere_in;
use crate::error::{Error, Result};
use crate::{on, say};
use diesel::prelude::*;
use serde::Deserialize;
use serde_json::json;

/// What the caller asks of the list of people.
#[derive(Debug, Clone, Default, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Search {
    /// Part of a name or an address.
    #[param(max_length = 100)]
    pub q: Option<String>,
    /// Who holds this role.
    pub role: Option<Role>,
    /// Code of an organisation whose people are meant.
    pub opd: Option<String>,
    /// Also those who have left.
    pub inactive: Option<bool>,
    /// Rows at most.
    #[param(minimum = 1, maximum = 200, default = 50)]
    pub limit: Option<i64>,
    /// `next_cursor` of the page before.
    #[param(min_length = 1)]
    pub cursor: Option<String>,
}

/// The people whom the actor may know of, by name. What an auditor looks for stands in the audit log (P8).
pub fn list(tx: &mut Tx<'_>, search: &Search) -> Result<Page<Person>> {
    let paging = Paging { limit: search.limit, cursor: search.cursor.clone() };
    let (limit, after) = (paging.limit()?, paging.after::<(String, Id)>()?);
    check_words(tx, search.q.as_deref())?;
    let opd = match &search.opd {
        None => None,
        Some(code) => {
            let region = tx.actor.region()?;
            let unknown =
                |e| if matches!(e, Error::NotFound) { Error::invalid("/opd", say!("opd.unknown")) } else { e };
            Some(opd::by_code(tx, region, code).map_err(unknown)?.id)
        }
    };
    let rows = rows(tx, search, opd, None, after, limit + 1)?;
    Ok(Page::cut(rows, limit, |p| (p.name.clone(), p.id)))
}

/// People whom the actor may know of, behind `after` by name: whom a search means, `opd` being the organisation that it
/// names, or this `one`.
fn rows(
    tx: &mut Tx<'_>,
    search: &Search,
    opd: Option<Id>,
    one: Option<Id>,
    after: Option<(String, Id)>,
    limit: i64,
) -> Result<Vec<Person>> {
    let (conn, actor) = tx.scoped();
    Ok(on!(conn, |c| {
        let mut query = people::table.select(Person::as_select()).into_boxed::<Db>();
        let in_force = grants::table.filter(grants::revoked_at.is_null());
        query =
            match directory(actor) {
                Directory::Platform => query.filter(people::id.eq_any(
                    in_force.filter(grants::role.eq_any([Role::Admin, Role::Operator])).select(grants::person_id),
                )),
                Directory::Region(region) => query.filter(people::region_id.eq(region)),
                Directory::Desks(region) => query.filter(people::region_id.eq(region)).filter(
                    people::id.eq_any(
                        in_force
                            .filter(grants::role.eq_any([Role::Tier1, Role::Tier2, Role::Coordinator]))
                            .select(grants::person_id),
                    ),
                ),
                Directory::Opds(region, opds) => query
                    .filter(people::region_id.eq(region))
                    .filter(people::id.eq_any(in_force.filter(grants::opd_id.eq_any(opds)).select(grants::person_id))),
                Directory::Self_(person) => query.filter(people::id.eq(person)),
            };
        if let Some(one) = one {
            query = query.filter(people::id.eq(one));
        }
        if !search.inactive.unwrap_or(false) {
            query = query.filter(people::active.eq(true));
        }
        if let Some(text) = search.q.as_deref().filter(|t| !t.is_empty()) {
            let like = anywhere_in(text);
            query = query
                .filter(lower(people::name).like(like.clone()).escape('\\').or(people::email.like(like).escape('\\')));
        }
        if search.role.is_some() || opd.is_some() {
            let mut holders = grants::table.filter(grants::revoked_at.is_null()).into_boxed::<Db>();
            if let Some(role) = search.role {
                holders = holders.filter(grants::role.eq(role));
            }
            if let Some(opd) = opd {
                holders = holders.filter(grants::opd_id.eq(opd));
            }
            query = query.filter(people::id.eq_any(holders.select(grants::person_id)));
        }
        if let Some(key) = after {
            query = query.filter(above((people::name, people::id), key));
        }
        query.order((people::name, people::id)).limit(limit).load(c)
    })?)
}

/// Words that are looked for; of an auditor's the audit log tells.
fn check_words(tx: &Tx<'_>, words: Option<&str>) -> Result<()> {
    let mut checks = Checks::new();
    checks.maybe_text("/q", words, 0..=100);
    checks.done()?;
    if let Some(words) = words.map(str::trim).filter(|words| !words.is_empty()) {
        witness_sought(tx, words);
    }
    Ok(())
}

/// Notes whom an auditor looks for (P8).
pub(super) fn witness_sought(tx: &Tx<'_>, words: &str) {
    if tx.actor.is(Role::Auditor) {
        // Not of the kind that administrators read: whom he looks for is the auditor's affair.
        let object = audit::Object { kind: "people", id: None, region: tx.actor.region };
        audit::witness(tx, "person.search", object, json!({ "q": words }));
    }
}

/// The person with this id, if the actor may know of him.
///
/// # Errors
/// 404 otherwise.
pub fn known(tx: &mut Tx<'_>, id: Id) -> Result<Person> {
    let also_gone = Search { inactive: Some(true), ..Search::default() };
    rows(tx, &also_gone, None, Some(id), None, 1)?.pop().ok_or(Error::NotFound)
}

/// A person as the object of an act, if the actor may know of him; `role` is the one at stake, else his highest.
///
/// # Errors
/// 404 for whoever is unknown to the actor; 403 if he may not do `A` to him.
pub fn target<A: Act>(tx: &mut Tx<'_>, id: &str, role: Option<Role>) -> Result<May<A, Target>> {
    let person = known(tx, id.parse().map_err(|_| Error::NotFound)?)?;
    let role = match role {
        Some(role) => role,
        None => grant::highest(tx, person.id)?,
    };
    check(&tx.actor, Target { person, role })
}

/// A role that somebody holds, as the object of an act. Known first: whoever may not know of the person learns nothing
/// of his roles.
///
/// # Errors
/// 404 for whoever is unknown to the actor, or does not hold it; 403 if he may not do `A` to him.
pub fn holding<A: Act>(tx: &mut Tx<'_>, id: &str, held: &str) -> Result<(May<A, Target>, Id)> {
    let held = held.parse().map_err(|_| Error::NotFound)?;
    let person = known(tx, id.parse().map_err(|_| Error::NotFound)?)?;
    let held = grant::by_id(tx, held)?;
    if held.person_id != person.id {
        return Err(Error::NotFound);
    }
    Ok((check(&tx.actor, Target { person, role: held.role })?, held.id))
}

/// Whom an actor may know of.
enum Directory {
    Platform,
    Region(Id),
    Desks(Id),
    Opds(Id, Vec<Id>),
    Self_(Id),
}

fn directory(actor: &Actor) -> Directory {
    let nobody = Id(uuid::Uuid::nil());
    let own = actor.person.unwrap_or(nobody);
    let Some(region) = actor.region else {
        return if actor.is(Role::Operator) { Directory::Platform } else { Directory::Self_(own) };
    };
    if [Role::Admin, Role::Coordinator, Role::Auditor].iter().any(|r| actor.is(*r)) {
        Directory::Region(region)
    } else if actor.is(Role::Tier2) {
        Directory::Desks(region)
    } else if actor.is(Role::Tier1) {
        Directory::Opds(region, actor.opds(Role::Tier1))
    } else {
        Directory::Self_(own)
    }
}
