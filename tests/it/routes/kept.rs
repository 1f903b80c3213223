//! What is stored, before and after the matrix: a refused request leaves no trace.

use super::oracle::Cell;
use super::things::{Rows, Thing};
use super::world::World;
use crate::support::TestApp;
use diesel::prelude::*;
use serde_json::Value;
use sigap::access::Tx;
use sigap::db::{Id, Json, Ts, schema};
use sigap::error::Result;
use sigap::on;
use sigap::sla::clock::{Fact, Waited};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Writes the rows of all cells.
pub async fn store(app: &TestApp, rows: Rows) {
    let rows = Arc::new(rows);
    app.plant(rows.tickets.clone()).await;
    app.within(move |tx| {
        macro_rules! all {
            ($($table:ident from $rows:ident),+) => { $(
                for some in rows.$rows.chunks(200) {
                    let some = some.to_vec();
                    on!(tx.conn(), |c| diesel::insert_into(schema::$table::table).values(&some).execute(c))?;
                }
            )+ };
        }
        all!(people from people, grants from grants, sessions from sessions, attachments from attachments,
            ticket_links from links, notices from notices, sla_clocks from clocks, sla_waivers from waivers, mails from mails,
            inbound_mails from inbound, saved_views from views, canned_answers from answers);
        for clock in &rows.clocks {
            use schema::sla_facts as facts;
            let (target_seconds, basis) = (clock.target_seconds, clock.basis);
            let carried_waits = Waited::default();
            let started = Fact::Started { target_seconds, basis, carried_micros: 0, carried_waits };
            let fact = serde_json::to_value(started).unwrap();
            let of = (facts::clock_id.eq(clock.id), facts::place.eq(0), facts::at.eq(clock.started_at));
            on!(tx.conn(), |c| diesel::insert_into(facts::table).values((of, facts::fact.eq(Json(fact)))).execute(c))?;
        }
        Ok(())
    })
    .await;
}

/// What can be compared.
pub struct Kept {
    /// Each ticket as the coordinator sees it.
    tickets: BTreeMap<String, Value>,
    /// Rows that belong to a ticket, by table and ticket.
    parts: BTreeMap<(&'static str, Id), i64>,
    /// Version and roles of each person.
    people: BTreeMap<Id, (i32, i64, i64)>,
    /// Where each mail, in and out, stands.
    letters: BTreeMap<Id, String>,
    /// Rows of the tables that hold what a region is made of, and how often they were changed.
    totals: BTreeMap<&'static str, i64>,
    /// Holidays with which a region begins.
    holidays: i64,
}

impl Kept {
    pub async fn take(world: &World) -> Self {
        let listed = world.callers["coordinator"].client.walked("/tickets?sort=created_at", 200).await;
        let tickets = listed.into_iter().map(|ticket| (ticket["id"].as_str().unwrap().to_owned(), ticket)).collect();
        let all = world.app.within(|tx| Ok((parts(tx)?, people(tx)?, letters(tx)?, totals(tx)?)));
        let (parts, people, letters, totals) = all.await;
        let shipped = sigap::worktime::shipped().unwrap().holidays.len();
        Self { tickets, parts, people, letters, totals, holidays: i64::try_from(shipped).unwrap() }
    }

    /// What a refused cell has changed after all.
    pub fn differences<'a>(
        &self,
        after: &Self,
        cells: impl Iterator<Item = (&'a Cell, &'a str, &'a Thing)>,
    ) -> Vec<String> {
        let mut faults = Vec::new();
        let mut made: BTreeMap<&str, i64> = BTreeMap::new();
        for (cell, expected, thing) in cells {
            let name = format!("{} {} {}", cell.operation, cell.caller, cell.object);
            if expected == "2xx" {
                let step = if cell.operation.starts_with("remove") { -1 } else { 1 };
                let Some(table) = grows(&cell.operation) else { continue };
                *made.entry(table).or_default() += step;
                // A region is made with what it begins with.
                if table == "regions" {
                    *made.entry("calendars").or_default() += 1;
                    *made.entry("agreements").or_default() += 1;
                    *made.entry("holidays").or_default() += self.holidays;
                }
                continue;
            }
            let ids = match thing {
                Thing::Ticket { id, twin, .. } => vec![*id, *twin],
                Thing::Person { id, .. } if cell.object != "self" => {
                    if self.people.get(id) != after.people.get(id) {
                        faults.push(format!("{name}: refused, and yet the person has changed"));
                    }
                    continue;
                }
                Thing::Row(id) => {
                    if self.letters.get(id) != after.letters.get(id) {
                        faults.push(format!("{name}: refused, and yet the mail stands elsewhere"));
                    }
                    continue;
                }
                _ => continue,
            };
            for id in ids {
                let same_parts = TABLES.iter().all(|t| self.parts.get(&(t, id)) == after.parts.get(&(t, id)));
                let (was, is) = (self.tickets.get(&id.to_string()), after.tickets.get(&id.to_string()));
                if !same_parts || was != is {
                    let fields = changed(was, is).join(", ");
                    faults.push(format!("{name}: refused, and yet the ticket has changed: {fields}"));
                }
            }
        }
        for (table, before) in &self.totals {
            let (grown, made) = (after.totals[table] - before, made.get(table).copied().unwrap_or_default());
            if grown != made {
                faults.push(format!("{table}: {grown} new rows for {made} requests that may make one"));
            }
        }
        faults
    }
}

/// What of the totals an operation that was done changes.
fn grows(operation: &str) -> Option<&'static str> {
    Some(match operation {
        "openTicket" => "tickets",
        "createPerson" => "people",
        "createOpd" => "opds",
        "createService" => "services",
        "createRegion" => "regions",
        "createCalendar" => "calendars",
        "createAgreement" => "agreements",
        "createView" | "removeView" => "saved_views",
        "createAnswer" | "removeAnswer" => "canned_answers",
        "addHoliday" | "removeHoliday" => "holidays",
        "changeRegion" => "versions of regions",
        "changeOpd" => "versions of opds",
        "changeService" => "versions of services",
        "changeAgreement" => "versions of agreements",
        _ => return None,
    })
}

/// The fields of a ticket that another time's has otherwise.
fn changed<'a>(one: Option<&'a Value>, other: Option<&Value>) -> Vec<&'a str> {
    let fields = one.and_then(Value::as_object).into_iter().flatten();
    let differs = |(name, value): &(&String, &Value)| other.and_then(|other| other.get(*name)) != Some(*value);
    fields.filter(differs).map(|(name, _)| name.as_str()).collect()
}

const TABLES: [&str; 10] = [
    "events",
    "comments",
    "attachments",
    "watchers",
    "ticket_links",
    "notices",
    "handovers",
    "ratings",
    "sla_waivers",
    "mails",
];

fn parts(tx: &mut Tx<'_>) -> Result<BTreeMap<(&'static str, Id), i64>> {
    let mut all = BTreeMap::new();
    macro_rules! count {
        ($($table:ident),+) => { $(
            let ids: Vec<Id> =
                on!(tx.conn(), |c| schema::$table::table.select(schema::$table::ticket_id).load(c))?;
            for id in ids {
                *all.entry((stringify!($table), id)).or_default() += 1;
            }
        )+ };
    }
    count!(events, comments, attachments, watchers, ticket_links, notices, handovers, ratings, sla_waivers);
    let owed: Vec<Option<Id>> = on!(tx.conn(), |c| schema::mails::table.select(schema::mails::ticket_id).load(c))?;
    for id in owed.into_iter().flatten() {
        *all.entry(("mails", id)).or_default() += 1;
    }
    Ok(all)
}

fn letters(tx: &mut Tx<'_>) -> Result<BTreeMap<Id, String>> {
    let mut all = BTreeMap::new();
    macro_rules! stand {
        ($($table:ident),+) => { $(
            use schema::$table;
            let columns = ($table::id, $table::state, $table::attempts, $table::next_try_at);
            let rows: Vec<(Id, String, i32, Ts)> = on!(tx.conn(), |c| $table::table.select(columns).load(c))?;
            all.extend(rows.into_iter().map(|(id, state, tries, next)| (id, format!("{state} {tries} {next:?}"))));
        )+ };
    }
    stand!(mails, inbound_mails);
    Ok(all)
}

fn people(tx: &mut Tx<'_>) -> Result<BTreeMap<Id, (i32, i64, i64)>> {
    use schema::{grants, one_time_links as links, people};
    let rows: Vec<(Id, i32)> = on!(tx.conn(), |c| people::table.select((people::id, people::version)).load(c))?;
    let held: Vec<Id> =
        on!(tx.conn(), |c| grants::table.filter(grants::revoked_at.is_null()).select(grants::person_id).load(c))?;
    let issued: Vec<Option<Id>> = on!(tx.conn(), |c| links::table.select(links::person_id).load(c))?;
    let mut all: BTreeMap<Id, (i32, i64, i64)> = rows.into_iter().map(|(id, version)| (id, (version, 0, 0))).collect();
    for id in held {
        all.entry(id).or_default().1 += 1;
    }
    for id in issued.into_iter().flatten() {
        all.entry(id).or_default().2 += 1;
    }
    Ok(all)
}

fn totals(tx: &mut Tx<'_>) -> Result<BTreeMap<&'static str, i64>> {
    let mut all = BTreeMap::new();
    macro_rules! count {
        ($($table:ident),+ $(,)?) => { $(
            let rows: i64 = on!(tx.conn(), |c| schema::$table::table.count().get_result(c))?;
            all.insert(stringify!($table), rows);
        )+ };
    }
    count!(tickets, people, opds, services, regions, calendars, agreements, holidays, saved_views, canned_answers);
    macro_rules! changed {
        ($($name:literal from $table:ident),+ $(,)?) => { $(
            let versions: Vec<i32> = on!(tx.conn(), |c| schema::$table::table.select(schema::$table::version).load(c))?;
            all.insert($name, versions.into_iter().map(|version| i64::from(version) - 1).sum());
        )+ };
    }
    changed!("versions of regions" from regions, "versions of opds" from opds, "versions of services" from services, "versions of agreements" from agreements);
    Ok(all)
}
