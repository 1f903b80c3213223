//! Embedded SQLite: one writer thread that commits several requests at once, and a few read-only readers ([`super::readers`]).
//!
//! A full sync costs milliseconds; shared by all who wait, it costs each of them little. Several writer connections
//! would only wait for each other.

use super::migrate::Schema;
use super::readers::Readers;
use super::store::{Read, Write};
use super::{Conn, depth, lower, savepoint, undo};
use crate::durable;
use crate::error::{self, Error, Result};
use diesel::connection::{AnsiTransactionManager, SimpleConnection, TransactionManager};
use diesel::{Connection, QueryResult, RunQueryDsl, SqliteConnection};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::time::Duration;
use tokio::sync::oneshot;

/// Requests that share one commit at most.
const GROUP: usize = 64;
/// Requests that each have a savepoint, after one failed half done beside others.
const CAREFUL: usize = 1024;
/// Requests that may wait; one more is told to come back.
const QUEUE: usize = 1024;

/// How often the place of the writer is asked for after SQLite gave up, and the time between: 15 seconds.
const KNOCKS: u32 = 5000;
const KNOCK: Duration = Duration::from_millis(3);

/// Exit code: an error of input or output (`EX_IOERR` of sysexits.h).
const DISK_FAILED: i32 = 74;

/// A request: what it changes, and who is told once the fate of its group is known.
struct Job {
    work: Write,
    tell: oneshot::Sender<Result<()>>,
}

/// The database file: its queue of writes and its readers.
#[derive(Clone)]
pub struct Files {
    path: Arc<str>,
    jobs: SyncSender<Job>,
    readers: Arc<Readers>,
}

impl Files {
    /// Opens the file at `path`, or makes it where [`Schema`] says so, and starts the writer.
    ///
    /// # Errors
    /// [`Error::Start`] that names the path or the setting.
    pub fn open(path: &str, schema: Schema) -> Result<Self> {
        if !schema.makes() && !Path::new(path).exists() {
            return Err(Error::start(format!(
                "SQLite file {path}: there is none; set SIGAP_DATA_DIR (or SIGAP_DATABASE_URL) or --config to the service's, \
                 or start it once by `sigap serve`"
            )));
        }
        let mut writer = establish(path)?;
        schema.settle(&mut Conn::Sqlite(&mut writer))?;
        let (jobs, queue) = sync_channel(QUEUE);
        let file = path.to_owned();
        std::thread::Builder::new()
            .name("sqlite-writer".into())
            .spawn(move || write_groups(&file, writer, &queue))
            .map_err(|e| Error::start(format!("SQLite writer thread: {e}")))?;
        Ok(Self { path: path.into(), jobs, readers: Arc::new(Readers::of(path)) })
    }

    /// Where the file lies.
    pub(super) fn path(&self) -> &str {
        &self.path
    }

    /// Runs `f` inside one snapshot, on this thread, which may block.
    pub(super) fn read_here<T>(&self, f: impl FnOnce(&mut Conn<'_>) -> Result<T>) -> Result<T> {
        self.readers.here(f)
    }

    /// Runs `f` on a reader, inside one snapshot.
    pub(super) async fn read(&self, f: Read) -> Result<()> {
        self.readers.read(f).await
    }

    /// Brings what was committed from the log into the file, and empties the log.
    pub(super) fn settle(&self) -> Result<()> {
        let unavailable = |e: &dyn std::fmt::Display| Error::Unavailable(format!("SQLite file {}: {e}", self.path));
        let mut conn = SqliteConnection::establish(&self.path).map_err(|e| unavailable(&e))?;
        conn.batch_execute("PRAGMA busy_timeout = 5000; PRAGMA wal_checkpoint(TRUNCATE);").map_err(|e| unavailable(&e))
    }

    /// Queues `f` and waits until the commit that holds it.
    pub(super) async fn write(&self, work: Write) -> Result<()> {
        let (tell, told) = oneshot::channel();
        self.jobs.try_send(Job { work, tell }).map_err(|e| match e {
            TrySendError::Full(_) => Error::Unavailable("too many writes wait".into()),
            TrySendError::Disconnected(_) => Error::Unavailable("the writer has stopped".into()),
        })?;
        told.await.map_err(|_| Error::Unavailable("the writer dropped a request".into()))?
    }
}

/// Runs a request inside the transaction that is open.
fn run(conn: &mut SqliteConnection, f: impl FnOnce(&mut Conn<'_>) -> Result<()>) -> Result<()> {
    let outcome = catch_unwind(AssertUnwindSafe(|| f(&mut Conn::Sqlite(conn))));
    outcome.unwrap_or_else(|_| Err(Error::internal("a request panicked while writing")))
}

/// Runs a request in its savepoint. What a panic or a failed release leaves open is taken back, so that the group goes on
/// and its commit is one.
fn contained(conn: &mut SqliteConnection, work: &Write) -> Result<()> {
    let before = depth(conn);
    let result = run(conn, |conn| savepoint(conn, work));
    if depth(conn) == before {
        return result;
    }
    while depth(conn) > before {
        undo(conn)?;
    }
    result.and(Err(left_open()))
}

fn left_open() -> Error {
    Error::internal("a request left a savepoint open")
}

#[diesel::declare_sql_function]
extern "SQL" {
    /// Rows that this connection has changed so far, taken back or not.
    fn total_changes() -> diesel::sql_types::BigInt;
}

/// Runs a request without a savepoint of its own. Also whether it is done, or has failed before it changed anything: what else it
/// may have left, nobody can take back alone.
fn lightly(conn: &mut SqliteConnection, work: &Write) -> QueryResult<(Result<()>, bool)> {
    let before = (depth(conn), diesel::select(total_changes()).get_result::<i64>(conn)?);
    let mut result = run(conn, work);
    if result.is_ok() && depth(conn) != before.0 {
        result = Err(left_open());
    }
    let is_clean = match &result {
        Ok(()) => true,
        // After these the transaction itself may be gone.
        Err(Error::Start(_) | Error::Unavailable(_) | Error::Retry(_) | Error::Internal(_)) => false,
        Err(_) => (depth(conn), diesel::select(total_changes()).get_result(conn)?) == before,
    };
    Ok((result, is_clean))
}

/// Runs `first` and what waits behind it inside the transaction that is open. In a savepoint SQLite keeps a copy of every page
/// that is changed, a good part of the work of a change; so a request has none until one fails half done beside others. Then
/// all is taken back, whoever ran before runs once more, and the next `careful` requests have one.
fn run_group(
    conn: &mut SqliteConnection,
    first: Job,
    queue: &Receiver<Job>,
    careful: &mut usize,
) -> QueryResult<Vec<(Job, Result<()>)>> {
    let mut done: Vec<(Job, Result<()>)> = Vec::new();
    let mut next = Some(first);
    while let Some(job) = next {
        let result = if *careful > 0 {
            *careful -= 1;
            contained(conn, &job.work)
        } else {
            let (result, is_clean) = lightly(conn, &job.work)?;
            if !is_clean {
                begin_again(conn)?;
                if !done.is_empty() {
                    *careful = CAREFUL;
                }
                for (job, result) in &mut done {
                    *result = contained(conn, &job.work);
                }
            }
            result
        };
        done.push((job, result));
        next = if done.len() < GROUP { queue.try_recv().ok() } else { None };
    }
    Ok(done)
}

/// Takes back all of the transaction that is open, with every savepoint in it, and begins another.
fn begin_again(conn: &mut SqliteConnection) -> QueryResult<()> {
    while depth(conn) > 0 {
        AnsiTransactionManager::rollback_transaction(conn)?;
    }
    begin(conn, || std::thread::sleep(KNOCK))
}

/// What to set where the file can't be.
const PLACE: &str = "set SIGAP_DATA_DIR (or SIGAP_DATABASE_URL) to a folder that the service may write";

fn establish(path: &str) -> Result<SqliteConnection> {
    if let Some(folder) = Path::new(path).parent().filter(|p| !p.as_os_str().is_empty()) {
        durable::make_folder(folder)
            .map_err(|e| Error::start(format!("folder {} for the database: {e}; {PLACE}", folder.display())))?;
    }
    let mut conn = SqliteConnection::establish(path).map_err(|e| refused(path, &e))?;
    conn.batch_execute(
        "PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
         PRAGMA foreign_keys = ON; PRAGMA journal_size_limit = 67108864; PRAGMA temp_store = MEMORY;",
    )
    .and_then(|()| lower::teach(&mut conn))
    .map_err(|e| refused(path, &e))?;
    check_setting(&mut conn, path, "journal_mode", "wal")?;
    check_setting(&mut conn, path, "synchronous", "2")?;
    check_setting(&mut conn, path, "foreign_keys", "1")?;
    check_writable(&mut conn, path)?;
    Ok(conn)
}

/// SQLite opens also a file that it may only read, takes `BEGIN IMMEDIATE` for a look there, and says so at the first
/// change; so one is made, and taken back.
fn check_writable(conn: &mut SqliteConnection, path: &str) -> Result<()> {
    match conn.batch_execute("BEGIN IMMEDIATE; PRAGMA user_version = 1; ROLLBACK") {
        Err(e) if !e.to_string().contains("database is locked") => Err(refused(path, &e)),
        // Whoever holds the place of the writer could write.
        _ => Ok(()),
    }
}

/// Why a file can't be opened, with what to do.
fn refused(path: &str, cause: &dyn std::fmt::Display) -> Error {
    let cause = cause.to_string();
    let is_barred = ["readonly database", "unable to open database file"].iter().any(|words| cause.contains(words));
    Error::start(if is_barred {
        format!(
            "SQLite file {path}: not writable ({cause}); it, {path}-wal, {path}-shm and their folder must belong to the user of \
             the service and let him write (chmod u+rwX), on a disk that is not mounted read-only"
        )
    } else {
        error::with_remedy(&format!("SQLite file {path}: {cause}"))
    })
}

#[derive(diesel::QueryableByName)]
struct Setting {
    #[diesel(sql_type = diesel::sql_types::Text)]
    value: String,
}

/// A file system may refuse WAL without an error; going on would lose acknowledged changes at a power cut.
fn check_setting(conn: &mut SqliteConnection, path: &str, name: &str, want: &str) -> Result<()> {
    let sql = format!("SELECT CAST({name} AS TEXT) AS value FROM pragma_{name}");
    let got = diesel::sql_query(sql).get_result::<Setting>(conn).map_err(|e| refused(path, &e))?.value;
    if got == want {
        return Ok(());
    }
    Err(Error::start(format!(
        "SQLite file {path}: {name} is {got}, but {want} is needed to keep what is acknowledged; \
         put the data directory on a local disk"
    )))
}

/// Until the queue closes: takes what waits, runs each request, commits once, answers all.
fn write_groups(path: &str, mut conn: SqliteConnection, queue: &Receiver<Job>) {
    let mut careful = 0;
    while let Ok(first) = queue.recv() {
        let begun = begin(&mut conn, || std::thread::sleep(KNOCK));
        let done = match begun.and_then(|()| run_group(&mut conn, first, queue, &mut careful)) {
            Ok(done) => done,
            // Whoever waits is told so, because nobody is left who would answer.
            Err(e) => {
                tracing::error!(error = %e, "SQLite: a transaction could not begin");
                reopen(path, &mut conn);
                continue;
            }
        };
        let committed = AnsiTransactionManager::commit_transaction(&mut conn).map_err(|e| e.to_string());
        if let Err(cause) = &committed {
            tracing::error!(%cause, "SQLite: a commit failed");
            stop_if_the_disk_failed(cause);
            reopen(path, &mut conn);
        }
        for (job, result) in done {
            let commit = || committed.clone().map_err(|cause| Error::Unavailable(format!("commit: {cause}")));
            // The request may have given up waiting; then nobody needs the answer.
            drop(job.tell.send(result.and_then(|()| commit())));
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

    #[test]
    fn a_file_that_may_only_be_read_is_refused_with_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sigap.db").display().to_string();
        let mut holder = establish(&path).unwrap();
        let mut reader = SqliteConnection::establish(&format!("file:{path}?mode=ro")).unwrap();
        let told = check_writable(&mut reader, &path).unwrap_err().to_string();
        assert!(told.contains(&path) && told.contains(&format!("{path}-shm")), "{told}");
        assert!(["chmod", "read-only", "belong to the user"].iter().all(|way| told.contains(way)), "{told}");
        // A service that is writing beside is no reason.
        holder.batch_execute("BEGIN IMMEDIATE").unwrap();
        let mut other = SqliteConnection::establish(&path).unwrap();
        check_writable(&mut other, &path).unwrap();
    }
}
