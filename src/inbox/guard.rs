//! What a message must not be before anything takes it apart: nobody outside may choose how much work and memory a
//! message costs (R24).

use crate::mail::inbound::LARGEST_HEAD;
use mail_parser::parsers::MessageStream;
use mail_parser::{Message, PartType};

/// Parts of a message.
const PARTS: usize = 200;
/// Containers, which are looked through once each.
const CONTAINERS: usize = 50;
/// Containers inside each other.
const DEPTH: usize = 20;
/// Fields that tell a type, those in texts included.
const FIELDS: usize = 10_000;
/// Bytes of one of them.
const FIELD: usize = 4096;
/// Bytes of a boundary (RFC 2046, 5.1.1).
const BOUNDARY: usize = 70;
/// Places at which something is compared with a boundary, for all boundaries.
const COMPARED: usize = 50_000_000;
/// Fields that the parser reads as a type with attributes.
const NAMES: [&[u8]; 2] = [b"content-type", b"content-disposition"];

/// Why a message is not taken apart; the codes stand in `docs/api.md`.
pub type Unreadable = &'static str;

/// A copy of the message in which enclosed messages are plain files, so that it nests no deeper than its containers.
/// The work grows with the message's length and no faster, whatever stands in it.
///
/// # Errors
/// The cap that it breaks.
pub fn tame(raw: &[u8]) -> Result<Vec<u8>, Unreadable> {
    if head_length(raw) > LARGEST_HEAD {
        return Err("header_too_long");
    }
    let mut tamed = raw.to_vec();
    let mut boundaries = Vec::new();
    let colons = raw.iter().enumerate().filter(|(_, b)| **b == b':').map(|(at, _)| at);
    for (n, colon) in colons.filter(|colon| ends_name(raw, *colon)).enumerate() {
        if n >= FIELDS {
            return Err("too_many_parts");
        }
        let end = field_end(raw, colon + 1)?;
        let Some(field) = tamed.get_mut(colon + 1..end) else { continue };
        replace(field, b"message/", b"x");
        replace(field, b"multipart/digest", b"multipart/x");
        boundaries.extend(boundary(field)?);
        if boundaries.len() > CONTAINERS {
            return Err("too_many_parts");
        }
    }
    let mut delimiters = 0;
    // As the parser looks for them: not only where a line begins.
    let dashes = tamed.windows(2).enumerate().filter(|(_, two)| *two == b"--").map(|(at, _)| at + 2);
    for (n, at) in dashes.enumerate() {
        let rest = tamed.get(at..).unwrap_or_default();
        delimiters += usize::from(boundaries.iter().any(|b| rest.starts_with(b)));
        // Each container has one delimiter more than it has parts.
        if delimiters > PARTS + CONTAINERS || n * boundaries.len() > COMPARED {
            return Err("too_many_parts");
        }
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

/// Whether this colon ends one of the names, wherever it stands and with whatever blanks the parser leaves out; more is
/// caught rather than less.
fn ends_name(raw: &[u8], colon: usize) -> bool {
    NAMES.iter().any(|name| {
        let before = raw.get(..colon).unwrap_or_default().iter().rev().take_while(|b| !matches!(b, b'\n' | b':'));
        let spelt = before.filter(|b| !b.is_ascii_whitespace()).map(u8::to_ascii_lowercase);
        spelt.take(name.len()).eq(name.iter().rev().copied())
    })
}

/// Where the field ends whose value begins here.
fn field_end(raw: &[u8], begin: usize) -> Result<usize, Unreadable> {
    let rest = raw.get(begin..).unwrap_or_default();
    let folds = |at: usize| matches!(rest.get(at + 1), Some(b' ' | b'\t'));
    match rest.iter().take(FIELD).enumerate().position(|(at, b)| *b == b'\n' && !folds(at)) {
        Some(at) => Ok(begin + at + 1),
        None if rest.len() <= FIELD => Ok(raw.len()),
        None => Err("header_too_long"),
    }
}

/// The boundary of the container that this field begins, by the parser's own reading.
fn boundary(field: &[u8]) -> Result<Option<Vec<u8>>, Unreadable> {
    let Some(kind) = MessageStream::new(field).parse_content_type().into_content_type() else { return Ok(None) };
    match (kind.ctype(), kind.subtype()) {
        // Spelt so that nothing but a parser takes it for one.
        ("message", Some("rfc822" | "global")) | ("multipart", Some("digest")) => Err("malformed"),
        ("multipart", _) => match kind.attribute("boundary").map(str::as_bytes) {
            Some(long) if long.len() > BOUNDARY => Err("malformed"),
            found => Ok(found.filter(|found| !found.is_empty()).map(<[u8]>::to_vec)),
        },
        _ => Ok(None),
    }
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
