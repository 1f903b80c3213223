//! What was solved for the reporter before, while he is still typing what it is about.

use super::frame::Frame;
use super::render;
use super::report::{chosen, may_report};
use super::visit::{Shown, Visit};
use crate::access::Tx;
use crate::catalog::Service;
use crate::db::Id;
use crate::db::page::Paging;
use crate::error::Result;
use crate::message::Language;
use crate::ticket::list::{Filter, Sort, list};
use crate::ticket::{Status, Ticket};
use actix_web::web::Query;
use askama::Template;
use serde::Deserialize;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// Tickets that are shown.
const SHOWN: usize = 3;
/// Words of a subject that are looked for.
const WORDS: usize = 6;
/// Letters of a word that is looked for.
const SHORTEST: usize = 4;
/// Tickets of each word that are weighed, the newest.
const WEIGHED: i64 = 20;
/// Words that tell a ticket to be about the same; of the same service one is enough.
const ALIKE: usize = 2;

/// A ticket of the reporter's own that was solved.
pub struct Solved {
    /// Its number.
    pub number: String,
    /// One line.
    pub subject: String,
    /// How it was solved.
    pub resolution: String,
}

#[derive(Template)]
#[template(path = "web/templates/similar.html")]
struct Page {
    frame: Frame,
    similar: Vec<Solved>,
}

/// What is typed into a subject, and the code of the service that it is about.
#[derive(Debug, Default, Deserialize)]
pub struct Asked {
    #[serde(default)]
    subject: String,
    #[serde(default)]
    service: String,
}

/// `GET /report/similar`: a piece of the page, for the script.
pub async fn show(visit: Visit, asked: Query<Asked>) -> Shown {
    let Asked { subject, service } = asked.into_inner();
    let subject: String = subject.chars().take(200).collect();
    let html = visit
        .read(move |tx, frame| {
            may_report(&frame)?;
            let service = chosen(tx, &service, true)?;
            let similar = solved(tx, &subject, service.as_ref())?;
            render(&Page { frame, similar })
        })
        .await?;
    Ok(visit.page(200, html))
}

/// The reporter's own solved tickets that are about the same as a subject, those with the most words of it first.
///
/// # Errors
/// What the database says.
pub fn solved(tx: &mut Tx<'_>, subject: &str, service: Option<&Service>) -> Result<Vec<Solved>> {
    let Some(me) = tx.actor.person else { return Ok(Vec::new()) };
    let mut found: BTreeMap<Id, (usize, Ticket)> = BTreeMap::new();
    for word in telling(subject) {
        let status = vec![Status::Resolved, Status::Closed];
        let filter =
            Filter { status, requester: Some(me), q: Some(word), sort: Some(Sort::Newest), ..Filter::default() };
        for ticket in list(tx, &filter, &Paging { limit: Some(WEIGHED), cursor: None })?.items {
            found.entry(ticket.id).or_insert((0, ticket)).0 += 1;
        }
    }
    let is_alike = |fit: usize, t: &Ticket| fit >= ALIKE || service.is_some_and(|s| t.service_id == Some(s.id));
    let mut found: Vec<(usize, Ticket)> = found.into_values().filter(|(fit, t)| is_alike(*fit, t)).collect();
    found.sort_by_key(|(fit, ticket)| Reverse((*fit, ticket.created_at)));
    let shown =
        |(_, t): (usize, Ticket)| Some(Solved { number: t.number, subject: t.subject, resolution: t.resolution? });
    Ok(found.into_iter().filter_map(shown).take(SHOWN).collect())
}

/// What is looked for of a subject: words that not every report has.
fn telling(subject: &str) -> BTreeSet<String> {
    let common: Vec<String> = Language::ALL.iter().map(|language| language.t("web.report.common_words")).collect();
    let is_common = |word: &str| common.iter().any(|words| words.split(' ').any(|one| one == word));
    let words = subject.split(|c: char| !c.is_alphanumeric()).map(str::to_lowercase);
    // Short words say little, and each is a question of its own.
    words.filter(|word| word.chars().count() >= SHORTEST && !is_common(word)).take(WORDS).collect()
}
