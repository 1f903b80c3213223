//! The caller's own second factor, and that of somebody who lost his (BSSN 4/2021, a; RFC 6238).

use super::answer::Answer;
use super::call::{Call, Own, Reply};
use super::extract::Body;
use super::problem::Problem;
use crate::access::Tx;
use crate::db::Ts;
use crate::org::directory::target;
use crate::org::second_factor;
use actix_web::web::Path;
use serde::{Deserialize, Serialize};

/// How the caller's second factor stands.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct SecondFactorView {
    /// Codes are asked for at signing in.
    enabled: bool,
    /// Since when.
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    since: Option<Ts>,
    /// Recovery codes that are left.
    recovery_codes_left: i64,
}

/// The password, once more.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Proof {
    /// The caller's password.
    #[schema(max_length = 1024)]
    password: String,
}

/// A code.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FactorCode {
    /// Six digits of the device; to take the second factor away, a recovery code too.
    #[schema(example = "123456", max_length = 64)]
    code: String,
}

/// A secret for a device.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct FactorSecretView {
    /// For typing: base 32 (RFC 4648).
    secret: String,
    /// For a QR code.
    #[schema(example = "otpauth://totp/SIGAP:a?secret=GEZDGNBV&issuer=SIGAP&algorithm=SHA1&digits=6&period=30")]
    uri: String,
}

/// Recovery codes; nobody can read them again.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct RecoveryCodesView {
    /// Each counts once.
    recovery_codes: Vec<String>,
}

/// `GET /me/second-factor`.
pub async fn read(Own(call): Own) -> Reply {
    call.read(|tx| {
        let standing = second_factor::standing(tx)?;
        Ok(Answer::ok(&SecondFactorView {
            enabled: standing.since.is_some(),
            since: standing.since,
            recovery_codes_left: standing.codes_left,
        }))
    })
    .await
}

/// `POST /me/second-factor`: a secret, which counts once a code of it was sent. The key goes without the body: that is his
/// password and nothing else, which was found right, and of which not even a fast hash may be kept.
pub async fn begin(Own(call): Own, body: Body<Proof>) -> Reply {
    let problem = |e| call.problem(e);
    let is_again = call.earlier(&[]).await.map_err(problem)?.is_some();
    let owner =
        move |tx: &mut Tx<'_>| if is_again { second_factor::owner(tx) } else { second_factor::owner_without(tx) };
    let person = call.fetch(owner).await.map_err(problem)?;
    call.app.prove(&person, body.value.password, "/password", call.origin.clone()).await.map_err(problem)?;
    let app = call.app.clone();
    call.write(&[], move |tx| {
        let waiting = second_factor::begin(tx, &app.vault)?;
        let view = FactorSecretView { secret: waiting.secret, uri: waiting.uri };
        Ok(Answer::json(201, &view).with_secret())
    })
    .await
}

/// `POST /me/second-factor/confirm`: the first code.
pub async fn confirm(Own(call): Own, body: Body<FactorCode>) -> Reply {
    let (app, code) = (call.app.clone(), body.value.code);
    count(&call, &code).await?;
    call.write(&body.bytes, move |tx| {
        let recovery_codes = second_factor::confirm(tx, &app.vault, &code, &app.config.sign_in)?;
        Ok(Answer::ok(&RecoveryCodesView { recovery_codes }).with_secret())
    })
    .await
}

/// `POST /me/second-factor/remove`: with a code.
pub async fn remove(Own(call): Own, body: Body<FactorCode>) -> Reply {
    let (app, code) = (call.app.clone(), body.value.code);
    count(&call, &code).await?;
    call.write(&body.bytes, move |tx| {
        second_factor::remove(tx, &app.vault, &code, &app.config.sign_in)?;
        Ok(Answer::none())
    })
    .await
}

async fn count(call: &Call, code: &str) -> Result<(), Problem> {
    let problem = |e| call.problem(e);
    let me = call.fetch(|tx| tx.actor.person()).await.map_err(problem)?;
    call.app.count_code(me, code.to_owned(), call.origin.clone()).await.map_err(problem)
}

/// `DELETE /people/{id}/second-factor`: for somebody who lost his device and his codes.
pub async fn reset(call: Call, id: Path<String>) -> Reply {
    call.write(&[], move |tx| {
        let may = target(tx, &id, None)?;
        second_factor::reset(tx, may)?;
        Ok(Answer::none())
    })
    .await
}
