//! People: who there is, by name, role and organisation; and new ones.

use super::super::choices;
use super::super::frame::Frame;
use super::super::sent::{Sent, Trial};
use super::super::visit::{Shown, Visit};
use super::form::{Field, Form};
use super::page::{Cell, Page, Part, Table};
use super::run;
use crate::access::{Role, Tx, act};
use crate::error::{Error, Result};
use crate::org::directory::{self, Search};
use crate::org::grant::{self, Grant};
use crate::org::mailed_link::{self, Why};
use crate::org::person::{self, Fields, Person};
use crate::org::{in_own_region, opd};
use crate::say;
use actix_web::web::Query;
use serde::Deserialize;
use std::collections::BTreeMap;

/// Whom to list; all of it stays in the address.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Asked {
    #[serde(default)]
    q: String,
    #[serde(default)]
    role: String,
    #[serde(default)]
    opd: String,
    #[serde(default)]
    left: String,
    cursor: Option<String>,
}

/// `GET /admin/people`.
pub async fn list(visit: Visit, asked: Query<Asked>) -> Shown {
    let html = visit.read(move |tx, frame| all(tx, frame, &asked, Trial::new())).await?;
    Ok(visit.page(200, html))
}

/// `POST /admin/people`: whoever is new gets a link for his password by mail.
pub async fn create(visit: Visit, sent: Sent) -> Shown {
    let app = visit.app.clone();
    let change = move |tx: &mut Tx<'_>, sent: &Sent| {
        let may = in_own_region(tx)?;
        let person = person::create(tx, &may, &fields(sent))?;
        mailed_link::send(tx, &person, Why::Entered, app.post())?;
        Ok(format!("/admin/people/{}?done=made", person.id))
    };
    run(visit, "new", sent, change, |tx, frame, trial| all(tx, frame, &Asked::default(), trial)).await
}

/// What was filled in of an entry.
pub fn fields(sent: &Sent) -> Fields {
    Fields {
        name: Some(sent.get("name").trim().to_owned()),
        email: Some(sent.get("email").trim().to_owned()),
        nip: sent.maybe("nip").into(),
        phone: Some(sent.get("phone").trim().to_owned()),
        language: sent.maybe("language"),
        ..Fields::default()
    }
}

fn all(tx: &mut Tx<'_>, frame: Frame, asked: &Asked, trial: Trial) -> Result<String> {
    let keeps_region = tx.actor.is(Role::Admin);
    if !frame.keeps {
        return Err(Error::Forbidden(say!("forbidden.action")));
    }
    let mut page = Page::new(frame, &tx.actor, say!("web.admin.person.title"), trial);
    if keeps_region {
        in_own_region::<act::KeepPeople>(tx)?;
        let import = page.say(&say!("web.admin.import.people"));
        page.part(Part::Links(vec![("/admin/import/people".to_owned(), import)]));
    }
    page.form(question(tx, &page.frame, asked, keeps_region)?);
    let (people, next) = found(tx, asked, keeps_region)?;
    let held = grant::of(tx, &people.iter().map(|p| p.id).collect::<Vec<_>>())?;
    let opds = opd::names(tx, &held.iter().filter_map(|g| g.opd_id).collect::<Vec<_>>())?;
    let f = &page.frame;
    let columns =
        ["web.admin.person.name", "web.admin.person.email", "web.admin.person.roles", "web.admin.person.state"];
    let columns = columns.map(|key| f.t(key)).to_vec();
    let mut table = Table::new("people", f.t("web.admin.person.title"), columns, f.t("web.admin.person.none"));
    for person in people {
        let roles = in_short(f, held.iter().filter(|g| g.person_id == person.id), &opds);
        let place = format!("/admin/people/{}", person.id);
        let state = state(f, &person);
        table.row(vec![Cell::link(person.name, place), Cell::text(person.email), Cell::text(roles.join("; ")), state]);
    }
    table.next(next);
    page.table(table);
    if keeps_region {
        let form =
            Form::new("new", "/admin/people", page.frame.t("web.admin.person.new"), page.frame.t("web.admin.add"));
        page.form(entry(form.folded(), &page.frame, None));
    }
    page.html()
}

fn found(tx: &mut Tx<'_>, asked: &Asked, keeps_region: bool) -> Result<(Vec<Person>, Option<String>)> {
    let text = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    let search = Search {
        q: text(&asked.q),
        role: Role::from_text(&asked.role),
        opd: text(&asked.opd).filter(|_| keeps_region),
        inactive: Some(asked.left == "yes"),
        limit: None,
        cursor: asked.cursor.clone(),
    };
    let page = directory::list(tx, &search)?;
    let pairs = [("q", &asked.q), ("role", &asked.role), ("opd", &asked.opd), ("left", &asked.left)];
    let next = page.next.map(|cursor| {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(pairs.into_iter().filter(|(_, value)| !value.is_empty()));
        format!("/admin/people?{}", query.append_pair("cursor", &cursor).finish())
    });
    Ok((page.items, next))
}

fn question(tx: &mut Tx<'_>, frame: &Frame, asked: &Asked, keeps_region: bool) -> Result<Form> {
    let any = || (String::new(), frame.t("web.queue.any"));
    let shown: &[Role] = if keeps_region { Role::ALL } else { &[Role::Admin, Role::Operator] };
    let roles = shown.iter().filter(|r| !keeps_region || **r != Role::Operator);
    let roles = std::iter::once(any()).chain(roles.map(|r| (r.text().to_owned(), frame.role(*r)))).collect();
    let mut form = Form::new("search", "/admin/people", String::new(), frame.t("web.queue.apply")).question();
    form = form.field(Field::line("q", frame.t("web.admin.person.q"), &asked.q).most(100)).field(Field::choice(
        "role",
        frame.t("web.admin.person.role"),
        &asked.role,
        roles,
    ));
    if keeps_region {
        let opds = std::iter::once(any()).chain(choices::opds_ever(tx)?).collect();
        form = form.field(Field::choice("opd", frame.t("web.admin.person.opd"), &asked.opd, opds));
    }
    Ok(form.field(Field::check("left", frame.t("web.admin.person.left"), asked.left == "yes")))
}

/// Organisations of a role that are named one by one.
const NAMED: usize = 3;

/// What somebody is, role by role; of a role in many organisations only how many.
fn in_short<'a>(
    frame: &Frame,
    held: impl Iterator<Item = &'a Grant>,
    opds: &[(crate::db::Id, String, String)],
) -> Vec<String> {
    let mut by_role: BTreeMap<Role, Vec<&Grant>> = BTreeMap::new();
    for grant in held {
        by_role.entry(grant.role).or_default().push(grant);
    }
    let told = |(role, grants): (Role, Vec<&Grant>)| {
        if grants.len() <= NAMED {
            return grants.into_iter().map(|grant| role_at(frame, grant, opds)).collect();
        }
        vec![frame.say(&say!("web.admin.person.role_in", role = frame.role(role), count = grants.len()))]
    };
    by_role.into_iter().flat_map(told).collect()
}

/// A role, with the organisation in which it is held.
pub fn role_at(frame: &Frame, grant: &Grant, opds: &[(crate::db::Id, String, String)]) -> String {
    let role = frame.role(grant.role);
    match opds.iter().find(|(id, ..)| Some(*id) == grant.opd_id) {
        Some((_, _, name)) => format!("{role}, {name}"),
        None => role,
    }
}

fn state(frame: &Frame, person: &Person) -> Cell {
    match (person.active, person.password_hash.is_some()) {
        (false, _) => Cell::text(frame.t("web.admin.person.has_left")),
        (true, false) => Cell::strong(frame.t("web.admin.person.no_password")),
        (true, true) => Cell::text(frame.t("web.admin.person.active")),
    }
}

/// The fields of an entry.
pub fn entry(form: Form, frame: &Frame, person: Option<&Person>) -> Form {
    let text = |get: fn(&Person) -> &str| person.map(get).unwrap_or_default().to_owned();
    let languages = vec![("id".into(), "Bahasa Indonesia".into()), ("en".into(), "English".into())];
    form.field(Field::line("name", frame.t("web.admin.person.name"), text(|p| &p.name)).needed())
        .field(Field::email("email", frame.t("web.admin.person.email"), text(|p| &p.email)).needed())
        .field(
            Field::line("nip", frame.t("web.admin.person.nip"), text(|p| p.nip.as_deref().unwrap_or_default()))
                .hint(frame.t("web.admin.person.nip_hint")),
        )
        .field(Field::line(
            "phone",
            frame.t("web.admin.person.phone"),
            text(|p| p.phone.as_deref().unwrap_or_default()),
        ))
        .field(Field::choice("language", frame.t("web.admin.person.language"), text(|p| &p.language), languages))
}
