//! What lies behind a row in the order of some columns, as one comparison of rows: a range of the index that both databases
//! begin to read there. Of `a > x OR (a = x AND b > y)` neither makes a range, and walks from the first row.

use diesel::backend::Backend;
use diesel::expression::{AppearsOnTable, Expression, SelectableExpression, ValidGrouping};
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::result::QueryResult;
use diesel::serialize::ToSql;
use diesel::sql_types::{Bool, HasSqlType};

/// See [`above`] and [`below`].
#[derive(Debug, Clone)]
pub struct Behind<C, K> {
    columns: C,
    sign: &'static str,
    key: K,
}

/// Rows behind the one with this key in an order that rises by all of `columns`; none of them may be null.
pub const fn above<C, K>(columns: C, key: K) -> Behind<C, K> {
    Behind { columns, sign: " > ", key }
}

/// Rows behind the one with this key in an order that falls by all of `columns`; none of them may be null.
pub const fn below<C, K>(columns: C, key: K) -> Behind<C, K> {
    Behind { columns, sign: " < ", key }
}

impl<C: Expression, K> Expression for Behind<C, K> {
    type SqlType = Bool;
}

impl<C, K, From> AppearsOnTable<From> for Behind<C, K> where C: AppearsOnTable<From> {}

impl<C, K, From> SelectableExpression<From> for Behind<C, K> where C: SelectableExpression<From> {}

impl<C, K, GroupBy> ValidGrouping<GroupBy> for Behind<C, K>
where
    C: ValidGrouping<GroupBy>,
{
    type IsAggregate = C::IsAggregate;
}

impl<C, K> QueryId for Behind<C, K> {
    type QueryId = ();
    // The sign is the value's, not the type's.
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<C, K, DB> QueryFragment<DB> for Behind<C, K>
where
    DB: Backend,
    C: Expression + QueryFragment<DB>,
    K: Key<C::SqlType, DB>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.push_sql("(");
        self.columns.walk_ast(out.reborrow())?;
        out.push_sql(")");
        out.push_sql(self.sign);
        out.push_sql("(");
        self.key.bind(out.reborrow())?;
        out.push_sql(")");
        Ok(())
    }
}

/// Values of a row, each of the type of its column.
pub trait Key<Types, DB: Backend> {
    /// Binds them, one after the other.
    ///
    /// # Errors
    /// For a value that the database can't hold.
    fn bind<'b>(&'b self, out: AstPass<'_, 'b, DB>) -> QueryResult<()>;
}

impl<DB, A, B, TypeA, TypeB> Key<(TypeA, TypeB), DB> for (A, B)
where
    DB: Backend + HasSqlType<TypeA> + HasSqlType<TypeB>,
    A: ToSql<TypeA, DB>,
    B: ToSql<TypeB, DB>,
{
    fn bind<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.push_bind_param::<TypeA, A>(&self.0)?;
        out.push_sql(", ");
        out.push_bind_param::<TypeB, B>(&self.1)
    }
}

impl<DB, A, B, C, TypeA, TypeB, TypeC> Key<(TypeA, TypeB, TypeC), DB> for (A, B, C)
where
    DB: Backend + HasSqlType<TypeA> + HasSqlType<TypeB> + HasSqlType<TypeC>,
    A: ToSql<TypeA, DB>,
    B: ToSql<TypeB, DB>,
    C: ToSql<TypeC, DB>,
{
    fn bind<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.push_bind_param::<TypeA, A>(&self.0)?;
        out.push_sql(", ");
        out.push_bind_param::<TypeB, B>(&self.1)?;
        out.push_sql(", ");
        out.push_bind_param::<TypeC, C>(&self.2)
    }
}

#[cfg(test)]
mod tests {
    use super::{above, below};
    use crate::db::{Id, Ts};
    use diesel::pg::Pg;
    use diesel::sqlite::Sqlite;

    diesel::table! {
        use crate::db::types::{Tstz, Uid};
        use diesel::sql_types::Integer;
        boxes (id) {
            id -> Uid,
            at -> Tstz,
            shelf -> Integer,
        }
    }

    /// The statement, without its values.
    macro_rules! asked {
        ($backend:ty, $condition:expr) => {{
            let text = diesel::debug_query::<$backend, _>(&$condition).to_string();
            text.split(" -- binds").next().unwrap_or_default().to_owned()
        }};
    }

    #[test]
    fn what_lies_behind_a_row_is_one_comparison_of_rows_on_both_databases() {
        let (at, id) = (Ts::FIRST, Id(uuid::Uuid::nil()));
        assert_eq!(asked!(Sqlite, below((boxes::at, boxes::id), (at, id))), "(`boxes`.`at`, `boxes`.`id`) < (?, ?)");
        assert_eq!(
            asked!(Pg, above((boxes::shelf, boxes::at, boxes::id), (7, at, id))),
            r#"("boxes"."shelf", "boxes"."at", "boxes"."id") > ($1, $2, $3)"#
        );
    }
}
