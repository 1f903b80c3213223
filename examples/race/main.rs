//! Many at once against a running service: no key makes a second ticket (R5), no change is lost (R6), and of two acts that
//! exclude each other one is done (R7).
//!
//! ```sh
//! SIGAP_RATE_LIMIT=off cargo run --release -- serve --demo
//! cargo run --release --example race -- --keys 10000 --edits 64000 --pairs 10000
//! ```
//!
//! Who loses a race is told so (409, or 403 where the ticket has left his desk); any other answer is a fault, and so is what the service says
//! afterwards, if it is not what its answers come to. `--plant` takes the caution of a client away: changes without `If-Match`,
//! repetitions under a key of their own, acts that do not exclude each other. That must be found. Exits with 1 if anything was.

#[expect(dead_code, reason = "shared with programs that need all of it")]
#[path = "../support/mod.rs"]
mod support;

mod edits;
mod keys;
mod pairs;

use clap::Parser;
use serde_json::json;
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Instant;
use support::{Accounts, Answer, Api, Call};

/// Races against a service that was started with `serve --demo` and `SIGAP_RATE_LIMIT=off`.
#[derive(Debug, Parser)]
struct Arguments {
    /// Where the service listens.
    #[arg(long, default_value = "http://127.0.0.1:8080")]
    url: String,
    /// How many keys are used, each several times.
    #[arg(long, default_value_t = 40)]
    keys: usize,
    /// How many changes are made to twenty tickets.
    #[arg(long, default_value_t = 400)]
    edits: usize,
    /// How many pairs of acts are begun at one moment.
    #[arg(long, default_value_t = 60)]
    pairs: usize,
    /// Threads that change tickets.
    #[arg(long, default_value_t = 32)]
    clients: usize,
    /// Clients that are not careful: what comes of it must be found.
    #[arg(long)]
    plant: bool,
}

/// What every race needs.
struct Race {
    api: Api,
    accounts: Accounts,
    /// Tells this run from every other on the same database.
    run: String,
    plant: bool,
    faults: Mutex<Vec<String>>,
}

/// A clerk of a demo organisation, its technician, and the coordinator.
const CLERK: &str = "pegawai.dinkes@lebakkab.go.id";
const TECHNICIAN: &str = "teknisi.dinkes@lebakkab.go.id";
const COORDINATOR: &str = "koordinator@lebakkab.go.id";
/// Threads that take work from a list.
const HANDS: usize = 4;

impl Race {
    fn call(&self, login: &str, call: &Call) -> Result<Answer, String> {
        self.accounts.call(&self.api, login, call)
    }

    /// Opens a ticket and returns its id.
    fn open(&self, subject: &str) -> Result<String, String> {
        let answer = self.call(CLERK, &opening(subject))?;
        if answer.status == 201 { Ok(answer.text("id").to_owned()) } else { Err(told("opening", &answer)) }
    }

    fn fault(&self, what: String) {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner).push(what);
    }

    /// Does `one` for each number below `count`, several at once; whatever it returns as an error is a fault.
    fn each(&self, count: usize, one: impl Fn(usize) -> Result<(), String> + Sync) {
        let next = AtomicUsize::new(0);
        let hand = || {
            loop {
                let n = next.fetch_add(1, Ordering::Relaxed);
                if n >= count {
                    return;
                }
                if let Err(fault) = one(n) {
                    self.fault(fault);
                }
            }
        };
        thread::scope(|scope| {
            for _ in 0..HANDS {
                scope.spawn(hand);
            }
        });
    }
}

fn opening(subject: &str) -> Call {
    Call::post("/tickets", &json!({ "kind": "incident", "subject": subject, "description": "Sejak pagi." }))
}

fn told(what: &str, answer: &Answer) -> String {
    let body: String = answer.body.to_string().chars().take(200).collect();
    format!("{what}: {} {body}", answer.status)
}

fn main() -> ExitCode {
    let asked = Arguments::parse();
    let race = Race {
        api: Api::new(&asked.url),
        accounts: Accounts::default(),
        run: uuid::Uuid::new_v4().simple().to_string(),
        plant: asked.plant,
        faults: Mutex::default(),
    };
    let parts: [(&str, &dyn Fn() -> String); 3] = [
        ("keys", &|| keys::run(&race, asked.keys)),
        ("edits", &|| edits::run(&race, asked.edits, asked.clients)),
        ("pairs", &|| pairs::run(&race, asked.pairs)),
    ];
    let mut found_in_all = true;
    for (name, part) in parts {
        let (began, before) = (Instant::now(), faults(&race).len());
        let words = part();
        let faults = faults(&race);
        let new = faults.get(before..).unwrap_or_default();
        println!("{name}: {words}; {} faults; {:.1} s", new.len(), began.elapsed().as_secs_f64());
        for fault in new.iter().take(10) {
            println!("  {fault}");
        }
        found_in_all &= !new.is_empty();
    }
    let as_it_should_be = if asked.plant { found_in_all } else { faults(&race).is_empty() };
    println!("{}", if as_it_should_be { "ok" } else { "FAILED" });
    if as_it_should_be { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn faults(race: &Race) -> Vec<String> {
    race.faults.lock().unwrap_or_else(PoisonError::into_inner).clone()
}
