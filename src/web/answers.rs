//! Canned answers: the page that keeps them, one of them filled for a ticket, and the draft into which it goes.

use super::frame::Frame;
use super::queue::{Choice, desks};
use super::sent::{Sent, Trial};
use super::sure::Sure;
use super::visit::{Shown, Visit};
use super::{asked, render, see, unsent};
use crate::access::policy::Desk;
use crate::access::{Tx, act, check};
use crate::db::page::Paging;
use crate::db::{Id, Ts};
use crate::desk::answer::{self, Answer, Change};
use crate::desk::{draft, place};
use crate::error::{Error, Result};
use crate::ticket::find::{TicketRef, read};
use crate::ticket::present;
use actix_web::HttpResponse;
use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::Path;
use askama::Template;
use url::form_urlencoded::{Serializer, parse};

/// Answers that a page lists.
const LISTED: i64 = 200;

/// An answer on its page.
struct Line {
    id: Id,
    name: String,
    body: String,
    /// Shared with a desk.
    shared: bool,
}

#[derive(Template)]
#[template(path = "web/templates/answers.html")]
struct Page {
    frame: Frame,
    answers: Vec<Line>,
    desks: Vec<Choice>,
    /// The one that is being changed; none for a new one.
    id: Option<Id>,
    /// What its fields hold.
    name: String,
    body: String,
    desk: String,
    /// When the one that is being changed was last changed; empty for a new one.
    seen: String,
    trial: Trial,
    /// One that is to be removed.
    sure: Option<Sure>,
    /// The ticket from whose page one came: its place and number.
    back: Option<(String, String)>,
    /// The same as it stands in an address.
    query: String,
}

/// The page of a ticket from which one comes to the answers, as it stands in their address.
#[must_use]
pub fn from(ticket: &str) -> String {
    format!("?{}", Serializer::new(String::new()).append_pair("back", ticket).finish())
}

/// The same as the address says it: place and number. Nothing else is a way back.
fn back(visit: &Visit) -> Option<(String, String)> {
    let (_, fields) = visit.place.split_once('?')?;
    let (_, place) = parse(fields.as_bytes()).find(|(name, _)| name == "back")?;
    let number = place.strip_prefix("/tickets/")?.split('?').next()?.to_owned();
    let is_number = !number.is_empty() && number.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'-');
    is_number.then(|| (place.into_owned(), number))
}

/// All answers, from where one comes back to where one came from.
fn all(visit: &Visit) -> String {
    format!("/answers{}", back(visit).map(|(place, _)| from(&place)).unwrap_or_default())
}

/// `GET /answers`.
pub async fn list(visit: Visit) -> Shown {
    shown(&visit, None, Trial::new(), None).await
}

/// `GET /answers/{id}`.
pub async fn form(visit: Visit, id: Path<String>) -> Shown {
    shown(&visit, Some(id.into_inner()), Trial::new(), None).await
}

async fn shown(visit: &Visit, id: Option<String>, trial: Trial, sure: Option<Sure>) -> Shown {
    let (status, back) = (trial.status, back(visit));
    let query = back.as_ref().map(|(place, _)| from(place)).unwrap_or_default();
    let html = visit
        .read(move |tx, frame| render(&Page { sure, back, query, ..page(tx, frame, id.as_deref(), trial)? }))
        .await?;
    Ok(visit.page(status, html))
}

fn page(tx: &mut Tx<'_>, frame: Frame, id: Option<&str>, trial: Trial) -> Result<Page> {
    // Whoever could keep none is not shown a form either.
    let tool = place::Tool { region: tx.actor.region()?, owner: tx.actor.person()?, desk: Desk::Own };
    check::<act::KeepAnswer, _>(&tx.actor, tool)?;
    let desks = desks(tx, &frame)?;
    let listed = answer::list(tx, &Paging { limit: Some(LISTED), cursor: None })?.items;
    let line = |a: Answer| Line { id: a.id, shared: a.shared_with() != Desk::Own, name: a.name, body: a.body };
    let (id, seen, mut fields) = match id {
        None => (None, String::new(), (String::new(), String::new(), "own".to_owned())),
        Some(id) => {
            let found = answer::find::<act::KeepAnswer>(tx, id.parse().map_err(|_| Error::NotFound)?)?.into_inner();
            let desk = place::words(tx, &[found.shared_with()])?.pop().unwrap_or_default();
            (Some(found.id), found.updated_at.text(), (found.name, found.body, desk))
        }
    };
    if trial.is("answer") {
        let sent = |name| trial.sent.get(name).to_owned();
        fields = (sent("name"), sent("body"), sent("desk"));
    }
    let (name, body, desk) = fields;
    let answers = listed.into_iter().map(line).collect();
    let (sure, back, query) = (None, None, String::new());
    Ok(Page { frame, answers, desks, id, name, body, desk, seen, trial, sure, back, query })
}

/// `POST /answers`.
pub async fn create(visit: Visit, sent: Sent) -> Shown {
    let (form, onwards) = (sent.clone(), all(&visit));
    let done = visit
        .write(&sent, move |tx| {
            let desk = place::chosen(tx, form.maybe("desk").as_deref())?;
            answer::create(tx, form.get("name"), form.get("body"), desk)?;
            Ok(onwards.clone())
        })
        .await;
    answered(&visit, None, sent, done).await
}

/// `POST /answers/{id}`.
pub async fn change(visit: Visit, id: Path<String>, sent: Sent) -> Shown {
    let (id, form) = (id.into_inner(), sent.clone());
    let (which, onwards) = (id.clone(), all(&visit));
    let done = visit
        .write(&sent, move |tx| {
            let found = answer::find(tx, which.parse().map_err(|_| Error::NotFound)?)?;
            let desk = Some(place::chosen(tx, form.maybe("desk").as_deref())?);
            let (name, body) = (Some(form.get("name").to_owned()), Some(form.get("body").to_owned()));
            let seen = Ts::read(form.get("seen"));
            answer::change(tx, found, &Change { name, body, desk, seen })?;
            Ok(onwards.clone())
        })
        .await;
    answered(&visit, Some(id), sent, done).await
}

async fn answered(visit: &Visit, id: Option<String>, sent: Sent, done: Result<String>) -> Shown {
    match done {
        Ok(place) => Ok(see(&place)),
        Err(error) => {
            let trial = Trial::refused_of_data("answer", sent, error, visit.language).map_err(|e| visit.fault(e))?;
            shown(visit, id, trial, None).await
        }
    }
}

/// `POST /answers/{id}/remove`, once it was asked about.
pub async fn remove(visit: Visit, id: Path<String>, sent: Sent) -> Shown {
    let (id, onwards) = (id.into_inner(), all(&visit));
    if sent.get("step") != "keep" {
        let asked = id.parse().map_err(|_| visit.fault(Error::NotFound))?;
        let found = visit.ask(&sent, move |tx| answer::find::<act::KeepAnswer>(tx, asked)).await;
        let answer = found.map_err(|e| visit.fault(e))?.into_inner();
        let sure = Sure::of(&answer.name, answer.shared_with(), visit.place.clone(), "", onwards, visit.language);
        return shown(&visit, None, Trial::weighed("remove", sent), Some(sure)).await;
    }
    let done = visit
        .write(&sent, move |tx| {
            let found = answer::find(tx, id.parse().map_err(|_| Error::NotFound)?)?;
            answer::remove(tx, found)?;
            Ok(onwards.clone())
        })
        .await;
    done.map(|place| see(&place)).map_err(|e| visit.fault(e))
}

/// `GET /tickets/{number}/answers/{id}`: the text alone, for the script.
pub async fn filled(visit: Visit, place: Path<(String, String)>) -> Shown {
    let (number, id) = place.into_inner();
    let text = visit.read(move |tx, _| fill(tx, &TicketRef::parse(&number, None), &id)).await?;
    Ok(HttpResponse::Ok().insert_header((CONTENT_TYPE, "text/plain; charset=utf-8")).body(text))
}

fn fill(tx: &mut Tx<'_>, which: &TicketRef, id: &str) -> Result<String> {
    let ticket = read(tx, which)?.into_inner();
    let found = answer::find(tx, id.parse().map_err(|_| Error::NotFound)?)?;
    let presented = present::one(tx, ticket)?;
    answer::filled(tx, &found, &presented)
}

/// `POST /tickets/{number}/draft`: keeps what is typed, with a canned answer behind it if one was chosen.
pub async fn draft(visit: Visit, number: Path<String>, sent: Sent) -> Shown {
    let (number, form) = (number.into_inner(), sent.clone());
    let (which, from) = (TicketRef::parse(&number, None), asked::left(&visit));
    let done = visit
        .write(&sent, move |tx| {
            let ticket = read(tx, &which)?.into_inner();
            let ticket = check::<act::CommentPublic, _>(&tx.actor, ticket)?;
            let mut body = form.get("body").to_owned();
            if let Some(id) = form.maybe("answer") {
                let text = fill(tx, &which, &id)?;
                body = if body.trim().is_empty() { text } else { format!("{}\n\n{text}", body.trim_end()) };
            }
            draft::keep_answer(tx, &ticket, &body, form.get("visibility"))?;
            Ok(format!("{}#answer", asked::ticket(&ticket.get().number, &from)))
        })
        .await;
    match done {
        // The script stays where it is.
        Ok(_) if sent.get("quiet") == "1" => Ok(HttpResponse::NoContent().finish()),
        Ok(place) => Ok(see(&place)),
        Err(Error::Invalid(faults)) => {
            let trial = Trial::refused("comment", sent, Error::Invalid(faults), visit.language);
            super::ticket::again(&visit, &number, trial.map_err(|e| visit.fault(e))?).await
        }
        Err(error) => Err(visit.fault(error).with(unsent::own(&visit, "comment", &sent))),
    }
}
