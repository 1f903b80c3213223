//! Who listens for what is new. The database is asked once for all of this program's listeners, however many they are;
//! each learns what its reader may see at that moment. What another node did is found in the same way.

use super::{App, Caller, lacks_factor};
use crate::access::Origin;
use crate::access::token::Claims;
use crate::db::{Id, Ts};
use crate::error::{Error, Result};
use crate::org::{actor, session};
use crate::ticket::news::{self, Happened};
use chrono::Duration;
use serde_json::json;
use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::mpsc::{Receiver, Sender, channel};

/// Listeners of one session.
const OF_A_SESSION: usize = 3;
/// Listeners of this program.
const OF_A_NODE: usize = 3000;
/// Seconds after which a silent line is told that it still stands.
const BEAT: i64 = 15;
/// Seconds within which an event that is committed late is still found.
const WINDOW: i64 = 60;
/// Seconds that a page may be behind when it begins to listen.
const BEHIND: i64 = 900;
/// Messages that wait for a slow line; one more ends it, and the page asks again.
const WAITING: usize = 16;

/// The last message of a line: the page asks, if it still may.
const END: &str = "event: end\ndata: {}\n\n";

/// The listeners of this program.
#[derive(Debug, Default)]
pub struct News {
    listeners: Mutex<Listeners>,
    closed: AtomicBool,
}

#[derive(Debug, Default)]
struct Listeners {
    next: u64,
    all: Vec<Listener>,
    /// Events that those who were there have been told of.
    told: HashSet<Id>,
}

#[derive(Debug, Clone)]
struct Listener {
    key: u64,
    claims: Claims,
    /// What happened until then, its page shows.
    since: Ts,
    /// Not told of anything yet.
    fresh: bool,
    beat_at: Ts,
    line: Sender<String>,
}

/// What a listener is told in one round; none: his session has ended, or asks for a second factor by now.
type Told = (u64, Option<Vec<(Id, i32)>>);

impl News {
    fn lock(&self) -> MutexGuard<'_, Listeners> {
        self.listeners.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins to listen for what happens after `since`.
    ///
    /// A fourth of a session ends the oldest, whose page asks from then on: of a page that was left nobody hears until
    /// the next beat, so refusing the newest would refuse whoever walks from ticket to ticket.
    ///
    /// # Errors
    /// 503 over 3,000 on this node, or while it stops.
    pub fn listen(&self, claims: Claims, since: Ts, now: Ts) -> Result<Receiver<String>> {
        let mut listeners = self.lock();
        listeners.all.retain(|l| !l.line.is_closed());
        while listeners.all.iter().filter(|l| l.claims.sid == claims.sid).count() >= OF_A_SESSION {
            let Some(oldest) = listeners.all.iter().position(|l| l.claims.sid == claims.sid) else { break };
            let _ = listeners.all.remove(oldest).line.try_send(END.to_owned());
        }
        if listeners.all.len() >= OF_A_NODE || self.closed.load(Ordering::Acquire) {
            return Err(Error::Unavailable("no more listeners".into()));
        }
        let (line, receiver) = channel(WAITING);
        let key = listeners.next;
        listeners.next = key.wrapping_add(1);
        let since = since.max(now.plus(Duration::seconds(-BEHIND)));
        // A line with something on it is known to stand, by the browser and by proxies on the way.
        let _ = line.try_send("retry: 5000\n\n".to_owned());
        listeners.all.push(Listener { key, claims, since, fresh: true, beat_at: now, line });
        Ok(receiver)
    }

    /// How many listen on this node.
    #[must_use]
    pub fn count(&self) -> usize {
        self.lock().all.len()
    }

    /// Ends every line, so that a program that stops does not wait for them.
    pub fn close(&self) {
        self.closed.store(true, Ordering::Release);
        self.lock().all.clear();
    }

    fn deliver(&self, told: &[Told], happened: &[Happened], now: Ts) {
        let mut listeners = self.lock();
        for (key, what) in told {
            let Some(listener) = listeners.all.iter_mut().find(|l| l.key == *key) else { continue };
            listener.fresh = false;
            let message = match what {
                None => Some(END.to_owned()),
                Some(tickets) if tickets.is_empty() => {
                    (listener.beat_at.plus(Duration::seconds(BEAT)) <= now).then(|| ":\n\n".to_owned())
                }
                Some(tickets) => Some(format!("event: news\ndata: {}\n\n", body(tickets))),
            };
            let Some(message) = message else { continue };
            listener.beat_at = now;
            if listener.line.try_send(message).is_err() || what.is_none() {
                listeners.all.retain(|l| l.key != *key);
            }
        }
        listeners.told = happened.iter().map(|h| h.id).collect();
        #[expect(clippy::cast_precision_loss, clippy::as_conversions, reason = "a gauge takes nothing else")]
        metrics::gauge!("sigap_listeners").set(listeners.all.len() as f64);
    }
}

/// Ids and versions, and nothing else.
#[must_use]
pub fn body(tickets: &[(Id, i32)]) -> String {
    let tickets: Vec<_> = tickets.iter().map(|(id, version)| json!({ "id": id, "version": version })).collect();
    json!({ "tickets": tickets }).to_string()
}

impl App {
    /// One round: looks what is new, and tells everybody who listens and may know.
    ///
    /// # Errors
    /// What the database says; then nobody is told, and the next round tells.
    pub async fn spread_news(&self) -> Result<()> {
        let now = self.clock.now();
        let (listeners, told) = {
            let mut listeners = self.news.lock();
            listeners.all.retain(|l| !l.line.is_closed());
            (listeners.all.clone(), listeners.told.clone())
        };
        if listeners.is_empty() {
            return Ok(());
        }
        let window = now.plus(Duration::seconds(-WINDOW));
        let oldest = listeners.iter().filter(|l| l.fresh).map(|l| l.since).min();
        let from = oldest.map_or(window, |since| since.min(window));
        let app = self.clone();
        let round = move |tx: &mut crate::access::Tx<'_>| {
            let happened = news::happened(tx, from)?;
            let sessions: Vec<Id> = listeners.iter().map(|l| l.claims.sid).collect();
            let going = session::going(tx, &sessions)?;
            let mut all: Vec<Told> = Vec::with_capacity(listeners.len());
            for listener in &listeners {
                let new = |h: &&Happened| {
                    h.at > listener.since && (listener.fresh || (h.at > window && !told.contains(&h.id)))
                };
                let new: Vec<Happened> = happened.iter().filter(new).copied().collect();
                all.push((
                    listener.key,
                    match (going.contains(&listener.claims.sid), new.is_empty()) {
                        (false, _) => None,
                        (true, true) => Some(Vec::new()),
                        // Only now who he is: as long as nothing happens, a round costs two questions.
                        (true, false) => {
                            let at = tx.now;
                            let actor = actor::load(tx.conn(), &listener.claims, at)?;
                            if lacks_factor(tx.conn(), &actor, &app.factor_for)? {
                                None
                            } else {
                                Some(news::for_reader(&mut tx.acting_as(actor, at), &new)?)
                            }
                        }
                    },
                ));
            }
            Ok((all, happened))
        };
        let (all, happened) = self.read(Caller::Anonymous, Origin::default(), round).await?;
        self.news.deliver(&all, &happened, now);
        Ok(())
    }
}
