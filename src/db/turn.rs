//! Turns where no row could be locked for it: in an empty database, for a new region; and of somebody's files, because his row
//! is held by others for longer, and for reasons that have nothing to do with them.

use super::{Conn, Id};
use crate::error::Result;
use diesel::RunQueryDsl;
use diesel::sql_types::Text;

/// Any number but [`super::migrate::LOCK`], as long as every version of the program takes the same.
const LOCK: i64 = 0x5347_4151;

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

/// As [`take`], among those who act for `person`: a lock that nothing else holds, not even whoever changes his entry.
///
/// # Errors
/// The database's.
pub fn take_of(conn: &mut Conn<'_>, person: Id) -> Result<()> {
    if let Conn::Pg(c) = conn {
        diesel::sql_query(format!("SELECT pg_advisory_xact_lock(hashtextextended($1, {LOCK}))"))
            .bind::<Text, _>(person.to_string())
            .execute(&mut **c)?;
    }
    Ok(())
}
