//! Changing a ticket's fields; only those that are named.

use super::event::{Event, record};
use super::find::untouched;
use super::{Classification, Move, Ticket, open};
use crate::access::{May, Tx, act};
use crate::catalog::{self, Impact, Kind, Urgency, words::Priority};
use crate::check::Checks;
use crate::error::Result;
use crate::org::opd;
use serde_json::{Map, Value, json};

/// New values; those that are `None` stay.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// One line.
    pub subject: Option<String>,
    /// The trouble.
    pub description: Option<String>,
    /// Kind.
    pub kind: Option<Kind>,
    /// Code of a service.
    pub service: Option<String>,
    /// Impact.
    pub impact: Option<Impact>,
    /// Urgency.
    pub urgency: Option<Urgency>,
    /// Classification.
    pub classification: Option<Classification>,
}

/// Changes the ticket; the priority follows impact and urgency. Values that it has already change nothing, and are no event.
///
/// # Errors
/// 409 for a finished ticket; 422 for fields that do not fit.
pub fn edit(tx: &mut Tx<'_>, ticket: May<act::Edit, Ticket>, changes: &Changes) -> Result<Ticket> {
    let subject = changes.subject.as_deref().map(str::trim);
    let mut checks = Checks::new();
    if let Some(subject) = subject {
        checks.line("/subject", subject, 1..=200);
    }
    checks.maybe_text("/description", changes.description.as_deref(), 1..=20_000);
    checks.done()?;
    let mut ticket = ticket.into_inner();
    let before = ticket.clone();
    ticket.step(Move::Edit, tx.now)?;
    if let Some(subject) = subject {
        subject.clone_into(&mut ticket.subject);
    }
    if let Some(description) = &changes.description {
        ticket.description.clone_from(description);
    }
    ticket.kind = changes.kind.unwrap_or(ticket.kind);
    if let Some(code) = &changes.service {
        let opd = opd::by_id(tx, ticket.opd_id)?;
        ticket.service_id = Some(open::offered(tx, &opd, code, ticket.kind)?.id);
    } else if let (Some(_), Some(service)) = (changes.kind, ticket.service_id) {
        let service = catalog::by_id(tx, service)?;
        open::takes(&service, ticket.kind)?;
    }
    ticket.impact = changes.impact.unwrap_or(ticket.impact);
    ticket.urgency = changes.urgency.unwrap_or(ticket.urgency);
    ticket.priority = Priority::of(ticket.impact, ticket.urgency);
    ticket.classification = changes.classification.unwrap_or(ticket.classification);
    let fields = difference(&before, &ticket);
    if fields.is_empty() {
        return untouched(tx, before);
    }
    ticket.save(tx)?;
    if ticket.subject != before.subject || ticket.description != before.description {
        open::index_again(tx, &ticket)?;
    }
    record(tx, &ticket, &Event::Edited(Value::Object(fields)))?;
    Ok(ticket)
}

/// What changed, old and new; of the long text only that it did.
fn difference(old: &Ticket, new: &Ticket) -> Map<String, Value> {
    let mut fields = Map::new();
    let mut add = |name: &str, from: Value, to: Value| {
        if from != to {
            fields.insert(name.into(), json!({ "from": from, "to": to }));
        }
    };
    add("subject", json!(old.subject), json!(new.subject));
    add("kind", json!(old.kind), json!(new.kind));
    add("service", json!(old.service_id), json!(new.service_id));
    add("impact", json!(old.impact), json!(new.impact));
    add("urgency", json!(old.urgency), json!(new.urgency));
    add("priority", json!(old.priority), json!(new.priority));
    add("classification", json!(old.classification), json!(new.classification));
    if old.description != new.description {
        fields.insert("description".into(), json!({ "changed": true }));
    }
    fields
}
