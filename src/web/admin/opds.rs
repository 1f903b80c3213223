//! Organisations (T5): who there is, who has nobody at Tier 1 (L4, T1), and each one's entry.

use super::super::behind::queue;
use super::super::frame::Frame;
use super::super::sent::{Sent, Trial};
use super::super::visit::{Shown, Visit};
use super::form::{Field, Form};
use super::page::{Cell, Page, Part, Table};
use super::{Asked, day, move_people, run, tick, version};
use crate::access::{May, Tx, act};
use crate::catalog;
use crate::error::Result;
use crate::org::coverage::{self, Staff};
use crate::org::opd::{self, Fields, Opd};
use crate::org::{InRegion, in_own_region, region, shipped};
use crate::patch::Patch;
use crate::report::coverage::open_tickets;
use crate::say;
use actix_web::web::{Path, Query};

/// `GET /admin/opds`.
pub async fn list(visit: Visit, asked: Query<Asked>) -> Shown {
    let html = visit.read(move |tx, frame| all(tx, frame, &asked, Trial::new())).await?;
    Ok(visit.page(200, html))
}

/// `POST /admin/opds`.
pub async fn create(visit: Visit, sent: Sent) -> Shown {
    let change = |tx: &mut Tx<'_>, sent: &Sent| {
        let may = in_own_region(tx)?;
        let fields = Fields { code: sent.maybe("code"), ..fields(sent, None)? };
        opd::create(tx, &may, &fields)?;
        Ok("/admin/opds?done=made".to_owned())
    };
    run(visit, "new", sent, change, |tx, frame, trial| all(tx, frame, &Asked::default(), trial)).await
}

/// `POST /admin/shipped/opds`: the list that comes with the program for this region.
pub async fn take_shipped(visit: Visit, sent: Sent) -> Shown {
    let change = |tx: &mut Tx<'_>, _: &Sent| {
        let may: May<act::KeepOpds, InRegion> = in_own_region(tx)?;
        shipped::take_opds(tx, &may)?;
        Ok("/admin/opds?done=imported".to_owned())
    };
    run(visit, "shipped", sent, change, |tx, frame, trial| all(tx, frame, &Asked::default(), trial)).await
}

fn all(tx: &mut Tx<'_>, frame: Frame, asked: &Asked, trial: Trial) -> Result<String> {
    let may: May<act::KeepOpds, InRegion> = in_own_region(tx)?;
    let covered = coverage::report(tx, &in_own_region(tx)?)?;
    let opds = opd::sought(tx, &may, asked.words(), &asked.paging())?;
    let tier1 = frame.terms.tier1.clone();
    let mut page = Page::new(frame, &tx.actor, say!("web.admin.opd.title"), trial);
    let counts = say!("web.admin.opd.covered", opds = covered.opds, covered = covered.covered, tier1 = tier1);
    page.text(&counts);
    let mut links = vec![("/admin/import/opds".to_owned(), page.say(&say!("web.admin.import.opds")))];
    if !covered.uncovered.is_empty() {
        links.push(("/admin/people".to_owned(), page.say(&say!("web.admin.opd.appoint", tier1 = tier1))));
    }
    page.part(Part::Links(links));
    if covered.opds == 0 && shipped::opds(&region::own(tx)?.code).is_some() {
        page.form(take_form(&page.frame));
    }
    if !(asked.is_whole() && opds.items.is_empty()) {
        page.form(asked.question(&page.frame, "/admin/opds", "web.admin.opd.q"));
    }
    let f = &page.frame;
    let columns = ["web.admin.opd.name", "web.admin.code", "web.admin.opd.kind", "web.admin.opd.mailbox"];
    let mut columns = columns.map(|key| f.t(key)).to_vec();
    columns.push(tier1);
    let none = asked.none(f, "web.admin.opd.none");
    let mut table = Table::new("opds", f.t("web.admin.opd.room"), columns, none).stacked();
    for opd in opds.items {
        let lacks = covered.uncovered.iter().any(|one| one.code == opd.code);
        let state = match (opd.active, lacks) {
            (false, _) => Cell::text(f.t("web.admin.opd.unused")),
            (true, true) => Cell::strong(f.t("web.nobody")),
            (true, false) => Cell::text(f.t("web.admin.yes")),
        };
        let place = format!("/admin/opds/{}", opd.code);
        let mailbox = Cell::text(opd.mailbox.unwrap_or_default());
        table.row(vec![
            Cell::link(opd.name, place),
            Cell::text(opd.code),
            Cell::text(opd.kind.replace('_', " ")),
            mailbox,
            state,
        ]);
    }
    table.next(asked.next("/admin/opds", opds.next));
    page.table(table);
    let mut form = Form::new("new", "/admin/opds", page.frame.t("web.admin.opd.new"), page.frame.t("web.admin.add"));
    let code = Field::line("code", page.frame.t("web.admin.code"), "");
    form = form.folded().field(code.needed().hint(page.frame.t("web.admin.code_hint")));
    page.form(entry(form, &page.frame, None, ""));
    page.html()
}

/// Offers the list that comes with the program.
fn take_form(frame: &Frame) -> Form {
    let (title, button) = (frame.t("web.admin.opd.shipped"), frame.t("web.admin.opd.take"));
    Form::new("shipped", "/admin/shipped/opds", title, button)
}

/// `GET /admin/opds/{code}`.
pub async fn read(visit: Visit, code: Path<String>) -> Shown {
    let html = visit.read(move |tx, frame| one(tx, frame, &code, Trial::new())).await?;
    Ok(visit.page(200, html))
}

/// `POST /admin/opds/{code}`.
pub async fn change(visit: Visit, code: Path<String>, sent: Sent) -> Shown {
    let code = code.into_inner();
    let again = code.clone();
    let change = move |tx: &mut Tx<'_>, sent: &Sent| {
        let may = in_own_region(tx)?;
        let before = opd::by_code(tx, tx.actor.region()?, &code)?;
        opd::change(tx, &may, &code, &fields(sent, Some(&before))?, version(sent))?;
        Ok(format!("/admin/opds/{code}?done=saved"))
    };
    run(visit, "entry", sent, change, move |tx, frame, trial| one(tx, frame, &again, trial)).await
}

/// An organisation's page.
pub fn one(tx: &mut Tx<'_>, frame: Frame, code: &str, trial: Trial) -> Result<String> {
    let may: May<act::KeepOpds, InRegion> = in_own_region(tx)?;
    let opd = opd::by_code(tx, may.get().0, code)?;
    let has_tier1 = opd::has_tier1(tx, opd.id)?;
    let mut page = Page::new(frame, &tx.actor, say!("web.admin.opd.room"), trial);
    page.named(&opd.name);
    page.back("/admin/opds", say!("web.admin.opd.title"));
    let tier1 = page.frame.terms.tier1.clone();
    if opd.active && !has_tier1 {
        page.note(&say!("web.admin.opd.lacks", tier1 = tier1, tier2 = page.frame.terms.tier2));
    }
    addresses(tx, &mut page, &opd)?;
    let staff = coverage::staff(tx, &[opd.id])?.remove(&opd.id).unwrap_or_default();
    // Whoever acts stays.
    let is_own = tx.actor.grants.iter().any(|grant| grant.opd == Some(opd.id));
    let others = staff.people - i64::from(is_own);
    if opd.is_closing() {
        left(tx, &mut page, &opd, staff, others)?;
    } else {
        page.part(Part::Links(vec![people_of(&page, &opd)]));
    }
    let successor = opd.successor_id.map(|id| opd::by_id(tx, id)).transpose()?.map(|o| o.code).unwrap_or_default();
    if others > 0 {
        move_people::offer(tx, &mut page, &opd, &successor)?;
    }
    let action = format!("/admin/opds/{}", opd.code);
    let form = Form::new("entry", action, page.frame.t("web.admin.entry"), page.frame.t("web.admin.save"));
    page.form(entry(form.field(Field::version(opd.version)), &page.frame, Some(&opd), &successor));
    page.html()
}

/// Where the people of an organisation are listed.
pub fn people_of(page: &Page, opd: &Opd) -> (String, String) {
    (format!("/admin/people?opd={}", opd.code), page.say(&say!("web.admin.opd.people")))
}

/// What is left in an organisation that is closed, or will be: whoever closes it moves neither people nor tickets (T5).
/// Tickets are counted for whoever sees them.
fn left(tx: &mut Tx<'_>, page: &mut Page, opd: &Opd, staff: Staff, others: i64) -> Result<()> {
    let Staff { people, technicians } = staff;
    let services = catalog::held_by(tx, opd)?;
    let tier1 = page.frame.terms.tier1.clone();
    if people == 0 && services.is_empty() {
        page.text(&say!("web.admin.opd.left_none"));
    } else {
        let services = services.len();
        let left =
            say!("web.admin.opd.left", people = people, technicians = technicians, tier1 = tier1, services = services);
        page.note(&left);
        if others > 0 {
            page.text(&say!("web.admin.opd.left_people"));
        }
        if people > others {
            page.text(&say!("web.admin.move.own"));
        }
        if services > 0 {
            page.text(&say!("web.admin.opd.left_services"));
        }
    }
    let mut links = vec![people_of(page, opd)];
    if technicians > 0 {
        let place = format!("/admin/people?opd={}&role=tier1", opd.code);
        links.push((place, page.say(&say!("web.admin.opd.technicians", tier1 = tier1))));
    }
    if let Some(tickets) = open_tickets(tx, opd)? {
        let place = queue(&[("status", "open"), ("opd", &opd.code)]);
        links.push((place, page.say(&say!("web.admin.opd.left_tickets", tickets = tickets))));
    } else {
        page.text(&say!("web.admin.opd.left_unseen"));
    }
    let place = |(code, name): (String, String)| (format!("/admin/services/{code}"), name);
    links.extend(services.into_iter().map(place));
    page.part(Part::Links(links));
    Ok(())
}

/// What the region's nomenclature says of its mailbox and its site (B2, T3, L15, P1). An address that people use and
/// that is official is not refused; whoever keeps the entry sees that it is spelt otherwise.
fn addresses(tx: &mut Tx<'_>, page: &mut Page, opd: &Opd) -> Result<()> {
    let region = region::by_id(tx, opd.region_id)?;
    let names = region.nomenclature()?;
    if !names.fits(opd.mailbox.as_deref(), &opd.kind, &opd.code, &opd.short_name, &opd.name) {
        let wanted = names.mailbox(&opd.kind, &opd.code, &opd.short_name, &opd.name, &region.domain);
        page.note(&say!("web.admin.opd.off_pattern", mailbox = wanted));
    }
    if let Some(site) = names.site_host(&opd.kind, &opd.code, &opd.short_name, &opd.name, &region.domain) {
        page.text(&say!("web.admin.opd.site", site = site));
    }
    Ok(())
}

/// The fields that are filled in for a new one, and for one that is there.
fn entry(form: Form, frame: &Frame, opd: Option<&Opd>, successor: &str) -> Form {
    let text = |get: fn(&Opd) -> &str| opd.map(get).unwrap_or_default().to_owned();
    let is = |get: fn(&Opd) -> bool| opd.is_some_and(get);
    let mailbox =
        Field::email("mailbox", frame.t("web.admin.opd.mailbox"), text(|o| o.mailbox.as_deref().unwrap_or("")));
    let short_name = Field::line("short_name", frame.t("web.admin.opd.short_name"), text(|o| &o.short_name));
    let form = form
        .field(Field::line("name", frame.t("web.admin.opd.name"), text(|o| &o.name)).needed())
        .field(
            Field::line("kind", frame.t("web.admin.opd.kind"), text(|o| &o.kind))
                .needed()
                .hint(frame.t("web.admin.opd.kind_hint")),
        )
        .field(if opd.is_some() { short_name.needed() } else { short_name })
        .field(mailbox.hint(frame.t("web.admin.opd.mailbox_hint")))
        .field(Field::check("is_provider", frame.t("web.admin.opd.provider"), is(|o| o.is_provider)))
        .field(Field::check("mandiri_tik", frame.t("web.admin.opd.mandiri"), is(|o| o.mandiri_tik)));
    match opd {
        None => form,
        Some(opd) => form
            .field(Field::day("valid_from", frame.t("web.admin.from"), opd.valid_from))
            .field(Field::day("valid_until", frame.t("web.admin.until"), opd.valid_until))
            .field(
                Field::line("successor", frame.t("web.admin.opd.successor"), successor)
                    .hint(frame.t("web.admin.opd.successor_hint")),
            )
            .field(Field::check("active", frame.t("web.admin.opd.active"), opd.active)),
    }
}

/// What was filled in. An abbreviation is made of the code only where there is none yet; a mailbox that is as it was is
/// not judged anew.
fn fields(sent: &Sent, before: Option<&Opd>) -> Result<Fields> {
    let mailbox = sent.maybe("mailbox");
    let is_same = mailbox.is_some() && before.is_some_and(|opd| opd.mailbox == mailbox);
    Ok(Fields {
        code: None,
        short_name: before.map_or_else(|| sent.maybe("short_name"), |_| Some(sent.get("short_name").trim().to_owned())),
        name: Some(sent.get("name").trim().to_owned()),
        kind: Some(sent.get("kind").trim().to_owned()),
        mailbox: if is_same { Patch::Same } else { mailbox.into() },
        mandiri_tik: Some(tick(sent, "mandiri_tik")),
        is_provider: Some(tick(sent, "is_provider")),
        valid_from: day(sent, "valid_from")?.into(),
        valid_until: day(sent, "valid_until")?.into(),
        successor: sent.maybe("successor").into(),
        active: before.map(|_| tick(sent, "active")),
    })
}
