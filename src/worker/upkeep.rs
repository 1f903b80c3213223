//! Removes what has run out: stored answers, old sessions, dead links, files that never arrived, mails that were acted on long ago, drafts that nobody came back to; and takes up new
//! signing keys.

use crate::access::Origin;
use crate::app::{App, Caller};
use crate::desk::{draft, presence};
use crate::error::Result;
use crate::mail::intake;
use crate::org::{link, session};
use crate::recorded;

/// Runs once.
pub async fn run(app: &App) -> Result<()> {
    let days = app.config.inbox.keep_days;
    let removed = app
        .write(Caller::Anonymous, Origin::default(), move |tx| {
            // Before the sessions that they name.
            let open = presence::sweep(tx)? + draft::sweep(tx)?;
            Ok(open + recorded::sweep(tx)? + session::sweep(tx)? + link::sweep(tx)? + intake::sweep(tx, days)?)
        })
        .await?;
    app.keys.reload()?;
    app.blobs.sweep().await?;
    tracing::debug!(removed, "upkeep");
    Ok(())
}
