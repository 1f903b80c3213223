//! Ends the service at the first event of its database while it does something, at the second, and so on to the last
//! (F2, R1): afterwards all of it must be there or nothing, and a repetition with the same key makes it exactly once.
//!
//! ```sh
//! cargo build --example sweep
//! target/debug/examples/sweep --database sqlite --step open --step resolve
//! ```
//!
//! The service is this program again ([`node`]), so that `sigap` needs no switch that ends it. What a command adds is seen
//! once undisturbed: rows of every table, versions, the ticket as it is shown; whatever is found later must be just that,
//! or nothing. `--step planted` is a command that writes in two transactions and must be found. Exits with 1 if anything
//! was half done, lost or doubled.

#[path = "../support/ended.rs"]
mod ended;
#[path = "../support/leeway.rs"]
mod leeway;
#[expect(dead_code, reason = "shared with programs that need all of it")]
#[path = "../support/mod.rs"]
mod support;

mod child;
mod count;
mod node;
mod scenario;
mod sweep;

use child::Setup;
use clap::{Parser, Subcommand};
use scenario::{ALL, Step};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use sweep::Sweep;

/// Ends the service at each database event of a command and checks that it is done wholly, once, or not at all.
#[derive(Debug, Parser)]
struct Arguments {
    #[command(subcommand)]
    node: Option<Part>,
    /// `sqlite`, or the `postgres://` address of an empty database.
    #[arg(long, default_value = "sqlite")]
    database: String,
    /// What is done; without it everything but what is planted.
    #[arg(long, value_enum)]
    step: Vec<Step>,
    /// Only every so many events.
    #[arg(long, default_value_t = 1)]
    stride: u64,
    /// The start after an end is ended too, at its first event, the next at its second, and so on.
    #[arg(long)]
    compound: bool,
}

#[derive(Debug, Subcommand)]
enum Part {
    /// The service that ends itself; for the sweep alone.
    Node {
        /// At this event of its start; 0: at none.
        #[arg(long, default_value_t = 0)]
        at: u64,
        /// Its settings.
        #[arg(long)]
        config: PathBuf,
    },
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if let Some(Part::Node { at, config }) = &arguments.node {
        return match node::run(*at, config) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("{error}");
                ExitCode::FAILURE
            }
        };
    }
    let folder = std::env::temp_dir().join(format!("sigap-sweep-{}", uuid::Uuid::new_v4().simple()));
    ended::ended(drive(&arguments, &folder), &folder)
}

fn drive(arguments: &Arguments, folder: &Path) -> Result<Vec<String>, String> {
    let data = folder.join("data");
    fs::create_dir_all(&data).map_err(|e| format!("can't make {}: {e}", data.display()))?;
    let database = match arguments.database.as_str() {
        "sqlite" => format!("sqlite:{}", data.join("sigap.db").display()),
        other => other.to_owned(),
    };
    let settings = folder.join("settings.toml");
    // A single connection: which one a request gets is no matter of chance.
    fs::write(&settings, "database_pool = 1\n").map_err(|e| format!("can't write {}: {e}", settings.display()))?;
    let setup = Setup { data, database, output: folder.join("output.log"), settings };
    let mut sweep = Sweep::begin(setup, arguments.compound)?;
    let steps = if arguments.step.is_empty() { ALL.as_slice() } else { arguments.step.as_slice() };
    let (mut ends, mut again, mut faults) = (0, 0, Vec::new());
    for step in steps {
        let found = sweep.sweep(*step, arguments.stride)?;
        println!(
            "{step:?}: {} events, ended at {}, {} of these whole without an answer, {} ends of the next start, {} faults",
            found.events,
            found.ends,
            found.whole,
            found.again,
            found.faults.len()
        );
        ends += found.ends;
        again += found.again;
        faults.extend(found.faults.into_iter().map(|fault| format!("{step:?}: {fault}")));
    }
    println!("in all {} commands, {ends} ends, {again} ends of a start, {} faults", steps.len(), faults.len());
    Ok(faults)
}
