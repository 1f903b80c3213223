//! A local time of day to the second, up to 24:00.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::{fmt, str::FromStr};

const MINUTE: u32 = 60;
const HOUR: u32 = 60 * MINUTE;
const DAY: u32 = 24 * HOUR;

/// Seconds after local midnight as clocks show them, 0 to 86,400: `07:30`, `16:00:01`, `24:00`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, utoipa::ToSchema)]
#[schema(value_type = String, example = "07:30", pattern = "^[0-9]{2}:[0-9]{2}(:[0-9]{2})?$")]
pub struct TimeOfDay(u32);

/// A text that is no time of day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected a time of day such as 07:30, 16:00:01 or 24:00")]
pub struct NoTimeOfDay;

impl TimeOfDay {
    /// 00:00.
    pub const MIDNIGHT: Self = Self(0);
    /// 24:00, which is the next day's 00:00.
    pub const END: Self = Self(DAY);

    /// So many seconds after midnight; none beyond 24:00.
    #[must_use]
    pub const fn from_seconds(seconds: u32) -> Option<Self> {
        if seconds <= DAY { Some(Self(seconds)) } else { None }
    }

    /// Seconds after midnight.
    #[must_use]
    pub const fn seconds(self) -> u32 {
        self.0
    }
}

impl FromStr for TimeOfDay {
    type Err = NoTimeOfDay;

    fn from_str(text: &str) -> Result<Self, NoTimeOfDay> {
        let mut parts = text.split(':');
        let (hours, minutes) = (two_digits(parts.next())?, two_digits(parts.next())?);
        let seconds = parts.next().map_or(Ok(0), |part| two_digits(Some(part)))?;
        if parts.next().is_some() || minutes >= 60 || seconds >= 60 {
            return Err(NoTimeOfDay);
        }
        Self::from_seconds(hours * HOUR + minutes * MINUTE + seconds).ok_or(NoTimeOfDay)
    }
}

fn two_digits(part: Option<&str>) -> Result<u32, NoTimeOfDay> {
    let part = part.filter(|p| p.len() == 2 && p.bytes().all(|b| b.is_ascii_digit())).ok_or(NoTimeOfDay)?;
    part.parse().map_err(|_| NoTimeOfDay)
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / HOUR, self.0 % HOUR / MINUTE)?;
        match self.0 % MINUTE {
            0 => Ok(()),
            seconds => write!(f, ":{seconds:02}"),
        }
    }
}

impl Serialize for TimeOfDay {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for TimeOfDay {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?.parse().map_err(de::Error::custom)
    }
}
