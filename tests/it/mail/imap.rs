//! A mailbox server inside the test: as much of IMAP as reading a mailbox needs, and what the test wants to go wrong.

use chrono::NaiveDate;
use std::io::{BufRead, BufReader, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

#[derive(Clone)]
pub struct Message {
    pub uid: u32,
    pub bytes: Vec<u8>,
    /// What the server says of its size.
    pub size: usize,
    pub seen: bool,
    pub deleted: bool,
    /// The day on which the server took it.
    pub day: NaiveDate,
}

pub struct Folder {
    pub validity: u32,
    pub messages: Vec<Message>,
    pub password: &'static str,
    /// The line breaks at the so-manieth content from now.
    pub cut_at: Option<usize>,
    /// The server says goodbye at the so-manieth command from now that names UIDs, and reads on without a word.
    pub ends_at: Option<usize>,
    /// Commands at which it does so each time.
    pub ends: Option<fn(&str) -> bool>,
    /// Commands that are answered NO.
    pub refuses: Option<fn(&str) -> bool>,
    /// Commands that are not answered until the test takes this away; then the line ends.
    pub hangs: Option<fn(&str) -> bool>,
    /// A message that somebody removes right before its content is asked for, and the end of that answer.
    pub goes: Option<(u32, &'static str)>,
    /// UIDNEXT is told.
    pub tells_next: bool,
    /// Every command, in order.
    pub heard: Vec<String>,
}

impl Folder {
    pub fn arrive(&mut self, subject: &str) -> u32 {
        let uid = self.messages.last().map_or(1, |m| m.uid + 1);
        let bytes = format!("From: a@lebakkab.go.id\r\nSubject: {subject}\r\nMessage-ID: <{uid}@x>\r\n\r\nIsi.\r\n")
            .into_bytes();
        let day = NaiveDate::from_ymd_opt(2026, 3, 2).unwrap();
        self.messages.push(Message { uid, size: bytes.len(), bytes, seen: false, deleted: false, day });
        uid
    }

    /// Whether the server ends at this command.
    fn is_end(&mut self, command: &str) -> bool {
        if self.ends.is_some_and(|ends| ends(command)) {
            return true;
        }
        let Some(left) = self.ends_at.as_mut().filter(|_| command.starts_with("UID")) else { return false };
        *left -= 1;
        let ends = *left == 0;
        if ends {
            self.ends_at = None;
        }
        ends
    }
}

#[derive(Clone)]
pub struct Imap {
    port: u16,
    folder: Arc<Mutex<Folder>>,
}

impl Imap {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let folder = Folder {
            validity: 7,
            messages: Vec::new(),
            password: "rahasia",
            cut_at: None,
            ends_at: None,
            ends: None,
            refuses: None,
            hangs: None,
            goes: None,
            tells_next: true,
            heard: Vec::new(),
        };
        let imap = Self { port, folder: Arc::new(Mutex::new(folder)) };
        let kept = imap.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let imap = kept.clone();
                std::thread::spawn(move || drop(imap.serve(stream)));
            }
        });
        imap
    }

    pub fn settings(&self) -> String {
        format!("[imap]\nurl = \"imap://servicedesk%40lebakkab.go.id:rahasia@127.0.0.1:{}\"\n", self.port)
    }

    pub fn folder(&self) -> MutexGuard<'_, Folder> {
        self.folder.lock().unwrap()
    }

    fn serve(&self, stream: TcpStream) -> std::io::Result<()> {
        let mut out = stream.try_clone()?;
        let mut input = BufReader::new(stream);
        out.write_all(b"* OK ready\r\n")?;
        loop {
            let mut line = String::new();
            if input.read_line(&mut line)? == 0 {
                return Ok(());
            }
            let (tag, command) = line.trim_end().split_once(' ').unwrap();
            if self.folder().is_end(command) {
                out.write_all(b"* BYE Server shutting down.\r\n")?;
                out.shutdown(Shutdown::Write)?;
                // As on a long way: what is written to it meanwhile is not refused.
                return std::io::copy(&mut input, &mut std::io::sink()).map(drop);
            }
            if self.is_held(command) {
                while self.folder().hangs.is_some() {
                    std::thread::sleep(Duration::from_millis(10));
                }
                return Ok(());
            }
            let answer = self.answer(command);
            let Some((untagged, end)) = answer else { return Ok(()) };
            out.write_all(&untagged)?;
            out.write_all(format!("{tag} {end}\r\n").as_bytes())?;
        }
    }

    /// Whether this command has to wait; it is heard all the same.
    fn is_held(&self, command: &str) -> bool {
        let mut folder = self.folder();
        let is_held = folder.hangs.is_some_and(|hangs| hangs(command));
        if is_held {
            folder.heard.push(command.to_owned());
        }
        is_held
    }

    /// Untagged answers and the end of the tagged one; none breaks the line.
    fn answer(&self, command: &str) -> Option<(Vec<u8>, &'static str)> {
        let mut folder = self.folder();
        folder.heard.push(command.split('"').next().unwrap().trim().to_owned());
        let words: Vec<&str> = command.split(' ').collect();
        let said = match words.as_slice() {
            ["LOGIN", _, password] if password.trim_matches('"') != folder.password => {
                return Some((Vec::new(), "NO [AUTHENTICATIONFAILED] Authentication failed."));
            }
            _ if folder.refuses.is_some_and(|refuses| refuses(command)) => {
                return Some((Vec::new(), "NO [UNAVAILABLE] Temporary failure."));
            }
            ["CAPABILITY"] => b"* CAPABILITY IMAP4rev1\r\n".to_vec(),
            ["SELECT", _] => format!(
                "* {} EXISTS\r\n* 0 RECENT\r\n* OK [UIDVALIDITY {}] ok\r\n{}",
                folder.messages.len(),
                folder.validity,
                next(&folder)
            )
            .into_bytes(),
            ["UID", "SEARCH", query @ ..] => found(&folder, query),
            ["UID", "FETCH", set, what @ ..] => {
                let what = what.join(" ");
                if what.contains("BODY")
                    && let Some(left) = folder.cut_at.as_mut()
                {
                    *left -= 1;
                    if *left == 0 {
                        folder.cut_at = None;
                        return None;
                    }
                }
                if what.contains("BODY")
                    && let Some((uid, end)) = folder.goes.filter(|(uid, _)| uids(set).contains(uid))
                {
                    folder.messages.retain(|m| m.uid != uid);
                    return Some((Vec::new(), end));
                }
                fetched(&folder, set, &what)
            }
            ["UID", "STORE", set, what @ ..] => {
                let (set, deletes) = (uids(set), what.concat().contains("Deleted"));
                for message in folder.messages.iter_mut().filter(|m| set.contains(&m.uid)) {
                    if deletes { message.deleted = true } else { message.seen = true }
                }
                Vec::new()
            }
            ["UID", "EXPUNGE", set] => {
                let set = uids(set);
                folder.messages.retain(|m| !(m.deleted && set.contains(&m.uid)));
                Vec::new()
            }
            ["LOGOUT"] => b"* BYE\r\n".to_vec(),
            _ => Vec::new(),
        };
        Some((said, "OK done"))
    }
}

fn uids(set: &str) -> Vec<u32> {
    set.split(',').map(|uid| uid.parse().unwrap()).collect()
}

fn next(folder: &Folder) -> String {
    let next = folder.messages.last().map_or(1, |m| m.uid + 1);
    if folder.tells_next { format!("* OK [UIDNEXT {next}] ok\r\n") } else { String::new() }
}

fn found(folder: &Folder, query: &[&str]) -> Vec<u8> {
    let last = folder.messages.last().map(|m| m.uid);
    let fits = |m: &&Message| match query {
        ["ALL"] => true,
        ["UNSEEN"] => !m.seen,
        ["UNDELETED"] => !m.deleted,
        ["OR", "UNSEEN", "SINCE", day] => !m.seen || m.day >= NaiveDate::parse_from_str(day, "%d-%b-%Y").unwrap(),
        ["UID", range] => match range.strip_suffix(":*") {
            // `n:*` names the last message whatever n is (RFC 9051, 9, "seq-range").
            Some(from) => m.uid >= from.parse().unwrap() || Some(m.uid) == last,
            None => uids(range).contains(&m.uid),
        },
        other => panic!("{other:?}"),
    };
    let found: Vec<String> = folder.messages.iter().filter(fits).map(|m| m.uid.to_string()).collect();
    format!("* SEARCH {}\r\n", found.join(" ")).replace(" \r", "\r").into_bytes()
}

fn fetched(folder: &Folder, set: &str, what: &str) -> Vec<u8> {
    let mut out = Vec::new();
    for (at, m) in folder.messages.iter().enumerate().filter(|(_, m)| uids(set).contains(&m.uid)) {
        let (seq, uid) = (at + 1, m.uid);
        if what.contains("RFC822.SIZE") {
            out.extend(format!("* {seq} FETCH (UID {uid} RFC822.SIZE {})\r\n", m.size).into_bytes());
            continue;
        }
        let head = m.bytes.windows(4).position(|w| w == b"\r\n\r\n").unwrap() + 4;
        let (name, part) =
            if what.contains("HEADER") { ("BODY[HEADER]", &m.bytes[..head]) } else { ("BODY[]", &m.bytes[..]) };
        out.extend(format!("* {seq} FETCH (UID {uid} {name} {{{}}}\r\n", part.len()).into_bytes());
        out.extend_from_slice(part);
        out.extend_from_slice(b")\r\n");
    }
    out
}
