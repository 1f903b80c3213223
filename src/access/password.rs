//! Passwords: Argon2id (RFC 9106), and the rules of a region's policy (`reliability` §3.1: `nist` or `bssn`).

use super::token::random;
use crate::config::SignIn;
use crate::error::{Error, Result};
use crate::message::Say;
use crate::say;
use argon2::password_hash::phc::{Output, PasswordHash};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::oneshot;

/// Of the demo; refused everywhere else.
pub const DEMO_PASSWORD: &str = "sigap-demo-2026";
/// A longer input only costs time.
const MAX_CHARS: usize = 256;
/// Refused as they stand.
const BLOCKED: &str = include_str!("../../config/blocked-passwords.txt");
/// The most common passwords of the world; what is one of them, or two of them joined, is refused. Read where they lie in
/// the program: nothing of them is kept in memory.
const COMMON: &str = include_str!("../../config/common-passwords.txt");
/// Words that everybody of a regional government knows: its names, its offices, its days. The longest first, as a word
/// that stands in another would else tear it.
const LOCAL: &str = include_str!("../../config/local-words.txt");
/// A shorter common password is a syllable of everything.
const PART: usize = 4;
/// A date at the beginning or end adds so many digits, and nothing that is hard to guess.
const DATE: usize = 8;

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
        for word in LOCAL.lines() {
            rest = rest.replace(word, "");
        }
        let mut different: Vec<char> = rest.chars().collect();
        different.sort_unstable();
        different.dedup();
        let blocked = BLOCKED.lines().any(|b| b == lower);
        if lower == DEMO_PASSWORD || blocked || different.len() < 6 || is_common(&lower) || is_common(&rest) {
            return Some(say!("password.guessable"));
        }
        let has = |kind: fn(char) -> bool| password.chars().any(kind);
        let kinds =
            [has(char::is_lowercase), has(char::is_uppercase), has(char::is_numeric), has(|c| !c.is_alphanumeric())];
        (self == Self::Bssn && kinds.contains(&false)).then(|| say!("password.kinds"))
    }
}

/// `true` if `text` is a common password or two of them joined, whatever stands between them and with a date at most beside.
fn is_common(text: &str) -> bool {
    let joined: String = text.chars().filter(|c| c.is_alphanumeric()).collect();
    let word = joined.trim_matches(|c: char| c.is_ascii_digit());
    // Nothing but a date and a sign or two.
    let is_date = word.is_empty() && text.chars().count() <= DATE + 4;
    is_date || is_covered(&joined) || (joined.len() - word.len() <= DATE && is_covered(word))
}

fn is_covered(text: &str) -> bool {
    // Whether the first so many bytes are a common password, and the last.
    let none = || vec![false; text.len() + 1];
    let (mut first, mut last) = (none(), none());
    let mark = |marks: &mut [bool], length: usize| {
        if let Some(mark) = marks.get_mut(length) {
            *mark = true;
        }
    };
    for common in COMMON.lines().filter(|common| common.len() >= PART) {
        if text.starts_with(common) {
            mark(&mut first, common.len());
        }
        if text.ends_with(common) {
            mark(&mut last, common.len());
        }
    }
    mark(&mut first, 0);
    mark(&mut last, 0);
    !text.is_empty() && first.iter().zip(last.iter().rev()).any(|(first, last)| *first && *last)
}

type Job = Box<dyn FnOnce(&mut Bench) + Send>;

/// Sign-ins that may wait for a hash; one more is told to come back.
const QUEUE: usize = 64;

/// Hashes and checks passwords on a few threads of its own: a flood of sign-ins can't take the machine.
#[derive(Clone)]
pub struct Hasher {
    jobs: SyncSender<Job>,
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
        let (jobs, queue) = sync_channel::<Job>(QUEUE);
        let queue = Arc::new(Mutex::new(queue));
        for number in 0..settings.hashes_at_once {
            let (mut bench, queue) = (Bench { params: params.clone(), memory: Vec::new() }, Arc::clone(&queue));
            std::thread::Builder::new()
                .name(format!("hasher-{number}"))
                .spawn(move || work(&mut bench, &queue))
                .map_err(|e| Error::start(format!("hasher thread: {e}")))?;
        }
        Ok(Self { jobs, decoy: decoy(&params)?.into() })
    }

    /// The PHC string of `password`.
    ///
    /// # Errors
    /// 429 if too many wait.
    pub async fn hash(&self, password: String) -> Result<String> {
        self.in_turn(move |bench| bench.hash(&password)).await?
    }

    /// `true` if `password` belongs to `stored`; as slow, and `false`, if there is none.
    ///
    /// # Errors
    /// 429 if too many wait.
    pub async fn verify(&self, password: String, stored: Option<String>) -> Result<bool> {
        let decoy = Arc::clone(&self.decoy);
        self.in_turn(move |bench| {
            let known = stored.is_some();
            let fits = bench.fits(&password, stored.as_deref().unwrap_or(&decoy));
            fits && known
        })
        .await
    }

    async fn in_turn<T: Send + 'static>(&self, hash: impl FnOnce(&mut Bench) -> T + Send + 'static) -> Result<T> {
        let (tell, told) = oneshot::channel();
        // Whoever asked may have gone; then nobody needs the answer.
        let job: Job = Box::new(move |bench| drop(tell.send(hash(bench))));
        self.jobs.try_send(job).map_err(|_| Error::TooMany(1))?;
        told.await.map_err(|_| Error::internal("a hasher stopped"))
    }
}

/// Until the last handle is gone: one job after the other.
fn work(bench: &mut Bench, queue: &Mutex<Receiver<Job>>) {
    loop {
        let job = queue.lock().unwrap_or_else(PoisonError::into_inner).recv();
        match job {
            Ok(job) => job(bench),
            Err(_) => return,
        }
    }
}

/// What a hasher's thread works with. The memory that a hash fills is taken once and used again: given back each
/// time, the allocator would keep a block for every size that it ever saw.
struct Bench {
    params: Params,
    memory: Vec<Block>,
}

impl Bench {
    fn hash(&mut self, password: &str) -> Result<String> {
        let failed = |e: &dyn std::fmt::Display| Error::internal(format!("hashing: {e}"));
        let salt = random::<16>()?;
        let mut hash = [0; Params::DEFAULT_OUTPUT_LEN];
        self.fill(&self.params.clone(), password, &salt, &mut hash).map_err(|e| failed(&e))?;
        Ok(phc(&self.params, &salt, &hash))
    }

    /// `true` if `password` belongs to the PHC string `stored`, at whatever cost that was made.
    fn fits(&mut self, password: &str, stored: &str) -> bool {
        let Ok(parsed) = PasswordHash::new(stored) else { return false };
        let (Ok(params), Some(salt), Some(wanted)) = (Params::try_from(&parsed), &parsed.salt, &parsed.hash) else {
            return false;
        };
        let mut hash = vec![0; wanted.len()];
        self.fill(&params, password, salt, &mut hash).is_ok()
            // Compared in constant time.
            && Output::new(&hash).is_ok_and(|found| found == *wanted)
    }

    fn fill(&mut self, params: &Params, password: &str, salt: &[u8], hash: &mut [u8]) -> argon2::Result<()> {
        if self.memory.len() < params.block_count() {
            self.memory.resize(params.block_count(), Block::new());
        }
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params.clone()).hash_password_into_with_memory(
            password.as_bytes(),
            salt,
            hash,
            &mut self.memory,
        )
    }
}

/// The stored form (PHC string format) of a hash.
fn phc(params: &Params, salt: &[u8], hash: &[u8]) -> String {
    let (m, t, p) = (params.m_cost(), params.t_cost(), params.p_cost());
    let (salt, hash) = (STANDARD_NO_PAD.encode(salt), STANDARD_NO_PAD.encode(hash));
    format!("$argon2id$v=19$m={m},t={t},p={p}${salt}${hash}")
}

/// A stored form that no password has, at the same cost: its hash is no hash, but random.
fn decoy(params: &Params) -> Result<String> {
    Ok(phc(params, &random::<16>()?, &random::<32>()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    use argon2::password_hash::{Error as Refusal, PasswordVerifier};

    fn cheap() -> Params {
        Params::new(8, 1, 1, None).unwrap()
    }

    fn refused(password: &str) -> bool {
        Policy::Nist.refuses(password, &["Siti Aminah", "Lebak"]).is_some()
    }

    #[test]
    fn common_passwords_words_of_the_region_and_dates_are_no_password_however_they_are_joined() {
        for bad in [
            "password123456789",
            "Password-Dragon-2026",
            "iloveyousunshine",
            "17081945superman",
            "football_football_1",
            "dinkominfo-lebak-2026",
            "SigapTemanggung2026!",
            "bupatipurbalingga99",
            "rangkasbitungrangkasbitung",
            "bupatitemanggung17081945",
            "passwordsitiaminah1",
            "qwertyuiopasdfghjkl",
        ] {
            assert!(refused(bad), "{bad}");
        }
        for good in [
            "sembilan kuda nil berlari",
            "payung-biru-di-teras",
            "three dragons eat much sunshine",
            "x9 lumbung kering lebak",
            "lebak!@#$%^&*()_+|",
            "#!/?%&=~_-;:,.<>",
        ] {
            assert!(!refused(good), "{good}");
        }
    }

    #[test]
    fn the_lists_are_as_long_as_they_should_be_and_hold_nothing_that_no_password_is_compared_with() {
        assert!(COMMON.lines().count() > 9_900 && LOCAL.lines().count() > 500);
        assert!(LOCAL.lines().is_sorted_by_key(|word| std::cmp::Reverse(word.len())), "purbalingga before bali");
        for line in COMMON.lines().chain(LOCAL.lines()).chain(BLOCKED.lines()) {
            assert!(!line.is_empty() && line == line.to_lowercase(), "{line:?}");
        }
    }

    #[test]
    fn the_decoy_is_checked_as_a_real_hash_is_and_fits_no_password() {
        let text = decoy(&cheap()).unwrap();
        let parsed = PasswordHash::new(&text).unwrap();
        let refusal = Argon2::default().verify_password(b"anything", &parsed).unwrap_err();
        assert_eq!(refusal, Refusal::PasswordInvalid);
    }

    #[test]
    fn a_hash_is_what_the_library_itself_makes_of_the_password_whatever_its_cost() {
        let mut bench = Bench { params: cheap(), memory: Vec::new() };
        let stored = bench.hash("kata sandi panjang").unwrap();
        Argon2::default().verify_password(b"kata sandi panjang", stored.as_str()).unwrap();
        assert!(bench.fits("kata sandi panjang", &stored));
        assert!(!bench.fits("kata sandi lain", &stored));
        bench.params = Params::new(64, 2, 1, None).unwrap();
        let dearer = bench.hash("kata sandi panjang").unwrap();
        assert!(bench.fits("kata sandi panjang", &dearer) && bench.fits("kata sandi panjang", &stored));
        assert!(!bench.fits("kata sandi panjang", "$argon2id$v=19$m=8"));
    }
}
