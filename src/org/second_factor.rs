//! A second factor: codes by time from a device (RFC 6238), and recovery codes for whoever lost it. Each code counts
//! once. The secret is sealed by a key outside the database; the one way to read it is to hold that key.

use super::account_mail::{self, Change};
use super::person::{self, Person, Target};
use super::{region, session, sign_out};
use crate::access::token::random;
use crate::access::vault::Vault;
use crate::access::{May, Tx, act, totp};
use crate::audit;
use crate::config::SignIn;
use crate::db::schema::{recovery_codes as codes, second_factors as factors};
use crate::db::{Conn, Id, Ts};
use crate::error::{Error, Result};
use crate::{on, say};
use chrono::Duration;
use diesel::dsl::exists;
use diesel::prelude::*;
use serde_json::json;

/// Recovery codes that are made at once.
const CODES: usize = 10;
/// Characters of one: 60 bits, which nobody guesses against the limits on guessing.
const CODE_LENGTH: usize = 12;
/// Seconds for which a secret waits for its first code.
const PATIENCE: i64 = 900;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = factors, treat_none_as_default_value = false)]
struct Factor {
    person_id: Id,
    secret: String,
    created_at: Ts,
    confirmed_at: Option<Ts>,
    last_step: i64,
}

#[derive(Insertable)]
#[diesel(table_name = codes, treat_none_as_default_value = false)]
struct Code {
    person_id: Id,
    hash: String,
    used_at: Option<Ts>,
}

/// How somebody's own second factor stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Since when codes are asked for; none if they are not.
    pub since: Option<Ts>,
    /// Recovery codes that are left.
    pub codes_left: i64,
}

/// A secret that waits for its first code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// For typing: base 32.
    pub secret: String,
    /// For a QR code.
    pub uri: String,
}

/// What a sign-in's code, or the lack of one, comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Judgement {
    /// He has no second factor.
    NotAsked,
    /// A code is needed and none came.
    Missing,
    /// The code is none of his, or was used before.
    Wrong,
    /// The code was right, and is used up.
    Right,
}

/// `true` if codes are asked of this person.
pub fn is_set(conn: &mut Conn<'_>, person: Id) -> Result<bool> {
    let found = on!(conn, |c| factors::table
        .find(person)
        .filter(factors::confirmed_at.is_not_null())
        .select(factors::person_id)
        .first::<Id>(c)
        .optional())?;
    Ok(found.is_some())
}

/// The sealed secrets of which codes are asked: whoever looks after the keys asks of each whether its key is there.
///
/// # Errors
/// The database's.
pub fn sealed(tx: &mut Tx<'_>) -> Result<Vec<String>> {
    Ok(on!(tx.conn(), |c| factors::table.filter(factors::confirmed_at.is_not_null()).select(factors::secret).load(c))?)
}

/// How the caller's own stands.
///
/// # Errors
/// 401 if nobody is signed in.
pub fn standing(tx: &mut Tx<'_>) -> Result<Standing> {
    let me = tx.actor.person()?;
    let since = load(tx, me)?.and_then(|factor| factor.confirmed_at);
    let codes_left = on!(tx.conn(), |c| codes::table
        .filter(codes::person_id.eq(me).and(codes::used_at.is_null()))
        .count()
        .get_result(c))?;
    Ok(Standing { since, codes_left })
}

/// The caller, if he has no second factor yet; to ask for his password before a slow hash.
///
/// # Errors
/// 409 if he has one.
pub fn owner_without(tx: &mut Tx<'_>) -> Result<Person> {
    let me = tx.actor.person()?;
    refuse_second(tx, me)?;
    owner(tx)
}

/// The caller, whether he has one or not.
///
/// # Errors
/// 401 for nobody.
pub fn owner(tx: &mut Tx<'_>) -> Result<Person> {
    let me = tx.actor.person()?;
    person::by_id(tx, me)
}

/// Makes the caller a secret, which counts once a code of it was sent; an earlier one that waits is forgotten.
///
/// # Errors
/// 409 if he has a second factor already.
pub fn begin(tx: &mut Tx<'_>, vault: &Vault) -> Result<Waiting> {
    let me = tx.actor.person()?;
    let person = person::hold(tx, me)?;
    refuse_second(tx, me)?;
    forget_waiting(tx, me)?;
    let secret = random::<{ totp::SECRET }>()?;
    let row = Factor {
        person_id: me,
        secret: vault.seal(&secret, me)?,
        created_at: tx.now,
        confirmed_at: None,
        last_step: 0,
    };
    on!(tx.conn(), |c| diesel::insert_into(factors::table).values(&row).execute(c))?;
    audit::append(tx, "second_factor.begin", person::object(&person), json!({}))?;
    told(tx, &person, &secret)
}

/// The caller's secret that waits, if one does.
///
/// # Errors
/// [`Error::Internal`] without its key.
pub fn waiting(tx: &mut Tx<'_>, vault: &Vault) -> Result<Option<Waiting>> {
    let me = tx.actor.person()?;
    let Some(factor) = that_waits(tx, me)? else { return Ok(None) };
    let (secret, person) = (vault.unseal(&factor.secret, me)?, person::by_id(tx, me)?);
    told(tx, &person, &secret).map(Some)
}

/// Takes the first code of the secret that waits. From now on codes are asked for; every other session ends. Returns
/// the recovery codes, which nobody can read again.
///
/// # Errors
/// 409 if nothing waits; 422 for a wrong code.
pub fn confirm(tx: &mut Tx<'_>, vault: &Vault, code: &str, settings: &SignIn) -> Result<Vec<String>> {
    let me = tx.actor.person()?;
    let person = person::hold(tx, me)?;
    refuse_second(tx, me)?;
    let factor = that_waits(tx, me)?.ok_or_else(|| Error::Conflict(say!("second_factor.nothing_waits")))?;
    let secret = vault.unseal(&factor.secret, me)?;
    let wrong = || Error::invalid("/code", say!("second_factor.wrong"));
    let (now, step) = (tx.now, totp::fits(&secret, &plain(code), tx.now).ok_or_else(wrong)?);
    let tried = factors::confirmed_at.is_null().and(factors::secret.eq(&factor.secret));
    let taken = on!(tx.conn(), |c| diesel::update(factors::table.find(me).filter(tried))
        .set((factors::confirmed_at.eq(Some(now)), factors::last_step.eq(step)))
        .execute(c))?;
    if taken == 0 {
        return Err(Error::Conflict(say!("second_factor.there")));
    }
    let mut made = Vec::with_capacity(CODES);
    for _ in 0..CODES {
        let code: String = totp::base32(&random::<8>()?).chars().take(CODE_LENGTH).collect();
        let hash = vault.tags(&code, me).into_iter().next().ok_or_else(|| Error::internal("no key to hash with"))?;
        let row = Code { person_id: me, hash, used_at: None };
        on!(tx.conn(), |c| diesel::insert_into(codes::table).values(&row).execute(c))?;
        made.push(in_groups(&code));
    }
    session::forgive(tx, me, settings)?;
    if let Some(session) = tx.actor.session {
        sign_out::elsewhere(tx, me, session, "second_factor_set")?;
    }
    audit::append(tx, "second_factor.set", person::object(&person), json!({}))?;
    account_mail::tell(tx, &person, Change::FactorSet)?;
    Ok(made)
}

/// Takes the caller's own second factor away; every other session ends.
///
/// # Errors
/// 409 if he has none; 422 for a wrong code.
pub fn remove(tx: &mut Tx<'_>, vault: &Vault, code: &str, settings: &SignIn) -> Result<()> {
    let me = tx.actor.person()?;
    let person = person::hold(tx, me)?;
    match judge(tx, vault, me, Some(code))? {
        Judgement::Right => {}
        Judgement::NotAsked => return Err(Error::Conflict(say!("second_factor.none"))),
        Judgement::Missing | Judgement::Wrong => return Err(Error::invalid("/code", say!("second_factor.wrong"))),
    }
    forget(tx, me)?;
    session::forgive(tx, me, settings)?;
    if let Some(session) = tx.actor.session {
        sign_out::elsewhere(tx, me, session, "second_factor_removed")?;
    }
    account_mail::tell(tx, &person, Change::FactorRemoved)?;
    audit::append(tx, "second_factor.remove", person::object(&person), json!({}))
}

/// Takes the second factor of somebody away who lost his device and his codes. Every session of his ends.
///
/// # Errors
/// 409 if he has none.
pub fn reset(tx: &mut Tx<'_>, may: May<act::ResetFactor, Target>) -> Result<()> {
    let person = person::hold(tx, may.into_inner().person.id)?;
    if !is_set(tx.conn(), person.id)? {
        return Err(Error::Conflict(say!("second_factor.none_of_his")));
    }
    forget(tx, person.id)?;
    sign_out::everywhere(tx, person.id, "second_factor_reset")?;
    account_mail::tell(tx, &person, Change::FactorReset)?;
    audit::append(tx, "second_factor.reset", person::object(&person), json!({}))
}

/// Whether `person` may go on with this code, using it up. A code that came twice, even at once, counts once.
///
/// # Errors
/// [`Error::Internal`] without the key of his secret.
pub fn judge(tx: &mut Tx<'_>, vault: &Vault, person: Id, code: Option<&str>) -> Result<Judgement> {
    let Some(factor) = load(tx, person)?.filter(|factor| factor.confirmed_at.is_some()) else {
        return Ok(Judgement::NotAsked);
    };
    let Some(code) = code.map(plain).filter(|code| !code.is_empty()) else { return Ok(Judgement::Missing) };
    let secret = vault.unseal(&factor.secret, person)?;
    let used = match totp::fits(&secret, &code, tx.now) {
        Some(step) => on!(tx.conn(), |c| diesel::update(
            factors::table.filter(factors::person_id.eq(person).and(factors::last_step.lt(step)))
        )
        .set(factors::last_step.eq(step))
        .execute(c))?,
        None => use_recovery_code(tx, vault, person, &code)?,
    };
    Ok(if used == 1 { Judgement::Right } else { Judgement::Wrong })
}

/// Counts a code as a try and notes one that would be refused, using none up. Where there is no secret, confirmed or not,
/// there is nothing to guess and nothing is counted.
///
/// # Errors
/// 429 while a pause lasts; [`Error::Internal`] without the key of his secret.
pub fn count(tx: &mut Tx<'_>, vault: &Vault, person: Id, code: &str, settings: &SignIn) -> Result<()> {
    let Some(factor) = load(tx, person)? else { return Ok(()) };
    session::attempt_of(tx, person, settings)?;
    let (secret, code) = (vault.unseal(&factor.secret, person)?, plain(code));
    let fits = if let Some(step) = totp::fits(&secret, &code, tx.now) {
        step > factor.last_step
    } else {
        let hashes = vault.tags(&code, person);
        let mine = codes::person_id.eq(person).and(codes::hash.eq_any(&hashes)).and(codes::used_at.is_null());
        on!(tx.conn(), |c| diesel::select(exists(codes::table.filter(mine))).get_result(c))?
    };
    if fits {
        return Ok(());
    }
    let region = person::by_id(tx, person)?.region_id;
    session::refused(tx, Some(person), region)
}

fn use_recovery_code(tx: &mut Tx<'_>, vault: &Vault, person: Id, code: &str) -> Result<usize> {
    let (now, hashes) = (tx.now, vault.tags(code, person));
    Ok(on!(tx.conn(), |c| diesel::update(
        codes::table
            .filter(codes::person_id.eq(person).and(codes::hash.eq_any(&hashes)))
            .filter(codes::used_at.is_null())
    )
    .set(codes::used_at.eq(Some(now)))
    .execute(c))?)
}

fn load(tx: &mut Tx<'_>, person: Id) -> Result<Option<Factor>> {
    Ok(on!(tx.conn(), |c| factors::table.find(person).select(Factor::as_select()).first(c).optional())?)
}

fn that_waits(tx: &mut Tx<'_>, person: Id) -> Result<Option<Factor>> {
    let now = tx.now;
    let waits = |f: &Factor| f.confirmed_at.is_none() && now < f.created_at.plus(Duration::seconds(PATIENCE));
    Ok(load(tx, person)?.filter(waits))
}

fn refuse_second(tx: &mut Tx<'_>, person: Id) -> Result<()> {
    if is_set(tx.conn(), person)? { Err(Error::Conflict(say!("second_factor.there"))) } else { Ok(()) }
}

/// Recovery codes come with what is confirmed, so there are none.
fn forget_waiting(tx: &mut Tx<'_>, person: Id) -> Result<()> {
    let waits = factors::table.find(person).filter(factors::confirmed_at.is_null());
    on!(tx.conn(), |c| diesel::delete(waits).execute(c))?;
    Ok(())
}

fn forget(tx: &mut Tx<'_>, person: Id) -> Result<()> {
    on!(tx.conn(), |c| diesel::delete(codes::table.filter(codes::person_id.eq(person))).execute(c))?;
    on!(tx.conn(), |c| diesel::delete(factors::table.find(person)).execute(c))?;
    Ok(())
}

fn told(tx: &mut Tx<'_>, person: &Person, secret: &[u8]) -> Result<Waiting> {
    let region = person.region_id.map(|id| region::by_id(tx, id)).transpose()?;
    let issuer = region.map_or_else(|| "SIGAP".to_owned(), |region| format!("SIGAP {}", region.name));
    Ok(Waiting { secret: totp::base32(secret), uri: totp::uri(secret, &issuer, &person.email) })
}

/// As it is compared: spaces and hyphens are for the eye.
fn plain(code: &str) -> String {
    code.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect()
}

fn in_groups(code: &str) -> String {
    let (first, rest) = code.split_at_checked(CODE_LENGTH / 3).unwrap_or((code, ""));
    let (second, third) = rest.split_at_checked(CODE_LENGTH / 3).unwrap_or((rest, ""));
    format!("{first}-{second}-{third}")
}
