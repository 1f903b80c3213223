//! What was told, held against what was planned.

use crate::node::Uptime;
use crate::seed::{Planned, TARGETS};
use clap::ValueEnum;
use diesel::prelude::*;
use serde_json::Value;
use sigap::app::App;
use sigap::db::schema::{events, notices, sla_clocks, sla_firings};
use sigap::db::{Id, Json, Ts};
use sigap::on;
use sigap::sla::Metric;
use std::collections::{BTreeMap, BTreeSet};

/// A fault for the check to find.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Plant {
    /// A level that was never told.
    Lost,
    /// A level that was told twice.
    Double,
    /// A level that was told early.
    Early,
    /// A notice too many.
    Notice,
}

/// A level: clock and name.
type Key = (Id, String);

/// Everything that was told of the planned tickets.
#[derive(Default)]
struct Told {
    /// Ticket and metric of each clock.
    clocks: BTreeMap<Id, (Id, Metric)>,
    /// When each level was reached and told; as often as that was.
    firings: Vec<(Key, Ts, Ts)>,
    /// Levels of the time lines.
    events: Vec<(Key, String)>,
    /// Ticket, kind and person of each notice.
    notices: Vec<(Id, String, Id)>,
}

/// Tickets that are read together.
const PAGE: usize = 500;

async fn read(app: &App, planned: &Planned) -> Result<Told, String> {
    let mut told = Told::default();
    for page in planned.tickets.chunks(PAGE) {
        let ids: Vec<Id> = page.iter().map(|(id, _)| *id).collect();
        let work = move |conn: &mut sigap::db::Conn<'_>| {
            let clocks: Vec<(Id, Id, Metric)> = on!(&mut *conn, |c| sla_clocks::table
                .filter(sla_clocks::ticket_id.eq_any(&ids))
                .select((sla_clocks::id, sla_clocks::ticket_id, sla_clocks::metric))
                .load(c))?;
            let of: Vec<Id> = clocks.iter().map(|c| c.0).collect();
            let firings: Vec<(Id, String, Ts, Ts)> = on!(&mut *conn, |c| sla_firings::table
                .filter(sla_firings::clock_id.eq_any(&of))
                .select((sla_firings::clock_id, sla_firings::level, sla_firings::reached_at, sla_firings::fired_at))
                .load(c))?;
            let lines: Vec<(String, Json)> = on!(&mut *conn, |c| events::table
                .filter(events::ticket_id.eq_any(&ids).and(events::kind.eq_any(["warned", "breached"])))
                .select((events::kind, events::staff_data))
                .load(c))?;
            let heard: Vec<(Id, String, Id)> = on!(&mut *conn, |c| notices::table
                .filter(notices::ticket_id.eq_any(&ids).and(notices::kind.eq_any(["warned", "breached"])))
                .select((notices::ticket_id, notices::kind, notices::person_id))
                .load(c))?;
            Ok((clocks, firings, lines, heard))
        };
        let (clocks, firings, lines, heard) = app.store.read(work).await.map_err(|e| e.to_string())?;
        told.clocks.extend(clocks.into_iter().map(|(id, ticket, metric)| (id, (ticket, metric))));
        told.firings.extend(firings.into_iter().map(|(clock, level, reached, at)| ((clock, level), reached, at)));
        told.events.extend(lines.into_iter().filter_map(|(kind, data)| Some((key(&data.0)?, kind))));
        told.notices.extend(heard);
    }
    Ok(told)
}

fn key(data: &Value) -> Option<Key> {
    Some((data.get("clock")?.as_str()?.parse().ok()?, data.get("level")?.as_str()?.to_owned()))
}

fn spoil(told: &mut Told, plant: Plant) {
    match plant {
        Plant::Lost => drop(told.firings.pop()),
        Plant::Double => told.events.extend(told.events.first().cloned()),
        Plant::Early => {
            if let Some((_, reached, at)) = told.firings.first_mut() {
                *at = reached.plus(chrono::Duration::microseconds(-1));
            }
        }
        Plant::Notice => told.notices.extend(told.notices.first().cloned()),
    }
}

/// Everything that is wrong; prints how late levels were told.
pub async fn check(
    app: &App,
    planned: &Planned,
    uptime: &Uptime,
    most_seconds: f64,
    plant: Option<Plant>,
) -> Result<Vec<String>, String> {
    let mut told = read(app, planned).await?;
    if let Some(plant) = plant {
        spoil(&mut told, plant);
    }
    let mut faults = levels(&told, planned);
    faults.extend(people(&told, planned));
    let late: Vec<i64> = told.firings.iter().map(|(_, reached, at)| micros(*reached, *at)).collect();
    let running: Vec<i64> =
        told.firings.iter().map(|(_, reached, at)| uptime.within(reached.utc(), at.utc())).collect();
    println!("{} levels told; late overall: {}", told.firings.len(), quantiles(late));
    println!("                late while a node ran: {}", quantiles(running.clone()));
    let worst = seconds(running.into_iter().max().unwrap_or(0));
    if worst > most_seconds {
        faults.push(format!("a level waited for {worst:.3} s while a node ran; {most_seconds} s at most"));
    }
    Ok(faults)
}

fn micros(from: Ts, to: Ts) -> i64 {
    (to.utc() - from.utc()).num_microseconds().unwrap_or(i64::MAX)
}

/// Each level of each clock: told once, in the time line once, at its own instant, and not before it.
fn levels(told: &Told, planned: &Planned) -> Vec<String> {
    let mut faults = Vec::new();
    let opened: BTreeMap<Id, Ts> = planned.tickets.iter().copied().collect();
    let mut clocks: BTreeSet<(Id, Metric)> = BTreeSet::new();
    for (clock, (ticket, metric)) in &told.clocks {
        clocks.insert((*ticket, *metric));
        let Some((_, target)) = TARGETS.iter().find(|(name, _)| *name == metric.text()) else { continue };
        let Some(opened) = opened.get(ticket) else { continue };
        for (level, percent, kind) in [("75%", 75, "warned"), ("100%", 100, "breached")] {
            let due = opened.plus(chrono::Duration::milliseconds(target * percent * 10));
            let key = (*clock, level.to_owned());
            let firings: Vec<_> = told.firings.iter().filter(|f| f.0 == key).collect();
            let lines = told.events.iter().filter(|(k, what)| *k == key && what == kind).count();
            if firings.len() != 1 || lines != 1 {
                faults.push(format!("{metric} {level} of {ticket}: told {} times, {lines} events", firings.len()));
            }
            for (_, reached, at) in firings {
                if *reached != due {
                    faults.push(format!("{metric} {level} of {ticket}: reached {reached}, planned for {due}"));
                }
                if at < reached {
                    faults.push(format!("{metric} {level} of {ticket}: told {at}, before {reached}"));
                }
            }
        }
    }
    if clocks.len() != planned.tickets.len() * TARGETS.len() {
        faults.push(format!("{} clocks for {} tickets", clocks.len(), planned.tickets.len()));
    }
    faults
}

/// One notice per person and level.
fn people(told: &Told, planned: &Planned) -> Vec<String> {
    let mut counts: BTreeMap<(Id, &str, Id), usize> = BTreeMap::new();
    for (ticket, kind, person) in &told.notices {
        *counts.entry((*ticket, kind, *person)).or_default() += 1;
    }
    let mut expected = BTreeMap::new();
    for (ticket, _) in &planned.tickets {
        for (kind, audience) in ["warned", "breached"].into_iter().zip(&planned.audience) {
            expected.extend(audience.iter().map(|person| ((*ticket, kind, *person), TARGETS.len())));
        }
    }
    let keys: BTreeSet<_> = counts.keys().chain(expected.keys()).copied().collect();
    keys.into_iter()
        .filter(|key| counts.get(key) != expected.get(key))
        .map(|key| format!("{} notices {:?} of {}, {:?} planned", key.1, counts.get(&key), key.0, expected.get(&key)))
        .collect()
}

fn quantiles(mut all: Vec<i64>) -> String {
    all.sort_unstable();
    let at = |percent: usize| {
        let place = (all.len() * percent).div_ceil(100).saturating_sub(1);
        all.get(place).map_or(0.0, |micros| seconds(*micros))
    };
    format!("p50 {:.3} s, p99 {:.3} s, p100 {:.3} s", at(50), at(99), at(100))
}

fn seconds(micros: i64) -> f64 {
    chrono::TimeDelta::microseconds(micros).as_seconds_f64()
}
