//! A field of a change that may be left out, cleared or set (RFC 7396).

use serde::{Deserialize, Deserializer};

/// What a change says of a field that may be empty. Needs `#[serde(default)]`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Patch<T> {
    /// Not named: it stays.
    #[default]
    Same,
    /// `null`: it becomes empty.
    Clear,
    /// This value.
    Set(T),
}

impl<T> Patch<T> {
    /// A value that is named, or none: it stays.
    #[must_use]
    pub fn named(value: Option<T>) -> Self {
        value.map_or(Self::Same, Self::Set)
    }

    /// The field after the change.
    #[must_use]
    pub fn onto(self, before: Option<T>) -> Option<T> {
        match self {
            Self::Same => before,
            Self::Clear => None,
            Self::Set(value) => Some(value),
        }
    }
}

impl<T> From<Option<T>> for Patch<T> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Clear, Self::Set)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Patch<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Option::deserialize(from).map(Self::from)
    }
}

/// A field that may be left out and never cleared: `null` is no value of it. Needs `#[serde(default)]`.
///
/// # Errors
/// What the field's type says of the value.
pub fn given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(from: D) -> Result<Option<T>, D::Error> {
    T::deserialize(from).map(Some)
}
