//! Work that nobody asks for by a request. [`jobs`] is the whole list; a job takes no input, holds no rule, and may
//! run twice. Mailboxes are read by [`fetch`], which holds a line to each.

mod aside;
pub mod attest;
pub mod audit;
pub mod backup;
pub mod bell;
mod daily;
pub mod digest;
pub mod fetch;
mod grief;
pub mod outbox;
pub mod timer;
pub mod upkeep;

use crate::app::App;
use crate::error::{Error, Result};
use futures_util::FutureExt as _;
use grief::Grief;
use metrics_exporter_prometheus::PrometheusHandle;
use std::panic::AssertUnwindSafe;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// A job: its name, and how long it rests.
#[derive(Debug, Clone, Copy)]
pub enum Job {
    /// Does what time makes due.
    Timer,
    /// Sends mails.
    Outbox,
    /// Acts on mails that came in.
    Inbox,
    /// Owes the summary of the morning.
    Digest,
    /// Tells pages that stand open what is new.
    News,
    /// Gives audit entries their places, and signs them.
    Audit,
    /// Owes the auditors the checkpoint of the day.
    Attest,
    /// Makes scheduled backups.
    Backup,
    /// Adds up what was measured.
    Metrics,
    /// Removes what has run out.
    Upkeep,
}

/// Every job.
#[must_use]
pub const fn jobs() -> &'static [Job] {
    &[
        Job::Timer,
        Job::Outbox,
        Job::Inbox,
        Job::Digest,
        Job::News,
        Job::Audit,
        Job::Attest,
        Job::Backup,
        Job::Metrics,
        Job::Upkeep,
    ]
}

impl Job {
    /// Its name in logs and metrics.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Timer => "timer",
            Self::Outbox => "outbox",
            Self::Inbox => "inbox",
            Self::Digest => "digest",
            Self::News => "news",
            Self::Audit => "audit",
            Self::Attest => "attest",
            Self::Backup => "backup",
            Self::Metrics => "metrics",
            Self::Upkeep => "upkeep",
        }
    }

    /// How long it rests between two runs.
    #[must_use]
    pub const fn period(self) -> Duration {
        match self {
            Self::Timer | Self::Outbox | Self::Inbox | Self::Audit => Duration::from_millis(500),
            Self::Digest | Self::Attest => Duration::from_mins(1),
            Self::News => Duration::from_secs(2),
            Self::Backup => Duration::from_secs(30),
            Self::Metrics => Duration::from_secs(5),
            Self::Upkeep => Duration::from_mins(10),
        }
    }

    /// How long after the bell it runs, of those that it wakes: as much as comes until then is one run's.
    #[must_use]
    const fn gathers(self) -> Option<Duration> {
        match self {
            Self::Outbox => Some(Duration::from_millis(50)),
            Self::News => Some(Duration::from_millis(300)),
            _ => None,
        }
    }

    /// Runs once.
    pub async fn run(self, app: &App) -> Result<()> {
        if app.quarantine.load(Ordering::Acquire)
            && matches!(self, Self::Timer | Self::Outbox | Self::Inbox | Self::Digest | Self::Attest | Self::Backup)
        {
            return Ok(());
        }
        match self {
            Self::Timer => timer::run(app).await,
            Self::Outbox => outbox::run(app).await,
            Self::Inbox => crate::inbox::run(app).await,
            Self::Digest => digest::run(app).await,
            Self::News => app.spread_news().await,
            Self::Audit => audit::run(app).await,
            Self::Attest => attest::run(app).await,
            Self::Backup => backup::run(app).await,
            Self::Metrics => {
                // Every measure is kept by itself until then: where nobody asks for them, for ever.
                app.metrics.as_ref().map(PrometheusHandle::run_upkeep);
                Ok(())
            }
            Self::Upkeep => upkeep::run(app).await,
        }
    }
}

/// Runs every job by its period until `stop` says so.
pub async fn run(app: App, stop: watch::Receiver<bool>) {
    let mut tasks: Vec<_> = jobs().iter().map(|job| tokio::spawn(repeat(*job, app.clone(), stop.clone()))).collect();
    tasks.push(tokio::spawn(bell::run(app.clone(), stop.clone())));
    tasks.push(tokio::spawn(fetch::run(app, stop)));
    for task in tasks {
        if let Err(e) = task.await {
            tracing::error!(error = %e, "a job ended");
        }
    }
}

async fn repeat(job: Job, app: App, mut stop: watch::Receiver<bool>) {
    let (mut bell, mut grief) = (app.bell.heard(), Grief::default());
    loop {
        tokio::select! {
            () = tokio::time::sleep(grief.rest(job.period())) => {}
            () = woken(job, &mut bell) => {}
            _ = stop.changed() => return,
        }
        bell.mark_unchanged();
        let outcome = contained(job.run(&app)).await.unwrap_or_else(|why| Err(Error::internal(why)));
        metrics::counter!("sigap_job_runs_total", "job" => job.name(), "ok" => outcome.is_ok().to_string())
            .increment(1);
        if let Some((error, times)) = grief.note(outcome, Instant::now()) {
            tracing::error!(job = job.name(), error, times, "a job failed; it runs again");
        }
    }
}

/// What `work` returns; of a panic in it the words, so that it is told and whoever repeats it goes on. What it left half done
/// ends with it: all that outlives a run is the database and what stands behind locks.
async fn contained<T>(work: impl Future<Output = T>) -> std::result::Result<T, String> {
    AssertUnwindSafe(work).catch_unwind().await.map_err(|panic| {
        let words =
            panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
        format!("panicked: {}", words.unwrap_or("without a word"))
    })
}

/// Until the bell has rung and the job has gathered; never, for a job that it does not wake.
async fn woken(job: Job, bell: &mut watch::Receiver<u64>) {
    match job.gathers() {
        Some(pause) if bell.changed().await.is_ok() => tokio::time::sleep(pause).await,
        _ => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_run_that_panics_is_an_error_with_its_words_and_the_next_one_runs() {
        let job = async |n: u32| if n.is_multiple_of(2) { panic!("planted fault {n}") } else { n };
        let mut told = Vec::new();
        for n in 0..4 {
            told.push(contained(job(n)).await);
        }
        let fault = |n| Err(format!("panicked: planted fault {n}"));
        assert_eq!(told, [fault(0), Ok(1), fault(2), Ok(3)]);
    }
}
