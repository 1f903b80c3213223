//! A ticket with the names that its reader needs, gathered for many at once.

use super::Ticket;
use crate::access::Tx;
use crate::catalog;
use crate::db::Id;
use crate::error::Result;
use crate::org::named::{self, Named};
use crate::org::person::{self, Brief};
use crate::org::{opd, region};
use crate::sla::view::{self, SlaView};
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
    let services = catalog::codes(tx, ids(&tickets, |t| t.service_id))?;
    let mut clocks = view::of_tickets(tx, &tickets.iter().map(|t| (t.id, t.created_at)).collect())?;
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
    let Named { region, opd, requester, worker } =
        named::around(tx, ticket.opd_id, ticket.requester_id, ticket.assignee_id)?;
    let service = ticket.service_id.map(|id| catalog::code(tx, id)).transpose()?;
    let sla = view::of_ticket(tx, ticket.id, ticket.created_at)?;
    Ok(Presented { ticket, region, opd, requester: Some(requester), assignee: worker, service, sla })
}

fn ids(tickets: &[Ticket], pick: impl Fn(&Ticket) -> Option<Id>) -> Vec<Id> {
    tickets.iter().filter_map(pick).collect::<BTreeSet<Id>>().into_iter().collect()
}
