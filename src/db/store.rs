//! Where the data lives: chosen by URL, read by `read`, changed by `write`, each one transaction.

use super::bell::tell;
use super::migrate::Schema;
use super::standby::{self, Standby};
use super::{Bell, Conn, Ts, postgres, sqlite};
use crate::error::{Error, Result};
use std::sync::{Arc, Mutex, PoisonError};

/// What is read and what is changed, each of one type: with a type of its own, each of several hundred transactions would
/// have the queues, retries and tasks below made for it anew, which was a fifth of the program.
pub(super) type Read = Box<dyn FnOnce(&mut Conn<'_>) -> Result<()> + Send>;
pub(super) type Write = Box<dyn Fn(&mut Conn<'_>) -> Result<()> + Send>;

/// What a transaction found, on its way to whoever asked; one that runs again puts in place what it found then.
struct Found<T>(Arc<Mutex<Option<T>>>);

impl<T> Found<T> {
    /// Both ends.
    fn both() -> (Self, Self) {
        let place = Arc::default();
        (Self(Arc::clone(&place)), Self(place))
    }

    fn put(&self, value: T) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(value);
    }

    fn take(self) -> Result<T> {
        let found = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        found.ok_or_else(|| Error::internal("a transaction that ended well has found nothing"))
    }
}

/// The database of this process.
#[derive(Clone)]
pub enum Store {
    /// PostgreSQL behind a pool.
    Postgres(postgres::Pool),
    /// Embedded SQLite: one writer, a few readers.
    Sqlite(sqlite::Files),
}

impl Store {
    /// Opens the database that `url` names (`sqlite:PATH` or `postgres://…`), checks that its settings keep what
    /// they acknowledge, and migrates it. In PostgreSQL a statement may take so many seconds.
    ///
    /// # Errors
    /// A sentence that says what stands in the way, for the operator.
    pub fn open(url: &str, pool_size: u32, seconds: u32) -> Result<Self> {
        Self::with(url, pool_size, seconds, Schema::Migrated)
    }

    /// As [`Store::open`], with the schema as [`Schema`] says.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub fn with(url: &str, pool_size: u32, seconds: u32, schema: Schema) -> Result<Self> {
        match url.strip_prefix("sqlite:") {
            Some(path) => sqlite::Files::open(path, schema).map(Self::Sqlite),
            None => postgres::open(url, pool_size, seconds, schema).map(Self::Postgres),
        }
    }

    /// Runs `f` in a read-only transaction on this thread, which must be one that may block: at a start.
    ///
    /// # Errors
    /// What `f` returns; [`Error::Unavailable`] while the database does not answer.
    pub fn read_here<T>(&self, f: impl FnOnce(&mut Conn<'_>) -> Result<T>) -> Result<T> {
        match self {
            Self::Postgres(pool) => pool.read_here(f),
            Self::Sqlite(files) => files.read_here(f),
        }
    }

    /// Runs `f` in a read-only transaction, on a thread that may block.
    ///
    /// # Errors
    /// What `f` returns; [`Error::Unavailable`] while the database does not answer.
    pub async fn read<T, F>(&self, f: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Conn<'_>) -> Result<T> + Send + 'static,
    {
        let (place, found) = Found::both();
        self.run_read(Box::new(move |conn| f(conn).map(|value| place.put(value)))).await?;
        found.take()
    }

    async fn run_read(&self, f: Read) -> Result<()> {
        match self {
            Self::Postgres(pool) => pool.read(f).await,
            Self::Sqlite(files) => files.read(f).await,
        }
    }

    /// Runs `f` in a transaction and answers only after its commit. `f` may run more than once: PostgreSQL may ask
    /// to try again.
    ///
    /// # Errors
    /// What `f` returns, and then nothing of it is stored; [`Error::Unavailable`] while the database does not
    /// answer or too many wait.
    pub async fn write<T, F>(&self, f: F) -> Result<T>
    where
        T: Send + 'static,
        F: Fn(&mut Conn<'_>) -> Result<T> + Send + 'static,
    {
        let (place, found) = Found::both();
        self.run_write(Box::new(move |conn| f(conn).map(|value| place.put(value)))).await?;
        found.take()
    }

    async fn run_write(&self, f: Write) -> Result<()> {
        match self {
            Self::Sqlite(files) => files.write(f).await,
            Self::Postgres(pool) => pool.write(f).await,
        }
    }

    /// The server's own time; none where the database has no clock but this process's.
    ///
    /// # Errors
    /// [`Error::Unavailable`] while the database does not answer.
    pub async fn now(&self) -> Result<Option<Ts>> {
        match self {
            Self::Sqlite(_) => Ok(None),
            Self::Postgres(_) => self.read(postgres::now).await.map(Some),
        }
    }

    /// Leaves the embedded database in its one file, at an end: until then the newest changes lie in another beside it, which whoever
    /// copies a stopped database forgets. Blocks. While others read the file, theirs stays as it is.
    ///
    /// # Errors
    /// [`Error::Unavailable`] if the file does not take it; what was acknowledged is there all the same.
    pub fn settle(&self) -> Result<()> {
        match self {
            Self::Sqlite(files) => files.settle(),
            Self::Postgres(_) => Ok(()),
        }
    }

    /// Lets `bell` hear what other nodes ring, where there can be others.
    pub fn listen(&self, bell: &Bell) {
        if let Self::Postgres(pool) = self {
            pool.listen(bell);
        }
    }

    /// Tells other nodes that `bell` was rung, where there can be others.
    ///
    /// # Errors
    /// [`Error::Unavailable`] while the database does not answer.
    pub async fn tell(&self, bell: &Bell) -> Result<()> {
        match self {
            Self::Sqlite(_) => Ok(()),
            Self::Postgres(_) => {
                let node = bell.node().to_owned();
                self.write(move |conn| tell(conn, &node)).await
            }
        }
    }

    /// What stands ready to take over; none where nothing can, or where the server can't tell.
    pub async fn standby(&self) -> Option<Standby> {
        match self {
            Self::Sqlite(_) => None,
            // Being asked for a standby is no reason to be called not ready.
            Self::Postgres(_) => self.read(standby::look).await.ok().flatten(),
        }
    }

    /// Which database this is, for logs and health answers.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Postgres(_) => "postgresql",
            Self::Sqlite(_) => "sqlite",
        }
    }
}
