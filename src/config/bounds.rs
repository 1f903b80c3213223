//! Between what every number of the settings lies: what is below or above would switch something off that has a word of its
//! own for that, or overflow where it is used.

use crate::error::{Error, Result};

/// Ten years in seconds.
const DECADE: i64 = 315_576_000;
const DAY: i64 = 86_400;
const MEBIBYTE: i64 = 1024 * 1024;
/// For counts that only have to be countable.
const MANY: i64 = 1_000_000_000;

/// Setting, least, most.
pub const BOUNDS: &[(&str, i64, i64)] = &[
    ("workers", 0, 256),
    ("database_pool", 1, 1000),
    ("database_seconds", 1, DAY),
    ("sign_in.access_seconds", 1, DECADE),
    ("sign_in.refresh_seconds", 1, DECADE),
    ("sign_in.session_seconds", 1, DECADE),
    ("sign_in.link_seconds", 1, DECADE),
    ("sign_in.login_failures", 1, 1_000_000),
    ("sign_in.address_failures", 1, 1_000_000),
    ("sign_in.pause_seconds", 1, DAY),
    ("sign_in.argon2_memory_kib", 8, 4 * MEBIBYTE),
    ("sign_in.argon2_passes", 1, 1000),
    ("sign_in.hashes_at_once", 1, 1024),
    ("limits.body_bytes", 1024, 1024 * MEBIBYTE),
    ("limits.import_bytes", 1024, 1024 * MEBIBYTE),
    ("limits.attachment_bytes", 1, 1024 * 1024 * MEBIBYTE),
    // Of these 0 says: none.
    ("limits.attachments_per_ticket", 0, 1_000_000),
    ("limits.attachments_per_person_day", 0, MANY),
    ("limits.attachment_bytes_per_person_day", 0, 1024 * 1024 * MEBIBYTE),
    ("limits.request_seconds", 1, DAY),
    ("backup.every_minutes", 0, 366 * DAY / 60),
    ("backup.keep_newest", 1, 1_000_000),
    ("backup.keep_days", 0, 1_000_000),
    ("backup.keep_months", 0, 1_000_000),
    // A message, which takes several times as long as an answer, is given up before its mailbox counts as unread.
    ("imap.timeout_seconds", 1, 60),
    ("imap.poll_seconds", 1, DAY),
    ("inbox.per_hour", 1, MANY),
    ("inbox.tickets_per_hour", 1, MANY),
    ("inbox.tickets_per_day", 1, MANY),
    ("inbox.on_ticket_per_hour", 1, MANY),
    ("inbox.keep_days", 1, 36_525),
    // A try, of several answers, ends before its lease.
    ("mail.timeout_seconds", 1, 90),
    ("mail.connections", 1, 1000),
    ("mail.per_second", 1, 1_000_000),
    ("mail.per_hour", 1, MANY),
];

/// Refuses a number that lies outside.
///
/// # Errors
/// [`Error::Start`] that names the setting and its bounds.
pub(super) fn check(table: &toml::Table) -> Result<()> {
    for (name, least, most) in BOUNDS {
        let number = number(table, name);
        if number.is_some_and(|number| !(*least..=*most).contains(&number)) {
            return Err(Error::start(format!("setting {name}: a number from {least} to {most}")));
        }
    }
    Ok(())
}

/// The number at `name` or `table.name`. That it is another kind of value is told where it is read.
fn number(table: &toml::Table, name: &str) -> Option<i64> {
    match name.split_once('.') {
        None => table.get(name)?.as_integer(),
        Some((outer, inner)) => number(table.get(outer)?.as_table()?, inner),
    }
}
