//! The `sigap` command: each subcommand is one call into `cli`.

use clap::error::{ContextKind, ErrorKind};
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};
use sigap::cli::{audit, backup, complain, doctor, mail, migrate, openapi, seed, serve, sla, user};
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
    /// The audit log: verify, export, keys, erasure.
    #[command(subcommand)]
    Audit(audit::Command),
    /// Write database and attachments to one file while the service runs.
    Backup(backup::Backup),
    /// Put a backup into an empty place, in quarantine; or release it.
    Restore(backup::Restore),
    /// Look at settings, keys, clock, database, disk, mail, backups and audit log; say what to do.
    Doctor(doctor::Options),
    /// Print the OpenAPI document.
    Openapi,
}

/// Reads the command line. Whoever names no subcommand is told which there are, not handed a page of help.
fn parse() -> Result<Cli, clap::Error> {
    let brief = |command: clap::Command| command.arg_required_else_help(false);
    let command = brief(Cli::command()).mut_subcommands(brief);
    command.try_get_matches().and_then(|matches| Cli::from_arg_matches(&matches))
}

fn main() -> ExitCode {
    sigap::cli::keep_private();
    let cli = match parse() {
        Ok(cli) => cli,
        Err(error) if error.kind() == ErrorKind::MissingSubcommand => {
            let word = |kind| error.get(kind).map(ToString::to_string).unwrap_or_default();
            let (command, known) = (word(ContextKind::InvalidSubcommand), word(ContextKind::ValidSubcommand));
            eprintln!("{command}: name one of {known}; see --help");
            return ExitCode::from(2);
        }
        Err(error) if error.use_stderr() => {
            let text = error.to_string();
            let what = text.split("\n\nUsage").next().unwrap_or_default().trim_start_matches("error: ");
            complain(&format!("{}; see --help", what.replace("\n\nFor more information, try '--help'.", "").trim()));
            return ExitCode::from(2);
        }
        Err(error) => error.exit(),
    };
    let config = cli.config.as_deref();
    let done = |()| 0;
    let result = match cli.command {
        Command::Serve(options) => serve::run(config, &options).map(done),
        Command::Migrate => migrate::run(config).map(done),
        Command::Seed(options) => seed::run(config, &options).map(done),
        Command::User(command) => user::run(config, &command).map(done),
        Command::Sla(command) => sla::run(config, &command).map(done),
        Command::Mail(command) => mail::run(config, &command).map(done),
        Command::Audit(command) => audit::run(config, &command),
        Command::Backup(options) => backup::make(config, &options).map(done),
        Command::Restore(options) => backup::restore(config, &options).map(done),
        Command::Doctor(options) => doctor::run(config, &options),
        Command::Openapi => openapi::run().map(done),
    };
    match result {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            complain(&sigap::cli::told(&error));
            ExitCode::FAILURE
        }
    }
}
