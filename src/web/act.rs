//! What the forms of a ticket do: each the command of the same name.

use super::sent::{Sent, Trial};
use super::ticket::again;
use super::upload::{Posted, Upload, left_behind};
use super::visit::{Shown, Visit};
use super::{asked, done, edit, ties, unsent, way};
use crate::access::policy::{Action, Verdict, decide};
use crate::access::{self, Subject, Tx};
use crate::config::Limits;
use crate::db::Ts;
use crate::desk::draft::{self, About};
use crate::error::{Error, Result};
use crate::message::Say;
use crate::org::region;
use crate::say;
use crate::sla::Metric;
use crate::ticket::attach::{self, File, Turn};
use crate::ticket::find::{TicketRef, find, find_quietly, read};
use crate::ticket::handover::{self, Ask};
use crate::ticket::{
    Channel, PendingReason, Ticket, Visibility, assign, close, comment, pend, remind, report_incident, resolve, start,
    waiver,
};
use actix_web::web::Path;
use chrono::{NaiveDateTime, TimeZone};
use chrono_tz::Tz;

/// `POST /tickets/{number}/{act}`.
pub async fn act(visit: Visit, place: Path<(String, String)>, sent: Sent) -> Shown {
    let (number, act) = place.into_inner();
    let (which, form, name) = (reference(&number, &sent), sent.clone(), act.clone());
    let (from, own) = (asked::left(&visit), number.clone());
    let done = visit
        .write(&sent, move |tx| {
            let from = way::placed(tx, &own, &from)?;
            let ticket = run(tx, &name, &which, &form)?;
            Ok(onwards(tx, &ticket, done::word(&name, &form), &from))
        })
        .await;
    answered(&visit, &number, &act, sent, done).await
}

/// The ticket, where it says that this was done; or the queue, if what was done took a secret one out of the actor's
/// sight (L13). Both as the queue was filtered `from` which he came.
fn onwards(tx: &Tx<'_>, ticket: &Ticket, done: &str, from: &str) -> String {
    match decide(&tx.actor, Action::Read, &ticket.facts()) {
        Verdict::Yes => asked::with(&asked::ticket(&ticket.number, from), &format!("done={done}#done")),
        Verdict::No | Verdict::Unseen => asked::with(&asked::address(from), "gone=1"),
    }
}

async fn answered(visit: &Visit, number: &str, act: &str, sent: Sent, done: Result<String>) -> Shown {
    match done {
        Ok(place) => Ok(visit.taken(&sent, &place)),
        Err(error) => {
            let error = overtaken(visit, number, &sent, error).await;
            let unsent = unsent::own(visit, act, &sent);
            let shown = match Trial::refused(act, sent, error, visit.language) {
                Ok(trial) => again(visit, number, trial).await,
                Err(error) => Err(visit.fault(error)),
            };
            shown.map_err(|fault| fault.with(unsent))
        }
    }
}

/// Whoever may no longer do what his page offered is told that the ticket has changed since, and sees how it is now.
async fn overtaken(visit: &Visit, number: &str, sent: &Sent, error: Error) -> Error {
    let (Error::Forbidden(_), Ok(seen)) = (&error, sent.get("version").parse::<i32>()) else { return error };
    let which = TicketRef::parse(number, None);
    match visit.fetch(move |tx| Ok(read(tx, &which)?.get().version)).await {
        Ok(now) if now != seen => Error::Stale,
        _ => error,
    }
}

/// The ticket at the version that the form was made for: what changed meanwhile is shown before anything is done.
pub fn reference(number: &str, sent: &Sent) -> TicketRef {
    TicketRef::parse(number, sent.get("version").parse().ok())
}

/// Does what a form asks.
pub fn run(tx: &mut Tx<'_>, act: &str, which: &TicketRef, sent: &Sent) -> Result<Ticket> {
    let reason = sent.get("reason");
    match act {
        "start" => find(tx, which).and_then(|ticket| start::start(tx, ticket)),
        "assign" => {
            let ticket = find(tx, which)?;
            let who = assign::whom(tx, sent.get("assignee"))?;
            assign::assign(tx, ticket, who)
        }
        "escalate" => {
            let text = |name| sent.get(name).to_owned();
            let ask = Ask { reason: text("reason"), tried: text("tried"), requested: text("requested") };
            find(tx, which).and_then(|ticket| handover::escalate(tx, ticket, &ask))
        }
        "return" => find(tx, which).and_then(|ticket| handover::give_back(tx, ticket, sent.get("instructions"))),
        "consult" => find_quietly(tx, which).and_then(|ticket| handover::consult(tx, ticket, sent.get("question"))),
        "remind" => find_quietly(tx, which).and_then(|ticket| remind::remind(tx, ticket, sent.get("note"))),
        "pend" => wait(tx, which, sent),
        "resume" => find(tx, which).and_then(|ticket| pend::resume(tx, ticket)),
        "resolve" => {
            let cause = sent.maybe("cause");
            find(tx, which).and_then(|ticket| resolve::resolve(tx, ticket, sent.get("resolution"), cause.as_deref()))
        }
        "close" => {
            let stars = sent.word("rating", |text| text.parse().ok())?;
            let remark = sent.maybe("comment");
            find(tx, which).and_then(|ticket| close::close(tx, ticket, stars, remark.as_deref()))
        }
        "waiver" => {
            let metric = sent.word("metric", Metric::from_text)?;
            let metric = metric.ok_or_else(|| Error::invalid("/metric", say!("web.choose")))?;
            let which = which.at_any_version();
            let ticket = find_quietly(tx, &which)?;
            waiver::ask(tx, ticket, metric, reason)?;
            Ok(read(tx, &which)?.into_inner())
        }
        "decide" => {
            let which = which.at_any_version();
            let ticket = find_quietly(tx, &which)?;
            let id = sent.get("waiver").parse().map_err(|_| Error::NotFound)?;
            // A form that came without its button decides nothing: what is decided can't be taken back.
            let granted = sent.word("granted", |word| ["yes", "no"].contains(&word).then_some(word == "yes"))?;
            let granted = granted.ok_or_else(|| Error::invalid("/granted", say!("web.choose")))?;
            waiver::decide(tx, ticket, id, granted, sent.maybe("remark").as_deref())?;
            Ok(read(tx, &which)?.into_inner())
        }
        "report-incident" => {
            // What was reported is reported, whatever happened to the ticket meanwhile.
            let ticket = find_quietly(tx, &which.at_any_version())?;
            report_incident::report(tx, ticket, sent.get("to"), sent.get("reference"))
        }
        // To many at once: by the page of one it comes with files ([`answer`]).
        "comment" => {
            let which = which.at_any_version();
            let ticket = find(tx, &which)?;
            comment::public(tx, ticket, sent.get("body"), Channel::Web)?;
            Ok(read(tx, &which)?.into_inner())
        }
        "edit" => edit::change(tx, which, sent),
        "reopen" => find(tx, which).and_then(|ticket| close::reopen(tx, ticket, reason)),
        "cancel" => find(tx, which).and_then(|ticket| close::cancel(tx, ticket, reason)),
        _ => ties::run(tx, act, which, sent),
    }
}

/// Lets the ticket wait; a question to the requester is an answer that he reads.
fn wait(tx: &mut Tx<'_>, which: &TicketRef, sent: &Sent) -> Result<Ticket> {
    let reason = sent.word("reason", PendingReason::from_text)?;
    let reason = reason.ok_or_else(|| Error::invalid("/reason", say!("web.choose")))?;
    let until = until(tx, sent.get("until"))?;
    let mut which = which.clone();
    if !sent.get("question").trim().is_empty() {
        let ticket = find(tx, &which)?;
        let asked = comment::public(tx, ticket, sent.get("question"), Channel::Web);
        // The field that was typed into.
        asked.map_err(|error| renamed(error, "/body", "/question"))?;
        which = which.at_any_version();
    }
    find(tx, &which).and_then(|ticket| pend::pend(tx, ticket, reason, until))
}

/// `POST /tickets/{number}/comment`: words, files or both.
pub async fn answer(visit: Visit, number: Path<String>, form: Posted) -> Shown {
    match visit.read(|_, _| Ok(())).await {
        Err(fault) if fault.needs_sign_in() => return Err(fault.with(left_behind(visit, form, "comment").await)),
        seen => seen?,
    }
    let which = TicketRef::parse(&number, None);
    let limits = visit.app.config.limits.clone();
    let (seen, room) = (which.clone(), limits.clone());
    let may_add = Box::pin(visit.fetch(move |tx| attach::refuse_early(tx, &seen, &room)));
    let upload = match Upload::receive(&visit, form, may_add).await {
        Ok(upload) => upload,
        Err((sent, error)) => return answered(&visit, &number, "comment", sent, Err(error)).await,
    };
    let (sent, form) = (upload.sent.clone(), upload.sent.clone());
    let (from, own) = (asked::left(&visit), number.to_string());
    let done = upload
        .write(&visit, move |tx, files| {
            let from = way::placed(tx, &own, &from)?;
            let ticket = write(tx, &which, &form, files, &limits)?;
            // Sent, in the same transaction.
            draft::forget(tx, &About::Ticket(ticket.id))?;
            Ok(onwards(tx, &ticket, done::word("comment", &form), &from))
        })
        .await;
    answered(&visit, &number, "comment", sent, done).await
}

/// An answer, a note for staff, or why a solution is none; with files for the same readers, or files alone. None is lost
/// because the ticket moved on: no version is asked for.
fn write(tx: &mut Tx<'_>, which: &TicketRef, sent: &Sent, files: &[File], limits: &Limits) -> Result<Ticket> {
    let turn = Turn::take(tx, files, limits)?;
    let which = which.at_any_version();
    let body = sent.get("body");
    let is_internal = is_internal(tx, &which, sent)?;
    let mut is_told = false;
    if sent.get("then") == "reopen" && !is_internal && !read(tx, &which)?.get().status.is_open() {
        let ticket = find(tx, &which)?;
        needs_words(body, say!("web.act.doubt_words"))?;
        let reopened = close::reopen(tx, ticket, body);
        // The field that was typed into.
        reopened.map_err(|error| renamed(error, "/reason", "/body"))?;
        is_told = true;
    } else if !body.trim().is_empty() || files.is_empty() {
        if is_internal {
            let ticket = find_quietly(tx, &which)?;
            needs_words(body, say!("web.act.words_or_file"))?;
            comment::internal(tx, ticket, body, Channel::Web)?;
        } else {
            let ticket = find(tx, &which)?;
            needs_words(body, say!("web.act.words_or_file"))?;
            comment::public(tx, ticket, body, Channel::Web)?;
        }
        is_told = true;
    }
    for file in files {
        add_file(tx, &which, file, &turn, is_internal, is_told)?;
        is_told = true;
    }
    Ok(read(tx, &which)?.into_inner())
}

/// Refuses an answer without words as its page says it: there a file alone may do.
fn needs_words(body: &str, else_told: Say) -> Result<()> {
    if body.trim().is_empty() { Err(Error::invalid("/body", else_told)) } else { Ok(()) }
}

/// For staff alone. Whoever may choose has to: what was shown to a requester can't be taken back.
fn is_internal(tx: &mut Tx<'_>, which: &TicketRef, sent: &Sent) -> Result<bool> {
    match sent.word("visibility", Visibility::from_text)? {
        Some(visibility) => Ok(visibility == Visibility::Internal),
        None if find_quietly::<access::act::CommentInternal>(tx, &which.at_any_version()).is_ok() => {
            Err(Error::invalid("/visibility", say!("web.choose")))
        }
        None => Ok(false),
    }
}

/// Adds a file of an answer. Of what is told of already by words or by another file, it is a part.
fn add_file(
    tx: &mut Tx<'_>,
    which: &TicketRef,
    file: &File,
    turn: &Turn<'_>,
    is_internal: bool,
    is_told: bool,
) -> Result<()> {
    if is_internal {
        let ticket = find_quietly(tx, which)?;
        attach::internal(tx, ticket, file, turn)?;
    } else {
        let ticket = find(tx, which)?;
        let add = if is_told { attach::along } else { attach::public };
        add(tx, ticket, file, turn)?;
    }
    Ok(())
}

/// The same refusal, of a field by another name.
fn renamed(error: Error, from: &str, to: &str) -> Error {
    let Error::Invalid(mut faults) = error else { return error };
    for fault in faults.iter_mut().filter(|fault| fault.pointer == from) {
        to.clone_into(&mut fault.pointer);
    }
    Error::Invalid(faults)
}

/// How a time is written: by a browser's field, and by hand where a browser has none.
const TIMES: [&str; 5] = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%d/%m/%Y %H.%M", "%d/%m/%Y %H:%M", "%Y-%m-%d %H:%M"];

/// A time as it stands in a field, by the clocks of the region.
fn until(tx: &mut Tx<'_>, text: &str) -> Result<Option<Ts>> {
    if text.is_empty() {
        return Ok(None);
    }
    let wrong = || Error::invalid("/until", say!("web.time"));
    let read = |format| NaiveDateTime::parse_from_str(text.trim(), format).ok();
    let local = TIMES.into_iter().find_map(read).ok_or_else(wrong)?;
    let zone: Tz = region::own(tx)?.time_zone.parse().map_err(|_| wrong())?;
    let at = zone.from_local_datetime(&local).earliest().ok_or_else(wrong)?;
    Ok(Some(Ts::new(at.to_utc())))
}
