//! Column types that mean the same on both databases: native `uuid`, `timestamptz` and `jsonb` on PostgreSQL,
//! `BLOB` and `TEXT` on SQLite.

use chrono::{DateTime, Datelike, SecondsFormat, Timelike, Utc};
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::pg::{Pg, PgValue};
use diesel::query_builder::QueryId;
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types::{Jsonb, SqlOrd, SqlType, Timestamptz};
use diesel::sqlite::{Sqlite, SqliteValue};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use std::fmt;
use std::ops::RangeInclusive;
use uuid::Uuid;

/// SQL type of an instant.
#[derive(Debug, Clone, Copy, Default, SqlType, QueryId)]
#[diesel(postgres_type(oid = 1184, array_oid = 1185), sqlite_type(name = "Text"))]
pub struct Tstz;
impl SqlOrd for Tstz {}

/// SQL type of an id.
#[derive(Debug, Clone, Copy, Default, SqlType, QueryId)]
#[diesel(postgres_type(oid = 2950, array_oid = 2951), sqlite_type(name = "Binary"))]
pub struct Uid;
impl SqlOrd for Uid {}

/// SQL type of a JSON document.
#[derive(Debug, Clone, Copy, Default, SqlType, QueryId)]
#[diesel(postgres_type(oid = 3802, array_oid = 3807), sqlite_type(name = "Text"))]
pub struct Doc;

/// Years of an instant: those of four digits. RFC 3339 writes no others, SQLite would not keep them in the order of time, and
/// beyond what PostgreSQL takes lies nothing of ours.
const YEARS: RangeInclusive<i32> = 0..=9999;
/// Their first and last microsecond, since 1970.
const MICROS: (i64, i64) = (-62_167_219_200_000_000, 253_402_300_799_999_999);

/// An instant in UTC of the years 0 to 9999, cut to microseconds: PostgreSQL keeps no more, and what is read back must
/// equal what was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, AsExpression, FromSqlRow)]
#[diesel(sql_type = Tstz)]
#[serde(transparent)]
pub struct Ts(DateTime<Utc>);

impl Ts {
    /// The first of all instants.
    pub const FIRST: Self = match DateTime::from_timestamp_micros(MICROS.0) {
        Some(at) => Self(at),
        None => Self(DateTime::UNIX_EPOCH),
    };

    /// Cuts `at` to microseconds; before and after the years of an instant it is the first or the last of them. A leap
    /// second is the second after it, as PostgreSQL counts.
    #[must_use]
    pub fn new(at: DateTime<Utc>) -> Self {
        let micros = at.timestamp_micros().clamp(MICROS.0, MICROS.1);
        DateTime::from_timestamp_micros(micros).map_or(Self(at), Self)
    }

    /// The instant that `text` names by RFC 3339; none for any other form, for a second 60 that is no leap second, and
    /// outside the years of an instant.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let at = DateTime::parse_from_rfc3339(text).ok().filter(|_| is_rfc3339(text.as_bytes()))?.to_utc();
        let is_leap = at.nanosecond() >= 1_000_000_000;
        let fits = YEARS.contains(&at.year()) && (!is_leap || (at.hour(), at.minute()) == (23, 59));
        fits.then(|| Self::new(at))
    }

    /// The instant.
    #[must_use]
    pub fn utc(self) -> DateTime<Utc> {
        self.0
    }

    /// This instant moved by `delta`; the end of time where that would overflow.
    #[must_use]
    pub fn plus(self, delta: chrono::Duration) -> Self {
        Self::new(self.0.checked_add_signed(delta).unwrap_or(DateTime::<Utc>::MAX_UTC))
    }

    /// How far two instants lie apart, whichever is the later: a clock that was set back leaves what it wrote in the future.
    #[must_use]
    pub fn apart(self, other: Self) -> chrono::Duration {
        (self.0 - other.0).abs()
    }

    /// RFC 3339 with microseconds: fixed width, so that text order is time order in SQLite.
    #[must_use]
    pub fn text(self) -> String {
        self.0.to_rfc3339_opts(SecondsFormat::Micros, true)
    }
}

/// The grammar of RFC 3339, 5.6. chrono also takes blanks, a minus that is none, and more.
fn is_rfc3339(text: &[u8]) -> bool {
    const FRONT: &[u8] = b"0000-00-00T00:00:00";
    let is_like = |text: &[u8], form: &[u8]| {
        let fits =
            |(is, like): (&u8, &u8)| if *like == b'0' { is.is_ascii_digit() } else { is.eq_ignore_ascii_case(like) };
        text.len() == form.len() && text.iter().zip(form).all(fits)
    };
    let Some((front, rest)) = text.split_at_checked(FRONT.len()) else { return false };
    let zone = match rest.strip_prefix(b".") {
        None => rest,
        Some(fraction) => {
            let (_, zone) = fraction.split_at(fraction.iter().take_while(|b| b.is_ascii_digit()).count());
            if zone.len() == fraction.len() {
                return false;
            }
            zone
        }
    };
    is_like(front, FRONT) && [&b"Z"[..], b"+00:00", b"-00:00"].iter().any(|form| is_like(zone, form))
}

impl<'de> Deserialize<'de> for Ts {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        Self::read(&text).ok_or_else(|| D::Error::custom("not an instant as RFC 3339 writes it"))
    }
}

impl fmt::Display for Ts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text())
    }
}

impl ToSql<Tstz, Pg> for Ts {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        ToSql::<Timestamptz, Pg>::to_sql(&self.0, &mut out.reborrow())
    }
}
impl FromSql<Tstz, Pg> for Ts {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        FromSql::<Timestamptz, Pg>::from_sql(value).map(Self::new)
    }
}
impl ToSql<Tstz, Sqlite> for Ts {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.text());
        Ok(IsNull::No)
    }
}
impl FromSql<Tstz, Sqlite> for Ts {
    fn from_sql(mut value: SqliteValue<'_, '_, '_>) -> deserialize::Result<Self> {
        let text = value.read_text();
        // Once years of five digits and leap seconds were stored; who reads them can mend them.
        let at = DateTime::parse_from_rfc3339(text).map(|at| at.to_utc()).or_else(|_| text.parse())?;
        Ok(Self::new(at))
    }
}

/// An instant that a sweep over many rows asks for: one that can't be read is the first of all, so that its row is tried and
/// fails by itself, while the others are seen.
#[derive(Debug, Clone, Copy, FromSqlRow)]
pub struct Swept(pub Ts);

impl FromSql<Tstz, Pg> for Swept {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        Ok(Self(<Ts as FromSql<Tstz, Pg>>::from_sql(value).unwrap_or(Ts::FIRST)))
    }
}
impl FromSql<Tstz, Sqlite> for Swept {
    fn from_sql(value: SqliteValue<'_, '_, '_>) -> deserialize::Result<Self> {
        Ok(Self(<Ts as FromSql<Tstz, Sqlite>>::from_sql(value).unwrap_or(Ts::FIRST)))
    }
}

/// The id of a row: a `UUIDv7`, a name and never a secret.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, AsExpression, FromSqlRow,
)]
#[diesel(sql_type = Uid)]
#[serde(transparent)]
pub struct Id(pub Uuid);

impl Id {
    /// A new id at `at`, and at no other instant: it says nothing of what else this process did.
    #[must_use]
    pub fn new(at: Ts) -> Self {
        let seconds = u64::try_from(at.0.timestamp()).unwrap_or(0);
        let stamp = uuid::Timestamp::from_unix(uuid::NoContext, seconds, at.0.timestamp_subsec_nanos());
        Self(Uuid::new_v7(stamp))
    }

    /// As [`Id::new`], for the `n`th of several that are made at one instant: their order is the order of `n`.
    #[must_use]
    pub fn in_order(at: Ts, n: u16) -> Self {
        let mut bytes = Self::new(at).0.into_bytes();
        // The twelve bits after the time stamp, which RFC 9562 leaves to a counter.
        let [high, low] = n.min(0x0fff).to_be_bytes();
        bytes[6] = 0x70 | high;
        bytes[7] = low;
        Self(Uuid::from_bytes(bytes))
    }

    /// The `n` of [`Id::in_order`].
    #[must_use]
    pub fn place(self) -> u16 {
        let [.., high, low, _, _, _, _, _, _, _, _] = self.0.into_bytes();
        u16::from_be_bytes([high & 0x0f, low])
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
impl std::str::FromStr for Id {
    type Err = uuid::Error;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Uuid::parse_str(text).map(Id)
    }
}
impl ToSql<Uid, Pg> for Id {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        ToSql::<diesel::sql_types::Uuid, Pg>::to_sql(&self.0, &mut out.reborrow())
    }
}
impl FromSql<Uid, Pg> for Id {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        FromSql::<diesel::sql_types::Uuid, Pg>::from_sql(value).map(Id)
    }
}
impl ToSql<Uid, Sqlite> for Id {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.0.as_bytes().as_slice());
        Ok(IsNull::No)
    }
}
impl FromSql<Uid, Sqlite> for Id {
    fn from_sql(mut value: SqliteValue<'_, '_, '_>) -> deserialize::Result<Self> {
        Ok(Self(Uuid::from_slice(value.read_blob())?))
    }
}

/// A JSON document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, AsExpression, FromSqlRow)]
#[diesel(sql_type = Doc)]
#[serde(transparent)]
pub struct Json(pub Value);

impl ToSql<Doc, Pg> for Json {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        ToSql::<Jsonb, Pg>::to_sql(&self.0, &mut out.reborrow())
    }
}
impl FromSql<Doc, Pg> for Json {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        FromSql::<Jsonb, Pg>::from_sql(value).map(Json)
    }
}
impl ToSql<Doc, Sqlite> for Json {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(serde_json::to_string(&self.0)?);
        Ok(IsNull::No)
    }
}
impl FromSql<Doc, Sqlite> for Json {
    fn from_sql(mut value: SqliteValue<'_, '_, '_>) -> deserialize::Result<Self> {
        Ok(Self(serde_json::from_str(value.read_text())?))
    }
}

/// The value of the enum `name` that a word from the database stands for.
///
/// # Errors
/// For a word that stands for none.
pub fn known<T>(name: &str, word: &str, value: impl FnOnce(&str) -> Option<T>) -> deserialize::Result<T> {
    value(word).ok_or_else(|| format!("{name}: unknown value {word:?}").into())
}

/// Makes an enum that stands as one fixed word in JSON, in SQL and in the OpenAPI document.
#[macro_export]
macro_rules! text_enum {
    ($(#[$meta:meta])* pub enum $name:ident { $($(#[$vmeta:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, ::serde::Serialize,
            ::utoipa::ToSchema, ::diesel::expression::AsExpression, ::diesel::deserialize::FromSqlRow)]
        #[diesel(sql_type = ::diesel::sql_types::Text)]
        pub enum $name { $($(#[$vmeta])* #[serde(rename = $text)] #[schema(rename = $text)] $variant),+ }

        impl $name {
            /// Every value, in the order of its definition.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word that stands for it.
            #[must_use]
            pub const fn text(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }

            /// The value that `text` stands for.
            #[must_use]
            pub fn from_text(text: &str) -> Option<Self> {
                match text { $($text => Some(Self::$variant),)+ _ => None }
            }
        }
        impl<'de> ::serde::Deserialize<'de> for $name {
            // The derived one also takes `{"word": null}`, and calls a number malformed JSON.
            fn deserialize<D: ::serde::Deserializer<'de>>(from: D) -> ::std::result::Result<Self, D::Error> {
                let text = <String as ::serde::Deserialize>::deserialize(from)?;
                let unknown = || <D::Error as ::serde::de::Error>::unknown_variant(&text, &[$($text),+]);
                Self::from_text(&text).ok_or_else(unknown)
            }
        }
        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result { f.pad(self.text()) }
        }
        impl<DB> ::diesel::serialize::ToSql<::diesel::sql_types::Text, DB> for $name
        where
            DB: ::diesel::backend::Backend,
            str: ::diesel::serialize::ToSql<::diesel::sql_types::Text, DB>,
        {
            fn to_sql<'b>(&'b self, out: &mut ::diesel::serialize::Output<'b, '_, DB>) -> ::diesel::serialize::Result {
                <str as ::diesel::serialize::ToSql<::diesel::sql_types::Text, DB>>::to_sql(self.text(), out)
            }
        }
        impl ::diesel::deserialize::FromSql<::diesel::sql_types::Text, ::diesel::pg::Pg> for $name {
            fn from_sql(value: ::diesel::pg::PgValue<'_>) -> ::diesel::deserialize::Result<Self> {
                $crate::db::types::known(stringify!($name), ::std::str::from_utf8(value.as_bytes())?, Self::from_text)
            }
        }
        impl ::diesel::deserialize::FromSql<::diesel::sql_types::Text, ::diesel::sqlite::Sqlite> for $name {
            fn from_sql(mut value: ::diesel::sqlite::SqliteValue<'_, '_, '_>) -> ::diesel::deserialize::Result<Self> {
                $crate::db::types::known(stringify!($name), value.read_text(), Self::from_text)
            }
        }
    };
}
