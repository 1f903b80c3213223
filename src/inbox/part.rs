//! The parts of a message: their words and files. Bytes are those that came, not those of the tamed copy or of the text
//! that the parser makes of some.

use super::encoded;
use super::flowed::unfold;
use super::html::text_of;
use crate::mail::address::line;
use mail_parser::decoders::base64::base64_decode;
use mail_parser::decoders::charsets::map::charset_decoder;
use mail_parser::decoders::quoted_printable::quoted_printable_decode;
use mail_parser::{Encoding, Header, Message, MessagePart, MimeHeaders, PartType};

/// Characters of text that are looked at; a ticket takes fewer.
const TEXT: usize = 200_000;
/// Characters of a file's name.
const FILE_NAME: usize = 150;
/// Files that say nothing to a reader: what proves who wrote.
const SIGNATURES: [&str; 3] = ["pkcs7-signature", "x-pkcs7-signature", "pgp-signature"];

/// A file in a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enclosed {
    /// Its name, fit to be shown.
    pub name: String,
    /// The file.
    pub bytes: Vec<u8>,
}

/// The text of a message that came as `raw`; where that is blank, what its HTML says: some programs send an empty text
/// beside it.
#[must_use]
pub fn text(message: &Message<'_>, raw: &[u8]) -> String {
    let plain = joined(message, raw, &message.text_body);
    let blank = |c: char| c.is_whitespace() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}');
    if plain.chars().all(blank) { joined(message, raw, &message.html_body) } else { plain }
}

/// The text of all these parts, of an HTML one its words.
fn joined(message: &Message<'_>, raw: &[u8], parts: &[u32]) -> String {
    let mut whole = String::new();
    for part in parts.iter().filter(|id| !is_named(message, **id)).filter_map(|id| message.part(*id)) {
        let Some(words) = words(part, raw) else { continue };
        if !whole.is_empty() {
            whole.push_str("\n\n");
        }
        let room = TEXT.saturating_sub(whole.len());
        whole.extend(words.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).take(room));
    }
    whole.trim().to_owned()
}

fn words(part: &MessagePart<'_>, raw: &[u8]) -> Option<String> {
    let says = |name| part.content_type().and_then(|kind| kind.attribute(name));
    let is = |name, value: &str| says(name).is_some_and(|found| found.eq_ignore_ascii_case(value));
    let text = || decoded(&bytes(part, raw), says("charset")).replace("\r\n", "\n");
    match part.body {
        PartType::Text(_) if is("format", "flowed") => Some(unfold(&text(), is("delsp", "yes"))),
        PartType::Text(_) => Some(text()),
        PartType::Html(_) => Some(text_of(&text())),
        _ => None,
    }
}

/// What names no other charset is UTF-8 where it can be, and else what Windows writes.
pub(super) fn decoded(bytes: &[u8], charset: Option<&str>) -> String {
    const UNICODE: [&str; 4] = ["utf-8", "utf8", "us-ascii", "ascii"];
    let other = charset.filter(|name| !UNICODE.iter().any(|unicode| unicode.eq_ignore_ascii_case(name)));
    if let Some(decoder) = other.and_then(|name| charset_decoder(name.as_bytes())) {
        return decoder(bytes);
    }
    let text = String::from_utf8_lossy(bytes);
    // One bad byte does not make all the others wrong.
    let is_utf8 = !text.contains('\u{fffd}') || text.chars().any(|c| !c.is_ascii() && c != '\u{fffd}');
    match charset_decoder(b"windows-1252") {
        Some(windows) if !is_utf8 => windows(bytes),
        _ => text.into_owned(),
    }
}

/// The files of a message that came as `raw`.
#[must_use]
pub fn files(message: &Message<'_>, raw: &[u8]) -> Vec<Enclosed> {
    let ids = (0_u32..).zip(&message.parts).map(|(id, _)| id);
    let files = ids.filter(|id| message.attachments.contains(id) || is_named(message, *id));
    let files = files.filter_map(|id| message.part(id)).filter(|part| !is_signature(part));
    files.enumerate().filter_map(|(n, part)| enclosed(n, part, raw)).collect()
}

/// A text with a file's name is a file, also where it is to be shown; the whole message is none.
fn is_named(message: &Message<'_>, id: u32) -> bool {
    let named = |part: &MessagePart<'_>| {
        let disposition = part.content_disposition();
        let is_text = matches!(part.body, PartType::Text(_) | PartType::Html(_));
        is_text && disposition.is_some_and(|found| found.has_attribute("filename"))
    };
    id > 0 && message.part(id).is_some_and(named)
}

fn is_signature(part: &MessagePart<'_>) -> bool {
    let subtype = part.content_type().and_then(|kind| kind.subtype()).unwrap_or_default();
    SIGNATURES.iter().any(|signature| signature.eq_ignore_ascii_case(subtype))
}

fn enclosed(number: usize, part: &MessagePart<'_>, raw: &[u8]) -> Option<Enclosed> {
    if let PartType::Multipart(_) | PartType::Message(_) = part.body {
        return None;
    }
    Some(Enclosed { name: file_name(number, part, raw), bytes: bytes(part, raw) })
}

fn at(offset: u32) -> usize {
    usize::try_from(offset).unwrap_or(usize::MAX)
}

/// What a part holds, its transfer encoding taken off and nothing else.
fn bytes(part: &MessagePart<'_>, raw: &[u8]) -> Vec<u8> {
    let body = raw.get(at(part.offset_body)..at(part.offset_end));
    let decoded = body.and_then(|body| match part.encoding {
        Encoding::Base64 => base64_decode(body),
        Encoding::QuotedPrintable => quoted_printable_decode(body),
        Encoding::None => Some(body.to_vec()),
    });
    decoded.unwrap_or_else(|| part.contents().to_vec())
}

fn said_name(part: &MessagePart<'_>, raw: &[u8]) -> Option<String> {
    let read = part.attachment_name()?;
    if !read.contains(char::REPLACEMENT_CHARACTER) {
        return Some(read.to_owned());
    }
    let field = |header: &Header<'_>| {
        let field = raw.get(at(header.offset_start)..at(header.offset_end)).map(String::from_utf8_lossy);
        line(&field.unwrap_or_default())
    };
    let whole = |name: &str| part.headers.iter().find_map(|header| encoded::parameter(&field(header), name));
    whole("filename").or_else(|| whole("name")).or_else(|| Some(read.to_owned()))
}

/// Its own name without folders, or one by its type.
fn file_name(number: usize, part: &MessagePart<'_>, raw: &[u8]) -> String {
    let said = said_name(part, raw).map(|name| line(&name)).unwrap_or_default();
    let said = said.rsplit(['/', '\\']).next().unwrap_or_default().trim().to_owned();
    if !said.is_empty() {
        // The end tells the type.
        let skipped = said.chars().count().saturating_sub(FILE_NAME);
        return said.chars().skip(skipped).collect();
    }
    let subtype = part.content_type().and_then(|kind| kind.subtype()).unwrap_or_default().to_ascii_lowercase();
    let end = match subtype.as_str() {
        "calendar" => "ics",
        "jpeg" => "jpg",
        "plain" => "txt",
        "rfc822" => "eml",
        short if short.len() <= 5 && short.bytes().all(|b| b.is_ascii_alphanumeric()) && !short.is_empty() => short,
        _ => "bin",
    };
    format!("lampiran-{}.{end}", number + 1)
}
