//! What an audit log of after the backup says of people: a restore must not give a dismissed person his account back, nor
//! a password or a role that was taken from somebody since; and which numbers of tickets were given.

use super::archive::Manifest;
use super::failed;
use crate::access::{Role, Tx, act, check};
use crate::audit::bundle::{Bundle, Entry};
use crate::audit::checkpoint::{Note, key_log, parse_public};
use crate::audit::leaf::Leaf;
use crate::audit::sequence::Head;
use crate::audit::verify;
use crate::db::{Expected, Id, Ts};
use crate::error::{Error, Result};
use crate::org::person::{self, Fields, Person, Target};
use crate::org::{actor, address, grant, opd, password};
use crate::ticket::numbers::Given;
use crate::ticket::release;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

/// What was done after the backup.
#[derive(Debug, Default, Clone)]
pub struct Newer {
    /// What became of people.
    people: BTreeMap<Id, Since>,
    /// Which numbers of tickets were given, by region.
    pub numbers: BTreeMap<Id, Given>,
}

/// What became of one.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Since {
    /// May he sign in, as it was said last.
    active: Option<bool>,
    /// His newest address, if it became another.
    email: Option<String>,
    /// Roles that he lost, with the code of their organisation; without one everywhere.
    lost: BTreeSet<(Role, Option<String>)>,
    /// His password or his second factor is another one.
    has_other_way_in: bool,
}

/// A bundle that was found to go on where the log of the backup ends.
pub struct Sound<'a> {
    file: &'a Path,
    /// The log.
    pub origin: String,
    /// How many entries of it are signed; what nobody signed does not count.
    signed: u64,
}

fn open(file: &Path) -> Result<BufReader<File>> {
    File::open(file).map(BufReader::new).map_err(|e| failed(file, &e))
}

/// Checks a bundle by what the manifest of the backup says, before anything of the backup is put anywhere.
///
/// # Errors
/// [`Error::Start`] if it is of no log of the backup, was changed, or does not show that it is the same log.
pub fn examine<'a>(file: &'a Path, manifest: &Manifest) -> Result<Sound<'a>> {
    let told = |e: String| failed(file, &e);
    let bundle = Bundle::open(open(file)?).map_err(told)?;
    let origin = bundle.head.origin.clone();
    let notes = manifest.checkpoints.iter().filter_map(|note| Note::parse(note));
    let known: Vec<Note> = notes.filter(|note| note.checkpoint.log == origin).collect();
    if known.is_empty() {
        return Err(failed(file, &format!("{origin} is no log of this backup")));
    }
    let is_its = |key: &&String| key_log(key) == Some(&*origin);
    let keys: Vec<_> = manifest.keys.values().flatten().filter(is_its).filter_map(|key| parse_public(key)).collect();
    let (_, found) = verify::signed_part(open(file)?, &keys, &known).map_err(told)?;
    if found.code() != 0 {
        let why = found.faults.iter().map(|(_, what)| what).chain(&found.gaps).next();
        let why = why.map_or("", String::as_str);
        return Err(failed(file, &format!("does not go on where the backup's log ends: {why}")));
    }
    let signed = bundle.notes.iter().map(|note| note.checkpoint.size).max().unwrap_or(0);
    Ok(Sound { file, origin, signed })
}

/// Reads what a bundle tells beyond the end of its log in the backup.
///
/// # Errors
/// [`Error::Start`] if it can't be read any more, or the backup does not hold its log.
pub fn read(sound: &Sound<'_>, heads: &[Head], newer: &mut Newer) -> Result<()> {
    let Sound { file, origin, signed } = sound;
    let told = |e: String| failed(file, &e);
    let head = heads.iter().find(|head| head.origin == *origin);
    let head = head.ok_or_else(|| failed(file, &format!("{origin} is no log of this backup")))?;
    let mut bundle = Bundle::open(open(file)?).map_err(told)?;
    while let Some(entry) = bundle.entry().map_err(told)? {
        if (head.entries()..*signed).contains(&entry.index) {
            note(&entry, newer);
        }
    }
    Ok(())
}

fn note(entry: &Entry, newer: &mut Newer) {
    let Some(leaf) = Leaf::parse(&entry.leaf) else { return };
    // Erased, it says no more than that something was changed.
    let detail: Value = serde_json::from_str(&entry.detail).unwrap_or_default();
    if let (Some(region), Some(at)) = (leaf.region, Ts::read(&leaf.at)) {
        newer.numbers.entry(region).or_default().hear(at, &leaf.action, &detail);
    }
    let Some(person) = leaf.object.filter(|_| leaf.object_type == "person") else { return };
    let newer = &mut newer.people;
    match leaf.action.as_str() {
        "person.change" => {
            let active = detail.get("active").and_then(Value::as_bool);
            let since = newer.entry(person).or_default();
            since.active = active.or(since.active);
            let email = detail.pointer("/email/new").and_then(Value::as_str);
            since.email = email.map(str::to_owned).or(since.email.take());
        }
        "grant.take" => {
            let word = |name| detail.get(name).and_then(Value::as_str);
            // Entries of older programs do not say in which organisation.
            let lost = word("role").and_then(Role::from_text).map(|role| (role, word("opd").map(str::to_owned)));
            newer.entry(person).or_default().lost.extend(lost);
        }
        "password.set" | "second_factor.set" | "second_factor.remove" | "second_factor.reset" => {
            newer.entry(person).or_default().has_other_way_in = true;
        }
        _ => {}
    }
}

/// Takes from people what they had lost since; who that is, and what was done, for an administrator to look at. Whoever
/// was entered after the backup is not there.
///
/// # Errors
/// The database's.
pub fn apply(tx: &mut Tx<'_>, newer: &Newer) -> Result<Vec<String>> {
    let newer = &newer.people;
    let (moved, kept) = readdress(tx, newer)?;
    let mut told = Vec::new();
    for (id, since) in newer {
        let Some(person) = known(tx, *id)? else { continue };
        let keeper = actor::console(person.region_id);
        let mut done: Vec<String> = moved.get(id).cloned().into_iter().collect();
        if since.active == Some(false) && person.active {
            let role = grant::highest(tx, *id)?;
            let may = check::<act::KeepPeople, _>(&keeper, Target { person: person.clone(), role })?;
            let fields = Fields { active: Some(false), ..Fields::default() };
            if let (_, Some(left)) = person::change(tx, may, &fields, Expected::any())? {
                release::assignments(tx, left)?;
            }
            done.push("deactivated".to_owned());
        }
        for held in grant::of(tx, &[*id])? {
            let role = held.role;
            let place = held.opd_id.map(|id| opd::by_id(tx, id)).transpose()?.map(|opd| opd.code);
            if [(role, None), (role, place.clone())].iter().all(|one| !since.lost.contains(one)) {
                continue;
            }
            let may = check::<act::Grant, _>(&keeper, Target { person: person.clone(), role })?;
            let left = grant::take(tx, may, held.id, &Expected::any())?;
            release::assignments(tx, left)?;
            let place = place.map(|code| format!(" of {code}")).unwrap_or_default();
            done.push(format!("is no {role}{place} any more"));
        }
        if kept.contains(id) {
            done.push("keeps an old address, as somebody else has the new one".to_owned());
        }
        if (since.has_other_way_in || kept.contains(id)) && person.password_hash.is_some() {
            password::void(tx, &person)?;
            done.push("needs a new password".to_owned());
        }
        if !done.is_empty() {
            told.push(format!("{}: {}", person.email, done.join(", ")));
        }
    }
    Ok(told)
}

/// Whoever was entered after the backup is not there.
fn known(tx: &mut Tx<'_>, id: Id) -> Result<Option<Person>> {
    match person::by_id(tx, id) {
        Ok(person) => Ok(Some(person)),
        Err(Error::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Gives people their newest addresses, one after the other as they become free: what became of each, and who keeps an
/// address that is no longer his, because somebody else has the new one.
fn readdress(tx: &mut Tx<'_>, newer: &BTreeMap<Id, Since>) -> Result<(BTreeMap<Id, String>, BTreeSet<Id>)> {
    let (mut moved, mut kept) = (BTreeMap::new(), BTreeSet::new());
    for (id, since) in newer {
        let is_other = |person: &Person| since.email.as_ref().is_some_and(|email| *email != person.email);
        if known(tx, *id)?.is_some_and(|person| is_other(&person)) {
            kept.insert(*id);
        }
    }
    loop {
        let before = kept.len();
        for id in kept.clone() {
            let (Some(person), Some(email)) = (known(tx, id)?, newer.get(&id).and_then(|since| since.email.clone()))
            else {
                continue;
            };
            if address::holder(tx, &email)?.is_some() {
                continue;
            }
            let old = person.email.clone();
            let (keeper, role) = (actor::console(person.region_id), grant::highest(tx, id)?);
            let may = check::<act::KeepPeople, _>(&keeper, Target { person, role })?;
            let fields = Fields { email: Some(email.clone()), ..Fields::default() };
            // An address that is official no more is no way in that anybody may have.
            match person::change(tx, may, &fields, Expected::any()) {
                Ok(_) => {
                    kept.remove(&id);
                    moved.insert(id, format!("address: {old} → {email}"));
                }
                Err(Error::Invalid(_)) => {}
                Err(error) => return Err(error),
            }
        }
        if kept.len() == before {
            return Ok((moved, kept));
        }
    }
}
