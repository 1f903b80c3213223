//! A ticket: what it is, how it stands, what may be done now, what happened.

use super::fault::Fault;
use super::form::{Field, Form, Kind};
use super::frame::Frame;
use super::history::{self, Line};
use super::row::{Due, of_clock, plain};
use super::sent::Trial;
use super::ties::Ties;
use super::visit::{Shown, Visit};
use super::{edit, news, render};
use crate::access::policy::{Action, Verdict, decide};
use crate::access::{Role, Subject, Tx, act, check};
use crate::catalog;
use crate::db::Id;
use crate::db::page::Paging;
use crate::desk::draft::{self, About, Words};
use crate::desk::{answer, presence};
use crate::error::{Error, Result};
use crate::http;
use crate::org::{grant, person};
use crate::say;
use crate::sla::Metric;
use crate::sla::explain::of_ticket;
use crate::sla::view::ClockView;
use crate::sla::waiver::of_ticket as of_waivers;
use crate::ticket::attach::{self, Attachment};
use crate::ticket::find::{TicketRef, read};
use crate::ticket::present::{self, Presented};
use crate::ticket::scope::sees_internal;
use crate::ticket::{Classification, Move, Ticket};
use actix_web::web::Path;
use askama::Template;

/// Files that a page lists.
const FILES: i64 = 200;
/// Canned answers to choose from.
const ANSWERS: i64 = 100;

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
    history: Vec<Line>,
    files: Vec<Attachment>,
    /// Who may be given the ticket.
    desk: Vec<person::Brief>,
    may: Vec<Action>,
    internal: bool,
    help: Help,
    /// The ticket's own fields, for whoever may set them right.
    edit: Option<Form>,
    /// The note that a security incident was reported, while it is owed.
    report: Option<Form>,
    ties: Ties,
    trial: Trial,
}

/// What helps to answer.
struct Help {
    /// Canned answers to choose from.
    answers: Vec<(Id, String)>,
    /// What the reader has typed and not sent.
    draft: Words,
    /// Who else has the ticket open, as a sentence; empty for nobody, and for whoever is not told.
    here: String,
}

impl Page {
    /// What stands in a field of the answer: what was refused just now, else the draft.
    fn answer(&self, field: &str) -> &str {
        if self.trial.is("comment") {
            return self.trial.typed("comment", field);
        }
        self.help.draft.get(field).map_or("", String::as_str)
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

    /// Anything of what stands under that heading; answers and changes of fields stand elsewhere.
    fn acts(&self) -> bool {
        use Action::{AskWaiver, CommentInternal, CommentPublic, DecideWaiver, Edit};
        let elsewhere = [AskWaiver, CommentInternal, CommentPublic, DecideWaiver, Edit];
        self.report.is_some() || self.may.iter().any(|action| !elsewhere.contains(action))
    }

    /// What a ticket may wait for: the word, whether it was chosen, and what people read.
    fn waits(&self) -> [(&'static str, &'static str, String); 3] {
        let chosen = self.trial.typed("pend", "reason");
        let wait = |word, key| (word, if word == chosen { " selected" } else { "" }, self.frame.t(key));
        [
            wait("requester", "web.wait.requester"),
            wait("vendor", "web.wait.vendor"),
            wait("scheduled", "web.wait.scheduled"),
        ]
    }

    fn secret(&self) -> bool {
        self.p.ticket.classification == Classification::Secret
    }

    fn escalate_lead(&self) -> String {
        self.frame.say(&say!("web.act.escalate_lead", tier2 = self.frame.terms.tier2))
    }

    /// A hand-over in the region's own words (T1).
    fn to_desk(&self, tier: i32, back: bool) -> String {
        let desk = self.frame.desk(tier);
        self.frame.say(&if back { say!("web.act.return", desk = desk) } else { say!("web.act.escalate", desk = desk) })
    }

    fn consult(&self) -> String {
        self.frame.say(&say!("web.act.consult", desk = self.frame.terms.tier2))
    }

    fn is_assignee(&self, person: &person::Brief) -> bool {
        self.p.ticket.assignee_id == Some(person.id)
    }
}

/// Acts that a page offers, and the step of a ticket's life that each is.
const ACTS: &[(Action, Option<Move>)] = &[
    (Action::Start, Some(Move::Start)),
    (Action::Assign, Some(Move::Assign)),
    (Action::Escalate, Some(Move::Escalate)),
    (Action::Return, Some(Move::Return)),
    (Action::Consult, Some(Move::Consult)),
    (Action::Pend, Some(Move::Pend)),
    (Action::Resume, Some(Move::Resume)),
    (Action::Resolve, Some(Move::Resolve)),
    (Action::Close, Some(Move::Close)),
    (Action::Reopen, Some(Move::Reopen)),
    (Action::Cancel, Some(Move::Cancel)),
    (Action::Edit, Some(Move::Edit)),
    (Action::AskWaiver, None),
    (Action::DecideWaiver, None),
    (Action::CommentPublic, None),
    (Action::CommentInternal, None),
];

fn offered(tx: &Tx<'_>, ticket: &Ticket) -> Vec<Action> {
    let possible = |step: Option<Move>| match step {
        Some(step) => ticket.clone().step(step, tx.now).is_ok(),
        None => ticket.clone().step(Move::Edit, tx.now).is_ok() || ticket.clone().step(Move::Close, tx.now).is_ok(),
    };
    let possible = |action, step| matches!(action, Action::AskWaiver | Action::DecideWaiver) || possible(step);
    let allowed = |action| decide(&tx.actor, action, &ticket.facts()) == Verdict::Yes;
    ACTS.iter()
        .filter(|(action, step)| allowed(*action) && possible(*action, *step))
        .map(|(action, _)| *action)
        .collect()
}

/// `GET /tickets/{number}`.
pub async fn show(visit: Visit, number: Path<String>) -> Shown {
    again(&visit, &number, Trial::new()).await
}

/// The ticket as it is now, with a form that was refused.
pub async fn again(visit: &Visit, number: &str, trial: Trial) -> Shown {
    let (which, status) = (TicketRef::parse(number, None), trial.status);
    let html = visit.read(move |tx, frame| page(tx, frame, &which, trial)).await?;
    Ok(visit.page(status, html))
}

fn page(tx: &mut Tx<'_>, frame: Frame, which: &TicketRef, trial: Trial) -> Result<String> {
    let ticket = read(tx, which)?.into_inner();
    let internal = sees_internal(tx, &ticket);
    let history = history::of(tx, &ticket, internal, &frame)?;
    let files = attach::list(tx, ticket.id, internal, &Paging { limit: Some(FILES), cursor: None })?.items;
    let may = offered(tx, &ticket);
    let desk = if may.contains(&Action::Assign) { desk(tx, &ticket)? } else { Vec::new() };
    let explained = of_ticket(tx, ticket.id, internal, frame.language)?;
    let help = help(tx, &ticket, &may, &frame)?;
    let p = present::one(tx, ticket)?;
    let edit = if may.contains(&Action::Edit) { Some(edit::form(tx, &frame, &p, &trial)?) } else { None };
    let report = owes_report(tx, &p).then(|| report(&frame, &p.ticket).resumed(&trial));
    let ties = Ties::of(tx, &frame, &p.ticket, internal, &trial)?;
    let waivers = if internal { of_waivers(tx, p.ticket.id)? } else { Vec::new() };
    let wanted: Vec<Metric> = waivers.iter().filter(|(w, _)| w.granted.is_none()).map(|(_, of)| *of).collect();
    let wishes = waivers
        .into_iter()
        .filter(|(w, _)| w.granted.is_none())
        .map(|(w, of)| Wish { id: w.id, clock: frame.say(&of.named(&frame.terms.tier2)), reason: w.reason })
        .collect();
    let newest = p.sla.iter().flat_map(|s| &s.clocks).map(|clock| (clock, false));
    let before = p.sla.iter().flat_map(|s| &s.missed_before).map(|clock| (clock, true));
    let name = |clock: &ClockView, is_earlier| {
        let name = frame.say(&clock.metric.named(&frame.terms.tier2));
        if is_earlier { frame.say(&say!("web.ticket.earlier", clock = name, cycle = clock.cycle)) } else { name }
    };
    let shown = newest.chain(before).filter(|(c, _)| internal || is_for_requester(c));
    let clocks = shown
        .map(|(clock, is_earlier)| Clock {
            name: name(clock, is_earlier),
            due: of_clock(clock, &frame),
            // Of one that goes on that is all there is to say, and said already.
            waived: clock.waived && clock.stopped_at.is_some(),
            forgivable: Some(clock.metric)
                .filter(|metric| clock.breached_at.is_some() && !clock.waived && !wanted.contains(metric)),
            why: explained.iter().find(|e| e.id == clock.id).map(|e| e.sentences.clone()).unwrap_or_default(),
        })
        .collect();
    let plain = plain(&p, &frame);
    let service = p.ticket.service_id.map(|id| catalog::by_id(tx, id).map(|s| s.name)).transpose()?;
    render(&Page {
        frame,
        p,
        service,
        plain,
        clocks,
        wishes,
        history,
        files,
        desk,
        may,
        internal,
        help,
        edit,
        report,
        ties,
        trial,
    })
}

/// An incident that is still to be reported (BSSN 1/2024, article 15), and the reader may note that it was.
fn owes_report(tx: &Tx<'_>, p: &Presented) -> bool {
    let is_owed = |clock: &ClockView| clock.metric == Metric::SecurityReport && clock.stopped_at.is_none();
    let may = decide(&tx.actor, Action::ReportIncident, &p.ticket.facts()) == Verdict::Yes;
    may && p.sla.iter().flat_map(|sla| &sla.clocks).any(is_owed)
}

fn report(frame: &Frame, ticket: &Ticket) -> Form {
    let place = format!("/tickets/{}/report-incident", ticket.number);
    let to = Field::line("to", frame.t("web.incident.to"), "").needed().most(200);
    let reference = Field::line("reference", frame.t("web.incident.reference"), "").needed().most(200);
    Form::new("report-incident", place, frame.t("web.incident.title"), frame.t("web.incident.save"))
        .lead(frame.t("web.incident.lead"))
        .field(to.hint(frame.t("web.incident.to_hint")))
        .field(reference)
}

fn help(tx: &mut Tx<'_>, ticket: &Ticket, may: &[Action], frame: &Frame) -> Result<Help> {
    let draft = draft::own(tx, &About::Ticket(ticket.id))?;
    // Of a ticket that has ended nobody is told who looks at it; nobody gets in anybody's way.
    if !may.contains(&Action::CommentInternal) {
        return Ok(Help { draft, here: String::new(), answers: Vec::new() });
    }
    let ticket = check::<act::CommentInternal, _>(&tx.actor, ticket.clone())?;
    let here = news::sentence(&presence::others(tx, &ticket)?, frame.language);
    let answers = answer::list(tx, &Paging { limit: Some(ANSWERS), cursor: None })?.items;
    Ok(Help { draft, here, answers: answers.into_iter().map(|a| (a.id, a.name)).collect() })
}

/// What was promised to the organisation; the legs between the desks are theirs.
fn is_for_requester(clock: &ClockView) -> bool {
    matches!(clock.metric, Metric::FirstResponse | Metric::Resolution)
}

/// The people of the desk where the ticket lies.
fn desk(tx: &mut Tx<'_>, ticket: &Ticket) -> Result<Vec<person::Brief>> {
    let (role, opd) = if ticket.tier == 2 { (Role::Tier2, None) } else { (Role::Tier1, Some(ticket.opd_id)) };
    let ids = grant::holders(tx, ticket.region_id, role, opd)?;
    let mut people = person::briefs(tx, &ids)?;
    people.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(people)
}

/// `GET /tickets/{number}/files/{id}`.
pub async fn file(visit: Visit, place: Path<(String, String)>) -> Shown {
    let file = found(&visit, place.into_inner()).await?;
    let path = visit.app.blobs.path(&file.sha256);
    http::download(&path, file.media_type, file.size, &file.name).await.map_err(|e| visit.fault(e))
}

/// `GET /tickets/{number}/files/{id}/preview`: a picture or PDF to be looked at; anything else is saved.
pub async fn preview(visit: Visit, place: Path<(String, String)>) -> Shown {
    let file = found(&visit, place.into_inner()).await?;
    let path = visit.app.blobs.path(&file.sha256);
    http::show(&path, file.media_type, file.size, &file.name).await.map_err(|e| visit.fault(e))
}

async fn found(visit: &Visit, (number, id): (String, String)) -> std::result::Result<Attachment, Fault> {
    let which = TicketRef::parse(&number, None);
    visit
        .read(move |tx, _| {
            let ticket = read(tx, &which)?.into_inner();
            let file = attach::read(tx, id.parse().map_err(|_| Error::NotFound)?)?;
            if file.ticket_id == ticket.id { Ok(file) } else { Err(Error::NotFound) }
        })
        .await
}
