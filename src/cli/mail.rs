//! `sigap mail …`: is the mail server there, does it take our mails, and what must the domain say about us?

use super::{block_on, console, look, region_named, say};
use crate::app::{App, Caller};
use crate::error::{Error, Result};
use crate::mail::address::is_official;
use crate::mail::check::{self, Report};
use crate::mail::mailbox;
use crate::message::Language;
use crate::org::actor;
use clap::Subcommand;
use std::path::Path;

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Connect, with TLS and password as set; send a probe; print the DNS records to publish.
    Check {
        /// Code or ticket prefix of the region whose desk writes.
        #[arg(long)]
        region: String,
        /// Official address that gets a probe.
        #[arg(long)]
        to: Option<String>,
    },
}

/// Runs it.
///
/// # Errors
/// What does not work, and what to do about it.
pub fn run(config: Option<&Path>, command: &Command) -> Result<()> {
    let Command::Check { region, to } = command;
    let app = look(config)?;
    block_on(check(app, region.clone(), to.clone()))
}

async fn check(app: App, code: String, to: Option<String>) -> Result<()> {
    let region = region_named(&app, &code, &[]).await?;
    let mailboxes = app.read(Caller::Known(actor::console(None)), console(), mailbox::all).await?;
    if let Some(to) = to.as_deref().filter(|to| !is_official(to, &[&region.domain, &region.mail_domain])) {
        return Err(Error::start(format!("--to {to}: not an official address of {}; nothing was sent", region.domain)));
    }
    let now = app.clock.now();
    let report = check::check(&app.config, &app.mailer, &region.desk(), to.as_deref(), &mailboxes, now).await?;
    tell(&report)?;
    if report.is_well() { Ok(()) } else { Err(Error::start("mail does not work as set; see docs/troubleshooting.md")) }
}

/// For the operator, in the language of the country.
fn tell(report: &Report) -> Result<()> {
    for step in &report.steps {
        let mark = match step.works {
            Some(true) => "OK   ",
            Some(false) => "GAGAL",
            None => "-    ",
        };
        say(&format!("{mark} {:<5}  {}", step.what, step.found.text(Language::Id)))?;
        if let Some(cause) = &step.cause {
            say(&format!("              {cause}"))?;
        }
    }
    say("")?;
    for record in &report.records {
        let value = record.value.as_ref().map_or_else(|| "-".to_owned(), |value| format!("\"{value}\""));
        say(&format!("{:<5}  {}  TXT  {value}", record.kind, record.name))?;
        say(&format!("       {}", record.about.text(Language::Id)))?;
    }
    Ok(())
}
