//! What of a region changes over the years, for the operator of the platform (P4).

use super::super::frame::Frame;
use super::super::mails;
use super::super::sent::Sent;
use super::super::visit::{Shown, Visit};
use super::form::{Field, Form};
use super::regions::{one, policies};
use super::{run, tick, version};
use crate::access::{Tx, check};
use crate::error::{Error, Result};
use crate::mail::choice::Topic;
use crate::org::Platform;
use crate::org::region::{self, Region, Terms};
use crate::org::region_facts::{self, Fields};
use crate::patch::Patch;
use crate::say;
use actix_web::web::Path;

/// `POST /admin/regions/{code}/entry`.
pub async fn change(visit: Visit, code: Path<String>, sent: Sent) -> Shown {
    let code = code.into_inner();
    let again = code.clone();
    let change = move |tx: &mut Tx<'_>, sent: &Sent| {
        let may = check(&tx.actor, Platform)?;
        let held = region::named(tx, &code)?;
        region_facts::change(tx, may, &code, &fields(sent, &held)?, version(sent))?;
        Ok(format!("/admin/regions/{code}?done=saved"))
    };
    run(visit, "entry", sent, change, move |tx, frame, trial| one(tx, frame, &again, trial)).await
}

/// The fields, as they are stored.
pub fn form(f: &Frame, region: &Region) -> Form {
    let (terms, required) = (region.terms(), region.required_mails());
    let line = |name: &'static str, key: &'static str, value: &str| Field::line(name, f.t(key), value);
    let languages = vec![("id".into(), "Bahasa Indonesia".into()), ("en".into(), "English".into())];
    let place = format!("/admin/regions/{}/entry", region.code);
    let mut form = Form::new("entry", place, f.t("web.admin.region.change"), f.t("web.admin.save"))
        .folded()
        .field(Field::version(region.version))
        .field(line("name", "web.admin.region.name", &region.name).needed())
        .field(
            Field::email("desk_mailbox", f.t("web.admin.region.desk"), &region.desk_mailbox)
                .needed()
                .hint(f.t("web.admin.region.desk_changed")),
        )
        .field(Field::choice("language", f.t("web.admin.region.language"), &region.language, languages))
        .field(Field::choice("password_policy", f.t("web.admin.region.policy"), &region.password_policy, policies(f)))
        .field(line("terms/tier1", "web.admin.region.tier1", &terms.tier1).needed())
        .field(line("terms/tier2", "web.admin.region.tier2", &terms.tier2).needed())
        .field(line("terms/provider", "web.admin.region.provider", &terms.provider).needed())
        .field(
            line("report_basis", "web.admin.region.basis", &region.report_basis().unwrap_or_default())
                .hint(f.t("web.admin.region.basis_hint")),
        );
    for topic in Topic::ALL {
        let label = say!("web.admin.region.required", topic = f.say(&mails::named(*topic, &terms)));
        form = form.field(Field::check(format!("required-{topic}"), f.say(&label), required.contains(topic)));
    }
    let patterns = region.settings.0.get("nomenclature").cloned().unwrap_or_default();
    let patterns = serde_json::to_string_pretty(&patterns).unwrap_or_default();
    form.field(
        Field::long("nomenclature", f.t("web.admin.region.nomenclature"), patterns, 12)
            .hint(f.t("web.admin.region.nomenclature_hint")),
    )
}

/// What was filled in. Ticks that stand as they did say nothing: those of every region stay those of every region.
fn fields(sent: &Sent, held: &Region) -> Result<Fields> {
    let text = |name: &str| sent.get(name).trim().to_owned();
    let nomenclature = serde_json::from_str(sent.get("nomenclature"));
    let nomenclature = nomenclature.map_err(|_| Error::invalid("/nomenclature", say!("region.nomenclature")))?;
    let required: Vec<Topic> =
        Topic::ALL.iter().copied().filter(|topic| tick(sent, &format!("required-{topic}"))).collect();
    Ok(Fields {
        name: Some(text("name")),
        terms: Some(Terms { tier1: text("terms/tier1"), tier2: text("terms/tier2"), provider: text("terms/provider") }),
        nomenclature: Some(nomenclature),
        password_policy: Some(text("password_policy")),
        language: Some(text("language")),
        desk_mailbox: Some(text("desk_mailbox")),
        required_mails: Patch::named(Some(required).filter(|all| *all != held.required_mails())),
        report_basis: sent.maybe("report_basis").into(),
    })
}
