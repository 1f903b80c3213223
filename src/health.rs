//! What is ill of the service, for whoever keeps a region: in words without paths, keys or anything of another region. That
//! alarms stand at `/metrics` and in `sigap doctor` helps nobody who asks neither.

use crate::access::Origin;
use crate::app::{App, Caller};
use crate::audit::sequence::PLATFORM;
use crate::backup::room::{MARGIN, MEGABYTE};
use crate::backup::schedule;
use crate::config::Config;
use crate::db::{Id, Ts};
use crate::durable;
use crate::error::Result;
use crate::mail::address::is_official;
use crate::mail::mailbox::{self, Mailbox};
use crate::message::Say;
use crate::org::Region;
use crate::say;
use chrono::Duration;
use std::collections::BTreeSet;
use std::sync::atomic::Ordering;

/// Bytes that should be free where the service writes, which a backup leaves it too.
pub const ROOM: u64 = MARGIN;
/// Bytes below which it is urgent.
pub const NO_ROOM: u64 = 256 * 1024 * 1024;
/// Minutes after which a mailbox should have been read again: it is looked at every half minute.
pub const READ: i64 = 10;
/// How long after a start nobody is told that the newest backup is old: it was made before the service was off, and the next one
/// is on its way.
const FIRST_BACKUP: Duration = Duration::hours(1);

/// What is ill.
#[derive(Debug, Clone, Default)]
pub struct Ill {
    /// Of the machine: everybody's.
    machine: Vec<Say>,
    /// Desk addresses whose mailboxes are not read, and what is to be said of each.
    mailboxes: Vec<(String, Say)>,
    /// Desk addresses whose mailboxes are to be read.
    desks: Vec<String>,
    /// Audit logs that take no entry or are not signed.
    logs: BTreeSet<Id>,
}

impl Ill {
    /// What concerns whoever keeps a region: what is its own, and what is everybody's.
    #[must_use]
    pub fn of(&self, region: &Region) -> Vec<Say> {
        let is_own = |desk: &str| desk.eq_ignore_ascii_case(&region.desk_mailbox);
        let mailboxes = self.mailboxes.iter().filter(|(desk, _)| is_own(desk)).map(|(_, told)| told.clone());
        let is_unsigned = [region.id, PLATFORM].iter().any(|log| self.logs.contains(log));
        let log = is_unsigned.then(|| say!("health.audit"));
        self.machine.iter().cloned().chain(mailboxes).chain(unheard(&self.desks, region)).chain(log).collect()
    }
}

/// Looks at everything on this node.
///
/// # Errors
/// The database's, or a setting that can't be read.
pub async fn look(app: &App) -> Result<Ill> {
    let now = app.clock.now();
    let rows = app.read(Caller::Anonymous, Origin::of("health"), mailbox::all).await?;
    let machine = [timers(app, now), late_backup(app, now), disk(&app.config)];
    Ok(Ill {
        machine: machine.into_iter().flatten().collect(),
        mailboxes: unread(app, &rows, now)?,
        desks: desks(app)?,
        logs: app.ill_logs.all(),
    })
}

fn timers(app: &App, now: Ts) -> Option<Say> {
    app.pulse.is_alarming(now).then(|| say!("health.timers"))
}

fn late_backup(app: &App, now: Ts) -> Option<Say> {
    let newest = schedule::newest(&app.config, app.began, now)?;
    (newest.is_late && app.up(now) > FIRST_BACKUP).then(|| match newest.at {
        Some(at) => say!("health.backup", hours = (now.utc() - at).num_hours()),
        None => say!("health.no_backup"),
    })
}

fn disk(config: &Config) -> Option<Say> {
    least_room(config).filter(|free| *free < NO_ROOM).map(|free| say!("health.disk", free = free / MEGABYTE))
}

/// Bytes that are free where the service writes, on the fullest of the disks; none where nobody can tell.
#[must_use]
pub fn least_room(config: &Config) -> Option<u64> {
    config.places().iter().filter_map(|(_, place)| durable::free(place).ok()).min()
}

/// Mailboxes of the settings that nobody has read to their end for a while, and what is to be said of each. After a start they
/// have that while once more, and of a copy that holds its mail nobody reads them.
///
/// # Errors
/// A setting that can't be read.
pub fn unread(app: &App, rows: &[Mailbox], now: Ts) -> Result<Vec<(String, Say)>> {
    if app.mailer.is_held() || app.quarantine.load(Ordering::Acquire) {
        return Ok(Vec::new());
    }
    let mut all = Vec::new();
    for place in app.config.imap.places()? {
        let row = rows.iter().find(|row| row.name == place.desk);
        let age = row.and_then(|row| row.age(now)).map_or(app.up(now), |age| age.min(app.up(now)));
        if age.num_minutes() > READ {
            let told = match row {
                Some(row) if row.is_read_in_part() => say!("health.mailbox_part", mailbox = place.desk),
                _ => say!("health.mailbox", mailbox = place.desk),
            };
            all.push((place.desk, told));
        }
    }
    Ok(all)
}

/// Desk addresses whose mailboxes are to be read; none of a copy that holds its mail.
///
/// # Errors
/// A setting that can't be read.
pub fn desks(app: &App) -> Result<Vec<String>> {
    let is_held = app.mailer.is_held() || app.quarantine.load(Ordering::Acquire);
    let places = if is_held { Vec::new() } else { app.config.imap.places()? };
    Ok(places.into_iter().map(|place| place.desk).collect())
}

/// What is to be said where a region's desk has another address than the mailbox that is read for it: what comes to the new one
/// reaches nobody, and that the old one is ill would be told to nobody. A region for which none is read may want it so.
#[must_use]
pub fn unheard(desks: &[String], region: &Region) -> Option<Say> {
    let domains = [region.domain.as_str(), &region.mail_domain];
    let mut own = desks.iter().filter(|desk| is_official(desk, &domains)).peekable();
    let old = (*own.peek()?).clone();
    let is_read = own.any(|desk| desk.eq_ignore_ascii_case(&region.desk_mailbox));
    (!is_read).then(|| say!("health.unheard", mailbox = region.desk_mailbox, old = old))
}
