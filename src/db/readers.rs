//! The readers of the embedded database: a few threads, each with its own connection, and one queue before them. Threads of
//! a common pool that wait for connections of another would be woken twice for one read.

use super::store::Read;
use super::{Conn, lower, savepoint};
use crate::error::{Error, Result};
use diesel::connection::{AnsiTransactionManager, SimpleConnection, TransactionManager};
use diesel::{Connection, SqliteConnection};
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::oneshot;

/// Readers at most; one more begins when a read finds all at work.
const READERS: usize = 4;
/// How long a read waits for a reader.
const PATIENCE: Duration = Duration::from_secs(5);

struct Job {
    work: Read,
    /// Set by whoever is first: the reader that begins it, or the one who waits no longer.
    is_settled: Arc<AtomicBool>,
    tell: oneshot::Sender<Result<()>>,
}

#[derive(Default)]
struct Line {
    jobs: VecDeque<Job>,
    readers: usize,
    /// Readers that sleep and that nobody has called.
    idle: usize,
    /// Readers that were called and have not woken yet.
    called: usize,
    is_closed: bool,
}

struct Room {
    path: String,
    line: Mutex<Line>,
    bell: Condvar,
}

/// The readers of a database file; they end with this value.
pub struct Readers(Arc<Room>);

impl Readers {
    /// Readers of the file at `path`. None is there before the first read.
    pub fn of(path: &str) -> Self {
        Self(Arc::new(Room { path: path.to_owned(), line: Mutex::default(), bell: Condvar::new() }))
    }

    /// Runs `work` on a reader, inside one snapshot.
    ///
    /// # Errors
    /// What `work` returns; [`Error::Unavailable`] if no reader is free for five seconds, or the file can't be opened.
    pub async fn read(&self, work: Read) -> Result<()> {
        self.read_within(PATIENCE, work).await
    }

    /// Runs `f` on a connection of its own, inside one snapshot: at a start, on this thread, which may block.
    ///
    /// # Errors
    /// What `f` returns; [`Error::Unavailable`] if the file can't be opened.
    pub fn here<T>(&self, f: impl FnOnce(&mut Conn<'_>) -> Result<T>) -> Result<T> {
        savepoint(&mut Conn::Sqlite(&mut connect(&self.0.path)?), f)
    }

    async fn read_within(&self, patience: Duration, work: Read) -> Result<()> {
        let (tell, mut told) = oneshot::channel();
        let is_settled = Arc::new(AtomicBool::new(false));
        self.0.queue(Job { work, is_settled: Arc::clone(&is_settled), tell })?;
        let answer = match tokio::time::timeout(patience, &mut told).await {
            Ok(answer) => answer,
            Err(_) if !is_settled.swap(true, Ordering::AcqRel) => {
                return Err(Error::Unavailable("all readers are busy".into()));
            }
            Err(_) => told.await,
        };
        answer.map_err(|_| Error::internal("a reader dropped a request"))?
    }
}

impl Drop for Readers {
    fn drop(&mut self) {
        self.0.line().is_closed = true;
        self.0.bell.notify_all();
    }
}

fn connect(path: &str) -> Result<SqliteConnection> {
    let unavailable = |e: &dyn std::fmt::Display| Error::Unavailable(format!("SQLite: {e}"));
    let mut conn = SqliteConnection::establish(path).map_err(|e| unavailable(&e))?;
    conn.batch_execute("PRAGMA busy_timeout = 5000; PRAGMA foreign_keys = ON; PRAGMA query_only = ON;")
        .and_then(|()| lower::teach(&mut conn))
        .map_err(|e| unavailable(&e))?;
    Ok(conn)
}

impl Room {
    fn line(&self) -> MutexGuard<'_, Line> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn queue(self: &Arc<Self>, job: Job) -> Result<()> {
        let mut line = self.line();
        if line.idle > 0 {
            line.idle -= 1;
            line.called += 1;
            self.bell.notify_one();
        } else if line.readers < READERS {
            let room = Arc::clone(self);
            match std::thread::Builder::new().name("sqlite-reader".into()).spawn(move || room.serve()) {
                Ok(_) => line.readers += 1,
                Err(e) if line.readers == 0 => return Err(Error::Unavailable(format!("a reader's thread: {e}"))),
                // The others will come to it.
                Err(_) => {}
            }
        }
        line.jobs.push_back(job);
        Ok(())
    }

    /// The next read; none once nobody can ask any more.
    fn next(&self) -> Option<Job> {
        let mut line = self.line();
        loop {
            if let Some(job) = line.jobs.pop_front() {
                return Some(job);
            }
            line.idle += 1;
            while line.called == 0 {
                if line.is_closed {
                    return None;
                }
                line = self.bell.wait(line).unwrap_or_else(PoisonError::into_inner);
            }
            line.called -= 1;
        }
    }

    /// What a reader does.
    fn serve(&self) {
        let mut kept = None;
        while let Some(Job { work, is_settled, tell }) = self.next() {
            // Whoever has given up waiting needs no answer.
            if tell.is_closed() || is_settled.swap(true, Ordering::AcqRel) {
                continue;
            }
            let answer = self.run(&mut kept, work);
            drop(tell.send(answer));
        }
    }

    fn run(&self, kept: &mut Option<SqliteConnection>, work: Read) -> Result<()> {
        let mut conn = match kept.take() {
            Some(conn) => conn,
            None => connect(&self.path)?,
        };
        // The first savepoint of an idle connection is a deferred BEGIN: one snapshot for all that is read.
        let outcome = catch_unwind(AssertUnwindSafe(|| savepoint(&mut Conn::Sqlite(&mut conn), work)));
        // One that a panic or a failed disk left inside a transaction is not used again.
        if outcome.is_ok() && !AnsiTransactionManager::is_broken_transaction_manager(&mut conn) {
            *kept = Some(conn);
        }
        outcome.unwrap_or_else(|_| Err(Error::internal("a request panicked while reading")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::{Sender, channel};
    use tokio::task::JoinHandle;

    /// Readers of a new file, and the folder that it lies in.
    fn readers() -> (tempfile::TempDir, Arc<Readers>) {
        let folder = tempfile::tempdir().unwrap();
        let readers = Readers::of(&folder.path().join("sigap.db").display().to_string());
        (folder, Arc::new(readers))
    }

    async fn answer(readers: &Readers) -> Result<()> {
        readers.read(Box::new(|_| Ok(()))).await
    }

    /// A read that has begun, and ends when the sender is dropped.
    fn long(readers: &Arc<Readers>) -> (Sender<()>, JoinHandle<Result<()>>) {
        let (release, end) = channel::<()>();
        let (tell, begun) = channel::<()>();
        let readers = Arc::clone(readers);
        let work = move |_: &mut Conn<'_>| {
            drop(tell);
            let _ = end.recv();
            Ok(())
        };
        let task = tokio::spawn(async move { readers.read(Box::new(work)).await });
        let _ = begun.recv();
        (release, task)
    }

    // ASVS 15.2.2: what is heavy has a bound.
    #[tokio::test(flavor = "multi_thread")]
    async fn a_read_that_finds_no_reader_free_is_told_so_and_later_ones_are_served() {
        let (_folder, readers) = readers();
        let busy: Vec<_> = (0..READERS).map(|_| long(&readers)).collect();
        let begins = Box::new(|_: &mut Conn<'_>| panic!("nobody waits for it any more"));
        let refused = readers.read_within(Duration::ZERO, begins).await;
        assert!(matches!(refused, Err(Error::Unavailable(_))), "{refused:?}");
        for (release, task) in busy {
            drop(release);
            task.await.unwrap().unwrap();
        }
        answer(&readers).await.unwrap();
        assert_eq!(readers.0.line().readers, READERS);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn after_a_read_that_panicked_or_failed_the_next_is_served() {
        let (_folder, readers) = readers();
        let panicked = readers.read(Box::new(|_| panic!("a planted fault"))).await;
        assert!(matches!(panicked, Err(Error::Internal(_))), "{panicked:?}");
        let failed = readers.read(Box::new(|_| Err(Error::NotFound))).await;
        assert!(matches!(failed, Err(Error::NotFound)), "{failed:?}");
        answer(&readers).await.unwrap();
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_file_that_can_not_be_opened_is_told_to_whoever_reads() {
        let folder = tempfile::tempdir().unwrap();
        let told = answer(&Readers::of(&folder.path().display().to_string())).await;
        assert!(matches!(told, Err(Error::Unavailable(_))), "{told:?}");
    }
}
