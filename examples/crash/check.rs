//! The checker: after a restart everything acknowledged is there exactly once, and everything unanswered wholly or
//! not at all, and exactly once when it has been sent again.

use crate::book::{Change, Intent, Phase, Ticket, content, first_subject};
use crate::client::Client;
use crate::journal::sha256;
use crate::support::{Accounts, Answer, Api, Call, assignee};
use crate::tally::Tally;
use crate::view::{View, all};
use serde_json::Value;

/// The restarted service as the checker sees it.
#[derive(Debug)]
pub struct Checker<'a> {
    /// Connections.
    pub api: Api,
    /// Whoever is signed in.
    pub accounts: &'a Accounts,
    /// All tickets.
    pub view: &'a View,
}

impl Checker<'_> {
    /// Looks whether the unanswered change is there, sends it again, and repeats the last acknowledged POST.
    pub fn resend(&self, client: &mut Client) -> Result<(), String> {
        if let Some((intent, first)) = client.last.take() {
            self.repeat(&mut client.tally, &intent, &first)?;
        }
        let Some(intent) = client.unanswered.take() else { return Ok(()) };
        let count = self.count(client, &intent.change)?;
        client.tally.present += count.min(1);
        if count > 1 {
            client.tally.doubled(format!("unanswered {:?} is there {count} times", intent.change));
        }
        let answer = self.accounts.call(&self.api, &intent.login, &intent.call)?;
        client.note(&intent.key, &answer)?;
        if matches!(intent.change, Change::Rename(..)) && count > 0 && answer.status == 412 {
            // A PATCH has no key: its second sending is refused because the first one has changed the version.
            return self.enter_as_found(client, &intent);
        }
        client.answered(intent, answer);
        Ok(())
    }

    /// The same key and body from the same person give the first answer again.
    fn repeat(&self, tally: &mut Tally, intent: &Intent, first: &Answer) -> Result<(), String> {
        let again = self.accounts.call(&self.api, &intent.login, &intent.call)?;
        tally.repeated += 1;
        if (again.status, &again.body) != (first.status, &first.body) {
            let (then, now) = ((first.status, &first.body), (again.status, &again.body));
            tally.unequal(format!("{} {}: first {then:?}, then {now:?}", intent.key, intent.call.path));
        }
        Ok(())
    }

    /// How often a change is there.
    fn count(&self, client: &mut Client, change: &Change) -> Result<usize, String> {
        if let Change::Open { marker, .. } = change {
            return Ok(self.view.entries(marker).len());
        }
        let login = client.desk.technician.clone();
        let Some(ticket) = change.ticket().and_then(|at| client.book.tickets.get_mut(at)) else { return Ok(0) };
        let Some(shown) = self.view.ticket(&self.api, self.accounts, &login, &ticket.id)? else { return Ok(0) };
        // Anything else that the crash took would be covered up by sending this change again.
        if let Err(fault) = ticket.see(&shown) {
            client.tally.backwards(format!("{}: {fault}", ticket.number));
        }
        let is = |field: &str, text: &str| usize::from(shown.get(field).and_then(Value::as_str) == Some(text));
        Ok(match change {
            Change::Open { .. } => 0,
            Change::Comment(_, body) => count_comments(&self.comments(&login, &ticket.id)?, body),
            Change::File(_, words) => count_files(&self.files(&login, &ticket.id)?, words),
            Change::Start(_) => is("status", Phase::InProgress.text()),
            Change::Resolve(_) => is("status", Phase::Resolved.text()),
            Change::Rename(_, subject) => is("subject", subject),
        })
    }

    fn enter_as_found(&self, client: &mut Client, intent: &Intent) -> Result<(), String> {
        let id = intent.change.ticket().and_then(|at| client.book.tickets.get(at)).map_or("", |ticket| &ticket.id);
        let found = self.view.ticket(&self.api, self.accounts, &client.desk.technician, id)?.unwrap_or_default();
        let answer = Answer { status: 200, etag: None, retry_after: None, body: found };
        client.answered(intent.clone(), answer);
        Ok(())
    }

    /// Checks the tickets of a client: those changed since the last check, or `everything`.
    pub fn verify(&self, client: &mut Client, everything: bool) -> Result<(), String> {
        let (login, tally) = (client.desk.technician.clone(), &mut client.tally);
        for ticket in client.book.tickets.iter_mut().filter(|ticket| !ticket.given_up) {
            let entries = self.view.entries(&ticket.marker);
            match entries {
                [] => tally.lost(format!("ticket {} ({}) is in no list", ticket.number, ticket.marker)),
                [one] if one.id == ticket.id && one.number == ticket.number => {}
                [one] => tally.lost(format!("ticket {} is listed as {one:?}", ticket.number)),
                _ => tally.doubled(format!("ticket {} is listed {} times", ticket.number, entries.len())),
            }
            ticket.given_up = entries.len() != 1;
            if !ticket.given_up && (ticket.dirty || everything) {
                self.verify_ticket(ticket, &login, tally)?;
                ticket.dirty = false;
            }
        }
        Ok(())
    }

    fn verify_ticket(&self, ticket: &mut Ticket, login: &str, tally: &mut Tally) -> Result<(), String> {
        let Some(shown) = self.view.ticket(&self.api, self.accounts, login, &ticket.id)? else {
            ticket.given_up = true;
            tally.lost(format!("ticket {} is not there", ticket.number));
            return Ok(());
        };
        let technician = self.accounts.person(&self.api, login)?.id;
        compare(ticket, &shown, &technician, tally);
        if !ticket.comments.is_empty() {
            let found = self.comments(login, &ticket.id)?;
            for body in &ticket.comments {
                match count_comments(&found, body) {
                    0 => tally.lost(format!("comment {body:?} of {}", ticket.number)),
                    1 => {}
                    count => tally.doubled(format!("comment {body:?} of {} is there {count} times", ticket.number)),
                }
            }
            if found.len() != ticket.comments.len() {
                tally.drifted(format!("{} has {} comments of {}", ticket.number, found.len(), ticket.comments.len()));
            }
        }
        if !ticket.files.is_empty() {
            self.verify_files(ticket, login, tally)?;
        }
        if !ticket.renames.is_empty() {
            let events = all(&self.api, self.accounts, login, &format!("/tickets/{}/events", ticket.id))?;
            let line: Vec<String> = events.iter().map(Value::to_string).collect();
            for subject in ticket.renames.iter().filter(|subject| !line.iter().any(|event| event.contains(*subject))) {
                tally.lost(format!("change of subject to {subject:?} is not in the time line of {}", ticket.number));
            }
        }
        Ok(())
    }

    /// Every file that was acknowledged is listed once, and its bytes are those that were sent.
    fn verify_files(&self, ticket: &Ticket, login: &str, tally: &mut Tally) -> Result<(), String> {
        let found = self.files(login, &ticket.id)?;
        for words in &ticket.files {
            match count_files(&found, words) {
                0 => tally.lost(format!("file {words:?} of {}", ticket.number)),
                1 => {}
                count => tally.doubled(format!("file {words:?} of {} is there {count} times", ticket.number)),
            }
        }
        if found.len() != ticket.files.len() {
            tally.drifted(format!("{} has {} files of {}", ticket.number, found.len(), ticket.files.len()));
        }
        for file in &found {
            let field = |name: &str| file.get(name).and_then(Value::as_str).unwrap_or_default();
            let call = Call::get(format!("/attachments/{}", field("id")));
            // A file that is cut ends the answer before its length.
            let answer = self.accounts.call(&self.api, login, &call);
            let bytes = answer.as_ref().ok().and_then(|answer| answer.body.as_str());
            if sha256(bytes) != field("sha256") {
                let status = answer.as_ref().map_or(0, |answer| answer.status);
                tally.lost(format!("bytes of file {} of {}: {status}", field("sha256"), ticket.number));
            }
        }
        Ok(())
    }

    fn files(&self, login: &str, id: &str) -> Result<Vec<Value>, String> {
        all(&self.api, self.accounts, login, &format!("/tickets/{id}/attachments"))
    }

    fn comments(&self, login: &str, id: &str) -> Result<Vec<Value>, String> {
        all(&self.api, self.accounts, login, &format!("/tickets/{id}/comments"))
    }
}

fn count_comments(comments: &[Value], body: &str) -> usize {
    comments.iter().filter(|comment| comment.get("body").and_then(Value::as_str) == Some(body)).count()
}

fn count_files(files: &[Value], words: &str) -> usize {
    let wanted = sha256(Some(&content(words)));
    files.iter().filter(|file| file.get("sha256").and_then(Value::as_str) == Some(&wanted)).count()
}

/// Compares a ticket with what was acknowledged of it.
fn compare(ticket: &mut Ticket, shown: &Value, technician: &str, tally: &mut Tally) {
    let text = |field: &str| shown.get(field).and_then(Value::as_str).unwrap_or_default();
    let number = ticket.number.clone();
    let (exact, before) = (ticket.exact, ticket.version);
    if let Err(fault) = ticket.see(shown) {
        tally.backwards(format!("{number}: {fault}"));
    } else if exact && ticket.version > before {
        tally.drifted(format!("{number}: version {} after {before}, though nothing was sent", ticket.version));
    }
    if text("description") != ticket.description || text("number") != number {
        tally.lost(format!("content of {number}: {shown}"));
    }
    if text("subject") != ticket.subject {
        let older = ticket.renames.iter().any(|subject| subject == text("subject"));
        let what = format!("{number}: subject {:?} and not {:?}", text("subject"), ticket.subject);
        if older || text("subject") == first_subject(&ticket.marker) { tally.lost(what) } else { tally.drifted(what) }
    }
    if text("status") != ticket.phase.text() {
        let ahead =
            [Phase::InProgress, Phase::Resolved].iter().any(|p| *p > ticket.phase && p.text() == text("status"));
        let what = format!("{number}: status {:?} and not {:?}", text("status"), ticket.phase.text());
        if ahead { tally.drifted(what) } else { tally.lost(what) }
    }
    // `start` assigns the ticket to its caller.
    let wanted = (ticket.phase != Phase::New).then_some(technician);
    if assignee(shown) != wanted {
        tally.lost(format!("{number}: assignee {:?} and not {wanted:?}", assignee(shown)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn ticket() -> Ticket {
        Ticket {
            id: "i".to_owned(),
            number: "LBK-2026-000001".to_owned(),
            marker: "m".to_owned(),
            description: "d".to_owned(),
            subject: "m; 2.".to_owned(),
            renames: vec!["m; 2.".to_owned()],
            comments: Vec::new(),
            files: Vec::new(),
            phase: Phase::InProgress,
            version: 4,
            exact: true,
            dirty: true,
            given_up: false,
        }
    }

    fn found(change: Value) -> (usize, usize, usize) {
        let mut shown = json!({ "number": "LBK-2026-000001", "description": "d", "subject": "m; 2.",
            "status": "in_progress", "version": 4, "assignee": { "id": "t" } });
        for (field, value) in change.as_object().unwrap() {
            shown[field] = value.clone();
        }
        let mut tally = Tally::default();
        compare(&mut ticket(), &shown, "t", &mut tally);
        (tally.lost, tally.went_back, tally.drifted)
    }

    #[test]
    fn what_the_crash_took_is_lost_and_what_nobody_asked_for_is_drift() {
        assert_eq!(found(json!({})), (0, 0, 0));
        assert_eq!(found(json!({ "subject": "m; judul pertama." })), (1, 0, 0));
        assert_eq!(found(json!({ "subject": "other" })), (0, 0, 1));
        assert_eq!(found(json!({ "status": "new" })), (1, 0, 0));
        assert_eq!(found(json!({ "status": "resolved" })), (0, 0, 1));
        assert_eq!(found(json!({ "assignee": null })), (1, 0, 0));
        assert_eq!(found(json!({ "description": "" })), (1, 0, 0));
        assert_eq!(found(json!({ "version": 3 })), (0, 1, 0));
        assert_eq!(found(json!({ "version": 5 })), (0, 0, 1));
    }

    #[test]
    fn comments_are_counted_by_their_body() {
        let comments = [json!({ "body": "a" }), json!({ "body": "a" }), json!({ "body": "b" })];
        assert_eq!((count_comments(&comments, "a"), count_comments(&comments, "c")), (2, 0));
    }
}
