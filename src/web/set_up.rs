//! The first administrator, by the one-time link that an empty database gave.

use super::bare;
use super::sent::{Sent, Trial};
use super::visit::{Shown, Visit};
use crate::message::Language;
use actix_web::http::header::{HeaderValue, REFERRER_POLICY};
use askama::Template;

#[derive(Template)]
#[template(path = "web/templates/set_up.html")]
struct Page {
    language: Language,
    trial: Trial,
    done: bool,
}

/// Nobody is told where the code came from. Without a referrer browsers hide too whose form it is: the code, which no
/// other site knows, is the proof.
fn shown(visit: &Visit, trial: Trial, done: bool) -> Shown {
    let status = trial.status;
    let mut answer = bare(visit, &Page { language: visit.language, trial, done }, status)?;
    answer.headers_mut().insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    Ok(answer)
}

/// `GET /setup`. The script of the page takes the code out of the fragment; without it the code is typed in.
pub async fn form(visit: Visit) -> Shown {
    shown(&visit, Trial::new(), false)
}

/// `POST /setup`.
pub async fn send(visit: Visit, sent: Sent) -> Shown {
    let text = |name: &str| sent.get(name).trim().to_owned();
    let password = sent.get("password").to_owned();
    let made = visit.app.set_up(text("token"), text("name"), text("email"), password, visit.origin.clone()).await;
    match made {
        Ok(()) => shown(&visit, Trial::new(), true),
        Err(error) => {
            let trial = Trial::refused("setup", sent, error, visit.language).map_err(|e| visit.fault(e))?;
            shown(&visit, trial, false)
        }
    }
}
