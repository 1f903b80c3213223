//! Columns of a statement whose text is put together once. Diesel walks through all columns of a row for each text and again for
//! its values, though columns have none: of a short statement that is the dearest part.

use diesel::backend::Backend;
use diesel::expression::{AppearsOnTable, Expression, SelectableExpression, ValidGrouping};
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::result::QueryResult;
use std::any::TypeId;
use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

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
        let text = text(&self.0, out.backend())?;
        out.push_sql(text);
        Ok(())
    }
}

/// The text of columns; each is made once in the life of the program, and they are few.
fn text<E, DB>(selection: &E, backend: &DB) -> QueryResult<&'static str>
where
    E: QueryFragment<DB> + 'static,
    DB: Backend + 'static,
    DB::QueryBuilder: Default,
{
    static TEXTS: RwLock<Option<HashMap<TypeId, &'static str>>> = RwLock::new(None);
    let key = TypeId::of::<(E, DB)>();
    let held = TEXTS.read().unwrap_or_else(PoisonError::into_inner).as_ref().and_then(|texts| texts.get(&key).copied());
    if let Some(text) = held {
        return Ok(text);
    }
    let mut builder = DB::QueryBuilder::default();
    selection.to_sql(&mut builder, backend)?;
    let text: &'static str = String::leak(diesel::query_builder::QueryBuilder::<DB>::finish(builder));
    TEXTS.write().unwrap_or_else(PoisonError::into_inner).get_or_insert_default().insert(key, text);
    Ok(text)
}
