//! Organisations, services, and which organisations nobody serves.

use super::answer::{Answer, ListView};
use super::call::{Call, Reply};
use super::extract::{Body, Csv, Query};
use crate::access::Tx;
use crate::catalog::{self, Impact, Kind, Provider, Service, Urgency};
use crate::db::page::Paging;
use crate::db::{Id, Ts};
use crate::error::{Error, FieldError, Result};
use crate::message::Language;
use crate::org::import::{self, Outcome};
pub use crate::org::in_own_region;
use crate::org::move_people::{self, Mover};
use crate::org::opd::{self, Opd};
use crate::report::coverage;
use crate::ticket::release;
use actix_web::web::Path;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// `GET /opds`.
pub async fn opds(call: Call, Query(paging): Query<Paging>) -> Reply {
    call.read(move |tx| Ok(Answer::page(opd::list(tx, &paging)?, |o| o))).await
}

/// `GET /opds/{code}`.
pub async fn opd(call: Call, code: Path<String>) -> Reply {
    call.read(move |tx| {
        let region = tx.actor.region()?;
        let opd = opd::by_code(tx, region, &code)?;
        Ok(Answer::ok(&opd).with_version(opd.version))
    })
    .await
}

/// `POST /opds`.
pub async fn create_opd(call: Call, body: Body<opd::Fields>) -> Reply {
    let fields = body.value;
    call.write(&body.bytes, move |tx| {
        let may = in_own_region(tx)?;
        let opd: Opd = opd::create(tx, &may, &fields)?;
        let place = format!("{}/opds/{}", super::routes::BASE, opd.code);
        Ok(Answer::created(place, &opd).with_version(opd.version))
    })
    .await
}

/// `PATCH /opds/{code}`.
pub async fn change_opd(call: Call, code: Path<String>, body: Body<opd::Fields>) -> Reply {
    let (fields, expected) = (body.value, call.expected());
    call.write(&body.bytes, move |tx| {
        let region = tx.actor.region()?;
        opd::by_code(tx, region, &code)?;
        let may = in_own_region(tx)?;
        let opd = opd::change(tx, &may, &code, &fields, expected.clone())?;
        Ok(Answer::ok(&opd).with_version(opd.version))
    })
    .await
}

/// Who moved, or would move.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct MoveView {
    /// It was stored.
    stored: bool,
    /// How many move: 1,000 at most, the first by name.
    moved: usize,
    /// Who, by name.
    people: Vec<Mover>,
    /// Ids that were named and are nobody's of that organisation.
    passed_over: usize,
    /// The caller is meant too, and stays: nobody gives himself a role.
    own: bool,
    /// Active people who are left there.
    people_left: i64,
    /// Those of them who are its Tier 1.
    technicians_left: i64,
    /// Open tickets that they have in hand and that go back to the desk; `null` for whoever sees none by his role.
    released: Option<usize>,
    /// Unfinished tickets of the organisation, which stay its own; `null` likewise.
    open_tickets: Option<i64>,
}

/// `POST /opds/{code}/move-people`.
pub async fn move_people(
    call: Call,
    code: Path<String>,
    Query(query): Query<ImportQuery>,
    body: Body<move_people::Ask>,
) -> Reply {
    let (ask, expected, rehearsal) = (body.value, call.expected(), query.is_rehearsal());
    call.write(&body.bytes, move |tx| {
        let region = tx.actor.region()?;
        opd::by_code(tx, region, &code)?;
        let may = in_own_region(tx)?;
        let run = |tx: &mut Tx<'_>| move_people::run(tx, &may, &code, &ask, &expected);
        let (moved, released) = release::of_all(tx, rehearsal, run)?;
        let open_tickets = coverage::open_tickets(tx, &moved.from)?;
        Ok(Answer::ok(&MoveView {
            stored: !rehearsal,
            moved: moved.people.len(),
            people: moved.people,
            passed_over: moved.passed_over,
            own: moved.own,
            people_left: moved.left.people,
            technicians_left: moved.left.technicians,
            // Of a single technician too: nobody counts what he does not see, not even by rehearsals.
            released: open_tickets.map(|_| released),
            open_tickets,
        }))
    })
    .await
}

/// What an import shall do.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ImportQuery {
    /// Only say what would happen.
    dry_run: Option<bool>,
}

impl ImportQuery {
    /// `true` if nothing shall be stored.
    #[must_use]
    pub fn is_rehearsal(&self) -> bool {
        self.dry_run.unwrap_or(false)
    }
}

/// What an import did, or would do.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ImportView {
    /// It was stored.
    stored: bool,
    /// Lines read, without the header.
    lines: u64,
    /// New entries.
    created: u64,
    /// Entries brought up to date.
    changed: u64,
    /// Faults; with any, nothing is stored.
    errors: Vec<LineView>,
}

/// A fault in a line.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct LineView {
    /// Line of the file; the header is line 1.
    line: u64,
    /// Column; empty for the line as a whole.
    column: String,
    /// What is wrong.
    detail: String,
}

impl LineView {
    /// A fault in this line, in the caller's language.
    #[must_use]
    pub fn new(line: u64, fault: &FieldError, language: Language) -> Self {
        let column = fault.pointer.trim_start_matches('/').to_owned();
        Self { line, column, detail: fault.detail.text(language) }
    }
}

/// 200 with an import's outcome.
#[must_use]
pub fn imported(outcome: Outcome, rehearsal: bool, language: Language) -> Answer {
    Answer::ok(&ImportView {
        stored: !rehearsal && outcome.faults.is_empty(),
        lines: outcome.lines,
        created: outcome.created,
        changed: outcome.changed,
        errors: outcome.faults.iter().map(|f| LineView::new(f.line, &f.fault, language)).collect(),
    })
}

/// `POST /opds/import`.
pub async fn import_opds(call: Call, Query(query): Query<ImportQuery>, Csv(file): Csv) -> Reply {
    let (language, rehearsal, bytes) = (call.language, query.is_rehearsal(), file.clone());
    call.write(&bytes, move |tx| {
        let may = in_own_region(tx)?;
        let outcome = import::run(tx, rehearsal, |tx| import::opds(tx, &may, &file))?;
        Ok(imported(outcome, rehearsal, language))
    })
    .await
}

/// `GET /reports/coverage`.
pub async fn uncovered(call: Call) -> Reply {
    call.read(|tx| {
        let may = in_own_region(tx)?;
        Ok(Answer::ok(&coverage::report(tx, &may)?))
    })
    .await
}

/// A service.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ServiceView {
    /// Its id.
    #[schema(value_type = uuid::Uuid)]
    id: Id,
    /// Code.
    code: String,
    /// Name.
    name: String,
    /// What it is for.
    description: String,
    /// Code of the organisation that owns it (L18).
    owner: String,
    /// Who solves (L2).
    provider: Provider,
    /// Kinds of ticket that it takes.
    kinds: Vec<Kind>,
    /// Impact if the ticket says none.
    impact: Impact,
    /// Urgency if the ticket says none.
    urgency: Urgency,
    /// Its incidents are to be reported within 24 hours (BSSN 1/2024, article 15).
    security_incident: bool,
    /// Code of the one organisation that sees it.
    only_opd: Option<String>,
    /// First day.
    active_from: Option<NaiveDate>,
    /// Last day.
    active_until: Option<NaiveDate>,
    /// When it was last changed.
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    updated_at: Ts,
    /// Changes so far.
    version: i32,
}

fn service_views(tx: &mut Tx<'_>, services: Vec<Service>) -> Result<Vec<ServiceView>> {
    let mut ids: Vec<Id> =
        services.iter().map(|s| s.owner_opd_id).chain(services.iter().filter_map(|s| s.only_opd_id)).collect();
    ids.sort();
    ids.dedup();
    let opds = opd::names(tx, &ids)?;
    let code = |id: Id| opds.iter().find(|(opd, ..)| *opd == id).map(|(_, code, _)| code.clone());
    Ok(services
        .into_iter()
        .map(|s| ServiceView {
            owner: code(s.owner_opd_id).unwrap_or_default(),
            only_opd: s.only_opd_id.and_then(code),
            kinds: s.kinds.split(' ').filter_map(Kind::from_text).collect(),
            id: s.id,
            code: s.code,
            name: s.name,
            description: s.description,
            provider: s.provider,
            impact: s.impact,
            urgency: s.urgency,
            security_incident: s.security_incident,
            active_from: s.active_from,
            active_until: s.active_until,
            updated_at: s.updated_at,
            version: s.version,
        })
        .collect())
}

/// `GET /services`.
pub async fn services(call: Call, Query(paging): Query<Paging>) -> Reply {
    call.read(move |tx| {
        let page = catalog::list(tx, &paging)?;
        let next_cursor = page.next;
        let items = service_views(tx, page.items)?;
        Ok(Answer::ok(&ListView { items, next_cursor }))
    })
    .await
}

fn service_shown(tx: &mut Tx<'_>, service: Service) -> Result<Answer> {
    let view = service_views(tx, vec![service])?.pop().ok_or(Error::NotFound)?;
    Ok(Answer::ok(&view).with_version(view.version))
}

/// `POST /services`.
pub async fn create_service(call: Call, body: Body<catalog::Fields>) -> Reply {
    let fields = body.value;
    call.write(&body.bytes, move |tx| {
        let may = in_own_region(tx)?;
        let service = catalog::create(tx, &may, &fields)?;
        let place = format!("{}/services/{}", super::routes::BASE, service.code);
        Ok(Answer { status: 201, location: Some(place), ..service_shown(tx, service)? })
    })
    .await
}

/// `PATCH /services/{code}`.
pub async fn change_service(call: Call, code: Path<String>, body: Body<catalog::Fields>) -> Reply {
    let (fields, expected) = (body.value, call.expected());
    call.write(&body.bytes, move |tx| {
        catalog::known(tx, &code)?;
        let may = in_own_region(tx)?;
        let service = catalog::change(tx, &may, &code, &fields, expected.clone())?;
        service_shown(tx, service)
    })
    .await
}
