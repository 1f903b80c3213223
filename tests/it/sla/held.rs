//! Timers of tickets that somebody else holds for long. On SQLite, which has one writer, these say that they are skipped.

use super::clocks::opened;
use crate::db::postgres::here;
use crate::support::{Cast, Client};
use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection};
use serde_json::{Value, json};
use sigap::sla::level::{Audience, Level};

/// Somebody whose transaction lasts, and who holds what `sql` names.
fn holding(cast: &Cast, sql: &str) -> PgConnection {
    let mut conn = PgConnection::establish(&cast.app.database.url).unwrap();
    conn.batch_execute(&format!("BEGIN; {sql} FOR UPDATE")).unwrap();
    conn
}

/// A ticket of Blora that waits until `until`, and whoever sees it.
async fn waiting_elsewhere(cast: &Cast, until: &str) -> (Client, Value) {
    let requester = cast.app.sign_in("pegawai.dinkes@blorakab.go.id").await;
    let tier1 = cast.app.sign_in("teknisi.dinkes@blorakab.go.id").await;
    let ticket = opened(&requester, "mm").await;
    pend(&tier1, &ticket, until).await;
    (tier1, ticket)
}

async fn pend(who: &Client, ticket: &Value, until: &str) {
    who.act(ticket, "pend", json!({ "reason": "scheduled", "until": until })).await.ok();
}

#[actix_web::test]
async fn a_ticket_that_somebody_holds_keeps_no_timer_waiting_but_its_own() {
    if !here() {
        return;
    }
    let cast = Cast::since("2026-07-06 08:00").await;
    let [held, free] = [opened(&cast.requester, "mm").await, opened(&cast.requester, "mm").await];
    for ticket in [&held, &free] {
        pend(&cast.tier1, ticket, "2026-07-06T10:00:00+07:00").await;
    }
    let (stranger, elsewhere) = waiting_elsewhere(&cast, "2026-07-06T10:00:01+07:00").await;
    let mut holder = holding(&cast, &format!("SELECT 1 FROM tickets WHERE id = '{}'", held["id"].as_str().unwrap()));
    cast.tick_at("2026-07-06 10:00:02").await;
    assert_eq!(stranger.see(&elsewhere).await.ok()["status"], "in_progress");
    assert_eq!(cast.tier1.see(&free).await.ok()["status"], "in_progress");
    assert_eq!(cast.tier1.see(&held).await.ok()["status"], "pending");
    holder.batch_execute("ROLLBACK").unwrap();
    cast.app.tick().await;
    assert_eq!(cast.tier1.see(&held).await.ok()["status"], "in_progress");
    assert_eq!(cast.tier1.story(&held).await, ["opened", "pended", "resumed"]);
}

#[actix_web::test]
async fn a_region_of_which_somebody_holds_the_numbers_keeps_the_timers_of_no_other_waiting() {
    if !here() {
        return;
    }
    let cast = Cast::since("2026-07-06 08:00").await;
    let up = Level { hand_over: true, ..Level::at(50, &[Audience::Assignee]) };
    cast.app.agree(move |terms| terms.levels = vec![up.clone()]).await;
    let tickets = [opened(&cast.requester, "mm").await, opened(&cast.requester, "mm").await];
    for ticket in &tickets {
        cast.tier1.start(ticket).await.ok();
    }
    let (stranger, elsewhere) = waiting_elsewhere(&cast, "2026-07-07T13:30:01+07:00").await;
    let lebak = cast.app.region("lebak").await;
    let mut holder = holding(&cast, &format!("SELECT 1 FROM ticket_numbers WHERE region_id = '{lebak}'"));
    cast.tick_at("2026-07-07 13:30:02").await;
    assert_eq!(stranger.see(&elsewhere).await.ok()["status"], "in_progress");
    assert_eq!(cast.tier1.see(&tickets[0]).await.ok()["tier"], 1);
    holder.batch_execute("ROLLBACK").unwrap();
    cast.app.tick().await;
    for ticket in &tickets {
        assert_eq!(cast.tier2.see(ticket).await.ok()["tier"], 2);
        let story = cast.tier2.story(ticket).await;
        assert_eq!(story.iter().filter(|kind| *kind == "escalated").count(), 1, "{story:?}");
    }
}
