//! Bytes as a message: taken apart, cut, and looked at as the mail door does, without a panic.
#![no_main]

use libfuzzer_sys::fuzz_target;
use sigap::inbox::cut::{cut, subject};
use sigap::inbox::parse::parse;
use sigap::inbox::sender::is_confirmed;

fuzz_target!(|message: &[u8]| {
    let Ok(letter) = parse(message) else { return };
    drop(cut(&letter.text));
    drop(subject(&letter.subject));
    let _ = is_confirmed(&letter.authentication, "mx.lebakkab.go.id", "lebakkab.go.id");
});
