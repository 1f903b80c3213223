//! Statements that are kept prepared, without asking each time whether they may be. Diesel never keeps an `UPDATE` or an
//! upsert: on SQLite each would be parsed anew, and with it every trigger of its table, which costs more than running it. Of
//! every other statement it walks through all parts for the answer, which costs a good part of a short one.

use diesel::Connection;
use diesel::backend::Backend;
use diesel::query_builder::{AsQuery, AstPass, Query, QueryFragment, QueryId};
use diesel::query_dsl::RunQueryDsl;
use diesel::query_dsl::methods::{ExecuteDsl, LoadQuery};
use diesel::result::{Error, QueryResult};
use diesel::sql_types::Integer;

/// See [`Keep::kept`].
#[derive(Debug, Clone, Copy)]
pub struct Kept<S>(S);

/// A statement that returns rows, and can be kept.
pub trait Keep: AsQuery + Sized {
    /// The same, kept prepared. Only for one that has few texts, because what is kept is not given up while its connection
    /// lives: no list of any length is in it ([`super::one_of`] has few), and no text of a caller's.
    fn kept(self) -> Kept<Self::Query> {
        Kept(self.as_query())
    }
}

impl<S: AsQuery> Keep for S {}

impl<S, Conn> RunQueryDsl<Conn> for Kept<S> {
    // Diesel asks a statement without rows whether it may be kept through a reference, which forgets our answer: [`change`].
    fn execute(self, _: &mut Conn) -> QueryResult<usize>
    where
        Conn: Connection,
        Self: ExecuteDsl<Conn>,
    {
        Err(Error::QueryBuilderError("a change that is kept must say what it returns".into()))
    }
}

impl<S: QueryId> QueryId for Kept<S> {
    type QueryId = S::QueryId;
    const HAS_STATIC_QUERY_ID: bool = S::HAS_STATIC_QUERY_ID;
}

impl<S: Query> Query for Kept<S> {
    type SqlType = S::SqlType;
}

impl<DB: Backend, S: QueryFragment<DB>> QueryFragment<DB> for Kept<S> {
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.0.walk_ast(out)
    }

    fn is_safe_to_cache_prepared(&self, _: &DB) -> QueryResult<bool> {
        Ok(true)
    }
}

/// See [`change`].
#[derive(Debug)]
pub struct Change<S>(S);

/// Runs a change that returns nothing, kept as [`Keep::kept`] says, without asking each time whether it may be: diesel asks
/// what it loads itself, and of this it loads no rows.
///
/// # Errors
/// The database's.
pub fn change<'query, Conn, S>(conn: &mut Conn, statement: S) -> QueryResult<()>
where
    Change<S>: RunQueryDsl<Conn> + LoadQuery<'query, Conn, i32>,
{
    Change(statement).load::<i32>(conn).map(drop)
}

impl<S, Conn> RunQueryDsl<Conn> for Change<S> {}

impl<S: QueryId> QueryId for Change<S> {
    type QueryId = S::QueryId;
    const HAS_STATIC_QUERY_ID: bool = S::HAS_STATIC_QUERY_ID;
}

impl<S> Query for Change<S> {
    type SqlType = Integer;
}

impl<DB: Backend, S: QueryFragment<DB>> QueryFragment<DB> for Change<S> {
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.0.walk_ast(out)
    }

    fn is_safe_to_cache_prepared(&self, _: &DB) -> QueryResult<bool> {
        Ok(true)
    }
}
