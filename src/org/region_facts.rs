//! What of a region changes over the years: names, a regulation, the address of its desk. By what its people, tickets and
//! addresses are told apart (code, prefix, domains, time zone) stays as it was made.

use super::Platform;
use super::region::{Region, Template, Terms};
use crate::access::{May, Tx, act};
use crate::audit;
use crate::db::schema::regions;
use crate::db::{Expected, Json};
use crate::error::{Error, Result};
use crate::mail::choice::Topic;
use crate::on;
use crate::patch::Patch;
use diesel::prelude::*;
use serde::Deserialize;
use serde_json::{Value, json};

/// Facts of a region that may change; in a change, those that are named.
#[derive(Debug, Clone, Default, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = RegionFields)]
pub struct Fields {
    /// Official name.
    #[schema(example = "Kabupaten Lebak")]
    pub name: Option<String>,
    /// What the tiers are called; all three.
    pub terms: Option<Terms>,
    /// How mailboxes and sites of organisations are named. Those that have one keep it.
    #[schema(value_type = Option<Object>)]
    pub nomenclature: Option<Value>,
    /// `nist` or `bssn`.
    pub password_policy: Option<String>,
    /// `id` or `en`: preset of people who are entered from now on.
    pub language: Option<String>,
    /// Sender of notifications, in the official domain or below it.
    #[schema(example = "servicedesk@lebakkab.go.id")]
    pub desk_mailbox: Option<String>,
    /// Mails that its people can't do without; `null`: hand-overs to Tier 2, questions, warnings and misses.
    #[serde(default)]
    #[schema(value_type = Option<Vec<Topic>>)]
    pub required_mails: Patch<Vec<Topic>>,
    /// The regulation by which its monthly report is made; `null`: none is named.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "Peraturan Bupati Lebak Nomor 24 Tahun 2024, Pasal 45")]
    pub report_basis: Patch<String>,
}

/// Changes facts of the region with this code.
///
/// # Errors
/// 404 if there is none; 412 for a version that is not `expected`; 422 for fields that do not fit.
pub fn change(
    tx: &mut Tx<'_>,
    _: May<act::KeepRegions, Platform>,
    code: &str,
    fields: &Fields,
    expected: impl Into<Expected>,
) -> Result<Region> {
    let before = lock(tx, code)?;
    expected.into().check(before.version - 1)?;
    let mut after = applied(&before, fields)?;
    let changed = changed(&before, &after);
    if changed.is_empty() {
        // What says nothing new is no change.
        after.version -= 1;
    }
    on!(tx.conn(), |c| diesel::update(regions::table.find(after.id))
        .set((
            regions::name.eq(&after.name),
            regions::desk_mailbox.eq(&after.desk_mailbox),
            regions::language.eq(&after.language),
            regions::password_policy.eq(&after.password_policy),
            regions::settings.eq(&after.settings),
            regions::version.eq(after.version),
        ))
        .execute(c))?;
    if changed.is_empty() {
        return Ok(after);
    }
    let object = audit::Object { kind: "region", id: Some(after.id), region: Some(after.id) };
    let detail = json!({ "code": after.code, "version": after.version, "changed": changed });
    audit::append(tx, "region.change", object, detail)?;
    Ok(after)
}

fn lock(tx: &mut Tx<'_>, code: &str) -> Result<Region> {
    on!(tx.conn(), |c| diesel::update(regions::table.filter(regions::code.eq(code)))
        .set(regions::version.eq(regions::version + 1))
        .returning(Region::as_returning())
        .get_result(c)
        .optional())?
    .ok_or(Error::NotFound)
}

/// The region with these fields, judged as a new one is.
fn applied(before: &Region, fields: &Fields) -> Result<Region> {
    let setting = |name: &str| before.settings.0.get(name).cloned().unwrap_or_default();
    let word = |name: &str| setting(name).as_str().unwrap_or_default().to_owned();
    let or = |named: &Option<String>, held: &String| named.as_ref().unwrap_or(held).clone();
    let required: Option<Vec<Topic>> = serde_json::from_value(setting("required_mails")).ok();
    let wanted = Template {
        code: before.code.clone(),
        name: or(&fields.name, &before.name),
        kemendagri: before.kemendagri.clone(),
        ticket_prefix: before.ticket_prefix.clone(),
        domain: before.domain.clone(),
        mail_domain: before.mail_domain.clone(),
        desk_mailbox: or(&fields.desk_mailbox, &before.desk_mailbox),
        time_zone: before.time_zone.clone(),
        password_policy: or(&fields.password_policy, &before.password_policy),
        language: or(&fields.language, &before.language),
        calendar: word("calendar"),
        agreement: word("agreement"),
        terms: fields.terms.clone().unwrap_or_else(|| before.terms()),
        nomenclature: fields.nomenclature.clone().unwrap_or_else(|| setting("nomenclature")),
        required_mails: fields.required_mails.clone().onto(required),
        report_basis: fields.report_basis.clone().onto(before.report_basis()),
    };
    wanted.check()?;
    let mut settings = before.settings.0.clone();
    for (name, value) in [
        ("terms", json!(wanted.terms)),
        ("nomenclature", wanted.nomenclature),
        ("required_mails", json!(wanted.required_mails)),
        ("report_basis", json!(wanted.report_basis)),
    ] {
        if let Some(held) = settings.as_object_mut() {
            held.insert(name.to_owned(), value);
        }
    }
    Ok(Region {
        name: wanted.name,
        desk_mailbox: wanted.desk_mailbox,
        language: wanted.language,
        password_policy: wanted.password_policy,
        settings: Json(settings),
        ..before.clone()
    })
}

/// Which facts a change has made others, for the audit log.
fn changed(before: &Region, after: &Region) -> Vec<&'static str> {
    let setting = |region: &Region, name: &str| region.settings.0.get(name).cloned().unwrap_or_default();
    audit::changed([
        ("name", before.name != after.name),
        ("terms", before.terms() != after.terms()),
        ("nomenclature", setting(before, "nomenclature") != setting(after, "nomenclature")),
        ("password_policy", before.password_policy != after.password_policy),
        ("language", before.language != after.language),
        ("desk_mailbox", before.desk_mailbox != after.desk_mailbox),
        // As it is stored: that of every region is another thing than a list of one's own that is the same today.
        ("required_mails", setting(before, "required_mails") != setting(after, "required_mails")),
        ("report_basis", before.report_basis() != after.report_basis()),
    ])
}
