//! Mail out: rows of the transaction that causes them ([`outbox`]), taken by a node ([`claim`]), made a message once
//! ([`letter`], [`message`], [`thread`]), and handed over ([`transport`]) by `worker/outbox.rs`.

pub mod address;
pub mod ahead;
pub mod authority;
pub mod bounce;
pub mod check;
pub mod choice;
pub mod claim;
mod compose;
pub mod daily;
pub mod delivery;
pub mod dkim;
mod hour;
pub mod inbound;
pub mod intake;
mod lane;
pub mod letter;
pub mod life;
pub mod line;
pub mod mailbox;
pub mod message;
pub mod outbox;
pub mod probe;
pub mod reader;
pub mod thread;
pub mod transport;
pub mod when;

use crate::config::{self, Config};
use crate::db::ahead::is_past;
use crate::db::{Id, Ts};
use crate::error::{Error, Result};
use chrono::Duration;
use claim::Claimed;
use dkim::Dkim;
use life::Lives;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use thread::Signer;
use transport::{Failure, Transport};

/// The first pause after the server was not reached; it doubles up to the longest.
const FIRST_PAUSE: i64 = 5;
const LONGEST_PAUSE: i64 = 60;
/// Seconds between two counts of what waits.
const MEASURED_SECONDS: i64 = 10;
/// Seconds between two checks of a region.
const BETWEEN_CHECKS: i64 = 30;
/// Time for one mail, as a multiple of the time for one answer: greeting to goodbye.
const ANSWERS: u32 = 3;
/// Seconds within which a node begins what it takes at once.
pub const BEGUN_WITHIN: u32 = 10;
/// How long a node may take over a mail: longer than from its taking to the end of the longest try, or another node would send
/// it too.
const LEASE: Duration = Duration::minutes(5);

/// What sends mails: settings, keys, the way out, and whether that is open at the moment.
pub struct Mailer {
    settings: config::Mail,
    /// How people reach the service.
    pub public_url: String,
    /// Signs message ids.
    pub signer: Signer,
    /// Signs messages.
    pub dkim: Dkim,
    folder: PathBuf,
    way: OnceLock<Transport>,
    rest: Mutex<Rest>,
    /// Of one-time links that travel in mails.
    lives: Lives,
    link_seconds: i64,
    /// When each region was last checked; none if checks are as frequent as anybody likes.
    checked: Option<Mutex<BTreeMap<Id, Ts>>>,
    /// When what waits to go out was last counted.
    pub measured_out: Measured,
    /// When what came in was last counted.
    pub measured_in: Measured,
}

/// When something was last counted.
#[derive(Debug, Default)]
pub struct Measured(Mutex<Option<Ts>>);

impl Measured {
    /// `true` once in ten seconds: counting what waits costs the more the more waits.
    pub fn is_due(&self, now: Ts) -> bool {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let pause = Duration::seconds(MEASURED_SECONDS);
        let due = last.is_none_or(|at| is_past(at.plus(pause), now, pause));
        if due {
            *last = Some(now);
        }
        due
    }
}

/// After the server was not reached, nobody knocks for a while; then one mail does.
#[derive(Debug, Clone, Copy, Default)]
struct Rest {
    failures: u32,
    until: Option<Ts>,
}

impl Rest {
    fn is_over(&self, now: Ts) -> bool {
        self.until.is_none_or(|until| is_past(until, now, Duration::seconds(LONGEST_PAUSE)))
    }
}

impl Mailer {
    /// Reads keys, and makes the first one if there is a time to name it after; reads the authorities by which servers that
    /// are set are known; connects to nothing yet. `lives` keeps the links that travel in mails.
    ///
    /// # Errors
    /// [`crate::error::Error::Start`] that names the file or setting.
    pub fn open(config: &Config, first: Option<Ts>, lives: Lives) -> Result<Self> {
        if config.mail.has_server() {
            authority::own("mail.ca_file", &config.mail.ca_file)?;
        }
        if !config.imap.places()?.is_empty() {
            authority::own("imap.ca_file", &config.imap.ca_file)?;
        }
        Ok(Self {
            signer: Signer::open(&config.keys("mail"), first)?,
            dkim: Dkim::open(&config.keys("dkim"), &config.mail.dkim_selector)?,
            settings: config.mail.clone(),
            public_url: config.public_url.clone(),
            folder: config.data_dir.join("mail"),
            way: OnceLock::new(),
            rest: Mutex::default(),
            lives,
            link_seconds: config.sign_in.link_seconds,
            measured_out: Measured::default(),
            measured_in: Measured::default(),
            checked: config.requests_per_minute()?.map(|_| Mutex::default()),
        })
    }

    /// Lets a test have the mails; only before the first was sent.
    pub fn capture(&self) -> Arc<Mutex<Vec<Claimed>>> {
        let list = Arc::default();
        drop(self.way.set(Transport::Captured(Arc::clone(&list))));
        list
    }

    /// Messages of a region an hour; none where there is no server to spare.
    #[must_use]
    pub fn per_hour(&self) -> Option<i64> {
        self.settings.has_server().then_some(self.settings.per_hour)
    }

    /// Messages a second; none where there is no server to spare.
    #[must_use]
    pub fn per_second(&self) -> Option<u32> {
        self.settings.has_server().then_some(self.settings.per_second)
    }

    /// How long a one-time link works after its mail has left.
    fn link_life(&self) -> Duration {
        Duration::seconds(self.link_seconds)
    }

    /// How many mails may be under way now: none while the server rests, one to see whether it is back.
    #[must_use]
    pub fn room(&self, now: Ts) -> usize {
        let rest = *self.rest();
        match rest.until {
            _ if self.settings.hold || !rest.is_over(now) => 0,
            Some(_) => 1,
            None => usize::try_from(self.settings.connections).unwrap_or(1),
        }
    }

    /// `true` where there is no server, so that mails are written to files and reach nobody.
    #[must_use]
    pub fn writes_files(&self) -> bool {
        !self.settings.has_server() && !matches!(self.way.get(), Some(Transport::Captured(_)))
    }

    /// Removes mails that became files before this time, for want of a mail server then or now; says how many.
    ///
    /// # Errors
    /// What the folder says.
    pub fn forget_files(&self, before: Ts) -> std::io::Result<usize> {
        transport::forget(&self.folder, before)
    }

    /// `true` while nothing is sent and no mailbox is read.
    #[must_use]
    pub const fn is_held(&self) -> bool {
        self.settings.hold
    }

    /// Where replies to a mail go.
    #[must_use]
    pub fn reply_to(&self, mail: Id, desk: &str) -> String {
        if self.settings.plus_address { self.signer.reply_address(mail, desk) } else { desk.to_owned() }
    }

    /// Hands a mail over, and notes whether the server was there.
    ///
    /// # Errors
    /// Why it was not taken.
    pub async fn send(&self, mail: &Claimed, now: Ts) -> std::result::Result<(), Failure> {
        let limit = std::time::Duration::from_secs(self.settings.timeout_seconds) * ANSWERS;
        let outcome = match self.way() {
            Ok(way) => way.send(mail, limit).await,
            Err(e) => Err(Failure { lasting: false, reached: false, why: e.to_string() }),
        };
        self.note(outcome.as_ref().err().is_none_or(|failure| failure.reached), now);
        outcome
    }

    /// Counts a check of a region; a check knocks at other servers and may send a mail.
    ///
    /// # Errors
    /// 429 if the last one was a moment ago.
    pub fn may_check(&self, region: Id, now: Ts) -> Result<()> {
        let Some(checked) = &self.checked else { return Ok(()) };
        let mut checked = checked.lock().unwrap_or_else(PoisonError::into_inner);
        let next = checked.get(&region).map(|at| at.plus(Duration::seconds(BETWEEN_CHECKS)));
        let left = next.map_or(0, |at| (at.utc() - now.utc()).num_seconds());
        if (1..=BETWEEN_CHECKS).contains(&left) {
            return Err(Error::TooMany(left.unsigned_abs()));
        }
        checked.insert(region, now);
        Ok(())
    }

    fn way(&self) -> Result<&Transport> {
        if let Some(way) = self.way.get() {
            return Ok(way);
        }
        let opened = Transport::open(&self.settings, self.folder.clone())?;
        Ok(self.way.get_or_init(|| opened))
    }

    fn note(&self, reached: bool, now: Ts) {
        let mut rest = self.rest();
        if reached {
            *rest = Rest::default();
        } else if rest.is_over(now) {
            rest.failures = rest.failures.saturating_add(1);
            let pause = (FIRST_PAUSE << rest.failures.saturating_sub(1).min(8)).min(LONGEST_PAUSE);
            rest.until = Some(now.plus(Duration::seconds(pause)));
        }
    }

    fn rest(&self) -> MutexGuard<'_, Rest> {
        self.rest.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::bounds::BOUNDS;

    // R9
    #[test]
    fn the_longest_try_of_the_mail_that_is_begun_last_ends_before_its_lease() {
        let (.., longest) = BOUNDS.iter().find(|(name, ..)| *name == "mail.timeout_seconds").unwrap();
        let taken = i64::from(BEGUN_WITHIN) + longest * i64::from(ANSWERS);
        assert!(taken < LEASE.num_seconds(), "{taken}");
    }
}
