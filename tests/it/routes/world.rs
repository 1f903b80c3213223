//! Two regions and everybody who can call.

use super::ask::{new_agreement, new_calendar};
use crate::support::app::monday_morning;
use crate::support::{Client, TestApp};
use chrono::Duration;
use serde_json::json;
use sigap::access::Role;
use sigap::access::token::Audience;
use sigap::db::{Id, Ts};
use sigap::sla::{agreement, calendar};
use std::collections::BTreeMap;

/// Callers and how they sign in; those with a dot in front are hired for this test.
const CALLERS: &[(&str, &str)] = &[
    ("roleless", ".lebak mantan"),
    ("requester_own", "pegawai.dinkes@lebakkab.go.id"),
    ("requester_same", ".lebak rekan requester dinkes"),
    ("requester_other", "pegawai.disdik@lebakkab.go.id"),
    ("requester_prefix", ".lebak pegawai.dink requester dink"),
    ("tier1", "teknisi.dinkes@lebakkab.go.id"),
    ("tier1_several", ".lebak teknisi.dua tier1 dinkes dinkominfo"),
    ("tier1_other", "teknisi.disdik@lebakkab.go.id"),
    ("tier1_prefix", ".lebak teknisi.dink tier1 dink"),
    ("tier1_elsewhere", "teknisi.setda@lebakkab.go.id"),
    ("tier2", "tier2.satu@lebakkab.go.id"),
    ("coordinator", "koordinator@lebakkab.go.id"),
    ("auditor", "auditor@lebakkab.go.id"),
    ("admin", "admin@lebakkab.go.id"),
    ("operator", "operator@sigap.example"),
    ("far_requester", "pegawai.dinkes@temanggungkab.go.id"),
    ("far_tier1", "teknisi.dinkes@temanggungkab.go.id"),
    ("far_tier2", "tier2.satu@temanggungkab.go.id"),
    ("far_coordinator", "koordinator@temanggungkab.go.id"),
    ("far_auditor", "auditor@temanggungkab.go.id"),
    ("far_admin", "admin@temanggungkab.go.id"),
];

pub struct Caller {
    pub client: Client,
    pub id: Option<Id>,
    /// A role that he holds.
    pub grant: Option<Id>,
    pub login: String,
}

pub struct World {
    pub app: TestApp,
    pub callers: BTreeMap<&'static str, Caller>,
    pub coordinator: Id,
    pub desks: [Id; 2],
    /// Lebak and Temanggung, the `dinkes` of the latter, and the organisations of Lebak.
    pub regions: [Id; 2],
    pub opds: BTreeMap<&'static str, Id>,
    pub far_dinkes: Id,
    pub requester: Id,
    /// Version of Lebak's agreement and edition of its calendar.
    pub frame: (Id, Id),
    /// SHA-256 of a file that is really there.
    pub file: String,
    /// Audit entries about an organisation of Lebak and of Temanggung.
    pub entries: [Id; 2],
}

impl World {
    #[expect(clippy::too_many_lines, reason = "a list of what there is")]
    pub async fn build() -> Self {
        let app = TestApp::new().await;
        app.found("lebak", "dink", "Dinas yang kodenya awal dari dinkes").await;
        app.found("temanggung", "jauh", "Dinas Jauh").await;
        for (region, account, opd) in [
            ("lebak", "staf.dinkes", "dinkes"),
            ("lebak", "staf.disdik", "disdik"),
            ("lebak", "staf.dink", "dink"),
            ("temanggung", "staf.jauh", "dinkes"),
        ] {
            app.hire(region, account, Some(Role::Requester), &[opd]).await;
        }
        let mut callers = BTreeMap::new();
        for (name, how) in CALLERS {
            let login = hired(&app, how).await;
            let client = app.sign_in(&login).await;
            let me = client.get("/me").await.ok();
            let of = |value: &serde_json::Value| value.as_str().and_then(|id| id.parse().ok());
            let (id, grant) = (of(&me["id"]), of(&me["roles"][0]["id"]));
            callers.insert(*name, Caller { client, id, grant, login });
        }
        add_whoever_is_out(&app, &mut callers).await;
        let requester = callers["requester_own"].id.unwrap();
        let service = |code: &str| json!({ "code": code, "name": code, "owner": "dinkes", "provider": "opd" });
        callers["admin"].client.post("/services", service("dink")).await.created();
        callers["far_admin"].client.post("/services", service("jauh")).await.created();
        for admin in ["admin", "far_admin"] {
            callers[admin].client.post("/services", service("dinkes")).await.created();
        }
        agree(&callers["admin"].client, &["dinkes", "dink"], &["2040-01-01", "2040-01-02", "2041-01-01", "2041-01-02"])
            .await;
        let far_days = ["2040-01-01", "2040-01-03", "2041-01-01", "2041-01-03"];
        agree(&callers["far_admin"].client, &["dinkes", "jauh"], &far_days).await;
        let own = callers["requester_own"].client.open("Contoh").await;
        let sent = callers["requester_own"].client.upload(&own, "contoh.txt", "Isi berkas.", "public").await;
        let mut opds = BTreeMap::new();
        for code in ["dinkes", "disdik", "dink"] {
            opds.insert(code, app.opd("lebak", code).await);
        }
        let (region, dinkes) = (app.region("lebak").await, opds["dinkes"]);
        let frame = app.within(move |tx| {
            let (day, now) = (tx.now.utc().date_naive(), tx.now);
            let version = agreement::in_force(tx, region, dinkes, None, day, now)?.unwrap().id;
            Ok((version, calendar::default_of(tx, region)?.unwrap()))
        });
        crate::audit::settle(&app).await;
        let mut entries = Vec::new();
        for auditor in ["auditor", "far_auditor"] {
            let rows = callers[auditor].client.get("/audit/entries?action=opd.create&limit=1").await.ok();
            entries.push(rows["items"][0]["id"].as_str().unwrap().parse().unwrap());
        }
        Self {
            entries: entries.try_into().unwrap(),
            frame: frame.await,
            coordinator: callers["coordinator"].id.unwrap(),
            desks: [callers["tier1"].id.unwrap(), app.person("tier2.dua@lebakkab.go.id").await],
            regions: [app.region("lebak").await, app.region("temanggung").await],
            far_dinkes: app.opd("temanggung", "dinkes").await,
            file: sent.created()["sha256"].as_str().unwrap().to_owned(),
            opds,
            requester,
            callers,
            app,
        }
    }

    pub fn domain_of(&self, caller: &str) -> &'static str {
        if caller.starts_with("far_") { "temanggungkab.go.id" } else { "lebakkab.go.id" }
    }

    /// Somebody who works at this tier for the tickets of the matrix.
    pub fn colleague_at(&self, tier: i32) -> Id {
        if tier == 1 { self.desks[0] } else { self.desks[1] }
    }

    pub(super) fn login_of(&self, caller: &Caller) -> String {
        if caller.id.is_some() { caller.login.clone() } else { self.callers["requester_own"].login.clone() }
    }
}

/// Calendars and agreements with these codes, and holidays on these days.
async fn agree(admin: &Client, codes: &[&str], days: &[&str]) {
    for code in codes {
        admin.post("/calendars", new_calendar(code)).await.created();
        admin.post("/agreements", new_agreement(code, code)).await.created();
    }
    for day in days {
        let holiday = json!({ "day": day, "name": "Libur", "kind": "daerah" });
        admin.post("/holidays", holiday).await.created();
    }
}

async fn hired(app: &TestApp, how: &str) -> String {
    let Some(how) = how.strip_prefix('.') else { return how.to_owned() };
    let words: Vec<&str> = how.split(' ').collect();
    let role = words.get(2).and_then(|r| Role::from_text(r));
    app.hire("lebak", words[1], role, words.get(3..).unwrap_or_default()).await
}

/// Those who once could and now can't: each was Tier 1 of dinkes.
async fn add_whoever_is_out(app: &TestApp, callers: &mut BTreeMap<&'static str, Caller>) {
    let mut out = |name, client| callers.insert(name, Caller { client, id: None, grant: None, login: String::new() });
    out("anonymous", app.anonymous());
    for name in ["expired", "logged_out", "deactivated", "role_removed"] {
        let login = app.hire("lebak", name, Some(Role::Tier1), &["dinkes"]).await;
        let mut client = app.sign_in(&login).await;
        match name {
            "expired" => {
                let sessions = client.get("/me/sessions").await.ok();
                let session = sessions["items"][0]["id"].as_str().unwrap().parse().unwrap();
                let earlier = Ts::new(monday_morning()).plus(Duration::days(-1));
                let (token, _) = app.app.keys.issue(app.person(&login).await, session, Audience::Api, earlier).unwrap();
                client = app.with_token(&token);
            }
            "logged_out" => client.post("/auth/logout", json!({})).await.done(),
            "deactivated" => {
                let admin = app.lebak("admin").await;
                let place = format!("/people/{}", app.person(&login).await);
                admin.patch(&place, json!({ "active": false })).await.ok();
            }
            _ => app.strip(&login).await,
        }
        out(name, client);
    }
}
