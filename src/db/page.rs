//! Keyset paging: a page is continued after a row, never after a count, so that depth and new rows change nothing.

use crate::check::nul_in;
use crate::error::{Error, Result};
use crate::say;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Rows of a page when the caller does not say.
pub const DEFAULT_LIMIT: i64 = 50;
/// Rows of a page at most.
pub const MAX_LIMIT: i64 = 200;

/// One page of a list.
#[derive(Debug, Clone)]
pub struct Page<T> {
    /// The rows.
    pub items: Vec<T>,
    /// Where the next page begins; none at the end.
    pub next: Option<String>,
}

impl<T> Page<T> {
    /// Makes a page from `limit + 1` rows that were asked for: the row too many only says that there is more.
    pub fn cut<K: Serialize>(mut rows: Vec<T>, limit: i64, key: impl Fn(&T) -> K) -> Self {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = if more { rows.last().map(|row| encode(&key(row))) } else { None };
        Self { items: rows, next }
    }

    /// Makes a page of rows that are all here, in the order of `key`: of lists that something else keeps short.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a number of rows or a cursor that does not fit.
    pub fn of<K: Serialize + DeserializeOwned + Ord>(
        rows: Vec<T>,
        paging: &Paging,
        key: impl Fn(&T) -> K,
    ) -> Result<Self> {
        let (limit, after) = (paging.limit()?, paging.after::<K>()?);
        let rest = rows.into_iter().filter(|row| after.as_ref().is_none_or(|after| key(row) > *after));
        Ok(Self::cut(rest.collect(), limit, key))
    }

    /// The same page with every row changed.
    pub fn map<U>(self, f: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(f).collect(), next: self.next }
    }
}

/// What the caller asked of a page.
#[derive(Debug, Clone, Default, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Paging {
    /// Rows at most.
    #[param(minimum = 1, maximum = 200, default = 50)]
    pub limit: Option<i64>,
    /// `next_cursor` of the page before.
    #[param(min_length = 1)]
    pub cursor: Option<String>,
}

impl Paging {
    /// The number of rows asked for.
    ///
    /// # Errors
    /// [`Error::Invalid`] outside 1–200.
    pub fn limit(&self) -> Result<i64> {
        match self.limit {
            None => Ok(DEFAULT_LIMIT),
            Some(n) if (1..=MAX_LIMIT).contains(&n) => Ok(n),
            Some(_) => Err(Error::invalid("/limit", say!("field.limit"))),
        }
    }

    /// The key to continue after.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a text that no page gave.
    pub fn after<K: DeserializeOwned>(&self) -> Result<Option<K>> {
        let Some(text) = &self.cursor else { return Ok(None) };
        let bytes = URL_SAFE_NO_PAD.decode(text).ok();
        // Whoever writes one himself may write what no row holds, and PostgreSQL can't even compare with.
        let key = bytes.and_then(|b| serde_json::from_slice::<Value>(&b).ok()).filter(|key| nul_in(key).is_none());
        let key = key.and_then(|key| serde_json::from_value(key).ok());
        key.map(Some).ok_or_else(|| Error::invalid("/cursor", say!("field.cursor")))
    }
}

/// A key as a cursor.
pub fn encode<K: Serialize>(key: &K) -> String {
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(key).unwrap_or_default())
}
