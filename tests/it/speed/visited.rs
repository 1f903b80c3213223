//! How many rows a page looks at. What lies before it costs nothing, however it is planned: a plan that seeks its index and
//! then walks a whole region has no word that says so.

use crate::support::build::ticket;
use crate::support::client::id;
use crate::support::{Cast, TestApp};
use chrono::Duration;
use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use serde_json::json;
use sigap::access::{Actor, Tx};
use sigap::audit;
use sigap::db::page::Paging;
use sigap::db::{Conn, Id, Ts};
use sigap::error::Result;
use sigap::notice;
use sigap::org::{actor, directory};
use sigap::ticket::figures::{self, Part, Span};
use sigap::ticket::list::{Filter, Sort, list};
use sigap::ticket::{Status, Ticket, comment, event};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

#[diesel::declare_sql_function]
extern "SQL" {
    /// Holds for every row, and is asked of each that is looked at.
    fn is_looked_at(row: BigInt) -> Bool;
}

#[derive(QueryableByName)]
struct Fetched {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// What PostgreSQL says of its own: rows of a table that this transaction's indexes and scans have fetched.
fn fetched(conn: &mut PgConnection, table: &str) -> Result<usize> {
    let sql = format!(
        "SELECT (COALESCE(idx_tup_fetch, 0) + COALESCE(seq_tup_read, 0))::bigint AS count \
         FROM pg_stat_xact_user_tables WHERE relname = '{table}'"
    );
    Ok(usize::try_from(diesel::sql_query(sql).get_result::<Fetched>(conn)?.count).unwrap())
}

/// How many rows of `table` the statements of `f` look at. SQLite counts in a view that stands before the table meanwhile;
/// PostgreSQL is told to go by an index in its order, as it would with more rows than a test has.
fn visited<T>(tx: &mut Tx<'_>, table: &str, f: impl FnOnce(&mut Tx<'_>) -> Result<T>) -> Result<(T, usize)> {
    let count = Arc::new(AtomicUsize::new(0));
    let before = match tx.conn() {
        Conn::Sqlite(c) => {
            let seen = Arc::clone(&count);
            let counted = move |_: i64| seen.fetch_add(1, Ordering::Relaxed) < usize::MAX;
            is_looked_at_utils::register_nondeterministic_impl(c, counted)?;
            c.batch_execute(&format!(
                "CREATE TEMP VIEW {table} AS SELECT t.* FROM main.{table} AS t WHERE is_looked_at(t.rowid)"
            ))?;
            0
        }
        Conn::Pg(c) => {
            let dear = ["seqscan", "bitmapscan", "sort", "incremental_sort"];
            c.batch_execute(&dear.map(|way| format!("SET LOCAL enable_{way} = off;")).concat())?;
            fetched(c, table)?
        }
    };
    let outcome = f(tx);
    let after = match tx.conn() {
        Conn::Sqlite(c) => {
            c.batch_execute(&format!("DROP VIEW temp.{table}"))?;
            count.load(Ordering::Relaxed)
        }
        Conn::Pg(c) => fetched(c, table)?,
    };
    Ok((outcome?, after - before))
}

/// Rows of a page of these tests.
const ROWS: i64 = 4;
/// What a page may look at: its rows, the one more that says that there is another page, and the one behind which it begins.
const MOST: usize = 6;

/// What each page of a list looks at, from the first to the last.
fn of_each_page(
    tx: &mut Tx<'_>,
    table: &str,
    page: impl Fn(&mut Tx<'_>, &Paging) -> Result<Option<String>>,
) -> Result<Vec<usize>> {
    let (mut costs, mut cursor) = (Vec::new(), None);
    loop {
        let paging = Paging { limit: Some(ROWS), cursor };
        let (next, cost) = visited(tx, table, |tx| page(tx, &paging))?;
        costs.push(cost);
        cursor = next;
        if cursor.is_none() {
            return Ok(costs);
        }
    }
}

/// What everybody reads who was there when a ticket was talked about for long; what nothing was stepped between has one time.
#[actix_web::test]
async fn the_last_page_of_a_list_looks_at_as_many_rows_as_the_first() {
    let cast = Cast::new().await;
    let made = cast.requester.open("SIMPEG lambat").await;
    for n in 0..24 {
        cast.tier1.say(&made, "public", &format!("Masih dicari, {n}.")).await.created();
        if n % 3 == 0 {
            cast.later();
        }
    }
    let named: Id = id(&made).parse().unwrap();
    let [reader, auditor, admin] = [
        cast.app.person("pegawai.dinkes@lebakkab.go.id").await,
        cast.app.person("auditor@lebakkab.go.id").await,
        cast.app.person("admin@lebakkab.go.id").await,
    ];
    let costs = cast
        .app
        .within(move |tx| {
            let now = tx.now;
            let comments = of_each_page(tx, "comments", |tx, paging| Ok(comment::list(tx, named, true, paging)?.next))?;
            let lines = of_each_page(tx, "events", |tx, paging| Ok(event::list(tx, named, true, paging)?.next))?;
            let newest = of_each_page(tx, "events", |tx, paging| Ok(event::newest(tx, named, true, paging)?.next))?;
            let who = actor::as_person(tx.conn(), reader)?;
            let mut his = tx.acting_as(who, now);
            let notices = of_each_page(&mut his, "notices", |tx, paging| Ok(notice::list(tx, false, paging)?.next))?;
            let who = actor::as_person(tx.conn(), auditor)?;
            let mut his = tx.acting_as(who, now);
            let entries = of_each_page(&mut his, "audit_entries", |tx, paging| {
                let may = audit::list::own(tx)?;
                Ok(audit::list::list(tx, &may, &audit::list::Filter::default(), paging)?.next)
            })?;
            let who = actor::as_person(tx.conn(), admin)?;
            let mut his = tx.acting_as(who, now);
            let people = of_each_page(&mut his, "people", |tx, paging| {
                let (limit, cursor) = (paging.limit, paging.cursor.clone());
                Ok(directory::list(tx, &directory::Search { limit, cursor, ..directory::Search::default() })?.next)
            })?;
            Ok([
                ("comments", comments),
                ("events", lines),
                ("newest events", newest),
                ("notices", notices),
                ("entries", entries),
                ("people", people),
            ])
        })
        .await;
    for (what, costs) in &costs {
        assert!(costs.len() > 2, "{what}: {costs:?}");
        assert!(costs.iter().all(|cost| (1..=MOST).contains(cost)), "{what}: {costs:?}");
    }
}

/// So many tickets of an organisation, half of them finished, each changed a second after the one before, and opened three at
/// a time.
fn many(region: Id, opd: Id, requester: Id, count: i64) -> Vec<Ticket> {
    let at = crate::support::app::monday_morning();
    let one = |n: i64| {
        let mut row = ticket(region, opd, requester, at + Duration::seconds(n / 3));
        row.updated_at = Ts::new(at + Duration::seconds(count + n));
        row.status = if n % 2 == 0 { Status::Closed } else { Status::New };
        row
    };
    (0..count).map(one).collect()
}

#[actix_web::test]
async fn a_report_looks_at_each_ticket_once_and_at_those_of_earlier_pages_no_more() {
    let app = TestApp::new().await;
    let (region, opd) = (app.region("lebak").await, app.opd("lebak", "dinkes").await);
    let requester = app.person("pegawai.dinkes@lebakkab.go.id").await;
    app.plant(many(region, opd, requester, 120)).await;
    let first = crate::support::app::monday_morning();
    for (part, from) in [
        (Part::Moved, first),
        // Nothing has moved since.
        (Part::Waiting(Status::New), first + Duration::days(1)),
    ] {
        let span = Span { from: Ts::new(from), until: Ts::new(first + Duration::days(2)), opd: None };
        let costs = app
            .within(move |tx| {
                let now = tx.now;
                let mut tx = tx.acting_as(Actor::timer(region), now);
                let (mut costs, mut after) = (Vec::new(), None);
                loop {
                    let ((page, last), cost) =
                        visited(&mut tx, "tickets", |tx| figures::page(tx, part, span, after, 10))?;
                    costs.push((page.len(), cost));
                    after = last;
                    if page.len() < 10 {
                        return Ok(costs);
                    }
                }
            })
            .await;
        assert!(costs.len() > 5, "{costs:?}");
        // Its rows, once more for what was said of them, and the one behind which it begins.
        assert!(costs.iter().all(|(found, cost)| *cost <= 2 * found + 1), "{part:?}: {costs:?}");
    }
}

/// On SQLite, whose plans are the same at every size; PostgreSQL chooses by what it counts in the table.
#[actix_web::test]
async fn a_technician_of_a_small_organisation_does_not_walk_his_region_for_a_page() {
    let app = TestApp::new().await;
    let region = app.region("lebak").await;
    let (large, small) = (app.opd("lebak", "dinkes").await, app.opd("lebak", "disdik").await);
    let requester = app.person("pegawai.dinkes@lebakkab.go.id").await;
    let technician = app.person("teknisi.disdik@lebakkab.go.id").await;
    // He works on most of the others' too, which he is not shown for that.
    let mut rows = many(region, small, requester, 9);
    rows.extend(many(region, large, requester, 300));
    for row in rows.iter_mut().skip(100) {
        row.assignee_id = Some(technician);
    }
    app.plant(rows).await;
    let asked = [
        (Vec::new(), None),
        (Vec::new(), Some(Sort::Oldest)),
        (Vec::new(), Some(Sort::Due)),
        (vec![Status::Closed], Some(Sort::Newest)),
        (vec![Status::Closed, Status::Cancelled], Some(Sort::Due)),
    ];
    let costs = app
        .within(move |tx| {
            if matches!(tx.conn(), Conn::Pg(_)) {
                return Ok(Vec::new());
            }
            let (now, who) = (tx.now, actor::as_person(tx.conn(), technician)?);
            let mut tx = tx.acting_as(who, now);
            let mut costs = Vec::new();
            for (status, sort) in asked.clone() {
                let filter = Filter { status, sort, ..Filter::default() };
                let cost = of_each_page(&mut tx, "tickets", |tx, paging| Ok(list(tx, &filter, paging)?.next))?;
                costs.push((filter, cost));
            }
            Ok(costs)
        })
        .await;
    for (filter, costs) in costs {
        // Nine are his; of those that are closed, each page passes over the others between them.
        assert!(costs.len() > 1 && costs.iter().all(|cost| (1..=9).contains(cost)), "{filter:?}: {costs:?}");
    }
}

/// A count that no plan could exceed would prove nothing.
#[actix_web::test]
async fn rows_that_are_passed_over_are_counted_too() {
    let app = TestApp::new().await;
    let (region, opd) = (app.region("lebak").await, app.opd("lebak", "dinkes").await);
    let requester = app.person("pegawai.dinkes@lebakkab.go.id").await;
    app.plant(many(region, opd, requester, 30)).await;
    let coordinator = app.person("koordinator@lebakkab.go.id").await;
    let (found, cost) = app
        .within(move |tx| {
            let (now, who) = (tx.now, actor::as_person(tx.conn(), coordinator)?);
            let mut tx = tx.acting_as(who, now);
            let filter = Filter { tier: Some(2), ..Filter::default() };
            visited(&mut tx, "tickets", |tx| Ok(list(tx, &filter, &Paging::default())?.items.len()))
        })
        .await;
    assert_eq!((found, cost), (0, 30));
}

/// A log in which nearly everything is the daily work of one technician.
#[actix_web::test]
async fn what_is_rare_in_the_audit_log_is_found_without_a_walk_through_it() {
    let cast = Cast::new().await;
    let region = cast.app.region("lebak").await;
    let [auditor, admin, busy, rare] = [
        cast.app.person("auditor@lebakkab.go.id").await,
        cast.app.person("admin@lebakkab.go.id").await,
        cast.app.person("teknisi.dinkes@lebakkab.go.id").await,
        cast.app.person("tier2.dua@lebakkab.go.id").await,
    ];
    let sought = Id(uuid::Uuid::from_u128(7));
    let costs = cast
        .app
        .within(move |tx| {
            let now = tx.now;
            let work = |tx: &mut Tx<'_>, who: Id, action: &str, kind: &'static str, id: Id| {
                let who = actor::as_person(tx.conn(), who)?;
                let object = audit::Object { kind, id: Some(id), region: Some(region) };
                audit::append(&mut tx.acting_as(who, now), action, object, json!({}))
            };
            for n in 0..400 {
                work(tx, busy, "ticket.commented", "ticket", Id(uuid::Uuid::from_u128(1000 + n)))?;
                if n % 200 == 0 {
                    work(tx, rare, "ticket.cancelled", "ticket", sought)?;
                    work(tx, admin, "person.change", "person", rare)?;
                }
            }
            if let Conn::Pg(c) = tx.conn() {
                c.batch_execute("ANALYZE audit_entries")?;
            }
            let mut costs = Vec::new();
            let all = audit::list::Filter::default;
            for (what, reader, filter, most) in [
                ("act", auditor, audit::list::Filter { action: Some("ticket.cancelled".into()), ..all() }, 2),
                ("object", auditor, audit::list::Filter { object: Some(sought), ..all() }, 2),
                // What he did, and what was done to him: his entry and his role, too, when the region was made.
                ("person", auditor, audit::list::Filter { about: Some(rare), ..all() }, 12),
                // Two lists, each as far as the page goes.
                ("busy person", auditor, audit::list::Filter { about: Some(busy), ..all() }, 2 * MOST),
                ("settings", admin, all(), MOST),
            ] {
                let who = actor::as_person(tx.conn(), reader)?;
                let mut his = tx.acting_as(who, now);
                let paging = Paging { limit: Some(ROWS), cursor: None };
                let (page, cost) = visited(&mut his, "audit_entries", |tx| {
                    let may = audit::list::own(tx)?;
                    audit::list::list(tx, &may, &filter, &paging)
                })?;
                costs.push((what, page.items.len(), cost, most));
            }
            Ok(costs)
        })
        .await;
    assert!(
        costs.iter().all(|(_, found, cost, most)| *found >= 2 && cost <= most),
        "what, found, cost, most: {costs:?}"
    );
}
