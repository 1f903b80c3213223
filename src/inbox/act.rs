//! What becomes of a message: a report is noted at its mail, a person's words become a comment or a ticket by the same
//! commands as everywhere, and all else is refused without a word (RFC 3834).

use super::parse::Letter;
use super::report::Report;
use super::sender::{is_confirmed, without_tag};
use super::speak::{self, Kept};
use crate::access::Tx;
use crate::app::App;
use crate::db::{Id, Ts};
use crate::error::Result;
use crate::mail::bounce::{self, News};
use crate::mail::inbound::{Inbound, InboundState};
use crate::mail::intake::{self, Outcome};
use crate::mail::thread::Named;
use crate::org::person::{self, Person};
use crate::org::region::{self, Region};
use chrono::Duration;

/// How long a sender who wrote too much waits, and after how long what still waits is refused.
const WAIT: Duration = Duration::minutes(10);
const PATIENCE: Duration = Duration::days(2);

/// What is to be done with a message.
pub enum Judged {
    /// Nothing, for this reason.
    Refused(&'static str),
    /// Nothing before that.
    Later(Ts),
    /// A report is noted.
    Report(Report),
    /// This person speaks.
    From(Box<Person>),
}

/// Judges a message by what stands in it and who its sender is; changes nothing.
///
/// # Errors
/// The database's.
pub fn judge(tx: &mut Tx<'_>, app: &App, mail: &Inbound, letter: &Letter) -> Result<Judged> {
    let signer = &app.mailer.signer;
    let desks: Vec<String> = region::all(tx)?.iter().map(|region| region.desk_mailbox.to_lowercase()).collect();
    let by_desk = letter.from.as_ref().is_some_and(|from| desks.contains(&without_tag(from)));
    if by_desk || letter.message_id.as_deref().is_some_and(|id| signer.read(id).is_some()) {
        return Ok(Judged::Refused("own"));
    }
    if let Some(report) = &letter.report {
        return Ok(Judged::Report(report.clone()));
    }
    if letter.is_automatic {
        return Ok(Judged::Refused("automatic"));
    }
    let Some(from) = &letter.from else { return Ok(Judged::Refused("unclear_sender")) };
    let Some(person) = person::by_address(tx, from)? else { return Ok(Judged::Refused("unknown_sender")) };
    let (trusted, host) = (&app.config.inbox.authserv_id, from.rsplit('@').next().unwrap_or_default());
    if !trusted.is_empty() && !is_confirmed(&letter.authentication, trusted, host) {
        return Ok(Judged::Refused("unauthenticated"));
    }
    let lately = intake::acted_on(tx, from, tx.now.plus(Duration::hours(-1)))?;
    Ok(match lately {
        few if few < app.config.inbox.per_hour => Judged::From(Box::new(person)),
        _ => too_many(mail, tx.now),
    })
}

/// What came in a flood waits, but not for ever.
fn too_many(mail: &Inbound, now: Ts) -> Judged {
    if mail.received_at.plus(PATIENCE) <= now { Judged::Refused("too_many") } else { Judged::Later(now.plus(WAIT)) }
}

/// Acts on a message and marks it, once: whoever comes second finds that it is no longer his.
///
/// # Errors
/// The database's; then nothing has happened.
pub fn act(tx: &mut Tx<'_>, app: &App, mail: &Inbound, letter: &Letter, kept: &Kept) -> Result<()> {
    if !intake::hold(tx, mail)? {
        return Ok(());
    }
    let outcome = match judge(tx, app, mail, letter)? {
        Judged::Later(until) => return intake::defer(tx, mail.id, until),
        Judged::Refused(why) => Outcome::without(InboundState::Refused, why),
        Judged::Report(report) => note(tx, app, mail, &report)?,
        Judged::From(person) => match spoken(tx, app, mail, letter, kept, &person)? {
            Some(outcome) => outcome,
            None => match too_many(mail, tx.now) {
                Judged::Refused(why) => Outcome::without(InboundState::Refused, why),
                _ => return intake::defer(tx, mail.id, tx.now.plus(WAIT)),
            },
        },
    };
    let region = match outcome.region {
        None => desk_of(tx, letter, mail)?,
        known => known,
    };
    intake::finish(tx, mail.id, &Outcome { region, sender: letter.from.clone(), ..outcome })
}

/// What a person said, once for all copies; none if it has to wait.
fn spoken(
    tx: &mut Tx<'_>,
    app: &App,
    mail: &Inbound,
    letter: &Letter,
    kept: &Kept,
    person: &Person,
) -> Result<Option<Outcome>> {
    if intake::is_first(tx, mail.id, &speak::key(letter, mail))? {
        speak::speak(tx, app, mail, person, letter, kept)
    } else {
        Ok(Some(Outcome::without(InboundState::Refused, "duplicate")))
    }
}

/// Marks a message that is not taken apart.
///
/// # Errors
/// The database's.
pub fn leave(tx: &mut Tx<'_>, mail: &Inbound, letter: Option<&Letter>, why: &'static str) -> Result<()> {
    if !intake::hold(tx, mail)? {
        return Ok(());
    }
    let region = if let Some(letter) = letter {
        desk_of(tx, letter, mail)?
    } else {
        let regions = region::all(tx)?;
        region_in(&regions, &head(mail)).or_else(|| region_in(&regions, &mail.mailbox.to_lowercase()))
    };
    let sender = letter.and_then(|letter| letter.from.clone());
    intake::finish(tx, mail.id, &Outcome { region, sender, ..Outcome::without(InboundState::Unreadable, why) })
}

/// A report counts only for the mail whose signed id it holds, and only where it speaks of that mail's recipient.
fn note(tx: &mut Tx<'_>, app: &App, mail: &Inbound, report: &Report) -> Result<Outcome> {
    let named = report.about.as_deref().and_then(|id| app.mailer.signer.read(id));
    let about = match named {
        Some(Named::Mail(id)) => bounce::mail(tx, id)?,
        _ => None,
    };
    let Some(about) = about else { return Ok(Outcome::without(InboundState::Refused, "foreign_report")) };
    let recipient = about.recipient.to_lowercase();
    let mut noted = false;
    for group in report.groups.iter().filter(|group| ["failed", "delayed"].contains(&group.action.as_str())) {
        // Where he let his mails be sent on is his own affair: ours arrived.
        let lasting = group.is_lasting() && group.recipients.contains(&recipient);
        bounce::note(tx, &about, mail.id, &News { lasting, status: group.status.clone(), said: group.said.clone() })?;
        noted = true;
    }
    let why = if noted { "bounce" } else { "report" };
    let ticket = about.ticket_id.zip(about.ticket_number.clone()).map(|(id, number)| (id, number, about.secret));
    let outcome = Outcome::without(InboundState::Done, why);
    Ok(Outcome { region: Some(about.region_id), ticket, mail: Some(about.id), ..outcome })
}

/// The region of the sender, or else of the desk that was written to.
fn desk_of(tx: &mut Tx<'_>, letter: &Letter, mail: &Inbound) -> Result<Option<Id>> {
    let known = match &letter.from {
        Some(from) => person::by_address(tx, from)?.and_then(|person| person.region_id),
        None => None,
    };
    if known.is_some() {
        return Ok(known);
    }
    let regions = region::all(tx)?;
    let to = letter.sent_to.iter().map(|address| without_tag(address)).collect::<Vec<_>>().join(" ");
    Ok(region_in(&regions, &to).or_else(|| region_in(&regions, &mail.mailbox.to_lowercase())))
}

/// The region whose desk's address stands in a text; the only one where there is but one.
fn region_in(regions: &[Region], text: &str) -> Option<Id> {
    let found = regions.iter().find(|region| text.contains(&region.desk_mailbox.to_lowercase()));
    let only = regions.first().filter(|_| regions.len() == 1);
    found.or(only).map(|region| region.id)
}

/// The beginning of a message, for its addresses alone.
fn head(mail: &Inbound) -> String {
    let raw = mail.raw.as_deref().unwrap_or_default();
    String::from_utf8_lossy(raw.get(..8192).unwrap_or(raw)).to_lowercase()
}
