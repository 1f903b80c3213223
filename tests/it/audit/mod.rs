//! The audit log: its tree, its signatures, and whoever tampers with it (L13, P8).

mod access;
mod agree;
mod erasure;
mod places;
mod refusal;
mod signing;
pub mod tamper;
mod weight;

use crate::support::{Cast, TestApp};
use diesel::prelude::*;
use ed25519_dalek::VerifyingKey;
use serde_json::json;
use sigap::access::{Actor, Origin, Tx};
use sigap::app::{Caller, ledger};
use sigap::audit::checkpoint::{Keys, Note};
use sigap::audit::sequence::{self, Head};
use sigap::audit::verify::Finding;
use sigap::audit::{inspect, store};
use sigap::db::{Id, schema};
use sigap::on;

/// Gives every entry its place and signs.
pub async fn settle(app: &TestApp) {
    ledger::place(&app.app).await.unwrap();
    ledger::sign(&app.app, 0).await.unwrap();
}

/// A region in which something has happened, with two checkpoints.
pub async fn lived() -> Cast {
    let cast = Cast::new().await;
    settle(&cast.app).await;
    let ticket = cast.requester.open("SIMPEG tidak bisa dibuka").await;
    cast.tier1.act(&ticket, "start", json!({})).await.ok();
    let ask = json!({ "reason": "Di luar wewenang.", "tried": "Mulai ulang.", "requested": "Periksa server." });
    cast.tier1.act(&ticket, "escalate", ask).await.ok();
    settle(&cast.app).await;
    cast.tier2.act(&ticket, "start", json!({})).await.ok();
    cast.tier2.act(&ticket, "resolve", json!({ "resolution": "Server dihidupkan." })).await.ok();
    settle(&cast.app).await;
    cast
}

pub async fn head(app: &TestApp, log: Id) -> Head {
    app.within(move |tx| Ok(sequence::head(tx, log)?.unwrap())).await
}

pub fn keys(app: &TestApp, log: Id) -> Vec<VerifyingKey> {
    app.app.signer.public(log).unwrap()
}

/// What the verifier says of a log, after `change` was done to the database and before it is undone.
pub async fn look_after<F>(app: &TestApp, log: Id, known: Vec<Note>, change: F) -> Finding
where
    F: Fn(&mut Tx<'_>) + Send + 'static,
{
    let (keys, last) = (keys(app, log), app.app.signer.last(log).unwrap());
    let (tell, told) = std::sync::mpsc::channel();
    let outcome = app.app.write(Caller::Known(Actor::anonymous()), Origin::default(), move |tx| {
        unguard(tx);
        change(tx);
        let heads = inspect::logs(tx)?;
        let head = heads.into_iter().find(|head| head.log_id == log);
        let found = match head {
            Some(head) => inspect::inspect(tx, &head, Keys::all(&keys), last.as_ref(), &known)?,
            None => Finding { faults: vec![(None, "no such log".into())], ..Finding::default() },
        };
        tell.send(found).unwrap();
        Err::<(), _>(sigap::error::Error::internal("taken back"))
    });
    assert!(outcome.await.unwrap_err().to_string().contains("taken back"));
    told.try_iter().last().unwrap()
}

/// What the verifier says of a log as it is.
pub async fn look(app: &TestApp, log: Id) -> Finding {
    look_after(app, log, Vec::new(), |_| {}).await
}

/// Takes the triggers away, as whoever holds the database can.
fn unguard(tx: &mut Tx<'_>) {
    use sigap::db::Conn;
    let run = |tx: &mut Tx<'_>, sqlite: &str, postgres: &str| match tx.conn() {
        Conn::Sqlite(c) => diesel::sql_query(sqlite).execute(&mut **c).unwrap(),
        Conn::Pg(c) => diesel::sql_query(postgres).execute(&mut **c).unwrap(),
    };
    run(tx, "DROP TRIGGER IF EXISTS audit_entries_keep", "DROP TRIGGER IF EXISTS audit_entries_keep ON audit_entries");
    run(tx, "DROP TRIGGER IF EXISTS audit_entries_stay", "DROP TRIGGER IF EXISTS audit_entries_stay ON audit_entries");
}

/// Entries of a log in their order.
pub fn entries(tx: &mut Tx<'_>, log: Id) -> Vec<store::Stored> {
    store::from(tx, log, 0, 100_000).unwrap()
}

pub async fn count(app: &TestApp) -> i64 {
    app.within(|tx| Ok(on!(tx.conn(), |c| schema::audit_entries::table.count().get_result(c))?)).await
}
