//! Lists of tickets: the desk's queue and one's own, the next deadline first.

use super::asked::{self, Asked};
use super::behind::CHOSEN;
use super::frame::Frame;
use super::row::Row;
use super::sent::{Sent, Trial};
use super::sure::Sure;
use super::tabs::{self, Kept, Tab};
use super::turn::{Turn, turn};
use super::visit::{Shown, Visit};
use super::{bulk, choices, render, see};
use crate::access::policy::Desk;
use crate::access::{Role, Tx};
use crate::db::Id;
use crate::db::page::Paging;
use crate::desk::place::{self, Offered};
use crate::error::{Error, Result};
use crate::org::person::{self, Brief};
use crate::org::{grant, region};
use crate::say;
use crate::ticket::count::up_to;
use crate::ticket::find::{TicketRef, is_there, read, witness_sought};
use crate::ticket::list::{Filter, list as find};
use crate::ticket::present::{self, Presented};
use crate::ticket::question;
use crate::ticket::{Ticket, open};
use actix_web::web::Query;
use askama::Template;

/// Rows of a page.
const ROWS: i64 = 50;

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
    /// How many there are in all, where they are counted.
    total: Option<String>,
    /// Of one's own those that wait for oneself.
    turn: Vec<Turn>,
    /// Address of the next page.
    next: Option<String>,
    /// As its requester sees it.
    own: bool,
    /// What is listed, as an address has it.
    filter: String,
    /// The desk that is listed.
    desk: String,
    /// No desk in the address may mean one's own: each has its word.
    has_own_desk: bool,
    /// Serves the desk that others ask for advice.
    advises: bool,
    /// What lies at the desks that one serves, and what one reported; of one's own tickets what is open, and what is done.
    standing: Vec<Tab>,
    /// Never reported anything.
    is_new_here: bool,
    views: Vec<Kept>,
    desks: Vec<Choice>,
    /// Whose tickets one may look at, and whom a ticket may be given.
    colleagues: Vec<Brief>,
    trial: Trial,
    /// A view that is to be removed.
    sure: Option<Sure>,
    /// What narrows the list beyond the fields of its form.
    narrowed: Option<String>,
    /// Where finished tickets are searched too, for whoever found nothing among the open ones.
    wider: Option<String>,
    offered: Offer,
    /// Of reports of one trouble, how it was solved: what their requesters can be told at once. Empty while it is not.
    solution: Option<String>,
}

/// What the form narrows to besides: code and name. Nothing for whoever sees his own tickets alone.
#[derive(Default)]
struct Offer {
    /// Those of which he may see tickets; none for whoever serves one alone.
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

    /// What is listed is to be kept under a name.
    fn keeps(&self) -> bool {
        !self.own && (!self.asked.keep.is_empty() || self.trial.is("view"))
    }

    /// How many of the fields are chosen that are folded away everywhere.
    fn folded(&self) -> usize {
        self.asked.behind.fields().iter().filter(|(name, _)| CHOSEN.contains(name)).count()
    }

    /// The same in words, if there are any.
    fn told(&self) -> Option<String> {
        (self.folded() > 0).then(|| self.frame.say(&say!("web.queue.chosen", count = self.folded())))
    }

    /// How many of all fields are chosen, which a phone folds away with them; none if no more than those.
    fn told_on_phone(&self) -> Option<String> {
        let all = self.folded() + self.asked.chosen();
        (all > self.folded()).then(|| self.frame.say(&say!("web.queue.chosen", count = all)))
    }

    /// May do something to several of these tickets at once.
    fn works(&self) -> bool {
        self.frame.marks && self.rows.iter().any(|row| row.can_mark)
    }
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
    shown(&visit, asked.into_inner(), Trial::new(), None).await
}

/// The queue with a form that was refused, as it was filtered.
pub async fn refused(visit: &Visit, act: &str, sent: Sent, error: Error) -> Shown {
    let asked = Asked::of(sent.get("filter"));
    let trial = Trial::refused(act, sent, error, visit.language).map_err(|e| visit.fault(e))?;
    shown(visit, asked, trial, None).await
}

/// The queue as it was filtered, with a view that is to be removed.
pub async fn asking(visit: &Visit, sent: Sent, sure: Sure) -> Shown {
    shown(visit, Asked::of(&sure.back), Trial::weighed("remove", sent), Some(sure)).await
}

/// The number of a ticket as somebody writes it: all of it, or the last digits of one of this year.
///
/// # Errors
/// The database's.
pub fn number(tx: &mut Tx<'_>, written: &str) -> Result<String> {
    Ok(match (written.parse(), tx.actor.region) {
        (Ok(n), Some(region)) if written.len() <= 6 => {
            let region = region::by_id(tx, region)?;
            open::number(&region, region.year(tx.now), n)
        }
        _ => written.to_ascii_uppercase(),
    })
}

/// The number of the ticket that is meant, if there is one.
fn named(tx: &mut Tx<'_>, wanted: &str) -> Result<Option<String>> {
    let number = number(tx, wanted)?;
    if !is_there(tx, &number)? {
        return Ok(None);
    }
    // Whoever is led to the ticket does not come to the list, which notes it of all others.
    witness_sought(tx, wanted);
    Ok(Some(number))
}

async fn shown(visit: &Visit, asked: Asked, trial: Trial, sure: Option<Sure>) -> Shown {
    let status = trial.status;
    let html = visit.read(move |tx, frame| render(&Page { sure, ..page(tx, frame, asked, trial)? })).await?;
    Ok(visit.page(status, html))
}

fn page(tx: &mut Tx<'_>, mut frame: Frame, asked: Asked, trial: Trial) -> Result<Page> {
    let own = !frame.is_staff;
    // What may be done to each is for the policy to say.
    frame.marks = !own;
    let cursor = Some(asked.cursor.clone()).filter(|c| !c.is_empty());
    let sought = asked.filter(tx, own)?;
    let found = find(tx, &sought, &Paging { limit: Some(ROWS), cursor })?;
    let next = found.next.as_deref().map(|cursor| asked.next(cursor));
    let filter = asked.words();
    let from = if filter.is_empty() && !own { asked::bare(tx) } else { filter.clone() };
    let rows = rows(tx, &frame, &sought, &from, found.items)?;
    let is_bare = filter.is_empty() && asked.cursor.is_empty();
    // Whoever works has troubles of his own too, at whichever desk they lie.
    let turn = if is_bare && frame.may_report { turn(tx, &frame)? } else { Vec::new() };
    let narrowed = asked.behind.told(tx, &frame);
    let desk = asked.desk(tx).to_owned();
    let (has_own_desk, advises) = (asked::own_desk(tx).is_some(), tx.actor.is(Role::Tier2));
    let wider = asked.wider(own);
    let standing = tabs::standing(tx, &filter, &frame)?;
    let is_new_here = own && rows.is_empty() && up_to(tx, &Filter::default(), 0)? == 0;
    let mut page = Page {
        frame,
        asked,
        rows,
        total: None,
        turn,
        next,
        own,
        filter,
        desk,
        has_own_desk,
        advises,
        standing,
        is_new_here,
        views: Vec::new(),
        desks: Vec::new(),
        colleagues: Vec::new(),
        trial,
        sure: None,
        narrowed,
        wider,
        offered: Offer::default(),
        solution: None,
    };
    if !own {
        page.total = tabs::counted(tx, &sought, &page.frame)?;
        page.views = tabs::kept(tx, &page.filter, &page.frame)?;
        page.desks = if page.keeps() { desks(tx, &page.frame)? } else { Vec::new() };
        page.colleagues = colleagues(tx, &page.frame, &page.asked.who)?;
        page.offered = offered(tx)?;
        page.solution = solution(tx, &page.asked.behind.tied_to)?;
    }
    Ok(page)
}

fn rows(tx: &mut Tx<'_>, frame: &Frame, sought: &Filter, from: &str, tickets: Vec<Ticket>) -> Result<Vec<Row>> {
    let presented = present::all(tx, tickets)?;
    let asks = question::waiting(tx, &presented.iter().map(|p| &p.ticket).collect::<Vec<_>>())?;
    let row = |p: Presented| {
        let is_report = sought.tied_to.is_some() && bulk::may_tell(tx, &p.ticket);
        let (can_mark, is_asked) = (is_report || bulk::may_any(tx, &p.ticket), asks.contains_key(&p.ticket.id));
        let place = asked::ticket(&p.ticket.number, from);
        Row { place, can_mark, is_asked, ..Row::of_risk(sought.sla, p, frame) }
    };
    Ok(presented.into_iter().map(row).collect())
}

/// How the trouble was solved of which the listed tickets are reports; none if they are none, or nobody here sees it.
fn solution(tx: &mut Tx<'_>, main: &str) -> Result<Option<String>> {
    if main.is_empty() {
        return Ok(None);
    }
    match read(tx, &TicketRef::parse(main, None)) {
        Ok(main) => {
            let main = main.into_inner();
            // What solved it once stays with a ticket that was reopened, for it did not.
            Ok(Some(main.resolution.filter(|_| !main.status.is_open()).unwrap_or_default()))
        }
        Err(Error::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}

fn offered(tx: &mut Tx<'_>) -> Result<Offer> {
    let is_wide = [Role::Tier2, Role::Coordinator, Role::Auditor].into_iter().any(|role| tx.actor.is(role));
    let own = tx.actor.opds(Role::Tier1);
    // Also one that is closed: its tickets are to be found, and a field that lacks it would drop it with the next press.
    let opds = match own.len() {
        _ if is_wide => choices::opds_ever(tx)?,
        0 | 1 => Vec::new(),
        _ => choices::opds_of(tx, &own)?,
    };
    Ok(Offer { opds, services: choices::services(tx)? })
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

/// The people of the desks that the actor serves, or of all that he watches over; with whoever else is `asked` for by his
/// id, if he is of the region.
fn colleagues(tx: &mut Tx<'_>, frame: &Frame, asked: &str) -> Result<Vec<Brief>> {
    let (me, region) = (tx.actor.person()?, tx.actor.region()?);
    let mut ids = Vec::new();
    if frame.watches_over || tx.actor.is(Role::Tier2) {
        ids.extend(grant::holders(tx, region, Role::Tier2, None)?);
    }
    let desks =
        if frame.watches_over { vec![None] } else { tx.actor.opds(Role::Tier1).into_iter().map(Some).collect() };
    for opd in desks {
        ids.extend(grant::holders(tx, region, Role::Tier1, opd)?);
    }
    if let Ok(id) = asked.parse::<Id>()
        && person::by_id(tx, id).is_ok_and(|person| person.region_id == Some(region))
    {
        ids.push(id);
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
