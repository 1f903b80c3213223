//! What stands above a list: what lies at one's own desk and the views that were kept, or what is open of one's own and what
//! is done; each with how many it leads to.

use super::asked::{ASKED, Asked, own_desk};
use super::frame::Frame;
use crate::access::policy::Desk;
use crate::access::{Role, Tx};
use crate::db::Id;
use crate::db::page::Paging;
use crate::desk::view::{self, View};
use crate::error::{Error, Result};
use crate::say;
use crate::ticket::count::up_to;
use crate::ticket::list::Filter;

/// Views above the queue.
const VIEWS: i64 = 100;
/// Of so many it is told how many tickets they lead to: each costs a count.
const COUNTED: usize = 20;
/// Tickets that are counted; beyond, a plus stands for the rest.
const MOST: i64 = 1000;

/// What the reader reported himself.
const REPORTS: &str = "requester=me";

/// A link above the queue.
pub struct Tab {
    /// What it is called.
    pub name: String,
    /// Where it leads.
    pub address: String,
    /// What is listed now.
    pub current: bool,
    /// How many tickets it leads to, where they are counted.
    pub count: Option<String>,
}

/// A view that was kept.
pub struct Kept {
    /// Its id.
    pub id: Id,
    /// As a link.
    pub tab: Tab,
    /// Shared with a desk.
    pub shared: bool,
    /// One's own, which one may remove.
    pub own: bool,
}

/// How many tickets fit, in words; none where they are not counted: of what is finished a region has a million.
///
/// # Errors
/// What the database says.
pub fn counted(tx: &mut Tx<'_>, filter: &Filter, frame: &Frame) -> Result<Option<String>> {
    let is_open = !filter.status.is_empty() && filter.status.iter().all(|status| status.is_open());
    if !is_open || filter.q.is_some() || filter.past.is_some() {
        return Ok(None);
    }
    let many = up_to(tx, filter, MOST)?;
    Ok(Some(if many > MOST { format!("{}+", frame.count(MOST)) } else { frame.count(many) }))
}

fn tab(tx: &mut Tx<'_>, name: String, filter: &str, listed: &str, frame: &Frame, is_counted: bool) -> Result<Tab> {
    let asked = Asked::of(filter);
    let count = match asked.filter(tx, !frame.is_staff) {
        Ok(filter) if is_counted => counted(tx, &filter, frame)?,
        // A view of what is no longer there leads to a page that says so.
        Ok(_) | Err(Error::NotFound) => None,
        Err(error) => return Err(error),
    };
    Ok(Tab { name, address: asked.address(), current: filter == listed, count })
}

/// A requester's own tickets: what is open comes first.
fn own(tx: &mut Tx<'_>, listed: &str, frame: &Frame) -> Result<Vec<Tab>> {
    let all = [("web.queue.open", ""), ("web.queue.done", "status=done"), ("web.queue.all", "status=all")];
    all.into_iter().map(|(name, filter)| tab(tx, frame.t(name), filter, listed, frame, true)).collect()
}

/// What lies at the reader's desk: his own, nobody's, what is overdue; at the other one what he handed up, and what asks for
/// his advice. Nothing of that for whoever serves none; and what somebody reported himself, if there is any. What he asked for
/// for whoever does none of this.
///
/// # Errors
/// What the database says.
pub fn standing(tx: &mut Tx<'_>, listed: &str, frame: &Frame) -> Result<Vec<Tab>> {
    if !frame.is_staff {
        return own(tx, listed, frame);
    }
    let mut all = if frame.works { at_desk(tx, frame) } else { Vec::new() };
    if frame.may_report {
        all.push((frame.t("web.queue.reports"), REPORTS.to_owned()));
    }
    let all = all.into_iter().map(|(name, filter)| tab(tx, name, &filter, listed, frame, true));
    let mut all: Vec<Tab> = all.collect::<Result<_>>()?;
    // Most of those who work have no trouble of their own.
    all.retain(|tab| tab.current || tab.count.as_deref() != Some("0") || tab.address != Asked::of(REPORTS).address());
    Ok(all)
}

fn at_desk(tx: &Tx<'_>, frame: &Frame) -> Vec<(String, String)> {
    let own = own_desk(tx);
    let desk = own.map(|tier| format!("tier={tier}&")).unwrap_or_default();
    let mut all = vec![
        (frame.t("web.queue.mine"), "who=me".to_owned()),
        (frame.t("web.queue.nobodys"), format!("{desk}who=none")),
        (frame.t("web.overview.overdue"), format!("{desk}sla=overdue")),
    ];
    if own == Some(1) {
        all.push((frame.say(&say!("web.queue.at_desk", desk = frame.terms.tier2)), "tier=2".to_owned()));
    }
    if tx.actor.is(Role::Tier2) {
        all.push((frame.t("web.queue.asked"), format!("tier={ASKED}")));
    }
    all
}

/// The views that the reader sees, by name.
///
/// # Errors
/// What the database says.
pub fn kept(tx: &mut Tx<'_>, listed: &str, frame: &Frame) -> Result<Vec<Kept>> {
    let me = tx.actor.person;
    let views = view::list(tx, &Paging { limit: Some(VIEWS), cursor: None })?.items;
    let kept = |(place, view): (usize, View)| {
        let (shared, own) = (view.shared_with() != Desk::Own, Some(view.owner_id) == me);
        let tab = tab(tx, view.name, &view.filter, listed, frame, place < COUNTED)?;
        Ok(Kept { id: view.id, tab, shared, own })
    };
    views.into_iter().enumerate().map(kept).collect()
}
