//! What a client remembers of its tickets, which is what the service must still have after a crash. No I/O.

use crate::journal::sha256;
use crate::rng::Rng;
use crate::support::{Answer, Call, DOMAINS, OPDS};
use serde_json::{Value, json};

/// How far a ticket has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// Opened.
    New,
    /// Started.
    InProgress,
    /// Resolved.
    Resolved,
}

impl Phase {
    /// As the contract writes it.
    pub const fn text(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::InProgress => "in_progress",
            Self::Resolved => "resolved",
        }
    }
}

/// A change that a client makes; the number is the ticket's place in the book.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// A new ticket.
    Open {
        /// Words at the head of its subject that no other ticket has.
        marker: String,
        /// Its description.
        description: String,
    },
    /// A comment with this body.
    Comment(usize, String),
    /// A file whose content is made of these words.
    File(usize, String),
    /// The start.
    Start(usize),
    /// The end.
    Resolve(usize),
    /// Another subject.
    Rename(usize, String),
}

impl Change {
    /// The ticket that it is about; none before it is opened.
    pub const fn ticket(&self) -> Option<usize> {
        match self {
            Self::Open { .. } => None,
            Self::Comment(ticket, _)
            | Self::File(ticket, _)
            | Self::Start(ticket)
            | Self::Resolve(ticket)
            | Self::Rename(ticket, _) => Some(*ticket),
        }
    }
}

/// A change that is about to be sent.
#[derive(Debug, Clone)]
pub struct Intent {
    /// Its key in the journal, for a POST also its `Idempotency-Key`.
    pub key: String,
    /// Who sends it.
    pub login: String,
    /// What is sent.
    pub call: Call,
    /// What it means.
    pub change: Change,
}

/// A ticket as the service has acknowledged it.
#[derive(Debug, Clone)]
pub struct Ticket {
    /// Its id.
    pub id: String,
    /// Its number.
    pub number: String,
    /// Head of its subject.
    pub marker: String,
    /// Its description.
    pub description: String,
    /// Its subject now.
    pub subject: String,
    /// Every later subject that was acknowledged.
    pub renames: Vec<String>,
    /// Bodies of its comments.
    pub comments: Vec<String>,
    /// Words of its files.
    pub files: Vec<String>,
    /// How far it has come.
    pub phase: Phase,
    /// Highest version that was seen.
    pub version: i64,
    /// Nothing was done since that version was seen, so the service must show exactly this one.
    pub exact: bool,
    /// Changed since it was last checked.
    pub dirty: bool,
    /// A fault was found, or its state is not known; it is left alone.
    pub given_up: bool,
}

/// The desk for which a client works.
#[derive(Debug, Clone)]
pub struct Desk {
    /// Login of a requester.
    pub requester: String,
    /// Login of the technician.
    pub technician: String,
}

impl Desk {
    /// Clients are spread over the regions, then over their OPDs.
    pub fn of(client: usize) -> Self {
        let domain = DOMAINS.get(client % 4).copied().unwrap_or_default();
        let opd = OPDS.get(client / 4 % 2).copied().unwrap_or_default();
        Self { requester: format!("pegawai.{opd}@{domain}"), technician: format!("teknisi.{opd}@{domain}") }
    }
}

/// The tickets of one client.
#[derive(Debug, Default)]
pub struct Book {
    /// In the order of their opening.
    pub tickets: Vec<Ticket>,
    made: u64,
}

impl Book {
    /// Chooses the next change: new tickets, and a life for those that were opened last. `words` begins every
    /// text and is this client's own.
    pub fn wish(&mut self, rng: &mut Rng, words: &str) -> Change {
        self.made += 1;
        let made = self.made;
        let open = Change::Open {
            marker: format!("{words} n{made:06}"),
            description: format!("{words} uraian {made:06}.\nBaris kedua: \"kutip\", é, 漢."),
        };
        let recent = self.tickets.len().saturating_sub(12);
        let alive = |(_, ticket): &(usize, &Ticket)| !ticket.given_up && ticket.phase != Phase::Resolved;
        let candidates: Vec<_> = self.tickets.iter().enumerate().skip(recent).filter(alive).collect();
        let count = u64::try_from(candidates.len()).unwrap_or_default();
        let chosen = usize::try_from(rng.below(count)).ok().and_then(|i| candidates.get(i));
        let Some((at, ticket)) = chosen else { return open };
        match (rng.below(100), ticket.phase) {
            (0..35, _) => open,
            (35..57, _) => Change::Comment(*at, format!("{words} komentar {made:06}.")),
            (57..65, _) => Change::File(*at, format!("{words} berkas {made:06}.")),
            (65..80, _) => Change::Rename(*at, format!("{}; judul {made:06}.", ticket.marker)),
            (_, Phase::New) => Change::Start(*at),
            _ => Change::Resolve(*at),
        }
    }

    /// The call that makes a change. A comment is by turns the requester's and the technician's.
    pub fn intent(&self, change: Change, desk: &Desk, if_match: Option<String>) -> Option<Intent> {
        let path = |ticket: usize| self.tickets.get(ticket).map(|ticket| format!("/tickets/{}", ticket.id));
        let technician = desk.technician.clone();
        let (login, call) = match &change {
            Change::Open { marker, description } => {
                let subject = first_subject(marker);
                let body =
                    json!({ "kind": "incident", "service": "simpeg", "subject": subject, "description": description });
                (desk.requester.clone(), Call::post("/tickets", &body))
            }
            Change::Comment(ticket, text) => {
                let asks = self.tickets.get(*ticket).is_some_and(|t| t.comments.len().is_multiple_of(2));
                let (login, visibility) =
                    if asks { (desk.requester.clone(), "public") } else { (technician, "internal") };
                let body = json!({ "body": text, "visibility": visibility });
                (login, Call::post(format!("{}/comments", path(*ticket)?), &body))
            }
            Change::File(ticket, text) => {
                let path = format!("{}/attachments", path(*ticket)?);
                (desk.requester.clone(), form(path, &content(text)))
            }
            Change::Start(ticket) => (technician, Call::post(format!("{}/start", path(*ticket)?), &Value::Null)),
            Change::Resolve(ticket) => {
                let body = json!({ "resolution": format!("Selesai: {}", self.tickets.get(*ticket)?.marker) });
                (technician, Call::post(format!("{}/resolve", path(*ticket)?), &body))
            }
            Change::Rename(ticket, subject) => {
                (technician, Call::patch(path(*ticket)?, &json!({ "subject": subject }), if_match))
            }
        };
        let key = call.key.clone().unwrap_or_else(|| uuid::Uuid::new_v4().to_string());
        Some(Intent { key, login, call, change })
    }

    /// Enters a change that was acknowledged; says what is wrong with the answer.
    pub fn enter(&mut self, change: &Change, answer: &Answer) -> Result<(), String> {
        if let Change::Open { marker, description } = change {
            let ticket = Ticket {
                id: answer.text("id").to_owned(),
                number: answer.text("number").to_owned(),
                marker: marker.clone(),
                description: description.clone(),
                subject: first_subject(marker),
                renames: Vec::new(),
                comments: Vec::new(),
                files: Vec::new(),
                phase: Phase::New,
                version: version(&answer.body),
                exact: true,
                dirty: true,
                given_up: false,
            };
            let fits = !ticket.id.is_empty() && !ticket.number.is_empty();
            self.tickets.push(ticket);
            return if fits { Ok(()) } else { Err(format!("no id or number: {}", answer.body)) };
        }
        let Some(ticket) = change.ticket().and_then(|at| self.tickets.get_mut(at)) else {
            return Err("a change of an unknown ticket".to_owned());
        };
        ticket.dirty = true;
        match change {
            Change::Open { .. } => {}
            Change::Comment(_, body) => {
                ticket.comments.push(body.clone());
                ticket.exact = false;
                return if answer.text("body") == body { Ok(()) } else { Err(format!("not {body}: {}", answer.body)) };
            }
            Change::File(_, words) => {
                ticket.files.push(words.clone());
                ticket.exact = false;
                let right = answer.text("sha256") == sha256(Some(&content(words)));
                return if right { Ok(()) } else { Err(format!("not {words}: {}", answer.body)) };
            }
            Change::Start(_) => ticket.phase = Phase::InProgress,
            Change::Resolve(_) => ticket.phase = Phase::Resolved,
            Change::Rename(_, subject) => {
                ticket.subject.clone_from(subject);
                ticket.renames.push(subject.clone());
            }
        }
        ticket.see(&answer.body)?;
        let shows = (answer.text("status"), answer.text("subject"));
        if shows == (ticket.phase.text(), ticket.subject.as_str()) { Ok(()) } else { Err(format!("shows {shows:?}")) }
    }
}

impl Ticket {
    /// Remembers the version that an answer shows; an error if it is lower than one before.
    pub fn see(&mut self, answer: &Value) -> Result<(), String> {
        let (seen, before) = (version(answer), self.version);
        self.version = before.max(seen);
        self.exact = true;
        if seen < before { Err(format!("version {seen} after {before}")) } else { Ok(()) }
    }
}

/// A call that sends a text as a file; the boundary stands in no text of ours.
fn form(path: String, text: &str) -> Call {
    let body = format!(
        "--sigap-example-boundary\r\nContent-Disposition: form-data; name=\"file\"; filename=\"catatan.txt\"\r\n\
         Content-Type: text/plain\r\n\r\n{text}\r\n--sigap-example-boundary--\r\n"
    );
    let content_type = "multipart/form-data; boundary=sigap-example-boundary";
    Call { body: Some(body), content_type, ..Call::post(path, &Value::Null) }
}

/// What a file of these words holds: long enough to arrive in several pieces.
pub fn content(words: &str) -> String {
    format!("{words}\n").repeat(1500)
}

/// Subject with which a ticket is opened: its marker, and words that a rename replaces.
pub fn first_subject(marker: &str) -> String {
    format!("{marker}; judul pertama.")
}

/// Version that a ticket shows, -1 if none.
pub fn version(ticket: &Value) -> i64 {
    ticket.get("version").and_then(Value::as_i64).unwrap_or(-1)
}

#[cfg(test)]
#[path = "book_tests.rs"]
mod tests;
