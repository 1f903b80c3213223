//! Columns of a statement whose text is put together once. Diesel walks through all columns of a row for each text and again for
//! its values, though columns have none: of a short statement that is the dearest part.

use crate::ready::Ready;
use diesel::backend::Backend;
use diesel::expression::{AppearsOnTable, Expression, SelectableExpression, ValidGrouping};
use diesel::query_builder::{AstPass, QueryBuilder as _, QueryFragment, QueryId};
use diesel::result::{Error, QueryResult};
use std::any::TypeId;

/// The texts, by the type of their columns and the database.
static TEXTS: Ready<TypeId, String> = Ready::holding(256);

/// See [`columns`].
#[derive(Debug, Clone, Copy)]
pub struct Columns<E>(E);

/// The same columns. Only for what holds no values and is the same text wherever it stands: columns of a `SELECT`.
pub const fn columns<E: Expression>(selection: E) -> Columns<E> {
    Columns(selection)
}

impl<E: Expression> Expression for Columns<E> {
    type SqlType = E::SqlType;
}

impl<E, From> AppearsOnTable<From> for Columns<E> where E: AppearsOnTable<From> {}

impl<E, From> SelectableExpression<From> for Columns<E> where E: SelectableExpression<From> {}

impl<E, GroupBy> ValidGrouping<GroupBy> for Columns<E>
where
    E: ValidGrouping<GroupBy>,
{
    type IsAggregate = E::IsAggregate;
}

impl<E: QueryId> QueryId for Columns<E> {
    type QueryId = E::QueryId;
    const HAS_STATIC_QUERY_ID: bool = E::HAS_STATIC_QUERY_ID;
}

impl<E, DB> QueryFragment<DB> for Columns<E>
where
    E: QueryFragment<DB> + 'static,
    DB: Backend + 'static,
    DB::QueryBuilder: Default,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        let text = TEXTS.get_or(TypeId::of::<(E, DB)>(), || {
            let mut text = DB::QueryBuilder::default();
            self.0.to_sql(&mut text, out.backend())?;
            Ok::<_, Error>(text.finish())
        })?;
        out.push_sql(&text);
        Ok(())
    }
}
