//! Turns where no row could be locked for it: in an empty database, for a new region; and of somebody's files and desks, because
//! his row is held by others for longer, and for reasons that have nothing to do with them.

use super::{Conn, Id};
use crate::error::Result;
use diesel::RunQueryDsl;
use diesel::sql_types::Text;

/// Any number but [`super::migrate::LOCK`], as long as every version of the program takes the same.
const LOCK: i64 = 0x5347_4151;
/// As [`LOCK`], of somebody's desks.
const DESK: i64 = LOCK + 1;

/// Lets one transaction at a time go on from here to its end, on whichever node; whoever waited sees what the one before
/// him has stored. An embedded database has one writer anyway.
///
/// # Errors
/// The database's.
pub fn take(conn: &mut Conn<'_>) -> Result<()> {
    if let Conn::Pg(c) = conn {
        diesel::sql_query(format!("SELECT pg_advisory_xact_lock({LOCK})")).execute(&mut **c)?;
    }
    Ok(())
}

/// As [`take`], among those who add files of `person`: a lock that nothing else holds, not even whoever changes his entry.
///
/// # Errors
/// The database's.
pub fn of_files(conn: &mut Conn<'_>, person: Id) -> Result<()> {
    of(conn, person, "pg_advisory_xact_lock", LOCK)
}

/// Waits for whoever puts `person` out of a desk at this moment, and lets others wait to do so until the commit; those who
/// give him tickets don't wait for each other.
///
/// # Errors
/// The database's.
pub fn with_desk(conn: &mut Conn<'_>, person: Id) -> Result<()> {
    of(conn, person, "pg_advisory_xact_lock_shared", DESK)
}

/// As [`with_desk`], for whoever puts him out.
///
/// # Errors
/// The database's.
pub fn of_desk(conn: &mut Conn<'_>, person: Id) -> Result<()> {
    of(conn, person, "pg_advisory_xact_lock", DESK)
}

fn of(conn: &mut Conn<'_>, person: Id, lock: &str, of_what: i64) -> Result<()> {
    if let Conn::Pg(c) = conn {
        diesel::sql_query(format!("SELECT {lock}(hashtextextended($1, {of_what}))"))
            .bind::<Text, _>(person.to_string())
            .execute(&mut **c)?;
    }
    Ok(())
}
