//! How many requests a minute a person, or an address that nobody is signed in from, may make.

use crate::config::Config;
use crate::db::Id;
use crate::error::{Error, Result};
use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use std::hash::Hash;

/// Counts requests; keeps nothing over a restart, and needs not.
pub struct Limiter {
    people: Option<DefaultKeyedRateLimiter<Id>>,
    addresses: Option<DefaultKeyedRateLimiter<String>>,
}

impl Limiter {
    /// With the settings' rate.
    ///
    /// # Errors
    /// [`Error::Start`] for a rate that is no number.
    pub fn new(config: &Config) -> Result<Self> {
        let rate = config.requests_per_minute()?;
        Ok(Self {
            people: rate.map(|n| RateLimiter::keyed(Quota::per_minute(n))),
            addresses: rate.map(|n| RateLimiter::keyed(Quota::per_minute(n))),
        })
    }

    /// Counts a request of a person.
    ///
    /// # Errors
    /// 429 over the rate.
    pub fn person(&self, person: Id) -> Result<()> {
        self.people.as_ref().map_or(Ok(()), |limiter| counted(limiter, &person))
    }

    /// Counts a request from an address, as [`crate::access::Origin::network`] tells it.
    ///
    /// # Errors
    /// 429 over the rate.
    pub fn address(&self, network: String) -> Result<()> {
        self.addresses.as_ref().map_or(Ok(()), |limiter| counted(limiter, &network))
    }

    /// Forgets whoever has been quiet.
    pub fn sweep(&self) {
        if let Some(people) = &self.people {
            people.retain_recent();
        }
        if let Some(addresses) = &self.addresses {
            addresses.retain_recent();
        }
    }
}

fn counted<K: Hash + Eq + Clone>(limiter: &DefaultKeyedRateLimiter<K>, key: &K) -> Result<()> {
    limiter.check_key(key).map_err(|not_until| {
        Error::TooMany(not_until.wait_time_from(DefaultClock::default().now()).as_secs().saturating_add(1))
    })
}
