//! The commands that are swept, each with what must have happened to its ticket before.

use crate::node::PLANTED;
use crate::support::Call;
use clap::ValueEnum;
use serde_json::{Value, json};

/// Something done to a ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Step {
    /// A new ticket.
    Open,
    /// The requester comments, and the desk is told.
    Comment,
    /// A note of the desk.
    Note,
    /// A file.
    File,
    /// Somebody is given it.
    Assign,
    /// The desk begins.
    Start,
    /// The desk asks Tier 2 for a solution.
    Escalate,
    /// Tier 2 begins.
    Accept,
    /// Tier 2 gives it back.
    Return,
    /// It waits for the requester.
    Pend,
    /// It goes on.
    Resume,
    /// Another subject: a PATCH, which has no key.
    Rename,
    /// It is solved.
    Resolve,
    /// The requester is content, and says how much.
    Close,
    /// The requester is not.
    Reopen,
    /// The requester takes it back.
    Cancel,
    /// A comment whose audit entry is written in a second transaction: the sweep must find it.
    Planted,
}

/// What a release sweeps.
pub const ALL: [Step; 15] = [
    Step::Open,
    Step::Comment,
    Step::Note,
    Step::File,
    Step::Assign,
    Step::Start,
    Step::Escalate,
    Step::Return,
    Step::Pend,
    Step::Resume,
    Step::Rename,
    Step::Resolve,
    Step::Close,
    Step::Reopen,
    Step::Cancel,
];

/// A ticket that a step is about.
#[derive(Debug, Clone, Default)]
pub struct Ticket {
    /// Its id; empty before it is opened.
    pub id: String,
    /// Its version as a tag.
    pub etag: Option<String>,
    /// Words that no other ticket has.
    pub words: String,
}

fn login(account: &str) -> String {
    format!("{account}@lebakkab.go.id")
}

/// Who sees every ticket of the region.
pub fn onlooker() -> String {
    login("koordinator")
}

impl Step {
    /// What must have been done before.
    pub const fn before(self) -> &'static [Self] {
        match self {
            Self::Open => &[],
            Self::Comment | Self::Note | Self::File | Self::Assign | Self::Start | Self::Rename => &[Self::Open],
            Self::Cancel | Self::Planted => &[Self::Open],
            Self::Escalate | Self::Pend | Self::Resolve => &[Self::Open, Self::Start],
            Self::Accept => &[Self::Open, Self::Start, Self::Escalate],
            Self::Return => &[Self::Open, Self::Start, Self::Escalate, Self::Accept],
            Self::Resume => &[Self::Open, Self::Start, Self::Pend],
            Self::Close | Self::Reopen => &[Self::Open, Self::Start, Self::Resolve],
        }
    }

    /// Who does it.
    pub fn login(self) -> String {
        login(match self {
            Self::Open | Self::Comment | Self::File | Self::Close | Self::Reopen | Self::Cancel | Self::Planted => {
                "pegawai.dinkes"
            }
            Self::Assign => "koordinator",
            Self::Accept | Self::Return => "tier2.satu",
            _ => "teknisi.dinkes",
        })
    }

    /// The call that does it; `technician` is the id of whom `Assign` gives it to.
    pub fn call(self, ticket: &Ticket, technician: &str) -> Call {
        let words = &ticket.words;
        let (place, body) = match self {
            Self::Open => {
                let body = json!({ "kind": "incident", "service": "simpeg", "subject": format!("Sapuan {words}"),
                    "description": format!("Uraian {words}") });
                return Call::post("/tickets", &body);
            }
            Self::Rename => {
                let body = json!({ "subject": format!("Sapuan {words}, judul kedua") });
                return Call::patch(format!("/tickets/{}", ticket.id), &body, ticket.etag.clone());
            }
            Self::File => return file(ticket),
            Self::Comment => ("/comments", json!({ "body": format!("Komentar {words}"), "visibility": "public" })),
            Self::Note => ("/comments", json!({ "body": format!("Catatan {words}"), "visibility": "internal" })),
            Self::Assign => ("/assign", json!({ "assignee": technician })),
            Self::Start | Self::Accept => ("/start", Value::Null),
            Self::Escalate => ("/escalate", json!({ "reason": "Sebab.", "tried": "Dicoba.", "requested": "Mohon." })),
            Self::Return => ("/return", json!({ "instructions": "Pasang ulang." })),
            Self::Pend => ("/pend", json!({ "reason": "requester" })),
            Self::Resume => ("/resume", Value::Null),
            Self::Resolve => ("/resolve", json!({ "resolution": "Selesai." })),
            Self::Close => ("/close", json!({ "rating": 5, "comment": "Terima kasih." })),
            Self::Reopen => ("/reopen", json!({ "reason": "Masih sama." })),
            Self::Cancel => ("/cancel", json!({ "reason": "Sudah normal." })),
            Self::Planted => (PLANTED, json!({})),
        };
        Call::post(format!("/tickets/{}{place}", ticket.id), &body)
    }
}

/// Words that no other file has, long enough to arrive in several pieces.
fn file(ticket: &Ticket) -> Call {
    let text = format!("{}\n", ticket.words).repeat(1500);
    let body = format!(
        "--sigap-example-boundary\r\nContent-Disposition: form-data; name=\"file\"; filename=\"catatan.txt\"\r\n\
         Content-Type: text/plain\r\n\r\n{text}\r\n--sigap-example-boundary--\r\n"
    );
    let content_type = "multipart/form-data; boundary=sigap-example-boundary";
    let path = format!("/tickets/{}/attachments", ticket.id);
    Call { body: Some(body), content_type, ..Call::post(path, &Value::Null) }
}
