//! Canned answers: a text under a name, for oneself or for the desk, with blanks that a ticket fills.

use super::place::{Served, Tool, columns, from_columns, note};
use super::seen_by;
use crate::access::policy::{Desk, Facts};
use crate::access::{Act, May, Subject, Tx, act, check};
use crate::audit::Object;
use crate::check::Checks;
use crate::db::behind::above;
use crate::db::page::{Page, Paging};
use crate::db::schema::canned_answers as answers;
use crate::db::{Id, Ts};
use crate::error::{Error, Result};
use crate::message::fill;
use crate::org::person;
use crate::ticket::present::Presented;
use crate::{catalog, on, say};
use diesel::prelude::*;
use diesel::sql_types::Bool;

/// Answers of one person.
const MOST: i64 = 200;

/// An answer as stored.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = answers, treat_none_as_default_value = false)]
pub struct Answer {
    /// Its id.
    pub id: Id,
    /// Region.
    pub region_id: Id,
    /// Who made it.
    pub owner_id: Id,
    /// Whom it is shared with: `own`, `tier1`, `tier2`.
    pub desk: String,
    /// The OPD whose Tier 1 it is shared with.
    pub opd_id: Option<Id>,
    /// Its name.
    pub name: String,
    /// Its text, with blanks: `{nama}`, `{nomor}`, `{layanan}`, `{petugas}`.
    pub body: String,
    /// When it was made.
    pub created_at: Ts,
    /// When it was last changed.
    pub updated_at: Ts,
}

impl Answer {
    /// Whom it is shared with.
    #[must_use]
    pub fn shared_with(&self) -> Desk {
        from_columns(&self.desk, self.opd_id)
    }

    fn object(&self) -> Object {
        Object { kind: "answer", id: Some(self.id), region: Some(self.region_id) }
    }
}

impl Subject for Answer {
    fn facts(&self) -> Facts {
        Tool { region: self.region_id, owner: self.owner_id, desk: self.shared_with() }.facts()
    }
}

/// What is to be changed; what is left out stays.
#[derive(Debug, Clone, Default)]
pub struct Change {
    /// Name.
    pub name: Option<String>,
    /// Text.
    pub body: Option<String>,
    /// Whom it is shared with.
    pub desk: Option<Desk>,
    /// When it had last been changed as whoever changes it saw it; none if he asks for no such thing.
    pub seen: Option<Ts>,
}

/// What is named, and nothing else: of two changes at once neither takes back what the other said.
#[derive(AsChangeset)]
#[diesel(table_name = answers)]
struct Named<'a> {
    name: Option<&'a str>,
    body: Option<&'a str>,
    updated_at: Ts,
}

/// Both columns of a desk, of which one may become empty.
#[derive(AsChangeset)]
#[diesel(table_name = answers, treat_none_as_null = true)]
struct Shared {
    desk: String,
    opd_id: Option<Id>,
}

fn checked(name: Option<&str>, body: Option<&str>) -> Result<()> {
    let mut checks = Checks::new();
    if let Some(name) = name {
        checks.line("/name", name, 1..=80);
    }
    if let Some(body) = body {
        checks.text("/body", body, 1..=5000);
    }
    checks.done()
}

/// Makes an answer.
///
/// # Errors
/// 403 for whoever answers nobody; 409 over 200 answers; 422 for a name or a text that does not fit.
pub fn create(tx: &mut Tx<'_>, name: &str, body: &str, desk: Desk) -> Result<Answer> {
    let (owner, region) = (tx.actor.person()?, tx.actor.region()?);
    check::<act::KeepAnswer, _>(&tx.actor, Tool { region, owner, desk })?;
    let name = name.trim();
    checked(Some(name), Some(body))?;
    // Of several that are kept at once each sees those before it.
    person::hold(tx, owner)?;
    let held: i64 = on!(tx.conn(), |c| answers::table.filter(answers::owner_id.eq(owner)).count().get_result(c))?;
    if held >= MOST {
        return Err(Error::Conflict(say!("desk.many_answers", most = MOST)));
    }
    let (desk, opd_id) = columns(desk);
    let answer = Answer {
        id: tx.new_id(),
        region_id: region,
        owner_id: owner,
        desk,
        opd_id,
        name: name.to_owned(),
        body: body.to_owned(),
        created_at: tx.now,
        updated_at: tx.now,
    };
    on!(tx.conn(), |c| diesel::insert_into(answers::table).values(&answer).execute(c))?;
    note(tx, "answer.create", answer.object(), &[answer.shared_with()])?;
    Ok(answer)
}

/// The answers that the actor sees, by name.
pub fn list(tx: &mut Tx<'_>, paging: &Paging) -> Result<Page<Answer>> {
    let (who, limit) = (Served::by(&tx.actor)?, paging.limit()?);
    let after = paging.after::<(String, Id)>()?;
    let rows = on!(tx.conn(), |c| {
        let mut query = answers::table.filter(seen_by!(answers, who)).select(Answer::as_select()).into_boxed::<Db>();
        if let Some(key) = after {
            query = query.filter(above((answers::name, answers::id), key));
        }
        query.order((answers::name, answers::id)).limit(limit + 1).load(c)
    })?;
    Ok(Page::cut(rows, limit, |answer| (answer.name.clone(), answer.id)))
}

/// An answer for an act.
///
/// # Errors
/// 404 for one that the actor does not see, 403 for an act that is not his.
pub fn find<A: Act>(tx: &mut Tx<'_>, id: Id) -> Result<May<A, Answer>> {
    let who = Served::by(&tx.actor)?;
    let answer = on!(tx.conn(), |c| answers::table
        .filter(answers::id.eq(id).and(seen_by!(answers, who)))
        .select(Answer::as_select())
        .first(c))?;
    check(&tx.actor, answer)
}

/// Changes an answer.
///
/// # Errors
/// 412 for one that was changed since it was `seen`; 422 for a name or a text that does not fit.
pub fn change(tx: &mut Tx<'_>, answer: May<act::KeepAnswer, Answer>, change: &Change) -> Result<Answer> {
    let answer = answer.into_inner();
    let (name, body) = (change.name.as_deref().map(str::trim), change.body.as_deref());
    checked(name, body)?;
    let shared = change.desk.map(columns).map(|(desk, opd_id)| Shared { desk, opd_id });
    let (named, before) = (Named { name, body, updated_at: tx.now }, answer.shared_with());
    let (seen, any) = (change.seen.unwrap_or(answer.updated_at), change.seen.is_none());
    // In the statement itself: of two who send at once the later waits for the row, and finds it changed.
    let unchanged = answers::updated_at.eq(seen).or(any.into_sql::<Bool>());
    let answer: Option<Answer> = on!(tx.conn(), |c| diesel::update(answers::table.find(answer.id).filter(unchanged))
        .set((&named, shared))
        .returning(Answer::as_returning())
        .get_result(c)
        .optional())?;
    let answer = answer.ok_or(if any { Error::NotFound } else { Error::Stale })?;
    note(tx, "answer.change", answer.object(), &[before, answer.shared_with()])?;
    Ok(answer)
}

/// Removes an answer.
pub fn remove(tx: &mut Tx<'_>, answer: May<act::KeepAnswer, Answer>) -> Result<()> {
    let answer = answer.into_inner();
    on!(tx.conn(), |c| diesel::delete(answers::table.find(answer.id)).execute(c))?;
    note(tx, "answer.remove", answer.object(), &[answer.shared_with()])
}

/// The answer's text with its blanks filled from what the actor may see of the ticket.
pub fn filled(tx: &mut Tx<'_>, answer: &May<act::ReadTool, Answer>, p: &Presented) -> Result<String> {
    let me = tx.actor.person()?;
    let writer = person::by_id(tx, me)?.name;
    let services: Vec<Id> = p.ticket.service_id.into_iter().collect();
    let service = if services.is_empty() { Vec::new() } else { catalog::names(tx, &services)? };
    let service = service.into_iter().next().map(|(_, _, name)| name).unwrap_or_default();
    let requester = p.requester.as_ref().map(|r| r.name.clone()).unwrap_or_default();
    let blank = |name: &str| match name {
        "nama" => Some(requester.as_str()),
        "nomor" => Some(p.ticket.number.as_str()),
        "layanan" => Some(service.as_str()),
        "petugas" => Some(writer.as_str()),
        _ => None,
    };
    Ok(fill(&answer.get().body, blank))
}
