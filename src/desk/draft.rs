//! Drafts: what somebody has typed and not sent yet, kept for him alone, so that it is there on another machine too.

use crate::access::policy::{Action, Facts, Verdict, decide};
use crate::access::{Grant, May, Tx, act};
use crate::check::Checks;
use crate::db::schema::drafts;
use crate::db::{Id, Json, Ts};
use crate::error::{Error, Result};
use crate::ticket::Ticket;
use crate::{on, say};
use chrono::Duration;
use diesel::prelude::*;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Drafts of one person; with one more the oldest goes.
const MOST: i64 = 100;
/// Days for which a draft is kept.
const DAYS: i64 = 90;
/// Characters of a text.
const LONGEST: usize = 20_000;
/// Characters of a word of a form: a choice, a line.
const LINE: usize = 200;

/// What a draft is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum About {
    /// An answer to this ticket.
    Ticket(Id),
    /// A report about the service with this code; empty for no service.
    Report(String),
}

impl About {
    fn key(&self) -> String {
        match self {
            Self::Ticket(id) => format!("ticket:{id}"),
            Self::Report(code) => {
                format!("report:{}", code.chars().filter(|c| !c.is_control()).take(60).collect::<String>())
            }
        }
    }
}

/// The words of a draft, by field of its form; none if nothing is kept.
#[derive(Debug, Clone, Default)]
pub struct Words {
    fields: BTreeMap<String, String>,
    /// When it was kept last; none without one.
    pub at: Option<Ts>,
}

impl Words {
    /// What was typed into a field.
    #[must_use]
    pub fn get(&self, field: &str) -> Option<&String> {
        self.fields.get(field)
    }
}

/// Keeps an answer that is not sent yet; an empty one is forgotten.
///
/// # Errors
/// 422 for a text over 20,000 characters.
pub fn keep_answer(
    tx: &mut Tx<'_>,
    ticket: &May<act::CommentPublic, Ticket>,
    body: &str,
    visibility: &str,
) -> Result<()> {
    let words = [("body", body), ("visibility", visibility)];
    keep(tx, &About::Ticket(ticket.get().id), &words, body.trim().is_empty())
}

/// Fields of a report that are kept.
pub const REPORT: [&str; 8] = ["subject", "description", "felt", "kind", "secret", "opd", "on_behalf_of", "channel"];

/// Keeps a report that is not sent yet, by its fields of [`REPORT`]; an empty one is forgotten.
///
/// # Errors
/// 403 for whoever opens no tickets; 422 for a description over 20,000 or another field over 200 characters.
pub fn keep_report<'a>(tx: &mut Tx<'_>, service: &str, field: impl Fn(&'static str) -> &'a str) -> Result<()> {
    may_report(tx)?;
    let empty = field("subject").trim().is_empty() && field("description").trim().is_empty();
    let words = REPORT.map(|name| (name, field(name)));
    keep(tx, &About::Report(service.to_owned()), &words, empty)
}

/// Whoever could open a ticket through one of his roles may write at one.
fn may_report(tx: &Tx<'_>) -> Result<()> {
    let region = tx.actor.region()?;
    let opening = |opd| Facts::Opening { region, opd, own: true };
    let opens = |g: &Grant| decide(&tx.actor, Action::Open, &opening(g.opd.unwrap_or(region))) == Verdict::Yes;
    let may = tx.actor.grants.iter().any(opens);
    if may { Ok(()) } else { Err(Error::Forbidden(say!("forbidden.action"))) }
}

fn keep(tx: &mut Tx<'_>, about: &About, words: &[(&str, &str)], empty: bool) -> Result<()> {
    if empty {
        return forget(tx, about);
    }
    let mut checks = Checks::new();
    for (name, text) in words {
        let long = matches!(*name, "body" | "description");
        checks.text(&format!("/{name}"), text, 0..=if long { LONGEST } else { LINE });
    }
    checks.done()?;
    let (person, now, key) = (tx.actor.person()?, tx.now, about.key());
    let words = words.iter().map(|(name, text)| ((*name).to_owned(), json!(text))).collect();
    let words = Json(Value::Object(words));
    let row = (
        drafts::person_id.eq(person),
        drafts::about.eq(key.clone()),
        drafts::words.eq(words.clone()),
        drafts::updated_at.eq(now),
    );
    on!(tx.conn(), |c| diesel::insert_into(drafts::table)
        .values(row)
        .on_conflict((drafts::person_id, drafts::about))
        .do_update()
        .set((drafts::words.eq(words), drafts::updated_at.eq(now)))
        .execute(c))?;
    make_room(tx, person)
}

fn make_room(tx: &mut Tx<'_>, person: Id) -> Result<()> {
    let beyond: Vec<String> = on!(tx.conn(), |c| drafts::table
        .filter(drafts::person_id.eq(person))
        .select(drafts::about)
        .order((drafts::updated_at.desc(), drafts::about))
        .offset(MOST)
        .limit(MOST)
        .load(c))?;
    if !beyond.is_empty() {
        on!(tx.conn(), |c| diesel::delete(
            drafts::table.filter(drafts::person_id.eq(person).and(drafts::about.eq_any(beyond)))
        )
        .execute(c))?;
    }
    Ok(())
}

/// What the actor himself has typed; nothing if he has not.
pub fn own(tx: &mut Tx<'_>, about: &About) -> Result<Words> {
    let (person, key) = (tx.actor.person()?, about.key());
    let row: Option<(Json, Ts)> = on!(tx.conn(), |c| drafts::table
        .find((person, key))
        .select((drafts::words, drafts::updated_at))
        .first(c)
        .optional())?;
    let Some((words, at)) = row else { return Ok(Words::default()) };
    let fields = words.0.as_object().cloned().unwrap_or_default();
    let fields = fields.into_iter().filter_map(|(name, text)| Some((name, text.as_str()?.to_owned()))).collect();
    Ok(Words { fields, at: Some(at) })
}

/// Forgets the actor's own draft: it was sent, or emptied.
pub fn forget(tx: &mut Tx<'_>, about: &About) -> Result<()> {
    let (person, key) = (tx.actor.person()?, about.key());
    on!(tx.conn(), |c| diesel::delete(drafts::table.find((person, key))).execute(c))?;
    Ok(())
}

/// Removes drafts that nobody came back to.
pub fn sweep(tx: &mut Tx<'_>) -> Result<usize> {
    let oldest: Ts = tx.now.plus(Duration::days(-DAYS));
    Ok(on!(tx.conn(), |c| diesel::delete(drafts::table.filter(drafts::updated_at.lt(oldest))).execute(c))?)
}
