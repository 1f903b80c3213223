//! A person's words: a public comment where he answers in his thread, else a ticket of his own. The same commands as
//! everywhere, and nothing that only staff may do: mail is never a staff action.

use super::cut::{cut, holds_mark, subject};
use super::echo::{Echo, holds_ours, speaks_of_ours};
use super::parse::Letter;
use super::thread::{self, Thread};
use crate::access::token::hex;
use crate::access::{Tx, act};
use crate::app::App;
use crate::catalog::Kind;
use crate::check::is_blank;
use crate::config;
use crate::db::Id;
use crate::error::Result;
use crate::mail::inbound::{Inbound, InboundState};
use crate::mail::intake::{self, Outcome};
use crate::message::Language;
use crate::notice;
use crate::org::actor;
use crate::org::person::Person;
use crate::org::region;
use crate::say;
use crate::ticket::attach::{self, Attachment, File, Turn};
use crate::ticket::find::{TicketRef, find, find_quietly};
use crate::ticket::open::{self, New};
use crate::ticket::{Channel, Classification, Ticket, comment};
use chrono::Duration;
use sha2::{Digest, Sha256};

/// Characters of a subject, of a text.
const SUBJECT: usize = 200;
const TEXT: usize = 20_000;
/// How often the same words are taken within so many hours: what a program answers to everything ends there (R25).
const REPEATED: i64 = 2;
const REPEATED_HOURS: i64 = 24;
/// Since when is counted what one sender opened, and what was said on one ticket.
const HOUR: Duration = Duration::hours(-1);
const DAY: Duration = Duration::days(-1);
/// Files whose absence is told.
const TOLD: usize = 10;
/// Characters that other notes may take.
const NOTES: usize = 500;
/// Letters below which figures are part of the words: "PC-1", "PC-2".
const SHORT: usize = 40;

/// The files of a message, stored before any row speaks of them.
#[derive(Debug, Clone, Default)]
pub struct Kept {
    /// Those that were taken.
    pub files: Vec<File>,
    /// Names of those that were not.
    pub dropped: Vec<String>,
    /// What all of them hold of mails of ours.
    pub echo: Echo,
}

/// By what two copies of a message are known: its sender and its id.
#[must_use]
pub fn key(letter: &Letter, mail: &Inbound) -> String {
    let id = letter.message_id.as_deref().unwrap_or(&mail.hash);
    hex(&Sha256::digest(format!("{}\0{id}", letter.from.as_deref().unwrap_or_default())))
}

/// Lets `person` say what he wrote; none if so much was said lately that it has to wait.
///
/// # Errors
/// The database's.
pub fn speak(
    tx: &mut Tx<'_>,
    app: &App,
    mail: &Inbound,
    person: &Person,
    letter: &Letter,
    kept: &Kept,
) -> Result<Option<Outcome>> {
    let (actor, now) = (actor::as_person(tx.conn(), person.id)?, tx.now);
    let language = Language::from_text(&person.language).unwrap_or(Language::Id);
    let mut me = tx.acting_as(actor, now);
    let thread = thread::of(&mut me, &app.mailer.signer, letter)?;
    let turn = Turn::take(&mut me, &kept.files, &app.config.limits)?;
    let speech = Speech { letter, kept, language, turn };
    let prefixes: Vec<String> = region::all(&mut me)?.into_iter().map(|region| region.ticket_prefix).collect();
    let words = speech.words(&thread, &prefixes);
    if let Some(words) = &words
        && mail.why.as_deref() != Some(intake::AGAIN)
        && intake::repeated(&mut me, words, now.plus(Duration::hours(-REPEATED_HOURS)))? >= REPEATED
    {
        let outcome = Outcome::without(InboundState::Refused, "repeated");
        return Ok(Some(Outcome { region: person.region_id, ..outcome }));
    }
    let limits = &app.config.inbox;
    if let Some(ticket) = thread.ticket
        && intake::taken_for(&mut me, ticket, now.plus(HOUR))? >= limits.on_ticket_per_hour
    {
        return Ok(None);
    }
    let answered = match thread.ticket {
        Some(ticket) => refused_as_none(me.attempt(|_| true, |tx| speech.answer(tx, ticket)))?,
        None => None,
    };
    let outcome = match answered {
        Some(outcome) => outcome,
        None if opens_too_much(&mut me, letter, limits)? => return Ok(None),
        // A ticket that has ended, too, loses no words: they become a ticket that names its own trouble.
        None => refused_as_none(me.attempt(|_| true, |tx| speech.open(tx, thread)))?
            .unwrap_or_else(|| Outcome::without(InboundState::Refused, "not_allowed")),
    };
    if let (intake::INTERNAL, Some((ticket, ..))) = (outcome.why, &outcome.ticket) {
        // Nobody is told of his own act; here he has to be.
        notice::tell(tx, *ticket, "kept_internal", [person.id])?;
    }
    Ok(Some(Outcome { region: person.region_id, words, ..outcome }))
}

/// Each ticket is acknowledged: whoever writes in another's name must not be able to flood him through us (R25).
fn opens_too_much(tx: &mut Tx<'_>, letter: &Letter, limits: &config::Inbox) -> Result<bool> {
    let (now, from) = (tx.now, letter.from.as_deref().unwrap_or_default());
    Ok(intake::opened(tx, from, now.plus(HOUR))? >= limits.tickets_per_hour
        || intake::opened(tx, from, now.plus(DAY))? >= limits.tickets_per_day)
}

/// What a rule refuses is `None`; the database's trouble stays an error.
fn refused_as_none<T>(result: Result<T>) -> Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.is_passing() => Err(error),
        Err(_) => Ok(None),
    }
}

struct Speech<'a> {
    letter: &'a Letter,
    kept: &'a Kept,
    language: Language,
    turn: Turn<'a>,
}

impl Speech<'_> {
    /// What he wrote. In a new trouble the quotes are part of the story; in an answer they are another ticket's words.
    fn text(&self, thread: &Thread) -> String {
        if thread.answers { cut(&self.letter.text) } else { self.letter.text.clone() }
    }

    /// By what the same words of the same sender in the same thread are known. Figures, such as times, do not count in a
    /// long text of a thread, nor in what may come of a mail of ours, where each round of two programs may have a number of
    /// its own; for that reason a subject that bears our mark does not count either. Outside of that they do: what people
    /// ask for again and again differs in nothing else.
    fn words(&self, thread: &Thread, prefixes: &[String]) -> Option<String> {
        let text = self.text(thread);
        let letters = |text: &str| text.chars().filter(|c| c.is_alphabetic()).collect::<String>();
        let figures = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
        let (said, titled) = (letters(&text), self.letter.subject.as_str());
        let place = thread.ticket.map(|id| id.to_string()).unwrap_or_default();
        let is_first = |text: &str| !speaks_of_ours(text, prefixes);
        let besides = match thread.ticket {
            Some(_) if said.chars().count() < SHORT => figures(&text),
            Some(_) => String::new(),
            None if holds_mark(titled) => String::new(),
            None if !thread.answers && is_first(titled) && is_first(&text) => {
                [letters(&subject(titled)), figures(titled), figures(&text)].join("\0")
            }
            None => letters(&subject(titled)),
        };
        let mut whole = vec![self.letter.from.as_deref().unwrap_or_default(), &place, &said, &besides];
        whole.extend(self.kept.files.iter().map(|file| file.stored.sha256.as_str()));
        (!said.is_empty()).then(|| hex(&Sha256::digest(whole.join("\0"))))
    }

    fn answer(&self, tx: &mut Tx<'_>, ticket: Id) -> Result<Outcome> {
        let text = seen(cut(&self.letter.text));
        if text.is_empty() && self.kept.files.is_empty() && self.kept.dropped.is_empty() {
            return Ok(Outcome::without(InboundState::Refused, "empty"));
        }
        if let Some(kept) = self.keep_internal(tx, ticket, &text)? {
            return Ok(kept);
        }
        let alone = text.is_empty() && self.kept.dropped.is_empty();
        let dropped = self.attach(tx, ticket, alone)?;
        let body = self.with_notes(&text, &dropped);
        let may = find::<act::CommentPublic>(tx, &TicketRef::id(ticket))?;
        let told = told(may.get());
        if body.is_empty() {
            return Ok(Outcome { ticket: Some(told), ..Outcome::without(InboundState::Done, intake::ATTACHED) });
        }
        let comment = comment::public(tx, may, &body, Channel::Email)?;
        let outcome = Outcome::without(InboundState::Done, intake::COMMENT);
        Ok(Outcome { ticket: Some(told), comment: Some(comment.id), ..outcome })
    }

    /// What staff wrote with a mail of ours in it that was not known as a quote, or with a mail beside it, is for staff, with
    /// its files: such a mail may say what the requester must not read. None if there is nothing of the kind.
    fn keep_internal(&self, tx: &mut Tx<'_>, ticket: Id, text: &str) -> Result<Option<Outcome>> {
        let ticket = TicketRef::id(ticket);
        let Some(may) = refused_as_none(find_quietly::<act::CommentInternal>(tx, &ticket))? else { return Ok(None) };
        let number = &may.get().number;
        if !holds_ours(text, number) && !self.kept.echo.is_of(number) {
            return Ok(None);
        }
        let told = told(may.get());
        let dropped = self.add_each(tx, |tx, file, _| {
            let may = find_quietly::<act::CommentInternal>(tx, &ticket)?;
            attach::internal(tx, may, file, &self.turn)
        })?;
        let (note, body) = (say!("mail.inbound.kept_internal").text(self.language), self.with_notes(text, &dropped));
        let comment = comment::internal(tx, may, &format!("[{note}]\n\n{body}"), Channel::Email)?;
        let outcome = Outcome::without(InboundState::Done, intake::INTERNAL);
        Ok(Some(Outcome { ticket: Some(told), comment: Some(comment.id), ..outcome }))
    }

    fn open(&self, tx: &mut Tx<'_>, thread: Thread) -> Result<Outcome> {
        let text = seen(self.text(&thread));
        let line = seen(subject(&self.letter.subject).chars().take(SUBJECT).collect());
        let line = if line.is_empty() { thread.subject.unwrap_or_default() } else { line };
        if text.is_empty() && line.is_empty() && self.kept.files.is_empty() && self.kept.dropped.is_empty() {
            return Ok(Outcome::without(InboundState::Refused, "empty"));
        }
        let line = if line.is_empty() { say!("mail.inbound.no_subject").text(self.language) } else { line };
        let text = if text.is_empty() { line.clone() } else { text };
        let new = New {
            kind: Kind::Incident,
            subject: line,
            description: self.with_notes(&text, &self.kept.dropped),
            service: None,
            impact: None,
            urgency: None,
            classification: thread.secret.then_some(Classification::Secret),
            on_behalf_of: None,
            opd: None,
            channel: Some(Channel::Email),
        };
        let ticket = open::open(tx, &new)?;
        self.attach(tx, ticket.id, false)?;
        Ok(Outcome { ticket: Some(told(&ticket)), ..Outcome::without(InboundState::Done, intake::TICKET) })
    }

    /// Adds the files for everybody who sees the ticket, the first of files that came `alone` as an answer by itself.
    fn attach(&self, tx: &mut Tx<'_>, ticket: Id, alone: bool) -> Result<Vec<String>> {
        self.add_each(tx, |tx, file, is_first| {
            let may = find::<act::CommentPublic>(tx, &TicketRef::id(ticket))?;
            let add = if alone && is_first { attach::public } else { attach::along };
            add(tx, may, file, &self.turn)
        })
    }

    /// Adds the files by `add`, which is told which is the first that was taken; gives the names of those that are not there.
    fn add_each(
        &self,
        tx: &mut Tx<'_>,
        add: impl Fn(&mut Tx<'_>, &File, bool) -> Result<Attachment>,
    ) -> Result<Vec<String>> {
        let (mut dropped, mut is_first) = (self.kept.dropped.clone(), true);
        for file in &self.kept.files {
            match refused_as_none(tx.attempt(|_| true, |tx| add(tx, file, is_first)))? {
                Some(_) => is_first = false,
                None => dropped.push(file.name.clone()),
            }
        }
        Ok(dropped)
    }

    /// The text, as far as it fits, and what is missing of it.
    fn with_notes(&self, text: &str, dropped: &[String]) -> String {
        let note = |name: &String| format!("[{}]", say!("mail.inbound.dropped", name = name).text(self.language));
        let mut notes: Vec<String> = dropped.iter().take(TOLD).map(note).collect();
        let room = TEXT.saturating_sub(notes.iter().map(|n| n.chars().count() + 1).sum::<usize>() + NOTES);
        let mut shown: String = text.chars().take(room).collect();
        if text.chars().count() > room {
            notes.insert(0, format!("[{}]", say!("mail.inbound.shortened").text(self.language)));
        }
        if !notes.is_empty() {
            shown = format!("{shown}\n\n{}", notes.join("\n"));
        }
        shown.trim().to_owned()
    }
}

/// A text without anything to be seen is none.
fn seen(text: String) -> String {
    if is_blank(&text) { String::new() } else { text }
}

fn told(ticket: &Ticket) -> (Id, String, bool) {
    (ticket.id, ticket.number.clone(), ticket.classification == Classification::Secret)
}
