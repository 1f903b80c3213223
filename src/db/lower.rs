//! Lower case by the rules of Unicode on both databases: `lower` of SQLite itself knows A to Z alone, so that É would be found
//! by nobody who types it.

use diesel::sql_types::Text;
use diesel::{QueryResult, SqliteConnection};

#[diesel::declare_sql_function]
extern "SQL" {
    /// Lower case, by the rules of Unicode.
    fn lower(text: Text) -> Text;
}

/// Teaches a connection to SQLite these rules, which no index may depend on: the operator's tools do not know them.
pub(super) fn teach(conn: &mut SqliteConnection) -> QueryResult<()> {
    lower_utils::register_impl(conn, |text: String| text.to_lowercase())
}
