//! Reads mailboxes: each message is stored first and marked there afterwards, so that whoever stops in between loses
//! nothing; a second look finds what is stored already (R12). One node at a time has a mailbox; a line that breaks is
//! opened again after a pause.

use super::aside::Aside;
use super::contained;
use crate::access::Origin;
use crate::app::{App, Caller};
use crate::config::{After, Place};
use crate::mail::inbound::{self, Fetched, LARGEST};
use crate::mail::line::{self, Failure, Line, Opened, told, within};
use crate::mail::mailbox::{self, From, Mailbox};
use rustls::ClientConfig;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::sync::watch;

/// Messages that are fetched before those of them that are stored are marked; so many that the server does not give are no
/// longer those messages' own trouble.
const TOGETHER: usize = 20;
/// UIDs that stand in one command.
const NAMED: usize = 500;
/// How long a line waits for news; shorter than any server's patience.
const IDLE: Duration = Duration::from_secs(25);
/// How often the lease is renewed while the mailbox is read, at least: one message may take longer than the lease.
const BEAT: Duration = Duration::from_secs(30);
/// The first pause after a failure in seconds; it doubles up to the longest.
const FIRST_PAUSE: u64 = 5;
const LONGEST_PAUSE: u64 = 300;
/// A whole message may take so many times as long as an answer.
const LONG: u32 = 9;

type Outcome<T> = Result<T, String>;

/// Whoever stood still for longer than the lease has lost the mailbox, and stores nothing more.
const LOST: &str = "another node has taken the mailbox meanwhile";

/// How a look ended.
enum Looked {
    /// All that was there is stored.
    Whole,
    /// The line broke on a message, which is left for the next visit.
    Broke,
}

/// What became of one message.
enum Taken {
    /// It is stored, or gone.
    Done,
    /// The server did not give it, for this reason.
    Left(String),
    /// The line broke on it, for this reason.
    Broke(String),
}

/// A mailbox, and what belongs to reading it.
#[derive(Clone)]
struct Reader {
    app: App,
    place: Place,
    trust: Arc<ClientConfig>,
    after: After,
    limit: Duration,
}

/// Reads every mailbox of the settings until `stop` says so.
pub async fn run(app: App, stop: watch::Receiver<bool>) {
    let readers = match readers(&app) {
        Ok(readers) => readers,
        Err(e) => return tracing::error!(error = %e, "no mailbox is read"),
    };
    let tasks: Vec<_> = readers.into_iter().map(|reader| tokio::spawn(reader.repeat(stop.clone()))).collect();
    for task in tasks {
        if let Err(e) = task.await {
            tracing::error!(error = %e, "reading a mailbox ended");
        }
    }
}

/// Looks once into every mailbox.
///
/// # Errors
/// What went wrong, by mailbox.
pub async fn once(app: &App) -> Outcome<()> {
    let mut wrong = Vec::new();
    for reader in readers(app).map_err(told)? {
        let outcome = reader.visit(None, &mut Aside::default()).await;
        reader.note(&outcome);
        wrong.extend(outcome.err());
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("; ")) }
}

fn readers(app: &App) -> crate::error::Result<Vec<Reader>> {
    let settings = &app.config.imap;
    let (trust, after) = (line::authorities(&settings.ca_file)?, settings.after()?);
    let limit = Duration::from_secs(settings.timeout_seconds);
    let reader = |place| Reader { app: app.clone(), place, trust: Arc::clone(&trust), after: after.clone(), limit };
    Ok(settings.places()?.into_iter().map(reader).collect())
}

fn origin() -> Origin {
    Origin::of("imap")
}

impl Reader {
    async fn repeat(self, mut stop: watch::Receiver<bool>) {
        let (mut failures, mut aside) = (0_u32, Aside::default());
        while !*stop.borrow() {
            let outcome = contained(self.visit(Some(&mut stop), &mut aside)).await.unwrap_or_else(Err);
            self.note(&outcome);
            failures = if outcome.is_ok() { 0 } else { failures.saturating_add(1) };
            let pause = match failures {
                0 => self.app.config.imap.poll_seconds,
                n => (FIRST_PAUSE << (n - 1).min(8)).min(LONGEST_PAUSE),
            };
            tokio::select! {
                () = tokio::time::sleep(Duration::from_secs(pause)) => {}
                _ = stop.changed() => return,
            }
        }
    }

    fn note(&self, outcome: &Outcome<()>) {
        let desk = self.place.desk.clone();
        metrics::counter!("sigap_imap_visits_total", "mailbox" => desk.clone(), "ok" => outcome.is_ok().to_string())
            .increment(1);
        if let Err(why) = outcome {
            tracing::warn!(mailbox = desk, why, "a mailbox was not read to its end; it is tried again");
        }
    }

    /// Takes the mailbox, unless another node has it, and reads it: once, or for as long as the line holds until `stop`.
    /// Given back in the end, so that whoever starts next need not wait for the lease to run out.
    async fn visit(&self, stop: Option<&mut watch::Receiver<bool>>, aside: &mut Aside) -> Outcome<()> {
        if self.app.mailer.is_held() || self.app.quarantine.load(Ordering::Acquire) {
            return Ok(());
        }
        let name = self.place.desk.clone();
        let claimed = self.write(move |tx| mailbox::claim(tx, &name)).await?;
        let Some(mine) = claimed else { return Ok(()) };
        let stays = stop.is_some();
        let stopped = async {
            match stop {
                Some(stop) => drop(stop.changed().await),
                None => std::future::pending().await,
            }
        };
        let outcome = tokio::select! {
            outcome = self.read(&mine, stays, aside) => outcome,
            () = self.keep_until_lost(&mine) => Err(LOST.to_owned()),
            () = stopped => Ok(()),
        };
        let why = outcome.as_ref().err().cloned();
        self.write(move |tx| mailbox::release(tx, &mine, why.as_deref())).await?;
        outcome
    }

    /// Renews the lease beside the reading, and ends once the mailbox is no longer ours.
    async fn keep_until_lost(&self, mine: &Mailbox) {
        loop {
            tokio::time::sleep(self.limit.min(BEAT)).await;
            let mine = mine.clone();
            // Where the database is away nobody else takes it either.
            if let Ok(false) = self.write(move |tx| mailbox::renew(tx, &mine)).await {
                return;
            }
        }
    }

    async fn read(&self, mine: &Mailbox, stays: bool, aside: &mut Aside) -> Outcome<()> {
        let open = || line::open(&self.place, &self.trust, self.limit);
        let mut opened = open().await?;
        aside.begin();
        loop {
            match self.look(&mut opened, mine, aside).await? {
                Looked::Broke if aside.is_enough() => return aside.outcome(),
                // A message that each line breaks on, as a long one on a slow way, holds up no other.
                Looked::Broke => opened = open().await?,
                Looked::Whole if stays => opened = self.wait(opened).await?,
                Looked::Whole => {
                    // The answer to a goodbye changes nothing.
                    drop(within(self.limit, "LOGOUT", async { opened.line.logout().await.map_err(told) }).await);
                    return Ok(());
                }
            }
        }
    }

    /// Waits for news: the server tells it, or we ask again after a while.
    async fn wait(&self, mut opened: Opened) -> Outcome<Opened> {
        if !opened.abilities.has_str("IDLE") {
            tokio::time::sleep(Duration::from_secs(self.app.config.imap.poll_seconds).min(IDLE)).await;
            within(self.limit, "NOOP", async { opened.line.noop().await.map_err(told) }).await?;
            return Ok(opened);
        }
        let mut idle = opened.line.idle();
        within(self.limit, "IDLE", async { idle.init().await.map_err(told) }).await?;
        let (news, _stop) = idle.wait_with_timeout(IDLE);
        news.await.map_err(|e| format!("IDLE: {e}"))?;
        let line = within(self.limit, "DONE", async { idle.done().await.map_err(told) }).await?;
        Ok(Opened { line, ..opened })
    }

    /// Stores everything that is new, and marks what is stored. The look is complete only if every message is stored, or
    /// known to be gone; those that the server did not give are noted in `aside`.
    async fn look(&self, opened: &mut Opened, mine: &Mailbox, aside: &mut Aside) -> Outcome<Looked> {
        let (name, validity, line) = (mine.name.clone(), opened.uid_validity, &mut opened.line);
        let from = self.write(move |tx| mailbox::from(tx, &name, validity)).await?;
        let (above, past) = match (from, opened.uid_next) {
            (From::Above(uid), _) => (uid, uid),
            (_, Some(next)) => (0, next.saturating_sub(1)),
            (_, None) => (0, self.search(line, "ALL").await?.last().copied().unwrap_or(0)),
        };
        // `n:*` always names the last message, even if it lies below n.
        let found = self.search(line, &from.query()).await?.into_iter().filter(|uid| *uid > above);
        let found: Vec<u32> = found.collect();
        let known = self.known(&found, validity).await?;
        let is_new = |uid: &u32| known.binary_search(uid).is_err();
        let new = aside.wanted(&found.iter().copied().filter(is_new).collect::<Vec<u32>>());
        let mut marked = Ok(());
        for some in new.chunks(TOGETHER) {
            for uid in some {
                match self.take(line, mine, validity, *uid).await? {
                    Taken::Done => {}
                    Taken::Left(why) => aside.leave(*uid, &why),
                    Taken::Broke(why) => {
                        aside.broke(*uid, &why);
                        return Ok(Looked::Broke);
                    }
                }
            }
            marked = marked.and(self.mark(line, some, validity).await);
            if aside.count() >= TOGETHER {
                break;
            }
        }
        if marked.is_ok() {
            marked = self.mark_rest(line, validity).await;
        }
        aside.outcome()?;
        let (reached, mine) = (found.last().copied().unwrap_or(0).max(past), mine.clone());
        let ours = self.write(move |tx| mailbox::looked(tx, &mine, validity, reached)).await?;
        if ours { marked.map(|()| Looked::Whole) } else { Err(LOST.to_owned()) }
    }

    async fn search(&self, line: &mut Line, query: &str) -> Outcome<Vec<u32>> {
        Ok(line::search(line, self.limit, query).await?)
    }

    /// Those of `uids` that are stored, in order.
    async fn known(&self, uids: &[u32], validity: u32) -> Outcome<Vec<u32>> {
        let mut known = Vec::new();
        for some in uids.chunks(NAMED) {
            let (name, some) = (self.place.desk.clone(), some.to_vec());
            known.extend(self.write(move |tx| inbound::known(tx, &name, validity, &some)).await?);
        }
        Ok(known)
    }

    /// Fetches a message and stores it; of one that is too large only the head.
    async fn take(&self, line: &mut Line, mine: &Mailbox, validity: u32, uid: u32) -> Outcome<Taken> {
        let why = match self.fetch(line, uid).await {
            Ok(Some((raw, size))) => {
                let message = Fetched { mailbox: mine.name.clone(), uid_validity: validity, uid, raw };
                return self.keep(mine, message, size).await;
            }
            Ok(None) => "FETCH: the server tells nothing of it".to_owned(),
            Err(Failure::Refused(why)) => why,
            Err(Failure::Broken(why)) => return Ok(Taken::Broke(why)),
        };
        // Where somebody removed it meanwhile, servers say nothing, or no.
        Ok(match line::search(line, self.limit, &format!("UID {uid}")).await {
            Ok(found) if found.is_empty() => Taken::Done,
            Ok(_) | Err(Failure::Refused(_)) => Taken::Left(why),
            Err(Failure::Broken(why)) => Taken::Broke(why),
        })
    }

    /// What is kept of a message, and the bytes of the whole; none if the server tells nothing of it.
    async fn fetch(&self, line: &mut Line, uid: u32) -> Result<Option<(Vec<u8>, usize)>, Failure> {
        let Some(size) = line::size(line, self.limit, uid).await? else { return Ok(None) };
        let content = line::content(line, self.limit * LONG, uid, size > LARGEST).await?;
        Ok(content.map(|raw| (raw, size)))
    }

    /// Stores a message of which the server counts so many bytes.
    async fn keep(&self, mine: &Mailbox, message: Fetched, size: usize) -> Outcome<Taken> {
        let (mine, is_cut) = (mine.clone(), size > LARGEST);
        let kept = self.write(move |tx| {
            if !mailbox::renew(tx, &mine)? {
                return Ok(None);
            }
            if is_cut { inbound::keep_head(tx, &message, size) } else { inbound::keep(tx, &message) }.map(Some)
        });
        let result = match kept.await? {
            None => return Err(LOST.to_owned()),
            Some(false) => "known",
            Some(true) if is_cut => "cut",
            Some(true) => "new",
        };
        metrics::counter!("sigap_imap_messages_total", "mailbox" => self.place.desk.clone(), "result" => result)
            .increment(1);
        Ok(Taken::Done)
    }

    /// Marks those of `uids` that are stored, as the settings say.
    async fn mark(&self, line: &mut Line, uids: &[u32], validity: u32) -> Outcome<()> {
        for some in self.known(uids, validity).await?.chunks(NAMED) {
            self.settle(line, &set(some)).await?;
        }
        Ok(())
    }

    /// Marks those that somebody stored and stopped before he marked them.
    async fn mark_rest(&self, line: &mut Line, validity: u32) -> Outcome<()> {
        let query = match self.after {
            After::Seen => "UNSEEN",
            After::Move(_) => "UNDELETED",
            // Also what was marked as deleted and not removed.
            After::Delete => "ALL",
        };
        let rest = self.search(line, query).await?;
        self.mark(line, &rest, validity).await
    }

    async fn settle(&self, line: &mut Line, set: &str) -> Outcome<()> {
        match &self.after {
            After::Seen => self.tell(line, &format!("UID STORE {set} +FLAGS.SILENT (\\Seen)")).await,
            After::Move(folder) => {
                within(self.limit, "MOVE", async { line.uid_mv(set, folder).await.map_err(told) }).await
            }
            After::Delete => {
                self.tell(line, &format!("UID STORE {set} +FLAGS.SILENT (\\Deleted)")).await?;
                // UID EXPUNGE, not EXPUNGE: what somebody else marked is his affair (RFC 4315).
                self.tell(line, &format!("UID EXPUNGE {set}")).await
            }
        }
    }

    /// A command that asks for nothing.
    async fn tell(&self, line: &mut Line, command: &str) -> Outcome<()> {
        Ok(line::ask(line, self.limit, command, |_| ()).await?)
    }

    async fn write<T: Send + 'static>(
        &self,
        f: impl Fn(&mut crate::access::Tx<'_>) -> crate::error::Result<T> + Send + 'static,
    ) -> Outcome<T> {
        self.app.write(Caller::Anonymous, origin(), f).await.map_err(|e| format!("database: {e}"))
    }
}

/// A list of UIDs as the protocol wants it.
fn set(uids: &[u32]) -> String {
    uids.iter().map(u32::to_string).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::bounds::BOUNDS;
    use crate::health::READ;

    // R12
    #[test]
    fn the_longest_message_is_given_up_before_its_mailbox_counts_as_unread() {
        let (.., longest) = BOUNDS.iter().find(|(name, ..)| *name == "imap.timeout_seconds").unwrap();
        assert!(longest * i64::from(LONG) < READ * 60, "{longest}");
    }
}
