//! People: staff with a checked NIP and an official address (T4, P6).

use super::grant::{self, Left};
use super::nip::Nip;
use super::{InRegion, Region, actor, address, changed, region, sign_out};
use crate::access::policy::Facts;
use crate::access::{May, Role, Subject, Tx, act};
use crate::audit;
use crate::check::Checks;
use crate::db::kept::Keep;
use crate::db::schema::people;
use crate::db::{Expected, Id, Ts, one_of};
use crate::error::{Error, Result};
use crate::mail::bounce;
use crate::message::{Language, Say};
use crate::patch::Patch;
use crate::{on, say};
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeSet;

/// A person as stored.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = people, treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct Person {
    /// His id.
    pub id: Id,
    /// His region; none for an operator.
    pub region_id: Option<Id>,
    /// Name with titles, as he writes it.
    pub name: String,
    /// Civil-service number, 18 digits.
    pub nip: Option<String>,
    /// Official address, lower case.
    pub email: String,
    /// Telephone.
    pub phone: Option<String>,
    /// Language of his messages.
    pub language: String,
    /// Argon2id hash; none until he has chosen a password.
    pub password_hash: Option<String>,
    /// When he chose it.
    pub password_set_at: Option<Ts>,
    /// May sign in.
    pub active: bool,
    /// Made by `--demo`.
    pub demo: bool,
    /// When he was entered.
    pub created_at: Ts,
    /// When his entry was last changed.
    pub updated_at: Ts,
    /// When he left.
    pub deactivated_at: Option<Ts>,
    /// Changes so far.
    pub version: i32,
}

/// A person as others see him.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Serialize, utoipa::ToSchema)]
pub struct Brief {
    /// His id.
    #[schema(value_type = uuid::Uuid)]
    pub id: Id,
    /// Name.
    #[schema(example = "Siti Aminah")]
    pub name: String,
    /// Official address.
    #[schema(example = "pegawai.dinkes@lebakkab.go.id")]
    pub email: String,
}

/// Fields of a person; in a change, those that are named.
#[derive(Debug, Clone, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PersonFields)]
pub struct Fields {
    /// Name.
    pub name: Option<String>,
    /// Official address.
    pub email: Option<String>,
    /// NIP, 18 digits; spaces and dots are left out. `null`: he has none.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "199608182022041001")]
    pub nip: Patch<String>,
    /// Telephone.
    pub phone: Option<String>,
    /// `id` or `en`.
    pub language: Option<String>,
    /// May sign in; `false` when he leaves.
    pub active: Option<bool>,
    /// The caller's own password, if he changes his own address.
    #[schema(max_length = 1024)]
    pub password: Option<String>,
    /// That password was found right.
    #[serde(skip)]
    #[doc(hidden)]
    pub is_proven: bool,
}

/// A person as the object of an act.
#[derive(Debug, Clone)]
pub struct Target {
    /// The person.
    pub person: Person,
    /// The role at stake; for his entry as a whole, the highest that he holds.
    pub role: Role,
}

impl Subject for Target {
    fn facts(&self) -> Facts {
        Facts::Person { region: self.person.region_id, person: self.person.id, role: self.role }
    }
}

/// Enters a person into a region.
///
/// # Errors
/// 422 for fields that are missing, do not fit, or an address or NIP that is taken.
pub fn create(tx: &mut Tx<'_>, may: &May<act::KeepPeople, InRegion>, fields: &Fields) -> Result<Person> {
    let region = region::by_id(tx, may.get().0)?;
    enter(tx, Some(&region), fields)
}

/// Enters somebody who is to become a region's administrator; for the operator, who keeps regions.
///
/// # Errors
/// 403 for anybody else; 422 as [`create`].
pub fn create_administrator(tx: &mut Tx<'_>, region: &Region, fields: &Fields) -> Result<Person> {
    crate::access::check::<act::KeepRegions, _>(&tx.actor, super::Platform)?;
    enter(tx, Some(region), fields)
}

/// Enters somebody who is to become an operator.
///
/// # Errors
/// 403 for anybody but an operator; 422 as [`create`].
pub fn create_operator(tx: &mut Tx<'_>, fields: &Fields) -> Result<Person> {
    crate::access::check::<act::KeepRegions, _>(&tx.actor, super::Platform)?;
    enter(tx, None, fields)
}

/// Enters a person; without a region he is of the platform.
pub(super) fn enter(tx: &mut Tx<'_>, region: Option<&Region>, fields: &Fields) -> Result<Person> {
    let mut checks = Checks::new();
    checks.ensure(fields.name.is_some(), "/name", || say!("field.needed"));
    checks.ensure(fields.email.is_some(), "/email", || say!("field.needed"));
    checks.done()?;
    let mut person = Person {
        id: tx.new_id(),
        region_id: region.map(|r| r.id),
        name: String::new(),
        nip: None,
        email: String::new(),
        phone: None,
        language: region.map_or_else(|| "id".into(), |r| r.language.clone()),
        password_hash: None,
        password_set_at: None,
        active: true,
        demo: false,
        created_at: tx.now,
        updated_at: tx.now,
        deactivated_at: None,
        version: 1,
    };
    apply(region, &mut person, fields)?;
    address::refuse_held(tx, &person.email, person.id)?;
    on!(tx.conn(), |c| diesel::insert_into(people::table).values(&person).execute(c))?;
    audit::append(tx, "person.create", object(&person), json!({ "email": person.email }))?;
    Ok(person)
}

/// Changes a person's entry; an address that is named is written to again, even if mails came back. What says nothing new
/// is no change. Whoever is no longer active is signed out at once, and is handed back as [`Left`].
///
/// # Errors
/// 401 for whoever was put out himself just now; 409 for whoever deactivates himself; 412 for a version that is not `expected`; 422 for fields that do not fit, where
/// a member of a desk would lose his NIP, and for one's own address without one's password.
pub fn change(
    tx: &mut Tx<'_>,
    may: May<act::KeepPeople, Target>,
    fields: &Fields,
    expected: impl Into<Expected>,
) -> Result<(Person, Option<Left>)> {
    let (seen, expected) = (may.into_inner().person, expected.into());
    let (id, region) = (seen.id, seen.region_id.map(|id| region::by_id(tx, id)).transpose()?);
    if changed::is_none(tx, &seen, region.as_ref(), fields)? {
        expected.check(seen.version)?;
        return Ok((seen, None));
    }
    if fields.active == Some(false) {
        actor::hold_with(tx, &BTreeSet::from([id]))?;
    }
    let mut person = on!(tx.conn(), |c| diesel::update(people::table.find(id))
        .set(people::version.eq(people::version + 1))
        .returning(Person::as_returning())
        .get_result(c))?;
    expected.check(person.version - 1)?;
    // Somebody else is left then who lets people in.
    if fields.active == Some(false) && tx.actor.person == Some(id) {
        return Err(Error::Conflict(say!("person.own_leave")));
    }
    let before = person.clone();
    apply(region.as_ref(), &mut person, fields)?;
    if before.email != person.email {
        // Whoever has his session alone must not come to his mail (ASVS 7.5.1).
        if tx.actor.person == Some(id) && !fields.is_proven {
            return Err(Error::invalid("/password", say!("person.own_address")));
        }
        address::refuse_held(tx, &person.email, id)?;
    }
    if before.nip.is_some() && person.nip.is_none() && !grant::members_of_desks(tx, &BTreeSet::from([id]))?.is_empty() {
        return Err(Error::invalid("/nip", say!("grant.keeps_nip")));
    }
    person.updated_at = tx.now;
    let left = before.active && !person.active;
    person.deactivated_at = if person.active { None } else { person.deactivated_at.or(Some(tx.now)) };
    on!(tx.conn(), |c| diesel::update(people::table.find(id)).set(&person).execute(c))?;
    if fields.email.is_some() {
        bounce::clear(tx, &person.email)?;
    }
    if left {
        sign_out::everywhere(tx, id, "deactivated")?;
    }
    changed::note(tx, &before, &person)?;
    Ok((person, if left { Some(Left::all(tx, id)?) } else { None }))
}

pub(super) fn apply(region: Option<&Region>, person: &mut Person, fields: &Fields) -> Result<()> {
    let mut checks = Checks::new();
    if let Some(name) = &fields.name {
        checks.name("/name", name, 1..=120);
        name.trim().clone_into(&mut person.name);
    }
    if let Some(email) = &fields.email {
        person.email = email.trim().to_lowercase();
        let official = region.is_none_or(|r| r.is_official(&person.email));
        checks.ensure(official, "/email", || {
            say!("address.unofficial", domain = region.map_or("", |r| r.domain.as_str()))
        });
        checks.ensure(person.email.parse::<lettre::Address>().is_ok(), "/email", || say!("address.malformed"));
    }
    match &fields.nip {
        Patch::Same => {}
        Patch::Clear => person.nip = None,
        Patch::Set(nip) => match checked_nip(nip) {
            Ok(nip) => person.nip = Some(nip),
            Err(fault) => checks.fault("/nip", fault),
        },
    }
    if let Some(phone) = &fields.phone {
        checks.line("/phone", phone, 0..=40);
        person.phone = Some(phone.clone()).filter(|p| !p.is_empty());
    }
    if let Some(language) = &fields.language {
        checks.ensure(matches!(language.as_str(), "id" | "en"), "/language", || say!("field.language"));
        person.language.clone_from(language);
    }
    person.active = fields.active.unwrap_or(person.active);
    checks.done()
}

/// A NIP in its 18 digits. What is possible but not plausible is refused too: it is nearly always a slip of the pen.
fn checked_nip(text: &str) -> std::result::Result<String, Say> {
    let fault = |key| Say { key, values: Vec::new() };
    let nip = Nip::parse(text).map_err(|e| fault(e.code()))?;
    match nip.doubt() {
        Some(doubt) => Err(fault(doubt.code())),
        None => Ok(nip.as_str().to_owned()),
    }
}

pub(super) fn object(person: &Person) -> audit::Object {
    audit::Object { kind: "person", id: Some(person.id), region: person.region_id }
}

/// Raises the version of a person's entry: his roles are part of what is read of it.
pub(super) fn touch(tx: &mut Tx<'_>, id: Id) -> Result<()> {
    let now = tx.now;
    on!(tx.conn(), |c| diesel::update(people::table.find(id))
        .set((people::version.eq(people::version + 1), people::updated_at.eq(now)))
        .execute(c))?;
    Ok(())
}

/// As [`by_id`], locked by changing the row first: whoever takes a role from him, lets him go, or changes his password waits
/// for this commit or has committed.
///
/// # Errors
/// 404 if there is none.
pub fn hold(tx: &mut Tx<'_>, id: Id) -> Result<Person> {
    Ok(on!(tx.conn(), |c| diesel::update(people::table.find(id))
        .set(people::version.eq(people::version))
        .returning(Person::as_returning())
        .kept()
        .get_result(c))?)
}

/// The person with this id, whoever asks; for rules, not for answers.
///
/// # Errors
/// 404 if there is none.
pub fn by_id(tx: &mut Tx<'_>, id: Id) -> Result<Person> {
    Ok(on!(tx.conn(), |c| people::table.find(id).select(Person::as_select()).first(c))?)
}

/// A login in the one spelling by which it is known: a NIP in its digits, everything else in lower case.
pub(super) fn spelling(login: &str) -> String {
    let login = login.trim().to_lowercase();
    match Nip::parse(&login) {
        Ok(nip) => nip.as_str().to_owned(),
        Err(_) => login,
    }
}

/// The active person of `region` with this address or NIP.
pub fn by_login(tx: &mut Tx<'_>, region: Option<Id>, login: &str) -> Result<Option<Person>> {
    let login = spelling(login);
    Ok(on!(tx.conn(), |c| {
        let mut query = people::table
            // SQLite goes by the index of NIPs only where its condition stands beside them, word for word.
            .filter(people::email.eq(&login).or(people::nip.eq(&login).and(people::active)))
            .filter(people::active.eq(true))
            .select(Person::as_select())
            .into_boxed::<Db>();
        if let Some(region) = region {
            query = query.filter(people::region_id.eq(region));
        }
        query.first(c).optional()
    })?)
}

/// The active person with exactly this address, in whichever region.
///
/// # Errors
/// The database's.
pub fn by_address(tx: &mut Tx<'_>, address: &str) -> Result<Option<Person>> {
    Ok(on!(tx.conn(), |c| people::table
        .filter(people::email.eq(address).and(people::active.eq(true)))
        .select(Person::as_select())
        .first(c)
        .optional())?)
}

/// How each of these people is named to others.
pub fn briefs(tx: &mut Tx<'_>, ids: &[Id]) -> Result<Vec<Brief>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    Ok(on!(tx.conn(), |c| people::table
        .filter(one_of(people::id, ids))
        .select((people::id, people::name, people::email))
        .load(c))?)
}

/// A person as somebody who is written to.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct Contact {
    /// His id.
    pub id: Id,
    /// Name.
    pub name: String,
    /// Official address.
    pub email: String,
    /// Language of his messages.
    pub language: Language,
    /// May sign in.
    pub active: bool,
}

/// Name, address and language of each of these people.
pub fn contacts(tx: &mut Tx<'_>, ids: &[Id]) -> Result<Vec<Contact>> {
    Ok(on!(tx.conn(), |c| people::table
        .filter(one_of(people::id, ids))
        .select((people::id, people::name, people::email, people::language, people::active))
        .load(c))?)
}

/// Makes a person an account of the demo, with a password that everybody knows.
pub fn make_demo(tx: &mut Tx<'_>, id: Id, hash: &str) -> Result<()> {
    let now = tx.now;
    on!(tx.conn(), |c| diesel::update(people::table.find(id))
        .set((people::demo.eq(true), people::password_hash.eq(Some(hash)), people::password_set_at.eq(Some(now)),))
        .execute(c))?;
    Ok(())
}

/// How many accounts there are, and how many of them are the demo's.
pub fn count(tx: &mut Tx<'_>) -> Result<(i64, i64)> {
    let all = on!(tx.conn(), |c| people::table.count().get_result(c))?;
    let demo = on!(tx.conn(), |c| people::table.filter(people::demo.eq(true)).count().get_result(c))?;
    Ok((all, demo))
}
