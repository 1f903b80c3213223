//! What the service shows after a restart: the list of all tickets, read by the coordinators page by page, and
//! single objects.

use crate::support::{Accounts, Api, Call, DOMAINS};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// A fault that the checker itself is given, to show that it can find one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Plant {
    /// One acknowledged ticket is hidden from the checker: it must be reported as lost.
    LoseAck,
    /// One ticket is shown to the checker twice: it must be reported as doubled.
    DoubleAck,
}

/// A ticket in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Its id.
    pub id: String,
    /// Its number.
    pub number: String,
}

/// All tickets of all regions at one moment.
#[derive(Debug, Default)]
pub struct View {
    by_marker: HashMap<String, Vec<Listed>>,
    hidden: BTreeSet<String>,
    /// Numbers and ids that more than one entry of the lists has.
    pub twice: Vec<String>,
}

impl View {
    /// Reads every list to its end.
    pub fn read(api: &Api, accounts: &Accounts) -> Result<Self, String> {
        let mut view = Self::default();
        let mut seen: BTreeMap<String, u32> = BTreeMap::new();
        for domain in DOMAINS {
            for ticket in all(api, accounts, &format!("koordinator@{domain}"), "/tickets")? {
                let text = |field: &str| ticket.get(field).and_then(Value::as_str).unwrap_or_default().to_owned();
                let listed = Listed { id: text("id"), number: text("number") };
                *seen.entry(listed.id.clone()).or_default() += 1;
                *seen.entry(listed.number.clone()).or_default() += 1;
                let marker = text("subject").split(';').next().unwrap_or_default().to_owned();
                view.by_marker.entry(marker).or_default().push(listed);
            }
        }
        view.twice = seen.into_iter().filter(|(_, count)| *count > 1).map(|(name, _)| name).collect();
        Ok(view)
    }

    /// Entries of the lists with this marker at the head of their subject.
    pub fn entries(&self, marker: &str) -> &[Listed] {
        self.by_marker.get(marker).map_or(&[], Vec::as_slice)
    }

    /// How many tickets there are.
    pub fn len(&self) -> usize {
        self.by_marker.values().map(Vec::len).sum()
    }

    /// Makes the view wrong on purpose.
    pub fn plant(&mut self, plant: Plant, marker: &str) {
        match plant {
            Plant::LoseAck => {
                self.hidden.extend(self.by_marker.remove(marker).unwrap_or_default().into_iter().map(|t| t.id));
            }
            Plant::DoubleAck => {
                if let Some(entries) = self.by_marker.get_mut(marker) {
                    entries.extend(entries.first().cloned());
                }
            }
        }
    }

    /// A ticket by its id; `None` if the service does not show it.
    pub fn ticket(&self, api: &Api, accounts: &Accounts, login: &str, id: &str) -> Result<Option<Value>, String> {
        let answer = accounts.call(api, login, &Call::get(format!("/tickets/{id}")))?;
        match answer.status {
            200 if !self.hidden.contains(id) => Ok(Some(answer.body)),
            200 | 404 => Ok(None),
            status => Err(format!("GET /tickets/{id}: {status} {}", answer.body)),
        }
    }
}

/// Every item of a list, page by page.
pub fn all(api: &Api, accounts: &Accounts, login: &str, path: &str) -> Result<Vec<Value>, String> {
    let (mut items, mut query) = (Vec::new(), "?limit=200".to_owned());
    loop {
        let mut answer = accounts.call(api, login, &Call::get(format!("{path}{query}")))?;
        let Some(Value::Array(page)) = answer.body.get_mut("items").map(Value::take) else {
            return Err(format!("GET {path}{query} is no list: {} {}", answer.status, answer.body));
        };
        items.extend(page);
        match answer.text("next_cursor") {
            "" => return Ok(items),
            cursor => query = format!("?limit=200&cursor={}", encoded(cursor)),
        }
    }
}

/// A cursor is any text; what is no letter or digit is escaped.
fn encoded(text: &str) -> String {
    let escape = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(escape).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view() -> View {
        let listed = Listed { id: "i".to_owned(), number: "LBK-2026-000001".to_owned() };
        View { by_marker: HashMap::from([("m".to_owned(), vec![listed])]), ..View::default() }
    }

    #[test]
    fn a_planted_fault_hides_or_doubles_a_ticket() {
        let mut hidden = view();
        hidden.plant(Plant::LoseAck, "m");
        assert_eq!((hidden.entries("m").len(), hidden.hidden.len()), (0, 1));
        let mut doubled = view();
        doubled.plant(Plant::DoubleAck, "m");
        assert_eq!(doubled.entries("m").len(), 2);
    }

    #[test]
    fn cursors_survive_the_query() {
        assert_eq!(encoded("a+/=Z"), "a%2B%2F%3DZ");
    }
}
