//! A demo with very many tickets: the same organisation over a longer past, so that a month holds about the same number
//! of tickets however many there are in all.

use super::tickets::{Text, classification, pick, service_of};
use crate::access::{Role, Tx};
use crate::app::{App, Caller};
use crate::catalog::{Impact, Urgency};
use crate::db::{Id, Ts};
use crate::error::{Error, Result};
use crate::org::crowd::{self, Crowd};
use crate::org::region::Region;
use crate::org::{InRegion, actor, person};
use crate::ticket::history::{Life, Rows, Step, World};
use crate::ticket::{Channel, PendingReason, Ticket, open};
use chrono::{Datelike, Duration, Weekday};
use std::collections::HashMap;
use std::sync::Arc;

/// Tickets that a region opens on a working day: 20,000 people in four regions, four tickets each in a year of 250
/// working days.
const A_DAY: usize = 80;
/// Working days over which fewer tickets are spread.
const FEWEST_DAYS: usize = 42;
/// People and agents of a full demo, over all regions.
const PEOPLE: usize = 20_000;
const AGENTS: usize = 500;
/// Days for which notices are kept: what is older has been read.
const NOTICES_DAYS: i64 = 14;
/// Minutes of the desks' day, from 07:30 in western Indonesia (00:30 UTC).
const DAY_MINUTES: i64 = 510;
const MORNING: i64 = 30;

/// What is needed to tell a region's tickets.
pub struct Stage {
    world: World,
    /// Each with the code of its service.
    texts: Vec<(Option<String>, Text)>,
    requesters: Vec<(Id, Id)>,
    technicians: HashMap<Id, Vec<Id>>,
    tier2: Vec<Id>,
    coordinator: Id,
    now: Ts,
}

/// People for so many tickets: as many as a full demo has from 10,000 tickets on.
///
/// # Errors
/// What stands in the way.
pub async fn settle(app: &App, region: &Region, (place, regions): (usize, usize), tickets: usize) -> Result<()> {
    let share = |full: usize, a_person: usize| full.min(tickets * a_person / 10_000 + 8) / regions.max(1);
    let (people, agents) = (share(PEOPLE, PEOPLE), share(AGENTS, AGENTS));
    let (id, login) = (region.id, format!("admin@{}", region.domain));
    app.write(Caller::Known(actor::console(Some(id))), super::origin(), move |tx| {
        let hash = person::by_login(tx, Some(id), &login)?.and_then(|p| p.password_hash);
        let may = crate::access::check(&tx.actor, InRegion(id))?;
        crowd::settle(tx, &may, &Crowd { place, people, agents, hash }).map(drop)
    })
    .await
}

/// When so many tickets of a region were opened, oldest first, the last one not long before `now`.
#[must_use]
pub fn instants(count: usize, now: Ts) -> Vec<Ts> {
    let a_day = A_DAY.min(count.div_ceil(FEWEST_DAYS)).max(1);
    let apart = DAY_MINUTES * 60 / i64::try_from(a_day).unwrap_or(1);
    let mut all = Vec::with_capacity(count);
    let mut day = now.utc().date_naive();
    while all.len() < count {
        let morning = Ts::new(day.and_time(chrono::NaiveTime::MIN).and_utc()).plus(Duration::minutes(MORNING));
        let works = !matches!(day.weekday(), Weekday::Sat | Weekday::Sun);
        for n in (0..a_day).rev().filter(|_| works) {
            let at = morning.plus(Duration::seconds(apart * i64::try_from(n).unwrap_or(0)));
            if at <= now && all.len() < count {
                all.push(at);
            }
        }
        let Some(before) = day.pred_opt() else { break };
        day = before;
    }
    all.reverse();
    all
}

impl Stage {
    /// That of a region.
    ///
    /// # Errors
    /// If the demo's people are missing.
    pub fn set(tx: &mut Tx<'_>, region: Region) -> Result<Self> {
        let now = tx.now;
        let world = World::of(tx, region, now.plus(-Duration::days(NOTICES_DAYS)))?;
        let places = |role| world.holders(role).filter_map(|m| Some((m.person, m.opd?)));
        let missing = || Error::start("seed: the demo's people are missing");
        let coordinator = world.holders(Role::Coordinator).map(|m| m.person).next().ok_or_else(missing)?;
        let mut technicians: HashMap<Id, Vec<Id>> = HashMap::new();
        for (person, opd) in places(Role::Tier1) {
            technicians.entry(opd).or_default().push(person);
        }
        let texts = super::tickets::texts()?.into_iter().map(|text| (service_of(&text.category), text)).collect();
        Ok(Self {
            texts,
            requesters: places(Role::Requester).collect(),
            technicians,
            tier2: world.holders(Role::Tier2).map(|m| m.person).collect(),
            coordinator,
            world,
            now,
        })
    }

    /// Tells the tickets that were opened at these instants; `numbers` are theirs, `first` is the place of the first
    /// among all of the region.
    ///
    /// # Errors
    /// What stands in the way.
    pub fn tell(&self, tx: &mut Tx<'_>, opened: &[Ts], numbers: &[String], first: usize) -> Result<Rows> {
        let mut rows = Rows::default();
        for (n, (at, number)) in opened.iter().zip(numbers).enumerate() {
            let place = first + n;
            let mut dice = Dice(u64::try_from(place).unwrap_or_default().wrapping_mul(0x9e37_79b9_7f4a_7c15));
            let (ticket, stranded) =
                self.ticket(&tx.acting_as(crate::access::Actor::anonymous(), *at), number, place, &mut dice)?;
            let mut life = Life::open(tx, &self.world, ticket, stranded)?;
            self.live(tx, &mut life, &mut dice)?;
            life.until(tx, self.now)?;
            life.end(&mut rows);
        }
        Ok(rows)
    }

    /// The ticket as it was opened, and whether it went to Tier 2 only for want of a Tier 1.
    fn ticket(&self, tx: &Tx<'_>, number: &str, place: usize, dice: &mut Dice) -> Result<(Ticket, bool)> {
        let (code, text) = pick(&self.texts, place)?;
        let (requester, opd) = *pick(&self.requesters, dice.below(self.requesters.len()))?;
        let service = code.as_ref().and_then(|code| self.world.service(code)).filter(|s| s.takes(text.kind));
        let (tier, stranded) = self.world.tier(opd, service);
        let impact = text.impact.or(service.map(|s| s.impact)).unwrap_or(Impact::Medium);
        let urgency = text.urgency.or(service.map(|s| s.urgency)).unwrap_or(Urgency::Medium);
        let beginning = open::Beginning {
            region_id: self.world.region.id,
            opd_id: opd,
            requester_id: requester,
            opened_by: requester,
            kind: text.kind,
            service_id: service.map(|s| s.id),
            subject: text.subject.clone(),
            description: format!("{} Ruang {}, perangkat BMD-{place:07}.", text.description, dice.below(400) + 1),
            impact,
            urgency,
            classification: classification(&text.category, place).unwrap_or(crate::ticket::Classification::Open),
            channel: *pick(&[Channel::Web, Channel::Phone, Channel::Email, Channel::WalkIn], place)?,
            tier,
        };
        let ticket = Ticket { number: number.to_owned(), ..beginning.ticket(tx) };
        Ok((ticket, stranded))
    }

    /// Its steps, until one would lie in the future: so the newest tickets are the unfinished ones.
    fn live(&self, tx: &mut Tx<'_>, life: &mut Life<'_>, dice: &mut Dice) -> Result<()> {
        let mut at = life.ticket.created_at;
        for (step, least, most) in plan(dice, life.ticket.tier) {
            at = at.plus(Duration::seconds(dice.between(least * 60, most * 60)));
            if at > self.now {
                break;
            }
            let who = self.who(life, &step, dice)?;
            let step = match step {
                Act::Assign => Step::Assign(self.desk(life, dice)?),
                Act::Desk(step) | Act::Requester(step) => step,
            };
            life.step(tx, who, at, step)?;
        }
        Ok(())
    }

    fn who(&self, life: &Life<'_>, act: &Act, dice: &mut Dice) -> Result<Id> {
        match act {
            Act::Assign => Ok(self.coordinator),
            Act::Requester(_) => Ok(life.ticket.requester_id),
            Act::Desk(_) => life.ticket.assignee_id.map_or_else(|| self.desk(life, dice), Ok),
        }
    }

    fn desk(&self, life: &Life<'_>, dice: &mut Dice) -> Result<Id> {
        let desk = match self.technicians.get(&life.ticket.opd_id) {
            Some(technicians) if life.ticket.tier == 1 => technicians,
            _ => &self.tier2,
        };
        pick(desk, dice.below(desk.len())).copied()
    }
}

/// Whose step it is.
enum Act {
    Assign,
    Desk(Step),
    Requester(Step),
}

/// What becomes of a ticket: each step with the least and most minutes before it; short waits are the usual ones.
fn plan(dice: &mut Dice, tier: i32) -> Vec<(Act, i64, i64)> {
    use Act::{Desk, Requester};
    if dice.of_100(4) {
        return vec![(Requester(Step::Cancel), 20, 600)];
    }
    let mut all = Vec::new();
    if dice.of_100(10) {
        all.push((Act::Assign, 5, 60));
    }
    all.push((Desk(Step::Start), 4, 400));
    if dice.of_100(60) {
        all.push((Desk(Step::Say("Sedang kami periksa, mohon ditunggu.")), 10, 120));
    }
    if tier == 1 && dice.of_100(18) {
        all.push((Desk(Step::Escalate), 30, 400));
        all.push((Desk(Step::Start), 10, 300));
        if dice.of_100(12) {
            all.push((Desk(Step::Return), 60, 600));
        }
    }
    if dice.of_100(15) {
        all.push((Desk(Step::Pend(PendingReason::Requester)), 20, 120));
        all.push((Requester(Step::Say("Berikut tangkapan layarnya.")), 60, 2880));
    }
    if dice.of_100(3) {
        all.push((Desk(Step::Pend(PendingReason::Vendor)), 60, 300));
        all.push((Desk(Step::Resume), 1440, 28_800));
    }
    all.push((Desk(Step::Resolve), 30, 5000));
    if dice.of_100(3) {
        all.push((Requester(Step::Reopen), 60, 1440));
        all.push((Desk(Step::Resolve), 60, 1440));
    }
    if dice.of_100(70) {
        let stars = if dice.of_100(70) { 5 } else { 3 };
        all.push((Requester(Step::Close(stars)), 30, 2500));
    }
    all
}

/// Numbers that are the same in every run (`SplitMix64`).
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        let end = u64::try_from(end).unwrap_or(1).max(1);
        usize::try_from(self.next() % end).unwrap_or(0)
    }

    fn of_100(&mut self, parts: usize) -> bool {
        self.below(100) < parts
    }

    /// Most often near `least`.
    fn between(&mut self, least: i64, most: i64) -> i64 {
        let part = i64::try_from(self.below(1000)).unwrap_or(0);
        least + (most - least) * part * part / 1_000_000
    }
}

/// Tickets that are told together: one transaction, one entry of the audit log. So many that each page of an index is
/// written once for many rows, and so few that they are held in memory twice.
const BATCH: usize = 4000;

/// Tells `count` tickets of a region, a batch at a time; the next is told while one is stored.
///
/// # Errors
/// What stands in the way.
pub async fn tell(app: &App, region: &Region, count: usize) -> Result<()> {
    let keeper = || Caller::Known(actor::console(Some(region.id)));
    let of = region.clone();
    let stage = Arc::new(app.read(keeper(), super::origin(), move |tx| Stage::set(tx, of)).await?);
    let opened = instants(count, stage.now);
    let (mut told, mut stored) = (None, 0);
    for batch in opened.chunks(BATCH).map(Some).chain([None]) {
        let next = match batch {
            None => None,
            Some(batch) => {
                let numbers = reserve(app, region, batch).await?;
                let (stage, batch, first) = (Arc::clone(&stage), batch.to_vec(), stored);
                stored += batch.len();
                let read = app.read(keeper(), super::origin(), move |tx| stage.tell(tx, &batch, &numbers, first));
                Some(read)
            }
        };
        let store = async {
            match told.take() {
                None => Ok(()),
                Some(rows) => store(app, region, rows).await,
            }
        };
        let next = async {
            match next {
                None => Ok(None),
                Some(read) => read.await.map(Some),
            }
        };
        let (kept, rows) = tokio::join!(store, next);
        kept?;
        told = rows?;
    }
    Ok(())
}

/// Mebibytes of pages that the writer keeps while it stores.
const ROOM: u32 = 512;

async fn store(app: &App, region: &Region, rows: Rows) -> Result<()> {
    let (region, rows) = (region.clone(), Arc::new(rows));
    app.write(Caller::Known(actor::console(Some(region.id))), super::origin(), move |tx| {
        crate::db::make_room(tx.conn(), ROOM)?;
        rows.store(tx, &region)
    })
    .await
}

/// The numbers of tickets that were opened at these instants, which are in order.
async fn reserve(app: &App, region: &Region, opened: &[Ts]) -> Result<Vec<String>> {
    let mut years: Vec<(i32, i32)> = Vec::new();
    for at in opened {
        let year = region.year(*at);
        match years.last_mut() {
            Some((last, count)) if *last == year => *count += 1,
            _ => years.push((year, 1)),
        }
    }
    let region = region.clone();
    app.write(Caller::Known(actor::console(Some(region.id))), super::origin(), move |tx| {
        let mut numbers = Vec::new();
        for (year, count) in &years {
            let last = open::reserve(tx, region.id, *year, *count)?;
            numbers.extend((last - count + 1..=last).map(|n| open::number(&region, *year, n)));
        }
        Ok(numbers)
    })
    .await
}
