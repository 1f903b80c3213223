//! The audit log as a page: how far it is signed, what stands in it, and one entry as a receipt to print (L13, P8). Who
//! reads which part is decided where REST asks too.

mod acts;

use super::frame::Frame;
use super::render;
use super::visit::{Shown, Visit};
use crate::access::token::hex;
use crate::access::{Role, Tx, act};
use crate::audit::leaf::Leaf;
use crate::audit::list::{self, Filter, Proof};
use crate::audit::store::Stored;
use crate::audit::take::{self, Newest};
use crate::db::page::{Page, Paging};
use crate::db::{Id, Ts};
use crate::error::{Error, Result};
use crate::org::{person, region};
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
    day: String,
    cursor: Option<String>,
}

struct Row {
    id: Id,
    at: Ts,
    what: String,
    who: String,
    action: String,
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
    /// Nobody goes by what was written into the form.
    is_unknown: bool,
    rows: Vec<Row>,
    asked: Asked,
    acts: Vec<(&'static str, String)>,
    next: Option<String>,
}

impl Log {
    fn signed(&self, newest: &Newest) -> String {
        self.frame.exactly(newest.signed_at)
    }
}

/// `GET /audit`.
pub async fn list(visit: Visit, asked: Query<Asked>) -> Shown {
    let (asked, app) = (asked.into_inner(), visit.app.clone());
    let html = visit
        .read(move |tx, frame| {
            let may = list::own::<act::ReadAudit>(tx)?;
            let filter = filter(tx, &asked)?;
            let paging = Paging { limit: None, cursor: asked.cursor.clone() };
            let mut page = list::list(tx, &may, &filter, &paging)?;
            page.items = veil::over(tx, page.items)?;
            let (is_whole, takes_all) = (list::whole(tx).is_ok(), list::everything(tx).is_ok());
            // Whoever reads but his own acts learns of nobody whether he is there.
            let is_unknown = is_whole && filter.about == Some(NOBODY);
            let newest = if is_whole { take::newest(tx, &app.signer)? } else { None };
            let next = page.next.clone().map(|cursor| address(&asked, &cursor));
            let rows = rows(tx, page, &frame)?;
            let acts = acts::ACTS.iter().map(|(name, say)| (*name, frame.say(&say()))).collect();
            let lead = frame.say(&match (takes_all, is_whole) {
                (true, _) if tx.actor.region.is_none() => say!("web.audit.lead_platform"),
                (true, _) => say!("web.audit.lead_all"),
                (false, true) => say!("web.audit.lead_part"),
                (false, false) => say!("web.audit.lead_own"),
            });
            render(&Log { frame, lead, newest, is_whole, takes_all, is_unknown, rows, asked, acts, next })
        })
        .await?;
    Ok(visit.page(200, html))
}

fn address(asked: &Asked, cursor: &str) -> String {
    const LOG: &str = "/audit?";
    let fields =
        [("action", asked.action.as_str()), ("person", &asked.person), ("day", &asked.day), ("cursor", cursor)];
    let mut address = url::form_urlencoded::Serializer::for_suffix(String::from(LOG), LOG.len());
    address.extend_pairs(fields.iter().filter(|(_, value)| !value.is_empty())).finish()
}

fn filter(tx: &mut Tx<'_>, asked: &Asked) -> Result<Filter> {
    let word = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    let fits = [&asked.action, &asked.person, &asked.day].iter().all(|text| text.chars().count() <= FIELD);
    let known = |text: String| worktime::day(&text).filter(|day| YEARS.contains(&day.year())).ok_or(Error::NotFound);
    let day = word(&asked.day).map(known).transpose()?;
    let day = day.map(|day| region::span(tx, day)).transpose()?;
    let about = match word(&asked.person).filter(|_| fits) {
        // Nobody of that name: there is no entry of his.
        Some(login) => Some(person::by_login(tx, tx.actor.region, &login)?.map_or(NOBODY, |p| p.id)),
        None => None,
    };
    if !fits {
        return Err(Error::NotFound);
    }
    let (since, before) = (day.map(|(since, _)| since), day.map(|(_, before)| before));
    Ok(Filter { action: word(&asked.action), about, since, before, ..Filter::default() })
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
            who: match row.actor_id {
                Some(_) => name(row.actor_id).unwrap_or_default(),
                None => signs_in.unwrap_or_else(|| frame.t("web.audit.program")),
            },
            action: row.action,
        }
    };
    Ok(page.items.into_iter().map(row).collect())
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
            let page = Page { items: vec![stored.clone()], next: None };
            let row = rows(tx, page, &frame)?.pop().ok_or(Error::NotFound)?;
            let leaf = stored.leaf.as_deref();
            let roles = roles(leaf, &frame);
            let leaf = leaf.map(|bytes| STANDARD.encode(bytes)).unwrap_or_default();
            let salt = stored.salt.as_deref().map(hex).unwrap_or_default();
            render(&Receipt { frame, row, roles, leaf, stored, salt, proof, newest })
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
