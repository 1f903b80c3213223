//! The rows of tickets whose past was told, stored in bulk.

use crate::access::{Actor, Tx};
use crate::db::schema::{
    comments, events, handovers, ratings, ticket_deadlines as deadlines, ticket_texts as texts, tickets,
};
use crate::db::{Id, Ts};
use crate::error::Result;
use crate::org::region::Region;
use crate::sla::past::Past;
use crate::ticket::Ticket;
use crate::ticket::close::Rating;
use crate::ticket::comment::Comment;
use crate::ticket::event::{self, Line};
use crate::ticket::handover::Row as Handover;
use crate::{audit, notice, store_all};
use diesel::prelude::*;
use serde_json::{Value, json};
use std::collections::HashMap;

/// What is still to be stored.
#[derive(Debug, Default)]
pub struct Rows {
    pub(super) tickets: Vec<Ticket>,
    pub(super) texts: Vec<Text>,
    pub(super) deadlines: Vec<Deadlines>,
    pub(super) events: Vec<Line>,
    /// What the audit log says of each event.
    pub(super) details: Vec<Value>,
    pub(super) comments: Vec<Comment>,
    pub(super) handovers: Vec<Handover>,
    pub(super) ratings: Vec<Rating>,
    pub(super) notices: Vec<notice::Notice>,
    pub(super) clocks: Past,
}

#[derive(Debug, Insertable)]
#[diesel(table_name = texts)]
pub(super) struct Text {
    pub(super) ticket_id: Id,
    pub(super) terms: String,
    pub(super) region_id: Id,
    pub(super) opd_id: Id,
    pub(super) requester_id: Id,
}

#[derive(Debug, Insertable)]
#[diesel(table_name = deadlines, treat_none_as_default_value = false)]
pub(super) struct Deadlines {
    pub(super) ticket_id: Id,
    pub(super) region_id: Id,
    pub(super) due_at: Option<Ts>,
    pub(super) risk_at: Option<Ts>,
    pub(super) breached_at: Option<Ts>,
    pub(super) close_at: Option<Ts>,
}

impl Rows {
    /// Tickets in it.
    #[must_use]
    pub fn len(&self) -> usize {
        self.tickets.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.tickets.is_empty()
    }

    pub(super) fn take(&mut self, other: Self) {
        self.texts.extend(other.texts);
        self.deadlines.extend(other.deadlines);
        self.events.extend(other.events);
        self.details.extend(other.details);
        self.comments.extend(other.comments);
        self.handovers.extend(other.handovers);
        self.ratings.extend(other.ratings);
        self.notices.extend(other.notices);
    }

    /// The audit log's entries, one an event: whoever verifies it asks for each version.
    fn note(&self, tx: &mut Tx<'_>, region: &Region) -> Result<()> {
        let of: HashMap<Id, &Ticket> = self.tickets.iter().map(|t| (t.id, t)).collect();
        let mut all = Vec::with_capacity(self.events.len());
        for (line, detail) in self.events.iter().zip(&self.details) {
            let Some(ticket) = of.get(&line.ticket_id) else { continue };
            let who = Actor { person: line.actor_id, region: Some(ticket.region_id), ..Actor::anonymous() };
            let action = format!("ticket.{}", line.kind);
            all.push(audit::entry(&mut tx.acting_as(who, line.at), &action, event::object(ticket), detail)?);
        }
        audit::sequence::append_all(tx, &(Some(region.id), region.code.clone()), all)
    }

    /// Stores everything, with an entry of the audit log for all of it.
    pub fn store(&self, tx: &mut Tx<'_>, region: &Region) -> Result<()> {
        store_all!(tx.conn(), tickets::table, &self.tickets);
        store_all!(tx.conn(), texts::table, &self.texts);
        store_all!(tx.conn(), deadlines::table, &self.deadlines);
        store_all!(tx.conn(), events::table, &self.events);
        store_all!(tx.conn(), comments::table, &self.comments);
        store_all!(tx.conn(), handovers::table, &self.handovers);
        store_all!(tx.conn(), ratings::table, &self.ratings);
        self.clocks.store(tx)?;
        notice::store(tx, &self.notices)?;
        self.note(tx, region)?;
        let number = |ticket: Option<&Ticket>| ticket.map(|t| t.number.clone());
        let detail = json!({
            "tickets": self.tickets.len(), "events": self.events.len(),
            "first": number(self.tickets.first()), "last": number(self.tickets.last()),
        });
        audit::append(
            tx,
            "ticket.seed",
            audit::Object { kind: "region", id: Some(region.id), region: Some(region.id) },
            detail,
        )
    }
}
