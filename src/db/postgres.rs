//! PostgreSQL: a pool, refusal of settings that lose acknowledged changes, retry of what the server asks to run again, and
//! an end of waiting where the server says nothing.

use super::bell::Bell;
use super::hosts::{hosts, is_legible};
use super::line::Hold;
use super::migrate::Schema;
use super::primary::Primary;
use super::{Conn, Ts, fate};
use crate::error::{Error, Result};
use crate::on;
use diesel::connection::{AnsiTransactionManager, SimpleConnection, TransactionManager};
use diesel::r2d2::{self, CustomizeConnection, ManageConnection as _};
use diesel::{PgConnection, RunQueryDsl};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Connections to PostgreSQL. They are left for others when the server falls silent.
#[derive(Clone)]
pub struct Pool(Arc<Shared>);

struct Shared {
    primary: Primary,
    size: u32,
    /// Longest time without a word of the server.
    silence: Duration,
    now: Mutex<Lines>,
}

/// The connections in use, until they are left.
#[derive(Clone)]
struct Lines {
    pool: r2d2::Pool<Primary>,
    since: Instant,
}

/// After its own limit has passed, the server has so many seconds, or once more that limit, to say that it has ended a
/// statement.
const GRACE: u32 = 5;
/// How often it is looked at whether the server has fallen silent.
const LOOK: Duration = Duration::from_millis(500);

/// How often a transaction is run again after a serialization failure, a deadlock or a lost connection.
const TRIES: u32 = 5;

/// What each connection begins with.
#[derive(Debug, Clone, Copy)]
pub(super) struct Session {
    /// Seconds that a statement may take.
    seconds: u32,
}

impl CustomizeConnection<PgConnection, r2d2::Error> for Session {
    /// A transaction waits for nothing between its statements. That of a node which was frozen is ended soon, so that
    /// its locks delay the timers of other nodes by no more.
    fn on_acquire(&self, conn: &mut PgConnection) -> std::result::Result<(), r2d2::Error> {
        // Whoever gives a statement more than the usual half of a minute has a machine that is slow in the rest too.
        let (all, lock, rest) = (self.seconds, self.seconds.min(10).max(self.seconds / 3), (self.seconds / 30).max(1));
        conn.batch_execute(&format!(
            "SET TIME ZONE 'UTC'; SET lock_timeout = '{lock}s'; SET statement_timeout = '{all}s'; \
             SET idle_in_transaction_session_timeout = '{rest}s'",
        ))
        .map_err(r2d2::Error::QueryError)?;
        // Of each server that is ever spoken to: after a take-over it is another.
        refuse_unsafe_settings(conn)
    }
}

/// Connects to `url`, refuses unsafe server settings, settles the schema and returns the pool. A statement may take so many seconds.
///
/// # Errors
/// [`Error::Start`] that names what to change; the password in `url` is never part of it.
pub fn open(url: &str, size: u32, seconds: u32, schema: Schema) -> Result<Pool> {
    check_url(url)?;
    let primary = Primary::find(url, Session { seconds }).map_err(|e| failed(&e))?;
    let mut first = primary.connect().map_err(|e| failed(&e))?;
    schema.settle(&mut Conn::Pg(&mut first))?;
    drop(first);
    let pool = builder(size).build(primary.clone()).map_err(|e| failed(&e))?;
    let now = Mutex::new(Lines { pool, since: Instant::now() });
    let silence = Duration::from_secs(u64::from(seconds) + u64::from(seconds.min(GRACE)));
    Ok(Pool(Arc::new(Shared { primary, size, silence, now })))
}

/// The address of the server that takes writes, by itself, out of those that `url` names.
///
/// # Errors
/// [`Error::Start`] if none does.
pub fn address(url: &str) -> Result<String> {
    check_url(url)?;
    let primary = Primary::find(url, Session { seconds: 30 }).map_err(|e| failed(&e))?;
    Ok(primary.chosen().map_err(|e| failed(&e))?.0)
}

fn failed(cause: &dyn std::fmt::Display) -> Error {
    Error::start(format!("SIGAP_DATABASE_URL: PostgreSQL: {cause}"))
}

fn builder(size: u32) -> r2d2::Builder<Primary> {
    r2d2::Pool::builder()
        .max_size(size)
        .min_idle(Some(1))
        .test_on_check_out(false)
        .connection_timeout(Duration::from_secs(3))
}

impl Pool {
    fn lines(&self) -> Lines {
        self.0.now.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The address of the server that takes writes, by itself, and its timeline: for a program that makes its own
    /// connection.
    pub(super) fn chosen(&self) -> Result<(String, i64)> {
        self.0.primary.chosen().map_err(|e| Error::Unavailable(e.to_string()))
    }

    /// Takes other connections from now on. Those that wait stay with their threads until something wakes them.
    fn leave(&self, old: &Lines) {
        let mut now = self.0.now.lock().unwrap_or_else(PoisonError::into_inner);
        if now.since == old.since {
            tracing::error!(
                "PostgreSQL: the server says nothing, or waits for a standby (see `sigap doctor`); its connections are left"
            );
            let pool = builder(self.0.size).build_unchecked(self.0.primary.clone());
            *now = Lines { pool, since: Instant::now() };
        }
    }

    /// Runs `work` on a thread that may block, for as long as the server gives a word now and then.
    async fn patiently<T: Send + 'static>(
        &self,
        work: impl FnOnce(&r2d2::Pool<Primary>, &Hold) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (lines, hold) = (self.lines(), Hold::default());
        let (pool, told) = (lines.pool.clone(), hold.clone());
        let mut task = tokio::task::spawn_blocking(move || work(&pool, &told));
        loop {
            match tokio::time::timeout(LOOK, &mut task).await {
                Ok(done) => return done.map_err(|e| Error::internal(format!("a transaction: {e}")))?,
                Err(_) if hold.is_silent(self.0.silence) => {
                    self.leave(&lines);
                    return Err(Error::Unavailable("the server says nothing".into()));
                }
                Err(_) => {}
            }
        }
    }

    /// Runs `f` in one read-only snapshot.
    ///
    /// # Errors
    /// What `f` returns; [`Error::Unavailable`] while the server does not answer.
    pub(super) async fn read<T, F>(&self, f: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Conn<'_>) -> Result<T> + Send + 'static,
    {
        self.patiently(move |pool, hold| read(pool, hold, f)).await
    }

    /// As [`Pool::read`], on this thread.
    pub(super) fn read_here<T>(&self, f: impl FnOnce(&mut Conn<'_>) -> Result<T>) -> Result<T> {
        read(&self.lines().pool, &Hold::default(), f)
    }

    /// Lets `bell` hear what other nodes ring, by a connection of its own.
    pub(super) fn listen(&self, bell: &Bell) {
        bell.listen(self.0.primary.clone());
    }

    /// Runs `f` in a transaction, again as long as the server asks for it. Where the server fell silent nobody knows
    /// whether it was committed, as with a commit that lost its connection.
    ///
    /// # Errors
    /// As [`Pool::read`].
    pub(super) async fn write<T, F>(&self, f: F) -> Result<T>
    where
        T: Send + 'static,
        F: Fn(&mut Conn<'_>) -> Result<T> + Send + 'static,
    {
        self.patiently(move |pool, hold| write(pool, hold, f)).await
    }
}

fn check_url(url: &str) -> Result<()> {
    if !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
        return Err(Error::start("SIGAP_DATABASE_URL: write sqlite:PATH or postgres://USER:PASSWORD@HOST/DATABASE"));
    }
    // Of nothing the library makes a socket of this machine and a database of the user's name.
    if url.split_once("://").is_some_and(|(_, rest)| rest.trim_matches('/').is_empty()) {
        return Err(Error::start(
            "SIGAP_DATABASE_URL: name a host and a database: postgres://USER:PASSWORD@HOST/DATABASE",
        ));
    }
    if !is_legible(url) {
        return Err(Error::start(
            "SIGAP_DATABASE_URL: not readable; write special characters of user and password as %XX: % as %25, @ as %40, / as \
             %2F, ? as %3F, a blank as %20",
        ));
    }
    if cfg!(feature = "postgres-tls") || url.contains("sslmode=disable") {
        return Ok(());
    }
    if is_local(url) {
        return Ok(());
    }
    Err(Error::start(
        "SIGAP_DATABASE_URL: this build speaks to PostgreSQL without TLS; build with `--features postgres-tls`, \
         or write sslmode=disable if the network between is trusted",
    ))
}

/// A build with TLS asks a server on another machine for its certificate, unless the settings give that up.
///
/// # Errors
/// [`Error::Start`] that names what to write.
pub fn refuse_unverified(url: &str, has_tls: bool, is_given_up: bool) -> Result<()> {
    if !has_tls || is_given_up || !url.starts_with("postgres") || is_verified(url) {
        return Ok(());
    }
    Err(Error::start(
        "SIGAP_DATABASE_URL: the server is on another machine and nothing says that it is ours; write \
         sslmode=verify-full with sslrootcert=, or set database_server_unverified = true if the network between is trusted",
    ))
}

/// `true` if every server that `url` names is this machine or must show a certificate of its name.
#[must_use]
pub fn is_verified(url: &str) -> bool {
    let query = url.split_once('?').map_or("", |(_, query)| query);
    let mut modes = url::form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name == "sslmode").peekable();
    // Also where the library would take the last of several.
    is_local(url) || (modes.peek().is_some() && modes.all(|(_, mode)| mode == "verify-full"))
}

/// `true` if every host that `url` names is this machine. `hostaddr` is looked at by nobody here, and counts as another.
fn is_local(url: &str) -> bool {
    let local = |host: &str| host.starts_with('/') || matches!(host, "" | "localhost" | "127.0.0.1" | "::1");
    !url.contains("hostaddr") && hosts(url).iter().all(|host| local(&host.name))
}

#[derive(diesel::QueryableByName)]
struct Setting {
    #[diesel(sql_type = diesel::sql_types::Text)]
    name: String,
    #[diesel(sql_type = diesel::sql_types::Text)]
    value: String,
}

fn refuse_unsafe_settings(conn: &mut PgConnection) -> std::result::Result<(), r2d2::Error> {
    let found = diesel::sql_query(
        "SELECT name, setting AS value FROM pg_settings WHERE (name IN ('fsync', 'full_page_writes') AND setting = 'off') \
         OR (name = 'synchronous_commit' AND setting IN ('off', 'local')) LIMIT 1",
    )
    .load::<Setting>(conn)
    .map_err(r2d2::Error::QueryError)?;
    let Some(Setting { name, value }) = found.first() else { return Ok(()) };
    let why = format!("{name} is {value}, which loses acknowledged changes in a crash; set {name} = on");
    tracing::error!("PostgreSQL: {why}");
    Err(r2d2::Error::ConnectionError(diesel::ConnectionError::BadConnection(why)))
}

/// Lets this transaction take its time between its statements and for each of them: an operator's command that looks
/// at everything, and holds nobody up. What a node does for its callers keeps its limits.
///
/// # Errors
/// The database's.
pub fn take_time(conn: &mut Conn<'_>) -> Result<()> {
    if let Conn::Pg(conn) = conn {
        conn.batch_execute("SET LOCAL idle_in_transaction_session_timeout = 0; SET LOCAL statement_timeout = 0")?;
    }
    Ok(())
}

/// Lets this transaction wait but briefly for what others hold, of the whole of which it does a part for each of many.
///
/// # Errors
/// The database's.
pub fn wait_briefly(conn: &mut Conn<'_>) -> Result<()> {
    if let Conn::Pg(conn) = conn {
        conn.batch_execute("SET LOCAL lock_timeout = '200ms'")?;
    }
    Ok(())
}

#[derive(diesel::QueryableByName)]
struct Told {
    #[diesel(sql_type = super::types::Tstz)]
    at: Ts,
}

/// The server's own time.
pub(super) fn now(conn: &mut Conn<'_>) -> Result<Ts> {
    on!(conn, |c| Ok(diesel::sql_query("SELECT clock_timestamp() AS at").get_result::<Told>(c)?.at))
}

/// Runs `f` in one read-only snapshot; on another connection if the first turned out to be dead.
fn read<T>(pool: &r2d2::Pool<Primary>, hold: &Hold, f: impl FnOnce(&mut Conn<'_>) -> Result<T>) -> Result<T> {
    const BEGIN: &str = "BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY";
    let mut conn = begin(pool, hold, BEGIN)?;
    let outcome = f(&mut Conn::Pg(&mut conn));
    let ended = match &outcome {
        Ok(_) => AnsiTransactionManager::commit_transaction(&mut **conn),
        Err(_) => AnsiTransactionManager::rollback_transaction(&mut **conn),
    };
    match (outcome, ended) {
        (Err(Error::Retry(cause)), _) => Err(Error::Unavailable(cause)),
        (Ok(_), Err(e)) => Err(Error::Unavailable(e.to_string())),
        (outcome, _) => outcome,
    }
}

/// Runs `f` in a transaction, again as long as the server asks for it.
fn write<T>(pool: &r2d2::Pool<Primary>, hold: &Hold, f: impl Fn(&mut Conn<'_>) -> Result<T>) -> Result<T> {
    let mut tries = 0;
    loop {
        tries += 1;
        match write_once(pool, hold, &f) {
            Err(Error::Retry(cause)) if tries < TRIES => {
                tracing::debug!(tries, %cause, "PostgreSQL: a transaction runs again");
                metrics::counter!("sigap_database_retries_total").increment(1);
                std::thread::sleep(Duration::from_millis(u64::from(tries) * 5));
            }
            Err(Error::Retry(cause)) => return Err(Error::Unavailable(cause)),
            other => return other,
        }
    }
}

fn write_once<T>(pool: &r2d2::Pool<Primary>, hold: &Hold, f: impl Fn(&mut Conn<'_>) -> Result<T>) -> Result<T> {
    let mut conn = begin(pool, hold, "BEGIN")?;
    let outcome = f(&mut Conn::Pg(&mut conn));
    match outcome {
        Ok(value) => match AnsiTransactionManager::commit_transaction(&mut **conn) {
            Ok(()) => Ok(value),
            Err(e) => Err(fate::of_commit(e)),
        },
        Err(error) => {
            if let Err(e) = AnsiTransactionManager::rollback_transaction(&mut **conn) {
                tracing::warn!(error = %e, "PostgreSQL: a rollback failed; the connection is dropped");
            }
            Err(error)
        }
    }
}

type Pooled = r2d2::PooledConnection<Primary>;

/// Takes a connection and begins; a dead one (the server was restarted, or is no longer the primary) is thrown away and
/// another tried, so that a restart heals without a restart of ours.
fn begin(pool: &r2d2::Pool<Primary>, hold: &Hold, sql: &str) -> Result<Pooled> {
    let mut last = String::new();
    for _ in 0..=pool.max_size() {
        let mut conn = pool.get().map_err(|e| Error::Unavailable(e.to_string()))?;
        if conn.has_left() {
            last = "the server is no longer the primary".into();
            continue;
        }
        hold.take(conn.line());
        match AnsiTransactionManager::begin_transaction_sql(&mut **conn, sql) {
            Ok(()) => return Ok(conn),
            Err(e) => last = e.to_string(),
        }
    }
    Err(Error::Unavailable(last))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_elsewhere_shows_its_certificate_or_the_settings_say_that_it_need_not() {
        let refused = |url| refuse_unverified(url, true, false).is_err();
        for url in [
            "postgres://sigap:geheim@db.example/sigap",
            "postgres://db.example/sigap?sslmode=require",
            "postgres://db.example/sigap?sslmode=verify-ca",
            "postgres://db.example/sigap?sslmode=disable",
            "postgres://db.example/sigap?application_name=sslmode=verify-full",
            "postgres://db.example/sigap?sslmode=verify-full&sslmode=prefer",
            "postgres://localhost,db.example/sigap?sslmode=prefer",
            "postgresql://localhost/sigap?hostaddr=203.0.113.5",
        ] {
            assert!(refused(url), "{url}");
            assert!(refuse_unverified(url, true, true).is_ok() && refuse_unverified(url, false, false).is_ok());
        }
        for url in [
            "postgres://db1,db2/sigap?target_session_attrs=read-write&sslmode=verify-full&sslrootcert=/etc/sigap/ca.pem",
            "postgres://localhost/sigap",
            "postgres://sigap@localhost/sigap?host=/run/postgresql",
            "sqlite:/var/lib/sigap/sigap.db",
        ] {
            assert!(!refused(url), "{url}");
        }
        let said = refuse_unverified("postgres://sigap:geheim@db.example/sigap", true, false).unwrap_err().to_string();
        assert!(said.contains("database_server_unverified") && !said.contains("geheim"), "{said}");
    }
}
