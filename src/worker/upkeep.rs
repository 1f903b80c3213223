//! Removes what has run out: stored answers, old sessions, dead links, files that never arrived, mails that were acted on
//! long ago, mails that became files, drafts that nobody came back to, notices that were read long ago, files of which no
//! ticket speaks. Lets tickets go on that wait for somebody who has left; and takes up new signing keys.

use super::timer;
use crate::access::Origin;
use crate::app::{App, Caller};
use crate::desk::{draft, presence};
use crate::error::{Error, Result};
use crate::mail::{ahead, intake};
use crate::notice;
use crate::org::{link, session};
use crate::recorded;
use crate::ticket::attach;
use chrono::TimeDelta;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// Seconds between two looks at kept files, and in how many looks all drawers are seen: within a day.
const TURN: i64 = 600;
const TURNS: i64 = 128;
/// A file of which no ticket speaks by then was refused, or its request never ended.
const ORPHAN: Duration = Duration::from_hours(24);
/// Hashes that are looked up at once.
const AT_ONCE: usize = 200;

/// Runs once.
pub async fn run(app: &App) -> Result<()> {
    let days = app.config.inbox.keep_days;
    let removed = app
        .write(Caller::Anonymous, Origin::default(), move |tx| {
            let put_off = ahead::set_right(tx)?;
            if put_off > 0 {
                tracing::warn!(mails = put_off, "a clock that was ahead had put mails off; they go on");
            }
            // Before the sessions that they name.
            let open = presence::sweep(tx)? + draft::sweep(tx)? + notice::sweep(tx)?;
            Ok(open + recorded::sweep(tx)? + session::sweep(tx)? + link::sweep(tx)? + intake::sweep(tx, days)?)
        })
        .await?;
    // Nothing goes on in a copy that was put back and not released.
    if !app.quarantine.load(Ordering::Acquire) {
        timer::forsaken(app).await?;
    }
    app.keys.reload()?;
    app.blobs.sweep().await?;
    let turn = app.clock.now().utc().timestamp() / TURN;
    forget_files(app, move |drawer| i64::from(drawer) % TURNS == turn % TURNS).await?;
    forget_mails(app, days).await?;
    tracing::debug!(removed, "upkeep");
    Ok(())
}

/// Removes mails that became files so many days ago: no mail server kept them, and one-time links stand in them.
async fn forget_mails(app: &App, days: i64) -> Result<()> {
    let (app, before) = (app.clone(), app.clock.now().plus(TimeDelta::days(-days)));
    let gone = tokio::task::spawn_blocking(move || app.mailer.forget_files(before)).await;
    let gone = gone.map_err(|_| Error::internal("a look at mails was stopped"))?;
    gone.map(drop).map_err(|e| Error::internal(format!("the folder of mails: {e}")))
}

/// Removes kept files of which no ticket speaks: else whoever may sign in could fill the disk with files of requests that
/// are refused (ASVS 5.2.4).
///
/// # Errors
/// What the database or the folder says.
pub async fn forget_files(app: &App, wanted: impl Fn(u8) -> bool + Send + 'static) -> Result<usize> {
    let stopped = |_| Error::internal("a look at files was stopped");
    let blobs = app.blobs.clone();
    let old = tokio::task::spawn_blocking(move || blobs.older_than(ORPHAN, wanted)).await.map_err(stopped)??;
    let mut gone = 0;
    for some in old.chunks(AT_ONCE) {
        let some = some.to_vec();
        let (asked, origin) = (some.clone(), Origin::default());
        let held = app.read(Caller::Anonymous, origin, move |tx| attach::held(tx, &asked)).await?;
        for sha256 in some.into_iter().filter(|one| !held.contains(one)) {
            let blobs = app.blobs.clone();
            tokio::task::spawn_blocking(move || blobs.forget(&sha256, ORPHAN)).await.map_err(stopped)??;
            gone += 1;
        }
    }
    Ok(gone)
}
