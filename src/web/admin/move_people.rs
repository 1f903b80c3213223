//! People of an organisation move to another (T5): first who would move and what follows, then they do.

use super::super::choices;
use super::super::frame::Frame;
use super::super::sent::{Sent, Trial};
use super::super::visit::{Shown, Visit};
use super::form::{Field, Form};
use super::page::{Page, Part};
use super::{opds, refused, run, tick};
use crate::access::token::hash;
use crate::access::{May, Role, Tx, act};
use crate::catalog;
use crate::db::{Expected, Id};
use crate::error::{Error, Result};
use crate::message::{Language, Say};
use crate::org::move_people::{self, Ask, MOST, Moved, Mover};
use crate::org::{InRegion, Opd, in_own_region, opd};
use crate::report::coverage::open_tickets;
use crate::say;
use crate::ticket::release;
use actix_web::web::Path;
use std::collections::BTreeSet;

/// Names of the boxes, before the id of whom they mean.
const BOX: &str = "person-";

/// Boxes of a page; of more people one looks for whom one means.
const BOXES: usize = 100;

/// The first step, on the page of an organisation in which there is somebody else.
pub fn offer(tx: &mut Tx<'_>, page: &mut Page, opd: &Opd, successor: &str) -> Result<()> {
    let f = page.frame.clone();
    let form = Form::new("move", place(opd), f.t("web.admin.move.title"), f.t("web.admin.weigh.look"))
        .field(to_whom(tx, &f, opd, successor)?)
        .field(Field::check("choose", f.t("web.admin.move.choose"), false));
    page.form(if opd.is_closing() { form } else { form.folded() });
    Ok(())
}

fn to_whom(tx: &mut Tx<'_>, f: &Frame, from: &Opd, successor: &str) -> Result<Field> {
    let others = choices::opds(tx)?.into_iter().filter(|(code, _)| *code != from.code);
    let others = std::iter::once((String::new(), f.t("web.admin.move.which"))).chain(others).collect();
    Ok(Field::choice("to", f.t("web.admin.move.to"), successor, others).needed())
}

fn place(opd: &Opd) -> String {
    format!("/admin/opds/{}/move", opd.code)
}

/// `POST /admin/opds/{code}/move`: a rehearsal, until `step` says that it counts.
pub async fn send(visit: Visit, code: Path<String>, sent: Sent) -> Shown {
    let code = code.into_inner();
    let again = code.clone();
    let again = move |tx: &mut Tx<'_>, frame, trial: Trial| {
        if tick(&trial.sent, "choose") {
            chosen_again(tx, frame, &again, trial)
        } else {
            opds::one(tx, frame, &again, trial)
        }
    };
    if sent.get("step") == "keep" {
        let change = move |tx: &mut Tx<'_>, sent: &Sent| {
            let (moved, released) = moves(tx, &code, sent, false)?;
            let (people, rest) = (moved.people.len(), moved.rest);
            Ok(format!("/admin/opds/{code}?done=moved&people={people}&released={released}&rest={rest}"))
        };
        return run(visit, "move", sent, change, again).await;
    }
    let form = sent.clone();
    match visit.ask(&sent, move |tx| moves(tx, &code, &form, true)).await {
        Ok((moved, released)) => {
            let html = visit.read(move |tx, frame| told(tx, frame, &sent, &moved, released)).await?;
            Ok(visit.page(200, html))
        }
        Err(error) => refused(visit, "move", sent, error, again).await,
    }
}

fn moves(tx: &mut Tx<'_>, code: &str, sent: &Sent, rehearsal: bool) -> Result<(Moved, usize)> {
    opd::by_code(tx, tx.actor.region()?, code)?;
    let may = in_own_region(tx)?;
    if sent.get("to").is_empty() {
        return Err(Error::invalid("/to", say!("web.choose")));
    }
    let people = tick(sent, "choose").then(|| ticked(sent));
    if !rehearsal && people.as_ref().is_some_and(BTreeSet::is_empty) {
        return Err(Error::invalid("/people", say!("web.admin.move.nobody")));
    }
    let is_chosen = people.is_some();
    let ask = Ask { to: sent.get("to").to_owned(), people };
    let done = release::of_all(tx, rehearsal, |tx| move_people::run(tx, &may, code, &ask, &Expected::any()))?;
    // Nobody moves unseen who came in between.
    if !rehearsal && !is_chosen && told_of(&done.0.people) != sent.get("told") {
        return Err(Error::Conflict(say!("web.admin.move.changed")));
    }
    Ok(done)
}

fn ticked(sent: &Sent) -> BTreeSet<Id> {
    sent.ticked(BOX).filter_map(|id| id.parse().ok()).collect()
}

/// What tells whether others would move by now than those of whom the page told.
fn told_of(people: &[Mover]) -> String {
    hash(&people.iter().map(|mover| mover.id.to_string()).collect::<String>())
}

/// Those who may move: whoever acts stays.
fn movers(tx: &mut Tx<'_>, from: &Opd, to: &Opd) -> Result<Vec<Mover>> {
    let me = tx.actor.person;
    Ok(move_people::of(tx, from, to)?.into_iter().filter(|mover| Some(mover.id) != me).collect())
}

/// Who would move and what follows, and the way to let it happen.
fn told(tx: &mut Tx<'_>, frame: Frame, sent: &Sent, moved: &Moved, released: usize) -> Result<String> {
    let (from, to) = (&moved.from, &moved.to);
    let mut page = Page::new(frame, &tx.actor, say!("web.admin.move.title"), Trial::new());
    let f = page.frame.clone();
    page.named(&f.say(&say!("web.admin.move.between", from = from.name, to = to.name)));
    page.back(format!("/admin/opds/{}", from.code), say!("web.admin.opd.room"));
    let (all, open) = (movers(tx, from, to)?, open_tickets(tx, from)?);
    if !moved.people.is_empty() {
        // Who sees no tickets counts none: one by one he would learn what each has in hand.
        effects(&mut page, moved, open.map(|_| released));
    } else if !all.is_empty() {
        page.note(&say!("web.admin.move.mark"));
    }
    page.text(&match open {
        Some(tickets) => say!("web.admin.move.tickets", tickets = tickets, from = from.name),
        None => say!("web.admin.move.tickets_unseen", from = from.name),
    });
    let services = catalog::held_by(tx, from)?.len();
    page.text(&say!("web.admin.move.stays", services = services, from = from.name));
    if moved.own {
        page.text(&say!("web.admin.move.own"));
    }
    if all.is_empty() {
        return page.html();
    }
    let to = Field::hidden("to", to.code.clone());
    let mut form = if tick(sent, "choose") {
        one_by_one(&f, from, to, all, &ticked(sent), sent.get("q"))
    } else if all.len() <= BOXES {
        one_by_one(&f, from, to, all, &moved.people.iter().map(|mover| mover.id).collect(), "")
    } else {
        page.part(Part::Links(vec![opds::people_of(&page, from)]));
        let choose = Field::check("choose", f.t("web.admin.move.choose"), false);
        whoever(&f, from, to).field(Field::hidden("told", told_of(&moved.people))).field(choose)
    };
    if !moved.people.is_empty() {
        form.buttons.insert(0, (f.t("web.admin.move.do"), "keep"));
    }
    // Whoever presses Enter where he looks for somebody only looks.
    if form.fields.iter().any(|field| field.name == "q") {
        form.buttons.reverse();
    }
    page.form(form);
    page.html()
}

fn effects(page: &mut Page, moved: &Moved, released: Option<usize>) {
    let Moved { from, to, people, left, rest, .. } = moved;
    let (language, tier1) = (page.frame.language, page.frame.terms.tier1.clone());
    let count = count(language, people.len());
    page.note(&say!("web.admin.move.would", people = count, to = to.name));
    if let Some(released) = released {
        page.text(&say!("web.admin.move.released", released = released));
    }
    if *rest > 0 {
        page.note(&at_most(language, *rest));
    }
    page.text(&match left.people {
        0 => say!("web.admin.move.here_nobody", from = from.name),
        people => say!(
            "web.admin.move.here",
            people = language.count(people),
            technicians = left.technicians,
            tier1 = tier1,
            from = from.name
        ),
    });
    if left.technicians == 0 && people.iter().any(|mover| mover.roles.contains(&Role::Tier1)) {
        page.note(&say!("web.admin.move.last", tier1 = tier1, from = from.name));
    }
}

/// That `rest` more are meant than move at once.
pub fn at_most(language: Language, rest: usize) -> Say {
    say!("web.admin.move.most", most = count(language, MOST), rest = count(language, rest))
}

fn count(language: Language, people: usize) -> String {
    language.count(i64::try_from(people).unwrap_or(i64::MAX))
}

/// The list after a refusal, with whoever was ticked, and a place to be chosen anew.
fn chosen_again(tx: &mut Tx<'_>, frame: Frame, code: &str, trial: Trial) -> Result<String> {
    let may: May<act::KeepPeople, InRegion> = in_own_region(tx)?;
    let (region, sent) = (may.get().0, trial.sent.clone());
    let from = opd::by_code(tx, region, code)?;
    let to = match opd::by_code(tx, region, sent.get("to")) {
        Err(Error::NotFound) => from.clone(),
        to => to?,
    };
    let mut page = Page::new(frame, &tx.actor, say!("web.admin.move.title"), trial);
    let f = page.frame.clone();
    page.named(&format!("{}: {}", f.t("web.admin.move.title"), from.name));
    page.back(format!("/admin/opds/{}", from.code), say!("web.admin.opd.room"));
    let (all, to) = (movers(tx, &from, &to)?, to_whom(tx, &f, &from, sent.get("to"))?);
    page.form(one_by_one(&f, &from, to, all, &ticked(&sent), sent.get("q")));
    page.html()
}

/// The form of the second step, so far.
fn whoever(f: &Frame, from: &Opd, to: Field) -> Form {
    Form::new("move", place(from), f.t("web.admin.move.whom"), f.t("web.admin.weigh.look")).field(to)
}

/// The form that names them one by one: whoever is ticked, and of the others those who were looked for, as many as a page holds.
fn one_by_one(f: &Frame, from: &Opd, to: Field, mut all: Vec<Mover>, ticked: &BTreeSet<Id>, q: &str) -> Form {
    let (everybody, words) = (all.len(), q.trim().to_lowercase());
    let is_sought = |mover: &Mover| [&mover.name, &mover.email].iter().any(|text| text.to_lowercase().contains(&words));
    let mut room = BOXES.saturating_sub(all.iter().filter(|mover| ticked.contains(&mover.id)).count());
    all.retain(|mover| {
        let is_ticked = ticked.contains(&mover.id);
        let is_shown = is_ticked || (room > 0 && is_sought(mover));
        room -= usize::from(is_shown && !is_ticked);
        is_shown
    });
    let mut form = whoever(f, from, to).field(Field::hidden("choose", "yes"));
    if everybody > BOXES {
        let (shown, everybody) = (all.len(), count(f.language, everybody));
        let hint = say!("web.admin.move.shown", shown = shown, all = everybody, most = BOXES);
        form = form.field(Field::line("q", f.t("web.admin.person.q"), q).most(100).hint(f.say(&hint)));
    }
    for mover in all {
        let label = label(f, &mover);
        form = form.field(Field::check(format!("{BOX}{}", mover.id), label, ticked.contains(&mover.id)));
    }
    form
}

fn label(f: &Frame, mover: &Mover) -> String {
    let role = |role: &Role| {
        let name = f.role(role);
        if mover.held.contains(role) { f.say(&say!("web.admin.move.held", role = name)) } else { name }
    };
    let roles: Vec<String> = mover.roles.iter().map(role).collect();
    format!("{}, {}: {}", mover.name, mover.email, roles.join("; "))
}
