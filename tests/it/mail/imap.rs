//! A mailbox server inside the test: as much of IMAP as reading a mailbox needs, and what the test wants to go wrong.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard};

#[derive(Clone)]
pub struct Message {
    pub uid: u32,
    pub bytes: Vec<u8>,
    /// What the server says of its size.
    pub size: usize,
    pub seen: bool,
}

pub struct Folder {
    pub validity: u32,
    pub messages: Vec<Message>,
    pub password: &'static str,
    /// The line breaks at the so-manieth content from now.
    pub cut_at: Option<usize>,
    /// Every command, in order.
    pub heard: Vec<String>,
}

impl Folder {
    pub fn arrive(&mut self, subject: &str) -> u32 {
        let uid = self.messages.last().map_or(1, |m| m.uid + 1);
        let bytes = format!("From: a@lebakkab.go.id\r\nSubject: {subject}\r\nMessage-ID: <{uid}@x>\r\n\r\nIsi.\r\n")
            .into_bytes();
        self.messages.push(Message { uid, size: bytes.len(), bytes, seen: false });
        uid
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
        let folder = Folder { validity: 7, messages: Vec::new(), password: "rahasia", cut_at: None, heard: Vec::new() };
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
            let answer = self.answer(command);
            let Some((untagged, end)) = answer else { return Ok(()) };
            out.write_all(&untagged)?;
            out.write_all(format!("{tag} {end}\r\n").as_bytes())?;
        }
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
            ["CAPABILITY"] => b"* CAPABILITY IMAP4rev1\r\n".to_vec(),
            ["SELECT", _] => format!(
                "* {} EXISTS\r\n* 0 RECENT\r\n* OK [UIDVALIDITY {}] ok\r\n* OK [UIDNEXT {}] ok\r\n",
                folder.messages.len(),
                folder.validity,
                folder.messages.last().map_or(1, |m| m.uid + 1)
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
                fetched(&folder, set, &what)
            }
            ["UID", "STORE", set, ..] => {
                let set = uids(set);
                folder.messages.iter_mut().filter(|m| set.contains(&m.uid)).for_each(|m| m.seen = true);
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

fn found(folder: &Folder, query: &[&str]) -> Vec<u8> {
    let all = &folder.messages;
    let uids: Vec<String> = match query {
        ["UNSEEN"] => all.iter().filter(|m| !m.seen).map(|m| m.uid.to_string()).collect(),
        ["UID", range] => {
            let from: u32 = range.strip_suffix(":*").unwrap().parse().unwrap();
            // `n:*` names the last message whatever n is (RFC 9051, 9, "seq-range").
            let last = all.last().map(|m| m.uid);
            all.iter()
                .map(|m| m.uid)
                .filter(|uid| *uid >= from || Some(*uid) == last)
                .map(|uid| uid.to_string())
                .collect()
        }
        other => panic!("{other:?}"),
    };
    format!("* SEARCH {}\r\n", uids.join(" ")).replace(" \r", "\r").into_bytes()
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
