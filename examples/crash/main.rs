//! Lets something happen to the service under load, again and again, and checks each time that nothing it had
//! acknowledged is lost or there twice.
//!
//! ```sh
//! cargo build --release
//! cargo run --release --example crash -- --binary target/release/sigap --kills 20 --clients 16 --seed 1
//! cargo run --release --example crash -- --binary target/release/sigap --fault power --kills 20
//! ```
//!
//! Each client writes a journal: an intent before it sends, an outcome when it was answered ([`journal`]). When the
//! fault is over the [`check`]er reads the service through its API alone. Then it sends what was unanswered once more,
//! with the same key and body, and everything must be there exactly once. `--plant lose-ack` hides one acknowledged
//! ticket from the checker, which must then report it and fail; `--unsynced` leaves out syncs in a power loss, `--stray`
//! writes to an old primary. Exits
//! with 1 if anything was lost or doubled, went back, drifted or was answered in a way that no fault explains.

#[path = "../support/leeway.rs"]
mod leeway;
#[path = "../support/mod.rs"]
mod support;

mod book;
mod check;
mod client;
mod fault;
mod freeze;
mod full;
mod halt;
mod journal;
mod power;
mod probe;
mod proxy;
mod rng;
mod server;
mod takeover;
mod tally;
mod trial;
mod view;

use clap::{Parser, ValueEnum};
use client::Client;
use fault::{Fault, Kill};
use freeze::Freeze;
use full::Full;
use halt::{Cluster, Halt};
use power::{Power, Unsynced};
use rng::Rng;
use server::Setup;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use support::Accounts;
use takeover::TakeOver;
use trial::Trial;
use view::Plant;

/// Lets something happen to the service under load and checks that nothing acknowledged is lost or doubled.
#[derive(Debug, Parser)]
struct Arguments {
    /// The `sigap` binary.
    #[arg(long, default_value = "target/release/sigap")]
    binary: PathBuf,
    /// What happens.
    #[arg(long, value_enum, default_value = "kill")]
    fault: Kind,
    /// How often it happens.
    #[arg(long, default_value_t = 20)]
    kills: u64,
    /// Load clients.
    #[arg(long, default_value_t = 16)]
    clients: usize,
    /// `sqlite`, or a `postgres://` address; for `kill` only, the others bring their own.
    #[arg(long, default_value = "sqlite")]
    database: String,
    /// Folder for the journals, the service's output and its data; kept. Without it a temporary one is used, and
    /// kept if anything was found.
    #[arg(long, value_name = "FOLDER")]
    log: Option<PathBuf>,
    /// Decides what the clients send and when it happens.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Gives the checker a fault to find.
    #[arg(long, value_enum)]
    plant: Option<Plant>,
    /// Syncs that have no effect before a loss of power: the checker must find what is lost.
    #[arg(long, value_enum)]
    unsynced: Option<Unsynced>,
    /// The primary does not wait for its standby: a take-over may lose what it acknowledged.
    #[arg(long)]
    asynchronous: bool,
    /// The old primary is written to by a node that knows of no other: the take-over must report it.
    #[arg(long)]
    stray: bool,
}

/// What may happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// SIGKILL of the service.
    Kill,
    /// Loss of power, on SQLite: what was not synced is gone.
    Power,
    /// The disk fails when SQLite's log is synced: the service must stop.
    Disk,
    /// A full disk, on SQLite, by turns of the data and of the attachments; needs root.
    Full,
    /// PostgreSQL is stopped at once and started again.
    Halt,
    /// The way to PostgreSQL stands still, or every connection is cut, by turns.
    Freeze,
    /// The primary of two PostgreSQL servers is killed, its standby promoted, the old primary brought back.
    TakeOver,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let run = uuid::Uuid::new_v4().simple().to_string();
    let folder = arguments.log.clone().unwrap_or_else(|| std::env::temp_dir().join(format!("sigap-crash-{}", &run)));
    let outcome = prepare(&arguments, &folder, &run).and_then(|mut trial| trial.run(arguments.kills));
    let clean = match outcome {
        Ok(total) => {
            total.faults().iter().for_each(|fault| println!("  {fault}"));
            println!("in all {} faults ({:?}, seed {}): {total}", arguments.kills, arguments.fault, arguments.seed);
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

fn prepare(arguments: &Arguments, folder: &Path, run: &str) -> Result<Trial, String> {
    if folder.is_file() {
        return Err(format!("--log {} is a file; it names the folder for journals and output", folder.display()));
    }
    let journals = folder.join(format!("journal-{run}"));
    let data = match arguments.fault {
        Kind::Power | Kind::Disk => in_memory(folder).join(format!("sigap-power-{run}")),
        Kind::Kill | Kind::Full | Kind::Halt | Kind::Freeze | Kind::TakeOver => folder.join("data"),
    };
    for path in [&journals, &data] {
        fs::create_dir_all(path).map_err(|e| format!("can't make {}: {e}", path.display()))?;
    }
    let data = fs::canonicalize(&data).map_err(|e| format!("can't use {}: {e}", data.display()))?;
    let sqlite = format!("sqlite:{}", data.join("sigap.db").display());
    let acks = Arc::new(AtomicU64::new(0));
    let (mut environment, mut settings) = (Vec::new(), None);
    let (fault, database): (Box<dyn Fault>, String) = match arguments.fault {
        Kind::Kill if arguments.database == "sqlite" => (Box::new(Kill), sqlite),
        Kind::Kill => (Box::new(Kill), arguments.database.clone()),
        Kind::Power | Kind::Disk => {
            let breaks = arguments.fault == Kind::Disk;
            let (power, more) = Power::begin(&data, folder, Arc::clone(&acks), breaks, arguments.unsynced)?;
            environment = more;
            (Box::new(power), sqlite)
        }
        Kind::Full => (Box::new(Full::begin(&data)?), sqlite),
        Kind::Halt => {
            let cluster = Cluster::start(&in_memory(folder).join(format!("sigap-halt-{run}")))?;
            let url = cluster.url.clone();
            (Box::new(Halt::new(cluster)), url)
        }
        Kind::Freeze => {
            let cluster = Cluster::start(&in_memory(folder).join(format!("sigap-freeze-{run}")))?;
            let (freeze, url) = Freeze::begin(cluster)?;
            let text = format!("database_seconds = {}\n", freeze::SECONDS);
            let file = folder.join("settings.toml");
            fs::write(&file, text).map_err(|e| format!("can't write {}: {e}", file.display()))?;
            settings = Some(file);
            (Box::new(freeze), url)
        }
        Kind::TakeOver => {
            let place = in_memory(folder).join(format!("sigap-pair-{run}"));
            let (pair, url) = TakeOver::begin(&place, !arguments.asynchronous, arguments.stray)?;
            (Box::new(pair), url)
        }
    };
    let (binary, output) = (arguments.binary.clone(), folder.join("output.log"));
    let setup = Setup { binary, data, database, output, environment, settings };
    let words = format!("k9 {}", run.get(..8).unwrap_or(run));
    let client = |index| Client::new(index, arguments.seed, &words, journals.clone(), Arc::clone(&acks));
    let clients = (0..arguments.clients.max(1)).map(client).collect();
    let (accounts, rng) = (Accounts::default(), Rng::new(arguments.seed, 0));
    Ok(Trial { setup, fault, clients, rng, plant: arguments.plant, accounts, signed_in: None })
}

/// Where files cost nothing to write: the image is copied at each sync.
fn in_memory(otherwise: &Path) -> PathBuf {
    let memory = PathBuf::from("/dev/shm");
    if memory.is_dir() { memory } else { otherwise.to_owned() }
}
