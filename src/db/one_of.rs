//! One of several values, as a condition whose statement is kept prepared on both databases. Diesel's own `eq_any` is
//! prepared anew each time on SQLite, because every length of list is another text; here lists are padded to few lengths.

use diesel::expression::{AppearsOnTable, Expression, SelectableExpression, ValidGrouping};
use diesel::pg::Pg;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::result::QueryResult;
use diesel::serialize::ToSql;
use diesel::sql_types::{Array, Bool, HasSqlType, SqlType};
use diesel::sqlite::Sqlite;

/// Longer lists are not kept.
const LONGEST: usize = 256;

/// See [`one_of`].
#[derive(Debug, Clone)]
pub struct OneOf<C, V> {
    column: C,
    values: Vec<V>,
}

/// `column` is one of `values`; never, if there are none.
pub fn one_of<C: Expression, V: Clone>(column: C, values: &[V]) -> OneOf<C, V> {
    OneOf { column, values: values.to_vec() }
}

impl<C: Expression, V> Expression for OneOf<C, V> {
    type SqlType = Bool;
}

impl<C, V, From> AppearsOnTable<From> for OneOf<C, V> where C: AppearsOnTable<From> {}

impl<C, V, From> SelectableExpression<From> for OneOf<C, V> where C: SelectableExpression<From> {}

impl<C, V, GroupBy> ValidGrouping<GroupBy> for OneOf<C, V>
where
    C: ValidGrouping<GroupBy>,
{
    type IsAggregate = C::IsAggregate;
}

impl<C, V> QueryId for OneOf<C, V> {
    type QueryId = ();
    // The text differs with the length.
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<C, V> QueryFragment<Sqlite> for OneOf<C, V>
where
    C: Expression + QueryFragment<Sqlite>,
    V: ToSql<C::SqlType, Sqlite>,
    Sqlite: HasSqlType<C::SqlType>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        let Some(last) = self.values.last() else {
            out.push_sql("(1=0)");
            return Ok(());
        };
        let length = self.values.len().next_power_of_two();
        if length > LONGEST {
            out.unsafe_to_cache_prepared();
        }
        self.column.walk_ast(out.reborrow())?;
        out.push_sql(" IN (");
        let padded = self.values.iter().chain(std::iter::repeat(last)).take(length);
        for (place, value) in padded.enumerate() {
            if place > 0 {
                out.push_sql(", ");
            }
            out.push_bind_param::<C::SqlType, V>(value)?;
        }
        out.push_sql(")");
        Ok(())
    }
}

impl<C, V> QueryFragment<Pg> for OneOf<C, V>
where
    C: Expression + QueryFragment<Pg>,
    C::SqlType: SqlType + 'static,
    Vec<V>: ToSql<Array<C::SqlType>, Pg>,
    Pg: HasSqlType<Array<C::SqlType>>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        self.column.walk_ast(out.reborrow())?;
        out.push_sql(" = ANY(");
        out.push_bind_param::<Array<C::SqlType>, Vec<V>>(&self.values)?;
        out.push_sql(")");
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::one_of;
    use crate::db::Id;
    use diesel::pg::Pg;
    use diesel::sqlite::Sqlite;

    diesel::table! {
        use crate::db::types::Uid;
        boxes (id) {
            id -> Uid,
        }
    }

    /// The statement for so many ids, without its values.
    macro_rules! asked {
        ($backend:ty, $count:literal) => {{
            let ids: Vec<Id> = (0..$count).map(|n| Id(uuid::Uuid::from_u128(n))).collect();
            let text = diesel::debug_query::<$backend, _>(&one_of(boxes::id, &ids)).to_string();
            text.split(" -- binds").next().unwrap_or_default().to_owned()
        }};
    }

    #[test]
    fn lists_of_different_lengths_share_a_few_statements() {
        assert_eq!(asked!(Sqlite, 1), "`boxes`.`id` IN (?)");
        assert_eq!(asked!(Sqlite, 3), "`boxes`.`id` IN (?, ?, ?, ?)");
        assert_eq!(asked!(Sqlite, 3), asked!(Sqlite, 4));
        assert_ne!(asked!(Sqlite, 4), asked!(Sqlite, 5));
        assert_eq!(asked!(Pg, 3), "\"boxes\".\"id\" = ANY($1)");
    }

    #[test]
    fn nothing_is_one_of_none() {
        assert_eq!(asked!(Sqlite, 0), "(1=0)");
    }
}
