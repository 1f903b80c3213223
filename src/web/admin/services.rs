//! The service catalogue (L2, L18): what can be asked for, of whom, and until when.

use super::super::choices;
use super::super::frame::Frame;
use super::super::sent::{Sent, Trial};
use super::super::visit::{Shown, Visit};
use super::form::{Field, Form};
use super::page::{Cell, Page, Part, Table};
use super::{Asked, day, run, tick, version};
use crate::access::{May, Tx, act};
use crate::catalog::{self, Fields, Impact, Kind, Provider, Service, Urgency};
use crate::error::Result;
use crate::org::{InRegion, in_own_region, opd, region};
use crate::patch::Patch;
use crate::say;
use actix_web::web::{Path, Query};

/// `GET /admin/services`.
pub async fn list(visit: Visit, asked: Query<Asked>) -> Shown {
    let html = visit.read(move |tx, frame| all(tx, frame, &asked, Trial::new())).await?;
    Ok(visit.page(200, html))
}

/// `POST /admin/services`.
pub async fn create(visit: Visit, sent: Sent) -> Shown {
    let change = |tx: &mut Tx<'_>, sent: &Sent| {
        let may = in_own_region(tx)?;
        catalog::create(tx, &may, &Fields { code: sent.maybe("code"), ..fields(sent)? })?;
        Ok("/admin/services?done=made".to_owned())
    };
    run(visit, "new", sent, change, |tx, frame, trial| all(tx, frame, &Asked::default(), trial)).await
}

/// `POST /admin/shipped/services`: the services that come with the program and are not there yet.
pub async fn take_shipped(visit: Visit, sent: Sent) -> Shown {
    let change = |tx: &mut Tx<'_>, _: &Sent| {
        let may = in_own_region(tx)?;
        catalog::shipped::take(tx, &may)?;
        Ok("/admin/services?done=imported".to_owned())
    };
    run(visit, "shipped", sent, change, |tx, frame, trial| all(tx, frame, &Asked::default(), trial)).await
}

fn all(tx: &mut Tx<'_>, frame: Frame, asked: &Asked, trial: Trial) -> Result<String> {
    let may: May<act::KeepServices, InRegion> = in_own_region(tx)?;
    let services = catalog::sought::sought(tx, &may, asked.words(), &asked.paging())?;
    let today = region::own(tx)?.day(tx.now);
    let owners = opd::names(tx, &services.items.iter().map(|s| s.owner_opd_id).collect::<Vec<_>>())?;
    let mut page = Page::new(frame, &tx.actor, say!("web.admin.service.title"), trial);
    let f = page.frame.clone();
    let has_opds = !choices::opds(tx)?.is_empty();
    let is_empty = asked.is_whole() && services.items.is_empty();
    if is_empty && has_opds {
        let (title, button) = (f.t("web.admin.service.shipped"), f.t("web.admin.service.take"));
        page.form(Form::new("shipped", "/admin/shipped/services", title, button));
    }
    let columns = [
        "web.admin.service.name",
        "web.admin.code",
        "web.admin.service.owner",
        "web.admin.service.provider",
        "web.admin.service.state",
    ];
    let columns = columns.map(|key| f.t(key)).to_vec();
    if !is_empty {
        page.form(asked.question(&f, "/admin/services", "web.admin.q"));
    }
    let none = asked.none(&f, "web.admin.service.none");
    let mut table = Table::new("services", f.t("web.admin.service.title"), columns, none);
    for service in services.items {
        let owner = owners.iter().find(|(id, ..)| *id == service.owner_opd_id).map(|(_, _, name)| name.clone());
        let state = if service.is_offered(today) {
            Cell::text(f.t("web.admin.service.offered"))
        } else {
            Cell::strong(f.t("web.admin.service.retired"))
        };
        let place = format!("/admin/services/{}", service.code);
        let provider = provider(&f, service.provider);
        table.row(vec![
            Cell::link(service.name, place),
            Cell::text(service.code),
            Cell::text(owner.unwrap_or_default()),
            Cell::text(provider),
            state,
        ]);
    }
    table.next(asked.next("/admin/services", services.next));
    page.table(table);
    if !has_opds {
        // Each service is some organisation's.
        page.note(&say!("web.admin.service.no_opds"));
        page.part(Part::Links(vec![("/admin/opds".to_owned(), f.t("web.admin.opd.room"))]));
        return page.html();
    }
    let form = Form::new("new", "/admin/services", f.t("web.admin.service.new"), f.t("web.admin.add")).folded();
    let code = Field::line("code", f.t("web.admin.code"), "").needed().hint(f.t("web.admin.code_hint"));
    let form = entry(tx, form.field(code), &f, None)?;
    page.form(form);
    page.html()
}

/// Who solves, in the region's words (L2, T1).
fn provider(frame: &Frame, provider: Provider) -> String {
    match provider {
        Provider::Opd => frame.say(&say!("web.admin.service.by_opd", tier1 = frame.terms.tier1)),
        Provider::Dinkominfo => frame.say(&say!("web.admin.service.by_provider", tier2 = frame.terms.tier2)),
    }
}

/// `GET /admin/services/{code}`.
pub async fn read(visit: Visit, code: Path<String>) -> Shown {
    let html = visit.read(move |tx, frame| one(tx, frame, &code, Trial::new())).await?;
    Ok(visit.page(200, html))
}

/// `POST /admin/services/{code}`.
pub async fn change(visit: Visit, code: Path<String>, sent: Sent) -> Shown {
    alter(visit, "entry", code.into_inner(), sent, |_, sent| fields(sent)).await
}

/// `POST /admin/services/{code}/retire`: offered up to this day and no longer; without a day, until further notice.
pub async fn retire(visit: Visit, code: Path<String>, sent: Sent) -> Shown {
    let last_day = |_: &mut Tx<'_>, sent: &Sent| {
        Ok(Fields { active_until: day(sent, "active_until")?.into(), ..Fields::default() })
    };
    alter(visit, "retire", code.into_inner(), sent, last_day).await
}

/// Changes what `fields` of a service are to be changed.
async fn alter(
    visit: Visit,
    act: &'static str,
    code: String,
    sent: Sent,
    fields: impl Fn(&mut Tx<'_>, &Sent) -> Result<Fields> + Send + 'static,
) -> Shown {
    let change = {
        let code = code.clone();
        move |tx: &mut Tx<'_>, sent: &Sent| {
            let may = in_own_region(tx)?;
            catalog::known(tx, &code)?;
            let fields = fields(tx, sent)?;
            catalog::change(tx, &may, &code, &fields, version(sent))?;
            Ok(format!("/admin/services/{code}?done=saved"))
        }
    };
    run(visit, act, sent, change, move |tx, frame, trial| one(tx, frame, &code, trial)).await
}

fn one(tx: &mut Tx<'_>, frame: Frame, code: &str, trial: Trial) -> Result<String> {
    let _: May<act::KeepServices, InRegion> = in_own_region(tx)?;
    let service = catalog::known(tx, code)?;
    let today = region::own(tx)?.day(tx.now);
    let mut page = Page::new(frame, &tx.actor, say!("web.admin.service.title"), trial);
    page.named(&service.name);
    page.back("/admin/services", say!("web.admin.service.title"));
    if !service.is_offered(today) {
        page.note(&say!("web.admin.service.not_offered"));
    }
    let f = page.frame.clone();
    let place = format!("/admin/services/{}", service.code);
    let form = Form::new("entry", &place, f.t("web.admin.entry"), f.t("web.admin.save"));
    let form = entry(tx, form.field(Field::version(service.version)), &f, Some(&service))?;
    page.form(form);
    let last = Field::day("active_until", f.t("web.admin.until"), service.active_until.or(Some(today)));
    let form = Form::new("retire", format!("{place}/retire"), f.t("web.admin.service.retire"), f.t("web.admin.save"));
    let last = last.hint(f.t("web.admin.service.retire_hint"));
    page.form(form.folded().field(Field::version(service.version)).field(last));
    page.html()
}

fn entry(tx: &mut Tx<'_>, form: Form, f: &Frame, service: Option<&Service>) -> Result<Form> {
    let text = |get: fn(&Service) -> &str| service.map(get).unwrap_or_default().to_owned();
    let held = service.map(|s| opd::by_id(tx, s.owner_opd_id)).transpose()?;
    let owner = match &held {
        Some(held) => held.code.clone(),
        None => opd::provider(tx, tx.actor.region()?)?.unwrap_or_default(),
    };
    let owners = choices::opds_and(tx, held)?;
    let held = service.and_then(|s| s.only_opd_id).map(|id| opd::by_id(tx, id)).transpose()?;
    let only = held.as_ref().map(|held| held.code.clone()).unwrap_or_default();
    let everybody = (String::new(), f.t("web.admin.service.everybody"));
    let onlys = std::iter::once(everybody).chain(choices::opds_and(tx, held)?).collect();
    let providers = Provider::ALL.iter().map(|p| (p.text().to_owned(), provider(f, *p))).collect();
    let mut form = form
        .field(Field::line("name", f.t("web.admin.service.name"), text(|s| &s.name)).needed())
        .field(Field::long("description", f.t("web.admin.service.about"), text(|s| &s.description), 3))
        .field(Field::choice("owner", f.t("web.admin.service.owner"), owner, owners))
        .field(Field::choice("provider", f.t("web.admin.service.provider"), text(|s| s.provider.text()), providers))
        .field(Field::choice("only_opd", f.t("web.admin.service.only"), only, onlys));
    for kind in Kind::ALL {
        let label = f.say(&say!("web.admin.service.takes", kind = f.kind(*kind)));
        let takes = service.is_none_or(|s| s.takes(*kind));
        form = form.field(Field::check(format!("kind-{kind}"), label, takes));
    }
    let level = |word: &str| match word {
        "high" => f.t("web.admin.service.high"),
        "medium" => f.t("web.admin.service.medium"),
        _ => f.t("web.admin.service.low"),
    };
    let impacts = Impact::ALL.iter().map(|i| (i.text().to_owned(), level(i.text()))).collect();
    let urgencies = Urgency::ALL.iter().map(|u| (u.text().to_owned(), level(u.text()))).collect();
    let impact = service.map_or(Impact::Medium, |s| s.impact).text();
    let urgency = service.map_or(Urgency::Medium, |s| s.urgency).text();
    let is_security = service.is_some_and(|s| s.security_incident);
    Ok(form
        .field(Field::choice("impact", f.t("web.admin.service.impact"), impact, impacts))
        .field(Field::choice("urgency", f.t("web.admin.service.urgency"), urgency, urgencies))
        .field(Field::check("security_incident", f.t("web.admin.service.security"), is_security)))
}

/// What was filled in.
fn fields(sent: &Sent) -> Result<Fields> {
    let kinds = Kind::ALL.iter().copied().filter(|kind| tick(sent, &format!("kind-{kind}"))).collect();
    Ok(Fields {
        code: None,
        name: Some(sent.get("name").trim().to_owned()),
        description: Some(sent.get("description").to_owned()),
        owner: sent.maybe("owner"),
        provider: sent.word("provider", Provider::from_text)?,
        kinds: Some(kinds),
        impact: sent.word("impact", Impact::from_text)?,
        urgency: sent.word("urgency", Urgency::from_text)?,
        security_incident: Some(tick(sent, "security_incident")),
        only_opd: sent.maybe("only_opd").into(),
        active_from: Patch::Same,
        active_until: Patch::Same,
    })
}
