//! What the pasts of a region's tickets have in common.

use crate::access::{Role, Tx};
use crate::catalog::{self, Provider, Service};
use crate::db::page::Paging;
use crate::db::{Id, Ts};
use crate::error::Result;
use crate::org::crowd::{Member, members};
use crate::org::{Region, opd};
use crate::sla::board::Subject;
use crate::sla::past::Measure;
use crate::ticket::{Ticket, open};
use std::collections::HashMap;

/// What is looked up once for the tickets of a region.
#[derive(Debug)]
pub struct World {
    /// The region.
    pub region: Region,
    pub(super) measure: Measure,
    services: HashMap<Id, Service>,
    codes: HashMap<String, Id>,
    members: Vec<Member>,
    tier1: HashMap<Id, Vec<Id>>,
    mandiri: HashMap<Id, bool>,
    /// People are told of what happened from here on.
    pub(super) told_from: Ts,
}

impl World {
    /// That of a region; people hear of what happened from `told_from` on.
    pub fn of(tx: &mut Tx<'_>, region: Region, told_from: Ts) -> Result<Self> {
        let paging = Paging { limit: Some(200), cursor: None };
        let services = catalog::list(tx, &paging)?.items;
        let mandiri = opd::list(tx, &paging)?.items.into_iter().map(|o| (o.id, o.mandiri_tik)).collect();
        let members = members(tx, region.id)?;
        let mut tier1: HashMap<Id, Vec<Id>> = HashMap::new();
        for member in members.iter().filter(|m| m.role == Role::Tier1) {
            tier1.entry(member.opd.unwrap_or(region.id)).or_default().push(member.person);
        }
        Ok(Self {
            measure: Measure::of(tx, region.id)?,
            codes: services.iter().map(|s| (s.code.clone(), s.id)).collect(),
            services: services.into_iter().map(|s| (s.id, s)).collect(),
            members,
            tier1,
            mandiri,
            region,
            told_from,
        })
    }

    /// Those who hold a role.
    pub fn holders(&self, role: Role) -> impl Iterator<Item = &Member> {
        self.members.iter().filter(move |m| m.role == role)
    }

    /// The service of a code.
    #[must_use]
    pub fn service(&self, code: &str) -> Option<&Service> {
        self.services.get(self.codes.get(code)?)
    }

    /// Everybody at a desk.
    #[must_use]
    pub fn desk(&self, tier: i32, opd: Id) -> Vec<Id> {
        if tier == 1 {
            self.tier1.get(&opd).cloned().unwrap_or_default()
        } else {
            self.holders(Role::Tier2).map(|m| m.person).collect()
        }
    }

    /// The tier at which a ticket begins (L1, L2, L4), and whether only for want of a Tier 1.
    #[must_use]
    pub fn tier(&self, opd: Id, service: Option<&Service>) -> (i32, bool) {
        open::tier(service, || self.tier1.contains_key(&opd))
    }

    pub(super) fn may_hand_up(&self, ticket: &Ticket) -> bool {
        let provider = ticket.service_id.and_then(|id| self.services.get(&id)).map(|s| s.provider);
        !self.mandiri.get(&ticket.opd_id).copied().unwrap_or(false) || provider == Some(Provider::Dinkominfo)
    }

    pub(super) fn subject(&self, ticket: &Ticket) -> Subject {
        Subject {
            ticket: ticket.id,
            region: ticket.region_id,
            opd: ticket.opd_id,
            service: ticket.service_id,
            security: ticket.service_id.and_then(|id| self.services.get(&id)).is_some_and(|s| s.security_incident),
            priority: ticket.priority,
            day: self.region.day(ticket.created_at),
            opened_at: ticket.created_at,
        }
    }
}
