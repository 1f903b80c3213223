//! Tickets whose whole past is told at once, for a demo with very many. What each step does to the ticket, to its time
//! line and to its clocks is what the commands do; only nothing is stored until all has been told (`docs/decisions.md`,
//! 24 November 2026).

mod rows;
mod world;

pub use rows::Rows;
pub use world::World;

use super::close::{self, Rating};
use super::comment::Comment;
use super::event::{self, Event, Line};
use super::handover::{self, Ask};
use super::{Channel, Move, PendingReason, Status, Ticket, Visibility, clocks, deadline, pend, resolve, start};
use crate::access::{Actor, Tx};
use crate::db::{Id, Ts, search};
use crate::error::Result;
use crate::notice;
use crate::sla::board::{Board, Told};
use rows::{Deadlines, Text};
use serde_json::{Value, json};

/// One step of a ticket's life.
#[derive(Debug, Clone, Copy)]
pub enum Step {
    /// Given to somebody.
    Assign(Id),
    /// Begun, or a hand-over accepted.
    Start,
    /// Written to everybody.
    Say(&'static str),
    /// Handed to Tier 2.
    Escalate,
    /// Handed back.
    Return,
    /// Waits.
    Pend(PendingReason),
    /// Goes on.
    Resume,
    /// Solved.
    Resolve,
    /// Confirmed, with stars.
    Close(i32),
    /// Taken up again.
    Reopen,
    /// Given up.
    Cancel,
}

/// A ticket whose life is being told.
pub struct Life<'w> {
    world: &'w World,
    /// As it is by now.
    pub ticket: Ticket,
    board: Board,
    close_at: Option<Ts>,
    rows: Rows,
}

impl<'w> Life<'w> {
    /// Begins with a ticket as it was opened.
    pub fn open(tx: &mut Tx<'_>, world: &'w World, ticket: Ticket, stranded: bool) -> Result<Self> {
        let (who, at) = (ticket.opened_by, ticket.created_at);
        let mut tx = tx.acting_as(person(world, who), at);
        let board = Board::told(&mut tx, &world.subject(&ticket), &world.measure)?;
        let mut life = Self { world, ticket, board, close_at: None, rows: Rows::default() };
        let event = Event::Opened { stranded };
        let desk = world.desk(life.ticket.tier, life.ticket.opd_id);
        life.tell(&tx, &event, desk);
        life.line(&tx, &event);
        life.keep(&mut tx)?;
        Ok(life)
    }

    /// Lets `who` take a step at `at`, after what time itself did before.
    pub fn step(&mut self, tx: &mut Tx<'_>, who: Id, at: Ts, step: Step) -> Result<()> {
        self.until(tx, at)?;
        if matches!(step, Step::Escalate) && !self.world.may_hand_up(&self.ticket) {
            return Ok(());
        }
        let mut tx = tx.acting_as(person(self.world, who), at);
        self.ticket.version += 1;
        let event = self.take(&tx, who, step)?;
        self.record(&mut tx, &event)?;
        // A requester's answer wakes what waits for him.
        if matches!(step, Step::Say(_)) && who == self.ticket.requester_id && self.ticket.status == Status::Pending {
            self.ticket.step(Move::Resume, at)?;
            self.record(&mut tx, &Event::Resumed { forsaken: false })?;
        }
        Ok(())
    }

    /// Lets time pass until `at`: levels are reached, what was solved long ago is closed.
    pub fn until(&mut self, tx: &mut Tx<'_>, at: Ts) -> Result<()> {
        loop {
            let level = self.board.next_level(at);
            let close = self.close_at.filter(|close| *close <= at);
            let timer = Actor::timer(self.world.region.id);
            match (level, close) {
                (Some((reached, clock)), close) if close.is_none_or(|close| reached <= close) => {
                    let mut tx = tx.acting_as(timer, reached);
                    let told = self.board.fire(&mut tx, clock)?;
                    self.board.save(&mut tx)?;
                    if let Some(told) = told {
                        self.reached(&tx, told);
                    }
                }
                (_, Some(close)) => {
                    let mut tx = tx.acting_as(timer, close);
                    self.ticket.version += 1;
                    close::end(&mut self.ticket, Move::Close, close)?;
                    self.record(&mut tx, &Event::Closed { rating: None, comment: None })?;
                }
                _ => return Ok(()),
            }
        }
    }

    /// The end of the tale.
    pub fn end(mut self, into: &mut Rows) {
        let (past, summary) = self.board.into_past();
        let ticket = self.ticket;
        self.rows.texts.push(Text {
            ticket_id: ticket.id,
            terms: search::indexed(&format!("{} {}", ticket.subject, ticket.description)),
            region_id: ticket.region_id,
            opd_id: ticket.opd_id,
            requester_id: ticket.requester_id,
        });
        self.rows.deadlines.push(Deadlines {
            ticket_id: ticket.id,
            region_id: ticket.region_id,
            due_at: summary.due_at,
            risk_at: summary.risk_at,
            breached_at: summary.breached_at,
            close_at: self.close_at,
        });
        into.tickets.push(ticket);
        into.take(self.rows);
        into.clocks.extend(past);
    }

    fn take(&mut self, tx: &Tx<'_>, who: Id, step: Step) -> Result<Event> {
        let (ticket, now) = (&mut self.ticket, tx.now);
        Ok(match step {
            Step::Assign(to) => {
                ticket.step(Move::Assign, now)?;
                ticket.assignee_id = Some(to);
                Event::Assigned(to)
            }
            Step::Start => {
                if start::begin(ticket, who, now)? {
                    if let Some(last) = self.rows.handovers.iter_mut().rfind(|h| h.kind == "escalate") {
                        (last.accepted_by, last.accepted_at) = (Some(who), Some(now));
                    }
                    Event::Accepted
                } else {
                    Event::Started
                }
            }
            Step::Say(body) => self.say(tx, who, body),
            Step::Escalate => {
                handover::hand_up(ticket, Some(who), now)?;
                let Ask { reason, tried, requested } = ask();
                self.hand(tx, "escalate", json!({ "reason": reason, "tried": tried, "requested": requested }));
                Event::Escalated { reason, tried, requested }
            }
            Step::Return => {
                handover::hand_down(ticket, now)?;
                let instructions = "Peladen normal. Hapus singgahan peramban lalu masuk kembali.".to_owned();
                ticket.assignee_id = ticket.escalated_by;
                self.hand(tx, "return", json!({ "instructions": instructions }));
                Event::Returned { instructions }
            }
            Step::Pend(reason) => {
                pend::wait(ticket, reason, None, now)?;
                Event::Pended
            }
            Step::Resume => {
                ticket.step(Move::Resume, now)?;
                Event::Resumed { forsaken: false }
            }
            Step::Resolve | Step::Close(_) | Step::Reopen | Step::Cancel => self.finish(who, step, now)?,
        })
    }

    fn finish(&mut self, who: Id, step: Step, now: Ts) -> Result<Event> {
        let ticket = &mut self.ticket;
        Ok(match step {
            Step::Resolve => {
                let words = "Layanan dimulai ulang dan diuji bersama pelapor.";
                resolve::solve(ticket, words, Some("Layanan berhenti."), now)?;
                Event::Resolved
            }
            Step::Close(stars) => {
                close::end(ticket, Move::Close, now)?;
                let comment = Some("Cepat, terima kasih.".to_owned());
                let (ticket_id, remark) = (ticket.id, comment.clone());
                self.rows.ratings.push(Rating { ticket_id, person_id: who, stars, comment, at: now });
                Event::Closed { rating: Some(stars), comment: remark }
            }
            Step::Reopen => {
                close::take_up(ticket, now)?;
                Event::Reopened { reason: "Masih muncul galat yang sama.".into() }
            }
            _ => {
                ticket.awaits_acceptance = false;
                close::end(ticket, Move::Cancel, now)?;
                Event::Cancelled { reason: "Sudah normal kembali, terima kasih.".into() }
            }
        })
    }

    fn say(&mut self, tx: &Tx<'_>, who: Id, body: &str) -> Event {
        let comment = Comment {
            id: tx.new_id(),
            ticket_id: self.ticket.id,
            author_id: who,
            visibility: Visibility::Public,
            body: body.to_owned(),
            channel: Channel::Web,
            created_at: tx.now,
        };
        let event = Event::Commented { visibility: Visibility::Public, comment: comment.id, channel: Channel::Web };
        self.rows.comments.push(comment);
        event
    }

    fn hand(&mut self, tx: &Tx<'_>, kind: &'static str, words: Value) {
        self.rows.handovers.push(handover::row(tx, &self.ticket, kind, words));
    }

    fn record(&mut self, tx: &mut Tx<'_>, event: &Event) -> Result<()> {
        self.ticket.updated_at = tx.now;
        self.line(tx, event);
        let people = match event {
            Event::Escalated { .. } => self.world.desk(2, self.ticket.opd_id),
            Event::Closed { .. } => self.ticket.assignee_id.into_iter().chain([self.ticket.requester_id]).collect(),
            Event::Assigned(_) => self.ticket.assignee_id.into_iter().collect(),
            _ => vec![self.ticket.requester_id],
        };
        self.tell(tx, event, people);
        if clocks::concerns(tx, &self.ticket, event) {
            let subject = self.world.subject(&self.ticket);
            clocks::apply(tx, &self.ticket, event, &mut self.board, |_| Ok(subject))?;
            self.keep(tx)?;
        }
        self.close_at = match (self.ticket.status, self.ticket.resolved_at) {
            (Status::Resolved, Some(at)) => {
                deadline::closes_by(tx, self.world.measure.edition(self.ticket.opd_id), at)?
            }
            _ => None,
        };
        Ok(())
    }

    /// As the commands do after each step: what was reached is told, once, and as the timers' deed.
    fn keep(&mut self, tx: &mut Tx<'_>) -> Result<()> {
        self.board.save(tx)?;
        let overtaken = self.board.fire_overtaken(tx)?;
        if !overtaken.is_empty() {
            self.board.save(tx)?;
        }
        let now = tx.now;
        let timer = tx.acting_as(Actor::timer(self.world.region.id), now);
        for told in overtaken {
            self.reached(&timer, told);
        }
        Ok(())
    }

    fn reached(&mut self, tx: &Tx<'_>, told: Told) {
        let event = Event::reached(told);
        self.line(tx, &event);
        let people = self.ticket.assignee_id.into_iter().collect();
        self.tell(tx, &event, people);
    }

    fn line(&mut self, tx: &Tx<'_>, event: &Event) {
        self.rows.details.push(event::detail(&self.ticket));
        self.rows.events.push(Line::of(tx, &self.ticket, event));
    }

    fn tell(&mut self, tx: &Tx<'_>, event: &Event, people: Vec<Id>) {
        if tx.now >= self.world.told_from {
            self.rows.notices.extend(notice::of(tx, self.ticket.id, event.notice(), people));
        }
    }
}

/// Somebody of the region, as far as his steps need him.
fn person(world: &World, who: Id) -> Actor {
    Actor { person: Some(who), region: Some(world.region.id), ..Actor::anonymous() }
}

fn ask() -> Ask {
    Ask {
        reason: "Akar gangguan di luar jangkauan kami.".into(),
        tried: "Memulai ulang perangkat, memeriksa kabel dan akun.".into(),
        requested: "Mohon diperiksa dari sisi server.".into(),
    }
}
