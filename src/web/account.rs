//! One's own account: one's telephone, where one is signed in, and one's password (BSSN 4/2021, a and b).

use super::frame::Frame;
use super::sent::{Sent, Trial};
use super::visit::{Shown, Visit};
use super::{render, see};
use crate::access::Tx;
use crate::access::password::Policy;
use crate::db::page::Paging;
use crate::db::{Id, Ts};
use crate::error::{Error, Result};
use crate::org::second_factor::{self, Standing};
use crate::org::session::{self, Session};
use crate::org::{password, person, phone};
use crate::say;
use actix_web::web::Query;
use askama::Template;
use serde::Deserialize;

/// Sessions that a page lists.
const DEVICES: i64 = 100;

/// A session as its owner knows it again.
struct Device {
    id: Id,
    program: String,
    address: String,
    since: Ts,
    seen: Ts,
    here: bool,
}

#[derive(Template)]
#[template(path = "web/templates/account.html")]
struct Page {
    frame: Frame,
    email: String,
    /// Empty if none is known.
    phone: String,
    devices: Vec<Device>,
    standing: Standing,
    /// The region's rule asks for a new password by now (BSSN 4/2021).
    aged: bool,
    /// It asks for several kinds of characters too.
    mixed: bool,
    /// Of a region, whose news are mailed.
    is_mailed: bool,
    trial: Trial,
    /// What was done just now.
    done: String,
}

/// What the page shows besides.
#[derive(Debug, Default, Deserialize)]
pub struct Asked {
    /// What was done just now.
    #[serde(default)]
    done: String,
}

impl Page {
    fn load(tx: &mut Tx<'_>, frame: Frame, trial: Trial, done: String) -> Result<Self> {
        let me = tx.actor.person()?;
        let person = person::by_id(tx, me)?;
        let aged = password::has_aged(tx, &person)?;
        let mixed = password::policy(tx, &person)? == Policy::Bssn;
        let here = tx.actor.session;
        let recent = session::page(tx, &Paging { limit: Some(DEVICES), cursor: None })?;
        let devices = recent.items.into_iter().map(|session| device(session, here, &frame)).collect();
        let standing = second_factor::standing(tx)?;
        let is_mailed = tx.actor.region.is_some();
        let phone =
            if trial.is("phone") { trial.typed("phone", "phone").to_owned() } else { person.phone.unwrap_or_default() };
        Ok(Self { frame, email: person.email, phone, devices, standing, aged, mixed, is_mailed, trial, done })
    }

    fn since(&self) -> Option<String> {
        since(&self.frame, self.standing)
    }
}

/// Since when codes are asked for, if they are.
pub(super) fn since(frame: &Frame, standing: Standing) -> Option<String> {
    let at = frame.moment(standing.since?);
    Some(frame.say(&say!("web.factor.since", at = at, left = standing.codes_left)))
}

fn device(session: Session, here: Option<Id>, frame: &Frame) -> Device {
    Device {
        program: program_of(&session.agent, frame),
        here: Some(session.id) == here,
        id: session.id,
        address: session.address,
        since: session.created_at,
        seen: session.refreshed_at,
    }
}

/// What people call the program that signed in.
#[must_use]
pub fn program_of(agent: &str, frame: &Frame) -> String {
    program(agent).unwrap_or_else(|| frame.t("web.account.unknown"))
}

/// Its name, if it told one: browsers all name each other, so the most particular name counts.
fn program(agent: &str) -> Option<String> {
    const BROWSERS: [(&str, &str); 8] = [
        ("SamsungBrowser", "Samsung Internet"),
        ("Edg", "Edge"),
        ("OPR", "Opera"),
        ("Firefox", "Firefox"),
        ("Chrome", "Chrome"),
        ("Safari", "Safari"),
        ("curl", "curl"),
        ("python", "Python"),
    ];
    const SYSTEMS: [(&str, &str); 6] = [
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS", "macOS"),
        ("Linux", "Linux"),
    ];
    let name = |all: &[(&str, &'static str)]| all.iter().find(|(mark, _)| agent.contains(mark)).map(|(_, name)| *name);
    match (name(&BROWSERS), name(&SYSTEMS)) {
        (Some(browser), Some(system)) => Some(format!("{browser}, {system}")),
        (Some(only), None) | (None, Some(only)) => Some(only.to_owned()),
        (None, None) => Some(agent.chars().take(40).collect()).filter(|text: &String| !text.is_empty()),
    }
}

async fn page(visit: &Visit, trial: Trial, done: String) -> Shown {
    let status = trial.status;
    let html = visit.read(move |tx, frame| render(&Page::load(tx, frame, trial, done)?)).await?;
    Ok(visit.page(status, html))
}

/// `GET /account`.
pub async fn show(visit: Visit, asked: Query<Asked>) -> Shown {
    page(&visit.own(), Trial::new(), asked.into_inner().done).await
}

/// `POST /account/phone`.
pub async fn change_phone(visit: Visit, sent: Sent) -> Shown {
    let (visit, form) = (visit.own(), sent.clone());
    let done = visit
        .write(&sent, move |tx| {
            phone::note_own(tx, form.get("phone"))?;
            Ok("/account?done=phone#phone-head".to_owned())
        })
        .await;
    match done {
        Ok(place) => Ok(see(&place)),
        Err(error) => {
            let trial = Trial::refused("phone", sent, error, visit.language).map_err(|e| visit.fault(e))?;
            page(&visit, trial, String::new()).await
        }
    }
}

/// `POST /account/sessions`: one of them, or all.
pub async fn end_sessions(visit: Visit, sent: Sent) -> Shown {
    let visit = visit.own();
    let id = sent.get("id").to_owned();
    let ended = visit
        .ask(&sent, move |tx| {
            if id == "all" {
                session::end_own(tx)?;
                return Ok(true);
            }
            let id: Id = id.parse().map_err(|_| Error::NotFound)?;
            session::end_of_own(tx, id)?;
            Ok(tx.actor.session == Some(id))
        })
        .await
        .map_err(|e| visit.fault(e))?;
    if !ended {
        return Ok(see("/account"));
    }
    let mut answer = see("/sign-in");
    visit.leave(&mut answer);
    Ok(answer)
}

/// `POST /account/password`. Every session ends, this one too.
pub async fn change_password(visit: Visit, sent: Sent) -> Shown {
    let visit = visit.own();
    match replaced(&visit, &sent).await {
        Ok(()) => {
            let mut answer = see("/sign-in?done=password");
            visit.leave(&mut answer);
            Ok(answer)
        }
        Err(error) => page(&visit, refused(&visit, "password", error)?, String::new()).await,
    }
}

async fn replaced(visit: &Visit, sent: &Sent) -> Result<()> {
    visit.check(sent.get("form")).await?;
    let (old, new) = (sent.get("old_password").to_owned(), sent.get("new_password").to_owned());
    let asked = new.clone();
    let (person, seen) = visit
        .fetch(move |tx| {
            let me = tx.actor.person()?;
            let person = person::by_id(tx, me)?;
            let seen = password::check(tx, &person, &asked, "/new_password")?;
            Ok((person, seen))
        })
        .await?;
    let hash = visit.app.replace_password(&person, old, new, seen, visit.origin.clone()).await?;
    visit.ask(sent, move |tx| password::store(tx, &person, &hash)).await
}

/// The form once more, without what was typed: passwords and codes are not sent back.
pub(super) fn refused(visit: &Visit, act: &str, error: Error) -> std::result::Result<Trial, super::fault::Fault> {
    if let Error::TooMany(_) = error {
        let (_, _, why) = crate::http::words(&error);
        let mut trial = Trial::new();
        act.clone_into(&mut trial.act);
        trial.message = Some(why.text(visit.language));
        trial.status = crate::http::status(&error);
        return Ok(trial);
    }
    Trial::refused(act, Sent::default(), error, visit.language).map_err(|e| visit.fault(e))
}

#[cfg(test)]
mod tests {
    use super::program;

    #[test]
    fn a_program_is_told_by_the_name_that_people_know() {
        for (agent, expected) in [
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Safari/537.36",
                "Chrome, Windows",
            ),
            ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/130.0 Safari/537.36 Edg/130.0", "Edge, Windows"),
            ("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0", "Firefox, Linux"),
            ("Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/130.0 Mobile Safari/537.36", "Chrome, Android"),
            ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Version/17.0 Safari/604.1", "Safari, iPhone"),
            ("curl/8.5.0", "curl"),
            ("sesuatu", "sesuatu"),
        ] {
            assert_eq!(program(agent).as_deref(), Some(expected));
        }
        assert_eq!(program(""), None);
    }
}
