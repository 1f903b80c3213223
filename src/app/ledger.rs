//! The audit logs of a running program: places for what was committed, signatures under what has grown.

use super::{App, Caller};
use crate::access::{Actor, Origin};
use crate::audit::sequence::{self, Name, PLATFORM};
use crate::audit::signer::Growth;
use crate::audit::store;
use crate::db::{Id, Ts};
use crate::error::{Error, Result};
use crate::org::region;
use crate::quarantine;
use std::collections::{BTreeMap, BTreeSet};
use std::pin::Pin;
use std::sync::atomic::Ordering;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// How often another may be first at one log before it is a fault: whoever holds the head makes the others wait.
const OVERTAKEN: u32 = 8;
/// Seconds that an act of weight waits for the place of its entry; then it is answered all the same.
const PATIENCE: Duration = Duration::from_secs(2);

/// Logs that are ill, as this node last found them: they take no entry, or are not signed any more.
#[derive(Debug, Default)]
pub struct IllLogs {
    stuck: Mutex<BTreeSet<Id>>,
    unsigned: Mutex<BTreeSet<Id>>,
}

impl IllLogs {
    /// All of them.
    #[must_use]
    pub fn all(&self) -> BTreeSet<Id> {
        &held(&self.stuck) | &held(&self.unsigned)
    }

    fn note(logs: &Mutex<BTreeSet<Id>>, found: BTreeSet<Id>) {
        *logs.lock().unwrap_or_else(PoisonError::into_inner) = found;
    }
}

fn held(logs: &Mutex<BTreeSet<Id>>) -> BTreeSet<Id> {
    logs.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

fn origin() -> Origin {
    Origin::of("audit")
}

impl App {
    /// Gives what was just committed its place, for acts that are not answered before. The act has happened, so that
    /// its place comes late is no reason to deny it; the job tries again.
    pub(super) fn place_soon(&self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(async {
            match tokio::time::timeout(PATIENCE, place(self)).await {
                Ok(Ok(())) => {}
                Ok(Err(e)) => tracing::warn!(error = %e, "an act was answered before its audit entry had a place"),
                Err(_) => tracing::warn!("an act was answered before its audit entry had a place: it took too long"),
            }
        })
    }
}

/// Gives every entry its place and signs every log, before the program ends; nothing while the clock is behind.
///
/// # Errors
/// As [`place`] and [`sign`].
pub async fn close(app: &App) -> Result<()> {
    if app.behind.is_on(app.clock.now()) {
        return Ok(());
    }
    let placed = place(app).await;
    sign(app, 0).await.and(placed)
}

/// Gives every entry of the audit logs its place; notes on the way whether the service is in quarantine.
///
/// # Errors
/// If the database does not answer or the clock is behind; [`Error::Start`] if a log takes no entry, and then those of the
/// others have their places.
pub async fn place(app: &App) -> Result<()> {
    let (mut overtaken, mut stuck, mut outcome) = (BTreeMap::new(), BTreeSet::new(), Ok(()));
    loop {
        let but = stuck.clone();
        let look = app.read(Caller::Anonymous, origin(), move |tx| {
            let held = quarantine::is_on(tx.conn())?;
            Ok((held, sequence::waiting(tx, &but)?))
        });
        let (held, waiting) = look.await?;
        app.quarantine.store(held, Ordering::Release);
        if waiting.is_empty() {
            IllLogs::note(&app.ill_logs.stuck, stuck.iter().map(|log| log.unwrap_or(PLATFORM)).collect());
            return outcome;
        }
        let codes = app.read(Caller::Known(Actor::anonymous()), origin(), region::codes).await?;
        let codes: BTreeMap<Id, String> = codes.into_iter().collect();
        for region in waiting {
            let code = match region {
                None => "platform".to_owned(),
                Some(id) => codes.get(&id).cloned().unwrap_or_else(|| id.to_string()),
            };
            let name: Name = (region, code.clone());
            let times = overtaken.entry(region).or_insert(0);
            match app.write(Caller::Anonymous, origin(), move |tx| sequence::sequence(tx, &name)).await {
                Ok(_) => *times = 0,
                // Another node was first; or what should be the next place is taken, now and for ever.
                Err(Error::Conflict(_)) if *times < OVERTAKEN => *times += 1,
                Err(error @ (Error::Unavailable(_) | Error::Retry(_) | Error::ClockBehind)) => return Err(error),
                Err(error) => {
                    stuck.insert(region);
                    let why = match error {
                        Error::Start(why) => why,
                        error => format!("its head is not where its entries end ({error})"),
                    };
                    outcome = Err(Error::start(format!(
                        "the audit log {code} takes no entry: {why}. Run `sigap audit verify`"
                    )));
                }
            }
        }
    }
}

/// Signs every log that has grown since its last checkpoint, if that is `seconds` old.
///
/// # Errors
/// [`Error::Start`] if a log is not what was signed before, or was signed by others, or can't be read; the rest are signed
/// all the same.
pub async fn sign(app: &App, seconds: i64) -> Result<()> {
    let (program, mut last) = (app.clone(), app.signer.each_last());
    let grown = app.read(Caller::Anonymous, origin(), move |tx| {
        let mut grown: Vec<(Id, Result<Growth>)> = Vec::new();
        for head in sequence::heads(tx)? {
            let newest = store::newest(tx, head.log_id)?.filter(|newest| newest.epoch == head.epoch);
            // One that was signed later than now, by a clock that was set back since, says nothing of how long ago that was.
            let due = |at: Ts| tx.now.apart(at) >= chrono::Duration::seconds(seconds);
            if newest.as_ref().is_some_and(|n| !due(n.signed_at)) {
                continue;
            }
            let log = head.log_id;
            let last = last.remove(&log).transpose();
            match last.and_then(|last| program.signer.growth(tx, head, last, newest.map(|n| n.note))) {
                Err(error @ (Error::Unavailable(_) | Error::Retry(_))) => return Err(error),
                growth => grown.extend(growth.transpose().map(|growth| (log, growth))),
            }
        }
        Ok(grown)
    });
    let (mut refused, mut kept, mut unsigned) = (Ok(()), Ok(()), BTreeSet::new());
    for (log, growth) in grown.await? {
        match growth.and_then(|growth| app.signer.sign(&growth, app.clock.now())) {
            Ok(None) => {}
            Ok(Some(note)) => {
                kept = app.write(Caller::Anonymous, origin(), move |tx| store::keep(tx, log, &note)).await;
                if kept.is_err() {
                    // Of those behind it nothing new is known.
                    unsigned.extend(held(&app.ill_logs.unsigned));
                    break;
                }
            }
            Err(error) => {
                unsigned.insert(log);
                // What passes hides nothing that stays.
                if !matches!(refused, Err(Error::Start(_))) {
                    refused = Err(error);
                }
            }
        }
    }
    IllLogs::note(&app.ill_logs.unsigned, unsigned);
    refused.and(kept)
}
