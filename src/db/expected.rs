//! For which version of a thing a change is meant.

use crate::error::{Error, Result};

/// The versions that whoever changes a thing knows it by; any will do if he names none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Expected(Option<Vec<i32>>);

impl Expected {
    /// Whatever its version.
    #[must_use]
    pub const fn any() -> Self {
        Self(None)
    }

    /// One of these; none of them fits no version at all.
    #[must_use]
    pub const fn one_of(versions: Vec<i32>) -> Self {
        Self(Some(versions))
    }

    /// Goes on if the change is meant for `version`.
    ///
    /// # Errors
    /// 412 otherwise.
    pub fn check(&self, version: i32) -> Result<()> {
        match &self.0 {
            Some(versions) if !versions.contains(&version) => Err(Error::Stale),
            _ => Ok(()),
        }
    }
}

impl From<Option<i32>> for Expected {
    fn from(version: Option<i32>) -> Self {
        Self(version.map(|one| vec![one]))
    }
}
