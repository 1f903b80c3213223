//! A day without a mail server, with thousands of mails waiting: requests are answered as fast as with none, and when the
//! server is back all go out, in order per ticket and recipient.

use crate::judge;
use crate::sink::Sink;
use crate::support::{Accounts, Api, Call};
use crate::world::{self, Cast, Deed, Ticket, later};
use actix_web::web::Data;
use chrono::{DateTime, Utc};
use serde_json::json;
use sigap::app::App;
use sigap::http::Limiter;
use sigap::server;
use std::collections::BTreeSet;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// Mails that one ticket owes.
const EACH: usize = 4;
/// Who asks at once.
const CLIENTS: usize = 4;
/// Time between two runs of the outbox, as in the service.
const PERIOD: Duration = Duration::from_millis(500);
/// Real seconds of each measurement; the stepped day passes in the first.
const MEASURED: u64 = 40;
const DAY: i64 = 24 * 3600;

/// Runs it with so many waiting mails, and says what it found.
pub fn run(mails: usize, ratio: f64, database: &str, folder: &Path) -> Result<Vec<String>, String> {
    let free =
        |what: &str| TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).map_err(|e| format!("{what}: {e}"));
    let smtp = free("SMTP")?;
    let mail = format!("smtp_url = \"smtp://{smtp}\"\ntimeout_seconds = 5");
    let app = world::open(world::parse(&world::text(database, &folder.join("data"), &mail))?, world::begin())?;
    let api = serve(&app)?;
    let runtime = tokio::runtime::Runtime::new().map_err(|e| e.to_string())?;
    let casts = runtime.block_on(world::casts(&app))?;
    let (tickets, now) = runtime.block_on(fill(&app, &casts, mails.div_ceil(EACH)))?;
    let queued = runtime.block_on(judge::count(&app, "queued"))?;
    println!("{queued} mails wait, of {} tickets", tickets.len());

    let accounts = Accounts::default();
    let outbox = Outbox { app: app.clone(), runtime: &runtime };
    let (waiting, now) = measure(&api, &accounts, &outbox, now, DAY)?;
    let (left, failed) = runtime.block_on(async {
        Ok::<_, String>((judge::count(&app, "queued").await?, judge::count(&app, "failed").await?))
    })?;
    println!("after a day without a server: {left} wait, {failed} given up");
    let sink = Sink::start(smtp, 1, Duration::ZERO)?;
    let began = Instant::now();
    let mut now = outbox.drain(now)?;
    let drained = began.elapsed().as_secs_f64();
    let (none, end) = measure(&api, &accounts, &outbox, now, 60)?;
    now = end;
    println!("all out {drained:.0} s after the return; by the stepped clock it is {now}");

    let owed = runtime.block_on(judge::owed(&app, &casts))?;
    let mut verdict = judge::judge(&owed, &sink.taken(), &[], &BTreeSet::new())?;
    println!("owed {} · messages {} · wrong {}", verdict.owed, verdict.messages, verdict.faults.len());
    println!("requests while they waited: {waiting}");
    println!("requests with none waiting: {none}");
    let found = waiting.p99 / none.p99;
    println!("ratio of the 99th percentiles: {found:.2}");
    let wrong = |holds: bool, text: &str| if holds { None } else { Some(text.to_owned()) };
    verdict.faults.extend(wrong(left == queued && failed == 0, "a mail was given up, or got out, without a server"));
    verdict.faults.extend(wrong(waiting.errors == 0 && none.errors == 0, "a request failed"));
    verdict.faults.extend(wrong(found <= ratio, "requests are slower while mails wait"));
    Ok(verdict.faults)
}

async fn fill(app: &App, casts: &[Cast], count: usize) -> Result<(Vec<Ticket>, DateTime<Utc>), String> {
    let tickets = world::tickets(app, casts, count).await?;
    let mut now = world::begin();
    for deed in [Deed::Answer, Deed::Reply] {
        now = later(now, 120);
        world::set(app, now);
        world::happens(app, casts, &tickets, deed).await?;
    }
    Ok((tickets, now))
}

fn serve(app: &App) -> Result<Api, String> {
    let listener = TcpListener::bind("127.0.0.1:0").map_err(|e| e.to_string())?;
    let address: SocketAddr = listener.local_addr().map_err(|e| e.to_string())?;
    let limiter = Data::from(Arc::new(Limiter::new(&app.config).map_err(|e| e.to_string())?));
    let app = app.clone();
    thread::spawn(move || {
        let system = actix_web::rt::System::new();
        system.block_on(async move {
            match server::serve(app, limiter, listener) {
                Ok(server) => drop(server.await),
                Err(e) => eprintln!("the server did not start: {e}"),
            }
        });
    });
    Ok(Api::new(&format!("http://{address}")))
}

struct Outbox<'a> {
    app: App,
    runtime: &'a tokio::runtime::Runtime,
}

impl Outbox<'_> {
    fn run(&self) -> Result<(), String> {
        self.runtime.block_on(sigap::worker::outbox::run(&self.app)).map_err(|e| e.to_string())
    }

    /// Runs every half second, while the clock goes `seconds` forward, until `stop`.
    fn pass(&self, mut now: DateTime<Utc>, seconds: i64, begun: Instant) -> Result<DateTime<Utc>, String> {
        let (end, whole) = (later(now, seconds), Duration::from_secs(MEASURED));
        let steps = i64::try_from(whole.as_millis() / PERIOD.as_millis()).unwrap_or(1);
        while begun.elapsed() < whole {
            now = later(now, seconds / steps).min(end);
            world::set(&self.app, now);
            self.run()?;
            thread::sleep(PERIOD);
        }
        world::set(&self.app, end);
        Ok(end)
    }

    fn drain(&self, mut now: DateTime<Utc>) -> Result<DateTime<Utc>, String> {
        for _ in 0..5000 {
            if self.runtime.block_on(judge::count(&self.app, "queued"))? == 0 {
                return Ok(now);
            }
            now = later(now, 30);
            world::set(&self.app, now);
            self.run()?;
        }
        Err("mails wait for ever".into())
    }
}

/// How requests went; times in milliseconds.
struct Times {
    count: usize,
    errors: usize,
    median: f64,
    p99: f64,
}

impl std::fmt::Display for Times {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { count, errors, median, p99 } = self;
        write!(f, "{count}, errors {errors}, median {median:.1} ms, 99th percentile {p99:.1} ms")
    }
}

/// Asks for a while from several sides, while the outbox runs and its clock goes `seconds` forward.
fn measure(
    api: &Api,
    accounts: &Accounts,
    outbox: &Outbox<'_>,
    now: DateTime<Utc>,
    seconds: i64,
) -> Result<(Times, DateTime<Utc>), String> {
    let (stop, begun) = (AtomicBool::new(false), Instant::now());
    thread::scope(|scope| {
        let asking: Vec<_> = (0..CLIENTS)
            .map(|n| {
                scope.spawn({
                    let stop = &stop;
                    move || ask(api, accounts, n, stop)
                })
            })
            .collect();
        let now = outbox.pass(now, seconds, begun);
        stop.store(true, Ordering::SeqCst);
        let (mut all, mut errors) = (Vec::new(), 0);
        for one in asking {
            let (times, failed) = one.join().map_err(|_| "a client ended badly")??;
            all.extend(times);
            errors += failed;
        }
        all.sort_by(f64::total_cmp);
        let at = |share: usize| all.get(all.len() * share / 100).copied().unwrap_or_default();
        Ok((Times { count: all.len(), errors, median: at(50), p99: at(99) }, now?))
    })
}

/// One side: lists, tickets, and internal comments, which owe no mail.
fn ask(api: &Api, accounts: &Accounts, n: usize, stop: &AtomicBool) -> Result<(Vec<f64>, usize), String> {
    let domains = ["lebakkab.go.id", "temanggungkab.go.id", "blorakab.go.id", "purbalinggakab.go.id"];
    let login = format!("teknisi.dinkes@{}", domains.get(n % 4).copied().unwrap_or_default());
    let first = accounts.call(api, &login, &Call::get("/tickets?limit=50"))?;
    let number = first
        .body
        .pointer("/items/0/number")
        .and_then(serde_json::Value::as_str)
        .ok_or("no ticket to ask for")?
        .to_owned();
    let calls = [
        Call::get("/tickets?limit=50"),
        Call::get(format!("/tickets/{number}")),
        Call::get("/tickets?status=open&limit=20"),
        Call {
            key: None,
            ..Call::post(
                format!("/tickets/{number}/comments"),
                &json!({ "body": "Dicatat.", "visibility": "internal" }),
            )
        },
    ];
    let (mut times, mut errors) = (Vec::new(), 0);
    while !stop.load(Ordering::SeqCst) {
        for call in &calls {
            let began = Instant::now();
            let answer = accounts.call(api, &login, call)?;
            times.push(began.elapsed().as_secs_f64() * 1000.0);
            errors += usize::from(!answer.is_success());
        }
        // As people do, who read before they click.
        thread::sleep(Duration::from_millis(20));
    }
    Ok((times, errors))
}
