//! Reporting trouble, in two steps: what it is about, and what happens.

use super::frame::Frame;
use super::queue::Row;
use super::sent::{Sent, Trial};
use super::upload::Upload;
use super::visit::{Shown, Visit};
use super::{render, see};
use crate::access::{Role, Tx};
use crate::catalog::{self, Impact, Kind, Service, Urgency};
use crate::db::page::Paging;
use crate::error::{Error, Result};
use crate::say;
use crate::ticket::find::{TicketRef, find};
use crate::ticket::list::{Filter, list};
use crate::ticket::{Channel, Status, attach, open, present};
use actix_multipart::Multipart;
use actix_web::web::Query;
use askama::Template;
use serde::Deserialize;

/// Services that a page offers.
const SERVICES: i64 = 200;
/// Own open tickets that it reminds of.
const REMINDED: i64 = 5;

/// Which service; none yet in the first step.
#[derive(Debug, Default, Deserialize)]
pub struct Chosen {
    service: Option<String>,
}

#[derive(Template)]
#[template(path = "web/templates/services.html")]
struct Services {
    frame: Frame,
    offered: Vec<Service>,
    open: Vec<Row>,
}

#[derive(Template)]
#[template(path = "web/templates/report.html")]
struct Page {
    frame: Frame,
    /// None: something else.
    service: Option<Service>,
    kinds: Vec<Kind>,
    open: Vec<Row>,
    /// May report for somebody else.
    for_others: bool,
    trial: Trial,
}

impl Page {
    fn code(&self) -> &str {
        self.service.as_ref().map_or("", |s| s.code.as_str())
    }

    fn chosen(&self, field: &str, option: &str) -> &'static str {
        if self.trial.typed("report", field) == option { " selected" } else { "" }
    }
}

/// `GET /report`.
pub async fn form(visit: Visit, chosen: Query<Chosen>) -> Shown {
    let html = match chosen.into_inner().service {
        None => visit.read(services).await?,
        Some(code) => visit.read(move |tx, frame| describe(tx, frame, &code, Trial::new())).await?,
    };
    Ok(visit.page(200, html))
}

/// Whoever could send nothing is not shown a form either.
fn may_report(frame: &Frame) -> Result<()> {
    if frame.may_report { Ok(()) } else { Err(Error::Forbidden(say!("forbidden.action"))) }
}

fn services(tx: &mut Tx<'_>, frame: Frame) -> Result<String> {
    may_report(&frame)?;
    let offered = catalog::list(tx, &Paging { limit: Some(SERVICES), cursor: None })?.items;
    let open = own_open(tx, None, &frame)?;
    render(&Services { frame, offered, open })
}

fn describe(tx: &mut Tx<'_>, frame: Frame, code: &str, trial: Trial) -> Result<String> {
    may_report(&frame)?;
    let service = if code.is_empty() { None } else { Some(catalog::known(tx, code)?) };
    let takes = |kind: &Kind| service.as_ref().is_none_or(|s| s.takes(*kind));
    let kinds = Kind::ALL.iter().copied().filter(takes).collect();
    let open = own_open(tx, service.as_ref().map(|s| s.code.clone()), &frame)?;
    let for_others = [Role::Tier1, Role::Tier2, Role::Coordinator].iter().any(|role| tx.actor.is(*role));
    render(&Page { frame, service, kinds, open, for_others, trial })
}

/// What one has reported already and waits for, so that nobody reports it twice.
fn own_open(tx: &mut Tx<'_>, service: Option<String>, frame: &Frame) -> Result<Vec<Row>> {
    let Some(me) = tx.actor.person else { return Ok(Vec::new()) };
    let status = vec![Status::New, Status::InProgress, Status::Pending];
    let filter = Filter { status, service, requester: Some(me), ..Filter::default() };
    let page = list(tx, &filter, &Paging { limit: Some(REMINDED), cursor: None })?;
    Ok(present::all(tx, page.items)?.into_iter().map(|p| Row::new(p, frame)).collect())
}

/// `POST /report`: the ticket and its files, or neither.
pub async fn send(visit: Visit, form: Multipart) -> Shown {
    let upload = Upload::receive(&visit, form).await.map_err(|e| visit.fault(e))?;
    let (sent, files) = (upload.sent, upload.files);
    let most = visit.app.config.limits.attachments_per_ticket;
    let form = sent.clone();
    let done = visit
        .write(&sent, move |tx| {
            let ticket = open::open(tx, &asked(&form)?)?;
            for file in &files {
                let which = TicketRef::id(ticket.id);
                let ticket = find(tx, &which)?;
                attach::public(tx, ticket, file, most)?;
            }
            Ok(format!("/tickets/{}", ticket.number))
        })
        .await;
    let error = match done {
        Ok(place) => return Ok(see(&place)),
        Err(error) => error,
    };
    let code = sent.get("service").to_owned();
    let trial = Trial::refused("report", sent, error, visit.language).map_err(|e| visit.fault(e))?;
    let status = trial.status;
    let html = visit.read(move |tx, frame| describe(tx, frame, &code, trial)).await?;
    Ok(visit.page(status, html))
}

fn asked(sent: &Sent) -> Result<open::New> {
    let kind = sent.word("kind", Kind::from_text)?.unwrap_or(Kind::Incident);
    let (impact, urgency) = felt(sent.get("felt"))?;
    Ok(open::New {
        kind,
        subject: sent.get("subject").trim().to_owned(),
        description: sent.get("description").to_owned(),
        service: sent.maybe("service"),
        impact,
        urgency,
        classification: None,
        on_behalf_of: sent.maybe("on_behalf_of"),
        opd: None,
        channel: sent.word("channel", Channel::from_text)?.or(Some(Channel::Web)),
    })
}

/// How bad it is in words that a reporter can answer; left open, the service's own values hold.
fn felt(word: &str) -> Result<(Option<Impact>, Option<Urgency>)> {
    match word {
        "" => Ok((None, None)),
        "everybody" => Ok((Some(Impact::High), Some(Urgency::High))),
        "unit" => Ok((Some(Impact::Medium), Some(Urgency::High))),
        "me" => Ok((Some(Impact::Low), Some(Urgency::Medium))),
        "later" => Ok((Some(Impact::Low), Some(Urgency::Low))),
        _ => Err(Error::invalid("/felt", say!("web.choose"))),
    }
}
