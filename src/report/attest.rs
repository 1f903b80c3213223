//! The checkpoint of the audit log, by mail to the auditors of a region once a day (L13, P8): what lies in their
//! mailboxes nobody who holds this machine can change. It is owed once, on any number of nodes.

use super::monthly::{Stamp, stamp};
use crate::access::{Role, Tx};
use crate::audit::store;
use crate::db::Id;
use crate::error::Result;
use crate::mail::letter::{Fact, Facts, Happening, Room};
use crate::mail::outbox::{self, Owed, Pace};
use crate::mail::when;
use crate::message::Language;
use crate::org::grant;
use crate::org::person::{self, Contact};
use crate::org::region::Region;
use crate::say;
use chrono::{Duration, NaiveTime, Timelike};

/// Kind of the mail.
const KIND: &str = "checkpoint";
/// Days for which it is tried.
const TRIED: i64 = 3;

/// The auditors of `region` to whom today's checkpoint is owed: from `at` on, local time, once there is one.
///
/// # Errors
/// The database's.
pub fn owed(tx: &mut Tx<'_>, region: &Region, at: NaiveTime) -> Result<Vec<Id>> {
    let day = region.day(tx.now);
    let since = region.begin_of(day).plus(Duration::seconds(at.num_seconds_from_midnight().into()));
    if tx.now < since || store::newest(tx, region.id)?.is_none() || store::is_mailed(tx, region.id, day)? {
        return Ok(Vec::new());
    }
    grant::holders(tx, region.id, Role::Auditor, None)
}

/// Owes `people` the newest checkpoint, unless another node was faster.
///
/// # Errors
/// The database's.
pub fn owe(tx: &mut Tx<'_>, region: &Region, people: &[Id]) -> Result<()> {
    let Some(stamp) = stamp(tx, region.id)? else { return Ok(()) };
    if !store::is_first_mail(tx, region.id, region.day(tx.now))? {
        return Ok(());
    }
    let until = tx.now.plus(Duration::days(TRIED));
    for to in person::contacts(tx, people)? {
        let (id, letter) = (tx.new_id(), letter(tx, region, to, &stamp));
        outbox::queue_alone(tx, id, letter, until)?;
    }
    Ok(())
}

fn letter(tx: &Tx<'_>, region: &Region, to: Contact, stamp: &Stamp) -> Owed {
    let language = to.language;
    let happening = Happening {
        at: tx.now,
        title: say!("mail.checkpoint.title", size = stamp.size).text(language),
        line: say!("mail.checkpoint.line", region = region.name).text(language),
        rows: Vec::new(),
        quote: Some(stamp.note.clone()),
    };
    let facts = Facts::without_ticket(region.desk(), to.name, happening, rows(region, language, stamp));
    let facts = Facts { place: Some(Room::Audit), ..facts };
    Owed { person: to.id, recipient: to.email, kind: KIND, pace: Pace::Prompt, language, secret: false, facts }
}

fn rows(region: &Region, language: Language, stamp: &Stamp) -> Vec<Fact> {
    let when = when::when(stamp.signed_at, &region.time_zone, language);
    let rows = [
        (say!("web.audit.number"), stamp.size.to_string()),
        (say!("web.audit.root"), stamp.root.clone()),
        (say!("web.audit.signed"), when),
    ];
    rows.into_iter().map(|(name, value)| (name.text(language), value)).collect()
}
