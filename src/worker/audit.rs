//! Gives audit entries their places, and signs what has grown once a minute. Any number of nodes may do so at once.

use crate::app::App;
use crate::app::ledger::{place, sign};
use crate::error::{Error, Result};

/// Seconds between two checkpoints of a log that grows.
const SIGN_SECONDS: i64 = 60;

/// Runs until every entry has its place; signs what is due.
///
/// # Errors
/// If the database does not answer, or a log takes no entry or is not what was signed before.
pub async fn run(app: &App) -> Result<()> {
    let placed = place(app).await;
    let signed = sign(app, SIGN_SECONDS).await;
    let alarming = [&placed, &signed].iter().any(|outcome| matches!(outcome, Err(Error::Start(_))));
    metrics::gauge!("sigap_audit_alarm").set(if alarming { 1.0 } else { 0.0 });
    placed.and(signed)
}
