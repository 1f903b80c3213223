//! The sweep of one command: once undisturbed, to see what it adds; then with an end at its first database event, at its
//! second, and so on. After each, all of it is there or nothing; and a repetition with the same key makes it once.

use crate::child::{Node, Setup};
use crate::count::{Counts, added, count};
use crate::scenario::{Step, Ticket, onlooker};
use crate::support::{Accounts, Answer, Api, Call, Method};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// What was found of a command.
#[derive(Debug, Default)]
pub struct Found {
    /// Database events of the command.
    pub events: u64,
    /// Ends.
    pub ends: u64,
    /// Ends after which all of it was there, without an answer.
    pub whole: u64,
    /// Ends of the start that followed.
    pub again: u64,
    /// What must not be.
    pub faults: Vec<String>,
}

/// The service under the sweep.
pub struct Sweep {
    setup: Setup,
    node: Option<Node>,
    accounts: Accounts,
    technician: String,
    made: u64,
    words: String,
    /// The next start is ended too, at this event; 0: it is not.
    compound: u64,
}

/// What a ticket shows of itself.
type Shown = Option<[Value; 6]>;

/// A command undisturbed.
struct Model {
    added: Counts,
    before: Shown,
    after: Shown,
}

impl Sweep {
    /// Starts on an empty database. With `compound` the start after an end is ended too.
    pub fn begin(setup: Setup, compound: bool) -> Result<Self, String> {
        let node = Node::start(&setup, 0)?;
        let (accounts, words) = (Accounts::default(), uuid::Uuid::new_v4().simple().to_string());
        let compound = u64::from(compound);
        let mut sweep = Self { setup, node, accounts, technician: String::new(), made: 0, words, compound };
        let technician = sweep.accounts.person(&sweep.api()?, &Step::Start.login())?;
        sweep.technician = technician.id;
        // The first ticket of a year begins its numbers; what is swept are the others.
        sweep.prepare(Step::Comment)?;
        Ok(sweep)
    }

    fn node(&mut self) -> Result<&mut Node, String> {
        self.node.as_mut().ok_or_else(|| "no node".to_owned())
    }

    fn api(&self) -> Result<Api, String> {
        self.node.as_ref().map(|node| Api::new(&node.url)).ok_or_else(|| "no node".to_owned())
    }

    fn count(&self) -> Result<Counts, String> {
        count(&self.setup.database)
    }

    fn send(&self, step: Step, call: &Call) -> Result<Answer, String> {
        self.accounts.call(&self.api()?, &step.login(), call)
    }

    /// Sweeps one command, at every `stride`-th event.
    pub fn sweep(&mut self, step: Step, stride: u64) -> Result<Found, String> {
        // Tokens would run out in the midst of it.
        self.accounts = Accounts::default();
        for login in [step.login(), onlooker()] {
            self.accounts.person(&self.api()?, &login)?;
        }
        let (model, events) = self.undisturbed(step)?;
        let mut found = Found { events, ..Found::default() };
        let mut event = 1;
        while event <= events {
            self.end(step, event, &model, &mut found)?;
            event += stride.max(1);
        }
        Ok(found)
    }

    /// A fresh ticket with everything that must have happened to it.
    fn prepare(&mut self, step: Step) -> Result<Ticket, String> {
        self.made += 1;
        let mut ticket = Ticket { words: format!("{} {:05}", self.words, self.made), ..Ticket::default() };
        for before in step.before() {
            let call = before.call(&ticket, &self.technician);
            let answer = self.send(*before, &call)?;
            if !answer.is_success() {
                return Err(format!("{before:?} before {step:?}: {} {}", answer.status, answer.body));
            }
            if ticket.id.is_empty() {
                answer.text("id").clone_into(&mut ticket.id);
            }
        }
        if !ticket.id.is_empty() {
            let call = Call::get(format!("/tickets/{}", ticket.id));
            ticket.etag = self.accounts.call(&self.api()?, &onlooker(), &call)?.etag;
        }
        Ok(ticket)
    }

    /// What the ticket shows; its files must be what their sums say.
    fn shown(&self, ticket: &Ticket) -> Result<Shown, String> {
        if ticket.id.is_empty() {
            return Ok(None);
        }
        let (api, login) = (self.api()?, onlooker());
        let answer = self.accounts.call(&api, &login, &Call::get(format!("/tickets/{}", ticket.id)))?;
        if answer.status == 404 {
            return Ok(None);
        }
        let files = self.accounts.call(&api, &login, &Call::get(format!("/tickets/{}/attachments", ticket.id)))?;
        let files = files.body.get("items").and_then(Value::as_array).cloned().unwrap_or_default();
        for file in &files {
            let text = |name: &str| file.get(name).and_then(Value::as_str).unwrap_or_default();
            let bytes = self.accounts.call(&api, &login, &Call::get(format!("/attachments/{}", text("id"))))?;
            let hash = Sha256::digest(bytes.body.as_str().unwrap_or_default());
            let sum = hash.iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"));
            if sum != text("sha256") {
                return Err(format!("a file of {} is not what it was: {}", ticket.id, bytes.status));
            }
        }
        let field = |name: &str| answer.body.get(name).cloned().unwrap_or_default();
        let is_assigned = Value::Bool(!field("assignee").is_null());
        let subject = field("subject").as_str().map(|text| text.replace(&ticket.words, "")).unwrap_or_default();
        Ok(Some([
            field("status"),
            field("version"),
            field("tier"),
            is_assigned,
            Value::String(subject),
            Value::from(files.len()),
        ]))
    }

    fn undisturbed(&mut self, step: Step) -> Result<(Model, u64), String> {
        let mut ticket = self.prepare(step)?;
        let (shown_before, before) = (self.shown(&ticket)?, self.count()?);
        let call = step.call(&ticket, &self.technician);
        self.node()?.end_at(0)?;
        let answer = self.send(step, &call)?;
        let events = self.node()?.end_at(0)?;
        let after = self.count()?;
        if !answer.is_success() {
            return Err(format!("{step:?}: {} {}", answer.status, answer.body));
        }
        if step == Step::Open {
            answer.text("id").clone_into(&mut ticket.id);
        }
        let shown_after = self.shown(&ticket)?;
        let model = Model { added: added(&before, &after), before: shown_before, after: shown_after };
        if model.added.is_empty() || self.count()? != after {
            return Err(format!("{step:?} adds {:?}, or looking at it adds something", model.added));
        }
        Ok((model, events))
    }

    /// Ends the service at one event of the command, and looks.
    fn end(&mut self, step: Step, event: u64, model: &Model, found: &mut Found) -> Result<(), String> {
        let mut ticket = self.prepare(step)?;
        let before = self.count()?;
        let call = step.call(&ticket, &self.technician);
        self.node()?.end_at(event)?;
        let first = self.send(step, &call);
        let has_ended = first.is_err() || self.node()?.end_at(0).is_err();
        let mut is_made = first.as_ref().is_ok_and(Answer::is_success);
        let mut fault = |what: String| found.faults.push(format!("{step:?}, event {event}: {what}"));
        if has_ended {
            found.ends += 1;
            self.node.take().ok_or("no node")?.ended()?;
            if self.compound > 0 {
                if let Some(alive) = Node::start(&self.setup, self.compound)? {
                    // The start has fewer events than that.
                    drop(alive);
                    self.compound = 1;
                } else {
                    found.again += 1;
                    self.compound += 1;
                }
            }
            self.node = Node::start(&self.setup, 0)?;
            let change = added(&before, &self.count()?);
            let is_whole = change == model.added;
            if !is_whole && !change.is_empty() {
                fault(format!("half done: {change:?} of {:?}", model.added));
            }
            if !is_whole && first.as_ref().is_ok_and(Answer::is_success) {
                fault(format!("lost, though it was acknowledged: {change:?}"));
            }
            if !ticket.id.is_empty() && self.shown(&ticket)? != *if is_whole { &model.after } else { &model.before } {
                fault(format!("the ticket shows {:?}, with {change:?}", self.shown(&ticket)?));
            }
            found.whole += u64::from(is_whole && first.is_err());
            is_made |= is_whole;
        }
        let again = self.send(step, &call)?;
        // A PATCH has no key: a second one is refused because the first has changed the version.
        let is_refused = call.method == Method::Patch && again.status == 412 && is_made;
        if !again.is_success() && !is_refused {
            fault(format!("the repetition is answered with {} {}", again.status, again.body));
        }
        if first.as_ref().is_ok_and(|first| first.is_success() && call.key.is_some() && first.body != again.body) {
            fault(format!("the repetition is answered otherwise: {}", again.body));
        }
        if step == Step::Open {
            again.text("id").clone_into(&mut ticket.id);
        }
        let change = added(&before, &self.count()?);
        if change != model.added {
            fault(format!("after a repetition {change:?} and not {:?}", model.added));
        }
        if self.shown(&ticket)? != model.after {
            fault(format!("after a repetition the ticket shows {:?}", self.shown(&ticket)?));
        }
        Ok(())
    }
}
