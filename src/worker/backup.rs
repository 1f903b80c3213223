//! Makes backups by the schedule of the settings, and removes those that are no longer needed (L14).

use crate::app::App;
use crate::backup::{self, schedule};
use crate::db::Ts;
use crate::error::Result;
use chrono::Duration;
use std::io::ErrorKind;
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

/// How long the program runs. A clock that was set back since the start puts that into the future, where it would hold up
/// every backup.
fn up(app: &App, now: Ts) -> Duration {
    (now.utc() - app.began.utc()).abs()
}

/// Makes one if it is due and none has just failed, and removes what is then no longer needed.
async fn make(app: &App, folder: &Path, every: Duration, now: Ts) -> Result<()> {
    let settings = &app.config.backup;
    let newest = backup::scheduled(&app.config, now)?.0.first().map(|(at, _)| *at);
    let due = schedule::is_due(newest, now, every) && up(app, now) >= Duration::minutes(1);
    if due && app.backup_pause.is_over(now) {
        let name = schedule::name(now, &backup::mark(app)?, !settings.recipients()?.is_empty());
        let made = backup::make(app, &folder.join(name)).await;
        app.backup_pause.note(now, made.is_err());
        if backup::damage(&made?).is_some() {
            // An older one may hold what is damaged now as it was sent.
            return Ok(());
        }
        let all = backup::scheduled(&app.config, now)?.0;
        let (newest, days, months) = settings.keeps();
        let keep = schedule::Keep { newest, days, months };
        for path in schedule::old(&all, keep) {
            match std::fs::remove_file(&path) {
                Ok(()) => tracing::info!(backup = %path.display(), "an old backup was removed"),
                Err(e) if e.kind() == ErrorKind::NotFound => {}
                Err(e) => tracing::warn!(backup = %path.display(), error = %e, "an old backup could not be removed"),
            }
        }
    }
    Ok(())
}
