//! Reads mailboxes: each message is stored first and marked there afterwards, so that whoever stops in between loses
//! nothing; a second look finds what is stored already (R12). One node at a time has a mailbox; a line that breaks is
//! opened again after a pause.

use super::contained;
use crate::access::Origin;
use crate::app::{App, Caller};
use crate::config::{After, Place};
use crate::mail::inbound::{self, Fetched, LARGEST};
use crate::mail::line::{self, Line, Opened, told, within};
use crate::mail::mailbox::{self, From, Mailbox};
use futures_util::TryStreamExt;
use rustls::ClientConfig;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::sync::watch;

/// Messages that are fetched before those of them that are stored are marked.
const TOGETHER: usize = 20;
/// UIDs that stand in one command.
const NAMED: usize = 500;
/// How long a line waits for news; shorter than the lease, and than any server's patience.
const IDLE: Duration = Duration::from_secs(25);
/// The first pause after a failure in seconds; it doubles up to the longest.
const FIRST_PAUSE: u64 = 5;
const LONGEST_PAUSE: u64 = 300;
/// A whole message may take so many times as long as an answer.
const LONG: u32 = 9;

type Outcome<T> = Result<T, String>;

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
        let outcome = reader.visit(None).await;
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
        let mut failures = 0_u32;
        while !*stop.borrow() {
            let outcome = contained(self.visit(Some(&mut stop))).await.unwrap_or_else(Err);
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
            tracing::warn!(mailbox = desk, why, "a mailbox was not read; it is tried again");
        }
    }

    /// Takes the mailbox, unless another node has it, and reads it: once, or for as long as the line holds until `stop`.
    /// Given back in the end, so that whoever starts next need not wait for the lease to run out.
    async fn visit(&self, stop: Option<&mut watch::Receiver<bool>>) -> Outcome<()> {
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
            outcome = self.read(&mine, stays) => outcome,
            () = stopped => Ok(()),
        };
        let why = outcome.as_ref().err().cloned();
        self.write(move |tx| mailbox::release(tx, &mine, why.as_deref())).await?;
        outcome
    }

    async fn read(&self, mine: &Mailbox, stays: bool) -> Outcome<()> {
        let mut opened = line::open(&self.place, &self.trust, self.limit).await?;
        loop {
            if !self.look(&mut opened, mine).await? {
                return Ok(());
            }
            if !stays {
                // The answer to a goodbye changes nothing.
                drop(within(self.limit, "LOGOUT", async { opened.line.logout().await.map_err(told) }).await);
                return Ok(());
            }
            opened = self.wait(opened).await?;
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

    /// Stores everything that is new, and marks what is stored. `false` if the mailbox is no longer ours.
    async fn look(&self, opened: &mut Opened, mine: &Mailbox) -> Outcome<bool> {
        let (name, validity) = (mine.name.clone(), opened.uid_validity);
        let from = self.write(move |tx| mailbox::from(tx, &name, validity)).await?;
        let (query, above) = match from {
            From::Unread => ("UNSEEN".to_owned(), 0),
            From::Above(uid) => (format!("UID {}:*", u64::from(uid) + 1), uid),
        };
        // `n:*` always names the last message, even if it lies below n.
        let mut new: Vec<u32> =
            self.search(&mut opened.line, &query).await?.into_iter().filter(|u| *u > above).collect();
        new.sort_unstable();
        for some in new.chunks(TOGETHER) {
            let sizes = self.sizes(&mut opened.line, some).await?;
            for (uid, size) in sizes {
                if !self.take(&mut opened.line, mine, validity, uid, size).await? {
                    return Ok(false);
                }
            }
            self.mark(&mut opened.line, some.to_vec(), validity).await?;
        }
        // Those that somebody stored and stopped before he marked them.
        let query = if self.after == After::Seen { "UNSEEN" } else { "UNDELETED" };
        let unmarked = self.search(&mut opened.line, query).await?.into_iter().collect();
        self.mark(&mut opened.line, unmarked, validity).await?;
        let past = opened.uid_next.filter(|_| from == From::Unread).map_or(0, |next| next.saturating_sub(1));
        let (reached, mine) = (new.last().copied().unwrap_or(0).max(above).max(past), mine.clone());
        self.write(move |tx| mailbox::looked(tx, &mine, validity, reached)).await
    }

    async fn search(&self, line: &mut Line, query: &str) -> Outcome<Vec<u32>> {
        let found = within(self.limit, "SEARCH", async { line.uid_search(query).await.map_err(told) }).await?;
        Ok(found.into_iter().collect())
    }

    /// Bytes of each message that is still there.
    async fn sizes(&self, line: &mut Line, uids: &[u32]) -> Outcome<BTreeMap<u32, usize>> {
        let fetched = self.fetch(line, &set(uids), "(UID RFC822.SIZE)", self.limit).await?;
        let size = |f: &async_imap::types::Fetch| Some((f.uid?, usize::try_from(f.size?).ok()?));
        Ok(fetched.iter().filter_map(size).filter(|(uid, _)| uids.contains(uid)).collect())
    }

    async fn fetch(
        &self,
        line: &mut Line,
        set: &str,
        what: &str,
        limit: Duration,
    ) -> Outcome<Vec<async_imap::types::Fetch>> {
        let work = async {
            let stream = line.uid_fetch(set, what).await.map_err(told)?;
            stream.try_collect().await.map_err(told)
        };
        within(limit, "FETCH", work).await
    }

    /// Fetches a message and stores it; of one that is too large only the head. `false` if the mailbox is no longer ours.
    async fn take(&self, line: &mut Line, mine: &Mailbox, validity: u32, uid: u32, size: usize) -> Outcome<bool> {
        let is_cut = size > LARGEST;
        let what = if is_cut { "(UID BODY.PEEK[HEADER])" } else { "(UID BODY.PEEK[])" };
        let fetched = self.fetch(line, &uid.to_string(), what, self.limit * LONG).await?;
        let raw =
            fetched.iter().filter(|f| f.uid == Some(uid)).find_map(|f| if is_cut { f.header() } else { f.body() });
        // Somebody removed it meanwhile.
        let Some(raw) = raw.map(<[u8]>::to_vec) else { return Ok(true) };
        let message = Fetched { mailbox: mine.name.clone(), uid_validity: validity, uid, raw };
        let mine = mine.clone();
        let kept = self.write(move |tx| {
            if !mailbox::renew(tx, &mine)? {
                return Ok(None);
            }
            if is_cut { inbound::keep_head(tx, &message, size) } else { inbound::keep(tx, &message) }.map(Some)
        });
        let kept = kept.await?;
        let result = match kept {
            None => return Ok(false),
            Some(false) => "known",
            Some(true) if is_cut => "cut",
            Some(true) => "new",
        };
        metrics::counter!("sigap_imap_messages_total", "mailbox" => self.place.desk.clone(), "result" => result)
            .increment(1);
        Ok(true)
    }

    /// Marks those of `uids` that are stored, as the settings say.
    async fn mark(&self, line: &mut Line, uids: Vec<u32>, validity: u32) -> Outcome<()> {
        for some in uids.chunks(NAMED) {
            let (name, some) = (self.place.desk.clone(), some.to_vec());
            let stored = self.write(move |tx| inbound::known(tx, &name, validity, &some)).await?;
            if !stored.is_empty() {
                within(self.limit, "STORE", self.settle(line, &set(&stored))).await?;
            }
        }
        Ok(())
    }

    async fn settle(&self, line: &mut Line, set: &str) -> Outcome<()> {
        match &self.after {
            After::Seen => self.flag(line, set, "+FLAGS.SILENT (\\Seen)").await,
            After::Move(folder) => line.uid_mv(set, folder).await.map_err(|e| format!("MOVE to {folder}: {e}")),
            After::Delete => {
                self.flag(line, set, "+FLAGS.SILENT (\\Deleted)").await?;
                // UID EXPUNGE, not EXPUNGE: what somebody else marked is his affair (RFC 4315).
                let gone: Vec<u32> = line
                    .uid_expunge(set)
                    .await
                    .map_err(told)?
                    .try_collect()
                    .await
                    .map_err(|e| format!("EXPUNGE: {e}"))?;
                tracing::debug!(count = gone.len(), "removed from a mailbox");
                Ok(())
            }
        }
    }

    async fn flag(&self, line: &mut Line, set: &str, how: &str) -> Outcome<()> {
        let answers: Vec<_> =
            line.uid_store(set, how).await.map_err(told)?.try_collect::<Vec<_>>().await.map_err(told)?;
        drop(answers);
        Ok(())
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
