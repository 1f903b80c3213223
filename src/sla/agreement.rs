//! Agreements as stored (B1): a provider, a consumer, a validity, and versions of which none ever changes.

use super::terms::Terms;
use crate::access::Tx;
use crate::db::schema::{agreement_versions as versions, agreements};
use crate::db::{Id, Json, Ts, one_of};
use crate::error::{Error, Result};
use crate::on;
use crate::ready::Ready;
use chrono::NaiveDate;
use diesel::prelude::*;
use std::collections::HashMap;
use std::sync::Arc;

crate::text_enum! {
    /// To whom an agreement promises; the narrower one wins.
    pub enum Consumer {
        /// Every organisation of the region.
        Region = "region",
        /// One organisation.
        Opd = "opd",
        /// Whoever uses one service.
        Service = "service",
    }
}

/// An agreement as stored.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = agreements, treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct Agreement {
    /// Its id.
    pub id: Id,
    /// Its region.
    pub region_id: Id,
    /// Code, unique in the region.
    pub code: String,
    /// Name.
    pub name: String,
    /// The group that promises.
    pub provider: String,
    /// To whom.
    pub consumer: Consumer,
    /// The organisation, if it is one.
    pub consumer_opd_id: Option<Id>,
    /// The service, if it is one.
    pub consumer_service_id: Option<Id>,
    /// First day.
    pub valid_from: NaiveDate,
    /// Last day.
    pub valid_until: Option<NaiveDate>,
    /// Its newest version.
    pub version_id: Id,
    /// When it was made.
    pub created_at: Ts,
    /// When it was last changed.
    pub updated_at: Ts,
    /// Changes so far.
    pub version: i32,
}

/// A version: what is promised.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = versions, treat_none_as_default_value = false)]
pub struct Version {
    /// Its id.
    pub id: Id,
    /// Of which agreement.
    pub agreement_id: Id,
    /// The how manieth.
    pub number: i32,
    /// What is promised.
    pub terms: Json,
    /// Who made it.
    pub by_id: Option<Id>,
    /// When.
    pub at: Ts,
}

impl Version {
    /// What is promised.
    ///
    /// # Errors
    /// [`Error::Internal`] for terms that do not parse.
    pub fn terms(&self) -> Result<Terms> {
        serde_json::from_value(self.terms.0.clone())
            .map_err(|e| Error::internal(format!("agreement version {}: {e}", self.id)))
    }
}

impl Agreement {
    /// `true` on days on which it holds.
    #[must_use]
    pub fn is_valid(&self, day: NaiveDate) -> bool {
        self.valid_from <= day && self.valid_until.is_none_or(|until| day <= until)
    }
}

/// The version that holds for an organisation's ticket about a service, opened on `day` at `at`: of the narrowest
/// agreement, the newest that there was then.
pub fn in_force(
    tx: &mut Tx<'_>,
    region: Id,
    opd: Id,
    service: Option<Id>,
    day: NaiveDate,
    at: Ts,
) -> Result<Option<Version>> {
    let all = valid_on(tx, region, day)?;
    let Some(narrowest) = narrowest(&all, opd, service) else { return Ok(None) };
    let (id, newest) = (narrowest.id, narrowest.version_id);
    let then = on!(tx.conn(), |c| versions::table
        .filter(versions::agreement_id.eq(id).and(versions::at.le(at)))
        .select(Version::as_select())
        .order(versions::number.desc())
        .first(c)
        .optional())?;
    match then {
        Some(version) => Ok(Some(version)),
        // Made later than the ticket, for days before it was made.
        None => version(tx, newest).map(Some),
    }
}

fn narrowest<'a>(all: impl IntoIterator<Item = &'a Agreement>, opd: Id, service: Option<Id>) -> Option<&'a Agreement> {
    let fits = |a: &&Agreement| match a.consumer {
        Consumer::Region => true,
        Consumer::Opd => a.consumer_opd_id == Some(opd),
        Consumer::Service => service.is_some() && a.consumer_service_id == service,
    };
    all.into_iter().filter(fits).max_by_key(|a| a.consumer)
}

/// All agreements of a region with their versions, for many questions as [`in_force`] answers them.
#[derive(Debug)]
pub struct Book {
    agreements: Vec<Agreement>,
    /// Agreement, instant and id of each version, the newest last.
    versions: Vec<(Id, Ts, Id)>,
}

/// The book of a region.
pub fn book(tx: &mut Tx<'_>, region: Id) -> Result<Book> {
    let agreements: Vec<Agreement> = on!(tx.conn(), |c| agreements::table
        .filter(agreements::region_id.eq(region))
        .select(Agreement::as_select())
        .order(agreements::code)
        .load(c))?;
    let ids: Vec<Id> = agreements.iter().map(|a| a.id).collect();
    let versions = on!(tx.conn(), |c| versions::table
        .filter(versions::agreement_id.eq_any(ids))
        .select((versions::agreement_id, versions::at, versions::id))
        .order((versions::agreement_id, versions::number))
        .load(c))?;
    Ok(Book { agreements, versions })
}

impl Book {
    /// As [`in_force`], the version's id.
    #[must_use]
    pub fn in_force(&self, opd: Id, service: Option<Id>, day: NaiveDate, at: Ts) -> Option<Id> {
        let chosen = narrowest(self.agreements.iter().filter(|a| a.is_valid(day)), opd, service)?;
        let then = self.versions.iter().rfind(|(of, since, _)| *of == chosen.id && *since <= at);
        Some(then.map_or(chosen.version_id, |(.., id)| *id))
    }
}

fn valid_on(tx: &mut Tx<'_>, region: Id, day: NaiveDate) -> Result<Vec<Agreement>> {
    Ok(on!(tx.conn(), |c| agreements::table
        .filter(agreements::region_id.eq(region).and(agreements::valid_from.le(day)))
        .filter(agreements::valid_until.is_null().or(agreements::valid_until.ge(day)))
        .select(Agreement::as_select())
        .order(agreements::code)
        .load(c))?)
}

/// A version by its id.
///
/// # Errors
/// 404 if there is none.
pub fn version(tx: &mut Tx<'_>, id: Id) -> Result<Version> {
    Ok(on!(tx.conn(), |c| versions::table.find(id).select(Version::as_select()).first(c))?)
}

/// Every version of an agreement, the newest first.
pub fn history(tx: &mut Tx<'_>, agreement: Id) -> Result<Vec<Version>> {
    Ok(on!(tx.conn(), |c| versions::table
        .filter(versions::agreement_id.eq(agreement))
        .select(Version::as_select())
        .order(versions::number.desc())
        .load(c))?)
}

/// All agreements of a region, locked: whoever makes or changes one waits for whoever else does.
pub(super) fn lock_all(tx: &mut Tx<'_>, region: Id) -> Result<Vec<Agreement>> {
    on!(tx.conn(), |c| diesel::update(agreements::table.filter(agreements::region_id.eq(region)))
        .set(agreements::version.eq(agreements::version))
        .execute(c))?;
    // Read only now: whoever was waited for may have made one that the statement above did not see.
    Ok(on!(tx.conn(), |c| agreements::table
        .filter(agreements::region_id.eq(region))
        .select(Agreement::as_select())
        .order(agreements::code)
        .load(c))?)
}

static TERMS: Ready<Id, Terms> = Ready::holding(512);

/// What a version promises.
///
/// # Errors
/// 404 if there is none; [`Error::Internal`] for terms that do not parse.
pub fn terms(tx: &mut Tx<'_>, id: Id) -> Result<Arc<Terms>> {
    TERMS.get_or(id, || version(tx, id)?.terms())
}

static LABELS: Ready<Id, (String, i32)> = Ready::holding(512);

/// Code and number of a version, neither of which ever changes.
///
/// # Errors
/// 404 if there is none.
pub fn label(tx: &mut Tx<'_>, id: Id) -> Result<Arc<(String, i32)>> {
    LABELS.get_or(id, || {
        let (code, _, number) = names(tx, &[id])?.remove(&id).ok_or(Error::NotFound)?;
        Ok((code, number))
    })
}

/// Code, name and number of each of these versions.
pub fn names(tx: &mut Tx<'_>, ids: &[Id]) -> Result<HashMap<Id, (String, String, i32)>> {
    let rows: Vec<(Id, String, String, i32)> = on!(tx.conn(), |c| versions::table
        .inner_join(agreements::table.on(agreements::id.eq(versions::agreement_id)))
        .filter(one_of(versions::id, ids))
        .select((versions::id, agreements::code, agreements::name, versions::number))
        .load(c))?;
    Ok(rows.into_iter().map(|(id, code, name, number)| (id, (code, name, number))).collect())
}

/// Adds a version to an agreement, and makes it the newest.
pub fn publish(tx: &mut Tx<'_>, agreement: &mut Agreement, terms: &Terms) -> Result<Version> {
    let last: Option<i32> = on!(tx.conn(), |c| versions::table
        .filter(versions::agreement_id.eq(agreement.id))
        .select(diesel::dsl::max(versions::number))
        .first(c))?;
    let version = Version {
        id: tx.new_id(),
        agreement_id: agreement.id,
        number: last.unwrap_or(0) + 1,
        terms: Json(serde_json::to_value(terms).map_err(|e| Error::internal(e.to_string()))?),
        by_id: tx.actor.person,
        at: tx.now,
    };
    agreement.version_id = version.id;
    on!(tx.conn(), |c| diesel::insert_into(versions::table).values(&version).execute(c))?;
    on!(tx.conn(), |c| diesel::update(agreements::table.find(agreement.id))
        .set(agreements::version_id.eq(version.id))
        .execute(c))?;
    Ok(version)
}
