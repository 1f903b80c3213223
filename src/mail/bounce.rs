//! Mails that came back. A report counts only if it names a mail of ours by our own signature; one address that does not
//! take mails for days is written to no more, until its entry is edited.

use super::outbox::{Mail, MailState, bundle};
use crate::access::Tx;
use crate::db::schema::{mail_bounces, mails};
use crate::db::{Id, Ts, one_of};
use crate::error::Result;
use crate::on;
use diesel::dsl::exists;
use diesel::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// Days on which a mail must have come back for good before an address is left alone.
const DAYS: usize = 3;

/// What a server reported about a mail.
#[derive(Debug, Clone)]
pub struct News {
    /// It will never arrive.
    pub lasting: bool,
    /// Status code (RFC 3463).
    pub status: String,
    /// What the server said.
    pub said: String,
}

/// A bounce as stored.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = mail_bounces, treat_none_as_default_value = false)]
pub struct Bounce {
    /// Its id.
    pub id: Id,
    /// Region whose desk had written.
    pub region_id: Id,
    /// The mail.
    pub mail_id: Id,
    /// The report.
    pub inbound_id: Option<Id>,
    /// The mail's recipient.
    pub recipient: String,
    /// It will never arrive.
    pub lasting: bool,
    /// Status code.
    pub status: String,
    /// What the server said.
    pub detail: String,
    /// When.
    pub at: Ts,
    /// When the address was edited; then it no longer counts.
    pub cleared_at: Option<Ts>,
}

/// The mail with this id.
///
/// # Errors
/// The database's.
pub fn mail(tx: &mut Tx<'_>, id: Id) -> Result<Option<Mail>> {
    Ok(on!(tx.conn(), |c| mails::table.find(id).select(Mail::as_select()).first(c).optional())?)
}

/// Notes what was reported about a mail; if it will never arrive, the mail and all that rode in it have failed.
///
/// # Errors
/// The database's.
pub fn note(tx: &mut Tx<'_>, mail: &Mail, inbound: Id, news: &News) -> Result<()> {
    let row = Bounce {
        id: tx.new_id(),
        region_id: mail.region_id,
        mail_id: mail.id,
        inbound_id: Some(inbound),
        recipient: mail.recipient.clone(),
        lasting: news.lasting,
        status: news.status.clone(),
        detail: news.said.clone(),
        at: tx.now,
        cleared_at: None,
    };
    on!(tx.conn(), |c| diesel::insert_into(mail_bounces::table).values(&row).execute(c))?;
    let why = format!("{} {}", news.status, news.said).trim().to_owned();
    let rows = bundle(tx, mail)?;
    if news.lasting {
        on!(tx.conn(), |c| diesel::update(mails::table.filter(mails::id.eq_any(&rows)))
            .set((
                mails::state.eq(MailState::Failed),
                mails::last_error.eq(Some(&why)),
                mails::lease_until.eq(None::<Ts>)
            ))
            .execute(c))?;
    } else {
        on!(tx.conn(), |c| diesel::update(mails::table.filter(mails::id.eq_any(&rows)))
            .set(mails::last_error.eq(Some(&why)))
            .execute(c))?;
    }
    metrics::counter!("sigap_mail_bounces_total", "lasting" => news.lasting.to_string()).increment(1);
    Ok(())
}

/// Those of `addresses` that are written to no more, and since when.
///
/// # Errors
/// The database's.
pub fn suspended(tx: &mut Tx<'_>, addresses: &[String]) -> Result<BTreeMap<String, Ts>> {
    if addresses.is_empty() {
        return Ok(BTreeMap::new());
    }
    let came: Vec<(String, Ts)> = on!(tx.conn(), |c| mail_bounces::table
        .filter(one_of(mail_bounces::recipient, addresses))
        .filter(mail_bounces::lasting.eq(true).and(mail_bounces::cleared_at.is_null()))
        .order(mail_bounces::at)
        .select((mail_bounces::recipient, mail_bounces::at))
        .load(c))?;
    let (mut days, mut since) = (BTreeMap::<String, BTreeSet<chrono::NaiveDate>>::new(), BTreeMap::new());
    for (recipient, at) in came {
        let seen = days.entry(recipient.clone()).or_default();
        seen.insert(at.utc().date_naive());
        if seen.len() >= DAYS {
            since.entry(recipient).or_insert(at);
        }
    }
    Ok(since)
}

/// `true` if mails to this address came back since its entry was last edited.
///
/// # Errors
/// The database's.
pub fn came_back(tx: &mut Tx<'_>, address: &str) -> Result<bool> {
    Ok(on!(tx.conn(), |c| diesel::select(exists(
        mail_bounces::table.filter(mail_bounces::recipient.eq(address).and(mail_bounces::cleared_at.is_null()))
    ))
    .get_result(c))?)
}

/// The entry of whoever has this address was edited: it is written to again.
///
/// # Errors
/// The database's.
pub fn clear(tx: &mut Tx<'_>, address: &str) -> Result<()> {
    let now = tx.now;
    on!(tx.conn(), |c| diesel::update(
        mail_bounces::table.filter(mail_bounces::recipient.eq(address).and(mail_bounces::cleared_at.is_null()))
    )
    .set(mail_bounces::cleared_at.eq(Some(now)))
    .execute(c))?;
    Ok(())
}
