//! For each cell of the matrix an object of its own, so that no cell disturbs another.

use super::ask::{Operation, held};
use super::oracle::Cell;
use super::world::{Caller, World};
use crate::support::app::monday_morning;
use crate::support::build::{next, nip, ticket};
use chrono::Duration;
use serde_json::json;
use sigap::access::Role;
use sigap::access::token::Audience;
use sigap::db::{Id, Ts};
use sigap::desk::answer::Answer;
use sigap::desk::view::View;
use sigap::mail::inbound::Inbound;
use sigap::mail::outbox::Mail;
use sigap::notice::Notice;
use sigap::org::Person;
use sigap::org::grant::Grant;
use sigap::org::session::Session;
use sigap::sla::row::Clock;
use sigap::sla::waiver::Waiver;
use sigap::sla::{Basis, Metric};
use sigap::ticket::attach::Attachment;
use sigap::ticket::link::{Link, LinkKind};
use sigap::ticket::{Classification, PendingReason, Status, Ticket, Visibility};

/// What a cell is tried on.
#[derive(Debug, Clone)]
pub enum Thing {
    Nothing,
    Ticket { id: Id, twin: Id, attachment: Id, link: Id, tier: i32 },
    Person { id: Id, grant: Id },
    Row(Id),
    Code(&'static str),
    Words(String),
}

/// Rows that the cells need.
#[derive(Default)]
pub struct Rows {
    pub tickets: Vec<Ticket>,
    pub attachments: Vec<Attachment>,
    pub links: Vec<Link>,
    pub people: Vec<Person>,
    pub grants: Vec<Grant>,
    pub notices: Vec<Notice>,
    pub sessions: Vec<Session>,
    pub clocks: Vec<Clock>,
    pub waivers: Vec<Waiver>,
    pub mails: Vec<Mail>,
    pub inbound: Vec<Inbound>,
    pub views: Vec<View>,
    pub answers: Vec<Answer>,
}

impl World {
    /// The object of a cell; what must be stored for it goes into `rows`.
    #[expect(clippy::too_many_lines, reason = "a list of what there is")]
    pub async fn prepare(&self, operation: &Operation, cell: &Cell, rows: &mut Rows) -> Thing {
        let caller = &self.callers[cell.caller.as_str()];
        let me = caller.id.unwrap_or(self.requester);
        match (operation.id.as_str(), cell.object.as_str()) {
            ("login", _) => Thing::Words(self.login_of(caller)),
            ("refresh", "right") => {
                let body = json!({ "login": self.login_of(caller), "password": "sigap-demo-2026" });
                let tokens = self.app.anonymous().post("/auth/login", body).await.ok();
                Thing::Words(tokens["refresh_token"].as_str().unwrap().to_owned())
            }
            ("refresh", _) => Thing::Words("salah".into()),
            ("logout", _) if caller.id.is_some() => {
                let session = self.session(me, rows);
                Thing::Words(self.app.app.keys.issue(me, session, Audience::Api, Ts::new(monday_morning())).unwrap().0)
            }
            ("openTicket", "self") => Thing::Nothing,
            ("openTicket", object) => Thing::Words(match object {
                "of_far" => "staf.jauh@temanggungkab.go.id".into(),
                "unknown" => "siapa@lebakkab.go.id".into(),
                _ => format!("{}@lebakkab.go.id", object.replace("of_", "staf.")),
            }),
            ("readNotice", object) => self.notice(me, object, rows),
            ("endSession", "absent") => Thing::Row(fresh()),
            ("endSession", object) => {
                Thing::Row(self.session(if object == "own" { me } else { self.other_than(me) }, rows))
            }
            ("removeView" | "changeAnswer" | "removeAnswer", object) => {
                let home = self.regions[usize::from(cell.caller.starts_with("far_"))];
                self.tool(operation.id == "removeView", me, home, object, rows)
            }
            ("retryMail", object) => self.mail(object, rows),
            ("retryInbound" | "readUnreadable", object) => self.message(object, rows),
            ("readAuditEntry", object) => Thing::Row(match object {
                "here" => self.entries[0],
                "there" => self.entries[1],
                _ => "01890000-0000-7000-8000-000000000000".parse().unwrap(),
            }),
            ("readRegion" | "changeRegion", object) => Thing::Code(match object {
                "near_only" => "lebak",
                "far_only" => "temanggung",
                _ => "tidak-ada",
            }),
            ("readOpd" | "changeOpd" | "movePeople" | "changeService", object) => Thing::Code(match object {
                "both" => "dinkes",
                "near_only" => "dink",
                "far_only" => "jauh",
                _ => "tidak-ada",
            }),
            // Whoever may delete a holiday has one of his own.
            ("removeHoliday", object) => Thing::Code(match (object, cell.caller.ends_with("admin")) {
                ("both", true) => "2040-01-01",
                ("near_only", true) => "2040-01-02",
                ("far_only", true) => "2040-01-03",
                ("both", false) => "2041-01-01",
                ("near_only", false) => "2041-01-02",
                ("far_only", false) => "2041-01-03",
                _ => "2042-01-01",
            }),
            (_, object) if operation.is_agreed() => Thing::Code(match object {
                "both" => "dinkes",
                "near_only" => "dink",
                "far_only" => "jauh",
                _ => "tidak-ada",
            }),
            _ if operation.path.contains("/people/{id}") => self.somebody(caller, &cell.object, rows),
            _ if operation.path.contains("/tickets/{id}") || operation.path.contains("/attachments/{id}") => {
                self.ticket(&cell.operation, &cell.object, rows)
            }
            _ => Thing::Nothing,
        }
    }

    fn session(&self, person: Id, rows: &mut Rows) -> Id {
        let at = Ts::new(monday_morning());
        let id = fresh();
        rows.sessions.push(Session {
            id,
            person_id: person,
            created_at: at,
            refreshed_at: at,
            expires_at: at.plus(Duration::days(7)),
            ended_at: None,
            end_reason: None,
            address: "127.0.0.1".into(),
            agent: String::new(),
        });
        id
    }

    fn other_than(&self, me: Id) -> Id {
        if me == self.coordinator { self.requester } else { self.coordinator }
    }

    fn notice(&self, me: Id, object: &str, rows: &mut Rows) -> Thing {
        let id = fresh();
        if object != "absent" {
            let about = self.row("open_1");
            rows.notices.push(Notice {
                id,
                person_id: if object == "own" { me } else { self.other_than(me) },
                ticket_id: about.id,
                kind: "opened".into(),
                created_at: about.created_at,
                read_at: None,
            });
            rows.tickets.push(about);
        }
        Thing::Row(id)
    }

    fn somebody(&self, caller: &Caller, object: &str, rows: &mut Rows) -> Thing {
        let Some((role, opd)) = held(object) else {
            let id = caller.id.filter(|_| object == "self").unwrap_or_else(fresh);
            return Thing::Person { id, grant: caller.grant.unwrap_or_else(fresh) };
        };
        let (person, grant) = self.newcomer(object, role, opd);
        let mut thing = Thing::Person { id: person.id, grant: grant.id };
        if let ("mismatched", Thing::Person { grant, .. }) = (object, &mut thing) {
            let (other, theirs) = self.newcomer("of_disdik", Role::Requester, Some("disdik"));
            *grant = theirs.id;
            rows.people.push(other);
            rows.grants.push(theirs);
        }
        if let ("absent_grant", Thing::Person { grant, .. }) = (object, &mut thing) {
            *grant = fresh();
        }
        rows.people.push(person);
        rows.grants.push(grant);
        thing
    }

    fn newcomer(&self, object: &str, role: Role, opd: Option<&str>) -> (Person, Grant) {
        let at = Ts::new(monday_morning());
        let far = object == "of_far";
        let region = match object {
            "of_operator" => None,
            "of_far" => Some(self.regions[1]),
            _ => Some(self.regions[0]),
        };
        let person = Person {
            id: fresh(),
            region_id: region,
            name: format!("Orang {}", next()),
            nip: Some(nip()),
            email: format!("orang.{}@{}", next(), if far { "temanggungkab.go.id" } else { "lebakkab.go.id" }),
            phone: None,
            language: "id".into(),
            password_hash: None,
            password_set_at: None,
            active: true,
            demo: false,
            created_at: at,
            updated_at: at,
            deactivated_at: None,
            version: 1,
        };
        let grant = Grant {
            id: fresh(),
            person_id: person.id,
            role,
            region_id: region,
            opd_id: opd.map(|code| if far { self.far_dinkes } else { self.opds[code] }),
            granted_by: None,
            granted_at: at,
            revoked_by: None,
            revoked_at: None,
        };
        (person, grant)
    }

    /// A ticket of the OPD dinkes in the state that `object` names.
    fn row(&self, object: &str) -> Ticket {
        let mut row = ticket(self.regions[0], self.opds["dinkes"], self.requester, monday_morning());
        let (class, history) = object.split_once('_').unwrap_or((object, ""));
        match class {
            "new" => row.status = Status::New,
            "secret" => row.classification = Classification::Secret,
            "restricted" => row.classification = Classification::Restricted,
            _ => {}
        }
        row.tier = if history == "2" && class != "once" { 2 } else { 1 };
        row.reached_tier2 = row.tier == 2 || class == "once" || history == "once";
        row.consulted = class == "consulted" || history == "consulted";
        row
    }

    fn ticket(&self, operation: &str, object: &str, rows: &mut Rows) -> Thing {
        if object == "absent" {
            return Thing::Ticket { id: fresh(), twin: fresh(), attachment: fresh(), link: fresh(), tier: 1 };
        }
        let (mut row, twin) = (self.row(object), self.row(object));
        match operation {
            "start" if row.tier == 2 => row.awaits_acceptance = true,
            "start" => row.status = Status::New,
            "resume" => (row.status, row.pending_reason) = (Status::Pending, Some(PendingReason::Vendor)),
            "close" | "reopen" => (row.status, row.resolved_at) = (Status::Resolved, Some(row.created_at)),
            _ => {}
        }
        let (link, attachment) = (fresh(), fresh());
        let thing = Thing::Ticket { id: row.id, twin: twin.id, attachment, link, tier: row.tier };
        if operation.starts_with("downloadAttachment") {
            rows.attachments.push(self.attachment(attachment, &row, operation.ends_with(":internal")));
        }
        if operation == "untie" {
            let by_id = self.coordinator;
            let (ticket_id, other_id, at) = (row.id, twin.id, row.created_at);
            rows.links.push(Link { id: link, ticket_id, other_id, kind: LinkKind::Related, by_id, at });
        }
        if ["askWaiver", "decideWaiver", "reportIncident"].contains(&operation) {
            let clock = self.clock(&row, operation);
            if operation == "decideWaiver" {
                rows.waivers.push(self.waiver(link, &clock));
            }
            rows.clocks.push(clock);
        }
        if operation == "tie" || operation == "untie" {
            rows.tickets.push(twin);
        }
        rows.tickets.push(row);
        thing
    }

    /// A clock that runs.
    fn clock(&self, of: &Ticket, operation: &str) -> Clock {
        Clock {
            id: fresh(),
            ticket_id: of.id,
            region_id: of.region_id,
            metric: if operation == "reportIncident" { Metric::SecurityReport } else { Metric::Resolution },
            cycle: 1,
            version_id: self.frame.0,
            edition_id: self.frame.1,
            started_at: of.created_at,
            target_seconds: 86_400,
            basis: Basis::RoundTheClock,
            banked_micros: 0,
            since: Some(of.created_at),
            due_at: Some(of.created_at.plus(Duration::days(1))),
            paused_at: None,
            stopped_at: None,
            breached_at: None,
            outcome: None,
            risk_at: Some(of.created_at.plus(Duration::hours(18))),
            next_level: None,
            next_at: None,
            waived: false,
        }
    }

    fn waiver(&self, id: Id, of: &Clock) -> Waiver {
        Waiver {
            id,
            ticket_id: of.ticket_id,
            clock_id: of.id,
            reason: "Listrik padam.".into(),
            asked_by: self.desks[0],
            asked_at: of.started_at,
            granted: None,
            remark: None,
            decided_by: None,
            decided_at: None,
        }
    }

    fn attachment(&self, id: Id, of: &Ticket, internal: bool) -> Attachment {
        Attachment {
            id,
            ticket_id: of.id,
            visibility: if internal { Visibility::Internal } else { Visibility::Public },
            name: "contoh.txt".into(),
            media_type: "text/plain".into(),
            size: 11,
            sha256: self.file.clone(),
            uploaded_by: self.desks[0],
            created_at: of.created_at,
        }
    }
}

pub(super) fn fresh() -> Id {
    Id::new(Ts::new(monday_morning()))
}
