//! Regions: which there are, and what the operator of the platform keeps of them (P4).

use super::answer::Answer;
use super::call::{Call, Reply};
use super::extract::{Body, Query};
use crate::access::{Tx, act, check};
use crate::db::Id;
use crate::db::page::{Page, Paging};
use crate::error::Error;
use crate::mail::choice::Topic;
use crate::org::Platform;
use crate::org::region::{self, Region, Template, Terms};
use crate::org::region_facts::{self, Fields};
use crate::say;
use crate::sla::equip;
use actix_web::web::Path;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A region.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct RegionView {
    /// Its id.
    #[schema(value_type = uuid::Uuid)]
    id: Id,
    /// Code.
    code: String,
    /// Name.
    name: String,
    /// Code of the Ministry of Home Affairs.
    kemendagri: String,
    /// Prefix of its ticket numbers.
    ticket_prefix: String,
    /// Official domain.
    domain: String,
    /// Domain of official mail.
    mail_domain: String,
    /// IANA time zone.
    time_zone: String,
    /// Rules for passwords.
    password_policy: String,
    /// What the tiers are called (T1).
    terms: Terms,
    /// The rest, for whoever keeps regions.
    #[serde(skip_serializing_if = "Option::is_none")]
    entry: Option<RegionEntryView>,
}

/// What else is kept of a region.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct RegionEntryView {
    /// Sender of notifications.
    desk_mailbox: String,
    /// The regulation by which its monthly report is made, if one is named.
    report_basis: Option<String>,
    /// Preset of people who are entered.
    language: String,
    /// Mails that its people can't do without.
    required_mails: Vec<Topic>,
    /// How mailboxes and sites of organisations are named.
    #[schema(value_type = Object)]
    nomenclature: Value,
    /// Changes so far.
    version: i32,
}

impl RegionView {
    /// As whoever keeps regions reads it.
    fn whole(region: Region) -> Self {
        let entry = RegionEntryView {
            desk_mailbox: region.desk_mailbox.clone(),
            report_basis: region.report_basis(),
            language: region.language.clone(),
            required_mails: region.required_mails(),
            nomenclature: region.settings.0.get("nomenclature").cloned().unwrap_or_default(),
            version: region.version,
        };
        Self { entry: Some(entry), ..Self::from(region) }
    }
}

impl From<Region> for RegionView {
    fn from(r: Region) -> Self {
        Self {
            terms: r.terms(),
            id: r.id,
            code: r.code,
            name: r.name,
            kemendagri: r.kemendagri,
            ticket_prefix: r.ticket_prefix,
            domain: r.domain,
            mail_domain: r.mail_domain,
            time_zone: r.time_zone,
            password_policy: r.password_policy,
            entry: None,
        }
    }
}

/// A new region: one that is shipped, by its code, or one of one's own.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRegion {
    /// Code of a region that is shipped: `lebak`, `temanggung`, `blora`, `purbalingga`.
    #[schema(example = "lebak")]
    template: Option<String>,
    /// A region in full.
    region: Option<Template>,
}

/// A region as whoever asks reads it.
fn view(tx: &Tx<'_>) -> fn(Region) -> RegionView {
    let keeps = check::<act::KeepRegions, _>(&tx.actor, Platform).is_ok();
    if keeps { RegionView::whole } else { RegionView::from }
}

fn shown(tx: &Tx<'_>, region: Region) -> Answer {
    let version = region.version;
    Answer::ok(&view(tx)(region)).with_version(version)
}

/// `GET /regions/{code}`.
pub async fn region(call: Call, code: Path<String>) -> Reply {
    call.read(move |tx| {
        let region = region::named(tx, &code)?;
        Ok(shown(tx, region))
    })
    .await
}

/// `PATCH /regions/{code}`.
pub async fn change_region(call: Call, code: Path<String>, body: Body<Fields>) -> Reply {
    let (fields, expected) = (body.value, call.expected());
    call.write(&body.bytes, move |tx| {
        // To whoever may not name it, it is not there.
        region::named(tx, &code)?;
        let may = check(&tx.actor, Platform)?;
        let region = region_facts::change(tx, may, &code, &fields, expected.clone())?;
        Ok(shown(tx, region))
    })
    .await
}

/// `GET /regions`.
pub async fn regions(call: Call, Query(paging): Query<Paging>) -> Reply {
    call.read(move |tx| {
        let page = Page::of(region::list(tx)?, &paging, |region| region.code.clone())?;
        Ok(Answer::page(page, view(tx)))
    })
    .await
}

/// `POST /regions`.
pub async fn create_region(call: Call, body: Body<NewRegion>) -> Reply {
    let NewRegion { template, region } = body.value;
    call.write(&body.bytes, move |tx| {
        let may = check(&tx.actor, Platform)?;
        let chosen = match (&template, &region) {
            (Some(code), None) => Template::shipped()?
                .into_iter()
                .find(|t| t.code == *code)
                .ok_or_else(|| Error::invalid("/template", say!("region.template")))?,
            (None, Some(region)) => region.clone(),
            _ => return Err(Error::invalid("/template", say!("region.one"))),
        };
        let region = region::create(tx, may, &chosen)?;
        equip::region(tx, &region)?;
        let place = format!("{}/regions", super::routes::BASE);
        Ok(Answer::created(place, &RegionView::whole(region)))
    })
    .await
}
