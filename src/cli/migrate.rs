//! `sigap migrate`.

use super::{open, say};
use crate::error::Result;
use std::path::Path;

/// Opens the database, which migrates it.
///
/// # Errors
/// What stands in the way.
pub fn run(config: Option<&Path>) -> Result<()> {
    let app = open(config)?;
    say(&format!("The {} database is at the schema of sigap {}.", app.store.kind(), env!("CARGO_PKG_VERSION")))
}
