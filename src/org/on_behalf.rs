//! For whom somebody may report, on the telephone or at the counter (`ticket/open.rs`): found by a part of a name or
//! an address, or by a whole NIP.

use super::nip::Nip;
use super::person::Brief;
use super::{Opd, actor, directory, opd, region};
use crate::access::{Actor, Role, Tx};
use crate::db::Id;
use crate::db::lower::lower;
use crate::db::schema::{grants, people};
use crate::db::search::anywhere_in;
use crate::error::{Error, Result};
use crate::{on, say};
use chrono::NaiveDate;
use diesel::prelude::*;
use std::collections::BTreeSet;

/// Characters of what is looked for.
const LONGEST: usize = 100;

/// Somebody for whom the actor may report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// He.
    pub person: Brief,
    /// Name of the organisation of which his ticket will be.
    pub opd: String,
}

/// `true` for whoever may report for people of every organisation of his region.
#[must_use]
pub fn is_wide(actor: &Actor) -> bool {
    actor.is(Role::Tier2) || actor.is(Role::Coordinator)
}

/// So many at most of those for whom the actor may report, and in whose name or address this text stands, or whose NIP it is;
/// by name. A part of a NIP finds nobody: whoever tries one birthday after the other would learn those of his colleagues.
///
/// # Errors
/// 403 for whoever may report for nobody but himself.
pub fn find(tx: &mut Tx<'_>, text: &str, most: i64) -> Result<Vec<Found>> {
    let (wide, served) = (is_wide(&tx.actor), tx.actor.opds(Role::Tier1));
    if !wide && served.is_empty() {
        return Err(Error::Forbidden(say!("ticket.open.for_others")));
    }
    let (text, region) = (text.trim().to_lowercase(), tx.actor.region()?);
    if text.is_empty() || text.chars().count() > LONGEST {
        return Ok(Vec::new());
    }
    directory::witness_sought(tx, &text);
    let like = anywhere_in(&text);
    let nip = Nip::parse(&text).map_or_else(|_| String::new(), |nip| nip.as_str().to_owned());
    let people: Vec<Brief> = on!(tx.conn(), |c| {
        let members = grants::role.eq_any([Role::Requester, Role::Tier1]);
        let mut held = grants::table.filter(grants::revoked_at.is_null().and(members)).into_boxed::<Db>();
        if !wide {
            held = held.filter(grants::opd_id.eq_any(served.clone()));
        }
        let has_nip = people::nip.is_not_null().and(people::nip.assume_not_null().eq(nip));
        people::table
            .filter(people::region_id.eq(region).and(people::active.eq(true)))
            .filter(people::id.eq_any(held.select(grants::person_id)))
            .filter(
                lower(people::name)
                    .like(like.clone())
                    .escape('\\')
                    .or(people::email.like(like).escape('\\'))
                    .or(has_nip),
            )
            .order((people::name, people::id))
            .limit(most)
            .select((people::id, people::name, people::email))
            .load(c)
    })?;
    with_opds(tx, people, |opd| wide || served.contains(&opd))
}

/// Each with the organisation that a ticket of his takes if none is named.
fn with_opds(tx: &mut Tx<'_>, people: Vec<Brief>, may: impl Fn(Id) -> bool) -> Result<Vec<Found>> {
    let ids: Vec<Id> = people.iter().map(|person| person.id).collect();
    let (me, theirs) = (tx.actor.person, actor::as_people(tx.conn(), &ids)?);
    let ids: BTreeSet<Id> = theirs.values().flat_map(memberships).collect();
    let opds = opd::by_ids(tx, &ids.into_iter().collect::<Vec<_>>())?;
    let today = region::own(tx)?.day(tx.now);
    let told = people.into_iter().map(|person| {
        let own = theirs.get(&person.id).map(|he| in_order(opds.clone(), &memberships(he), today)).unwrap_or_default();
        let opd = own.into_iter().find(|opd| Some(person.id) == me || may(opd.id));
        Found { person, opd: opd.map(|opd| opd.name).unwrap_or_default() }
    });
    Ok(told.collect())
}

/// Of which organisations a ticket of somebody may be: those in which he is a member, then those that he serves. Behind them
/// come those whose time is over, or has not begun: a ticket is theirs where they are named, or where there is no other, for no
/// report is lost by a reorganisation.
///
/// # Errors
/// The database's.
pub fn opds_of(tx: &mut Tx<'_>, of: &Actor) -> Result<Vec<Opd>> {
    let ids = memberships(of);
    let all = opd::by_ids(tx, &ids)?;
    let (Some(first), true) = (all.first(), all.len() > 1) else { return Ok(all) };
    let today = region::by_id(tx, first.region_id)?.day(tx.now);
    Ok(in_order(all, &ids, today))
}

/// The organisations in which he is a member, then those that he serves.
fn memberships(of: &Actor) -> Vec<Id> {
    let mut ids = of.opds(Role::Requester);
    for served in of.opds(Role::Tier1) {
        if !ids.contains(&served) {
            ids.push(served);
        }
    }
    ids
}

/// Those of them that have these ids, in this order, behind them those that do not stand on that day.
fn in_order(mut opds: Vec<Opd>, ids: &[Id], today: NaiveDate) -> Vec<Opd> {
    opds.retain(|opd| ids.contains(&opd.id));
    opds.sort_by_key(|opd| (!opd.stands_on(today), ids.iter().position(|id| *id == opd.id)));
    opds
}
