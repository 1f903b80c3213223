//! Bodies and queries, read strictly: unknown fields are invalid, and every fault names its field.

use super::call::{self, Coming, language};
use super::faults;
use super::problem::Problem;
use crate::app::App;
use crate::check::{escaped, nul_in, refuse_nul};
use crate::error::{Error, FieldError, Result};
use crate::http::{collect, needs, shared};
use crate::say;
use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use futures_util::future::LocalBoxFuture;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::{Value, from_slice};
use std::borrow::Cow;
use std::collections::BTreeSet;
use utoipa::{IntoParams, ToSchema};

/// A JSON object as `T`, with its bytes.
pub struct Body<T> {
    /// The value.
    pub value: T,
    /// What was sent, for the idempotency fingerprint.
    pub bytes: Vec<u8>,
}

/// No body, or an empty object.
#[derive(Debug, Clone, serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

/// A CSV file.
pub struct Csv(pub Vec<u8>);

/// Query parameters as `T`.
pub struct Query<T>(pub T);

impl<T: DeserializeOwned + ToSchema + 'static> FromRequest for Body<T> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, std::result::Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, mut payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let most = shared::<App>(&request).map(|a| a.config.limits.body_bytes);
            let read = async {
                let bytes = whole(&request, &mut payload, most?).await?;
                let value = if bytes.is_empty() && is_optional::<T>() {
                    parse(b"{}")
                } else {
                    needs(&request, "application/json").and_then(|()| parse(&bytes))
                };
                match value {
                    Ok(value) => Ok(Self { value, bytes }),
                    Err(error) => Err(call::refused(&request, &bytes, error).await),
                }
            };
            read.await.map_err(|e| Problem::new(e, language(&request)))
        })
    }
}

/// Where every field may be left out, the whole body may be.
pub(super) fn is_optional<T: DeserializeOwned>() -> bool {
    serde_json::from_str::<T>("{}").is_ok()
}

impl FromRequest for Csv {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, std::result::Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, mut payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let most = shared::<App>(&request).map(|a| a.config.limits.import_bytes);
            let read = async {
                let bytes = whole(&request, &mut payload, most?).await?;
                match needs(&request, "text/csv") {
                    Ok(()) => Ok(Self(bytes)),
                    Err(error) => Err(call::refused(&request, &bytes, error).await),
                }
            };
            read.await.map_err(|e| Problem::new(e, language(&request)))
        })
    }
}

impl<T: DeserializeOwned + IntoParams + 'static> FromRequest for Query<T> {
    type Error = Problem;
    type Future = Coming<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        call::coming(request, query(request.query_string()).map(Self))
    }
}

/// What is known under an `Idempotency-Key` of a body that is too large to be read to its end.
const TOO_LARGE: &[u8] = b"\0too large";

/// All of a body; what is wrong with it is told as [`call::refused`] tells it.
async fn whole(request: &HttpRequest, payload: &mut Payload, most: usize) -> Result<Vec<u8>> {
    let seconds = shared::<App>(request)?.config.limits.request_seconds;
    match collect(payload, most, seconds).await {
        Ok(bytes) => Ok(bytes),
        Err(error) => Err(call::refused(request, TOO_LARGE, error).await),
    }
}

fn parse<T: DeserializeOwned + ToSchema>(bytes: &[u8]) -> Result<T> {
    // serde takes an array for a struct, field by field; nobody means that.
    if bytes.iter().find(|b| !b.is_ascii_whitespace()) != Some(&b'{') {
        return Err(Error::Malformed(say!("body.object")));
    }
    refuse_nul_in(bytes)?;
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|e| {
        let path = e.path().clone();
        let error = e.into_inner();
        // A field before the place where the text breaks off is not what is wrong with it. And serde takes a number where a
        // word must stand for a fault of the JSON itself; it is the field's.
        if error.is_data() && from_slice::<IgnoredAny>(bytes).is_ok() || from_slice::<Value>(bytes).is_ok() {
            faults::of_body::<T>(bytes, faults::fault(&path, &error.to_string()))
        } else {
            Error::Malformed(say!("body.json", at = error.column()))
        }
    })?;
    reader.end().map_err(|e| Error::Malformed(say!("body.json", at = e.column())))?;
    Ok(value)
}

/// JSON writes the character in one way only.
fn refuse_nul_in(bytes: &[u8]) -> Result<()> {
    const NUL: &[u8] = br"\u0000";
    if !bytes.windows(NUL.len()).any(|w| w == NUL) {
        return Ok(());
    }
    let value: Value = from_slice(bytes).unwrap_or_default();
    nul_in(&value).map_or(Ok(()), |pointer| Err(Error::invalid(pointer, say!("field.nul"))))
}

/// Where nothing is asked for, every parameter is unknown.
///
/// # Errors
/// 422 that names them.
pub fn refuse_query(text: &str) -> Result<()> {
    let names = url::form_urlencoded::parse(text.as_bytes()).map(|(name, _)| name.replace('\0', ""));
    let names: BTreeSet<String> = names.take(faults::ROUNDS).collect();
    let fault = |name: String| FieldError { pointer: format!("/{}", escaped(&name)), detail: say!("field.unknown") };
    if names.is_empty() { Ok(()) } else { Err(Error::Invalid(names.into_iter().map(fault).collect())) }
}

/// Parameters that are lists: repeated ones are one list.
const LISTS: &[&str] = &["status"];

/// The parameters, a list that came in pieces as one.
fn joined(text: &str) -> Result<String> {
    let mut all: Vec<(Cow<'_, str>, Cow<'_, str>)> = Vec::new();
    for (name, value) in url::form_urlencoded::parse(text.as_bytes()) {
        refuse_nul(&name, &value)?;
        match all.iter_mut().find(|(known, _)| *known == name && LISTS.contains(&&*name)) {
            Some((_, list)) => *list = format!("{list},{value}").into(),
            None => all.push((name, value)),
        }
    }
    Ok(url::form_urlencoded::Serializer::new(String::new()).extend_pairs(all).finish())
}

fn query<T: DeserializeOwned + IntoParams>(text: &str) -> Result<T> {
    let text = joined(text)?;
    faults::read_query(&text).map_err(|_| faults::of_query::<T>(&text))
}
