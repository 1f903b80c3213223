//! Logs and metrics.

use crate::config::LogFormat;
use crate::db::Ts;
use crate::error::{Error, Result};
use chrono::TimeDelta;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tracing_subscriber::EnvFilter;

/// Starts the log on standard error, in `format`.
///
/// # Errors
/// [`Error::Start`] if a log was started already.
pub fn log(format: LogFormat, filter: &str) -> Result<()> {
    let filter = EnvFilter::try_new(filter).map_err(|e| Error::start(format!("log_filter: {e}")))?;
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match format {
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
        LogFormat::Text => builder.try_init(),
    }
    .map_err(|e| Error::start(format!("log: {e}")))
}

/// Shows a count; a gauge takes nothing but floating numbers.
pub fn show_count(name: &'static str, count: i64) {
    metrics::gauge!(name).set(f64::from(i32::try_from(count).unwrap_or(i32::MAX)));
}

/// Shows in seconds how long the oldest of something has waited; 0 where nothing waits.
pub fn show_age(name: &'static str, oldest: Option<Ts>, now: Ts) {
    let age = oldest.map_or(TimeDelta::zero(), |at| (now.utc() - at.utc()).max(TimeDelta::zero()));
    metrics::gauge!(name).set(age.as_seconds_f64());
}

/// Installs the recorder of metrics and returns what renders them.
///
/// # Errors
/// [`Error::Start`] if a recorder was installed already.
pub fn metrics() -> Result<PrometheusHandle> {
    PrometheusBuilder::new()
        .set_buckets(&[0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0])
        .and_then(PrometheusBuilder::install_recorder)
        .map_err(|e| Error::start(format!("metrics: {e}")))
}
