//! Event → who gets which mail (contract, "Mail"). The words are frozen here, in each recipient's language; what is for
//! staff never reaches the requester, and a secret ticket's mails know no words at all.

use super::event::Event;
use super::{Classification, PendingReason, Ticket, Visibility, comment, find, watch};
use crate::access::Tx;
use crate::db::{Id, Ts};
use crate::error::Result;
use crate::mail::choice::{self, Topic};
use crate::mail::letter::{Fact, Facts, Happening, QUOTED};
use crate::mail::outbox::{self, Owed, Pace};
use crate::message::{Language, Say};
use crate::org::person::{self, Contact};
use crate::org::region::{self, Region, Terms};
use crate::org::{actor, opd};
use crate::say;
use std::collections::BTreeSet;

/// Owes the mails of `event`, whose line in the time line is `line`; `told` are the people who get a notice of it.
pub fn owe(tx: &mut Tx<'_>, ticket: &Ticket, event: &Event, line: Id, told: &[Id]) -> Result<()> {
    if let Event::Edited(changes) = event
        && changes.get("classification").is_some()
    {
        outbox::classify(tx, ticket.id, ticket.classification == Classification::Secret)?;
    }
    let Some((topic, pace)) = topic(ticket, event) else { return Ok(()) };
    if tx.is_history {
        return Ok(());
    }
    let region = region::by_id(tx, ticket.region_id)?;
    let mut recipients = recipients(tx, ticket, event, told)?;
    if !region.requires(topic) {
        let refusing = choice::refusing(tx, &recipients.iter().copied().collect::<Vec<_>>(), topic)?;
        recipients.retain(|person| !refusing.contains(person));
    }
    if recipients.is_empty() {
        return Ok(());
    }
    let scene = Scene::of(tx, ticket, event, region, &recipients)?;
    let now = tx.now;
    let owed = scene.people.iter().filter(|p| p.active && recipients.contains(&p.id));
    let owed = owed
        .map(|to| Owed {
            person: to.id,
            recipient: to.email.clone(),
            kind: topic.text(),
            pace,
            language: to.language,
            secret: ticket.classification == Classification::Secret,
            facts: scene.facts(to, now),
        })
        .collect();
    outbox::queue(tx, ticket.id, line, owed)
}

/// The address of `person` if he is active and sees `ticket` now, for a mail that leaves: since it was owed he may have lost
/// his role, or the ticket may have become secret.
pub fn reader(tx: &mut Tx<'_>, person: Id, ticket: Id) -> Result<Option<String>> {
    let Some(actor) = actor::as_people(tx.conn(), &[person])?.remove(&person) else { return Ok(None) };
    let now = tx.now;
    if find::seen_among(&mut tx.acting_as(actor, now), &[ticket])?.is_empty() {
        return Ok(None);
    }
    Ok(person::contacts(tx, &[person])?.pop().map(|contact| contact.email))
}

/// What a mail is about, and how soon it goes; none for what is not worth one.
fn topic(ticket: &Ticket, event: &Event) -> Option<(Topic, Pace)> {
    match event {
        Event::Opened { .. } => Some((Topic::Opened, Pace::Prompt)),
        Event::Assigned(_) => Some((Topic::Assigned, Pace::Together)),
        Event::Commented { visibility: Visibility::Public, .. } | Event::Attached { is_answer: true, .. } => {
            Some((Topic::Commented, Pace::Together))
        }
        Event::Escalated { .. } => Some((Topic::Escalated, Pace::Urgent)),
        Event::Returned { .. } => Some((Topic::Returned, Pace::Together)),
        Event::Pended if ticket.pending_reason == Some(PendingReason::Requester) => {
            Some((Topic::Question, Pace::Together))
        }
        Event::Resolved => Some((Topic::Resolved, Pace::Together)),
        Event::Closed { .. } => Some((Topic::Closed, Pace::Together)),
        Event::Reopened { .. } => Some((Topic::Reopened, Pace::Together)),
        Event::Warned(_) => Some((Topic::Warned, Pace::Urgent)),
        Event::Breached(_) => Some((Topic::Breached, Pace::Urgent)),
        _ => None,
    }
}

/// Those who get a notice, but a comment goes to the other side, not to the colleagues. Nobody hears of his own act, but
/// for the acknowledgement.
fn recipients(tx: &mut Tx<'_>, ticket: &Ticket, event: &Event, told: &[Id]) -> Result<BTreeSet<Id>> {
    let mut people: BTreeSet<Id> = match event {
        Event::Commented { .. } if ticket.by_staff(tx) => {
            watch::followers(tx, ticket)?.into_iter().chain([ticket.requester_id]).collect()
        }
        _ => told.iter().copied().collect(),
    };
    if let Some(me) = tx.actor.person
        && !(matches!(event, Event::Opened { .. }) && me == ticket.requester_id)
    {
        people.remove(&me);
    }
    Ok(people)
}

/// What the mails of one event are made of, read once for all recipients.
struct Scene<'a> {
    ticket: &'a Ticket,
    event: &'a Event,
    region: Region,
    terms: Terms,
    people: Vec<Contact>,
    actor: Option<Id>,
    opd: Option<String>,
    comment: Option<String>,
}

impl<'a> Scene<'a> {
    fn of(
        tx: &mut Tx<'_>,
        ticket: &'a Ticket,
        event: &'a Event,
        region: Region,
        recipients: &BTreeSet<Id>,
    ) -> Result<Self> {
        let actor = tx.actor.person;
        let mut named: Vec<Id> = recipients.iter().copied().chain(actor).chain([ticket.requester_id]).collect();
        if let Event::Assigned(person) = event {
            named.push(*person);
        }
        let secret = ticket.classification == Classification::Secret;
        let opd = match event {
            Event::Opened { .. } | Event::Escalated { .. } if !secret => opd::names(tx, &[ticket.opd_id])?.pop(),
            _ => None,
        };
        let comment = match event {
            Event::Commented { comment, .. } if !secret => Some(comment::body(tx, *comment)?),
            _ => None,
        };
        Ok(Self {
            ticket,
            event,
            terms: region.terms(),
            region,
            people: person::contacts(tx, &named)?,
            actor,
            opd: opd.map(|(_, _, name)| name),
            comment,
        })
    }

    fn facts(&self, to: &Contact, now: Ts) -> Facts {
        let secret = self.ticket.classification == Classification::Secret;
        // Of clocks he is told as one of the desk, or not at all.
        let is_of_clock = matches!(self.event, Event::Warned(_) | Event::Breached(_));
        let own = to.id == self.ticket.requester_id && !is_of_clock;
        let happening = if secret {
            let nothing = String::new;
            Happening { at: now, title: nothing(), line: nothing(), rows: Vec::new(), quote: None }
        } else {
            let (title, line) = self.words(own, to.language);
            let text = |say: Say| say.text(to.language);
            let rows = if own { Vec::new() } else { self.details(to.language) };
            Happening { at: now, title: text(title), line: text(line), rows, quote: self.quote(own).map(first) }
        };
        Facts {
            desk: self.region.desk(),
            name: to.name.clone(),
            number: self.ticket.number.clone(),
            subject: if secret { String::new() } else { self.ticket.subject.clone() },
            rows: if secret || own { Vec::new() } else { self.about(to.language) },
            happening,
            link: None,
            place: None,
        }
    }

    fn name(&self, id: Option<Id>) -> String {
        let found = self.people.iter().find(|p| Some(p.id) == id);
        found.map(|p| p.name.clone()).unwrap_or_default()
    }

    /// Title and sentence; `own` is the requester's view.
    fn words(&self, own: bool, language: Language) -> (Say, Say) {
        let (tier1, tier2) = (&self.terms.tier1, &self.terms.tier2);
        let actor = match self.actor {
            None => say!("mail.system").text(language),
            someone => self.name(someone),
        };
        match self.event {
            Event::Opened { .. } if own => (say!("mail.opened.received"), say!("mail.opened.received_line")),
            Event::Opened { .. } => {
                let requester = self.name(Some(self.ticket.requester_id));
                (say!("mail.opened.new"), say!("mail.opened.new_line", requester = requester))
            }
            Event::Assigned(person) => {
                let assignee = self.name(Some(*person));
                let line = say!("mail.assigned.line", actor = actor, assignee = assignee);
                (say!("mail.assigned.title", assignee = assignee), line)
            }
            Event::Escalated { .. } if own => {
                (say!("mail.escalated.title", tier2 = tier2), say!("mail.escalated.own_line", tier2 = tier2))
            }
            Event::Escalated { .. } => {
                let line = say!("mail.escalated.line", actor = actor, tier2 = tier2);
                (say!("mail.escalated.title", tier2 = tier2), line)
            }
            Event::Returned { .. } if own => {
                (say!("mail.returned.title", tier1 = tier1), say!("mail.returned.own_line", tier1 = tier1))
            }
            Event::Returned { .. } => {
                let line = say!("mail.returned.line", actor = actor, tier1 = tier1);
                (say!("mail.returned.title", tier1 = tier1), line)
            }
            Event::Pended if own => (say!("mail.question.title"), say!("mail.question.own_line")),
            Event::Pended => (say!("mail.question.title"), say!("mail.question.line")),
            Event::Resolved if own => (say!("mail.resolved.title"), say!("mail.resolved.own_line")),
            Event::Resolved => (say!("mail.resolved.title"), say!("mail.resolved.line", actor = actor)),
            Event::Closed { .. } => (say!("mail.closed.title"), say!("mail.closed.line")),
            Event::Reopened { .. } => (say!("mail.reopened.title"), say!("mail.reopened.line", actor = actor)),
            Event::Warned(told) if told.level.is_reminder() => (say!("mail.overdue.title"), say!("mail.overdue.line")),
            Event::Warned(_) => (say!("mail.warned.title"), say!("mail.warned.line")),
            Event::Attached { name, .. } => {
                (say!("mail.attached.title"), say!("mail.attached.line", actor = actor, file = name))
            }
            Event::Breached(_) => (say!("mail.breached.title"), say!("mail.breached.line")),
            _ => (say!("mail.commented.title"), say!("mail.commented.line", actor = actor)),
        }
    }

    /// Facts of what happened, for staff.
    fn details(&self, language: Language) -> Vec<Fact> {
        let text = |say: Say| say.text(language);
        match self.event {
            Event::Escalated { reason, tried, requested } => vec![
                (text(say!("mail.fact.reason")), first(reason.clone())),
                (text(say!("mail.fact.tried")), first(tried.clone())),
                (text(say!("mail.fact.requested")), first(requested.clone())),
            ],
            Event::Warned(told) | Event::Breached(told) => vec![
                (text(say!("mail.fact.metric")), text(told.metric.named(&self.terms.tier2))),
                (text(say!("mail.fact.level")), told.level.key()),
            ],
            _ => Vec::new(),
        }
    }

    /// Facts of the ticket, for staff.
    fn about(&self, language: Language) -> Vec<Fact> {
        let mut rows = vec![(say!("mail.fact.requester").text(language), self.name(Some(self.ticket.requester_id)))];
        if let Some(opd) = &self.opd {
            rows.push((say!("mail.fact.opd").text(language), opd.clone()));
        }
        rows
    }

    /// What somebody wrote. Instructions and reasons of a hand-over are for staff; what the ticket itself shows to its
    /// requester is for him too.
    fn quote(&self, own: bool) -> Option<String> {
        match self.event {
            // An acknowledgement never echoes: whoever writes in another's name gets nothing carried to that one.
            Event::Opened { .. } => Some(self.ticket.description.clone()).filter(|_| !own),
            Event::Commented { .. } => self.comment.clone(),
            Event::Returned { instructions } if !own => Some(instructions.clone()),
            Event::Resolved => self.ticket.resolution.clone(),
            Event::Closed { comment, .. } => comment.clone(),
            Event::Reopened { reason } => Some(reason.clone()),
            _ => None,
        }
    }
}

/// As much of a text as a mail can show, and a little more, so that it shows that there is more.
fn first(mut text: String) -> String {
    if let Some((end, _)) = text.char_indices().nth(QUOTED + 1) {
        text.truncate(end);
    }
    text
}
