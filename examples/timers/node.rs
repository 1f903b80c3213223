//! A node: the service as a child process that is killed, frozen and started again; and when each one ran.

use chrono::{DateTime, Utc};
use std::fs::OpenOptions;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};
use ureq::Agent;

/// Longest time to become ready.
const READY_WITHIN: Duration = Duration::from_mins(1);

/// How every node is started, but for its port.
#[derive(Debug)]
pub struct Setup {
    /// The `sigap` binary.
    pub binary: PathBuf,
    /// `SIGAP_DATA_DIR`.
    pub data: PathBuf,
    /// `SIGAP_DATABASE_URL`.
    pub database: String,
    /// Where its output goes.
    pub output: PathBuf,
}

/// Stretches of time in which a node ran: begin, and end if it has ended.
#[derive(Debug, Default)]
pub struct Uptime(Vec<(DateTime<Utc>, Option<DateTime<Utc>>)>);

impl Uptime {
    fn begins(&mut self) -> usize {
        self.0.push((now(), None));
        self.0.len() - 1
    }

    fn ends(&mut self, stretch: usize, at: DateTime<Utc>) {
        if let Some(one) = self.0.get_mut(stretch) {
            one.1 = Some(at);
        }
    }

    /// How long at least one node ran between two instants, in microseconds.
    pub fn within(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> i64 {
        let mut cut: Vec<_> =
            self.0.iter().map(|(begin, end)| ((*begin).max(from), end.unwrap_or(to).min(to))).collect();
        cut.retain(|(begin, end)| begin < end);
        cut.sort();
        let (mut sum, mut reach) = (0, from);
        for (begin, end) in cut {
            let begin = begin.max(reach);
            if end > begin {
                sum += (end - begin).num_microseconds().unwrap_or(i64::MAX);
                reach = end;
            }
        }
        sum
    }
}

#[expect(clippy::disallowed_methods, reason = "a measurement asks the machine")]
pub fn now() -> DateTime<Utc> {
    Utc::now()
}

/// A running node; killed when dropped.
#[derive(Debug)]
pub struct Node {
    child: Child,
    stretch: usize,
}

impl Node {
    /// Starts a node on a free port and waits until it is ready.
    pub fn start(setup: &Setup, uptime: &mut Uptime) -> Result<Self, String> {
        let free = TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).map_err(|e| e.to_string())?;
        let output = OpenOptions::new().create(true).append(true).open(&setup.output).map_err(|e| e.to_string())?;
        let errors = output.try_clone().map_err(|e| e.to_string())?;
        let child = Command::new(&setup.binary)
            .arg("serve")
            .env("SIGAP_BIND", free.to_string())
            .env("SIGAP_DATA_DIR", &setup.data)
            .env("SIGAP_DATABASE_URL", &setup.database)
            .stdin(Stdio::null())
            .stdout(output)
            .stderr(errors)
            .spawn()
            .map_err(|e| format!("can't start {}: {e}", setup.binary.display()))?;
        let mut node = Self { child, stretch: 0 };
        let config = Agent::config_builder().proxy(None).timeout_global(Some(Duration::from_secs(5))).build();
        let agent = config.new_agent();
        let begun = Instant::now();
        while agent.get(format!("http://{free}/readyz")).call().is_err() {
            if let Ok(Some(status)) = node.child.try_wait() {
                return Err(format!("a node ended at start: {status}; see {}", setup.output.display()));
            }
            if begun.elapsed() > READY_WITHIN {
                return Err(format!("a node is not ready after {READY_WITHIN:?}"));
            }
            thread::sleep(Duration::from_millis(10));
        }
        node.stretch = uptime.begins();
        Ok(node)
    }

    /// SIGKILL.
    pub fn kill(mut self, uptime: &mut Uptime) -> Result<(), String> {
        uptime.ends(self.stretch, now());
        self.child.kill().and_then(|()| self.child.wait()).map(|_| ()).map_err(|e| format!("can't kill: {e}"))
    }

    /// SIGSTOP: it keeps its connections and does nothing.
    pub fn freeze(&mut self, uptime: &mut Uptime) -> Result<(), String> {
        uptime.ends(self.stretch, now());
        self.signal("-STOP")
    }

    /// SIGCONT.
    pub fn thaw(&mut self, uptime: &mut Uptime) -> Result<(), String> {
        self.signal("-CONT")?;
        self.stretch = uptime.begins();
        Ok(())
    }

    fn signal(&self, signal: &str) -> Result<(), String> {
        let sent = Command::new("kill").args([signal, &self.child.id().to_string()]).status();
        match sent {
            Ok(status) if status.success() => Ok(()),
            other => Err(format!("kill {signal}: {other:?}")),
        }
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
