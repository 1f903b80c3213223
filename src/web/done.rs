//! What a form of a ticket did, in the words of that act: by a word in the address to which it leads.

use super::frame::Frame;
use super::sent::Sent;
use crate::message::Say;
use crate::say;
use crate::ticket::present::Presented;

/// What is read below the line that it wrote; all else stands beside the state.
const WRITTEN: [&str; 4] = ["comment", "note", "consult", "remind"];

/// The word for what this form does.
#[must_use]
pub fn word<'a>(act: &'a str, sent: &Sent) -> &'a str {
    match (act, sent.get("granted"), sent.get("then"), sent.get("visibility")) {
        ("close", ..) if !sent.get("rating").is_empty() => "rated",
        ("decide", "yes", ..) => "granted",
        ("decide", ..) => "refused",
        ("comment", .., "internal") => "note",
        ("comment", _, "reopen", _) => "reopened",
        _ => act,
    }
}

/// Where on the page it is told, `history` or `state`, and how; none for what nothing is told of.
#[must_use]
pub fn told(done: &str, p: &Presented, frame: &Frame) -> Option<(&'static str, String)> {
    let place = if WRITTEN.contains(&done) { "history" } else { "state" };
    let words = by_words(done).or_else(|| by_desk(done, p, frame))?;
    Some((place, frame.say(&words)))
}

fn by_words(done: &str) -> Option<Say> {
    Some(match done {
        "start" => say!("web.act.done.start"),
        "pend" => say!("web.act.done.pend"),
        "resume" => say!("web.act.done.resume"),
        "resolve" => say!("web.act.done.resolve"),
        "close" => say!("web.act.done.close"),
        "rated" => say!("web.act.done.rated"),
        "reopen" => say!("web.act.done.reopen"),
        "reopened" => say!("web.act.done.reopened"),
        "cancel" => say!("web.act.done.cancel"),
        "edit" => say!("web.act.done.edit"),
        "comment" => say!("web.act.done.comment"),
        "note" => say!("web.act.done.note"),
        "waiver" => say!("web.act.done.waiver"),
        "granted" => say!("web.act.done.granted"),
        "refused" => say!("web.act.done.refused"),
        "report-incident" => say!("web.act.done.incident"),
        "watch" => say!("web.act.done.watch"),
        "unwatch" => say!("web.act.done.unwatch"),
        "invite" => say!("web.act.done.invite"),
        "link" => say!("web.act.done.link"),
        "untie" => say!("web.act.done.untie"),
        _ => return None,
    })
}

/// What turns to somebody, or to a desk in the region's own words (T1).
fn by_desk(done: &str, p: &Presented, frame: &Frame) -> Option<Say> {
    Some(match done {
        "assign" => say!("web.act.done.assign", who = p.assignee.as_ref()?.name),
        "escalate" => say!("web.act.done.escalate", desk = frame.desk(2)),
        "return" => say!("web.act.done.return", desk = frame.desk(1)),
        "consult" => say!("web.act.done.consult", desk = frame.desk(2)),
        "remind" => say!("web.act.done.remind", desk = frame.desk(p.ticket.tier)),
        "reported" => reported(p, frame),
        _ => return None,
    })
}

/// That a report came in, under which number, and how its reporter learns of what comes next.
fn reported(p: &Presented, frame: &Frame) -> Say {
    let number = &p.ticket.number;
    match (p.ticket.requester_id == frame.me, frame.writes_files) {
        (true, false) => say!("web.act.done.reported", number = number),
        (true, true) => say!("web.act.done.reported_unmailed", number = number),
        (false, _) => say!("web.act.done.reported_for", number = number),
    }
}
