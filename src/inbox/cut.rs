//! What somebody wrote himself, without what his program quoted beneath or above it, and without his signature.

use super::title::after_ours;

/// Lines that an introduction of a quote may be broken into.
const BROKEN: usize = 3;
/// Characters of such an introduction.
const INTRODUCTION: usize = 300;
/// Lines after `From:` within which the other fields of a quoted head stand, and how many more they may be folded into.
const HEAD: usize = 6;
const FOLDED: usize = 60;
/// Characters of the line that a telephone adds.
const DEVICE: usize = 80;

/// The text of a reply without quotes and signature; empty if nothing is left.
#[must_use]
pub fn cut(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    // Where nothing is quoted, "> 50" is a number too.
    let amounts = lines.iter().all(|line| !is_quoted(line) || is_amount(line, true));
    let mut kept: Vec<&str> = Vec::new();
    // Nothing of his own has come yet.
    let mut bare = true;
    let mut above = Above::Words;
    let mut at = 0;
    while let Some(line) = lines.get(at) {
        let rest = lines.get(at..).unwrap_or_default();
        let apart = at == 0 || lines.get(at - 1).is_none_or(|before| before.trim().is_empty());
        if let Some(length) = introduction(rest, bare) {
            let after = rest.get(length..).unwrap_or_default();
            if !is_quoted(first_words(after)) {
                break;
            }
            above = Above::Introduction;
            at += length;
        } else if divides(rest, apart && !bare) {
            break;
        } else if line.trim_end() == "--" {
            let Some(length) = signature(rest) else { break };
            at += length;
        } else if is_rule(line.trim()) && leads(rest, bare) {
            at += 1;
        } else {
            let quoted = is_quoted(line) && (above != Above::Words || !is_amount(line, amounts));
            if !quoted {
                kept.push(line.trim_end());
                bare &= line.trim().is_empty();
            }
            above = above.then(line, quoted);
            at += 1;
        }
    }
    drop_devices(&mut kept);
    kept.join("\n").trim().to_owned()
}

/// What stands right above a line.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Above {
    Words,
    /// Empty lines may part it from its quote.
    Introduction,
    Quote,
}

impl Above {
    fn then(self, line: &str, quoted: bool) -> Self {
        match self {
            _ if quoted => Self::Quote,
            Self::Introduction if line.trim().is_empty() => self,
            _ => Self::Words,
        }
    }
}

fn is_quoted(line: &str) -> bool {
    line.trim_start().starts_with('>')
}

/// "More than", as in `>50 pegawai`: programs set a blank between their mark and what they quote, unless that is a mark.
fn is_amount(line: &str, blank: bool) -> bool {
    let Some(rest) = line.trim_start().strip_prefix('>') else { return false };
    let rest = if blank { rest.trim_start() } else { rest };
    rest.starts_with(|c: char| c.is_ascii_digit())
}

fn is_rule(line: &str) -> bool {
    line.len() >= 20 && line.bytes().all(|b| b == b'_')
}

/// Whether a rule, the first of these lines, belongs to the quote beneath it.
fn leads(lines: &[&str], bare: bool) -> bool {
    let below = lines.iter().skip(1).position(|line| !line.trim().is_empty()).unwrap_or(lines.len());
    let below = lines.get(below.saturating_add(1)..).unwrap_or_default();
    below.first().is_some_and(|line| is_quoted(line)) || introduction(below, bare).is_some()
}

fn first_words<'a>(lines: &[&'a str]) -> &'a str {
    lines.iter().find(|line| !line.trim().is_empty()).copied().unwrap_or_default()
}

/// Lines of the signature that begins here; none if nothing of his own comes after it. Below a quote something may.
fn signature(lines: &[&str]) -> Option<usize> {
    let words = |line: &&&str| !is_quoted(line) && !line.trim().is_empty();
    for at in 1..lines.len() {
        let rest = lines.get(at..)?;
        if introduction(rest, false).is_some() {
            return Some(at);
        }
        if is_quoted(rest.first()?) {
            return rest.iter().find(words).map(|_| at);
        }
        if divides(rest, true) {
            return None;
        }
    }
    None
}

/// How many lines introduce a quote here: `On … wrote:`, `Pada … menulis:`, each perhaps broken or between dashes, or
/// `… menulis pada …:` on one. An address or a date must stand there, as people begin sentences so too, and both where
/// neither word nor dash begins it. Where nothing else was written yet (`bare`) it must be an address, unless marked
/// lines follow: else all that he wrote would be lost.
fn introduction(lines: &[&str], bare: bool) -> Option<usize> {
    let written = lines.first()?.trim_start();
    let first = written.trim_start_matches(['-', ' ']);
    let begins = ["On ", "Pada ", "Pada\u{a0}", "El ", "Am ", "Le "].iter().any(|word| first.starts_with(word));
    let names = [" wrote on ", " menulis pada "].iter().any(|word| first.contains(word));
    let (dashed, mailed) = (written.starts_with("---"), first.contains('<'));
    let mut joined = String::new();
    for (count, line) in lines.iter().take(BROKEN).enumerate() {
        if line.trim().is_empty() || is_quoted(line) {
            return None;
        }
        joined.push_str(line.trim());
        let ends = joined.trim_end_matches(['*', '_', '-', ' ']);
        let said = told(&joined);
        let head = said.unwrap_or(ends);
        let (addressed, dated) = (head.contains('@'), has_date(head));
        let is_one = match said {
            // Words behind it are the quote.
            Some(head) if head.len() < ends.len() => begins && head.contains('<') && addressed && dated,
            Some(_) if begins || dashed => addressed || dated,
            Some(_) => mailed && addressed && dated,
            // Without a word that tells, an address and a date must (`2026-11-24 10.00 Siti <siti@…>:`).
            None => first.starts_with(|c: char| c.is_ascii_digit()) && ends.ends_with(">:") && addressed,
        };
        let is_one = is_one || names && ends.ends_with(':') && has_date(ends);
        if is_one && head.chars().count() <= INTRODUCTION {
            let after = lines.get(count + 1..).unwrap_or_default();
            return Some(count + 1).filter(|_| !bare || addressed || is_quoted(first_words(after)));
        }
        joined.push(' ');
    }
    None
}

/// What stands up to the word that somebody wrote, that included; none if it does not.
fn told(text: &str) -> Option<&str> {
    const WORDS: [&str; 4] = ["wrote:", "menulis:", "menulis :", "wrote :"];
    let ends = text.trim_end_matches(['*', '_', '-', ' ']);
    let dashed = text.ends_with("--") && ["wrote", "menulis"].iter().any(|word| ends.ends_with(word));
    if dashed || WORDS.iter().any(|word| ends.ends_with(word)) {
        return Some(ends);
    }
    let end = WORDS.iter().filter_map(|word| text.find(word).map(|at| at + word.len())).min()?;
    text.get(..end)
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
    const TITLES: [&str; 9] = [
        "original message",
        "original appointment",
        "pesan asli",
        "pesan asal",
        "pesan original",
        "email asli",
        "surel asli",
        "surat asli",
        "janji temu asli",
    ];
    let Some(first) = lines.first().map(|line| line.trim()) else { return false };
    let bare = first.trim_start_matches('-').trim_start().to_lowercase();
    let titled = |title: &&str| bare.strip_prefix(*title).is_some_and(|rest| rest.trim_start().starts_with("---"));
    if first.starts_with("---") && TITLES.iter().any(titled) {
        return true;
    }
    // GroupWise: `>>> Siti <siti@…> 30/11/2026 08:15 >>>`.
    if first.len() > 6 && first.starts_with(">>>") && first.ends_with(">>>") && first.contains('@') {
        return true;
    }
    let next = lines.get(1..).unwrap_or_default();
    if is_rule(first) {
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
    let Some(first) = lines.first().filter(|line| named(line)) else { return false };
    let indented = |line: &str| line.starts_with([' ', '\t']);
    // A field that is folded is one.
    let fields = lines.iter().take(FOLDED).filter(|line| indented(first) || !indented(line));
    let fields: Vec<&str> = fields.take(HEAD).copied().collect();
    let about = fields.iter().filter(|line| begins(line, &SUBJECT)).count();
    let others = fields.iter().filter(|line| begins(line, &OTHERS)).count();
    let addressed = fields.iter().any(|line| line.contains('@'));
    about + others >= 2 && (apart || about > 0 || addressed)
}

/// Takes off what a telephone adds at the end: what names one, else only a line that stands apart from the words above.
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
    const NAMES: [&str; 15] = [
        "iphone", "ipad", "android", "samsung", "galaxy", "outlook", "yahoo", "gmail", "xiaomi", "oppo", "vivo",
        "huawei", "windows", "ponsel", "mobile",
    ];
    while let Some((last, before)) = lines.split_last() {
        let plain = last.trim().to_lowercase();
        let device = plain.chars().count() <= DEVICE && WORDS.iter().any(|word| plain.starts_with(word));
        let named = NAMES.iter().any(|name| plain.contains(name));
        let apart = before.last().is_some_and(|line| line.trim().is_empty());
        if !plain.is_empty() && !(device && (named || apart)) {
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

/// Whether our mark of a ticket stands anywhere in a subject.
#[must_use]
pub fn holds_mark(text: &str) -> bool {
    text.split('[').skip(1).any(|after| marked(after).is_some())
}

/// What follows `[LBK-2026-000123]`: a number that somebody else wrote says nothing, and misleads who reads it.
fn ticket_mark(text: &str) -> Option<&str> {
    marked(text.strip_prefix('[')?)
}

fn marked(text: &str) -> Option<&str> {
    let (mark, rest) = text.split_once(']')?;
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
