//! The people of a desk and what they do all day, in one line each.

use super::TestApp;
use super::client::{Client, Reply, id};
use actix_web::http::Method;
use chrono::Duration;
use serde_json::{Value, json};

/// Everybody of the demo who matters to a ticket of Lebak's `dinkes`, signed in.
pub struct Cast {
    pub app: TestApp,
    pub requester: Client,
    /// Tier 1 of `dinkes`.
    pub tier1: Client,
    /// Tier 1 of `disdik`.
    pub neighbour: Client,
    /// Requester of `disdik`.
    pub outsider: Client,
    pub tier2: Client,
    pub second: Client,
    pub coordinator: Client,
    pub auditor: Client,
    pub admin: Client,
    /// Coordinator of another region.
    pub stranger: Client,
    pub operator: Client,
}

impl Cast {
    pub async fn new() -> Self {
        Self::on(TestApp::new().await).await
    }

    /// Signs everybody in; again when tokens have run out.
    pub async fn on(app: TestApp) -> Self {
        Self {
            requester: app.lebak("pegawai.dinkes").await,
            tier1: app.lebak("teknisi.dinkes").await,
            neighbour: app.lebak("teknisi.disdik").await,
            outsider: app.lebak("pegawai.disdik").await,
            tier2: app.lebak("tier2.satu").await,
            second: app.lebak("tier2.dua").await,
            coordinator: app.lebak("koordinator").await,
            auditor: app.lebak("auditor").await,
            admin: app.lebak("admin").await,
            stranger: app.temanggung("koordinator").await,
            operator: app.sign_in("operator@sigap.example").await,
            app,
        }
    }

    /// Lets a second pass, so that what follows stands later in every list.
    pub fn later(&self) {
        self.app.step(Duration::seconds(1));
    }

    /// Lets a time pass that outlives every token, and signs everybody in again.
    pub async fn much_later(self, by: Duration) -> Self {
        self.app.step(by);
        Self::on(self.app).await
    }

    /// Everybody by his part.
    pub fn everybody(&self) -> [(&'static str, &Client); 10] {
        [
            ("requester", &self.requester),
            ("tier1", &self.tier1),
            ("tier2", &self.tier2),
            ("coordinator", &self.coordinator),
            ("auditor", &self.auditor),
            ("neighbour", &self.neighbour),
            ("outsider", &self.outsider),
            ("admin", &self.admin),
            ("stranger", &self.stranger),
            ("operator", &self.operator),
        ]
    }

    /// A ticket that Tier 1 began and handed up.
    pub async fn handed_up(&self) -> Value {
        let ticket = self.requester.open("SIMPEG tidak bisa dibuka").await;
        self.tier1.start(&ticket).await.ok();
        self.tier1.escalate(&ticket).await.ok()
    }

    /// Gives a role, as the administrator.
    pub async fn give(&self, person: &str, role: &str, opd: Option<&str>) {
        let body = match opd {
            Some(opd) => json!({ "role": role, "opd": opd }),
            None => json!({ "role": role }),
        };
        self.admin.post(&format!("/people/{person}/roles"), body).await.created();
    }

    /// Takes a role in an organisation, as the administrator.
    pub async fn take(&self, person: &str, role: &str, opd: &str) {
        let entry = self.admin.get(&format!("/people/{person}")).await.ok();
        let held = entry["entry"]["roles"].as_array().unwrap().clone();
        let grant =
            held.iter().find(|r| r["role"] == role && r["opd"] == opd).unwrap()["id"].as_str().unwrap().to_owned();
        self.admin.delete(&format!("/people/{person}/roles/{grant}")).await.done();
    }

    /// Lets a person leave the administration.
    pub async fn deactivate(&self, person: &str) {
        self.admin.patch(&format!("/people/{person}"), json!({ "active": false })).await.ok();
    }
}

impl Client {
    /// Opens a ticket whose fields are an ordinary one's but for `more`.
    pub async fn open_with(&self, more: Value) -> Reply {
        let mut body = json!({ "kind": "incident", "subject": "SIMPEG mati", "description": "Sejak pagi." });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.post("/tickets", body).await
    }

    pub async fn start(&self, ticket: &Value) -> Reply {
        self.act(ticket, "start", json!({})).await
    }

    pub async fn assign(&self, ticket: &Value, to: &str) -> Reply {
        self.act(ticket, "assign", json!({ "assignee": to })).await
    }

    pub async fn give_back(&self, ticket: &Value) -> Reply {
        self.act(ticket, "return", json!({ "instructions": "Hapus singgahan peramban." })).await
    }

    pub async fn consult(&self, ticket: &Value) -> Reply {
        self.act(ticket, "consult", json!({ "question": "Apakah server mati?" })).await
    }

    pub async fn remind(&self, ticket: &Value) -> Reply {
        self.act(ticket, "remind", json!({ "note": "Mohon kabar hari ini." })).await
    }

    pub async fn pend(&self, ticket: &Value) -> Reply {
        self.act(ticket, "pend", json!({ "reason": "requester" })).await
    }

    pub async fn resume(&self, ticket: &Value) -> Reply {
        self.act(ticket, "resume", json!({})).await
    }

    pub async fn resolve(&self, ticket: &Value) -> Reply {
        self.act(ticket, "resolve", json!({ "resolution": "Layanan dimulai ulang." })).await
    }

    pub async fn close(&self, ticket: &Value) -> Reply {
        self.act(ticket, "close", json!({})).await
    }

    pub async fn reopen(&self, ticket: &Value) -> Reply {
        self.act(ticket, "reopen", json!({ "reason": "Masih mati." })).await
    }

    pub async fn cancel(&self, ticket: &Value) -> Reply {
        self.act(ticket, "cancel", json!({ "reason": "Sudah normal." })).await
    }

    /// Writes a comment.
    pub async fn say(&self, ticket: &Value, visibility: &str, body: &str) -> Reply {
        self.act(ticket, "comments", json!({ "body": body, "visibility": visibility })).await
    }

    /// Changes fields.
    pub async fn edit(&self, ticket: &Value, fields: Value) -> Reply {
        self.patch(&format!("/tickets/{}", id(ticket)), fields).await
    }

    /// Changes fields of the version that `tag` names.
    pub async fn edit_at(&self, ticket: &Value, tag: &str, fields: Value) -> Reply {
        self.send(Method::PATCH, &format!("/tickets/{}", id(ticket)), &[("if-match", tag)], Some(fields)).await
    }

    /// An act by its name, with all that it needs; without those that need somebody or something of the caller's choice.
    pub async fn does(&self, ticket: &Value, action: &str) -> Reply {
        match action {
            "start" => self.start(ticket).await,
            "escalate" => self.escalate(ticket).await,
            "return" => self.give_back(ticket).await,
            "consult" => self.consult(ticket).await,
            "remind" => self.remind(ticket).await,
            "pend" => self.pend(ticket).await,
            "resume" => self.resume(ticket).await,
            "resolve" => self.resolve(ticket).await,
            "close" => self.close(ticket).await,
            "reopen" => self.reopen(ticket).await,
            "cancel" => self.cancel(ticket).await,
            "public" | "internal" => self.say(ticket, action, "Halo.").await,
            other => panic!("{other}?"),
        }
    }

    /// The rows of a list that fits into one page.
    pub async fn items(&self, path: &str) -> Vec<Value> {
        let page = self.get(path).await.ok();
        assert_eq!(page["next_cursor"], Value::Null, "{path} has more than a page");
        page["items"].as_array().unwrap().clone()
    }

    /// All rows of a list, `limit` at a time.
    pub async fn walked(&self, path: &str, limit: usize) -> Vec<Value> {
        let path = format!("{path}{}limit={limit}", if path.contains('?') { '&' } else { '?' });
        let (mut rows, mut next) = (Vec::new(), path.clone());
        loop {
            let page = self.get(&next).await.ok();
            let items = page["items"].as_array().unwrap();
            assert!(items.len() <= limit, "{path}: {} rows", items.len());
            rows.extend(items.iter().cloned());
            assert!(rows.len() < 10_000, "{path}: the pages have no end");
            let Some(cursor) = page["next_cursor"].as_str() else { return rows };
            next = format!("{path}&cursor={cursor}");
        }
    }

    /// What is listed under a ticket: `events`, `comments`, `attachments`, `watchers`, `links`.
    pub async fn of(&self, ticket: &Value, what: &str) -> Vec<Value> {
        self.items(&format!("/tickets/{}/{what}", id(ticket))).await
    }

    /// Kinds of the time line's entries, in order.
    pub async fn story(&self, ticket: &Value) -> Vec<String> {
        texts(&self.of(ticket, "events").await, "kind")
    }

    /// Numbers of the tickets in a list, in order.
    pub async fn numbers(&self, query: &str) -> Vec<String> {
        texts(&self.items(&format!("/tickets?limit=200&{query}")).await, "number")
    }

    /// Kinds of this person's notices about a ticket, oldest first.
    pub async fn told(&self, ticket: &Value) -> Vec<String> {
        let notices = self.items("/notices?limit=200").await;
        notices.iter().rev().filter(|n| n["ticket"] == ticket["id"]).map(|n| text(&n["kind"])).collect()
    }

    /// Id of this person.
    pub async fn id(&self) -> String {
        text(&self.get("/me").await.ok()["id"])
    }
}

/// A field of every row.
pub fn texts(rows: &[Value], field: &str) -> Vec<String> {
    rows.iter().map(|row| text(&row[field])).collect()
}

/// An answer without what the clocks count by themselves: the seconds that have elapsed.
pub fn still(answer: &str) -> String {
    let mut answer = answer;
    let mut kept = String::new();
    while let Some((before, after)) = answer.split_once("\"elapsed_seconds\":") {
        kept.push_str(before);
        answer = after.trim_start_matches(|c: char| c.is_ascii_digit() || c == ' ');
    }
    kept + answer
}

/// A JSON text's content.
pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}

impl Client {
    /// Sends a file, as a browser's form would.
    pub async fn send_file(&self, ticket: &Value, name: &str, bytes: &[u8], visibility: Option<&str>) -> Reply {
        let mut body = Vec::new();
        if let Some(visibility) = visibility {
            body.extend(
                format!("--batas\r\nContent-Disposition: form-data; name=\"visibility\"\r\n\r\n{visibility}\r\n")
                    .bytes(),
            );
        }
        let quoted = name.replace('\\', "\\\\").replace('"', "\\\"");
        let part = format!("--batas\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{quoted}\"\r\n");
        body.extend(part.bytes().chain("Content-Type: text/html\r\n\r\n".bytes()));
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\r\n--batas--\r\n");
        let headers = [("content-type", "multipart/form-data; boundary=batas")];
        self.raw(Method::POST, &format!("/tickets/{}/attachments", id(ticket)), &headers, body).await
    }
}
