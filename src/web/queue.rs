//! Lists of tickets: the desk's queue and one's own, the next deadline first.

use super::behind::{Behind, CHOSEN};
use super::frame::Frame;
use super::row::Row;
use super::sent::{Sent, Trial};
use super::turn::{Turn, turn};
use super::visit::{Shown, Visit};
use super::{bulk, choices, render, see};
use crate::access::policy::Desk;
use crate::access::{Role, Tx};
use crate::db::Id;
use crate::db::page::Paging;
use crate::desk::place::{self, Offered};
use crate::desk::view;
use crate::error::{Error, Result};
use crate::org::person::{self, Brief};
use crate::org::{grant, region};
use crate::ticket::find::is_there;
use crate::ticket::find::witness_sought;
use crate::ticket::list::{Assignee, Filter, Risk, Sort, list as find};
use crate::ticket::present::{self, Presented};
use crate::ticket::question;
use crate::ticket::{Status, open};
use actix_web::web::Query;
use askama::Template;
use serde::Deserialize;

/// Rows of a page.
const ROWS: i64 = 50;
/// Views above the queue.
const VIEWS: i64 = 100;

/// What to list; all of it stays in the address. A view that is kept (`desk/view.rs`) has the same fields.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Asked {
    #[serde(default)]
    status: String,
    #[serde(default)]
    tier: String,
    #[serde(default)]
    sla: String,
    #[serde(default)]
    who: String,
    #[serde(default)]
    q: String,
    #[serde(default)]
    sort: String,
    #[serde(default)]
    cursor: String,
    /// What was done just now took its ticket out of the reader's sight, or was `reported` where he does not see it.
    #[serde(default)]
    gone: String,
    /// What the figure of a report led here by.
    #[serde(flatten)]
    behind: Behind,
}

/// A view as a link above the queue.
struct Kept {
    id: Id,
    name: String,
    address: String,
    /// What is listed now.
    current: bool,
    /// Shared with a desk.
    shared: bool,
    /// One's own, which one may remove.
    own: bool,
}

/// Whom a view can be shared with, in words.
pub struct Choice {
    /// The word that a form sends.
    pub word: String,
    /// What people read.
    pub label: String,
}

#[derive(Template)]
#[template(path = "web/templates/queue.html")]
struct Page {
    frame: Frame,
    asked: Asked,
    rows: Vec<Row>,
    /// Of one's own those that wait for oneself.
    turn: Vec<Turn>,
    /// Address of the next page.
    next: Option<String>,
    /// As its requester sees it.
    own: bool,
    /// What is listed, as an address has it.
    filter: String,
    views: Vec<Kept>,
    desks: Vec<Choice>,
    /// Whom a ticket may be given: the people of the desks that one serves.
    colleagues: Vec<Brief>,
    trial: Trial,
    /// What narrows the list beyond the fields of its form.
    narrowed: Option<String>,
    /// Where finished tickets are searched too, for whoever found nothing among the open ones.
    wider: Option<String>,
    offered: Offer,
}

/// What the form narrows to besides: code and name. Nothing for whoever sees his own tickets alone.
#[derive(Default)]
struct Offer {
    /// None for whoever sees one organisation's tickets alone.
    opds: Vec<(String, String)>,
    services: Vec<(String, String)>,
}

impl Page {
    fn chosen(value: &str, option: &str) -> &'static str {
        if value == option { " selected" } else { "" }
    }

    /// The instant that the page shows, to ask what is new since.
    fn since(&self) -> String {
        self.frame.since()
    }

    /// What the address says and no field of the form does.
    fn hidden(&self) -> Vec<(&'static str, &str)> {
        let shown = |name| match name {
            "opd" => !self.offered.opds.is_empty(),
            name => CHOSEN.contains(&name) && !self.own,
        };
        self.asked.behind.fields().into_iter().filter(|(name, _)| !shown(*name)).collect()
    }

    /// Some of what is chosen stands in the fields that are folded away.
    fn unfolds(&self) -> &'static str {
        let fields = self.asked.behind.fields();
        if fields.iter().any(|(name, _)| CHOSEN.contains(name)) { " open" } else { "" }
    }

    /// May do something to several of these tickets at once.
    fn works(&self) -> bool {
        self.frame.works && self.rows.iter().any(|row| row.can_mark)
    }
}

impl Asked {
    fn filter(&self, tx: &mut Tx<'_>, own: bool) -> Result<Filter> {
        let status = match self.status.as_str() {
            "" if own => Vec::new(),
            "" | "open" => Status::OPEN.to_vec(),
            "all" => Vec::new(),
            word => vec![Status::from_text(word).ok_or(Error::NotFound)?],
        };
        let sort = match self.sort.as_str() {
            "" if own || !self.q.trim().is_empty() => None,
            "" | "due_at" => Some(Sort::Due),
            "priority" => Some(Sort::Priority),
            "created_at" => Some(Sort::Oldest),
            "-created_at" => Some(Sort::Newest),
            _ => return Err(Error::NotFound),
        };
        let mut filter = Filter {
            status,
            tier: match self.tier.as_str() {
                "" => None,
                "1" => Some(1),
                "2" => Some(2),
                _ => return Err(Error::NotFound),
            },
            assignee: match self.who.as_str() {
                "" => None,
                "me" => tx.actor.person.map(Assignee::Is),
                "none" => Some(Assignee::None),
                _ => return Err(Error::NotFound),
            },
            sla: match self.sla.as_str() {
                "" => None,
                word => Some(Risk::from_text(word).ok_or(Error::NotFound)?),
            },
            q: Some(self.q.chars().take(200).collect::<String>()).filter(|q| !q.trim().is_empty()),
            sort,
            ..Filter::default()
        };
        self.behind.narrow(tx, &mut filter)?;
        Ok(filter)
    }

    /// The same with another cursor.
    fn next(&self, cursor: &str) -> String {
        let mut address = url::form_urlencoded::Serializer::new(format!("/tickets?{}", self.words()));
        address.append_pair("cursor", cursor).finish()
    }

    /// The same among all tickets, if words were looked for among the open ones.
    fn wider(&self, own: bool) -> Option<String> {
        let narrow = self.status == "open" || (self.status.is_empty() && !own);
        let wider = Self { status: "all".to_owned(), ..self.clone() };
        (narrow && !self.q.trim().is_empty()).then(|| format!("/tickets?{}", wider.words()))
    }

    /// As an address has it, without a cursor.
    fn words(&self) -> String {
        let mut address = url::form_urlencoded::Serializer::new(String::new());
        let fields = [
            ("status", &self.status),
            ("tier", &self.tier),
            ("sla", &self.sla),
            ("who", &self.who),
            ("q", &self.q),
            ("sort", &self.sort),
        ];
        for (name, value) in fields.into_iter().filter(|(_, value)| !value.is_empty()) {
            address.append_pair(name, value);
        }
        address.extend_pairs(self.behind.fields()).finish()
    }
}

/// The queue under a filter; what the filter does not know is left out, so that no form leads anywhere else.
#[must_use]
pub fn address(filter: &str) -> String {
    let asked: Asked = serde_urlencoded::from_str(filter).unwrap_or_default();
    let words = asked.words();
    if words.is_empty() { "/tickets".to_owned() } else { format!("/tickets?{words}") }
}

/// `GET /tickets`. Whoever searches for a ticket's number is there at once, whatever its status.
pub async fn list(visit: Visit, asked: Query<Asked>) -> Shown {
    let wanted = asked.q.trim().to_owned();
    if !wanted.is_empty() && asked.cursor.is_empty() {
        let found = visit.fetch(move |tx| named(tx, &wanted)).await.map_err(|e| visit.fault(e))?;
        if let Some(number) = found {
            return Ok(see(&format!("/tickets/{number}")));
        }
    }
    shown(&visit, asked.into_inner(), Trial::new()).await
}

/// The queue with a form that was refused, as it was filtered.
pub async fn refused(visit: &Visit, act: &str, sent: Sent, error: Error) -> Shown {
    let asked: Asked = serde_urlencoded::from_str(sent.get("filter")).unwrap_or_default();
    let trial = Trial::refused(act, sent, error, visit.language).map_err(|e| visit.fault(e))?;
    shown(visit, asked, trial).await
}

/// The number of the ticket that is meant: all of it, or the last digits of one of this year.
fn named(tx: &mut Tx<'_>, wanted: &str) -> Result<Option<String>> {
    let number = match (wanted.parse(), tx.actor.region) {
        (Ok(n), Some(region)) if wanted.len() <= 6 => {
            let region = region::by_id(tx, region)?;
            open::number(&region, region.year(tx.now), n)
        }
        _ => wanted.to_ascii_uppercase(),
    };
    if !is_there(tx, &number)? {
        return Ok(None);
    }
    // Whoever is led to the ticket does not come to the list, which notes it of all others.
    witness_sought(tx, wanted);
    Ok(Some(number))
}

async fn shown(visit: &Visit, asked: Asked, trial: Trial) -> Shown {
    let status = trial.status;
    let html = visit
        .read(move |tx, mut frame| {
            let own = !frame.is_staff;
            frame.marks = frame.works;
            let cursor = Some(asked.cursor.clone()).filter(|c| !c.is_empty());
            let filter = asked.filter(tx, own)?;
            let page = find(tx, &filter, &Paging { limit: Some(ROWS), cursor })?;
            let next = page.next.as_deref().map(|cursor| asked.next(cursor));
            let narrowed = asked.behind.told(tx, &frame);
            let presented = present::all(tx, page.items)?;
            let asks = question::waiting(tx, &presented.iter().map(|p| &p.ticket).collect::<Vec<_>>())?;
            let row = |p: Presented| {
                let (can_mark, is_asked) = (bulk::may_any(tx, &p.ticket), asks.contains_key(&p.ticket.id));
                Row { can_mark, is_asked, ..Row::of_risk(filter.sla, p, &frame) }
            };
            let rows = presented.into_iter().map(row).collect();
            let filter = asked.words();
            let wider = asked.wider(own);
            let turn = if own && filter.is_empty() && asked.cursor.is_empty() { turn(tx, &frame)? } else { Vec::new() };
            let views = if own { Vec::new() } else { kept(tx, &filter)? };
            let desks = if own { Vec::new() } else { desks(tx, &frame)? };
            let colleagues = if frame.works { colleagues(tx)? } else { Vec::new() };
            let offered = if own { Offer::default() } else { offered(tx)? };
            render(&Page {
                frame,
                asked,
                rows,
                turn,
                next,
                own,
                filter,
                views,
                desks,
                colleagues,
                trial,
                narrowed,
                wider,
                offered,
            })
        })
        .await?;
    Ok(visit.page(status, html))
}

fn offered(tx: &mut Tx<'_>) -> Result<Offer> {
    let sees_one = tx.actor.grants.iter().all(|grant| grant.opd.is_some());
    let opds = if sees_one { Vec::new() } else { choices::opds(tx)? };
    Ok(Offer { opds, services: choices::services(tx)? })
}

fn kept(tx: &mut Tx<'_>, filter: &str) -> Result<Vec<Kept>> {
    let me = tx.actor.person;
    let views = view::list(tx, &Paging { limit: Some(VIEWS), cursor: None })?.items;
    let kept = |v: view::View| Kept {
        id: v.id,
        address: address(&v.filter),
        current: v.filter == filter,
        shared: v.shared_with() != Desk::Own,
        own: Some(v.owner_id) == me,
        name: v.name,
    };
    Ok(views.into_iter().map(kept).collect())
}

/// Whom one may share with, in the region's own words (T1).
pub fn desks(tx: &mut Tx<'_>, frame: &Frame) -> Result<Vec<Choice>> {
    let label = |o: &Offered| match (&o.desk, &o.opd) {
        (Desk::Tier1(_), Some(opd)) => format!("{}, {opd}", frame.terms.tier1),
        (Desk::Tier2, _) => frame.terms.tier2.clone(),
        _ => frame.t("web.desk.own"),
    };
    let offered = place::offered(tx)?;
    Ok(offered.into_iter().map(|o| Choice { label: label(&o), word: o.word }).collect())
}

/// The people of the desks that the actor serves.
fn colleagues(tx: &mut Tx<'_>) -> Result<Vec<Brief>> {
    let (me, region) = (tx.actor.person()?, tx.actor.region()?);
    let mut ids = Vec::new();
    if tx.actor.is(Role::Tier2) {
        ids.extend(grant::holders(tx, region, Role::Tier2, None)?);
    }
    for opd in tx.actor.opds(Role::Tier1) {
        ids.extend(grant::holders(tx, region, Role::Tier1, Some(opd))?);
    }
    ids.retain(|id| *id != me);
    ids.sort();
    ids.dedup();
    let mut people = person::briefs(tx, &ids)?;
    people.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(people)
}

/// `GET /`: where one's work begins.
pub async fn home(visit: Visit) -> Shown {
    let place = visit
        .read(|tx, _| {
            let is = |role| tx.actor.is(role);
            let watches = is(Role::Coordinator) || is(Role::Auditor);
            let works = is(Role::Requester) || is(Role::Tier1) || is(Role::Tier2);
            let keeps = is(Role::Admin) || is(Role::Operator);
            Ok(match (watches, works, keeps) {
                (true, ..) => "/overview",
                (false, false, true) => "/admin",
                _ => "/tickets",
            })
        })
        .await?;
    Ok(see(place))
}
