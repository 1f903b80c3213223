//! A mail server inside the test: it takes, refuses, or breaks off, as the test says for each recipient and try.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

/// What becomes of a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Take,
    /// The recipient is refused with this code.
    Recipient(u16),
    /// The content is refused with this code.
    Content(u16),
    /// Taken, but the line breaks before that is said.
    CutAfterData,
    /// The greeting says that there is no service.
    Closed,
    /// Whoever signs in is refused with this code; nobody gets further without.
    Password(u16),
}

/// A mail that the server took, whether it could say so or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    pub to: String,
    pub bytes: Vec<u8>,
    /// The line broke before it could say so.
    pub cut: bool,
}

type Rule = Arc<dyn Fn(&str) -> Verdict + Send + Sync>;

pub struct Sink {
    port: u16,
    taken: Arc<Mutex<Vec<Taken>>>,
    tried: Arc<Mutex<Vec<String>>>,
    lines: Arc<AtomicUsize>,
}

impl Sink {
    /// `rule` is asked for each recipient at each try; for the greeting with an empty one.
    pub fn start(rule: impl Fn(&str) -> Verdict + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (taken, tried): (Arc<Mutex<Vec<Taken>>>, Arc<Mutex<Vec<String>>>) = Default::default();
        let (rule, kept, seen): (Rule, _, _) = (Arc::new(rule), Arc::clone(&taken), Arc::clone(&tried));
        let lines = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&lines);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                count.fetch_add(1, Ordering::Relaxed);
                let (rule, kept, seen) = (Arc::clone(&rule), Arc::clone(&kept), Arc::clone(&seen));
                // A client that breaks off ends its thread.
                std::thread::spawn(move || drop(serve(stream, &rule, &kept, &seen)));
            }
        });
        Self { port, taken, tried, lines }
    }

    /// Settings with this server, and more of `[mail]`.
    pub fn settings(&self, more: &str) -> String {
        format!("[mail]\nsmtp_url = \"smtp://127.0.0.1:{}\"\nper_second = 1000\n{more}", self.port)
    }

    pub fn taken(&self) -> Vec<Taken> {
        self.taken.lock().unwrap().clone()
    }

    /// How many it took whose recipient has this in his address.
    pub fn count(&self, part: &str) -> usize {
        self.taken.lock().unwrap().iter().filter(|t| t.to.contains(part)).count()
    }

    /// How often somebody has come to its door.
    pub fn lines(&self) -> usize {
        self.lines.load(Ordering::Relaxed)
    }

    /// Recipients of all tries, in order.
    pub fn tried(&self) -> Vec<String> {
        self.tried.lock().unwrap().clone()
    }
}

fn serve(stream: TcpStream, rule: &Rule, taken: &Mutex<Vec<Taken>>, tried: &Mutex<Vec<String>>) -> std::io::Result<()> {
    let mut out = stream.try_clone()?;
    let mut input = BufReader::new(stream);
    let mut say = |text: &str| out.write_all(format!("{text}\r\n").as_bytes());
    let refused = match rule("") {
        Verdict::Closed => return say("554 no service"),
        Verdict::Password(code) => Some(code),
        _ => None,
    };
    say("220 sink ESMTP")?;
    let (mut to, mut line) = (String::new(), String::new());
    loop {
        line.clear();
        if input.read_line(&mut line)? == 0 {
            return Ok(());
        }
        match line.get(..4).unwrap_or_default().to_ascii_uppercase().as_str() {
            "EHLO" => say("250-sink\r\n250-AUTH PLAIN\r\n250 8BITMIME")?,
            "AUTH" => match refused {
                Some(code) => say(&format!("{code} not this password"))?,
                None => say("235 come in")?,
            },
            "MAIL" if refused.is_some() => say("530 sign in first")?,
            "RCPT" => {
                line.split(['<', '>']).nth(1).unwrap_or_default().clone_into(&mut to);
                tried.lock().unwrap().push(to.clone());
                match rule(&to) {
                    Verdict::Recipient(code) => say(&format!("{code} not this one"))?,
                    _ => say("250 ok")?,
                }
            }
            "DATA" => {
                say("354 go on")?;
                let bytes = content(&mut input)?;
                let verdict = rule(&to);
                if matches!(verdict, Verdict::Take | Verdict::CutAfterData) {
                    let cut = verdict == Verdict::CutAfterData;
                    taken.lock().unwrap().push(Taken { to: to.clone(), bytes, cut });
                }
                match verdict {
                    Verdict::CutAfterData => return Ok(()),
                    Verdict::Content(code) => say(&format!("{code} not this content"))?,
                    _ => say("250 taken")?,
                }
            }
            "QUIT" => return say("221 bye"),
            _ => say("250 ok")?,
        }
    }
}

fn content(input: &mut impl BufRead) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    loop {
        let mut line = Vec::new();
        if input.read_until(b'\n', &mut line)? == 0 || line == b".\r\n" {
            return Ok(bytes);
        }
        let plain = line.strip_prefix(b".").unwrap_or(&line);
        bytes.extend_from_slice(plain);
    }
}
