//! Signing in and out, passwords, and the first administrator.

use super::answer::Answer;
use super::call::{Call, Guest, Own, Reply};
use super::extract::{Body, Nothing};
use crate::access::token::Audience;
use crate::app::{Begun, Caller};
use crate::check::Checks;
use crate::error::{Error, Result};
use crate::message::Language;
use crate::org::session::{Refreshed, Session};
use crate::org::{password, person, session};
use crate::say;
use serde::{Deserialize, Serialize};

/// A login.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_field_names, reason = "the contract names them")]
pub struct Login {
    /// Official address or NIP (T4).
    #[schema(example = "pegawai.dinkes@lebakkab.go.id", max_length = 255)]
    login: String,
    /// Password.
    #[schema(example = "sigap-demo-2026", max_length = 1024)]
    password: String,
    /// Code of the second factor, or a recovery code, for whoever has one; without it he is told that it is needed.
    #[schema(example = "123456", max_length = 64)]
    code: Option<String>,
}

/// Tokens.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct TokenView {
    /// For `Authorization: Bearer`.
    access_token: String,
    /// Always `Bearer`.
    #[schema(example = "Bearer")]
    token_type: &'static str,
    /// Seconds for which the access token counts if the session is not ended before.
    expires_in: i64,
    /// For the next refresh; used once.
    refresh_token: String,
    /// The region's policy asks for a new password.
    password_expired: bool,
    /// A role of his needs a second factor: until it is set up he can do nothing else.
    second_factor_needed: bool,
}

/// A refresh.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Refresh {
    /// The refresh token of the last answer.
    refresh_token: String,
}

/// A new password by one-time link.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetPassword {
    /// The link's token.
    token: String,
    /// The new password.
    #[schema(max_length = 1024)]
    password: String,
}

/// A password that was forgotten.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Forgot {
    /// Official address or NIP (T4).
    #[schema(example = "pegawai.dinkes@lebakkab.go.id", max_length = 255)]
    login: String,
}

/// What is said to everybody who forgot his password.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ForgotView {
    /// A sentence for him.
    message: String,
}

/// A new password by the old one.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangePassword {
    /// The old password.
    old_password: String,
    /// The new password.
    new_password: String,
}

/// The first administrator.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetUp {
    /// The token that the start printed.
    token: String,
    /// Name.
    name: String,
    /// Address.
    email: String,
    /// Password.
    #[schema(max_length = 1024)]
    password: String,
}

/// Characters of a code of the second factor, blanks and hyphens among them.
const CODE: usize = 64;

/// `POST /auth/login`.
pub async fn login(Guest(call): Guest, body: Body<Login>) -> Reply {
    let language = call.language;
    done(sign_in(call, body.value).await, language)
}

async fn sign_in(call: Call, Login { login, password, code }: Login) -> Result<Answer> {
    // Whoever it may be: nothing has been looked at yet.
    let mut checks = Checks::new();
    checks.maybe_text("/code", code.as_deref(), 0..=CODE);
    checks.done()?;
    match call.app.sign_in(login, password, code, call.agent.clone(), call.origin.clone()).await? {
        Begun::Session(begun) => {
            let more = (begun.password_expired, begun.second_factor_needed);
            tokens(&call, &begun.session, begun.refresh_token, more)
        }
        Begun::NeedsCode(_) => Err(Error::CodeNeeded),
    }
}

fn tokens(call: &Call, session: &Session, refresh_token: String, more: (bool, bool)) -> Result<Answer> {
    let now = call.app.clock.now();
    let (access_token, life) = call.app.keys.issue(session.person_id, session.id, Audience::Api, now)?;
    // The token ends with its session.
    let expires_in = life.min((session.expires_at.utc() - now.utc()).num_seconds());
    let (password_expired, second_factor_needed) = more;
    let view = TokenView {
        access_token,
        token_type: "Bearer",
        expires_in,
        refresh_token,
        password_expired,
        second_factor_needed,
    };
    Ok(Answer::ok(&view).with_secret())
}

fn done(result: Result<Answer>, language: Language) -> Reply {
    result.map(Answer::into_response).map_err(|e| super::problem::Problem::new(e, language))
}

/// `POST /auth/refresh`.
pub async fn refresh(Guest(call): Guest, body: Body<Refresh>) -> Reply {
    let language = call.language;
    done(next_tokens(&call, body.value.refresh_token).await, language)
}

async fn next_tokens(call: &Call, token: String) -> Result<Answer> {
    let settings = call.app.config.sign_in.clone();
    let refreshed = call
        .app
        .write(Caller::Anonymous, call.origin.clone(), move |tx| {
            Ok(match session::refresh(tx, &token, &settings)? {
                Refreshed::Next(session, secret) => Some((session, secret.plain)),
                Refreshed::Reused => None,
            })
        })
        .await?;
    let (session, secret) = refreshed.ok_or_else(|| Error::Unauthenticated(say!("sign_in.again")))?;
    tokens(call, &session, secret, (false, false))
}

/// `POST /auth/logout`.
pub async fn logout(Own(call): Own, body: Body<Nothing>) -> Reply {
    call.write(&body.bytes, |tx| {
        if let Some(id) = tx.actor.session {
            session::end(tx, id, "logout")?;
        }
        Ok(Answer::none())
    })
    .await
}

/// `POST /auth/password`: by one-time link.
pub async fn set_password(Guest(call): Guest, body: Body<SetPassword>) -> Reply {
    let language = call.language;
    done(by_link(&call, body.value).await, language)
}

async fn by_link(call: &Call, SetPassword { token, password }: SetPassword) -> Result<Answer> {
    call.app.set_password_by_link(token, password, call.origin.clone()).await?;
    Ok(Answer::none())
}

/// `POST /auth/forgot`: the same answer for everybody.
pub async fn forgot(Guest(call): Guest, body: Body<Forgot>) -> Reply {
    let language = call.language;
    done(asked(&call, body.value).await, language)
}

async fn asked(call: &Call, Forgot { login }: Forgot) -> Result<Answer> {
    call.app.ask_for_link(login, call.origin.clone()).await?;
    Ok(Answer::json(202, &ForgotView { message: say!("link.asked").text(call.language) }))
}

/// `POST /me/password`: by the old one. Every session ends, this one too.
pub async fn change_password(Own(call): Own, body: Body<ChangePassword>) -> Reply {
    let problem = |e| call.problem(e);
    let ChangePassword { old_password, new_password } = body.value;
    let new = new_password.clone();
    let (person, old) = call
        .fetch(move |tx| {
            let me = tx.actor.person()?;
            let person = person::by_id(tx, me)?;
            let old = password::check(tx, &person, &new, "/new_password")?;
            Ok((person, old))
        })
        .await
        .map_err(problem)?;
    let origin = call.origin.clone();
    let hash = call.app.replace_password(&person, old_password, new_password, old, origin).await.map_err(problem)?;
    call.unkeyed()
        .write(&body.bytes, move |tx| {
            password::store(tx, &person, &hash)?;
            Ok(Answer::none())
        })
        .await
}

/// `POST /auth/setup`: the first administrator.
pub async fn set_up(Guest(call): Guest, body: Body<SetUp>) -> Reply {
    let language = call.language;
    let SetUp { token, name, email, password } = body.value;
    done(call.app.set_up(token, name, email, password, call.origin.clone()).await.map(|()| Answer::none()), language)
}
