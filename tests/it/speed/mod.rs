//! What a request costs, in statements; and that none of them reads all tickets. Times are never asserted.

mod plans;
mod visited;

use crate::support::browser::Browser;
use crate::support::meet::Gathering;
use crate::support::{Cast, Client, TestApp};
use actix_web::http::Method;
use chrono::Duration;
use diesel::connection::{CacheSize, Connection, Instrumentation, InstrumentationEvent};
use futures_util::future::join_all;
use serde_json::json;
use sigap::db::{Conn, Store, postgres};
use sigap::demo::past;
use sigap::on;
use sigap::org::region;
use sigap::ticket::figures::Part;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

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
    let all = Gathering::of(usize::try_from(connections).unwrap());
    let heard = (0..connections).map(|_| {
        let (ear, all) = (ear.clone(), Arc::clone(&all));
        store.read(move |conn| {
            postgres::take_time(conn)?;
            set(conn, &ear);
            all.wait();
            Ok(())
        })
    });
    for one in join_all(heard).await {
        one.unwrap();
    }
}

/// Lebak with a past, on few connections: each of them is listened to.
async fn lived() -> TestApp {
    let app = TestApp::with("database_pool = 2").await;
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

    /// The statements of a request for a file.
    async fn of_file(&self, who: &Client, path: &str) -> Vec<String> {
        self.heard.take();
        assert_eq!(who.get(path).await.status, 200, "{path}");
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
    // Two of them ask whether anybody is left at Tier 2 (L4).
    ("escalate", 33),
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

/// Whoever asks for the editions of calendars and versions of agreements once a clock asks for the same again and again.
#[actix_web::test]
async fn to_explain_all_clocks_of_a_ticket_asks_for_nothing_twice() {
    let desk = Desk::new().await;
    let ask = json!({ "reason": "Di luar jangkauan.", "tried": "Memulai ulang.", "requested": "Mohon diperiksa." });
    desk.tier1.post(&format!("/tickets/{}/escalate", desk.number), ask).await.ok();
    let mut asked = desk.of(&desk.chief, &format!("/tickets/{}/sla/explain", desk.number)).await;
    let all = asked.len();
    asked.sort();
    asked.dedup();
    assert_eq!(all, asked.len(), "{asked:#?}");
}

/// Of the organisations, the services and the priorities; all of them are about the same tickets.
#[actix_web::test]
async fn the_form_of_a_month_reads_its_tickets_once_for_all_of_its_tables() {
    let desk = Desk::new().await;
    let asked = desk.of_page("/reports/monthly").await;
    let reads = asked.iter().filter(|sql| sql.contains("banked_micros")).count();
    assert_eq!(reads, Part::ALL.len(), "{asked:#?}");
}

/// It is asked whenever somebody who types pauses.
#[actix_web::test]
async fn a_search_for_whom_one_reports_costs_the_same_however_many_it_finds() {
    let desk = Desk::new().await;
    let form = desk.pages.get("/report?service=simpeg").await;
    let asked = async |text: &str| {
        let body = form.sent("/report", &[("on_behalf_of", text)]);
        desk.heard.take();
        let page = desk.pages.post("/report/people", &[], body).await;
        (page.elements("input[name=person]").len(), desk.heard.take())
    };
    let ((one, few), (many, all)) = (asked("aminah").await, asked("lebakkab").await);
    assert!(one == 1 && many > 5, "{one}, {many}");
    assert!(all.len() <= few.len(), "{all:#?}");
}

/// However many get it.
#[actix_web::test]
async fn the_summary_of_a_morning_asks_once_what_runs_out_in_a_region() {
    let cast = Cast::on(TestApp::with("database_pool = 2").await).await;
    cast.give(&cast.tier2.id().await, "coordinator", None).await;
    cast.at("2026-04-06 07:30:00");
    let heard = Heard::on(&cast.app).await;
    sigap::worker::digest::run(&cast.app.app).await.unwrap();
    let spans = "SELECT agreements.valid_from, agreements.valid_until FROM";
    let asked = heard.take().into_iter().filter(|sql| sql.replace(['`', '"'], "").starts_with(spans)).count();
    // Backups are late, so that there is a mail to whoever keeps a region, whatever runs out.
    assert_eq!(asked, 4, "once for each of the four regions");
}

/// Nobody's description is read to count them, and what was reckoned for the list is not reckoned in the transaction of an act.
#[actix_web::test]
async fn what_waits_for_advice_is_looked_for_by_the_queue_without_its_words_and_by_no_act_on_it() {
    let desk = Desk::new().await;
    let ask = json!({ "question": "Apakah servernya mati?" });
    desk.tier1.post(&format!("/tickets/{}/consult", desk.number), ask).await.ok();
    let tier2 = Browser::lebak(&desk.app, "tier2.satu").await;
    let looks = || {
        let all = desk.heard.take().into_iter();
        all.filter(|sql| sql.replace('`', "\"").contains("\"requester_id\" != ")).collect::<Vec<_>>()
    };
    looks();
    let queue = tier2.get("/tickets?tier=asked").await;
    let asked = looks();
    assert!(!asked.is_empty() && asked.iter().all(|sql| !sql.contains("description")), "{asked:#?}");
    let page = tier2.get(&queue.attributes(".row > a", "href")[0]).await;
    let comment = page.forms().into_iter().find(|form| form.contains("/comment")).unwrap();
    let body = page.sent(&comment, &[("body", "Tidak, jaringannya."), ("visibility", "internal")]);
    let headers = [("content-type", "application/x-www-form-urlencoded"), ("origin", "http://sigap.test")];
    looks();
    let done = tier2.once(Method::POST, &comment, &headers, body.into_bytes()).await;
    assert_eq!(looks(), Vec::<String>::new());
    assert!(done.header("location").unwrap().contains("cursor"), "it has its place all the same: {:?}", done.headers);
}
