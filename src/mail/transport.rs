//! Ways out: a mail server, a folder of files where there is none, and a list for tests.

use super::authority;
use super::claim::Claimed;
use crate::config;
use crate::db::{Id, Ts};
use crate::error::{Error, Result};
use chrono::NaiveDateTime;
use lettre::address::Envelope;
use lettre::transport::smtp::AsyncSmtpTransportBuilder;
use lettre::transport::smtp::authentication::Mechanism;
use lettre::transport::smtp::client::{Certificate, CertificateStore, Tls, TlsParameters};
use lettre::transport::smtp::{self, PoolConfig};
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use secrecy::ExposeSecret;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use url::Url;

/// A connection to a mail server.
pub type Smtp = AsyncSmtpTransport<Tokio1Executor>;

/// Answers about the session, not about the mail: they say nothing of the next mail's fate.
const SESSION: [u16; 8] = [421, 454, 500, 502, 503, 530, 534, 535];

/// A mailbox that is full, by the answer (RFC 5321, 4.2.3) or by its enhanced code (RFC 3463): somebody will empty it.
const FULL: u16 = 552;
const FULL_MAILBOX: &str = "5.2.2";

/// Why a mail was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Trying again is no use.
    pub lasting: bool,
    /// The server answered, about this mail.
    pub reached: bool,
    /// For the administrator; never a secret.
    pub why: String,
}

/// A mail server: what makes lines to it, and those that stand open and are free. Each is one mail's until that was answered,
/// and is kept only then: on one that was given up in the middle the answer may still come, and would be taken for that
/// of the next mail (R8).
pub struct Server {
    builder: AsyncSmtpTransportBuilder,
    free: Mutex<Vec<Smtp>>,
}

impl Server {
    fn free(&self) -> MutexGuard<'_, Vec<Smtp>> {
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn send(&self, mail: &Claimed, limit: Duration) -> std::result::Result<(), Failure> {
        let open = self.free().pop();
        let line = open.unwrap_or_else(|| self.builder.clone().build());
        let Ok(outcome) = tokio::time::timeout(limit, deliver(&line, mail)).await else {
            return Err(unreached("the mail server did not answer in time".into()));
        };
        self.free().push(line);
        outcome
    }
}

/// Where mails go.
pub enum Transport {
    /// A mail server.
    Server(Box<Server>),
    /// A folder.
    Folder(PathBuf),
    /// A list.
    Captured(Arc<Mutex<Vec<Claimed>>>),
}

impl Transport {
    /// As the settings say.
    ///
    /// # Errors
    /// [`Error::Start`] for a certificate file that can't be read.
    pub fn open(settings: &config::Mail, folder: PathBuf) -> Result<Self> {
        if !settings.has_server() {
            return Ok(Self::Folder(folder));
        }
        Ok(Self::Server(Box::new(Server { builder: builder(settings)?, free: Mutex::default() })))
    }

    /// Hands a mail over.
    ///
    /// # Errors
    /// Why it was not taken.
    pub async fn send(&self, mail: &Claimed, limit: Duration) -> std::result::Result<(), Failure> {
        match self {
            Self::Server(server) => server.send(mail, limit).await,
            Self::Folder(folder) => {
                let (folder, mail) = (folder.clone(), mail.clone());
                let written = tokio::task::spawn_blocking(move || file(&folder, &mail)).await;
                written.unwrap_or_else(|e| Err(std::io::Error::other(e))).map_err(|e| unreached(format!("folder: {e}")))
            }
            Self::Captured(list) => {
                list.lock().unwrap_or_else(PoisonError::into_inner).push(mail.clone());
                Ok(())
            }
        }
    }
}

fn unreached(why: String) -> Failure {
    Failure { lasting: false, reached: false, why }
}

/// A line to the mail server of the settings. Needs a runtime: it has a task of its own, which ends it when it was idle.
///
/// # Errors
/// [`Error::Start`] for an address or a certificate file that can't be read; never with the password.
pub fn server(settings: &config::Mail) -> Result<Smtp> {
    Ok(builder(settings)?.build())
}

fn builder(settings: &config::Mail) -> Result<AsyncSmtpTransportBuilder> {
    let refused = |why: &str| Error::start(format!("setting mail.smtp_url (SIGAP_SMTP_URL): {why}"));
    let text = settings.smtp_url.expose_secret();
    let url = Url::parse(text).map_err(|_| refused("not readable"))?;
    let host = url.host_str().ok_or_else(|| refused("name a host"))?;
    let mut builder = Smtp::from_url(text).map_err(|_| refused("not readable"))?;
    let tls = || -> Result<TlsParameters> {
        let mut parameters = TlsParameters::builder(host.to_owned());
        let mut trusted = authority::own("mail.ca_file", &settings.ca_file)?;
        if trusted.is_empty() {
            trusted = authority::of_system(authority::bundle());
        } else {
            parameters = parameters.certificate_store(CertificateStore::None);
        }
        let told = |e| Error::start(format!("TLS towards the mail server: {e}"));
        for certificate in trusted {
            parameters = parameters.add_root_certificate(Certificate::from_der(certificate.to_vec()).map_err(told)?);
        }
        parameters.build().map_err(told)
    };
    builder = match (url.scheme(), url.query()) {
        ("smtps", _) => builder.tls(Tls::Wrapper(tls()?)),
        (_, Some(_)) => builder.tls(Tls::Required(tls()?)),
        _ => builder.tls(Tls::None),
    };
    Ok(builder
        .authentication(vec![Mechanism::Plain, Mechanism::Login])
        .timeout(Some(Duration::from_secs(settings.timeout_seconds)))
        .pool_config(PoolConfig::new().max_size(1).idle_timeout(Duration::from_secs(30))))
}

async fn deliver(smtp: &Smtp, mail: &Claimed) -> std::result::Result<(), Failure> {
    let none = |e: &dyn std::fmt::Display| Failure { lasting: true, reached: true, why: e.to_string() };
    let from = mail.from.parse().map_err(|e: lettre::address::AddressError| none(&e))?;
    let to = mail.to.parse().map_err(|e: lettre::address::AddressError| none(&e))?;
    let envelope = Envelope::new(Some(from), vec![to]).map_err(|e| none(&e))?;
    let Err(error) = smtp.send_raw(&envelope, &mail.bytes).await else { return Ok(()) };
    let failure = judged(&error);
    // A refusal may be the server's of everybody (a closed door, a lost account): then this mail is not to blame.
    if failure.lasting && !smtp.test_connection().await.unwrap_or(false) {
        return Err(Failure { lasting: false, reached: false, ..failure });
    }
    Err(failure)
}

fn judged(error: &smtp::Error) -> Failure {
    let code = error.status().map(u16::from);
    let about_mail = code.is_some_and(|code| !SESSION.contains(&code));
    let why: String = super::address::line(&told(error)).chars().take(500).collect();
    let full = code == Some(FULL) || why.split(' ').any(|word| word == FULL_MAILBOX);
    Failure { lasting: error.is_permanent() && about_mail && !full, reached: about_mail, why }
}

/// The error with its causes.
pub(super) fn told(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let more = inner.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        cause = inner.source();
    }
    text
}

/// When a mail was owed that stands in such a file; none of what is none.
fn owed_at(path: &Path) -> Option<Ts> {
    let name = path.file_name()?.to_str()?;
    let name = name.strip_suffix(".eml").or_else(|| name.strip_prefix('.')?.strip_suffix(".tmp"))?;
    let (stamp, id) = name.split_once("Z-")?;
    id.parse::<Id>().ok()?;
    NaiveDateTime::parse_from_str(stamp, "%Y%m%dT%H%M%S%.6f").ok().map(|at| Ts::new(at.and_utc()))
}

/// Removes the mails of a folder that were owed before this time; says how many. Whatever else lies there stays.
///
/// # Errors
/// If the folder can't be read, or one of them not be removed; one that is not there is empty.
pub fn forget(folder: &Path, before: Ts) -> std::io::Result<usize> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(0),
        Err(e) => return Err(e),
    };
    let mut gone = 0;
    for entry in entries {
        let path = entry?.path();
        if owed_at(&path).is_some_and(|at| at < before) {
            match std::fs::remove_file(&path) {
                Ok(()) => gone += 1,
                // Another node was first.
                Err(e) if e.kind() == ErrorKind::NotFound => {}
                Err(e) => return Err(e),
            }
        }
    }
    Ok(gone)
}

/// Writes a file that is whole or not there; the same mail again has the same name. Nobody but the service reads it: it may
/// hold a one-time link.
fn file(folder: &Path, mail: &Claimed) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    let name = format!("{}-{}", mail.created_at.utc().format("%Y%m%dT%H%M%S%.6fZ"), mail.id);
    let temporary = folder.join(format!(".{name}.tmp"));
    let mut out = std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&temporary)?;
    out.write_all(&mail.bytes)?;
    out.sync_all()?;
    std::fs::rename(&temporary, folder.join(format!("{name}.eml")))?;
    std::fs::File::open(folder)?.sync_all()
}
