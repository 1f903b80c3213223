//! A request as a handler sees it: who calls, in which language, under which conditions.

use super::answer::Answer;
use super::idempotency::{self, Key};
use super::problem::{self, Problem};
use crate::access::token::{Audience, Claims, hex};
use crate::access::{Origin, Tx};
use crate::app::{App, Caller};
use crate::error::{Error, Result};
use crate::http::{Limiter, header, origin};
use crate::message::{Language, Say};
use crate::say;
use crate::ticket::find::TicketRef;
use actix_web::dev::Payload;
use actix_web::http::header::{ACCEPT_LANGUAGE, AUTHORIZATION, IF_MATCH, IF_NONE_MATCH, USER_AGENT};
use actix_web::{FromRequest, HttpRequest, HttpResponse, web};
use sha2::{Digest, Sha256};
use std::future::{Ready, ready};

/// What handlers answer with.
pub type Reply = std::result::Result<HttpResponse, Problem>;

/// The request without its body.
#[derive(Clone)]
pub struct Call {
    /// The program.
    pub app: App,
    /// Language of the answer.
    pub language: Language,
    /// Where the request came from.
    pub origin: Origin,
    /// Program of the caller.
    pub agent: String,
    claims: Option<Claims>,
    is_own: bool,
    /// Why the token that came is none; told by what needs a caller, while signing in goes on without.
    refusal: Option<Say>,
    expected: Option<i32>,
    known: Option<String>,
    idempotency_key: Option<String>,
    what: String,
}

/// A request that needs nobody to be signed in.
pub struct Guest(pub Call);

/// A request about the caller's own account, which he may look after before he has the second factor that his roles
/// need.
pub struct Own(pub Call);

impl Call {
    fn counted(request: &HttpRequest, is_open: bool) -> Result<Self> {
        Self::read_request(request, is_open, request.app_data::<web::Data<Limiter>>())
    }

    fn read_request(request: &HttpRequest, is_open: bool, limiter: Option<&web::Data<Limiter>>) -> Result<Self> {
        let app = request.app_data::<web::Data<App>>().ok_or_else(|| Error::internal("no app"))?.get_ref().clone();
        let origin = origin(request, &app.config);
        let (claims, refusal) = match header(request, AUTHORIZATION.as_str()).map(|value| bearer(&app, value)) {
            None => (None, None),
            Some(Ok(claims)) => (Some(claims), None),
            Some(Err(Error::Unauthenticated(why))) => (None, Some(why)),
            Some(Err(other)) => return Err(other),
        };
        if let Some(limiter) = limiter {
            match &claims {
                Some(claims) => limiter.person(claims.sub)?,
                None => limiter.address(&origin.address)?,
            }
        }
        // Before anything else is looked at: who is not signed in learns nothing from his request's faults.
        if claims.is_none() && !is_open {
            return Err(Error::Unauthenticated(refusal.unwrap_or_else(|| say!("sign_in.needed"))));
        }
        // No name holds it, and PostgreSQL can't even look for it.
        if request.match_info().iter().any(|(_, part)| part.contains('\0')) {
            return Err(Error::NotFound);
        }
        let idempotency_key = header(request, "idempotency-key").map(str::to_owned);
        idempotency_key.as_deref().map_or(Ok(()), idempotency::check)?;
        Ok(Self {
            language: language(request),
            agent: header(request, USER_AGENT.as_str()).unwrap_or_default().to_owned(),
            expected: header(request, IF_MATCH.as_str()).map(version).transpose()?.flatten(),
            known: header(request, IF_NONE_MATCH.as_str()).map(str::to_owned),
            idempotency_key,
            what: format!("{} {}", request.method(), request.uri()),
            app,
            origin,
            claims,
            is_own: false,
            refusal,
        })
    }

    /// The ticket that a path names, at the version that `If-Match` expects.
    #[must_use]
    pub fn ticket(&self, name: &str) -> TicketRef {
        TicketRef::parse(name, self.expected)
    }

    /// The version that `If-Match` expects.
    #[must_use]
    pub fn expected(&self) -> Option<i32> {
        self.expected
    }

    fn caller(&self) -> Result<Caller> {
        let why = || self.refusal.clone().unwrap_or_else(|| say!("sign_in.needed"));
        let claims = self.claims.clone().ok_or_else(|| Error::Unauthenticated(why()))?;
        Ok(if self.is_own { Caller::Owner(claims) } else { Caller::Token(claims) })
    }

    /// Answers from a read-only transaction; 304 if the caller has this version.
    pub async fn read(self, f: impl FnOnce(&mut Tx<'_>) -> Result<Answer> + Send + 'static) -> Reply {
        let language = self.language;
        let known = self.known.clone();
        let answer = self.fetch(f).await.map_err(|e| Problem::new(e, language))?;
        if known.zip(answer.etag.as_deref()).is_some_and(|(known, tag)| has(&known, tag)) {
            return Ok(Answer { status: 304, etag: answer.etag, ..Answer::default() }.into_response());
        }
        Ok(answer.into_response())
    }

    /// Reads something for the handler's own use.
    pub async fn fetch<T: Send + 'static>(
        &self,
        f: impl FnOnce(&mut Tx<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.app.read(self.caller()?, self.origin.clone(), f).await
    }

    /// Changes something, once per `Idempotency-Key`; `body` is what was sent.
    pub async fn write(self, body: &[u8], f: impl Fn(&mut Tx<'_>) -> Result<Answer> + Send + 'static) -> Reply {
        let language = self.language;
        let key = self.key(body);
        let result = match self.caller() {
            Ok(caller) => {
                let run = move |tx: &mut Tx<'_>| match &key {
                    None => f(tx),
                    Some(key) => idempotency::once(tx, key, &f),
                };
                let result = self.app.write(caller.clone(), self.origin.clone(), run).await;
                if let Ok(answer) = &result {
                    // A refusal that is kept for the key.
                    self.app.note_refusal(&caller, &self.origin, answer.status).await;
                }
                result
            }
            Err(e) => Err(e),
        };
        result.map(Answer::into_response).map_err(|e| Problem::new(e, language))
    }

    /// What this request was answered before, under the same `Idempotency-Key`.
    ///
    /// # Errors
    /// 422 for a key that came with another request.
    pub async fn earlier(&self, body: &[u8]) -> Result<Option<Answer>> {
        match self.key(body) {
            Some(key) => self.fetch(move |tx| idempotency::earlier(tx, &key)).await,
            None => Ok(None),
        }
    }

    fn key(&self, body: &[u8]) -> Option<Key> {
        let key = self.idempotency_key.clone()?;
        Some(Key { key, fingerprint: self.fingerprint(body), language: self.language })
    }

    fn fingerprint(&self, body: &[u8]) -> String {
        let mut hash = Sha256::new();
        hash.update(self.what.as_bytes());
        hash.update([0]);
        hash.update(body);
        hex(&hash.finalize())
    }

    /// Gives an error its language.
    #[must_use]
    pub fn problem(&self, error: Error) -> Problem {
        Problem::new(error, self.language)
    }
}

impl FromRequest for Call {
    type Error = Problem;
    type Future = Ready<std::result::Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::counted(request, false).map_err(|e| Problem::new(e, language(request))))
    }
}

impl FromRequest for Guest {
    type Error = Problem;
    type Future = Ready<std::result::Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Call::counted(request, true).map(Self).map_err(|e| Problem::new(e, language(request))))
    }
}

impl FromRequest for Own {
    type Error = Problem;
    type Future = Ready<std::result::Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let call = Call::from_request(request, payload).into_inner();
        ready(call.map(|call| Self(Call { is_own: true, ..call })))
    }
}

/// A body that can't be read is refused under its `Idempotency-Key` as anything else is: the same key with another body is
/// no new request.
pub async fn refused(request: &HttpRequest, body: &[u8], error: Error) -> Error {
    let Ok(call) = Call::read_request(request, false, None) else { return error };
    let (Some(key), Ok(caller)) = (call.key(body), call.caller()) else { return error };
    let refusal = problem::answer(&error, call.language);
    let record = move |tx: &mut Tx<'_>| idempotency::once(tx, &key, |_| Ok(refusal.clone()));
    call.app.write(caller, call.origin.clone(), record).await.err().unwrap_or(error)
}

/// The language that a request asks for.
#[must_use]
pub fn language(request: &HttpRequest) -> Language {
    header(request, ACCEPT_LANGUAGE.as_str()).map_or(Language::Id, Language::accepted)
}

fn bearer(app: &App, header: &str) -> Result<Claims> {
    let token = header.get(..7).filter(|scheme| scheme.eq_ignore_ascii_case("bearer ")).and_then(|_| header.get(7..));
    let token = token.ok_or_else(|| Error::Unauthenticated(say!("sign_in.needed")))?;
    app.keys.verify(token.trim(), Audience::Api, app.clock.now())
}

/// `true` if an `If-None-Match` names this tag; weak tags and lists count (RFC 9110, 13.1.2).
fn has(known: &str, tag: &str) -> bool {
    known.split(',').map(str::trim).any(|t| t == "*" || t.strip_prefix("W/").unwrap_or(t) == tag)
}

/// The version of an `If-Match`; `*` is any. What can't be one of our tags matches nothing.
fn version(tag: &str) -> Result<Option<i32>> {
    let tag = tag.trim();
    if tag == "*" {
        return Ok(None);
    }
    let number = tag.strip_prefix('"').and_then(|t| t.strip_suffix('"')).and_then(|t| t.parse().ok());
    number.map(Some).ok_or(Error::Stale)
}
