//! The mailbox of a test: messages as a server would give them, and what became of each.

use crate::mail::post::Got;
use crate::support::TestApp;
use crate::support::build::next;
use diesel::prelude::*;
use sigap::db::schema::inbound_mails;
use sigap::mail::inbound::{self, Fetched, Inbound, InboundState};
use sigap::on;
use std::time::Duration;

/// The mailbox that tests fetch from.
pub const MAILBOX: &str = "servicedesk@lebakkab.go.id/INBOX";

/// What this thread has of a processor from now on: whatever else the machine does takes nothing of it.
pub struct Work(Duration);

impl Work {
    pub fn begin() -> Self {
        let spent = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
        Self(Duration::new(spent.tv_sec.try_into().unwrap(), spent.tv_nsec.try_into().unwrap()))
    }

    pub fn so_far(&self) -> Duration {
        Self::begin().0.saturating_sub(self.0)
    }
}

/// A message as somebody's program writes it.
#[derive(Debug, Clone)]
pub struct Raw {
    head: Vec<(String, String)>,
    body: Vec<u8>,
}

/// A message from this address to the desk of Lebak.
pub fn from(address: &str) -> Raw {
    let head = [
        ("Return-Path", format!("<{address}>")),
        ("Received", "from mx.lebakkab.go.id by store.lebakkab.go.id; Mon, 2 Mar 2026 08:00:00 +0700".into()),
        ("From", format!("Seseorang <{address}>")),
        ("To", "Service Desk <servicedesk@lebakkab.go.id>".into()),
        ("Subject", "Printer macet".into()),
        ("Message-ID", format!("<pesan-{}@klien.example>", next())),
        ("Date", "Mon, 2 Mar 2026 08:00:00 +0700".into()),
        ("MIME-Version", "1.0".into()),
        ("Content-Type", "text/plain; charset=utf-8".into()),
    ];
    let head = head.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    Raw { head, body: format!("Kertas tersangkut {}.\r\n", word(next())).into_bytes() }
}

/// A word for each number: what differs in figures alone is the same words.
fn word(mut n: usize) -> String {
    let mut word = String::new();
    while n > 0 {
        word.push(char::from(b"abcdefghij"[n % 10]));
        n /= 10;
    }
    word
}

impl Raw {
    /// Another value for a field, or a further field.
    pub fn with(mut self, name: &str, value: &str) -> Self {
        match self.head.iter_mut().find(|(found, _)| found == name) {
            Some(field) => value.clone_into(&mut field.1),
            None => self.head.push((name.into(), value.into())),
        }
        self
    }

    /// A field of a name that may be there already, above all others.
    pub fn above(mut self, name: &str, value: &str) -> Self {
        self.head.insert(0, (name.into(), value.into()));
        self
    }

    pub fn without(mut self, name: &str) -> Self {
        self.head.retain(|(found, _)| found != name);
        self
    }

    pub fn about(self, subject: &str) -> Self {
        self.with("Subject", subject)
    }

    pub fn says(mut self, body: &str) -> Self {
        self.body = body.replace('\n', "\r\n").into_bytes();
        self
    }

    /// A body as it stands, of this type.
    pub fn holds(mut self, kind: &str, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self.with("Content-Type", kind)
    }

    /// An answer to a mail, as a program writes it.
    pub fn answers(self, mail: &Got) -> Self {
        let id = mail.header("message-id").unwrap();
        let chain = format!("{} {id}", mail.header("references").unwrap_or_default());
        let subject = format!("Re: {}", mail.header("subject").unwrap());
        self.about(&subject).with("In-Reply-To", &id).with("References", &chain)
    }

    pub fn bytes(&self) -> Vec<u8> {
        let mut all = Vec::new();
        for (name, value) in &self.head {
            all.extend(format!("{name}: {value}\r\n").bytes());
        }
        all.extend(b"\r\n");
        all.extend(&self.body);
        all
    }
}

impl TestApp {
    /// Stores a message under a UID; `false` if it was there.
    pub async fn keep(&self, uid_validity: u32, uid: usize, raw: &[u8]) -> bool {
        let uid = u32::try_from(uid).unwrap();
        let fetched = Fetched { mailbox: MAILBOX.into(), uid_validity, uid, raw: raw.to_vec() };
        self.within(move |tx| inbound::keep(tx, &fetched)).await
    }

    /// Lets the job run until nothing is due, as a run ends after seconds on however slow a machine; what is held stays.
    pub async fn act_on_mail(&self) {
        for _ in 0..20 {
            sigap::inbox::run(&self.app).await.unwrap();
            let due = self.within(|tx| {
                let due = inbound_mails::state.eq(InboundState::Received).and(inbound_mails::next_try_at.le(tx.now));
                Ok(on!(tx.conn(), |c| inbound_mails::table.filter(due).count().get_result::<i64>(c))?)
            });
            if due.await == 0 {
                return;
            }
        }
    }

    /// Stores a message, lets the job run, and tells what became of it.
    pub async fn deliver(&self, raw: &Raw) -> Inbound {
        self.deliver_bytes(&raw.bytes()).await
    }

    pub async fn deliver_bytes(&self, raw: &[u8]) -> Inbound {
        let uid = next();
        self.keep(1, uid, raw).await;
        self.act_on_mail().await;
        self.message(uid).await
    }

    /// The row of a message.
    pub async fn message(&self, uid: usize) -> Inbound {
        let uid = i64::try_from(uid).unwrap();
        self.look(move |conn| {
            Ok(on!(conn, |c| inbound_mails::table
                .filter(inbound_mails::uid.eq(uid))
                .select(Inbound::as_select())
                .first(c))?)
        })
        .await
    }
}

/// State and reason in two words.
pub fn became(mail: &Inbound) -> String {
    format!("{} {}", mail.state, mail.why.as_deref().unwrap_or("-"))
}
