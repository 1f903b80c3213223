//! Bounds of times. On a machine that has other work a time is told, and judged only where it is far beyond its bound.

use std::time::Duration;

/// `TESTS_LEEWAY` times the bound; the bound itself where nobody says so.
#[expect(clippy::disallowed_methods, reason = "a setting of the tests, which the program would refuse")]
pub fn within(bound: Duration) -> Duration {
    bound * std::env::var("TESTS_LEEWAY").ok().and_then(|times| times.parse().ok()).unwrap_or(1)
}
