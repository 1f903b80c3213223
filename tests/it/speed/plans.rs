//! By which index a statement is read, and that none reads all tickets.

use super::Desk;
use crate::support::TestApp;
use actix_web::http::Method;
use diesel::prelude::*;
use diesel::sql_types::Text;
use sigap::db::{Conn, Store};
use sigap::error::Result;

#[derive(QueryableByName)]
struct Step {
    #[diesel(sql_type = Text)]
    detail: String,
}

#[derive(QueryableByName)]
struct Planned {
    #[diesel(sql_type = Text, column_name = "QUERY PLAN")]
    detail: String,
}

/// The plan of a statement, whatever its values; on PostgreSQL as if reading a whole table were very dear, so that one
/// that does so has no index to go by.
fn plan(conn: &mut Conn<'_>, sql: &str) -> Result<Vec<String>> {
    match conn {
        Conn::Sqlite(c) => {
            let steps: Vec<Step> = diesel::sql_query(format!("EXPLAIN QUERY PLAN {sql}")).load(&mut **c)?;
            Ok(steps.into_iter().map(|s| s.detail).collect())
        }
        Conn::Pg(c) => {
            let run = |c: &mut PgConnection, sql: &str| diesel::sql_query(sql).execute(c);
            run(c, "SET LOCAL plan_cache_mode = force_generic_plan")?;
            run(c, "SET LOCAL enable_seqscan = off")?;
            run(c, &format!("PREPARE looked_at AS {sql}"))?;
            let count = (1..100).take_while(|n| sql.contains(&format!("${n}"))).count();
            let nulls = if count == 0 { String::new() } else { format!("({})", vec!["NULL"; count].join(", ")) };
            let steps: Vec<Planned> = diesel::sql_query(format!("EXPLAIN EXECUTE looked_at{nulls}")).load(&mut **c)?;
            run(c, "DEALLOCATE looked_at")?;
            Ok(steps.into_iter().map(|s| s.detail).collect())
        }
    }
}

/// Tables that grow with the tickets, and those from which what has run out is removed.
const LARGE: [&str; 17] = [
    "tickets",
    "events",
    "comments",
    "handovers",
    "sla_clocks",
    "sla_facts",
    "ticket_deadlines",
    "ticket_texts",
    "notices",
    "audit_entries",
    "sessions",
    "refresh_tokens",
    "one_time_links",
    "sign_in_attempts",
    "idempotency_keys",
    "drafts",
    "inbound_mails",
];

fn reads_all(step: &str) -> bool {
    LARGE.iter().any(|table| {
        let whole = [format!("SCAN {table}"), format!("Seq Scan on {table}")];
        whole.iter().any(|w| step.trim().trim_start_matches("-> ").trim().starts_with(w.as_str()))
    })
}

#[actix_web::test]
async fn no_statement_of_reading_listing_searching_or_watching_reads_all_tickets() {
    let desk = Desk::new().await;
    let mut asked = Vec::new();
    for who in [&desk.chief, &desk.tier1, &desk.requester] {
        for path in [
            "/tickets?limit=50",
            "/tickets?limit=50&status=open",
            "/tickets?limit=50&sort=priority",
            "/tickets?limit=50&sort=due_at",
            "/tickets?limit=50&q=internet",
            "/tickets?limit=50&q=LBK-2026",
            "/tickets?limit=50&sla=breached",
            "/tickets?limit=50&sla=overdue&sort=due_at",
            "/tickets?limit=50&assignee=me",
            "/notices",
        ] {
            asked.extend(desk.of(who, path).await);
        }
    }
    asked.extend(desk.of(&desk.chief, &format!("/tickets/{}", desk.number)).await);
    for page in ["/overview", "/staff", "/tickets", "/tickets?who=none&sla=overdue", "/tickets?sla=breached"] {
        asked.extend(desk.of_page(page).await);
    }
    asked.sort();
    asked.dedup();
    assert!(asked.len() > 20, "{}", asked.len());
    // Whoever asks for none of an empty list gets none, without a look at the table.
    asked.retain(|sql| !sql.contains("(1=0)"));
    let faults = desk
        .app
        .look(move |conn| {
            let mut faults = Vec::new();
            for sql in &asked {
                let steps = plan(conn, sql)?;
                if steps.iter().any(|step| reads_all(step)) {
                    faults.push(format!("{sql}\n    {}", steps.join("\n    ")));
                }
            }
            Ok(faults)
        })
        .await;
    assert!(faults.is_empty(), "{}", faults.join("\n\n"));
}

/// SQLite's planner goes by figures that a migration states, so an index without one would be planned by a guess.
#[actix_web::test]
async fn every_index_of_the_tickets_and_of_the_audit_log_has_its_figures_and_they_are_those_of_a_large_desk() {
    let app = TestApp::new().await;
    let bare = app
        .look(|conn| {
            let Conn::Sqlite(c) = conn else { return Ok(Vec::new()) };
            let sql = "SELECT i.name AS detail FROM sqlite_master t JOIN pragma_index_list(t.name) i \
                       LEFT JOIN sqlite_stat1 s ON s.idx = i.name \
                       WHERE t.name IN ('tickets', 'audit_entries') AND s.stat IS NULL";
            let rows: Vec<Step> = diesel::sql_query(sql).load(&mut **c)?;
            Ok(rows.into_iter().map(|row| row.detail).collect::<Vec<_>>())
        })
        .await;
    assert!(bare.is_empty(), "{bare:?}");
}

/// A page is read from where it begins, however deep it lies: its cursor is a range of the index.
#[actix_web::test]
async fn the_second_page_of_a_list_begins_in_the_index_where_the_first_one_ended() {
    let desk = Desk::new().await;
    if !matches!(desk.app.app.store, Store::Sqlite(_)) {
        return;
    }
    for (asked, index) in [
        ("sort=-created_at", "tickets_region_created (region_id=? AND (created_at,id)<(?,?))"),
        ("sort=created_at", "tickets_region_created (region_id=? AND (created_at,id)>(?,?))"),
        ("sort=priority", "tickets_region_priority (region_id=? AND (priority,created_at,id)>(?,?,?))"),
        ("sort=priority&status=open", "tickets_open_priority (region_id=? AND (priority,created_at,id)>(?,?,?))"),
    ] {
        let path = format!("/tickets?limit=1&{asked}");
        let cursor = desk.chief.get(&path).await.ok()["next_cursor"].as_str().unwrap().to_owned();
        let asked = desk.of(&desk.chief, &format!("{path}&cursor={cursor}")).await;
        let sql = asked.into_iter().find(|sql| sql.contains("`tickets`.`description`")).unwrap();
        let steps = desk.app.look(move |conn| plan(conn, &sql)).await.join("\n");
        assert!(steps.contains(index), "{path}: {steps}");
    }
}

/// On SQLite, as below: an import asks this for each of its lines, and whoever signs in for his.
#[actix_web::test]
async fn a_login_is_found_by_the_indexes_of_addresses_and_nips() {
    let desk = Desk::new().await;
    if !matches!(desk.app.app.store, Store::Sqlite(_)) {
        return;
    }
    let admin = desk.app.lebak("admin").await;
    let csv = [("content-type", "text/csv")];
    desk.heard.take();
    let file = b"name,email\nBaru,baru@lebakkab.go.id\n".to_vec();
    admin.raw(Method::POST, "/people/import?dry_run=true", &csv, file).await.ok();
    desk.app.lebak("pegawai.dinkes").await;
    // A list goes by the address, signing in by either.
    let asked: Vec<String> = desk.heard.take().into_iter().filter(|sql| sql.contains("`people`.`email` =")).collect();
    let by_nip = |sql: &str| sql.contains("`people`.`nip` =");
    assert!(asked.len() >= 2 && asked.iter().any(|sql| by_nip(sql)), "{asked:#?}");
    for sql in asked {
        let needs_nip = by_nip(&sql);
        let steps = desk.app.look(move |conn| plan(conn, &sql)).await.join("\n");
        assert!(steps.contains("(email=?)") && (!needs_nip || steps.contains("people_nip (nip=?)")), "{steps}");
    }
}

/// On SQLite, whose plans are the same at every size; PostgreSQL chooses by what it counts in the table.
#[actix_web::test]
async fn each_list_is_read_by_the_index_that_knows_most_of_it() {
    let desk = Desk::new().await;
    if !matches!(desk.app.app.store, Store::Sqlite(_)) {
        return;
    }
    for (who, path, index) in [
        (&desk.chief, "/tickets?limit=50&status=open", "tickets_open (region_id=?)"),
        (&desk.tier1, "/tickets?limit=50&status=open", "tickets_open (region_id=?)"),
        (&desk.chief, "/tickets?limit=50&status=open&sort=priority", "tickets_open_priority (region_id=?)"),
        (&desk.tier1, "/tickets?limit=50&status=open&sort=priority", "tickets_open_priority (region_id=?)"),
        (&desk.chief, "/tickets?limit=50", "tickets_region_created"),
        (&desk.requester, "/tickets?limit=50", "tickets_requester_created"),
        (&desk.requester, "/tickets?limit=50&status=open", "tickets_requester_created"),
        (&desk.requester, "/tickets?limit=50&status=resolved,closed,cancelled", "tickets_requester_created"),
        (&desk.chief, "/tickets?limit=50&sla=overdue&sort=due_at", "ticket_deadlines_due (region_id=?"),
        (&desk.chief, "/tickets?limit=50&tier=1&status=new,in_progress", "tickets_open (region_id=?)"),
        (&desk.tier1, "/tickets?limit=50&status=pending", "tickets_open (region_id=?)"),
        (&desk.tier1, "/tickets?limit=50&assignee=me", "tickets_assignee_status (assignee_id=?)"),
        (&desk.chief, "/tickets?limit=50&sla=overdue", "ticket_deadlines_due (region_id=? AND due_at"),
        (&desk.chief, "/tickets?limit=50&sla=overdue", "SEARCH tickets USING INDEX sqlite_autoindex_tickets_1 (id=?)"),
        (&desk.tier1, "/tickets?limit=50&sla=at_risk", "ticket_deadlines_risk (region_id=? AND risk_at"),
        (&desk.tier1, "/tickets?limit=50&sla=at_risk", "SEARCH tickets USING INDEX sqlite_autoindex_tickets_1 (id=?)"),
        (&desk.chief, "/tickets?limit=50&q=LBK-2026-0001", "sqlite_autoindex_tickets_2 (number>? AND number<?)"),
    ] {
        let asked = desk.of(who, path).await;
        let sql = asked.into_iter().find(|sql| sql.contains("`tickets`.`description`")).unwrap();
        let steps = desk.app.look(move |conn| plan(conn, &sql)).await.join("\n");
        assert!(steps.contains(index), "{path}: {index} is not in\n{steps}");
    }
    let asked = desk.of_page("/overview").await;
    let is_overdue =
        |sql: &String| sql.contains("`standing`.`due_at` <= ") && !sql.contains("`standing`.`breached_at`");
    let sql = asked.into_iter().find(is_overdue).unwrap();
    let steps = desk.app.look(move |conn| plan(conn, &sql)).await.join("\n");
    let range =
        steps.lines().any(|step| step.contains("ticket_deadlines_due (region_id=?") && step.contains("due_at<?"));
    assert!(range, "what is overdue: {steps}");
}

/// Every page counts what is unread, which stays little however much was read.
#[actix_web::test]
async fn what_is_unread_is_counted_by_an_index_of_nothing_else() {
    let desk = Desk::new().await;
    let asked = desk.of_page("/tickets").await;
    let counts = asked.into_iter().find(|sql| sql.contains("notices") && sql.contains("IS NULL")).unwrap();
    let steps = desk.app.look(move |conn| plan(conn, &counts)).await.join("\n");
    assert!(steps.contains("notices_unread"), "{steps}");
}

/// Each node asks for it every ten minutes.
#[actix_web::test]
async fn what_waits_for_somebody_who_has_left_is_looked_for_among_what_is_unfinished() {
    let desk = Desk::new().await;
    desk.heard.take();
    sigap::worker::upkeep::run(&desk.app.app).await.unwrap();
    let asked: Vec<String> = desk.heard.take().into_iter().filter(|sql| sql.contains("pending_reason")).collect();
    assert_eq!(asked.len(), 1, "where there is none, no more is asked: {asked:#?}");
    let steps = desk.app.look(move |conn| plan(conn, &asked[0])).await;
    assert!(steps.iter().any(|step| step.contains("tickets_open")), "{steps:#?}");
}

/// Each node asks for it every ten minutes, of sessions and tries of months.
#[actix_web::test]
async fn what_has_run_out_is_found_by_an_index_in_every_table() {
    let desk = Desk::new().await;
    desk.heard.take();
    sigap::worker::upkeep::run(&desk.app.app).await.unwrap();
    let mut asked = desk.heard.take();
    // None of an empty list.
    asked.retain(|sql| (sql.starts_with("DELETE FROM") || sql.starts_with("UPDATE")) && !sql.contains("(1=0)"));
    for table in ["sessions", "refresh_tokens", "one_time_links", "sign_in_attempts", "idempotency_keys", "drafts"] {
        assert!(asked.iter().any(|sql| sql.contains(table)), "{table}: {asked:#?}");
    }
    for sql in asked {
        let text = sql.clone();
        let steps = desk.app.look(move |conn| plan(conn, &text)).await;
        assert!(!steps.iter().any(|step| reads_all(step)), "{sql}: {steps:#?}");
    }
}

/// On SQLite, as above.
#[actix_web::test]
async fn what_is_looked_for_in_the_audit_log_is_read_by_the_index_that_knows_most_of_it() {
    let desk = Desk::new().await;
    if !matches!(desk.app.app.store, Store::Sqlite(_)) {
        return;
    }
    let [auditor, admin] = [desk.app.lebak("auditor").await, desk.app.lebak("admin").await];
    let ticket = desk.chief.get(&format!("/tickets/{}", desk.number)).await.ok()["id"].as_str().unwrap().to_owned();
    let me = desk.chief.id().await;
    for (who, asked, index) in [
        (&auditor, String::new(), "audit_entries_region (region_id=?)"),
        (&auditor, format!("&object={ticket}"), "audit_entries_object (object_id=?)"),
        (&auditor, format!("&object={ticket}&action=ticket.opened"), "audit_entries_object (object_id=?)"),
        (&auditor, "&action=grant.give".to_owned(), "audit_entries_action (region_id=? AND action=?)"),
        (
            &auditor,
            "&action=grant.give&day=2026-03-02".to_owned(),
            "audit_entries_action (region_id=? AND action=? AND at>? AND at<?)",
        ),
        (&auditor, format!("&actor={me}"), "audit_entries_actor (actor_id=?)"),
        (&auditor, format!("&actor={me}&action=ticket.opened"), "audit_entries_actor (actor_id=?)"),
        (&admin, String::new(), "audit_entries_settings (region_id=?)"),
        (&admin, "&action=opd.create".to_owned(), "audit_entries_action (region_id=? AND action=?)"),
    ] {
        let heard = desk.of(who, &format!("/audit/entries?limit=50{asked}")).await;
        let sql = heard.into_iter().find(|sql| sql.contains("`audit_entries`.`detail`")).unwrap();
        let steps = desk.app.look(move |conn| plan(conn, &sql)).await.join("\n");
        assert!(steps.contains(index) && !steps.contains("TEMP B-TREE"), "{asked}: {index} is not in\n{steps}");
    }
}

/// On SQLite, as above: of what waits in a log each batch would else walk through all, and sort it.
#[actix_web::test]
async fn what_gets_its_place_next_is_the_beginning_of_an_index_of_what_waits() {
    let desk = Desk::new().await;
    if !matches!(desk.app.app.store, Store::Sqlite(_)) {
        return;
    }
    desk.heard.take();
    let platform = sigap::audit::Object { kind: "backup", id: None, region: None };
    desk.app.within(move |tx| sigap::audit::append(tx, "backup.make", platform, serde_json::json!({}))).await;
    desk.requester.open("SIMPEG lambat").await;
    sigap::app::ledger::place(&desk.app.app).await.unwrap();
    let mut asked = desk.heard.take();
    asked.retain(|sql| sql.contains("`audit_entries`.`leaf` FROM") && sql.contains("ORDER BY"));
    asked.sort();
    asked.dedup();
    assert_eq!(asked.len(), 2, "of the platform, and of a region: {asked:#?}");
    for sql in asked {
        let steps = desk.app.look(move |conn| plan(conn, &sql)).await.join("\n");
        assert!(steps.contains("audit_entries_waiting") && !steps.contains("TEMP B-TREE"), "{steps}");
    }
}

/// A log has one a minute, for years.
#[actix_web::test]
async fn a_bundle_reads_no_checkpoints_but_its_own() {
    let desk = Desk::new().await;
    crate::audit::settle(&desk.app).await;
    let auditor = desk.app.lebak("auditor").await;
    let asked = desk.of_file(&auditor, "/audit/bundle?from=3").await;
    let notes: Vec<String> = asked.into_iter().filter(|sql| sql.contains("audit_checkpoints")).collect();
    assert!(
        !notes.is_empty() && notes.iter().all(|sql| sql.contains("BETWEEN") || sql.contains("LIMIT")),
        "{notes:#?}"
    );
}
