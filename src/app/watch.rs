//! Who is refused, and how often: what somebody may see and not do stands in the audit log, and so does that somebody
//! tries doors one after the other (ASVS 16.3.2; BSSN 4/2021, c). What is written is bounded by person and minute on
//! each node, so nobody fills the log with refusals.

use super::{App, Caller, actor_of, reborrow};
use crate::access::{Origin, Tx};
use crate::audit::{self, Object};
use crate::db::{Id, Ts};
use crate::error::{Error, Result};
use crate::http::status;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Refusals (403) of one person that are noted in one minute.
const NOTED: u32 = 10;
/// Refusals (403 and 404) of one person in one minute from which on it is an alarm.
const BURST: u32 = 30;

/// Counts refusals within the minute; the next minute begins anew.
#[derive(Debug, Default)]
pub(super) struct Watch(Mutex<(i64, HashMap<Id, Tally>)>);

#[derive(Debug, Default)]
struct Tally {
    forbidden: u32,
    all: u32,
}

/// What a refusal leaves behind in the log.
#[derive(Debug, PartialEq, Eq)]
enum Trace {
    Refusal,
    Burst,
}

impl Watch {
    fn count(&self, person: Id, is_forbidden: bool, now: Ts) -> Option<Trace> {
        let minute = now.utc().timestamp() / 60;
        let mut counted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if counted.0 != minute {
            *counted = (minute, HashMap::new());
        }
        let tally = counted.1.entry(person).or_default();
        tally.all = tally.all.saturating_add(1);
        if tally.all == BURST {
            return Some(Trace::Burst);
        }
        tally.forbidden = tally.forbidden.saturating_add(u32::from(is_forbidden));
        (is_forbidden && tally.forbidden <= NOTED).then_some(Trace::Refusal)
    }
}

impl App {
    /// Notes what this error refused to a person, and hands it back.
    pub(super) async fn refused(&self, caller: &Caller, origin: &Origin, error: Error) -> Error {
        self.note_refusal(caller, origin, if matches!(error, Error::FactorNeeded) { 0 } else { status(&error) }).await;
        error
    }

    /// Notes that a person was answered 403, or 404 over and over. That nothing else is stored is no reason to keep
    /// silent; that it can't be noted is none to answer otherwise.
    pub async fn note_refusal(&self, caller: &Caller, origin: &Origin, status: u16) {
        let (Caller::Token(claims) | Caller::Owner(claims)) = caller else { return };
        if !matches!(status, 403 | 404) {
            return;
        }
        let Some(trace) = self.watch.count(claims.sub, status == 403, self.clock.now()) else { return };
        let (action, detail) = match trace {
            Trace::Refusal => ("access.refused", json!({ "what": origin.what })),
            Trace::Burst => ("access.alarm", json!({ "refusals": BURST, "what": origin.what })),
        };
        if trace == Trace::Burst {
            tracing::warn!(person = %claims.sub, request = origin.request, "refused {BURST} times in a minute");
            metrics::counter!("sigap_access_alarms_total").increment(1);
        }
        if let Err(e) = self.note(caller.clone(), origin.clone(), action, detail).await {
            tracing::error!(error = %e, "a refusal could not be noted");
        }
    }

    async fn note(&self, caller: Caller, origin: Origin, action: &'static str, detail: Value) -> Result<()> {
        let (app, now) = (self.clone(), self.clock.now());
        self.store
            .write(move |conn| {
                let actor = actor_of(conn, &caller, now, &app.factor_for)?;
                let mut tx = Tx::new(reborrow(conn), actor, now, origin.clone());
                let object = Object { kind: "access", id: origin.object, region: tx.actor.region };
                audit::append(&mut tx, action, object, detail.clone())
            })
            .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minute_holds_so_many_refusals_of_a_person_and_one_alarm() {
        let (watch, at) = (Watch::default(), Ts::new(chrono::DateTime::UNIX_EPOCH));
        let (one, other) = (Id::new(at), Id::new(at));
        let traces: Vec<_> = (0..1000).filter_map(|_| watch.count(one, true, at)).collect();
        assert_eq!(traces.iter().filter(|trace| **trace == Trace::Refusal).count(), 10);
        assert_eq!(traces.iter().filter(|trace| **trace == Trace::Burst).count(), 1);
        // Absent things alone are an alarm, and nothing else.
        let traces: Vec<_> = (0..1000).filter_map(|_| watch.count(other, false, at)).collect();
        assert_eq!(traces, [Trace::Burst]);
        let next = at.plus(chrono::Duration::minutes(1));
        assert_eq!(watch.count(one, true, next), Some(Trace::Refusal));
    }
}
