//! The acts that a ticket's page offers, each with its form.

use super::form::{Field, Form};
use super::frame::Frame;
use super::sent::Trial;
use crate::access::policy::{Action, Verdict, decide};
use crate::access::{Role, Subject, Tx};
use crate::error::Result;
use crate::org::{grant, person};
use crate::say;
use crate::sla::Metric;
use crate::sla::view::ClockView;
use crate::ticket::present::Presented;
use crate::ticket::{Move, PendingReason, Ticket};

/// Acts that a page may offer, as they stand on it, and the step of a ticket's life that each is.
const ACTS: &[(Action, Option<Move>)] = &[
    (Action::Start, Some(Move::Start)),
    (Action::Resume, Some(Move::Resume)),
    (Action::Resolve, Some(Move::Resolve)),
    (Action::Escalate, Some(Move::Escalate)),
    (Action::Return, Some(Move::Return)),
    (Action::Pend, Some(Move::Pend)),
    (Action::Assign, Some(Move::Assign)),
    (Action::Consult, Some(Move::Consult)),
    (Action::Remind, Some(Move::Remind)),
    (Action::Close, Some(Move::Close)),
    (Action::Reopen, Some(Move::Reopen)),
    (Action::Cancel, Some(Move::Cancel)),
    (Action::Edit, Some(Move::Edit)),
    (Action::AskWaiver, None),
    (Action::DecideWaiver, None),
    (Action::CommentPublic, None),
    (Action::CommentInternal, None),
];

/// What the reader may do with the ticket as it stands.
pub fn offered(tx: &Tx<'_>, ticket: &Ticket) -> Vec<Action> {
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

/// The forms of what may be done, with what was typed into one just now.
///
/// # Errors
/// What the database says.
pub fn forms(tx: &mut Tx<'_>, frame: &Frame, p: &Presented, may: &[Action], trial: &Trial) -> Result<Vec<Form>> {
    let mut forms = Vec::new();
    for action in may {
        let form = match action {
            Action::Assign => Some(assign(tx, frame, &p.ticket)?),
            Action::Escalate | Action::Return | Action::Consult | Action::Remind => {
                hand_over(frame, &p.ticket, *action)
            }
            action => on_its_way(frame, &p.ticket, *action),
        };
        forms.extend(form.map(|form| form.resumed(trial)));
    }
    if owes_report(tx, p) {
        // Behind what takes one press.
        let place = forms.iter().take_while(|form| form.fields.is_empty()).count();
        forms.insert(place, report(frame, &p.ticket).resumed(trial));
    }
    Ok(forms)
}

fn new(ticket: &Ticket, id: &'static str, title: String, button: String) -> Form {
    Form::new(id, format!("/tickets/{}/{id}", ticket.number), title, button)
}

/// Words that the act asks for.
fn words(name: &str, label: String, rows: u8, most: u16) -> Field {
    Field::long(name, label, "", rows).most(most).once()
}

/// Steps of a ticket where it lies. Of those that have no form here: none.
fn on_its_way(frame: &Frame, ticket: &Ticket, action: Action) -> Option<Form> {
    let word = |key| frame.t(key);
    let form = |id, title, button| new(ticket, id, word(title), word(button));
    Some(match action {
        Action::Start => form("start", "web.act.start", "web.act.start"),
        Action::Resume => form("resume", "web.act.resume", "web.act.resume"),
        Action::Resolve => {
            let solution = words("resolution", word("web.field.resolution"), 3, 5000).needed();
            form("resolve", "web.act.resolve", "web.act.resolve_do")
                .field(solution.hint(word("web.act.resolution_hint")))
                .field(words("cause", word("web.act.cause"), 2, 2000))
        }
        Action::Pend => form("pend", "web.act.pend", "web.act.pend_do")
            .field(
                Field::choice("reason", word("web.act.wait_for"), PendingReason::Requester.text(), waits(frame)).once(),
            )
            .field(Field::moment("until", word("web.act.until")).once())
            .field(words("question", word("web.act.ask"), 3, 20_000).hint(word("web.act.ask_hint"))),
        Action::Close => form("close", "web.act.close", "web.act.close_do")
            .field(Field::stars("rating", word("web.act.rating")))
            .field(words("comment", word("web.act.remark"), 2, 2000)),
        Action::Reopen => form("reopen", "web.act.reopen", "web.act.reopen_do")
            .field(words("reason", word("web.act.reopen_why"), 3, 2000).needed()),
        Action::Cancel => form("cancel", "web.act.cancel", "web.act.cancel_do")
            .field(words("reason", word("web.act.cancel_why"), 3, 2000).needed())
            .second(),
        _ => return None,
    })
}

/// Acts that turn to a desk, in the region's own words (T1).
fn hand_over(frame: &Frame, ticket: &Ticket, action: Action) -> Option<Form> {
    let word = |key| frame.t(key);
    let asked = |name, label, most| words(name, word(label), 3, most).needed();
    Some(match action {
        Action::Escalate => {
            let title = frame.say(&say!("web.act.escalate", desk = frame.desk(2)));
            new(ticket, "escalate", title, word("web.act.escalate_do"))
                .lead(frame.say(&say!("web.act.escalate_lead", tier2 = frame.terms.tier2)))
                .field(asked("reason", "web.field.reason", 5000).hint(word("web.act.reason_hint")))
                .field(asked("tried", "web.field.tried", 5000).hint(word("web.act.tried_hint")))
                .field(asked("requested", "web.field.requested", 5000).hint(word("web.act.requested_hint")))
        }
        Action::Return => {
            let title = frame.say(&say!("web.act.return", desk = frame.desk(1)));
            let instructions = asked("instructions", "web.field.instructions", 5000);
            new(ticket, "return", title, word("web.act.return_do"))
                .field(instructions.hint(word("web.act.instructions_hint")))
        }
        Action::Consult => {
            let title = frame.say(&say!("web.act.consult", desk = frame.desk(2)));
            new(ticket, "consult", title, word("web.act.consult_do")).field(asked(
                "question",
                "web.field.question",
                5000,
            ))
        }
        Action::Remind => {
            let title = frame.say(&say!("web.act.remind", desk = frame.desk(ticket.tier)));
            new(ticket, "remind", title, word("web.act.remind_do")).field(asked("note", "web.field.note", 2000))
        }
        _ => return None,
    })
}

/// What a ticket may wait for.
fn waits(frame: &Frame) -> Vec<(String, String)> {
    let wait = |reason: PendingReason, key| (reason.text().to_owned(), frame.t(key));
    vec![
        wait(PendingReason::Requester, "web.wait.requester"),
        wait(PendingReason::Vendor, "web.wait.vendor"),
        wait(PendingReason::Scheduled, "web.wait.scheduled"),
    ]
}

/// Whose work it is: one of the desk where it lies.
fn assign(tx: &mut Tx<'_>, frame: &Frame, ticket: &Ticket) -> Result<Form> {
    let (role, opd) = if ticket.tier == 2 { (Role::Tier2, None) } else { (Role::Tier1, Some(ticket.opd_id)) };
    let ids = grant::holders(tx, ticket.region_id, role, opd)?;
    let mut people = person::briefs(tx, &ids)?;
    people.sort_by(|a, b| a.name.cmp(&b.name));
    let desk = people.into_iter().map(|person| (person.id.to_string(), person.name)).collect();
    let now = ticket.assignee_id.map(|id| id.to_string()).unwrap_or_default();
    Ok(new(ticket, "assign", frame.t("web.act.assign"), frame.t("web.act.assign_do")).field(Field::choice(
        "assignee",
        frame.t("web.act.assignee"),
        now,
        desk,
    )))
}

/// An incident that is still to be reported (BSSN 1/2024, article 15), and the reader may note that it was.
fn owes_report(tx: &Tx<'_>, p: &Presented) -> bool {
    let is_owed = |clock: &ClockView| clock.metric == Metric::SecurityReport && clock.stopped_at.is_none();
    let may = decide(&tx.actor, Action::ReportIncident, &p.ticket.facts()) == Verdict::Yes;
    may && p.sla.iter().flat_map(|sla| &sla.clocks).any(is_owed)
}

fn report(frame: &Frame, ticket: &Ticket) -> Form {
    let to = Field::line("to", frame.t("web.incident.to"), "").needed().most(200).once();
    let reference = Field::line("reference", frame.t("web.incident.reference"), "").needed().most(200).once();
    new(ticket, "report-incident", frame.t("web.incident.title"), frame.t("web.incident.save"))
        .lead(frame.t("web.incident.lead"))
        .field(to.hint(frame.t("web.incident.to_hint")))
        .field(reference)
}
