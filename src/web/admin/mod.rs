//! Administration: what the keeper of a region, and the operator of the platform, set up and look after. Each page goes
//! through the commands that REST has; none of them holds a rule.

mod agreement;
mod agreements;
mod calendar;
mod calendars;
mod health;
mod holidays;
mod import;
mod mails;
mod month;
mod move_people;
mod opds;
mod page;
mod people;
mod person;
mod region_facts;
mod regions;
mod services;
mod sessions;
mod start;
mod windows;

use super::form::{self, Field, Form};
use super::frame::Frame;
use super::see;
use super::sent::{Sent, Trial};
use super::visit::{Shown, Visit};
use crate::access::Tx;
use crate::db::page::Paging;
use crate::error::{Error, Result};
use crate::ticket::recount::Shift;
use actix_web::{Route, web};
use serde::Deserialize;
use url::form_urlencoded::Serializer;

/// The table of these pages: place, and its methods.
pub fn pages() -> Vec<(&'static str, Vec<(Route, &'static str)>)> {
    let get = |route: Route| (route, "GET");
    let post = |route: Route| (route, "POST");
    vec![
        ("/admin", vec![get(web::get().to(start::show))]),
        ("/admin/opds", vec![get(web::get().to(opds::list)), post(web::post().to(opds::create))]),
        ("/admin/opds/{code}", vec![get(web::get().to(opds::read)), post(web::post().to(opds::change))]),
        ("/admin/opds/{code}/move", vec![post(web::post().to(move_people::send))]),
        ("/admin/import/{what}", vec![get(web::get().to(import::form)), post(web::post().to(import::send))]),
        ("/admin/shipped/opds", vec![post(web::post().to(opds::take_shipped))]),
        ("/admin/people", vec![get(web::get().to(people::list)), post(web::post().to(people::create))]),
        ("/admin/people/{id}", vec![get(web::get().to(person::read)), post(web::post().to(person::change))]),
        ("/admin/people/{id}/active", vec![post(web::post().to(person::activate))]),
        ("/admin/people/{id}/roles", vec![post(web::post().to(person::give_role))]),
        ("/admin/people/{id}/roles/{held}", vec![post(web::post().to(person::take_role))]),
        ("/admin/people/{id}/mail", vec![post(web::post().to(person::mail_link))]),
        ("/admin/people/{id}/link", vec![post(web::post().to(person::show_link))]),
        ("/admin/people/{id}/second-factor", vec![post(web::post().to(person::reset_factor))]),
        ("/admin/people/{id}/sign-out", vec![post(web::post().to(person::sign_out))]),
        ("/admin/regions", vec![get(web::get().to(regions::list)), post(web::post().to(regions::create))]),
        ("/admin/regions/{code}", vec![get(web::get().to(regions::read)), post(web::post().to(regions::appoint))]),
        ("/admin/regions/{code}/entry", vec![post(web::post().to(region_facts::change))]),
        ("/admin/shipped/regions", vec![post(web::post().to(regions::take_shipped))]),
        ("/admin/services", vec![get(web::get().to(services::list)), post(web::post().to(services::create))]),
        ("/admin/services/{code}", vec![get(web::get().to(services::read)), post(web::post().to(services::change))]),
        ("/admin/services/{code}/retire", vec![post(web::post().to(services::retire))]),
        ("/admin/shipped/services", vec![post(web::post().to(services::take_shipped))]),
        ("/admin/calendars", vec![get(web::get().to(calendars::list)), post(web::post().to(calendars::create))]),
        ("/admin/calendars/{code}", vec![get(web::get().to(calendar::read))]),
        ("/admin/calendars/{code}/entry", vec![post(web::post().to(calendar::change_entry))]),
        ("/admin/calendars/{code}/week", vec![post(web::post().to(calendar::set_week))]),
        ("/admin/calendars/{code}/exceptions", vec![post(web::post().to(calendar::add_exception))]),
        ("/admin/calendars/{code}/exceptions/{name}", vec![post(web::post().to(calendar::remove_exception))]),
        ("/admin/holidays", vec![get(web::get().to(holidays::list)), post(web::post().to(holidays::add))]),
        ("/admin/holidays/{day}", vec![post(web::post().to(holidays::remove))]),
        ("/admin/agreements", vec![get(web::get().to(agreements::list)), post(web::post().to(agreements::create))]),
        (
            "/admin/agreements/{code}",
            vec![get(web::get().to(agreement::read)), post(web::post().to(agreement::change))],
        ),
        ("/admin/agreements/{code}/entry", vec![post(web::post().to(agreement::change_entry))]),
        ("/admin/mails", vec![get(web::get().to(mails::sent))]),
        ("/admin/mails/{id}/retry", vec![post(web::post().to(mails::retry))]),
        ("/admin/inbound", vec![get(web::get().to(mails::received))]),
        ("/admin/inbound/{id}/retry", vec![post(web::post().to(mails::look_again))]),
        ("/admin/health", vec![get(web::get().to(health::show)), post(web::post().to(health::check))]),
        ("/admin/sessions", vec![get(web::get().to(sessions::list))]),
    ]
}

/// What is looked for in a list, and where it goes on.
#[derive(Debug, Default, Deserialize)]
pub struct Asked {
    #[serde(default)]
    q: String,
    cursor: Option<String>,
}

impl Asked {
    /// The words that are looked for.
    fn words(&self) -> Option<&str> {
        Some(self.q.trim()).filter(|words| !words.is_empty())
    }

    /// A page of a list that is kept by hand.
    fn paging(&self) -> Paging {
        Paging { limit: Some(100), cursor: self.cursor.clone() }
    }

    /// All of the list is asked for, from its beginning.
    fn is_whole(&self) -> bool {
        self.words().is_none() && self.cursor.is_none()
    }

    /// What is said of a list in which nothing stands.
    fn none(&self, frame: &Frame, empty: &'static str) -> String {
        frame.t(if self.words().is_some() { "web.admin.none_found" } else { empty })
    }

    /// The form that looks for words in a list.
    fn question(&self, frame: &Frame, place: &str, label: &'static str) -> Form {
        let form = Form::new("search", place, String::new(), frame.t("web.queue.apply")).question();
        form.field(Field::line("q", frame.t(label), &self.q).most(100))
    }

    /// Where the list goes on.
    fn next(&self, place: &str, cursor: Option<String>) -> Option<String> {
        let mut query = Serializer::new(String::new());
        query.extend_pairs(self.words().map(|words| ("q", words)));
        Some(format!("{place}?{}", query.append_pair("cursor", &cursor?).finish()))
    }
}

/// Does what a form asks, and goes on; what was refused is shown again with what was typed.
async fn run(
    visit: Visit,
    id: &'static str,
    sent: Sent,
    change: impl Fn(&mut Tx<'_>, &Sent) -> Result<String> + Send + 'static,
    again: impl FnOnce(&mut Tx<'_>, Frame, Trial) -> Result<String> + Send + 'static,
) -> Shown {
    let form = sent.clone();
    match visit.write(&sent, move |tx| change(tx, &form)).await {
        Ok(place) => Ok(see(&place)),
        Err(error) => refused(visit, id, sent, error, again).await,
    }
}

/// Shows what a change would do to deadlines; only when that was seen, the form counts.
async fn weigh(
    visit: Visit,
    id: &'static str,
    sent: Sent,
    place: String,
    change: impl Fn(&mut Tx<'_>, &Sent, bool) -> Result<Shift> + Send + 'static,
    again: impl FnOnce(&mut Tx<'_>, Frame, Trial, Option<Shift>) -> Result<String> + Send + 'static,
) -> Shown {
    let form = sent.clone();
    let done = if sent.get("step") == "keep" {
        let kept = visit.write(&sent, move |tx| change(tx, &form, false).map(|_| place.clone())).await;
        match kept {
            Ok(place) => return Ok(see(&place)),
            Err(error) => Err(error),
        }
    } else {
        visit.ask(&sent, move |tx| change(tx, &form, true)).await
    };
    match done {
        Ok(shift) => {
            let trial = Trial::weighed(id, sent);
            let html = visit.read(move |tx, frame| again(tx, frame, trial, Some(shift))).await?;
            Ok(visit.page(200, html))
        }
        Err(error) => refused(visit, id, sent, error, move |tx, frame, trial| again(tx, frame, trial, None)).await,
    }
}

/// The page of a form that was refused.
async fn refused(
    visit: Visit,
    id: &'static str,
    sent: Sent,
    error: Error,
    again: impl FnOnce(&mut Tx<'_>, Frame, Trial) -> Result<String> + Send + 'static,
) -> Shown {
    let error = match error {
        // A file that is no table at all: that is the file's fault, not the browser's.
        Error::Malformed(detail) => Error::invalid("/file", detail),
        other => other,
    };
    let trial = Trial::refused_of_data(id, sent, error, visit.language).map_err(|e| visit.fault(e))?;
    let status = trial.status;
    let html = visit.read(move |tx, frame| again(tx, frame, trial)).await?;
    Ok(visit.page(status, html))
}

/// The version that a form was made for.
fn version(sent: &Sent) -> Option<i32> {
    sent.get("version").parse().ok()
}

/// A day as a browser's field gives it; none if it was left empty.
fn day(sent: &Sent, name: &str) -> Result<Option<chrono::NaiveDate>> {
    sent.word(name, crate::worktime::day)
}

/// A box that was ticked, or not.
fn tick(sent: &Sent, name: &str) -> bool {
    sent.get(name) == "yes"
}
