//! One-time links that go to their owner by mail, from the desk of his region to his official address alone (T3, L15,
//! B2, P1): when he is entered, and when he forgot his password. The secret is in no table; it is made of the mail's id
//! by a key outside the database when the mail is sent.

use super::person::Target;
use super::{Person, Region, link, person, region};
use crate::access::token::hash;
use crate::access::{May, Tx, act, throttle};
use crate::audit;
use crate::config::SignIn;
use crate::db::Id;
use crate::db::schema::people;
use crate::error::{Error, Result};
use crate::mail::Mailer;
use crate::mail::letter::{Facts, Happening, Link};
use crate::mail::outbox::{self, Owed, Pace};
use crate::message::Language;
use crate::{on, say};
use chrono::Duration;
use diesel::prelude::*;
use serde_json::json;

/// Mails that somebody may ask for one account before a pause.
const FREE: i32 = 3;

/// What links are made and mailed with.
#[derive(Clone, Copy)]
pub struct Post<'a> {
    /// Keys.
    pub mailer: &'a Mailer,
    /// Lives and limits.
    pub settings: &'a SignIn,
}

/// Why a link is mailed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// He was entered.
    Entered,
    /// He was entered with many others.
    Listed,
    /// Somebody said that he forgot his password.
    Asked,
}

impl Why {
    const fn kind(self) -> &'static str {
        match self {
            Self::Entered | Self::Listed => "password_new",
            Self::Asked => "password_reset",
        }
    }

    /// Whoever waits before the page goes first; a list of new people holds up nothing.
    const fn pace(self) -> Pace {
        match self {
            Self::Asked => Pace::Urgent,
            Self::Entered => Pace::Prompt,
            Self::Listed => Pace::Last,
        }
    }
}

/// Owes `person` a mail with a link, whose life begins when the mail leaves; earlier links stop working. Whoever has no region has
/// no desk that could write.
pub fn send(tx: &mut Tx<'_>, person: &Person, why: Why, post: Post<'_>) -> Result<()> {
    let by = tx.actor.person;
    send_by(tx, by, person, why, post)
}

/// As [`send`], issued by `by`.
fn send_by(tx: &mut Tx<'_>, by: Option<Id>, person: &Person, why: Why, post: Post<'_>) -> Result<()> {
    let Some(region) = person.region_id.map(|id| region::by_id(tx, id)).transpose()? else { return Ok(()) };
    let mail = tx.new_id();
    let secret = post.mailer.signer.link(mail);
    // Nobody waits before the page for longer than the link would live.
    let until = match why {
        Why::Asked => tx.now.plus(Duration::seconds(post.settings.link_seconds)),
        Why::Entered | Why::Listed => outbox::give_up(tx.now),
    };
    link::keep_for(tx, person.id, by, &secret, until)?;
    let link = Link { hash: secret.hash, expires_at: until };
    let facts = facts(tx, &region, person, why, link)?;
    let owed = Owed {
        person: person.id,
        recipient: person.email.clone(),
        kind: why.kind(),
        pace: why.pace(),
        language: Language::accepted(&person.language),
        secret: false,
        facts,
    };
    outbox::queue_alone(tx, mail, owed, until)?;
    audit::append(tx, "link.mail", person::object(person), json!({ "purpose": "password", "kind": why.kind() }))
}

/// Owes somebody a link because whoever keeps people asks for it.
///
/// # Errors
/// 409 for whoever has left, or has no region whose desk could write to him.
pub fn send_again(tx: &mut Tx<'_>, may: May<act::IssueLink, Target>, post: Post<'_>) -> Result<()> {
    let person = may.into_inner().person;
    if !person.active || person.region_id.is_none() {
        return Err(Error::Conflict(say!("link.not_mailed")));
    }
    let why = if person.password_hash.is_none() { Why::Entered } else { Why::Asked };
    send(tx, &person, why, post)
}

/// Owes a link to everybody whom nothing lets in, and returns their addresses. Such are those whose mail failed or whose link ended
/// unused, and all whose mail waited when a backup was made that was put back.
///
/// # Errors
/// The database's.
pub fn send_missing(tx: &mut Tx<'_>, post: Post<'_>) -> Result<Vec<String>> {
    let missing = link::missing(tx, None)?;
    for person in &missing {
        send(tx, person, Why::Listed, post)?;
    }
    Ok(missing.into_iter().map(|person| person.email).collect())
}

fn facts(tx: &mut Tx<'_>, region: &Region, person: &Person, why: Why, link: Link) -> Result<Facts> {
    let language = Language::accepted(&person.language);
    let asker = match tx.actor.person {
        Some(id) => person::by_id(tx, id)?.name,
        None => say!("mail.system").text(language),
    };
    let (title, sentence) = match why {
        Why::Entered | Why::Listed => {
            (say!("mail.link.new_title"), say!("mail.link.new_line", actor = asker, region = region.name))
        }
        Why::Asked => (say!("mail.link.reset_title"), say!("mail.link.reset_line", region = region.name)),
    };
    let mut rows = vec![(say!("mail.link.account").text(language), person.email.clone())];
    if why == Why::Asked {
        rows.push((say!("mail.link.address").text(language), tx.origin.address.clone()));
    }
    let happening = Happening {
        at: tx.now,
        title: title.text(language),
        line: sentence.text(language),
        rows: Vec::new(),
        quote: None,
    };
    let facts = Facts::without_ticket(region.desk(), person.name.clone(), happening, rows);
    Ok(Facts { link: Some(link), ..facts })
}

/// Somebody who is not signed in says that `login` forgot his password. Known and unknown logins are not told apart, in
/// answer or in work: for an unknown one the same is done for somebody else, and undone.
///
/// # Errors
/// 429 for too many questions from one address. Too many about one account are not told: no more mails go.
pub fn ask(tx: &mut Tx<'_>, login: &str, post: Post<'_>) -> Result<()> {
    let person = person::by_login(tx, None, login)?.filter(|person| person.region_id.is_some());
    let id = person.as_ref().map(|person| person.id);
    let address = format!("forgot-address:{}", tx.origin.network());
    throttle::count(tx, &address, post.settings.address_failures, post.settings)?;
    // Hashed: a login that was mistyped may be a password.
    let who = hash(&id.map_or_else(|| person::spelling(login), |id| id.to_string()));
    let is_free = match throttle::count(tx, &format!("forgot:{who}"), FREE, post.settings) {
        Ok(()) => true,
        Err(Error::TooMany(_)) => false,
        Err(other) => return Err(other),
    };
    let region = person.as_ref().and_then(|person| person.region_id);
    audit::append(tx, "link.ask", audit::Object { kind: "person", id, region }, json!({}))?;
    let is_real = person.is_some();
    let Some(person) = (if is_real { person } else { anybody(tx)? }) else { return Ok(()) };
    // In his own name, whoever it was.
    tx.attempt(|()| is_real && is_free, |tx| send_by(tx, Some(person.id), &person, Why::Asked, post))
}

fn anybody(tx: &mut Tx<'_>) -> Result<Option<Person>> {
    Ok(on!(tx.conn(), |c| people::table
        .filter(people::region_id.is_not_null().and(people::active.eq(true)))
        .select(Person::as_select())
        .first(c)
        .optional())?)
}
