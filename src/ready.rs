//! What costs something to find or make and never changes once it is made, ready for use. Keys are made anew for every try
//! of a transaction, so that an entry is never wrong, even if its row was taken back.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// What a process holds of one kind.
pub(crate) struct Ready<K, T> {
    most: usize,
    held: OnceLock<Mutex<HashMap<K, Arc<T>>>>,
}

impl<K: Eq + Hash, T> Ready<K, T> {
    /// Nothing yet, and so many at most; beyond that all are forgotten and made again.
    pub(crate) const fn holding(most: usize) -> Self {
        Self { most, held: OnceLock::new() }
    }

    /// What is held under `key`; what `make` makes, if nothing is.
    ///
    /// # Errors
    /// What `make` returns, and then nothing is held.
    pub(crate) fn get_or<E>(&self, key: K, make: impl FnOnce() -> Result<T, E>) -> Result<Arc<T>, E> {
        let held = self.held.get_or_init(Mutex::default);
        if let Some(found) = held.lock().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return Ok(Arc::clone(found));
        }
        let new = Arc::new(make()?);
        let mut held = held.lock().unwrap_or_else(PoisonError::into_inner);
        if held.len() >= self.most {
            held.clear();
        }
        held.insert(key, Arc::clone(&new));
        Ok(new)
    }

    /// Holds nothing any more.
    pub(crate) fn forget(&self) {
        self.held.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}
