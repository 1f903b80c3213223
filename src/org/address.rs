//! Whose an address is: of whoever left, too, for no two people of this service have the same one.

use super::person::Person;
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
