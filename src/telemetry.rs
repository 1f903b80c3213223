//! Logs and metrics.

use crate::config::LogFormat;
use crate::error::{Error, Result};
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
