//! Which names may be a region's official domain (L15, T3, B2, P1).

/// RFC 1035, 2.3.4: the longest label, and the longest name.
const LABEL_LIMIT: usize = 63;
const NAME_LIMIT: usize = 253;

/// `true` for a name of hosts (RFC 1123, 2.1) of at least two labels, in either case.
#[must_use]
pub fn is_host(name: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
    let label = |label: &str| {
        (1..=LABEL_LIMIT).contains(&label.len())
            && label.bytes().all(plain)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    name.len() <= NAME_LIMIT && name.contains('.') && name.split('.').all(label)
}

/// `true` for a name of hosts that may be somebody's. Below `id` two labels are everybody's (`go.id`, `desa.id`), or nearly
/// never an agency's.
#[must_use]
pub fn may_be_official(name: &str) -> bool {
    let labels = name.split('.').count();
    is_host(name) && (labels > 2 || !lies_in(name, "id"))
}

/// `true` if `name` is `domain` or lies below it.
#[must_use]
pub fn lies_in(name: &str, domain: &str) -> bool {
    let (name, domain) = (name.to_ascii_lowercase(), domain.to_ascii_lowercase());
    name.strip_suffix(&domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_is_a_name_of_hosts_and_no_suffix_that_everybody_has() {
        for good in ["lebakkab.go.id", "mail.BLORAKAB.go.id", "sukamaju.desa.id", "sigap.example", "a-1.b2.id"] {
            assert!(may_be_official(good), "{good}");
        }
        let long = format!("{}.go.id", "x".repeat(64));
        for bad in
            ["", "id", "go.id", "GO.ID", "lebak", "a..go.id", ".go.id", "a.go.id.", "-a.go.id", "a-.go.id", &long]
        {
            assert!(!may_be_official(bad), "{bad}");
        }
        for bad in ["https://x3 .go.id/", "x_y.go.id", "x@y.go.id", "lebak\u{430}.go.id", "a b.go.id"] {
            assert!(!may_be_official(bad), "{bad}");
        }
    }

    #[test]
    fn what_lies_in_a_domain_ends_in_it_at_a_label() {
        assert!(lies_in("lebakkab.go.id", "lebakkab.go.id") && lies_in("Mail.lebakkab.go.id", "LEBAKKAB.go.id"));
        assert!(!lies_in("evil-lebakkab.go.id", "lebakkab.go.id") && !lies_in("go.id", "lebakkab.go.id"));
    }
}
