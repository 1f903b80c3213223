//! The service in a process that can be told to end itself at the n-th event of its database (`sigap` itself has no such
//! switch). No jobs run beside, so that the events between two words are those of one request.

use actix_web::middleware::from_fn;
use actix_web::web::{Bytes, Data, Path};
use actix_web::{HttpServer, web};
use diesel::connection::{Instrumentation, InstrumentationEvent, set_default_instrumentation};
use serde_json::json;
use sigap::api::answer::Answer;
use sigap::api::call::{Call, Reply};
use sigap::app::{App, Caller};
use sigap::audit::{self, Object};
use sigap::clock::Clock;
use sigap::config::Config;
use sigap::error::Error;
use sigap::http::Limiter;
use sigap::ticket::find::find;
use sigap::ticket::{Channel, comment};
use sigap::{demo, server, telemetry};
use std::io::{BufRead as _, Write as _};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Events since the last word.
static SEEN: AtomicU64 = AtomicU64::new(0);
/// The event at which the process ends; 0: none.
static LAST: AtomicU64 = AtomicU64::new(0);

/// Where the service is made wrong: it comments in one transaction and writes the audit entry in a second one.
pub const PLANTED: &str = "/planted";

struct End;

impl Instrumentation for End {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        // A pool connects when it likes.
        let connects = matches!(
            event,
            InstrumentationEvent::StartEstablishConnection { .. }
                | InstrumentationEvent::FinishEstablishConnection { .. }
        );
        if !connects && SEEN.fetch_add(1, Ordering::SeqCst) + 1 == LAST.load(Ordering::SeqCst) {
            // Nothing is unwound, nothing rolled back, nothing flushed: as SIGKILL.
            std::process::abort();
        }
    }
}

/// Serves until its input ends. Each line of it is the number of the event to end at, counted from there on; each is
/// answered with how many events there were before. `at` counts from the start.
pub fn run(at: u64, settings: &std::path::Path) -> Result<(), Error> {
    LAST.store(at, Ordering::SeqCst);
    set_default_instrumentation(|| Some(Box::new(End)))?;
    let config = Config::load(Some(settings))?;
    telemetry::log(config.log, &config.log_filter)?;
    let listener = TcpListener::bind(config.bind).map_err(|e| Error::start(e.to_string()))?;
    let address = listener.local_addr().map_err(|e| Error::start(e.to_string()))?;
    let limiter = Data::from(Arc::new(Limiter::new(&config)?));
    let app = App::open(config, Clock::System, None)?;
    actix_web::rt::System::new().block_on(async move {
        demo::fill(&app).await?;
        let server = HttpServer::new(move || {
            actix_web::App::new()
                .app_data(Data::new(app.clone()))
                .app_data(limiter.clone())
                .wrap(server::headers(&app))
                .wrap(from_fn(server::observe))
                .service(web::resource(format!("/api/v1/tickets/{{id}}{PLANTED}")).route(web::post().to(planted)))
                .configure(server::configure)
        });
        let server = server.workers(1).listen(listener).map_err(|e| Error::start(e.to_string()))?.run();
        say(&format!("http://{address}"))?;
        std::thread::spawn(listen);
        server.await.map_err(|e| Error::start(e.to_string()))
    })
}

fn say(line: &str) -> Result<(), Error> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}").and_then(|()| out.flush()).map_err(|e| Error::start(e.to_string()))
}

fn listen() {
    for line in std::io::stdin().lock().lines().map_while(Result::ok) {
        let seen = SEEN.swap(0, Ordering::SeqCst);
        LAST.store(line.trim().parse().unwrap_or(0), Ordering::SeqCst);
        if say(&seen.to_string()).is_err() {
            break;
        }
    }
    std::process::exit(0);
}

async fn planted(call: Call, name: Path<String>, body: Bytes) -> Reply {
    let (which, app, origin) = (call.ticket(&name), call.app.clone(), call.origin.clone());
    let told = call.clone();
    let reply = call
        .write(&body, move |tx| {
            let ticket = find(tx, &which)?;
            comment::public(tx, ticket, "Ditanam.", Channel::Api).map(|_| Answer::ok(&json!({ "id": "planted" })))
        })
        .await?;
    let object = Object { kind: "ticket", id: None, region: None };
    app.write(Caller::Anonymous, origin, move |tx| audit::append(tx, "planted", object, json!({})))
        .await
        .map_err(|e| told.problem(e))?;
    Ok(reply)
}
