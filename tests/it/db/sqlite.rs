//! The embedded database is as durable as promised (reliability.md, 0.1).

use super::group_commit::{note, notes};
use crate::support::db::Database;
use diesel::RunQueryDsl;
use diesel::connection::SimpleConnection;
use sigap::db::{Conn, Store};
use sigap::error::{Error, Result};

#[derive(diesel::QueryableByName)]
struct Text {
    #[diesel(sql_type = diesel::sql_types::Text)]
    value: String,
}

fn pragma(conn: &mut Conn<'_>, name: &str) -> Result<String> {
    let Conn::Sqlite(conn) = conn else { return Err(Error::internal("not SQLite")) };
    let sql = format!("SELECT CAST({name} AS TEXT) AS value FROM pragma_{name}");
    Ok(diesel::sql_query(sql).get_result::<Text>(*conn)?.value)
}

async fn of(store: &Store, name: &'static str, written: bool) -> String {
    let ask = move |conn: &mut Conn<'_>| pragma(conn, name);
    if written { store.write(ask).await.unwrap() } else { store.read(ask).await.unwrap() }
}

fn sqlite() -> (tempfile::TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("sigap.db").display());
    let store = Store::open(&url, 1, 30).unwrap();
    (folder, store)
}

#[actix_web::test]
async fn the_writer_syncs_every_commit_and_readers_can_not_write() {
    let (_folder, store) = sqlite();
    for (name, writer, reader) in [
        ("journal_mode", "wal", "wal"),
        ("synchronous", "2", "2"),
        ("foreign_keys", "1", "1"),
        ("query_only", "0", "1"),
    ] {
        assert_eq!(of(&store, name, true).await, writer, "{name} of the writer");
        assert_eq!(of(&store, name, false).await, reader, "{name} of a reader");
    }
    let refused = store
        .read(|conn| {
            let Conn::Sqlite(conn) = conn else { return Ok(()) };
            Ok(conn.batch_execute("DELETE FROM people")?)
        })
        .await;
    assert!(refused.is_err());
}

#[actix_web::test]
async fn after_an_orderly_stop_whoever_copies_the_one_file_has_everything() {
    let (folder, store) = sqlite();
    store.write(|conn| note(conn, "the newest")).await.unwrap();
    assert_eq!(store.read(notes).await.unwrap(), ["the newest"]);
    store.settle().unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    let copy = elsewhere.path().join("sigap.db");
    std::fs::copy(folder.path().join("sigap.db"), &copy).unwrap();
    let copied = Store::open(&format!("sqlite:{}", copy.display()), 1, 30).unwrap();
    assert_eq!(copied.read(notes).await.unwrap(), ["the newest"]);
}

#[actix_web::test]
async fn a_reader_sees_one_snapshot_while_others_write() {
    let (_folder, store) = sqlite();
    let (go, began) = std::sync::mpsc::channel();
    let (wrote, written) = std::sync::mpsc::channel::<()>();
    let count = |conn: &mut Conn<'_>| -> Result<String> {
        let Conn::Sqlite(conn) = conn else { return Err(Error::internal("not SQLite")) };
        let sql = "SELECT CAST(count(*) AS TEXT) AS value FROM sign_in_attempts";
        Ok(diesel::sql_query(sql).get_result::<Text>(*conn)?.value)
    };
    let reader = store.clone();
    let reading = actix_web::rt::spawn(async move {
        reader
            .read(move |conn| {
                let before = count(conn)?;
                go.send(()).unwrap();
                written.recv().unwrap();
                Ok((before, count(conn)?))
            })
            .await
            .unwrap()
    });
    actix_web::rt::task::spawn_blocking(move || began.recv().unwrap()).await.unwrap();
    store.write(|conn| note(conn, "x")).await.unwrap();
    wrote.send(()).unwrap();
    assert_eq!(reading.await.unwrap(), ("0".to_owned(), "0".to_owned()));
    assert_eq!(store.read(count).await.unwrap(), "1");
}

#[actix_web::test]
async fn a_file_that_is_no_database_or_a_folder_that_can_not_be_stops_the_start_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("sigap.db");
    std::fs::write(&file, "this is not a database, and long enough not to be taken for an empty one".repeat(20))
        .unwrap();
    let refusal = Store::open(&format!("sqlite:{}", file.display()), 1, 30).err().unwrap().to_string();
    assert!(refusal.contains("sigap.db") && refusal.contains("restore the newest backup"), "{refusal}");
    let below = file.join("deeper").join("sigap.db");
    let refusal = Store::open(&format!("sqlite:{}", below.display()), 1, 30).err().unwrap().to_string();
    assert!(refusal.contains("sigap.db"), "{refusal}");
}

#[actix_web::test]
async fn opening_a_database_twice_migrates_it_once() {
    let database = Database::empty();
    let first = Store::open(&database.url, 2, 30).unwrap();
    first.write(|conn| note(conn, "kept")).await.unwrap();
    drop(first);
    let second = Store::open(&database.url, 2, 30).unwrap();
    assert_eq!(second.read(notes).await.unwrap(), ["kept"]);
}
