//! Who wrote: what the receiving server says of the sender (RFC 8601), and by what a program is told from a person.

/// `true` if the topmost `Authentication-Results` of exactly the server `id` confirm a sender of `domain`: DMARC passed,
/// or SPF or DKIM did for this domain or one above it. What other servers claim counts for nothing.
#[must_use]
pub fn is_confirmed(fields: &[String], id: &str, domain: &str) -> bool {
    let ours = fields.iter().map(|field| plain(field)).find(|field| {
        let named = field.split(';').next().unwrap_or_default();
        named.split_whitespace().next().is_some_and(|name| name.eq_ignore_ascii_case(id))
    });
    ours.is_some_and(|field| field.split(';').skip(1).any(|result| confirms(result, domain)))
}

/// One result, such as `dkim=pass header.d=lebakkab.go.id`.
fn confirms(result: &str, domain: &str) -> bool {
    let mut words = result.split_whitespace().filter_map(|word| word.split_once('='));
    let Some((method, "pass")) = words.next() else { return false };
    let properties: Vec<(&str, &str)> = words.collect();
    let has = |name: &str, fits: &dyn Fn(&str) -> bool| {
        let host = |value: &str| value.trim_matches('"').rsplit('@').next().unwrap_or_default().to_ascii_lowercase();
        properties.iter().filter(|(found, _)| found.eq_ignore_ascii_case(name)).any(|(_, value)| fits(&host(value)))
    };
    let same = |host: &str| host == domain;
    // A domain's owner speaks for what lies below it, never for what lies above or beside.
    let above = |host: &str| same(host) || domain.strip_suffix(host).is_some_and(|rest| rest.ends_with('.'));
    match method.to_ascii_lowercase().as_str() {
        "dmarc" => has("header.from", &same),
        "dkim" => has("header.d", &above) || has("header.i", &above),
        "spf" => has("smtp.mailfrom", &above),
        _ => false,
    }
}

/// Without comments and quoted strings' escapes; results are in lower case.
fn plain(field: &str) -> String {
    let (mut depth, mut quoted, mut text) = (0_usize, false, String::new());
    for c in field.chars() {
        match c {
            '"' if depth == 0 => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted => depth = depth.saturating_sub(1),
            // A separator within quotes is none.
            ';' | ' ' if quoted => text.push('_'),
            _ if depth == 0 => text.push(c),
            _ => {}
        }
    }
    text.to_ascii_lowercase().replace(" = ", "=").replace(" =", "=").replace("= ", "=")
}

/// An address without what follows a plus sign in its local part.
#[must_use]
pub fn without_tag(address: &str) -> String {
    match address.split_once('@') {
        Some((local, host)) => format!("{}@{host}", local.split('+').next().unwrap_or_default()),
        None => address.to_owned(),
    }
}
