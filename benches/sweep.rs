//! What the timers cost as clocks grow in number: finding what is due and telling it, with 100 of 10,000 and with 100
//! of 1,000,000 running clocks due (SQLite). The cost should not grow with those that are not due.

#![allow(missing_docs, clippy::unwrap_used, clippy::indexing_slicing, reason = "a measurement that fails may panic")]

use chrono::{DateTime, TimeDelta, Utc};
use criterion::{Criterion, criterion_group, criterion_main};
use diesel::prelude::*;
use sigap::access::{Actor, Origin, Tx};
use sigap::app::{App, Caller};
use sigap::catalog::{Impact, Kind, Urgency};
use sigap::clock::Clock as Time;
use sigap::config::Config;
use sigap::db::schema::sla_clocks;
use sigap::db::{Id, Ts};
use sigap::error::{Error, Result};
use sigap::on;
use sigap::org::{actor, person};
use sigap::sla::row::Clock;
use sigap::ticket::deadline;
use sigap::ticket::open::{self, New};
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// Clocks that are due.
const DUE: usize = 100;
/// Rows of one insert: SQLite takes 32,766 values.
const ROWS: usize = 1_500;

struct Bench {
    app: App,
    runtime: Runtime,
    _folder: TempDir,
}

impl Bench {
    /// A database with so many running clocks.
    fn new(count: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (file, data) = (folder.path().join("sigap.db"), folder.path().display().to_string());
        let text = format!("database_url = \"sqlite:{}\"\ndata_dir = {data:?}\n", file.display());
        let begin: DateTime<Utc> = "2026-07-06T01:00:00Z".parse().unwrap();
        let time = Time::fixed(begin);
        let app = App::open(Config::from_parts(Some(&text), []).unwrap(), time.clone(), None).unwrap();
        let bench = Self { app, runtime: Runtime::new().unwrap(), _folder: folder };
        bench.runtime.block_on(sigap::demo::fill(&bench.app)).unwrap();
        bench.write(|tx| (0..DUE).try_for_each(|_| ticket(tx).map(drop)));
        let pattern = bench.write(|tx| {
            let id = ticket(tx)?;
            let pattern = on!(tx.conn(), |c| sla_clocks::table
                .filter(sla_clocks::ticket_id.eq(id))
                .select(Clock::as_select())
                .first(c))?;
            // This ticket will hold all the other clocks, and must never be loaded.
            let never = (sla_clocks::next_at.eq(None::<Ts>), sla_clocks::next_level.eq(None::<String>));
            on!(tx.conn(), |c| diesel::update(sla_clocks::table.filter(sla_clocks::ticket_id.eq(id)))
                .set(never)
                .execute(c))?;
            Ok(pattern)
        });
        let mut made = 2 * DUE + 2;
        while made < count {
            let (pattern, some) = (pattern.clone(), ROWS.min(count - made));
            bench.write(move |tx| fill(tx, &pattern, made, some));
            made += some;
        }
        // Three hours of four: the first responses of the hundred, and nothing else.
        time.step(TimeDelta::hours(3));
        bench
    }

    fn write<T: Send + 'static>(&self, f: impl Fn(&mut Tx<'_>) -> Result<T> + Send + 'static) -> T {
        self.runtime.block_on(self.app.write(Caller::Anonymous, Origin::default(), f)).unwrap()
    }

    /// One sweep, which leaves everything as it was; how long it took, and how many levels it told.
    fn sweep(&self) -> (Duration, usize) {
        self.write(|tx| {
            let mut outcome = (Duration::ZERO, 0);
            // Refused, so that the next sweep finds the same.
            tx.attempt(
                |()| false,
                |tx| {
                    let begun = Instant::now();
                    let (all, _) = deadline::due(tx, 200)?;
                    for due in &all {
                        let now = tx.now;
                        let passed = deadline::passed(&mut tx.acting_as(Actor::timer(due.region), now), due)?;
                        outcome.1 += usize::from(passed.acted);
                    }
                    outcome.0 = begun.elapsed();
                    Ok(())
                },
            )?;
            Ok(outcome)
        })
    }
}

fn ticket(tx: &mut Tx<'_>) -> Result<Id> {
    let requester = person::by_login(tx, None, "pegawai.dinkes@lebakkab.go.id")?.ok_or(Error::NotFound)?;
    let (who, now) = (actor::as_person(tx.conn(), requester.id)?, tx.now);
    let new = New {
        kind: Kind::Incident,
        subject: "Layar gelap".into(),
        description: "Sejak pagi.".into(),
        service: None,
        impact: Some(Impact::Medium),
        urgency: Some(Urgency::Medium),
        classification: None,
        on_behalf_of: None,
        opd: None,
        channel: None,
    };
    open::open(&mut tx.acting_as(who, now), &new).map(|ticket| ticket.id)
}

/// Clocks of one ticket that are due later, a second apart.
fn fill(tx: &mut Tx<'_>, pattern: &Clock, from: usize, count: usize) -> Result<()> {
    let mut rows = Vec::new();
    for n in from..from + count {
        let n = i32::try_from(n).map_err(|e| Error::internal(e.to_string()))?;
        let at = pattern.next_at.map(|at| at.plus(TimeDelta::hours(10) + TimeDelta::seconds(n.into())));
        rows.push(Clock { id: tx.new_id(), cycle: n + 10, next_at: at, due_at: at, ..pattern.clone() });
    }
    on!(tx.conn(), |c| diesel::insert_into(sla_clocks::table).values(&rows).execute(c))?;
    Ok(())
}

fn median(mut all: Vec<Duration>) -> Duration {
    all.sort();
    all[all.len() / 2]
}

fn sweeps(criterion: &mut Criterion) {
    let (few, many) = (Bench::new(10_000), Bench::new(1_000_000));
    for (name, bench) in [("10,000", &few), ("1,000,000", &many)] {
        assert_eq!(bench.sweep().1, DUE);
        criterion.bench_function(&format!("100 due of {name} clocks"), |b| {
            b.iter_custom(|times| (0..times).map(|_| bench.sweep().0).sum());
        });
    }
    // In turn, so that whatever else the machine does weighs on both.
    let (mut small, mut large) = (Vec::new(), Vec::new());
    for _ in 0..30 {
        small.push(few.sweep().0);
        large.push(many.sweep().0);
    }
    let (small, large) = (median(small), median(large));
    println!("{small:.1?} and {large:.1?}: ratio {:.3}", large.as_secs_f64() / small.as_secs_f64());
}

criterion_group!(name = all; config = Criterion::default().sample_size(10); targets = sweeps);
criterion_main!(all);
