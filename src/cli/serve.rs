//! `sigap serve`.

use super::{console, say};
use crate::app::behind::Standing;
use crate::app::{App, Caller, ledger};
use crate::clock::Clock;
use crate::error::{Error, Result};
use crate::http::Limiter;
use crate::org::link;
use crate::{demo, server, telemetry, worker};
use actix_web::dev::ServerHandle;
use actix_web::web;
use clap::Args;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

/// Options of `serve`.
#[derive(Debug, Args)]
pub struct Options {
    /// With the demo's four regions, people and tickets; only on a loopback address.
    #[arg(long)]
    demo: bool,
    /// The clock is right, though the audit log was signed later: by a clock that was ahead.
    #[arg(long)]
    clock_is_right: bool,
}

/// Answers requests until told to stop; what was begun is finished.
///
/// # Errors
/// What stands in the way of a start.
pub fn run(config: Option<&Path>, options: &Options) -> Result<()> {
    let config = super::settings(config)?;
    telemetry::log(config.log, &config.log_filter)?;
    super::backup::refuse_half(&config)?;
    if options.demo && !config.bind.ip().is_loopback() {
        return Err(Error::start(
            "--demo: its passwords are public, so it listens on a loopback address only; set SIGAP_BIND",
        ));
    }
    // Taken before the database is opened: a second copy must not touch the first one's.
    let listener = TcpListener::bind(config.bind).map_err(|e| unbound(config.bind, &e))?;
    let limiter = web::Data::from(Arc::new(Limiter::new(&config)?));
    let app = App::open(config, Clock::System, Some(telemetry::metrics()?))?;
    let system = actix_web::rt::System::new();
    let outcome = system.block_on(serve(app, listener, limiter, options));
    // Its end would wait for every thread that may block, and one that waits for a database which says nothing never ends.
    // What had to be finished is; the end of the program ends the rest.
    std::mem::forget(system);
    outcome
}

/// Why the service can't listen there, and what to do.
fn unbound(address: SocketAddr, error: &io::Error) -> Error {
    let what = match error.kind() {
        io::ErrorKind::AddrInUse => {
            "another program holds it, perhaps a second copy of this one; stop it, or set another port"
        }
        io::ErrorKind::AddrNotAvailable => "this machine has no such address; set one of its own",
        io::ErrorKind::PermissionDenied => "ports below 1024 need a right of their own; set another port",
        _ => return Error::start(format!("address {address} (SIGAP_BIND): {error}; set another one")),
    };
    Error::start(format!("address {address} (SIGAP_BIND): {what}"))
}

async fn serve(app: App, listener: TcpListener, limiter: web::Data<Limiter>, options: &Options) -> Result<()> {
    let address = listener.local_addr().map_err(|e| Error::start(e.to_string()))?;
    let is_set = tell_clock(&app, app.check_clock(options.clock_is_right).await?)?;
    if options.demo {
        demo::fill(&app).await?;
        app.filling.store(true, Ordering::Release);
        tokio::spawn(fill_tickets(app.clone()));
    } else {
        demo::refuse_accounts_on_open_address(&app, address.ip()).await?;
        if is_set {
            offer_set_up(&app).await?;
        }
    }
    let (stop, stopped) = watch::channel(false);
    let jobs = tokio::spawn(work(app.clone(), stopped.clone()));
    let sweeper = tokio::spawn(sweep(limiter.clone(), stopped));
    let closing = app.clone();
    let server = server::serve(app, limiter, listener)?;
    let told = (told(SignalKind::terminate())?, told(SignalKind::interrupt())?);
    tokio::spawn(stop_when_told(told, closing.clone(), server.handle()));
    let mut lines = vec![format!("SIGAP answers on http://{address}  (API: /api/docs)")];
    if options.demo {
        lines.extend(demo::accounts()?);
    }
    // Whoever asks for answers gets them all the same.
    if let Err(e) = lines.iter().try_for_each(|line| say(line)) {
        tracing::warn!(error = %e, "what stands at the start could not be told");
    }
    let outcome = server.await.map_err(|e| Error::start(format!("server: {e}")));
    stop.send_replace(true);
    for task in [jobs, sweeper] {
        drop(tokio::time::timeout(Duration::from_secs(10), task).await);
    }
    match tokio::time::timeout(Duration::from_secs(5), ledger::close(&closing)).await {
        Ok(Ok(())) => {}
        Ok(Err(e)) => tracing::error!(error = %e, "the audit log was not signed at the end"),
        Err(_) => tracing::error!("the audit log was not signed at the end: it took too long"),
    }
    if let Err(e) = closing.store.settle() {
        tracing::warn!(error = %e, "the newest changes stay in the file beside the database");
    }
    outcome
}

/// Tells of a clock that is not where the audit log was signed last; `false` while nothing is changed for that.
fn tell_clock(app: &App, found: Standing) -> Result<bool> {
    let now = app.clock.now();
    match found {
        Standing::Right => {}
        Standing::Behind(at) if app.behind.is_on(now) => {
            say(&format!(
                "The clock says {now}, but the audit log was signed at {at}. Nothing is changed until the clock has come there: \
                 set it by NTP. If it is right, and was ahead before, start once with --clock-is-right."
            ))?;
            tracing::error!(%now, signed = %at, "the clock is behind; nothing is changed");
        }
        Standing::Behind(at) => tracing::warn!(%now, signed = %at, "the clock is behind, and said to be right"),
        Standing::Ahead(at) => {
            tracing::warn!(%now, signed = %at, "the audit log was last signed more than 30 days ago; is the clock right?");
        }
    }
    Ok(!app.behind.is_on(now))
}

/// Does the jobs, once the clock is right: each would fail until then.
async fn work(app: App, mut stopped: watch::Receiver<bool>) {
    while app.behind.is_on(app.clock.now()) {
        tokio::select! {
            () = tokio::time::sleep(Duration::from_secs(1)) => {}
            _ = stopped.changed() => return,
        }
    }
    worker::run(app, stopped).await;
}

/// On an empty database: the link for the first administrator.
async fn offer_set_up(app: &App) -> Result<()> {
    let settings = app.config.sign_in.clone();
    let secret = app.write(Caller::Anonymous, console(), move |tx| link::for_setup(tx, &settings)).await?;
    if let Some(secret) = secret {
        say("Nobody can sign in yet. Make the first administrator, once, within a day:")?;
        say(&format!("  {}/setup#token={}", app.config.public_url, secret.plain))?;
    }
    Ok(())
}

/// The demo's tickets take longer to make than a start may take. What stands in the way for a moment is waited for: until they
/// are there nothing is served.
async fn fill_tickets(app: App) {
    while let Err(e) = demo::fill_tickets(&app, demo::tickets::PER_REGION).await {
        tracing::error!(error = %e, "the demo's tickets could not be made");
        if !matches!(e, Error::Retry(_) | Error::Unavailable(_)) {
            return;
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    app.filling.store(false, Ordering::Release);
}

fn told(kind: SignalKind) -> Result<Signal> {
    signal(kind).map_err(|e| Error::start(format!("signals: {e}")))
}

/// By either signal what has begun is finished. Pages that listen never finish by themselves, so their lines end first.
async fn stop_when_told((mut term, mut interrupt): (Signal, Signal), app: App, server: ServerHandle) {
    tokio::select! {
        _ = term.recv() => {}
        _ = interrupt.recv() => {}
    }
    app.news.close();
    server.stop(true).await;
}

async fn sweep(limiter: web::Data<Limiter>, mut stopped: watch::Receiver<bool>) {
    loop {
        tokio::select! {
            () = tokio::time::sleep(Duration::from_mins(1)) => limiter.sweep(),
            _ = stopped.changed() => return,
        }
    }
}
