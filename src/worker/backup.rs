//! Makes backups by the schedule of the settings, and removes those that are no longer needed (L14).

use crate::app::App;
use crate::backup::{self, room, schedule};
use crate::db::Ts;
use crate::error::Result;
use chrono::Duration;
use std::path::Path;

/// Runs once.
///
/// # Errors
/// If a backup that is due can't be made.
pub async fn run(app: &App) -> Result<()> {
    let settings = &app.config.backup;
    let Some(every) = settings.every() else { return Ok(()) };
    make(app, &settings.folder(&app.config.data_dir), every, app.clock.now()).await
}

/// Makes one if it is due and none has just failed, and removes what is then no longer needed.
async fn make(app: &App, folder: &Path, every: Duration, now: Ts) -> Result<()> {
    let settings = &app.config.backup;
    let newest = backup::scheduled(&app.config, now)?.0.first().map(|(at, _)| *at);
    let due = schedule::is_due(newest, now, every) && app.up(now) >= Duration::minutes(1);
    if due && app.backup_pause.is_over(now) {
        let name = schedule::name(now, &backup::mark(app)?, !settings.recipients()?.is_empty());
        let (newest, days, months) = settings.keeps();
        let keep = schedule::Keep { newest, days, months };
        let whole = room::Whole::new();
        let made = match room::make_way(app, folder, keep, &whole).await {
            Ok(()) => backup::make(app, &folder.join(name)).await,
            Err(error) => Err(error),
        };
        app.backup_pause.note(now, made.is_err());
        match &made {
            // An older one may hold what is damaged now as it was sent.
            Ok(manifest) if backup::damage(manifest).is_some() => {}
            Ok(_) => room::remove(&schedule::old(&backup::scheduled(&app.config, now)?.0, keep)),
            Err(_) => {
                if let Err(error) = room::tidy(app, keep, &whole).await {
                    tracing::warn!(%error, "what is no longer needed of old backups stays until the next");
                }
            }
        }
        made?;
    }
    Ok(())
}
