//! What was typed into a form that can't be shown again: its writer gets it back, to read and to copy.

use super::sent::Sent;
use super::visit::Visit;
use crate::message::Language;

/// A text of a form, and what people call it.
type Text = (&'static str, &'static str);

/// The texts of a form.
fn texts(act: &str) -> &'static [Text] {
    match act {
        "comment" => &[("body", "web.act.comment")],
        "resolve" => &[("resolution", "web.field.resolution"), ("cause", "web.act.cause")],
        "escalate" => {
            &[("reason", "web.field.reason"), ("tried", "web.field.tried"), ("requested", "web.field.requested")]
        }
        "return" => &[("instructions", "web.field.instructions")],
        "consult" => &[("question", "web.field.question")],
        "remind" => &[("note", "web.field.note")],
        "pend" => &[("question", "web.act.ask")],
        "close" => &[("comment", "web.act.remark")],
        "reopen" => &[("reason", "web.act.reopen_why")],
        "cancel" => &[("reason", "web.act.cancel_why")],
        "waiver" => &[("reason", "web.waiver.why")],
        "decide" => &[("remark", "web.field.remark")],
        "report-incident" => &[("to", "web.incident.to"), ("reference", "web.incident.reference")],
        "edit" => &[("subject", "web.edit.subject"), ("description", "web.ticket.trouble")],
        "report" => &[("subject", "web.report.subject"), ("description", "web.report.description")],
        "link" => &[("ticket", "web.ties.number")],
        "invite" => &[("person", "web.ties.who")],
        _ => &[],
    }
}

/// The names of the fields that hold the texts of a form.
pub fn fields(act: &str) -> impl Iterator<Item = &'static str> {
    texts(act).iter().map(|(field, _)| *field)
}

/// What was typed into a form, each text under its name.
#[must_use]
pub fn typed(act: &str, sent: &Sent, language: Language) -> Vec<(String, String)> {
    let named = |(field, name): &Text| Some((language.t(name), sent.maybe(field)?));
    texts(act).iter().filter_map(named).collect()
}

/// The same of a form of this session, or of one that is over; what another site put into one is not shown.
#[must_use]
pub fn own(visit: &Visit, act: &str, sent: &Sent) -> Vec<(String, String)> {
    if visit.is_own_writing(sent.get("form")) { typed(act, sent, visit.language) } else { Vec::new() }
}
