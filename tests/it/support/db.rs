//! A database per test: a copy of one that was migrated and filled once.

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use tempfile::TempDir;

/// The server that the tests run on, if it is PostgreSQL.
#[expect(clippy::disallowed_methods, reason = "the one switch of the suite")]
pub fn postgres() -> Option<String> {
    std::env::var("SIGAP_TEST_POSTGRES").ok()
}

/// A database and a data folder that go away with this value.
pub struct Database {
    pub url: String,
    pub folder: TempDir,
    name: Option<String>,
}

impl Database {
    /// An empty one.
    pub fn empty() -> Self {
        let folder = own_folder();
        match postgres() {
            None => {
                let url = format!("sqlite:{}", folder.path().join("sigap.db").display());
                Self { url, folder, name: None }
            }
            Some(server) => {
                let name = unique("empty");
                admin(&format!("CREATE DATABASE {name}"));
                Self { url: with_database(&server, &name), folder, name: Some(name) }
            }
        }
    }

    /// A copy of the one that `fill` fills, once a process.
    pub fn copy_of(fill: impl FnOnce(&str, &Path)) -> Self {
        static TEMPLATE: OnceLock<(TempDir, Option<String>)> = OnceLock::new();
        let (original, original_name) = TEMPLATE.get_or_init(|| {
            let mut first = Self::empty();
            fill(&first.url, first.folder.path());
            let name = first.name.take();
            (std::mem::replace(&mut first.folder, own_folder()), name)
        });
        let folder = own_folder();
        copy(&original.path().join("keys"), &folder.path().join("keys"));
        if let (Some(server), Some(original)) = (postgres(), original_name) {
            let name = unique("t");
            admin(&format!("CREATE DATABASE {name} TEMPLATE {original}"));
            return Self { url: with_database(&server, &name), folder, name: Some(name) };
        }
        let place: PathBuf = folder.path().join("sigap.db");
        std::fs::copy(original.path().join("sigap.db"), &place).unwrap();
        Self { url: format!("sqlite:{}", place.display()), folder, name: None }
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if let Some(name) = &self.name {
            admin(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
        }
    }
}

/// A folder that nobody else may look into, as the program makes its own.
fn own_folder() -> TempDir {
    tempfile::Builder::new().permissions(std::fs::Permissions::from_mode(0o700)).tempdir().unwrap()
}

fn unique(kind: &str) -> String {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    format!("{kind}_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed))
}

fn with_database(server: &str, name: &str) -> String {
    let mut url = url::Url::parse(server).unwrap();
    url.set_path(&format!("/{name}"));
    url.to_string()
}

/// Runs a statement that belongs to the server, not to a database.
fn admin(sql: &str) {
    let mut conn = PgConnection::establish(&postgres().unwrap()).unwrap();
    conn.batch_execute(sql).unwrap();
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let place = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &place);
        } else {
            std::fs::copy(entry.path(), place).unwrap();
        }
    }
}
