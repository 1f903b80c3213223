//! The clocks of tickets whose whole past is told at once: by the same arithmetic as everybody's, without a statement for
//! each step.

use super::agreement::{self, Book};
use super::board::{Board, Subject, Summary};
use super::calendar::{self, Kept};
use super::row::{Clock, FactRow, Firing};
use crate::access::Tx;
use crate::db::schema::{sla_clocks as clocks, sla_facts as facts, sla_firings as firings};
use crate::db::{Id, Ts};
use crate::error::Result;
use crate::store_all;
use diesel::prelude::*;

/// Rows of clocks that are still to be stored.
#[derive(Debug, Default)]
pub struct Past {
    clocks: Vec<Clock>,
    facts: Vec<FactRow>,
    firings: Vec<Firing>,
}

/// By what a region's tickets are measured, looked up once for many.
#[derive(Debug)]
pub struct Measure {
    book: Book,
    kept: Kept,
}

impl Past {
    pub(super) fn told(&mut self, firing: &Firing) -> usize {
        self.firings.push(firing.clone());
        1
    }

    pub(super) fn happened(&mut self, new: Vec<FactRow>) {
        self.facts.extend(new);
    }

    /// Takes over the rows of another.
    pub fn extend(&mut self, other: Self) {
        self.clocks.extend(other.clocks);
        self.facts.extend(other.facts);
        self.firings.extend(other.firings);
    }

    /// Stores the rows; their tickets are there already.
    pub fn store(&self, tx: &mut Tx<'_>) -> Result<()> {
        store_all!(tx.conn(), clocks::table, &self.clocks);
        store_all!(tx.conn(), facts::table, &self.facts);
        store_all!(tx.conn(), firings::table, &self.firings);
        Ok(())
    }
}

impl Measure {
    /// That of a region.
    pub fn of(tx: &mut Tx<'_>, region: Id) -> Result<Self> {
        Ok(Self { book: agreement::book(tx, region)?, kept: calendar::kept(tx, region)? })
    }

    /// The edition of the calendar that an organisation keeps.
    #[must_use]
    pub fn edition(&self, opd: Id) -> Option<Id> {
        self.kept.of(opd)
    }
}

impl Board {
    /// The board of a ticket that is opened in the past, with its clocks.
    pub fn told(tx: &mut Tx<'_>, subject: &Subject, measure: &Measure) -> Result<Self> {
        let mut board = Self { past: Some(Past::default()), ..Self::new(subject.ticket) };
        let version = measure.book.in_force(subject.opd, subject.service, subject.day, subject.opened_at);
        if let (Some(version), Some(edition)) = (version, measure.edition(subject.opd)) {
            board.begin(tx, subject, (version, edition))?;
        }
        Ok(board)
    }

    /// The next level that is reached by `until`, with its clock.
    #[must_use]
    pub fn next_level(&self, until: Ts) -> Option<(Ts, Id)> {
        let reached = self.held.iter().filter_map(|h| Some((h.row.next_at?, h.row.id)));
        reached.filter(|(at, _)| *at <= until).min()
    }

    /// What is to be stored, and what it comes to.
    #[must_use]
    pub fn into_past(mut self) -> (Past, Summary) {
        let summary = self.summary();
        let mut past = self.past.take().unwrap_or_default();
        past.clocks.extend(self.held.into_iter().map(|h| h.row));
        (past, summary)
    }
}
