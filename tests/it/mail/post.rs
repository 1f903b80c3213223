//! The mailboxes of a test: everything that the program sent, taken apart again.

use crate::support::TestApp;
use crate::support::desk::Cast;
use chrono::Duration;
use diesel::prelude::*;
use mail_parser::MessageParser;
use sigap::db::schema::mails;
use sigap::mail::claim::Claimed;
use sigap::on;
use std::sync::{Arc, Mutex};

/// More runs than any test's mails take.
const RUNS: usize = 50;

/// A mail as its recipient has it.
#[derive(Debug, Clone)]
pub struct Got {
    pub to: String,
    pub from: String,
    pub subject: String,
    pub text: String,
    pub html: String,
    pub raw: String,
}

impl Got {
    pub fn parse(from: &str, to: &str, bytes: &[u8]) -> Self {
        let message = MessageParser::default().parse(bytes).unwrap();
        Self {
            to: to.to_owned(),
            from: from.to_owned(),
            subject: message.subject().unwrap().to_owned(),
            text: message.body_text(0).unwrap().replace("\r\n", "\n"),
            html: message.body_html(0).unwrap().replace("\r\n", "\n"),
            raw: String::from_utf8(bytes.to_vec()).unwrap(),
        }
    }

    /// A header, unfolded; panics if it is there more than once.
    pub fn header(&self, name: &str) -> Option<String> {
        let head = self.raw.split("\r\n\r\n").next().unwrap().replace("\r\n ", " ");
        let prefix = format!("{}:", name.to_lowercase());
        let mut found = head.lines().filter(|line| line.to_lowercase().starts_with(&prefix));
        let value = found.next().map(|line| line[prefix.len()..].trim().to_owned());
        assert!(found.next().is_none(), "{name} twice: {head}");
        value
    }

    pub fn account(&self) -> &str {
        self.to.split('@').next().unwrap()
    }
}

/// Where the mails of a program go.
pub struct Post(Arc<Mutex<Vec<Claimed>>>);

impl Post {
    pub fn of(app: &TestApp) -> Self {
        Self(app.app.mailer.capture())
    }

    /// What has come since the last look.
    pub fn take(&self) -> Vec<Got> {
        self.0.lock().unwrap().drain(..).map(|mail| Got::parse(&mail.from, &mail.to, &mail.bytes)).collect()
    }

    /// Lets the outbox run now.
    pub async fn now(&self, app: &TestApp) -> Vec<Got> {
        run(app).await;
        self.take()
    }

    /// Lets everything that waits for company go.
    pub async fn later(&self, app: &TestApp) -> Vec<Got> {
        app.step(Duration::seconds(61));
        self.now(app).await
    }
}

/// Lets the outbox run until it tries nothing more, as a run takes new mails for seconds only, on however slow a machine.
pub async fn run(app: &TestApp) {
    let mut before = tries(app).await;
    for _ in 0..RUNS {
        sigap::worker::outbox::run(&app.app).await.unwrap();
        let now = tries(app).await;
        if now == before {
            return;
        }
        before = now;
    }
    panic!("the outbox comes to no end");
}

/// Tries of all mails together; each that was sent, put off or refused is one.
pub async fn tries(app: &TestApp) -> i64 {
    let sum = diesel::dsl::sum(mails::attempts);
    let sum: Option<i64> = app.look(move |conn| Ok(on!(conn, |c| mails::table.select(sum).first(c))?)).await;
    sum.unwrap_or_default()
}

pub async fn tick(app: &TestApp) {
    sigap::worker::timer::run(&app.app).await.unwrap();
}

/// Whom each mail went to, by account.
pub fn accounts(mails: &[Got]) -> Vec<&str> {
    let mut all: Vec<&str> = mails.iter().map(Got::account).collect();
    all.sort_unstable();
    all
}

/// What a region's outbox owes: account and kind, in the order of the events.
pub async fn owed(cast: &Cast) -> Vec<(String, String)> {
    let rows = cast.admin.items("/mails?limit=200").await;
    let pair = |row: &serde_json::Value| {
        let to = row["recipient"].as_str().unwrap().split('@').next().unwrap().to_owned();
        (to, row["kind"].as_str().unwrap().to_owned())
    };
    rows.iter().rev().map(pair).collect()
}
