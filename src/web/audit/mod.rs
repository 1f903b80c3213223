//! The audit log as a page: how far it is signed, what stands in it, and one entry as a receipt to print (L13, P8). Who
//! reads which part is decided where REST asks too.

mod acts;
mod whom;

use super::frame::Frame;
use super::visit::{Shown, Visit};
use super::{queue, render};
use crate::access::token::hex;
use crate::access::{Role, Tx, act};
use crate::audit::leaf::Leaf;
use crate::audit::list::{self, Filter, Proof};
use crate::audit::store::Stored;
use crate::audit::take::{self, Newest};
use crate::db::page::{Page, Paging};
use crate::db::{Id, Ts};
use crate::error::{Error, Result};
use crate::message::Say;
use crate::org::{Person, person, region};
use crate::ticket::find::{seen_among, seen_by_number};
use crate::ticket::veil;
use crate::worktime::{self, YEARS};
use crate::{http, say};
use actix_web::Route;
use actix_web::web::{self, Path, Query};
use askama::Template;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::Datelike;
use serde::Deserialize;
use std::collections::BTreeMap;
use whom::Whom;

/// The table of these pages: place, and its methods.
pub fn pages() -> Vec<(&'static str, Vec<(Route, &'static str)>)> {
    let get = |route: Route| vec![(route, "GET")];
    vec![
        ("/audit", get(web::get().to(list))),
        ("/audit/bundle", get(web::get().to(bundle))),
        ("/audit/{id}", get(web::get().to(receipt))),
    ]
}

/// Of whom there is no entry.
const NOBODY: Id = Id(uuid::Uuid::nil());
/// Characters of a field of the form.
const FIELD: usize = 255;

/// Which entries; empty where nothing narrows.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    action: String,
    person: String,
    /// The id of what it was done to, or a ticket's number, or the last digits of one of this year.
    object: String,
    /// First day.
    from: String,
    /// Last day.
    to: String,
    /// The only one, as older addresses have it.
    day: String,
    cursor: Option<String>,
}

impl Asked {
    fn in_days(self) -> Self {
        if self.day.is_empty() { self } else { Self { from: self.day.clone(), to: self.day.clone(), ..self } }
    }
}

#[derive(Clone)]
struct Row {
    id: Id,
    at: Ts,
    /// The act, and to what it was done.
    what: String,
    /// The act alone, in words.
    act: String,
    who: String,
    action: String,
    /// The same act of the same person just before, many times.
    same: Vec<Row>,
}

#[derive(Template)]
#[template(path = "web/templates/audit.html")]
struct Log {
    frame: Frame,
    lead: String,
    newest: Option<Newest>,
    is_whole: bool,
    /// How far one who reads all of it has read.
    takes_all: bool,
    /// There are entries about tickets that the reader sees, so that a number finds some.
    tells_of_tickets: bool,
    /// Nobody, or nothing, goes by what was written into the form.
    unknown: Option<String>,
    /// Whose entries these are; several to choose from, where several go by what was written.
    people: Vec<Known>,
    rows: Vec<Row>,
    asked: Asked,
    acts: Vec<(&'static str, String)>,
    next: Option<String>,
}

/// Somebody whom the form may mean.
struct Known {
    /// Name and address, and until when he was there.
    told: String,
    /// Where his entries are.
    place: String,
}

impl Log {
    fn signed(&self, newest: &Newest) -> String {
        self.frame.exactly(newest.signed_at)
    }

    fn same(&self, row: &Row) -> String {
        self.frame.say(&say!("web.audit.same", count = row.same.len()))
    }
}

/// `GET /audit`.
pub async fn list(visit: Visit, asked: Query<Asked>) -> Shown {
    let (asked, app) = (asked.into_inner().in_days(), visit.app.clone());
    let html = visit
        .read(move |tx, frame| {
            let may = list::own::<act::ReadAudit>(tx)?;
            let whom = Whom::meant(tx, &asked.person)?;
            let filter = filter(tx, &asked, &whom)?;
            let paging = Paging { limit: None, cursor: asked.cursor.clone() };
            let mut page = list::list(tx, &may, &filter, &paging)?;
            page.items = veil::over(tx, page.items)?;
            let (is_whole, takes_all) = (list::whole(tx).is_ok(), list::everything(tx).is_ok());
            let tells_of_tickets = tx.actor.region.is_some() && is_whole == takes_all;
            let unknown = unknown(&filter, &whom, is_whole, tells_of_tickets).map(|say| frame.say(&say));
            let newest = if is_whole { take::newest(tx, &app.signer)? } else { None };
            let next = page.next.clone().map(|cursor| address(&asked, &cursor));
            let rows = folded(&rows(tx, page, &frame)?);
            let is_told = |name: &str| tells_of_tickets || !name.starts_with("ticket.") || name == asked.action;
            let acts = acts::ACTS.iter().filter(|(name, _)| is_told(name));
            let acts = acts.map(|(name, say)| (*name, frame.say(&say()))).collect();
            let lead = frame.say(&match (takes_all, is_whole) {
                (true, _) if tx.actor.region.is_none() => say!("web.audit.lead_platform"),
                (true, _) => say!("web.audit.lead_all"),
                (false, true) => say!("web.audit.lead_part"),
                (false, false) => say!("web.audit.lead_own"),
            });
            let people = whom.people().iter().map(|person| known(person, &asked, &frame)).collect();
            render(&Log {
                frame,
                lead,
                newest,
                is_whole,
                takes_all,
                tells_of_tickets,
                unknown,
                people,
                rows,
                asked,
                acts,
                next,
            })
        })
        .await?;
    Ok(visit.page(200, html))
}

/// What of the form finds nothing by itself. Whoever reads but his own acts learns of nobody whether he is there.
fn unknown(filter: &Filter, whom: &Whom, is_whole: bool, tells_of_tickets: bool) -> Option<Say> {
    let days = filter.since.zip(filter.before);
    match (is_whole, filter.about, filter.object) {
        _ if days.is_some_and(|(since, before)| since >= before) => Some(say!("field.dates")),
        (true, Some(NOBODY), _) if !whom.is_several() => Some(say!("web.audit.unknown")),
        (true, _, Some(NOBODY)) if tells_of_tickets => Some(say!("web.audit.unknown_object")),
        (true, _, Some(NOBODY)) => Some(say!("web.audit.unknown_id")),
        _ => None,
    }
}

fn address(asked: &Asked, cursor: &str) -> String {
    const LOG: &str = "/audit?";
    let fields = [
        ("action", asked.action.as_str()),
        ("person", &asked.person),
        ("object", &asked.object),
        ("from", &asked.from),
        ("to", &asked.to),
        ("cursor", cursor),
    ];
    let mut address = url::form_urlencoded::Serializer::for_suffix(String::from(LOG), LOG.len());
    address.extend_pairs(fields.iter().filter(|(_, value)| !value.is_empty())).finish()
}

/// How somebody is told of, and where what he did and what was done to him is listed.
fn known(person: &Person, asked: &Asked, frame: &Frame) -> Known {
    let (name, email) = (&person.name, &person.email);
    let told = match person.deactivated_at {
        Some(until) if !person.active => {
            let (from, until) = (frame.moment(person.created_at), frame.moment(until));
            say!("web.audit.person_gone", name = name, email = email, from = from, until = until)
        }
        _ => say!("web.audit.person_here", name = name, email = email, from = frame.moment(person.created_at)),
    };
    let his = Asked { person: person.id.to_string(), cursor: None, ..asked.clone() };
    Known { told: frame.say(&told), place: address(&his, "") }
}

fn filter(tx: &mut Tx<'_>, asked: &Asked, whom: &Whom) -> Result<Filter> {
    let word = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    let texts = [&asked.action, &asked.object, &asked.from, &asked.to];
    if texts.iter().any(|text| text.chars().count() > FIELD) {
        return Err(Error::NotFound);
    }
    let known = |text: String| worktime::day(&text).filter(|day| YEARS.contains(&day.year())).ok_or(Error::NotFound);
    let (from, to) = (word(&asked.from).map(known).transpose()?, word(&asked.to).map(known).transpose()?);
    let (from, to) =
        (from.map(|day| region::span(tx, day)).transpose()?, to.map(|day| region::span(tx, day)).transpose()?);
    let object = word(&asked.object).map(|name| object(tx, &name)).transpose()?;
    let (since, before) = (from.map(|(since, _)| since), to.map(|(_, before)| before));
    Ok(Filter { action: word(&asked.action), about: whom.about(), object, since, before, ..Filter::default() })
}

/// What is named by its id, or by the number of a ticket that the reader sees: of any other there is no entry to find, so
/// that nobody learns by its number what became of a secret one (L13).
fn object(tx: &mut Tx<'_>, name: &str) -> Result<Id> {
    if let Ok(id) = name.parse() {
        return Ok(id);
    }
    let number = queue::number(tx, name)?;
    Ok(seen_by_number(tx, &[number])?.first().map_or(NOBODY, |ticket| ticket.id))
}

fn rows(tx: &mut Tx<'_>, page: Page<Stored>, frame: &Frame) -> Result<Vec<Row>> {
    let people: Vec<Id> = page.items.iter().flat_map(|row| [row.actor_id, done_to(row)]).flatten().collect();
    let names: BTreeMap<Id, String> =
        person::briefs(tx, &people)?.into_iter().map(|brief| (brief.id, brief.name)).collect();
    let name = |id: Option<Id>| id.and_then(|id| names.get(&id).cloned());
    let row = |row: Stored| {
        let (act, whom) = (what(&row.action, frame), name(done_to(&row)));
        let about = whom.clone().or_else(|| called(&row.detail));
        // Whoever signs in is nobody until he has.
        let signs_in = whom.filter(|_| row.action == "session.begin");
        Row {
            id: row.id,
            at: row.at,
            what: about.map_or_else(|| act.clone(), |about| format!("{act}: {about}")),
            act,
            who: match row.actor_id {
                Some(_) => name(row.actor_id).unwrap_or_default(),
                None => signs_in.unwrap_or_else(|| frame.t("web.audit.program")),
            },
            action: row.action,
            same: Vec::new(),
        }
    };
    Ok(page.items.into_iter().map(row).collect())
}

/// So many of the same act by one person, one after the other, fold into the newest of them.
const RUN: usize = 3;

fn folded(rows: &[Row]) -> Vec<Row> {
    let mut all: Vec<Row> = Vec::new();
    for run in rows.chunk_by(|a, b| a.action == b.action && a.who == b.who) {
        match run {
            [newest, same @ ..] if run.len() >= RUN => all.push(Row { same: same.to_vec(), ..newest.clone() }),
            few => all.extend_from_slice(few),
        }
    }
    all
}

/// The person to whom it was done.
fn done_to(row: &Stored) -> Option<Id> {
    row.object_id.filter(|_| row.object_type == "person")
}

/// What the thing is called by which people know it, if the entry says so.
fn called(detail: &str) -> Option<String> {
    let detail: serde_json::Value = serde_json::from_str(detail).ok()?;
    ["number", "code", "day"].into_iter().find_map(|name| detail.get(name)?.as_str().map(str::to_owned))
}

fn what(action: &str, frame: &Frame) -> String {
    acts::named(action).map_or_else(|| action.to_owned(), |say| frame.say(&say))
}

#[derive(Template)]
#[template(path = "web/templates/audit_entry.html")]
struct Receipt {
    frame: Frame,
    row: Row,
    roles: String,
    leaf: String,
    stored: Stored,
    salt: String,
    proof: Option<Proof>,
    newest: Option<Newest>,
    /// The number of the ticket that it is about, for whoever sees that.
    ticket: Option<String>,
}

impl Receipt {
    fn hash(hash: &[u8; 32]) -> String {
        hex(hash)
    }
}

/// `GET /audit/{id}`.
pub async fn receipt(visit: Visit, id: Path<String>) -> Shown {
    let (id, app) = (id.into_inner(), visit.app.clone());
    let html = visit
        .read(move |tx, frame| {
            let may = list::own::<act::ReadAudit>(tx)?;
            let (stored, proof) = list::read(tx, &may, id.parse().map_err(|_| Error::NotFound)?)?;
            let stored = veil::over(tx, vec![stored])?.pop().ok_or(Error::NotFound)?;
            let newest = if proof.is_some() { take::newest(tx, &app.signer)? } else { None };
            let about = stored.object_id.filter(|_| stored.object_type == "ticket");
            let ticket = seen_among(tx, about.as_slice())?.into_values().next().map(|ticket| ticket.number);
            let page = Page { items: vec![stored.clone()], next: None };
            let row = rows(tx, page, &frame)?.pop().ok_or(Error::NotFound)?;
            let leaf = stored.leaf.as_deref();
            let roles = roles(leaf, &frame);
            let leaf = leaf.map(|bytes| STANDARD.encode(bytes)).unwrap_or_default();
            let salt = stored.salt.as_deref().map(hex).unwrap_or_default();
            render(&Receipt { frame, row, roles, leaf, stored, salt, proof, newest, ticket })
        })
        .await?;
    Ok(visit.page(200, html))
}

fn roles(leaf: Option<&[u8]>, frame: &Frame) -> String {
    let roles = leaf.and_then(Leaf::parse).map(|leaf| leaf.roles).unwrap_or_default();
    let named = |word: &str| Role::from_text(word).map_or_else(|| word.to_owned(), |role| frame.role(role));
    roles.split('+').filter(|word| !word.is_empty()).map(named).collect::<Vec<_>>().join(", ")
}

/// From where on.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct From {
    from: i64,
}

/// `GET /audit/bundle`.
pub async fn bundle(visit: Visit, asked: Query<From>) -> Shown {
    let bundle = visit.read(move |tx, _| take::bundle(tx, asked.from, veil::over)).await?;
    Ok(http::download_bytes(bundle.bytes, take::MEDIA_TYPE, &bundle.name))
}
