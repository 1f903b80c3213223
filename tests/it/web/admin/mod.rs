//! Administration, as its keepers use it: through a browser without script.

mod beginning;
mod entries;
mod keeping;
mod lists;
mod moving;
mod promises;
mod rights;

use crate::support::TestApp;
use crate::support::browser::Browser;

/// The administrator of Lebak, in his browser.
pub async fn keeper(app: &TestApp) -> Browser {
    Browser::lebak(app, "admin").await
}
