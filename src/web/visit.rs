//! A request as a page sees it: whose browser it is, and whether a form is one of ours.

use super::back::back;
use super::cookie::{self, Tongue};
use super::fault::Fault;
use super::frame::Frame;
use super::sent::Sent;
use crate::access::token::{Audience, Claims};
use crate::access::{Origin, Tx};
use crate::app::{App, Caller};
use crate::check::refuse_nul;
use crate::db::Id;
use crate::error::{Error, Result};
use crate::http::{self, Limiter, header};
use crate::message::Language;
use crate::org::session;
use crate::{recorded, say};
use actix_web::dev::Payload;
use actix_web::http::header::USER_AGENT;
use actix_web::{FromRequest, HttpRequest, HttpResponse, web};
use std::future::{Ready, ready};

/// What pages answer with.
pub type Shown = std::result::Result<HttpResponse, Fault>;

/// Seconds after which a browser's session is prolonged.
const PROLONG_AFTER: i64 = 3600;

/// The request without its form.
#[derive(Clone)]
pub struct Visit {
    /// The program.
    pub app: App,
    /// Language of the page.
    pub language: Language,
    /// Where the request came from.
    pub origin: Origin,
    /// Program of the caller.
    pub agent: String,
    /// Path and query.
    pub place: String,
    /// The page to come back to: after signing in, after an error that passes, in another language.
    pub back: String,
    claims: Option<Claims>,
    tongue: Tongue,
    /// About his own account, which he may look after before he has the second factor that his roles need.
    is_own: bool,
    /// No other site sent this.
    is_from_here: bool,
}

impl Visit {
    fn read_request(request: &HttpRequest) -> Result<Self> {
        let app = http::shared::<App>(request)?.clone();
        let origin = http::origin(request, &app.config);
        let token = cookie::session(request, &app);
        let claims = token.and_then(|token| app.keys.verify(&token, Audience::Pages, app.clock.now()).ok());
        if let Some(limiter) = request.app_data::<web::Data<Limiter>>() {
            match &claims {
                Some(claims) => limiter.person(claims.sub)?,
                None => limiter.address(origin.network())?,
            }
        }
        if request.match_info().iter().any(|(_, part)| part.contains('\0')) {
            return Err(Error::NotFound);
        }
        let query = url::form_urlencoded::parse(request.query_string().as_bytes());
        query.into_iter().try_for_each(|(name, value)| refuse_nul(&name, &value))?;
        let tongue = Tongue::of(request);
        Ok(Self {
            language: tongue.read_by(claims.as_ref().map(|claims| claims.sub)),
            tongue,
            agent: header(request, USER_AGENT.as_str()).unwrap_or_default().to_owned(),
            place: request.uri().path_and_query().map(|p| p.as_str().to_owned()).unwrap_or_default(),
            back: back(request),
            is_from_here: is_from_here(request, &app.config.public_url),
            app,
            origin,
            claims,
            is_own: false,
        })
    }

    /// An error as a page.
    #[must_use]
    pub fn fault(&self, error: Error) -> Fault {
        Fault::new(error, self.language, &self.back)
    }

    /// What the browser's token says; the database has the last word.
    ///
    /// # Errors
    /// 401 without one.
    pub fn claims(&self) -> Result<Claims> {
        self.claims.clone().ok_or_else(|| Error::Unauthenticated(say!("sign_in.needed")))
    }

    /// The same visit where somebody looks after his own account.
    #[must_use]
    pub fn own(self) -> Self {
        Self { is_own: true, ..self }
    }

    fn caller(&self) -> Result<Caller> {
        let claims = self.claims()?;
        Ok(if self.is_own { Caller::Owner(claims) } else { Caller::Token(claims) })
    }

    /// What every form of this browser carries.
    ///
    /// # Errors
    /// 401 if nobody is signed in.
    pub fn form_token(&self) -> Result<String> {
        self.app.keys.form_token(self.claims()?.sid)
    }

    /// Reads what a page shows, with the frame around it.
    ///
    /// # Errors
    /// What `f` returns, as a page.
    pub async fn read<T: Send + 'static>(
        &self,
        f: impl FnOnce(&mut Tx<'_>, Frame) -> Result<T> + Send + 'static,
    ) -> std::result::Result<T, Fault> {
        let visit = self.clone();
        let run = async {
            let caller = self.caller()?;
            self.prolong().await?;
            self.app
                .read(caller, self.origin.clone(), move |tx| {
                    let frame = Frame::load(tx, &visit)?;
                    f(tx, frame)
                })
                .await
        };
        run.await.map_err(|e| self.fault(e))
    }

    /// Changes something as a form asks, and tells where to go on; a form that was sent twice counts once.
    ///
    /// # Errors
    /// 403 for a form that is not ours; what `f` returns, and then nothing is stored.
    pub async fn write(
        &self,
        sent: &Sent,
        f: impl Fn(&mut Tx<'_>) -> Result<String> + Send + 'static,
    ) -> Result<String> {
        self.check(sent.get("form")).await?;
        let once = Some(sent.get("once")).filter(|key| (1..=64).contains(&key.len())).map(|key| format!("form:{key}"));
        let run = move |tx: &mut Tx<'_>| {
            let Some(key) = &once else { return f(tx) };
            if !recorded::claim(tx, key, "")? {
                let before = recorded::find(tx, key)?.and_then(|r| r.location);
                return before.ok_or_else(|| Error::Conflict(say!("conflict.taken")));
            }
            let place = f(tx)?;
            recorded::keep(tx, key, 303, Some(&place), None, None)?;
            Ok(place)
        };
        self.app.write(self.caller()?, self.origin.clone(), run).await
    }

    /// Onwards, after a form was taken: with the proof of it for the script, which until then keeps what was typed. Every
    /// form that the script keeps ends here.
    #[must_use]
    pub fn taken(&self, sent: &Sent, place: &str) -> HttpResponse {
        let mut answer = super::see(place);
        let once = sent.get("once");
        if (1..=64).contains(&once.len()) && once.bytes().all(|c| c.is_ascii_alphanumeric()) {
            cookie::keep_proof(&mut answer, &self.app, once);
        }
        answer
    }

    /// Lets the browser read what it should from now on: what this person chose in it, else what his account says.
    pub fn speak(&self, answer: &mut HttpResponse, person: Id, account: Language) {
        match self.tongue.chosen_by(person) {
            Some(language) => cookie::choose_language(answer, &self.app, language, Some(person)),
            None => cookie::follow_language(answer, &self.app, account),
        }
    }

    /// Lets the browser forget its session, and a language that nobody chose in it: whoever sits down next has his own.
    pub fn leave(&self, answer: &mut HttpResponse) {
        cookie::forget_session(answer, &self.app);
        let me = self.claims.as_ref().map(|claims| claims.sub);
        if me.and_then(|me| self.tongue.chosen_by(me)).is_none() {
            cookie::forget_language(answer, &self.app);
        }
    }

    /// Reads something for the page's own use.
    ///
    /// # Errors
    /// What `f` returns.
    pub async fn fetch<T: Send + 'static>(
        &self,
        f: impl FnOnce(&mut Tx<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.app.read(self.caller()?, self.origin.clone(), f).await
    }

    /// Does what a form asks and tells what came of it, for a page that shows it once; nothing is remembered of it, so
    /// only what may be asked twice, is taken back, or must be kept nowhere belongs here.
    ///
    /// # Errors
    /// 403 for a form that is not ours; what `f` returns, and then nothing is stored.
    pub async fn ask<T: Send + 'static>(
        &self,
        sent: &Sent,
        f: impl Fn(&mut Tx<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.check(sent.get("form")).await?;
        self.app.write(self.caller()?, self.origin.clone(), f).await
    }

    /// Refuses a form that another site may have sent.
    ///
    /// # Errors
    /// 401 if nobody is signed in, 403 for a foreign form.
    pub async fn check(&self, form: &str) -> Result<()> {
        self.claims()?;
        if self.is_ours(form) { Ok(()) } else { self.refuse_form().await }
    }

    /// `true` for a form that a page of this session held.
    #[must_use]
    pub fn is_ours(&self, form: &str) -> bool {
        let is_token = |claims: &Claims| self.app.keys.is_form_token(claims.sid, form);
        self.is_from_here && self.claims.as_ref().is_some_and(is_token)
    }

    /// `true` for what somebody typed into such a form, also if the browser has let his session go meanwhile: then nothing
    /// tells whose it was, and it goes to whoever sent it.
    #[must_use]
    pub fn is_own_writing(&self, form: &str) -> bool {
        self.is_ours(form) || (self.is_from_here && self.claims.is_none())
    }

    /// The same visit of somebody who is not signed in.
    #[must_use]
    pub fn signed_out(self) -> Self {
        Self { claims: None, ..self }
    }

    /// Refuses a form without a session that another site sent.
    ///
    /// # Errors
    /// 403.
    pub async fn check_origin(&self) -> Result<()> {
        if self.is_from_here { Ok(()) } else { self.refuse_form().await }
    }

    /// Somebody may have been lured to another site; the audit log tells whom (ASVS 16.3.3).
    async fn refuse_form(&self) -> Result<()> {
        if let Ok(caller) = self.caller() {
            self.app.note_refusal(&caller, &self.origin, 403).await;
        }
        Err(Error::Forbidden(say!("web.foreign_form")))
    }

    /// Lets the session of somebody who works go on.
    async fn prolong(&self) -> Result<()> {
        let claims = self.claims()?;
        let age = self.app.clock.now().utc().timestamp() - claims.iat;
        if age < PROLONG_AFTER {
            return Ok(());
        }
        let settings = self.app.config.sign_in.clone();
        let id = claims.sid;
        self.app.write(Caller::Anonymous, self.origin.clone(), move |tx| session::extend(tx, id, &settings)).await
    }

    /// A page, with a fresh cookie once the old one is an hour old.
    #[must_use]
    pub fn page(&self, status: u16, html: String) -> HttpResponse {
        let mut answer = super::page(status, html);
        let now = self.app.clock.now();
        let old = self.claims.as_ref().filter(|c| now.utc().timestamp() - c.iat >= PROLONG_AFTER);
        if let Some(claims) = old
            && let Ok((token, _)) = self.app.keys.issue(claims.sub, claims.sid, Audience::Pages, now)
        {
            cookie::keep_session(&mut answer, &self.app, &token);
        }
        answer
    }
}

/// Browsers say where a form comes from: `Sec-Fetch-Site` to a site with TLS, `Origin` to every one.
fn is_from_here(request: &HttpRequest, public_url: &str) -> bool {
    if let Some(site) = header(request, "sec-fetch-site") {
        return matches!(site, "same-origin" | "none");
    }
    let Some(origin) = header(request, "origin") else { return false };
    is_ours(request, origin, public_url)
}

/// `true` for the origin of this service.
pub(super) fn is_ours(request: &HttpRequest, origin: &str, public_url: &str) -> bool {
    let host = origin.split_once("://").map(|(_, host)| host);
    // A proxy may leave the port out of the name that it hands on.
    origin == public_url.trim_end_matches('/') || (host.is_some() && host == header(request, "host"))
}

impl FromRequest for Visit {
    type Error = Fault;
    type Future = Ready<std::result::Result<Self, Fault>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::read_request(request).map_err(|e| Fault::new(e, cookie::language(request), &back(request))))
    }
}
