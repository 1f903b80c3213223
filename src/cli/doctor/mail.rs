//! Mail out and in: whether it goes, by whom it is signed, and whether each mailbox is read.

use super::{Finding, Known, State, finding};
use crate::app::App;
use crate::config::{Encryption, Place};
use crate::db::Ts;
use crate::error::Result;
use crate::health::{self, READ};
use crate::mail::authority::{BUNDLES, bundle};
use crate::mail::mailbox::Mailbox;
use crate::message::Say;
use crate::say;
use chrono::{DateTime, Duration, Utc};
use std::path::Path;
use std::sync::atomic::Ordering;

/// What leaves.
pub(super) fn out(app: &App, known: &Known, now: Ts) -> Vec<Finding> {
    let mut all = Vec::new();
    let mut look = |state, found| all.push(finding("mail", state, found));
    if app.config.mail.hold {
        look(State::Look, say!("doctor.mail_held"));
    }
    if app.config.mail.has_server() {
        for region in &known.regions {
            if app.mailer.dkim.record(&region.mail_domain).is_none() {
                look(State::Look, say!("doctor.no_dkim", region = region.name, domain = region.mail_domain));
            }
        }
    } else {
        look(State::Look, say!("doctor.no_server"));
    }
    let (queued, oldest, failed) = known.mails;
    let late = oldest.is_some_and(|at| at.plus(Duration::hours(1)) < now);
    let state = if late || failed > 0 { State::Look } else { State::Well };
    look(state, say!("doctor.mail", queued = queued, failed = failed));
    all
}

/// By whose word mail servers are believed. The public authorities in the program are those of the day of its build, and
/// change: of a program that nobody builds anew the mail stops one day, with a renewed certificate.
fn authorities(app: &App, now: Ts) -> Result<Vec<Finding>> {
    let (out, places) = (&app.config.mail, app.config.imap.places()?);
    let of_places = places.iter().any(|place| place.encryption != Encryption::None);
    let asked =
        [("mail.ca_file", &out.ca_file, out.is_encrypted()), ("imap.ca_file", &app.config.imap.ca_file, of_places)];
    let asked = asked.into_iter().filter(|(.., is_encrypted)| *is_encrypted);
    Ok(asked.map(|(setting, file, _)| authority(setting, file, now)).collect())
}

fn authority(setting: &str, file: &Path, now: Ts) -> Finding {
    let is_named = !file.as_os_str().is_empty();
    let Some(file) = (if is_named { Some(file) } else { bundle() }) else {
        let (version, known) = (env!("CARGO_PKG_VERSION"), BUNDLES.first().unwrap_or(&""));
        let found = say!("doctor.authorities_built", setting = setting, version = version, file = known);
        return finding("mail", State::Look, found);
    };
    let changed = std::fs::metadata(file).and_then(|about| about.modified()).ok();
    let days = changed.map_or(0, |at| (now.utc() - DateTime::<Utc>::from(at)).num_days());
    let found = if is_named {
        say!("doctor.authorities", setting = setting, file = file.display(), days = days)
    } else {
        say!("doctor.authorities_system", setting = setting, file = file.display(), days = days)
    };
    finding("mail", State::Well, found)
}

/// What comes in: each mailbox of the settings, and what is believed of its senders.
pub(super) fn inbox(app: &App, known: &Known, now: Ts) -> Result<Vec<Finding>> {
    let places = app.config.imap.places()?;
    let mut all = authorities(app, now)?;
    if !places.is_empty() && app.config.inbox.authserv_id.is_empty() {
        all.push(finding("mail", State::Look, say!("doctor.no_authserv")));
    }
    // Nobody reads them there, and that is told already.
    let is_held = app.mailer.is_held() || app.quarantine.load(Ordering::Acquire);
    for Place { desk, .. } in places.into_iter().filter(|_| !is_held) {
        let row = known.mailboxes.iter().find(|row| row.name == desk);
        all.extend(unread(&desk, row, now).map(|found| finding("mail", State::Ill, found)));
    }
    let desks = health::desks(app)?;
    let unheard = known.regions.iter().filter_map(|region| health::unheard(&desks, region));
    all.extend(unheard.map(|found| finding("mail", State::Ill, found)));
    Ok(all)
}

fn unread(desk: &str, row: Option<&Mailbox>, now: Ts) -> Option<Say> {
    let met = row.and_then(|row| row.last_error.as_deref()).unwrap_or("-");
    let Some(age) = row.and_then(|row| row.age(now)) else {
        return Some(say!("doctor.mailbox_never", mailbox = desk, error = met));
    };
    let minutes = age.num_minutes();
    (minutes > READ).then(|| say!("doctor.mailbox_late", mailbox = desk, minutes = minutes, error = met))
}
