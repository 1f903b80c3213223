//! Reporting trouble, in two steps: what it is about, and what happens.

use super::fault::Fault;
use super::frame::Frame;
use super::row::Row;
use super::sent::{Sent, Trial};
use super::similar::{Solved, solved};
use super::upload::{self, Posted, Upload};
use super::visit::{Shown, Visit};
use super::whom::{self, Whom};
use super::{choices, render, see, unsent};
use crate::access::policy::{Action, Verdict, decide};
use crate::access::{Role, Subject as _, Tx};
use crate::catalog::{self, Impact, Kind, Service, Urgency};
use crate::db::page::Paging;
use crate::desk::draft::{self, About, Words};
use crate::error::{Error, Result};
use crate::org::on_behalf;
use crate::say;
use crate::ticket::attach::{self, Turn};
use crate::ticket::find::{TicketRef, find};
use crate::ticket::list::{Filter, Sort, list};
use crate::ticket::{Channel, Classification, Status, open, present};
use actix_web::HttpResponse;
use actix_web::web::Query;
use askama::Template;
use serde::Deserialize;

/// Own open tickets about a service that it reminds of.
const REMINDED: i64 = 5;
/// Own open tickets above all services, which come second on a small screen.
const ABOVE: i64 = 3;
/// Services that the reporter comes for again.
const RECENT: usize = 3;
/// Own tickets in which they are looked for.
const LOOKED_THROUGH: i64 = 20;

/// Which service; none yet in the first step.
#[derive(Debug, Default, Deserialize)]
pub struct Chosen {
    service: Option<String>,
}

#[derive(Template)]
#[template(path = "web/templates/services.html")]
struct Services {
    frame: Frame,
    /// Those that the reporter came for last.
    recent: Vec<Service>,
    /// All others, by name.
    offered: Vec<Service>,
    open: Vec<Row>,
}

#[derive(Template)]
#[template(path = "web/templates/report.html")]
struct Page {
    frame: Frame,
    /// Code of the service that was chosen.
    asked: String,
    /// None: something else.
    service: Option<Service>,
    kinds: Vec<Kind>,
    open: Vec<Row>,
    /// What was solved for the reporter before, with the same words.
    similar: Vec<Solved>,
    /// What he has typed and not sent.
    draft: Words,
    /// Code and name of each organisation of which it may be his; none to choose from if there is only one.
    opds: Vec<(String, String)>,
    /// The one that is chosen unless he chooses another: that for which alone the service is.
    opd: String,
    /// May report for somebody else.
    for_others: bool,
    /// Of no organisation himself, so that it is always somebody else's.
    only_for_others: bool,
    /// Those whom he may mean by what he typed.
    whom: Whom,
    trial: Trial,
}

impl Page {
    /// What stands in a field: what was refused just now, else the draft.
    fn typed(&self, field: &str) -> &str {
        if self.trial.is("report") {
            return self.trial.typed("report", field);
        }
        self.draft.get(field).map_or("", String::as_str)
    }

    fn code(&self) -> &str {
        self.service.as_ref().map_or("", |s| s.code.as_str())
    }

    /// What was chosen is not offered any more.
    fn is_gone(&self) -> bool {
        self.service.is_none() && !self.asked.is_empty()
    }

    fn is_own(&self, opd: &str) -> bool {
        let typed = self.typed("opd");
        opd == if typed.is_empty() { self.opd.as_str() } else { typed }
    }

    fn chosen(&self, field: &str, option: &str) -> &'static str {
        if self.typed(field) == option { " selected" } else { "" }
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
pub(super) fn may_report(frame: &Frame) -> Result<()> {
    if frame.may_report { Ok(()) } else { Err(Error::Forbidden(say!("forbidden.action"))) }
}

fn services(tx: &mut Tx<'_>, frame: Frame) -> Result<String> {
    may_report(&frame)?;
    let mut offered = choices::whole(tx, catalog::list)?;
    offered.sort_by_cached_key(|service| service.name.to_lowercase());
    let recent = recent(tx, &mut offered)?;
    let open = own_open(tx, None, ABOVE, &frame)?;
    render(&Services { frame, recent, offered, open })
}

/// Takes out of what is offered what the reporter came for last, the latest first.
fn recent(tx: &mut Tx<'_>, offered: &mut Vec<Service>) -> Result<Vec<Service>> {
    let Some(me) = tx.actor.person else { return Ok(Vec::new()) };
    let filter = Filter { requester: Some(me), sort: Some(Sort::Newest), ..Filter::default() };
    let own = list(tx, &filter, &Paging { limit: Some(LOOKED_THROUGH), cursor: None })?.items;
    let mut recent = Vec::new();
    for id in own.into_iter().filter_map(|ticket| ticket.service_id) {
        if let Some(at) = offered.iter().position(|service| service.id == id && recent.len() < RECENT) {
            recent.push(offered.remove(at));
        }
    }
    Ok(recent)
}

fn describe(tx: &mut Tx<'_>, mut frame: Frame, code: &str, trial: Trial) -> Result<String> {
    may_report(&frame)?;
    if trial.is("report") {
        // A form that was refused stands at an address that leads to the first step.
        frame.back = format!("/report?service={}", encoded(code));
    }
    let draft = draft::own(tx, &About::Report(code.to_owned()))?;
    let service = chosen(tx, code, trial.is("report") || draft.at.is_some())?;
    let takes = |kind: &Kind| service.as_ref().is_none_or(|s| s.takes(*kind));
    let kinds = Kind::ALL.iter().copied().filter(takes).collect();
    let open = own_open(tx, service.as_ref().map(|s| s.code.clone()), REMINDED, &frame)?;
    let subject = if trial.is("report") { trial.typed("report", "subject") } else { text_of(&draft, "subject") };
    let similar = solved(tx, subject, service.as_ref())?;
    let for_others = [Role::Tier1, Role::Tier2, Role::Coordinator].iter().any(|role| tx.actor.is(*role));
    let only_for_others = only_for_others(tx);
    let named =
        if trial.is("report") { trial.typed("report", "on_behalf_of") } else { text_of(&draft, "on_behalf_of") };
    // Whoever asks for people all the same is refused.
    let is_asked = for_others || trial.is_weighed("report");
    let whom = if is_asked { Whom::offered(tx, named, trial.typed("report", "person"))? } else { Whom::default() };
    let (opds, opd) = own_opds(tx, service.as_ref())?;
    let asked = code.to_owned();
    let page = Page {
        frame,
        asked,
        service,
        kinds,
        open,
        similar,
        draft,
        opds,
        opd,
        for_others,
        only_for_others,
        whom,
        trial,
    };
    render(&page)
}

/// Code and name of each of the reporter's organisations if there are several, in the order in which one is taken where
/// none is named; and the code of that for which alone the service is.
fn own_opds(tx: &mut Tx<'_>, service: Option<&Service>) -> Result<(Vec<(String, String)>, String)> {
    let me = tx.actor.clone();
    let own = on_behalf::opds_of(tx, &me)?;
    let only = own.iter().find(|opd| service.is_some_and(|s| s.only_opd_id == Some(opd.id)));
    let only = only.map(|opd| opd.code.clone()).unwrap_or_default();
    let all: Vec<_> = own.into_iter().map(|opd| (opd.code, opd.name)).collect();
    Ok(if all.len() > 1 { (all, only) } else { (Vec::new(), String::new()) })
}

/// The service of a form; none for one that ended while its form was filled in, so that its words are shown.
pub(super) fn chosen(tx: &mut Tx<'_>, code: &str, has_words: bool) -> Result<Option<Service>> {
    if code.is_empty() {
        return Ok(None);
    }
    match catalog::known(tx, code) {
        Err(Error::NotFound) if has_words => Ok(None),
        service => service.map(Some),
    }
}

/// A ticket is an organisation's; whoever is of none opens those of others.
fn only_for_others(tx: &Tx<'_>) -> bool {
    tx.actor.grants.iter().all(|grant| grant.opd.is_none())
}

fn encoded(code: &str) -> String {
    url::form_urlencoded::byte_serialize(code.as_bytes()).collect()
}

fn text_of<'a>(draft: &'a Words, field: &str) -> &'a str {
    draft.get(field).map_or("", String::as_str)
}

/// `POST /report/draft`: keeps what is typed, and shows what was solved before.
pub async fn draft(visit: Visit, sent: Sent) -> Shown {
    let form = sent.clone();
    let done = visit
        .write(&sent, move |tx| {
            draft::keep_report(tx, form.get("service"), |field| form.get(field))?;
            Ok(format!("/report?service={}", encoded(form.get("service"))))
        })
        .await;
    match done {
        // The script stays where it is.
        Ok(_) if sent.get("quiet") == "1" => Ok(HttpResponse::NoContent().finish()),
        Ok(place) => Ok(see(&place)),
        Err(error) => again(&visit, sent, error).await,
    }
}

/// What one has reported already and waits for, so that nobody reports it twice.
fn own_open(tx: &mut Tx<'_>, service: Option<String>, most: i64, frame: &Frame) -> Result<Vec<Row>> {
    let Some(me) = tx.actor.person else { return Ok(Vec::new()) };
    let status = Status::OPEN.to_vec();
    let filter = Filter { status, service, requester: Some(me), ..Filter::default() };
    let page = list(tx, &filter, &Paging { limit: Some(most), cursor: None })?;
    Ok(present::all(tx, page.items)?.into_iter().map(|p| Row::new(p, frame)).collect())
}

/// `POST /report`: the ticket and its files, or neither.
pub async fn send(visit: Visit, form: Posted) -> Shown {
    match visit.read(|_, frame| may_report(&frame)).await {
        Ok(()) => {}
        Err(fault) if fault.needs_sign_in() => return Err(fault.with(upload::left_behind(visit, form, "report").await)),
        Err(fault) => return Err(fault),
    }
    let limits = visit.app.config.limits.clone();
    let room = limits.clone();
    let may_add = Box::pin(visit.fetch(move |tx| attach::refuse_too_much(tx, 0, &room)));
    let upload = match Upload::receive(&visit, form, may_add).await {
        Ok(upload) => upload,
        Err((sent, error)) => return again(&visit, sent, error).await,
    };
    let (sent, form) = (upload.sent.clone(), upload.sent.clone());
    let done = upload
        .write(&visit, move |tx, files| {
            let new = asked(&form)?;
            if new.on_behalf_of.is_none() && only_for_others(tx) {
                return Err(whom::needed());
            }
            let turn = Turn::take(tx, files, &limits)?;
            let ticket = open::open(tx, &new)?;
            for file in files {
                let which = TicketRef::id(ticket.id);
                let ticket = find(tx, &which)?;
                attach::along(tx, ticket, file, &turn)?;
            }
            draft::forget(tx, &About::Report(form.get("service").to_owned()))?;
            // Tier 2 opens tickets for others that go to a desk whose tickets it does not see.
            Ok(match decide(&tx.actor, Action::Read, &ticket.facts()) {
                Verdict::Yes => format!("/tickets/{}?done=reported#done", ticket.number),
                Verdict::No | Verdict::Unseen => "/tickets?gone=reported".to_owned(),
            })
        })
        .await;
    match done {
        Ok(place) => Ok(visit.taken(&sent, &place)),
        Err(error) => again(&visit, sent, error).await,
    }
}

/// The form with what is wrong with it.
pub(super) async fn again(visit: &Visit, sent: Sent, error: Error) -> Shown {
    let (code, unsent) = (sent.get("service").to_owned(), unsent::own(visit, "report", &sent));
    let shown = async {
        let trial = Trial::refused("report", sent, error, visit.language).map_err(|e| visit.fault(e))?;
        filled(visit, code, trial).await
    };
    shown.await.map_err(|fault: Fault| fault.with(unsent))
}

/// The form for this service as it was filled in.
pub(super) async fn filled(visit: &Visit, code: String, trial: Trial) -> Shown {
    let status = trial.status;
    let html = visit.read(move |tx, frame| describe(tx, frame, &code, trial)).await?;
    Ok(visit.page(status, html))
}

fn asked(sent: &Sent) -> Result<open::New> {
    let kind = sent.word("kind", Kind::from_text)?.unwrap_or(Kind::Incident);
    let (impact, urgency) = felt(sent.get("felt"))?;
    let on_behalf_of = whom::meant(sent);
    Ok(open::New {
        kind,
        subject: sent.get("subject").trim().to_owned(),
        description: sent.get("description").to_owned(),
        service: sent.maybe("service"),
        impact,
        urgency,
        classification: (sent.get("secret") == "yes").then_some(Classification::Secret),
        // The reporter's own; of somebody else's he chooses none.
        opd: sent.maybe("opd").filter(|_| on_behalf_of.is_none()),
        on_behalf_of,
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
