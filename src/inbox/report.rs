//! Reports of mail servers about mails of ours (RFC 3464): which one, and how that ended.

use mail_parser::{HeaderName, Message, MessageParser, MimeHeaders};

/// Characters of what a server says.
const SAID: usize = 300;
/// Recipients of one report that are looked at.
const GROUPS: usize = 50;

/// What a server reports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Message-ID of the mail that came back, if the report holds its head.
    pub about: Option<String>,
    /// For each recipient.
    pub groups: Vec<Group>,
}

/// What became of the mail for one recipient.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Group {
    /// Final and original recipient, in lower case.
    pub recipients: Vec<String>,
    /// `failed`, `delayed`, `delivered` …
    pub action: String,
    /// Status code (RFC 3463), such as `5.1.1`.
    pub status: String,
    /// What the server said.
    pub said: String,
}

impl Group {
    /// `true` if the mail will never arrive there; a mailbox that is full will be emptied.
    #[must_use]
    pub fn is_lasting(&self) -> bool {
        let full = self.status == "5.2.2" || self.said.starts_with("552");
        self.action == "failed" && self.status.starts_with("5.") && !full
    }
}

/// The report in a message that is one; a receipt (RFC 8098) is a report without groups.
#[must_use]
pub fn read(message: &Message<'_>) -> Option<Report> {
    let kind = message.header(HeaderName::ContentType)?.as_content_type()?;
    if !(kind.ctype().eq_ignore_ascii_case("multipart") && kind.subtype()?.eq_ignore_ascii_case("report")) {
        return None;
    }
    let mut report = Report { about: None, groups: Vec::new() };
    for part in &message.parts {
        let subtype = part.content_type().and_then(|kind| kind.subtype()).unwrap_or_default().to_ascii_lowercase();
        match subtype.as_str() {
            "delivery-status" | "global-delivery-status" => report.groups = groups(part.contents()),
            "rfc822" | "rfc822-headers" | "global" | "global-headers" => {
                let head = MessageParser::default().parse_headers(part.contents());
                report.about = head.and_then(|head| head.message_id().map(str::to_owned));
            }
            _ => {}
        }
    }
    Some(report)
}

/// Groups of fields, parted by empty lines; the first is about the report itself and names no recipient.
fn groups(bytes: &[u8]) -> Vec<Group> {
    let text = String::from_utf8_lossy(bytes).replace("\r\n", "\n");
    let unfolded = text.replace("\n ", " ").replace("\n\t", " ");
    let all = unfolded.split("\n\n").map(group);
    all.filter(|group| !group.recipients.is_empty()).take(GROUPS).collect()
}

fn group(block: &str) -> Group {
    let mut group = Group::default();
    for line in block.lines() {
        let Some((name, value)) = line.split_once(':') else { continue };
        // `rfc822; somebody@…`, `smtp; 550 5.1.1 …`
        let typed = || value.split_once(';').map_or(value, |(_, rest)| rest).trim();
        match name.trim().to_ascii_lowercase().as_str() {
            "final-recipient" | "original-recipient" => group.recipients.push(typed().to_lowercase()),
            "action" => group.action = value.trim().to_ascii_lowercase(),
            "status" => group.status = value.split_whitespace().next().unwrap_or_default().chars().take(20).collect(),
            "diagnostic-code" => group.said = crate::mail::address::line(typed()).chars().take(SAID).collect(),
            _ => {}
        }
    }
    group
}
