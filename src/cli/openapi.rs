//! `sigap openapi`.

use super::say;
use crate::api::ops;
use crate::error::Result;

/// Prints the document.
///
/// # Errors
/// If it can't be written.
pub fn run() -> Result<()> {
    say(ops::document())
}
