//! How close the service is to what its database allows, and whether it stays so as tickets grow in number:
//! `cargo bench --bench http -- --folder target/bench --tickets 10000`. The service (the release binary, on a seeded
//! database) and a floor ([`floor`]) are measured in turn in the same run; what counts are ratios. The database is worn
//! by it: use one that was made for this.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::too_many_lines,
    clippy::print_stdout,
    clippy::disallowed_methods,
    clippy::similar_names,
    clippy::large_enum_variant,
    clippy::format_push_string,
    clippy::float_cmp,
    reason = "a measurement that fails may panic, and prints what it found"
)]

mod bare;
mod capture;
mod floor;
mod load;
mod pgbench;
mod place;

use capture::Asked;
use clap::Parser;
use load::{Pace, Requests, request};
use place::{Place, Server};
use serde_json::{Value, json};
use sigap::config::Config;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

#[derive(Parser)]
struct Options {
    /// Where the seeded database lies, or shall be made.
    #[arg(long, default_value = "target/bench-http")]
    folder: PathBuf,
    /// Tickets to seed, if the folder is empty.
    #[arg(long, default_value_t = 10_000)]
    tickets: usize,
    /// A PostgreSQL database instead of SQLite; pgbench is the floor of its writes.
    #[arg(long)]
    database: Option<String>,
    /// The program.
    #[arg(long, default_value = "target/release/sigap")]
    binary: PathBuf,
    /// Seconds of each measurement.
    #[arg(long, default_value_t = 5)]
    seconds: u64,
    /// Only what has this in its name.
    #[arg(long, default_value = "")]
    only: String,
    /// Milliseconds that each sync of the embedded database shall take longer, as on a slower disk.
    #[arg(long, default_value_t = 0)]
    sync_ms: u64,
    #[arg(long, hide = true)]
    floor: Option<String>,
    #[arg(long, hide = true)]
    captured: Option<PathBuf>,
    #[arg(long, hide = true)]
    alone: bool,
    /// What cargo says to every bench.
    #[arg(long, hide = true)]
    bench: bool,
}

/// Something to measure: what the service is asked, how many ask at once.
struct Case {
    name: &'static str,
    asked: Vec<Asked>,
    connections: usize,
    once: bool,
}

fn main() {
    let options = Options::parse();
    let system = actix_web::rt::System::new();
    let place = Place {
        binary: options.binary.clone(),
        folder: options.folder.clone(),
        url: options.database.clone(),
        sync_ms: options.sync_ms,
    };
    if let (Some(address), Some(captured)) = (&options.floor, &options.captured) {
        return system.block_on(floor::serve(&place.url(), captured, address, !options.alone));
    }
    match place.seed(options.tickets) {
        Some(seconds) => println!("seeded {} tickets in {seconds:.1} s", options.tickets),
        None => println!("{} tickets seeded before", options.tickets),
    }
    system.block_on(measure(&place, &options));
}

async fn measure(place: &Place, options: &Options) {
    let length = Duration::from_secs(options.seconds);
    let (server, ready) = place.serve().await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    println!("ready after {:.0} ms; idle memory {:.1} MiB", ready * 1000.0, server.memory());
    println!("binary {} KiB", std::fs::metadata(&place.binary).unwrap().len() / 1024);
    let cases = cases(&server).await;
    drop(server);
    println!(
        "{:<22}{:>9}{:>9}{:>9} |{:>9}{:>9} |{:>7} | half rate: p50, p99, ratio",
        "case", "req/s", "p50 ms", "p99 ms", "floor/s", "p50 ms", "ratio"
    );
    for case in cases.iter().filter(|case| case.name.contains(&options.only)) {
        let requests: Requests = Arc::new(case.asked.iter().map(bytes).collect());
        let pace = if case.once { Pace::Once } else { Pace::Full(length) };
        let (server, _) = place.serve().await;
        warm(&server, case, &requests).await;
        let full = server.run(&requests, case.connections, pace).await;
        let mut half = String::new();
        if let (wrong, Some(first)) = &full.wrong {
            println!("{}: {wrong} wrong answers, first: {first}", case.name);
        }
        if !case.once && full.rate > 0.0 {
            let run = server.run(&requests, case.connections, Pace::Rate(full.rate / 2.0, length)).await;
            let (p50, p99) = (run.within(50), run.within(99));
            half = format!("{p50:.2} {p99:.2} {:.1}", p99 / p50);
        }
        let memory = server.memory();
        drop(server);
        let (mut floor, mut ratio) = (format!("{:>9}{:>9}", "", ""), String::new());
        let writes = case.asked[0].method != "GET";
        if !case.once {
            let statements = captured(place, case);
            let (rate, p50) = if writes && place.url.is_some() {
                pgbench::run(place, case.connections, length)
            } else {
                let run = on_floor(place, case, length, true).await;
                (run.rate, run.within(50))
            };
            floor = format!("{rate:>9.0}{p50:>9.2}");
            ratio = format!("{:.2}", full.rate / rate);
            half += &format!(" | {statements} statements");
            if writes && place.url.is_none() {
                let alone = on_floor(place, case, length, false).await;
                half += &format!(" | a sync each {:.0}/s, ×{:.1}", alone.rate, full.rate / alone.rate);
            }
        }
        println!(
            "{:<22}{:>9.0}{:>9.2}{:>9.2} |{floor} |{ratio:>7} | {half} | {memory:.0} MiB",
            case.name,
            full.rate,
            full.within(50),
            full.within(99)
        );
    }
    let (server, _) = place.serve().await;
    let read = cases.iter().find(|case| case.name == "list 50").unwrap();
    let requests: Requests = Arc::new(read.asked.iter().map(bytes).collect());
    server.run(&requests, 64, Pace::Full(length)).await;
    println!("memory after 64 connections {:.1} MiB", server.memory());
}

/// What is measured is a service that runs, not one that begins.
async fn warm(server: &Server, case: &Case, requests: &Requests) {
    if case.asked[0].method == "GET" {
        server.run(requests, case.connections, Pace::Full(Duration::from_secs(1))).await;
    }
}

/// Of reads all that the service is asked for, so that both come to the same pages of the database; of a write one, that is
/// made another each time.
fn few(case: &Case) -> usize {
    if case.asked[0].method == "GET" { case.asked.len() } else { 1 }
}

/// Takes down what the case costs, for the floor; how many statements its first request is.
fn captured(place: &Place, case: &Case) -> usize {
    let asked: Vec<Value> = case.asked.iter().take(few(case)).map(told).collect();
    let list = place.folder.join("asked.json");
    std::fs::write(&list, Value::Array(asked).to_string()).unwrap();
    let kept = place.clone();
    // In a thread of its own, whose runtime ends with it.
    std::thread::spawn(move || take_down(&kept, &list)).join().unwrap();
    let captured: Vec<capture::Captured> =
        serde_json::from_str(&std::fs::read_to_string(place.captured()).unwrap()).unwrap();
    captured[0].statements.len()
}

async fn on_floor(place: &Place, case: &Case, length: Duration, group: bool) -> load::Run {
    let server = place.floor(group).await;
    let (method, room) = if case.asked[0].method == "GET" { ("GET", "r") } else { ("POST", "w") };
    let requests = (0..few(case)).map(|n| request(method, &format!("/{room}/{n}"), &[], &case.asked[0].body)).collect();
    let requests: Requests = Arc::new(requests);
    warm(&server, case, &requests).await;
    server.run(&requests, case.connections, Pace::Full(length)).await
}

fn told(asked: &Asked) -> Value {
    json!([asked.method, asked.path, asked.header.0, asked.header.1, asked.body])
}

fn take_down(place: &Place, from: &std::path::Path) {
    let rows: Vec<[String; 5]> = serde_json::from_str(&std::fs::read_to_string(from).unwrap()).unwrap();
    let asked = rows.into_iter().map(|[method, path, name, value, body]| Asked {
        method: if method == "GET" { "GET" } else { "POST" },
        path,
        header: (if name == "cookie" { "cookie" } else { "authorization" }, value),
        body,
    });
    let (data, url) = (place.folder.display().to_string(), place.url());
    let text = format!("database_url = {url:?}\ndata_dir = {data:?}\nrate_limit = \"off\"\n");
    let config = Config::from_parts(Some(&text), []).unwrap();
    let captured = actix_web::rt::System::new().block_on(capture::capture(config, asked.collect()));
    std::fs::write(place.captured(), serde_json::to_string(&captured).unwrap()).unwrap();
}

fn bytes(asked: &Asked) -> Vec<u8> {
    let kind = ("content-type", "application/json");
    let who = (asked.header.0, asked.header.1.as_str());
    let headers: &[(&str, &str)] = if asked.method == "GET" { &[who] } else { &[who, kind] };
    request(asked.method, &asked.path, headers, &asked.body)
}

async fn cases(server: &Server) -> Vec<Case> {
    const TICKETS: &str = "/api/v1/tickets";
    let [chief, tier1, requester] =
        [server.token("koordinator").await, server.token("teknisi.dinkes").await, server.token("pegawai.dinkes").await];
    let page = server.cookie("koordinator").await;
    let get = |path: String, who: &str| Asked {
        method: "GET",
        path,
        header: ("authorization", who.to_owned()),
        body: String::new(),
    };
    let post = |path: String, who: &str, body: Value| Asked {
        method: "POST",
        path,
        header: ("authorization", who.to_owned()),
        body: body.to_string(),
    };
    let newest = server.json(&format!("{TICKETS}?limit=200"), &chief).await;
    // Who read a secret one is written down, which is no reading.
    let plain = |t: &&Value| t["classification"] != "secret";
    let ids: Vec<String> = newest["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter(plain)
        .map(|t| t["id"].as_str().unwrap().to_owned())
        .collect();
    let open = server.json(&format!("{TICKETS}?status=open&tier=1&opd=dinkes&limit=200"), &tier1).await;
    let busy = server.json(&format!("{TICKETS}?status=open&limit=1"), &chief).await["items"][0]["id"].clone();
    let mine: Vec<String> =
        open["items"].as_array().unwrap().iter().map(|t| t["id"].as_str().unwrap().to_owned()).collect();
    let mut deep = String::new();
    for _ in 0..250 {
        let more = if deep.is_empty() { String::new() } else { format!("&cursor={deep}") };
        match server.json(&format!("{TICKETS}?limit=200{more}"), &chief).await["next_cursor"].as_str() {
            Some(next) => next.clone_into(&mut deep),
            None => break,
        }
    }
    let new = json!({ "kind": "incident", "subject": "SIMPEG tidak bisa dibuka", "description": "Sejak pagi layar putih.", "service": "simpeg" });
    let words = json!({ "body": "Mohon kabarnya.", "visibility": "public" });
    let list = |more: &str, who: &str| vec![get(format!("{TICKETS}?limit=50{more}"), who)];
    let mut all = vec![
        Case {
            name: "read",
            asked: ids.iter().map(|id| get(format!("{TICKETS}/{id}"), &chief)).collect(),
            connections: 8,
            once: false,
        },
        Case { name: "list 50", asked: list("", &chief), connections: 8, once: false },
        Case { name: "queue 50, tier 1", asked: list("&status=open", &tier1), connections: 8, once: false },
        Case { name: "queue 50, all", asked: list("&status=open", &chief), connections: 8, once: false },
        Case { name: "list 50, deep", asked: list(&format!("&cursor={deep}"), &chief), connections: 8, once: false },
        Case { name: "search common", asked: list("&q=internet", &chief), connections: 8, once: false },
        Case { name: "search rare", asked: list("&q=BMD-0000017", &chief), connections: 8, once: false },
        Case {
            name: "dashboard",
            asked: vec![Asked {
                method: "GET",
                path: "/overview".into(),
                header: ("cookie", page),
                body: String::new(),
            }],
            connections: 2,
            once: false,
        },
        Case { name: "open", asked: vec![post(TICKETS.into(), &requester, new)], connections: 32, once: false },
        Case {
            name: "comment",
            asked: vec![post(format!("{TICKETS}/{}/comments", busy.as_str().unwrap()), &chief, words)],
            connections: 32,
            once: false,
        },
    ];
    let ask = json!({ "reason": "Di luar jangkauan.", "tried": "Memulai ulang.", "requested": "Mohon diperiksa." });
    let up: Vec<Asked> = mine.iter().map(|id| post(format!("{TICKETS}/{id}/escalate"), &tier1, ask.clone())).collect();
    if !up.is_empty() {
        all.push(Case { name: "escalate", asked: up, connections: 4, once: true });
    }
    all
}
