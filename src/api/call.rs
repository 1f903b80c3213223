//! A request as a handler sees it: who calls, in which language, under which conditions.

use super::answer::Answer;
use super::extract;
use super::idempotency::{self, Key};
use super::problem::{self, Problem};
use super::routes::Asking;
use crate::access::token::{Audience, Claims, hex};
use crate::access::{Origin, Tx};
use crate::app::{App, Caller};
use crate::db::Expected;
use crate::error::{Error, Result};
use crate::http::{Limiter, header, origin, shared};
use crate::message::{Language, Say};
use crate::say;
use crate::ticket::find::TicketRef;
use actix_web::dev::Payload;
use actix_web::http::Method;
use actix_web::http::header::{AUTHORIZATION, AcceptLanguage, Header, IF_MATCH, Quality, USER_AGENT};
use actix_web::{FromRequest, HttpMessage, HttpRequest, HttpResponse, web};
use futures_util::future::{Either, LocalBoxFuture};
use sha2::{Digest, Sha256};
use std::cmp::Reverse;
use std::future::{Ready, pending, ready};

/// What handlers answer with.
pub type Reply = std::result::Result<HttpResponse, Problem>;

/// A part of a request on its way to its handler: at once, or refused after whoever sent it was asked for.
pub type Coming<T> =
    Either<Ready<std::result::Result<T, Problem>>, LocalBoxFuture<'static, std::result::Result<T, Problem>>>;

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
    expected: Expected,
    idempotency_key: Option<String>,
    what: String,
}

/// A request that needs nobody to be signed in.
pub struct Guest(pub Call);

/// A request about the caller's own account, which he may look after before he has the second factor that his roles
/// need.
pub struct Own(pub Call);

/// For whom a route is; left with the request, for whoever refuses it later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Door {
    /// For the signed in.
    Closed,
    /// For everybody.
    Open,
    /// For whoever looks after his own account.
    Own,
}

impl Door {
    fn of(request: &HttpRequest) -> Self {
        request.extensions().get().copied().unwrap_or(Self::Closed)
    }
}

impl Call {
    fn counted(request: &HttpRequest) -> Result<Self> {
        let call = Self::read_request(request, request.app_data::<web::Data<Limiter>>())?;
        call.check(request)?;
        Ok(call)
    }

    /// All of a request but what may be wrong with it. Who is not signed in learns nothing from his request's faults.
    fn read_request(request: &HttpRequest, limiter: Option<&web::Data<Limiter>>) -> Result<Self> {
        let door = Door::of(request);
        let app = shared::<App>(request)?.clone();
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
                None => limiter.address(origin.network())?,
            }
        }
        if claims.is_none() && door != Door::Open {
            return Err(Error::Unauthenticated(refusal.unwrap_or_else(|| say!("sign_in.needed"))));
        }
        Ok(Self {
            language: language(request),
            agent: header(request, USER_AGENT.as_str()).unwrap_or_default().to_owned(),
            expected: expected(request),
            // Keys are for POSTs: what a PATCH or a DELETE leaves is the same whenever it comes again.
            idempotency_key: header(request, "idempotency-key")
                .filter(|_| request.method() == Method::POST)
                .map(str::to_owned),
            what: format!("{} {}", request.method(), request.uri()),
            app,
            origin,
            claims,
            is_own: door == Door::Own,
            refusal,
        })
    }

    /// What is wrong with a request beside its body.
    fn check(&self, request: &HttpRequest) -> Result<()> {
        // No name holds it, and PostgreSQL can't even look for it.
        if request.match_info().iter().any(|(_, part)| part.contains('\0')) {
            return Err(Error::NotFound);
        }
        self.idempotency_key.as_deref().map_or(Ok(()), idempotency::check)?;
        if request.query_string().is_empty() || request.app_data::<Asking>().is_none_or(|all| all.has(request)) {
            return Ok(());
        }
        extract::refuse_query(request.query_string())
    }

    /// The same request without its `Idempotency-Key`: its body is a password, of which not even a fast hash may be kept.
    #[must_use]
    pub fn unkeyed(self) -> Self {
        Self { idempotency_key: None, ..self }
    }

    /// The ticket that a path names, at a version that `If-Match` names.
    #[must_use]
    pub fn ticket(&self, name: &str) -> TicketRef {
        TicketRef::at(name, self.expected.clone())
    }

    /// The versions that `If-Match` names.
    #[must_use]
    pub fn expected(&self) -> Expected {
        self.expected.clone()
    }

    /// `true` if the answer is to be given again to the same request.
    #[must_use]
    pub fn is_repeatable(&self) -> bool {
        self.idempotency_key.is_some()
    }

    fn caller(&self) -> Result<Caller> {
        let why = || self.refusal.clone().unwrap_or_else(|| say!("sign_in.needed"));
        let claims = self.claims.clone().ok_or_else(|| Error::Unauthenticated(why()))?;
        Ok(if self.is_own { Caller::Owner(claims) } else { Caller::Token(claims) })
    }

    /// Answers from a read-only transaction. Never 304: a version names what people did to a thing, for `If-Match`; what is
    /// read of it tells of clocks, names and ties too, which change without one.
    pub async fn read(self, f: impl FnOnce(&mut Tx<'_>) -> Result<Answer> + Send + 'static) -> Reply {
        let answer = self.fetch(f).await.map_err(|e| self.problem(e))?;
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
        let (key, app) = (self.key(body), self.app.clone());
        let result = match self.caller() {
            Ok(caller) => {
                let run = move |tx: &mut Tx<'_>| match &key {
                    None => f(tx),
                    Some(key) => idempotency::once(tx, key, &app.vault, &f),
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
            Some(key) => {
                let app = self.app.clone();
                self.fetch(move |tx| idempotency::earlier(tx, &key, &app.vault)).await
            }
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
    type Future = Coming<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        coming(request, Self::counted(request))
    }
}

impl FromRequest for Guest {
    type Error = Problem;
    type Future = Coming<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        request.extensions_mut().insert(Door::Open);
        coming(request, Call::counted(request).map(Self))
    }
}

impl FromRequest for Own {
    type Error = Problem;
    type Future = Coming<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        request.extensions_mut().insert(Door::Own);
        coming(request, Call::counted(request).map(Self))
    }
}

/// A part of the request is refused already: the parts are read side by side, and the first is told.
struct IsRefused;

/// What was read of a request, or its refusal as [`refused`] tells it.
pub fn coming<T: 'static>(request: &HttpRequest, read: Result<T>) -> Coming<T> {
    let error = match read {
        Ok(value) => return Either::Left(ready(Ok(value))),
        Err(error) => error,
    };
    if request.extensions_mut().insert(IsRefused).is_some() {
        return Either::Right(Box::pin(pending()));
    }
    let request = request.clone();
    Either::Right(Box::pin(async move {
        let error = signed_in_first(&request, &[], error).await;
        Err(Problem::new(error, language(&request)))
    }))
}

/// Tells what is wrong with a body, unless another part of the request is refused, or whoever sent it is signed in no longer.
pub async fn refused(request: &HttpRequest, body: &[u8], error: Error) -> Error {
    let comes_later = request.extensions().contains::<IsRefused>();
    if comes_later { pending().await } else { signed_in_first(request, body, error).await }
}

/// What is wrong with a request, unless whoever sent it is signed in no longer, which comes first. Under an
/// `Idempotency-Key` it is kept as any other refusal is: the same key with another body is no new request. Not of one's
/// own account: such a body may hold a password ([`Call::unkeyed`]), whatever else is wrong with it.
async fn signed_in_first(request: &HttpRequest, body: &[u8], error: Error) -> Error {
    let door = Door::of(request);
    if error.is_passing() || door == Door::Open {
        return error;
    }
    let Ok(call) = Call::read_request(request, None) else { return error };
    let Ok(caller) = call.caller() else { return error };
    let key = call.key(body).filter(|key| door != Door::Own && idempotency::check(&key.key).is_ok());
    let refusal = problem::answer(&error, call.language);
    let told = match key {
        Some(key) => {
            let app = call.app.clone();
            let record = move |tx: &mut Tx<'_>| idempotency::once(tx, &key, &app.vault, |_| Ok(refusal.clone()));
            call.app.write(caller, call.origin.clone(), record).await.map(drop)
        }
        None => call.app.read(caller, call.origin.clone(), |_| Ok(())).await,
    };
    told.err().unwrap_or(error)
}

/// The language that a request asks for: of those that we speak the one of most weight, of equal ones the first
/// (RFC 9110, 12.5.4); Bahasa Indonesia if it asks for none of them.
#[must_use]
pub fn language(request: &HttpRequest) -> Language {
    let asked = AcceptLanguage::parse(request).map(|all| all.0).unwrap_or_default();
    let mut asked: Vec<(Quality, bool, Option<Language>)> = asked
        .into_iter()
        .map(|one| {
            let spoken = one.item.item().and_then(|tag| Language::from_text(tag.primary_language()));
            (one.quality, one.item.is_any(), spoken)
        })
        .collect();
    asked.sort_by_key(|(weight, ..)| Reverse(*weight));
    // `*` is whatever the others do not name.
    let other = || Language::ALL.iter().copied().find(|one| asked.iter().all(|(.., named)| *named != Some(*one)));
    let mut wanted = asked.iter().filter(|(weight, ..)| *weight > Quality::ZERO);
    wanted.find_map(|(_, is_any, named)| if *is_any { other() } else { *named }).unwrap_or(Language::Id)
}

fn bearer(app: &App, header: &str) -> Result<Claims> {
    let token = header.get(..7).filter(|scheme| scheme.eq_ignore_ascii_case("bearer ")).and_then(|_| header.get(7..));
    let token = token.ok_or_else(|| Error::Unauthenticated(say!("sign_in.needed")))?;
    app.keys.verify(token.trim(), Audience::Api, app.clock.now())
}

/// The versions that an `If-Match` names (RFC 9110, 13.1.1); `*` is any. What is none of our tags, letter by letter, fits
/// no version, and matters only where one is asked for.
fn expected(request: &HttpRequest) -> Expected {
    let mut lines = request.headers().get_all(IF_MATCH).peekable();
    if lines.peek().is_none() {
        return Expected::any();
    }
    let lines = lines.filter_map(|line| line.to_str().ok());
    let tags: Vec<&str> = lines.flat_map(|line| line.split(',')).map(str::trim).collect();
    if tags == ["*"] {
        return Expected::any();
    }
    let version = |tag: &str| {
        let version: i32 = tag.strip_prefix('"')?.strip_suffix('"')?.parse().ok()?;
        (format!("\"{version}\"") == tag).then_some(version)
    };
    Expected::one_of(tags.into_iter().filter_map(version).collect())
}
