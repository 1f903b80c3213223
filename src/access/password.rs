//! Passwords: Argon2id (RFC 9106), and the rules of a region's policy (`reliability` §3.1: `nist` or `bssn`).

use crate::config::SignIn;
use crate::error::{Error, Result};
use crate::message::Say;
use crate::say;
use argon2::password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash};
use argon2::{Algorithm, Argon2, Params, Version};
use std::sync::Arc;
use tokio::sync::Semaphore;

/// Of the demo; refused everywhere else.
pub const DEMO_PASSWORD: &str = "sigap-demo-2026";
/// A longer input only costs time.
const MAX_CHARS: usize = 256;
const BLOCKED: &str = include_str!("../../config/blocked-passwords.txt");

crate::text_enum! {
    /// A region's rules for passwords.
    pub enum Policy {
        /// NIST SP 800-63B: length and a block list, no kinds, no age.
        Nist = "nist",
        /// BSSN 4/2021 as read by regional governments: the same, four kinds, 180 days, not one of the last five.
        Bssn = "bssn",
    }
}

impl Policy {
    /// Days after which a password must be changed.
    #[must_use]
    pub const fn max_age_days(self) -> Option<i64> {
        match self {
            Self::Nist => None,
            Self::Bssn => Some(180),
        }
    }

    /// How many earlier passwords may not come back.
    #[must_use]
    pub const fn remembers(self) -> i64 {
        match self {
            Self::Nist => 0,
            Self::Bssn => 5,
        }
    }

    /// What is wrong with `password`, if anything; `words` are those an attacker would try first (name, address,
    /// region).
    #[must_use]
    pub fn refuses(self, password: &str, words: &[&str]) -> Option<Say> {
        let length = password.chars().count();
        let least = 15;
        if length < least {
            return Some(say!("password.short", least = least));
        }
        if length > MAX_CHARS {
            return Some(say!("password.long", most = MAX_CHARS));
        }
        let lower = password.to_lowercase();
        let mut rest = lower.clone();
        for word in words.iter().flat_map(|w| w.split(|c: char| !c.is_alphanumeric())).filter(|w| w.len() >= 2) {
            rest = rest.replace(&word.to_lowercase(), "");
        }
        let mut different: Vec<char> = rest.chars().collect();
        different.sort_unstable();
        different.dedup();
        if lower == DEMO_PASSWORD || BLOCKED.lines().any(|b| b == lower) || different.len() < 6 {
            return Some(say!("password.guessable"));
        }
        let has = |kind: fn(char) -> bool| password.chars().any(kind);
        let kinds =
            [has(char::is_lowercase), has(char::is_uppercase), has(char::is_numeric), has(|c| !c.is_alphanumeric())];
        (self == Self::Bssn && kinds.contains(&false)).then(|| say!("password.kinds"))
    }
}

/// Hashes and checks passwords, few at once, so that a flood of sign-ins can't take the machine.
#[derive(Clone)]
pub struct Hasher {
    argon: Argon2<'static>,
    turns: Arc<Semaphore>,
    /// Checked when there is no such login, so that the answer takes as long.
    decoy: Arc<str>,
}

impl Hasher {
    /// A hasher with the cost of `settings`.
    ///
    /// # Errors
    /// [`Error::Start`] for a cost outside of what Argon2 takes.
    pub fn new(settings: &SignIn) -> Result<Self> {
        let params = Params::new(settings.argon2_memory_kib, settings.argon2_passes, 1, None)
            .map_err(|e| Error::start(format!("setting sign_in.argon2_memory_kib, argon2_passes: {e}")))?;
        let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let decoy = hash_now(&argon, "nobody has this password")?.into();
        Ok(Self { argon, turns: Arc::new(Semaphore::new(settings.hashes_at_once)), decoy })
    }

    /// The PHC string of `password`, computed on a thread that may block.
    ///
    /// # Errors
    /// 503 if the program is stopping.
    pub async fn hash(&self, password: String) -> Result<String> {
        let argon = self.argon.clone();
        self.in_turn(move || hash_now(&argon, &password)).await?
    }

    /// `true` if `password` belongs to `stored`; as slow, and `false`, if there is none.
    ///
    /// # Errors
    /// 503 if the program is stopping.
    pub async fn verify(&self, password: String, stored: Option<String>) -> Result<bool> {
        let (argon, decoy) = (self.argon.clone(), Arc::clone(&self.decoy));
        self.in_turn(move || {
            let known = stored.is_some();
            let text = stored.as_deref().unwrap_or(&decoy);
            let fits = PasswordHash::new(text).is_ok_and(|h| argon.verify_password(password.as_bytes(), &h).is_ok());
            fits && known
        })
        .await
    }

    /// Blocks the calling thread; for the operator's commands and demo data.
    ///
    /// # Errors
    /// [`Error::Internal`] if hashing fails.
    pub fn hash_blocking(&self, password: &str) -> Result<String> {
        hash_now(&self.argon, password)
    }

    async fn in_turn<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        let stopping = |_| Error::Unavailable("stopping".into());
        let turn = Arc::clone(&self.turns).acquire_owned().await.map_err(stopping)?;
        tokio::task::spawn_blocking(move || {
            let done = work();
            drop(turn);
            done
        })
        .await
        .map_err(|e| Error::internal(format!("hashing: {e}")))
    }
}

fn hash_now(argon: &Argon2<'_>, password: &str) -> Result<String> {
    let hash = argon.hash_password(password.as_bytes()).map_err(|e| Error::internal(format!("hashing: {e}")))?;
    Ok(hash.to_string())
}
