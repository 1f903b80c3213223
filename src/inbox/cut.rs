//! What somebody wrote himself, without what his program quoted beneath or above it, and without his signature.

use super::title::after_ours;

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
    // Nothing of his own has come yet.
    let mut bare = true;
    let mut at = 0;
    while let Some(line) = lines.get(at) {
        let rest = lines.get(at..).unwrap_or_default();
        let apart = at == 0 || lines.get(at - 1).is_none_or(|before| before.trim().is_empty());
        if let Some(length) = introduction(rest, bare) {
            let after = rest.get(length..).unwrap_or_default();
            if !is_quoted(first_words(after)) {
                break;
            }
            at += length;
        } else if line.trim_end() == "--" || divides(rest, apart && !bare) {
            break;
        } else {
            if !is_quoted(line) {
                kept.push(line.trim_end());
                bare &= line.trim().is_empty();
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

/// How many lines introduce a quote here: `On … wrote:`, `Pada … menulis:`, each perhaps broken, or `… menulis pada …:`
/// on one. An address or a date must stand there, as people begin sentences so too. Where nothing else was written yet
/// (`bare`) it must be an address, unless marked lines follow: else all that he wrote would be lost.
fn introduction(lines: &[&str], bare: bool) -> Option<usize> {
    let first = lines.first()?.trim_start();
    let begins = ["On ", "Pada ", "El ", "Am ", "Le "].iter().any(|word| first.starts_with(word));
    let names = [" wrote on ", " menulis pada "].iter().any(|word| first.contains(word));
    let mut joined = String::new();
    for (count, line) in lines.iter().take(BROKEN).enumerate() {
        if line.trim().is_empty() || is_quoted(line) {
            return None;
        }
        joined.push_str(line.trim());
        let ends = joined.trim_end_matches(['*', '_', ' ']);
        let told = ["wrote:", "menulis:", "menulis :", "wrote :"].iter().any(|word| ends.ends_with(word));
        let addressed = ends.contains('@');
        // Without a word that begins it, an address and a date must tell (`2026-11-24 10.00 Siti <siti@…>:`).
        let dated = first.starts_with(|c: char| c.is_ascii_digit()) && ends.ends_with(">:") && addressed;
        let is_one = begins && told && (addressed || has_date(ends)) || names && ends.ends_with(':') && has_date(ends);
        if (is_one || dated) && joined.chars().count() <= INTRODUCTION {
            let after = lines.get(count + 1..).unwrap_or_default();
            return Some(count + 1).filter(|_| !bare || addressed || is_quoted(first_words(after)));
        }
        joined.push(' ');
    }
    None
}

/// A year, or a date in figures.
fn has_date(text: &str) -> bool {
    let is_number =
        |word: &str, most: usize| (1..=most).contains(&word.len()) && word.bytes().all(|b| b.is_ascii_digit());
    text.split(|c: char| c.is_whitespace() || ",;:".contains(c)).any(|word| {
        let parts: Vec<&str> = word.split(['/', '-', '.']).collect();
        match parts.as_slice() {
            [year] | [year, ""] => {
                year.len() == 4 && is_number(year, 4) && (year.starts_with("20") || year.starts_with("19"))
            }
            [day, month, year] => [day, month, year].into_iter().all(|part| is_number(part, 4)),
            _ => false,
        }
    })
}

/// `true` where a program puts the whole message that is answered; `apart`: an empty line stands above, and words do.
fn divides(lines: &[&str], apart: bool) -> bool {
    let Some(first) = lines.first().map(|line| line.trim()) else { return false };
    let bare = first.trim_matches('-').trim().to_lowercase();
    let dashed = first.starts_with("---") && first.ends_with("---");
    if dashed && ["original message", "pesan asli", "pesan asal", "original appointment"].contains(&bare.as_str()) {
        return true;
    }
    let next = lines.get(1..).unwrap_or_default();
    if first.len() >= 20 && first.bytes().all(|b| b == b'_') {
        let mut after = next.iter().position(|line| !line.trim().is_empty());
        return after.take().is_some_and(|at| is_head(next.get(at..).unwrap_or_default(), true));
    }
    is_head(lines, apart)
}

/// A head as Outlook quotes it: `From:` or `Dari:` with a name, and beneath it at least two others of its fields. People
/// fill in forms with such names too: an address or a subject must stand there, or the head be set `apart`.
fn is_head(lines: &[&str], apart: bool) -> bool {
    const FIRST: [&str; 2] = ["from:", "dari:"];
    const SUBJECT: [&str; 3] = ["subject:", "subjek:", "perihal:"];
    const OTHERS: [&str; 7] = ["sent:", "terkirim:", "dikirim:", "date:", "tanggal:", "to:", "kepada:"];
    let plain = |line: &str| line.replace('*', "").trim().to_lowercase().replace(" :", ":");
    let begins = |line: &str, words: &[&str]| words.iter().any(|word| plain(line).starts_with(word));
    let named = |line: &str| {
        let line = plain(line);
        FIRST.iter().any(|word| line.strip_prefix(word).is_some_and(|name| !name.trim().is_empty()))
    };
    if !lines.first().is_some_and(|line| named(line)) {
        return false;
    }
    let fields: Vec<&str> = lines.iter().take(HEAD).copied().collect();
    let about = fields.iter().filter(|line| begins(line, &SUBJECT)).count();
    let others = fields.iter().filter(|line| begins(line, &OTHERS)).count();
    let addressed = fields.iter().any(|line| line.contains('@'));
    about + others >= 2 && (apart || about > 0 || addressed)
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

/// The subject without what programs put in front of it, and without our own mark of a ticket and what we said of it.
#[must_use]
pub fn subject(text: &str) -> String {
    const MARKS: [&str; 8] = ["re:", "fwd:", "fw:", "bls:", "balas:", "trs:", "terusan:", "aw:"];
    let mut rest = text.trim();
    loop {
        let lower = rest.to_ascii_lowercase();
        let mark = MARKS.iter().find(|mark| lower.starts_with(**mark)).map(|mark| mark.len());
        let ours = || ticket_mark(rest).map(|after| after_ours(after.trim_start()));
        match mark.and_then(|length| rest.get(length..)).or_else(ours) {
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
