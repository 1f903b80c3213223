//! `sigap mail …`: is the mail server there, does it take our mails, and what must the domain say about us?

use super::{block_on, console, open, say};
use crate::access::Actor;
use crate::app::{App, Caller};
use crate::error::{Error, Result};
use crate::mail::address::is_official;
use crate::mail::letter::Desk;
use crate::mail::probe;
use crate::mail::transport;
use crate::org::region::{self, Region};
use clap::Subcommand;
use std::path::Path;

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Connect, with TLS and password as set; send a probe; print the DNS records to publish.
    Check {
        /// Code of the region whose desk writes.
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
    let app = open(config)?;
    block_on(check(app, region.clone(), to.clone()))
}

async fn check(app: App, code: String, to: Option<String>) -> Result<()> {
    let regions = app.read(Caller::Known(Actor::anonymous()), console(), |tx| {
        tx.actor = crate::org::actor::console(None);
        region::list(tx)
    });
    let unknown = || Error::start(format!("--region {code}: there is no such region"));
    let region = regions.await?.into_iter().find(|r| r.code == code).ok_or_else(unknown)?;
    if app.config.mail.has_server() {
        let server = transport::server(&app.config.mail)?;
        match server.test_connection().await {
            Ok(true) => say("Server: reached; TLS and password are accepted as set."),
            Ok(false) => return Err(Error::start("the mail server was reached, and does not answer NOOP")),
            Err(e) => return Err(Error::start(format!("the mail server: {}; see docs/troubleshooting.md", told(&e)))),
        }
    } else {
        say("Server: none is set (SIGAP_SMTP_URL); every mail becomes a file in <data_dir>/mail/.");
    }
    if let Some(to) = to {
        send(&app, &region, &to).await?;
        say(&format!(
            "Probe: handed over for {to}. Look whether it arrives, and what its header Authentication-Results says."
        ));
    }
    records(&app, &region);
    Ok(())
}

async fn send(app: &App, region: &Region, to: &str) -> Result<()> {
    if !is_official(to, &[&region.domain, &region.mail_domain]) {
        return Err(Error::start(format!("--to {to}: not an official address of {}; nothing was sent", region.domain)));
    }
    let desk = Desk {
        region: region.id,
        name: region.name.clone(),
        domains: vec![region.domain.clone(), region.mail_domain.clone()],
        mail_domain: region.mail_domain.clone(),
        mailbox: region.desk_mailbox.clone(),
        zone: region.time_zone.clone(),
    };
    let now = app.clock.now();
    let mail = probe::make(&app.mailer, &desk, to, now)?;
    let refused = |why: String| Error::start(format!("the probe was not taken: {why}"));
    app.mailer.send(&mail, now).await.map_err(|failure| refused(failure.why))
}

/// What receivers ask the domain about.
fn records(app: &App, region: &Region) {
    let (domain, selector) = (&region.mail_domain, &app.config.mail.dkim_selector);
    say(&format!("Publish for {domain}, and ask the keeper of the zone to check each:"));
    say(&format!("  SPF    {domain}  TXT  \"v=spf1 mx a:<host of the mail server> -all\""));
    say("         Names who may send for the domain; only one such record.");
    if app.mailer.dkim.domains().any(|d| d == domain) {
        say(&format!("  DKIM   {selector}._domainkey.{domain}  TXT  \"v=DKIM1; k=<rsa or ed25519>; p=<public key>\""));
        say("         The key is in use: publish its public half before anything is sent.");
    } else {
        say(&format!(
            "  DKIM   no key: put keys/dkim/{selector}.{domain}.pem (RSA, PKCS#1) or .ed25519 into the data directory"
        ));
        say("         (chmod 600), unless the mail server signs by itself.");
    }
    say(&format!("  DMARC  _dmarc.{domain}  TXT  \"v=DMARC1; p=quarantine; rua=mailto:postmaster@{domain}\""));
    say("         Begin with p=none, read the reports, then tighten.");
}

fn told(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text = format!("{text}: {inner}");
        cause = inner.source();
    }
    text
}
