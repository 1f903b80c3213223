//! Many made-up people at once, for a demo that is as large as a real region.

use super::InRegion;
use super::grant::Grant;
use super::person::Person;
use super::{opd, region};
use crate::access::{May, Role, Tx, act};
use crate::audit;
use crate::db::Id;
use crate::db::page::Paging;
use crate::db::schema::{grants, people};
use crate::error::Result;
use crate::{on, store_all};
use diesel::prelude::*;
use serde_json::json;
use std::collections::BTreeSet;

const FIRST: [&str; 20] = [
    "Ahmad", "Siti", "Budi", "Dewi", "Eko", "Fitri", "Gunawan", "Hesti", "Indra", "Joko", "Kartika", "Lukman", "Maya",
    "Nanang", "Oktavia", "Purnomo", "Ratna", "Slamet", "Tri", "Wahyu",
];
const LAST: [&str; 20] = [
    "Aminah",
    "Basuki",
    "Cahyono",
    "Darmawan",
    "Efendi",
    "Firmansyah",
    "Gunadi",
    "Hartono",
    "Iskandar",
    "Jatmiko",
    "Kurniawan",
    "Lestari",
    "Maulana",
    "Nugraha",
    "Oktora",
    "Prasetyo",
    "Rahayu",
    "Santoso",
    "Utami",
    "Wibowo",
];
/// Organisations with people; the others are small.
const OPDS: usize = 60;
/// Of so many agents one sits at Tier 2.
const ONE_OF_TIER2: usize = 6;

/// Somebody with a role.
#[derive(Debug, Clone, Copy)]
pub struct Member {
    /// Who.
    pub person: Id,
    /// As what.
    pub role: Role,
    /// Where, for a role that is bound to an organisation.
    pub opd: Option<Id>,
}

/// How many there shall be in a region, and with which password (as a hash).
#[derive(Debug, Clone)]
pub struct Crowd {
    /// Place of the region among the demo's, for numbers that are nobody's.
    pub place: usize,
    /// Requesters.
    pub people: usize,
    /// Technicians of both tiers.
    pub agents: usize,
    /// The demo's password.
    pub hash: Option<String>,
}

/// Everybody who is active in a region, with each of his roles.
pub fn members(tx: &mut Tx<'_>, region: Id) -> Result<Vec<Member>> {
    let rows: Vec<(Id, Role, Option<Id>)> = on!(tx.conn(), |c| grants::table
        .inner_join(people::table)
        .filter(grants::region_id.eq(region).and(grants::revoked_at.is_null()))
        .filter(people::active.eq(true))
        .select((people::id, grants::role, grants::opd_id))
        .order((grants::granted_at, grants::id))
        .load(c))?;
    Ok(rows.into_iter().map(|(person, role, opd)| Member { person, role, opd }).collect())
}

/// Lets a demo region have as many people as `crowd` says; how many were added. The audit log tells it once.
pub fn settle(tx: &mut Tx<'_>, may: &May<act::KeepPeople, InRegion>, crowd: &Crowd) -> Result<usize> {
    let region = region::by_id(tx, may.get().0)?;
    let there = members(tx, region.id)?;
    let staffed: Vec<Id> = there.iter().filter_map(|m| m.opd).collect();
    let agents = there.iter().filter(|m| matches!(m.role, Role::Tier1 | Role::Tier2)).map(|m| m.person);
    let missing = crowd.agents.saturating_sub(agents.collect::<BTreeSet<_>>().len());
    // Those that somebody works for already, then the others by code; one stays without Tier 1 (L4).
    let mut opds = opd::list(tx, &Paging { limit: Some(200), cursor: None })?.items;
    opds.sort_by_key(|o| !staffed.contains(&o.id));
    let opds: Vec<Id> = opds.into_iter().take(OPDS).map(|o| o.id).collect();
    let technicians: Vec<Id> = opds.iter().copied().filter(|o| served(tx, *o).unwrap_or(false)).collect();
    let known: i64 = on!(tx.conn(), |c| people::table.filter(people::region_id.eq(region.id)).count().get_result(c))?;
    let known = usize::try_from(known).unwrap_or(usize::MAX);
    let (mut persons, mut roles) = (Vec::new(), Vec::new());
    for n in known..(crowd.people + crowd.agents).max(known) {
        let agent = n < known.saturating_add(missing);
        let (role, at, word) = match (agent, n % ONE_OF_TIER2) {
            (true, 0) => (Role::Tier2, None, "tier2"),
            (true, _) => (Role::Tier1, technicians.get(n % technicians.len().max(1)).copied(), "teknisi"),
            (false, _) => (Role::Requester, opds.get(n % opds.len().max(1)).copied(), "pegawai"),
        };
        let pick = |names: &[&str], n: usize| names.get(n % names.len().max(1)).map_or("", |n| *n).to_owned();
        let person = Person {
            id: tx.new_id(),
            region_id: Some(region.id),
            name: format!("{} {}", pick(&FIRST, n), pick(&LAST, n / FIRST.len())),
            nip: agent.then(|| number(crowd.place, n)),
            email: format!("{word}.{n:05}@{}", region.domain),
            phone: None,
            language: region.language.clone(),
            password_hash: crowd.hash.clone(),
            password_set_at: Some(tx.now),
            active: true,
            demo: true,
            created_at: tx.now,
            updated_at: tx.now,
            deactivated_at: None,
            version: 1,
        };
        roles.push(Grant {
            id: tx.new_id(),
            person_id: person.id,
            role,
            region_id: Some(region.id),
            opd_id: at,
            granted_by: None,
            granted_at: tx.now,
            revoked_by: None,
            revoked_at: None,
        });
        persons.push(person);
    }
    store_all!(tx.conn(), people::table, &persons);
    store_all!(tx.conn(), grants::table, &roles);
    if !persons.is_empty() {
        let object = audit::Object { kind: "region", id: Some(region.id), region: Some(region.id) };
        audit::append(tx, "person.seed", object, json!({ "people": persons.len() }))?;
    }
    Ok(persons.len())
}

fn served(tx: &mut Tx<'_>, opd: Id) -> Result<bool> {
    opd::has_tier1(tx, opd)
}

/// A NIP that passes every check and is nobody's.
fn number(place: usize, n: usize) -> String {
    let (month, day, serial) = (place % 12 + 1, n % 28 + 1, n / 28 % 900 + 50);
    format!("1986{month:02}{day:02}2011011{serial:03}")
}
