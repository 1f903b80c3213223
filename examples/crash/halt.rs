//! The database server is stopped at once under load and started again (F4, R3, R19). Meanwhile the service may say
//! nothing but 503 with `Retry-After`; afterwards it goes on by itself.

use crate::fault::Fault;
use crate::probe::Probe;
use crate::server::{Server, Setup};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// Longest time from the return of the database to the first acknowledged write.
pub const AGAIN_WITHIN: Duration = Duration::from_secs(5);
/// Files and sockets that may be open beyond those of the first round.
const MORE_OPEN: usize = 40;

/// A throw-away PostgreSQL, by `tests/postgres.sh`.
#[derive(Debug)]
pub struct Cluster {
    /// Its data, its socket.
    pub folder: PathBuf,
    /// Its address.
    pub url: String,
}

impl Cluster {
    /// Starts a new one in `folder`.
    pub fn start(folder: &Path) -> Result<Self, String> {
        let mut cluster = Self { folder: folder.to_owned(), url: String::new() };
        cluster.url = cluster.script("start", &[])?;
        Ok(cluster)
    }

    /// Makes a standby of `primary` in `folder`.
    pub fn follow(folder: &Path, primary: &Self) -> Result<Self, String> {
        let mut cluster = Self { folder: folder.to_owned(), url: String::new() };
        cluster.url = cluster.script("follow", &[&primary.folder.display().to_string()])?;
        Ok(cluster)
    }

    /// Runs an action of the script; what it says.
    pub fn script(&self, action: &str, more: &[&str]) -> Result<String, String> {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/postgres.sh");
        let output = Command::new("bash").arg(script).arg(action).arg(&self.folder).args(more).output();
        let output = output.map_err(|e| format!("postgres.sh {action}: {e}"))?;
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned());
        }
        Err(format!("postgres.sh {action}: {}", String::from_utf8_lossy(&output.stderr)))
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // Nothing of it is kept; a failure leaves a folder in memory or below /tmp.
        drop(self.script("stop", &[]));
    }
}

/// `pg_ctl -m immediate`, then the same data again.
#[derive(Debug)]
pub struct Halt {
    cluster: Cluster,
    probe: Probe,
    open_at_first: Option<usize>,
}

impl Halt {
    /// With a server of its own.
    pub fn new(cluster: Cluster) -> Self {
        Self { cluster, probe: Probe::default(), open_at_first: None }
    }
}

impl Fault for Halt {
    fn strike(&mut self, server: Server) -> Result<Option<Server>, String> {
        self.probe.sign_in(&server.url)?;
        self.cluster.script("halt", &[])?;
        self.probe.meanwhile(&server.url, Duration::from_millis(1500));
        Ok(Some(server))
    }

    fn mend(&mut self, server: Option<Server>, _: &Setup, seen: &mut Vec<String>) -> Result<Server, String> {
        let mut server = server.ok_or("the service is gone")?;
        let began = Instant::now();
        self.cluster.script("again", &[])?;
        server.ready_after = self.probe.until_it_writes(&server.url, began, AGAIN_WITHIN + began.elapsed())?;
        seen.append(&mut self.probe.faults);
        let open = server.open_files();
        let most = *self.open_at_first.get_or_insert(open) + MORE_OPEN;
        if open > most {
            seen.push(format!("{open} files and sockets are open, {most} at most"));
        }
        Ok(server)
    }

    fn leaves_it_alive(&self) -> bool {
        true
    }
}
