//! `format=flowed` (RFC 3676) as lines that stand for themselves.

/// A text whose lines are joined where a program broke them, without the blanks that it put before them. `delsp`: the
/// blank at which it broke them goes too.
#[must_use]
pub fn unfold(text: &str, delsp: bool) -> String {
    let mut whole = String::with_capacity(text.len());
    // How often the line before is quoted, and whether it goes on.
    let (mut before, mut goes_on) = (0, false);
    for line in text.lines() {
        let words = line.trim_start_matches('>');
        let quoted = line.len() - words.len();
        let own = words.strip_prefix(' ').unwrap_or(words);
        if !(goes_on && quoted == before && own != "-- ") {
            begin(&mut whole, quoted, own, before);
        }
        goes_on = own.ends_with(' ') && own != "-- ";
        whole.push_str(if goes_on && delsp { own.strip_suffix(' ').unwrap_or(own) } else { own });
        before = quoted;
    }
    whole
}

/// Begins a line. What looks like a mark and is none stands apart from what is quoted above it.
fn begin(whole: &mut String, quoted: usize, own: &str, before: usize) {
    if !whole.is_empty() {
        whole.push('\n');
    }
    if quoted == 0 && before > 0 && own.starts_with('>') {
        whole.push('\n');
    }
    whole.push_str(&">".repeat(quoted));
    if quoted > 0 {
        whole.push(' ');
    }
}
