//! A node as the sweep sees it: started, told where to end, found dead.

use crate::leeway::within;
use std::fs::OpenOptions;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::process::ExitStatusExt as _;
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// What `abort` ends a process with.
const SIGABRT: i32 = 6;
/// Longest time between no answer and the end.
const ENDS_WITHIN: Duration = Duration::from_secs(10);

/// How every node is started.
#[derive(Debug)]
pub struct Setup {
    /// `SIGAP_DATA_DIR`.
    pub data: PathBuf,
    /// `SIGAP_DATABASE_URL`.
    pub database: String,
    /// Where its log goes.
    pub output: PathBuf,
    /// File of its settings.
    pub settings: PathBuf,
}

/// A running node; it ends with its input.
#[derive(Debug)]
pub struct Node {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
    /// Where it answers.
    pub url: String,
}

impl Node {
    /// Starts a node that ends at the event `at` of its start; 0: at none. `None` if it ended there.
    pub fn start(setup: &Setup, at: u64) -> Result<Option<Self>, String> {
        let program = std::env::current_exe().map_err(|e| e.to_string())?;
        let errors = OpenOptions::new().create(true).append(true).open(&setup.output).map_err(|e| e.to_string())?;
        let mut child = Command::new(program)
            .args(["node", "--at", &at.to_string(), "--config"])
            .arg(&setup.settings)
            .env("SIGAP_BIND", "127.0.0.1:0")
            .env("SIGAP_DATA_DIR", &setup.data)
            .env("SIGAP_DATABASE_URL", &setup.database)
            .env("SIGAP_RATE_LIMIT", "off")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(errors)
            .spawn()
            .map_err(|e| e.to_string())?;
        let (input, output) = (child.stdin.take(), child.stdout.take().ok_or("no output")?);
        let mut node = Self { child, input, output: BufReader::new(output), url: String::new() };
        match node.line() {
            Ok(url) => {
                node.url = url;
                Ok(Some(node))
            }
            Err(_) if at > 0 => node.ended().map(|()| None),
            Err(e) => Err(format!("a node did not start: {e}; see {}", setup.output.display())),
        }
    }

    fn line(&mut self) -> Result<String, String> {
        let mut line = String::new();
        match self.output.read_line(&mut line) {
            Ok(0) => Err("it has ended".to_owned()),
            Ok(_) => Ok(line.trim().to_owned()),
            Err(e) => Err(e.to_string()),
        }
    }

    /// Tells it the event to end at, from now on; how many there were before. An error if it has ended.
    pub fn end_at(&mut self, event: u64) -> Result<u64, String> {
        let input = self.input.as_mut().ok_or("no input")?;
        writeln!(input, "{event}").and_then(|()| input.flush()).map_err(|e| e.to_string())?;
        self.line()?.parse().map_err(|e| format!("a node's word: {e}"))
    }

    /// Waits for its end, which must be the one that it was told.
    pub fn ended(mut self) -> Result<(), String> {
        let begun = Instant::now();
        while begun.elapsed() < within(ENDS_WITHIN) {
            if let Some(status) = self.child.try_wait().map_err(|e| e.to_string())? {
                let as_told = status.signal() == Some(SIGABRT);
                return if as_told { Ok(()) } else { Err(format!("a node ended otherwise: {status}")) };
            }
            thread::sleep(Duration::from_millis(2));
        }
        Err("a node gave no answer, and has not ended".to_owned())
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        drop(self.input.take());
        // It may be gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
