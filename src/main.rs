//! The `sigap` command: each subcommand is one call into `cli`.

use clap::{Parser, Subcommand};
use sigap::cli::{mail, migrate, openapi, seed, serve, sla, user};
use std::path::PathBuf;
use std::process::ExitCode;

/// Service desk of a regional government, in two tiers.
#[derive(Parser)]
#[command(version, about)]
struct Cli {
    /// File with settings that override the shipped ones.
    #[arg(long, global = true)]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Answer requests until told to stop (SIGTERM, Ctrl-C).
    Serve(serve::Options),
    /// Bring the database to this program's schema.
    Migrate,
    /// Fill a demo database with many tickets.
    Seed(seed::Options),
    /// Keep people from the command line: list, password link, keys.
    #[command(subcommand)]
    User(user::Command),
    /// Keep clocks from the command line: compare what is stored with what follows from the facts.
    #[command(subcommand)]
    Sla(sla::Command),
    /// Outgoing mail: try the server, send a probe, say what to publish.
    #[command(subcommand)]
    Mail(mail::Command),
    /// Print the OpenAPI document.
    Openapi,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let config = cli.config.as_deref();
    let result = match cli.command {
        Command::Serve(options) => serve::run(config, &options),
        Command::Migrate => migrate::run(config),
        Command::Seed(options) => seed::run(config, &options),
        Command::User(command) => user::run(config, &command),
        Command::Sla(command) => sla::run(config, &command),
        Command::Mail(command) => mail::run(config, &command),
        Command::Openapi => openapi::run(),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("sigap: {error}");
            ExitCode::FAILURE
        }
    }
}
