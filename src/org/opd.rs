//! Organisations of a region: agencies, sub-districts, hospitals, villages (T5).

use super::{InRegion, Region, region};
use crate::access::{May, Role, Tx, act};
use crate::audit;
use crate::check::Checks;
use crate::db::behind::above;
use crate::db::lower::lower;
use crate::db::page::{Page, Paging};
use crate::db::schema::{grants, opds, people};
use crate::db::search::anywhere_in;
use crate::db::{Expected, Id, Ts, one_of};
use crate::error::{Error, Result};
use crate::patch::Patch;
use crate::worktime::check_day;
use crate::{on, say};
use chrono::NaiveDate;
use diesel::dsl::exists;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::json;

/// An organisation as stored.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable, AsChangeset, Serialize, utoipa::ToSchema)]
#[diesel(table_name = opds, treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct Opd {
    /// Its id.
    #[schema(value_type = uuid::Uuid)]
    pub id: Id,
    #[serde(skip)]
    #[doc(hidden)]
    pub region_id: Id,
    /// Code, unique in the region.
    pub code: String,
    /// Abbreviation in use.
    pub short_name: String,
    /// Official name.
    pub name: String,
    /// Kind: `dinas`, `badan`, `kecamatan`, `desa` …
    pub kind: String,
    /// Official mailbox (B2, T3).
    pub mailbox: Option<String>,
    /// Judged able to run its own ICT (L17).
    pub mandiri_tik: bool,
    /// Runs Tier 2.
    pub is_provider: bool,
    /// First day of its existence.
    pub valid_from: Option<NaiveDate>,
    /// Last day of its existence.
    pub valid_until: Option<NaiveDate>,
    /// What took its place after a reorganisation.
    #[schema(value_type = Option<uuid::Uuid>)]
    pub successor_id: Option<Id>,
    /// In use.
    pub active: bool,
    /// When it was made.
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    pub created_at: Ts,
    /// When it was last changed.
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    pub updated_at: Ts,
    /// Changes so far.
    pub version: i32,
}

impl Opd {
    /// `true` on a day of its existence, as long as it is in use.
    #[must_use]
    pub fn stands_on(&self, day: NaiveDate) -> bool {
        self.valid_from.is_none_or(|from| from <= day) && !self.is_over(day)
    }

    /// `true` once it is in use no more, or its last day is past.
    #[must_use]
    pub fn is_over(&self, day: NaiveDate) -> bool {
        !self.active || self.valid_until.is_some_and(|until| until < day)
    }

    /// `true` once its time is over, or somebody has said that it will be.
    #[must_use]
    pub const fn is_closing(&self) -> bool {
        !self.active || self.valid_until.is_some() || self.successor_id.is_some()
    }
}

/// Fields of an organisation; in a change, those that are named.
#[derive(Debug, Clone, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = OpdFields)]
pub struct Fields {
    /// Code: lower-case letters, digits, hyphens. Fixed once made.
    #[schema(example = "dinkes")]
    pub code: Option<String>,
    /// Abbreviation in use.
    pub short_name: Option<String>,
    /// Official name.
    #[schema(example = "Dinas Kesehatan")]
    pub name: Option<String>,
    /// Kind.
    #[schema(example = "dinas")]
    pub kind: Option<String>,
    /// Official mailbox. A new organisation's that is left out, and one that is made `null`, is made by the region's
    /// nomenclature.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub mailbox: Patch<String>,
    /// Judged able to run its own ICT (L17).
    pub mandiri_tik: Option<bool>,
    /// Runs Tier 2.
    pub is_provider: Option<bool>,
    /// First day; `null`: always was.
    #[serde(default)]
    #[schema(value_type = Option<NaiveDate>)]
    pub valid_from: Patch<NaiveDate>,
    /// Last day; `null`: until further notice.
    #[serde(default)]
    #[schema(value_type = Option<NaiveDate>)]
    pub valid_until: Patch<NaiveDate>,
    /// Code of its successor; `null`: it has none.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub successor: Patch<String>,
    /// In use.
    pub active: Option<bool>,
}

/// Makes an organisation.
///
/// # Errors
/// 422 for fields that are missing, do not fit, or a code that is taken.
pub fn create(tx: &mut Tx<'_>, may: &May<act::KeepOpds, InRegion>, fields: &Fields) -> Result<Opd> {
    let region = region::by_id(tx, may.get().0)?;
    let mut checks = Checks::new();
    for (pointer, value) in [("/code", &fields.code), ("/name", &fields.name), ("/kind", &fields.kind)] {
        checks.ensure(value.is_some(), pointer, || say!("field.needed"));
    }
    checks.done()?;
    let code = fields.code.clone().unwrap_or_default();
    let mut opd = Opd {
        id: tx.new_id(),
        region_id: region.id,
        short_name: fields.short_name.clone().unwrap_or_else(|| code.to_uppercase()),
        code,
        name: String::new(),
        kind: String::new(),
        mailbox: None,
        mandiri_tik: false,
        is_provider: false,
        valid_from: None,
        valid_until: None,
        successor_id: None,
        active: true,
        created_at: tx.now,
        updated_at: tx.now,
        version: 1,
    };
    let mailbox = fields.mailbox.clone().onto(None).into();
    apply(tx, &region, &mut opd, &Fields { mailbox, ..fields.clone() })?;
    on!(tx.conn(), |c| diesel::insert_into(opds::table).values(&opd).execute(c))?;
    audit::append(tx, "opd.create", object(&opd), json!({ "code": opd.code }))?;
    Ok(opd)
}

/// Changes an organisation.
///
/// # Errors
/// 412 for a version that is not `expected`; 422 for fields that do not fit.
pub fn change(
    tx: &mut Tx<'_>,
    may: &May<act::KeepOpds, InRegion>,
    code: &str,
    fields: &Fields,
    expected: impl Into<Expected>,
) -> Result<Opd> {
    let region = region::by_id(tx, may.get().0)?;
    let mut opd = lock(tx, region.id, code)?;
    expected.into().check(opd.version - 1)?;
    if fields.code.as_ref().is_some_and(|c| *c != opd.code) {
        return Err(Error::invalid("/code", say!("field.fixed")));
    }
    let before = opd.clone();
    apply(tx, &region, &mut opd, fields)?;
    let changed = changed(&before, &opd);
    if changed.is_empty() {
        // What says nothing new is no change.
        opd.version -= 1;
    } else {
        opd.updated_at = tx.now;
    }
    on!(tx.conn(), |c| diesel::update(opds::table.find(opd.id)).set(&opd).execute(c))?;
    if changed.is_empty() {
        return Ok(opd);
    }
    let detail = json!({ "code": opd.code, "version": opd.version, "changed": changed });
    audit::append(tx, "opd.change", object(&opd), detail)?;
    Ok(opd)
}

/// Which fields a change has made others, for the audit log.
fn changed(before: &Opd, after: &Opd) -> Vec<&'static str> {
    audit::changed([
        ("short_name", before.short_name != after.short_name),
        ("name", before.name != after.name),
        ("kind", before.kind != after.kind),
        ("mailbox", before.mailbox != after.mailbox),
        ("mandiri_tik", before.mandiri_tik != after.mandiri_tik),
        ("is_provider", before.is_provider != after.is_provider),
        ("valid_from", before.valid_from != after.valid_from),
        ("valid_until", before.valid_until != after.valid_until),
        ("successor", before.successor_id != after.successor_id),
        ("active", before.active != after.active),
    ])
}

fn lock(tx: &mut Tx<'_>, region: Id, code: &str) -> Result<Opd> {
    on!(tx.conn(), |c| diesel::update(opds::table.filter(opds::region_id.eq(region).and(opds::code.eq(code))))
        .set(opds::version.eq(opds::version + 1))
        .returning(Opd::as_returning())
        .get_result(c)
        .optional())?
    .ok_or(Error::NotFound)
}

/// As [`by_code`], locked as a change of it locks it, and left as it is.
///
/// # Errors
/// 404 if there is none.
pub(super) fn hold(tx: &mut Tx<'_>, region: Id, code: &str) -> Result<Opd> {
    let id = by_code(tx, region, code)?.id;
    Ok(on!(tx.conn(), |c| diesel::update(opds::table.find(id))
        .set(opds::version.eq(opds::version))
        .returning(Opd::as_returning())
        .get_result(c))?)
}

fn apply(tx: &mut Tx<'_>, region: &Region, opd: &mut Opd, fields: &Fields) -> Result<()> {
    let mut checks = Checks::new();
    checks.code("/code", &opd.code);
    for (pointer, value, most, place) in [
        ("/short_name", &fields.short_name, 60, &mut opd.short_name),
        ("/name", &fields.name, 200, &mut opd.name),
        ("/kind", &fields.kind, 40, &mut opd.kind),
    ] {
        if let Some(text) = value {
            checks.name(pointer, text, 1..=most);
            place.clone_from(text);
        }
    }
    if let Patch::Set(address) = &fields.mailbox {
        checks.ensure(region.is_official(address), "/mailbox", || say!("address.unofficial", domain = region.domain));
    }
    opd.mandiri_tik = fields.mandiri_tik.unwrap_or(opd.mandiri_tik);
    opd.is_provider = fields.is_provider.unwrap_or(opd.is_provider);
    opd.active = fields.active.unwrap_or(opd.active);
    for (pointer, day) in [("/valid_from", fields.valid_from), ("/valid_until", fields.valid_until)] {
        if let Patch::Set(day) = day {
            check_day(&mut checks, pointer, day);
        }
    }
    opd.valid_from = fields.valid_from.onto(opd.valid_from);
    opd.valid_until = fields.valid_until.onto(opd.valid_until);
    let ordered = opd.valid_from.zip(opd.valid_until).is_none_or(|(from, until)| from <= until);
    checks.ensure(ordered, "/valid_until", || say!("field.dates"));
    match &fields.successor {
        Patch::Same => {}
        Patch::Clear => opd.successor_id = None,
        Patch::Set(code) => match by_code(tx, region.id, code) {
            Ok(successor) if successor.id != opd.id => opd.successor_id = Some(successor.id),
            Ok(_) | Err(Error::NotFound) => checks.fault("/successor", say!("opd.unknown")),
            Err(other) => return Err(other),
        },
    }
    checks.done()?;
    opd.mailbox = match &fields.mailbox {
        Patch::Same => opd.mailbox.take(),
        Patch::Clear => Some(named(region, opd)?),
        Patch::Set(address) => Some(address.clone()),
    };
    Ok(())
}

/// Its mailbox by the region's nomenclature.
fn named(region: &Region, opd: &Opd) -> Result<String> {
    let names = region.nomenclature()?;
    Ok(names.mailbox(&opd.kind, &opd.code, &opd.short_name, &opd.name, &region.domain))
}

pub(super) fn object(opd: &Opd) -> audit::Object {
    audit::Object { kind: "opd", id: Some(opd.id), region: Some(opd.region_id) }
}

/// The organisation of `region` with this code.
///
/// # Errors
/// 404 if there is none.
pub fn by_code(tx: &mut Tx<'_>, region: Id, code: &str) -> Result<Opd> {
    Ok(on!(tx.conn(), |c| opds::table
        .filter(opds::region_id.eq(region).and(opds::code.eq(code)))
        .select(Opd::as_select())
        .first(c))?)
}

/// The organisation with this id.
///
/// # Errors
/// 404 if there is none.
pub fn by_id(tx: &mut Tx<'_>, id: Id) -> Result<Opd> {
    Ok(on!(tx.conn(), |c| opds::table.find(id).select(Opd::as_select()).first(c))?)
}

/// These organisations, in no order.
pub fn by_ids(tx: &mut Tx<'_>, ids: &[Id]) -> Result<Vec<Opd>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    Ok(on!(tx.conn(), |c| opds::table.filter(one_of(opds::id, ids)).select(Opd::as_select()).load(c))?)
}

/// Code and name of each of these organisations.
pub fn names(tx: &mut Tx<'_>, ids: &[Id]) -> Result<Vec<(Id, String, String)>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    Ok(on!(tx.conn(), |c| opds::table
        .filter(one_of(opds::id, ids))
        .select((opds::id, opds::code, opds::name))
        .load(c))?)
}

/// Organisations of the actor's region, by code.
pub fn list(tx: &mut Tx<'_>, paging: &Paging) -> Result<Page<Opd>> {
    let (region, limit) = (tx.actor.region()?, paging.limit()?);
    let after = paging.after::<String>()?.unwrap_or_default();
    let rows = on!(tx.conn(), |c| opds::table
        .filter(opds::region_id.eq(region).and(opds::code.gt(after)))
        .select(Opd::as_select())
        .order(opds::code)
        .limit(limit + 1)
        .load(c))?;
    Ok(Page::cut(rows, limit, |o| o.code.clone()))
}

/// Organisations of the region, by name; those in whose name, abbreviation or code `words` stand, if there are any.
///
/// # Errors
/// 422 for more than 100 characters, and for a cursor that no page gave.
pub fn sought(
    tx: &mut Tx<'_>,
    may: &May<act::KeepOpds, InRegion>,
    words: Option<&str>,
    paging: &Paging,
) -> Result<Page<Opd>> {
    let mut checks = Checks::new();
    checks.maybe_text("/q", words, 0..=100);
    checks.done()?;
    let (limit, after) = (paging.limit()?, paging.after::<(String, String)>()?);
    let rows = on!(tx.conn(), |c| {
        let mut query = opds::table
            .filter(opds::region_id.eq(may.get().0))
            .select((lower(opds::name), Opd::as_select()))
            .into_boxed::<Db>();
        if let Some(words) = words {
            let like = anywhere_in(words);
            let named = lower(opds::name).like(like.clone()).escape('\\');
            let short = lower(opds::short_name).like(like.clone()).escape('\\');
            query = query.filter(named.or(short).or(opds::code.like(like).escape('\\')));
        }
        if let Some(key) = after {
            query = query.filter(above((lower(opds::name), opds::code), key));
        }
        query.order((lower(opds::name), opds::code)).limit(limit + 1).load(c)
    })?;
    let key = |(lowered, row): &(String, Opd)| (lowered.clone(), row.code.clone());
    Ok(Page::cut(rows, limit, key).map(|(_, row)| row))
}

/// Code of the organisation of `region` that runs Tier 2; the first, if several do.
///
/// # Errors
/// The database's.
pub fn provider(tx: &mut Tx<'_>, region: Id) -> Result<Option<String>> {
    Ok(on!(tx.conn(), |c| opds::table
        .filter(opds::region_id.eq(region).and(opds::is_provider.eq(true)).and(opds::active.eq(true)))
        .select(opds::code)
        .order(opds::code)
        .first(c)
        .optional())?)
}

/// `true` if somebody active works Tier 1 of this organisation (L4, T1).
pub fn has_tier1(tx: &mut Tx<'_>, opd: Id) -> Result<bool> {
    Ok(on!(tx.conn(), |c| diesel::select(exists(
        grants::table
            .inner_join(people::table)
            .filter(grants::opd_id.eq(opd).and(grants::role.eq(Role::Tier1)).and(grants::revoked_at.is_null()))
            .filter(people::active.eq(true))
    ))
    .get_result(c))?)
}
