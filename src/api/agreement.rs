//! Agreements and their versions (B1).

use super::answer::{Answer, ListView};
use super::calendar::{follow, keeper};
use super::call::{Call, Reply};
use super::extract::{Body, Query};
use super::org::{ImportQuery, in_own_region};
use crate::access::Tx;
use crate::catalog;
use crate::db::page::Paging;
use crate::db::{Id, Ts};
use crate::error::{Error, Result};
use crate::org::opd;
use crate::org::person::{self, Brief};
use crate::sla::agreement::{self, Agreement, Consumer};
use crate::sla::keep_agreement::{self, AgreementChanges, NewAgreement};
use crate::sla::list;
use crate::sla::terms::Terms;
use actix_web::web::Path;
use chrono::NaiveDate;
use serde::Serialize;

/// An agreement.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct AgreementView {
    /// Its id.
    #[schema(value_type = uuid::Uuid)]
    id: Id,
    /// Code.
    code: String,
    /// Name.
    name: String,
    /// The group that promises.
    provider: String,
    /// To whom.
    consumer: Consumer,
    /// Code of the organisation, if it is one.
    opd: Option<String>,
    /// Code of the service, if it is one.
    service: Option<String>,
    /// First day.
    valid_from: NaiveDate,
    /// Last day.
    valid_until: Option<NaiveDate>,
    /// Number of its newest version, which new tickets get.
    terms_version: i32,
    /// When it was last changed.
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    updated_at: Ts,
    /// Changes so far.
    version: i32,
}

/// An agreement with what it promises and promised.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct AgreementDetailView {
    #[serde(flatten)]
    agreement: AgreementView,
    /// What it promises now.
    terms: Terms,
    /// Every version, the newest first.
    versions: Vec<AgreementVersionView>,
}

/// A version of an agreement; none ever changes.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct AgreementVersionView {
    /// Its number.
    number: i32,
    /// When it was made.
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    at: Ts,
    /// Who made it; the program itself if nobody.
    by: Option<Brief>,
    /// What it promises.
    terms: Terms,
}

fn views(tx: &mut Tx<'_>, agreements: Vec<Agreement>) -> Result<Vec<AgreementView>> {
    let opds: Vec<Id> = agreements.iter().filter_map(|a| a.consumer_opd_id).collect();
    let opds = opd::names(tx, &opds)?;
    let services = catalog::codes(tx, agreements.iter().filter_map(|a| a.consumer_service_id))?;
    let versions = agreement::names(tx, &agreements.iter().map(|a| a.version_id).collect::<Vec<_>>())?;
    Ok(agreements
        .into_iter()
        .map(|a| AgreementView {
            opd: opds.iter().find(|(id, ..)| Some(*id) == a.consumer_opd_id).map(|(_, code, _)| code.clone()),
            service: a.consumer_service_id.and_then(|id| services.get(&id).cloned()),
            terms_version: versions.get(&a.version_id).map_or(0, |(_, _, number)| *number),
            id: a.id,
            code: a.code,
            name: a.name,
            provider: a.provider,
            consumer: a.consumer,
            valid_from: a.valid_from,
            valid_until: a.valid_until,
            updated_at: a.updated_at,
            version: a.version,
        })
        .collect())
}

fn shown(tx: &mut Tx<'_>, stored: Agreement) -> Result<Answer> {
    let (id, newest) = (stored.id, stored.version_id);
    let agreement = views(tx, vec![stored])?.pop().ok_or(Error::NotFound)?;
    let history = agreement::history(tx, id)?;
    let people = person::briefs(tx, &history.iter().filter_map(|v| v.by_id).collect::<Vec<_>>())?;
    let terms = agreement::version(tx, newest)?.terms()?;
    let mut versions = Vec::new();
    for one in history {
        let by = people.iter().find(|p| Some(p.id) == one.by_id).cloned();
        versions.push(AgreementVersionView { number: one.number, at: one.at, by, terms: one.terms()? });
    }
    let version = agreement.version;
    Ok(Answer::ok(&AgreementDetailView { agreement, terms, versions }).with_version(version))
}

/// `GET /agreements`.
pub async fn list(call: Call, Query(paging): Query<Paging>) -> Reply {
    call.read(move |tx| {
        let may = in_own_region(tx)?;
        let page = list::agreements(tx, &may, &paging)?;
        let next_cursor = page.next;
        let items = views(tx, page.items)?;
        Ok(Answer::ok(&ListView { items, next_cursor }))
    })
    .await
}

/// `GET /agreements/{code}`.
pub async fn read(call: Call, code: Path<String>) -> Reply {
    call.read(move |tx| {
        let may = in_own_region(tx)?;
        let agreement = list::agreement(tx, &may, &code)?;
        shown(tx, agreement)
    })
    .await
}

/// `POST /agreements`.
pub async fn create(call: Call, body: Body<NewAgreement>) -> Reply {
    let new = body.value;
    call.write(&body.bytes, move |tx| {
        let may = in_own_region(tx)?;
        let agreement = keep_agreement::create(tx, &may, &new)?;
        let place = format!("{}/agreements/{}", super::routes::BASE, agreement.code);
        Ok(Answer { status: 201, location: Some(place), ..shown(tx, agreement)? })
    })
    .await
}

/// `PATCH /agreements/{code}`.
pub async fn change(
    call: Call,
    code: Path<String>,
    Query(query): Query<ImportQuery>,
    body: Body<AgreementChanges>,
) -> Reply {
    let (changes, expected) = (body.value, call.expected());
    call.write(&body.bytes, move |tx| {
        let may = keeper(tx, |tx, may| list::agreement(tx, may, &code))?;
        follow(tx, query.is_rehearsal(), |tx| {
            let (agreement, moved) = keep_agreement::change(tx, &may, &code, &changes, expected.clone())?;
            Ok((shown(tx, agreement)?, moved))
        })
    })
    .await
}
