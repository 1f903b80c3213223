//! Checks of fields that collect every fault, so that a person mends a form once.

use crate::error::{Error, FieldError, Result};
use crate::message::Say;
use crate::say;
use icu_properties::props::{DefaultIgnorableCodePoint, GeneralCategory};
use icu_properties::{CodePointMapData, CodePointSetData};
use serde_json::Value;
use std::ops::RangeInclusive;

/// Pointer to the first text in `value` that holds NUL, which PostgreSQL can't store, nor compare with.
#[must_use]
pub fn nul_in(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => text.contains('\0').then(String::new),
        Value::Array(items) => {
            items.iter().enumerate().find_map(|(n, item)| nul_in(item).map(|rest| format!("/{n}{rest}")))
        }
        Value::Object(fields) => fields.iter().find_map(|(name, item)| {
            let rest = if name.contains('\0') { Some(String::new()) } else { nul_in(item) };
            rest.map(|rest| format!("/{}{rest}", escaped(name)))
        }),
        _ => None,
    }
}

/// Refuses a name or a value with NUL, by its name.
///
/// # Errors
/// 422 that names the field.
pub fn refuse_nul(name: &str, value: &str) -> Result<()> {
    if name.contains('\0') || value.contains('\0') {
        return Err(Error::invalid(format!("/{}", escaped(&name.replace('\0', ""))), say!("field.nul")));
    }
    Ok(())
}

/// A name as part of a JSON pointer.
#[must_use]
pub fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// `true` for a character that shows nothing itself, and is there for what stands beside it.
#[must_use]
pub fn is_format(c: char) -> bool {
    CodePointMapData::<GeneralCategory>::new().get(c) == GeneralCategory::Format
}

/// `true` for one that hides or turns round what stands beside it. What joins or parts letters does not: whole scripts and
/// many faces need it.
#[must_use]
pub fn is_hidden(c: char) -> bool {
    is_format(c) && !matches!(c, '\u{200c}' | '\u{200d}')
}

/// `true` for a text in which nothing is to be seen, however long it is.
#[must_use]
pub fn is_blank(text: &str) -> bool {
    // A braille pattern without a dot is a sign by its category, and a blank by its look.
    let is_unseen = |c: char| c.is_whitespace() || c.is_control() || is_format(c) || c == '\u{2800}';
    let ignorable = CodePointSetData::new::<DefaultIgnorableCodePoint>();
    text.chars().all(|c| is_unseen(c) || ignorable.contains(c))
}

/// Faults found so far.
#[derive(Debug, Default)]
pub struct Checks(Vec<FieldError>);

impl Checks {
    /// Nothing found yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Notes a fault.
    pub fn fault(&mut self, pointer: impl Into<String>, detail: Say) {
        self.0.push(FieldError { pointer: pointer.into(), detail });
    }

    /// Notes a fault unless `holds`.
    pub fn ensure(&mut self, holds: bool, pointer: &str, detail: impl FnOnce() -> Say) {
        if !holds {
            self.fault(pointer, detail());
        }
    }

    /// A text with so many characters, one of which is to be seen, and no NUL, which PostgreSQL can't store.
    pub fn text(&mut self, pointer: &str, text: &str, length: RangeInclusive<usize>) {
        let count = text.chars().count();
        if text.contains('\0') {
            self.fault(pointer, say!("field.nul"));
        } else if count > 0 && is_blank(text) && *length.start() > 0 {
            self.fault(pointer, say!("field.blank"));
        } else if !length.contains(&count) {
            self.fault(pointer, say!("field.length", least = length.start(), most = length.end()));
        }
    }

    /// As [`Checks::text`], if there is one.
    pub fn maybe_text(&mut self, pointer: &str, text: Option<&str>, length: RangeInclusive<usize>) {
        if let Some(text) = text {
            self.text(pointer, text, length);
        }
    }

    /// A short line: a text without control characters.
    pub fn line(&mut self, pointer: &str, text: &str, length: RangeInclusive<usize>) {
        if text.chars().any(char::is_control) {
            self.fault(pointer, say!("field.line"));
        } else {
            self.text(pointer, text, length);
        }
    }

    /// A name: a short line that reads as what it is.
    pub fn name(&mut self, pointer: &str, text: &str, length: RangeInclusive<usize>) {
        if text.chars().any(is_hidden) {
            self.fault(pointer, say!("field.hidden"));
        } else {
            self.line(pointer, text, length);
        }
    }

    /// A code: lower-case letters, digits and hyphens.
    pub fn code(&mut self, pointer: &str, text: &str) {
        let fits = (1..=60).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            && !text.starts_with('-');
        self.ensure(fits, pointer, || say!("field.code"));
    }

    /// Takes over the faults of a part that was checked by itself, below `prefix`.
    ///
    /// # Errors
    /// Whatever is no fault of a field.
    pub fn within(&mut self, prefix: &str, part: Result<()>) -> Result<()> {
        match part {
            Err(Error::Invalid(faults)) => {
                self.0
                    .extend(faults.into_iter().map(|f| FieldError { pointer: format!("{prefix}{}", f.pointer), ..f }));
                Ok(())
            }
            other => other,
        }
    }

    /// Ends the checks.
    ///
    /// # Errors
    /// 422 with every fault.
    pub fn done(self) -> Result<()> {
        if self.0.is_empty() { Ok(()) } else { Err(Error::Invalid(self.0)) }
    }
}
