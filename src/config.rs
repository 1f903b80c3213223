//! Settings: shipped defaults, then the file of `--config`, then the environment. The only reader of `std::env`.

mod backup;
pub mod bounds;
mod imap;
mod inbox;
mod line;
mod mail;

use crate::durable;
use crate::error::{Error, Result};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::LevelFilter;
use url::Url;

pub use backup::Backup;
pub use imap::{After, Imap, Place};
pub use inbox::Inbox;
pub use line::Encryption;
pub use mail::Mail;

const DEFAULT: &str = include_str!("../config/default.toml");

/// Environment variables and the setting each one overrides.
const VARIABLES: &[(&str, &str)] = &[
    ("SIGAP_BIND", "bind"),
    ("SIGAP_DATABASE_URL", "database_url"),
    ("SIGAP_DATA_DIR", "data_dir"),
    ("SIGAP_PUBLIC_URL", "public_url"),
    ("SIGAP_LOG", "log"),
    ("SIGAP_RATE_LIMIT", "rate_limit"),
    ("SIGAP_SMTP_URL", "mail.smtp_url"),
    ("SIGAP_IMAP_URL", "imap.url"),
];

/// What to write where the library says of a value only that it can't be read.
const FORMS: &[(&str, &str)] = &[
    ("bind", "write ADDRESS:PORT, such as 127.0.0.1:8080, or 0.0.0.0:8080 for every address of this machine"),
    ("rate_limit", "write a number of requests a minute in quotes, such as \"600\", or \"off\""),
    ("metrics", "write one of loopback, off, public"),
    ("log", "write json or text"),
    ("trusted_proxies", "write a list of addresses, such as [\"10.0.0.5\"]; ranges such as 10.0.0.0/8 are not taken"),
];

/// Names of numbers that are whole, as the library says them.
const WHOLE: [&str; 5] = ["usize", "u64", "u32", "i64", "i32"];

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// One JSON object a line.
    Json,
    /// For people.
    Text,
}

/// Who may read `/metrics`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MetricsAccess {
    /// Callers on this machine that come through no proxy.
    Loopback,
    /// Nobody.
    Off,
    /// Everybody.
    Public,
}

/// All settings.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Address and port to listen on.
    pub bind: SocketAddr,
    database_url: SecretString,
    /// Folder of everything that is not in the database: keys, attachments, the SQLite file.
    pub data_dir: PathBuf,
    /// How people reach the service; no slash at the end.
    pub public_url: String,
    /// Log format.
    pub log: LogFormat,
    /// `tracing` filter.
    pub log_filter: String,
    rate_limit: String,
    /// Who may read `/metrics`.
    pub metrics: MetricsAccess,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpAddr>,
    /// Who is told of security holes (RFC 9116): `mailto:…` or `https://…`; empty: `/.well-known/security.txt` is not there.
    pub security_contact: String,
    /// HTTP worker threads; 0: one per core.
    pub workers: usize,
    /// Connections to PostgreSQL at most.
    pub database_pool: u32,
    /// Seconds that a statement of PostgreSQL may take; five more without a word, and it is given up.
    pub database_seconds: u32,
    /// Connect to PostgreSQL on another machine without asking for its certificate.
    pub database_server_unverified: bool,
    /// Signing in.
    pub sign_in: SignIn,
    /// Sizes.
    pub limits: Limits,
    /// Scheduled backups.
    pub backup: Backup,
    /// Mailboxes that are read.
    pub imap: Imap,
    /// Incoming mail.
    pub inbox: Inbox,
    /// Outgoing mail.
    pub mail: Mail,
}

/// Lifetimes and limits of signing in; times in seconds.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignIn {
    /// Life of an access token.
    pub access_seconds: i64,
    /// Life of a refresh token.
    pub refresh_seconds: i64,
    /// Life of a session, however often it is refreshed.
    pub session_seconds: i64,
    /// Life of a one-time link.
    pub link_seconds: i64,
    /// Wrong passwords for one login before a pause.
    pub login_failures: i32,
    /// Wrong passwords from one address before a pause.
    pub address_failures: i32,
    /// First pause; it doubles with every further failure.
    pub pause_seconds: i64,
    /// Roles that need a second factor (BSSN 4/2021, a).
    pub second_factor_for: Vec<String>,
    /// Argon2id memory in KiB.
    pub argon2_memory_kib: u32,
    /// Argon2id passes.
    pub argon2_passes: u32,
    /// Hashes computed at once; further sign-ins wait.
    pub hashes_at_once: usize,
}

/// Sizes in bytes unless said otherwise.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// A JSON body.
    pub body_bytes: usize,
    /// A CSV import.
    pub import_bytes: usize,
    /// One attachment.
    pub attachment_bytes: usize,
    /// Attachments of one ticket.
    pub attachments_per_ticket: i64,
    /// Attachments that a person may send within a day.
    pub attachments_per_person_day: i64,
    /// What they may weigh together.
    pub attachment_bytes_per_person_day: i64,
    /// Seconds for a request to arrive.
    pub request_seconds: u64,
}

impl Config {
    /// The folder of the keys of one kind.
    #[must_use]
    pub fn keys(&self, kind: &str) -> PathBuf {
        self.data_dir.join("keys").join(kind)
    }

    /// Reads the defaults, `file` and the process's environment.
    ///
    /// # Errors
    /// [`Error::Start`] that names the setting.
    #[expect(clippy::disallowed_methods, reason = "the one place that may read the environment")]
    pub fn load(file: Option<&Path>) -> Result<Self> {
        let variables = std::env::vars_os().filter_map(|(name, value)| {
            let name = name.into_string().ok().filter(|name| name.starts_with("SIGAP_"))?;
            Some((name, value.to_string_lossy().into_owned()))
        });
        let Some(path) = file else { return Self::from_parts(None, variables) };
        let name = format!("settings file {}", path.display());
        let text = std::fs::read_to_string(path)
            .map_err(|e| Error::start(format!("{name}: {e}; name another by --config")))?;
        Self::of(Some((&name, &text)), variables)
    }

    /// As [`Config::load`], from a text and a list of variables.
    ///
    /// # Errors
    /// [`Error::Start`] that names the setting.
    pub fn from_parts(file: Option<&str>, variables: impl IntoIterator<Item = (String, String)>) -> Result<Self> {
        Self::of(file.map(|text| ("settings file", text)), variables)
    }

    fn of(file: Option<(&str, &str)>, variables: impl IntoIterator<Item = (String, String)>) -> Result<Self> {
        let mut table = parse("config/default.toml", DEFAULT, &toml::Table::new())?;
        if let Some((name, text)) = file {
            let over = parse(name, text, &table)?;
            merge(&mut table, over);
        }
        for (name, value) in variables {
            // A space at the end of a line in an environment file is invisible and never meant.
            let value = value.trim().to_owned();
            match VARIABLES.iter().find(|(variable, _)| *variable == name) {
                Some((_, setting)) => place(&mut table, setting, toml::Value::String(value)),
                None => {
                    return Err(Error::start(format!("{name}: unknown setting; see docs/installation.md")));
                }
            }
        }
        bounds::check(&table)?;
        let config: Self = serde_path_to_error::deserialize(toml::Value::Table(table)).map_err(|e| {
            let setting = e.path().to_string();
            let variable =
                VARIABLES.iter().find(|(_, s)| *s == setting).map_or(String::new(), |(v, _)| format!(" ({v})"));
            let form = FORMS.iter().find(|(name, _)| setting.split('[').next() == Some(name));
            let wrong = form.map_or_else(|| in_words(e.into_inner().message()), |(_, form)| (*form).to_owned());
            Error::start(format!("setting {setting}{variable}: {wrong}"))
        })?;
        config.check()
    }

    fn check(mut self) -> Result<Self> {
        self.requests_per_minute()?;
        if self.data_dir.as_os_str().is_empty() {
            return Err(Error::start(
                "setting data_dir (SIGAP_DATA_DIR): write the folder in which everything is kept",
            ));
        }
        refuse_home("data_dir (SIGAP_DATA_DIR)", &self.data_dir)?;
        refuse_home("backup.folder", &self.backup.folder(&self.data_dir))?;
        if self.database_url.expose_secret() == "sqlite:" {
            return Err(Error::start("setting database_url (SIGAP_DATABASE_URL): write sqlite:PATH or postgres://…"));
        }
        if self.public_url.is_empty() {
            self.public_url = format!("http://{}", self.bind);
        }
        if !is_site(&self.public_url) {
            return Err(Error::start(
                "setting public_url (SIGAP_PUBLIC_URL): write http://… or https://…, without user, ? and #",
            ));
        }
        self.public_url.truncate(self.public_url.trim_end_matches('/').len());
        let contact = self.security_contact.as_str();
        let is_address = ["mailto:", "https://", "tel:"].iter().any(|scheme| contact.starts_with(scheme));
        let is_one_line = contact.bytes().all(|b| b.is_ascii_graphic());
        if !contact.is_empty() && (!is_address || !is_one_line) {
            return Err(Error::start(
                "setting security_contact: write mailto:…, https://… or tel:…, or leave it empty",
            ));
        }
        if !is_filter(&self.log_filter) {
            return Err(Error::start(
                "setting log_filter: write error, warn, info, debug, trace or off, alone or as TARGET=LEVEL, joined by \
                 commas and without blanks",
            ));
        }
        self.backup.check()?;
        self.imap.check()?;
        self.inbox.check()?;
        self.mail.check()?;
        Ok(self)
    }

    /// Requests a minute per person; `None` is no limit.
    ///
    /// # Errors
    /// [`Error::Start`] if the setting is neither a number above 0 nor `off`.
    pub fn requests_per_minute(&self) -> Result<Option<NonZeroU32>> {
        match self.rate_limit.as_str() {
            "off" => Ok(None),
            text => text.parse().map(Some).map_err(|_| {
                Error::start("setting rate_limit (SIGAP_RATE_LIMIT): write a number of requests a minute, or off")
            }),
        }
    }

    /// The database's URL; the embedded default lies in the data directory.
    #[must_use]
    pub fn database_url(&self) -> SecretString {
        match self.database_url.expose_secret() {
            "" => format!("sqlite:{}", self.data_dir.join("sigap.db").display()).into(),
            url => url.to_owned().into(),
        }
    }

    /// The file of an embedded database.
    #[must_use]
    pub fn database_file(&self) -> Option<PathBuf> {
        self.database_url().expose_secret().strip_prefix("sqlite:").map(PathBuf::from)
    }

    /// Where the service writes, each with a name: data, the file of the database, backups.
    #[must_use]
    pub fn places(&self) -> Vec<(&'static str, PathBuf)> {
        let database = self.database_file().map(|file| ("database", durable::above(&file).to_owned()));
        let backups = ("backups", self.backup.folder(&self.data_dir));
        [("data", self.data_dir.clone())].into_iter().chain(database).chain([backups]).collect()
    }
}

/// What no shell has made a path of.
fn refuse_home(setting: &str, path: &Path) -> Result<()> {
    if path.to_string_lossy().starts_with('~') {
        return Err(Error::start(format!("setting {setting}: write the whole path; nobody reads ~ here")));
    }
    Ok(())
}

/// Puts a value at `name` or `table.name`.
fn place(table: &mut toml::Table, name: &str, value: toml::Value) {
    match name.split_once('.') {
        None => drop(table.insert(name.into(), value)),
        Some((outer, inner)) => {
            if let Some(toml::Value::Table(part)) = table.get_mut(outer) {
                place(part, inner, value);
            }
        }
    }
}

/// Links are made of it by putting a path behind it.
fn is_site(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| {
        let is_bare = url.query().is_none() && url.fragment().is_none();
        matches!(url.scheme(), "http" | "https") && is_bare && url.username().is_empty() && url.password().is_none()
    })
}

/// A word that is no level names a target to `tracing`, of which there may be no line: `infoo` would be no log at all.
fn is_filter(text: &str) -> bool {
    let is_level = |word: &str| !word.is_empty() && word.parse::<LevelFilter>().is_ok();
    let fits = |part: &str| is_level(part.rsplit_once('=').map_or(part, |(_, level)| level));
    !text.contains(char::is_whitespace) && text.split(',').all(fits) && EnvFilter::try_new(text).is_ok()
}

/// The file may hold passwords, and whatever is printed here stands in a journal: its lines are named, with their setting
/// if it is one of the `known`, and never shown.
fn parse(name: &str, text: &str, known: &toml::Table) -> Result<toml::Table> {
    text.parse().map_err(|e: toml::de::Error| {
        let before = e.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
        let (line, last) = (before.matches('\n').count() + 1, before.rsplit('\n').next().unwrap_or_default());
        let setting = setting_at(text, line, known).map_or_else(String::new, |setting| format!("setting {setting}: "));
        Error::start(format!("{name}: line {line}, column {}: {setting}{}", last.chars().count() + 1, e.message()))
    })
}

/// Which of the `known` settings a line sets. Any other word before a `=` may be a piece of a password.
fn setting_at(text: &str, line: usize, known: &toml::Table) -> Option<String> {
    let mut table = None;
    for above in text.lines().take(line.checked_sub(1)?) {
        table = above.trim().strip_prefix('[').and_then(|rest| rest.split_once(']')).map(|(name, _)| name).or(table);
    }
    let (key, _) = text.lines().nth(line.checked_sub(1)?)?.split_once('=')?;
    let key = key.trim();
    match table {
        None => known.contains_key(key).then(|| key.to_owned()),
        Some(table) => known.get(table)?.get(key).map(|_| format!("{table}.{key}")),
    }
}

/// What serde says of a value of the wrong kind, for whoever knows no Rust.
fn in_words(message: &str) -> String {
    let told = without_value(message);
    match told.rsplit_once(", expected ") {
        Some((what, kind)) if WHOLE.contains(&kind) => format!("{what}, expected a whole number without quotes"),
        Some((what, "a string")) => format!("{what}, expected a text in quotes"),
        Some((what, "a boolean")) => format!("{what}, expected true or false without quotes"),
        Some((what, "a sequence")) => format!("{what}, expected a list, such as [\"…\"]"),
        _ => told,
    }
}

/// The same without a text that may be an address with its password.
fn without_value(message: &str) -> String {
    match (message.split_once(": string \""), message.rsplit_once(", expected ")) {
        (Some((what, _)), Some((_, wanted))) => format!("{what}: a text, expected {wanted}"),
        _ => message.to_owned(),
    }
}

fn merge(base: &mut toml::Table, over: toml::Table) {
    for (key, value) in over {
        match (base.get_mut(&key), value) {
            (Some(toml::Value::Table(inner)), toml::Value::Table(more)) => merge(inner, more),
            (_, value) => drop(base.insert(key, value)),
        }
    }
}
