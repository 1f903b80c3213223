//! What somebody wrote himself, without what his program quoted beneath or above it, and without his signature.

/// Lines that an introduction of a quote may be broken into.
const BROKEN: usize = 3;
/// Characters of such an introduction.
const INTRODUCTION: usize = 300;
/// Lines after `From:` within which the other fields of a quoted head stand.
const HEAD: usize = 6;
/// Characters of the line that a telephone adds.
const DEVICE: usize = 80;

/// The text of a reply without quotes and signature; empty if nothing is left.
#[must_use]
pub fn cut(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let mut kept: Vec<&str> = Vec::new();
    let mut at = 0;
    while let Some(line) = lines.get(at) {
        let rest = lines.get(at..).unwrap_or_default();
        if let Some(length) = introduction(rest) {
            let after = rest.get(length..).unwrap_or_default();
            if !is_quoted(first_words(after)) {
                break;
            }
            at += length;
        } else if line.trim_end() == "--" || divides(rest) {
            break;
        } else {
            if !is_quoted(line) {
                kept.push(line.trim_end());
            }
            at += 1;
        }
    }
    drop_devices(&mut kept);
    kept.join("\n").trim().to_owned()
}

fn is_quoted(line: &str) -> bool {
    line.trim_start().starts_with('>')
}

fn first_words<'a>(lines: &[&'a str]) -> &'a str {
    lines.iter().find(|line| !line.trim().is_empty()).copied().unwrap_or_default()
}

/// How many lines introduce a quote here: `On … wrote:`, `Pada … menulis:`, each perhaps broken.
fn introduction(lines: &[&str]) -> Option<usize> {
    let first = lines.first()?.trim_start();
    let begins = ["On ", "Pada ", "El ", "Am ", "Le "].iter().any(|word| first.starts_with(word));
    let mut joined = String::new();
    for (count, line) in lines.iter().take(BROKEN).enumerate() {
        if line.trim().is_empty() || is_quoted(line) {
            return None;
        }
        joined.push_str(line.trim());
        let ends = joined.trim_end_matches(['*', '_', ' ']);
        let told = ["wrote:", "menulis:", "menulis :", "wrote :"].iter().any(|word| ends.ends_with(word));
        // Without a word that begins it, an address and a date must tell (`2026-11-24 10.00 Siti <siti@…>:`).
        let dated = first.starts_with(|c: char| c.is_ascii_digit()) && ends.ends_with(">:") && ends.contains('@');
        let says = ends.contains('@') || ends.contains(|c: char| c.is_ascii_digit());
        if (begins && told && says || dated) && joined.chars().count() <= INTRODUCTION {
            return Some(count + 1);
        }
        joined.push(' ');
    }
    None
}

/// `true` where a program puts the whole message that is answered.
fn divides(lines: &[&str]) -> bool {
    let Some(first) = lines.first().map(|line| line.trim()) else { return false };
    let bare = first.trim_matches('-').trim().to_lowercase();
    let dashed = first.starts_with("---") && first.ends_with("---");
    if dashed && ["original message", "pesan asli", "pesan asal", "original appointment"].contains(&bare.as_str()) {
        return true;
    }
    let next = lines.get(1..).unwrap_or_default();
    if first.len() >= 20 && first.bytes().all(|b| b == b'_') {
        let mut after = next.iter().position(|line| !line.trim().is_empty());
        return after.take().is_some_and(|at| is_head(next.get(at..).unwrap_or_default()));
    }
    is_head(lines)
}

/// A head as Outlook quotes it: `From:` or `Dari:`, and beneath it at least two others of its fields.
fn is_head(lines: &[&str]) -> bool {
    const FIRST: [&str; 2] = ["from:", "dari:"];
    const OTHERS: [&str; 10] =
        ["sent:", "terkirim:", "dikirim:", "date:", "tanggal:", "to:", "kepada:", "subject:", "subjek:", "perihal:"];
    let plain = |line: &str| line.replace('*', "").trim().to_lowercase().replace(" :", ":");
    let begins = |line: &str, words: &[&str]| words.iter().any(|word| plain(line).starts_with(word));
    lines.first().is_some_and(|line| begins(line, &FIRST))
        && lines.iter().take(HEAD).skip(1).filter(|line| begins(line, &OTHERS)).count() >= 2
}

/// Takes off what a telephone adds at the end.
fn drop_devices(lines: &mut Vec<&str>) {
    const WORDS: [&str; 7] = [
        "dikirim dari ",
        "terkirim dari ",
        "sent from ",
        "get outlook for ",
        "dapatkan outlook untuk ",
        "kirim dari ",
        "diposkan dari ",
    ];
    while let Some(last) = lines.last() {
        let plain = last.trim().to_lowercase();
        let device = plain.chars().count() <= DEVICE && WORDS.iter().any(|word| plain.starts_with(word));
        if !plain.is_empty() && !device {
            return;
        }
        lines.pop();
    }
}

/// The subject without what programs put in front of it, and without our own mark of a ticket.
#[must_use]
pub fn subject(text: &str) -> String {
    const MARKS: [&str; 8] = ["re:", "fwd:", "fw:", "bls:", "balas:", "trs:", "terusan:", "aw:"];
    let mut rest = text.trim();
    loop {
        let lower = rest.to_ascii_lowercase();
        let mark = MARKS.iter().find(|mark| lower.starts_with(**mark)).map(|mark| mark.len());
        match mark.and_then(|length| rest.get(length..)).or_else(|| ticket_mark(rest)) {
            Some(shorter) => rest = shorter.trim_start(),
            None => return rest.to_owned(),
        }
    }
}

/// What follows `[LBK-2026-000123]`: a number that somebody else wrote says nothing, and misleads who reads it.
fn ticket_mark(text: &str) -> Option<&str> {
    let (mark, rest) = text.strip_prefix('[')?.split_once(']')?;
    let mut parts = mark.split('-');
    let (prefix, year, number) = (parts.next()?, parts.next()?, parts.next()?);
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let ours = parts.next().is_none()
        && (2..=5).contains(&prefix.len())
        && prefix.bytes().all(|b| b.is_ascii_uppercase())
        && digits(year)
        && digits(number);
    ours.then_some(rest)
}
