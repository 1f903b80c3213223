//! How the model's words are said in HTTP: paths, bodies and the fields of an answer.

use crate::model::{Action, Actor, Reason, Status, Technician, Ticket, Tier};
use crate::support::{self, Call};
use serde_json::{Value, json};

impl Action {
    /// What it is called in the counts.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Timeline => "time line",
            Self::CommentPublic => "comment public",
            Self::CommentInternal => "comment internal",
            Self::CommentUnknownField => "comment with an unknown field",
            Self::Prioritise(..) => "patch impact and urgency",
            Self::Rename => "patch subject",
            Self::RenameStale => "patch subject, stale",
            Self::Assign(_) => "assign",
            Self::Start => "start",
            Self::Escalate => "escalate",
            Self::Return => "return",
            Self::Consult => "consult",
            Self::Pend(_) => "pend",
            Self::Resume => "resume",
            Self::Resolve => "resolve",
            Self::Close => "close",
            Self::Reopen => "reopen",
        }
    }

    /// Status of success.
    pub const fn success(self) -> u16 {
        match self {
            Self::CommentPublic | Self::CommentInternal => 201,
            _ => 200,
        }
    }

    /// Is the answer the ticket?
    pub const fn answers_ticket(self) -> bool {
        !matches!(self, Self::Timeline | Self::CommentPublic | Self::CommentInternal | Self::CommentUnknownField)
    }
}

impl Actor {
    /// What he is called in the counts.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Requester => "requester",
            Self::OtherRequester => "requester of another OPD",
            Self::Technician(Technician::First) => "tier 1",
            Self::Technician(_) => "tier 2",
            Self::OtherTechnician => "tier 1 of another OPD",
            Self::Coordinator => "coordinator",
            Self::Auditor => "auditor",
            Self::Foreigner => "tier 2 of another region",
        }
    }
}

/// What a call needs to know beside its action.
#[derive(Debug)]
pub struct Around<'a> {
    /// Id of the ticket.
    pub id: &'a str,
    /// Text that tells this step from every other.
    pub text: &'a str,
    /// Version that the ticket was opened with.
    pub first_etag: Option<&'a str>,
    /// Newest version known.
    pub etag: Option<&'a str>,
    /// Id of whoever is to be assigned; "me" if it is the caller.
    pub assignee: &'a str,
}

/// The call for an action.
pub fn call(action: Action, around: &Around<'_>) -> Call {
    let (path, text) = (format!("/tickets/{}", around.id), around.text);
    let post = |name: &str, body: &Value| Call::post(format!("{path}/{name}"), body);
    let comment = |visibility: &str| post("comments", &json!({ "body": text, "visibility": visibility }));
    let rename = |etag: Option<&str>| Call::patch(&*path, &json!({ "subject": text }), etag.map(str::to_owned));
    match action {
        Action::Read => Call::get(path),
        Action::Timeline => Call::get(format!("{path}/events")),
        Action::CommentPublic => comment("public"),
        Action::CommentInternal => comment("internal"),
        Action::CommentUnknownField => {
            post("comments", &json!({ "body": text, "visibility": "public", "no_such_field": true }))
        }
        Action::Prioritise(impact, urgency) => {
            Call::patch(&*path, &json!({ "impact": impact.text(), "urgency": urgency.text() }), None)
        }
        Action::Rename => rename(around.etag),
        Action::RenameStale => rename(around.first_etag),
        Action::Assign(_) => post("assign", &json!({ "assignee": around.assignee })),
        Action::Start => post("start", &Value::Null),
        Action::Escalate => post("escalate", &json!({ "reason": text, "tried": text, "requested": text })),
        Action::Return => post("return", &json!({ "instructions": text })),
        Action::Consult => post("consult", &json!({ "question": text })),
        Action::Pend(reason) => post("pend", &json!({ "reason": reason.text() })),
        Action::Resume => post("resume", &Value::Null),
        Action::Resolve => post("resolve", &json!({ "resolution": text, "cause": text })),
        Action::Close => post("close", &json!({ "rating": 4, "comment": text })),
        Action::Reopen => post("reopen", &json!({ "reason": text })),
    }
}

impl Reason {
    /// As the contract writes it.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Requester => "requester",
            Self::Vendor => "vendor",
            Self::Scheduled => "scheduled",
        }
    }
}

impl Status {
    /// As the contract writes it.
    pub const fn text(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::InProgress => "in_progress",
            Self::Pending(_) => "pending",
            Self::Resolved => "resolved",
            Self::Closed => "closed",
        }
    }
}

/// How an answer differs from the model; empty if it does not. `assignee` is the id of the one whom the model names.
pub fn differences(ticket: &Ticket, assignee: Option<&str>, subject: &str, answer: &Value) -> Vec<String> {
    let reason = if let Status::Pending(reason) = ticket.status { Some(reason.text()) } else { None };
    let tier = if ticket.tier == Tier::One { 1 } else { 2 };
    let expected = [
        ("status", json!(ticket.status.text())),
        ("pending_reason", json!(reason)),
        ("tier", json!(tier)),
        ("assignee", json!(assignee)),
        ("impact", json!(ticket.impact.text())),
        ("urgency", json!(ticket.urgency.text())),
        ("priority", json!(ticket.priority())),
        ("subject", json!(subject)),
    ];
    let shown = |field: &str| match field {
        "assignee" => json!(support::assignee(answer)),
        _ => answer.get(field).cloned().unwrap_or_default(),
    };
    let differs = |(field, wanted): (&str, Value)| {
        let found = shown(field);
        (found != wanted).then(|| format!("{field} is {found} and should be {wanted}"))
    };
    expected.into_iter().filter_map(differs).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Level, Opening};

    #[test]
    fn an_answer_is_compared_field_by_field() {
        let opening = Opening { service: "internet", tier: Tier::Two, impact: Level::High, urgency: Level::High };
        let ticket = Ticket::opened(opening);
        let answer = json!({ "status": "new", "pending_reason": null, "tier": 2, "assignee": { "id": "x" },
            "impact": "high", "urgency": "high", "priority": "p1", "subject": "s" });
        assert_eq!(differences(&ticket, Some("x"), "s", &answer), Vec::<String>::new());
        assert_eq!(differences(&ticket, None, "s", &answer), ["assignee is \"x\" and should be null"]);
        assert_eq!(differences(&ticket, Some("x"), "t", &answer).len(), 1);
    }

    #[test]
    fn stale_changes_name_the_first_version() {
        let around = Around { id: "1", text: "t", first_etag: Some("\"1\""), etag: Some("\"2\""), assignee: "me" };
        assert_eq!(call(Action::RenameStale, &around).if_match.as_deref(), Some("\"1\""));
        assert_eq!(call(Action::Rename, &around).if_match.as_deref(), Some("\"2\""));
        assert_eq!(call(Action::Start, &around).body, None);
    }
}
