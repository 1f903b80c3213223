//! Owes the summary of the morning, region by region.

use super::daily;
use crate::app::App;
use crate::error::Result;
use crate::report::digest;

/// Runs once.
pub async fn run(app: &App) -> Result<()> {
    let Some(at) = app.config.mail.digest_at()? else { return Ok(()) };
    daily::run(app, move |tx, region| digest::owed(tx, region, at), digest::owe).await
}
