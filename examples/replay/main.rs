//! Replays a real incident log against a running service and compares every answer with a model of the contract.
//!
//! ```sh
//! SIGAP_RATE_LIMIT=off cargo run --release -- serve --demo
//! cargo run --release --example replay -- --log uci-events-normalised.csv.gz --tickets 5000 --clients 8
//! ```
//!
//! The log's tickets are spread over the demo regions and OPDs, its groups over the two tiers ([`place`]). Each
//! event becomes one call or a fixed short sequence ([`plan`]), and the model ([`rules`]) says of each call
//! beforehand whether the service must carry it out or with which status it must refuse it. Every answer that
//! shows a ticket is compared with the model, and so is the ticket at its end, where the model must also agree with
//! the log. Calls that must be refused are mixed in. Exits with 1 on any 5xx, wrong end or unforeseen answer.

#[path = "../support/mod.rs"]
mod support;

mod call;
mod drive;
mod log;
mod model;
mod place;
mod plan;
mod rules;
mod tally;
mod walk;

use clap::Parser;
use drive::Driver;
use log::Incident;
use model::Ticket;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;
use support::Accounts;
use tally::Tally;

/// Replays a real incident log against a service that was started with `serve --demo` and `SIGAP_RATE_LIMIT=off`.
#[derive(Debug, Parser)]
struct Arguments {
    /// The log: uci-events-normalised.csv.gz.
    #[arg(long)]
    log: PathBuf,
    /// Where the service listens.
    #[arg(long, default_value = "http://127.0.0.1:8080")]
    url: String,
    /// How many tickets of the log to replay.
    #[arg(long, default_value_t = 5000)]
    tickets: usize,
    /// Threads; each drives whole tickets over a connection of its own.
    #[arg(long, default_value_t = 8)]
    clients: usize,
    /// Before one in so many events a call that must be refused is tried; 0: never.
    #[arg(long, default_value_t = 10)]
    probe_every: u64,
    /// Walk the log through the model alone, without a service.
    #[arg(long)]
    dry_run: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let incidents = match log::read(&arguments.log, arguments.tickets) {
        Ok(incidents) => incidents,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    };
    let begun = Instant::now();
    let tally = if arguments.dry_run { rehearse(&incidents, &arguments) } else { replay(&incidents, &arguments) };
    let clean = tally.is_clean() && tally.tickets > 0;
    tally.print(begun.elapsed());
    println!("{}", if clean { "ok" } else { "FAILED" });
    if clean { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Every thread takes the next ticket until none is left.
fn replay(incidents: &[Incident], arguments: &Arguments) -> Tally {
    let (accounts, next) = (Accounts::default(), AtomicUsize::new(0));
    let client = || {
        let driver = Driver::new(&arguments.url, &accounts, arguments.probe_every);
        let mut tally = Tally::default();
        while let Some(incident) = incidents.get(next.fetch_add(1, Ordering::Relaxed)) {
            driver.ticket(incident, &mut tally);
        }
        tally
    };
    let mut total = Tally::default();
    thread::scope(|scope| {
        let clients: Vec<_> = (0..arguments.clients.max(1)).map(|_| scope.spawn(client)).collect();
        for client in clients {
            match client.join() {
                Ok(tally) => total.add(tally),
                Err(_) => total.unexpected("a client thread panicked".to_owned()),
            }
        }
    });
    total
}

/// The model alone: does every ticket of the log end where the log says?
fn rehearse(incidents: &[Incident], arguments: &Arguments) -> Tally {
    let mut tally = Tally::default();
    for incident in incidents {
        tally.tickets += 1;
        let Some(first) = incident.rows.first() else { continue };
        let opened = Ticket::opened(place::opening(incident, first).1);
        let ended = walk::walk(incident, opened, arguments.probe_every, &mut tally, |_, _| true);
        if !ended.is_some_and(|ticket| plan::agree(incident.last_state(), ticket.status)) {
            tally.wrong_end(format!("{} ends wrong: {ended:?}", incident.name));
        }
    }
    tally
}
