//! A PostgreSQL server of one's own, to be halted and to be unsafe (R3, R19).

use super::postgres::here;
use crate::support::app::{monday_morning, settings};
use crate::support::meet::{LONG, until};
use diesel::{Connection as _, PgConnection, RunQueryDsl as _};
use sigap::access::Origin;
use sigap::app::{App, Caller};
use sigap::clock::Clock;
use sigap::db::Store;
use sigap::error::Error;
use sigap::org::{region, session};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Command;
use std::time::Instant;
use tempfile::TempDir;

/// A server that goes away with this value.
pub struct Server {
    folder: TempDir,
    pub url: String,
}

impl Server {
    pub fn start(more: &[&str]) -> Self {
        let mut server = Self::nowhere();
        server.url = server.script("start", more);
        server
    }

    /// A standby of this one.
    pub fn follow(&self) -> Self {
        let mut standby = Self::nowhere();
        standby.url = standby.script("follow", &[self.place().to_str().unwrap()]);
        standby
    }

    /// The folder of its socket.
    pub fn place(&self) -> PathBuf {
        self.folder.path().join("pg")
    }

    fn nowhere() -> Self {
        let folder = tempfile::Builder::new().prefix("sigap-pg").tempdir_in("/tmp").unwrap();
        // The server runs as another user, who must get to his folder.
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
        Self { folder, url: String::new() }
    }

    pub fn script(&self, action: &str, more: &[&str]) -> String {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/postgres.sh");
        let output = Command::new("bash").arg(script).arg(action).arg(self.place()).args(more).output().unwrap();
        assert!(output.status.success() || action == "stop", "{action}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.script("stop", &[]);
    }
}

#[test]
fn a_server_that_loses_what_it_acknowledged_is_refused_by_the_name_of_its_setting() {
    if !here() {
        return;
    }
    for name in ["fsync", "full_page_writes"] {
        let server = Server::start(&[&format!("{name}=off")]);
        let refusal = Store::open(&server.url, 2, 30).err().unwrap().to_string();
        assert!(refusal.contains(&format!("{name} is off")) && refusal.contains(&format!("{name} = on")), "{refusal}");
    }
}

#[actix_web::test]
async fn while_the_database_is_gone_every_request_is_503_and_afterwards_all_is_well_without_a_restart() {
    if !here() {
        return;
    }
    let server = Server::start(&[]);
    let folder = tempfile::tempdir().unwrap();
    let app = App::open(settings(&server.url, folder.path(), ""), Clock::fixed(monday_morning()), None).unwrap();
    let read = || app.read(Caller::Anonymous, Origin::default(), region::list);
    let write = || app.write(Caller::Anonymous, Origin::default(), session::sweep);
    read().await.unwrap();
    write().await.unwrap();
    for _ in 0..3 {
        server.script("halt", &[]);
        for _ in 0..2 {
            let (read, write) = (read().await, write().await);
            assert!(matches!(read, Err(Error::Unavailable(_))), "{read:?}");
            assert!(matches!(write, Err(Error::Unavailable(_))), "{write:?}");
        }
        server.script("again", &[]);
        until("what is healed", async || read().await.is_ok() && write().await.is_ok()).await;
    }
}

// R3, R4: another server may have taken over under the same address.
#[actix_web::test]
async fn a_server_that_loses_what_it_acknowledged_is_given_no_write_also_when_it_comes_later() {
    if !here() {
        return;
    }
    let server = Server::start(&[]);
    let folder = tempfile::tempdir().unwrap();
    let app = App::open(settings(&server.url, folder.path(), ""), Clock::fixed(monday_morning()), None).unwrap();
    let write = || app.write(Caller::Anonymous, Origin::default(), session::sweep);
    write().await.unwrap();
    let options = server.folder.path().join("pg/options");
    let safe = std::fs::read_to_string(&options).unwrap();
    for (setting, is_taken) in [(" -c fsync=off", false), ("", true)] {
        server.script("halt", &[]);
        std::fs::write(&options, format!("{} {setting}", safe.trim())).unwrap();
        server.script("again", &[]);
        let began = Instant::now();
        let mut outcome = write().await;
        while is_taken && outcome.is_err() {
            assert!(began.elapsed() < LONG, "not healed: {outcome:?}");
            outcome = write().await;
        }
        assert_eq!(outcome.is_ok(), is_taken, "{outcome:?}");
    }
}

/// The processes that serve connections to the database of `url`.
fn backends(url: &str) -> Vec<i32> {
    let mut conn = PgConnection::establish(url).unwrap();
    let sql = "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()";
    diesel::sql_query(sql).load::<Backend>(&mut conn).unwrap().into_iter().map(|backend| backend.pid).collect()
}

#[derive(diesel::QueryableByName)]
struct Backend {
    #[diesel(sql_type = diesel::sql_types::Integer)]
    pid: i32,
}

fn signal(processes: &[i32], signal: &str) {
    let status = Command::new("kill").arg(signal).args(processes.iter().map(i32::to_string)).status();
    assert!(status.unwrap().success());
}

#[actix_web::test]
async fn a_server_that_stands_still_is_given_up_after_seconds_and_goes_on_by_itself() {
    if !here() {
        return;
    }
    let server = Server::start(&[]);
    let folder = tempfile::tempdir().unwrap();
    let settings = settings(&server.url, folder.path(), "database_seconds = 1");
    let app = App::open(settings, Clock::fixed(monday_morning()), None).unwrap();
    let read = || app.read(Caller::Anonymous, Origin::default(), region::list);
    let write = || app.write(Caller::Anonymous, Origin::default(), session::sweep);
    write().await.unwrap();
    server.script("freeze", &[]);
    for _ in 0..3 {
        let began = Instant::now();
        let (read, write) = futures_util::future::join(read(), write()).await;
        assert!(matches!(read, Err(Error::Unavailable(_))), "{read:?}");
        assert!(matches!(write, Err(Error::Unavailable(_))), "{write:?}");
        assert!(began.elapsed() < LONG, "{:?}", began.elapsed());
    }
    server.script("thaw", &[]);
    until("what goes on", async || read().await.is_ok() && write().await.is_ok()).await;
}

#[actix_web::test]
async fn connections_that_say_nothing_for_ever_are_left_for_others() {
    if !here() {
        return;
    }
    let server = Server::start(&[]);
    let folder = tempfile::tempdir().unwrap();
    let settings = settings(&server.url, folder.path(), "database_seconds = 1\ndatabase_pool = 2");
    let app = App::open(settings, Clock::fixed(monday_morning()), None).unwrap();
    let write = || app.write(Caller::Anonymous, Origin::default(), session::sweep);
    write().await.unwrap();
    let silent = backends(&server.url);
    signal(&silent, "-STOP");
    let given_up = write().await;
    let then = write().await;
    // They could not end else, and the server not with them.
    signal(&silent, "-CONT");
    assert!(matches!(given_up, Err(Error::Unavailable(_))), "{given_up:?}");
    then.unwrap();
}
