//! Kills and freezes nodes while thousands of levels of clocks fall due, and looks afterwards in the database for one
//! that was told twice, never, or early.
//!
//! ```sh
//! cargo build --release
//! cargo run --release --example timers -- --binary target/release/sigap --nodes 3 --levels 5000 \
//!     --database postgres://postgres@localhost/postgres
//! ```
//!
//! It opens tickets whose levels are reached one after the other in a minute that is still to come ([`seed`]), starts
//! the nodes ([`node`]), kills one every few seconds, freezes one, and at the end holds what was told against what it
//! had planned ([`check`]). `--plant` spoils what was read before the check, which must then fail. Exits with 1 if
//! anything is wrong, or if a level waited for more than `--most-seconds` while at least one node ran.

mod check;
#[path = "../support/ended.rs"]
mod ended;
mod node;
mod seed;

use check::Plant;
use clap::Parser;
use node::{Node, Setup, Uptime};
use sigap::app::App;
use sigap::clock::Clock;
use sigap::config::Config;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::thread;
use std::time::{Duration, Instant};

/// Kills and freezes nodes while clocks run out, and checks that each level was told once.
#[derive(Debug, Parser)]
struct Arguments {
    /// The `sigap` binary.
    #[arg(long, default_value = "target/release/sigap")]
    binary: PathBuf,
    /// Nodes on one database; SQLite takes one.
    #[arg(long, default_value_t = 3)]
    nodes: usize,
    /// Levels that fall due.
    #[arg(long, default_value_t = 5000)]
    levels: usize,
    /// Over so many seconds.
    #[arg(long, default_value_t = 75)]
    run_seconds: u64,
    /// A node is killed so often; 0: never.
    #[arg(long, default_value_t = 5)]
    kill_seconds: u64,
    /// A node is frozen for so long; 0: none is.
    #[arg(long, default_value_t = 60)]
    freeze_seconds: u64,
    /// `sqlite`, or a `postgres://` address.
    #[arg(long, default_value = "sqlite")]
    database: String,
    /// Seconds that a level may wait while a node runs.
    #[arg(long, default_value_t = 2.0)]
    most_seconds: f64,
    /// Spoils what was told before it is checked.
    #[arg(long, value_enum)]
    plant: Option<Plant>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let folder = std::env::temp_dir().join(format!("sigap-timers-{}", uuid::Uuid::new_v4().simple()));
    ended::ended(run(&arguments, &folder), &folder)
}

fn run(arguments: &Arguments, folder: &Path) -> Result<Vec<String>, String> {
    if arguments.nodes == 0 || (arguments.database == "sqlite" && arguments.nodes != 1) {
        return Err("--nodes: at least one; SQLite takes exactly one".into());
    }
    let data = folder.join("data");
    fs::create_dir_all(&data).map_err(|e| format!("can't make {}: {e}", data.display()))?;
    let database = match arguments.database.as_str() {
        "sqlite" => format!("sqlite:{}", data.join("sigap.db").display()),
        other => other.to_owned(),
    };
    let text = format!("database_url = {database:?}\ndata_dir = {:?}\n", data.display().to_string());
    let config = Config::from_parts(Some(&text), []).map_err(|e| e.to_string())?;
    let runtime = tokio::runtime::Runtime::new().map_err(|e| e.to_string())?;
    let app = App::open(config.clone(), Clock::System, None).map_err(|e| e.to_string())?;
    let planned = runtime.block_on(seed::plan(&app, arguments.levels, Duration::from_secs(arguments.run_seconds)))?;
    // The file is the nodes' alone while they run.
    drop(app);
    let setup = Setup { binary: arguments.binary.clone(), data, database, output: folder.join("output.log") };
    let uptime = drive(arguments, &setup, &planned)?;
    let app = App::open(config, Clock::System, None).map_err(|e| e.to_string())?;
    runtime.block_on(check::check(&app, &planned, &uptime, arguments.most_seconds, arguments.plant))
}

/// Lets the nodes live through the planned levels; when each of them ran.
fn drive(arguments: &Arguments, setup: &Setup, planned: &seed::Planned) -> Result<Uptime, String> {
    let mut uptime = Uptime::default();
    let mut nodes = Vec::new();
    for _ in 0..arguments.nodes {
        nodes.push(Node::start(setup, &mut uptime)?);
    }
    println!("{} nodes are ready; the first level is due in {} s", nodes.len(), planned.seconds_to_first());
    while planned.seconds_to_first() > 0 {
        thread::sleep(Duration::from_millis(50));
    }
    let begun = Instant::now();
    let freeze_at = Duration::from_secs(arguments.run_seconds / 10);
    let (freeze, kill) = (Duration::from_secs(arguments.freeze_seconds), Duration::from_secs(arguments.kill_seconds));
    let (mut next_kill, mut kills) = (kill, 0_usize);
    // Whoever is frozen stands aside and is not killed.
    let mut frozen: Option<(Node, Duration)> = None;
    let mut has_frozen = freeze.is_zero() || nodes.len() < 2;
    while !planned.is_over() {
        thread::sleep(Duration::from_millis(20));
        let now = begun.elapsed();
        if !has_frozen && now >= freeze_at {
            has_frozen = true;
            if let Some(mut node) = nodes.pop() {
                node.freeze(&mut uptime)?;
                println!("{:>5.1} s: a node is frozen", now.as_secs_f64());
                frozen = Some((node, now + freeze));
            }
        }
        if let Some((mut node, _)) = frozen.take_if(|(_, end)| now >= *end) {
            node.thaw(&mut uptime)?;
            println!("{:>5.1} s: it goes on", now.as_secs_f64());
            nodes.push(node);
        }
        if !kill.is_zero() && now >= next_kill {
            next_kill += kill;
            // The one that has lived longest; its successor goes to the end.
            nodes.remove(0).kill(&mut uptime)?;
            nodes.push(Node::start(setup, &mut uptime)?);
            kills += 1;
        }
    }
    if let Some((mut node, _)) = frozen {
        node.thaw(&mut uptime)?;
        nodes.push(node);
    }
    // What was due last must be told as fast as all the rest.
    thread::sleep(Duration::from_secs(4));
    println!("{kills} kills");
    for node in nodes {
        node.kill(&mut uptime)?;
    }
    Ok(uptime)
}
