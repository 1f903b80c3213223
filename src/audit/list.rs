//! The log for whoever may read of it (reliability 4.1): the auditor all of his region, its administrator what was done
//! to its settings and people, anybody who reports trouble his own acts, the operator the log of the platform.

use super::sequence::{self, PLATFORM};
use super::store::{self, Stored, of_log};
use super::tree::Hash;
use super::{Object, witness};
use crate::access::policy::Facts;
use crate::access::{Act, Actor, May, Role, Subject, Tx, act, check};
use crate::db::behind::below;
use crate::db::page::{Page, Paging};
use crate::db::schema::audit_entries as entries;
use crate::db::{Id, Ts, fixed};
use crate::error::{Error, Result};
use crate::on;
use diesel::prelude::*;
use serde_json::json;
use std::cmp::Reverse;

/// What was done to that of which a region is made: word for word the condition of the index `audit_entries_settings`, which
/// is what shows it to the planner.
const CONFIGURATION: &str = "object_type IN ('region', 'opd', 'person', 'service', 'calendar', 'holiday', 'agreement') \
     AND action NOT LIKE 'session.%' AND action NOT LIKE 'link.%'";

/// A log as the object of an act: that of a region, or of the platform.
#[derive(Debug, Clone, Copy)]
pub struct Log(pub Id);

impl Subject for Log {
    fn facts(&self) -> Facts {
        if self.0 == PLATFORM { Facts::Platform } else { Facts::Region(self.0) }
    }
}

/// The log of whoever acts, if he may do `A` to it.
///
/// # Errors
/// 404 or 403 as the policy says.
pub fn own<A: Act>(tx: &Tx<'_>) -> Result<May<A, Log>> {
    tx.actor.person()?;
    check(&tx.actor, Log(tx.actor.region.unwrap_or(PLATFORM)))
}

/// The log whose checkpoint whoever acts may keep: its size tells how much everybody does.
///
/// # Errors
/// 404 or 403 as the policy says; 404 for whoever reads but his own acts.
pub fn whole(tx: &Tx<'_>) -> Result<Id> {
    let log = own::<act::ReadAudit>(tx)?.into_inner().0;
    match part(&tx.actor)? {
        Part::Own(_) => Err(Error::NotFound),
        Part::All | Part::Configuration => Ok(log),
    }
}

/// The log of which whoever acts reads every entry.
///
/// # Errors
/// 404 or 403 as the policy says; 404 for whoever reads but a part.
pub fn everything(tx: &Tx<'_>) -> Result<Id> {
    let log = own::<act::ReadAudit>(tx)?.into_inner().0;
    match part(&tx.actor)? {
        Part::All => Ok(log),
        Part::Own(_) | Part::Configuration => Err(Error::NotFound),
    }
}

/// What of a log somebody reads.
enum Part {
    All,
    Configuration,
    Own(Id),
}

impl Part {
    /// An entry as its reader gets it. Places tell how much others do, so whoever reads his own acts learns none.
    fn of(&self, row: Stored) -> Stored {
        match self {
            Self::Own(_) => Stored { leaf: None, salt: None, leaf_index: None, ..row },
            Self::All | Self::Configuration => row,
        }
    }
}

fn part(actor: &Actor) -> Result<Part> {
    Ok(if actor.is(Role::Auditor) || actor.is(Role::Operator) {
        Part::All
    } else if actor.is(Role::Admin) {
        Part::Configuration
    } else {
        Part::Own(actor.person()?)
    })
}

/// Which entries.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// This one alone.
    pub entry: Option<Id>,
    /// Of this act.
    pub action: Option<String>,
    /// About this object.
    pub object: Option<Id>,
    /// By this person.
    pub actor: Option<Id>,
    /// By this person, or done to him or his account: whoever signs in is nobody yet.
    pub about: Option<Id>,
    /// From this instant on.
    pub since: Option<Ts>,
    /// Before this one.
    pub before: Option<Ts>,
}

/// How an entry tells of somebody.
#[derive(Clone, Copy)]
enum Told {
    /// He did it.
    By(Id),
    /// It was done to him or to his account.
    Of(Id),
}

/// Entries, newest first. What an auditor looks for is itself noted.
pub fn list(tx: &mut Tx<'_>, may: &May<act::ReadAudit, Log>, filter: &Filter, paging: &Paging) -> Result<Page<Stored>> {
    let (limit, after) = (paging.limit()?, paging.after::<(Ts, Id)>()?);
    let rows = rows(tx, may, filter, after, limit + 1)?;
    if tx.actor.is(Role::Auditor) {
        let object = Object { kind: "audit", id: filter.object, region: tx.actor.region };
        witness(tx, "audit.search", object, json!({ "action": filter.action, "actor": filter.actor.or(filter.about) }));
    }
    Ok(Page::cut(rows, limit, |row| (row.at, row.id)))
}

/// The next entries behind `after` that whoever acts reads, as he gets them. Those that tell of somebody are two lists, each
/// read off its own index as far as the page goes: of "or" a planner makes a walk through the log, or sorts all that he ever did.
fn rows(
    tx: &mut Tx<'_>,
    may: &May<act::ReadAudit, Log>,
    filter: &Filter,
    after: Option<(Ts, Id)>,
    limit: i64,
) -> Result<Vec<Stored>> {
    let part = part(&tx.actor)?;
    let mut rows = Vec::new();
    for told in filter.about.map_or(vec![None], |person| vec![Some(Told::By(person)), Some(Told::Of(person))]) {
        rows.extend(told_of(tx, (may.get().0, &part), filter, told, after, limit)?);
    }
    rows.sort_by_key(|row| Reverse((row.at, row.id)));
    rows.dedup_by_key(|row| row.id);
    Ok(rows.into_iter().map(|row| part.of(row)).collect())
}

fn told_of(
    tx: &mut Tx<'_>,
    (log, part): (Id, &Part),
    filter: &Filter,
    told: Option<Told>,
    after: Option<(Ts, Id)>,
    limit: i64,
) -> Result<Vec<Stored>> {
    Ok(on!(tx.conn(), |c| {
        let mut query = of_log!(entries::table.select(Stored::as_select()).into_boxed::<Db>(), log);
        match part {
            Part::All => {}
            Part::Own(person) => query = query.filter(entries::actor_id.eq(*person)),
            Part::Configuration => query = query.filter(fixed(CONFIGURATION)),
        }
        match told {
            None => {}
            Some(Told::By(person)) => query = query.filter(entries::actor_id.eq(person)),
            Some(Told::Of(person)) => {
                query = query.filter(entries::object_type.eq("person").and(entries::object_id.eq(person)));
            }
        }
        if let Some(entry) = filter.entry {
            query = query.filter(entries::id.eq(entry));
        }
        if let Some(action) = &filter.action {
            query = query.filter(entries::action.eq(action));
        }
        if let Some(object) = filter.object {
            query = query.filter(entries::object_id.eq(object));
        }
        if let Some(actor) = filter.actor {
            query = query.filter(entries::actor_id.eq(actor));
        }
        if let Some(since) = filter.since {
            query = query.filter(entries::at.ge(since));
        }
        if let Some(before) = filter.before {
            query = query.filter(entries::at.lt(before));
        }
        if let Some(key) = after {
            query = query.filter(below((entries::at, entries::id), key));
        }
        query.order((entries::at.desc(), entries::id.desc())).limit(limit).load(c)
    })?)
}

/// That an entry is in the tree.
#[derive(Debug, Clone)]
pub struct Proof {
    /// The checkpoint whose root it leads to.
    pub note: String,
    /// Entries of that checkpoint.
    pub size: i64,
    /// Hashes from the entry's up to the root.
    pub path: Vec<Hash>,
}

/// One entry, with its proof once a checkpoint covers it.
///
/// # Errors
/// 404 for one that the caller does not read.
pub fn read(tx: &mut Tx<'_>, may: &May<act::ReadAudit, Log>, id: Id) -> Result<(Stored, Option<Proof>)> {
    let log = may.get().0;
    let alone = Filter { entry: Some(id), ..Filter::default() };
    let row = rows(tx, may, &alone, None, 1)?.pop().ok_or(Error::NotFound)?;
    let proof = match (row.leaf_index, store::newest(tx, log)?) {
        (Some(index), Some(signed)) if index < signed.size => {
            let numbers = u64::try_from(index).ok().zip(u64::try_from(signed.size).ok());
            let (index, size) = numbers.ok_or(Error::NotFound)?;
            let path = sequence::proof_of(tx, log, index, size)?;
            Some(Proof { note: signed.note, size: signed.size, path })
        }
        _ => None,
    };
    Ok((row, proof))
}
