//! Who wrote: what the receiving server says of the sender (RFC 8601), and by what a program is told from a person.

use std::collections::BTreeSet;

/// `true` if the topmost `Authentication-Results` of exactly the server `id` confirm a sender of `domain`: DMARC passed,
/// or SPF or DKIM did for this domain or one above it, and DMARC did not fail. What other servers claim counts for nothing,
/// and so does a field that can be read in two ways.
#[must_use]
pub fn is_confirmed(fields: &[String], id: &str, domain: &str) -> bool {
    let ours = fields.iter().map(|field| plain(field)).find(|(field, _)| {
        let named = field.split(';').next().unwrap_or_default();
        named.split_whitespace().next().is_some_and(|name| name.eq_ignore_ascii_case(id))
    });
    let Some((field, true)) = ours else { return false };
    let results: Vec<&str> = field.split(';').skip(1).collect();
    let dmarc = results.iter().filter_map(|result| outcome(result)).filter(|(method, _)| *method == "dmarc");
    let dmarc: BTreeSet<&str> = dmarc.map(|(_, outcome)| outcome).collect();
    dmarc.len() < 2 && !dmarc.contains("fail") && results.iter().any(|result| confirms(result, domain))
}

/// The method of a result and what came of it, such as `dkim` and `pass`.
fn outcome(result: &str) -> Option<(&str, &str)> {
    result.split_whitespace().find_map(|word| word.split_once('='))
}

/// One result, such as `dkim=pass header.d=lebakkab.go.id`.
fn confirms(result: &str, domain: &str) -> bool {
    let Some((method, "pass")) = outcome(result) else { return false };
    let properties: Vec<_> = result.split_whitespace().filter_map(|word| word.split_once('=')).skip(1).collect();
    let has = |name: &str, fits: &dyn Fn(&str) -> bool| {
        let host = |value: &str| value.trim_matches('"').rsplit('@').next().unwrap_or_default().to_ascii_lowercase();
        properties.iter().filter(|(found, _)| found.eq_ignore_ascii_case(name)).any(|(_, value)| fits(&host(value)))
    };
    let same = |host: &str| host == domain;
    // A domain's owner speaks for what lies below it, never for what lies above or beside.
    let above = |host: &str| same(host) || domain.strip_suffix(host).is_some_and(|rest| rest.ends_with('.'));
    match method {
        "dmarc" => has("header.from", &same),
        "dkim" => has("header.d", &above) || has("header.i", &above),
        "spf" => has("smtp.mailfrom", &above),
        _ => false,
    }
}

/// A field without its comments, in lower case, and whether all that it opens is closed. Whoever sends a mail chooses a part
/// of what stands in comments and quotes; there a backslash takes the sign behind it for nothing but itself, and neither
/// that sign nor any other parts results or words (RFC 5322, 3.2.1; RFC 8601, 2.2).
fn plain(field: &str) -> (String, bool) {
    let (mut depth, mut quoted, mut whole, mut text) = (0_usize, false, true, String::new());
    let mut signs = field.chars();
    while let Some(sign) = signs.next() {
        let escaped = sign == '\\' && (quoted || depth > 0);
        let sign = if escaped { signs.next().unwrap_or(sign) } else { sign };
        match sign {
            '"' if !escaped && depth == 0 => quoted = !quoted,
            '(' if !escaped && !quoted => depth += 1,
            ')' if !escaped && !quoted => (depth, whole) = (depth.saturating_sub(1), whole && depth > 0),
            c if quoted => text.push(if c.is_alphanumeric() || ".-_@".contains(c) { c } else { '_' }),
            c if depth == 0 => text.push(c),
            _ => {}
        }
    }
    let text = text.to_ascii_lowercase().replace(" = ", "=").replace(" =", "=").replace("= ", "=");
    (text, whole && depth == 0 && !quoted)
}

/// An address without what follows a plus sign in its local part.
#[must_use]
pub fn without_tag(address: &str) -> String {
    match address.split_once('@') {
        Some((local, host)) => format!("{}@{host}", local.split('+').next().unwrap_or_default()),
        None => address.to_owned(),
    }
}
