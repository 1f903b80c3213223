//! Take-over by a standby (F5, R4): every process of the primary is killed under load, the standby is promoted, and the
//! service goes on by itself. Then the old primary comes back, still believing that it takes writes, and must never be
//! given one. Without `--asynchronous` the primary answers only what its standby has on disk.

use crate::fault::Fault;
use crate::halt::Cluster;
use crate::leeway::within;
use crate::probe::Probe;
use crate::server::{Server, Setup};
use diesel::{Connection, PgConnection, QueryableByName, RunQueryDsl};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

/// Longest time from the promotion to the first acknowledged write.
const WRITES_WITHIN: Duration = Duration::from_secs(10);
/// Longest time for a new standby to have caught up.
const FOLLOWS_WITHIN: Duration = Duration::from_secs(30);

/// Two servers that take turns.
pub struct TakeOver {
    primary: Option<Cluster>,
    standby: Option<Cluster>,
    folders: [PathBuf; 2],
    synchronous: bool,
    /// A node that knows of no other writes to the old primary, for the check to find.
    stray: bool,
    probe: Probe,
    times: Vec<Duration>,
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    n: i64,
}

fn ask(cluster: &Cluster, sql: &str) -> Result<i64, String> {
    let mut conn = PgConnection::establish(&cluster.url).map_err(|e| e.to_string())?;
    diesel::sql_query(sql).get_result::<Count>(&mut conn).map(|count| count.n).map_err(|e| e.to_string())
}

/// The service on the old primary alone. Nobody waits for its write: without a standby it is not answered.
fn stray(old: &Cluster, setup: &Setup) -> Result<Server, String> {
    let server = Server::start(&Setup { database: old.url.clone(), ..setup.clone() })?;
    let url = server.url.clone();
    thread::spawn(move || Probe::default().until_it_writes(&url, Instant::now(), WRITES_WITHIN));
    Ok(server)
}

impl TakeOver {
    /// Starts a primary and its standby below `place`; gives the address of both.
    pub fn begin(place: &Path, synchronous: bool, stray: bool) -> Result<(Self, String), String> {
        let folders = ["a", "b"].map(|name| place.with_extension(name));
        let [first, second] = &folders;
        let primary = Cluster::start(first)?;
        let standby = Cluster::follow(second, &primary)?;
        let address = format!("postgres://postgres@localhost/postgres?host={},{}", first.display(), second.display());
        let mut pair = Self {
            primary: Some(primary),
            standby: Some(standby),
            folders,
            synchronous,
            stray,
            probe: Probe::default(),
            times: Vec::new(),
        };
        pair.wait_for_standby()?;
        Ok((pair, address))
    }

    /// Until the standby follows; from then on it is waited for, if it is to be.
    fn wait_for_standby(&mut self) -> Result<(), String> {
        let primary = self.primary.as_ref().ok_or("no primary")?;
        let began = Instant::now();
        while ask(primary, "SELECT count(*) AS n FROM pg_stat_replication WHERE state = 'streaming'")? == 0 {
            if began.elapsed() > within(FOLLOWS_WITHIN) {
                return Err("the standby does not follow".to_owned());
            }
            thread::sleep(Duration::from_millis(50));
        }
        if self.synchronous { primary.script("sync", &["*"]).map(drop) } else { Ok(()) }
    }

    /// The old primary comes back; the service must go on where it is. Then it becomes the standby of the new one.
    fn bring_back(
        &mut self,
        old: Cluster,
        server: &Server,
        setup: &Setup,
        seen: &mut Vec<String>,
    ) -> Result<(), String> {
        const SESSIONS: &str = "SELECT count(*) AS n FROM pg_stat_activity WHERE backend_type = 'client backend' \
             AND pid <> pg_backend_pid() AND (query ILIKE 'INSERT%' OR query ILIKE 'UPDATE%' OR query ILIKE 'COMMIT%')";
        const TICKETS: &str = "SELECT count(*) AS n FROM tickets";
        old.script("again", &[])?;
        let before = ask(&old, TICKETS)?;
        let stray = if self.stray { Some(stray(&old, setup)?) } else { None };
        let began = Instant::now();
        while began.elapsed() < Duration::from_secs(3) {
            self.probe.until_it_writes(&server.url, Instant::now(), WRITES_WITHIN)?;
        }
        let (after, sessions) = (ask(&old, TICKETS)?, ask(&old, SESSIONS)?);
        if after != before || sessions != 0 {
            seen.push(format!("the old primary was written to: {} tickets, {sessions} sessions", after - before));
        }
        drop(stray);
        let primary = self.primary.as_ref().ok_or("no primary")?;
        let folder = old.folder.clone();
        drop(old);
        self.standby = Some(Cluster::follow(&folder, primary)?);
        self.wait_for_standby()
    }
}

impl Fault for TakeOver {
    fn strike(&mut self, server: Server) -> Result<Option<Server>, String> {
        self.probe.sign_in(&server.url)?;
        self.primary.as_ref().ok_or("no primary")?.script("kill", &[])?;
        self.probe.meanwhile(&server.url, Duration::from_millis(500));
        Ok(Some(server))
    }

    fn mend(&mut self, server: Option<Server>, setup: &Setup, seen: &mut Vec<String>) -> Result<Server, String> {
        let mut server = server.ok_or("the service is gone")?;
        let old = self.primary.take().ok_or("no primary")?;
        self.primary = self.standby.take();
        let began = Instant::now();
        self.primary.as_ref().ok_or("no standby")?.script("promote", &[])?;
        server.ready_after = self.probe.until_it_writes(&server.url, began, WRITES_WITHIN)?;
        self.times.push(server.ready_after);
        self.bring_back(old, &server, setup, seen)?;
        seen.append(&mut self.probe.faults);
        Ok(server)
    }

    fn leaves_it_alive(&self) -> bool {
        true
    }

    fn last(&mut self, server: &Server, seen: &mut Vec<String>) -> Result<(), String> {
        let (metrics, wanted) = (server.metrics()?, i32::from(self.synchronous));
        for line in [format!("sigap_standby_synchronous {wanted}"), "sigap_standbys 1".to_owned()] {
            if !metrics.lines().any(|found| found == line) {
                seen.push(format!("/metrics does not say {line}"));
            }
        }
        println!("from promotion to first write: {:.1?} at most", self.times.iter().max().unwrap_or(&Duration::ZERO));
        Ok(())
    }
}

impl Drop for TakeOver {
    fn drop(&mut self) {
        // The standby first: it is nothing without the other.
        self.standby = None;
        self.primary = None;
        for folder in &self.folders {
            drop(std::fs::remove_dir_all(folder));
        }
    }
}
