//! A key that comes several times makes one ticket, whoever else uses it (R5).

use crate::support::{Answer, Call};
use crate::{CLERK, HANDS, Race, TECHNICIAN, opening, told};
use std::collections::HashMap;
use std::thread;

/// How often a request comes at the same moment.
const AT_ONCE: usize = 4;

/// Uses so many keys, each at once, again, with another body, on another path and by somebody else.
pub fn run(race: &Race, count: usize) -> String {
    race.each(count, |n| one(race, n));
    match tickets(race) {
        Err(fault) => race.fault(fault),
        Ok(found) => {
            for n in 0..count {
                let subject = subject(race, n);
                let made = found.get(&subject).copied().unwrap_or_default();
                if made != 1 {
                    race.fault(format!("{subject}: {made} tickets of the clerk"));
                }
            }
        }
    }
    format!("{count} keys, {} requests, {HANDS} keys at once", count * (AT_ONCE + 4))
}

fn subject(race: &Race, n: usize) -> String {
    format!("Kunci {n} {}", race.run)
}

fn one(race: &Race, n: usize) -> Result<(), String> {
    let call = opening(&subject(race, n));
    let same = || if race.plant { opening(&subject(race, n)) } else { call.clone() };
    let answers: Result<Vec<Answer>, String> = thread::scope(|scope| {
        let begun: Vec<_> = (0..AT_ONCE).map(|_| scope.spawn(|| race.call(CLERK, &same()))).collect();
        begun.into_iter().map(|one| one.join().unwrap_or_else(|_| Err("a thread ended badly".to_owned()))).collect()
    });
    let answers = answers?;
    let first = answers.first().ok_or("no answer")?;
    let again = race.call(CLERK, &same())?;
    for answer in answers.iter().chain([&again]) {
        if answer.status != 201 || answer.text("id") != first.text("id") {
            return Err(told(&format!("key {n}, the same once more, after {}", first.text("number")), answer));
        }
    }
    let body = opening("Lain").body;
    let other_body = race.call(CLERK, &Call { body: body.clone(), ..call.clone() })?;
    let path = format!("/tickets/{}/comments", first.text("id"));
    let other_path = race.call(CLERK, &Call { path, ..call.clone() })?;
    for (what, answer) in [("another body", &other_body), ("another path", &other_path)] {
        if answer.status != 422 {
            return Err(told(&format!("key {n}, {what}"), answer));
        }
    }
    let somebody = race.call(TECHNICIAN, &Call { body, ..call })?;
    if somebody.status != 201 || somebody.text("id") == first.text("id") {
        return Err(told(&format!("key {n}, somebody else"), &somebody));
    }
    Ok(())
}

/// How many tickets of the clerk bear each subject.
fn tickets(race: &Race) -> Result<HashMap<String, usize>, String> {
    let (mut found, mut cursor) = (HashMap::new(), String::new());
    loop {
        let page = race.call(CLERK, &Call::get(format!("/tickets?limit=200{cursor}")))?;
        let items = page.body.get("items").and_then(|items| items.as_array()).ok_or_else(|| told("listing", &page))?;
        for item in items {
            let subject = item.get("subject").and_then(|s| s.as_str()).unwrap_or_default();
            *found.entry(subject.to_owned()).or_default() += 1;
        }
        match page.text("next_cursor") {
            "" => return Ok(found),
            next => cursor = format!("&cursor={next}"),
        }
    }
}
