//! The others: an OPD that is busy, and marks everything that it writes with words of its own.

use crate::support::client::id;
use crate::support::{Client, TestApp};
use serde_json::{Value, json};
use sigap::access::Role;

/// Words that nobody else may read.
#[derive(Default)]
pub struct Canaries {
    /// Of tickets, for their requester and the desk.
    pub shown_to_desk: Vec<String>,
    /// For the desk alone.
    pub internal: Vec<String>,
    /// Names, addresses, codes.
    pub names: Vec<String>,
    pub ticket: String,
    pub number: String,
    pub person: String,
    pub service: String,
}

impl Canaries {
    pub fn all(&self) -> Vec<String> {
        [self.shown_to_desk.clone(), self.internal.clone(), self.names.clone()].concat()
    }

    fn shown(&mut self, what: &str) -> String {
        self.shown_to_desk.push(word(what));
        self.shown_to_desk.last().cloned().unwrap()
    }

    fn staff(&mut self, what: &str) -> String {
        self.internal.push(word(what));
        self.internal.last().cloned().unwrap()
    }

    fn name(&mut self, what: &str) -> String {
        self.names.push(word(what));
        self.names.last().cloned().unwrap()
    }
}

/// A word that is nowhere else: no other text of the suite or of the service holds this prefix.
fn word(what: &str) -> String {
    format!("Zxq{what}{:06}", crate::support::build::next())
}

async fn client(app: &TestApp, account: &str, domain: &str) -> Client {
    app.sign_in(&format!("{account}@{domain}")).await
}

/// One ticket through everything that can be said of one.
async fn through_all(app: &TestApp, domain: &str, opd: &str, c: &mut Canaries) -> Value {
    let requester = client(app, &format!("pegawai.{opd}"), domain).await;
    let tier1 = client(app, &format!("teknisi.{opd}"), domain).await;
    let tier2 = client(app, "tier2.satu", domain).await;
    let new = json!({ "kind": "incident", "subject": c.shown("perkara"), "description": c.shown("uraian"), "service": "simpeg" });
    let ticket = requester.post("/tickets", new).await.created();
    let comments = format!("/tickets/{}/comments", id(&ticket));
    for (client, visibility) in [(&requester, "public"), (&tier1, "public"), (&tier1, "internal")] {
        let body = if visibility == "public" { c.shown("jawab") } else { c.staff("catatan") };
        client.post(&comments, json!({ "body": body, "visibility": visibility })).await.created();
    }
    tier1.upload(&ticket, &format!("{}.txt", c.shown("berkas")), &c.shown("isi"), "public").await.created();
    tier1.upload(&ticket, &format!("{}.txt", c.staff("berkas")), &c.staff("isi"), "internal").await.created();
    tier1.act(&ticket, "consult", json!({ "question": c.staff("tanya") })).await.ok();
    let ask = json!({ "reason": c.staff("sebab"), "tried": c.staff("coba"), "requested": c.staff("minta") });
    tier1.act(&ticket, "escalate", ask).await.ok();
    tier2.act(&ticket, "start", json!({})).await.ok();
    tier2.post(&format!("/tickets/{}/watchers", id(&ticket)), json!({})).await.ok();
    tier2.act(&ticket, "return", json!({ "instructions": c.staff("petunjuk") })).await.ok();
    let asked = json!({ "metric": "resolution", "reason": c.staff("pengecualian") });
    let waiver = tier1.post(&format!("/tickets/{}/sla/waivers", id(&ticket)), asked).await.created();
    let decided = json!({ "granted": false, "remark": c.staff("tanggapan") });
    let coordinator = client(app, "koordinator", domain).await;
    coordinator.post(&format!("/tickets/{}/sla/waivers/{}/decision", id(&ticket), id(&waiver)), decided).await.ok();
    tier1.patch(&format!("/tickets/{}", id(&ticket)), json!({ "subject": c.shown("perbaikan") })).await.ok();
    tier1.act(&ticket, "pend", json!({ "reason": "vendor" })).await.ok();
    tier1.act(&ticket, "resume", json!({})).await.ok();
    let solved = json!({ "resolution": c.shown("solusi"), "cause": c.staff("akar") });
    tier1.act(&ticket, "resolve", solved).await.ok();
    requester.act(&ticket, "reopen", json!({ "reason": c.shown("ulang") })).await.ok();
    tier1.act(&ticket, "resolve", json!({ "resolution": c.shown("solusi") })).await.ok();
    requester.act(&ticket, "close", json!({ "rating": 2, "comment": c.shown("nilai") })).await.ok();
    ticket
}

/// Everything that the people of `opd` can do, each text, name and file with a word of its own.
pub async fn busy(app: &TestApp, region: &'static str, domain: &str, opd: &str) -> Canaries {
    let mut c = Canaries::default();
    let closed = through_all(app, domain, opd, &mut c).await;
    let requester = client(app, &format!("pegawai.{opd}"), domain).await;
    let tier1 = client(app, &format!("teknisi.{opd}"), domain).await;
    let secret = json!({
        "kind": "request", "subject": c.shown("rahasia"), "description": c.shown("rahasia"), "classification": "secret",
        "impact": "high", "urgency": "high",
    });
    let secret = requester.post("/tickets", secret).await.created();
    tier1.act(&secret, "start", json!({})).await.ok();
    let tie = json!({ "ticket": id(&closed), "kind": "related" });
    tier1.post(&format!("/tickets/{}/links", id(&secret)), tie).await.created();
    let dropped = requester.open(&c.shown("batal")).await;
    requester.act(&dropped, "cancel", json!({ "reason": c.shown("alasan") })).await.ok();

    let answer = json!({ "name": c.staff("jawaban"), "body": c.staff("jawaban"), "desk": format!("tier1:{opd}") });
    tier1.post("/answers", answer).await.created();
    let view = json!({ "name": c.staff("tampilan"), "filter": "who=me", "desk": format!("tier1:{opd}") });
    tier1.post("/views", view).await.created();
    let account = c.name("orang").to_lowercase();
    let login = app.hire(region, &account, Some(Role::Requester), &[opd]).await;
    let technician = app.hire(region, &c.name("teknisi").to_lowercase(), Some(Role::Tier1), &[opd]).await;
    app.sign_in(&technician).await.open(&c.shown("sendiri")).await;
    app.sign_in(&login).await.open(&c.shown("milik")).await;
    let admin = client(app, "admin", domain).await;
    let service = c.name("layanan").to_lowercase();
    let fields = json!({
        "code": service, "name": c.name("layanan"), "description": c.name("layanan"), "owner": opd, "provider": "opd",
        "only_opd": opd,
    });
    admin.post("/services", fields).await.created();
    c.ticket = id(&closed).to_owned();
    c.number = closed["number"].as_str().unwrap().to_owned();
    c.person = app.person(&login).await.to_string();
    c.service = service;
    c
}
