//! Logs and metrics.

use crate::config::LogFormat;
use crate::db::Ts;
use crate::error::{Error, Result};
use chrono::TimeDelta;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use std::fmt::Write as _;
use std::io::Write;
use tracing::{Dispatch, Level, Metadata};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt;

/// Starts the log on standard error, in `format`.
///
/// # Errors
/// [`Error::Start`] if a log was started already.
pub fn log(format: LogFormat, filter: &str) -> Result<()> {
    written_to(std::io::stderr, format, filter)?.try_init().map_err(|e| Error::start(format!("log: {e}")))
}

/// A log in `format` to wherever it is wanted.
///
/// # Errors
/// [`Error::Start`] for a filter that is none.
pub fn written_to<W>(place: W, format: LogFormat, filter: &str) -> Result<Dispatch>
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let filter = EnvFilter::try_new(filter).map_err(|e| Error::start(format!("setting log_filter: {e}")))?;
    let builder = tracing_subscriber::fmt().with_env_filter(filter);
    let discreet = filter_fn(is_discreet);
    Ok(match format {
        LogFormat::Json => Dispatch::new(builder.with_writer(place).json().flatten_event(true).finish().with(discreet)),
        LogFormat::Text => Dispatch::new(builder.with_writer(Lines(place)).with_ansi(false).finish().with(discreet)),
    })
}

/// Libraries that write below `info` what goes over their line: passwords, and what people wrote.
const TALKATIVE: [&str; 2] = ["async_imap", "lettre"];

/// The pool of connections: it tells each of its tries, several times a second while the database is away. What came of them our
/// own errors say.
const POOL: &str = "r2d2";

/// `false` for what no filter may let into the log.
fn is_discreet(about: &Metadata<'_>) -> bool {
    let library = about.target().split("::").next().unwrap_or_default();
    library != POOL && (*about.level() <= Level::INFO || !TALKATIVE.contains(&library))
}

/// Where each event is one line, whatever somebody put into it: what would begin another, or move a terminal, is written as
/// Rust writes it in a text (CWE-117).
struct Lines<W>(W);

struct Line<W>(W);

impl<'a, W: MakeWriter<'a>> MakeWriter<'a> for Lines<W> {
    type Writer = Line<W::Writer>;

    fn make_writer(&'a self) -> Self::Writer {
        Line(self.0.make_writer())
    }

    fn make_writer_for(&'a self, meta: &Metadata<'_>) -> Self::Writer {
        Line(self.0.make_writer_for(meta))
    }
}

impl<W: Write> Write for Line<W> {
    /// An event comes whole, with the end of its line.
    fn write(&mut self, event: &[u8]) -> std::io::Result<usize> {
        let text = String::from_utf8_lossy(event);
        let (line, end) = text.strip_suffix('\n').map_or((&*text, ""), |line| (line, "\n"));
        if line.contains(char::is_control) {
            let mut plain = String::with_capacity(event.len());
            for letter in line.chars() {
                // Writing to a string does not fail.
                let _ = if letter.is_control() {
                    write!(plain, "{}", letter.escape_default())
                } else {
                    plain.write_char(letter)
                };
            }
            self.0.write_all((plain + end).as_bytes())?;
        } else {
            self.0.write_all(event)?;
        }
        Ok(event.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.0.flush()
    }
}

/// Shows a count; a gauge takes nothing but floating numbers.
pub fn show_count(name: &'static str, count: i64) {
    metrics::gauge!(name).set(f64::from(i32::try_from(count).unwrap_or(i32::MAX)));
}

/// Shows in seconds how long the oldest of something has waited; 0 where nothing waits. What lies ahead of us was written by a
/// clock that was wrong, and whoever watches should hear of it too.
pub fn show_age(name: &'static str, oldest: Option<Ts>, now: Ts) {
    let age = oldest.map_or(TimeDelta::zero(), |at| now.apart(at));
    metrics::gauge!(name).set(age.as_seconds_f64());
}

/// Installs the recorder of metrics and returns what renders them.
///
/// # Errors
/// [`Error::Start`] if a recorder was installed already.
pub fn metrics() -> Result<PrometheusHandle> {
    let handle = PrometheusBuilder::new()
        .set_buckets(&[0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0])
        .and_then(PrometheusBuilder::install_recorder)
        .map_err(|e| Error::start(format!("metrics: {e}")))?;
    count_from_zero();
    Ok(handle)
}

/// Shows counters before their first event: of one that is not there yet, an alarm on its growth would miss the first.
pub fn count_from_zero() {
    for name in ["sigap_access_alarms_total", "sigap_database_retries_total"] {
        metrics::counter!(name).increment(0);
    }
    for lasting in ["true", "false"] {
        metrics::counter!("sigap_mail_bounces_total", "lasting" => lasting).increment(0);
    }
    for result in ["sent", "refused"] {
        metrics::counter!("sigap_mail_tries_total", "result" => result).increment(0);
    }
    metrics::gauge!("sigap_listeners").set(0.0);
}
