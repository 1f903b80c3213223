//! Signing in and out, and the language of this browser.

use super::back::ours;
use super::sent::Sent;
use super::visit::{Shown, Visit};
use super::{bare, cookie, see};
use crate::access::token::{Audience, Claims};
use crate::app::{Begun, Caller, SignedIn};
use crate::db::Id;
use crate::error::{Error, Result};
use crate::message::Language;
use crate::org::session;
use crate::say;
use actix_web::HttpRequest;
use actix_web::http::header::{HeaderName, HeaderValue, RETRY_AFTER};
use actix_web::web::Query;
use askama::Template;
use serde::Deserialize;

#[derive(Template)]
#[template(path = "web/templates/sign_in_code.html")]
struct CodePage {
    language: Language,
    next: String,
    fault: Option<String>,
}

#[derive(Template)]
#[template(path = "web/templates/sign_in.html")]
struct Page {
    language: Language,
    login: String,
    next: String,
    fault: Option<String>,
    /// What was done before one came here.
    told: Option<String>,
}

impl Page {
    /// This page in another language.
    fn here(&self) -> String {
        place(&self.next)
    }
}

impl CodePage {
    /// Back to the first page.
    fn before(&self) -> String {
        place(&self.next)
    }
}

/// Where to go on.
#[derive(Debug, Default, Deserialize)]
pub struct Next {
    #[serde(default)]
    next: String,
    #[serde(default)]
    done: String,
}

/// Where one signs in, to go on at `next`.
#[must_use]
pub fn place(next: &str) -> String {
    at("/sign-in", next)
}

/// The page with the place to go on at behind it; nothing for the beginning.
fn at(page: &str, next: &str) -> String {
    let next = ours(next);
    if next == "/" {
        return page.to_owned();
    }
    let next: String = url::form_urlencoded::byte_serialize(next.as_bytes()).collect();
    format!("{page}?next={next}")
}

/// `GET /sign-in`.
pub async fn form(visit: Visit, request: HttpRequest, next: Query<Next>) -> Shown {
    // Only whoever really is signed in goes on; a session that has ended would come back here for ever.
    let alive = visit.clone().own().fetch(|_| Ok(())).await;
    if alive.is_ok() {
        return Ok(see(ours(&next.next)));
    }
    let Next { next, done } = next.into_inner();
    let has_ended = matches!(alive, Err(Error::Unauthenticated(_))) && cookie::session(&request, &visit.app).is_some();
    let told = match done.as_str() {
        "password" => Some(visit.language.t("web.sign_in.changed")),
        _ if has_ended => Some(visit.language.t("sign_in.again")),
        _ => None,
    };
    let page = Page { language: visit.language, login: String::new(), next, fault: None, told };
    bare(&visit, &page, 200)
}

/// `POST /sign-in`.
pub async fn sign_in(visit: Visit, sent: Sent) -> Shown {
    visit.check_origin().await.map_err(|e| visit.fault(e))?;
    let (login, password) = (sent.get("login").trim().to_owned(), sent.get("password").to_owned());
    let begun = visit.app.sign_in(login.clone(), password, None, visit.agent.clone(), visit.origin.clone()).await;
    match begun {
        Ok(Begun::Session(begun)) => enter(&visit, *begun, sent.get("next")).await,
        Ok(Begun::NeedsCode(person)) => ask_for_code(&visit, person, sent.get("next")),
        Err(error) => {
            let next = sent.get("next").to_owned();
            refused(&visit, error, |fault| Page { language: visit.language, login, next, fault, told: None })
        }
    }
}

/// Lets the browser hold the session, and goes on. The one that it held until then is held by nobody any more, so it ends.
async fn enter(visit: &Visit, begun: SignedIn, next: &str) -> Shown {
    if let Ok(before) = visit.claims() {
        let ended = visit
            .app
            .write(Caller::Anonymous, visit.origin.clone(), move |tx| session::end(tx, before.sid, "replaced"));
        ended.await.map_err(|e| visit.fault(e))?;
    }
    let session = begun.session;
    let token = visit.app.keys.issue(session.person_id, session.id, Audience::Pages, visit.app.clock.now());
    let (token, _) = token.map_err(|e| visit.fault(e))?;
    let place = match (begun.password_expired, begun.second_factor_needed) {
        (true, _) => "/account",
        (false, true) => "/account/second-factor",
        (false, false) => ours(next),
    };
    let mut answer = see(place);
    cookie::keep_session(&mut answer, &visit.app, &token);
    cookie::forget_step(&mut answer, &visit.app);
    visit.speak(&mut answer, session.person_id, begun.language);
    Ok(answer)
}

/// On to the second page. What was shown by the password stands in a cookie for a few minutes, never in an address.
fn ask_for_code(visit: &Visit, person: Id, next: &str) -> Shown {
    let now = visit.app.clock.now();
    // It goes with no session, so it names none.
    let token = visit.app.keys.issue(person, Id::new(now), Audience::Step, now);
    let (token, life) = token.map_err(|e| visit.fault(e))?;
    let mut answer = see(&at("/sign-in/code", next));
    cookie::keep_step(&mut answer, &visit.app, &token, life);
    Ok(answer)
}

/// A sign-in that was refused, as the form that was sent.
fn refused<T: Template>(visit: &Visit, error: Error, page: impl FnOnce(Option<String>) -> T) -> Shown {
    if !matches!(error, Error::Unauthenticated(_) | Error::TooMany(_) | Error::Invalid(_)) {
        return Err(visit.fault(error));
    }
    let (_, _, why) = crate::http::words(&error);
    let page = page(Some(why.text(visit.language)));
    let mut answer = bare(visit, &page, crate::http::status(&error))?;
    if let Error::TooMany(seconds) = error {
        answer.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    Ok(answer)
}

/// Who owes a code, by the cookie of the first page.
fn owing(visit: &Visit, request: &HttpRequest) -> Option<Claims> {
    let token = cookie::step(request, &visit.app)?;
    visit.app.keys.verify(&token, Audience::Step, visit.app.clock.now()).ok()
}

/// `GET /sign-in/code`.
pub async fn code_form(visit: Visit, request: HttpRequest, next: Query<Next>) -> Shown {
    let next = next.into_inner().next;
    if owing(&visit, &request).is_none() {
        return Ok(see(&place(&next)));
    }
    bare(&visit, &CodePage { language: visit.language, next, fault: None }, 200)
}

/// `POST /sign-in/code`.
pub async fn code(visit: Visit, request: HttpRequest, sent: Sent) -> Shown {
    visit.check_origin().await.map_err(|e| visit.fault(e))?;
    let Some(claims) = owing(&visit, &request) else { return Ok(see(&place(sent.get("next")))) };
    let (agent, origin) = (visit.agent.clone(), visit.origin.clone());
    let begun = visit.app.sign_in_by_code(claims.sub, claims.iat, sent.get("code").to_owned(), agent, origin).await;
    let page = |fault| CodePage { language: visit.language, next: sent.get("next").to_owned(), fault };
    match begun {
        Ok(Begun::Session(begun)) => enter(&visit, *begun, sent.get("next")).await,
        Ok(Begun::NeedsCode(_)) => refused(&visit, Error::Unauthenticated(say!("sign_in.code_wrong")), page),
        Err(error) => refused(&visit, error, page),
    }
}

/// `POST /sign-out`.
pub async fn sign_out(visit: Visit, sent: Sent) -> Shown {
    let visit = visit.own();
    let done: Result<String> = visit
        .write(&sent, |tx| {
            if let Some(id) = tx.actor.session {
                session::end(tx, id, "logout")?;
            }
            Ok("/sign-in".to_owned())
        })
        .await;
    let mut answer = see(&done.map_err(|e| visit.fault(e))?);
    visit.leave(&mut answer);
    // Drafts of tickets must not wait for whoever sits down here next (ASVS 14.3.1).
    let name = HeaderName::from_static("clear-site-data");
    answer.headers_mut().insert(name, HeaderValue::from_static("\"storage\""));
    Ok(answer)
}

/// `POST /language`: for this browser; signed in or not.
pub async fn language(visit: Visit, sent: Sent) -> Shown {
    visit.check_origin().await.map_err(|e| visit.fault(e))?;
    let mut answer = see(ours(sent.get("next")));
    if let Some(language) = Language::from_text(sent.get("language")) {
        let me = visit.claims().ok().map(|claims| claims.sub);
        cookie::choose_language(&mut answer, &visit.app, language, me);
    }
    Ok(answer)
}
