//! Making and changing an agreement (B1). Other terms are a new version; tickets keep theirs unless it is said that
//! open ones shall go over.

use super::agreement::{self, Agreement, Consumer, lock_all};
use super::effect::Moved;
use super::terms::Terms;
use crate::access::{May, Tx, act};
use crate::audit;
use crate::catalog;
use crate::check::Checks;
use crate::db::schema::agreements;
use crate::db::{Expected, Id};
use crate::error::{Error, Result};
use crate::org::{InRegion, opd};
use crate::patch::Patch;
use crate::worktime::{YEARS, check_day, year_fault};
use crate::{on, say};
use chrono::{Datelike, NaiveDate};
use diesel::prelude::*;
use serde::Deserialize;
use serde_json::json;

/// A new agreement.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAgreement {
    /// Code: lower-case letters, digits, hyphens. Fixed once made.
    #[schema(example = "internet-2026")]
    pub code: String,
    /// Name.
    #[schema(example = "Perjanjian layanan internet 2026", min_length = 1, max_length = 200)]
    pub name: String,
    /// The group that promises.
    #[schema(example = "Dinas Komunikasi dan Informatika", min_length = 1, max_length = 200)]
    pub provider: String,
    /// To whom; the narrower one wins: service, then organisation, then region.
    pub consumer: Consumer,
    /// Code of the organisation, if it is one.
    pub opd: Option<String>,
    /// Code of the service, if it is one.
    pub service: Option<String>,
    /// First day.
    pub valid_from: NaiveDate,
    /// Last day; none: until further notice.
    pub valid_until: Option<NaiveDate>,
    /// What is promised.
    pub terms: Terms,
}

/// Changes of an agreement; what is not named stays.
#[derive(Debug, Clone, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AgreementChanges {
    /// Name.
    #[schema(min_length = 1, max_length = 200)]
    pub name: Option<String>,
    /// The group that promises.
    #[schema(min_length = 1, max_length = 200)]
    pub provider: Option<String>,
    /// Last day; `null`: until further notice.
    #[serde(default)]
    #[schema(value_type = Option<NaiveDate>)]
    pub valid_until: Patch<NaiveDate>,
    /// What is promised from now on: a new version.
    pub terms: Option<Terms>,
    /// Let open tickets of this agreement go over to its newest version.
    pub apply_to_open: Option<bool>,
}

/// Makes an agreement with its first version.
///
/// # Errors
/// 422 for fields that do not fit, a code that is taken, or days on which another one promises to the same consumer.
pub fn create(tx: &mut Tx<'_>, may: &May<act::KeepAgreements, InRegion>, new: &NewAgreement) -> Result<Agreement> {
    let region = may.get().0;
    let others = lock_all(tx, region)?;
    let mut checks = Checks::new();
    checks.code("/code", &new.code);
    check_day(&mut checks, "/valid_from", new.valid_from);
    let (consumer_opd_id, consumer_service_id) = consumer(tx, region, new, &mut checks)?;
    let mut agreement = Agreement {
        id: tx.new_id(),
        region_id: region,
        code: new.code.clone(),
        name: String::new(),
        provider: String::new(),
        consumer: new.consumer,
        consumer_opd_id,
        consumer_service_id,
        valid_from: new.valid_from,
        valid_until: None,
        version_id: Id(uuid::Uuid::nil()),
        created_at: tx.now,
        updated_at: tx.now,
        version: 1,
    };
    let changes = AgreementChanges {
        name: Some(new.name.clone()),
        provider: Some(new.provider.clone()),
        valid_until: new.valid_until.into(),
        terms: Some(new.terms.clone()),
        apply_to_open: None,
    };
    apply(&mut agreement, &changes, &mut checks)?;
    checks.ensure(!overlaps(&agreement, &others), "/valid_from", || say!("agreement.overlap"));
    checks.done()?;
    on!(tx.conn(), |c| diesel::insert_into(agreements::table).values(&agreement).execute(c))?;
    let terms = agreement::publish(tx, &mut agreement, &new.terms)?.number;
    let detail = json!({ "code": agreement.code, "version": agreement.version, "terms_version": terms });
    audit::append(tx, "agreement.create", object(&agreement), detail)?;
    Ok(agreement)
}

/// Changes an agreement. Other terms are a new version.
///
/// # Errors
/// 404 for no agreement of the region; 412 for a version that is not `expected`; 422 as [`create`].
pub fn change(
    tx: &mut Tx<'_>,
    may: &May<act::KeepAgreements, InRegion>,
    code: &str,
    changes: &AgreementChanges,
    expected: impl Into<Expected>,
) -> Result<(Agreement, Moved)> {
    let region = may.get().0;
    let others = lock_all(tx, region)?;
    let mut agreement = others.iter().find(|one| one.code == code).cloned().ok_or(Error::NotFound)?;
    expected.into().check(agreement.version)?;
    let before = agreement.clone();
    let mut checks = Checks::new();
    apply(&mut agreement, changes, &mut checks)?;
    let longer = changes.valid_until != Patch::Same && overlaps(&agreement, &others);
    checks.ensure(!longer, "/valid_until", || say!("agreement.overlap"));
    checks.done()?;
    agreement.version += 1;
    agreement.updated_at = tx.now;
    on!(tx.conn(), |c| diesel::update(agreements::table.find(agreement.id)).set(&agreement).execute(c))?;
    let current = agreement::version(tx, agreement.version_id)?;
    let mut number = current.number;
    if let Some(terms) = &changes.terms
        && current.terms()? != *terms
    {
        number = agreement::publish(tx, &mut agreement, terms)?.number;
    }
    let fields = audit::changed([
        ("name", agreement.name != before.name),
        ("provider", agreement.provider != before.provider),
        ("valid_until", agreement.valid_until != before.valid_until),
        ("terms", number != current.number),
    ]);
    let to_open = changes.apply_to_open.unwrap_or(false);
    let detail = json!({
        "code": agreement.code, "version": agreement.version, "changed": fields, "terms_version": number,
        "apply_to_open": to_open,
    });
    audit::append(tx, "agreement.change", object(&agreement), detail)?;
    let moved =
        if to_open { Moved::agreement(region, agreement.id, agreement.version_id) } else { Moved::nothing(region) };
    Ok((agreement, moved))
}

fn apply(agreement: &mut Agreement, changes: &AgreementChanges, checks: &mut Checks) -> Result<()> {
    for (pointer, value, place) in
        [("/name", &changes.name, &mut agreement.name), ("/provider", &changes.provider, &mut agreement.provider)]
    {
        if let Some(text) = value {
            checks.line(pointer, text, 1..=200);
            place.clone_from(text);
        }
    }
    match changes.valid_until {
        Patch::Same => {}
        Patch::Clear => agreement.valid_until = None,
        Patch::Set(day) => {
            checks.ensure(agreement.valid_from <= day, "/valid_until", || say!("field.dates"));
            checks.ensure(day.year() <= *YEARS.end(), "/valid_until", year_fault);
            agreement.valid_until = Some(day);
        }
    }
    if let Some(terms) = &changes.terms {
        let mut own = Checks::new();
        terms.check(&mut own);
        checks.within("/terms", own.done())?;
    }
    Ok(())
}

/// Organisation and service to which it promises.
fn consumer(tx: &mut Tx<'_>, region: Id, new: &NewAgreement, checks: &mut Checks) -> Result<(Option<Id>, Option<Id>)> {
    let mut ids = (None, None);
    for (kind, pointer, code) in [(Consumer::Opd, "/opd", &new.opd), (Consumer::Service, "/service", &new.service)] {
        match code {
            None if new.consumer == kind => checks.fault(pointer, say!("field.needed")),
            Some(_) if new.consumer != kind => checks.fault(pointer, say!("agreement.consumer")),
            Some(code) if kind == Consumer::Opd => match opd::by_code(tx, region, code) {
                Ok(opd) => ids.0 = Some(opd.id),
                Err(Error::NotFound) => checks.fault(pointer, say!("opd.unknown")),
                Err(other) => return Err(other),
            },
            Some(code) => match catalog::known(tx, code) {
                Ok(service) => ids.1 = Some(service.id),
                Err(Error::NotFound) => checks.fault(pointer, say!("agreement.service")),
                Err(other) => return Err(other),
            },
            None => {}
        }
    }
    Ok(ids)
}

/// `true` if another one promises to the same consumer on one of its days.
fn overlaps(one: &Agreement, others: &[Agreement]) -> bool {
    let consumer = |a: &Agreement| (a.consumer, a.consumer_opd_id, a.consumer_service_id);
    let last = |a: &Agreement| a.valid_until.unwrap_or(NaiveDate::MAX);
    others
        .iter()
        .filter(|other| other.id != one.id && consumer(other) == consumer(one))
        .any(|other| one.valid_from <= last(other) && other.valid_from <= last(one))
}

fn object(agreement: &Agreement) -> audit::Object {
    audit::Object { kind: "agreement", id: Some(agreement.id), region: Some(agreement.region_id) }
}
