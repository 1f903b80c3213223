//! Which addresses may be written to, and how a name stands beside one.

use crate::check::is_hidden;
use lettre::Address;
use lettre::message::Mailbox;

/// RFC 5321, 4.5.3.1.3: a path of 256 characters, less its brackets.
const ADDRESS_LIMIT: usize = 254;
/// Characters of a name beside an address.
const NAME_LIMIT: usize = 120;

/// Whether an address lies in one of a region's official domains or in a subdomain of one (B3, T3, L15, P1).
///
/// Stricter than the mail standards on purpose: what no agency uses (quoted, internationalised or source-routed
/// local parts such as `a%b`) is how a message is led past such a check.
#[must_use]
pub fn is_official(address: &str, domains: &[&str]) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'+' | b'-' | b'@');
    if address.len() > ADDRESS_LIMIT || !address.bytes().all(plain) {
        return false;
    }
    let Ok(address) = address.parse::<Address>() else {
        return false;
    };
    let host = address.domain().to_ascii_lowercase();
    let covers = |domain: &str| {
        host.strip_suffix(&domain.to_ascii_lowercase()).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    };
    domains.iter().any(|d| !d.is_empty() && covers(d))
}

/// One line: what could break a header is a space, and what could turn its reading direction or hides in it is left out.
#[must_use]
pub fn line(text: &str) -> String {
    let seen = text.chars().filter(|c| !is_hidden(*c));
    let plain: String = seen.map(|c| if c.is_control() { ' ' } else { c }).collect();
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The same for a header of ours: what a reader's program would decode (RFC 2047) is text here, and shown as such.
#[must_use]
pub fn plain(text: &str) -> String {
    line(text).replace("=?", "= ?")
}

/// An address with a name beside it; none if it is no address.
#[must_use]
pub fn mailbox(name: &str, address: &str) -> Option<Mailbox> {
    let name: String = plain(name).chars().take(NAME_LIMIT).collect();
    Some(Mailbox::new(Some(name).filter(|n| !n.is_empty()), address.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_can_neither_end_a_header_nor_turn_it_round() {
        assert_eq!(line("Siti\r\nBcc: x@evil.com\t\u{202e}moc"), "Siti Bcc: x@evil.com moc");
        assert_eq!(line(" \u{0}\u{85} "), "");
        assert_eq!(line("tagihan\u{202e}fdp.do\u{200b}cm"), "tagihanfdp.docm");
        let told = mailbox("Siti\r\nBcc: x@evil.com", "siti@lebakkab.go.id").unwrap().to_string();
        assert!(!told.contains('\n') && told.ends_with("<siti@lebakkab.go.id>"), "{told}");
        assert!(mailbox("Siti", "siti@lebakkab.go.id\r\nBcc: x@evil.com").is_none());
        assert!(!mailbox("=?utf-8?B?Qm9z?=", "siti@lebakkab.go.id").unwrap().to_string().contains("=?utf-8?B?Qm9z?="));
    }
}
