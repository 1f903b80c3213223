//! Words of a header that a program broke inside a character: what belongs together is put together before it is
//! decoded.

use super::part::decoded;
use mail_parser::decoders::base64::base64_decode;
use mail_parser::decoders::hex::decode_hex;
use mail_parser::decoders::quoted_printable::quoted_printable_decode;

/// An unfolded text in which encoded words of one charset beside each other are one (RFC 2047).
#[must_use]
pub fn text(field: &str) -> String {
    let mut whole = String::with_capacity(field.len());
    let mut words = field.split_whitespace().peekable();
    while let Some(word) = words.next() {
        if !whole.is_empty() {
            whole.push(' ');
        }
        let Some((charset, mut bytes)) = encoded(word) else {
            whole.push_str(word);
            continue;
        };
        let mut charset = charset;
        while let Some((next, more)) = words.peek().and_then(|word| encoded(word)) {
            // A blank between encoded words is none.
            if !next.eq_ignore_ascii_case(charset) {
                whole.push_str(&decoded(&bytes, Some(charset)));
                bytes.clear();
            }
            charset = next;
            bytes.extend(more);
            words.next();
        }
        whole.push_str(&decoded(&bytes, Some(charset)));
    }
    whole
}

/// Charset and bytes of an encoded word.
fn encoded(word: &str) -> Option<(&str, Vec<u8>)> {
    let mut parts = word.strip_prefix("=?")?.strip_suffix("?=")?.splitn(3, '?');
    let (charset, encoding, data) = (parts.next()?, parts.next()?, parts.next()?);
    let bytes = match encoding {
        "b" | "B" => base64_decode(data.as_bytes())?,
        "q" | "Q" => quoted_printable_decode(data.replace('_', " ").as_bytes())?,
        _ => return None,
    };
    Some((charset, bytes))
}

/// A parameter of an unfolded field that stands there in pieces (RFC 2231, 4.1); none if it does not.
#[must_use]
pub fn parameter(field: &str, name: &str) -> Option<String> {
    let mut charset = None;
    let mut bytes = Vec::new();
    for piece in field.split(';') {
        let Some((key, value)) = piece.trim().split_once('=') else { continue };
        // `filename*0*`; pieces stand in their order in what programs write.
        let number = key.get(name.len()..).and_then(|rest| rest.strip_prefix('*')?.strip_suffix('*'));
        if number.is_none() || !key.get(..name.len()).is_some_and(|found| found.eq_ignore_ascii_case(name)) {
            continue;
        }
        let value = if charset.is_some() {
            value
        } else {
            // `charset'language'value`
            let (named, rest) = value.split_once('\'')?;
            charset = Some(named);
            rest.split_once('\'')?.1
        };
        bytes.extend(decode_hex(value.trim_matches('"').as_bytes()).1);
    }
    charset.map(|charset| decoded(&bytes, Some(charset)))
}
