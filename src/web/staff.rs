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
use crate::ticket::count::{by_assignee, by_desk};
use crate::ticket::list::{Assignee, Filter, Risk};
use askama::Template;
use std::collections::HashMap;

/// Desks with those who serve them: one person may serve seventy.
struct Section {
    /// What the desk is called, or how many they are.
    name: String,
    /// What they are called, if they are several.
    desks: Vec<String>,
    holders: Vec<Holder>,
    /// What lies there in nobody's hands: at which of several desks, how much, and where it is listed.
    free: Vec<(String, String, String)>,
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
    sections: Vec<Section>,
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
            let sections = sections(tx, &frame)?;
            render(&Page { frame, sections })
        })
        .await?;
    Ok(visit.page(200, html))
}

/// A desk: what it is called, whose it is, and who serves it.
struct Desk {
    name: String,
    opd: Option<(Id, String)>,
    holders: Vec<Id>,
}

/// Organisations that nobody serves first, then Tier 2, then the others by name; those that the same people serve together.
fn sections(tx: &mut Tx<'_>, frame: &Frame) -> Result<Vec<Section>> {
    let members = coverage::members(tx, &in_own_region(tx)?)?;
    let unfinished = Filter { status: Status::OPEN.to_vec(), ..Filter::default() };
    let overdue = Filter { sla: Some(Risk::Overdue), ..unfinished.clone() };
    let held: HashMap<Option<Id>, i64> = by_assignee(tx, &unfinished)?.into_iter().collect();
    let late: HashMap<Option<Id>, i64> = by_assignee(tx, &overdue)?.into_iter().collect();
    let free = by_desk(tx, &Filter { assignee: Some(Assignee::None), ..unfinished })?;
    let count = |all: &HashMap<Option<Id>, i64>, who: Id| frame.count(all.get(&Some(who)).copied().unwrap_or_default());
    let holder = |member: &Member| Holder {
        member: member.clone(),
        open: frame.say(&say!("web.staff.open", count = count(&held, member.id))),
        overdue: frame.say(&say!("web.staff.overdue", count = count(&late, member.id))),
    };
    let section = |desks: Vec<Desk>| {
        let first = desks.first();
        let opd = first.and_then(|desk| desk.opd.as_ref()).map(|(id, _)| *id);
        let holders = members.iter().filter(|member| first.is_some() && member.opd == opd).map(holder).collect();
        let free = desks.iter().filter_map(|desk| nobodys(desk, desks.len() > 1, &free, frame)).collect();
        let names: Vec<String> = desks.into_iter().map(|desk| desk.name).collect();
        match names.as_slice() {
            [name] => Section { name: name.clone(), desks: Vec::new(), holders, free },
            names => {
                let name = frame.say(&say!("web.staff.desks", count = names.len()));
                Section { name, desks: names.to_vec(), holders, free }
            }
        }
    };
    let mut sections: Vec<Section> = together(desks(tx, frame, &members)?).into_iter().map(section).collect();
    sections.sort_by_key(|section| !section.holders.is_empty());
    Ok(sections)
}

/// Tier 2, then the organisations by name.
fn desks(tx: &mut Tx<'_>, frame: &Frame, members: &[Member]) -> Result<Vec<Desk>> {
    let of = |opd: Option<Id>| members.iter().filter(|member| member.opd == opd).map(|member| member.id).collect();
    let mut opds = choices::whole(tx, opd::list)?;
    opds.retain(|opd| opd.active);
    opds.sort_by_cached_key(|opd| opd.name.to_lowercase());
    let mut desks = vec![Desk { name: frame.terms.tier2.clone(), opd: None, holders: of(None) }];
    let desk = |opd: opd::Opd| Desk { holders: of(Some(opd.id)), opd: Some((opd.id, opd.code)), name: opd.name };
    desks.extend(opds.into_iter().map(desk));
    Ok(desks)
}

/// The organisations that the same people serve stand together, where the first of them does; Tier 2 stands alone.
fn together(desks: Vec<Desk>) -> Vec<Vec<Desk>> {
    let mut groups: Vec<Vec<Desk>> = Vec::new();
    for desk in desks {
        let same = |group: &&mut Vec<Desk>| {
            group.first().is_some_and(|first| first.opd.is_some() && first.holders == desk.holders)
        };
        match groups.iter_mut().find(same) {
            Some(group) => group.push(desk),
            None => groups.push(vec![desk]),
        }
    }
    groups
}

/// What lies at a desk in nobody's hands: at which, if it is one of `many`; how much, and where it is listed.
fn nobodys(desk: &Desk, many: bool, free: &[(Id, i32, i64)], frame: &Frame) -> Option<(String, String, String)> {
    let lies =
        |(opd, tier, _): &&(Id, i32, i64)| desk.opd.as_ref().map_or(*tier == 2, |own| (own.0, 1) == (*opd, *tier));
    let tickets: i64 = free.iter().filter(lies).map(|(.., tickets)| tickets).sum();
    let (tier, code) = desk.opd.as_ref().map_or(("2", ""), |(_, code)| ("1", code.as_str()));
    let place = queue(&[("status", "open"), ("tier", tier), ("who", "none"), ("opd", code)]);
    let name = if many { desk.name.clone() } else { String::new() };
    (tickets > 0).then(|| (name, frame.say(&say!("web.staff.free", count = frame.count(tickets))), place))
}
