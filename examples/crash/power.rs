//! Power loss (F3): the service runs with `tests/fault/power.c` before its C library, which keeps what was synced. It is
//! killed, its data are thrown away, and the next one begins with what was kept. With `broken`, the disk fails instead.

use crate::fault::Fault;
use crate::server::{Server, Setup};
use clap::ValueEnum;
use sigap::db::snapshot::check_sqlite;
use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// Syncs that are left out, for the checker to find.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Unsynced {
    /// Of SQLite's log: what `synchronous=NORMAL` leaves out.
    Commits,
    /// Of attachments.
    Files,
    /// Of the folders of attachments.
    Names,
}

/// The kept image of a folder, and how the power goes.
#[derive(Debug)]
pub struct Power {
    live: PathBuf,
    image: PathBuf,
    acks: Arc<AtomicU64>,
    struck: u64,
    /// The log's sync fails first, and the service must stop by itself.
    breaks: bool,
}

impl Power {
    /// Builds the shim and begins an image of `live`, which is empty. Gives what the service's environment needs.
    pub fn begin(
        live: &Path,
        folder: &Path,
        acks: Arc<AtomicU64>,
        breaks: bool,
        unsynced: Option<Unsynced>,
    ) -> Result<(Self, Vec<(String, String)>), String> {
        let (source, shim) = (concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fault/power.c"), folder.join("power.so"));
        let built = Command::new("cc").args(["-shared", "-fPIC", "-O2", "-o"]).arg(&shim).arg(source).status();
        if !built.map_err(|e| format!("cc: {e}"))?.success() {
            return Err(format!("{source} can't be compiled"));
        }
        let image = live.with_extension("image");
        let power = Self { live: live.to_owned(), image, acks, struck: 0, breaks };
        power.seed()?;
        let text = |path: &Path| path.display().to_string();
        let mut environment = vec![
            ("LD_PRELOAD".to_owned(), text(&shim)),
            ("POWER_LIVE".to_owned(), text(&power.live)),
            ("POWER_IMAGE".to_owned(), text(&power.image)),
        ];
        if let Some(name) = unsynced.and_then(|unsynced| Some(unsynced.to_possible_value()?.get_name().to_owned())) {
            environment.push(("POWER_PLANT".to_owned(), name));
        }
        Ok((power, environment))
    }

    /// Takes all that lies in the folder as synced.
    fn seed(&self) -> Result<(), String> {
        let begin = || {
            drop(fs::remove_dir_all(&self.image));
            fs::create_dir_all(self.image.join("files"))?;
            fs::create_dir_all(self.image.join("folders"))?;
            self.seed_folder(&self.live)
        };
        begin().map_err(|e| format!("{}: {e}", self.image.display()))
    }

    fn seed_folder(&self, folder: &Path) -> std::io::Result<()> {
        let mut names = String::new();
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            let found = entry.metadata()?;
            let kind = if found.is_dir() { "d " } else { "f " };
            names.extend([kind, &key(&found), " ", &entry.file_name().to_string_lossy(), "\n"]);
            if found.is_dir() {
                self.seed_folder(&entry.path())?;
            } else {
                fs::copy(entry.path(), self.image.join("files").join(key(&found)))?;
            }
        }
        fs::write(self.image.join("folders").join(key(&fs::metadata(folder)?)), names)
    }

    /// Puts what was kept in the place of what was written.
    fn restore(&self) -> std::io::Result<()> {
        let (root, lost) = (key(&fs::metadata(&self.live)?), self.live.with_extension("lost"));
        drop(fs::remove_dir_all(&lost));
        fs::rename(&self.live, &lost)?;
        self.restore_folder(&root, &self.live)
    }

    /// Keys that the service had made, and that are gone: nothing that they signed or sealed can be read again.
    fn lost_keys(&self, below: &Path) -> std::io::Result<Vec<String>> {
        let mut gone = Vec::new();
        let written = self.live.with_extension("lost");
        let Ok(entries) = fs::read_dir(written.join(below)) else { return Ok(gone) };
        for entry in entries {
            let entry = entry?;
            let name = below.join(entry.file_name());
            if entry.metadata()?.is_dir() {
                gone.extend(self.lost_keys(&name)?);
            } else if name.extension().is_some_and(|e| e == "key")
                && fs::read(self.live.join(&name)).ok() != Some(fs::read(entry.path())?)
            {
                gone.push(format!("the key {} is gone", name.display()));
            }
        }
        Ok(gone)
    }

    fn restore_folder(&self, key: &str, to: &Path) -> std::io::Result<()> {
        fs::create_dir(to)?;
        // A folder that was never synced has lost its names.
        let names = fs::read_to_string(self.image.join("folders").join(key)).unwrap_or_default();
        for line in names.lines() {
            let mut parts = line.splitn(3, ' ');
            let (Some(kind), Some(key), Some(name)) = (parts.next(), parts.next(), parts.next()) else { continue };
            let (kept, to) = (self.image.join("files").join(key), to.join(name));
            match kind {
                "d" => self.restore_folder(key, &to)?,
                _ if kept.exists() => drop(fs::copy(kept, to)?),
                _ => fs::write(to, "")?,
            }
        }
        Ok(())
    }

    /// `integrity_check` and foreign keys, on a copy: the service must heal the image by itself.
    fn check(&self) -> Result<(), String> {
        let copy = self.live.with_extension("copy");
        let copied = || {
            drop(fs::remove_dir_all(&copy));
            fs::create_dir_all(&copy)?;
            for name in ["sigap.db", "sigap.db-wal"] {
                if self.live.join(name).exists() {
                    fs::copy(self.live.join(name), copy.join(name))?;
                }
            }
            Ok::<(), std::io::Error>(())
        };
        copied().map_err(|e| format!("{}: {e}", copy.display()))?;
        let checked = check_sqlite(&copy.join("sigap.db")).map_err(|e| e.to_string());
        drop(fs::remove_dir_all(&copy));
        checked
    }
}

/// As `power.c` makes it.
fn key(found: &Metadata) -> String {
    let born = found.created().ok().and_then(|at| at.duration_since(std::time::UNIX_EPOCH).ok()).unwrap_or_default();
    format!("{}-{}-{}", found.ino(), born.as_secs(), born.subsec_nanos())
}

impl Fault for Power {
    /// By turns at any moment, and right after an acknowledgement.
    fn strike(&mut self, mut server: Server) -> Result<Option<Server>, String> {
        self.struck += 1;
        if self.breaks {
            fs::write(self.image.join("broken"), "").map_err(|e| e.to_string())?;
            return server.ends_within(Duration::from_secs(10)).map(|()| None);
        }
        let (before, began) = (self.acks.load(Ordering::Acquire), Instant::now());
        while self.struck.is_multiple_of(2)
            && self.acks.load(Ordering::Acquire) == before
            && began.elapsed() < Duration::from_secs(2)
        {
            thread::yield_now();
        }
        server.kill().map(|()| None)
    }

    fn mend(&mut self, _: Option<Server>, setup: &Setup, seen: &mut Vec<String>) -> Result<Server, String> {
        self.restore().map_err(|e| format!("the image can't be put back: {e}"))?;
        if let Err(e) = self.check() {
            seen.push(format!("the database is not whole: {e}"));
        }
        seen.extend(self.lost_keys(Path::new("keys")).map_err(|e| e.to_string())?);
        self.seed()?;
        Server::start(setup)
    }

    /// The audit log still is what was signed.
    fn last(&mut self, server: &Server, seen: &mut Vec<String>) -> Result<(), String> {
        let metrics = server.metrics()?;
        if metrics.lines().any(|line| line.starts_with("sigap_audit_alarm") && line.ends_with(" 1")) {
            seen.push("the audit log is not what was signed".to_owned());
        }
        Ok(())
    }

    fn leaves_it_alive(&self) -> bool {
        false
    }
}

impl Drop for Power {
    fn drop(&mut self) {
        // The data lie in memory; what is to be looked at afterwards are journals and output.
        for data in [&self.image, &self.live, &self.live.with_extension("lost")] {
            drop(fs::remove_dir_all(data));
        }
    }
}
