//! The tickets behind a figure: what narrows the queue beyond its own fields, all of it in the address.

use super::frame::Frame;
use crate::access::Tx;
use crate::catalog;
use crate::catalog::words::Priority;
use crate::db::Ts;
use crate::error::{Error, Result};
use crate::mail::when;
use crate::message::Say;
use crate::org::region::{self, Terms};
use crate::org::{Region, opd};
use crate::report::tally::opened_between;
use crate::say;
use crate::ticket::find::TicketRef;
use crate::ticket::link;
use crate::ticket::list::Filter;
use crate::ticket::past::{Did, Past};
use crate::worktime::{self, YEARS};
use chrono::{Datelike, NaiveDate};
use serde::Deserialize;

/// The fields of it that the queue's own form has, where there is something to choose.
pub const CHOSEN: [&str; 3] = ["opd", "service", "priority"];

/// What narrows the queue; empty where it does not.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Behind {
    /// Code of an organisation.
    pub opd: String,
    /// Code of a service.
    pub service: String,
    /// A priority.
    pub priority: String,
    /// What became of them.
    pub did: String,
    /// First day on which it did.
    pub from: String,
    /// Last day.
    pub to: String,
    /// Which group of ages, counted from 0.
    pub age: String,
    /// `me`, for what one reported oneself.
    pub requester: String,
    /// Number of the ticket of whose trouble they tell too.
    pub tied_to: String,
}

impl Behind {
    /// The fields that narrow, by name.
    #[must_use]
    pub fn fields(&self) -> Vec<(&'static str, &str)> {
        let all = [
            ("opd", &self.opd),
            ("service", &self.service),
            ("priority", &self.priority),
            ("did", &self.did),
            ("from", &self.from),
            ("to", &self.to),
            ("age", &self.age),
            ("requester", &self.requester),
            ("tied_to", &self.tied_to),
        ];
        all.into_iter().filter(|(_, value)| !value.is_empty()).map(|(name, value)| (name, value.as_str())).collect()
    }

    /// Narrows `filter`.
    ///
    /// # Errors
    /// 404 for words that no page of ours writes.
    pub fn narrow(&self, tx: &mut Tx<'_>, filter: &mut Filter) -> Result<()> {
        let word = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        (filter.opd, filter.service) = (word(&self.opd), word(&self.service));
        if !self.priority.is_empty() {
            filter.priority = Some(Priority::from_text(&self.priority).ok_or(Error::NotFound)?);
        }
        if !self.age.is_empty() {
            let group = self.age.parse().ok().and_then(|group| opened_between(group, tx.now));
            (filter.opened_from, filter.opened_before) = group.ok_or(Error::NotFound)?;
        }
        filter.requester = match self.requester.as_str() {
            "" => None,
            "me" => Some(tx.actor.person()?),
            _ => return Err(Error::NotFound),
        };
        if self.tied_to.contains('\0') {
            return Err(Error::NotFound);
        }
        if !self.tied_to.is_empty() {
            link::reports_of(tx, &TicketRef::parse(&self.tied_to, None), filter)?;
        }
        if !self.did.is_empty() {
            let did = Did::from_text(&self.did).ok_or(Error::NotFound)?;
            let day = |text: &str| worktime::day(text).filter(|d| YEARS.contains(&d.year())).ok_or(Error::NotFound);
            let (from, until) = bounds(&region::own(tx)?, day(&self.from)?, day(&self.to)?);
            filter.past = Some(Past { did, from, until });
        }
        Ok(())
    }

    /// What narrows, in words; none if nothing does.
    pub fn told(&self, tx: &mut Tx<'_>, frame: &Frame) -> Option<String> {
        let mut words = Vec::new();
        if let (false, Some(region)) = (self.opd.is_empty(), tx.actor.region) {
            // One that is not there narrows to nothing, as one of another region does.
            words.push(opd::by_code(tx, region, &self.opd).map_or_else(|_| self.opd.clone(), |opd| opd.name));
        }
        if !self.service.is_empty() {
            words.push(catalog::known(tx, &self.service).map_or_else(|_| self.service.clone(), |service| service.name));
        }
        words.extend(Priority::from_text(&self.priority).map(|priority| frame.priority(priority)));
        if let Some(did) = Did::from_text(&self.did) {
            words.push(frame.say(&what(did, &frame.terms)));
            let days = worktime::day(&self.from).zip(worktime::day(&self.to));
            words.extend(days.map(|(from, to)| when::days(from, to, frame.language)));
        }
        if let Ok(group) = self.age.parse() {
            words.push(frame.say(&age(group)));
        }
        if !self.requester.is_empty() {
            words.push(frame.t("web.behind.mine"));
        }
        if !self.tied_to.is_empty() {
            words.push(frame.say(&say!("web.behind.reports_of", number = self.tied_to)));
        }
        Some(words.join(" · ")).filter(|words| !words.is_empty())
    }
}

fn bounds(region: &Region, from: NaiveDate, to: NaiveDate) -> (Ts, Ts) {
    (region.begin_of(from), region.begin_of(to.succ_opt().unwrap_or(to)))
}

/// What became of tickets, in the region's own words.
#[must_use]
pub fn what(did: Did, terms: &Terms) -> Say {
    match did {
        Did::Opened => say!("web.behind.opened"),
        Did::Resolved => say!("web.behind.resolved"),
        Did::Met => say!("web.behind.met"),
        Did::Missed => say!("web.behind.missed"),
        Did::Escalated => say!("web.behind.escalated", tier2 = terms.tier2),
        Did::Returned => say!("web.behind.returned", tier1 = terms.tier1),
        Did::Bounced => say!("web.behind.bounced"),
    }
}

/// A group of ages in words.
#[must_use]
pub fn age(group: usize) -> Say {
    match group {
        0 => say!("web.behind.day"),
        1 => say!("web.behind.three_days"),
        2 => say!("web.behind.week"),
        3 => say!("web.behind.month"),
        _ => say!("web.behind.older"),
    }
}

/// The address of the queue with these fields.
#[must_use]
pub fn queue(fields: &[(&str, &str)]) -> String {
    const QUEUE: &str = "/tickets?";
    let mut address = url::form_urlencoded::Serializer::for_suffix(String::from(QUEUE), QUEUE.len());
    address.extend_pairs(fields.iter().filter(|(_, value)| !value.is_empty())).finish()
}
