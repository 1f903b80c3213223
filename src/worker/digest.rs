//! Owes the summary of the morning, region by region, with what is ill of the service to whoever keeps one.

use super::daily;
use crate::app::App;
use crate::error::Result;
use crate::health;
use crate::report::digest;
use std::sync::Arc;

/// Runs once.
pub async fn run(app: &App) -> Result<()> {
    let Some(at) = app.config.mail.digest_at()? else { return Ok(()) };
    let ill = Arc::new(health::look(app).await?);
    let told = Arc::clone(&ill);
    daily::run(
        app,
        move |tx, region| digest::owed(tx, region, at, &ill.of(region)),
        move |tx, region, people| digest::owe(tx, region, people, &told.of(region)),
    )
    .await
}
