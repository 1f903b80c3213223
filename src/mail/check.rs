//! Is everything there that mail needs: server, TLS, password, mailboxes; and what must the domain publish about us?
//! What is wrong is said with what to do about it. No password is ever part of it.

use super::letter::Desk;
use super::{Mailer, line, mailbox, probe, transport};
use crate::config::{Config, Place};
use crate::db::Ts;
use crate::error::Result;
use crate::message::Say;
use crate::say;
use std::time::Duration;

/// What was tried.
#[derive(Debug)]
pub struct Step {
    /// `smtp`, `probe` or `imap`.
    pub what: &'static str,
    /// It works; none if there was nothing to try.
    pub works: Option<bool>,
    /// What was found, and what to do.
    pub found: Say,
    /// What the other side, or the library, said.
    pub cause: Option<String>,
}

/// A DNS record to publish.
#[derive(Debug)]
pub struct Record {
    /// `SPF`, `DKIM` or `DMARC`.
    pub kind: &'static str,
    /// Its name.
    pub name: String,
    /// Its text; none if there is no key to publish.
    pub value: Option<String>,
    /// What it is for.
    pub about: Say,
}

/// What a check found.
#[derive(Debug)]
pub struct Report {
    /// What was tried, in this order.
    pub steps: Vec<Step>,
    /// What the domain must publish.
    pub records: Vec<Record>,
}

impl Report {
    /// `true` if nothing that was tried failed.
    #[must_use]
    pub fn is_well(&self) -> bool {
        self.steps.iter().all(|step| step.works != Some(false))
    }
}

/// Looks at everything; `to` gets a probe. `mailboxes` are the rows of those that were read before.
///
/// # Errors
/// A setting that can't be read.
pub async fn check(
    config: &Config,
    mailer: &Mailer,
    desk: &Desk,
    to: Option<&str>,
    mailboxes: &[mailbox::Mailbox],
    now: Ts,
) -> Result<Report> {
    let server = server(config).await?;
    let (reached, is_there) = (server.works != Some(false), server.works.is_some());
    let mut steps = vec![server];
    if let Some(to) = to.filter(|_| reached) {
        let sent = sent(mailer, desk, to, now).await?;
        // Without a server nothing is sent, and nobody need look for it.
        let kept = || step("probe", None, say!("mail.check.probe_kept"), None);
        steps.push(if is_there || sent.works == Some(false) { sent } else { kept() });
    }
    let trust = line::authorities(&config.imap.ca_file)?;
    let limit = Duration::from_secs(config.imap.timeout_seconds);
    let ours = |place: &Place| place.desk.eq_ignore_ascii_case(&desk.mailbox);
    let places: Vec<Place> = config.imap.places()?.into_iter().filter(ours).collect();
    if places.is_empty() {
        steps.push(step("imap", None, say!("mail.check.imap_none"), None));
    }
    for place in places {
        let outcome = line::open(&place, &trust, limit).await;
        let before = mailboxes.iter().find(|row| row.name == place.desk);
        steps.push(read(&place, outcome.err(), before));
    }
    Ok(Report { steps, records: records(config, mailer, desk) })
}

fn step(what: &'static str, works: Option<bool>, found: Say, cause: Option<String>) -> Step {
    Step { what, works, found, cause }
}

async fn server(config: &Config) -> Result<Step> {
    if !config.mail.has_server() {
        return Ok(step("smtp", None, say!("mail.check.smtp_none"), None));
    }
    let (line, seconds) = (transport::server(&config.mail)?, config.mail.timeout_seconds);
    // The library waits without end for whoever takes the line and says nothing.
    Ok(match tokio::time::timeout(Duration::from_secs(seconds), line.test_connection()).await {
        Ok(Ok(true)) => step("smtp", Some(true), say!("mail.check.smtp_ok"), None),
        Ok(Ok(false)) => step("smtp", Some(false), say!("mail.check.refused"), None),
        Ok(Err(e)) => failed("smtp", transport::told(&e)),
        Err(_) => failed("smtp", format!("connection: no answer within {seconds} s")),
    })
}

async fn sent(mailer: &Mailer, desk: &Desk, to: &str, now: Ts) -> Result<Step> {
    let mail = probe::make(mailer, desk, to, now)?;
    Ok(match mailer.send(&mail, now).await {
        Ok(()) => step("probe", Some(true), say!("mail.check.probe_ok", to = to), None),
        Err(failure) => failed("probe", failure.why),
    })
}

fn read(place: &Place, wrong: Option<String>, before: Option<&mailbox::Mailbox>) -> Step {
    match (wrong, before.and_then(|row| row.fetched_at)) {
        (Some(why), _) => failed("imap", why),
        (None, None) => step("imap", Some(true), say!("mail.check.imap_ok", mailbox = place.desk), None),
        (None, Some(at)) => step("imap", Some(true), say!("mail.check.imap_read", mailbox = place.desk, at = at), None),
    }
}

/// What is most likely wrong, told from what the libraries say.
fn failed(what: &'static str, cause: String) -> Step {
    let said = cause.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| said.contains(word));
    let found = if has(&["certificate", "unknownissuer", "notvalidforname"]) {
        say!("mail.check.certificate")
    } else if has(&["535", "534", "530", "authentication", "sign-in", "credentials"]) {
        say!("mail.check.password")
    } else if has(&["starttls", "tls", "corrupt message"]) {
        say!("mail.check.tls")
    } else if has(&["refused", "timed out", "no answer", "lookup", "resolve", "unreachable", "did not answer"]) {
        say!("mail.check.unreachable")
    } else {
        say!("mail.check.refused")
    };
    step(what, Some(false), found, Some(cause))
}

fn records(config: &Config, mailer: &Mailer, desk: &Desk) -> Vec<Record> {
    let (domain, selector) = (&desk.mail_domain, &config.mail.dkim_selector);
    let key = mailer.dkim.record(domain).map(str::to_owned);
    let about = match key {
        Some(_) => say!("mail.check.dkim"),
        None => say!("mail.check.dkim_none", file = format!("keys/dkim/{selector}.{domain}")),
    };
    vec![
        Record {
            kind: "SPF",
            name: domain.clone(),
            value: Some("v=spf1 mx -all".to_owned()),
            about: say!("mail.check.spf", domain = domain),
        },
        Record { kind: "DKIM", name: format!("{selector}._domainkey.{domain}"), value: key, about },
        Record {
            kind: "DMARC",
            name: format!("_dmarc.{domain}"),
            value: Some(format!("v=DMARC1; p=none; rua=mailto:postmaster@{domain}")),
            about: say!("mail.check.dmarc"),
        },
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_libraries_say_is_told_as_what_to_do() {
        let key = |cause: &str| failed("smtp", cause.to_owned()).found.key;
        assert_eq!(key("Connection error: invalid peer certificate: UnknownIssuer"), "mail.check.certificate");
        assert_eq!(key("permanent error (535): 5.7.8 Authentication credentials invalid"), "mail.check.password");
        assert_eq!(key("sign-in: no response: [AUTHENTICATIONFAILED] Authentication failed."), "mail.check.password");
        assert_eq!(key("Connection error: STARTTLS is not supported on this server"), "mail.check.tls");
        assert_eq!(key("Connection error: Connection refused (os error 111)"), "mail.check.unreachable");
        assert_eq!(key("connection: no answer within 20 s"), "mail.check.unreachable");
        assert_eq!(key("permanent error (550): no such user"), "mail.check.refused");
    }
}
