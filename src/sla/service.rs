//! What another service means for the clocks of a ticket: it may be one for security incidents, or be under another
//! agreement.

use super::board::{Board, Subject};
use super::clock::Carried;
use super::{Metric, agreement};
use crate::access::Tx;
use crate::db::Id;
use crate::error::Result;
use std::collections::BTreeMap;

impl Board {
    /// Goes over to the service that the ticket is about now.
    pub fn change_service(&mut self, tx: &mut Tx<'_>, subject: &Subject) -> Result<()> {
        let version = self.other_agreement(tx, subject)?;
        self.retarget(tx, subject, version)?;
        self.follow_security(tx, subject)
    }

    /// The version of another agreement that holds now. Under the same one the ticket keeps its version, which may be a
    /// later one than that of its opening.
    fn other_agreement(&self, tx: &mut Tx<'_>, s: &Subject) -> Result<Option<Id>> {
        let found = agreement::in_force(tx, s.region, s.opd, s.service, s.day, s.opened_at)?;
        let (Some(found), Some((held, _))) = (found, self.frame()) else { return Ok(None) };
        let same = agreement::version(tx, held)?.agreement_id == found.agreement_id;
        Ok((!same).then_some(found.id))
    }

    /// The 24 hours of a security incident count from the opening, whenever it is recognised as one; what turns out to
    /// be none need not be reported.
    fn follow_security(&mut self, tx: &mut Tx<'_>, subject: &Subject) -> Result<()> {
        if !subject.security {
            self.stop(tx.now, &[Metric::SecurityReport], true);
            return Ok(());
        }
        let is_there = self.held.iter().any(|h| h.row.metric == Metric::SecurityReport && !h.is_given_up());
        match self.frame() {
            Some(frame) if !is_there => {
                self.start(tx, subject, Metric::SecurityReport, frame, subject.opened_at, Carried::default())
            }
            _ => Ok(()),
        }
    }

    /// Drops the clocks that have ended and were never stored. The first of a metric that is left is its first cycle: what
    /// those before had reached, they have told nobody.
    pub fn forget_ended(&mut self) {
        self.held.retain(|held| !(held.is_new && held.has_stopped()));
        let mut cycles = BTreeMap::new();
        for held in self.held.iter_mut().filter(|held| held.is_new) {
            let cycle = cycles.entry(held.row.metric).or_insert(0);
            *cycle += 1;
            held.row.cycle = *cycle;
        }
    }
}
