//! Regions, for the operator of the platform (P4): make one, and name who keeps it.

use super::super::frame::Frame;
use super::super::sent::{Sent, Trial};
use super::super::visit::{Shown, Visit};
use super::form::{Field, Form};
use super::page::{Cell, Page, Table};
use super::people::{entry, fields};
use super::run;
use crate::access::{May, Role, Tx, act, check};
use crate::error::{Error, Result};
use crate::org::mailed_link::{self, Why};
use crate::org::region::{self, Region, Template, Terms};
use crate::org::{Platform, administrator, grant, person};
use crate::say;
use crate::sla::equip;
use actix_web::web::Path;

/// The zones of Indonesia: IANA name and what people call it.
pub(super) const ZONES: [(&str, &str); 4] =
    [("Asia/Jakarta", "WIB"), ("Asia/Pontianak", "WIB"), ("Asia/Makassar", "WITA"), ("Asia/Jayapura", "WIT")];

/// `GET /admin/regions`.
pub async fn list(visit: Visit) -> Shown {
    let html = visit.read(|tx, frame| all(tx, frame, Trial::new())).await?;
    Ok(visit.page(200, html))
}

/// `POST /admin/shipped/regions`: a region that comes with the program.
pub async fn take_shipped(visit: Visit, sent: Sent) -> Shown {
    let change = |tx: &mut Tx<'_>, sent: &Sent| {
        let may = check(&tx.actor, Platform)?;
        let found = Template::shipped()?.into_iter().find(|one| one.code == sent.get("template"));
        let template = found.ok_or_else(|| Error::invalid("/template", say!("region.template")))?;
        made(tx, may, &template)
    };
    run(visit, "shipped", sent, change, all).await
}

/// `POST /admin/regions`: one of one's own.
pub async fn create(visit: Visit, sent: Sent) -> Shown {
    let change = |tx: &mut Tx<'_>, sent: &Sent| {
        let may = check(&tx.actor, Platform)?;
        made(tx, may, &described(sent)?)
    };
    run(visit, "own", sent, change, all).await
}

/// Makes it, with the calendar, holidays and agreement with which a region begins.
fn made(tx: &mut Tx<'_>, may: May<act::KeepRegions, Platform>, template: &Template) -> Result<String> {
    let region = region::create(tx, may, template)?;
    equip::region(tx, &region)?;
    Ok(format!("/admin/regions/{}?done=made", region.code))
}

/// A region by what was filled in; the rest as the first that is shipped has it.
fn described(sent: &Sent) -> Result<Template> {
    let pattern = Template::shipped()?.into_iter().next().ok_or_else(|| Error::internal("no region is shipped"))?;
    let text = |name: &str| sent.get(name).trim().to_owned();
    let domain = text("domain").to_lowercase();
    Ok(Template {
        code: text("code"),
        name: text("name"),
        kemendagri: text("kemendagri"),
        ticket_prefix: text("ticket_prefix"),
        mail_domain: sent.maybe("mail_domain").unwrap_or_else(|| domain.clone()),
        desk_mailbox: sent.maybe("desk_mailbox").unwrap_or_else(|| format!("servicedesk@{domain}")),
        domain,
        time_zone: text("time_zone"),
        password_policy: text("password_policy"),
        language: "id".into(),
        terms: Terms { tier1: text("terms/tier1"), tier2: text("terms/tier2"), provider: text("terms/provider") },
        report_basis: sent.maybe("report_basis"),
        ..pattern
    })
}

fn all(tx: &mut Tx<'_>, frame: Frame, trial: Trial) -> Result<String> {
    let _: May<act::KeepRegions, Platform> = check(&tx.actor, Platform)?;
    let regions = region::list(tx)?;
    let mut page = Page::new(frame, &tx.actor, say!("web.admin.region.title"), trial);
    let f = page.frame.clone();
    let columns =
        ["web.admin.region.name", "web.admin.region.domain", "web.admin.region.prefix", "web.admin.region.keepers"];
    let columns = columns.map(|key| f.t(key)).to_vec();
    let mut table = Table::new("regions", f.t("web.admin.region.title"), columns, f.t("web.admin.region.none"));
    for region in &regions {
        let keepers = grant::holders(tx, region.id, Role::Admin, None)?.len();
        let keepers = if keepers == 0 { Cell::strong(f.t("web.nobody")) } else { Cell::text(keepers.to_string()) };
        let place = format!("/admin/regions/{}", region.code);
        table.row(vec![
            Cell::link(&region.name, place),
            Cell::text(&region.domain),
            Cell::text(&region.ticket_prefix),
            keepers,
        ]);
    }
    page.table(table);
    let left = Template::shipped()?.into_iter().filter(|one| regions.iter().all(|r| r.code != one.code));
    let left: Vec<(String, String)> = left.map(|one| (one.code, one.name)).collect();
    if !left.is_empty() {
        let (title, button) = (f.t("web.admin.region.shipped"), f.t("web.admin.region.make"));
        let form = Form::new("shipped", "/admin/shipped/regions", title, button);
        page.form(form.field(Field::choice("template", f.t("web.admin.region.name"), "", left)));
    }
    page.form(own(&f));
    page.html()
}

/// The rules for passwords among which a region chooses.
pub(super) fn policies(f: &Frame) -> Vec<(String, String)> {
    vec![("nist".to_owned(), f.t("web.admin.region.nist")), ("bssn".to_owned(), f.t("web.admin.region.bssn"))]
}

fn own(f: &Frame) -> Form {
    let zones = ZONES.map(|(zone, name)| (zone.to_owned(), format!("{name} ({zone})"))).to_vec();
    let policies = policies(f);
    let line = |name: &'static str, key: &'static str, value: &str| Field::line(name, f.t(key), value);
    Form::new("own", "/admin/regions", f.t("web.admin.region.own"), f.t("web.admin.region.make"))
        .folded()
        .field(line("name", "web.admin.region.name", "").needed())
        .field(line("code", "web.admin.code", "").needed().hint(f.t("web.admin.code_hint")))
        .field(line("ticket_prefix", "web.admin.region.prefix", "").needed().hint(f.t("web.admin.region.prefix_hint")))
        .field(line("kemendagri", "web.admin.region.kemendagri", ""))
        .field(line("domain", "web.admin.region.domain", "").needed().hint(f.t("web.admin.region.domain_hint")))
        .field(line("mail_domain", "web.admin.region.mail_domain", "").hint(f.t("web.admin.region.same")))
        .field(Field::email("desk_mailbox", f.t("web.admin.region.desk"), "").hint(f.t("web.admin.region.desk_hint")))
        .field(Field::choice("time_zone", f.t("web.admin.region.zone"), "Asia/Jakarta", zones))
        .field(Field::choice("password_policy", f.t("web.admin.region.policy"), "nist", policies))
        .field(line("terms/tier1", "web.admin.region.tier1", "Service Desk Tier 1").needed())
        .field(line("terms/tier2", "web.admin.region.tier2", "Service Desk Tier 2").needed())
        .field(line("terms/provider", "web.admin.region.provider", "Dinas Komunikasi dan Informatika").needed())
        .field(line("report_basis", "web.admin.region.basis", "").hint(f.t("web.admin.region.basis_hint")))
}

/// `GET /admin/regions/{code}`.
pub async fn read(visit: Visit, code: Path<String>) -> Shown {
    let html = visit.read(move |tx, frame| one(tx, frame, &code, Trial::new())).await?;
    Ok(visit.page(200, html))
}

/// `POST /admin/regions/{code}`: somebody becomes its administrator; who has no password yet gets a link by mail.
pub async fn appoint(visit: Visit, code: Path<String>, sent: Sent) -> Shown {
    let (code, app) = (code.into_inner(), visit.app.clone());
    let change = {
        let code = code.clone();
        move |tx: &mut Tx<'_>, sent: &Sent| {
            let region = named(tx, &code)?;
            let person = administrator::appoint(tx, &region, &fields(sent))?;
            if person.password_hash.is_none() {
                mailed_link::send(tx, &person, Why::Entered, app.post())?;
            }
            Ok(format!("/admin/people/{}?done=made", person.id))
        }
    };
    run(visit, "keeper", sent, change, move |tx, frame, trial| one(tx, frame, &code, trial)).await
}

fn named(tx: &mut Tx<'_>, code: &str) -> Result<Region> {
    let _: May<act::KeepRegions, Platform> = check(&tx.actor, Platform)?;
    region::named(tx, code)
}

pub(super) fn one(tx: &mut Tx<'_>, frame: Frame, code: &str, trial: Trial) -> Result<String> {
    let region = named(tx, code)?;
    let mut page = Page::new(frame, &tx.actor, say!("web.admin.region.title"), trial);
    page.named(&region.name);
    page.back("/admin/regions", say!("web.admin.region.title"));
    let f = page.frame.clone();
    let mut facts = Table::new(
        "facts",
        f.t("web.admin.entry"),
        vec![f.t("web.admin.region.what"), f.t("web.admin.region.is")],
        String::new(),
    );
    let terms = region.terms();
    for (key, value) in [
        ("web.admin.code", &region.code),
        ("web.admin.region.prefix", &region.ticket_prefix),
        ("web.admin.region.domain", &region.domain),
        ("web.admin.region.mail_domain", &region.mail_domain),
        ("web.admin.region.desk", &region.desk_mailbox),
        ("web.admin.region.zone", &region.time_zone),
        ("web.admin.region.tier1", &terms.tier1),
        ("web.admin.region.tier2", &terms.tier2),
        ("web.admin.region.basis", &region.report_basis().unwrap_or_else(|| "–".to_owned())),
    ] {
        facts.row(vec![Cell::text(f.t(key)), Cell::text(value)]);
    }
    let keepers = grant::holders(tx, region.id, Role::Admin, None)?;
    let columns = vec![f.t("web.admin.person.name"), f.t("web.admin.person.email")];
    let mut table = Table::new("keepers", f.t("web.admin.region.keepers"), columns, f.t("web.admin.region.no_keeper"));
    for keeper in person::briefs(tx, &keepers)? {
        table.row(vec![Cell::link(keeper.name, format!("/admin/people/{}", keeper.id)), Cell::text(keeper.email)]);
    }
    page.table(table);
    let place = format!("/admin/regions/{}", region.code);
    let mut form = Form::new("keeper", place, f.t("web.admin.region.appoint"), f.t("web.admin.add"));
    if !keepers.is_empty() {
        form = form.folded();
    }
    page.form(entry(form, &f, None));
    page.form(super::region_facts::form(&f, &region));
    page.table(facts);
    page.html()
}
