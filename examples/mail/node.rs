//! A node that only sends: a child process whose clock is set by its parent, and which is killed for real.

use crate::world;
use chrono::{DateTime, Utc};
use sigap::config::Config;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

/// The child: for each instant on standard input it sends what is due, and says so.
pub fn run(config: &Path) -> Result<(), String> {
    let text = std::fs::read_to_string(config).map_err(|e| e.to_string())?;
    let config = Config::from_parts(Some(&text), []).map_err(|e| e.to_string())?;
    let runtime = tokio::runtime::Runtime::new().map_err(|e| e.to_string())?;
    let app = world::open(config, world::begin())?;
    for line in std::io::stdin().lock().lines() {
        let at = line.map_err(|e| e.to_string())?.parse::<DateTime<Utc>>().map_err(|e| e.to_string())?;
        world::set(&app, at);
        runtime.block_on(sigap::worker::outbox::run(&app)).map_err(|e| e.to_string())?;
        println!("idle");
        std::io::stdout().flush().map_err(|e| e.to_string())?;
    }
    Ok(())
}

/// How nodes are started.
#[derive(Debug)]
pub struct Setup {
    /// Settings with the server as it is, and with one that must encrypt.
    pub config: PathBuf,
    pub strict: PathBuf,
}

/// The parent's end of a node.
pub struct Node {
    child: Child,
    input: ChildStdin,
    said: Receiver<()>,
}

impl Node {
    pub fn start(config: &Path) -> Result<Self, String> {
        let program = std::env::current_exe().map_err(|e| e.to_string())?;
        let mut child = Command::new(program)
            .args(["node", "--config"])
            .arg(config)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|e| format!("can't start a node: {e}"))?;
        let input = child.stdin.take().ok_or("a node without input")?;
        let output = child.stdout.take().ok_or("a node without output")?;
        Ok(Self { child, input, said: listen(output) })
    }

    /// Lets it send what is due at `at`; `false` if it was killed meanwhile, because `dies` said so.
    pub fn send(&mut self, at: DateTime<Utc>, dies: impl Fn() -> bool) -> Result<bool, String> {
        writeln!(self.input, "{}", at.to_rfc3339()).map_err(|e| format!("a node does not listen: {e}"))?;
        loop {
            if dies() {
                self.child.kill().and_then(|()| self.child.wait()).map_err(|e| format!("can't kill: {e}"))?;
                return Ok(false);
            }
            match self.said.recv_timeout(Duration::from_micros(500)) {
                Ok(()) => return Ok(true),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Err("a node ended by itself".into()),
            }
        }
    }
}

fn listen(output: ChildStdout) -> Receiver<()> {
    let (tell, said) = channel();
    thread::spawn(move || {
        for line in BufReader::new(output).lines() {
            if line.is_err() || tell.send(()).is_err() {
                return;
            }
        }
    });
    said
}

impl Drop for Node {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
