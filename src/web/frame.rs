//! What stands around every page of somebody who is signed in.

use super::visit::Visit;
use crate::access::token::{hex, random};
use crate::access::{Role, Tx};
use crate::catalog::{Kind, words::Priority};
use crate::db::{Id, Ts};
use crate::error::Result;
use crate::message::{Language, Say};
use crate::org::person;
use crate::org::region::{self, Terms};
use crate::sla::sentences::Teller;
use crate::ticket::{Classification, Status};
use crate::{notice, say};
use chrono::NaiveDate;
use std::borrow::Borrow;
use std::sync::atomic::Ordering;

/// Notices that are counted; beyond, a plus stands for the rest.
const COUNTED: usize = 20;

/// Digits of a number that reaches somebody.
const SHORTEST: usize = 5;

/// The frame of a page.
#[derive(Debug, Clone)]
pub struct Frame {
    /// Language of the page.
    pub language: Language,
    /// Who is signed in.
    pub me: Id,
    /// His name.
    pub name: String,
    /// His region.
    pub region: String,
    /// What the tiers are called there (T1).
    pub terms: Terms,
    /// IANA zone of the times.
    pub zone: String,
    /// The instant of the page.
    pub now: Ts,
    /// Unread notices.
    pub unread: String,
    /// Goes with every form.
    pub form: String,
    /// The path, to mark where one is.
    pub place: String,
    /// The page to show again in another language.
    pub back: String,
    /// Works at a desk.
    pub works: bool,
    /// Rows of this page can be marked.
    pub marks: bool,
    /// What stands behind the path.
    pub query: String,
    /// Works at a desk, or watches over desks.
    pub is_staff: bool,
    /// May report trouble.
    pub may_report: bool,
    /// Watches over the region (L8, P8).
    pub watches_over: bool,
    /// Looks after mails that could not be made out.
    pub keeps_unreadable: bool,
    /// Reads more of the audit log than his own acts (L13, P8).
    pub reads_log: bool,
    /// Keeps the region, or the platform.
    pub keeps: bool,
    /// Mails reach nobody: there is no server for them.
    pub writes_files: bool,
    /// This is a restored copy that nobody has released.
    pub quarantine: bool,
}

impl Frame {
    /// For whoever acts.
    ///
    /// # Errors
    /// What the database says.
    pub fn load(tx: &mut Tx<'_>, visit: &Visit) -> Result<Self> {
        let me = tx.actor.person()?;
        let name = person::by_id(tx, me)?.name;
        let (region, terms, zone) = match tx.actor.region {
            Some(id) => {
                let region = region::by_id(tx, id)?;
                (region.name.clone(), region.terms(), region.time_zone)
            }
            None => (String::from("SIGAP"), nobody(visit.language), String::from("Asia/Jakarta")),
        };
        let unread = unread(tx, None)?;
        let is = |role| tx.actor.is(role);
        let watches_over = is(Role::Coordinator) || is(Role::Auditor);
        let (place, query) = visit.place.split_once('?').unwrap_or((&visit.place, ""));
        Ok(Self {
            language: visit.language,
            me,
            name,
            region,
            terms,
            zone,
            now: tx.now,
            unread,
            form: visit.form_token()?,
            marks: false,
            works: is(Role::Tier1) || is(Role::Tier2),
            place: place.to_owned(),
            back: visit.back.clone(),
            query: query.to_owned(),
            is_staff: is(Role::Tier1) || is(Role::Tier2) || watches_over,
            may_report: is(Role::Requester) || is(Role::Tier1) || is(Role::Tier2) || is(Role::Coordinator),
            watches_over,
            keeps_unreadable: is(Role::Tier2) || is(Role::Coordinator),
            reads_log: is(Role::Auditor) || is(Role::Admin) || is(Role::Operator),
            keeps: is(Role::Admin) || is(Role::Operator),
            writes_files: visit.app.mailer.writes_files(),
            quarantine: visit.app.quarantine.load(Ordering::Acquire),
        })
    }

    /// The same frame around the page of a ticket whose notices are read with it.
    ///
    /// # Errors
    /// What the database says.
    pub fn with_read(self, tx: &mut Tx<'_>, ticket: Id) -> Result<Self> {
        Ok(Self { unread: unread(tx, Some(ticket))?, ..self })
    }

    /// The sentence of a key.
    #[must_use]
    pub fn t(&self, key: &'static str) -> String {
        self.language.t(key)
    }

    /// A sentence.
    #[must_use]
    pub fn say(&self, say: &Say) -> String {
        say.text(self.language)
    }

    /// The instant of the page, to ask what is new since.
    #[must_use]
    pub fn since(&self) -> String {
        self.now.utc().to_rfc3339_opts(chrono::SecondsFormat::Micros, true)
    }

    /// `true` where one is.
    #[must_use]
    pub fn at(&self, place: &str) -> bool {
        self.place == place
    }

    /// `true` at this place, and below it.
    #[must_use]
    pub fn within(&self, place: &str) -> bool {
        self.place.strip_prefix(place).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    }

    /// A role in the region's own words.
    #[must_use]
    pub fn role(&self, role: impl Borrow<Role>) -> String {
        match role.borrow() {
            Role::Requester => self.t("web.role.requester"),
            Role::Tier1 => self.terms.tier1.clone(),
            Role::Tier2 => self.terms.tier2.clone(),
            Role::Coordinator => self.t("web.role.coordinator"),
            Role::Auditor => self.t("web.role.auditor"),
            Role::Admin => self.t("web.role.admin"),
            Role::Operator => self.t("web.role.operator"),
        }
    }

    /// An instant as near as its reader needs: "hari ini 14.30", "besok 10.15", "Selasa 10.15", else with the date.
    #[must_use]
    pub fn moment(&self, at: impl Borrow<Ts>) -> String {
        super::moment::near(*at.borrow(), self.now, &self.zone, self.language)
    }

    /// When something was opened, in a list.
    #[must_use]
    pub fn opened(&self, at: impl Borrow<Ts>) -> String {
        self.say(&say!("web.queue.opened", at = self.moment(at)))
    }

    /// An instant in full.
    #[must_use]
    pub fn exactly(&self, at: impl Borrow<Ts>) -> String {
        crate::mail::when::when(*at.borrow(), &self.zone, self.language)
    }

    /// Whose a page is, and as of when: on paper, where the bar is not.
    #[must_use]
    pub fn on_paper(&self) -> String {
        self.say(&say!("web.on_paper", region = self.region, at = self.exactly(self.now)))
    }

    /// A day in full.
    #[must_use]
    pub fn day(&self, day: impl Borrow<NaiveDate>) -> String {
        super::moment::day(*day.borrow(), self.language)
    }

    /// So many seconds in hours and minutes; below a minute in seconds.
    #[must_use]
    pub fn length(&self, seconds: i64) -> String {
        Teller::new(self.language, &self.zone).length(if seconds >= 60 { seconds - seconds % 60 } else { seconds })
    }

    /// So many, as the language of the page writes it: "1.124", "1,124".
    #[must_use]
    pub fn count(&self, many: impl Borrow<i64>) -> String {
        self.language.count(*many.borrow())
    }

    /// A status in words.
    #[must_use]
    pub fn status(&self, status: impl Borrow<Status>) -> String {
        self.say(&match status.borrow() {
            Status::New => say!("web.status.new"),
            Status::InProgress => say!("web.status.in_progress"),
            Status::Pending => say!("web.status.pending"),
            Status::Resolved => say!("web.status.resolved"),
            Status::Closed => say!("web.status.closed"),
            Status::Cancelled => say!("web.status.cancelled"),
        })
    }

    /// A priority in words.
    #[must_use]
    pub fn priority(&self, priority: impl Borrow<Priority>) -> String {
        self.say(&priority.borrow().named())
    }

    /// A kind of ticket in words.
    #[must_use]
    pub fn kind(&self, kind: impl Borrow<Kind>) -> String {
        self.say(&match kind.borrow() {
            Kind::Complaint => say!("web.kind.complaint"),
            Kind::Incident => say!("web.kind.incident"),
            Kind::Problem => say!("web.kind.problem"),
            Kind::Request => say!("web.kind.request"),
            Kind::Change => say!("web.kind.change"),
        })
    }

    /// Who may know of a ticket, in a word (L13).
    #[must_use]
    pub fn classification(&self, classification: impl Borrow<Classification>) -> String {
        match classification.borrow() {
            Classification::Open => self.t("web.classification.open"),
            Classification::Restricted => self.t("web.classification.restricted"),
            Classification::Secret => self.t("web.secret"),
        }
    }

    /// A desk in the region's own words.
    #[must_use]
    pub fn desk(&self, tier: impl Borrow<i32>) -> String {
        if *tier.borrow() == 2 { self.terms.tier2.clone() } else { self.terms.tier1.clone() }
    }
}

/// How many notices are unread, besides those of one ticket; empty for none.
fn unread(tx: &mut Tx<'_>, besides: Option<Id>) -> Result<String> {
    let most = i64::try_from(COUNTED).unwrap_or(i64::MAX);
    Ok(match notice::unread(tx, besides, most.saturating_add(1))? {
        0 => String::new(),
        n if n <= COUNTED => n.to_string(),
        _ => format!("{COUNTED}+"),
    })
}

/// A key that lets one form count once, however often it is sent.
#[must_use]
pub fn once() -> String {
    random::<16>().map(|bytes| hex(&bytes)).unwrap_or_default()
}

fn nobody(language: Language) -> Terms {
    let word = |say: Say| say.text(language);
    Terms { tier1: word(say!("web.tier1")), tier2: word(say!("web.tier2")), provider: String::new() }
}

/// The first number of what somebody noted as his, as a telephone dials it: "(0252) 123456 ext. 12" has an extension behind
/// it, "0812… / 0813…" a second one. None where nothing can be dialled.
#[must_use]
pub fn dialled(phone: &str) -> Option<String> {
    let digits = |part: &str| part.chars().filter(char::is_ascii_digit).collect::<String>();
    let parts = phone.split(|c: char| c.is_alphabetic() || matches!(c, '/' | ',' | ';'));
    let (part, number) = parts.map(|part| (part, digits(part))).find(|(_, number)| number.len() >= SHORTEST)?;
    // "WA: +62…" and "(+62) …" have signs before it.
    let first = part.chars().find(|c| c.is_ascii_digit() || *c == '+');
    Some(if first == Some('+') { format!("+{number}") } else { number })
}

/// So many bytes in the unit that says it shortest, to the nearest.
#[must_use]
pub fn size(bytes: impl Borrow<i64>) -> String {
    let nearest = |all: i64| all.saturating_add(512).div_euclid(1024);
    let kib = nearest(*bytes.borrow());
    if kib >= 1024 { format!("{} MB", nearest(kib)) } else { format!("{} kB", kib.max(1)) }
}

#[cfg(test)]
mod tests {
    use super::{dialled, size};

    #[test]
    fn a_telephone_dials_one_number_and_nothing_that_is_none() {
        for (noted, number) in [
            ("0812-3456 7890", Some("081234567890")),
            ("+62 812 3456 7890", Some("+6281234567890")),
            ("WA: +62 812 3456 7890", Some("+6281234567890")),
            ("HP: +62-812-3456-7890 (istri)", Some("+6281234567890")),
            ("(+62) 812 3456 7890", Some("+6281234567890")),
            ("(0252) 123456 ext. 12", Some("0252123456")),
            ("0812 3456 7890 / 0813 3456 7890", Some("081234567890")),
            ("Telp. 0252-201234; HP 0812", Some("0252201234")),
            ("08abc", None),
            ("pesawat 112", None),
        ] {
            assert_eq!(dialled(noted).as_deref(), number, "{noted}");
        }
    }

    #[test]
    fn a_size_is_told_to_the_nearest_and_not_cut() {
        for (bytes, told) in
            [(0, "1 kB"), (1, "1 kB"), (1535, "1 kB"), (1536, "2 kB"), (1_048_576, "1 MB"), (2_726_297, "3 MB")]
        {
            assert_eq!(size(bytes), told, "{bytes}");
        }
    }
}
