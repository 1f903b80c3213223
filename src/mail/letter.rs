//! What a mail says: facts that were frozen when it was owed, and the page that they become. The sentences come from
//! `config/messages/`, the shape from `templates/`.

use super::when::when;
use crate::check::is_hidden;
use crate::db::{Id, Ts};
use crate::error::{Error, Result};
use crate::message::{Language, Say};
use crate::say;
use askama::Template;
use serde::{Deserialize, Serialize};

/// Characters of what people wrote, in one mail; the rest stands in the ticket.
pub const QUOTED: usize = 3000;
/// Happenings that one mail tells of; the others are counted.
const TOLD: usize = 10;
/// Characters of a fact.
const FACT: usize = 250;

/// The desk that writes: a region's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Desk {
    /// The region.
    pub region: Id,
    /// Its name.
    pub name: String,
    /// Its official domains (L15, T3, B2, P1).
    pub domains: Vec<String>,
    /// Domain of its message ids.
    pub mail_domain: String,
    /// Its address.
    pub mailbox: String,
    /// IANA time zone.
    pub zone: String,
}

/// A labelled fact.
pub type Fact = (String, String);

/// Something that happened, in the recipient's language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Happening {
    /// When.
    pub at: Ts,
    /// A few words for the subject.
    pub title: String,
    /// A sentence.
    pub line: String,
    /// Facts of this happening.
    pub rows: Vec<Fact>,
    /// What somebody wrote.
    pub quote: Option<String>,
}

/// All that the rendering of a mail needs. Of a secret ticket nothing is kept but its number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// Who writes.
    pub desk: Desk,
    /// Name of the recipient.
    pub name: String,
    /// Number of the ticket.
    pub number: String,
    /// Its subject.
    pub subject: String,
    /// Facts of the ticket.
    pub rows: Vec<Fact>,
    /// What happened.
    pub happening: Happening,
    /// The one-time link that it carries, if it carries one.
    #[serde(default)]
    pub link: Option<Link>,
    /// The page that its button opens, where that is no ticket.
    #[serde(default)]
    pub place: Option<Room>,
}

impl Facts {
    /// Of a mail that is about no ticket.
    #[must_use]
    pub fn without_ticket(desk: Desk, name: String, happening: Happening, rows: Vec<Fact>) -> Self {
        let (number, subject) = (String::new(), String::new());
        Self { desk, name, number, subject, rows, happening, link: None, place: None }
    }
}

/// The page that the button of a mail opens, where that is no ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Room {
    /// The region at a glance.
    #[serde(rename = "/overview")]
    Overview,
    /// How the service is.
    #[serde(rename = "/admin/health")]
    Health,
    /// One's own account.
    #[serde(rename = "/account")]
    Account,
    /// The audit log.
    #[serde(rename = "/audit")]
    Audit,
}

impl Room {
    const fn path(self) -> &'static str {
        match self {
            Self::Overview => "/overview",
            Self::Health => "/admin/health",
            Self::Account => "/account",
            Self::Audit => "/audit",
        }
    }

    fn button(self) -> Say {
        match self {
            Self::Overview => say!("mail.note.button"),
            Self::Health => say!("mail.service.button"),
            Self::Account => say!("mail.account.button"),
            Self::Audit => say!("mail.checkpoint.button"),
        }
    }

    fn footer(self) -> Say {
        match self {
            Self::Overview => say!("mail.note.footer"),
            Self::Health => say!("mail.service.footer"),
            Self::Account => say!("mail.account.footer"),
            Self::Audit => say!("mail.checkpoint.footer"),
        }
    }

    /// Whether its reader may say that he does not want such mails.
    const fn is_chosen(self) -> bool {
        matches!(self, Self::Overview | Self::Health)
    }
}

/// A one-time link, without its secret: that is made of the mail's id when the mail is made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// By which the secret is known.
    pub hash: String,
    /// Until when it works.
    pub expires_at: Ts,
}

/// A mail in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// Subject line.
    pub subject: String,
    /// Plain text.
    pub text: String,
    /// HTML.
    pub html: String,
}

struct Part {
    line: String,
    when: String,
    rows: Vec<Fact>,
    quote: Option<String>,
}

/// What both forms of a mail show.
struct Page<'a> {
    language: Language,
    title: &'a str,
    parts: Vec<Part>,
    more: Option<String>,
    facts: Vec<Fact>,
    button: String,
    url: String,
    sender: String,
    footer: String,
    /// Where its reader says what he wants to be written to about.
    choices: Option<String>,
}

#[derive(Template)]
#[template(path = "mail/templates/letter.txt")]
struct Text<'a> {
    page: &'a Page<'a>,
}

#[derive(Template)]
#[template(path = "mail/templates/letter.html")]
struct Html<'a> {
    page: &'a Page<'a>,
}

/// Makes one mail of everything that waits for one recipient about one ticket, the oldest first. A secret one says
/// that there is news, and where (contract, "Who sees what").
///
/// # Errors
/// [`Error::Internal`] without facts, or if a template fails.
pub fn write(all: &[Facts], language: Language, secret: bool, public_url: &str) -> Result<Letter> {
    let last = all.last().ok_or_else(|| Error::internal("a mail without facts"))?;
    let title = seen(&subject(all, language, secret, last));
    let (parts, more) = if secret { (vec![news(last, language)], None) } else { told(all, language) };
    let page = Page {
        language,
        title: &title,
        parts,
        more,
        facts: if secret { Vec::new() } else { facts(last, language) },
        button: say!("mail.button").text(language),
        url: format!("{public_url}/tickets/{}", last.number),
        sender: sender(&last.desk, language),
        footer: say!("mail.footer").text(language),
        choices: Some(choices(language, public_url)),
    };
    rendered(&page)
}

/// Makes the mail that carries a one-time link to its owner. The secret stands behind `#`, so that no server logs it,
/// and once more in words, for a browser without script.
///
/// # Errors
/// [`Error::Internal`] if a template fails.
pub fn write_link(facts: &Facts, link: &Link, secret: &str, language: Language, public_url: &str) -> Result<Letter> {
    let (parts, more) = told(std::slice::from_ref(facts), language);
    let mut rows = facts.rows.clone();
    rows.push((say!("mail.link.until").text(language), when(link.expires_at, &facts.desk.zone, language)));
    rows.push((say!("mail.link.code").text(language), secret.to_owned()));
    let title = facts.happening.title.clone();
    let page = Page {
        language,
        title: &title,
        parts,
        more,
        facts: rows,
        button: say!("mail.link.button").text(language),
        url: format!("{public_url}/password#token={secret}"),
        sender: sender(&facts.desk, language),
        footer: say!("mail.link.footer").text(language),
        choices: None,
    };
    rendered(&page)
}

/// Makes a mail about no ticket, whose button opens `place`.
///
/// # Errors
/// [`Error::Internal`] if a template fails.
pub fn write_note(facts: &Facts, place: Room, language: Language, public_url: &str) -> Result<Letter> {
    let (parts, more) = told(std::slice::from_ref(facts), language);
    let page = Page {
        language,
        title: &facts.happening.title,
        parts,
        more,
        facts: facts.rows.clone(),
        button: place.button().text(language),
        url: format!("{public_url}{}", place.path()),
        sender: sender(&facts.desk, language),
        footer: place.footer().text(language),
        choices: place.is_chosen().then(|| choices(language, public_url)),
    };
    rendered(&page)
}

fn choices(language: Language, public_url: &str) -> String {
    say!("mail.choices", url = format!("{public_url}/me/mails")).text(language)
}

fn rendered(page: &Page<'_>) -> Result<Letter> {
    let failed = |e: askama::Error| Error::internal(format!("mail template: {e}"));
    let text = Text { page }.render().map_err(failed)?;
    let html = Html { page }.render().map_err(failed)?;
    Ok(Letter { subject: page.title.to_owned(), text, html })
}

/// The desk's name beside its address.
#[must_use]
pub fn sender(desk: &Desk, language: Language) -> String {
    say!("mail.sender", region = desk.name).text(language)
}

fn subject(all: &[Facts], language: Language, secret: bool, last: &Facts) -> String {
    let title = match all.len() {
        _ if secret => return format!("[{}] {}", last.number, say!("mail.news.title").text(language)),
        1 => last.happening.title.clone(),
        n => say!("mail.several", n = n).text(language),
    };
    format!("[{}] {title}: {}", last.number, last.subject)
}

fn news(last: &Facts, language: Language) -> Part {
    let line = say!("mail.news.line", number = last.number).text(language);
    Part { line, when: when(last.happening.at, &last.desk.zone, language), rows: Vec::new(), quote: None }
}

fn told(all: &[Facts], language: Language) -> (Vec<Part>, Option<String>) {
    let budget = QUOTED / all.len().clamp(1, TOLD);
    let part = |facts: &Facts| {
        let h = &facts.happening;
        Part {
            line: shortened(&h.line, FACT, language),
            when: when(h.at, &facts.desk.zone, language),
            rows: h.rows.iter().map(|(name, text)| (name.clone(), shortened(text, budget, language))).collect(),
            quote: h.quote.as_ref().map(|quote| shortened(quote.trim(), budget, language)),
        }
    };
    let more = all.len().saturating_sub(TOLD);
    let more = (more > 0).then(|| say!("mail.more", n = more).text(language));
    (all.iter().take(TOLD).map(part).collect(), more)
}

fn facts(last: &Facts, language: Language) -> Vec<Fact> {
    let mut rows = vec![
        (say!("mail.fact.number").text(language), last.number.clone()),
        (say!("mail.fact.subject").text(language), last.subject.clone()),
    ];
    rows.extend(last.rows.iter().cloned());
    rows.into_iter().map(|(name, text)| (name, shortened(&text, FACT, language))).collect()
}

/// Without characters that hide or turn round what stands beside them: the reader of a mail can't look behind it.
fn seen(text: &str) -> String {
    text.chars().filter(|c| !is_hidden(*c)).collect()
}

fn shortened(text: &str, limit: usize, language: Language) -> String {
    let text = seen(text);
    match text.char_indices().nth(limit) {
        None => text,
        Some((end, _)) => format!("{}… {}", text.get(..end).unwrap_or(&text), say!("mail.rest").text(language)),
    }
}
