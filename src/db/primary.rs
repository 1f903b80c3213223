//! The PostgreSQL server that takes writes, out of those that an address names. libpq would take the first that does; after
//! a take-over that may be the old primary, come back with an older history. So each is asked by itself, and one whose
//! timeline is older than one that this program has seen is never spoken to again (R4).

use super::hosts::addresses;
use super::line::Line;
use super::postgres::Session;
use diesel::r2d2::{CustomizeConnection as _, Error, ManageConnection, R2D2Connection as _};
use diesel::{Connection, ConnectionError, PgConnection, RunQueryDsl};
use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

/// How often all servers are asked, where there are several.
const ROUND: Duration = Duration::from_secs(2);

/// Makes connections to the server that takes writes.
#[derive(Debug, Clone)]
pub struct Primary(Arc<Servers>);

#[derive(Debug)]
struct Servers {
    addresses: Vec<String>,
    /// What each connection begins with.
    session: Session,
    /// Which one answered last.
    last: AtomicUsize,
    /// The newest timeline that was seen; a server before it was left behind by a take-over.
    newest: Arc<AtomicI64>,
}

/// A connection, and the timeline of its server when it was made.
pub struct Dated {
    conn: PgConnection,
    line: Line,
    timeline: i64,
    newest: Arc<AtomicI64>,
}

impl Dated {
    /// Whether it waits for its server.
    #[must_use]
    pub fn line(&self) -> &Line {
        &self.line
    }

    /// A take-over has left its server behind.
    #[must_use]
    pub fn has_left(&self) -> bool {
        self.timeline < self.newest.load(Ordering::Acquire)
    }
}

impl Deref for Dated {
    type Target = PgConnection;
    fn deref(&self) -> &PgConnection {
        &self.conn
    }
}

impl DerefMut for Dated {
    fn deref_mut(&mut self) -> &mut PgConnection {
        &mut self.conn
    }
}

#[derive(diesel::QueryableByName)]
struct State {
    #[diesel(sql_type = diesel::sql_types::Bool)]
    standby: bool,
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    timeline: i64,
}

/// The timeline that is being written now; that of the last checkpoint would come late after a take-over.
const STATE: &str = "SELECT pg_is_in_recovery() AS standby, CASE WHEN pg_is_in_recovery() THEN 0 ELSE \
     ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::bigint END AS timeline";

impl Primary {
    /// For an address with one server or several. Several are all asked at once, so that the newest history is known
    /// before the first word to one of them, and again and again.
    ///
    /// # Errors
    /// If none of them takes writes.
    pub(super) fn find(url: &str, session: Session) -> Result<Self, Error> {
        let (last, newest) = (AtomicUsize::new(0), Arc::new(AtomicI64::new(0)));
        let servers = Arc::new(Servers { addresses: addresses(url), session, last, newest });
        if servers.are_several() {
            servers.survey()?;
            let seen = Arc::downgrade(&servers);
            std::thread::Builder::new()
                .name("postgres-survey".into())
                .spawn(move || keep_asking(&seen))
                .map_err(|e| refused(e.to_string()))?;
        }
        Ok(Self(servers))
    }

    /// The address of the server that takes writes, by itself, and its timeline.
    ///
    /// # Errors
    /// If none does.
    pub(super) fn chosen(&self) -> Result<(String, i64), Error> {
        self.0.connect().map(|(address, conn)| (address.to_owned(), conn.timeline))
    }
}

/// Until nobody needs these servers any more.
fn keep_asking(servers: &Weak<Servers>) {
    loop {
        std::thread::sleep(ROUND);
        let Some(servers) = servers.upgrade() else { return };
        if let Err(e) = servers.survey() {
            tracing::warn!(error = %e, "PostgreSQL: no server takes writes");
        }
    }
}

fn refused(why: String) -> Error {
    Error::ConnectionError(ConnectionError::BadConnection(why))
}

impl Servers {
    fn are_several(&self) -> bool {
        self.addresses.len() > 1
    }

    /// Asks all; an error if none takes writes.
    fn survey(&self) -> Result<(), Error> {
        let answers: Vec<_> = self.addresses.iter().map(|address| self.reach(address)).collect();
        let mut faults: Vec<Error> = Vec::new();
        for answer in answers {
            match answer {
                Ok(_) => return Ok(()),
                Err(e) => faults.push(e),
            }
        }
        faults.pop().map_or(Ok(()), Err)
    }

    /// A connection to this server, if it takes writes and nothing newer was seen.
    fn reach(&self, address: &str) -> Result<Dated, Error> {
        let mut conn = PgConnection::establish(address).map_err(Error::ConnectionError)?;
        let (line, newest) = (Line::default(), Arc::clone(&self.newest));
        conn.set_instrumentation(line.listener());
        if !self.are_several() {
            return Ok(Dated { conn, line, timeline: 0, newest });
        }
        let state: State = diesel::sql_query(STATE).get_result(&mut conn).map_err(Error::QueryError)?;
        if state.standby {
            return Err(refused("a standby, which takes no writes".into()));
        }
        let (timeline, seen) = (state.timeline, newest.fetch_max(state.timeline, Ordering::AcqRel));
        if timeline < seen {
            tracing::error!(timeline, seen, "PostgreSQL: an old primary is back; it is left alone");
            return Err(refused(format!("an old primary: its timeline is {timeline}, and {seen} was seen")));
        }
        Ok(Dated { conn, line, timeline, newest })
    }

    /// A connection to the server that takes writes, and its address.
    fn connect(&self) -> Result<(&str, Dated), Error> {
        let last = self.last.load(Ordering::Acquire);
        let count = self.addresses.len();
        let mut why = refused("no server is named".into());
        for place in (last..count).chain(0..last) {
            let Some(address) = self.addresses.get(place) else { continue };
            match self.reach(address) {
                Ok(mut conn) => {
                    self.session.on_acquire(&mut conn)?;
                    self.last.store(place, Ordering::Release);
                    return Ok((address, conn));
                }
                Err(e) => why = e,
            }
        }
        Err(why)
    }
}

impl ManageConnection for Primary {
    type Connection = Dated;
    type Error = Error;

    fn connect(&self) -> Result<Dated, Error> {
        self.0.connect().map(|(_, conn)| conn)
    }

    fn is_valid(&self, conn: &mut Dated) -> Result<(), Error> {
        conn.ping().map_err(Error::QueryError)
    }

    fn has_broken(&self, conn: &mut Dated) -> bool {
        std::thread::panicking() || conn.is_broken() || conn.has_left()
    }
}
