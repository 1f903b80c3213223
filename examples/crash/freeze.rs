//! The way to PostgreSQL stands still, or every connection is cut, by turns (F4, R19). While it stands still every request
//! is answered with 503 and `Retry-After` within a bound, `/healthz` with 200 at once; afterwards the service goes on by
//! itself.

use crate::fault::Fault;
use crate::halt::{AGAIN_WITHIN, Cluster};
use crate::probe::Probe;
use crate::proxy::Proxy;
use crate::server::{Server, Setup};
use std::thread;
use std::time::{Duration, Instant};

/// `database_seconds` of the service: it gives up after twice that.
pub const SECONDS: u64 = 2;
/// So long nothing goes through: long enough for every connection to be given up, and for others to be asked for.
const FROZEN: Duration = Duration::from_secs(10);
/// Longest time to the answer of a request: three seconds for a connection, then until the server is given up, and some for
/// a machine that is busy.
const ANSWERS_WITHIN: Duration = Duration::from_secs(3 + 2 * SECONDS + 3);
/// Files and sockets that may be open beyond those of the first round.
const MORE_OPEN: usize = 40;

/// A server of its own behind a relay.
#[derive(Debug)]
pub struct Freeze {
    proxy: Proxy,
    // After the relay, which ends first.
    _cluster: Cluster,
    probe: Probe,
    struck: u64,
    open_at_first: Option<usize>,
    slowest: Duration,
    latest: Duration,
}

impl Freeze {
    /// Starts the relay; gives the address for the service.
    pub fn begin(cluster: Cluster) -> Result<(Self, String), String> {
        let proxy = Proxy::start(&cluster.folder.join(".s.PGSQL.5432"))?;
        let url = format!("postgres://postgres@127.0.0.1:{}/postgres?sslmode=disable", proxy.address.port());
        let (open_at_first, probe) = (None, Probe::default());
        let (slowest, latest) = (Duration::ZERO, Duration::ZERO);
        Ok((Self { proxy, _cluster: cluster, probe, struck: 0, open_at_first, slowest, latest }, url))
    }

    fn is_about_cuts(&self) -> bool {
        self.struck.is_multiple_of(2)
    }
}

impl Fault for Freeze {
    fn strike(&mut self, server: Server) -> Result<Option<Server>, String> {
        self.struck += 1;
        self.probe.sign_in(&server.url)?;
        if self.is_about_cuts() {
            for _ in 0..5 {
                self.proxy.cut();
                thread::sleep(Duration::from_millis(200));
            }
            return Ok(Some(server));
        }
        self.proxy.freeze();
        let began = Instant::now();
        while began.elapsed() < FROZEN {
            self.probe.expect_life(&server.url);
            self.slowest = self.slowest.max(self.probe.expect_refusals(&server.url, ANSWERS_WITHIN));
        }
        self.probe.expect_life(&server.url);
        self.proxy.thaw();
        Ok(Some(server))
    }

    fn mend(&mut self, server: Option<Server>, _: &Setup, seen: &mut Vec<String>) -> Result<Server, String> {
        let mut server = server.ok_or("the service is gone")?;
        server.is_alive()?;
        server.ready_after = self.probe.until_it_writes(&server.url, Instant::now(), AGAIN_WITHIN)?;
        self.latest = self.latest.max(server.ready_after);
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

    fn last(&mut self, _: &Server, _: &mut Vec<String>) -> Result<(), String> {
        println!(
            "while nothing went through a refusal took {:.1?} at most; the first write came {:.1?} afterwards at most",
            self.slowest, self.latest
        );
        Ok(())
    }
}
