//! Against the slow references. `SIGAP_WORKTIME_CASES=1000000` runs so many cases instead of some 100,000.

use super::slow::{Seconds, Walk};
use super::worlds::{Spot, definition, first_day, spot};
use super::{SECOND, compile};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, TestCaseResult, TestRng, TestRunner};
use sigap::worktime::{Calendar, Definition, SegmentKind};

/// How often more than in a common run.
#[expect(clippy::disallowed_methods, reason = "a switch for long runs")]
fn times() -> u32 {
    let wanted = std::env::var("SIGAP_WORKTIME_CASES").ok().map_or(100_000, |n| n.parse::<u32>().unwrap());
    wanted.div_ceil(100_000)
}

/// A calendar, the first day that is asked for, and where to ask.
type World<T> = (NaiveDate, Definition, Vec<T>);

/// Runs `worlds` calendars of `days` days with `cases` questions each; the seed is fixed and told.
fn run<T: std::fmt::Debug, S: Strategy<Value = T> + Clone>(
    seed: &str,
    (worlds, days, cases): (u32, i64, usize),
    question: S,
    check: impl Fn(&World<T>) -> TestCaseResult,
) {
    let mut bytes = [b' '; 32];
    bytes[..seed.len()].copy_from_slice(seed.as_bytes());
    let config = ProptestConfig {
        cases: worlds * times(),
        failure_persistence: None,
        max_shrink_iters: 60,
        ..ProptestConfig::default()
    };
    let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes));
    println!("seed {seed:?}: {} calendars, {cases} cases each", worlds * times());
    let world = first_day().prop_flat_map(move |first| {
        (Just(first), definition(first, days), prop::collection::vec(question.clone(), cases))
    });
    let outcome = runner.run(&world, |world| check(&world));
    if let Err(error) = outcome {
        let text = error.to_string();
        panic!("seed {seed:?}: {}", &text[..text.len().min(6_000)]);
    }
}

fn instant(at: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(at).unwrap()
}

/// What `after` promises, said in terms of a count of all working time before an instant.
fn first_instant(calendar: &Calendar, until: impl Fn(i64) -> i64, from: i64, to: i64) -> TestCaseResult {
    let wanted = until(to) - until(from);
    prop_assert_eq!(
        calendar.micros_between(instant(from), instant(to)),
        wanted,
        "from {} to {}",
        instant(from),
        instant(to)
    );
    let due = calendar.after(instant(from), wanted).unwrap().timestamp_micros();
    let told = format!("{wanted} after {} is {}", instant(from), instant(due));
    if wanted == 0 {
        prop_assert_eq!(due, from, "{}", told);
    } else {
        prop_assert_eq!(until(due) - until(from), wanted, "{}", told);
        prop_assert_eq!(until(due - 1) - until(from), wanted - 1, "{}: not the first", told);
    }
    Ok(())
}

#[test]
fn a_month_second_by_second_gives_the_same() {
    run("worktime: second by second 1", (36, 31, 1_400), (spot(), spot()), |(first, definition, questions)| {
        let (calendar, slow) = (compile(definition), Seconds::new(definition, *first, 31));
        for (one, other) in questions {
            let place = |spot: &Spot| spot.within(&slow.edges, slow.range());
            let (one, other) = (place(one), place(other));
            first_instant(&calendar, |at| slow.until(at), one.min(other), one.max(other))?;
        }
        Ok(())
    });
}

fn walked(first: NaiveDate, definition: &Definition, days: i64) -> (Walk, Vec<i64>, (i64, i64)) {
    let walk = Walk::new(definition, first - TimeDelta::days(2), days + 4);
    let mut edges: Vec<i64> =
        walk.windows.iter().flat_map(|(open, close, _)| [open / SECOND, close / SECOND]).collect();
    edges.extend(walk.days.iter().map(|(_, begin)| begin / SECOND));
    let range = (walk.days[2].1, walk.days[walk.days.len() - 2].1);
    (walk, edges, range)
}

#[test]
fn three_years_window_by_window_give_the_same() {
    const DAYS: i64 = 1_100;
    let question = (spot(), spot(), -2..2i64);
    run("worktime: window by window 1", (80, DAYS, 600), question, |(first, definition, questions)| {
        let calendar = compile(definition);
        let (walk, edges, range) = walked(*first, definition, DAYS);
        for (one, other, beside) in questions {
            let (one, other) = (one.within(&edges, range), other.within(&edges, range));
            let (from, to) = (one.min(other), one.max(other));
            let between = walk.between(from, to);
            prop_assert_eq!(calendar.micros_between(instant(from), instant(to)), between, "{} {}", from, to);
            let target = (between + beside).max(1);
            if let Some(due) = walk.after(from, target) {
                let found = calendar.after(instant(from), target);
                prop_assert_eq!(found, Some(instant(due)), "{} after {}", target, instant(from));
            }
        }
        Ok(())
    });
}

#[test]
fn pauses_that_overlap_or_reach_outside_hours_take_away_what_their_union_holds() {
    const DAYS: i64 = 120;
    let question = (spot(), spot(), prop::collection::vec((spot(), spot()), 0..6));
    run("worktime: pauses 1", (40, DAYS, 250), question, |(first, definition, questions)| {
        let calendar = compile(definition);
        let (walk, edges, range) = walked(*first, definition, DAYS);
        for (one, other, pauses) in questions {
            let place = |spot: &Spot| spot.within(&edges, range);
            let order = |one: &Spot, other: &Spot| (place(one).min(place(other)), place(one).max(place(other)));
            let (from, to) = order(one, other);
            let pauses: Vec<(i64, i64)> = pauses.iter().map(|(one, other)| order(one, other)).collect();
            let between = |from, to| calendar.micros_between(instant(from), instant(to));
            let taken: i64 = union(&pauses).iter().map(|(a, b)| between((*a).max(from), (*b).min(to))).sum();
            prop_assert_eq!(between(from, to) - taken, running(&walk, from, to, &pauses));
        }
        Ok(())
    });
}

fn union(spans: &[(i64, i64)]) -> Vec<(i64, i64)> {
    let mut sorted = spans.to_vec();
    sorted.sort_unstable();
    let mut all: Vec<(i64, i64)> = Vec::new();
    for (from, to) in sorted {
        match all.last_mut().filter(|last| from <= last.1) {
            Some(last) => last.1 = last.1.max(to),
            None => all.push((from, to)),
        }
    }
    all
}

/// The windows cut at every edge of every pause; a piece counts if no pause holds it.
fn running(walk: &Walk, from: i64, to: i64, pauses: &[(i64, i64)]) -> i64 {
    let mut cuts: Vec<i64> = pauses.iter().flat_map(|(a, b)| [*a, *b]).chain([from, to]).collect();
    cuts.retain(|cut| (from..=to).contains(cut));
    cuts.sort_unstable();
    let free = |pair: &&[i64]| !pauses.iter().any(|(a, b)| *a <= pair[0] && pair[1] <= *b);
    cuts.windows(2).filter(free).map(|pair| walk.between(pair[0], pair[1])).sum()
}

#[test]
fn segments_cover_everything_once_and_hold_what_is_counted() {
    run("worktime: segments 1", (12, 31, 450), (spot(), spot()), |(first, definition, questions)| {
        let (calendar, slow) = (compile(definition), Seconds::new(definition, *first, 31));
        for (one, other) in questions {
            let place = |spot: &Spot| spot.within(&slow.edges, slow.range());
            let (from, to) = (place(one).min(place(other)), place(one).max(place(other)));
            let segments = calendar.segments(instant(from), instant(to));
            let mut reach = instant(from);
            for segment in &segments {
                prop_assert_eq!(segment.from, reach);
                prop_assert!(segment.from < segment.to);
                let counted = segment.kind == SegmentKind::Counted;
                let (begin, end) = (segment.from.timestamp_micros(), segment.to.timestamp_micros());
                let inside = slow.until(end) - slow.until(begin);
                prop_assert_eq!(inside, if counted { end - begin } else { 0 }, "{:?}", segment);
                prop_assert_eq!(slow.counts(begin), counted);
                reach = segment.to;
            }
            prop_assert_eq!(reach, instant(to));
            let alike = |pair: &&[_]| matches!(pair, [a, b] if same(a, b));
            prop_assert!(segments.windows(2).find(alike).is_none());
        }
        Ok(())
    });
}

fn same(a: &sigap::worktime::Segment, b: &sigap::worktime::Segment) -> bool {
    a.kind == b.kind && a.name == b.name
}

#[test]
fn working_days_are_counted_as_on_a_wall_calendar() {
    const DAYS: i64 = 400;
    let question = (spot(), prop_oneof![3 => 1..8usize, 1 => 1..300usize]);
    run("worktime: working days 1", (30, DAYS, 200), question, |(first, definition, questions)| {
        let calendar = compile(definition);
        let (walk, edges, range) = walked(*first, definition, DAYS);
        for (from, days) in questions {
            let from = from.within(&edges, range);
            if let Some(due) = walk.working_day(from, *days) {
                let found = calendar.working_days_after(instant(from), u32::try_from(*days).unwrap());
                prop_assert_eq!(found, Some(instant(due)), "{} days after {}", days, instant(from));
            }
        }
        Ok(())
    });
}
