//! Whoever changes what he has read changes nothing that somebody else changed meanwhile (R6): clients count in the subjects
//! of a few tickets, each one up from what it read.

use crate::support::Call;
use crate::{COORDINATOR, Race, TECHNICIAN, told};
use serde_json::json;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

/// Tickets that all of them change.
const TICKETS: usize = 20;

struct Counted {
    id: String,
    /// Versions that changes were answered with.
    made: Mutex<BTreeSet<i64>>,
    twice: AtomicUsize,
}

/// Makes so many changes by so many clients.
pub fn run(race: &Race, count: usize, clients: usize) -> String {
    let opened: Result<Vec<Counted>, String> = (0..TICKETS).map(|_| open(race)).collect();
    let tickets = match opened {
        Ok(tickets) => tickets,
        Err(fault) => {
            race.fault(fault);
            return "nothing".to_owned();
        }
    };
    let (left, late) = (AtomicUsize::new(count), AtomicUsize::new(0));
    thread::scope(|scope| {
        for client in 0..clients {
            let (tickets, left, late) = (&tickets, &left, &late);
            scope.spawn(move || {
                let mut n = client;
                while left.fetch_update(Ordering::AcqRel, Ordering::Acquire, |left| left.checked_sub(1)).is_ok() {
                    let login = if n % 2 == 0 { TECHNICIAN } else { COORDINATOR };
                    let Some(ticket) = tickets.get(n % TICKETS) else { return };
                    if let Err(fault) = insist(race, ticket, login, late) {
                        race.fault(fault);
                    }
                    n += 7;
                }
            });
        }
    });
    let sum: usize = tickets.iter().map(|ticket| end(race, ticket)).sum();
    if sum != count {
        race.fault(format!("{count} changes were taken, and the tickets count {sum}"));
    }
    format!("{count} changes by {clients} clients, {} refused as late", late.load(Ordering::Acquire))
}

fn open(race: &Race) -> Result<Counted, String> {
    let id = race.open("0")?;
    Ok(Counted { id, made: Mutex::default(), twice: AtomicUsize::new(0) })
}

/// Counts one up, however often somebody else was faster.
fn insist(race: &Race, ticket: &Counted, login: &str, late: &AtomicUsize) -> Result<(), String> {
    loop {
        let seen = race.call(login, &Call::get(format!("/tickets/{}", ticket.id)))?;
        let counted: usize = seen.text("subject").parse().map_err(|_| told("reading", &seen))?;
        let next = json!({ "subject": (counted + 1).to_string() });
        let tag = seen.etag.filter(|_| !race.plant);
        let answer = race.call(login, &Call::patch(format!("/tickets/{}", ticket.id), &next, tag))?;
        match answer.status {
            200 => {
                let version = answer.body.get("version").and_then(serde_json::Value::as_i64).unwrap_or_default();
                if !ticket.made.lock().unwrap_or_else(PoisonError::into_inner).insert(version) {
                    ticket.twice.fetch_add(1, Ordering::Relaxed);
                }
                return Ok(());
            }
            412 => late.fetch_add(1, Ordering::Relaxed),
            _ => return Err(told("changing", &answer)),
        };
    }
}

/// What a ticket counts in the end; its versions and its time line must be without gap.
fn end(race: &Race, ticket: &Counted) -> usize {
    let seen = match race.call(COORDINATOR, &Call::get(format!("/tickets/{}", ticket.id))) {
        Ok(seen) => seen,
        Err(fault) => {
            race.fault(fault);
            return 0;
        }
    };
    let made = ticket.made.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let version = seen.body.get("version").and_then(serde_json::Value::as_i64).unwrap_or_default();
    let expected: BTreeSet<i64> = (2..=version).collect();
    if made != expected || ticket.twice.load(Ordering::Relaxed) > 0 {
        race.fault(format!(
            "ticket {}: version {version}, and changes were answered with {} others",
            ticket.id,
            made.len()
        ));
    }
    seen.text("subject").parse().unwrap_or_default()
}
