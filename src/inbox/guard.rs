//! What a message must not be before anything takes it apart: nobody outside may choose how much work and memory a
//! message costs (R24).

use crate::mail::inbound::LARGEST_HEAD;
use mail_parser::{Message, PartType};

/// Parts of a message.
const PARTS: usize = 200;
/// Containers, which are looked through once each.
const CONTAINERS: usize = 50;
/// Containers inside each other.
const DEPTH: usize = 20;
/// Bytes of one header field that are looked at.
const FIELD: usize = 4096;

/// Why a message is not taken apart; the codes stand in `docs/api.md`.
pub type Unreadable = &'static str;

/// A copy of the message in which enclosed messages are plain files, so that it nests no deeper than its containers.
///
/// # Errors
/// The cap that it breaks.
pub fn tame(raw: &[u8]) -> Result<Vec<u8>, Unreadable> {
    if head_length(raw) > LARGEST_HEAD {
        return Err("header_too_long");
    }
    let mut tamed = raw.to_vec();
    let (mut containers, mut boundaries) = (0, Vec::new());
    for (begin, end) in type_fields(raw) {
        let Some(field) = tamed.get_mut(begin..end) else { continue };
        replace(field, b"message/", b"x");
        replace(field, b"multipart/digest", b"multipart/x");
        containers += find(field, b"multipart/", 0).into_iter().count();
        boundaries.extend(boundary(field));
    }
    if containers > CONTAINERS {
        return Err("too_many_parts");
    }
    let delimits = |line: &&[u8]| {
        line.strip_prefix(b"--").is_some_and(|rest| boundaries.iter().any(|b: &Vec<u8>| rest.starts_with(b)))
    };
    // Each container has one delimiter more than it has parts.
    if raw.split(|b| *b == b'\n').filter(delimits).count() > PARTS + CONTAINERS {
        return Err("too_many_parts");
    }
    Ok(tamed)
}

/// Looks once more at what was made out.
///
/// # Errors
/// The cap that it breaks.
pub fn look_over(message: &Message<'_>) -> Result<(), Unreadable> {
    if message.parts.len() > PARTS {
        return Err("too_many_parts");
    }
    let (mut level, mut depth) = (vec![0_u32], 0);
    while !level.is_empty() {
        depth += 1;
        if depth > DEPTH {
            return Err("too_deep");
        }
        let inner = |id: &u32| match message.part(*id).map(|part| &part.body) {
            Some(PartType::Multipart(parts)) => parts.clone(),
            _ => Vec::new(),
        };
        level = level.iter().flat_map(inner).collect();
    }
    Ok(())
}

/// Bytes before the first empty line.
fn head_length(raw: &[u8]) -> usize {
    let mut length = 0;
    for line in raw.split_inclusive(|b| *b == b'\n') {
        if line.trim_ascii().is_empty() {
            break;
        }
        length += line.len();
        if length > LARGEST_HEAD {
            break;
        }
    }
    length
}

/// Where the values of all `Content-Type` fields lie, wherever they stand; more is caught rather than less.
fn type_fields(raw: &[u8]) -> Vec<(usize, usize)> {
    const NAME: &[u8] = b"content-type";
    let mut fields = Vec::new();
    let mut from = 0;
    while let Some(at) = find(raw, NAME, from) {
        let begin = at + NAME.len();
        let rest = raw.get(begin..).unwrap_or_default();
        let folds = |at: usize| matches!(rest.get(at + 1), Some(b' ' | b'\t'));
        let end = rest.iter().take(FIELD).enumerate().position(|(at, b)| *b == b'\n' && !folds(at));
        from = begin + end.unwrap_or(rest.len().min(FIELD));
        fields.push((begin, from));
    }
    fields
}

fn boundary(field: &[u8]) -> Option<Vec<u8>> {
    const NAME: &[u8] = b"boundary";
    let at = find(field, NAME, 0)?;
    let value = field.get(at + NAME.len()..)?.trim_ascii_start().strip_prefix(b"=")?.trim_ascii_start();
    let value = match value.strip_prefix(b"\"") {
        Some(quoted) => quoted.split(|b| *b == b'"').next()?,
        None => value.split(|b| b.is_ascii_whitespace() || *b == b';').next()?,
    };
    (!value.is_empty()).then(|| value.to_vec())
}

/// Writes `over` over the beginning of each `what`.
fn replace(text: &mut [u8], what: &[u8], over: &[u8]) {
    let mut from = 0;
    while let Some(at) = find(text, what, from) {
        for (place, byte) in text.iter_mut().skip(at).zip(over) {
            *place = *byte;
        }
        from = at + what.len();
    }
}

/// The place of `what`, which is in lower case, at or after `from`.
fn find(text: &[u8], what: &[u8], from: usize) -> Option<usize> {
    let first = what.first()?;
    let rest = text.get(from..)?;
    let here = |at: usize| rest.get(at..at + what.len()).is_some_and(|found| found.eq_ignore_ascii_case(what));
    let found = rest.iter().enumerate().find(|(at, b)| b.eq_ignore_ascii_case(first) && here(*at));
    found.map(|(at, _)| from + at)
}
