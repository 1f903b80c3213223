//! Tickets: open, read, list, change.

use super::answer::Answer;
use super::call::{Call, Reply};
use super::extract::{Body, Query};
use crate::access::Tx;
use crate::catalog::words::Priority;
use crate::catalog::{Impact, Kind, Urgency};
use crate::check::Checks;
use crate::db::page::Paging;
use crate::db::{Id, Ts};
use crate::error::Result;
use crate::org::person::Brief;
use crate::patch::given;
use crate::say;
use crate::sla::view::SlaView;
use crate::ticket::find::TicketRef;
use crate::ticket::list::{Assignee, Filter, Risk, Sort};
use crate::ticket::present::{self, Presented};
use crate::ticket::{Channel, Classification, PendingReason, Status, Ticket, edit, find, link, list, open};
use actix_web::web::Path;
use serde::{Deserialize, Serialize};

/// An organisation's names.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct OpdName {
    /// Code.
    #[schema(example = "dinkes")]
    code: String,
    /// Name.
    #[schema(example = "Dinas Kesehatan")]
    name: String,
}

/// A ticket.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct TicketView {
    /// Its id.
    #[schema(value_type = uuid::Uuid)]
    id: Id,
    /// Its number.
    #[schema(example = "LBK-2026-000123")]
    number: String,
    /// Code of its region.
    region: String,
    /// The requester's organisation.
    opd: OpdName,
    /// Whose trouble it is.
    requester: Option<Brief>,
    /// Kind.
    kind: Kind,
    /// Code of the service.
    service: Option<String>,
    /// One line.
    subject: String,
    /// The trouble, exactly as it was sent.
    description: String,
    /// Impact.
    impact: Impact,
    /// Urgency.
    urgency: Urgency,
    /// From both.
    priority: Priority,
    /// Who may know of it.
    classification: Classification,
    /// How it came in.
    channel: Channel,
    /// Status.
    status: Status,
    /// For whom it waits, while pending.
    pending_reason: Option<PendingReason>,
    /// Until when it waits, if agreed.
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    pending_until: Option<Ts>,
    /// At which desk it lies.
    #[schema(minimum = 1, maximum = 2)]
    tier: i32,
    /// Who works on it.
    assignee: Option<Brief>,
    /// How it was solved.
    resolution: Option<String>,
    /// The agreement's clocks; `null` as long as no agreement holds.
    sla: Option<SlaView>,
    /// When it was opened.
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    created_at: Ts,
    /// When it last changed.
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    updated_at: Ts,
    /// When it was solved.
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    resolved_at: Option<Ts>,
    /// When it was closed or cancelled.
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    closed_at: Option<Ts>,
    /// Changes so far; also the `ETag`.
    version: i32,
}

impl From<Presented> for TicketView {
    fn from(p: Presented) -> Self {
        let t = p.ticket;
        Self {
            id: t.id,
            number: t.number,
            region: p.region,
            opd: OpdName { code: p.opd.0, name: p.opd.1 },
            requester: p.requester,
            kind: t.kind,
            service: p.service,
            subject: t.subject,
            description: t.description,
            impact: t.impact,
            urgency: t.urgency,
            priority: t.priority,
            classification: t.classification,
            channel: t.channel,
            status: t.status,
            pending_reason: t.pending_reason,
            pending_until: t.pending_until,
            tier: t.tier,
            assignee: p.assignee,
            resolution: t.resolution,
            sla: p.sla,
            created_at: t.created_at,
            updated_at: t.updated_at,
            resolved_at: t.resolved_at,
            closed_at: t.closed_at,
            version: t.version,
        }
    }
}

/// 200 with a ticket.
pub fn shown(tx: &mut Tx<'_>, ticket: Ticket) -> Result<Answer> {
    let view = TicketView::from(present::one(tx, ticket)?);
    Ok(Answer::ok(&view).with_version(view.version))
}

/// A new ticket.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTicket {
    /// Kind.
    kind: Kind,
    /// One line.
    #[schema(min_length = 1, max_length = 200, example = "SIMPEG tidak bisa dibuka")]
    subject: String,
    /// The trouble.
    #[schema(min_length = 1, max_length = 20000, example = "Sejak pagi muncul pesan galat 502.")]
    description: String,
    /// Code of a service.
    #[schema(example = "simpeg")]
    service: Option<String>,
    /// Impact; else the service's, else medium.
    impact: Option<Impact>,
    /// Urgency; else the service's, else medium.
    urgency: Option<Urgency>,
    /// Classification; else open.
    classification: Option<Classification>,
    /// Address or NIP of whose trouble it is.
    on_behalf_of: Option<String>,
    /// Code of the organisation, for somebody who is in several.
    opd: Option<String>,
    /// How it came in.
    channel: Option<Channel>,
}

/// `POST /tickets`.
pub async fn open(call: Call, body: Body<NewTicket>) -> Reply {
    let b = body.value;
    let new = open::New {
        kind: b.kind,
        subject: b.subject,
        description: b.description,
        service: b.service,
        impact: b.impact,
        urgency: b.urgency,
        classification: b.classification,
        on_behalf_of: b.on_behalf_of,
        opd: b.opd,
        channel: b.channel,
    };
    call.write(&body.bytes, move |tx| {
        let ticket = open::open(tx, &new)?;
        let place = format!("{}/tickets/{}", super::routes::BASE, ticket.id);
        Ok(Answer { status: 201, location: Some(place), ..shown(tx, ticket)? })
    })
    .await
}

/// `GET /tickets/{id}`.
pub async fn read(call: Call, name: Path<String>) -> Reply {
    let which = call.ticket(&name);
    call.read(move |tx| {
        let ticket = find::read(tx, &which)?.into_inner();
        shown(tx, ticket)
    })
    .await
}

/// What to list.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct TicketQuery {
    /// One or more statuses, separated by commas; `open` is every unfinished one.
    #[param(
        example = "new,in_progress",
        pattern = "^(open|new|in_progress|pending|resolved|closed|cancelled)(,(open|new|in_progress|pending|resolved|closed|cancelled))*$"
    )]
    status: Option<String>,
    /// 1 or 2.
    #[param(minimum = 1, maximum = 2)]
    tier: Option<i32>,
    /// Code of an organisation.
    opd: Option<String>,
    /// `me`, `none`, or a person's id.
    #[param(pattern = "^(me|none|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})$")]
    assignee: Option<String>,
    /// Kind.
    kind: Option<Kind>,
    /// Priority.
    priority: Option<Priority>,
    /// Code of a service.
    service: Option<String>,
    /// `at_risk`: a clock has reached its first level and none is missed; `breached`: a clock was
    /// missed and not waived; `overdue`: one that has not stopped is past its deadline.
    #[param(inline)]
    sla: Option<Risk>,
    /// A number, a requester's name or address, or words; the number and the requester fit best.
    #[param(max_length = 200)]
    q: Option<String>,
    /// Id or number of a ticket: those that are tied to it as `caused_by` or `duplicate_of`.
    #[param(min_length = 1, max_length = 40)]
    tied_to: Option<String>,
    /// `-created_at`, `created_at`, `priority`, or `due_at`: by the earliest deadline that runs or has passed, those without one
    /// last.
    #[param(pattern = "^(-created_at|created_at|priority|due_at)$")]
    sort: Option<String>,
    /// Rows at most.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    #[param(min_length = 1)]
    cursor: Option<String>,
}

impl TicketQuery {
    /// What is asked for.
    ///
    /// # Errors
    /// 422 with every parameter that does not fit.
    fn filter(&self, me: Option<Id>, paging: &Paging) -> Result<Filter> {
        let mut checks = Checks::new();
        let assignee = match self.assignee.as_deref() {
            None => None,
            Some("none") => Some(Assignee::None),
            Some("me") => me.map(Assignee::Is),
            Some(id) => {
                let id = id.parse().ok();
                checks.ensure(id.is_some(), "/assignee", || say!("field.assignee"));
                id.map(Assignee::Is)
            }
        };
        let sort = match self.sort.as_deref() {
            None => None,
            Some("-created_at") => Some(Sort::Newest),
            Some("created_at") => Some(Sort::Oldest),
            Some("priority") => Some(Sort::Priority),
            Some("due_at") => Some(Sort::Due),
            Some(_) => {
                checks.fault("/sort", say!("field.one_of", known = "-created_at, created_at, priority, due_at"));
                None
            }
        };
        checks.ensure(matches!(self.tier, None | Some(1 | 2)), "/tier", || say!("field.one_of", known = "1, 2"));
        checks.maybe_text("/q", self.q.as_deref(), 0..=200);
        checks.maybe_text("/tied_to", self.tied_to.as_deref(), 1..=40);
        checks.within("", paging.limit().map(drop))?;
        let status = statuses(self.status.as_deref(), &mut checks);
        checks.done()?;
        Ok(Filter {
            status,
            tier: self.tier,
            opd: self.opd.clone(),
            assignee,
            kind: self.kind,
            priority: self.priority,
            service: self.service.clone(),
            sla: self.sla,
            q: self.q.clone(),
            sort,
            ..Filter::default()
        })
    }
}

fn statuses(text: Option<&str>, checks: &mut Checks) -> Vec<Status> {
    let mut statuses = Vec::new();
    for word in text.into_iter().flat_map(|t| t.split(',')) {
        match (word, Status::from_text(word)) {
            ("open", _) => statuses.extend(Status::OPEN),
            (_, Some(status)) => statuses.push(status),
            (_, None) => {
                let known: Vec<&str> = Status::ALL.iter().map(|s| s.text()).collect();
                let known = format!("open, {}", known.join(", "));
                checks.fault("/status", say!("field.one_of", known = known));
                break;
            }
        }
    }
    statuses
}

/// `GET /tickets`.
pub async fn list(call: Call, Query(query): Query<TicketQuery>) -> Reply {
    call.read(move |tx| {
        let paging = Paging { limit: query.limit, cursor: query.cursor.clone() };
        let mut filter = query.filter(tx.actor.person, &paging)?;
        if let Some(main) = &query.tied_to {
            link::reports_of(tx, &TicketRef::parse(main, None), &mut filter)?;
        }
        let page = list::list(tx, &filter, &paging)?;
        let next_cursor = page.next;
        let items: Vec<TicketView> = present::all(tx, page.items)?.into_iter().map(TicketView::from).collect();
        Ok(Answer::ok(&super::answer::ListView { items, next_cursor }))
    })
    .await
}

/// New values of a ticket; those left out stay.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TicketChanges {
    /// One line.
    #[schema(min_length = 1, max_length = 200)]
    #[serde(default, deserialize_with = "given")]
    subject: Option<String>,
    /// The trouble.
    #[schema(min_length = 1, max_length = 20000)]
    #[serde(default, deserialize_with = "given")]
    description: Option<String>,
    /// Kind.
    #[serde(default, deserialize_with = "given")]
    kind: Option<Kind>,
    /// Code of a service.
    #[serde(default, deserialize_with = "given")]
    service: Option<String>,
    /// Impact.
    #[serde(default, deserialize_with = "given")]
    impact: Option<Impact>,
    /// Urgency.
    #[serde(default, deserialize_with = "given")]
    urgency: Option<Urgency>,
    /// Classification.
    #[serde(default, deserialize_with = "given")]
    classification: Option<Classification>,
}

/// `PATCH /tickets/{id}`.
pub async fn edit(call: Call, name: Path<String>, body: Body<TicketChanges>) -> Reply {
    let which = call.ticket(&name);
    let b = body.value;
    let changes = edit::Changes {
        subject: b.subject,
        description: b.description,
        kind: b.kind,
        service: b.service,
        impact: b.impact,
        urgency: b.urgency,
        classification: b.classification,
    };
    call.write(&body.bytes, move |tx| {
        let ticket = find::find(tx, &which)?;
        let ticket = edit::edit(tx, ticket, &changes)?;
        shown(tx, ticket)
    })
    .await
}
