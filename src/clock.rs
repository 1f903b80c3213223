//! The one clock. A test fixes it and steps it; nothing else asks for the time.

use crate::db::Ts;
use chrono::{DateTime, Duration, Utc};
use std::sync::{Arc, Mutex, PoisonError};

/// Where "now" comes from.
#[derive(Clone, Debug)]
pub enum Clock {
    /// The machine's.
    System,
    /// A clock that stands still until it is stepped.
    Fixed(Arc<Mutex<DateTime<Utc>>>),
}

impl Clock {
    /// A clock that stands at `at`.
    #[must_use]
    pub fn fixed(at: DateTime<Utc>) -> Self {
        Self::Fixed(Arc::new(Mutex::new(at)))
    }

    /// Now, in UTC.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "the one place that may ask the machine")]
    pub fn now(&self) -> Ts {
        match self {
            Self::System => Ts::new(Utc::now()),
            Self::Fixed(at) => Ts::new(*at.lock().unwrap_or_else(PoisonError::into_inner)),
        }
    }

    /// Moves a fixed clock forward; the machine's goes by itself.
    pub fn step(&self, by: Duration) {
        if let Self::Fixed(at) = self {
            let mut at = at.lock().unwrap_or_else(PoisonError::into_inner);
            *at += by;
        }
    }
}
