//! Errors as RFC 9457 `application/problem+json`, mapped once, logged once.

use super::answer::Answer;
use super::call::language;
use crate::error::Error;
use crate::http::{self, status, words};
use crate::message::Language;
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, ResponseError};
use serde::Serialize;
use std::fmt;

/// What went wrong, as a client reads it.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct ProblemView {
    /// Stable name of the kind of problem.
    #[serde(rename = "type")]
    #[schema(example = "urn:sigap:problem:not-found")]
    pub kind: String,
    /// The kind in words.
    pub title: String,
    /// HTTP status.
    #[schema(minimum = 400, maximum = 599, example = 404)]
    pub status: u16,
    /// What to do.
    pub detail: String,
    /// Fields that do not fit.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldView>,
}

/// A field that does not fit.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct FieldView {
    /// JSON pointer (RFC 6901) into the body; for a query parameter its name after a slash.
    #[schema(example = "/subject")]
    pub pointer: String,
    /// What is wrong and what to write instead.
    pub detail: String,
}

/// An error on its way to a client, in the client's language.
#[derive(Debug)]
pub struct Problem {
    error: Error,
    language: Language,
}

impl Problem {
    /// Binds an error to the language of its answer.
    #[must_use]
    pub fn new(error: Error, language: Language) -> Self {
        Self { error, language }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl ResponseError for Problem {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(status(&self.error)).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn error_response(&self) -> HttpResponse {
        http::log(&self.error);
        answer(&self.error, self.language).into_response()
    }
}

/// An error as an answer to this request.
#[must_use]
pub fn tell(request: &HttpRequest, error: Error) -> HttpResponse {
    Problem::new(error, language(request)).error_response()
}

/// The answer that tells an error; it says nothing of causes inside.
#[must_use]
pub fn answer(error: &Error, language: Language) -> Answer {
    let (kind, title, detail) = words(error);
    let errors = match error {
        Error::Invalid(fields) => {
            fields.iter().map(|f| FieldView { pointer: f.pointer.clone(), detail: f.detail.text(language) }).collect()
        }
        _ => Vec::new(),
    };
    let status = status(error);
    let view = ProblemView {
        kind: format!("urn:sigap:problem:{kind}"),
        title: title.text(language),
        status,
        detail: detail.text(language),
        errors,
    };
    let mut answer = Answer::json(status, &view);
    answer.retry_after = http::retry_after(error);
    if let Error::MethodNotAllowed(allow) = error {
        answer.allow = Some(allow.clone());
    }
    answer
}
