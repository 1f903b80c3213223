//! A condition in SQL of our own, whose statement is kept prepared: diesel's own `sql` is prepared anew each time, because its
//! text might be another each time. Here it can't.

use diesel::backend::Backend;
use diesel::expression::{AppearsOnTable, Expression, SelectableExpression, ValidGrouping, is_aggregate};
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::result::QueryResult;
use diesel::serialize::ToSql;
use diesel::sql_types::{Bool, HasSqlType, Text};

/// See [`fixed`] and [`fixed_with`].
#[derive(Debug, Clone)]
pub struct Fixed {
    before: &'static str,
    value: Option<String>,
    after: &'static str,
}

/// The condition that `sql` says.
#[must_use]
pub const fn fixed(sql: &'static str) -> Fixed {
    Fixed { before: sql, value: None, after: "" }
}

/// The condition that `before`, a value and `after` say.
#[must_use]
pub const fn fixed_with(before: &'static str, value: String, after: &'static str) -> Fixed {
    Fixed { before, value: Some(value), after }
}

impl Expression for Fixed {
    type SqlType = Bool;
}

impl<From> AppearsOnTable<From> for Fixed {}

impl<From> SelectableExpression<From> for Fixed {}

impl<GroupBy> ValidGrouping<GroupBy> for Fixed {
    type IsAggregate = is_aggregate::Never;
}

impl QueryId for Fixed {
    type QueryId = ();
    // The text is the value's, not the type's.
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<DB> QueryFragment<DB> for Fixed
where
    DB: Backend + HasSqlType<Text>,
    String: ToSql<Text, DB>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.push_sql(self.before);
        if let Some(value) = &self.value {
            out.push_bind_param::<Text, String>(value)?;
        }
        out.push_sql(self.after);
        Ok(())
    }
}
