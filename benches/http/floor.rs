//! The floor: the same HTTP server with a handler that does nothing but the same statements, prepared, through the bare
//! driver (rusqlite's kept statements; `postgres`), at the same durability, and returns the same bytes. No token is
//! checked, nothing is parsed, nothing is rendered.

use super::bare::Bare;
use super::capture::{Captured, Value};
use actix_web::http::StatusCode;
use actix_web::{App, HttpResponse, HttpServer, web};
use sigap::clock::Clock;
use sigap::db::Id;
use std::collections::HashMap;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex};
use tokio::sync::oneshot;
use uuid::Uuid;

/// Readers, as the service has on SQLite.
const READERS: usize = 4;
/// Requests that share a commit, as in the service.
const GROUP: usize = 64;

type Job = (usize, oneshot::Sender<()>);

struct Floor {
    all: Vec<Captured>,
    reads: SyncSender<Job>,
    writes: SyncSender<Job>,
}

/// Serves until it is killed: `/r/{n}` reads, `/w/{n}` writes.
pub async fn serve(url: &str, captured: &Path, address: &str, group: bool) {
    let all: Vec<Captured> = serde_json::from_str(&std::fs::read_to_string(captured).unwrap()).unwrap();
    let (reads, asked) = sync_channel(1024);
    let asked = Arc::new(Mutex::new(asked));
    // Threads of their own, because the driver of PostgreSQL blocks in a way that a runtime forbids.
    for _ in 0..READERS {
        let (place, kept, asked) = (url.to_owned(), all.clone(), Arc::clone(&asked));
        std::thread::spawn(move || read_all(Bare::open(&place), &kept, &asked));
    }
    let (writes, queue) = sync_channel(1024);
    let (place, kept) = (url.to_owned(), all.clone());
    std::thread::spawn(move || write(Bare::open(&place), &kept, &queue, if group { GROUP } else { 1 }));
    let floor = web::Data::new(Floor { all, reads, writes });
    HttpServer::new(move || {
        App::new().app_data(floor.clone()).route("/r/{n}", web::get().to(read)).route("/w/{n}", web::post().to(written))
    })
    .tcp_nodelay(true)
    .bind(address)
    .unwrap()
    .run()
    .await
    .unwrap();
}

async fn read(floor: web::Data<Floor>, n: web::Path<usize>) -> HttpResponse {
    hand(&floor.reads, *n).await;
    answer(&floor.all[*n])
}

async fn written(floor: web::Data<Floor>, n: web::Path<usize>, _body: web::Bytes) -> HttpResponse {
    hand(&floor.writes, *n).await;
    answer(&floor.all[*n])
}

async fn hand(to: &SyncSender<Job>, n: usize) {
    let (tell, told) = oneshot::channel();
    to.try_send((n, tell)).unwrap();
    told.await.unwrap();
}

fn read_all(mut conn: Bare, all: &[Captured], queue: &Mutex<Receiver<Job>>) {
    let nothing = Fresh::default();
    loop {
        let Ok((n, tell)) = queue.lock().unwrap().recv() else { return };
        conn.batch("BEGIN");
        conn.run(&all[n], &nothing.draw());
        conn.batch("COMMIT");
        let _ = tell.send(());
    }
}

fn answer(captured: &Captured) -> HttpResponse {
    HttpResponse::build(StatusCode::from_u16(captured.status).unwrap())
        .content_type("application/json")
        .body(captured.body.clone())
}

fn write(mut conn: Bare, all: &[Captured], queue: &Receiver<Job>, group: usize) {
    let fresh: Vec<Fresh> = all.iter().map(Fresh::of).collect();
    while let Ok(first) = queue.recv() {
        conn.batch("BEGIN IMMEDIATE");
        let mut told = Vec::new();
        let mut job = Some(first);
        while let Some((n, tell)) = job.take() {
            conn.batch("SAVEPOINT one");
            conn.run(&all[n], &fresh[n].draw());
            conn.batch("RELEASE one");
            told.push(tell);
            if told.len() < group {
                job = queue.try_recv().ok();
            }
        }
        conn.batch("COMMIT");
        for tell in told {
            let _ = tell.send(());
        }
    }
}

/// What must be another each time: ids that the request made, and the ticket's number.
#[derive(Default)]
pub struct Fresh {
    /// The ids.
    pub ids: Vec<Uuid>,
    /// The number.
    pub number: Option<String>,
}

/// One drawing of [`Fresh`].
pub struct Drawn<'a> {
    /// What stands for each id.
    pub ids: HashMap<Uuid, Uuid>,
    /// What stands for the number.
    pub number: Option<(&'a str, String)>,
}

static COUNT: AtomicUsize = AtomicUsize::new(0);

impl Fresh {
    /// What a request made.
    pub fn of(captured: &Captured) -> Self {
        // An id is a UUIDv7: those of the newest millisecond of an INSERT were made by this request.
        let inserts = captured.statements.iter().filter(|s| s.sql.starts_with("INSERT"));
        let ids = || {
            inserts.clone().flat_map(|s| &s.values).filter_map(|v| match v {
                Value::Id(id) if id.get_version_num() == 7 => Some(*id),
                _ => None,
            })
        };
        let instant = |id: &Uuid| id.as_bytes()[..6].to_vec();
        let newest = ids().map(|id| instant(&id)).max().unwrap_or_default();
        let mut made: Vec<Uuid> = ids().filter(|id| instant(id) == newest).collect();
        made.sort();
        made.dedup();
        let tickets = |s: &&super::capture::Statement| s.sql.replace('"', "`").starts_with("INSERT INTO `tickets`");
        let number = captured.statements.iter().filter(tickets).flat_map(|s| &s.values).find_map(|v| match v {
            Value::Text(text) if text.len() == 15 && text.matches('-').count() == 2 => Some(text.clone()),
            _ => None,
        });
        Self { ids: made, number }
    }

    fn draw(&self) -> Drawn<'_> {
        if self.ids.is_empty() {
            return Drawn { ids: HashMap::new(), number: None };
        }
        let now = Clock::System.now();
        let ids = self.ids.iter().map(|id| (*id, Id::new(now).0)).collect();
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let number = self.number.as_deref();
        Drawn { ids, number: number.map(|n| (n, format!("F{count}-{}", now.utc().timestamp_micros()))) }
    }
}
