//! The queries that run all day find their rows by an index, whatever the number of clocks: the very text that the
//! program sends is explained.

use crate::support::TestApp;
use diesel::connection::{Instrumentation, InstrumentationEvent, SimpleConnection};
use diesel::prelude::*;
use diesel::sql_types::Text;
use sigap::access::Tx;
use sigap::db::Conn;
use sigap::db::page::Paging;
use sigap::error::Result;
use sigap::on;
use sigap::org::{actor, person};
use sigap::ticket::deadline;
use sigap::ticket::list::{self, Filter, Sort};
use std::sync::{Arc, Mutex};

type Heard = Arc<Mutex<Vec<String>>>;

fn listener(heard: &Heard) -> impl Instrumentation + use<> {
    let heard = Arc::clone(heard);
    move |event: InstrumentationEvent<'_>| {
        if let InstrumentationEvent::StartQuery { query, .. } = event {
            // The text goes up to the list of its values.
            let text = query.to_string();
            heard.lock().unwrap().push(text.split(" -- binds").next().unwrap().to_owned());
        }
    }
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    detail: String,
}

#[derive(QueryableByName)]
struct PgLine {
    #[diesel(sql_type = Text, column_name = "QUERY PLAN")]
    line: String,
}

/// The plan for any values: SQLite's by the text alone, PostgreSQL's of a prepared statement, as of a large table.
fn explained(conn: &mut Conn<'_>, query: &str) -> String {
    match conn {
        Conn::Sqlite(c) => {
            let rows: Vec<Line> = diesel::sql_query(format!("EXPLAIN QUERY PLAN {query}")).load(&mut **c).unwrap();
            rows.into_iter().map(|row| row.detail).collect::<Vec<_>>().join("\n")
        }
        Conn::Pg(c) => {
            // These tables are as good as empty: reading or sorting them whole would be cheapest, and is forbidden.
            c.batch_execute(
                "SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off; \
                 SET LOCAL plan_cache_mode = force_generic_plan",
            )
            .unwrap();
            c.batch_execute(&format!("PREPARE asked AS {query}")).unwrap();
            let count = (1..1_000).take_while(|n| query.contains(&format!("${n}"))).count();
            let nulls = vec!["NULL"; count].join(", ");
            let values = if count == 0 { String::new() } else { format!("({nulls})") };
            let rows: Vec<PgLine> = diesel::sql_query(format!("EXPLAIN EXECUTE asked{values}")).load(&mut **c).unwrap();
            c.batch_execute("DEALLOCATE asked").unwrap();
            rows.into_iter().map(|row| row.line).collect::<Vec<_>>().join("\n")
        }
    }
}

/// Plans of the queries that `work` sends and whose text has `word`.
async fn plans(app: &TestApp, part: &'static str, work: fn(&mut Tx<'_>) -> Result<()>) -> Vec<String> {
    app.within(move |tx| {
        let heard = Heard::default();
        on!(tx.conn(), |c| c.set_instrumentation(listener(&heard)));
        let outcome = work(tx);
        on!(tx.conn(), |c| c.set_instrumentation(None::<Box<dyn Instrumentation>>));
        outcome?;
        let heard = heard.lock().unwrap().clone();
        Ok(heard.iter().filter(|q| q.contains(part)).map(|q| explained(tx.conn(), q)).collect())
    })
    .await
}

#[actix_web::test]
async fn what_is_due_is_found_by_its_index_and_nothing_is_sorted() {
    let app = TestApp::new().await;
    let work = |tx: &mut Tx<'_>| deadline::due(tx, 200).map(drop);
    for (word, index) in [
        ("next_at", "sla_clocks_next"),
        ("close_at", "ticket_deadlines_close"),
        ("pending_until", "tickets_pending_until"),
    ] {
        let found = plans(&app, word, work).await;
        assert_eq!(found.len(), 1, "{word}");
        assert!(found[0].contains(index), "{}", found[0]);
        assert!(!found[0].contains("Sort") && !found[0].contains("TEMP B-TREE"), "{}", found[0]);
    }
}

#[actix_web::test]
async fn the_list_by_deadline_is_read_off_its_index() {
    let app = TestApp::new().await;
    let found = plans(&app, "ORDER BY", |tx| {
        let coordinator = person::by_login(tx, None, "koordinator@lebakkab.go.id")?.unwrap().id;
        let now = tx.now;
        let actor = actor::as_person(tx.conn(), coordinator)?;
        let filter = Filter { sort: Some(Sort::Due), ..Filter::default() };
        list::list(&mut tx.acting_as(actor, now), &filter, &Paging { limit: Some(50), cursor: None }).map(drop)
    })
    .await;
    let by_deadline: Vec<&String> = found.iter().filter(|plan| plan.contains("ticket_deadlines_due")).collect();
    assert!(!by_deadline.is_empty(), "{found:#?}");
    let plan = by_deadline[0];
    assert!(!plan.contains("Sort") && !plan.contains("TEMP B-TREE"), "{plan}");
}
