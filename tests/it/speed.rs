//! What a request costs, in statements; and that none of them reads all tickets. Times are never asserted.

use crate::support::browser::Browser;
use crate::support::{Client, TestApp};
use actix_web::http::Method;
use chrono::Duration;
use diesel::connection::{CacheSize, Connection, Instrumentation, InstrumentationEvent};
use diesel::prelude::*;
use diesel::sql_types::Text;
use futures_util::future::join_all;
use serde_json::json;
use sigap::db::{Conn, Store};
use sigap::demo::past;
use sigap::error::Result;
use sigap::on;
use sigap::org::region;
use std::collections::BTreeSet;
use std::sync::{Arc, Barrier, Mutex};

/// What the writer of SQLite asks before each request, to know afterwards whether it left something.
const BOOKKEEPING: &str = "SELECT total_changes()";

/// The statements of an application, without beginnings and ends of transactions; and which of them are kept prepared.
#[derive(Clone, Default)]
struct Heard(Arc<Mutex<Vec<String>>>, Arc<Mutex<BTreeSet<String>>>);

impl Instrumentation for Heard {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        match event {
            InstrumentationEvent::StartQuery { query, .. } => {
                let text = query.to_string();
                if let Some((sql, _)) = text.rsplit_once(" -- binds: ")
                    && sql != BOOKKEEPING
                {
                    self.0.lock().unwrap().push(sql.to_owned());
                }
            }
            InstrumentationEvent::CacheQuery { sql, .. } => {
                self.1.lock().unwrap().insert(sql.to_owned());
            }
            _ => {}
        }
    }
}

impl Heard {
    /// Listens to every connection that the application has.
    async fn on(app: &TestApp) -> Self {
        let heard = Self::default();
        let ear = heard.clone();
        let store = app.app.store.clone();
        let connections = if matches!(store, Store::Sqlite(_)) { 4 } else { app.app.config.database_pool };
        listen(&store, &ear, connections).await;
        if matches!(app.app.store, Store::Sqlite(_)) {
            let ear = heard.clone();
            let here = move |conn: &mut Conn<'_>| {
                set(conn, &ear);
                Ok(())
            };
            app.app.store.write(here).await.unwrap();
        }
        heard
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }

    fn is_kept(&self, sql: &str) -> bool {
        self.1.lock().unwrap().contains(sql)
    }
}

/// What was kept before is forgotten, so that it is heard when it is kept again.
fn set(conn: &mut Conn<'_>, ear: &Heard) {
    on!(conn, |c| {
        c.set_prepared_statement_cache_size(CacheSize::Disabled);
        c.set_prepared_statement_cache_size(CacheSize::Unbounded);
        c.set_instrumentation(ear.clone());
    });
}

/// Each holds its connection until all are there, so that it comes to each.
async fn listen(store: &Store, ear: &Heard, connections: u32) {
    let all = Arc::new(Barrier::new(usize::try_from(connections).unwrap()));
    let heard = (0..connections).map(|_| {
        let (ear, all) = (ear.clone(), Arc::clone(&all));
        store.read(move |conn| {
            set(conn, &ear);
            all.wait();
            Ok(())
        })
    });
    for one in join_all(heard).await {
        one.unwrap();
    }
}

/// Lebak with a past.
async fn lived() -> TestApp {
    let app = TestApp::new().await;
    app.step(Duration::hours(7));
    let id = app.region("lebak").await;
    let lebak = app.within(move |tx| region::by_id(tx, id)).await;
    past::tell(&app.app, &lebak, 120).await.unwrap();
    app
}

struct Desk {
    app: TestApp,
    heard: Heard,
    chief: Client,
    tier1: Client,
    requester: Client,
    pages: Browser,
    number: String,
}

impl Desk {
    async fn new() -> Self {
        let app = lived().await;
        let [chief, tier1, requester] =
            [app.lebak("koordinator").await, app.lebak("teknisi.dinkes").await, app.lebak("pegawai.dinkes").await];
        let pages = Browser::lebak(&app, "koordinator").await;
        let ticket = requester.open("SIMPEG tidak bisa dibuka").await;
        let number = ticket["number"].as_str().unwrap().to_owned();
        let heard = Heard::on(&app).await;
        Self { app, heard, chief, tier1, requester, pages, number }
    }

    /// The statements of a request; its first asking has made ready what is kept ready.
    async fn of(&self, who: &Client, path: &str) -> Vec<String> {
        who.get(path).await.ok();
        self.heard.take();
        who.get(path).await.ok();
        self.heard.take()
    }

    async fn of_page(&self, path: &str) -> Vec<String> {
        self.pages.get(path).await;
        self.heard.take();
        assert_eq!(self.pages.get(path).await.status, 200, "{path}");
        self.heard.take()
    }
}

/// What each request may cost: statements of the database, without beginnings and ends of transactions. On SQLite several rows
/// are as many statements, which are kept and cost no round trip.
const COSTS: [(&str, usize); 7] = [
    ("read a ticket", 4),
    ("list a queue", 6),
    ("search", 9),
    ("overview", 54),
    ("open a ticket", 31),
    ("comment", 23),
    ("escalate", 31),
];

/// The statements of each request of [`COSTS`], in its order.
async fn asked(desk: &Desk) -> Vec<Vec<String>> {
    let ticket = format!("/tickets/{}", desk.number);
    let mut costs = vec![
        desk.of(&desk.chief, &ticket).await,
        desk.of(&desk.chief, "/tickets?limit=50&status=open").await,
        desk.of(&desk.chief, "/tickets?limit=50&q=internet").await,
        desk.of_page("/overview").await,
    ];
    desk.requester.open("SIMPEG lambat").await;
    desk.heard.take();
    desk.requester.open("SIMPEG lambat sekali").await;
    costs.push(desk.heard.take());
    let said = json!({ "body": "Mohon kabarnya.", "visibility": "public" });
    desk.chief.post(&format!("{ticket}/comments"), said.clone()).await.created();
    desk.heard.take();
    desk.chief.post(&format!("{ticket}/comments"), said).await.created();
    costs.push(desk.heard.take());
    let ask = json!({ "reason": "Di luar jangkauan.", "tried": "Memulai ulang.", "requested": "Mohon diperiksa." });
    desk.tier1.post(&format!("{ticket}/escalate"), ask).await.ok();
    costs.push(desk.heard.take());
    costs
}

#[actix_web::test]
async fn no_request_costs_more_statements_than_are_stated() {
    let costs = asked(&Desk::new().await).await;
    let found: Vec<(&str, usize, usize)> =
        COSTS.iter().zip(&costs).map(|((what, most), cost)| (*what, cost.len(), *most)).collect();
    assert!(found.iter().all(|(_, cost, most)| (1..=*most).contains(cost)), "what, cost, most: {found:#?}");
}

/// Parsing a statement anew, and every trigger of its table with it, costs more than running it. An overview, which runs for
/// longer, may ask for lists of any length. PostgreSQL parses a search anew, whose words it weighs anyway, and what stores several
/// rows at once, because their number is in the text.
#[actix_web::test]
async fn no_statement_of_a_request_is_prepared_anew_each_time() {
    let desk = Desk::new().await;
    let on_sqlite = matches!(desk.app.app.store, Store::Sqlite(_));
    let busy = |what: &str| what != "overview" && (on_sqlite || what != "search");
    let asked = COSTS.iter().zip(asked(&desk).await).filter(|((what, _), _)| busy(what)).flat_map(|(_, all)| all);
    let is_one_text = |sql: &String| on_sqlite || !sql.starts_with("INSERT");
    let mut anew: Vec<String> = asked.filter(|sql| is_one_text(sql) && !desk.heard.is_kept(sql)).collect();
    anew.sort();
    anew.dedup();
    assert!(anew.is_empty(), "{}", anew.join("\n\n"));
}

#[derive(QueryableByName)]
struct Step {
    #[diesel(sql_type = Text)]
    detail: String,
}

#[derive(QueryableByName)]
struct Planned {
    #[diesel(sql_type = Text, column_name = "QUERY PLAN")]
    detail: String,
}

/// The plan of a statement, whatever its values; on PostgreSQL as if reading a whole table were very dear, so that one
/// that does so has no index to go by.
fn plan(conn: &mut Conn<'_>, sql: &str) -> Result<Vec<String>> {
    match conn {
        Conn::Sqlite(c) => {
            let steps: Vec<Step> = diesel::sql_query(format!("EXPLAIN QUERY PLAN {sql}")).load(&mut **c)?;
            Ok(steps.into_iter().map(|s| s.detail).collect())
        }
        Conn::Pg(c) => {
            let run = |c: &mut PgConnection, sql: &str| diesel::sql_query(sql).execute(c);
            run(c, "SET LOCAL plan_cache_mode = force_generic_plan")?;
            run(c, "SET LOCAL enable_seqscan = off")?;
            run(c, &format!("PREPARE looked_at AS {sql}"))?;
            let count = (1..100).take_while(|n| sql.contains(&format!("${n}"))).count();
            let nulls = if count == 0 { String::new() } else { format!("({})", vec!["NULL"; count].join(", ")) };
            let steps: Vec<Planned> = diesel::sql_query(format!("EXPLAIN EXECUTE looked_at{nulls}")).load(&mut **c)?;
            run(c, "DEALLOCATE looked_at")?;
            Ok(steps.into_iter().map(|s| s.detail).collect())
        }
    }
}

/// Tables that grow with the tickets.
const LARGE: [&str; 9] = [
    "tickets",
    "events",
    "comments",
    "handovers",
    "sla_clocks",
    "sla_facts",
    "ticket_deadlines",
    "ticket_texts",
    "notices",
];

fn reads_all(step: &str) -> bool {
    LARGE.iter().any(|table| {
        let whole = [format!("SCAN {table}"), format!("Seq Scan on {table}")];
        whole.iter().any(|w| step.trim().trim_start_matches("-> ").trim().starts_with(w.as_str()))
    })
}

#[actix_web::test]
async fn no_statement_of_reading_listing_searching_or_watching_reads_all_tickets() {
    let desk = Desk::new().await;
    let mut asked = Vec::new();
    for who in [&desk.chief, &desk.tier1, &desk.requester] {
        for path in [
            "/tickets?limit=50",
            "/tickets?limit=50&status=open",
            "/tickets?limit=50&sort=priority",
            "/tickets?limit=50&sort=due_at",
            "/tickets?limit=50&q=internet",
            "/tickets?limit=50&q=LBK-2026",
            "/tickets?limit=50&sla=breached",
            "/tickets?limit=50&sla=overdue&sort=due_at",
            "/tickets?limit=50&assignee=me",
            "/notices",
        ] {
            asked.extend(desk.of(who, path).await);
        }
    }
    asked.extend(desk.of(&desk.chief, &format!("/tickets/{}", desk.number)).await);
    asked.extend(desk.of_page("/overview").await);
    asked.sort();
    asked.dedup();
    assert!(asked.len() > 20, "{}", asked.len());
    // Whoever asks for none of an empty list gets none, without a look at the table.
    asked.retain(|sql| !sql.contains("(1=0)"));
    let faults = desk
        .app
        .look(move |conn| {
            let mut faults = Vec::new();
            for sql in &asked {
                let steps = plan(conn, sql)?;
                if steps.iter().any(|step| reads_all(step)) {
                    faults.push(format!("{sql}\n    {}", steps.join("\n    ")));
                }
            }
            Ok(faults)
        })
        .await;
    assert!(faults.is_empty(), "{}", faults.join("\n\n"));
}

/// SQLite's planner goes by figures that a migration states, so an index without one would be planned by a guess.
#[actix_web::test]
async fn every_index_of_the_tickets_has_its_figures_and_they_are_those_of_a_large_desk() {
    let app = TestApp::new().await;
    let bare = app
        .look(|conn| {
            let Conn::Sqlite(c) = conn else { return Ok(Vec::new()) };
            let sql = "SELECT i.name AS detail FROM pragma_index_list('tickets') i LEFT JOIN sqlite_stat1 s ON s.idx = i.name \
                       WHERE s.stat IS NULL";
            let rows: Vec<Step> = diesel::sql_query(sql).load(&mut **c)?;
            Ok(rows.into_iter().map(|row| row.detail).collect::<Vec<_>>())
        })
        .await;
    assert!(bare.is_empty(), "{bare:?}");
}

/// A page is read from where it begins, however deep it lies: its cursor is a range of the index.
#[actix_web::test]
async fn the_second_page_of_a_list_begins_in_the_index_where_the_first_one_ended() {
    let desk = Desk::new().await;
    if !matches!(desk.app.app.store, Store::Sqlite(_)) {
        return;
    }
    for sort in ["-created_at", "created_at"] {
        let path = format!("/tickets?limit=5&sort={sort}");
        let cursor = desk.chief.get(&path).await.ok()["next_cursor"].as_str().unwrap().to_owned();
        let asked = desk.of(&desk.chief, &format!("{path}&cursor={cursor}")).await;
        let sql = asked.into_iter().find(|sql| sql.contains("`tickets`.`description`")).unwrap();
        let steps = desk.app.look(move |conn| plan(conn, &sql)).await.join("\n");
        let range = if sort == "created_at" { "created_at>?" } else { "created_at<?" };
        assert!(steps.contains(&format!("tickets_region_created (region_id=? AND {range})")), "{sort}: {steps}");
    }
}

/// On SQLite, as below: an import asks this for each of its lines, and whoever signs in for his.
#[actix_web::test]
async fn a_login_is_found_by_the_indexes_of_addresses_and_nips() {
    let desk = Desk::new().await;
    if !matches!(desk.app.app.store, Store::Sqlite(_)) {
        return;
    }
    let admin = desk.app.lebak("admin").await;
    let csv = [("content-type", "text/csv")];
    desk.heard.take();
    let file = b"name,email\nBaru,baru@lebakkab.go.id\n".to_vec();
    admin.raw(Method::POST, "/people/import?dry_run=true", &csv, file).await.ok();
    desk.app.lebak("pegawai.dinkes").await;
    let asked: Vec<String> = desk.heard.take().into_iter().filter(|sql| sql.contains("`people`.`nip` =")).collect();
    assert_eq!(asked.len(), 2, "{asked:#?}");
    for sql in asked {
        let steps = desk.app.look(move |conn| plan(conn, &sql)).await.join("\n");
        assert!(steps.contains("(email=?)") && steps.contains("people_nip (nip=?)"), "{steps}");
    }
}

/// On SQLite, whose plans are the same at every size; PostgreSQL chooses by what it counts in the table.
#[actix_web::test]
async fn each_list_is_read_by_the_index_that_knows_most_of_it() {
    let desk = Desk::new().await;
    if !matches!(desk.app.app.store, Store::Sqlite(_)) {
        return;
    }
    for (who, path, index) in [
        (&desk.chief, "/tickets?limit=50&status=open", "tickets_open"),
        (&desk.tier1, "/tickets?limit=50&status=open", "tickets_open"),
        (&desk.chief, "/tickets?limit=50", "tickets_region_created"),
        (&desk.requester, "/tickets?limit=50", "tickets_requester_created"),
        (&desk.chief, "/tickets?limit=50&sla=overdue&sort=due_at", "ticket_deadlines_due (region_id=?"),
        (&desk.chief, "/tickets?limit=50&tier=1&status=new,in_progress", "tickets_open"),
        (&desk.tier1, "/tickets?limit=50&status=pending", "tickets_open"),
        (&desk.tier1, "/tickets?limit=50&assignee=me", "tickets_assignee_status (assignee_id=?)"),
        (&desk.chief, "/tickets?limit=50&sla=overdue", "ticket_deadlines_due (region_id=? AND due_at"),
        (&desk.chief, "/tickets?limit=50&sla=overdue", "SEARCH tickets USING INDEX sqlite_autoindex_tickets_1 (id=?)"),
        (&desk.tier1, "/tickets?limit=50&sla=at_risk", "ticket_deadlines_risk (region_id=? AND risk_at"),
        (&desk.tier1, "/tickets?limit=50&sla=at_risk", "SEARCH tickets USING INDEX sqlite_autoindex_tickets_1 (id=?)"),
        (&desk.chief, "/tickets?limit=50&q=LBK-2026-0001", "sqlite_autoindex_tickets_2 (number>? AND number<?)"),
    ] {
        let asked = desk.of(who, path).await;
        let sql = asked.into_iter().find(|sql| sql.contains("`tickets`.`description`")).unwrap();
        let steps = desk.app.look(move |conn| plan(conn, &sql)).await.join("\n");
        assert!(steps.contains(index), "{path}: {index} is not in\n{steps}");
    }
    let asked = desk.of_page("/overview").await;
    let sql = asked.into_iter().find(|sql| sql.starts_with("SELECT COUNT(*) FROM (`ticket_deadlines`")).unwrap();
    let steps = desk.app.look(move |conn| plan(conn, &sql)).await.join("\n");
    let range =
        steps.lines().any(|step| step.contains("ticket_deadlines_due (region_id=?") && step.contains("due_at<?"));
    assert!(range, "what is overdue: {steps}");
}

/// Every page counts what is unread, which stays little however much was read.
#[actix_web::test]
async fn what_is_unread_is_counted_by_an_index_of_nothing_else() {
    let desk = Desk::new().await;
    let asked = desk.of_page("/tickets").await;
    let counts = asked.into_iter().find(|sql| sql.contains("notices") && sql.contains("IS NULL")).unwrap();
    let steps = desk.app.look(move |conn| plan(conn, &counts)).await.join("\n");
    assert!(steps.contains("notices_unread"), "{steps}");
}
