//! One act on many tickets of the queue. Each ticket is a transaction of its own: what can be done is done, and the
//! answer says for every other one why not.

use super::act::{reference, run};
use super::asked::{self, Asked};
use super::fault::Fault;
use super::frame::Frame;
use super::render;
use super::sent::Sent;
use super::unsent;
use super::visit::{Shown, Visit};
use crate::access::policy::{Action, Verdict, decide};
use crate::access::{Role, Subject, Tx};
use crate::error::{Error, FieldError};
use crate::http;
use crate::message::{Language, Say};
use crate::say;
use crate::ticket::find::{TicketRef, read, seen_by_number, witness_listed};
use crate::ticket::link::LinkKind;
use crate::ticket::{Move, Ticket};
use askama::Template;

/// Tickets of one form.
const MOST: usize = 50;
/// What can be done to many, with the field without which it can't. The last two are offered for the reports of one trouble.
const ACTS: [(&str, &str); 6] = [
    ("assign", "assignee"),
    ("start", "act"),
    ("pend", "reason"),
    ("link", "main"),
    ("comment", "body"),
    ("resolve", "resolution"),
];

/// Texts, each under its name.
type Typed = Vec<(String, String)>;

/// Those of them that carry a text, each in a box of its own of one form.
const WRITTEN: [&str; 2] = ["comment", "resolve"];

/// `true` if the actor may do one of those that are offered everywhere to this ticket as it is.
#[must_use]
pub fn may_any(tx: &Tx<'_>, ticket: &Ticket) -> bool {
    [(Action::Assign, Move::Assign), (Action::Start, Move::Start), (Action::Pend, Move::Pend)].into_iter().any(
        |(action, step)| {
            decide(&tx.actor, action, &ticket.facts()) == Verdict::Yes && ticket.clone().step(step, tx.now).is_ok()
        },
    )
}

/// `true` if the actor may tell the requester of this unfinished ticket something.
#[must_use]
pub fn may_tell(tx: &Tx<'_>, ticket: &Ticket) -> bool {
    ticket.status.is_open() && decide(&tx.actor, Action::CommentPublic, &ticket.facts()) == Verdict::Yes
}

/// What became of one ticket.
struct Outcome {
    number: String,
    /// What it is about, as far as the actor sees it.
    subject: String,
    done: bool,
    said: String,
}

#[derive(Template)]
#[template(path = "web/templates/bulk.html")]
struct Page {
    frame: Frame,
    outcomes: Vec<Outcome>,
    /// What is wrong with the form as a whole.
    fault: Option<String>,
    /// What was typed and went nowhere.
    unsent: Typed,
    /// What some of the marked tickets got, and others not.
    partly: Typed,
    /// Where to go on: the queue as it was filtered.
    back: Asked,
    /// The same in words, for a ticket's page that leads back there.
    from: String,
}

impl Page {
    /// A ticket's page, which leads back to the queue too.
    fn place(&self, number: &str) -> String {
        asked::ticket(number, &self.from)
    }

    fn summary(&self) -> String {
        let done = self.outcomes.iter().filter(|o| o.done).count();
        self.frame.say(&say!("web.bulk.summary", done = done, all = self.outcomes.len()))
    }
}

/// `POST /tickets/acts`.
pub async fn act(visit: Visit, sent: Sent) -> Shown {
    let act = sent.get("act").to_owned();
    let (own, other) = typed_by(&visit, &act, &sent);
    let lost = |fault: Fault| fault.with([own.clone(), other.clone()].concat());
    visit.check(sent.get("form")).await.map_err(|e| lost(visit.fault(e)))?;
    let marked = sent.all("ticket").to_vec();
    let needed = ACTS.iter().find(|(name, _)| *name == act).map(|(_, field)| sent.get(field));
    let fault = match (marked.len(), needed) {
        (0, _) => Some(say!("web.bulk.none")),
        (n, _) if n > MOST => Some(say!("web.bulk.many", most = MOST)),
        (_, None) => Some(say!("web.choose")),
        (_, Some(text)) if text.trim().is_empty() => Some(say!("web.bulk.empty")),
        _ => None,
    };
    let mut outcomes = Vec::new();
    if fault.is_none() {
        for ticket in &marked {
            outcomes.push(one(&visit, &act, ticket, &sent).await.map_err(lost)?);
        }
    }
    let status = if fault.is_some() { 422 } else { 200 };
    let fault = fault.map(|f| f.text(visit.language));
    let back = Asked::of(sent.get("back"));
    let reached = outcomes.iter().filter(|outcome| outcome.done).count();
    let (unsent, partly) = match reached {
        0 => ([own, other].concat(), Vec::new()),
        n if n < outcomes.len() => (other, own),
        _ => (other, Vec::new()),
    };
    let html = visit
        .read(move |tx, frame| {
            name(tx, &mut outcomes)?;
            let words = back.words();
            let from = if words.is_empty() { asked::bare(tx) } else { words };
            render(&Page { frame, outcomes, fault, unsent, partly, back, from })
        })
        .await?;
    Ok(visit.page(status, html))
}

/// What was typed into the box of the act that was pressed, and into the other. What the page itself had offered is nobody's
/// writing.
fn typed_by(visit: &Visit, act: &str, sent: &Sent) -> (Typed, Typed) {
    let is_offered = sent.maybe("resolution") == sent.maybe("offered");
    let texts = |name: &str| match name {
        "resolve" if is_offered => Vec::new(),
        name => unsent::own(visit, name, sent),
    };
    let other = WRITTEN.into_iter().filter(|name| *name != act).flat_map(texts).collect();
    (if WRITTEN.contains(&act) { texts(act) } else { Vec::new() }, other)
}

/// Tells what each is about that the actor sees.
fn name(tx: &mut Tx<'_>, outcomes: &mut [Outcome]) -> Result<(), Error> {
    let numbers: Vec<String> = outcomes.iter().map(|outcome| outcome.number.clone()).collect();
    let seen = seen_by_number(tx, &numbers)?;
    witness_listed(tx, &seen);
    for ticket in seen {
        for outcome in outcomes.iter_mut().filter(|outcome| outcome.number == ticket.number) {
            outcome.subject.clone_from(&ticket.subject);
        }
    }
    Ok(())
}

/// That it was done, in the words of the act.
fn did(act: &str) -> Say {
    match act {
        "assign" => say!("web.bulk.assigned"),
        "start" => say!("web.bulk.started"),
        "link" => say!("web.bulk.linked"),
        "comment" => say!("web.bulk.answered"),
        "resolve" => say!("web.bulk.resolved"),
        _ => say!("web.bulk.pended"),
    }
}

/// Does it to one: `ticket` is its number and the version that the queue showed.
async fn one(visit: &Visit, act: &str, ticket: &str, sent: &Sent) -> Result<Outcome, Fault> {
    let (number, version) = ticket.split_once(' ').unwrap_or((ticket, ""));
    if number.contains('\0') {
        return Err(visit.fault(Error::NotFound));
    }
    let once = sent.get("once");
    let own = sent.clone().with("version", version.to_owned());
    let own = if act == "link" {
        own.with("ticket", sent.get("main").to_owned()).with("kind", LinkKind::CausedBy.text().to_owned())
    } else {
        own
    };
    // A form that is sent twice counts once for each of its tickets and acts: whoever comes back to it may go on with another.
    let own = if once.is_empty() { own } else { own.with("once", format!("{once}.{act}.{number}")) };
    let (which, form, name) = (reference(number, &own), own.clone(), act.to_owned());
    let done = visit.write(&own, move |tx| run(tx, &name, &which, &form).map(|t| format!("/tickets/{}", t.number)));
    let number = number.to_owned();
    match done.await {
        Ok(_) => Ok(Outcome { number, subject: String::new(), done: true, said: did(act).text(visit.language) }),
        Err(error @ Error::Unauthenticated(_)) => Err(visit.fault(error)),
        Err(error) => {
            http::log(&error);
            let elsewhere = match &error {
                Error::Forbidden(_) => elsewhere(visit, &number).await,
                _ => None,
            };
            let said = elsewhere.unwrap_or_else(|| why(&error, visit.language));
            Ok(Outcome { number, subject: String::new(), done: false, said })
        }
    }
}

/// At which desk a ticket is, where the actor does not serve: no administrator would change that.
async fn elsewhere(visit: &Visit, number: &str) -> Option<String> {
    let which = TicketRef::parse(number, None);
    let told = visit.read(move |tx, frame| {
        let ticket = read(tx, &which)?.into_inner();
        let serves = match ticket.tier {
            2 => tx.actor.is(Role::Tier2),
            _ => tx.actor.opds(Role::Tier1).contains(&ticket.opd_id),
        };
        Ok((!serves).then(|| frame.say(&say!("web.bulk.elsewhere", desk = frame.desk(ticket.tier)))))
    });
    told.await.ok().flatten()
}

/// Why not, in one line.
fn why(error: &Error, language: Language) -> String {
    match error {
        Error::Invalid(faults) => {
            let told = |f: &FieldError| f.detail.text(language);
            faults.iter().map(told).collect::<Vec<_>>().join(" ")
        }
        Error::Stale => say!("web.bulk.stale").text(language),
        other => http::words(other).2.text(language),
    }
}
