//! The clocks of one ticket: loaded whole, moved by facts, saved with everything that follows from them. Whoever loads
//! a board for a change holds the ticket's row.

use super::clock::{Carried, Entry, Fact, Line};
use super::held::Held;
use super::level::Level;
use super::past::Past;
use super::row::{Clock, FactRow, Firing};
use super::{Metric, Outcome, PendingReason, agreement, calendar};
use crate::access::Tx;
use crate::catalog::words::Priority;
use crate::db::kept::change;
use crate::db::schema::{sla_clocks as clocks, sla_facts as facts, sla_firings as firings};
use crate::db::{Id, Json, Ts, one_of};
use crate::error::{Error, Result};
use crate::{on, store_all};
use chrono::NaiveDate;
use diesel::prelude::*;
use std::collections::HashMap;

pub use super::summary::Summary;

/// What the clocks need to know of a ticket.
#[derive(Debug, Clone, Copy)]
pub struct Subject {
    /// The ticket.
    pub ticket: Id,
    /// Its region.
    pub region: Id,
    /// Its organisation.
    pub opd: Id,
    /// Its service.
    pub service: Option<Id>,
    /// The service is marked as for security incidents.
    pub security: bool,
    /// Its priority.
    pub priority: Priority,
    /// The day on which it was opened, where its region lies.
    pub day: NaiveDate,
    /// When it was opened.
    pub opened_at: Ts,
}

/// A level that is told now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// Of which clock.
    pub clock: Id,
    /// What that measures.
    pub metric: Metric,
    /// Its cycle.
    pub cycle: i32,
    /// The level.
    pub level: Level,
    /// When it was reached.
    pub reached_at: Ts,
}

/// The clocks of a ticket, oldest first.
pub struct Board {
    pub(super) ticket: Id,
    /// Every clock, stopped ones too.
    pub held: Vec<Held>,
    /// Where its rows go instead of the database, while a past is told.
    pub(super) past: Option<Past>,
}

impl Board {
    /// The board of a ticket that has no clocks yet.
    #[must_use]
    pub fn new(ticket: Id) -> Self {
        Self { ticket, held: Vec::new(), past: None }
    }

    /// The clocks of a ticket.
    pub fn load(tx: &mut Tx<'_>, ticket: Id) -> Result<Self> {
        let rows: Vec<Clock> = on!(tx.conn(), |c| clocks::table
            .filter(clocks::ticket_id.eq(ticket))
            .select(Clock::as_select())
            .order((clocks::started_at, clocks::id))
            .load(c))?;
        Ok(Self { ticket, ..Self::with(tx, rows)? })
    }

    /// Clocks that were read already, with what else is stored of them.
    pub(super) fn with(tx: &mut Tx<'_>, rows: Vec<Clock>) -> Result<Self> {
        let ticket = rows.first().map_or(Id(uuid::Uuid::nil()), |r| r.ticket_id);
        Ok(Self { ticket, held: gather(tx, rows)?, past: None })
    }

    /// Starts the clocks of a ticket at its opening, if an agreement holds for it.
    pub fn open(&mut self, tx: &mut Tx<'_>, subject: &Subject) -> Result<()> {
        let version =
            agreement::in_force(tx, subject.region, subject.opd, subject.service, subject.day, subject.opened_at)?;
        let edition = calendar::for_opd(tx, subject.region, subject.opd)?;
        let (Some(version), Some(edition)) = (version, edition) else { return Ok(()) };
        self.begin(tx, subject, (version.id, edition))
    }

    /// Starts the clocks of a ticket at its opening, by this version and this edition.
    pub(super) fn begin(&mut self, tx: &mut Tx<'_>, subject: &Subject, frame: (Id, Id)) -> Result<()> {
        self.start(tx, subject, Metric::FirstResponse, frame, subject.opened_at, Carried::default())?;
        self.start(tx, subject, Metric::Resolution, frame, subject.opened_at, Carried::default())?;
        if subject.security {
            self.start(tx, subject, Metric::SecurityReport, frame, subject.opened_at, Carried::default())?;
        }
        Ok(())
    }

    /// Starts the clocks of a visit to Tier 2 (L7).
    pub fn hand_over(&mut self, tx: &mut Tx<'_>, subject: &Subject) -> Result<()> {
        let Some(frame) = self.frame() else { return Ok(()) };
        let now = tx.now;
        self.start(tx, subject, Metric::Tier2Acceptance, frame, now, Carried::default())?;
        self.start(tx, subject, Metric::Tier2Resolution, frame, now, Carried::default())
    }

    /// Lets the clocks that `resolve` stopped go on in a new cycle; the old result stays.
    pub fn reopen(&mut self, tx: &mut Tx<'_>, subject: &Subject, tier: i32) -> Result<()> {
        let metrics: &[Metric] =
            if tier == 2 { &[Metric::Resolution, Metric::Tier2Resolution] } else { &[Metric::Resolution] };
        for metric in metrics {
            let Some(last) = self.last(*metric).filter(|last| last.has_stopped()) else { continue };
            let frame = (last.row.version_id, last.row.edition_id);
            let compiled = calendar::compiled(tx, frame.1)?;
            // Its row may be one that is still to be derived.
            let line = Line::draw(&last.entries, &compiled);
            let (micros, waits) = (line.derived().banked_micros, line.waited());
            let edition = calendar::for_opd(tx, subject.region, subject.opd)?.unwrap_or(frame.1);
            let now = tx.now;
            self.start(tx, subject, *metric, (frame.0, edition), now, Carried { micros, waits })?;
        }
        Ok(())
    }

    /// Version and edition of the ticket's clocks so far.
    pub(super) fn frame(&self) -> Option<(Id, Id)> {
        self.last(Metric::Resolution).map(|h| (h.row.version_id, h.row.edition_id))
    }

    pub(super) fn last(&self, metric: Metric) -> Option<&Held> {
        self.held.iter().filter(|h| h.row.metric == metric).max_by_key(|h| h.row.cycle)
    }

    pub(super) fn start(
        &mut self,
        tx: &mut Tx<'_>,
        subject: &Subject,
        metric: Metric,
        (version_id, edition_id): (Id, Id),
        at: Ts,
        Carried { micros: carried_micros, waits: carried_waits }: Carried,
    ) -> Result<()> {
        let terms = agreement::terms(tx, version_id)?;
        let Some((target_seconds, basis)) = terms.target(subject.priority, metric) else { return Ok(()) };
        let is_waived_miss = |row: &Clock| row.waived && row.outcome == Some(Outcome::Missed);
        let (cycle, was_waived) = self.last(metric).map_or((0, false), |h| (h.row.cycle, is_waived_miss(&h.row)));
        let row = Clock {
            id: tx.new_id(),
            ticket_id: self.ticket,
            region_id: subject.region,
            metric,
            cycle: cycle + 1,
            version_id,
            edition_id,
            started_at: at,
            target_seconds,
            basis,
            banked_micros: carried_micros,
            since: None,
            due_at: None,
            paused_at: None,
            stopped_at: None,
            breached_at: None,
            outcome: None,
            risk_at: None,
            next_level: None,
            next_at: None,
            waived: false,
        };
        let mut held = Held::stored(row);
        held.is_new = true;
        held.add(at, Fact::Started { target_seconds, basis, carried_micros, carried_waits });
        held.row.waived = was_waived && held.goes_on_with_a_miss();
        self.held.push(held);
        Ok(())
    }

    fn running(&mut self, metrics: &[Metric]) -> impl Iterator<Item = &mut Held> {
        self.held.iter_mut().filter(move |h| metrics.contains(&h.row.metric) && !h.has_stopped())
    }

    /// Stops the clocks that wait for what has just happened.
    pub fn stop(&mut self, now: Ts, metrics: &[Metric], cancelled: bool) {
        for held in self.running(metrics) {
            held.add(now, Fact::Stopped { cancelled });
            held.is_stopping = true;
        }
    }

    /// Lets the clocks of the work stand still while the ticket waits, each reason at most as long as agreed.
    pub fn pause(&mut self, tx: &mut Tx<'_>, reason: PendingReason) -> Result<()> {
        for held in self.running(&[Metric::Resolution, Metric::Tier2Resolution]) {
            let cap_seconds = agreement::terms(tx, held.row.version_id)?.cap(reason);
            held.add(tx.now, Fact::Paused { reason, cap_seconds });
        }
        Ok(())
    }

    /// Lets the clocks that stand still go on.
    pub fn resume(&mut self, now: Ts) {
        for held in self.running(&[Metric::Resolution, Metric::Tier2Resolution]) {
            if held.waits() {
                held.add(now, Fact::Resumed);
            }
        }
    }

    /// Gives the running clocks the targets of the ticket's priority and agreement as they are now; what has elapsed
    /// and was paused stays.
    pub fn retarget(&mut self, tx: &mut Tx<'_>, subject: &Subject, version: Option<Id>) -> Result<()> {
        let Some((old, _)) = self.frame() else { return Ok(()) };
        let version = version.unwrap_or(old);
        let terms = agreement::terms(tx, version)?;
        let now = tx.now;
        for held in self.held.iter_mut().filter(|h| !h.has_stopped()) {
            let Some((target_seconds, basis)) = terms.target(subject.priority, held.row.metric) else { continue };
            if (target_seconds, basis) != (held.row.target_seconds, held.row.basis) {
                held.add(now, Fact::Retargeted { target_seconds, basis });
            }
            if held.row.version_id != version {
                held.row.version_id = version;
                held.is_changed = true;
            }
        }
        self.resettle_waivers(tx)
    }

    /// Counts the running clocks by another edition of a calendar, from their beginning.
    pub fn recount(&mut self, edition: Id) {
        for held in self.held.iter_mut().filter(|h| !h.has_stopped() && h.row.edition_id != edition) {
            held.row.edition_id = edition;
            held.is_changed = true;
        }
    }

    /// Tells the next level of a clock if it has been reached: once, whoever else tries.
    pub fn fire(&mut self, tx: &mut Tx<'_>, clock: Id) -> Result<Option<Told>> {
        let Some(place) = self.held.iter().position(|h| h.row.id == clock) else { return Ok(None) };
        let Some(held) = self.held.get_mut(place) else { return Ok(None) };
        let (Some(key), Some(reached_at)) = (held.row.next_level.clone(), held.row.next_at) else { return Ok(None) };
        if reached_at > tx.now {
            return Ok(None);
        }
        if held.is_told(&key) {
            // Kept by a program that told levels again: the row is derived anew and no longer comes.
            held.is_changed = true;
            return Ok(None);
        }
        let (metric, cycle, version) = (held.row.metric, held.row.cycle, held.row.version_id);
        let levels = agreement::terms(tx, version)?.levels();
        let Some(level) = levels.into_iter().find(|l| l.key() == key) else { return Ok(None) };
        let told = self.tell(tx, place, &key, reached_at)?;
        Ok(told.then_some(Told { clock, metric, cycle, level, reached_at }))
    }

    /// What clocks that stop with this change had reached before the timers saw it: told now, once, in the order in which
    /// it was reached.
    pub fn fire_overtaken(&mut self, tx: &mut Tx<'_>) -> Result<Vec<Told>> {
        let mut all = Vec::new();
        for place in 0..self.held.len() {
            let Some(held) = self.held.get_mut(place) else { continue };
            if !std::mem::take(&mut held.is_stopping) {
                continue;
            }
            let (clock, metric, cycle) = (held.row.id, held.row.metric, held.row.cycle);
            let levels = agreement::terms(tx, held.row.version_id)?.levels();
            let calendar = calendar::compiled(tx, held.row.edition_id)?;
            let overtaken = held.overtaken(&Line::draw(&held.entries, &calendar), levels);
            for (reached_at, level) in overtaken {
                if self.tell(tx, place, &level.key(), reached_at)? {
                    all.push(Told { clock, metric, cycle, level, reached_at });
                }
            }
        }
        all.sort_by_key(|told| told.reached_at);
        Ok(all)
    }

    fn tell(&mut self, tx: &mut Tx<'_>, place: usize, level: &str, reached_at: Ts) -> Result<bool> {
        let Some(held) = self.held.get_mut(place) else { return Ok(false) };
        let firing = Firing { clock_id: held.row.id, level: level.to_owned(), arming: 0, reached_at, fired_at: tx.now };
        let added = match &mut self.past {
            Some(past) => past.told(&firing),
            None => on!(tx.conn(), |c| diesel::insert_into(firings::table)
                .values(&firing)
                .on_conflict_do_nothing()
                .execute(c))?,
        };
        held.fired.push(firing);
        held.is_changed = true;
        Ok(added == 1)
    }

    /// Derives everything anew and stores what changed.
    pub fn save(&mut self, tx: &mut Tx<'_>) -> Result<Summary> {
        let mut new_rows = Vec::new();
        let mut new_facts = Vec::new();
        for held in self.held.iter_mut().filter(|h| h.is_touched()) {
            held.row = derived(tx, held)?;
            for (place, entry) in held.entries.iter().enumerate().skip(held.stored) {
                let fact = serde_json::to_value(entry.fact).map_err(|e| Error::internal(e.to_string()))?;
                let (clock_id, by_id) = (held.row.id, tx.actor.person);
                let place = i32::try_from(place).map_err(|_| Error::internal("more facts than a clock can have"))?;
                new_facts.push(FactRow { clock_id, place, at: entry.at, fact: Json(fact), by_id });
            }
            held.stored = held.entries.len();
            if self.past.is_some() {
                // Its row is taken when all has been told.
            } else if held.is_new {
                new_rows.push(held.row.clone());
            } else {
                on!(tx.conn(), |c| change(c, diesel::update(clocks::table.find(held.row.id)).set(&held.row)))?;
            }
            (held.is_new, held.is_changed) = (false, false);
        }
        if let Some(past) = &mut self.past {
            past.happened(new_facts);
            return Ok(self.summary());
        }
        store_all!(tx.conn(), clocks::table, &new_rows);
        store_all!(tx.conn(), facts::table, &new_facts);
        Ok(self.summary())
    }

    /// What the clocks come to.
    #[must_use]
    pub fn summary(&self) -> Summary {
        Summary::of(self.held.iter().map(|h| &h.row))
    }
}

/// What follows from the facts of a clock, by its agreement and its calendar.
pub(super) fn derived(tx: &mut Tx<'_>, held: &Held) -> Result<Clock> {
    let levels = agreement::terms(tx, held.row.version_id)?.levels();
    let calendar = calendar::compiled(tx, held.row.edition_id)?;
    Ok(held.derive(&Line::draw(&held.entries, &calendar), &levels))
}

/// These clocks with their facts and what was told of them.
pub(super) fn gather(tx: &mut Tx<'_>, rows: Vec<Clock>) -> Result<Vec<Held>> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<Id> = rows.iter().map(|r| r.id).collect();
    let told: Vec<FactRow> = on!(tx.conn(), |c| facts::table
        .filter(one_of(facts::clock_id, &ids))
        .select(FactRow::as_select())
        .order((facts::clock_id, facts::place))
        .load(c))?;
    let fired: Vec<Firing> = on!(tx.conn(), |c| firings::table
        .filter(one_of(firings::clock_id, &ids))
        .select(Firing::as_select())
        .order((firings::clock_id, firings::level, firings::arming))
        .load(c))?;
    let mut held: Vec<Held> = rows.into_iter().map(Held::stored).collect();
    let places: HashMap<Id, usize> = ids.into_iter().enumerate().map(|(place, id)| (id, place)).collect();
    for row in told {
        let Some(one) = places.get(&row.clock_id).and_then(|place| held.get_mut(*place)) else { continue };
        let fact = serde_json::from_value(row.fact.0)
            .map_err(|e| Error::internal(format!("fact {} of {}: {e}", row.place, row.clock_id)))?;
        one.entries.push(Entry { at: row.at, fact });
        one.stored += 1;
    }
    for row in fired {
        let Some(one) = places.get(&row.clock_id).and_then(|place| held.get_mut(*place)) else { continue };
        one.fired.push(row);
    }
    Ok(held)
}
