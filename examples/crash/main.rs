//! Kills the service with SIGKILL under load, again and again, and checks after each restart that nothing it had
//! acknowledged is lost or there twice.
//!
//! ```sh
//! cargo build --release
//! cargo run --release --example crash -- --binary target/release/sigap --kills 20 --clients 16 --seed 1
//! ```
//!
//! Each client writes a journal: an intent before it sends, an outcome when it was answered ([`journal`]). After a
//! restart the [`check`]er reads the service through its API alone. Then it sends what was unanswered once more,
//! with the same key and body, and everything must be there exactly once. `--plant lose-ack` hides one acknowledged
//! ticket from the checker, which must then report it and fail. Exits with 1 if anything was lost or doubled, went
//! back, drifted or was answered in a way that no crash explains.

#[path = "../support/mod.rs"]
mod support;

mod book;
mod check;
mod client;
mod journal;
mod rng;
mod server;
mod tally;
mod view;

use check::Checker;
use clap::Parser;
use client::Client;
use rng::Rng;
use server::{Server, Setup};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::thread;
use std::time::Duration;
use support::{Accounts, Api};
use tally::Tally;
use view::{Plant, View};

/// Kills the service under load and checks that nothing acknowledged is lost or doubled.
#[derive(Debug, Parser)]
struct Arguments {
    /// The `sigap` binary.
    #[arg(long, default_value = "target/release/sigap")]
    binary: PathBuf,
    /// How often the service is killed.
    #[arg(long, default_value_t = 20)]
    kills: u64,
    /// Load clients.
    #[arg(long, default_value_t = 16)]
    clients: usize,
    /// `sqlite`, or a `postgres://` address.
    #[arg(long, default_value = "sqlite")]
    database: String,
    /// Folder for the journals, the service's output and its data; kept. Without it a temporary one is used, and
    /// kept if anything was found.
    #[arg(long, value_name = "FOLDER")]
    log: Option<PathBuf>,
    /// Decides what the clients send and when the service dies.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Gives the checker a fault to find.
    #[arg(long, value_enum)]
    plant: Option<Plant>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let run = uuid::Uuid::new_v4().simple().to_string();
    let folder = arguments.log.clone().unwrap_or_else(|| std::env::temp_dir().join(format!("sigap-crash-{}", &run)));
    let outcome = Trial::prepare(&arguments, &folder, &run).and_then(|mut trial| trial.run(&arguments));
    let clean = match outcome {
        Ok(total) => {
            total.faults().iter().for_each(|fault| println!("  {fault}"));
            println!("in all {} kills (seed {}): {total}", arguments.kills, arguments.seed);
            total.is_clean() && total.acknowledged > 0
        }
        Err(error) => {
            eprintln!("seed {}: {error}", arguments.seed);
            false
        }
    };
    if clean && arguments.log.is_none() {
        // Only tidying up: what stays behind does no harm.
        let _ = fs::remove_dir_all(&folder);
    } else {
        println!("journals, output and data: {}", folder.display());
    }
    println!("{}", if clean { "ok" } else { "FAILED" });
    if clean { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// One series of kills.
struct Trial {
    setup: Setup,
    accounts: Accounts,
    clients: Vec<Client>,
    rng: Rng,
    plant: Option<Plant>,
}

impl Trial {
    fn prepare(arguments: &Arguments, folder: &Path, run: &str) -> Result<Self, String> {
        if folder.is_file() {
            return Err(format!("--log {} is a file; it names the folder for journals and output", folder.display()));
        }
        let (journals, data) = (folder.join(format!("journal-{run}")), folder.join("data"));
        for path in [&journals, &data] {
            fs::create_dir_all(path).map_err(|e| format!("can't make {}: {e}", path.display()))?;
        }
        let data = fs::canonicalize(&data).map_err(|e| format!("can't use {}: {e}", data.display()))?;
        let database = match arguments.database.as_str() {
            "sqlite" => format!("sqlite:{}", data.join("sigap.db").display()),
            other => other.to_owned(),
        };
        let setup = Setup { binary: arguments.binary.clone(), data, database, output: folder.join("output.log") };
        let words = format!("k9 {}", run.get(..8).unwrap_or(run));
        let client = |index| Client::new(index, arguments.seed, &words, journals.clone());
        let clients = (0..arguments.clients.max(1)).map(client).collect();
        let (accounts, rng) = (Accounts::default(), Rng::new(arguments.seed, 0));
        Ok(Self { setup, accounts, clients, rng, plant: arguments.plant })
    }

    fn run(&mut self, arguments: &Arguments) -> Result<Tally, String> {
        let mut total = Tally::default();
        let mut server = Server::start(&self.setup)?;
        println!("ready after {:.1?} at {}", server.ready_after, server.url);
        self.sign_in(&server)?;
        for round in 1..=arguments.kills {
            let after = Duration::from_millis(100 + self.rng.below(1401));
            server = self.round(round, server, after)?;
            let last = round == arguments.kills;
            let tickets = self.check(&server, last)?;
            let mut tally = Tally::default();
            self.clients.iter_mut().for_each(|client| tally.add(std::mem::take(&mut client.tally)));
            println!(
                "kill {round:>3} after {after:>6.0?}: {tally}  tickets {tickets}  ready {:.1?}",
                server.ready_after
            );
            total.add(tally);
        }
        Ok(total)
    }

    /// Signs everybody in first, so that the load begins at once.
    fn sign_in(&self, server: &Server) -> Result<(), String> {
        let api = Api::new(&server.url);
        for client in &self.clients {
            self.accounts.person(&api, &client.desk.requester)?;
            self.accounts.person(&api, &client.desk.technician)?;
        }
        Ok(())
    }

    /// Load until the service is killed; then it is started again.
    fn round(&mut self, round: u64, server: Server, after: Duration) -> Result<Server, String> {
        let (url, accounts) = (server.url.clone(), &self.accounts);
        let killed = thread::scope(|scope| {
            let load = |client| {
                let api = Api::new(&url);
                scope.spawn(move || Client::run(client, round, &api, accounts))
            };
            let threads: Vec<_> = self.clients.iter_mut().map(load).collect();
            thread::sleep(after);
            let killed = server.kill();
            threads.into_iter().try_for_each(joined).and(killed)
        });
        killed?;
        self.clients.iter_mut().try_for_each(Client::reconcile)?;
        Server::start(&self.setup)
    }

    /// Sends again what was unanswered, then checks; how many tickets there are now.
    fn check(&mut self, server: &Server, everything: bool) -> Result<usize, String> {
        let before = self.view(server)?;
        #[expect(
            clippy::redundant_closure_for_method_calls,
            reason = "the method's path stands for one lifetime only"
        )]
        self.each(server, &before, |checker, client| checker.resend(client))?;
        let after = self.view(server)?;
        self.each(server, &after, |checker, client| checker.verify(client, everything))?;
        if let Some(client) = self.clients.first_mut() {
            after.twice.iter().for_each(|name| client.tally.doubled(format!("{name} is used twice")));
        }
        Ok(after.len())
    }

    fn view(&self, server: &Server) -> Result<View, String> {
        let mut view = View::read(&Api::new(&server.url), &self.accounts)?;
        let first = self.clients.iter().flat_map(|client| &client.book.tickets).next();
        if let (Some(plant), Some(ticket)) = (self.plant, first) {
            view.plant(plant, &ticket.marker);
        }
        Ok(view)
    }

    /// Has every client checked, each by a thread of its own.
    fn each(
        &mut self,
        server: &Server,
        view: &View,
        work: impl Fn(&Checker<'_>, &mut Client) -> Result<(), String> + Sync,
    ) -> Result<(), String> {
        let (accounts, work) = (&self.accounts, &work);
        thread::scope(|scope| {
            let check = |client| {
                let checker = Checker { api: Api::new(&server.url), accounts, view };
                scope.spawn(move || work(&checker, client))
            };
            let threads: Vec<_> = self.clients.iter_mut().map(check).collect();
            threads.into_iter().try_for_each(joined)
        })
    }
}

fn joined(thread: thread::ScopedJoinHandle<'_, Result<(), String>>) -> Result<(), String> {
    thread.join().unwrap_or_else(|_| Err("a client thread panicked".to_owned()))
}
