//! Working time beside a floor of the same run: one instant into local time and one search in a sorted year of
//! windows. What is asked grows from an hour to ten years; the cost should not.

#![allow(missing_docs, clippy::unwrap_used, reason = "a measurement that fails may panic")]

use chrono::{DateTime, Utc};
use criterion::{Criterion, criterion_group, criterion_main};
use sigap::worktime::{Calendar, shipped};
use std::hint::black_box;
use std::time::{Duration, Instant};

const HOUR: i64 = 3_600_000_000;

/// Distances by name, in hours of work.
const DISTANCES: &[(&str, i64)] = &[("1 hour", 1), ("1 month", 160), ("10 years", 19_500)];

struct Bench {
    calendar: Calendar,
    from: DateTime<Utc>,
    /// Openings of a year, in microseconds.
    openings: Vec<i64>,
}

impl Bench {
    fn new() -> Self {
        let calendar = Calendar::compile(&shipped().unwrap()).unwrap();
        let from: DateTime<Utc> = "2026-07-09T02:00:00.123456Z".parse().unwrap();
        let openings = (0..500).map(|n| from.timestamp_micros() + n * 17 * HOUR).collect();
        Self { calendar, from, openings }
    }

    fn floor(&self, at: DateTime<Utc>) -> usize {
        let local = black_box(at.with_timezone(&chrono_tz::Asia::Jakarta).naive_local());
        self.openings.partition_point(|opening| *opening < local.and_utc().timestamp_micros())
    }
}

fn worktime(criterion: &mut Criterion) {
    let bench = Bench::new();
    let (calendar, from) = (&bench.calendar, bench.from);
    criterion.bench_function("floor", |b| b.iter(|| bench.floor(black_box(from))));
    for (name, hours) in DISTANCES {
        let micros = hours * HOUR;
        let due = calendar.after(from, micros).unwrap();
        criterion.bench_function(&format!("after, {name}"), |b| {
            b.iter(|| calendar.after(black_box(from), black_box(micros)));
        });
        criterion.bench_function(&format!("micros_between, {name}"), |b| {
            b.iter(|| calendar.micros_between(black_box(from), black_box(due)));
        });
    }
    let definition = shipped().unwrap();
    criterion.bench_function("compile and first answer, 1 month", |b| {
        b.iter(|| Calendar::compile(&definition).unwrap().after(black_box(from), black_box(160 * HOUR)));
    });
}

/// The same once more, as multiples of the floor: medians of interleaved rounds, so that other load weighs on both.
fn ratios(_: &mut Criterion) {
    let bench = Bench::new();
    let (calendar, from) = (&bench.calendar, bench.from);
    for (name, hours) in DISTANCES {
        let micros = hours * HOUR;
        let due = calendar.after(from, micros).unwrap();
        let after = ratio(|| calendar.after(black_box(from), black_box(micros)), &bench);
        let between = ratio(|| calendar.micros_between(black_box(from), black_box(due)), &bench);
        println!("{name}: after {after:.2} times the floor, micros_between {between:.2} times");
    }
}

fn ratio<T>(work: impl Fn() -> T, bench: &Bench) -> f64 {
    let floor = || bench.floor(black_box(bench.from));
    let mut all: Vec<f64> = (0..101).map(|_| round(&work).as_secs_f64() / round(floor).as_secs_f64()).collect();
    all.sort_by(f64::total_cmp);
    all.get(50).copied().unwrap_or_default()
}

fn round<T>(work: impl Fn() -> T) -> Duration {
    let begin = Instant::now();
    for _ in 0..20_000 {
        black_box(work());
    }
    begin.elapsed()
}

criterion_group!(benches, worktime, ratios);
criterion_main!(benches);
