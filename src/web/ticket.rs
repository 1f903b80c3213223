//! A ticket: what it is, how it stands, what may be done now, what happened.

use super::form::{Form, Kind};
use super::frame::Frame;
use super::help::Help;
use super::history::{self, History};
use super::row::{Due, of_clock, plain};
use super::sent::Trial;
use super::ties::Ties;
use super::unsent;
use super::visit::{Shown, Visit};
use super::way::Way;
use super::{asked, done, edit, offer, render};
use crate::access::Tx;
use crate::access::policy::Action;
use crate::app::Caller;
use crate::catalog;
use crate::db::page::Paging;
use crate::db::{Id, Ts};
use crate::error::Result;
use crate::http;
use crate::org::person;
use crate::sla::Metric;
use crate::sla::explain::of_ticket;
use crate::sla::view::ClockView;
use crate::sla::waiver::{Waiver, of_ticket as of_waivers};
use crate::ticket::attach::{self, Attachment};
use crate::ticket::find::{TicketRef, read};
use crate::ticket::present::{self, Presented};
use crate::ticket::scope::sees_internal;
use crate::ticket::{Classification, Status};
use crate::{notice, say};
use actix_web::HttpRequest;
use actix_web::web::{Path, Query};
use askama::Template;
use serde::Deserialize;

/// Files that a page lists.
const FILES: i64 = 200;

/// A clock on the page.
struct Clock {
    name: String,
    due: Due,
    waived: bool,
    /// Missed, and nobody has asked that it be waived: whoever may asks for it.
    forgivable: Option<Metric>,
    /// "Why is it due then?", sentence by sentence.
    why: Vec<String>,
}

impl Clock {
    /// The form that names this metric is its own.
    fn is_asked_by(&self, metric: &str) -> bool {
        self.forgivable.is_some_and(|own| own.text() == metric)
    }
}

/// A wish that waits for the coordinator's decision.
struct Wish {
    id: Id,
    clock: String,
    reason: String,
}

#[derive(Template)]
#[template(path = "web/templates/ticket.html")]
struct Page {
    frame: Frame,
    p: Presented,
    /// Name of the service.
    service: Option<String>,
    plain: String,
    clocks: Vec<Clock>,
    wishes: Vec<Wish>,
    history: History,
    files: Vec<Attachment>,
    may: Vec<Action>,
    internal: bool,
    /// The requester's telephone, for whoever helps him; empty if none is known.
    phone: String,
    help: Help,
    /// The ticket's own fields, for whoever may set them right.
    edit: Option<Form>,
    /// What its requester is asked to do with the solution.
    confirm: Vec<Form>,
    /// What may be done besides, each with its form.
    acts: Vec<Form>,
    ties: Ties,
    trial: Trial,
    /// What was done just now.
    done: String,
    way: Way,
}

impl Page {
    /// What stands in a field of the answer: what was refused just now, else the draft.
    fn answer(&self, field: &str) -> &str {
        if self.trial.is("comment") {
            return self.trial.typed("comment", field);
        }
        self.help.draft.get(field).map_or("", String::as_str)
    }

    /// The answer is for staff alone: as was chosen, else to whoever of them asked.
    fn is_inward(&self) -> bool {
        match self.answer("visibility") {
            "" => self.help.question.is_some() && !self.is_own(),
            chosen => chosen == "internal",
        }
    }

    /// The reader's own trouble.
    fn is_own(&self) -> bool {
        self.p.ticket.requester_id == self.frame.me
    }

    /// Of the files those that are shown here.
    fn is_picture(file: &Attachment) -> bool {
        http::is_shown(&file.media_type) && !Self::is_paper(file)
    }

    /// Shown on a page of its own.
    fn is_paper(file: &Attachment) -> bool {
        file.media_type == "application/pdf"
    }

    fn may(&self, action: Action) -> bool {
        self.may.contains(&action)
    }

    fn answers(&self) -> bool {
        self.may(Action::CommentPublic) || self.may(Action::CommentInternal)
    }

    /// The form that was sent just now stands on the page as the ticket is now.
    fn is_offered(&self) -> bool {
        let typed = |field| self.trial.typed(&self.trial.act, field);
        match self.trial.act.as_str() {
            "comment" => self.answers(),
            "waiver" => self.may(Action::AskWaiver) && self.clocks.iter().any(|c| c.is_asked_by(typed("metric"))),
            "decide" => {
                self.may(Action::DecideWaiver) && self.wishes.iter().any(|w| w.id.to_string() == typed("waiver"))
            }
            act => {
                let mut forms = self.confirm.iter().chain(&self.acts).chain(&self.ties.forms).chain(&self.edit);
                forms.any(|form| form.id == act)
            }
        }
    }

    /// What was typed into a form that is not there any more.
    fn unsent(&self) -> Vec<(String, String)> {
        if self.is_offered() {
            return Vec::new();
        }
        unsent::typed(&self.trial.act, &self.trial.sent, self.frame.language)
    }

    /// What is wrong with the form that was sent just now.
    fn message(&self) -> Option<String> {
        let is_gone = self.trial.is_stale() && !self.is_offered();
        if is_gone { Some(self.frame.t("web.unsent.stale")) } else { self.trial.message.clone() }
    }

    /// That something was taken, at the place of the page where one goes on.
    fn done(&self, place: &str) -> Option<String> {
        done::told(&self.done, &self.p, &self.frame).filter(|(there, _)| *there == place).map(|(_, words)| words)
    }

    /// The page with what came before its oldest line.
    fn before(&self, older: &str) -> String {
        asked::with(&self.way.here, &format!("before={older}"))
    }

    /// Its requester may say in his answer that it is not solved.
    fn doubts(&self) -> bool {
        self.may(Action::Reopen) && self.is_own()
    }

    fn secret(&self) -> bool {
        self.p.ticket.classification == Classification::Secret
    }
}

/// What a page of a ticket shows of it.
#[derive(Debug, Default, Deserialize)]
pub struct Asked {
    /// The history before this place; empty for its newest.
    #[serde(default)]
    before: String,
    /// What was done just now.
    #[serde(default)]
    done: String,
    /// The filter of the queue that one comes from.
    #[serde(default)]
    from: String,
    /// Nobody looks at the page yet.
    #[serde(skip)]
    is_ahead: bool,
}

/// `GET /tickets/{number}`.
pub async fn show(visit: Visit, number: Path<String>, asked: Query<Asked>, request: HttpRequest) -> Shown {
    let asked = Asked { is_ahead: http::is_ahead(&request), ..asked.into_inner() };
    shown(&visit, &number, asked, Trial::new()).await
}

/// The ticket as it is now, with a form that was refused.
pub async fn again(visit: &Visit, number: &str, trial: Trial) -> Shown {
    shown(visit, number, Asked { from: asked::left(visit), ..Asked::default() }, trial).await
}

async fn shown(visit: &Visit, number: &str, asked: Asked, trial: Trial) -> Shown {
    let (which, status) = (TicketRef::parse(number, None), trial.status);
    let (html, unread) = visit.read(move |tx, frame| page(tx, frame, &which, asked, trial)).await?;
    if let Some((ticket, until)) = unread {
        note_read(visit, ticket, until).await;
    }
    Ok(visit.page(status, html))
}

/// Whoever looks at a ticket has read what he was told of it until then. The page is his even if that can't be noted.
async fn note_read(visit: &Visit, ticket: Id, until: Ts) {
    let note = async {
        let caller = Caller::Token(visit.claims()?);
        visit.app.write(caller, visit.origin.clone(), move |tx| notice::read_until(tx, Some(ticket), until)).await
    };
    if let Err(error) = note.await {
        http::log(&error);
    }
}

/// The page, and what is read with it if it was not yet.
fn page(
    tx: &mut Tx<'_>,
    frame: Frame,
    which: &TicketRef,
    asked: Asked,
    trial: Trial,
) -> Result<(String, Option<(Id, Ts)>)> {
    let ticket = read(tx, which)?.into_inner();
    let unread = (!asked.is_ahead && notice::is_unread(tx, ticket.id)?).then_some((ticket.id, tx.now));
    let frame = if unread.is_some() { frame.with_read(tx, ticket.id)? } else { frame };
    let internal = sees_internal(tx, &ticket);
    let way = Way::of(tx, &ticket, &asked.from, !asked.done.is_empty())?;
    let before = Some(asked.before).filter(|place| !place.is_empty());
    let history = history::of(tx, &ticket, internal, before, &frame)?;
    let files = attach::list(tx, ticket.id, internal, &Paging { limit: Some(FILES), cursor: None })?.items;
    let may = offer::offered(tx, &ticket);
    let help = Help::of(tx, &ticket, &may, &frame)?;
    let p = present::one(tx, ticket)?;
    let edit = if may.contains(&Action::Edit) { Some(edit::form(tx, &frame, &p, &trial)?) } else { None };
    let (confirm, acts) = confirming(offer::forms(tx, &frame, &p, &may, &trial)?, &frame, &p, &trial);
    let ties = Ties::of(tx, &frame, &p.ticket, internal, &trial)?;
    let (clocks, wishes) = clocks(tx, &frame, &p, internal)?;
    let plain = plain(&p, &frame);
    let phone = if internal { person::by_id(tx, p.ticket.requester_id)?.phone } else { None };
    let service = p.ticket.service_id.map(|id| catalog::by_id(tx, id).map(|s| s.name)).transpose()?;
    let html = render(&Page {
        frame,
        p,
        service,
        plain,
        clocks,
        wishes,
        history,
        files,
        may,
        internal,
        phone: phone.unwrap_or_default(),
        help,
        edit,
        confirm,
        acts,
        ties,
        trial,
        done: asked.done,
        way,
    })?;
    Ok((html, unread))
}

/// What the requester of a solved ticket is asked to do, which is open at once, and what may be done besides.
fn confirming(forms: Vec<Form>, frame: &Frame, p: &Presented, trial: &Trial) -> (Vec<Form>, Vec<Form>) {
    let is_asked = p.ticket.status == Status::Resolved && p.ticket.requester_id == frame.me;
    let (mut confirm, acts): (Vec<_>, Vec<_>) =
        forms.into_iter().partition(|form| is_asked && matches!(form.id, "close" | "reopen"));
    if let Some(close) = confirm.iter_mut().find(|form| form.id == "close" && trial.act.is_empty()) {
        close.is_open = true;
    }
    (confirm, acts)
}

/// The clocks that the reader is shown, and the wishes that wait for a decision.
fn clocks(tx: &mut Tx<'_>, frame: &Frame, p: &Presented, internal: bool) -> Result<(Vec<Clock>, Vec<Wish>)> {
    let explained = of_ticket(tx, p.ticket.id, internal, frame.language)?;
    let mut waivers = if internal { of_waivers(tx, p.ticket.id)? } else { Vec::new() };
    waivers.retain(|(waiver, _)| waiver.granted.is_none());
    let wanted: Vec<Metric> = waivers.iter().map(|(_, of)| *of).collect();
    let wish = |(w, of): (Waiver, Metric)| Wish {
        id: w.id,
        clock: frame.say(&of.named(&frame.terms.tier2)),
        reason: w.reason,
    };
    let wishes = waivers.into_iter().map(wish).collect();
    let newest = p.sla.iter().flat_map(|s| &s.clocks).map(|clock| (clock, false));
    let before = p.sla.iter().flat_map(|s| &s.missed_before).map(|clock| (clock, true));
    let name = |clock: &ClockView, is_earlier| {
        let name = frame.say(&clock.metric.named(&frame.terms.tier2));
        if is_earlier { frame.say(&say!("web.ticket.earlier", clock = name, cycle = clock.cycle)) } else { name }
    };
    let shown = newest.chain(before).filter(|(c, _)| internal || is_for_requester(c));
    let clock = |(clock, is_earlier): (&ClockView, bool)| Clock {
        name: name(clock, is_earlier),
        due: of_clock(clock, p.ticket.pending_until, frame),
        // Of one that goes on that is all there is to say, and said already.
        waived: clock.waived && clock.stopped_at.is_some(),
        forgivable: Some(clock.metric)
            .filter(|metric| clock.breached_at.is_some() && !clock.waived && !wanted.contains(metric)),
        why: explained.iter().find(|e| e.id == clock.id).map(|e| e.sentences.clone()).unwrap_or_default(),
    };
    Ok((shown.map(clock).collect(), wishes))
}

/// What was promised to the organisation; the legs between the desks are theirs.
fn is_for_requester(clock: &ClockView) -> bool {
    matches!(clock.metric, Metric::FirstResponse | Metric::Resolution)
}
