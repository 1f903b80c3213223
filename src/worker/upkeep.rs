//! Removes what has run out: stored answers, old sessions, dead links, files that never arrived, mails that were acted on long ago; and takes up new
//! signing keys.

use crate::access::Origin;
use crate::app::{App, Caller};
use crate::error::Result;
use crate::mail::intake;
use crate::org::{link, session};
use crate::recorded;

/// Runs once.
pub async fn run(app: &App) -> Result<()> {
    let days = app.config.inbox.keep_days;
    let removed = app
        .write(Caller::Anonymous, Origin::default(), move |tx| {
            Ok(recorded::sweep(tx)? + session::sweep(tx)? + link::sweep(tx)? + intake::sweep(tx, days)?)
        })
        .await?;
    app.keys.reload()?;
    app.blobs.sweep().await?;
    tracing::debug!(removed, "upkeep");
    Ok(())
}
