//! Owes the auditors the checkpoint of the day, region by region.

use super::daily;
use crate::app::App;
use crate::error::Result;
use crate::report::attest;
use chrono::NaiveTime;

/// Runs once.
///
/// # Errors
/// If the database does not answer.
pub async fn run(app: &App) -> Result<()> {
    // With the summary of the morning; where nobody gets one, at midnight.
    let at = app.config.mail.digest_at()?.unwrap_or(NaiveTime::MIN);
    daily::run(app, move |tx, region| attest::owed(tx, region, at), attest::owe).await
}
