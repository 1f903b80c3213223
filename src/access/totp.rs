//! Codes of a second factor by time (RFC 6238 over RFC 4226: HMAC-SHA-1, six digits, thirty seconds), which every
//! authenticator knows how to make.

use crate::db::Ts;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use ring::hmac;
use std::fmt::Write as _;
use subtle::ConstantTimeEq;

/// Seconds of a step.
const STEP: i64 = 30;
/// Steps by which a device's clock may differ, before and after.
const DRIFT: i64 = 1;
/// Bytes of a secret (RFC 4226, 4: 160 bits).
pub const SECRET: usize = 20;
/// RFC 4648, 6.
const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// The step in which an instant lies.
#[must_use]
pub fn step(at: Ts) -> i64 {
    at.utc().timestamp().div_euclid(STEP)
}

/// The code of a step; empty if no code can be made of it, which nothing equals.
#[must_use]
pub fn code(secret: &[u8], step: i64) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret);
    let tag = hmac::sign(&key, &step.to_be_bytes());
    let bytes = tag.as_ref();
    let start = bytes.last().map_or(0, |byte| usize::from(byte & 0x0f));
    let Some(Ok(word)) = bytes.get(start..start + 4).map(<[u8; 4]>::try_from) else { return String::new() };
    format!("{:06}", (u32::from_be_bytes(word) & 0x7fff_ffff) % 1_000_000)
}

/// The step of which `typed` is the code: the one of `now`, or a neighbour for a clock that is a little off.
#[must_use]
pub fn fits(secret: &[u8], typed: &str, now: Ts) -> Option<i64> {
    let middle = step(now);
    let is_code = |step| bool::from(code(secret, step).as_bytes().ct_eq(typed.as_bytes()));
    // All are looked at, so that the time tells nothing of which one it was.
    (middle - DRIFT..=middle + DRIFT).fold(None, |found, step| if is_code(step) { Some(step) } else { found })
}

/// Base 32 without padding (RFC 4648), as authenticators take it.
#[must_use]
pub fn base32(bytes: &[u8]) -> String {
    let (mut text, mut held, mut bits) = (String::new(), 0_u32, 0);
    for byte in bytes {
        held = (held << 8 | u32::from(*byte)) & 0xffff;
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            text.push(letter(held >> bits));
        }
    }
    if bits > 0 {
        text.push(letter(held << (5 - bits)));
    }
    text
}

fn letter(value: u32) -> char {
    let place = usize::try_from(value & 31).unwrap_or_default();
    ALPHABET.get(place).copied().map_or('A', char::from)
}

/// What a QR code says to an authenticator.
#[must_use]
pub fn uri(secret: &[u8], issuer: &str, account: &str) -> String {
    let safe = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    let mut uri = format!("otpauth://totp/{}:{}", safe(issuer), safe(account));
    // Writing to a text can't fail.
    let _ = write!(uri, "?secret={}&issuer={}&algorithm=SHA1&digits=6&period={STEP}", base32(secret), safe(issuer));
    uri
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::DateTime;

    const RFC: &[u8; 20] = b"12345678901234567890";

    fn at(seconds: i64) -> Ts {
        Ts::new(DateTime::from_timestamp(seconds, 0).unwrap())
    }

    #[test]
    fn the_codes_are_those_of_rfc_6238_appendix_b() {
        for (seconds, expected) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(code(RFC, step(at(seconds))), expected, "{seconds}");
        }
    }

    #[test]
    fn a_clock_may_be_one_step_off_and_no_more() {
        let now = at(1_000_000_000);
        let told: Vec<bool> =
            (-3..=3).map(|off| fits(RFC, &code(RFC, step(now) + off), now) == Some(step(now) + off)).collect();
        assert_eq!(told, [false, false, true, true, true, false, false]);
        for wrong in ["", "28708", "2870822", "abcdef"] {
            assert_eq!(fits(RFC, wrong, now), None);
        }
    }

    #[test]
    fn base_32_is_that_of_rfc_4648() {
        for (bytes, text) in [("", ""), ("f", "MY"), ("fo", "MZXQ"), ("foo", "MZXW6"), ("foobar", "MZXW6YTBOI")] {
            assert_eq!(base32(bytes.as_bytes()), text);
        }
        assert_eq!(base32(RFC), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
    }

    #[test]
    fn the_address_for_authenticators_holds_no_character_that_could_end_a_part_of_it() {
        let uri = uri(RFC, "SIGAP Lebak & co", "a+b@lebakkab.go.id");
        assert_eq!(
            uri,
            "otpauth://totp/SIGAP%20Lebak%20%26%20co:a%2Bb%40lebakkab%2Ego%2Eid\
             ?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=SIGAP%20Lebak%20%26%20co&algorithm=SHA1&digits=6&period=30"
        );
    }
}
