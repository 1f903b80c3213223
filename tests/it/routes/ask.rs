//! Each operation of the document as a request: its variants, the objects it is tried on, its path and body.

use super::oracle::Cell;
use super::things::Thing;
use super::world::World;
use crate::support::build::{next, nip};
use actix_web::http::Method;
use serde_json::{Value, json};
use sigap::access::Role;

/// Operations that are asked in several ways, each a row of the matrix of its own.
const VARIANTS: &[(&str, &[&str])] = &[
    ("downloadAttachment", &["public", "internal"]),
    ("addComment", &["public", "internal"]),
    ("addAttachment", &["public", "internal"]),
    ("watch", &["self", "other"]),
    ("giveRole", &["auditor", "admin", "operator"]),
];

pub const TICKETS: &[&str] = &[
    "new_1",
    "open_1",
    "open_2",
    "once_2",
    "consulted",
    "restricted_1",
    "secret_1",
    "secret_2",
    "secret_once",
    "secret_consulted",
    "absent",
];
const PEOPLE: &[&str] =
    &["self", "of_dinkes", "of_disdik", "of_dink", "of_tier2", "of_admin", "of_operator", "of_far", "absent"];
const GRANTS: &[&str] = &[
    "self",
    "of_dinkes",
    "of_disdik",
    "of_dink",
    "of_tier2",
    "of_admin",
    "of_operator",
    "of_far",
    "absent",
    "mismatched",
    "absent_grant",
];

/// An operation as the document has it.
#[derive(Debug, Clone)]
pub struct Operation {
    pub id: String,
    pub method: String,
    pub path: String,
    /// The answers that the document tells.
    pub statuses: Vec<String>,
}

/// Every operation of the OpenAPI document.
pub fn operations() -> Vec<Operation> {
    let document: Value = serde_json::from_str(sigap::api::ops::document()).unwrap();
    let mut all = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let id = operation["operationId"].as_str().unwrap().to_owned();
            let statuses = operation["responses"].as_object().unwrap().keys().cloned().collect();
            all.push(Operation { id, method: method.to_uppercase(), path: path.clone(), statuses });
        }
    }
    all
}

impl Operation {
    /// The names under which it stands in the matrix.
    pub fn names(&self) -> Vec<String> {
        let variants = VARIANTS.iter().find(|(id, _)| *id == self.id).map(|(_, variants)| *variants);
        match variants {
            None => vec![self.id.clone()],
            Some(variants) => variants.iter().map(|v| format!("{}:{v}", self.id)).collect(),
        }
    }

    /// What it is tried on.
    pub fn objects(&self) -> &'static [&'static str] {
        match self.id.as_str() {
            "login" | "refresh" => &["right", "wrong"],
            "setPassword" | "setUp" => &["dead"],
            "forgotPassword" => &["unknown"],
            "openTicket" => &["self", "of_dinkes", "of_disdik", "of_dink", "of_far", "unknown"],
            "readNotice" | "endSession" => &["own", "foreign", "absent"],
            "createPerson" => &["here", "named"],
            "takeRole" => GRANTS,
            "removeView" | "changeAnswer" | "removeAnswer" => &["own", "foreign", "shared_1", "shared_2", "absent"],
            "retryMail" | "retryInbound" | "readUnreadable" | "readAuditEntry" => &["here", "there", "absent"],
            "readRegion" | "changeRegion" => &["near_only", "far_only", "absent"],
            "readOpd" | "changeOpd" | "movePeople" | "changeService" => &["both", "near_only", "far_only", "absent"],
            _ if self.is_agreed() => &["both", "near_only", "far_only", "absent"],
            _ if self.path.contains("/people/{id}") => PEOPLE,
            _ if self.path.contains("/tickets/{id}") || self.path.contains("/attachments/{id}") => TICKETS,
            _ => &["-"],
        }
    }

    /// Whether it is about one calendar, agreement or holiday.
    pub fn is_agreed(&self) -> bool {
        ["/calendars/{", "/agreements/{", "/holidays/{"].iter().any(|part| self.path.contains(part))
    }

    /// The object of a cell that is not there at all; what the caller may not know of must look the same.
    pub fn nothing(&self) -> Option<&'static str> {
        let objects = self.objects();
        ["absent_grant", "absent", "unknown"].into_iter().find(|o| objects.contains(o))
    }

    /// The path of a request about `thing`, below `/api/v1`.
    pub fn place(&self, thing: &Thing) -> String {
        let id = match thing {
            Thing::Ticket { attachment, .. } if self.path.contains("/attachments/{id}") => attachment.to_string(),
            Thing::Ticket { id, .. } | Thing::Person { id, .. } | Thing::Row(id) => id.to_string(),
            _ => String::new(),
        };
        let mut place = self.path.trim_start_matches("/api/v1").replace("{id}", &id);
        match thing {
            // A cell has a tie or a waiver, never both.
            Thing::Ticket { link, .. } => {
                place = place.replace("{link}", &link.to_string()).replace("{waiver}", &link.to_string());
            }
            Thing::Person { grant, .. } => place = place.replace("{grant}", &grant.to_string()),
            Thing::Code(code) => place = place.replace("{code}", code).replace("{day}", code),
            _ => {}
        }
        let query = match self.id.as_str() {
            "slaReport" => "?from=2026-03-01&to=2026-03-31&by=opd",
            _ if self.path.ends_with("/import") || self.id == "movePeople" => "?dry_run=true",
            _ if self.path.ends_with("/days") => "?from=2026-03-01&to=2026-03-31",
            _ => "",
        };
        format!("{place}{query}")
    }

    pub fn method(&self) -> Method {
        self.method.parse().unwrap()
    }
}

/// What is sent.
pub enum Sent {
    Nothing,
    Json(Value),
    Csv(&'static str),
    File { visibility: String },
}

/// The body of a request; it is such that nothing but the caller's right decides about the answer.
pub fn body(cell: &Cell, thing: &Thing, world: &World) -> Sent {
    let (id, variant) = cell.operation.split_once(':').unwrap_or((&cell.operation, ""));
    let n = next();
    let domain = world.domain_of(&cell.caller);
    let Thing::Ticket { twin, tier, .. } = thing else { return plain(id, variant, cell, thing, n, domain) };
    Sent::Json(match id {
        "addComment" => json!({ "body": "Sudah dicek.", "visibility": variant }),
        "addAttachment" => return Sent::File { visibility: variant.to_owned() },
        "watch" if variant == "self" => json!({}),
        "watch" => json!({ "person": world.coordinator.to_string() }),
        "tie" => json!({ "ticket": twin.to_string(), "kind": "related" }),
        "editTicket" => json!({ "subject": "Layar tetap gelap" }),
        "assign" => json!({ "assignee": world.colleague_at(*tier).to_string() }),
        "escalate" => json!({ "reason": "Sulit.", "tried": "Semua.", "requested": "Tolong." }),
        "return" => json!({ "instructions": "Ganti kabel." }),
        "consult" => json!({ "question": "Pernah terjadi?" }),
        "remind" => json!({ "note": "Mohon kabar." }),
        "pend" => json!({ "reason": "vendor" }),
        "resolve" => json!({ "resolution": "Kabel diganti." }),
        "reopen" | "cancel" => json!({ "reason": "Perlu." }),
        "start" | "resume" | "close" => json!({}),
        "askWaiver" => json!({ "metric": "resolution", "reason": "Listrik padam." }),
        "decideWaiver" => json!({ "granted": true }),
        "reportIncident" => json!({ "to": "BSSN", "reference": "117" }),
        _ => return Sent::Nothing,
    })
}

fn plain(id: &str, variant: &str, cell: &Cell, thing: &Thing, n: usize, domain: &str) -> Sent {
    let right = cell.object == "right";
    Sent::Json(match (id, thing) {
        ("login", Thing::Words(login)) if right => json!({ "login": login, "password": "sigap-demo-2026" }),
        ("login", _) => json!({ "login": format!("tidak.ada.{n}@{domain}"), "password": "salah-sekali-2026" }),
        ("refresh", Thing::Words(token)) => json!({ "refresh_token": token }),
        ("forgotPassword", _) => json!({ "login": format!("tiada{}@lebakkab.go.id", next()) }),
        ("setPassword", _) => json!({ "token": "mati", "password": "payung-biru-di-teras" }),
        ("setUp", _) => {
            json!({ "token": "mati", "name": "Ani", "email": "ani@lebakkab.go.id", "password": "payung-biru-di-teras" })
        }
        ("changePassword", _) => json!({ "old_password": "bukan-ini-2026", "new_password": "payung-biru-di-teras" }),
        ("beginSecondFactor", _) => json!({ "password": "bukan-ini-2026" }),
        ("confirmSecondFactor" | "removeSecondFactor", _) => json!({ "code": "000000" }),
        ("openTicket", Thing::Words(login)) => {
            json!({ "kind": "incident", "subject": "Mati", "description": "Total.", "on_behalf_of": login })
        }
        ("openTicket", _) => json!({ "kind": "incident", "subject": "Mati", "description": "Total." }),
        ("chooseMails", _) => json!({ "unwanted": [] }),
        ("changePerson", _) => json!({ "phone": "0251 12345" }),
        ("giveRole", _) => json!({ "role": variant }),
        ("createPerson", _) if cell.object == "named" => {
            json!({ "name": "Baru", "email": format!("baru.{n}@lebakkab.go.id"), "nip": nip(), "region": "lebak" })
        }
        ("createPerson", _) => json!({ "name": "Baru", "email": format!("baru.{n}@{domain}"), "nip": nip() }),
        ("importPeople", _) => return Sent::Csv("name,email,nip,role,opd\n"),
        ("importOpds", _) => return Sent::Csv("code,name,kind\n"),
        ("createOpd", _) => json!({ "code": format!("baru-{n}"), "name": "Dinas Baru", "kind": "dinas" }),
        ("createService", _) => {
            json!({ "code": format!("baru-{n}"), "name": "Baru", "owner": "dinkes", "provider": "opd" })
        }
        ("createView", _) => json!({ "name": "Milik saya", "filter": "who=me" }),
        ("createAnswer", _) => json!({ "name": "Salam", "body": "Yth. {nama}," }),
        ("changeAnswer", _) => json!({ "name": "Salam lain" }),
        ("changeOpd", _) => json!({ "short_name": format!("LAIN {n}") }),
        ("movePeople", _) => json!({ "to": "setda" }),
        ("changeService", _) => json!({ "name": format!("Nama {n}") }),
        ("createRegion", _) => new_region(n),
        ("changeRegion", _) => json!({ "report_basis": format!("Peraturan Bupati Nomor {n} Tahun 2026") }),
        ("changeCalendar" | "changeAgreement", _) => json!({ "name": format!("Nama {n}") }),
        ("createCalendar", _) => new_calendar(&format!("baru-{n}")),
        ("createAgreement", _) => new_agreement(&format!("baru-{n}"), "setda"),
        ("addHoliday", _) => json!({ "day": "2045-05-05", "name": "Libur", "kind": "daerah" }),
        ("importHolidays", _) => return Sent::Csv("date,name_id,kind\n"),
        ("previewDeadline", _) => {
            json!({ "priority": "p3", "metric": "resolution", "opened_at": "2026-03-02T08:00:00+07:00" })
        }
        (
            "logout" | "readNotice" | "issuePasswordLink" | "mailPasswordLink" | "retryMail" | "retryInbound"
            | "checkMail",
            _,
        ) => json!({}),
        _ => return Sent::Nothing,
    })
}

/// A calendar that works around the clock.
pub fn new_calendar(code: &str) -> Value {
    let definition = json!({ "zone": "Asia/Jakarta", "weeks": [{ "round_the_clock": true }] });
    json!({ "code": code, "name": "Sepanjang waktu", "definition": definition })
}

/// An agreement with one organisation.
pub fn new_agreement(code: &str, opd: &str) -> Value {
    let targets = json!({ "first_response": 60, "resolution": 60, "tier2_acceptance": 60, "tier2_resolution": 60 });
    let terms = json!({ "targets": { "p1": targets, "p2": targets, "p3": targets, "p4": targets } });
    json!({
        "code": code, "name": "Perjanjian", "provider": "Dinas Kominfo", "consumer": "opd", "opd": opd,
        "valid_from": "2030-01-01", "terms": terms,
    })
}

fn new_region(n: usize) -> Value {
    let letter = |n: usize| char::from(b'A' + u8::try_from(n % 26).unwrap());
    let prefix = format!("Z{}{}{}", letter(n / 676), letter(n / 26), letter(n));
    json!({ "region": {
        "code": format!("daerah-{n}"), "name": "Kabupaten Baru", "kemendagri": "99.01", "ticket_prefix": prefix,
        "domain": format!("baru{n}kab.go.id"), "mail_domain": format!("baru{n}kab.go.id"),
        "desk_mailbox": format!("servicedesk@baru{n}kab.go.id"), "time_zone": "Asia/Jakarta",
        "password_policy": "nist", "language": "id", "calendar": "perpres-21-2023", "agreement": "standard",
        "terms": { "tier1": "Tingkat 1", "tier2": "Tingkat 2", "provider": "Dinkominfo" },
        "nomenclature": { "default": "{abbr}", "fixed": {}, "site": {} },
    } })
}

/// The roles that `of_…` people of the matrix hold, and where.
pub fn held(object: &str) -> Option<(Role, Option<&'static str>)> {
    match object {
        "of_dinkes" | "of_far" | "mismatched" | "absent_grant" => Some((Role::Requester, Some("dinkes"))),
        "of_disdik" => Some((Role::Requester, Some("disdik"))),
        "of_dink" => Some((Role::Requester, Some("dink"))),
        "of_tier2" => Some((Role::Tier2, None)),
        "of_admin" => Some((Role::Admin, None)),
        "of_operator" => Some((Role::Operator, None)),
        _ => None,
    }
}
