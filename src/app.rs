//! The running program: settings, database, clock, keys. It alone opens transactions.

use crate::access::password::Hasher;
use crate::access::token::{Claims, Keys};
use crate::access::{Actor, Origin, Tx};
use crate::blob::Blobs;
use crate::clock::Clock;
use crate::config::Config;
use crate::db::{Conn, Store, Ts};
use crate::error::{Error, Result};
use crate::message;
use crate::org::actor;
use metrics_exporter_prometheus::PrometheusHandle;
use secrecy::ExposeSecret;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// Everything that a request needs; cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Inner>);

/// The parts.
pub struct Inner {
    /// Settings.
    pub config: Config,
    /// Database.
    pub store: Store,
    /// Time.
    pub clock: Clock,
    /// Keys of access tokens.
    pub keys: Keys,
    /// Password hashing.
    pub hasher: Hasher,
    /// Attachment files.
    pub blobs: Blobs,
    /// Still filling the demo: alive, not ready.
    pub filling: AtomicBool,
    /// Renders the metrics, if they are recorded.
    pub metrics: Option<PrometheusHandle>,
}

/// On whose behalf a transaction is opened.
#[derive(Debug, Clone)]
pub enum Caller {
    /// Nobody is signed in.
    Anonymous,
    /// The holder of a checked token.
    Token(Claims),
    /// An actor that is known already: demo data, the operator's commands.
    Known(Actor),
}

impl std::ops::Deref for App {
    type Target = Inner;
    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl App {
    /// Opens database, keys and folders.
    ///
    /// # Errors
    /// A sentence for the operator that says what stands in the way.
    pub fn open(config: Config, clock: Clock, metrics: Option<PrometheusHandle>) -> Result<Self> {
        if let Some(language) = message::unreadable() {
            return Err(Error::start(format!("config/messages/{language}.toml: not readable")));
        }
        let store = Store::open(config.database_url().expose_secret(), config.database_pool)?;
        let keys = Keys::open(&config.data_dir.join("keys").join("jwt"), &config.sign_in, clock.now())?;
        let hasher = Hasher::new(&config.sign_in)?;
        let blobs = Blobs::open(config.data_dir.join("attachments"))?;
        let filling = AtomicBool::new(false);
        Ok(Self(Arc::new(Inner { config, store, clock, keys, hasher, blobs, filling, metrics })))
    }

    /// Runs `f` as `caller` in a read-only transaction.
    ///
    /// # Errors
    /// 401 if the caller's session has ended; what `f` returns.
    pub async fn read<T, F>(&self, caller: Caller, origin: Origin, f: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Tx<'_>) -> Result<T> + Send + 'static,
    {
        let now = self.clock.now();
        self.store
            .read(move |conn| {
                let actor = actor_of(conn, &caller, now)?;
                f(&mut Tx::new(reborrow(conn), actor, now, origin))
            })
            .await
    }

    /// Runs `f` as `caller` in a transaction and answers after its commit; `f` may run more than once.
    ///
    /// # Errors
    /// 401 if the caller's session has ended; what `f` returns, and then nothing is stored.
    pub async fn write<T, F>(&self, caller: Caller, origin: Origin, f: F) -> Result<T>
    where
        T: Send + 'static,
        F: Fn(&mut Tx<'_>) -> Result<T> + Send + 'static,
    {
        let now = self.clock.now();
        self.store
            .write(move |conn| {
                let actor = actor_of(conn, &caller, now)?;
                f(&mut Tx::new(reborrow(conn), actor, now, origin.clone()))
            })
            .await
    }
}

fn actor_of(conn: &mut Conn<'_>, caller: &Caller, now: Ts) -> Result<Actor> {
    match caller {
        Caller::Anonymous => Ok(Actor::anonymous()),
        Caller::Token(claims) => actor::load(conn, claims, now),
        Caller::Known(actor) => Ok(actor.clone()),
    }
}

fn reborrow<'a>(conn: &'a mut Conn<'_>) -> Conn<'a> {
    match conn {
        Conn::Pg(c) => Conn::Pg(c),
        Conn::Sqlite(c) => Conn::Sqlite(c),
    }
}
