//! `sigap backup FILE` and `sigap restore FILE`.

use super::{block_on, change, look, say};
use crate::access::Tx;
use crate::age::Identity;
use crate::app::Caller;
use crate::backup::restore::{self, Held, Released, Source};
use crate::backup::{self};
use crate::clock::Clock;
use crate::config::Config;
use crate::db::Ts;
use crate::error::{Error, Result};
use crate::org::actor::console;
use crate::org::link;
use clap::Args;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Options of `backup`.
#[derive(Debug, Args)]
pub struct Backup {
    /// Where to; the path appears only once the backup is whole and durable.
    file: PathBuf,
}

/// Makes a backup while the service runs.
///
/// # Errors
/// What stands in the way.
pub fn make(config: Option<&Path>, options: &Backup) -> Result<()> {
    let app = look(config)?;
    block_on(async move {
        let manifest = backup::make(&app, &options.file).await?;
        let bytes: u64 = manifest.members.values().map(|member| member.size).sum();
        say(&format!(
            "{}: {} members, {bytes} bytes, of {}, sealed by the key {}, {}",
            options.file.display(),
            manifest.members.len(),
            manifest.made_at,
            backup::fingerprint(&app)?,
            match app.config.backup.recipients()?.len() {
                0 => "not encrypted".to_owned(),
                n => format!("encrypted to {n} recipients"),
            }
        ))?;
        tell_damage(backup::damage(&manifest).as_deref())
    })
}

/// Options of `restore`.
#[derive(Debug, Args)]
pub struct Restore {
    /// The backup.
    #[arg(required_unless_present = "release", conflicts_with = "release")]
    file: Option<PathBuf>,
    /// Fingerprint of the key that must have sealed it, as `sigap backup` prints it.
    #[arg(long)]
    key: Option<String>,
    /// File with the private key (of age-keygen) that opens an encrypted backup.
    #[arg(long, conflicts_with = "release")]
    identity: Option<PathBuf>,
    /// Bundle of `sigap audit export` that was made after the backup: whoever lost his account, a role or his way in since
    /// does not get it back. One for each log.
    #[arg(long, value_name = "BUNDLE", conflicts_with = "release")]
    newer_audit: Vec<PathBuf>,
    /// End the quarantine of a copy that was restored: mails go out and clocks fire again.
    #[arg(long)]
    release: bool,
    /// With --release: what becomes of the mails that were held.
    #[arg(long, requires = "release")]
    mails: Option<Held>,
}

/// Puts a backup into an empty data directory and database, or ends the quarantine.
///
/// # Errors
/// What stands in the way.
pub fn restore(config: Option<&Path>, options: &Restore) -> Result<()> {
    let Some(file) = &options.file else {
        let app = change(config)?;
        return block_on(async move {
            let due = restore::due(&app).await?;
            let Released { mails, numbers } = restore::release(&app, options.mails).await?;
            tell_due(&due)?;
            say(&format!("Released. {mails} mails were held."))?;
            tell_numbers(&numbers)?;
            let missing = |tx: &mut Tx<'_>| link::missing(tx, None);
            tell_missing(app.read(Caller::Known(console(None)), super::console(), missing).await?.len())
        });
    };
    let config = super::settings(config)?;
    crate::telemetry::log(config.log, "warn")?;
    let identities = options.identity.as_deref().map(identities).transpose()?.unwrap_or_default();
    let newer = &options.newer_audit;
    let from = Source { file, fingerprint: options.key.as_deref(), identities: &identities, newer };
    let done = block_on(restore::restore(config, Clock::System, from))?;
    say(&format!("Restored to {}: {} attachments; sealed by the key {}.", done.made_at, done.files, done.fingerprint))?;
    tell_damage(done.damage.as_deref())?;
    for (log, found) in &done.logs {
        say(&format!("  audit log {log}: {} entries, root {}", found.entries, found.root))?;
    }
    for person in &done.people {
        say(&format!("  {person}"))?;
    }
    if !done.unheard.is_empty() {
        say(&format!(
            "Whoever was dismissed or changed his password since has his account back as it was, where no newer bundle of \
             the audit log tells of it by --newer-audit: look at each of {}.",
            done.unheard.join(", ")
        ))?;
    }
    tell_due(&done.due)?;
    tell_numbers(&done.numbers)?;
    say(
        "Put `keys/vault`, `keys/mail` and `keys/dkim` back from the copy of `keys` before it starts: no backup holds them, and \
         without keys/vault every code of a second factor is answered 500.",
    )?;
    say(&format!(
        "In quarantine: {} mails are held, {} sessions were ended, no clock fires. \
         Look at it, then run `sigap restore --release`.",
        done.mails, done.sessions
    ))?;
    Ok(())
}

fn tell_damage(damage: Option<&str>) -> Result<()> {
    damage.map_or(Ok(()), |damage| say(&format!("DAMAGED: {damage}.")))
}

/// The restore has ended every link, also those in mails that were held: they are not sent.
fn tell_missing(people: usize) -> Result<()> {
    if people == 0 {
        return Ok(());
    }
    say(&format!(
        "{people} people have neither a password nor a link that works: `sigap user mail-links` mails a link to each."
    ))
}

fn tell_numbers(numbers: &[String]) -> Result<()> {
    if numbers.is_empty() {
        return Ok(());
    }
    say(&format!(
        "Numbers that tickets may have got meanwhile are given to no other. The next are {}.",
        numbers.join(", ")
    ))
}

fn tell_due(due: &[(String, Ts)]) -> Result<()> {
    let Some((_, first)) = due.first() else { return Ok(()) };
    let numbers: BTreeSet<&str> = due.iter().map(|(number, _)| number.as_str()).collect();
    let numbers = numbers.into_iter().collect::<Vec<_>>().join(", ");
    say(&format!("Due since {first}, told once after the release: {numbers}."))
}

fn identities(file: &Path) -> Result<Vec<Identity>> {
    let failed = |e: &dyn std::fmt::Display| Error::start(format!("--identity {}: {e}", file.display()));
    let text = std::fs::read_to_string(file).map_err(|e| failed(&e))?;
    Identity::list(&text).ok_or_else(|| failed(&"holds no private key of age (AGE-SECRET-KEY-1…)"))
}

/// Nothing is served from what was put back by half.
///
/// # Errors
/// [`Error::Start`] that says what to do.
pub fn refuse_half(config: &Config) -> Result<()> {
    restore::refuse_half(&config.data_dir).map_err(|e| Error::start(e.to_string()))
}
