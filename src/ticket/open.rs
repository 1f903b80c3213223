//! Opening a ticket. It lands at the Tier 1 of the requester's own OPD (L1), unless the Dinkominfo provides the
//! service (L2) or the OPD has no Tier 1 (L4).

use super::event::{Event, record};
use super::{Channel, Classification, Status, Ticket, last};
use crate::access::policy::Facts;
use crate::access::{Actor, Role, Subject, Tx, act, check};
use crate::catalog::{self, Impact, Kind, Provider, Service, Urgency, words::Priority};
use crate::check::Checks;
use crate::db::kept::{Keep, change};
use crate::db::schema::{ticket_numbers, ticket_texts, tickets};
use crate::db::{Id, search};
use crate::error::{Error, Result};
use crate::org::{Opd, Person, Region, actor, grant, on_behalf, opd, person, region};
use crate::{on, say};
use diesel::prelude::*;

/// What a caller says of the ticket.
#[derive(Debug, Clone)]
pub struct New {
    /// Kind.
    pub kind: Kind,
    /// One line.
    pub subject: String,
    /// The trouble.
    pub description: String,
    /// Code of a service.
    pub service: Option<String>,
    /// Impact; the service's if none.
    pub impact: Option<Impact>,
    /// Urgency; the service's if none.
    pub urgency: Option<Urgency>,
    /// Classification.
    pub classification: Option<Classification>,
    /// Address or NIP of whose trouble it is.
    pub on_behalf_of: Option<String>,
    /// Code of the organisation, for somebody who is in several.
    pub opd: Option<String>,
    /// How it came in.
    pub channel: Option<Channel>,
}

struct Opening {
    person: Person,
    opd: Opd,
    own: bool,
}

impl Subject for Opening {
    fn facts(&self) -> Facts {
        Facts::Opening { region: self.opd.region_id, opd: self.opd.id, own: self.own }
    }
}

/// Opens a ticket.
///
/// # Errors
/// 403 for whoever may not open for this person; 422 for fields that do not fit.
pub fn open(tx: &mut Tx<'_>, new: &New) -> Result<Ticket> {
    let subject = new.subject.trim();
    let mut checks = Checks::new();
    checks.line("/subject", subject, 1..=200);
    checks.text("/description", &new.description, 1..=20_000);
    checks.done()?;
    let opening = check::<act::Open, _>(&tx.actor.clone(), for_whom(tx, new)?)?.into_inner();
    let service = match &new.service {
        None => None,
        Some(code) => Some(offered(tx, &opening.opd, code, new.kind)?),
    };
    // After all that may refuse, because its row is locked until the commit; and before the desk is chosen.
    let number = next_number(tx, opening.opd.region_id)?;
    let (tier, stranded) = desk(tx, &opening.opd, service.as_ref())?;
    let impact = new.impact.or(service.as_ref().map(|s| s.impact)).unwrap_or(Impact::Medium);
    let urgency = new.urgency.or(service.as_ref().map(|s| s.urgency)).unwrap_or(Urgency::Medium);
    let by = tx.actor.person()?;
    let beginning = Beginning {
        region_id: opening.opd.region_id,
        opd_id: opening.opd.id,
        requester_id: opening.person.id,
        opened_by: by,
        kind: new.kind,
        service_id: service.map(|s| s.id),
        subject: subject.to_owned(),
        description: new.description.clone(),
        impact,
        urgency,
        classification: new.classification.unwrap_or(Classification::Open),
        channel: new.channel.unwrap_or(Channel::Api),
        tier,
    };
    let ticket = Ticket { number, ..beginning.ticket(tx) };
    on!(tx.conn(), |c| change(c, diesel::insert_into(tickets::table).values(&ticket)))?;
    index(tx, &ticket)?;
    record(tx, &ticket, &Event::Opened { stranded })?;
    Ok(ticket)
}

/// What a ticket begins with; all else of it follows, or has not happened yet.
pub(crate) struct Beginning {
    pub region_id: Id,
    pub opd_id: Id,
    pub requester_id: Id,
    pub opened_by: Id,
    pub kind: Kind,
    pub service_id: Option<Id>,
    pub subject: String,
    pub description: String,
    pub impact: Impact,
    pub urgency: Urgency,
    pub classification: Classification,
    pub channel: Channel,
    /// Of the desk that gets it.
    pub tier: i32,
}

impl Beginning {
    /// The ticket as it is opened now, without its number.
    pub(crate) fn ticket(self, tx: &Tx<'_>) -> Ticket {
        Ticket {
            id: tx.new_id(),
            region_id: self.region_id,
            number: String::new(),
            opd_id: self.opd_id,
            requester_id: self.requester_id,
            opened_by: self.opened_by,
            kind: self.kind,
            service_id: self.service_id,
            subject: self.subject,
            description: self.description,
            impact: self.impact,
            urgency: self.urgency,
            priority: Priority::of(self.impact, self.urgency),
            classification: self.classification,
            channel: self.channel,
            status: Status::New,
            pending_reason: None,
            pending_until: None,
            tier: self.tier,
            assignee_id: None,
            escalated_by: None,
            reached_tier2: self.tier == 2,
            consulted: false,
            awaits_acceptance: false,
            bounces: 0,
            resolution: None,
            cause: None,
            created_at: tx.now,
            updated_at: tx.now,
            resolved_at: None,
            closed_at: None,
            version: 1,
        }
    }
}

/// Whose ticket it is, and of which organisation.
fn for_whom(tx: &mut Tx<'_>, new: &New) -> Result<Opening> {
    let me = tx.actor.person()?;
    let region = tx.actor.region;
    // Whoever may not open at all learns nothing about people from the attempt.
    let opener = [Role::Requester, Role::Tier1, Role::Tier2, Role::Coordinator].iter().any(|r| tx.actor.is(*r));
    if !opener {
        return Err(Error::Forbidden(say!("ticket.open.role")));
    }
    let unknown = || Error::invalid("/on_behalf_of", say!("ticket.open.unknown_person"));
    let Some(login) = &new.on_behalf_of else {
        let person = person::by_id(tx, me)?;
        let actor = tx.actor.clone();
        let opd = choose_opd(tx, &actor, new.opd.as_deref(), "/on_behalf_of")?;
        return Ok(Opening { person, opd, own: true });
    };
    let person = person::by_login(tx, Some(region.ok_or_else(unknown)?), login)?;
    let own = person.as_ref().is_some_and(|p| p.id == me);
    let wide = on_behalf::is_wide(&tx.actor);
    let served = tx.actor.opds(Role::Tier1);
    // Refused before anything is said of the person: whoever may open for nobody else can't find out who exists.
    if !wide && !own && served.is_empty() {
        return Err(Error::Forbidden(say!("ticket.open.for_others")));
    }
    let person = person.ok_or_else(unknown)?;
    let theirs = actor::as_person(tx.conn(), person.id)?;
    let mut opds: Vec<Id> = theirs.grants.iter().filter_map(|g| g.opd).collect();
    // A technician opens for people of his own organisations, and can't find out about others.
    if !wide && !own {
        opds.retain(|o| served.contains(o));
    }
    let visible = Actor {
        grants: theirs.grants.iter().filter(|g| g.opd.is_some_and(|o| opds.contains(&o))).copied().collect(),
        ..theirs
    };
    if visible.grants.is_empty() {
        return Err(unknown());
    }
    let opd = choose_opd(tx, &visible, new.opd.as_deref(), "/on_behalf_of")?;
    Ok(Opening { person, opd, own })
}

/// The organisation that was named, else the first of which it may be.
fn choose_opd(tx: &mut Tx<'_>, of: &Actor, named: Option<&str>, pointer: &str) -> Result<Opd> {
    let mut all = on_behalf::opds_of(tx, of)?.into_iter();
    match named {
        None => all.next().ok_or_else(|| Error::invalid(pointer, say!("ticket.open.no_opd"))),
        Some(code) => {
            all.find(|opd| opd.code == code).ok_or_else(|| Error::invalid("/opd", say!("ticket.open.other_opd")))
        }
    }
}

/// The service, if the organisation may ask for it and it takes such tickets.
pub(super) fn offered(tx: &mut Tx<'_>, opd: &Opd, code: &str, kind: Kind) -> Result<Service> {
    let service = match catalog::offered(tx, opd.region_id, opd.id, code) {
        Err(Error::NotFound) => return Err(Error::invalid("/service", say!("service.unknown"))),
        other => other?,
    };
    takes(&service, kind)?;
    Ok(service)
}

/// Refuses a kind of ticket that the service does not take.
pub(super) fn takes(service: &Service, kind: Kind) -> Result<()> {
    if service.takes(kind) { Ok(()) } else { Err(Error::invalid("/kind", say!("service.kind"))) }
}

/// The tier at which a ticket begins, and whether only for want of a Tier 1. Whoever asks holds the counter of numbers:
/// so whoever leaves a desk is seen here, or sees the ticket ([`is_abandoned`]).
fn desk(tx: &mut Tx<'_>, opd: &Opd, service: Option<&Service>) -> Result<(i32, bool)> {
    let staffed = opd::has_tier1(tx, opd.id)?;
    Ok(tier(service, || staffed))
}

/// As [`desk`], where somebody knows whether the organisation has a Tier 1.
pub(super) fn tier(service: Option<&Service>, staffed: impl FnOnce() -> bool) -> (i32, bool) {
    if service.is_some_and(|s| s.provider == Provider::Dinkominfo) {
        return (2, false);
    }
    if staffed() { (1, false) } else { (2, true) }
}

/// The next number of the region and year, such as `LBK-2026-000123`; the row's lock makes it unique, and lets the times of
/// openings rise as their numbers do.
fn next_number(tx: &mut Tx<'_>, region_id: Id) -> Result<String> {
    let region = region::by_id(tx, region_id)?;
    let year = region.year(tx.now);
    let n = reserve(tx, region_id, year, 1)?;
    last::ticket(tx, &region)?;
    Ok(number(&region, year, n))
}

/// The number of a region's `n`th ticket of a year.
#[must_use]
pub fn number(region: &Region, year: i32, n: i32) -> String {
    format!("{}-{year}-{n:06}", region.ticket_prefix)
}

/// Takes so many numbers of a year; the last of them.
pub fn reserve(tx: &mut Tx<'_>, region: Id, year: i32, count: i32) -> Result<i32> {
    use ticket_numbers as n;
    Ok(on!(tx.conn(), |c| diesel::insert_into(n::table)
        .values((n::region_id.eq(region), n::year.eq(year), n::last.eq(count)))
        .on_conflict((n::region_id, n::year))
        .do_update()
        .set(n::last.eq(n::last + count))
        .returning(n::last)
        .kept()
        .get_result(c))?)
}

/// Waits until whoever opens a ticket in this region at this moment has done so, and lets others wait until the commit.
pub(super) fn hold_numbers(tx: &mut Tx<'_>, region: &Region) -> Result<()> {
    use ticket_numbers as n;
    let year = region.year(tx.now);
    on!(tx.conn(), |c| change(
        c,
        diesel::insert_into(n::table)
            .values((n::region_id.eq(region.id), n::year.eq(year), n::last.eq(0)))
            .on_conflict((n::region_id, n::year))
            .do_update()
            .set(n::last.eq(n::last))
    ))?;
    Ok(())
}

/// `true` if no Tier 1 of the organisation is left (L4). Behind the counter of numbers, so that of a last one who leaves
/// and a ticket that comes to his desk at the same moment the later sees the earlier. Whoever holds a ticket or a person
/// too holds those first.
pub(super) fn is_abandoned(tx: &mut Tx<'_>, region: Id, opd: Id) -> Result<bool> {
    let region = region::by_id(tx, region)?;
    hold_numbers(tx, &region)?;
    Ok(!opd::has_tier1(tx, opd)?)
}

/// `true` if no Tier 2 of the region is left (L4), as [`is_abandoned`].
pub(super) fn lacks_tier2(tx: &mut Tx<'_>, region: Id) -> Result<bool> {
    let held = region::by_id(tx, region)?;
    hold_numbers(tx, &held)?;
    Ok(grant::holders(tx, region, Role::Tier2, None)?.is_empty())
}

/// Makes a new ticket's words findable.
fn index(tx: &mut Tx<'_>, ticket: &Ticket) -> Result<()> {
    use ticket_texts as t;
    let row = (
        t::ticket_id.eq(ticket.id),
        t::terms.eq(terms(ticket)),
        t::region_id.eq(ticket.region_id),
        t::opd_id.eq(ticket.opd_id),
        t::requester_id.eq(ticket.requester_id),
    );
    on!(tx.conn(), |c| change(c, diesel::insert_into(t::table).values(&row)))?;
    Ok(())
}

/// Makes the words of changed texts findable.
pub(super) fn index_again(tx: &mut Tx<'_>, ticket: &Ticket) -> Result<()> {
    use ticket_texts as t;
    let terms = terms(ticket);
    on!(tx.conn(), |c| change(
        c,
        diesel::update(t::table.filter(t::ticket_id.eq(ticket.id))).set(t::terms.eq(&terms))
    ))?;
    Ok(())
}

fn terms(ticket: &Ticket) -> String {
    search::indexed(&format!("{} {}", ticket.subject, ticket.description))
}
