//! A mail server that loses: at each step of a delivery it may refuse, stall, or break off, as its dice say; and it may
//! ask for the sender to be killed once it has said that it took a mail.

use std::io::{BufRead, BufReader, Error, ErrorKind, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// What becomes of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// The greeting says that there is no service for now.
    Busy,
    /// The recipient is put off.
    Defer,
    /// The content is put off.
    DeferContent,
    /// The content is refused for good.
    Refuse,
    /// The line breaks before the content is complete.
    CutBefore,
    /// The content is taken, and the line breaks before that is said.
    CutAfter,
    /// The content is taken, and nothing is said for longer than the sender waits.
    Stall,
    /// The content is taken, that is said, and the sender is killed at once.
    Kill,
}

const ALL: [(Fault, u64); 8] = [
    // In thousandths of the deliveries.
    (Fault::Busy, 20),
    (Fault::Defer, 60),
    (Fault::DeferContent, 40),
    (Fault::Refuse, 15),
    (Fault::CutBefore, 30),
    (Fault::CutAfter, 60),
    (Fault::Stall, 3),
    (Fault::Kill, 6),
];

/// A mail that it took.
#[derive(Debug, Clone)]
pub struct Taken {
    pub to: String,
    pub bytes: Vec<u8>,
    /// The sender could not know that.
    pub unsaid: bool,
}

#[derive(Default)]
struct Book {
    taken: Vec<Taken>,
    refused: Vec<Taken>,
    faults: std::collections::BTreeMap<Fault, usize>,
}

struct Shared {
    book: Mutex<Book>,
    dice: AtomicU64,
    /// Faults happen.
    harsh: AtomicBool,
    /// The sender shall die.
    kill: AtomicBool,
    stall: Duration,
}

/// A running server.
#[derive(Clone)]
pub struct Sink {
    pub address: SocketAddr,
    shared: Arc<Shared>,
}

impl Sink {
    /// Listens on `address`; a stalled delivery hangs for `stall`.
    pub fn start(address: SocketAddr, seed: u64, stall: Duration) -> Result<Self, String> {
        let listener = TcpListener::bind(address).map_err(|e| e.to_string())?;
        let address = listener.local_addr().map_err(|e| e.to_string())?;
        let shared = Arc::new(Shared {
            book: Mutex::default(),
            dice: AtomicU64::new(seed),
            harsh: AtomicBool::new(false),
            kill: AtomicBool::new(false),
            stall,
        });
        let kept = Arc::clone(&shared);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = Arc::clone(&kept);
                // Whoever breaks off ends his own thread.
                thread::spawn(move || drop(shared.serve(stream)));
            }
        });
        Ok(Self { address, shared })
    }

    pub fn set_harsh(&self, harsh: bool) {
        self.shared.harsh.store(harsh, Ordering::SeqCst);
    }

    /// `true` once for each time that the sender shall die.
    pub fn wants_kill(&self) -> bool {
        self.shared.kill.swap(false, Ordering::SeqCst)
    }

    pub fn taken(&self) -> Vec<Taken> {
        self.shared.book().taken.clone()
    }

    pub fn count(&self) -> usize {
        self.shared.book().taken.len()
    }

    /// Mails that were refused for good.
    pub fn refused(&self) -> Vec<Taken> {
        self.shared.book().refused.clone()
    }

    /// How often each fault happened.
    pub fn faults(&self) -> Vec<(Fault, usize)> {
        self.shared.book().faults.iter().map(|(fault, n)| (*fault, *n)).collect()
    }
}

impl Shared {
    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the dice say of a delivery.
    fn fate(&self) -> Option<Fault> {
        if !self.harsh.load(Ordering::SeqCst) {
            return None;
        }
        // SplitMix64: a step of a counter, well stirred.
        let mut z = self.dice.fetch_add(0x9E37_79B9_7F4A_7C15, Ordering::SeqCst);
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        let mut roll = (z ^ (z >> 31)) % 1000;
        for (fault, share) in ALL {
            if roll < share {
                return Some(fault);
            }
            roll -= share;
        }
        None
    }

    fn note(&self, fault: Fault) {
        *self.book().faults.entry(fault).or_default() += 1;
    }

    fn serve(&self, stream: TcpStream) -> std::io::Result<()> {
        let mut out = stream.try_clone()?;
        let mut input = BufReader::new(stream);
        let mut say = |text: &str| out.write_all(format!("{text}\r\n").as_bytes());
        if self.fate() == Some(Fault::Busy) {
            self.note(Fault::Busy);
            return say("421 later");
        }
        say("220 sink ESMTP")?;
        let (mut to, mut line, mut fate) = (String::new(), String::new(), None);
        loop {
            line.clear();
            if input.read_line(&mut line)? == 0 {
                return Ok(());
            }
            match line.get(..4).unwrap_or_default().to_ascii_uppercase().as_str() {
                "EHLO" => say("250-sink\r\n250 8BITMIME")?,
                "MAIL" => {
                    fate = self.fate();
                    say("250 ok")?;
                }
                "RCPT" => {
                    line.split(['<', '>']).nth(1).unwrap_or_default().clone_into(&mut to);
                    if fate == Some(Fault::Defer) {
                        self.note(Fault::Defer);
                        say("451 not now")?;
                    } else {
                        say("250 ok")?;
                    }
                }
                "DATA" => {
                    say("354 go on")?;
                    if fate == Some(Fault::CutBefore) {
                        self.note(Fault::CutBefore);
                        return Ok(());
                    }
                    let bytes = content(&mut input)?;
                    say(self.end(fate.take(), &to, bytes)?)?;
                }
                "QUIT" => return say("221 bye"),
                _ => say("250 ok")?,
            }
        }
    }

    /// What is said to a complete content; an error breaks the line.
    fn end(&self, fate: Option<Fault>, to: &str, bytes: Vec<u8>) -> std::io::Result<&'static str> {
        let gone = || Error::from(ErrorKind::ConnectionAborted);
        if let Some(fault @ (Fault::DeferContent | Fault::Refuse | Fault::CutAfter | Fault::Stall | Fault::Kill)) = fate
        {
            self.note(fault);
        }
        match fate {
            Some(Fault::DeferContent) => return Ok("451 not now"),
            Some(Fault::Refuse) => {
                self.book().refused.push(Taken { to: to.to_owned(), bytes, unsaid: false });
                return Ok("554 not this content");
            }
            _ => {}
        }
        let unsaid = matches!(fate, Some(Fault::CutAfter | Fault::Stall));
        self.book().taken.push(Taken { to: to.to_owned(), bytes, unsaid });
        match fate {
            Some(Fault::CutAfter) => Err(gone()),
            Some(Fault::Stall) => {
                thread::sleep(self.stall);
                Err(gone())
            }
            Some(Fault::Kill) => {
                self.kill.store(true, Ordering::SeqCst);
                Ok("250 taken")
            }
            _ => Ok("250 taken"),
        }
    }
}

/// The content up to the lone dot; one that ends before it is none.
fn content(input: &mut impl BufRead) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    loop {
        let mut line = Vec::new();
        if input.read_until(b'\n', &mut line)? == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        if line == b".\r\n" {
            return Ok(bytes);
        }
        bytes.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
    }
}
