//! Wakes whoever waits for work, in this process and, on PostgreSQL, on every other node (LISTEN and NOTIFY). Nobody relies
//! on it: whatever is woken also looks by itself now and then, so that a ring which is lost costs its period at most.

use super::Conn;
use super::primary::Primary;
use crate::error::Result;
use diesel::RunQueryDsl;
use diesel::connection::SimpleConnection;
use diesel::r2d2::{self, ManageConnection as _};
use diesel::sql_types::Text;
use std::sync::{Arc, Weak};
use std::time::Duration;
use tokio::sync::watch;

/// Name of the channel in PostgreSQL.
const CHANNEL: &str = "sigap_work";

/// How often it is looked whether another node has rung: a glance at a socket, not a question to the server.
const LOOK: Duration = Duration::from_millis(25);
/// How long after a lost line another is tried.
const REST: Duration = Duration::from_secs(1);

/// The bell of this process; cheap to clone.
#[derive(Debug, Clone)]
pub struct Bell(Arc<Rings>);

#[derive(Debug)]
struct Rings {
    /// Whose rings are our own, among those of all nodes.
    node: String,
    here: watch::Sender<u64>,
    anywhere: watch::Sender<u64>,
}

impl Default for Bell {
    fn default() -> Self {
        let node = uuid::Uuid::new_v4().to_string();
        Self(Arc::new(Rings { node, here: watch::Sender::new(0), anywhere: watch::Sender::new(0) }))
    }
}

impl Bell {
    /// Something was committed that others wait for.
    pub fn ring(&self) {
        self.0.here.send_modify(|count| *count = count.wrapping_add(1));
        self.0.sound();
    }

    /// Changes with every ring, wherever it was rung.
    #[must_use]
    pub fn heard(&self) -> watch::Receiver<u64> {
        self.0.anywhere.subscribe()
    }

    /// Changes with every ring of this process, of which others must be told.
    #[must_use]
    pub fn rung_here(&self) -> watch::Receiver<u64> {
        self.0.here.subscribe()
    }

    /// This process, as it names itself to others.
    pub(super) fn node(&self) -> &str {
        &self.0.node
    }

    /// Listens for other nodes, on a thread that ends with the last of this bell.
    pub(super) fn listen(&self, primary: Primary) {
        let rings = Arc::downgrade(&self.0);
        let thread = std::thread::Builder::new().name("bell".into());
        if let Err(error) = thread.spawn(move || listen(&primary, &rings)) {
            tracing::warn!(%error, "no thread listens for other nodes; their work is found by looking");
        }
    }
}

impl Rings {
    fn sound(&self) {
        self.anywhere.send_modify(|count| *count = count.wrapping_add(1));
    }
}

/// Tells all nodes that `node` has rung; a note of PostgreSQL goes out with the commit.
pub(super) fn tell(conn: &mut Conn<'_>, node: &str) -> Result<()> {
    if let Conn::Pg(c) = conn {
        let call = diesel::sql_query("SELECT pg_notify($1, $2)").bind::<Text, _>(CHANNEL).bind::<Text, _>(node);
        call.execute(&mut **c)?;
    }
    Ok(())
}

fn listen(primary: &Primary, rings: &Weak<Rings>) {
    while rings.strong_count() > 0 {
        if let Err(error) = hear(primary, rings) {
            tracing::debug!(%error, "the line to other nodes is lost; another is tried");
        }
        std::thread::sleep(REST);
    }
}

/// Until the line is lost, or the bell is gone.
fn hear(primary: &Primary, rings: &Weak<Rings>) -> std::result::Result<(), r2d2::Error> {
    let mut conn = primary.connect()?;
    conn.batch_execute(&format!("LISTEN {CHANNEL}")).map_err(r2d2::Error::QueryError)?;
    // What was rung before nobody has heard here.
    let mut is_rung = true;
    while let Some(rings) = rings.upgrade() {
        for note in conn.notifications_iter() {
            is_rung |= note.map_err(r2d2::Error::QueryError)?.payload != rings.node;
        }
        if std::mem::take(&mut is_rung) {
            rings.sound();
        }
        if conn.has_left() {
            return Ok(());
        }
        drop(rings);
        std::thread::sleep(LOOK);
    }
    Ok(())
}
