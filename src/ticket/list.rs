//! Lists of tickets: always from the actor's scope, filtered, sorted, paged by key.

use super::find::{witness_listed, witness_sought};
use super::link::LinkKind;
use super::past::{Past, PastOf};
use super::place::Key;
use super::scope::{self, Scope, Way, WithDeadline, WithWords};
use super::search::{FITS, Find, Sought, Wanted};
use super::{Status, Ticket};
use crate::access::{Actor, Tx};
use crate::catalog::{Kind, words::Priority};
use crate::db::behind::{above, below};
use crate::db::page::{Page, Paging};
use crate::db::schema::{opds, services, ticket_deadlines as deadlines, ticket_links as links, tickets};
use crate::db::search::Condition;
use crate::db::{Id, Ts, fixed, one_of};
use crate::error::Result;
use crate::on;
use diesel::dsl::{exists, not};
use diesel::prelude::*;
use serde::{Deserialize, Serialize};

/// Whose work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Assignee {
    /// Nobody's.
    None,
    /// This person's.
    Is(Id),
}

/// In which order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Sort {
    /// Newest first.
    Newest,
    /// Oldest first.
    Oldest,
    /// Highest priority first, oldest first within.
    Priority,
    /// Earliest running deadline first, then those without one, newest first.
    Due,
}

crate::text_enum! {
    /// How a ticket stands to its deadlines.
    pub enum Risk {
        /// A clock has reached its first level, and none is missed.
        AtRisk = "at_risk",
        /// A clock was missed, and the miss was not waived.
        Breached = "breached",
        /// A clock that has not stopped is past its deadline, and that is not waived.
        Overdue = "overdue",
    }
}

/// What is asked for.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// One of these.
    pub status: Vec<Status>,
    /// At this desk.
    pub tier: Option<i32>,
    /// Of the organisation with this code.
    pub opd: Option<String>,
    /// Whose trouble.
    pub requester: Option<Id>,
    /// Whose work.
    pub assignee: Option<Assignee>,
    /// Of this kind.
    pub kind: Option<Kind>,
    /// Of this priority.
    pub priority: Option<Priority>,
    /// About the service with this code.
    pub service: Option<String>,
    /// How it stands to its deadlines.
    pub sla: Option<Risk>,
    /// Opened at this instant or later.
    pub opened_from: Option<Ts>,
    /// Opened before this instant.
    pub opened_before: Option<Ts>,
    /// What became of it, and when.
    pub past: Option<Past>,
    /// One of these.
    pub among: Option<Vec<Id>>,
    /// Tied to this one, which is behind them or was there before them ([`super::link::reports_of`]).
    pub tied_to: Option<Id>,
    /// Words, a number, or a requester.
    pub q: Option<String>,
    /// Order; by default the newest first, and with `q` what fits best first.
    pub sort: Option<Sort>,
}

impl Filter {
    /// `true` if no index but those of whose tickets they are narrows what is asked for: what is finished grows for ever, while
    /// what is open, somebody's work, or late, stays little.
    fn is_wide(&self) -> bool {
        let is_of_one = self.requester.is_some() || matches!(self.assignee, Some(Assignee::Is(_)));
        let is_late = matches!(self.sla, Some(Risk::AtRisk | Risk::Overdue));
        !self.is_of_open() && !is_of_one && !is_late
    }

    /// `true` if unfinished tickets alone are asked for.
    fn is_of_open(&self) -> bool {
        !self.status.is_empty() && self.status.iter().all(|status| status.is_open())
    }
}

/// In what order a list is walked, class by class.
#[derive(Clone, Copy)]
enum Walk<'a> {
    /// What fits better comes first.
    ByFit(&'a Sought),
    /// Those that have a deadline, by it, then the others.
    ByDeadline {
        /// Whatever is overdue has one.
        all_have_one: bool,
    },
    /// All are one list.
    Plain,
}

impl<'a> Walk<'a> {
    /// With an explicit order all that fits is one list.
    fn of(filter: &Filter, sought: Option<&'a Sought>) -> Self {
        match (filter.sort, sought) {
            (None, Some(sought)) => Self::ByFit(sought),
            (Some(Sort::Due), _) => Self::ByDeadline { all_have_one: filter.sla == Some(Risk::Overdue) },
            _ => Self::Plain,
        }
    }

    const fn classes(self) -> u8 {
        match self {
            Self::ByFit(_) => FITS,
            Self::ByDeadline { all_have_one: false } => 2,
            Self::ByDeadline { all_have_one: true } | Self::Plain => 1,
        }
    }
}

/// The tickets that `filter` asks for and the actor sees. Of secret ones the audit log tells to whom they were shown.
pub fn list(tx: &mut Tx<'_>, filter: &Filter, paging: &Paging) -> Result<Page<Ticket>> {
    let limit = paging.limit()?;
    let after = paging.after::<Key>()?;
    let text = filter.q.as_deref().map(str::trim).filter(|q| !q.is_empty());
    if let Some(text) = text {
        witness_sought(tx, text);
    }
    let sort = filter.sort.unwrap_or(Sort::Newest);
    // Whoever has no region sees nothing, sought or not.
    let sought = text.zip(tx.actor.region).map(|(q, region)| Sought::of(tx, region, q)).transpose()?;
    let walk = Walk::of(filter, sought.as_ref());
    let mut start = match after {
        Some(key) if key.4 != filter.sort || key.0 >= walk.classes() => {
            return Err(crate::error::Error::invalid("/cursor", crate::say!("field.cursor")));
        }
        other => other,
    };
    let mut rows: Vec<(u8, Ts, Ticket)> = Vec::new();
    for class in start.as_ref().map_or(0, |k| k.0)..walk.classes() {
        let wanted = limit + 1 - i64::try_from(rows.len()).unwrap_or(limit);
        if wanted <= 0 {
            break;
        }
        let (start, words) = (start.take(), sought.as_ref().map(Wanted::Any));
        let opened = |ticket: Ticket| (class, ticket.created_at, ticket);
        match walk {
            Walk::ByFit(sought) => {
                rows.extend(sought.fitting(tx, filter, class, start, wanted)?.into_iter().map(opened));
            }
            Walk::ByDeadline { .. } if class == 0 => {
                let found = by_deadline(tx, filter, words, start, wanted)?;
                rows.extend(found.into_iter().map(|(due, ticket)| (class, due, ticket)));
            }
            _ => rows.extend(page(tx, filter, words, sort, start, wanted)?.into_iter().map(opened)),
        }
    }
    let page = Page::cut(rows, limit, |(class, at, t)| {
        Key(*class, (sort == Sort::Priority).then_some(t.priority), *at, t.id, filter.sort)
    });
    let page = page.map(|(.., ticket)| ticket);
    witness_listed(tx, &page.items);
    Ok(page)
}

/// Tickets with a running deadline, each with it: the index of deadlines gives the order, the ticket the right to see.
fn by_deadline(
    tx: &mut Tx<'_>,
    filter: &Filter,
    sought: Option<Wanted<'_>>,
    after: Option<Key>,
    limit: i64,
) -> Result<Vec<(Ts, Ticket)>> {
    let (now, Some(region)) = (tx.now, tx.actor.region) else { return Ok(Vec::new()) };
    let (conn, actor) = tx.scoped();
    let rows: Vec<(Option<Ts>, Ticket)> = on!(conn, |c| {
        let mut query = deadlines::table
            .inner_join(tickets::table)
            .filter(deadlines::region_id.eq(region).and(deadlines::due_at.is_not_null()))
            .select((deadlines::due_at, Ticket::as_select()))
            .into_boxed::<Db>()
            .filter(<Db as Scope<WithDeadline>>::visible_to(actor));
        for condition in <Db as Conditions<WithDeadline>>::of(filter, actor, now) {
            query = query.filter(condition);
        }
        if let Some(sought) = sought {
            query = query.filter(<Db as Find<WithDeadline>>::wanted(sought));
        }
        if let Some(Key(_, _, at, id, _)) = after {
            query = query.filter(above((deadlines::due_at.assume_not_null(), deadlines::ticket_id), (at, id)));
        }
        query.order((deadlines::due_at, deadlines::ticket_id)).limit(limit).load(c)
    })?;
    Ok(rows.into_iter().filter_map(|(due, ticket)| Some((due?, ticket))).collect())
}

/// A page of the tickets that `filter` asks for, in an order of their own: by each way that leads to tickets of the actor's
/// as many as the page holds, and of all of them the first.
pub(super) fn page(
    tx: &mut Tx<'_>,
    filter: &Filter,
    sought: Option<Wanted<'_>>,
    sort: Sort,
    after: Option<Key>,
    limit: i64,
) -> Result<Vec<Ticket>> {
    let ways = match sought {
        None if filter.is_wide() && sort != Sort::Priority => scope::ways(&tx.actor),
        _ => vec![Way::Region],
    };
    let mut rows = Vec::new();
    for way in &ways {
        rows.extend(stretch(tx, *way, (filter, sought), sort, after.as_ref(), limit)?);
    }
    if ways.len() > 1 {
        rows.sort_by_key(|ticket| (ticket.created_at, ticket.id));
        if sort != Sort::Oldest {
            rows.reverse();
        }
        // Two ways may lead to one ticket.
        rows.dedup_by_key(|ticket| ticket.id);
        rows.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    }
    Ok(rows)
}

/// The first of them to which one way leads.
fn stretch(
    tx: &mut Tx<'_>,
    way: Way,
    (filter, sought): (&Filter, Option<Wanted<'_>>),
    sort: Sort,
    after: Option<&Key>,
    limit: i64,
) -> Result<Vec<Ticket>> {
    let now = tx.now;
    let (conn, actor) = tx.scoped();
    Ok(on!(conn, |c| {
        let mut query =
            tickets::table.filter(<Db as Scope>::visible_by(actor, way)).select(Ticket::as_select()).into_boxed::<Db>();
        for condition in <Db as Conditions>::of(filter, actor, now) {
            query = query.filter(condition);
        }
        if sort == Sort::Due {
            query = query.filter(not(exists(
                deadlines::table.filter(deadlines::ticket_id.eq(tickets::id).and(deadlines::due_at.is_not_null())),
            )));
        }
        if let Some(sought) = sought {
            query = query.filter(<Db as Find>::wanted(sought));
        }
        if let Some(condition) = after.and_then(|key| <Db as Conditions>::after(sort, key)) {
            query = query.filter(condition);
        }
        match sort {
            Sort::Newest | Sort::Due => query.order((tickets::created_at.desc(), tickets::id.desc())),
            Sort::Oldest => query.order((tickets::created_at, tickets::id)),
            Sort::Priority => query.order((tickets::priority, tickets::created_at, tickets::id)),
        }
        .limit(limit)
        .load(c)
    })?)
}

/// The filters as conditions of a backend.
pub(super) trait Conditions<From = tickets::table>: Scope<From> {
    fn of(filter: &Filter, actor: &Actor, now: Ts) -> Vec<Condition<Self, From>>;
    fn late(asked: Risk, actor: &Actor, now: Ts) -> Condition<Self, From>;
    fn after(sort: Sort, key: &Key) -> Option<Condition<Self, From>>;
}

macro_rules! conditions_on {
    ($backend:ty, $from:ty) => {
        impl Conditions<$from> for $backend {
            fn of(filter: &Filter, actor: &Actor, now: Ts) -> Vec<Condition<Self, $from>> {
                let mut all: Vec<Condition<Self, $from>> = Vec::new();
                if filter.is_of_open() {
                    all.push(Box::new(fixed(Status::OPEN_SQL)));
                }
                if !filter.status.is_empty() && filter.status != Status::OPEN {
                    all.push(Box::new(tickets::status.eq_any(filter.status.clone())));
                }
                if let Some(tier) = filter.tier {
                    all.push(Box::new(tickets::tier.eq(tier)));
                }
                if let Some(requester) = filter.requester {
                    all.push(Box::new(tickets::requester_id.eq(requester)));
                }
                match filter.assignee {
                    None => {}
                    Some(Assignee::None) => all.push(Box::new(tickets::assignee_id.is_null())),
                    Some(Assignee::Is(id)) => all.push(Box::new(
                        tickets::assignee_id.is_not_null().and(tickets::assignee_id.assume_not_null().eq(id)),
                    )),
                }
                if let Some(kind) = filter.kind {
                    all.push(Box::new(tickets::kind.eq(kind)));
                }
                if let Some(priority) = filter.priority {
                    all.push(Box::new(tickets::priority.eq(priority)));
                }
                if let Some(asked) = filter.sla {
                    all.push(<Self as Conditions<$from>>::late(asked, actor, now));
                }
                if let Some(at) = filter.opened_from {
                    all.push(Box::new(tickets::created_at.ge(at)));
                }
                if let Some(at) = filter.opened_before {
                    all.push(Box::new(tickets::created_at.lt(at)));
                }
                if let Some(ids) = &filter.among {
                    all.push(Box::new(one_of(tickets::id, ids)));
                }
                if let Some(main) = filter.tied_to {
                    let reports = links::table.filter(links::other_id.eq(main).and(links::kind.ne(LinkKind::Related)));
                    all.push(Box::new(tickets::id.eq_any(reports.select(links::ticket_id))));
                }
                if let Some(past) = filter.past {
                    all.push(<Self as PastOf<$from>>::became(past));
                }
                // Both codes are names inside the scope; one of another region fits no visible ticket.
                if let Some(code) = &filter.opd {
                    let ids = opds::table.filter(opds::code.eq(code.clone())).select(opds::id);
                    all.push(Box::new(tickets::opd_id.eq_any(ids)));
                }
                if let Some(code) = &filter.service {
                    let ids = services::table.filter(services::code.eq(code.clone())).select(services::id);
                    all.push(Box::new(
                        tickets::service_id.is_not_null().and(tickets::service_id.assume_not_null().eq_any(ids)),
                    ));
                }
                all
            }

            fn late(asked: Risk, actor: &Actor, now: Ts) -> Condition<Self, $from> {
                // By another name, because the list by deadline joins the table itself.
                let d = diesel::alias!(deadlines as standing);
                let (due, risk) = (d.field(deadlines::due_at), d.field(deadlines::risk_at));
                let missed = d.field(deadlines::breached_at).is_not_null();
                let passed = due.is_not_null().and(due.assume_not_null().le(now));
                let warned = risk.is_not_null().and(risk.assume_not_null().le(now));
                let id = d.field(deadlines::ticket_id);
                // Few tickets run late at a time: their index names them, and no others are looked at. Many did once.
                let here = d.filter(d.field(deadlines::region_id).nullable().eq(actor.region));
                match asked {
                    Risk::AtRisk => {
                        Box::new(tickets::id.eq_any(here.filter(warned.and(not(missed.or(passed)))).select(id)))
                    }
                    Risk::Overdue => Box::new(tickets::id.eq_any(here.filter(passed).select(id))),
                    Risk::Breached => Box::new(exists(d.filter(id.eq(tickets::id)).filter(missed.or(passed)))),
                }
            }

            fn after(sort: Sort, key: &Key) -> Option<Condition<Self, $from>> {
                let &Key(_, priority, at, id, _) = key;
                let opened = (tickets::created_at, tickets::id);
                Some(match (sort, priority) {
                    (Sort::Newest | Sort::Due, _) => Box::new(below(opened, (at, id))),
                    (Sort::Oldest, _) => Box::new(above(opened, (at, id))),
                    (Sort::Priority, Some(priority)) => {
                        let order = (tickets::priority, tickets::created_at, tickets::id);
                        Box::new(above(order, (priority, at, id)))
                    }
                    (Sort::Priority, None) => return None,
                })
            }
        }
    };
}
conditions_on!(diesel::pg::Pg, tickets::table);
conditions_on!(diesel::sqlite::Sqlite, tickets::table);
conditions_on!(diesel::pg::Pg, WithDeadline);
conditions_on!(diesel::sqlite::Sqlite, WithDeadline);
conditions_on!(diesel::pg::Pg, WithWords);
conditions_on!(diesel::sqlite::Sqlite, WithWords);
