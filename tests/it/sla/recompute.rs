//! `sigap sla recompute`: what is stored beside the facts is what follows from them, and what does not is found.

use super::model::Dice;
use super::plan::{Plan, plans};
use super::year::lived;
use crate::support::{Cast, TestApp};
use crate::worktime::wib;
use diesel::prelude::*;
use sigap::access::Origin;
use sigap::app::Caller;
use sigap::db::schema::{sla_clocks, ticket_deadlines};
use sigap::db::{Conn, Id, Ts};
use sigap::error::Result;
use sigap::on;
use sigap::sla::recompute::Difference;
use sigap::sla::row::Clock;
use sigap::sla::{Basis, Outcome};
use sigap::ticket::recompute::{self, Wrong};
use std::collections::BTreeSet;

/// Tickets, values and differences of the whole database, read a few tickets at a time.
pub async fn compared(app: &TestApp) -> (usize, usize, Vec<Difference>, Vec<Wrong>) {
    let (mut tickets, mut values, mut differences, mut wrong) = (0, 0, Vec::new(), Vec::new());
    let mut after = None;
    loop {
        let page =
            app.app.read(Caller::Anonymous, Origin::default(), move |tx| recompute::page(tx, after, 7)).await.unwrap();
        tickets += page.tickets;
        values += page.compared.values;
        differences.extend(page.compared.differences);
        wrong.extend(page.wrong);
        after = page.next;
        if after.is_none() {
            return (tickets, values, differences, wrong);
        }
    }
}

type Deadline = (Id, Id, Option<Ts>, Option<Ts>, Option<Ts>, Option<Ts>);

/// Another instant, or none.
fn wrong(dice: &mut Dice, at: Option<Ts>) -> Option<Ts> {
    let step = chrono::Duration::microseconds(i64::try_from(dice.below(9_000_000_000)).unwrap() + 1);
    match at {
        Some(_) if dice.chance(30) => None,
        Some(at) => Some(at.plus(step)),
        None => Some(Ts::new(wib("2026-05-05 05:05") + step)),
    }
}

/// Puts a wrong value into one column of a row, where the table takes it; what that column is called.
fn spoil(dice: &mut Dice, clock: &mut Clock, column: usize) -> Option<&'static str> {
    let other = |at: Ts| at.plus(chrono::Duration::seconds(1));
    // Those of one kind together: what they are called, and the value.
    let instants = [
        ("since", &mut clock.since),
        ("due_at", &mut clock.due_at),
        ("paused_at", &mut clock.paused_at),
        ("breached_at", &mut clock.breached_at),
        ("risk_at", &mut clock.risk_at),
    ];
    if let Some((name, value)) = instants.into_iter().nth(column) {
        *value = wrong(dice, *value);
        return Some(name);
    }
    Some(match column {
        5 => {
            clock.started_at = other(clock.started_at);
            "started_at"
        }
        6 => {
            clock.target_seconds += 1;
            "target_seconds"
        }
        7 => {
            let calendar = clock.basis == Basis::Calendar;
            clock.basis = if calendar { Basis::RoundTheClock } else { Basis::Calendar };
            "basis"
        }
        8 => {
            clock.banked_micros += 1;
            "banked_micros"
        }
        9 => {
            clock.stopped_at = Some(other(clock.stopped_at?));
            "stopped_at"
        }
        10 => {
            clock.outcome = Some(if clock.outcome? == Outcome::Missed { Outcome::Met } else { Outcome::Missed });
            "outcome"
        }
        11 => {
            clock.next_level = Some(format!("{}!", clock.next_level.as_ref()?));
            "next_level"
        }
        12 => {
            clock.next_at = Some(other(clock.next_at?));
            "next_at"
        }
        _ => {
            clock.waived = !clock.waived;
            "waived"
        }
    })
}

/// Spoils a hundred values, those of every column of both tables among them; row and column of each.
fn plant(conn: &mut Conn<'_>, seed: u64) -> Result<BTreeSet<(Id, String)>> {
    let mut dice = Dice(seed);
    let clocks: Vec<Clock> =
        on!(&mut *conn, |c| sla_clocks::table.select(Clock::as_select()).order(sla_clocks::id).load(c))?;
    let kept: Vec<Deadline> = on!(&mut *conn, |c| ticket_deadlines::table.order(ticket_deadlines::ticket_id).load(c))?;
    let mut planted = BTreeSet::new();
    for n in 0_usize.. {
        let (column, deadline) = (n % 14, n % 4 == 3);
        if planted.len() == 100 {
            break;
        }
        if deadline {
            let mut row = kept[dice.below(kept.len())];
            let name = match n / 4 % 5 {
                0 => {
                    row.1 = row.0;
                    "region_id"
                }
                1 => {
                    row.2 = wrong(&mut dice, row.2);
                    "due_at"
                }
                2 => {
                    row.3 = wrong(&mut dice, row.3);
                    "risk_at"
                }
                3 => {
                    row.4 = wrong(&mut dice, row.4);
                    "breached_at"
                }
                _ => {
                    row.5 = wrong(&mut dice, row.5);
                    "close_at"
                }
            };
            // One wrong value a row, so that none hides another.
            if planted.iter().any(|(id, _)| *id == row.0) {
                continue;
            }
            planted.insert((row.0, format!("ticket_deadlines.{name}")));
            let set = (
                ticket_deadlines::region_id.eq(row.1),
                ticket_deadlines::due_at.eq(row.2),
                ticket_deadlines::risk_at.eq(row.3),
                ticket_deadlines::breached_at.eq(row.4),
                ticket_deadlines::close_at.eq(row.5),
            );
            on!(&mut *conn, |c| diesel::update(ticket_deadlines::table.find(row.0)).set(set).execute(c))?;
        } else {
            // One wrong value a row, in one that takes it.
            let mut tries = (0..400).filter_map(|_| {
                let mut row = clocks[dice.below(clocks.len())].clone();
                let name = spoil(&mut dice, &mut row, column)?;
                Some((row, name))
            });
            let free = tries.find(|(row, _)| planted.iter().all(|(id, _)| *id != row.id));
            let Some((row, name)) = free else { continue };
            planted.insert((row.id, format!("sla_clocks.{name}")));
            on!(&mut *conn, |c| diesel::update(sla_clocks::table.find(row.id)).set(&row).execute(c))?;
        }
    }
    Ok(planted)
}

/// Two years' tickets in one, which ends in the middle, so that clocks of all kinds are there.
async fn busy() -> Cast {
    let end = wib("2026-07-08 14:59");
    let more = plans(7).into_iter().map(|plan| Plan { ticket: plan.ticket + 100, ..plan });
    let mut all: Vec<Plan> = plans(2026).into_iter().chain(more).filter(|plan| plan.at < end).collect();
    all.sort_by_key(|plan| (plan.at, plan.ticket));
    lived(&all, None, end).await
}

#[actix_web::test]
async fn after_a_busy_year_nothing_differs_and_of_a_hundred_wrong_values_each_is_found_and_mended() {
    let cast = busy().await;
    let (tickets, values, differences, _) = compared(&cast.app).await;
    assert_eq!(differences, []);
    assert!(tickets >= 25 && values > tickets * 30, "{tickets} tickets, {values} values");
    let planted = cast.app.app.write(Caller::Anonymous, Origin::default(), |tx| plant(tx.conn(), 100)).await.unwrap();
    let columns: BTreeSet<&String> = planted.iter().map(|(_, column)| column).collect();
    assert_eq!((planted.len(), columns.len()), (100, 19), "{columns:?}");
    let (_, same, differences, wrong) = compared(&cast.app).await;
    let found: BTreeSet<(Id, String)> = differences.iter().map(|d| (d.row, d.column.to_owned())).collect();
    assert_eq!((found, same), (planted, values));
    cast.app.within(move |tx| wrong.iter().try_for_each(|one| recompute::mend(tx, *one))).await;
    assert_eq!(compared(&cast.app).await.2, []);
}
