//! What a change of calendars, holidays or agreements means for clocks that run. The rows of their tickets are locked
//! first, and those belong to another room: so a command here changes what is to be counted by and returns a
//! [`Moved`], which only `ticket::recount::moved` takes.

use super::board::{Board, Subject};
use super::calendar::Kept;
use crate::access::Tx;
use crate::db::Id;
use crate::db::schema::{agreement_versions as versions, sla_clocks as clocks};
use crate::error::Result;
use crate::on;
use diesel::prelude::*;

/// Clocks that run may count differently from now on, and no ticket knows of it yet.
#[must_use = "hand it to ticket::recount::moved, or running clocks go on by what held before"]
#[derive(Debug)]
pub struct Moved {
    region: Id,
    what: What,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    Nothing,
    /// Editions, or who keeps which calendar.
    Calendars,
    /// Open tickets of an agreement go over to its newest version.
    Agreement {
        id: Id,
        version: Id,
    },
}

impl Moved {
    pub(super) const fn nothing(region: Id) -> Self {
        Self { region, what: What::Nothing }
    }

    pub(super) const fn calendars(region: Id) -> Self {
        Self { region, what: What::Calendars }
    }

    pub(super) const fn agreement(region: Id, id: Id, version: Id) -> Self {
        Self { region, what: What::Agreement { id, version } }
    }

    /// Where.
    #[must_use]
    pub const fn region(&self) -> Id {
        self.region
    }

    /// `true` if no clock is concerned.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        self.what == What::Nothing
    }

    /// `true` if working time has changed.
    #[must_use]
    pub fn is_of_calendars(&self) -> bool {
        self.what == What::Calendars
    }

    /// Tickets with clocks that have not stopped and may count by something else than they should, each with the
    /// editions that they count by; in the order of their ids.
    pub fn behind(&self, tx: &mut Tx<'_>) -> Result<Vec<(Id, Id)>> {
        let region = self.region;
        Ok(on!(tx.conn(), |c| {
            let mut query = clocks::table
                .filter(clocks::region_id.eq(region).and(clocks::stopped_at.is_null()))
                .select((clocks::ticket_id, clocks::edition_id))
                .distinct()
                .order((clocks::ticket_id, clocks::edition_id))
                .into_boxed::<Db>();
            if let What::Agreement { id, version } = self.what {
                let older = versions::table
                    .filter(versions::agreement_id.eq(id).and(versions::id.ne(version)))
                    .select(versions::id);
                query = query.filter(clocks::version_id.eq_any(older));
            }
            query.load(c)
        })?)
    }

    /// Lets the clocks of a ticket follow.
    pub fn apply(&self, tx: &mut Tx<'_>, board: &mut Board, subject: &Subject, kept: &Kept) -> Result<()> {
        match self.what {
            What::Nothing => {}
            What::Calendars => {
                if let Some(edition) = kept.of(subject.opd) {
                    board.recount(edition);
                }
            }
            What::Agreement { version, .. } => board.retarget(tx, subject, Some(version))?,
        }
        Ok(())
    }
}
