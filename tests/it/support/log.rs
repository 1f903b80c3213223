//! A log that a test reads, beside tests that are logged nowhere.

use sigap::config::LogFormat;
use sigap::telemetry::written_to;
use std::io::Write;
use std::sync::{Arc, LazyLock, Mutex};
use tracing::Dispatch;

/// Two logs that nobody reads, for as long as the tests run. `tracing` keeps for all threads whether anybody listens to a line.
/// Where it knows of one log at the most, the thread that comes to that line first answers for all, and that thread is a test
/// beside, which listens to nothing.
static UNREAD: LazyLock<[Dispatch; 2]> =
    LazyLock::new(|| [(); 2].map(|()| written_to(std::io::sink, LogFormat::Json, "off").unwrap()));

/// To be called before the first line that a test may want to read.
pub fn expect_more_than_one() {
    LazyLock::force(&UNREAD);
}

/// Where a log is written to, to be read.
#[derive(Clone, Default)]
pub struct Paper(Arc<Mutex<Vec<u8>>>);

impl Write for Paper {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Paper {
    pub fn log(&self, format: LogFormat) -> Dispatch {
        self.filtered(format, "info")
    }

    pub fn filtered(&self, format: LogFormat, filter: &str) -> Dispatch {
        expect_more_than_one();
        let paper = self.clone();
        written_to(move || paper.clone(), format, filter).unwrap()
    }

    pub fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }

    pub fn lines(&self) -> Vec<serde_json::Value> {
        self.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}
