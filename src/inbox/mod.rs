//! Mail in: what a mailbox gave (`mail/inbound.rs`) is taken apart, judged and acted on, each message in one transaction
//! with its mark. Nothing here answers: the only mails are those that a ticket's events owe.

pub mod act;
pub mod cut;
pub mod echo;
pub mod encoded;
pub mod flowed;
pub mod guard;
pub mod html;
pub mod parse;
pub mod part;
pub mod report;
pub mod sender;
pub mod speak;
pub mod thread;
pub mod title;

use crate::access::{Actor, Origin, Tx};
use crate::app::{App, Caller};
use crate::error::{Error, Result};
use crate::mail::inbound::Inbound;
use crate::mail::intake;
use crate::telemetry::{show_age, show_count};
use crate::ticket::attach::{self, File};
use act::Judged;
use echo::Echo;
use futures_util::stream;
use parse::Letter;
use part::Enclosed;
use speak::Kept;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long a run takes new messages, so that a stop need not wait for a long queue.
const RUN: Duration = Duration::from_secs(5);

/// Whose trouble ended a try.
enum Trouble {
    /// A disk that keeps no file, of whatever message.
    Disk(Error),
    /// Any other.
    Other(Error),
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        Self::Other(error)
    }
}

/// Runs until nothing waits. Any number of nodes may do so at once.
///
/// # Errors
/// If the database does not answer, or, once all others are done, a message waits because the disk keeps no file.
pub async fn run(app: &App) -> Result<()> {
    let (began, mut unkept) = (Instant::now(), Ok(()));
    while !app.config.inbox.hold && began.elapsed() < RUN {
        let Some(mail) = app.write(Caller::Anonymous, origin(), intake::claim).await? else { break };
        let mail = Arc::new(mail);
        if intake::is_worn_out(&mail) {
            let left = move |tx: &mut Tx<'_>| act::leave(tx, &mail, None, "gave_up");
            app.write(Caller::Anonymous, origin(), left).await?;
            continue;
        }
        match handle(app, Arc::clone(&mail)).await {
            Ok(()) => {}
            // Those without a file go on.
            Err(Trouble::Disk(error)) => {
                let why = error.to_string();
                app.write(Caller::Anonymous, origin(), move |tx| intake::put_back(tx, &mail, &why)).await?;
                unkept = unkept.and(Err(error));
            }
            // The database's trouble is everybody's, as far as others meet it too; any other is this message's alone.
            Err(Trouble::Other(error @ (Error::Retry(_) | Error::Unavailable(_)))) => {
                let why = error.to_string();
                let back = move |tx: &mut Tx<'_>| intake::give_back(tx, &mail, &why);
                // Where the database is away, the lease runs out.
                drop(app.write(Caller::Anonymous, origin(), back).await);
                return Err(error);
            }
            Err(Trouble::Other(error)) => {
                tracing::error!(mail = %mail.id, %error, "a message that came in failed; it is tried again");
                let why = error.to_string();
                app.write(Caller::Anonymous, origin(), move |tx| intake::fail(tx, &mail, &why)).await?;
            }
        }
    }
    measure(app).await?;
    unkept
}

fn origin() -> Origin {
    Origin { address: "mail".into(), ..Origin::of("inbox") }
}

async fn handle(app: &App, mail: Arc<Inbound>) -> std::result::Result<(), Trouble> {
    let raw = Arc::clone(&mail);
    let taken_apart = tokio::task::spawn_blocking(move || parse::parse(raw.raw.as_deref().unwrap_or_default())).await;
    let parsed = taken_apart.map_err(|e| Error::internal(format!("taking a message apart: {e}")))?;
    let (letter, why) = match parsed {
        Ok(letter) if mail.is_cut => (Some(letter), Some("too_large")),
        Ok(letter) => (Some(letter), None),
        Err(_) if mail.is_cut => (None, Some("too_large")),
        Err(why) => (None, Some(why)),
    };
    match (letter, why) {
        (Some(letter), None) => act_on(app, mail, Arc::new(letter)).await,
        (letter, why) => {
            let why = why.unwrap_or("malformed");
            let left = move |tx: &mut Tx<'_>| act::leave(tx, &mail, letter.as_ref(), why);
            Ok(app.write(Caller::Anonymous, origin(), left).await?)
        }
    }
}

async fn act_on(app: &App, mail: Arc<Inbound>, letter: Arc<Letter>) -> std::result::Result<(), Trouble> {
    let (program, judged_mail, judged) = (app.clone(), Arc::clone(&mail), Arc::clone(&letter));
    // Nobody whose words are not heard fills the disk.
    let speaks = app.read(Caller::Known(Actor::anonymous()), origin(), move |tx| {
        Ok(matches!(act::judge(tx, &program, &judged_mail, &judged)?, Judged::From(_)))
    });
    let kept = if speaks.await? { keep(app, &letter).await? } else { Kept::default() };
    let program = app.clone();
    Ok(app.write(Caller::Anonymous, origin(), move |tx| act::act(tx, &program, &mail, &letter, &kept)).await?)
}

/// Keeps the files, and looks into them.
async fn keep(app: &App, letter: &Arc<Letter>) -> std::result::Result<Kept, Trouble> {
    let kept = store(app, &letter.files).await.map_err(|error| match error {
        Error::Unavailable(_) => Trouble::Disk(error),
        other => Trouble::Other(other),
    })?;
    let letter = Arc::clone(letter);
    let looked = tokio::task::spawn_blocking(move || Echo::of(&letter.files)).await;
    Ok(Kept { echo: looked.map_err(|e| Error::internal(format!("looking into files: {e}")))?, ..kept })
}

/// Makes the files durable; what is too large, too many or of a kind that is not taken is named instead.
async fn store(app: &App, files: &[Enclosed]) -> Result<Kept> {
    let limits = &app.config.limits;
    let most = usize::try_from(limits.attachments_per_ticket).unwrap_or(0);
    let mut kept = Kept::default();
    for file in files.iter().filter(|file| !file.bytes.is_empty()) {
        if kept.files.len() >= most || attach::refuse_name(&file.name).is_err() {
            kept.dropped.push(file.name.clone());
            continue;
        }
        let whole = stream::iter([Ok::<_, Infallible>(&file.bytes)]);
        match app.keep_file(whole).await {
            Ok(mut whole) => kept.files.push(File { name: file.name.clone(), stored: whole.hand_over() }),
            Err(Error::Invalid(_) | Error::TooLarge(_)) => kept.dropped.push(file.name.clone()),
            Err(error) => return Err(error),
        }
    }
    Ok(kept)
}

/// What waits and what could not be made out, for the metrics.
async fn measure(app: &App) -> Result<()> {
    let now = app.clock.now();
    if !app.mailer.measured_in.is_due(now) {
        return Ok(());
    }
    let (received, oldest, unreadable) = app.read(Caller::Known(Actor::anonymous()), origin(), intake::measure).await?;
    show_count("sigap_inbound_waiting", received);
    show_count("sigap_inbound_unreadable", unreadable);
    show_age("sigap_inbound_oldest_seconds", oldest, now);
    Ok(())
}
