//! Embedded SQLite: one writer thread that commits several requests at once, and a few read-only readers ([`super::readers`]).
//!
//! A full sync costs milliseconds; shared by all who wait, it costs each of them little. Several writer connections
//! would only wait for each other.

use super::readers::Readers;
use super::store::Read;
use super::{Conn, migrate, savepoint};
use crate::durable;
use crate::error::{Error, Result};
use diesel::connection::{AnsiTransactionManager, SimpleConnection, TransactionManager};
use diesel::{Connection, QueryResult, RunQueryDsl, SqliteConnection};
use std::num::NonZeroU32;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::time::Duration;
use tokio::sync::oneshot;

/// Requests that share one commit at most.
const GROUP: usize = 64;
/// Requests that may wait; one more is told to come back.
const QUEUE: usize = 1024;

/// How often the place of the writer is asked for after SQLite gave up, and the time between: 15 seconds.
const KNOCKS: u32 = 5000;
const KNOCK: Duration = Duration::from_millis(3);

/// Exit code: an error of input or output (`EX_IOERR` of sysexits.h).
const DISK_FAILED: i32 = 74;

/// What is told to a request once the fate of its group is known.
type Reply = Box<dyn FnOnce(std::result::Result<(), Arc<str>>) + Send>;
type Job = Box<dyn FnOnce(&mut SqliteConnection) -> Reply + Send>;

/// The database file: its queue of writes and its readers.
#[derive(Clone)]
pub struct Files {
    jobs: SyncSender<Job>,
    readers: Arc<Readers>,
}

impl Files {
    /// Opens or makes the file at `path`, migrates it and starts the writer.
    ///
    /// # Errors
    /// [`Error::Start`] that names the path or the setting.
    pub fn open(path: &str) -> Result<Self> {
        let mut writer = establish(path)?;
        migrate::up(&mut Conn::Sqlite(&mut writer))?;
        let (jobs, queue) = sync_channel(QUEUE);
        let file = path.to_owned();
        std::thread::Builder::new()
            .name("sqlite-writer".into())
            .spawn(move || write_groups(&file, writer, &queue))
            .map_err(|e| Error::start(format!("SQLite writer thread: {e}")))?;
        Ok(Self { jobs, readers: Arc::new(Readers::of(path)) })
    }

    /// Runs `f` inside one snapshot, on this thread, which may block.
    pub(super) fn read_here<T>(&self, f: impl FnOnce(&mut Conn<'_>) -> Result<T>) -> Result<T> {
        self.readers.here(f)
    }

    /// Runs `f` on a reader, inside one snapshot.
    pub(super) async fn read(&self, f: Read) -> Result<()> {
        self.readers.read(f).await
    }

    /// Queues `f` and waits until the commit that holds it.
    pub(super) async fn write<T, F>(&self, f: F) -> Result<T>
    where
        T: Send + 'static,
        F: Fn(&mut Conn<'_>) -> Result<T> + Send + 'static,
    {
        let (tell, told) = oneshot::channel();
        let job: Job = Box::new(move |conn| {
            let result = contained(conn, f);
            Box::new(move |committed| {
                // The request may have given up waiting; then nobody needs the answer.
                drop(tell.send(result.and_then(|value| match committed {
                    Ok(()) => Ok(value),
                    Err(cause) => Err(Error::Unavailable(format!("commit: {cause}"))),
                })));
            })
        });
        self.jobs.try_send(job).map_err(|e| match e {
            TrySendError::Full(_) => Error::Unavailable("too many writes wait".into()),
            TrySendError::Disconnected(_) => Error::Unavailable("the writer has stopped".into()),
        })?;
        told.await.map_err(|_| Error::Unavailable("the writer dropped a request".into()))?
    }
}

/// Runs `f` in its savepoint. What a panic or a failed release leaves open is taken back, so that the group goes on
/// and its commit is one.
fn contained<T>(conn: &mut SqliteConnection, f: impl FnOnce(&mut Conn<'_>) -> Result<T>) -> Result<T> {
    let before = depth(conn);
    let outcome = catch_unwind(AssertUnwindSafe(|| savepoint(&mut Conn::Sqlite(conn), f)));
    let result = outcome.unwrap_or_else(|_| Err(Error::internal("a request panicked while writing")));
    if depth(conn) == before {
        return result;
    }
    while depth(conn) > before {
        AnsiTransactionManager::rollback_transaction(conn)?;
    }
    result.and(Err(Error::internal("a request left a savepoint open")))
}

fn depth(conn: &mut SqliteConnection) -> u32 {
    let status = AnsiTransactionManager::transaction_manager_status_mut(conn);
    status.transaction_depth().ok().flatten().map_or(0, NonZeroU32::get)
}

fn establish(path: &str) -> Result<SqliteConnection> {
    if let Some(folder) = Path::new(path).parent().filter(|p| !p.as_os_str().is_empty()) {
        durable::make_folder(folder)
            .map_err(|e| Error::start(format!("folder {} for the database: {e}", folder.display())))?;
    }
    let mut conn = SqliteConnection::establish(path).map_err(|e| Error::start(format!("SQLite file {path}: {e}")))?;
    conn.batch_execute(
        "PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
         PRAGMA foreign_keys = ON; PRAGMA journal_size_limit = 67108864; PRAGMA temp_store = MEMORY;",
    )
    .map_err(|e| Error::start(format!("SQLite file {path}: {e}")))?;
    check_setting(&mut conn, path, "journal_mode", "wal")?;
    check_setting(&mut conn, path, "synchronous", "2")?;
    check_setting(&mut conn, path, "foreign_keys", "1")?;
    Ok(conn)
}

#[derive(diesel::QueryableByName)]
struct Setting {
    #[diesel(sql_type = diesel::sql_types::Text)]
    value: String,
}

/// A file system may refuse WAL without an error; going on would lose acknowledged changes at a power cut.
fn check_setting(conn: &mut SqliteConnection, path: &str, name: &str, want: &str) -> Result<()> {
    let sql = format!("SELECT CAST({name} AS TEXT) AS value FROM pragma_{name}");
    let got = diesel::sql_query(sql).get_result::<Setting>(conn)?.value;
    if got == want {
        return Ok(());
    }
    Err(Error::start(format!(
        "SQLite file {path}: {name} is {got}, but {want} is needed to keep what is acknowledged; \
         put the data directory on a local disk"
    )))
}

/// Until the queue closes: takes what waits, runs each request in its savepoint, commits once, answers all.
fn write_groups(path: &str, mut conn: SqliteConnection, queue: &Receiver<Job>) {
    while let Ok(first) = queue.recv() {
        if let Err(e) = begin(&mut conn, || std::thread::sleep(KNOCK)) {
            tracing::error!(error = %e, "SQLite: a transaction could not begin");
            drop(first);
            reopen(path, &mut conn);
            continue;
        }
        let mut replies = vec![first(&mut conn)];
        while replies.len() < GROUP {
            match queue.try_recv() {
                Ok(job) => replies.push(job(&mut conn)),
                Err(_) => break,
            }
        }
        let committed = AnsiTransactionManager::commit_transaction(&mut conn).map_err(|e| Arc::from(e.to_string()));
        if let Err(cause) = &committed {
            tracing::error!(%cause, "SQLite: a commit failed");
            stop_if_the_disk_failed(cause);
            reopen(path, &mut conn);
        }
        for reply in replies {
            reply(committed.clone());
        }
    }
}

/// Takes the one place of a writer. SQLite asks for it ever more seldom, up to ten times a second, and so hardly ever
/// gets it from a process that writes without a pause: a backup by command while the service is busy. After that it is asked for
/// as often as it may become free.
fn begin(conn: &mut SqliteConnection, mut wait: impl FnMut()) -> QueryResult<()> {
    let mut begun = AnsiTransactionManager::begin_transaction_sql(conn, "BEGIN IMMEDIATE");
    if !is_taken(&begun) {
        return begun;
    }
    conn.batch_execute("PRAGMA busy_timeout = 0")?;
    for _ in 0..KNOCKS {
        wait();
        begun = AnsiTransactionManager::begin_transaction_sql(conn, "BEGIN IMMEDIATE");
        if !is_taken(&begun) {
            break;
        }
    }
    conn.batch_execute("PRAGMA busy_timeout = 5000")?;
    begun
}

fn is_taken(begun: &QueryResult<()>) -> bool {
    begun.as_ref().is_err_and(|e| e.to_string().contains("database is locked"))
}

/// After a failed sync nobody knows what has reached the disk, and the next sync would say that all is well (R1). So
/// nobody is answered: the program ends, and its next start goes on from what is there.
fn stop_if_the_disk_failed(cause: &str) {
    if cause.contains("disk I/O error") {
        tracing::error!("SQLite: the disk failed at a commit; the program ends, so that it begins again from the disk");
        std::process::exit(DISK_FAILED);
    }
}

/// After a failed begin or commit the connection's state is unknown: start from a fresh one.
fn reopen(path: &str, conn: &mut SqliteConnection) {
    match establish(path) {
        Ok(fresh) => *conn = fresh,
        Err(e) => {
            tracing::error!(error = %e, "SQLite: the file could not be opened again");
            std::thread::sleep(Duration::from_millis(200));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // R16: a backup by command while the service is busy.
    #[test]
    fn whoever_finds_the_place_of_the_writer_taken_gets_it_when_it_is_free_or_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sigap.db").display().to_string();
        let (mut rival, mut conn) = (establish(&path).unwrap(), establish(&path).unwrap());
        // So that SQLite itself does not wait here.
        conn.batch_execute("PRAGMA busy_timeout = 0").unwrap();
        rival.batch_execute("BEGIN IMMEDIATE").unwrap();
        let mut knocks = 0;
        let begun = begin(&mut conn, || {
            knocks += 1;
            if knocks == 3 {
                rival.batch_execute("COMMIT").unwrap();
            }
        });
        assert!(begun.is_ok() && knocks == 3, "{begun:?} after {knocks}");
        let timeout = "SELECT CAST(timeout AS TEXT) AS value FROM pragma_busy_timeout";
        assert_eq!(diesel::sql_query(timeout).get_result::<Setting>(&mut conn).unwrap().value, "5000");

        conn.batch_execute("PRAGMA busy_timeout = 0").unwrap();
        AnsiTransactionManager::commit_transaction(&mut conn).unwrap();
        rival.batch_execute("BEGIN IMMEDIATE").unwrap();
        let mut knocks = 0;
        let begun = begin(&mut conn, || knocks += 1);
        assert!(is_taken(&begun) && knocks == KNOCKS, "{begun:?} after {knocks}");
        rival.batch_execute("COMMIT").unwrap();
        begin(&mut conn, || panic!("it is free")).unwrap();
    }
}
