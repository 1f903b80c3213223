//! The service and the floor as processes of their own, and what they take of the machine.

use super::load::{self, header, once, request};
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A server that ends with this value.
pub struct Server {
    child: Child,
    pub address: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(Command::new("kill").arg(self.child.id().to_string()).status());
        for _ in 0..200 {
            if self.child.try_wait().unwrap().is_some() {
                return;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// Where a seeded database lies.
#[derive(Clone)]
pub struct Place {
    pub binary: PathBuf,
    pub folder: PathBuf,
    /// A PostgreSQL database instead of a file in the folder.
    pub url: Option<String>,
    /// Milliseconds that each sync of the embedded database takes longer than this disk's.
    pub sync_ms: u64,
}

fn free() -> String {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string()
}

impl Place {
    pub fn database(&self) -> PathBuf {
        self.folder.join("sigap.db")
    }

    /// Where the statements of a case are kept for the floor.
    pub fn captured(&self) -> PathBuf {
        self.folder.join("captured.json")
    }

    pub fn url(&self) -> String {
        self.url.clone().unwrap_or_else(|| format!("sqlite:{}", self.database().display()))
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.binary);
        command.env("SIGAP_DATA_DIR", &self.folder).env("SIGAP_DATABASE_URL", self.url());
        command.env("SIGAP_RATE_LIMIT", "off").stdout(Stdio::null()).stderr(Stdio::null());
        command
    }

    /// On a slower disk, if one was asked for.
    fn slowed<'c>(&self, command: &'c mut Command) -> &'c mut Command {
        if self.sync_ms == 0 {
            return command;
        }
        let source = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/http/slow_sync.c");
        let shim = self.folder.join("slow_sync.so");
        let built = Command::new("cc").args(["-shared", "-fPIC", "-O2", "-o"]).arg(&shim).arg(source).status().unwrap();
        assert!(built.success(), "{source}: {built}");
        command.env("LD_PRELOAD", shim.canonicalize().unwrap()).env("SYNC_MS", self.sync_ms.to_string())
    }

    /// Makes the tickets, unless they are there; seconds.
    pub fn seed(&self, tickets: usize) -> Option<f64> {
        let done = self.folder.join("seeded");
        if done.exists() {
            return None;
        }
        std::fs::create_dir_all(&self.folder).unwrap();
        let begin = Instant::now();
        let status = self.command().args(["seed", "--tickets", &tickets.to_string()]).status().unwrap();
        assert!(status.success(), "seed: {status}");
        std::fs::write(done, tickets.to_string()).unwrap();
        Some(begin.elapsed().as_secs_f64())
    }

    /// Starts the service; seconds until it was ready.
    pub async fn serve(&self) -> (Server, f64) {
        let address = free();
        let begin = Instant::now();
        let child = self.slowed(self.command().arg("serve").env("SIGAP_BIND", &address)).spawn().unwrap();
        let server = Server { child, address };
        loop {
            if tokio::net::TcpStream::connect(&server.address).await.is_ok() {
                let (head, _) = once(&server.address, &request("GET", "/readyz", &[], "")).await;
                if head.starts_with("HTTP/1.1 200") {
                    return (server, begin.elapsed().as_secs_f64());
                }
            }
            assert!(begin.elapsed() < Duration::from_mins(1), "the service does not start");
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    /// Starts the floor: this program again, in another role.
    pub async fn floor(&self, group: bool) -> Server {
        let address = free();
        let mut command = Command::new(std::env::current_exe().unwrap());
        command
            .args(["--floor", &address, "--captured"])
            .arg(self.captured())
            .arg("--folder")
            .arg(&self.folder)
            .args(self.url.iter().flat_map(|url| ["--database", url.as_str()]))
            .args(if group { &[][..] } else { &["--alone"][..] });
        let child = self.slowed(&mut command).spawn().unwrap();
        let server = Server { child, address };
        while tokio::net::TcpStream::connect(&server.address).await.is_err() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        server
    }
}

impl Server {
    /// Resident memory in mebibytes.
    pub fn memory(&self) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|l| l.strip_prefix("VmRSS:")).unwrap();
        line.trim().trim_end_matches(" kB").parse::<f64>().unwrap() / 1024.0
    }

    /// A token of a demo account of Lebak.
    pub async fn token(&self, account: &str) -> String {
        let body = json!({ "login": format!("{account}@lebakkab.go.id"), "password": "sigap-demo-2026" }).to_string();
        let ask = request("POST", "/api/v1/auth/login", &[("content-type", "application/json")], &body);
        let (head, body) = once(&self.address, &ask).await;
        let tokens: Value = serde_json::from_str(&body).unwrap_or_else(|_| panic!("{head}{body}"));
        format!("Bearer {}", tokens["access_token"].as_str().unwrap_or_else(|| panic!("{body}")))
    }

    /// The cookies of somebody who signed in by the pages.
    pub async fn cookie(&self, account: &str) -> String {
        let body = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("login", &format!("{account}@lebakkab.go.id"))
            .append_pair("password", "sigap-demo-2026")
            .finish();
        let origin = format!("http://{}", self.address);
        let kind = ("content-type", "application/x-www-form-urlencoded");
        let mut ask = String::from_utf8(request("POST", "/sign-in", &[kind, ("origin", &origin)], &body)).unwrap();
        ask = ask.replace("host: 127.0.0.1", &format!("host: {}", self.address));
        let (head, page) = once(&self.address, ask.as_bytes()).await;
        let cookies = head.lines().filter(|line| line.to_ascii_lowercase().starts_with("set-cookie:"));
        let cookies: Vec<&str> = cookies.filter_map(|line| line[11..].trim().split(';').next()).collect();
        assert!(!cookies.is_empty(), "{head}{page}");
        cookies.join("; ")
    }

    pub async fn json(&self, path: &str, token: &str) -> Value {
        let (head, body) = once(&self.address, &request("GET", path, &[("authorization", token)], "")).await;
        assert!(head.starts_with("HTTP/1.1 200"), "{path}: {head}{body}");
        assert!(header(head.as_bytes(), "content-encoding").is_none());
        serde_json::from_str(&body).unwrap()
    }

    pub async fn run(&self, requests: &load::Requests, connections: usize, pace: load::Pace) -> load::Run {
        load::run(&self.address, requests, connections, pace).await
    }
}
