//! Demo tickets in every state, with a past that ends now. Each is made by the commands that people use.

use crate::access::{Actor, Tx};
use crate::catalog::{Impact, Kind, Urgency};
use crate::db::page::Paging;
use crate::db::{Id, Ts, turn};
use crate::error::{Error, Result};
use crate::org::region::Region;
use crate::org::{actor, person};
use crate::ticket::find::{TicketRef, find, find_quietly};
use crate::ticket::handover::Ask;
use crate::ticket::list::{self, Filter};
use crate::ticket::open::{self, New};
use crate::ticket::{
    Channel, Classification, PendingReason, Ticket, assign, close, comment, deadline, handover, pend, resolve, start,
};
use chrono::{Duration, NaiveTime, Weekday};

const TEXTS: &str = include_str!("../../config/demo-tickets.csv");
const SERVICES: &str = include_str!("../../config/services.csv");
/// Tickets of a region in the demo.
pub const PER_REGION: usize = 120;
/// How many of the newest tickets are still in hand, or just done, in every state.
const RECENT: usize = 56;
/// Minutes between two openings: those span two working days, the older ones about a month before.
const RECENT_APART: i64 = 50;
const OLDER_APART: i64 = 540;
/// From when on older tickets are opened: 07:30 in western Indonesia is 00:30 UTC; and for how many minutes.
const BEGIN: i64 = 30;
const MORNING_MINUTES: i64 = 240;
/// Minutes between two steps of a ticket.
const STEP: i64 = 45;

pub(super) struct Text {
    pub(super) kind: Kind,
    pub(super) category: String,
    pub(super) subject: String,
    pub(super) description: String,
    pub(super) impact: Option<Impact>,
    pub(super) urgency: Option<Urgency>,
}

/// Who acts in the demo of a region.
struct Cast {
    requesters: Vec<Actor>,
    /// Technician of the requester at the same place.
    technicians: Vec<Actor>,
    tier2: Vec<Actor>,
    coordinator: Actor,
}

/// What becomes of a ticket, one story after the other.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Story {
    Untouched,
    Assigned,
    InProgress,
    WaitsForRequester,
    WaitsForVendor,
    Escalated,
    Accepted,
    Returned,
    Consulted,
    Resolved,
    Closed,
    Reopened,
    Cancelled,
}

const STORIES: [Story; 14] = [
    Story::Closed,
    Story::InProgress,
    Story::Escalated,
    Story::Resolved,
    Story::WaitsForRequester,
    Story::Closed,
    Story::Untouched,
    Story::Accepted,
    Story::Returned,
    Story::Assigned,
    Story::Reopened,
    Story::Consulted,
    Story::Cancelled,
    Story::WaitsForVendor,
];

/// What became of older tickets: nearly all are done.
const OLDER: [Story; 10] = [
    Story::Closed,
    Story::Closed,
    Story::Resolved,
    Story::Closed,
    Story::Cancelled,
    Story::Closed,
    Story::Closed,
    Story::Resolved,
    Story::WaitsForVendor,
    Story::Closed,
];

/// As [`make`], unless the region has tickets, or lacks somebody who would have made them.
pub fn make_first(tx: &mut Tx<'_>, region: &Region, count: usize) -> Result<()> {
    turn::take(tx.conn())?;
    let now = tx.now;
    let coordinator = match cast(tx, region) {
        Ok(cast) => cast.coordinator,
        // Somebody has left a demo that was filled before.
        Err(Error::Start(_)) => return Ok(()),
        Err(error) => return Err(error),
    };
    let first = Paging { limit: Some(1), cursor: None };
    let held = list::list(&mut tx.acting_as(coordinator, now), &Filter::default(), &first)?;
    if held.items.is_empty() { make(tx, region, count) } else { Ok(()) }
}

/// Makes `count` tickets for `region`, oldest first, the last one opened just now.
pub fn make(tx: &mut Tx<'_>, region: &Region, count: usize) -> Result<()> {
    let (texts, cast) = (texts()?, cast(tx, region)?);
    let now = tx.now;
    tx.is_history = true;
    for (number, text) in texts.iter().cycle().take(count).enumerate() {
        let (recent, older) = ((count - number).min(RECENT), (count - number).saturating_sub(RECENT));
        let minutes = |tickets: usize, apart: i64| i64::try_from(tickets).unwrap_or(0).saturating_mul(apart);
        let back = minutes(recent, RECENT_APART) + minutes(older, OLDER_APART);
        let at = now.plus(Duration::minutes(-back));
        let mut play = Play { tx, at: if older > 0 { in_working_hours(at) } else { at }, now };
        let story = if older > 0 { pick(&OLDER, number)? } else { pick(&STORIES, number)? };
        play.ticket(&cast, text, number, *story)?;
    }
    Ok(())
}

/// Lays the instants of a week, in their order, into the mornings of its five working days, so that what is done to a
/// ticket in the next hours counts.
fn in_working_hours(at: Ts) -> Ts {
    const WEEK: i64 = 7 * 24 * 60;
    const DAYS: i64 = 5;
    let day = at.utc().date_naive();
    let Some(monday) = day.week(Weekday::Mon).checked_first_day() else { return at };
    let monday = Ts::new(monday.and_time(NaiveTime::MIN).and_utc());
    let spread = (at.utc() - monday.utc()).num_minutes() * DAYS;
    let morning = spread % WEEK * MORNING_MINUTES / WEEK;
    monday.plus(Duration::days(spread / WEEK) + Duration::minutes(BEGIN + morning))
}

pub(super) fn texts() -> Result<Vec<Text>> {
    let mut reader = csv::Reader::from_reader(TEXTS.as_bytes());
    let mut texts = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|e| Error::start(format!("config/demo-tickets.csv: {e}")))?;
        let cell = |n: usize| record.get(n).unwrap_or_default();
        texts.push(Text {
            kind: Kind::from_text(cell(0)).unwrap_or(Kind::Incident),
            category: cell(1).to_owned(),
            subject: cell(2).to_owned(),
            description: cell(3).to_owned(),
            impact: Impact::from_text(cell(4)),
            urgency: Urgency::from_text(cell(5)),
        });
    }
    Ok(texts)
}

/// The service that serves a category of texts.
pub(super) fn service_of(category: &str) -> Option<String> {
    let mut reader = csv::Reader::from_reader(SERVICES.as_bytes());
    reader
        .records()
        .filter_map(std::result::Result::ok)
        .find(|r| r.get(8).unwrap_or_default().split(' ').any(|c| c == category))
        .and_then(|r| r.get(0).map(str::to_owned))
}

fn cast(tx: &mut Tx<'_>, region: &Region) -> Result<Cast> {
    let mut actor_of = |account: &str| -> Result<Actor> {
        let login = format!("{account}@{}", region.domain);
        let person = person::by_login(tx, Some(region.id), &login)?;
        let id = person.ok_or_else(|| Error::start(format!("demo account {login} is missing")))?.id;
        actor::as_person(tx.conn(), id)
    };
    Ok(Cast {
        requesters: vec![actor_of("pegawai.dinkes")?, actor_of("pegawai.disdik")?, actor_of("pegawai.bpbd")?],
        technicians: vec![actor_of("teknisi.dinkes")?, actor_of("teknisi.disdik")?],
        tier2: vec![actor_of("tier2.satu")?, actor_of("tier2.dua")?],
        coordinator: actor_of("koordinator")?,
    })
}

/// One ticket's past.
struct Play<'t, 'c> {
    tx: &'t mut Tx<'c>,
    at: Ts,
    now: Ts,
}

impl Play<'_, '_> {
    /// The next step, by `who`, a while later but never in the future.
    fn step<T>(&mut self, who: &Actor, f: impl FnOnce(&mut Tx<'_>) -> Result<T>) -> Result<T> {
        let at = self.at;
        self.at = self.at.plus(Duration::minutes(STEP)).min(self.now);
        f(&mut self.tx.acting_as(who.clone(), at))
    }

    fn ticket(&mut self, cast: &Cast, text: &Text, number: usize, story: Story) -> Result<()> {
        // One in twelve comes from the organisation that nobody serves.
        let place = if number % 12 == 11 { 2 } else { number % 2 };
        let requester = pick(&cast.requesters, place)?;
        let new = New {
            kind: text.kind,
            subject: text.subject.clone(),
            description: text.description.clone(),
            service: service_of(&text.category),
            impact: text.impact,
            urgency: text.urgency,
            classification: classification(&text.category, number),
            on_behalf_of: None,
            opd: None,
            channel: Some(pick(&[Channel::Web, Channel::Phone, Channel::Email, Channel::WalkIn], number)?.to_owned()),
        };
        let ticket = self.step(requester, |tx| open::open(tx, &new))?;
        let desk = if ticket.tier == 2 { pick(&cast.tier2, number)? } else { pick(&cast.technicians, place)? };
        self.tell(cast, requester, desk, &ticket, story)?;
        deadline::catch_up(&mut self.tx.acting_as(Actor::anonymous(), self.now), ticket.id, ticket.region_id)
    }

    fn tell(&mut self, cast: &Cast, requester: &Actor, desk: &Actor, ticket: &Ticket, story: Story) -> Result<()> {
        let which = &TicketRef::id(ticket.id);
        if matches!(story, Story::Untouched | Story::Cancelled | Story::Assigned) {
            return self.before_work(requester, &cast.coordinator, desk, which, story);
        }
        self.step(desk, |tx| {
            let may = find(tx, which)?;
            start::start(tx, may)
        })?;
        match story {
            Story::WaitsForRequester => self.wait(desk, which, PendingReason::Requester),
            Story::WaitsForVendor => self.wait(desk, which, PendingReason::Vendor),
            Story::Escalated | Story::Accepted | Story::Returned | Story::Consulted if ticket.tier == 1 => {
                self.between_tiers(cast, desk, which, story)
            }
            Story::Resolved | Story::Closed | Story::Reopened => self.finish(requester, desk, which, story),
            Story::Accepted => self.wait(desk, which, PendingReason::Vendor),
            _ => self.reply(desk, which, "Sedang kami periksa, mohon ditunggu."),
        }
    }

    fn before_work(
        &mut self,
        requester: &Actor,
        chief: &Actor,
        desk: &Actor,
        which: &TicketRef,
        story: Story,
    ) -> Result<()> {
        match story {
            Story::Cancelled => self.step(requester, |tx| {
                let may = find(tx, which)?;
                close::cancel(tx, may, "Sudah normal kembali, terima kasih.").map(drop)
            }),
            Story::Assigned => {
                let who: Id = desk.person()?;
                self.step(chief, |tx| {
                    let may = find(tx, which)?;
                    assign::assign(tx, may, who).map(drop)
                })
            }
            _ => Ok(()),
        }
    }

    fn wait(&mut self, desk: &Actor, which: &TicketRef, reason: PendingReason) -> Result<()> {
        self.reply(desk, which, "Mohon kirim tangkapan layar pesan galatnya.")?;
        self.step(desk, |tx| {
            let may = find(tx, which)?;
            pend::pend(tx, may, reason, None).map(drop)
        })
    }

    fn reply(&mut self, who: &Actor, which: &TicketRef, body: &str) -> Result<()> {
        self.step(who, |tx| {
            let may = find(tx, which)?;
            comment::public(tx, may, body, Channel::Web).map(drop)
        })
    }

    fn between_tiers(&mut self, cast: &Cast, desk: &Actor, which: &TicketRef, story: Story) -> Result<()> {
        if story == Story::Consulted {
            return self.step(desk, |tx| {
                let may = find_quietly(tx, which)?;
                handover::consult(tx, may, "Apakah ada gangguan di pusat data pagi ini?").map(drop)
            });
        }
        let ask = Ask {
            reason: "Akar gangguan di luar jangkauan kami.".into(),
            tried: "Memulai ulang perangkat, memeriksa kabel dan akun.".into(),
            requested: "Mohon diperiksa dari sisi server.".into(),
        };
        self.step(desk, |tx| {
            let may = find(tx, which)?;
            handover::escalate(tx, may, &ask)
        })?;
        let tier2 = pick(&cast.tier2, 0)?;
        match story {
            Story::Accepted => self.step(tier2, |tx| {
                let may = find(tx, which)?;
                start::start(tx, may).map(drop)
            }),
            Story::Returned => self.step(tier2, |tx| {
                let may = find(tx, which)?;
                let instructions = "Server normal. Hapus singgahan peramban lalu masuk kembali.";
                handover::give_back(tx, may, instructions).map(drop)
            }),
            _ => Ok(()),
        }
    }

    fn finish(&mut self, requester: &Actor, desk: &Actor, which: &TicketRef, story: Story) -> Result<()> {
        self.reply(desk, which, "Sudah kami perbaiki, silakan dicoba.")?;
        self.step(desk, |tx| {
            let may = find(tx, which)?;
            resolve::resolve(tx, may, "Layanan dimulai ulang dan diuji bersama pelapor.", Some("Layanan berhenti."))
                .map(drop)
        })?;
        match story {
            Story::Closed => self.step(requester, |tx| {
                let may = find(tx, which)?;
                close::close(tx, may, Some(5), Some("Cepat, terima kasih.")).map(drop)
            }),
            Story::Reopened => self.step(requester, |tx| {
                let may = find(tx, which)?;
                close::reopen(tx, may, "Masih muncul galat yang sama.").map(drop)
            }),
            _ => Ok(()),
        }
    }
}

pub(super) fn classification(category: &str, number: usize) -> Option<Classification> {
    match category {
        "keamanan_informasi" => Some(Classification::Secret),
        _ if number % 10 == 3 => Some(Classification::Restricted),
        _ => None,
    }
}

pub(super) fn pick<T>(from: &[T], number: usize) -> Result<&T> {
    from.get(number % from.len().max(1)).ok_or_else(|| Error::internal("demo: nothing to pick from"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{Datelike, Timelike};

    #[test]
    fn a_past_in_working_hours_keeps_its_order_and_has_no_weekend() {
        let begin = Ts::new("2026-02-01T00:00:00Z".parse().unwrap());
        let all: Vec<Ts> = (0..200).map(|n| in_working_hours(begin.plus(Duration::hours(n * 9)))).collect();
        assert!(all.is_sorted());
        for at in all {
            assert!(at.utc().weekday().number_from_monday() <= 5 && at.utc().hour() < 5, "{at:?}");
        }
    }
}
