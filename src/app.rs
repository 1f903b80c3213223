//! The running program: settings, database, clock, keys. It alone opens transactions.

pub mod behind;
pub mod check_mail;
mod keep_file;
pub mod ledger;
pub mod news;
pub mod pause;
mod set_up;
mod sign_in;
mod trouble;
mod watch;

use crate::access::password::Hasher;
use crate::access::token::{Claims, Keys};
use crate::access::vault::Vault;
use crate::access::{Actor, Origin, Role, Tx};
use crate::audit;
use crate::audit::signer::Signer;
use crate::blob::Blobs;
use crate::clock::Clock;
use crate::config::Config;
use crate::db::migrate::{self, Schema};
use crate::db::{Bell, Conn, Store, Ts, postgres};
use crate::error::{Error, Result};
use crate::mail::Mailer;
use crate::org::{actor, link, second_factor};
use crate::{durable, message, quarantine};
use behind::Behind;
use chrono::Duration;
use ledger::IllLogs;
use metrics_exporter_prometheus::PrometheusHandle;
use news::News;
use pause::Pause;
use secrecy::ExposeSecret;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use trouble::Trouble;
use watch::Watch;

pub use sign_in::{Begun, SignedIn};

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
    /// Seals what the database may not tell.
    pub vault: Vault,
    /// Roles that need a second factor.
    pub factor_for: Vec<Role>,
    /// Password hashing.
    pub hasher: Hasher,
    /// Attachment files.
    pub blobs: Blobs,
    /// Outgoing mail.
    pub mailer: Mailer,
    /// When this program began.
    pub began: Ts,
    /// Signs the audit logs.
    pub signer: Signer,
    /// Restored and not released: nothing goes out, no clock fires.
    pub quarantine: AtomicBool,
    /// Between tries of a scheduled backup that failed.
    pub backup_pause: Pause,
    /// When a change could last not be stored.
    pub trouble: Trouble,
    /// The machine's clock is behind what was written last: nothing is changed.
    pub behind: Behind,
    /// Audit logs that are not what they should be.
    pub ill_logs: IllLogs,
    /// Still filling the demo: alive, not ready.
    pub filling: AtomicBool,
    /// How the timers go.
    pub pulse: Pulse,
    /// Pages that listen for what is new.
    pub news: News,
    /// Wakes the jobs that wait for what people do.
    pub bell: Bell,
    /// Who was refused how often in this minute.
    watch: Watch,
    /// Renders the metrics, if they are recorded.
    pub metrics: Option<PrometheusHandle>,
}

/// How the timers go: when they last looked, and how late what they found was.
#[derive(Debug, Default)]
pub struct Pulse {
    /// Microseconds since 1970; 0 before the first look.
    looked: AtomicI64,
    /// Microseconds.
    late: AtomicI64,
    /// Microseconds since 1970 at which they first set out to look; 0 where they have not.
    set_out: AtomicI64,
}

/// Seconds after which late timers are an alarm.
const ALARM_SECONDS: i64 = 60;

impl Pulse {
    /// Notes that the timers set out to look: where they never come to it, silence counts from the first time.
    pub fn set_out(&self, now: Ts) {
        // One that is there already stays: it is the earlier.
        let _ = self.set_out.compare_exchange(0, micros(now), Ordering::AcqRel, Ordering::Acquire);
    }

    /// Notes that the timers looked, and since when the oldest that they found was due.
    pub fn beat(&self, now: Ts, oldest: Option<Ts>) {
        let late = oldest.map_or(0, |at| (now.utc() - at.utc()).num_microseconds().unwrap_or(i64::MAX).max(0));
        self.looked.store(micros(now), Ordering::Release);
        self.late.store(late, Ordering::Release);
    }

    /// When the timers last looked; none if they never did.
    #[must_use]
    pub fn looked_at(&self) -> Option<Ts> {
        time(&self.looked)
    }

    /// Whole seconds by which the oldest that they found was late.
    #[must_use]
    pub fn late_seconds(&self) -> i64 {
        self.late.load(Ordering::Acquire) / 1_000_000
    }

    /// `true` if something waited for them, or they have not looked, for more than a minute.
    #[must_use]
    pub fn is_alarming(&self, now: Ts) -> bool {
        let silent = self.looked_at().or_else(|| time(&self.set_out));
        let silent = silent.map_or(0, |at| now.apart(at).num_seconds());
        self.late_seconds().max(silent) > ALARM_SECONDS
    }
}

/// In quarantine? A schema that is older may not know yet.
fn is_held(conn: &mut Conn<'_>) -> Result<bool> {
    Ok(migrate::pending(conn)?.is_empty() && quarantine::is_on(conn)?)
}

fn micros(at: Ts) -> i64 {
    at.utc().timestamp_micros()
}

/// The time that was noted so; none before the first.
fn time(noted: &AtomicI64) -> Option<Ts> {
    let micros = noted.load(Ordering::Acquire);
    chrono::DateTime::from_timestamp_micros(micros).filter(|_| micros > 0).map(Ts::new)
}

/// On whose behalf a transaction is opened.
#[derive(Debug, Clone)]
pub enum Caller {
    /// Nobody is signed in.
    Anonymous,
    /// The holder of a checked token.
    Token(Claims),
    /// The same where he looks after his own account, which must be possible before he has the second factor that his
    /// roles need; until then he holds none of them there.
    Owner(Claims),
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
        Self::with(config, clock, metrics, Schema::Migrated)
    }

    /// As [`App::open`], with the schema as [`Schema`] says; where that makes no database, no folder and no key is made either.
    ///
    /// # Errors
    /// As [`App::open`].
    pub fn with(config: Config, clock: Clock, metrics: Option<PrometheusHandle>, schema: Schema) -> Result<Self> {
        if let Some(language) = message::unreadable() {
            return Err(Error::start(format!("config/messages/{language}.toml: not readable")));
        }
        let url = config.database_url();
        let with_tls = cfg!(feature = "postgres-tls");
        postgres::refuse_unverified(url.expose_secret(), with_tls, config.database_server_unverified)?;
        // A key is made only by whoever may change the rest: one that a command has made in a wrong folder, or instead of one
        // that is lost, would be taken for the right one. A restore fills an empty folder, whose keys no backup holds.
        let first = schema.makes().then(|| clock.now());
        if first.is_some() {
            let data = &config.data_dir;
            durable::make_private_folder(data).map_err(|e| {
                let place = data.display();
                Error::start(format!("{place}: {e}; set SIGAP_DATA_DIR to a folder that the service may write"))
            })?;
        }
        let store = Store::with(url.expose_secret(), config.database_pool, config.database_seconds, schema)?;
        let keys = Keys::open(&config.keys("jwt"), &config.sign_in, first)?;
        let vault = Vault::open(&config.keys("vault"), first)?;
        let factor_for = roles("sign_in.second_factor_for", &config.sign_in.second_factor_for)?;
        let hasher = Hasher::new(&config.sign_in)?;
        let attachments = config.data_dir.join("attachments");
        let blobs = if first.is_some() { Blobs::open(attachments)? } else { Blobs::at(attachments) };
        let mailer = Mailer::open(&config, first, link::live_until)?;
        let filling = AtomicBool::new(false);
        let (pulse, news) = (Pulse::default(), News::default());
        let (signer, quarantine) = (Signer::open(&config.data_dir), AtomicBool::new(store.read_here(is_held)?));
        Ok(Self(Arc::new(Inner {
            began: clock.now(),
            config,
            store,
            clock,
            keys,
            vault,
            factor_for,
            hasher,
            blobs,
            mailer,
            signer,
            quarantine,
            backup_pause: Pause::default(),
            trouble: Trouble::default(),
            behind: Behind::default(),
            ill_logs: IllLogs::default(),
            filling,
            pulse,
            news,
            bell: Bell::default(),
            watch: Watch::default(),
            metrics,
        })))
    }

    /// How long the program runs; a clock that was set back since its start holds up nothing that waits for that.
    #[must_use]
    pub fn up(&self, now: Ts) -> Duration {
        now.apart(self.began)
    }

    /// Now, for what must never come early: on a node whose clock is ahead of the database's, the database's.
    ///
    /// # Errors
    /// [`Error::Unavailable`] while the database does not answer.
    pub async fn time(&self) -> Result<Ts> {
        let now = self.clock.now();
        match self.clock {
            Clock::Fixed(_) => Ok(now),
            Clock::System => Ok(self.store.now().await?.map_or(now, |theirs| theirs.min(now))),
        }
    }

    /// Runs `f` as `caller` in a read-only transaction. What it notes for the audit log is written before the answer
    /// goes out.
    ///
    /// # Errors
    /// 401 if the caller's session has ended; what `f` returns.
    pub async fn read<T, F>(&self, caller: Caller, origin: Origin, f: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Tx<'_>) -> Result<T> + Send + 'static,
    {
        let (now, whence) = (self.clock.now(), origin.clone());
        let (app, asker) = (self.clone(), caller.clone());
        let read = self
            .store
            .read(move |conn| {
                let actor = actor_of(conn, &caller, now, &app.factor_for)?;
                let mut tx = Tx::new(reborrow(conn), actor, now, origin);
                let value = f(&mut tx)?;
                let notes = tx.take_notes();
                Ok((value, tx.actor, notes))
            })
            .await;
        let (value, actor, notes) = match read {
            Ok(read) => read,
            Err(error) => return Err(self.refused(&asker, &whence, error).await),
        };
        if !notes.is_empty() {
            self.write(Caller::Known(actor), whence, move |tx| audit::write_down(tx, &notes)).await?;
        }
        Ok(value)
    }

    /// Runs `f` as `caller` in a transaction and answers after its commit; `f` may run more than once.
    ///
    /// # Errors
    /// 401 if the caller's session has ended; 503 while the clock is behind; what `f` returns, and then nothing is stored.
    pub async fn write<T, F>(&self, caller: Caller, origin: Origin, f: F) -> Result<T>
    where
        T: Send + 'static,
        F: Fn(&mut Tx<'_>) -> Result<T> + Send + 'static,
    {
        let now = self.clock.now();
        if self.behind.is_on(now) {
            return Err(Error::ClockBehind);
        }
        let app = self.clone();
        let (asker, whence) = (caller.clone(), origin.clone());
        let written = self
            .store
            .write(move |conn| {
                let actor = actor_of(conn, &caller, now, &app.factor_for)?;
                let mut tx = Tx::new(reborrow(conn), actor, now, origin.clone());
                let value = f(&mut tx)?;
                let notes = tx.take_notes();
                audit::write_down(&mut tx, &notes)?;
                Ok((value, tx.is_weighty(), tx.take_counts()))
            })
            .await;
        match written {
            Ok((value, is_weighty, counts)) => {
                for (metric, labels) in counts {
                    metrics::counter!(metric, &labels).increment(1);
                }
                // Not for what a job does, which would wake itself.
                if matches!(asker, Caller::Token(_) | Caller::Owner(_)) {
                    self.bell.ring();
                }
                if is_weighty {
                    self.place_soon().await;
                }
                Ok(value)
            }
            Err(error) => {
                self.trouble.note(&error, now);
                Err(self.refused(&asker, &whence, error).await)
            }
        }
    }
}

fn actor_of(conn: &mut Conn<'_>, caller: &Caller, now: Ts, factor_for: &[Role]) -> Result<Actor> {
    match caller {
        Caller::Anonymous => Ok(Actor::anonymous()),
        Caller::Token(claims) => {
            let actor = actor::load(conn, claims, now)?;
            if lacks_factor(conn, &actor, factor_for)? { Err(Error::FactorNeeded) } else { Ok(actor) }
        }
        Caller::Owner(claims) => {
            let mut actor = actor::load(conn, claims, now)?;
            if lacks_factor(conn, &actor, factor_for)? {
                actor.grants.clear();
            }
            Ok(actor)
        }
        Caller::Known(actor) => Ok(actor.clone()),
    }
}

fn lacks_factor(conn: &mut Conn<'_>, actor: &Actor, factor_for: &[Role]) -> Result<bool> {
    let (Some(person), true) = (actor.person, factor_for.iter().any(|role| actor.is(*role))) else { return Ok(false) };
    Ok(!second_factor::is_set(conn, person)?)
}

fn roles(setting: &str, words: &[String]) -> Result<Vec<Role>> {
    let role = |word: &String| {
        let known = Role::ALL.iter().map(|role| role.text()).collect::<Vec<_>>().join(", ");
        Role::from_text(word)
            .ok_or_else(|| Error::start(format!("setting {setting}: {word} is no role; write {known}")))
    };
    words.iter().map(role).collect()
}

fn reborrow<'a>(conn: &'a mut Conn<'_>) -> Conn<'a> {
    match conn {
        Conn::Pg(c) => Conn::Pg(c),
        Conn::Sqlite(c) => Conn::Sqlite(c),
    }
}
