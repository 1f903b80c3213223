//! Does what time makes due: levels of clocks, ends of waits, closings. Strictly by time, each in a savepoint of its own,
//! so that one that fails holds up no other. A ticket that somebody else holds is left for the next look, and where a
//! region has something else that is held, all of that region is. Any number of nodes may do so at once: who comes second
//! finds it done.

use crate::access::{Actor, Origin, Tx};
use crate::app::{App, Caller};
use crate::db::{Ts, postgres};
use crate::error::{Error, Result};
use crate::ticket::deadline::{self, Due};
use crate::ticket::release;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Rows that are looked at together.
const LOOK: usize = 200;
/// Acts that share a transaction.
const BATCH: usize = 25;

type Queue = BinaryHeap<Reverse<Due>>;

/// Runs until nothing is due.
///
/// # Errors
/// If the database does not answer.
pub async fn run(app: &App) -> Result<()> {
    app.pulse.set_out(app.clock.now());
    let mut look = LOOK;
    loop {
        let now = app.time().await?;
        let looked = app.read(Caller::Anonymous, Origin::default(), move |tx| {
            deadline::due(&mut tx.acting_as(Actor::anonymous(), now), look)
        });
        let (all, horizon) = looked.await?;
        app.pulse.beat(app.clock.now(), all.first().map(|due| due.at));
        if act(app, all, horizon).await? > 0 {
            continue;
        }
        // What fails again and again is left for the next run, but what lies behind it is not.
        if horizon >= now {
            return Ok(());
        }
        look = look.saturating_mul(4);
    }
}

/// Lets go on what waits for somebody who has left; what is more than a look holds, at the next.
///
/// # Errors
/// As [`run`].
pub async fn forsaken(app: &App) -> Result<()> {
    let now = app.time().await?;
    let most = i64::try_from(LOOK).unwrap_or(i64::MAX);
    let found = app.read(Caller::Anonymous, Origin::default(), move |tx| release::forsaken(tx, most)).await?;
    act(app, found, now).await.map(drop)
}

/// Does all of what was found to be due, and what becomes due by it until the horizon; how much it was.
async fn act(app: &App, all: Vec<Due>, horizon: Ts) -> Result<usize> {
    let mut queue: Queue = all.into_iter().map(Reverse).collect();
    let mut done = 0;
    while !queue.is_empty() {
        let waiting = queue.clone();
        // Each batch by the time at which it begins: what is told says when, and a node that was frozen sees it.
        let now = app.time().await?;
        let origin = Origin::of("timer");
        let (rest, acted) =
            app.write(Caller::Anonymous, origin, move |tx| batch(tx, waiting.clone(), now, horizon)).await?;
        queue = rest;
        done += acted;
    }
    Ok(done)
}

/// Acts on the first of the queue; a clock that has reached its next level too goes back to its place in time.
fn batch(tx: &mut Tx<'_>, mut queue: Queue, now: Ts, horizon: Ts) -> Result<(Queue, usize)> {
    let mut acted = 0;
    postgres::wait_briefly(tx.conn())?;
    for _ in 0..BATCH {
        let Some(Reverse(due)) = queue.pop() else { break };
        let mut timer = tx.acting_as(Actor::timer(due.region), now);
        match timer.attempt(|_| true, |tx| deadline::passed(tx, &due)) {
            Ok(passed) => {
                acted += usize::from(passed.acted);
                queue.extend(passed.next.filter(|at| *at <= horizon).map(|at| Reverse(Due { at, ..due })));
            }
            // Of one region's numbers, say, others wait: no other region does for that.
            Err(error) if error.is_held() => {
                tracing::debug!(region = %due.region, what = ?due.what, %error, "what was due waits for somebody else");
                queue.retain(|Reverse(other)| other.region != due.region);
            }
            // The database's trouble is everybody's; any other is this one's alone.
            Err(error @ (Error::Retry(_) | Error::Unavailable(_))) => return Err(error),
            Err(error) => tracing::error!(ticket = %due.ticket, what = ?due.what, %error, "what was due failed"),
        }
    }
    Ok((queue, acted))
}
