//! Whose an address or a NIP is, or was: of whoever left, too. No two people of this service have the same address.

use super::person::{self, Person};
use super::{directory, grant, opd};
use crate::access::Tx;
use crate::db::Id;
use crate::db::schema::people;
use crate::error::{Error, Result};
use crate::message::Say;
use crate::{on, say};
use diesel::prelude::*;

/// Whoever has exactly this address, or had it when he left.
///
/// # Errors
/// The database's.
pub fn holder(tx: &mut Tx<'_>, address: &str) -> Result<Option<Person>> {
    Ok(on!(tx.conn(), |c| people::table
        .filter(people::email.eq(address))
        .select(Person::as_select())
        .first(c)
        .optional())?)
}

/// Whoever had exactly this address when he left.
///
/// # Errors
/// The database's.
pub fn gone(tx: &mut Tx<'_>, address: &str) -> Result<Option<Person>> {
    Ok(holder(tx, address)?.filter(|person| !person.active))
}

/// Everybody of `region` with this address or NIP, whoever has left too: who is there first, then who came last. Without a
/// region, of the platform.
///
/// # Errors
/// The database's.
pub fn ever(tx: &mut Tx<'_>, region: Option<Id>, login: &str) -> Result<Vec<Person>> {
    among(tx, &region.map_or(Whose::Platform, Whose::Region), login)
}

/// As [`ever`], in whichever region.
///
/// # Errors
/// The database's.
pub fn anywhere(tx: &mut Tx<'_>, login: &str) -> Result<Vec<Person>> {
    among(tx, &Whose::Anybody, login)
}

/// Among whom somebody is looked for.
enum Whose {
    Region(Id),
    Platform,
    Anybody,
}

fn among(tx: &mut Tx<'_>, whose: &Whose, login: &str) -> Result<Vec<Person>> {
    let login = person::spelling(login);
    Ok(on!(tx.conn(), |c| {
        let query = people::table
            .filter(people::email.eq(&login).or(people::nip.eq(&login)))
            .select(Person::as_select())
            .order((people::active.desc(), people::created_at.desc(), people::id))
            .into_boxed::<Db>();
        match whose {
            Whose::Region(region) => query.filter(people::region_id.eq(region)).load(c),
            Whose::Platform => query.filter(people::region_id.is_null()).load(c),
            Whose::Anybody => query.load(c),
        }
    })?)
}

/// Refuses an address that is somebody's other than `of`. Whose it is, and what to do, is told to whoever may know of that
/// person; to anybody else no more than that it is taken.
///
/// # Errors
/// 422 at `/email`.
pub(super) fn refuse_held(tx: &mut Tx<'_>, address: &str, of: Id) -> Result<()> {
    match holder(tx, address)? {
        Some(held) if held.id != of => Err(Error::invalid("/email", whose(tx, &held)?)),
        _ => Ok(()),
    }
}

fn whose(tx: &mut Tx<'_>, held: &Person) -> Result<Say> {
    match directory::known(tx, held.id) {
        Ok(_) => {}
        Err(Error::NotFound) => return Ok(say!("field.taken")),
        Err(other) => return Err(other),
    }
    let opds: Vec<Id> = grant::of(tx, &[held.id])?.iter().filter_map(|grant| grant.opd_id).collect();
    let mut who = vec![held.name.clone()];
    let mut names: Vec<String> = opd::names(tx, &opds)?.into_iter().map(|(_, _, name)| name).collect();
    names.sort();
    who.append(&mut names);
    let (who, place) = (who.join(", "), format!("/admin/people/{}", held.id));
    Ok(if held.active {
        say!("person.address_active", who = who, place = place)
    } else {
        say!("person.address_gone", who = who, place = place)
    })
}
