//! Of two acts that exclude each other, begun at one moment, one is done and the other refused (R7).

use crate::support::{Answer, Call};
use crate::{CLERK, COORDINATOR, Race, TECHNICIAN, told};
use serde_json::{Value, json};
use std::sync::Barrier;
use std::thread;

/// Who, what, and with which words.
type Act = (&'static str, &'static str, Value);

/// The acts of each kind of pair, and whether the ticket is started before.
fn kinds() -> Vec<(bool, Act, Act)> {
    let reason = || json!({ "reason": "Sudah tidak perlu." });
    let solved = || json!({ "resolution": "Dimulai ulang." });
    let up = || json!({ "reason": "Di pusat data.", "tried": "Memulai ulang.", "requested": "Mohon diperiksa." });
    vec![
        (false, (TECHNICIAN, "start", Value::Null), (TECHNICIAN, "start", Value::Null)),
        (false, (TECHNICIAN, "start", Value::Null), (CLERK, "cancel", reason())),
        (true, (TECHNICIAN, "resolve", solved()), (TECHNICIAN, "resolve", solved())),
        (true, (TECHNICIAN, "resolve", solved()), (COORDINATOR, "cancel", reason())),
        (true, (TECHNICIAN, "escalate", up()), (COORDINATOR, "escalate", up())),
        (true, (TECHNICIAN, "escalate", up()), (TECHNICIAN, "resolve", solved())),
        (true, (COORDINATOR, "cancel", reason()), (TECHNICIAN, "cancel", reason())),
    ]
}

/// Acts that both may be done, whichever comes first.
fn planted() -> Vec<(bool, Act, Act)> {
    let said = |words: &str| json!({ "body": words, "visibility": "public" });
    vec![(true, (TECHNICIAN, "comments", said("Satu.")), (COORDINATOR, "comments", said("Dua.")))]
}

/// Lets so many pairs race.
pub fn run(race: &Race, count: usize) -> String {
    let kinds = if race.plant { planted() } else { kinds() };
    race.each(count, |n| {
        let (started, one, other) = kinds.get(n % kinds.len()).ok_or("no kind")?;
        pair(race, n, *started, one, other)
    });
    format!("{count} pairs of {} kinds", kinds.len())
}

fn pair(race: &Race, n: usize, started: bool, one: &Act, other: &Act) -> Result<(), String> {
    let id = race.open(&format!("Pasangan {n} {}", race.run))?;
    if started {
        let answer = race.call(TECHNICIAN, &Call::post(format!("/tickets/{id}/start"), &Value::Null))?;
        if answer.status != 200 {
            return Err(told("starting", &answer));
        }
    }
    let gate = Barrier::new(2);
    let act = |(login, what, body): &Act| {
        let call = Call::post(format!("/tickets/{id}/{what}"), body);
        gate.wait();
        race.call(login, &call)
    };
    let (first, second) = thread::scope(|scope| {
        let second = scope.spawn(|| act(other));
        (act(one), second.join().unwrap_or_else(|_| Err("a thread ended badly".to_owned())))
    });
    let both = [first?, second?];
    let done = both.iter().filter(|answer| answer.is_success()).count();
    let refused = |answer: &&Answer| matches!(answer.status, 403 | 409);
    if done != 1 || both.iter().filter(refused).count() != 1 {
        let told: Vec<String> = both.iter().map(|answer| told("", answer)).collect();
        return Err(format!("pair {n}, {} and {}: {}", one.1, other.1, told.join(" and ")));
    }
    Ok(())
}
