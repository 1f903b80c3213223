//! Gauges that are set when they are read: what is shown is how it stands then, also where the job that it tells of hangs or
//! has ended. An alarm that the job itself sets would stay as it was.

use crate::access::Origin;
use crate::app::{App, Caller};
use crate::backup::schedule;
use crate::config::Place;
use crate::db::Ts;
use crate::durable;
use crate::mail::mailbox;
use crate::telemetry::show_age;
use chrono::TimeDelta;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::time::timeout;

/// How long the database is waited for: whoever reads must learn that the timers are silent also where it is the database
/// that hangs, and gives up after ten seconds.
const PATIENCE: Duration = Duration::from_secs(2);

/// Sets them.
pub async fn set(app: &App) {
    timers(app);
    backups(app);
    storage(app);
    // What is not answered in time stays as it was.
    drop(timeout(PATIENCE, mailboxes(app)).await);
    drop(timeout(PATIENCE, standby(app)).await);
}

fn alarm(is_on: bool) -> f64 {
    if is_on { 1.0 } else { 0.0 }
}

fn timers(app: &App) {
    let (pulse, now) = (&app.pulse, app.clock.now());
    if let Some(at) = pulse.looked_at() {
        let since_1970 = TimeDelta::microseconds(at.utc().timestamp_micros());
        metrics::gauge!("sigap_timers_last_look_timestamp_seconds").set(since_1970.as_seconds_f64());
    }
    metrics::gauge!("sigap_timers_late_seconds").set(TimeDelta::seconds(pulse.late_seconds()).as_seconds_f64());
    metrics::gauge!("sigap_timers_alarm").set(alarm(pulse.is_alarming(now)));
}

fn backups(app: &App) {
    let now = app.clock.now();
    let Some(newest) = schedule::newest(&app.config, app.began, now) else { return };
    // Before the first one, the age of the program.
    show_age("sigap_backup_age_seconds", Some(newest.at.map_or(app.began, Ts::new)), now);
    metrics::gauge!("sigap_backup_alarm").set(alarm(newest.is_late));
}

/// Whether changes are stored and go out, and what room is left for more.
#[expect(clippy::cast_precision_loss, clippy::as_conversions, reason = "a gauge takes nothing else")]
fn storage(app: &App) {
    metrics::gauge!("sigap_database_write_alarm").set(alarm(app.trouble.is_alarming(app.clock.now())));
    metrics::gauge!("sigap_quarantine").set(alarm(app.quarantine.load(Ordering::Acquire)));
    for (place, path) in app.config.places() {
        if let Ok(bytes) = durable::free(&path) {
            metrics::gauge!("sigap_disk_free_bytes", "place" => place).set(bytes as f64);
        }
    }
}

/// Of the mailboxes of the settings, whichever node reads them. Before the first success the age of the program counts, as of
/// backups: a password that is wrong from the beginning must be noticed too.
async fn mailboxes(app: &App) {
    let places = app.config.imap.places().unwrap_or_default();
    if places.is_empty() {
        return;
    }
    let Ok(all) = app.read(Caller::Anonymous, Origin::of("metrics"), mailbox::all).await else { return };
    let now = app.clock.now();
    for Place { desk, .. } in places {
        let age = all.iter().find(|row| row.name == desk).and_then(|row| row.age(now)).unwrap_or(app.up(now));
        metrics::gauge!("sigap_imap_last_success_age_seconds", "mailbox" => desk).set(age.as_seconds_f64());
    }
}

#[expect(clippy::cast_precision_loss, clippy::as_conversions, reason = "a gauge takes nothing else")]
async fn standby(app: &App) {
    let Some(standby) = app.store.standby().await else { return };
    metrics::gauge!("sigap_standby_synchronous").set(alarm(standby.mode == "sync"));
    metrics::gauge!("sigap_standbys").set(standby.following as f64);
    if let Some(bytes) = standby.lag_bytes {
        metrics::gauge!("sigap_standby_lag_bytes").set(bytes as f64);
    }
}
