//! Errors as HTTP tells them, whatever the form: a status, and words that say what to do.

use crate::error::Error;
use crate::message::Say;
use crate::say;

/// The status of an answer that tells this error.
#[must_use]
pub const fn status(error: &Error) -> u16 {
    match error {
        Error::Malformed(_) | Error::Broken => 400,
        Error::Unauthenticated(_) | Error::CodeNeeded => 401,
        Error::Forbidden(_) | Error::FactorNeeded => 403,
        Error::NotFound => 404,
        Error::MethodNotAllowed(_) => 405,
        Error::Timeout => 408,
        Error::Conflict(_) => 409,
        Error::Stale => 412,
        Error::TooLarge(_) => 413,
        Error::Unsupported(_) => 415,
        Error::Invalid(_) => 422,
        Error::TooMany(_) => 429,
        Error::ClockBehind | Error::Unavailable(_) => 503,
        Error::Start(_) | Error::Retry(_) | Error::Internal(_) => 500,
    }
}

/// Seconds after which the same request may end differently, where that can be told (RFC 9110, 10.2.3).
#[must_use]
pub const fn retry_after(error: &Error) -> Option<u64> {
    match error {
        Error::TooMany(seconds) => Some(*seconds),
        Error::ClockBehind => Some(60),
        Error::Unavailable(_) => Some(2),
        _ => None,
    }
}

/// Stable name of the kind of error, the kind in words, and what to do.
#[must_use]
pub fn words(error: &Error) -> (&'static str, Say, Say) {
    match error {
        Error::Malformed(detail) => ("malformed", say!("problem.malformed"), detail.clone()),
        Error::Broken => ("malformed", say!("problem.malformed"), say!("body.broken")),
        Error::Unauthenticated(detail) => ("not-signed-in", say!("problem.unauthenticated"), detail.clone()),
        Error::CodeNeeded => ("code-needed", say!("problem.code_needed"), say!("sign_in.code_needed")),
        Error::FactorNeeded => ("second-factor-needed", say!("problem.factor_needed"), say!("second_factor.needed")),
        Error::Forbidden(detail) => ("forbidden", say!("problem.forbidden"), detail.clone()),
        Error::NotFound => ("not-found", say!("problem.not_found"), say!("problem.not_found_detail")),
        Error::MethodNotAllowed(allow) => {
            ("method-not-allowed", say!("problem.method"), say!("problem.method_detail", allow = allow))
        }
        Error::Timeout => ("timeout", say!("problem.timeout"), say!("problem.timeout_detail")),
        Error::Conflict(detail) => ("conflict", say!("problem.conflict"), detail.clone()),
        Error::Stale => ("stale", say!("problem.stale"), say!("problem.stale_detail")),
        Error::TooLarge(most) => {
            ("too-large", say!("problem.too_large"), say!("problem.too_large_detail", most = most))
        }
        Error::Unsupported(needed) => {
            ("unsupported-type", say!("problem.unsupported"), say!("problem.unsupported_detail", needed = needed))
        }
        Error::Invalid(_) => ("invalid", say!("problem.invalid"), say!("problem.invalid_detail")),
        Error::TooMany(seconds) => {
            ("too-many", say!("problem.too_many"), say!("problem.too_many_detail", seconds = seconds))
        }
        Error::ClockBehind => ("clock", say!("problem.clock"), say!("problem.clock_detail")),
        Error::Unavailable(_) => ("unavailable", say!("problem.unavailable"), say!("problem.unavailable_detail")),
        Error::Start(_) | Error::Retry(_) | Error::Internal(_) => {
            ("internal", say!("problem.internal"), say!("problem.internal_detail"))
        }
    }
}

/// Notes the cause that the caller is not told; once, at the edge.
pub fn log(error: &Error) {
    match error {
        Error::Internal(cause) | Error::Start(cause) | Error::Retry(cause) => {
            tracing::error!(cause, "a request failed");
        }
        Error::Unavailable(cause) => tracing::warn!(cause, "a request found no database"),
        _ => {}
    }
}
