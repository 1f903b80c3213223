//! Lists of tickets: always from the actor's scope, filtered, sorted, paged by key.

use super::scope::Scope;
use super::{Status, Ticket};
use crate::access::Tx;
use crate::catalog::{Kind, words::Priority};
use crate::db::page::{Page, Paging};
use crate::db::schema::{opds, people, services, tickets};
use crate::db::search::{Condition, Search};
use crate::db::{Id, Ts};
use crate::error::Result;
use crate::on;
use crate::org::person::{escape_like, lower};
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
    /// Whose work.
    pub assignee: Option<Assignee>,
    /// Of this kind.
    pub kind: Option<Kind>,
    /// Of this priority.
    pub priority: Option<Priority>,
    /// About the service with this code.
    pub service: Option<String>,
    /// Words, a number, or a requester.
    pub q: Option<String>,
    /// Order; by default the newest first, and with `q` what fits best first.
    pub sort: Option<Sort>,
}

/// Key of the last row of a page: how well it fits, then its place in the order.
#[derive(Serialize, Deserialize)]
struct Key(u8, Option<Priority>, Ts, Id, Option<Sort>);

/// What a word can fit, best first: the number, the requester, the text.
const CLASSES: u8 = 3;

/// The tickets that `filter` asks for and the actor sees.
pub fn list(tx: &mut Tx<'_>, filter: &Filter, paging: &Paging) -> Result<Page<Ticket>> {
    let limit = paging.limit()?;
    let after = paging.after::<Key>()?;
    let text = filter.q.as_deref().map(str::trim).filter(|q| !q.is_empty());
    let classes = if text.is_some() { CLASSES } else { 1 };
    let sort = filter.sort.unwrap_or(Sort::Newest);
    let after = match after {
        Some(key) if key.4 != filter.sort || key.0 >= classes => {
            return Err(crate::error::Error::invalid("/cursor", crate::say!("field.cursor")));
        }
        other => other,
    };
    // With an explicit order all that fits is one list; otherwise the better fit comes first, class by class.
    let ranked = text.is_some() && filter.sort.is_none();
    let mut rows: Vec<(u8, Ticket)> = Vec::new();
    let mut start = after;
    let first_class = start.as_ref().map_or(0, |k| k.0);
    let last_class = if ranked { classes } else { first_class + 1 };
    for class in first_class..last_class {
        let wanted = limit + 1 - i64::try_from(rows.len()).unwrap_or(limit);
        if wanted <= 0 {
            break;
        }
        let fit = text.map(|q| Fit { q, class: ranked.then_some(class) });
        let found = page(tx, filter, fit.as_ref(), sort, start.take(), wanted)?;
        rows.extend(found.into_iter().map(|t| (class, t)));
    }
    let page = Page::cut(rows, limit, |(class, t)| {
        Key(*class, (sort == Sort::Priority).then_some(t.priority), t.created_at, t.id, filter.sort)
    });
    Ok(page.map(|(_, ticket)| ticket))
}

struct Fit<'a> {
    q: &'a str,
    class: Option<u8>,
}

fn page(
    tx: &mut Tx<'_>,
    filter: &Filter,
    fit: Option<&Fit<'_>>,
    sort: Sort,
    after: Option<Key>,
    limit: i64,
) -> Result<Vec<Ticket>> {
    let (conn, actor) = tx.scoped();
    Ok(on!(conn, |c| {
        let mut query =
            tickets::table.filter(<Db as Scope>::visible_to(actor)).select(Ticket::as_select()).into_boxed::<Db>();
        for condition in <Db as Conditions>::of(filter) {
            query = query.filter(condition);
        }
        if let Some(fit) = fit {
            query = query.filter(<Db as Conditions>::fitting(fit));
        }
        if let Some(condition) = after.and_then(|key| <Db as Conditions>::after(sort, key)) {
            query = query.filter(condition);
        }
        match sort {
            Sort::Newest => query.order((tickets::created_at.desc(), tickets::id.desc())),
            Sort::Oldest => query.order((tickets::created_at, tickets::id)),
            Sort::Priority => query.order((tickets::priority, tickets::created_at, tickets::id)),
        }
        .limit(limit)
        .load(c)
    })?)
}

/// The filters as conditions of a backend.
trait Conditions: Scope {
    fn of(filter: &Filter) -> Vec<Condition<Self>>;
    fn fitting(fit: &Fit<'_>) -> Condition<Self>;
    fn after(sort: Sort, key: Key) -> Option<Condition<Self>>;
}

macro_rules! conditions_on {
    ($backend:ty) => {
        impl Conditions for $backend {
            fn of(filter: &Filter) -> Vec<Condition<Self>> {
                let mut all: Vec<Condition<Self>> = Vec::new();
                if !filter.status.is_empty() {
                    all.push(Box::new(tickets::status.eq_any(filter.status.clone())));
                }
                if let Some(tier) = filter.tier {
                    all.push(Box::new(tickets::tier.eq(tier)));
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

            fn fitting(fit: &Fit<'_>) -> Condition<Self> {
                let number = || -> Condition<Self> {
                    let like = format!("{}%", escape_like(&fit.q.to_uppercase()));
                    Box::new(tickets::number.like(like).escape('\\'))
                };
                let requester = || -> Condition<Self> {
                    let like = format!("%{}%", escape_like(&fit.q.to_lowercase()));
                    let ids = people::table
                        .filter(lower(people::name).like(like).escape('\\').or(people::email.eq(fit.q.to_lowercase())))
                        .select(people::id);
                    Box::new(tickets::requester_id.eq_any(ids))
                };
                let text = || <Self as Search>::matching(fit.q);
                match fit.class {
                    None => Box::new(number().or(requester()).or(text())),
                    Some(0) => number(),
                    Some(1) => Box::new(requester().and(diesel::dsl::not(number()))),
                    Some(_) => Box::new(text().and(diesel::dsl::not(number())).and(diesel::dsl::not(requester()))),
                }
            }

            fn after(sort: Sort, key: Key) -> Option<Condition<Self>> {
                let Key(_, priority, at, id, _) = key;
                let older = || tickets::created_at.lt(at).or(tickets::created_at.eq(at).and(tickets::id.lt(id)));
                let newer = || tickets::created_at.gt(at).or(tickets::created_at.eq(at).and(tickets::id.gt(id)));
                Some(match (sort, priority) {
                    (Sort::Newest, _) => Box::new(older()),
                    (Sort::Oldest, _) => Box::new(newer()),
                    (Sort::Priority, Some(p)) => {
                        Box::new(tickets::priority.gt(p).or(tickets::priority.eq(p).and(newer())))
                    }
                    (Sort::Priority, None) => return None,
                })
            }
        }
    };
}
conditions_on!(diesel::pg::Pg);
conditions_on!(diesel::sqlite::Sqlite);
