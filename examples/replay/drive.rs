//! Drives one ticket of the log through the service and compares every answer with the model.

use crate::call::{Around, call, differences};
use crate::log::Incident;
use crate::model::{Action, Actor, Opening, Ticket};
use crate::place::{Home, opening};
use crate::plan::{Step, agree};
use crate::support::{Accounts, Answer, Api, Call, Method};
use crate::tally::Tally;
use crate::walk::walk;
use serde_json::{Value, json};
use std::time::Instant;

/// Prefixes of ticket numbers, in the order of the demo regions.
const PREFIXES: [&str; 4] = ["LBK-", "TMG-", "BLA-", "PBG-"];

/// One thread's way to the service.
#[derive(Debug)]
pub struct Driver<'a> {
    api: Api,
    accounts: &'a Accounts,
    probe_every: u64,
}

/// What is known of a ticket beside the model.
struct Known {
    home: Home,
    id: String,
    first_etag: Option<String>,
    etag: Option<String>,
    version: i64,
    subject: String,
    texts: u64,
}

impl<'a> Driver<'a> {
    /// A driver with connections of its own.
    pub fn new(url: &str, accounts: &'a Accounts, probe_every: u64) -> Self {
        Self { api: Api::new(url), accounts, probe_every }
    }

    /// Drives a ticket from its opening to its end, unless an answer surprises.
    pub fn ticket(&self, incident: &Incident, tally: &mut Tally) {
        tally.tickets += 1;
        let Some(first) = incident.rows.first() else { return };
        let (caller, wanted) = opening(incident, first);
        let opened = Ticket::opened(wanted);
        let ended = self.open(incident, caller, wanted, tally).and_then(|mut known| {
            let perform = |step: &Step, tally: &mut Tally| self.step(step, &mut known, tally);
            let ticket = walk(incident, opened, self.probe_every, tally, perform)?;
            Some((known, ticket))
        });
        match ended {
            Some((known, ticket)) => self.compare_end(incident, &known, ticket, tally),
            None => tally.abandoned += 1,
        }
    }

    fn open(&self, incident: &Incident, opener: Actor, opening: Opening, tally: &mut Tally) -> Option<Known> {
        let home = Home::of(&incident.name);
        let subject = format!("{} {}", incident.name, incident.rows.first().map_or("", |row| &row.category));
        let mut body = json!({
            "kind": "incident", "subject": subject, "description": format!("Putar ulang {subject}"),
            "service": opening.service, "impact": opening.impact.text(), "urgency": opening.urgency.text(),
        });
        if let (Some(fields), true) = (body.as_object_mut(), opener != Actor::Requester) {
            fields.insert("on_behalf_of".to_owned(), json!(home.login(Actor::Requester)));
        }
        let answer = self.send(home, opener, "open", &Call::post("/tickets", &body), tally)?;
        if answer.status != 201 {
            tally.unexpected(format!("{}: open by {opener:?}: {} {}", incident.name, answer.status, answer.body));
            return None;
        }
        let known = Known {
            home,
            id: answer.text("id").to_owned(),
            first_etag: answer.etag.clone(),
            etag: answer.etag.clone(),
            version: 0,
            subject: subject.trim().to_owned(),
            texts: 0,
        };
        let mut faults = differences(&Ticket::opened(opening), None, &known.subject, &answer.body);
        let number = answer.text("number");
        tally.numbered(number);
        let prefix = PREFIXES.get(home.region()).copied().unwrap_or_default();
        if known.id.is_empty() || known.etag.is_none() || !number.starts_with(prefix) {
            faults.push(format!("id {:?}, ETag {:?}, number {number:?}", known.id, known.etag));
        }
        let opd = answer.body.pointer("/opd/code").and_then(Value::as_str).unwrap_or_default();
        let requester = answer.body.pointer("/requester/email").and_then(Value::as_str).unwrap_or_default();
        if opd != home.opd() || requester != home.login(Actor::Requester) {
            faults.push(format!("opd {opd:?}, requester {requester:?}"));
        }
        is_fine(&incident.name, "open", faults, tally).then_some(known)
    }

    /// Takes a step; `false` if the answer is not the one that the model foresaw.
    fn step(&self, step: &Step, known: &mut Known, tally: &mut Tally) -> bool {
        known.texts += 1;
        let text = format!("{} langkah {}", known.subject.split(" langkah ").next().unwrap_or_default(), known.texts);
        let assignee = match step.action {
            Action::Assign(whom) if step.actor == Actor::Technician(whom) => "me".to_owned(),
            Action::Assign(whom) => self.id_of(known.home, Actor::Technician(whom)),
            _ => String::new(),
        };
        let around = Around {
            id: &known.id,
            text: &text,
            first_etag: known.first_etag.as_deref(),
            etag: known.etag.as_deref(),
            assignee: &assignee,
        };
        let call = call(step.action, &around);
        let Some(answer) = self.send(known.home, step.actor, step.action.label(), &call, tally) else { return false };
        let what = format!("{} by {} ({})", step.action.label(), step.actor.label(), step.rule);
        let wanted = step.refused.unwrap_or_else(|| step.action.success());
        if answer.status != wanted {
            let fault = format!("answered {} {} and should answer {wanted}", answer.status, answer.body);
            return is_fine(&known.id, &what, vec![fault], tally);
        }
        if step.refused.is_some() {
            return true;
        }
        if step.action == Action::Rename {
            known.subject.clone_from(&text);
        }
        let faults = if step.action.answers_ticket() {
            self.see(&step.after, known, &answer)
        } else if call.method == Method::Post && answer.text("body") != text {
            vec![format!("the comment came back as {}", answer.body)]
        } else {
            Vec::new()
        };
        is_fine(&known.id, &what, faults, tally)
    }

    /// Compares a ticket with the model and remembers its version, which must never fall.
    fn see(&self, ticket: &Ticket, known: &mut Known, answer: &Answer) -> Vec<String> {
        let assignee = ticket.assignee.map(|who| self.id_of(known.home, Actor::Technician(who)));
        let mut faults = differences(ticket, assignee.as_deref(), &known.subject, &answer.body);
        let version = answer.body.get("version").and_then(Value::as_i64).unwrap_or(-1);
        if version < known.version {
            faults.push(format!("version {version} after {}", known.version));
        }
        known.version = version;
        known.etag.clone_from(&answer.etag);
        faults
    }

    fn compare_end(&self, incident: &Incident, known: &Known, ticket: Ticket, tally: &mut Tally) {
        let call = Call::get(format!("/tickets/{}", known.id));
        let Some(answer) = self.send(known.home, Actor::Coordinator, "read at the end", &call, tally) else { return };
        let assignee = ticket.assignee.map(|who| self.id_of(known.home, Actor::Technician(who)));
        let mut faults = differences(&ticket, assignee.as_deref(), &known.subject, &answer.body);
        if !agree(incident.last_state(), ticket.status) {
            faults.push(format!("the log ends {:?}", incident.last_state()));
        }
        if answer.status != 200 || !faults.is_empty() {
            tally.wrong_end(format!("{} {} ends wrong ({}): {faults:?}", incident.name, known.id, answer.status));
        }
    }

    /// Id of a demo account; "" if it can't sign in, which then shows as a difference.
    fn id_of(&self, home: Home, actor: Actor) -> String {
        self.accounts.person(&self.api, &home.login(actor)).map(|person| person.id).unwrap_or_default()
    }

    /// Sends a call. If its connection breaks it is sent once more, unless it is a PATCH, which has no key.
    fn send(&self, home: Home, actor: Actor, label: &'static str, call: &Call, tally: &mut Tally) -> Option<Answer> {
        let login = home.login(actor);
        let begun = Instant::now();
        let mut answer = self.accounts.call(&self.api, &login, call);
        if answer.is_err() && call.method != Method::Patch {
            tally.repeated += 1;
            answer = self.accounts.call(&self.api, &login, call);
        }
        match answer {
            Ok(answer) => {
                tally.answered(label, answer.status, begun.elapsed());
                Some(answer)
            }
            Err(error) => {
                tally.unexpected(format!("no answer for {login}: {error}"));
                None
            }
        }
    }
}

fn is_fine(ticket: &str, what: &str, faults: Vec<String>, tally: &mut Tally) -> bool {
    let fine = faults.is_empty();
    if !fine {
        tally.unexpected(format!("{ticket}: {what}: {}", faults.join("; ")));
    }
    fine
}
