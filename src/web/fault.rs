//! Errors as pages that say what to do next, in the look of all others.

use super::sign_in;
use crate::error::Error;
use crate::http;
use crate::message::Language;
use crate::say;
use actix_web::http::StatusCode;
use actix_web::http::header::{ALLOW, RETRY_AFTER};
use actix_web::{HttpResponse, ResponseError};
use askama::Template;
use std::fmt;

/// An error on its way to a browser.
#[derive(Debug)]
pub struct Fault {
    error: Error,
    language: Language,
    back: String,
    /// What was typed into the form that met it.
    unsent: Vec<(String, String)>,
}

#[derive(Template)]
#[template(path = "web/templates/fault.html")]
struct Page {
    language: Language,
    title: String,
    detail: String,
    status: u16,
    again: Option<String>,
    /// Where one signs in again.
    sign_in: Option<String>,
    unsent: Vec<(String, String)>,
}

impl Fault {
    /// Binds an error to the language of its page, and to the page from which one goes on afterwards.
    #[must_use]
    pub fn new(error: Error, language: Language, back: &str) -> Self {
        Self { error, language, back: back.to_owned(), unsent: Vec::new() }
    }

    /// `true` if it is that nobody is signed in: no session, or one that has ended.
    #[must_use]
    pub fn needs_sign_in(&self) -> bool {
        matches!(self.error, Error::Unauthenticated(_))
    }

    /// With what was typed into the form that met it, each text under its name. After a failure of ours nobody can say
    /// that it was not sent.
    #[must_use]
    pub fn with(self, unsent: Vec<(String, String)>) -> Self {
        if http::status(&self.error) < 500 { self.of_a_question(unsent) } else { self }
    }

    /// The same of a form that only asked for something: nothing of it was sent, whatever failed.
    #[must_use]
    pub fn of_a_question(self, unsent: Vec<(String, String)>) -> Self {
        Self { unsent, ..self }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl ResponseError for Fault {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(http::status(&self.error)).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn error_response(&self) -> HttpResponse {
        if self.needs_sign_in() && self.unsent.is_empty() {
            return super::see(&sign_in::place(&self.back));
        }
        if matches!(self.error, Error::FactorNeeded) {
            return super::see("/account/second-factor");
        }
        http::log(&self.error);
        let (_, title, mut detail) = http::words(&self.error);
        if self.needs_sign_in() {
            // Nobody types into a form of ours without a session.
            detail = say!("sign_in.again");
        }
        // No form is there to show it beside its field.
        if let Error::Invalid(faults) = &self.error
            && let [fault] = faults.as_slice()
        {
            detail = fault.detail.clone();
        }
        let passing = self.error.is_passing();
        let page = Page {
            language: self.language,
            title: title.text(self.language),
            detail: detail.text(self.language),
            status: http::status(&self.error),
            again: passing.then(|| self.back.clone()),
            sign_in: self.needs_sign_in().then(|| sign_in::place(&self.back)),
            unsent: self.unsent.clone(),
        };
        let status = page.status;
        let mut answer = super::page(status, page.render().unwrap_or_else(|_| page.detail.clone()));
        if let Some(seconds) = http::retry_after(&self.error) {
            answer.headers_mut().insert(RETRY_AFTER, seconds.into());
        }
        if let Error::MethodNotAllowed(allowed) = &self.error
            && let Ok(value) = allowed.parse()
        {
            answer.headers_mut().insert(ALLOW, value);
        }
        answer
    }
}
