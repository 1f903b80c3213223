//! Sends what the outbox owes: takes a few mails, sends them with no transaction open, marks each. A mail that hangs
//! holds one place, not the others; any number of nodes may do so at once.

use crate::access::{Actor, Origin};
use crate::app::{App, Caller};
use crate::error::Result;
use crate::mail::BEGUN_WITHIN;
use crate::mail::claim::{self, Claimed};
use crate::mail::outbox;
use crate::mail::transport::Failure;
use crate::telemetry::{show_age, show_count};
use crate::ticket::mails;
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::Instant;

/// How long a run takes new mails, so that a stop need not wait for a long queue.
const RUN: Duration = Duration::from_secs(5);

type Outcome = (Claimed, std::result::Result<(), Failure>);

/// Runs until nothing is due. After an error no more is taken, but what is under way is sent to its end and marked: a mail
/// whose sending is broken off may have arrived.
///
/// # Errors
/// If the database does not answer.
pub async fn run(app: &App) -> Result<()> {
    let (mut under_way, mut next, began, mut outcome) = (JoinSet::new(), Instant::now(), Instant::now(), Ok(()));
    loop {
        let free = app.mailer.room(app.clock.now()).saturating_sub(under_way.len()).min(begun_soon(app));
        let mut taken = Vec::new();
        if outcome.is_ok() && free > 0 && began.elapsed() < RUN {
            match take(app, free).await {
                Ok(some) => taken = some,
                Err(e) => outcome = Err(e),
            }
        }
        if taken.is_empty() && under_way.is_empty() {
            outcome?;
            return measure(app).await;
        }
        for mail in taken {
            tokio::time::sleep_until(next).await;
            next = Instant::now() + gap(app);
            under_way.spawn(send(app.clone(), mail));
        }
        if let Some(ended) = under_way.join_next().await {
            match ended {
                Ok((mail, sent)) => outcome = outcome.and(mark(app, mail, sent).await),
                // Its lease runs out, and it is tried again.
                Err(e) => tracing::error!(error = %e, "sending a mail ended badly"),
            }
        }
    }
}

fn origin() -> Origin {
    Origin::of("outbox")
}

/// The time between two messages that the server asks for.
fn gap(app: &App) -> Duration {
    app.mailer.per_second().map_or(Duration::ZERO, |n| Duration::from_secs(1) / n)
}

/// How many mails are begun soon enough after they were taken together.
fn begun_soon(app: &App) -> usize {
    let most = app.mailer.per_second().map(|n| n.saturating_mul(BEGUN_WITHIN));
    most.and_then(|most| usize::try_from(most).ok()).unwrap_or(usize::MAX)
}

async fn take(app: &App, free: usize) -> Result<Vec<Claimed>> {
    let program = app.clone();
    app.write(Caller::Anonymous, origin(), move |tx| claim::claim(tx, &program.mailer, mails::reader, free)).await
}

async fn send(app: App, mail: Claimed) -> Outcome {
    let outcome = app.mailer.send(&mail, app.clock.now()).await;
    (mail, outcome)
}

async fn mark(app: &App, mail: Claimed, outcome: std::result::Result<(), Failure>) -> Result<()> {
    let result = if outcome.is_ok() { "sent" } else { "refused" };
    metrics::counter!("sigap_mail_tries_total", "result" => result).increment(1);
    if let Err(failure) = &outcome {
        tracing::warn!(mail = %mail.id, lasting = failure.lasting, why = failure.why, "a mail was not taken");
    }
    let ours = app.write(Caller::Anonymous, origin(), move |tx| match &outcome {
        Ok(()) => claim::mark_sent(tx, &mail),
        Err(failure) => claim::mark_failed(tx, &mail, failure),
    });
    if !ours.await? {
        tracing::warn!("a mail was marked by another node: its lease had run out");
    }
    Ok(())
}

/// What waits and what has failed, for the metrics.
async fn measure(app: &App) -> Result<()> {
    let now = app.clock.now();
    if !app.mailer.measured_out.is_due(now) {
        return Ok(());
    }
    let (queued, oldest, failed) = app.read(Caller::Known(Actor::anonymous()), origin(), outbox::measure).await?;
    show_count("sigap_mails_queued", queued);
    show_count("sigap_mails_failed", failed);
    show_age("sigap_mails_oldest_seconds", oldest, now);
    Ok(())
}
