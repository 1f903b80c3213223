//! `sigap openapi`.

use super::say;
use crate::api::ops;
use crate::error::Result;

/// Prints the document.
///
/// # Errors
/// None.
pub fn run() -> Result<()> {
    say(ops::document());
    Ok(())
}
