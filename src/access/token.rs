//! Access tokens: short JWT (RFC 7519, RFC 9068) signed with HMAC-SHA-256, with keys that rotate by `kid`; and
//! random one-use secrets, of which only the hash is stored.

use super::key_files;
use crate::config::SignIn;
use crate::db::{Id, Ts};
use crate::error::{Error, Result};
use crate::ready::Ready;
use crate::say;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, decode_header, encode};
use ring::hmac;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use subtle::ConstantTimeEq;

const ISSUER: &str = "sigap";
const TYPE: &str = "at+jwt";
/// Seconds by which two nodes' clocks may differ.
const LEEWAY: i64 = 5;

/// Seconds to find the device and type its code.
const STEP_LIFE: i64 = 300;

/// Which door a token opens; what was made for one opens no other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Audience {
    /// REST: short, renewed by a refresh token.
    Api,
    /// Pages: the cookie of a browser, as long as its session.
    Pages,
    /// Between the two pages of signing in: the password was right, a code is still needed. No session goes with it.
    Step,
}

impl Audience {
    const fn name(self) -> &'static str {
        match self {
            Self::Api => "sigap-api",
            Self::Pages => "sigap-pages",
            Self::Step => "sigap-step",
        }
    }
}

/// Checked tokens that are remembered at most.
const CHECKED: usize = 4096;

/// What a token says.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claims {
    iss: String,
    aud: String,
    /// The person.
    pub sub: Id,
    /// His session.
    pub sid: Id,
    /// When it was issued, in seconds since 1970.
    pub iat: i64,
    nbf: i64,
    exp: i64,
}

/// The signing keys: one file each in a folder that only the service may read, never in the database.
#[derive(Clone)]
pub struct Keys {
    folder: Arc<PathBuf>,
    ring: Arc<RwLock<Vec<Key>>>,
    /// Checked tokens by their hash, and the door that they open.
    checked: Arc<Ready<([u8; 32], Audience), Claims>>,
    /// Seconds.
    api_life: i64,
    pages_life: i64,
}

struct Key {
    kid: String,
    secret: Vec<u8>,
    encoding: EncodingKey,
    decoding: DecodingKey,
}

impl Keys {
    /// Reads the keys of `folder`; makes the first one if there is a time to name it after.
    ///
    /// # Errors
    /// [`Error::Start`] that names the file.
    pub fn open(folder: &Path, settings: &SignIn, first: Option<Ts>) -> Result<Self> {
        let keys = Self {
            folder: Arc::new(folder.to_owned()),
            ring: Arc::default(),
            checked: Arc::new(Ready::holding(CHECKED)),
            api_life: settings.access_seconds,
            pages_life: settings.refresh_seconds,
        };
        keys.reload()?;
        let is_empty = keys.ring.read().unwrap_or_else(PoisonError::into_inner).is_empty();
        if let Some(now) = first.filter(|_| is_empty) {
            keys.rotate(now)?;
        }
        Ok(keys)
    }

    /// Makes a new key that signs from now on; older ones still verify what they signed.
    ///
    /// # Errors
    /// [`Error::Start`] that names the file.
    pub fn rotate(&self, now: Ts) -> Result<String> {
        // After every other key, even if the machine's clock was set back since: the newest one signs.
        let newest = self.ring.read().unwrap_or_else(PoisonError::into_inner).last().map(|key| key.kid.clone());
        let kid = (0..40)
            .map(|n| Id::new(now.plus(chrono::Duration::milliseconds((1 << n) - 1))).to_string())
            .find(|kid| newest.as_ref().is_none_or(|newest| kid > newest))
            .ok_or_else(|| Error::start(format!("{}: a key is named later than any time", self.folder.display())))?;
        key_files::make(&self.folder, &kid)?;
        self.reload()?;
        Ok(kid)
    }

    /// Reads the folder again: another process may have made a key.
    ///
    /// # Errors
    /// [`Error::Start`] that names the file.
    pub fn reload(&self) -> Result<()> {
        let key = |(kid, secret): (String, Vec<u8>)| Key {
            kid,
            encoding: EncodingKey::from_secret(&secret),
            decoding: DecodingKey::from_secret(&secret),
            secret,
        };
        let ring = key_files::read(&self.folder)?.into_iter().map(key).collect();
        *self.ring.write().unwrap_or_else(PoisonError::into_inner) = ring;
        // What a key that is gone has signed is signed by nobody.
        self.checked.forget();
        Ok(())
    }

    /// Signs a token for `person` in `session`; returns it with its life in seconds.
    ///
    /// # Errors
    /// [`Error::Internal`] if signing fails.
    pub fn issue(&self, person: Id, session: Id, audience: Audience, now: Ts) -> Result<(String, i64)> {
        let at = now.utc().timestamp();
        let life = match audience {
            Audience::Api => self.api_life,
            Audience::Pages => self.pages_life,
            Audience::Step => STEP_LIFE,
        };
        let claims = Claims {
            iss: ISSUER.into(),
            aud: audience.name().into(),
            sub: person,
            sid: session,
            iat: at,
            nbf: at,
            exp: at.saturating_add(life),
        };
        let ring = self.ring.read().unwrap_or_else(PoisonError::into_inner);
        let key = ring.last().ok_or_else(|| Error::internal("no signing key"))?;
        let header = Header { typ: Some(TYPE.into()), kid: Some(key.kid.clone()), ..Header::new(Algorithm::HS256) };
        let token = encode(&header, &claims, &key.encoding).map_err(|e| Error::internal(format!("token: {e}")))?;
        Ok((token, life))
    }

    /// Checks a token: our type, algorithm, key, issuer, audience and times (RFC 8725).
    ///
    /// # Errors
    /// 401 for anything that is not ours or not valid now.
    pub fn verify(&self, token: &str, audience: Audience, now: Ts) -> Result<Claims> {
        // Its signature is checked once, as the same token comes with every request of a session; what is kept of it is a
        // hash, from which nobody gets a token back.
        let hash = Sha256::digest(token.as_bytes()).into();
        let claims = self.checked.get_or((hash, audience), || self.check(token, audience))?;
        let at = now.utc().timestamp();
        let timely =
            claims.nbf <= at.saturating_add(LEEWAY) && claims.iat <= at.saturating_add(LEEWAY) && at < claims.exp;
        if timely { Ok((*claims).clone()) } else { Err(Error::Unauthenticated(say!("sign_in.again"))) }
    }

    /// What a token of ours says, whatever the time.
    fn check(&self, token: &str, audience: Audience) -> Result<Claims> {
        let refused = || Error::Unauthenticated(say!("sign_in.again"));
        let header = decode_header(token).map_err(|_| refused())?;
        if header.typ.as_deref() != Some(TYPE) {
            return Err(refused());
        }
        let kid = header.kid.ok_or_else(refused)?;
        match self.decode(&kid, token, audience) {
            Some(result) => result,
            // Another node, or `sigap user rotate-keys`, may have made a key since we looked.
            None if is_id(&kid) => {
                // Whoever invents a name must learn nothing of the folder, and whoever holds a token can sign in again.
                self.reload().map_err(|e| {
                    tracing::error!(error = %e, "the keys of tokens can't be read again");
                    refused()
                })?;
                self.decode(&kid, token, audience).ok_or_else(refused)?
            }
            None => return Err(refused()),
        }
        .map_err(|_| refused())
    }

    /// What a form of `session` carries, so that no other site's form is taken for ours.
    ///
    /// # Errors
    /// [`Error::Internal`] without a key.
    pub fn form_token(&self, session: Id) -> Result<String> {
        let ring = self.ring.read().unwrap_or_else(PoisonError::into_inner);
        ring.last().map(|key| form_tag(&key.secret, session)).ok_or_else(|| Error::internal("no signing key"))
    }

    /// `true` for a token that one of our keys made for `session`.
    #[must_use]
    pub fn is_form_token(&self, session: Id, token: &str) -> bool {
        let ring = self.ring.read().unwrap_or_else(PoisonError::into_inner);
        ring.iter().any(|key| bool::from(form_tag(&key.secret, session).as_bytes().ct_eq(token.as_bytes())))
    }

    fn decode(
        &self,
        kid: &str,
        token: &str,
        audience: Audience,
    ) -> Option<std::result::Result<Claims, jsonwebtoken::errors::Error>> {
        let mut validation = Validation::new(Algorithm::HS256);
        validation.set_required_spec_claims(&["exp", "nbf", "iss", "aud", "sub"]);
        validation.set_issuer(&[ISSUER]);
        validation.set_audience(&[audience.name()]);
        // Times are checked against our own clock, not the library's.
        validation.validate_exp = false;
        validation.validate_nbf = false;
        let ring = self.ring.read().unwrap_or_else(PoisonError::into_inner);
        let key = ring.iter().find(|k| k.kid == kid)?;
        Some(decode::<Claims>(token, &key.decoding, &validation).map(|data| data.claims))
    }
}

fn form_tag(secret: &[u8], session: Id) -> String {
    hex(mac(secret, &[b"sigap form\0", session.0.as_bytes()]).as_ref())
}

fn is_id(text: &str) -> bool {
    text.parse::<Id>().is_ok()
}

/// HMAC-SHA-256 of `parts`, one after the other (RFC 2104).
#[must_use]
pub fn mac(key: &[u8], parts: &[&[u8]]) -> hmac::Tag {
    let mut mac = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, key));
    for part in parts {
        mac.update(part);
    }
    mac.sign()
}

/// `N` bytes from the operating system.
///
/// # Errors
/// [`Error::Internal`] if the system has none.
pub fn random<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|e| Error::internal(format!("random source: {e}")))?;
    Ok(bytes)
}

/// A secret for one use: what its holder gets, and the hash that is stored.
pub struct Secret {
    /// For its holder only.
    pub plain: String,
    /// For the database.
    pub hash: String,
}

impl Secret {
    /// A new one of 256 bits.
    ///
    /// # Errors
    /// [`Error::Internal`] without a random source.
    pub fn new() -> Result<Self> {
        let plain = URL_SAFE_NO_PAD.encode(random::<32>()?);
        Ok(Self { hash: hash(&plain), plain })
    }
}

/// The stored form of a secret. Its input is random, so a fast hash is enough.
#[must_use]
pub fn hash(plain: &str) -> String {
    hex(&Sha256::digest(plain.as_bytes()))
}

/// Lower-case hexadecimal.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    let digit = |n: u8| char::from_digit(n.into(), 16).unwrap_or_default();
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}
