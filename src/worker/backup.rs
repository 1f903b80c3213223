//! Makes backups by the schedule of the settings, and removes those that are no longer needed (L14).

use crate::app::App;
use crate::backup::{self, schedule};
use crate::error::Result;
use crate::telemetry::show_age;
use chrono::Duration;

/// Runs once.
///
/// # Errors
/// If a backup that is due can't be made.
pub async fn run(app: &App) -> Result<()> {
    let settings = &app.config.backup;
    let Some(every) = settings.every() else { return Ok(()) };
    let (folder, now) = (settings.folder(&app.config.data_dir), app.clock.now());
    let mut all = schedule::list(&folder, now)?.0;
    let newest = all.first().map(|(at, _)| *at);
    // A clock that was set back since the start puts it into the future, where it would hold up every backup.
    let up = (now.utc() - app.began.utc()).abs();
    let due = schedule::is_due(newest, now, every) && up >= Duration::minutes(1);
    let name = schedule::name(now, !settings.recipients()?.is_empty());
    let outcome = if due { backup::make(app, &folder.join(name)).await.map(drop) } else { Ok(()) };
    if due && outcome.is_ok() {
        all = schedule::list(&folder, now)?.0;
        let (newest, days, months) = settings.keeps();
        let keep = schedule::Keep { newest, days, months };
        for path in schedule::old(&all, keep) {
            tracing::info!(backup = %path.display(), "an old backup is removed");
            drop(std::fs::remove_file(path));
        }
    }
    // Before the first one, the age of the program.
    let newest = all.first().map_or(now.plus(-up), |(at, _)| crate::db::Ts::new(*at));
    show_age("sigap_backup_age_seconds", Some(newest), now);
    outcome
}
