//! A load client: sends changes one after the other, and writes down each before and after, until the service dies.

use crate::book::{Book, Change, Desk, Intent};
use crate::journal::{Journal, sha256, unanswered};
use crate::rng::Rng;
use crate::support::{Accounts, Answer, Api, Call, Method};
use crate::tally::Tally;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// One client with all that it remembers over every crash.
#[derive(Debug)]
pub struct Client {
    /// For whom it works.
    pub desk: Desk,
    /// Its tickets.
    pub book: Book,
    /// The change that was under way when the service died.
    pub unanswered: Option<Intent>,
    /// The last POST that was acknowledged, to be asked for once more.
    pub last: Option<(Intent, Answer)>,
    /// What it met in this round.
    pub tally: Tally,
    /// The fault leaves the service alive: 503 with `Retry-After` is its answer while the fault lasts, and whether the
    /// change was made is unknown, as if no answer had come.
    pub waits: bool,
    acks: Arc<AtomicU64>,
    journal: Option<Journal>,
    sent: BTreeMap<String, Sent>,
    words: String,
    folder: PathBuf,
    rng: Rng,
}

/// What is remembered of something sent in this round, to be held against the journal.
#[derive(Debug)]
struct Sent {
    sha256: String,
    answered: bool,
}

impl Client {
    /// A client whose journals lie in `folder`. `run` tells this run from every other on the same database.
    /// Each acknowledgement is counted in `acks`.
    pub fn new(index: usize, seed: u64, run: &str, folder: PathBuf, acks: Arc<AtomicU64>) -> Self {
        Self {
            desk: Desk::of(index),
            book: Book::default(),
            unanswered: None,
            last: None,
            tally: Tally::default(),
            waits: false,
            acks,
            journal: None,
            sent: BTreeMap::new(),
            words: format!("{run} c{index:02}"),
            folder,
            rng: Rng::new(seed, u64::try_from(index).unwrap_or_default() + 1),
        }
    }

    /// Sends changes until no answer comes, or until it is `enough`.
    pub fn run(&mut self, round: u64, api: &Api, accounts: &Accounts, enough: &AtomicBool) -> Result<(), String> {
        let name = self.words.rsplit(' ').next().unwrap_or_default();
        self.journal = Some(Journal::open(&self.folder.join(format!("{name}.round-{round:04}.jsonl")))?);
        self.sent.clear();
        while !enough.load(Ordering::Acquire) && self.change(api, accounts)? {}
        Ok(())
    }

    /// One change; `false` if the service is gone.
    fn change(&mut self, api: &Api, accounts: &Accounts) -> Result<bool, String> {
        let change = self.book.wish(&mut self.rng, &self.words);
        let mut etag = None;
        if let Change::Rename(at, _) = change {
            match self.look(at, api, accounts) {
                Ok(found) => etag = found,
                Err(_) => return Ok(false),
            }
        }
        let intent = self.book.intent(change, &self.desk, etag).ok_or("a change of an unknown ticket")?;
        let journal = self.journal.as_mut().ok_or("no journal")?;
        journal.intent(&intent.key, &intent.call)?;
        let sha256 = sha256(intent.call.body.as_deref());
        self.sent.insert(intent.key.clone(), Sent { sha256, answered: false });
        let answer = accounts.call(api, &intent.login, &intent.call);
        self.note_silence(answer.as_ref().err());
        let journal = self.journal.as_mut().ok_or("no journal")?;
        let answer = answer.ok().filter(|answer| !(self.waits && says_wait(answer)));
        let Some(answer) = answer else {
            self.unanswered = Some(intent);
            return Ok(false);
        };
        if answer.is_success() {
            self.acks.fetch_add(1, Ordering::AcqRel);
        }
        journal.outcome(&intent.key, &answer)?;
        if let Some(sent) = self.sent.get_mut(&intent.key) {
            sent.answered = true;
        }
        self.answered(intent, answer);
        Ok(true)
    }

    /// The version of a ticket, for a change that names it. An error if no answer came.
    fn look(&mut self, at: usize, api: &Api, accounts: &Accounts) -> Result<Option<String>, String> {
        let waits = self.waits;
        let Some(ticket) = self.book.tickets.get(at) else { return Ok(None) };
        let answer = accounts.call(api, &self.desk.technician, &Call::get(format!("/tickets/{}", ticket.id)));
        self.note_silence(answer.as_ref().err());
        let answer = answer?;
        let Some(ticket) = self.book.tickets.get_mut(at) else { return Ok(None) };
        if waits && says_wait(&answer) {
            return Err("the service says to come back".to_owned());
        }
        if answer.status != 200 || answer.etag.is_none() {
            ticket.given_up = true;
            self.tally.unexpected(format!("GET {}: {} {}", ticket.number, answer.status, answer.body));
        } else if let Err(fault) = ticket.see(&answer.body) {
            self.tally.backwards(format!("{}: {fault}", ticket.number));
        }
        Ok(answer.etag)
    }

    /// A service that lives answers, whatever it says.
    fn note_silence(&mut self, error: Option<&String>) {
        if let Some(error) = error.filter(|error| self.waits && error.contains("timeout")) {
            self.tally.unexpected(format!("no answer: {error}"));
        }
    }

    /// Enters what was acknowledged. Nothing that a client sends may be refused, so anything else is a fault.
    pub fn answered(&mut self, intent: Intent, answer: Answer) {
        let (method, path) = (intent.call.method.text(), &intent.call.path);
        if !answer.is_success() {
            self.tally.unexpected(format!("{method} {path}: {} {}", answer.status, answer.body));
            self.give_up(&intent.change);
            return;
        }
        if let Err(fault) = self.book.enter(&intent.change, &answer) {
            self.tally.unexpected(format!("{method} {path}: {fault}"));
            self.give_up(&intent.change);
        }
        if intent.call.method == Method::Post {
            self.last = Some((intent, answer));
        }
    }

    /// Leaves a ticket alone whose state is no longer known.
    pub fn give_up(&mut self, change: &Change) {
        if let Some(ticket) = change.ticket().and_then(|at| self.book.tickets.get_mut(at)) {
            ticket.given_up = true;
        }
    }

    /// Counts the round from its journal, and holds what the client remembers against it.
    pub fn reconcile(&mut self) -> Result<(), String> {
        let Some(journal) = &self.journal else { return Ok(()) };
        let entries = journal.read()?;
        let open: BTreeSet<&str> = self.unanswered.iter().map(|intent| intent.key.as_str()).collect();
        let alike = |(key, sent): (&String, &Sent)| {
            entries.get(key).is_some_and(|e| e.sha256 == sent.sha256 && e.status.is_some() == sent.answered)
        };
        if unanswered(&entries) != open || entries.len() != self.sent.len() || !self.sent.iter().all(alike) {
            return Err(format!("{}: the journal and the client's memory differ", self.words));
        }
        self.tally.sent += entries.len();
        self.tally.acknowledged += entries.values().filter(|entry| entry.is_acknowledged()).count();
        self.tally.unanswered += open.len();
        Ok(())
    }

    /// Writes down the answer to a change that was sent again.
    pub fn note(&mut self, key: &str, answer: &Answer) -> Result<(), String> {
        self.journal.as_mut().map_or(Ok(()), |journal| journal.outcome(key, answer))
    }
}

/// The service says that it can't now, and to come back.
fn says_wait(answer: &Answer) -> bool {
    answer.status == 503 && answer.retry_after.is_some()
}
