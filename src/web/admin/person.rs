//! A person: his entry, his roles, his way to a password, his sessions, and his leaving.

use super::super::account::program_of;
use super::super::choices;
use super::super::frame::Frame;
use super::super::sent::{Sent, Trial};
use super::super::visit::{Shown, Visit};
use super::form::{Field, Form};
use super::page::{Cell, Page, Part, Table};
use super::people::{entry, fields, role_at};
use super::{refused, run, tick, version};
use crate::access::{May, Role, Tx, act, check};
use crate::db::Expected;
use crate::error::{Error, Result};
use crate::mail::bounce;
use crate::org::directory::{self, holding};
use crate::org::person::{self, Fields, Person, Target};
use crate::org::{grant, link, mailed_link, opd, second_factor, signed_in};
use crate::say;
use crate::ticket::release;
use actix_web::web::Path;

/// `GET /admin/people/{id}`.
pub async fn read(visit: Visit, id: Path<String>) -> Shown {
    let html = visit.read(move |tx, frame| one(tx, frame, &id, Trial::new())?.html()).await?;
    Ok(visit.page(200, html))
}

/// `POST /admin/people/{id}`.
pub async fn change(visit: Visit, id: Path<String>, sent: Sent) -> Shown {
    let id = id.into_inner();
    let is_proven = match prove(&visit, &id, &sent).await {
        Ok(is_proven) => is_proven,
        Err(error) => {
            let again = move |tx: &mut Tx<'_>, frame, trial| one(tx, frame, &id, trial)?.html();
            return refused(visit, "entry", sent, error, again).await;
        }
    };
    let change = {
        let id = id.clone();
        move |tx: &mut Tx<'_>, sent: &Sent| {
            let may: May<act::KeepPeople, Target> = directory::target(tx, &id, None)?;
            let wanted = fields(sent);
            // Naming an address says that it works (mails that came back are forgotten), so only a new one is named.
            let is_new = wanted.email.as_deref() != Some(may.get().person.email.as_str());
            let email = wanted.email.filter(|_| is_new || sent.get("works") == "yes");
            let wanted = Fields { email, is_proven, ..wanted };
            person::change(tx, may, &wanted, version(sent))?;
            Ok(format!("/admin/people/{id}?done=saved"))
        }
    };
    run(visit, "entry", sent, change, move |tx, frame, trial| one(tx, frame, &id, trial)?.html()).await
}

/// `true` if whoever sent the form knows his own password; nobody has to say it but for his own address, and a browser that
/// fills in an old one by itself is not asked for a better one.
async fn prove(visit: &Visit, id: &str, sent: &Sent) -> Result<bool> {
    let password = sent.get("password").to_owned();
    if password.is_empty() {
        return Ok(false);
    }
    visit.check(sent.get("form")).await?;
    let me = visit.fetch(second_factor::owner).await?;
    if id.parse().ok() != Some(me.id) || fields(sent).email.as_deref() == Some(me.email.as_str()) {
        return Ok(false);
    }
    visit.app.prove(&me, password, "/password", visit.origin.clone()).await?;
    Ok(true)
}

/// `POST /admin/people/{id}/active`: he leaves, or comes back.
pub async fn activate(visit: Visit, id: Path<String>, sent: Sent) -> Shown {
    let id = id.into_inner();
    let change = {
        let id = id.clone();
        move |tx: &mut Tx<'_>, sent: &Sent| {
            let may = directory::target(tx, &id, None)?;
            let wanted = Fields { active: Some(sent.get("active") == "yes"), ..Fields::default() };
            let released = match person::change(tx, may, &wanted, version(sent))? {
                (_, Some(left)) => release::assignments(tx, left)?,
                _ => 0,
            };
            Ok(format!("/admin/people/{id}?done=saved&released={released}"))
        }
    };
    run(visit, "active", sent, change, move |tx, frame, trial| one(tx, frame, &id, trial)?.html()).await
}

/// `POST /admin/people/{id}/roles`.
pub async fn give_role(visit: Visit, id: Path<String>, sent: Sent) -> Shown {
    let id = id.into_inner();
    let change = {
        let id = id.clone();
        move |tx: &mut Tx<'_>, sent: &Sent| {
            let role = sent.word("role", Role::from_text)?;
            let role = role.ok_or_else(|| Error::invalid("/role", say!("web.choose")))?;
            let may = directory::target(tx, &id, Some(role))?;
            grant::give(tx, may, sent.maybe("opd").as_deref(), &Expected::any())?;
            Ok(format!("/admin/people/{id}?done=saved"))
        }
    };
    run(visit, "role", sent, change, move |tx, frame, trial| one(tx, frame, &id, trial)?.html()).await
}

/// `POST /admin/people/{id}/roles/{held}`: takes it back, once it was said what that does.
pub async fn take_role(visit: Visit, names: Path<(String, String)>, sent: Sent) -> Shown {
    let (id, held) = names.into_inner();
    if sent.get("step") != "keep" {
        let asked = (id.clone(), held.clone());
        let found = visit.ask(&sent, move |tx| holding::<act::Grant>(tx, &asked.0, &asked.1).map(|_| ())).await;
        let again = move |tx: &mut Tx<'_>, frame, trial| one(tx, frame, &id, trial)?.html();
        return match found {
            Ok(()) => {
                let trial = Trial::weighed("take", sent);
                Ok(visit.page(200, visit.read(move |tx, frame| again(tx, frame, trial)).await?))
            }
            Err(error) => refused(visit, "take", sent, error, again).await,
        };
    }
    let change = {
        let id = id.clone();
        move |tx: &mut Tx<'_>, _: &Sent| {
            let (may, held): (May<act::Grant, Target>, _) = holding(tx, &id, &held)?;
            let person = may.get().person.id;
            let left = grant::take(tx, may, held, &Expected::any())?;
            let released = release::assignments(tx, left)?;
            // An operator knows of administrators alone; whoever is none any more is out of his sight.
            let is_known = directory::known(tx, person).is_ok();
            let place = if is_known { format!("/admin/people/{id}") } else { "/admin/people".to_owned() };
            Ok(format!("{place}?done=saved&released={released}"))
        }
    };
    run(visit, "take", sent, change, move |tx, frame, trial| one(tx, frame, &id, trial)?.html()).await
}

/// `POST /admin/people/{id}/sign-out`.
pub async fn sign_out(visit: Visit, id: Path<String>, sent: Sent) -> Shown {
    let id = id.into_inner();
    let change = {
        let id = id.clone();
        move |tx: &mut Tx<'_>, _: &Sent| {
            let may = directory::target(tx, &id, None)?;
            signed_in::end(tx, &may)?;
            Ok(format!("/admin/people/{id}?done=ended"))
        }
    };
    run(visit, "sessions", sent, change, move |tx, frame, trial| one(tx, frame, &id, trial)?.html()).await
}

/// `POST /admin/people/{id}/second-factor`: takes it away from somebody who lost his device and his codes.
pub async fn reset_factor(visit: Visit, id: Path<String>, sent: Sent) -> Shown {
    let id = id.into_inner();
    let change = {
        let id = id.clone();
        move |tx: &mut Tx<'_>, sent: &Sent| {
            let may = directory::target(tx, &id, None)?;
            if !tick(sent, "sure") {
                return Err(Error::invalid("/sure", say!("field.needed")));
            }
            second_factor::reset(tx, may)?;
            Ok(format!("/admin/people/{id}?done=reset"))
        }
    };
    run(visit, "factor", sent, change, move |tx, frame, trial| one(tx, frame, &id, trial)?.html()).await
}

/// `POST /admin/people/{id}/mail`: a link for his password goes to his official address (T3, P1).
pub async fn mail_link(visit: Visit, id: Path<String>, sent: Sent) -> Shown {
    let (id, app) = (id.into_inner(), visit.app.clone());
    let change = {
        let id = id.clone();
        move |tx: &mut Tx<'_>, _: &Sent| {
            let may = directory::target(tx, &id, None)?;
            mailed_link::send_again(tx, may, app.post())?;
            Ok(format!("/admin/people/{id}?done=mailed"))
        }
    };
    run(visit, "mail", sent, change, move |tx, frame, trial| one(tx, frame, &id, trial)?.html()).await
}

/// `POST /admin/people/{id}/link`: a link to hand over in person, shown once and kept nowhere.
pub async fn show_link(visit: Visit, id: Path<String>, sent: Sent) -> Shown {
    let id = id.into_inner();
    let (settings, who) = (visit.app.config.sign_in.clone(), id.clone());
    let made = visit
        .ask(&sent, move |tx| {
            let may = directory::target(tx, &who, None)?;
            link::for_password(tx, &may, &settings)
        })
        .await;
    let (secret, until) = match made {
        Ok(made) => made,
        Err(error) => {
            let again = move |tx: &mut Tx<'_>, frame, trial| one(tx, frame, &id, trial)?.html();
            return refused(visit, "link", sent, error, again).await;
        }
    };
    let url = format!("{}/password#token={}", visit.app.config.public_url, secret.plain);
    let html = visit
        .read(move |tx, frame| {
            let mut page = one(tx, frame, &id, Trial::new())?;
            let until = page.frame.moment(until);
            page.tell(&say!("web.admin.person.link_made", url = url, until = until));
            page.html()
        })
        .await?;
    Ok(visit.page(200, html))
}

fn one(tx: &mut Tx<'_>, frame: Frame, id: &str, trial: Trial) -> Result<Page> {
    let may: May<act::KeepPeople, Target> = directory::target(tx, id, None)?;
    let person = may.get().person.clone();
    let mut page = Page::new(frame, &tx.actor, say!("web.admin.person.title"), trial.clone());
    page.named(&person.name);
    page.back("/admin/people", say!("web.admin.person.title"));
    if !person.active {
        page.note(&say!("web.admin.person.gone"));
    }
    if trial.is_weighed("take") {
        ask_to_take(tx, &mut page, &person)?;
    }
    let action = format!("/admin/people/{}", person.id);
    let form = Form::new("entry", &action, page.frame.t("web.admin.entry"), page.frame.t("web.admin.save"));
    let mut form = entry(form.field(Field::version(person.version)), &page.frame, Some(&person));
    if let Some(since) = bounce::suspended(tx, std::slice::from_ref(&person.email))?.get(&person.email) {
        page.note(&say!("web.admin.person.suspended", since = page.frame.moment(since)));
        form = form.field(Field::check("works", page.frame.t("web.admin.person.works"), false).once());
    }
    if tx.actor.person == Some(person.id) {
        let password = Field::password("password", page.frame.t("web.admin.person.own_password"));
        form = form.field(password.hint(page.frame.t("web.admin.person.own_password_hint")));
    }
    page.form(form);
    roles(tx, &mut page, &person)?;
    password(tx, &mut page, &person);
    factor(tx, &mut page, &person)?;
    sessions(tx, &mut page, &may)?;
    // Nobody shuts himself out: the last one would be nobody's to let in again.
    if tx.actor.person == Some(person.id) {
        return Ok(page);
    }
    let (title, button, next) = if person.active {
        ("web.admin.person.leave", "web.admin.person.deactivate", "")
    } else {
        ("web.admin.person.return", "web.admin.person.activate", "yes")
    };
    let form = Form::new("active", format!("{action}/active"), page.frame.t(title), page.frame.t(button)).folded();
    page.form(form.field(Field::version(person.version)).field(Field::hidden("active", next)));
    Ok(page)
}

/// Asks whether a role is really to be taken back: that ends sessions and sends tickets back, and nothing undoes it.
fn ask_to_take(tx: &mut Tx<'_>, page: &mut Page, person: &Person) -> Result<()> {
    let f = page.frame.clone();
    let held = grant::of(tx, &[person.id])?;
    let opds = opd::names(tx, &held.iter().filter_map(|g| g.opd_id).collect::<Vec<_>>())?;
    if let Some(grant) = held.iter().find(|grant| f.place.ends_with(&format!("/{}", grant.id))) {
        let title = f.say(&say!("web.admin.person.take_which", role = role_at(&f, grant, &opds)));
        let form = Form::new("take", &f.place, title, String::new());
        page.form(form.confirmed(f.t("web.admin.person.take_do")));
    }
    Ok(())
}

/// His roles; his own are for another administrator to change (contract: nobody grants himself a role).
fn roles(tx: &mut Tx<'_>, page: &mut Page, person: &Person) -> Result<()> {
    let held = grant::of(tx, &[person.id])?;
    let opds = opd::names(tx, &held.iter().filter_map(|g| g.opd_id).collect::<Vec<_>>())?;
    let may_give = |role: Role| check::<act::Grant, _>(&tx.actor, Target { person: person.clone(), role }).is_ok();
    let given: Vec<Role> = Role::ALL.iter().copied().filter(|role| may_give(*role)).collect();
    let f = page.frame.clone();
    let own = tx.actor.person == Some(person.id);
    let columns = vec![f.t("web.admin.person.role"), f.t("web.admin.person.since"), f.t("web.admin.person.take")];
    let mut table = Table::new("roles", f.t("web.admin.person.roles"), columns, f.t("web.admin.person.no_roles"));
    for grant in held {
        let name = role_at(&f, &grant, &opds);
        let take = if given.contains(&grant.role) {
            Cell::button(format!("/admin/people/{}/roles/{}", person.id, grant.id), f.t("web.admin.person.take"), &name)
        } else {
            Cell::text("–")
        };
        table.row(vec![Cell::text(name), Cell::text(f.moment(grant.granted_at)), take]);
    }
    page.table(table);
    if own {
        page.note(&say!("web.admin.person.own"));
    }
    if given.is_empty() {
        return Ok(());
    }
    let words = given.into_iter().map(|role| (role.text().to_owned(), f.role(role))).collect();
    let place = format!("/admin/people/{}/roles", person.id);
    let mut form = Form::new("role", place, f.t("web.admin.person.give"), f.t("web.admin.person.give"))
        .folded()
        .field(Field::choice("role", f.t("web.admin.person.role"), "", words));
    if tx.actor.is(Role::Admin) {
        let none = (String::new(), f.t("web.admin.person.no_opd"));
        let opds = std::iter::once(none).chain(choices::opds(tx)?).collect();
        let field = Field::choice("opd", f.t("web.admin.person.opd"), "", opds);
        let hint = say!("web.admin.person.opd_hint", tier1 = f.terms.tier1);
        form = form.field(field.hint(f.say(&hint)));
    }
    page.form(form);
    Ok(())
}

/// Ways to a password for somebody else; one's own is changed where the old one is asked for.
fn password(tx: &Tx<'_>, page: &mut Page, person: &Person) {
    let own = tx.actor.person == Some(person.id);
    if own || !person.active {
        return;
    }
    let f = page.frame.clone();
    let place = format!("/admin/people/{}", person.id);
    if person.region_id.is_some() {
        let title = f.t("web.admin.person.password");
        page.form(Form::new("mail", format!("{place}/mail"), title, f.t("web.admin.person.mail_link")));
    }
    let title = f.t("web.admin.person.hand_over");
    page.form(Form::new("link", format!("{place}/link"), title, f.t("web.admin.person.show_link")).folded());
}

/// Whether codes are asked of him, and the way out for whoever lost his device; one's own is no other's business.
fn factor(tx: &mut Tx<'_>, page: &mut Page, person: &Person) -> Result<()> {
    let f = page.frame.clone();
    let is_set = second_factor::is_set(tx.conn(), person.id)?;
    let state = if is_set { f.t("web.admin.person.factor_on") } else { f.t("web.admin.person.factor_off") };
    let may: Result<May<act::ResetFactor, Target>> = directory::target(tx, &person.id.to_string(), None);
    page.part(Part::Text(format!("{}: {state}", f.t("web.factor.title"))));
    if is_set && may.is_ok() {
        let (place, title) =
            (format!("/admin/people/{}/second-factor", person.id), f.t("web.admin.person.factor_reset"));
        let sure = Field::check("sure", f.t("web.admin.person.factor_sure"), false);
        page.form(Form::new("factor", place, title.clone(), title).folded().field(sure));
    }
    Ok(())
}

fn sessions(tx: &mut Tx<'_>, page: &mut Page, may: &May<act::KeepPeople, Target>) -> Result<()> {
    let f = page.frame.clone();
    let columns = ["web.admin.session.began", "web.admin.session.from", "web.admin.session.agent"];
    let columns = columns.map(|key| f.t(key)).to_vec();
    let mut table = Table::new("sessions", f.t("web.admin.session.title"), columns, f.t("web.admin.session.nobody"));
    let all = signed_in::of(tx, may)?;
    let is_in = !all.is_empty();
    for session in all {
        let began = Cell::text(f.moment(session.created_at));
        table.row(vec![began, Cell::text(session.address), Cell::text(program_of(&session.agent, &f))]);
    }
    page.table(table);
    if is_in {
        let place = format!("/admin/people/{}/sign-out", may.get().person.id);
        let title = f.t("web.admin.session.end_all");
        page.form(Form::new("sessions", place, title, f.t("web.admin.session.end")).folded());
    }
    Ok(())
}
