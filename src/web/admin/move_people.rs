//! People of an organisation move to another (T5): first who would move and what follows, then they do.

use super::super::choices;
use super::super::frame::Frame;
use super::super::sent::{Sent, Trial};
use super::super::visit::{Shown, Visit};
use super::form::{Field, Form};
use super::page::Page;
use super::{opds, refused, run, tick};
use crate::access::{Role, Tx};
use crate::catalog;
use crate::db::{Expected, Id};
use crate::error::{Error, Result};
use crate::org::move_people::{self, Ask, Moved, Mover};
use crate::org::{Opd, coverage, in_own_region, opd};
use crate::report::coverage::open_tickets;
use crate::say;
use crate::ticket::release;
use actix_web::web::Path;
use std::collections::BTreeSet;

/// Names of the boxes, before the id of whom they mean.
const BOX: &str = "person-";

/// The first step, on the page of an organisation in which there is somebody.
pub fn offer(tx: &mut Tx<'_>, page: &mut Page, opd: &Opd, successor: &str) -> Result<()> {
    if coverage::staff(tx, &[opd.id])?.is_empty() {
        return Ok(());
    }
    let f = page.frame.clone();
    let others = choices::opds(tx)?.into_iter().filter(|(code, _)| *code != opd.code);
    let others = std::iter::once((String::new(), f.t("web.admin.move.which"))).chain(others).collect();
    let form = Form::new("move", place(opd), f.t("web.admin.move.title"), f.t("web.admin.weigh.look"))
        .field(Field::choice("to", f.t("web.admin.move.to"), successor, others))
        .field(Field::check("choose", f.t("web.admin.move.choose"), false));
    page.form(if opd.is_closing() { form } else { form.folded() });
    Ok(())
}

fn place(opd: &Opd) -> String {
    format!("/admin/opds/{}/move", opd.code)
}

/// `POST /admin/opds/{code}/move`: a rehearsal, until `step` says that it counts.
pub async fn send(visit: Visit, code: Path<String>, sent: Sent) -> Shown {
    let code = code.into_inner();
    let again = code.clone();
    let again = move |tx: &mut Tx<'_>, frame, trial| opds::one(tx, frame, &again, trial);
    if sent.get("step") == "keep" {
        let change = move |tx: &mut Tx<'_>, sent: &Sent| {
            let (moved, released) = moves(tx, &code, sent, false)?;
            let people = moved.people.len();
            Ok(format!("/admin/opds/{code}?done=moved&people={people}&released={released}"))
        };
        return run(visit, "move", sent, change, again).await;
    }
    let form = sent.clone();
    match visit.ask(&sent, move |tx| moves(tx, &code, &form, true)).await {
        Ok((moved, released)) => {
            let html = visit.read(move |tx, frame| told(tx, frame, moved, released)).await?;
            Ok(visit.page(200, html))
        }
        Err(error) => refused(visit, "move", sent, error, again).await,
    }
}

fn moves(tx: &mut Tx<'_>, code: &str, sent: &Sent, rehearsal: bool) -> Result<(Moved, usize)> {
    opd::by_code(tx, tx.actor.region()?, code)?;
    let may = in_own_region(tx)?;
    let ticked: BTreeSet<Id> = sent.ticked(BOX).filter_map(|id| id.parse().ok()).collect();
    if ticked.is_empty() && !rehearsal {
        return Err(Error::invalid("/people", say!("web.admin.move.nobody")));
    }
    let people = tick(sent, "choose").then_some(ticked);
    let ask = Ask { to: sent.get("to").to_owned(), people };
    release::of_all(tx, rehearsal, |tx| move_people::run(tx, &may, code, &ask, &Expected::any()))
}

/// Who would move and what follows, and the way to let it happen.
fn told(tx: &mut Tx<'_>, frame: Frame, moved: Moved, released: usize) -> Result<String> {
    let Moved { from, to, people, own, left, .. } = moved;
    let mut page = Page::new(frame, &tx.actor, say!("web.admin.move.title"), Trial::new());
    page.named(&format!("{} → {}", from.name, to.name));
    page.back(format!("/admin/opds/{}", from.code), say!("web.admin.opd.room"));
    let tier1 = page.frame.terms.tier1.clone();
    if people.is_empty() {
        page.note(&say!("web.admin.move.mark"));
    } else {
        let count = people.len();
        page.note(&say!("web.admin.move.would", people = count, to = to.name, released = released));
        page.text(&say!(
            "web.admin.move.here",
            people = left.people,
            technicians = left.technicians,
            tier1 = tier1,
            from = from.name
        ));
        if left.technicians == 0 && people.iter().any(|mover| mover.roles.contains(&Role::Tier1)) {
            page.note(&say!("web.admin.move.last", tier1 = tier1, from = from.name));
        }
    }
    page.text(&match open_tickets(tx, &from)? {
        Some(tickets) => say!("web.admin.move.tickets", tickets = tickets, from = from.name),
        None => say!("web.admin.move.tickets_unseen", from = from.name),
    });
    let services = catalog::held_by(tx, &from)?.len();
    page.text(&say!("web.admin.move.stays", services = services, from = from.name));
    if own {
        page.text(&say!("web.admin.move.own"));
    }
    let f = page.frame.clone();
    let mut form = Form::new("move", place(&from), f.t("web.admin.move.whom"), f.t("web.admin.weigh.look"))
        .field(Field::hidden("to", to.code.clone()))
        .field(Field::hidden("choose", "yes"));
    if !people.is_empty() {
        form.buttons.insert(0, (f.t("web.admin.move.do"), "keep"));
    }
    let me = tx.actor.person;
    for mover in move_people::of(tx, &from, &to)?.into_iter().filter(|mover| Some(mover.id) != me) {
        let is_meant = people.iter().any(|one| one.id == mover.id);
        form = form.field(Field::check(format!("{BOX}{}", mover.id), label(&f, &mover), is_meant));
    }
    page.form(form);
    page.html()
}

fn label(f: &Frame, mover: &Mover) -> String {
    let role = |role: &Role| {
        let name = f.role(role);
        if mover.held.contains(role) { f.say(&say!("web.admin.move.held", role = name)) } else { name }
    };
    let roles: Vec<String> = mover.roles.iter().map(role).collect();
    format!("{}, {}: {}", mover.name, mover.email, roles.join("; "))
}
