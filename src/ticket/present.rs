//! A ticket with the names that its reader needs, gathered for many at once.

use super::Ticket;
use crate::access::Tx;
use crate::catalog;
use crate::db::Id;
use crate::db::kept::Keep;
use crate::db::schema::{opds, people, regions, services};
use crate::error::Result;
use crate::on;
use crate::org::person::{self, Brief};
use crate::org::{opd, region};
use crate::sla::view::{self, SlaView};
use diesel::prelude::*;
use std::collections::{BTreeSet, HashMap};

/// A ticket and the names behind its ids.
#[derive(Debug, Clone)]
pub struct Presented {
    /// The ticket.
    pub ticket: Ticket,
    /// Code of its region.
    pub region: String,
    /// Code and name of its organisation.
    pub opd: (String, String),
    /// Whose trouble it is.
    pub requester: Option<Brief>,
    /// Who works on it.
    pub assignee: Option<Brief>,
    /// Code of the service.
    pub service: Option<String>,
    /// Its clocks; none where no agreement holds.
    pub sla: Option<SlaView>,
}

/// Finds the names for `tickets` in a fixed number of queries, however many they are.
pub fn all(tx: &mut Tx<'_>, tickets: Vec<Ticket>) -> Result<Vec<Presented>> {
    let Some(first) = tickets.first() else { return Ok(Vec::new()) };
    // Nothing crosses regions, so all of a list are of one.
    let region = region::by_id(tx, first.region_id)?.code;
    let opds: HashMap<Id, (String, String)> = opd::names(tx, &ids(&tickets, |t| Some(t.opd_id)))?
        .into_iter()
        .map(|(id, code, name)| (id, (code, name)))
        .collect();
    let mut people = ids(&tickets, |t| Some(t.requester_id));
    people.extend(ids(&tickets, |t| t.assignee_id));
    let people: HashMap<Id, Brief> = person::briefs(tx, &people)?.into_iter().map(|p| (p.id, p)).collect();
    let services: HashMap<Id, String> = catalog::codes(tx, &ids(&tickets, |t| t.service_id))?.into_iter().collect();
    let mut clocks = view::of_tickets(tx, &ids(&tickets, |t| Some(t.id)))?;
    Ok(tickets
        .into_iter()
        .map(|ticket| Presented {
            region: region.clone(),
            opd: opds.get(&ticket.opd_id).cloned().unwrap_or_default(),
            requester: people.get(&ticket.requester_id).cloned(),
            assignee: ticket.assignee_id.and_then(|id| people.get(&id).cloned()),
            service: ticket.service_id.and_then(|id| services.get(&id).cloned()),
            sla: clocks.remove(&ticket.id),
            ticket,
        })
        .collect())
}

/// As [`all`], for one, whose names are found in one statement.
pub fn one(tx: &mut Tx<'_>, ticket: Ticket) -> Result<Presented> {
    type Names = (String, (String, String), Brief, Option<Brief>, Option<String>);
    let brief = (people::id, people::name, people::email);
    let (region, opd, requester, assignee, service): Names = on!(tx.conn(), |c| {
        let worker = diesel::alias!(people as worker);
        opds::table
            .inner_join(regions::table.on(regions::id.eq(opds::region_id)))
            .inner_join(people::table.on(people::id.eq(ticket.requester_id)))
            .left_join(worker.on(worker.field(people::id).nullable().eq(ticket.assignee_id)))
            .left_join(services::table.on(services::id.nullable().eq(ticket.service_id)))
            .filter(opds::id.eq(ticket.opd_id))
            .select((
                regions::code,
                (opds::code, opds::name),
                brief,
                worker.fields(brief).nullable(),
                services::code.nullable(),
            ))
            .kept()
            .get_result(c)
    })?;
    let sla = view::of_ticket(tx, ticket.id)?;
    Ok(Presented { ticket, region, opd, requester: Some(requester), assignee, service, sla })
}

fn ids(tickets: &[Ticket], pick: impl Fn(&Ticket) -> Option<Id>) -> Vec<Id> {
    tickets.iter().filter_map(pick).collect::<BTreeSet<Id>>().into_iter().collect()
}
