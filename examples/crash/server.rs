//! The service as a child process that is killed and started again on the same data.

use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};
use ureq::Agent;

/// Longest time to become ready; the first start makes the demo data.
const READY_WITHIN: Duration = Duration::from_mins(10);

/// How the service is started, the same each time but for its port.
#[derive(Debug, Clone)]
pub struct Setup {
    /// The `sigap` binary.
    pub binary: PathBuf,
    /// `SIGAP_DATA_DIR`.
    pub data: PathBuf,
    /// `SIGAP_DATABASE_URL`.
    pub database: String,
    /// Where its output goes.
    pub output: PathBuf,
    /// More of its environment.
    pub environment: Vec<(String, String)>,
    /// File of its settings.
    pub settings: Option<PathBuf>,
}

/// The running service; killed when dropped.
#[derive(Debug)]
pub struct Server {
    child: Child,
    /// Where it listens.
    pub url: String,
    /// How long it took to become ready.
    pub ready_after: Duration,
}

impl Server {
    /// Starts the service on a free port and waits until `/readyz` answers 200.
    pub fn start(setup: &Setup) -> Result<Self, String> {
        let address = free_address().map_err(|e| format!("no free port: {e}"))?;
        let output = append(&setup.output).map_err(|e| format!("can't write {}: {e}", setup.output.display()))?;
        let errors = output.try_clone().map_err(|e| e.to_string())?;
        let begun = Instant::now();
        let child = Command::new(&setup.binary)
            .args(["serve", "--demo"])
            .args(setup.settings.iter().flat_map(|file| [OsStr::new("--config"), file.as_os_str()]))
            .env("SIGAP_BIND", &address)
            .env("SIGAP_DATA_DIR", &setup.data)
            .env("SIGAP_DATABASE_URL", &setup.database)
            .env("SIGAP_RATE_LIMIT", "off")
            .envs(setup.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(output)
            .stderr(errors)
            .spawn()
            .map_err(|e| format!("can't start {}: {e}", setup.binary.display()))?;
        let mut server = Self { child, url: format!("http://{address}"), ready_after: Duration::ZERO };
        server.wait_until_ready(begun).map_err(|e| {
            let output = fs::read_to_string(&setup.output).unwrap_or_default();
            format!("{e}: {}; its output is in {}", output.lines().last().unwrap_or_default(), setup.output.display())
        })?;
        Ok(server)
    }

    fn wait_until_ready(&mut self, begun: Instant) -> Result<(), String> {
        let config = Agent::config_builder().proxy(None).timeout_global(Some(Duration::from_secs(5))).build();
        let agent = config.new_agent();
        while begun.elapsed() < READY_WITHIN {
            if let Ok(Some(status)) = self.child.try_wait() {
                return Err(format!("the service ended at start: {status}"));
            }
            if agent.get(format!("{}/readyz", self.url)).call().is_ok() {
                self.ready_after = begun.elapsed();
                return Ok(());
            }
            thread::sleep(Duration::from_millis(10));
        }
        Err(format!("the service is not ready after {READY_WITHIN:?}"))
    }

    /// SIGKILL; returns once the process is gone. An error if it had ended before by itself.
    pub fn kill(mut self) -> Result<(), String> {
        self.is_alive()?;
        self.child.kill().and_then(|()| self.child.wait()).map(|_| ()).map_err(|e| format!("can't kill: {e}"))
    }
}

impl Server {
    /// Waits until it has ended by itself, which must not look like an orderly end.
    pub fn ends_within(&mut self, longest: Duration) -> Result<(), String> {
        let begun = Instant::now();
        while begun.elapsed() < longest {
            if let Some(status) = self.child.try_wait().map_err(|e| e.to_string())? {
                return if status.success() { Err("the service ended as if all was well".to_owned()) } else { Ok(()) };
            }
            thread::sleep(Duration::from_millis(5));
        }
        Err(format!("the service has not ended within {longest:?}"))
    }

    /// What `/metrics` tells.
    pub fn metrics(&self) -> Result<String, String> {
        let agent =
            Agent::config_builder().proxy(None).timeout_global(Some(Duration::from_secs(5))).build().new_agent();
        let mut answer = agent.get(format!("{}/metrics", self.url)).call().map_err(|e| format!("/metrics: {e}"))?;
        answer.body_mut().read_to_string().map_err(|e| format!("/metrics: {e}"))
    }

    /// An error if it has ended by itself.
    pub fn is_alive(&mut self) -> Result<(), String> {
        match self.child.try_wait() {
            Ok(Some(status)) => Err(format!("the service had ended by itself: {status}")),
            _ => Ok(()),
        }
    }

    /// Files and sockets that it holds open.
    pub fn open_files(&self) -> usize {
        fs::read_dir(format!("/proc/{}/fd", self.child.id())).map_or(0, Iterator::count)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A port that was free a moment ago.
fn free_address() -> std::io::Result<String> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.to_string())
}

fn append(path: &Path) -> std::io::Result<File> {
    OpenOptions::new().create(true).append(true).open(path)
}
