//! What reports need of clocks: how those that stopped have ended, without anything that names a person.

use super::{Metric, Outcome, agreement, calendar};
use crate::access::Tx;
use crate::db::schema::sla_clocks as clocks;
use crate::db::{Id, Ts};
use crate::error::Result;
use crate::on;
use crate::sla::explain::{AgreementName, CalendarName};
use diesel::prelude::*;
use std::collections::BTreeSet;

/// A clock that stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stopped {
    /// Of which ticket.
    pub ticket: Id,
    /// What it measured: first response or resolution.
    pub metric: Metric,
    /// By which version of an agreement.
    pub version: Id,
    /// By which edition of a calendar.
    pub edition: Id,
    /// When.
    pub at: Ts,
    /// Whole seconds that it counted.
    pub seconds: i64,
    /// Too late.
    pub missed: bool,
    /// A miss of it does not count.
    pub waived: bool,
}

type Row = (Id, Metric, Id, Id, Option<Ts>, i64, Option<Outcome>, bool);

/// The clocks of first response and resolution of these tickets that stopped from `from` up to but without `until`.
pub fn stopped(tx: &mut Tx<'_>, tickets: &[Id], from: Ts, until: Ts) -> Result<Vec<Stopped>> {
    let rows: Vec<Row> = on!(tx.conn(), |c| clocks::table
        .filter(clocks::ticket_id.eq_any(tickets))
        .filter(clocks::metric.eq_any([Metric::FirstResponse, Metric::Resolution]))
        .filter(clocks::stopped_at.is_not_null().and(clocks::stopped_at.ge(from)).and(clocks::stopped_at.lt(until)))
        .select((
            clocks::ticket_id,
            clocks::metric,
            clocks::version_id,
            clocks::edition_id,
            clocks::stopped_at,
            clocks::banked_micros,
            clocks::outcome,
            clocks::waived,
        ))
        .load(c))?;
    let told = |(ticket, metric, version, edition, at, micros, outcome, waived): Row| {
        let (seconds, missed) = (micros.div_euclid(1_000_000), outcome == Some(Outcome::Missed));
        Some(Stopped { ticket, metric, version, edition, at: at?, seconds, missed, waived })
    };
    Ok(rows.into_iter().filter_map(told).collect())
}

/// Names of versions of agreements and editions of calendars, in order.
pub fn names(
    tx: &mut Tx<'_>,
    versions: &BTreeSet<Id>,
    editions: &BTreeSet<Id>,
) -> Result<(Vec<AgreementName>, Vec<CalendarName>)> {
    let ids: Vec<Id> = versions.iter().copied().collect();
    let found = agreement::names(tx, &ids)?.into_values();
    let agreements: BTreeSet<AgreementName> =
        found.map(|(code, name, version)| AgreementName { code, name, version }).collect();
    let ids: Vec<Id> = editions.iter().copied().collect();
    let mut calendars = BTreeSet::new();
    for (id, (code, name, edition)) in calendar::names(tx, &ids)? {
        let zone = calendar::compiled(tx, id)?.zone().to_owned();
        calendars.insert(CalendarName { code, name, edition, zone });
    }
    Ok((agreements.into_iter().collect(), calendars.into_iter().collect()))
}
