//! Tells other nodes that there is work, soon after it was committed and outside its transaction: within it, each would
//! wait for the one before, because PostgreSQL puts the notes of all transactions in one row.

use crate::app::App;
use std::time::Duration;
use tokio::sync::watch;

/// What is rung within this time is told at once.
const GATHER: Duration = Duration::from_millis(50);

/// Tells and listens until `stop` says so.
pub async fn run(app: App, mut stop: watch::Receiver<bool>) {
    let mut rung = app.bell.rung_here();
    app.store.listen(&app.bell);
    loop {
        tokio::select! {
            _ = rung.changed() => tokio::time::sleep(GATHER).await,
            _ = stop.changed() => return,
        }
        rung.mark_unchanged();
        if let Err(error) = app.store.tell(&app.bell).await {
            tracing::debug!(%error, "other nodes were not told of work; they find it by looking");
        }
    }
}
