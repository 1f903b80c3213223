//! The arithmetic of a clock against a reference that walks half a second at a time and knows nothing of pieces.
//! `SIGAP_WORKTIME_CASES=1000000` runs so many lives instead of 20,000, of
//! which two tests walk through one half each, and the others through what they need.

use chrono::{DateTime, Duration, NaiveDate, Utc};
use sigap::db::{Id, Ts};
use sigap::sla::clock::{Entry, Fact, Line, Waited};
use sigap::sla::row::Clock;
use sigap::sla::view::{ClockState, shown};
use sigap::sla::{Basis, Metric, Outcome, PendingReason};
use sigap::worktime::{Calendar, Definition, Exception, Hours, Week, Window};

/// Half seconds of a walk: from 23:30 over midnight to a quarter past one.
const TICKS: usize = 2 * 6_300;
/// The first instant of the walk.
const BEGIN: &str = "2026-03-03T23:30:00Z";
/// Each test has seeds of its own, and each seed decides a tenth of its lives.
const SEEDS: u64 = 2_026_000;

const REASONS: [PendingReason; 3] = [PendingReason::Requester, PendingReason::Vendor, PendingReason::Scheduled];

#[expect(clippy::disallowed_methods, reason = "the one switch of these tests")]
fn lives() -> usize {
    std::env::var("SIGAP_WORKTIME_CASES").ok().map_or(20_000, |n| n.parse().unwrap())
}

/// splitmix64, so that a seed means the same for ever.
pub struct Dice(pub u64);

impl Dice {
    pub fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Below `n`.
    pub fn below(&mut self, n: usize) -> usize {
        usize::try_from(self.roll() % u64::try_from(n).unwrap()).unwrap()
    }

    pub fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }
}

fn window(text: &str) -> Window {
    let (start, end) = text.split_once('-').unwrap();
    Window { start: start.parse().unwrap(), end: end.parse().unwrap() }
}

/// Work in short windows around midnight, on all days but the second of the walk's third.
fn small() -> Calendar {
    let night =
        ["00:00:00-00:06:40", "00:08:20-00:08:21", "00:13:20-00:25:00", "00:40:00-01:10:00", "23:35:00-23:55:30"];
    let day: Vec<Window> = night.map(window).to_vec();
    let hours = Hours {
        monday: day.clone(),
        tuesday: day.clone(),
        wednesday: day.clone(),
        thursday: day.clone(),
        friday: day.clone(),
        saturday: day.clone(),
        sunday: day,
    };
    let date = |text: &str| text.parse::<NaiveDate>().unwrap();
    let closed = Exception {
        from: date("2026-03-05"),
        until: date("2026-03-06"),
        name: "tutup".into(),
        hours: None,
        over_holidays: false,
    };
    let weeks = vec![Week { from: None, round_the_clock: false, hours }];
    let definition = Definition { zone: "UTC".into(), weeks, exceptions: vec![closed], holidays: Vec::new() };
    Calendar::compile(&definition).unwrap()
}

/// Which half seconds of the walk are working time, said by hand.
fn open() -> Vec<bool> {
    let seconds = [(300, 1_530), (1_800, 2_200), (2_300, 2_301), (2_600, 3_300), (4_200, 6_000)];
    (0..TICKS).map(|tick| seconds.iter().any(|(from, to)| (from * 2..to * 2).contains(&tick))).collect()
}

fn at(tick: usize) -> Ts {
    let begin: DateTime<Utc> = BEGIN.parse().unwrap();
    Ts::new(begin + Duration::milliseconds(500 * i64::try_from(tick).unwrap()))
}

/// A life: facts, each with its half second.
type Life = Vec<(usize, Fact)>;

fn life(dice: &mut Dice) -> Life {
    let basis = |dice: &mut Dice| if dice.chance(70) { Basis::Calendar } else { Basis::RoundTheClock };
    let target = |dice: &mut Dice| i64::try_from(1 + dice.below(2_400)).unwrap();
    let mut tick = dice.below(TICKS / 2);
    let carried = if dice.chance(25) { i64::try_from(dice.below(3_000)).unwrap() * 500_000 } else { 0 };
    let mut waited = || if carried > 0 { i64::try_from(dice.below(800)).unwrap() * 500_000 } else { 0 };
    let carried_waits = Waited { requester: waited(), vendor: waited(), scheduled: waited() };
    let (target_seconds, first) = (target(dice), basis(dice));
    let first = Fact::Started { target_seconds, basis: first, carried_micros: carried, carried_waits };
    let mut all = vec![(tick, first)];
    let mut now = basis(dice);
    for _ in 0..dice.below(9) {
        // Sometimes at the very instant of the fact before.
        tick = (tick + dice.below(10) * dice.below(200)).min(TICKS - 2);
        let fact = match dice.below(100) {
            0..40 => {
                let cap = if dice.chance(60) { Some(i64::try_from(dice.below(700)).unwrap()) } else { None };
                Fact::Paused { reason: REASONS[dice.below(3)], cap_seconds: cap }
            }
            40..70 => Fact::Resumed,
            70..95 => {
                now = if dice.chance(50) { now } else { basis(dice) };
                Fact::Retargeted { target_seconds: target(dice), basis: now }
            }
            _ => Fact::Stopped { cancelled: dice.chance(30) },
        };
        all.push((tick, fact));
    }
    all
}

/// What the walk saw.
struct Seen {
    /// Half seconds counted before each half second, from the first fact on; the last is the end of the walk's.
    counted: Vec<i64>,
    /// Since when it stands still, in each half second.
    waiting: Vec<Option<usize>>,
    begin: usize,
    target: i64,
    stopped: Option<(usize, bool)>,
    /// Half seconds that it waited while work was done.
    paused_work: i64,
}

/// Half seconds of a reason so far, each wait in the time in which the clock counted when it began.
type Waits = [i64; 3];

fn place(reason: PendingReason) -> usize {
    REASONS.iter().position(|r| *r == reason).unwrap()
}

fn walk(life: &Life, open: &[bool]) -> Seen {
    let begin = life[0].0;
    let mut seen = Seen { counted: Vec::new(), waiting: Vec::new(), begin, target: 0, stopped: None, paused_work: 0 };
    let (mut elapsed, mut basis) = (0, Basis::Calendar);
    let mut waited: Waits = [0; 3];
    // The reason, the time in which the clock counted when the pause began, and what is left of the cap.
    let mut pause: Option<(PendingReason, Basis, Option<i64>)> = None;
    let mut since = begin;
    for (tick, works) in open.iter().enumerate().skip(begin) {
        for (_, fact) in life.iter().filter(|(at, _)| *at == tick) {
            if seen.stopped.is_some() {
                break;
            }
            match *fact {
                Fact::Started { target_seconds, basis: first, carried_micros, carried_waits: w } => {
                    (seen.target, basis, elapsed) = (target_seconds, first, carried_micros / 500_000);
                    waited = [w.requester, w.vendor, w.scheduled].map(|micros| micros / 500_000);
                }
                Fact::Paused { reason, cap_seconds } => {
                    since = if pause.is_none() { tick } else { since };
                    pause = Some((reason, basis, cap_seconds.map(|cap| cap * 2 - waited[place(reason)])));
                }
                Fact::Resumed => pause = None,
                Fact::Retargeted { target_seconds, basis: other } => (seen.target, basis) = (target_seconds, other),
                Fact::Stopped { cancelled } => seen.stopped = Some((tick, cancelled)),
            }
            if pause.is_some_and(|(.., left)| left.is_some_and(|left| left <= 0)) {
                pause = None;
            }
        }
        seen.counted.push(elapsed);
        seen.waiting.push(pause.map(|_| since));
        let work = i64::from(*works);
        if seen.stopped.is_some() {
            continue;
        }
        match &mut pause {
            None if basis == Basis::Calendar => elapsed += work,
            None => elapsed += 1,
            Some((reason, counts, left)) => {
                let more = if *counts == Basis::Calendar { work } else { 1 };
                waited[place(*reason)] += more;
                seen.paused_work += work;
                if let Some(left) = left {
                    *left -= more;
                }
            }
        }
        if pause.is_some_and(|(.., left)| left.is_some_and(|left| left <= 0)) {
            pause = None;
        }
    }
    seen.counted.push(elapsed);
    seen.waiting.push(pause.map(|_| since));
    seen
}

impl Seen {
    fn elapsed(&self, tick: usize) -> i64 {
        self.counted[tick - self.begin]
    }

    /// The first half second at whose beginning the target is used up.
    fn due(&self) -> Option<usize> {
        self.counted.iter().position(|counted| *counted >= self.target * 2).map(|n| n + self.begin)
    }
}

fn entries(life: &Life) -> Vec<Entry> {
    life.iter().map(|(tick, fact)| Entry { at: at(*tick), fact: *fact }).collect()
}

/// The row of a clock with what its line derives.
fn row(line: &Line<'_>) -> Clock {
    let d = line.derived();
    let id = Id(uuid::Uuid::nil());
    Clock {
        id,
        ticket_id: id,
        region_id: id,
        metric: Metric::Resolution,
        cycle: 1,
        version_id: id,
        edition_id: id,
        started_at: at(0),
        target_seconds: d.target_seconds,
        basis: d.basis,
        banked_micros: d.banked_micros,
        since: d.since,
        due_at: d.due_at,
        paused_at: d.paused_at,
        stopped_at: d.stopped_at,
        // A miss is told in the transaction that stops the clock.
        breached_at: d.due_at.filter(|_| d.outcome == Some(Outcome::Missed)),
        outcome: d.outcome,
        risk_at: None,
        next_level: None,
        next_at: None,
        waived: false,
    }
}

/// Runs `check` on a part of the lives that are asked for, and says which one failed.
fn on_lives(test: u64, part: usize, check: impl Fn(&mut Dice, &Life, &[bool], &Calendar)) {
    let (calendar, open) = (small(), open());
    for seed in (SEEDS + 10 * test)..(SEEDS + 10 * test + 10) {
        for n in 0..(lives() / part).div_ceil(10) {
            let mut dice = Dice(seed.wrapping_mul(1_000_003).wrapping_add(u64::try_from(n).unwrap()));
            let life = life(&mut dice);
            let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                check(&mut dice, &life, &open, &calendar);
            }));
            if let Err(panic) = outcome {
                eprintln!("seed {seed}, life {n}: {life:#?}");
                std::panic::resume_unwind(panic);
            }
        }
    }
}

#[test]
fn the_small_calendar_is_open_when_its_reference_says() {
    let (calendar, open) = (small(), open());
    let mut sum = 0;
    for (tick, works) in open.iter().enumerate() {
        assert_eq!(calendar.micros_between(at(0).utc(), at(tick).utc()), sum, "{}", at(tick));
        sum += i64::from(*works) * 500_000;
    }
}

#[test]
fn a_clock_counts_what_somebody_who_watches_it_counts() {
    on_lives(0, 2, |dice, life, open, calendar| {
        let seen = walk(life, open);
        let entries = entries(life);
        let line = Line::draw(&entries, calendar);
        for _ in 0..4 {
            let tick = seen.begin + dice.below(TICKS - seen.begin + 1);
            assert_eq!(line.elapsed(at(tick).utc()), seen.elapsed(tick) * 500_000, "elapsed at {}", at(tick));
        }
        match (line.due().map(Ts::new), seen.due()) {
            (due, Some(tick)) => assert_eq!(due, Some(at(tick)), "due"),
            (Some(due), None) => assert!(due > at(TICKS), "due at {due}, and nobody saw it"),
            // It waits at the end, or has stopped.
            (None, None) => assert!(seen.waiting[TICKS - seen.begin].is_some() || seen.stopped.is_some(), "never due"),
        }
        let outcome = seen.stopped.map(|(stop, cancelled)| match seen.due() {
            Some(due) if due <= stop => Outcome::Missed,
            _ if cancelled => Outcome::Cancelled,
            _ => Outcome::Met,
        });
        assert_eq!(line.derived().outcome, outcome, "outcome");
    });
}

#[test]
fn what_is_kept_beside_the_facts_says_the_same_at_every_later_instant() {
    on_lives(1, 2, |dice, life, open, calendar| {
        let seen = walk(life, open);
        let entries = entries(life);
        let row = row(&Line::draw(&entries, calendar));
        let last = life.last().unwrap().0;
        for _ in 0..4 {
            let tick = last + dice.below(TICKS - last + 1);
            let view = shown(&row, calendar, at(tick));
            assert_eq!(view.elapsed_seconds, seen.elapsed(tick).div_euclid(2), "elapsed at {}", at(tick));
            let missed = seen.due().is_some_and(|due| due <= seen.stopped.map_or(tick, |(stop, _)| stop.min(tick)));
            let state = match (missed, seen.stopped, seen.waiting[tick - seen.begin].is_some()) {
                (true, ..) => ClockState::Missed,
                (false, Some(_), _) => ClockState::Met,
                (false, None, false) => ClockState::Running,
                (false, None, true) => ClockState::Paused,
            };
            assert_eq!(view.state, state, "state at {}", at(tick));
            let since = seen.waiting[tick - seen.begin].filter(|_| seen.stopped.is_none());
            assert_eq!(view.paused_at, since.map(at), "begin of the pause at {}", at(tick));
        }
    });
}

#[test]
fn a_change_of_priority_never_loses_what_has_elapsed_or_was_paused() {
    on_lives(2, 10, |dice, life, open, calendar| {
        let before = entries(life);
        let line = Line::draw(&before, calendar);
        let (first, last) = (life[0].0, life.last().unwrap().0);
        let tick = first + dice.below(last - first + 1);
        let place = life.iter().rposition(|(at, _)| *at <= tick).unwrap() + 1;
        let basis = before[..place].iter().rev().find_map(|e| match e.fact {
            Fact::Started { basis, .. } | Fact::Retargeted { basis, .. } => Some(basis),
            _ => None,
        });
        let target_seconds = i64::try_from(1 + dice.below(3_000)).unwrap();
        let (mut same, mut other) = (before.clone(), before.clone());
        same.insert(place, Entry { at: at(tick), fact: Fact::Retargeted { target_seconds, basis: basis.unwrap() } });
        let turned = if basis == Some(Basis::Calendar) { Basis::RoundTheClock } else { Basis::Calendar };
        other.insert(place, Entry { at: at(tick), fact: Fact::Retargeted { target_seconds, basis: turned } });
        let (same, other) = (Line::draw(&same, calendar), Line::draw(&other, calendar));
        let later = tick + dice.below(TICKS - tick + 1);
        assert_eq!(same.elapsed(at(later).utc()), line.elapsed(at(later).utc()), "at {}", at(later));
        // In another time it counts on from what had elapsed.
        let earlier = first + dice.below(tick - first + 1);
        assert_eq!(other.elapsed(at(earlier).utc()), line.elapsed(at(earlier).utc()), "at {}", at(earlier));
        let with = |fact| {
            let mut changed = life.clone();
            changed.insert(place, (tick, fact));
            walk(&changed, open).paused_work
        };
        let paused = walk(life, open).paused_work;
        assert_eq!(with(Fact::Retargeted { target_seconds, basis: basis.unwrap() }), paused, "paused");
    });
}

#[test]
fn a_pause_moves_the_deadline_by_exactly_its_working_time() {
    on_lives(3, 2, |dice, _, _, calendar| {
        let target_seconds = i64::try_from(1 + dice.below(2_400)).unwrap();
        let start = dice.below(TICKS / 2);
        let (basis, carried_waits) = (Basis::Calendar, Waited::default());
        let started = Fact::Started { target_seconds, basis, carried_micros: 0, carried_waits };
        let mut all = vec![Entry { at: at(start), fact: started }];
        let mut due = Line::draw(&all, calendar).due().unwrap();
        let mut tick = start;
        for _ in 0..3 {
            let from = tick + dice.below(1_500);
            tick = from + dice.below(1_500);
            let fact = Fact::Paused { reason: REASONS[dice.below(3)], cap_seconds: None };
            all.push(Entry { at: at(from), fact });
            all.push(Entry { at: at(tick), fact: Fact::Resumed });
            let work = calendar.micros_between(at(from).utc(), at(tick).utc());
            let expected = if due <= at(from).utc() || work == 0 { due } else { calendar.after(due, work).unwrap() };
            due = Line::draw(&all, calendar).due().unwrap();
            assert_eq!(due, expected, "{all:?}");
        }
    });
}

#[test]
fn a_time_that_runs_back_is_held_at_the_fact_before() {
    on_lives(4, 2, |dice, life, _, calendar| {
        let straight = entries(life);
        let mut bent = straight.clone();
        let place = dice.below(bent.len());
        let (here, back) = (life[place].0, dice.below(life[place].0 + 1));
        bent.insert(place + 1, Entry { at: at(here - back), fact: Fact::Resumed });
        let mut held = straight.clone();
        held.insert(place + 1, Entry { at: at(here), fact: Fact::Resumed });
        let (bent, held) = (Line::draw(&bent, calendar), Line::draw(&held, calendar));
        assert_eq!(bent.derived(), held.derived());
        assert_eq!(bent.pieces(), held.pieces());
    });
}
