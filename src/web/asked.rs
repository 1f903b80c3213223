//! What the queue is asked for: all of it stays in its address, and goes with whoever opens a ticket from it.

use super::behind::Behind;
use super::visit::Visit;
use crate::access::{Role, Tx};
use crate::error::{Error, Result};
use crate::ticket::list::{Assignee, Filter, Risk, Sort};
use crate::ticket::{Status, question};
use serde::Deserialize;
use url::form_urlencoded::{Serializer, parse};

/// What waits for the advice of Tier 2, where a desk is named.
pub const ASKED: &str = "asked";

/// Characters of what is looked for.
const SOUGHT: usize = 200;

/// What to list. A view that is kept (`desk/view.rs`) has the same fields, but for the last four.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Asked {
    /// A status, `open`, `all`, or of one's own `done`.
    #[serde(default)]
    pub status: String,
    /// `1`, `2`, `asked` for what waits for the advice of Tier 2, or `all`; where nothing at all was asked one's own.
    #[serde(default)]
    pub tier: String,
    /// How it stands to its deadlines.
    #[serde(default)]
    pub sla: String,
    /// `me`, `none`, or somebody's id.
    #[serde(default)]
    pub who: String,
    /// Words, a number, or a requester.
    #[serde(default)]
    pub q: String,
    /// In which order.
    #[serde(default)]
    pub sort: String,
    /// What the figure of a report led here by.
    #[serde(flatten)]
    pub behind: Behind,
    /// Behind which page.
    #[serde(default)]
    pub cursor: String,
    /// What was done just now took its ticket out of the reader's sight, or was `reported` where he does not see it; or it was
    /// a `view` that was removed.
    #[serde(default)]
    pub gone: String,
    /// What is listed is to be kept under a name.
    #[serde(default)]
    pub keep: String,
    /// The notices led to the ticket, and no queue.
    #[serde(default)]
    pub notices: String,
}

impl Asked {
    /// From a filter as an address has it; what it does not know is left out.
    #[must_use]
    pub fn of(filter: &str) -> Self {
        serde_urlencoded::from_str(filter).unwrap_or_default()
    }

    /// The desk that is listed, as the form's field says it. Nothing at all means one's own: whoever serves one tier alone
    /// begins with what is his to do (what he handed up he follows, L6, and finds by its own link).
    #[must_use]
    pub fn desk(&self, tx: &Tx<'_>) -> &str {
        match (self.tier.as_str(), own_desk(tx)) {
            ("", Some(2)) if self.words().is_empty() => "2",
            ("", Some(_)) if self.words().is_empty() => "1",
            ("", _) => "all",
            (desk, _) => desk,
        }
    }

    /// As the list of tickets is asked; `own` for whoever sees his own alone.
    ///
    /// # Errors
    /// 404 for words that no page of ours writes.
    pub fn filter(&self, tx: &mut Tx<'_>, own: bool) -> Result<Filter> {
        let status = match self.status.as_str() {
            // Whoever looks for a word among his own looks everywhere.
            "" if own && !self.q.trim().is_empty() => Vec::new(),
            "" | "open" => Status::OPEN.to_vec(),
            "done" if own => Status::ALL.iter().copied().filter(|status| !status.is_open()).collect(),
            "all" => Vec::new(),
            word => vec![Status::from_text(word).ok_or(Error::NotFound)?],
        };
        let sort = match self.sort.as_str() {
            "" if own || !self.q.trim().is_empty() => None,
            "" | "due_at" => Some(Sort::Due),
            "priority" => Some(Sort::Priority),
            "created_at" => Some(Sort::Oldest),
            "-created_at" => Some(Sort::Newest),
            _ => return Err(Error::NotFound),
        };
        let (tier, among) = match self.desk(tx) {
            "all" => (None, None),
            "1" => (Some(1), None),
            "2" => (Some(2), None),
            ASKED => (Some(1), Some(question::waiting_here(tx)?)),
            _ => return Err(Error::NotFound),
        };
        let mut filter = Filter {
            status,
            tier,
            among,
            assignee: match self.who.as_str() {
                "" => None,
                "me" => tx.actor.person.map(Assignee::Is),
                "none" => Some(Assignee::None),
                id => Some(Assignee::Is(id.parse().map_err(|_| Error::NotFound)?)),
            },
            sla: match self.sla.as_str() {
                "" => None,
                word => Some(Risk::from_text(word).ok_or(Error::NotFound)?),
            },
            q: Some(self.q.chars().take(SOUGHT).collect::<String>()).filter(|q| !q.trim().is_empty()),
            sort,
            ..Filter::default()
        };
        self.behind.narrow(tx, &mut filter)?;
        Ok(filter)
    }

    /// How many of the form's own fields besides the words narrow or order.
    #[must_use]
    pub fn chosen(&self) -> usize {
        let own = [&self.status, &self.tier, &self.sla, &self.who, &self.sort];
        own.into_iter().filter(|value| !value.is_empty()).count()
    }

    /// The same with another cursor.
    #[must_use]
    pub fn next(&self, cursor: &str) -> String {
        let mut address = Serializer::new(format!("/tickets?{}", self.words()));
        address.append_pair("cursor", cursor).finish()
    }

    /// The same among all tickets of all desks, if words were looked for among the open ones, one's own that are done, or those
    /// of one desk.
    #[must_use]
    pub fn wider(&self, own: bool) -> Option<String> {
        let narrow = match self.status.as_str() {
            "" => !own,
            "open" => true,
            "done" => own,
            _ => false,
        } || self.is_at_one_desk();
        let tier = if self.is_at_one_desk() { String::from("all") } else { self.tier.clone() };
        let wider = Self { status: "all".to_owned(), tier, ..self.clone() };
        (narrow && !self.q.trim().is_empty()).then(|| wider.address())
    }

    /// One desk's tickets alone are asked for.
    #[must_use]
    pub fn is_at_one_desk(&self) -> bool {
        !["", "all"].contains(&self.tier.as_str())
    }

    /// As an address has it, without a cursor.
    #[must_use]
    pub fn words(&self) -> String {
        let mut address = Serializer::new(String::new());
        let fields = [
            ("status", &self.status),
            ("tier", &self.tier),
            ("sla", &self.sla),
            ("who", &self.who),
            ("q", &self.q),
            ("sort", &self.sort),
        ];
        for (name, value) in fields.into_iter().filter(|(_, value)| !value.is_empty()) {
            address.append_pair(name, value);
        }
        address.extend_pairs(self.behind.fields()).finish()
    }

    /// As [`Asked::words`], with the place in the list from which one goes on, or what led to the ticket instead.
    #[must_use]
    pub fn way(&self) -> String {
        let fields = [("cursor", &self.cursor), ("notices", &self.notices)];
        let mut way = Serializer::new(self.words());
        way.extend_pairs(fields.into_iter().filter(|(_, value)| !value.is_empty())).finish()
    }

    /// Where one goes back to.
    #[must_use]
    pub fn back(&self) -> String {
        match (self.notices.as_str(), self.cursor.as_str()) {
            ("", _) => self.address(),
            (_, "") => "/notices".to_owned(),
            (_, cursor) => with("/notices", &Serializer::new(String::new()).append_pair("cursor", cursor).finish()),
        }
    }

    /// Where it is listed.
    #[must_use]
    pub fn address(&self) -> String {
        let words = self.words();
        if words.is_empty() { "/tickets".to_owned() } else { format!("/tickets?{words}") }
    }
}

/// The tier that he serves, if it is one alone and he watches over none.
#[must_use]
pub fn own_desk(tx: &Tx<'_>) -> Option<i32> {
    let is = |role| tx.actor.is(role);
    match (is(Role::Tier1), is(Role::Tier2), is(Role::Coordinator) || is(Role::Auditor)) {
        (true, false, false) => Some(1),
        (false, true, false) => Some(2),
        _ => None,
    }
}

/// The queue where nothing is asked, in words: a ticket that is opened from it names it, for no words at all mean that no list
/// led there.
#[must_use]
pub fn bare(tx: &Tx<'_>) -> String {
    format!("tier={}", Asked::default().desk(tx))
}

/// An address with one more field.
#[must_use]
pub fn with(address: &str, field: &str) -> String {
    format!("{address}{}{field}", if address.contains('?') { '&' } else { '?' })
}

/// The queue under a filter; what the filter does not know is left out, so that no form leads anywhere else.
#[must_use]
pub fn address(filter: &str) -> String {
    Asked::of(filter).address()
}

/// A ticket's page, which leads back to the queue as it was filtered.
#[must_use]
pub fn ticket(number: &str, filter: &str) -> String {
    format!("/tickets/{number}{}", from(filter))
}

/// The way back to the queue as it was filtered, as it stands in an address.
#[must_use]
pub fn from(filter: &str) -> String {
    if filter.is_empty() {
        String::new()
    } else {
        format!("?{}", Serializer::new(String::new()).append_pair("from", filter).finish())
    }
}

/// The filter of the queue that whoever sends a form of a ticket came from, with his place in it if he has one, as the form's
/// own address says, else that of the page on which it stood; empty if he came otherwise.
#[must_use]
pub fn left(visit: &Visit) -> String {
    let from = left_by(&visit.place);
    if from.is_empty() { left_by(&visit.back) } else { from }
}

fn left_by(place: &str) -> String {
    let fields =
        place.split_once('?').filter(|(path, _)| path.starts_with("/tickets/")).map_or("", |(_, fields)| fields);
    let from = parse(fields.as_bytes()).find(|(name, _)| name == "from").map(|(_, filter)| Asked::of(&filter).way());
    from.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticket_leads_back_to_the_queue_it_was_opened_from_and_to_nothing_else() {
        let opened = ticket("LBK-2026-000001", "tier=1&q=a%26b");
        assert_eq!(opened, "/tickets/LBK-2026-000001?from=tier%3D1%26q%3Da%2526b");
        assert_eq!(left_by(&format!("{opened}&done=saved")), "tier=1&q=a%26b");
        assert_eq!(ticket("LBK-2026-000001", ""), "/tickets/LBK-2026-000001");
        let placed = Asked { cursor: "abc".to_owned(), ..Asked::of("tier=1") };
        assert_eq!((placed.way().as_str(), placed.address().as_str()), ("tier=1&cursor=abc", "/tickets?tier=1"));
        assert_eq!(left_by(&ticket("LBK-2026-000001", &placed.way())), placed.way());
        let told = Asked { cursor: "abc".to_owned(), ..Asked::of("notices=1") };
        assert_eq!((told.way().as_str(), told.back().as_str()), ("cursor=abc&notices=1", "/notices?cursor=abc"));
        assert_eq!(Asked::of("notices=1").back(), "/notices");
        assert_eq!(told.address(), "/tickets");
        for elsewhere in ["/tickets/LBK-2026-000001", "/overview?from=tier%3D1", "/tickets/1?from=%2F%2Fjahat.example"]
        {
            assert_eq!(left_by(elsewhere), "", "{elsewhere}");
        }
    }
}
