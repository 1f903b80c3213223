//! What happened to a ticket. Recording an event is all that a command does about time line, audit log, notices,
//! clocks and mail: [`super::consequence`] derives the rest.

use super::{Channel, Classification, Ticket, Visibility, consequence, veil};
use crate::access::Tx;
use crate::audit;
use crate::db::behind::{above, below};
use crate::db::kept::change;
use crate::db::page::{Page, Paging};
use crate::db::schema::events;
use crate::db::{Id, Json, Ts, one_of};
use crate::error::Result;
use crate::on;
use crate::sla::Metric;
use crate::sla::board::Told;
use diesel::dsl::not;
use diesel::prelude::*;
use serde_json::{Value, json};

/// Everything that can happen to a ticket.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// Opened.
    Opened {
        /// Its OPD has no Tier 1, so that it went to Tier 2 (L4).
        stranded: bool,
    },
    /// Given to somebody.
    Assigned(Id),
    /// Work began.
    Started,
    /// Tier 2 accepted a hand-over.
    Accepted,
    /// Handed to Tier 2 (L6).
    Escalated {
        /// Why.
        reason: String,
        /// What was tried.
        tried: String,
        /// What is asked for.
        requested: String,
    },
    /// Handed back to Tier 1 (L7).
    Returned {
        /// What Tier 1 shall do.
        instructions: String,
    },
    /// Tier 2 was asked (L9).
    Consulted {
        /// What.
        question: String,
    },
    /// The coordinator asked for news (L8).
    Reminded {
        /// What he says.
        note: String,
    },
    /// Waits.
    Pended,
    /// Goes on.
    Resumed {
        /// The requester for whose answer it waited has left.
        forsaken: bool,
    },
    /// Solved.
    Resolved,
    /// Confirmed.
    Closed {
        /// Stars, 1–5.
        rating: Option<i32>,
        /// A remark.
        comment: Option<String>,
    },
    /// Taken up again.
    Reopened {
        /// Why.
        reason: String,
    },
    /// Given up.
    Cancelled {
        /// Why.
        reason: String,
    },
    /// Fields were changed.
    Edited(Value),
    /// Somebody wrote.
    Commented {
        /// For whom.
        visibility: Visibility,
        /// The comment.
        comment: Id,
        /// How it came in.
        channel: Channel,
    },
    /// A file was added.
    Attached {
        /// For whom.
        visibility: Visibility,
        /// The attachment.
        attachment: Id,
        /// Its name.
        name: String,
        /// The requester's, and nothing else tells of it: his answer.
        is_answer: bool,
    },
    /// Somebody follows.
    Watched(Id),
    /// Somebody follows no more.
    Unwatched(Id),
    /// Tied to another ticket.
    Linked {
        /// How.
        kind: &'static str,
        /// The other.
        other: Id,
    },
    /// No longer tied.
    Unlinked {
        /// The other.
        other: Id,
    },
    /// Its technician left the desk.
    Released(Id),
    /// A clock reached a level of warning.
    Warned(Told),
    /// A clock missed its target.
    Breached(Told),
    /// A security incident was reported (BSSN 1/2024, article 15).
    Reported {
        /// To whom.
        to: String,
        /// Number or date of the report.
        reference: String,
    },
    /// A waiver was asked for.
    WaiverAsked {
        /// Of which metric.
        metric: Metric,
        /// Why.
        reason: String,
    },
    /// A waiver was granted or refused.
    WaiverDecided {
        /// Of which metric.
        metric: Metric,
        /// Granted.
        granted: bool,
        /// A remark.
        remark: Option<String>,
    },
}

impl Event {
    /// That a clock reached a level.
    #[must_use]
    pub fn reached(told: Told) -> Self {
        if told.level.is_breach() { Self::Breached(told) } else { Self::Warned(told) }
    }

    /// Stable name of the kind.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Opened { .. } => "opened",
            Self::Assigned(_) => "assigned",
            Self::Started => "started",
            Self::Accepted => "accepted",
            Self::Escalated { .. } => "escalated",
            Self::Returned { .. } => "returned",
            Self::Consulted { .. } => "consulted",
            Self::Reminded { .. } => "reminded",
            Self::Pended => "pended",
            Self::Resumed { .. } => "resumed",
            Self::Resolved => "resolved",
            Self::Closed { .. } => "closed",
            Self::Reopened { .. } => "reopened",
            Self::Cancelled { .. } => "cancelled",
            Self::Edited(_) => "edited",
            Self::Commented { .. } => "commented",
            Self::Attached { .. } => "attached",
            Self::Watched(_) => "watched",
            Self::Unwatched(_) => "unwatched",
            Self::Linked { .. } => "linked",
            Self::Unlinked { .. } => "unlinked",
            Self::Released(_) => "released",
            Self::Warned(_) => "warned",
            Self::Breached(_) => "breached",
            Self::Reported { .. } => "reported",
            Self::WaiverAsked { .. } => "waiver_asked",
            Self::WaiverDecided { .. } => "waiver_decided",
        }
    }

    /// The kind of the notices that tell of it: that of the event, but for a level that only reminds of a miss.
    #[must_use]
    pub fn notice(&self) -> &'static str {
        match self {
            Self::Warned(told) if told.level.is_reminder() => "overdue",
            _ => self.kind(),
        }
    }

    /// Who may know that it happened.
    #[must_use]
    pub const fn visibility(&self) -> Visibility {
        match self {
            Self::Commented { visibility, .. } | Self::Attached { visibility, .. } => *visibility,
            // A link names another ticket, and a watcher is not the requester's business.
            Self::Consulted { .. }
            | Self::Reminded { .. }
            | Self::Linked { .. }
            | Self::Unlinked { .. }
            | Self::Watched(_)
            | Self::Unwatched(_)
            | Self::Released(_)
            // What the desk owes is in the clocks, which the requester reads; who was told of it is not his business.
            | Self::Warned(_)
            | Self::Breached(_)
            | Self::Reported { .. }
            | Self::WaiverAsked { .. }
            | Self::WaiverDecided { .. } => Visibility::Internal,
            _ => Visibility::Public,
        }
    }

    /// What everybody may read of it, and what only staff may.
    fn data(&self, ticket: &Ticket) -> (Value, Value) {
        let none = || json!({});
        match self {
            Self::Opened { stranded } => (json!({ "tier": ticket.tier }), json!({ "no_tier1": stranded })),
            Self::Assigned(person) => (json!({ "assignee": person }), none()),
            Self::Started | Self::Accepted | Self::Resumed { .. } => (none(), none()),
            Self::Escalated { reason, tried, requested } => {
                (none(), json!({ "reason": reason, "tried": tried, "requested": requested }))
            }
            Self::Returned { instructions } => (none(), json!({ "instructions": instructions })),
            Self::Consulted { question } => (none(), json!({ "question": question })),
            Self::Reminded { note } => (none(), json!({ "note": note })),
            Self::Pended => (json!({ "reason": ticket.pending_reason, "until": ticket.pending_until }), none()),
            Self::Resolved => (json!({ "resolution": ticket.resolution }), json!({ "cause": ticket.cause })),
            Self::Closed { rating, comment } => (json!({ "rating": rating, "comment": comment }), none()),
            Self::Reopened { reason } | Self::Cancelled { reason } => (json!({ "reason": reason }), none()),
            Self::Edited(changes) => (changes.clone(), none()),
            Self::Commented { comment, channel, .. } => (json!({ "comment": comment, "channel": channel }), none()),
            Self::Attached { attachment, name, .. } => (json!({ "attachment": attachment, "name": name }), none()),
            Self::Watched(person) | Self::Unwatched(person) | Self::Released(person) => {
                (none(), json!({ "person": person }))
            }
            Self::Linked { kind, other } => (none(), json!({ "link": kind, "ticket": other })),
            Self::Unlinked { other } => (none(), json!({ "ticket": other })),
            Self::Warned(told) | Self::Breached(told) => (
                none(),
                json!({
                    "clock": told.clock, "metric": told.metric, "cycle": told.cycle, "level": told.level.key(),
                    "reached_at": told.reached_at,
                }),
            ),
            Self::Reported { to, reference } => (none(), json!({ "to": to, "reference": reference })),
            Self::WaiverAsked { metric, reason } => (none(), json!({ "metric": metric, "reason": reason })),
            Self::WaiverDecided { metric, granted, remark } => {
                (none(), json!({ "metric": metric, "granted": granted, "remark": remark }))
            }
        }
    }
}

/// A line of the time line.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = events, treat_none_as_default_value = false)]
pub struct Line {
    /// Its id.
    pub id: Id,
    /// Of which ticket.
    pub ticket_id: Id,
    /// The ticket's version after it.
    pub version: i32,
    /// When.
    pub at: Ts,
    /// Who; none is the program itself.
    pub actor_id: Option<Id>,
    /// Kind of event.
    pub kind: String,
    /// Who may know of it.
    pub visibility: Visibility,
    /// What everybody may read.
    pub data: Json,
    /// What only staff may read.
    pub staff_data: Json,
}

impl Line {
    /// The line that tells `event`.
    pub(super) fn of(tx: &Tx<'_>, ticket: &Ticket, event: &Event) -> Self {
        let (data, staff_data) = event.data(ticket);
        Self {
            id: tx.new_id(),
            ticket_id: ticket.id,
            version: ticket.version,
            at: tx.now,
            actor_id: tx.actor.person,
            kind: event.kind().to_owned(),
            visibility: event.visibility(),
            data: Json(data),
            staff_data: Json(staff_data),
        }
    }
}

/// Writes the event into the time line and the audit log, and lets it have its consequences.
pub fn record(tx: &mut Tx<'_>, ticket: &Ticket, event: &Event) -> Result<()> {
    let line = Line::of(tx, ticket, event);
    on!(tx.conn(), |c| change(c, diesel::insert_into(events::table).values(&line)))?;
    note(tx, ticket, &format!("ticket.{}", event.kind()), detail(ticket))?;
    tx.count(("sigap_ticket_events_total", [("kind", event.kind()), ("status", ticket.status.text())]));
    consequence::of(tx, ticket, event, line.id)
}

/// What the audit log says of the ticket as it is now.
pub(super) fn detail(ticket: &Ticket) -> Value {
    // The auditor may learn that a secret ticket was acted on, and no more.
    match ticket.classification {
        Classification::Secret => json!({ "version": ticket.version }),
        _ => json!({ "number": ticket.number, "version": ticket.version, "status": ticket.status }),
    }
}

/// A ticket as what is acted on.
pub(super) fn object(ticket: &Ticket) -> audit::Object {
    audit::Object { kind: "ticket", id: Some(ticket.id), region: Some(ticket.region_id) }
}

/// Writes an act on a ticket into the audit log.
pub(super) fn note(tx: &mut Tx<'_>, ticket: &Ticket, action: &str, detail: Value) -> Result<()> {
    audit::append(tx, action, object(ticket), detail)
}

/// At which end of a time line one begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Oldest,
    Newest,
}

/// The time line of a ticket, oldest first; without internal lines and texts unless `staff`.
pub fn list(tx: &mut Tx<'_>, ticket: Id, staff: bool, paging: &Paging) -> Result<Page<Line>> {
    page(tx, ticket, staff, End::Oldest, paging)
}

/// The end of the time line of a ticket, as [`list`] shows it: its newest lines, oldest first. `next` leads to the lines
/// before them.
///
/// # Errors
/// 422 for a cursor that no page gave.
pub fn newest(tx: &mut Tx<'_>, ticket: Id, staff: bool, paging: &Paging) -> Result<Page<Line>> {
    let mut page = page(tx, ticket, staff, End::Newest, paging)?;
    page.items.reverse();
    Ok(page)
}

fn page(tx: &mut Tx<'_>, ticket: Id, staff: bool, end: End, paging: &Paging) -> Result<Page<Line>> {
    let (limit, after) = (paging.limit()?, paging.after::<(i32, Ts, Id)>()?);
    // Left out by the statement: a page that were cut first would tell by its length and its cursor what it does not show.
    let unseen = if staff { veil::ties(tx, ticket)? } else { Vec::new() };
    let mut rows = on!(tx.conn(), |c| {
        let mut query = events::table.filter(events::ticket_id.eq(ticket)).select(Line::as_select()).into_boxed::<Db>();
        if !staff {
            query = query.filter(events::visibility.eq(Visibility::Public));
        }
        if !unseen.is_empty() {
            query = query.filter(not(one_of(events::id, &unseen)));
        }
        // By the version first, which tells the order whatever the clocks of two nodes say.
        let order = (events::version, events::at, events::id);
        if let Some(key) = after {
            query = match end {
                End::Oldest => query.filter(above(order, key)),
                End::Newest => query.filter(below(order, key)),
            };
        }
        query = match end {
            End::Oldest => query.order(order),
            End::Newest => query.order((events::version.desc(), events::at.desc(), events::id.desc())),
        };
        query.limit(limit + 1).load(c)
    })?;
    if !staff {
        for line in &mut rows {
            line.staff_data = Json(json!({}));
        }
    }
    Ok(Page::cut(rows, limit, |l| (l.version, l.at, l.id)))
}
