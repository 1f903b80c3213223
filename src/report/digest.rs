//! The summary of a working morning, by mail to whoever watches over a region (L8, P8): what is open, near its deadline,
//! past it or late; and to whoever keeps one, if something of the service is ill. It names tickets by number alone, and is
//! owed once a day to each, on any number of nodes.

use super::coverage;
use super::glance::{overdue, standing, unfinished};
use crate::access::{Role, Tx};
use crate::db::page::Paging;
use crate::db::{Id, Ts};
use crate::error::Result;
use crate::mail::choice::{self, Topic};
use crate::mail::letter::{Fact, Facts, Happening, Room};
use crate::mail::outbox::{self, Owed, Pace};
use crate::mail::{daily, when};
use crate::message::{Language, Say};
use crate::org::person::{self, Contact};
use crate::org::region::Region;
use crate::org::{actor, grant, in_own_region};
use crate::say;
use crate::sla::calendar;
use crate::sla::lapse::{self, Lapse};
use crate::ticket::Ticket;
use crate::ticket::count::by_desk;
use crate::ticket::list::{Assignee, Filter, Risk, Sort, list};
use chrono::{Datelike, Duration, NaiveDate, NaiveTime, Timelike, Weekday};

/// Tickets that are named.
const NAMED: i64 = 8;
/// Closed organisations that are named.
const CLOSED: usize = 8;
/// Hours after which the summary of a morning is of no use any more.
const MORNING: i64 = 3;

/// The people of `region` who are owed today's summary: in the hours from `at` on, local time, on a day on which the
/// region works. Whoever keeps the region is owed one only if there is something to tell him, and another if he had his before
/// anything was ill.
///
/// # Errors
/// The database's.
pub fn owed(tx: &mut Tx<'_>, region: &Region, at: NaiveTime, ill: &[Say]) -> Result<Vec<Id>> {
    let day = region.day(tx.now);
    let since = region.begin_of(day).plus(Duration::seconds(at.num_seconds_from_midnight().into()));
    let is_morning = (since..since.plus(Duration::hours(MORNING))).contains(&tx.now);
    if !is_morning || !works(tx, region, day)? {
        return Ok(Vec::new());
    }
    let mut people = grant::holders(tx, region.id, Role::Coordinator, None)?;
    let keepers = grant::holders(tx, region.id, Role::Admin, None)?;
    if !ill.is_empty() || is_pressing(&lapse::of(tx, region)?, day) {
        people.extend(&keepers);
        people.sort_unstable();
        people.dedup();
    }
    let done = daily::done(tx, &people, day)?;
    let is_news = |(person, told): &(Id, Option<Ts>)| told.is_none() && !ill.is_empty() && keepers.contains(person);
    people.retain(|person| done.iter().find(|(done, _)| done == person).is_none_or(is_news));
    if !people.is_empty() && !region.requires(Topic::Digest) {
        let refusing = choice::refusing(tx, &people, Topic::Digest)?;
        people.retain(|person| !refusing.contains(person));
    }
    Ok(people)
}

/// `true` if what runs out is worth a mail of its own: every morning once it has, before that on Mondays.
fn is_pressing(lapses: &[Lapse], day: NaiveDate) -> bool {
    lapses.iter().any(|lapse| lapse.is_over || day.weekday() == Weekday::Mon)
}

fn works(tx: &mut Tx<'_>, region: &Region, day: NaiveDate) -> Result<bool> {
    let Some(edition) = calendar::default_of(tx, region.id)? else { return Ok(false) };
    Ok(!calendar::compiled(tx, edition)?.plan(day).windows.is_empty())
}

/// Owes `people` the summary of today, and whoever had it what is ill, unless another node was faster.
///
/// # Errors
/// The database's.
pub fn owe(tx: &mut Tx<'_>, region: &Region, people: &[Id], ill: &[Say]) -> Result<()> {
    let (day, now) = (region.day(tx.now), tx.now);
    let keepers = grant::holders(tx, region.id, Role::Admin, None)?;
    let watchers = grant::holders(tx, region.id, Role::Coordinator, None)?;
    let lapses = lapse::of(tx, region)?;
    for to in person::contacts(tx, people)? {
        let ill = if keepers.contains(&to.id) { ill } else { &[] };
        let is_first = daily::is_first(tx, to.id, day)?;
        let is_news = !ill.is_empty() && daily::is_news(tx, to.id, day)?;
        if is_first || is_news {
            let reader = actor::as_person(tx.conn(), to.id)?;
            let service = service(to.language, ill, &lapses);
            let mut theirs = tx.acting_as(reader, now);
            let facts = if is_first && watchers.contains(&to.id) {
                facts(&mut theirs, region, &to, day, service)?
            } else {
                ills(&theirs, region, &to, day, service)
            };
            let id = tx.new_id();
            outbox::queue_alone(tx, id, letter(to, facts), now.plus(Duration::days(1)))?;
        }
    }
    Ok(())
}

fn letter(to: Contact, facts: Facts) -> Owed {
    Owed {
        person: to.id,
        recipient: to.email,
        kind: Topic::Digest.text(),
        pace: Pace::Prompt,
        language: to.language,
        secret: false,
        facts,
    }
}

/// What stands in it, as its reader sees the region.
fn facts(tx: &mut Tx<'_>, region: &Region, to: &Contact, day: NaiveDate, service: Vec<Fact>) -> Result<Facts> {
    let language = to.language;
    let mut rows = told(tx, region, language)?;
    let among = |risk, filter| Filter { sla: Some(risk), ..filter };
    for (name, filter) in [
        (say!("mail.digest.overdue_list"), among(Risk::Overdue, Filter::default())),
        (say!("mail.digest.missed_list"), among(Risk::Breached, unfinished())),
        (say!("mail.digest.near"), among(Risk::AtRisk, unfinished())),
    ] {
        let named = named(tx, filter)?;
        if !named.is_empty() {
            rows.push((name.text(language), named));
        }
    }
    let covered = coverage::report(tx, &in_own_region(tx)?)?;
    if !covered.uncovered.is_empty() {
        let name = say!("mail.digest.uncovered", tier1 = region.terms().tier1).text(language);
        rows.push((name, covered.uncovered.len().to_string()));
    }
    if !covered.closed.is_empty() {
        let names: Vec<&str> = covered.closed.iter().take(CLOSED).map(|opd| opd.name.as_str()).collect();
        let names = format!(
            "{} ({}{})",
            covered.closed.len(),
            names.join("; "),
            if covered.closed.len() > CLOSED { " …" } else { "" }
        );
        rows.push((say!("mail.digest.closed").text(language), names));
    }
    rows.extend(service);
    let date = when::date(day, language);
    let happening = Happening {
        at: tx.now,
        title: say!("mail.digest.title", date = date).text(language),
        line: say!("mail.digest.line", region = region.name).text(language),
        rows: Vec::new(),
        quote: None,
    };
    let facts = Facts::without_ticket(region.desk(), to.name.clone(), happening, rows);
    Ok(Facts { place: Some(Room::Overview), ..facts })
}

/// What is told of the service alone, to whoever keeps it and doesn't watch over the desks, or knows already how they stand.
fn ills(tx: &Tx<'_>, region: &Region, to: &Contact, day: NaiveDate, service: Vec<Fact>) -> Facts {
    let language = to.language;
    let date = when::date(day, language);
    let happening = Happening {
        at: tx.now,
        title: say!("mail.service.title", date = date).text(language),
        line: say!("mail.service.line", region = region.name).text(language),
        rows: Vec::new(),
        quote: None,
    };
    let facts = Facts::without_ticket(region.desk(), to.name.clone(), happening, service);
    Facts { place: Some(Room::Health), ..facts }
}

/// What is ill, and what runs out.
fn service(language: Language, ill: &[Say], lapses: &[Lapse]) -> Vec<Fact> {
    let ill = ill.iter().map(|told| (say!("mail.service.ill"), told.text(language)));
    let lapses = lapses.iter().map(|lapse| (say!("mail.digest.runs_out"), lapse.told_in(language).text(language)));
    ill.chain(lapses).map(|(name, told)| (name.text(language), told)).collect()
}

fn told(tx: &mut Tx<'_>, region: &Region, language: Language) -> Result<Vec<Fact>> {
    let (terms, all) = (region.terms(), standing(tx)?);
    let open = |tier| all.iter().filter(|s| s.tier == tier).map(|s| s.open).sum::<i64>();
    let unassigned = by_desk(tx, &Filter { assignee: Some(Assignee::None), ..unfinished() })?;
    let missed = by_desk(tx, &Filter { sla: Some(Risk::Breached), ..unfinished() })?;
    let rows = [
        (say!("mail.digest.open", desk = terms.tier1), open(1)),
        (say!("mail.digest.open", desk = terms.tier2), open(2)),
        (say!("mail.digest.unassigned"), unassigned.iter().map(|(_, _, tickets)| tickets).sum()),
        (say!("mail.digest.at_risk"), all.iter().map(|s| s.at_risk).sum()),
        (say!("mail.digest.overdue"), overdue(tx, None)?),
        (say!("mail.digest.missed"), missed.iter().map(|(_, _, tickets)| tickets).sum()),
    ];
    Ok(rows.into_iter().map(|(name, n)| (name.text(language), n.to_string())).collect())
}

/// Numbers of the tickets that are nearest, or longest past.
fn named(tx: &mut Tx<'_>, filter: Filter) -> Result<String> {
    let filter = Filter { sort: Some(Sort::Due), ..filter };
    let tickets: Vec<Ticket> = list(tx, &filter, &Paging { limit: Some(NAMED), cursor: None })?.items;
    Ok(tickets.into_iter().map(|ticket| ticket.number).collect::<Vec<_>>().join(", "))
}
