//! Setting a password by the region's policy. Every session ends with it.

use super::account_mail::{self, Change};
use super::{Person, link, person, region, sign_out};
use crate::access::Tx;
use crate::access::password::Policy;
use crate::audit;
use crate::db::schema::{password_history as history, people};
use crate::db::{Id, Ts};
use crate::error::{Error, Result};
use crate::{on, say};
use diesel::prelude::*;
use serde_json::json;

#[derive(Insertable)]
#[diesel(table_name = history, treat_none_as_default_value = false)]
struct Row<'a> {
    id: Id,
    person_id: Id,
    hash: &'a str,
    set_at: Ts,
}

/// The policy that holds for `person`.
pub fn policy(tx: &mut Tx<'_>, person: &Person) -> Result<Policy> {
    let Some(id) = person.region_id else { return Ok(Policy::Nist) };
    let region = region::by_id(tx, id)?;
    Policy::from_text(&region.password_policy).ok_or_else(|| Error::internal("stored password policy"))
}

/// Checks a new password before it is hashed; returns the hashes it must not match.
///
/// # Errors
/// 422 that says what is wrong.
pub fn check(tx: &mut Tx<'_>, person: &Person, password: &str, pointer: &str) -> Result<Vec<String>> {
    let policy = policy(tx, person)?;
    let words = link::region_words(tx, person)?;
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    if let Some(fault) = policy.refuses(password, &words) {
        return Err(Error::invalid(pointer, fault));
    }
    Ok(on!(tx.conn(), |c| history::table
        .filter(history::person_id.eq(person.id))
        .order(history::set_at.desc())
        .limit(policy.remembers())
        .select(history::hash)
        .load(c))?)
}

/// The refusal of a password that was used before.
#[must_use]
pub fn seen_before(pointer: &str) -> Error {
    Error::invalid(pointer, say!("password.again"))
}

/// `true` if the policy asks for a new password by now.
pub fn has_aged(tx: &mut Tx<'_>, person: &Person) -> Result<bool> {
    let days = policy(tx, person)?.max_age_days();
    let set = person.password_set_at;
    Ok(days.zip(set).is_some_and(|(days, set)| set.plus(chrono::Duration::days(days)) < tx.now))
}

/// Stores a hash; every session of the person ends.
pub fn store(tx: &mut Tx<'_>, person: &Person, hash: &str) -> Result<()> {
    let now = tx.now;
    on!(tx.conn(), |c| diesel::update(people::table.find(person.id))
        .set((
            people::password_hash.eq(Some(hash)),
            people::password_set_at.eq(Some(now)),
            people::version.eq(people::version + 1),
            people::updated_at.eq(now),
        ))
        .execute(c))?;
    let row = Row { id: tx.new_id(), person_id: person.id, hash, set_at: now };
    on!(tx.conn(), |c| diesel::insert_into(history::table).values(row).execute(c))?;
    link::end(tx, person.id)?;
    sign_out::everywhere(tx, person.id, "password_changed")?;
    // His first one he set by a link that was mailed or handed to him.
    if person.password_set_at.is_some() {
        account_mail::tell(tx, person, Change::Password)?;
    }
    audit::append(tx, "password.set", person::object(person), json!({}))
}

/// Makes a person's password worth nothing: he sets another by a link that is mailed to him.
///
/// # Errors
/// The database's.
pub fn void(tx: &mut Tx<'_>, person: &Person) -> Result<()> {
    on!(tx.conn(), |c| diesel::update(people::table.find(person.id))
        .set(people::password_hash.eq(None::<String>))
        .execute(c))?;
    person::touch(tx, person.id)?;
    link::end(tx, person.id)?;
    sign_out::everywhere(tx, person.id, "password_void")?;
    audit::append(tx, "password.void", person::object(person), json!({}))
}
