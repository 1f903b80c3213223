//! What helps to answer a ticket: canned answers, the draft, a question that waits, who else is there.

use super::frame::Frame;
use super::news;
use crate::access::policy::Action;
use crate::access::{Tx, act, check};
use crate::db::Id;
use crate::db::page::Paging;
use crate::desk::draft::{self, About, Words};
use crate::desk::{answer, presence};
use crate::error::Result;
use crate::org::person;
use crate::say;
use crate::ticket::{Ticket, question};

/// Canned answers to choose from.
const ANSWERS: i64 = 100;

/// What helps to answer.
pub struct Help {
    /// Canned answers to choose from.
    pub answers: Vec<(Id, String)>,
    /// What the reader has typed and not sent.
    pub draft: Words,
    /// Who else has the ticket open, as a sentence; empty for nobody, and for whoever is not told.
    pub here: String,
    /// What the reader, or his desk, was asked and has not answered: who asks, and what.
    pub question: Option<(String, String)>,
}

impl Help {
    /// For this reader, who may do this.
    ///
    /// # Errors
    /// What the database says.
    pub fn of(tx: &mut Tx<'_>, ticket: &Ticket, may: &[Action], frame: &Frame) -> Result<Self> {
        let draft = draft::own(tx, &About::Ticket(ticket.id))?;
        let mut asked = question::to_requester(tx, &[ticket])?;
        asked.extend(question::waiting(tx, &[ticket])?);
        let question = match asked.remove(&ticket.id) {
            Some(asked) => {
                let names = person::briefs(tx, &asked.by.into_iter().collect::<Vec<_>>())?;
                let who = names.into_iter().next().map(|person| person.name).unwrap_or_default();
                Some((frame.say(&say!("web.ticket.asks", who = who)), asked.text))
            }
            None => None,
        };
        // Of a ticket that has ended nobody is told who looks at it; nobody gets in anybody's way.
        if !may.contains(&Action::CommentInternal) {
            return Ok(Self { draft, here: String::new(), answers: Vec::new(), question });
        }
        let ticket = check::<act::CommentInternal, _>(&tx.actor, ticket.clone())?;
        let here = news::sentence(&presence::others(tx, &ticket)?, frame.language);
        let answers = answer::list(tx, &Paging { limit: Some(ANSWERS), cursor: None })?.items;
        Ok(Self { draft, here, answers: answers.into_iter().map(|a| (a.id, a.name)).collect(), question })
    }
}
