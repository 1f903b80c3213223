//! Rows that never change once they are made, ready for use. Their ids are made anew for every try of a transaction, so
//! that an entry is never wrong, even if its row was taken back.

use super::types::Id;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// Entries of a kind at most; beyond that all are forgotten and read again.
const MOST: usize = 512;

/// What a process holds of one kind.
pub struct Ready<T>(OnceLock<Mutex<HashMap<Id, Arc<T>>>>);

impl<T> Default for Ready<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> Ready<T> {
    /// Nothing yet.
    #[must_use]
    pub const fn new() -> Self {
        Self(OnceLock::new())
    }

    /// What is held under `id`.
    #[must_use]
    pub fn get(&self, id: Id) -> Option<Arc<T>> {
        self.held().lock().unwrap_or_else(PoisonError::into_inner).get(&id).cloned()
    }

    /// Holds `value` under `id`.
    pub fn put(&self, id: Id, value: T) -> Arc<T> {
        let value = Arc::new(value);
        let mut held = self.held().lock().unwrap_or_else(PoisonError::into_inner);
        if held.len() >= MOST {
            held.clear();
        }
        held.insert(id, Arc::clone(&value));
        value
    }

    fn held(&self) -> &Mutex<HashMap<Id, Arc<T>>> {
        self.0.get_or_init(Mutex::default)
    }
}
