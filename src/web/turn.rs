//! Whose turn it is: what waits for whoever reported it.

use super::frame::Frame;
use super::row::Row;
use crate::access::Tx;
use crate::db::page::Paging;
use crate::error::Result;
use crate::ticket::list::{Filter, list};
use crate::ticket::present::{self, Presented};
use crate::ticket::{Status, question};

/// Tickets that are looked through.
const ROWS: i64 = 50;
/// Letters of a question in a list.
const LINE: usize = 140;

/// A ticket that waits for its requester.
pub struct Turn {
    /// The ticket.
    pub row: Row,
    /// The first words of what he is asked; empty if he is to confirm, or was asked without words.
    pub asked: String,
}

/// The reader's own tickets that ask him something, or that he is to confirm.
///
/// # Errors
/// What the database says.
pub fn turn(tx: &mut Tx<'_>, frame: &Frame) -> Result<Vec<Turn>> {
    let waiting =
        Filter { status: vec![Status::Pending, Status::Resolved], requester: Some(frame.me), ..Filter::default() };
    let mut tickets = list(tx, &waiting, &Paging { limit: Some(ROWS), cursor: None })?.items;
    tickets.retain(|ticket| ticket.status == Status::Resolved || question::waits_for_requester(ticket));
    let mut questions = question::to_requester(tx, &tickets.iter().collect::<Vec<_>>())?;
    let turn = |p: Presented| Turn {
        asked: questions.remove(&p.ticket.id).map(|question| first_words(&question.text)).unwrap_or_default(),
        row: Row::new(p, frame),
    };
    Ok(present::all(tx, tickets)?.into_iter().map(turn).collect())
}

/// What fits into a line or two.
fn first_words(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(LINE) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default().trim_end()),
        None => line,
    }
}
