//! The service catalogue: what can be asked for, who owns it (L18) and who provides it (L2).

use crate::access::{May, Tx, act};
use crate::audit;
use crate::check::Checks;
use crate::db::page::{Page, Paging};
use crate::db::schema::services;
use crate::db::{Expected, Id, Ts, one_of};
use crate::error::{Error, Result};
use crate::org::{InRegion, Opd, opd, region};
use crate::patch::Patch;
use crate::ready::Ready;
use crate::worktime::check_day;
use crate::{on, say};
use chrono::NaiveDate;
use diesel::prelude::*;
use serde::Deserialize;
use serde_json::json;
use std::collections::HashMap;

pub mod shipped;
pub mod sought;
pub mod words;
pub use words::{Impact, Kind, Provider, Urgency};

/// A service as stored.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = services, treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct Service {
    /// Its id.
    pub id: Id,
    /// Its region.
    pub region_id: Id,
    /// Code, unique in the region.
    pub code: String,
    /// Name.
    pub name: String,
    /// What it is for, in words that a clerk uses.
    pub description: String,
    /// Whose it is (L18).
    pub owner_opd_id: Id,
    /// Who solves: the OPD's Tier 1, or the Dinkominfo directly (L2).
    pub provider: Provider,
    /// Kinds of ticket that it takes, separated by spaces.
    pub kinds: String,
    /// Impact if the ticket says none.
    pub impact: Impact,
    /// Urgency if the ticket says none.
    pub urgency: Urgency,
    /// Its incidents are security incidents, to be reported within 24 hours (BSSN 1/2024, article 15).
    pub security_incident: bool,
    /// The one OPD that sees it; none: the region.
    pub only_opd_id: Option<Id>,
    /// First day.
    pub active_from: Option<NaiveDate>,
    /// Last day.
    pub active_until: Option<NaiveDate>,
    /// When it was made.
    pub created_at: Ts,
    /// When it was last changed.
    pub updated_at: Ts,
    /// Changes so far.
    pub version: i32,
}

impl Service {
    /// `true` if a ticket of this kind may be about it.
    #[must_use]
    pub fn takes(&self, kind: Kind) -> bool {
        self.kinds.split(' ').any(|k| k == kind.text())
    }

    /// `true` on days on which it is offered.
    #[must_use]
    pub fn is_offered(&self, day: NaiveDate) -> bool {
        self.active_from.is_none_or(|from| from <= day) && self.active_until.is_none_or(|until| day <= until)
    }
}

/// Fields of a service; in a change, those that are named.
#[derive(Debug, Clone, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ServiceFields)]
pub struct Fields {
    /// Code: lower-case letters, digits, hyphens. Fixed once made.
    #[schema(example = "simpeg")]
    pub code: Option<String>,
    /// Name.
    pub name: Option<String>,
    /// What it is for.
    pub description: Option<String>,
    /// Code of the organisation that owns it.
    pub owner: Option<String>,
    /// Who solves.
    pub provider: Option<Provider>,
    /// Kinds of ticket that it takes.
    pub kinds: Option<Vec<Kind>>,
    /// Impact if the ticket says none.
    pub impact: Option<Impact>,
    /// Urgency if the ticket says none.
    pub urgency: Option<Urgency>,
    /// Its incidents are security incidents, to be reported within 24 hours (BSSN 1/2024, article 15).
    pub security_incident: Option<bool>,
    /// Code of the one organisation that sees it; `null`: all do.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub only_opd: Patch<String>,
    /// First day; `null`: always was.
    #[serde(default)]
    #[schema(value_type = Option<NaiveDate>)]
    pub active_from: Patch<NaiveDate>,
    /// Last day; `null`: until further notice.
    #[serde(default)]
    #[schema(value_type = Option<NaiveDate>)]
    pub active_until: Patch<NaiveDate>,
}

/// Makes a service.
///
/// # Errors
/// 422 for fields that are missing, do not fit, or a code that is taken.
pub fn create(tx: &mut Tx<'_>, may: &May<act::KeepServices, InRegion>, fields: &Fields) -> Result<Service> {
    let region = may.get().0;
    let mut checks = Checks::new();
    for (pointer, value) in [("/code", &fields.code), ("/name", &fields.name), ("/owner", &fields.owner)] {
        checks.ensure(value.is_some(), pointer, || say!("field.needed"));
    }
    checks.ensure(fields.provider.is_some(), "/provider", || say!("field.needed"));
    checks.done()?;
    let all: Vec<&str> = Kind::ALL.iter().map(|k| k.text()).collect();
    let mut service = Service {
        id: tx.new_id(),
        region_id: region,
        code: fields.code.clone().unwrap_or_default(),
        name: String::new(),
        description: String::new(),
        owner_opd_id: Id(uuid::Uuid::nil()),
        provider: Provider::Opd,
        kinds: all.join(" "),
        impact: Impact::Medium,
        urgency: Urgency::Medium,
        security_incident: false,
        only_opd_id: None,
        active_from: None,
        active_until: None,
        created_at: tx.now,
        updated_at: tx.now,
        version: 1,
    };
    apply(tx, &mut service, fields)?;
    on!(tx.conn(), |c| diesel::insert_into(services::table).values(&service).execute(c))?;
    audit::append(tx, "service.create", object(&service), json!({ "code": service.code }))?;
    Ok(service)
}

/// Changes a service. What says nothing new is no change.
///
/// # Errors
/// 412 for a version that is not `expected`; 422 for fields that do not fit.
pub fn change(
    tx: &mut Tx<'_>,
    may: &May<act::KeepServices, InRegion>,
    code: &str,
    fields: &Fields,
    expected: impl Into<Expected>,
) -> Result<Service> {
    let region = may.get().0;
    let mut service = on!(tx.conn(), |c| diesel::update(
        services::table.filter(services::region_id.eq(region).and(services::code.eq(code)))
    )
    .set(services::version.eq(services::version + 1))
    .returning(Service::as_returning())
    .get_result(c))?;
    expected.into().check(service.version - 1)?;
    if fields.code.as_ref().is_some_and(|c| *c != service.code) {
        return Err(Error::invalid("/code", say!("field.fixed")));
    }
    let before = service.clone();
    apply(tx, &mut service, fields)?;
    let changed = changed(&before, &service);
    if changed.is_empty() {
        service.version -= 1;
    } else {
        service.updated_at = tx.now;
    }
    on!(tx.conn(), |c| diesel::update(services::table.find(service.id)).set(&service).execute(c))?;
    if changed.is_empty() {
        return Ok(service);
    }
    let detail = json!({ "code": service.code, "version": service.version, "changed": changed });
    audit::append(tx, "service.change", object(&service), detail)?;
    Ok(service)
}

/// Which fields a change has made others, for the audit log.
fn changed(before: &Service, after: &Service) -> Vec<&'static str> {
    audit::changed([
        ("name", before.name != after.name),
        ("description", before.description != after.description),
        ("owner", before.owner_opd_id != after.owner_opd_id),
        ("provider", before.provider != after.provider),
        ("kinds", before.kinds != after.kinds),
        ("impact", before.impact != after.impact),
        ("urgency", before.urgency != after.urgency),
        ("security_incident", before.security_incident != after.security_incident),
        ("only_opd", before.only_opd_id != after.only_opd_id),
        ("active_from", before.active_from != after.active_from),
        ("active_until", before.active_until != after.active_until),
    ])
}

fn apply(tx: &mut Tx<'_>, service: &mut Service, fields: &Fields) -> Result<()> {
    let mut checks = Checks::new();
    checks.code("/code", &service.code);
    if let Some(name) = &fields.name {
        checks.name("/name", name, 1..=120);
        service.name.clone_from(name);
    }
    if let Some(text) = &fields.description {
        checks.text("/description", text, 0..=2000);
        service.description.clone_from(text);
    }
    if let Some(kinds) = &fields.kinds {
        checks.ensure(!kinds.is_empty(), "/kinds", || say!("field.needed"));
        let words: Vec<&str> = kinds.iter().map(|k| k.text()).collect();
        service.kinds = words.join(" ");
    }
    let mut opd = |pointer: &str, code: &str| match opd::by_code(tx, service.region_id, code) {
        Ok(opd) => Ok(Some(opd.id)),
        Err(Error::NotFound) => {
            checks.fault(pointer, say!("opd.unknown"));
            Ok(None)
        }
        Err(other) => Err(other),
    };
    if let Some(code) = &fields.owner {
        service.owner_opd_id = opd("/owner", code)?.unwrap_or(service.owner_opd_id);
    }
    match &fields.only_opd {
        Patch::Same => {}
        Patch::Clear => service.only_opd_id = None,
        Patch::Set(code) => service.only_opd_id = opd("/only_opd", code)?,
    }
    service.provider = fields.provider.unwrap_or(service.provider);
    service.impact = fields.impact.unwrap_or(service.impact);
    service.urgency = fields.urgency.unwrap_or(service.urgency);
    service.security_incident = fields.security_incident.unwrap_or(service.security_incident);
    for (pointer, day) in [("/active_from", fields.active_from), ("/active_until", fields.active_until)] {
        if let Patch::Set(day) = day {
            check_day(&mut checks, pointer, day);
        }
    }
    service.active_from = fields.active_from.onto(service.active_from);
    service.active_until = fields.active_until.onto(service.active_until);
    let ordered = service.active_from.zip(service.active_until).is_none_or(|(from, until)| from <= until);
    checks.ensure(ordered, "/active_until", || say!("field.dates"));
    checks.done()
}

fn object(service: &Service) -> audit::Object {
    audit::Object { kind: "service", id: Some(service.id), region: Some(service.region_id) }
}

/// The service with this code, as an organisation of the region sees it.
///
/// # Errors
/// 404 if there is none, or it is another organisation's own, or not offered today.
pub fn offered(tx: &mut Tx<'_>, region: Id, opd: Id, code: &str) -> Result<Service> {
    let service = on!(tx.conn(), |c| services::table
        .filter(services::region_id.eq(region).and(services::code.eq(code)))
        .select(Service::as_select())
        .first(c))?;
    let today = region::by_id(tx, region)?.day(tx.now);
    let visible = service.only_opd_id.is_none_or(|only| only == opd);
    if visible && service.is_offered(today) { Ok(service) } else { Err(Error::NotFound) }
}

/// The service with this id.
///
/// # Errors
/// 404 if there is none.
pub fn by_id(tx: &mut Tx<'_>, id: Id) -> Result<Service> {
    Ok(on!(tx.conn(), |c| services::table.find(id).select(Service::as_select()).first(c))?)
}

static CODES: Ready<Id, String> = Ready::holding(512);

/// Code of a service, which never changes.
///
/// # Errors
/// 404 if there is none.
pub fn code(tx: &mut Tx<'_>, id: Id) -> Result<String> {
    let code = CODES.get_or(id, || on!(tx.conn(), |c| services::table.find(id).select(services::code).first(c)))?;
    Ok(code.to_string())
}

/// Code of each of these services.
///
/// # Errors
/// 404 if there is none for one of them.
pub fn codes(tx: &mut Tx<'_>, ids: impl IntoIterator<Item = Id>) -> Result<HashMap<Id, String>> {
    ids.into_iter().map(|id| Ok((id, code(tx, id)?))).collect()
}

/// Code and name of each of these services.
pub fn names(tx: &mut Tx<'_>, ids: &[Id]) -> Result<Vec<(Id, String, String)>> {
    Ok(on!(tx.conn(), |c| services::table
        .filter(one_of(services::id, ids))
        .select((services::id, services::code, services::name))
        .load(c))?)
}

/// Code and name of each service that an organisation owns, or has for itself, and that is offered today or later.
///
/// # Errors
/// The database's.
pub fn held_by(tx: &mut Tx<'_>, opd: &Opd) -> Result<Vec<(String, String)>> {
    let today = region::by_id(tx, opd.region_id)?.day(tx.now);
    Ok(on!(tx.conn(), |c| services::table
        .filter(services::region_id.eq(opd.region_id))
        .filter(services::owner_opd_id.eq(opd.id).or(services::only_opd_id.eq(opd.id)))
        .filter(services::active_until.ge(today).or(services::active_until.is_null()))
        .select((services::code, services::name))
        .order(services::code)
        .load(c))?)
}

/// The service with this code, if the actor may choose it or keeps it.
///
/// # Errors
/// 404 otherwise.
pub fn known(tx: &mut Tx<'_>, code: &str) -> Result<Service> {
    let region = tx.actor.region()?;
    let service = on!(tx.conn(), |c| services::table
        .filter(services::region_id.eq(region).and(services::code.eq(code)))
        .select(Service::as_select())
        .first(c))?;
    let keeper = crate::access::check::<act::KeepServices, _>(&tx.actor, InRegion(region)).is_ok();
    let today = region::by_id(tx, region)?.day(tx.now);
    let mine = |only| tx.actor.grants.iter().any(|g| g.opd.is_none() || g.opd == Some(only));
    let visible = service.only_opd_id.is_none_or(mine) && service.is_offered(today);
    if keeper || visible { Ok(service) } else { Err(Error::NotFound) }
}

/// Services of the actor's region that he may choose, by code; whoever keeps them sees all.
pub fn list(tx: &mut Tx<'_>, paging: &Paging) -> Result<Page<Service>> {
    let (region, limit) = (tx.actor.region()?, paging.limit()?);
    let after = paging.after::<String>()?.unwrap_or_default();
    let keeper = crate::access::check::<act::KeepServices, _>(&tx.actor, InRegion(region)).is_ok();
    let opds: Vec<Id> = tx.actor.grants.iter().filter_map(|g| g.opd).collect();
    let region_wide = tx.actor.grants.iter().any(|g| g.opd.is_none());
    let today = region::by_id(tx, region)?.day(tx.now);
    let rows = on!(tx.conn(), |c| {
        let mut query = services::table
            .filter(services::region_id.eq(region).and(services::code.gt(after)))
            .select(Service::as_select())
            .into_boxed::<Db>();
        if !keeper {
            query = query
                .filter(services::active_from.is_null().or(services::active_from.le(today)))
                .filter(services::active_until.is_null().or(services::active_until.ge(today)));
        }
        if !keeper && !region_wide {
            query = query.filter(services::only_opd_id.is_null().or(services::only_opd_id.eq_any(opds)));
        }
        query.order(services::code).limit(limit + 1).load(c)
    })?;
    Ok(Page::cut(rows, limit, |s| s.code.clone()))
}
