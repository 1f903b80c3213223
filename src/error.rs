//! One error for the whole house. Each has two halves: a public sentence that says what to do (a message key), and a
//! private cause for the log.

use crate::message::Say;
use crate::say;
use diesel::result::{DatabaseErrorKind, Error as Diesel};

/// Result of this program's functions.
pub type Result<T> = std::result::Result<T, Error>;

/// One field that can't be taken, by its JSON pointer (RFC 6901).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// Where in the body; for a query parameter its name after a slash.
    pub pointer: String,
    /// What is wrong and what to write instead.
    pub detail: Say,
}

/// Why something was not done. Nothing of it was stored.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The program can't start or a command can't run; the sentence is for the operator.
    #[error("{0}")]
    Start(String),
    /// 400: not readable.
    #[error("malformed: {0:?}")]
    Malformed(Say),
    /// 400: it broke off on its way; sent again it may arrive.
    #[error("broken off")]
    Broken,
    /// 401: nobody is signed in, or not any more.
    #[error("not signed in: {0:?}")]
    Unauthenticated(Say),
    /// 401: the password was right, and a code of the second factor is needed.
    #[error("a code is needed")]
    CodeNeeded,
    /// 403: his role asks for a second factor, which he has not set up yet.
    #[error("a second factor is needed")]
    FactorNeeded,
    /// 403: may see, may not do.
    #[error("forbidden: {0:?}")]
    Forbidden(Say),
    /// 404: absent, or not for this caller; nobody can tell which.
    #[error("not found")]
    NotFound,
    /// 405 with the methods that are allowed.
    #[error("method not allowed")]
    MethodNotAllowed(String),
    /// 408: the request did not arrive in time.
    #[error("request timeout")]
    Timeout,
    /// 409: not possible in this state.
    #[error("conflict: {0:?}")]
    Conflict(Say),
    /// 412: `If-Match` names an older version.
    #[error("stale")]
    Stale,
    /// 413: over this many bytes.
    #[error("larger than {0} bytes")]
    TooLarge(usize),
    /// 415: the media type that is needed.
    #[error("unsupported media type, {0} is needed")]
    Unsupported(&'static str),
    /// 422: these fields.
    #[error("invalid: {0:?}")]
    Invalid(Vec<FieldError>),
    /// 429: again after so many seconds.
    #[error("too many requests, again in {0} s")]
    TooMany(u64),
    /// 503: the machine's clock is behind what was written last.
    #[error("the clock of this machine is behind what was written last; set it by NTP")]
    ClockBehind,
    /// 503: the database does not answer, or too many wait.
    #[error("unavailable: {0}")]
    Unavailable(String),
    /// To be run again, because the database asks for it or somebody else was first. No caller gets it: `db` runs the transaction
    /// again, and after some tries says 503.
    #[error("to be run again: {0}")]
    Retry(String),
    /// 500: our fault.
    #[error("internal: {0}")]
    Internal(String),
}

impl Error {
    /// A refusal to start.
    pub fn start(text: impl Into<String>) -> Self {
        Self::Start(text.into())
    }

    /// Our own fault.
    pub fn internal(text: impl Into<String>) -> Self {
        Self::Internal(text.into())
    }

    /// One wrong field.
    pub fn invalid(pointer: impl Into<String>, detail: Say) -> Self {
        Self::Invalid(vec![FieldError { pointer: pointer.into(), detail }])
    }

    /// `true` if somebody else held for too long what was needed, and all else is well: PostgreSQL ends such a statement.
    #[must_use]
    pub fn is_held(&self) -> bool {
        matches!(self, Self::Unavailable(why) if why.contains(HELD))
    }

    /// `true` where a repetition of the request may end differently, so that its answer must not be remembered.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        matches!(
            self,
            Self::Start(_)
                | Self::Broken
                | Self::Unauthenticated(_)
                | Self::CodeNeeded
                | Self::FactorNeeded
                | Self::Timeout
                | Self::TooMany(_)
                | Self::ClockBehind
                | Self::Unavailable(_)
                | Self::Retry(_)
                | Self::Internal(_)
        )
    }
}

impl From<Diesel> for Error {
    fn from(error: Diesel) -> Self {
        match error {
            Diesel::NotFound => Self::NotFound,
            Diesel::DatabaseError(DatabaseErrorKind::UniqueViolation, info) => {
                taken(info.constraint_name(), info.message())
            }
            Diesel::DatabaseError(
                DatabaseErrorKind::SerializationFailure | DatabaseErrorKind::ClosedConnection,
                info,
            ) => Self::Retry(info.message().to_owned()),
            Diesel::DatabaseError(_, info) => by_text(info.message()),
            Diesel::BrokenTransactionManager => Self::Retry("the connection broke".into()),
            other => Self::Internal(other.to_string()),
        }
    }
}

/// What SQLite says of a file, with what to do where the file is damaged.
#[must_use]
pub fn with_remedy(cause: &str) -> String {
    if cause.contains("database disk image is malformed") || cause.contains("file is not a database") {
        return format!("{cause}; restore the newest backup, and keep the damaged file");
    }
    cause.to_owned()
}

/// What PostgreSQL says of a row that somebody else has held for longer than `lock_timeout`.
const HELD: &str = "lock timeout";

/// `diesel` knows no kind for these; the servers' texts are stable.
fn by_text(message: &str) -> Error {
    let says = |words: &[&str]| words.iter().any(|w| message.contains(w));
    if says(&[
        "deadlock detected",
        "server closed the connection",
        "no connection to the server",
        "terminating connection",
    ]) {
        Error::Retry(format!("connection or deadlock: {message}"))
    } else if says(&[
        "disk is full",
        "No space left",
        "disk I/O error",
        "database is locked",
        "readonly database",
        HELD,
        "statement timeout",
        "shutting down",
    ]) {
        Error::Unavailable(message.to_owned())
    } else {
        Error::Internal(with_remedy(message))
    }
}

/// A unique constraint by its name: PostgreSQL tells the name, SQLite the columns.
fn taken(name: Option<&str>, message: &str) -> Error {
    let columns = message.rsplit("failed: ").next().unwrap_or_default();
    let key = name.map_or_else(|| sqlite_constraint(columns), str::to_owned);
    let pointer = match key.as_str() {
        "people_email" => "/email",
        "people_nip" => "/nip",
        "opds_region_id_code"
        | "services_region_id_code"
        | "regions_code"
        | "calendars_region_id_code"
        | "agreements_region_id_code" => "/code",
        "regions_ticket_prefix" => "/ticket_prefix",
        "regions_domain" => "/domain",
        "grants_active_opd" | "grants_active_region" => return Error::Conflict(say!("grant.exists")),
        "ticket_links_ticket_id_other_id_kind" => return Error::Conflict(say!("link.exists")),
        _ => return Error::Conflict(say!("conflict.taken")),
    };
    Error::invalid(pointer, say!("field.taken"))
}

/// `people.email` → `people_email`; `t.a, t.b` → `t_a_b`; `index 'x'` → `x`.
fn sqlite_constraint(columns: &str) -> String {
    if let Some(index) = columns.strip_prefix("index '") {
        return index.trim_end_matches('\'').to_owned();
    }
    let mut parts = columns.split(", ");
    let first = parts.next().unwrap_or_default().replace('.', "_");
    let name = parts.fold(first, |name, part| format!("{name}_{}", part.rsplit('.').next().unwrap_or_default()));
    // A partial index is told by its columns too; there is no other unique constraint on these.
    match name.as_str() {
        "grants_person_id_role_opd_id" => "grants_active_opd".into(),
        "grants_person_id_role" => "grants_active_region".into(),
        _ => name,
    }
}
