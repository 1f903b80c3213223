//! The outbox under fire.
//!
//! ```sh
//! cargo run --release --example mail -- lossy --mails 5000
//! cargo run --release --example mail -- away --mails 20000
//! ```
//!
//! `lossy` sends through a server that refuses, stalls and breaks off ([`sink`]), by a process that is killed ([`node`]);
//! `away` lets a day pass without a server. What should arrive is told from the tickets' time lines ([`judge`]). The
//! clock stands still and is stepped, so that days take seconds. Exits with 1 if anything is wrong.

mod away;
#[path = "../support/ended.rs"]
mod ended;
mod judge;
mod lossy;
mod node;
mod sink;
#[path = "../support/mod.rs"]
#[allow(dead_code, reason = "what the example programs share; this one needs a part of it")]
mod support;
mod world;

use clap::{Parser, Subcommand};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Sends thousands of mails where everything goes wrong, and checks that each arrives.
#[derive(Debug, Parser)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Through a server that loses.
    Lossy {
        /// Mails that are owed, at least.
        #[arg(long, default_value_t = 300)]
        mails: usize,
        /// Of the dice.
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// `sqlite`, or a `postgres://` address of an empty database.
        #[arg(long, default_value = "sqlite")]
        database: String,
    },
    /// A day without a server.
    Away {
        /// Mails that wait.
        #[arg(long, default_value_t = 1000)]
        mails: usize,
        /// The 99th percentile of requests may be so many times as long as with none waiting.
        #[arg(long, default_value_t = 2.0)]
        ratio: f64,
        /// `sqlite`, or a `postgres://` address of an empty database.
        #[arg(long, default_value = "sqlite")]
        database: String,
    },
    /// What `lossy` starts.
    #[command(hide = true)]
    Node {
        /// Settings.
        #[arg(long)]
        config: PathBuf,
    },
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if let Command::Node { config } = &arguments.command {
        return match node::run(config) {
            Ok(()) => ExitCode::SUCCESS,
            Err(e) => {
                eprintln!("node: {e}");
                ExitCode::FAILURE
            }
        };
    }
    let folder = std::env::temp_dir().join(format!("sigap-mail-{}", uuid::Uuid::new_v4().simple()));
    ended::ended(run(&arguments.command, &folder), &folder)
}

fn run(command: &Command, folder: &Path) -> Result<Vec<String>, String> {
    let data = folder.join("data");
    fs::create_dir_all(&data).map_err(|e| format!("can't make {}: {e}", data.display()))?;
    let place = |database: &str| match database {
        "sqlite" => format!("sqlite:{}", data.join("sigap.db").display()),
        other => other.to_owned(),
    };
    match command {
        Command::Lossy { mails, seed, database } => {
            let runtime = tokio::runtime::Runtime::new().map_err(|e| e.to_string())?;
            runtime.block_on(lossy::run(*mails, *seed, &place(database), folder))
        }
        Command::Away { mails, ratio, database } => away::run(*mails, *ratio, &place(database), folder),
        Command::Node { .. } => Ok(Vec::new()),
    }
}
