//! A password that was forgotten, and a new one by one-time link.

use super::bare;
use super::sent::Sent;
use super::visit::{Shown, Visit};
use crate::error::Error;
use crate::message::Language;
use crate::say;
use askama::Template;

#[derive(Template)]
#[template(path = "web/templates/forgot.html")]
struct Forgot {
    language: Language,
    told: Option<String>,
    fault: Option<String>,
}

#[derive(Template)]
#[template(path = "web/templates/new_password.html")]
struct NewPassword {
    language: Language,
    token: String,
    fault: Option<String>,
    saved: bool,
}

/// `GET /forgot`.
pub async fn forgot(visit: Visit) -> Shown {
    bare(&visit, &Forgot { language: visit.language, told: None, fault: None }, 200)
}

/// `POST /forgot`: the same page for everybody.
pub async fn ask(visit: Visit, sent: Sent) -> Shown {
    visit.check_origin().await.map_err(|e| visit.fault(e))?;
    let (language, login) = (visit.language, sent.get("login").trim().to_owned());
    match visit.app.ask_for_link(login, visit.origin.clone()).await {
        Ok(()) => {
            let told = Some(say!("link.asked").text(language));
            bare(&visit, &Forgot { language, told, fault: None }, 202)
        }
        Err(error) => {
            let (status, fault) = refusal(&visit, error)?;
            bare(&visit, &Forgot { language, told: None, fault: Some(fault) }, status)
        }
    }
}

/// `GET /password`. The script of the page takes the code out of the fragment; without it the code is typed in.
pub async fn form(visit: Visit) -> Shown {
    let page = NewPassword { language: visit.language, token: String::new(), fault: None, saved: false };
    bare(&visit, &page, 200)
}

/// `POST /password`.
pub async fn set(visit: Visit, sent: Sent) -> Shown {
    visit.check_origin().await.map_err(|e| visit.fault(e))?;
    let (token, new) = (sent.get("token").trim().to_owned(), sent.get("password").to_owned());
    let (language, origin) = (visit.language, visit.origin.clone());
    match visit.app.set_password_by_link(token.clone(), new, origin).await {
        Ok(()) => bare(&visit, &NewPassword { language, token: String::new(), fault: None, saved: true }, 200),
        Err(error) => {
            let (status, fault) = refusal(&visit, error)?;
            bare(&visit, &NewPassword { language, token, fault: Some(fault), saved: false }, status)
        }
    }
}

/// What a form says to its sender; any other error is a page of its own.
fn refusal(visit: &Visit, error: Error) -> Result<(u16, String), super::fault::Fault> {
    match error {
        Error::Invalid(faults) => {
            let told: Vec<String> = faults.iter().map(|fault| fault.detail.text(visit.language)).collect();
            Ok((422, told.join(" ")))
        }
        Error::TooMany(_) => {
            let (_, _, why) = crate::http::words(&error);
            Ok((crate::http::status(&error), why.text(visit.language)))
        }
        other => Err(visit.fault(other)),
    }
}
