//! A full disk (F6, R18): data and attachments lie on small file systems in memory that are filled to the last byte.
//! Writes get 503, reads go on, nothing is half done, and once there is room the service goes on without a restart.

use crate::fault::Fault;
use crate::halt::AGAIN_WITHIN;
use crate::probe::Probe;
use crate::server::{Server, Setup};
use crate::support::{Api, Call};
use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// Two file systems: of the data, and of the attachments below.
#[derive(Debug)]
pub struct Full {
    data: PathBuf,
    files: PathBuf,
    struck: u64,
    probe: Probe,
}

impl Full {
    /// Mounts both; needs root.
    pub fn begin(data: &Path) -> Result<Self, String> {
        let files = data.join("attachments");
        mount(data, "384m")?;
        let full = Self { data: data.to_owned(), files, struck: 0, probe: Probe::default() };
        fs::create_dir(&full.files).map_err(|e| format!("{}: {e}", full.files.display()))?;
        mount(&full.files, "192m")?;
        Ok(full)
    }

    fn ballast(&self) -> PathBuf {
        let place = if self.is_about_files() { &self.files } else { &self.data };
        place.join("ballast")
    }

    /// By turns the data's disk and the attachments'.
    fn is_about_files(&self) -> bool {
        self.struck.is_multiple_of(2)
    }
}

fn mount(place: &Path, size: &str) -> Result<(), String> {
    let options = format!("size={size},mode=700");
    let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &options, "tmpfs"]).arg(place).output();
    let mounted = mounted.map_err(|e| format!("mount: {e}"))?;
    if mounted.status.success() {
        return Ok(());
    }
    Err(format!("mount {}: {}", place.display(), String::from_utf8_lossy(&mounted.stderr).trim()))
}

/// Fills a file system until not one byte more goes in.
fn fill(ballast: &Path) -> std::io::Result<()> {
    let mut file = File::create(ballast)?;
    for size in [1 << 20, 1 << 12, 1] {
        let piece = vec![0; size];
        while file.write(&piece).is_ok_and(|written| written > 0) {}
    }
    Ok(())
}

impl Fault for Full {
    fn strike(&mut self, server: Server) -> Result<Option<Server>, String> {
        self.struck += 1;
        self.probe.sign_in(&server.url)?;
        fill(&self.ballast()).map_err(|e| format!("{}: {e}", self.ballast().display()))?;
        let (api, began) = (Api::new(&server.url), Instant::now());
        while began.elapsed() < Duration::from_millis(1500) {
            self.probe.expect_answer(&api, &Call::get("/tickets?limit=5"));
        }
        Ok(Some(server))
    }

    fn mend(&mut self, server: Option<Server>, _: &Setup, seen: &mut Vec<String>) -> Result<Server, String> {
        let mut server = server.ok_or("the service is gone")?;
        server.is_alive()?;
        fs::remove_file(self.ballast()).map_err(|e| format!("{}: {e}", self.ballast().display()))?;
        server.ready_after = self.probe.until_it_writes(&server.url, Instant::now(), AGAIN_WITHIN)?;
        seen.append(&mut self.probe.faults);
        Ok(server)
    }

    fn leaves_it_alive(&self) -> bool {
        true
    }
}

impl Drop for Full {
    fn drop(&mut self) {
        for place in [&self.files, &self.data] {
            // Lazily: the service may still be ending.
            drop(Command::new("umount").arg("--lazy").arg(place).output());
        }
    }
}
