//! Signing in and out, and the language of this browser.

use super::sent::Sent;
use super::visit::{Shown, Visit};
use super::{bare, cookie, see};
use crate::access::token::Audience;
use crate::error::{Error, Result};
use crate::message::Language;
use crate::org::session;
use actix_web::http::header::{HeaderValue, RETRY_AFTER};
use actix_web::web::Query;
use askama::Template;
use serde::Deserialize;

#[derive(Template)]
#[template(path = "web/templates/sign_in.html")]
struct Page {
    language: Language,
    login: String,
    next: String,
    fault: Option<String>,
}

/// Where to go on.
#[derive(Debug, Default, Deserialize)]
pub struct Next {
    #[serde(default)]
    next: String,
}

/// A place of ours; else the beginning. `//host` and `/\host` lead elsewhere.
fn ours(next: &str) -> &str {
    let inside = next.starts_with('/') && !next.starts_with("//") && !next.contains(['\\', '\r', '\n', '\t']);
    if inside { next } else { "/" }
}

/// `GET /sign-in`.
pub async fn form(visit: Visit, next: Query<Next>) -> Shown {
    if visit.is_signed_in() {
        // Only whoever really is; a session that has ended would come back here for ever.
        let alive = visit.read(|_, _| Ok(())).await.is_ok();
        if alive {
            return Ok(see(ours(&next.next)));
        }
    }
    let page = Page { language: visit.language, login: String::new(), next: next.into_inner().next, fault: None };
    bare(&visit, &page, 200)
}

/// `POST /sign-in`.
pub async fn sign_in(visit: Visit, sent: Sent) -> Shown {
    visit.check_origin().map_err(|e| visit.fault(e))?;
    let (login, password) = (sent.get("login").trim().to_owned(), sent.get("password").to_owned());
    let begun = visit.app.sign_in(login.clone(), password, visit.agent.clone(), visit.origin.clone()).await;
    let begun = match begun {
        Ok(begun) => begun,
        Err(error @ (Error::Unauthenticated(_) | Error::TooMany(_) | Error::Invalid(_))) => {
            let (_, _, why) = crate::http::words(&error);
            let fault = Some(why.text(visit.language));
            let page = Page { language: visit.language, login, next: sent.get("next").to_owned(), fault };
            let mut answer = bare(&visit, &page, crate::http::status(&error))?;
            if let Error::TooMany(seconds) = error {
                answer.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
            }
            return Ok(answer);
        }
        Err(other) => return Err(visit.fault(other)),
    };
    let session = begun.session;
    let token = visit.app.keys.issue(session.person_id, session.id, Audience::Pages, visit.app.clock.now());
    let (token, _) = token.map_err(|e| visit.fault(e))?;
    let place = if begun.password_expired { "/password" } else { ours(sent.get("next")) };
    let mut answer = see(place);
    cookie::keep_session(&mut answer, &visit.app, &token);
    if begun.language != Language::Id {
        cookie::keep_language(&mut answer, &visit.app, begun.language);
    }
    Ok(answer)
}

/// `POST /sign-out`.
pub async fn sign_out(visit: Visit, sent: Sent) -> Shown {
    let done: Result<String> = visit
        .write(&sent, |tx| {
            if let Some(id) = tx.actor.session {
                session::end(tx, id, "logout")?;
            }
            Ok("/sign-in".to_owned())
        })
        .await;
    let mut answer = see(&done.map_err(|e| visit.fault(e))?);
    cookie::forget_session(&mut answer, &visit.app);
    Ok(answer)
}

/// `POST /language`: for this browser; signed in or not.
pub async fn language(visit: Visit, sent: Sent) -> Shown {
    visit.check_origin().map_err(|e| visit.fault(e))?;
    let mut answer = see(ours(sent.get("next")));
    if let Some(language) = Language::from_text(sent.get("language")) {
        cookie::keep_language(&mut answer, &visit.app, language);
    }
    Ok(answer)
}
