//! Tickets whose levels fall due one after the other in a stretch of time that is still to come.

use crate::node::now;
use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use sigap::access::{Actor, Grant, Origin, Role, Tx};
use sigap::app::{App, Caller};
use sigap::catalog::words::Priority;
use sigap::catalog::{Impact, Kind, Urgency};
use sigap::db::schema::agreements;
use sigap::db::{Id, Ts};
use sigap::error::Result;
use sigap::on;
use sigap::org::{actor, person, region};
use sigap::sla::agreement::{self, Agreement};
use sigap::ticket::open::{self, New};
use std::time::{Duration, Instant};

/// Levels of a ticket: 75 % and 100 % of two clocks.
pub const LEVELS: usize = 4;
/// Targets of the two clocks in seconds; the levels of a ticket lie between 9 and 24 seconds after its opening.
pub const TARGETS: [(&str, i64); 2] = [("first_response", 12), ("resolution", 24)];
/// Tickets that share a transaction.
const BATCH: usize = 25;
/// Between the last ticket and the first level: the nodes start.
const START: TimeDelta = TimeDelta::seconds(12);

/// What will be due.
#[derive(Debug)]
pub struct Planned {
    /// Tickets, each with the instant at which it was opened.
    pub tickets: Vec<(Id, Ts)>,
    /// Whom three quarters tell, and whom the miss tells.
    pub audience: [Vec<Id>; 2],
    first: DateTime<Utc>,
    last: DateTime<Utc>,
}

impl Planned {
    /// Whole seconds until the first level; negative once it has been reached.
    pub fn seconds_to_first(&self) -> i64 {
        (self.first - now()).num_seconds()
    }

    /// `true` once the last level has been reached.
    pub fn is_over(&self) -> bool {
        now() > self.last
    }
}

/// Somebody who keeps the platform.
fn console() -> Caller {
    let grant = Grant { role: Role::Operator, region: None, opd: None };
    Caller::Known(Actor { grants: vec![grant], ..Actor::anonymous() })
}

/// Runs `f` as the keeper of the platform.
async fn within<T, F>(app: &App, f: F) -> std::result::Result<T, String>
where
    T: Send + 'static,
    F: Fn(&mut Tx<'_>) -> Result<T> + Send + 'static,
{
    app.write(console(), Origin::default(), f).await.map_err(|e| e.to_string())
}

/// Fills the demo's people, makes the agreement short, and opens the tickets in advance.
pub async fn plan(app: &App, levels: usize, run: Duration) -> std::result::Result<Planned, String> {
    sigap::demo::fill(app).await.map_err(|e| e.to_string())?;
    let (requester, audience) = within(app, agree).await?;
    let count = levels.div_ceil(LEVELS).max(1);
    let run = TimeDelta::from_std(run).map_err(|e| e.to_string())?;
    // The first batch says how long the others will take.
    let measured = Instant::now();
    let warm = now() + TimeDelta::days(3650);
    within(app, move |tx| tickets(tx, requester, warm, TimeDelta::zero(), BATCH)).await?;
    let batches = u32::try_from(count.div_ceil(BATCH) + 1).map_err(|e| e.to_string())?;
    let filling = TimeDelta::from_std(measured.elapsed() * batches * 3 / 2).map_err(|e| e.to_string())?;
    let begin = now() + filling + START;
    let each = run / i32::try_from(count).map_err(|e| e.to_string())?;
    println!("{count} tickets are made in advance, for {} s from now", (begin - now()).num_seconds());
    let mut made = Vec::new();
    while made.len() < count {
        let from = begin + each * i32::try_from(made.len()).map_err(|e| e.to_string())?;
        let some = BATCH.min(count - made.len());
        made.extend(within(app, move |tx| tickets(tx, requester, from, each, some)).await?);
    }
    let (first, last) = (begin + TimeDelta::seconds(9), begin + run + TimeDelta::seconds(24));
    Ok(Planned { tickets: made, audience, first, last })
}

/// The requester, and whom the levels tell.
type People = (Id, [Vec<Id>; 2]);

fn agree(tx: &mut Tx<'_>) -> Result<People> {
    let lebak = region::list(tx)?.into_iter().find(|r| r.code == "lebak").ok_or(sigap::error::Error::NotFound)?;
    let mut standard: Agreement = on!(tx.conn(), |c| agreements::table
        .filter(agreements::region_id.eq(lebak.id))
        .select(Agreement::as_select())
        .first(c))?;
    let mut terms = agreement::version(tx, standard.version_id)?.terms()?;
    if let Some(urgent) = terms.targets.get_mut(&Priority::P1) {
        (urgent.first_response, urgent.resolution) = (TARGETS[0].1, TARGETS[1].1);
    }
    agreement::publish(tx, &mut standard, &terms)?;
    let mut id = |account: &str| -> Result<Id> {
        let login = format!("{account}@{}", lebak.domain);
        Ok(person::by_login(tx, None, &login)?.ok_or(sigap::error::Error::NotFound)?.id)
    };
    let (requester, technician, coordinator) = (id("pegawai.dinkes")?, id("teknisi.dinkes")?, id("koordinator")?);
    Ok((requester, [vec![technician], vec![technician, coordinator]]))
}

/// Opens `count` tickets, the first at `from` and the others `each` later.
fn tickets(
    tx: &mut Tx<'_>,
    requester: Id,
    from: DateTime<Utc>,
    each: TimeDelta,
    count: usize,
) -> Result<Vec<(Id, Ts)>> {
    let who = actor::as_person(tx.conn(), requester)?;
    let new = New {
        kind: Kind::Incident,
        subject: "Layar gelap".into(),
        description: "Sejak pagi.".into(),
        service: None,
        impact: Some(Impact::High),
        urgency: Some(Urgency::High),
        classification: None,
        on_behalf_of: None,
        opd: None,
        channel: None,
    };
    let mut made = Vec::new();
    let mut at = from;
    for _ in 0..count {
        let ticket = open::open(&mut tx.acting_as(who.clone(), Ts::new(at)), &new)?;
        made.push((ticket.id, ticket.created_at));
        at += each;
    }
    Ok(made)
}
