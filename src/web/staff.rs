//! Who serves which desk, for whoever watches over them (L8): whom to call, and how much lies in his hands. It is the
//! administrator who changes it.

use super::behind::queue;
use super::frame::Frame;
use super::overview::may_watch;
use super::visit::{Shown, Visit};
use super::{choices, render};
use crate::access::Tx;
use crate::db::Id;
use crate::error::Result;
use crate::org::coverage::{self, Member};
use crate::org::{in_own_region, opd};
use crate::say;
use crate::ticket::Status;
use crate::ticket::count::by_assignee;
use crate::ticket::list::{Filter, Risk};
use askama::Template;
use std::collections::HashMap;

/// A desk with those who serve it.
struct Desk {
    name: String,
    holders: Vec<Holder>,
}

/// Somebody at a desk.
struct Holder {
    member: Member,
    /// What he has not finished, in words.
    open: String,
    /// What of it is overdue, in words.
    overdue: String,
}

#[derive(Template)]
#[template(path = "web/templates/staff.html")]
struct Page {
    frame: Frame,
    desks: Vec<Desk>,
}

impl Page {
    fn his(member: &Member, sla: &str) -> String {
        queue(&[("status", "open"), ("who", &member.id.to_string()), ("sla", sla)])
    }
}

/// `GET /staff`.
pub async fn show(visit: Visit) -> Shown {
    let html = visit
        .read(|tx, frame| {
            may_watch(&frame)?;
            let desks = desks(tx, &frame)?;
            render(&Page { frame, desks })
        })
        .await?;
    Ok(visit.page(200, html))
}

/// Organisations that nobody serves first, then Tier 2, then the others by name.
fn desks(tx: &mut Tx<'_>, frame: &Frame) -> Result<Vec<Desk>> {
    let members = coverage::members(tx, &in_own_region(tx)?)?;
    let unfinished = Filter { status: Status::OPEN.to_vec(), ..Filter::default() };
    let overdue = Filter { sla: Some(Risk::Overdue), ..unfinished.clone() };
    let held: HashMap<Option<Id>, i64> = by_assignee(tx, &unfinished)?.into_iter().collect();
    let late: HashMap<Option<Id>, i64> = by_assignee(tx, &overdue)?.into_iter().collect();
    let count = |all: &HashMap<Option<Id>, i64>, who: Id| frame.count(all.get(&Some(who)).copied().unwrap_or_default());
    let holder = |member: &Member| Holder {
        member: member.clone(),
        open: frame.say(&say!("web.staff.open", count = count(&held, member.id))),
        overdue: frame.say(&say!("web.staff.overdue", count = count(&late, member.id))),
    };
    let of = |opd: Option<Id>| members.iter().filter(|member| member.opd == opd).map(holder).collect();
    let mut opds = choices::whole(tx, opd::list)?;
    opds.retain(|opd| opd.active);
    opds.sort_by_cached_key(|opd| opd.name.to_lowercase());
    let mut desks = vec![Desk { name: frame.terms.tier2.clone(), holders: of(None) }];
    desks.extend(opds.into_iter().map(|opd| Desk { holders: of(Some(opd.id)), name: opd.name }));
    desks.sort_by_key(|desk| !desk.holders.is_empty());
    Ok(desks)
}
