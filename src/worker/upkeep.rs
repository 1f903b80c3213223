//! Removes what has run out: stored answers, old sessions, dead links.

use crate::access::Origin;
use crate::app::{App, Caller};
use crate::error::Result;
use crate::org::{link, session};
use crate::recorded;

/// Runs once.
pub async fn run(app: &App) -> Result<()> {
    let removed = app
        .write(Caller::Anonymous, Origin::default(), |tx| {
            Ok(recorded::sweep(tx)? + session::sweep(tx)? + link::sweep(tx)?)
        })
        .await?;
    tracing::debug!(removed, "upkeep");
    Ok(())
}
