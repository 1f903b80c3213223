//! `Idempotency-Key`: the first answer again, recorded in the transaction of its effect. Of two that arrive at once,
//! one inserts the key and the other waits for it: unique by constraint, never by look-up.

use super::answer::Answer;
use super::problem;
use crate::access::Tx;
use crate::access::vault::Vault;
use crate::error::{Error, Result};
use crate::message::Language;
use crate::recorded::{self, Recorded};
use crate::say;

/// How the body of a kept answer begins that holds a secret: it is sealed by a key outside the database. No JSON begins so.
const SEALED: &str = "sealed:";

/// What a client sent to make a request safe to repeat.
#[derive(Debug, Clone)]
pub struct Key {
    /// The header's value.
    pub key: String,
    /// SHA-256 over method, path and body.
    pub fingerprint: String,
    /// Language of a stored problem.
    pub language: Language,
}

/// Checks a header's value.
///
/// # Errors
/// 422 for anything but 1 to 255 visible ASCII characters.
pub fn check(key: &str) -> Result<()> {
    let fits = (1..=255).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_graphic());
    if fits { Ok(()) } else { Err(Error::invalid("/Idempotency-Key", say!("field.idempotency_key"))) }
}

/// Runs `f` for the first of all requests with this key, and gives its answer to every later one.
///
/// # Errors
/// 422 for a key that came with another request; passing failures, which are not recorded.
pub fn once(tx: &mut Tx<'_>, key: &Key, vault: &Vault, f: impl Fn(&mut Tx<'_>) -> Result<Answer>) -> Result<Answer> {
    if !recorded::claim(tx, &key.key, &key.fingerprint)? {
        // It may have been swept away in between.
        let first = recorded::find(tx, &key.key)?.ok_or_else(|| Error::Retry("the key has just become free".into()))?;
        return repeat(first, key, vault);
    }
    let answer = match tx.attempt(|_| true, f) {
        Ok(answer) => answer,
        Err(error) if error.is_passing() => return Err(error),
        Err(error) => problem::answer(&error, key.language),
    };
    let sealed = match &answer.body {
        Some(body) if answer.secret => Some(format!("{SEALED}{}", vault.seal(body.as_bytes(), tx.actor.person()?)?)),
        _ => None,
    };
    let (location, etag) = (answer.location.as_deref(), answer.etag.as_deref());
    recorded::keep(tx, &key.key, answer.status, location, etag, sealed.as_deref().or(answer.body.as_deref()))?;
    Ok(answer)
}

/// The first answer, if there is one: for what can't be undone, and is asked for before it is begun again.
///
/// # Errors
/// 422 for a key that came with another request.
pub fn earlier(tx: &mut Tx<'_>, key: &Key, vault: &Vault) -> Result<Option<Answer>> {
    recorded::find(tx, &key.key)?.map(|first| repeat(first, key, vault)).transpose()
}

fn repeat(first: Recorded, key: &Key, vault: &Vault) -> Result<Answer> {
    if first.fingerprint != key.fingerprint {
        return Err(Error::invalid("/Idempotency-Key", say!("field.idempotency_reused")));
    }
    let status = first.status.and_then(|s| u16::try_from(s).ok());
    let status = status.ok_or_else(|| Error::Unavailable("the first request is still running".into()))?;
    let plain = match first.body.as_deref().and_then(|body| body.strip_prefix(SEALED)) {
        Some(sealed) => Some(vault.unseal(sealed, first.person_id)?),
        None => None,
    };
    let told = |bytes| String::from_utf8(bytes).map_err(|_| Error::internal("a sealed answer is no text"));
    let (secret, body) = (plain.is_some(), plain.map(told).transpose()?.or(first.body));
    Ok(Answer { status, location: first.location, etag: first.etag, body, secret, ..Answer::default() })
}
