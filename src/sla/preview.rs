//! When something would be due: computed like a clock, and nothing is stored.

use super::agreement::{self, Version};
use super::calendar;
use super::clock::{Entry, Fact, Line, Waited};
use super::{Metric, PendingReason};
use crate::access::{May, Tx, act};
use crate::catalog::{self, words::Priority};
use crate::check::Checks;
use crate::db::{Id, Ts};
use crate::error::{Error, Result};
use crate::message::Say;
use crate::org::{InRegion, opd, region};
use crate::say;
use chrono::Datelike;
use serde::{Deserialize, Serialize};

crate::text_enum! {
    /// What can be asked about.
    pub enum PreviewMetric {
        /// First response.
        FirstResponse = "first_response",
        /// Resolution.
        Resolution = "resolution",
        /// Acceptance by Tier 2.
        Tier2Acceptance = "tier2_acceptance",
        /// Resolution or return by Tier 2.
        Tier2Resolution = "tier2_resolution",
    }
}

impl PreviewMetric {
    const fn metric(self) -> Metric {
        match self {
            Self::FirstResponse => Metric::FirstResponse,
            Self::Resolution => Metric::Resolution,
            Self::Tier2Acceptance => Metric::Tier2Acceptance,
            Self::Tier2Resolution => Metric::Tier2Resolution,
        }
    }
}

/// A stretch in which nothing counts.
#[derive(Debug, Clone, Copy, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PreviewPause {
    /// First instant.
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    pub from: Ts,
    /// First instant that counts again.
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    pub to: Ts,
}

/// What is asked.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PreviewAsk {
    /// Code of the region; one's own, which it is too if left out.
    pub region: Option<String>,
    /// Priority.
    pub priority: Priority,
    /// When the clock begins, in the years 2000 to 2100.
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    pub opened_at: Ts,
    /// Which target.
    pub metric: PreviewMetric,
    /// Pauses, 100 at most; they may overlap, begin before `opened_at` and lie outside working hours.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub pauses: Vec<PreviewPause>,
    /// Code of an organisation, whose calendar and agreement hold then.
    pub opd: Option<String>,
    /// Code of a service, whose agreement holds then.
    pub service: Option<String>,
}

/// What comes of it.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Preview {
    /// The first instant at which elapsed = target.
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    pub due_at: Ts,
    /// The target.
    pub target_seconds: i64,
    /// Code of the agreement.
    pub agreement: String,
    /// Its version.
    pub version: i32,
    /// Code of the calendar.
    pub calendar: String,
    /// Its edition.
    pub edition: i32,
}

const PAUSES: usize = 100;

/// Computes a deadline.
///
/// # Errors
/// 404 for another region than one's own; 422 for fields that do not fit, or if no agreement holds.
pub fn preview(tx: &mut Tx<'_>, may: &May<act::PreviewDeadline, InRegion>, ask: &PreviewAsk) -> Result<Preview> {
    let own = region::by_id(tx, may.get().0)?;
    if ask.region.as_ref().is_some_and(|code| *code != own.code) {
        return Err(Error::NotFound);
    }
    let mut checks = Checks::new();
    checks.ensure((2000..=2100).contains(&ask.opened_at.utc().year()), "/opened_at", || say!("sla.opened_at"));
    checks.ensure(ask.pauses.len() <= PAUSES, "/pauses", || say!("sla.pauses_many", most = PAUSES));
    for (n, _) in ask.pauses.iter().enumerate().filter(|(_, pause)| pause.to <= pause.from) {
        checks.fault(format!("/pauses/{n}/to"), say!("sla.pause"));
    }
    let opd = named(&mut checks, "/opd", ask.opd.as_deref(), &say!("opd.unknown"), |code| {
        opd::by_code(tx, own.id, code).map(|opd| opd.id)
    })?;
    let service = named(&mut checks, "/service", ask.service.as_deref(), &say!("agreement.service"), |code| {
        catalog::known(tx, code).map(|service| service.id)
    })?;
    checks.done()?;
    let opd = opd.unwrap_or(Id(uuid::Uuid::nil()));
    let opened = ask.opened_at;
    let version = in_force(tx, &own, opd, service, opened)?;
    let target = version.terms()?.target(ask.priority, ask.metric.metric());
    let (target_seconds, basis) = target.ok_or_else(|| Error::internal("an agreement without targets"))?;
    let edition = calendar::for_opd(tx, own.id, opd)?.ok_or_else(|| Error::internal("a region without calendar"))?;
    let calendar = calendar::compiled(tx, edition)?;
    let started = Fact::Started { target_seconds, basis, carried_micros: 0, carried_waits: Waited::default() };
    let mut entries = vec![Entry { at: opened, fact: started }];
    for (from, to) in union(&ask.pauses) {
        if to > opened {
            let fact = Fact::Paused { reason: PendingReason::Scheduled, cap_seconds: None };
            entries.push(Entry { at: from.max(opened), fact });
            entries.push(Entry { at: to, fact: Fact::Resumed });
        }
    }
    let due = Line::draw(&entries, &calendar).due();
    let due_at = due.map(Ts::new).ok_or_else(|| Error::invalid("/pauses", say!("sla.never")))?;
    let (agreement, _, version) = agreement::names(tx, &[version.id])?.remove(&version.id).unwrap_or_default();
    let (calendar, _, edition) = calendar::names(tx, &[edition])?.remove(&edition).unwrap_or_default();
    Ok(Preview { due_at, target_seconds, agreement, version, calendar, edition })
}

fn named(
    checks: &mut Checks,
    pointer: &str,
    code: Option<&str>,
    unknown: &Say,
    find: impl FnOnce(&str) -> Result<Id>,
) -> Result<Option<Id>> {
    match code.map(find).transpose() {
        Err(Error::NotFound) => {
            checks.fault(pointer, unknown.clone());
            Ok(None)
        }
        other => other,
    }
}

/// The version for a ticket of that instant; on days before any agreement, the one for a ticket of today.
fn in_force(tx: &mut Tx<'_>, own: &region::Region, opd: Id, service: Option<Id>, opened: Ts) -> Result<Version> {
    let then = agreement::in_force(tx, own.id, opd, service, own.day(opened), opened)?;
    if let Some(version) = then {
        return Ok(version);
    }
    let now = tx.now;
    agreement::in_force(tx, own.id, opd, service, own.day(now), now)?
        .ok_or_else(|| Error::invalid("/opened_at", say!("agreement.none")))
}

/// The pauses in order, those that touch as one.
fn union(pauses: &[PreviewPause]) -> Vec<(Ts, Ts)> {
    let mut sorted: Vec<_> = pauses.iter().map(|p| (p.from, p.to)).collect();
    sorted.sort();
    let mut all: Vec<(Ts, Ts)> = Vec::new();
    for (from, to) in sorted {
        match all.last_mut().filter(|last| from <= last.1) {
            Some(last) => last.1 = last.1.max(to),
            None => all.push((from, to)),
        }
    }
    all
}
