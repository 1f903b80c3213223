//! Turns where no row stands yet that could be locked: in an empty database, for a new region.

use super::Conn;
use crate::error::Result;
use diesel::RunQueryDsl;

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
