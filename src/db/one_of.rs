//! One of several ids, as a condition whose statement is kept prepared on both databases. Diesel's own `eq_any` is
//! prepared anew each time on SQLite, because every length of list is another text; here lists are padded to few lengths.

use super::types::{Id, Uid};
use diesel::expression::{AppearsOnTable, Expression, SelectableExpression, ValidGrouping};
use diesel::pg::Pg;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::result::QueryResult;
use diesel::sql_types::{Array, Bool};
use diesel::sqlite::Sqlite;

/// Longer lists are not kept.
const LONGEST: usize = 256;

/// See [`one_of`].
#[derive(Debug, Clone)]
pub struct OneOf<C> {
    column: C,
    ids: Vec<Id>,
}

/// `column` is one of `ids`; never, if there are none.
pub fn one_of<C: Expression<SqlType = Uid>>(column: C, ids: &[Id]) -> OneOf<C> {
    OneOf { column, ids: ids.to_vec() }
}

impl<C: Expression> Expression for OneOf<C> {
    type SqlType = Bool;
}

impl<C, From> AppearsOnTable<From> for OneOf<C> where C: AppearsOnTable<From> {}

impl<C, From> SelectableExpression<From> for OneOf<C> where C: SelectableExpression<From> {}

impl<C, GroupBy> ValidGrouping<GroupBy> for OneOf<C>
where
    C: ValidGrouping<GroupBy>,
{
    type IsAggregate = C::IsAggregate;
}

impl<C> QueryId for OneOf<C> {
    type QueryId = ();
    // The text differs with the length.
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<C: QueryFragment<Sqlite>> QueryFragment<Sqlite> for OneOf<C> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        let Some(last) = self.ids.last() else {
            out.push_sql("(1=0)");
            return Ok(());
        };
        let length = self.ids.len().next_power_of_two();
        if length > LONGEST {
            out.unsafe_to_cache_prepared();
        }
        self.column.walk_ast(out.reborrow())?;
        out.push_sql(" IN (");
        let padded = self.ids.iter().chain(std::iter::repeat(last)).take(length);
        for (place, id) in padded.enumerate() {
            if place > 0 {
                out.push_sql(", ");
            }
            out.push_bind_param::<Uid, Id>(id)?;
        }
        out.push_sql(")");
        Ok(())
    }
}

impl<C: QueryFragment<Pg>> QueryFragment<Pg> for OneOf<C> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        self.column.walk_ast(out.reborrow())?;
        out.push_sql(" = ANY(");
        out.push_bind_param::<Array<Uid>, Vec<Id>>(&self.ids)?;
        out.push_sql(")");
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Id, one_of};
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
