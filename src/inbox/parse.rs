//! A message taken apart: what the rules need of it, in words of our own.

use super::encoded;
use super::guard::{Unreadable, look_over, tame};
use super::part::{self, Enclosed};
use super::report::{self, Report};
use crate::mail::address::line;
use mail_parser::{HeaderName, Message, MessageParser};

/// Addresses and ids that are looked at (R24).
const NAMED: usize = 100;

/// A message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// The one address in From, in lower case; none if there is none, or several, or it can be read in two ways.
    pub from: Option<String>,
    /// Subject.
    pub subject: String,
    /// Its id, without angle brackets.
    pub message_id: Option<String>,
    /// Ids that it answers, the nearest first.
    pub answers: Vec<String>,
    /// Addresses that it was sent to, in lower case.
    pub sent_to: Vec<String>,
    /// A program wrote it (RFC 3834).
    pub is_automatic: bool,
    /// Values of `Authentication-Results`, the topmost first.
    pub authentication: Vec<String>,
    /// Its text.
    pub text: String,
    /// Files and pictures.
    pub files: Vec<Enclosed>,
    /// What it reports, if it is a report.
    pub report: Option<Report>,
}

/// Takes a message apart.
///
/// # Errors
/// A code that says why that is not done.
pub fn parse(raw: &[u8]) -> Result<Letter, Unreadable> {
    let tamed = tame(raw)?;
    let message = MessageParser::default().parse(&tamed).ok_or("malformed")?;
    look_over(&message)?;
    Ok(Letter {
        from: from(&message),
        subject: subject(&message),
        message_id: message.message_id().map(str::to_owned),
        answers: answers(&message),
        sent_to: sent_to(&message),
        is_automatic: is_automatic(&message),
        authentication: fields(&message, "authentication-results").collect(),
        text: part::text(&message, raw),
        files: part::files(&message, raw),
        report: report::read(&message),
    })
}

/// The values of a header field, unfolded, in the order in which they stand.
fn fields<'a>(message: &'a Message<'_>, name: &'a str) -> impl Iterator<Item = String> + 'a {
    let named = message.headers_raw().filter(move |(found, _)| found.eq_ignore_ascii_case(name));
    named.map(|(_, value)| line(value))
}

fn subject(message: &Message<'_>) -> String {
    let read = message.subject().unwrap_or_default();
    let broken = read.contains(char::REPLACEMENT_CHARACTER);
    let whole = fields(message, "subject").next().filter(|_| broken).map(|field| encoded::text(&field));
    line(&whole.unwrap_or_else(|| read.to_owned()))
}

fn from(message: &Message<'_>) -> Option<String> {
    let mut written = fields(message, "from");
    let only = written.next().filter(|_| written.next().is_none())?;
    let mut all = message.from()?.iter().filter_map(|one| one.address());
    let address = all.next().filter(|_| all.next().is_none())?.to_ascii_lowercase();
    let plain = address.chars().all(|c| c.is_ascii_graphic()) && address.contains('@');
    (plain && names_only(&only.to_ascii_lowercase(), &address)).then_some(address)
}

/// Whether another program, too, finds no other address in this field: a name may hold "@", as in "Siti @ Dinkes", and
/// the address once more, but nothing that has a domain with a dot, not even in quotes or a comment, or around one.
fn names_only(field: &str, address: &str) -> bool {
    let unquoted = without(field, '"', '"');
    let uncommented = [without(field, '(', ')'), without(&unquoted, '(', ')')];
    unquoted.matches('<').count() <= 1
        && no_other(field, address)
        && uncommented.iter().all(|text| no_other(text, address))
}

fn no_other(text: &str, address: &str) -> bool {
    let ends = |c: char| c.is_whitespace() || "<>()\",;:".contains(c);
    // Blanks may stand around these signs (RFC 5322, 4.4).
    let text = text.replace(" @", "@").replace("@ ", "@").replace(" .", ".").replace(". ", ".");
    let mut parts = text.split('@').peekable();
    while let Some(before) = parts.next() {
        let Some(after) = parts.peek() else { break };
        let local = before.rsplit(ends).next().unwrap_or_default().trim_start_matches('\'');
        let domain = after.split(ends).next().unwrap_or_default().trim_end_matches(['\'', '.']);
        let is_word = domain.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_'));
        if !is_word && address.strip_prefix(local).and_then(|rest| rest.strip_prefix('@')) != Some(domain) {
            return false;
        }
    }
    true
}

/// A text without what stands between these signs; what does not end stays.
fn without(text: &str, open: char, close: char) -> String {
    let mut left = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, inner)) = rest.split_once(open) {
        left.push_str(before);
        let mut escaped = false;
        let end = inner.char_indices().find(|(_, c)| {
            let ends = !escaped && *c == close;
            escaped = !escaped && *c == '\\';
            ends
        });
        let Some(after) = end.and_then(|(at, c)| inner.get(at + c.len_utf8()..)) else {
            left.push(open);
            left.push_str(inner);
            return left;
        };
        rest = after;
    }
    left.push_str(rest);
    left
}

fn answers(message: &Message<'_>) -> Vec<String> {
    let list = |name| {
        let all = message.header_values(name).flat_map(|value| value.as_text_list().unwrap_or_default().iter());
        all.map(ToString::to_string).collect::<Vec<String>>()
    };
    let near = list(HeaderName::InReplyTo);
    let far = list(HeaderName::References);
    near.into_iter().chain(far.into_iter().rev()).take(NAMED).collect()
}

fn sent_to(message: &Message<'_>) -> Vec<String> {
    let written = [HeaderName::To, HeaderName::Cc].into_iter().flat_map(|name| message.header_values(name));
    let addresses = written.filter_map(|value| value.as_address()).flat_map(|all| all.iter());
    let addresses = addresses.filter_map(|one| one.address()).map(str::to_ascii_lowercase);
    let noted = ["delivered-to", "x-original-to", "envelope-to"].into_iter().flat_map(|name| fields(message, name));
    let noted = noted.map(|value| value.trim_matches(['<', '>']).to_ascii_lowercase());
    noted.chain(addresses).take(NAMED).collect()
}

/// RFC 3834, 2 and 5.2, and what programs wrote before it.
fn is_automatic(message: &Message<'_>) -> bool {
    let has = |name| fields(message, name).next().is_some();
    let says = |name, words: &[&str]| {
        fields(message, name).any(|value| {
            let value = value.to_ascii_lowercase();
            value.split([',', ';', ' ']).any(|word| words.contains(&word.trim()))
        })
    };
    let person =
        |value: String| value.split([';', '(']).next().is_some_and(|word| word.trim().eq_ignore_ascii_case("no"));
    fields(message, "auto-submitted").any(|value| !person(value))
        || says("precedence", &["bulk", "list", "junk", "auto_reply"])
        || says("x-auto-response-suppress", &["all", "autoreply", "oof"])
        || fields(message, "return-path").any(|value| value.replace(' ', "") == "<>")
        || ["list-id", "list-post", "x-autoreply", "x-autorespond", "x-loop", "x-failed-recipients"]
            .into_iter()
            .any(has)
}
