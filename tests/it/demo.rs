//! The demo's tickets: a desk as it looks on a working day.

use crate::audit::{look, settle};
use crate::support::TestApp;
use chrono::Duration;
use diesel::prelude::*;
use futures_util::future::join;
use serde_json::{Value, json};
use sigap::db::Id;
use sigap::db::schema::{events, people, tickets};
use sigap::demo::{self, past};
use sigap::on;
use sigap::org::region;
use sigap::ticket::recompute;
use std::collections::{BTreeMap, BTreeSet};

#[actix_web::test]
async fn two_copies_that_begin_at_once_fill_the_demo_once() {
    let app = TestApp::empty().await;
    let (first, second) = join(demo::fill(&app.app), demo::fill(&app.app)).await;
    assert!(first.is_ok() && second.is_ok(), "{first:?} {second:?}");
    let (first, second) = join(demo::fill_tickets(&app.app, 2), demo::fill_tickets(&app.app, 2)).await;
    assert!(first.is_ok() && second.is_ok(), "{first:?} {second:?}");
    assert_eq!(app.lebak("koordinator").await.items("/tickets").await.len(), 2);
}

#[actix_web::test]
async fn a_demo_of_which_somebody_left_begins_again_with_the_tickets_it_has() {
    let app = TestApp::new().await;
    demo::fill_tickets(&app.app, 2).await.unwrap();
    let clerk = app.person("pegawai.dinkes@lebakkab.go.id").await;
    app.lebak("admin").await.patch(&format!("/people/{clerk}"), json!({ "active": false })).await.ok();
    demo::fill_tickets(&app.app, 2).await.unwrap();
    assert_eq!(app.lebak("koordinator").await.items("/tickets").await.len(), 2);
}

#[actix_web::test]
async fn the_demo_shows_every_state_with_most_older_tickets_done_and_nothing_left_for_the_timers() {
    let app = TestApp::new().await;
    demo::fill_tickets(&app.app, demo::tickets::PER_REGION).await.unwrap();
    for domain in ["lebakkab.go.id", "temanggungkab.go.id", "blorakab.go.id", "purbalinggakab.go.id"] {
        let coordinator = app.sign_in(&format!("koordinator@{domain}")).await;
        let listed = async |query: &str| coordinator.items(&format!("/tickets?limit=200&{query}")).await;
        let all = listed("").await;
        assert_eq!(all.len(), 120, "{domain}");
        let mut states: BTreeMap<&str, usize> = BTreeMap::new();
        for ticket in &all {
            *states.entry(ticket["status"].as_str().unwrap()).or_default() += 1;
            assert_ne!(ticket["sla"], Value::Null, "{}", ticket["number"]);
        }
        for status in ["new", "in_progress", "pending", "resolved", "closed", "cancelled"] {
            assert!(states.contains_key(status), "{domain}: {states:?}");
        }
        let (open, late, soon) =
            (listed("status=open").await, listed("status=open&sla=breached").await, listed("sla=at_risk").await);
        assert!((20..=50).contains(&open.len()), "{domain}: {} open", open.len());
        assert!(!late.is_empty() && late.len() < open.len(), "{domain}: {} late of {}", late.len(), open.len());
        assert!(soon.iter().all(|t| !late.contains(t)));
    }
    let before = app.lebak("koordinator").await.items("/notices?limit=200").await;
    app.tick().await;
    assert_eq!(app.lebak("koordinator").await.items("/notices?limit=200").await, before);
}

#[actix_web::test]
async fn a_large_demo_holds_together_as_if_its_people_had_made_it() {
    const COUNT: usize = 160;
    let app = TestApp::new().await;
    app.step(Duration::hours(7));
    let region = app.region("lebak").await;
    let lebak = app.within(move |tx| region::by_id(tx, region)).await;
    past::settle(&app.app, &lebak, (0, 4), COUNT).await.unwrap();
    past::tell(&app.app, &lebak, COUNT).await.unwrap();

    let coordinator = app.lebak("koordinator").await;
    let all = coordinator.items("/tickets?limit=200").await;
    let states: BTreeSet<&str> = all.iter().map(|t| t["status"].as_str().unwrap()).collect();
    for status in ["in_progress", "resolved", "closed", "cancelled"] {
        assert!(states.contains(status), "{states:?}");
    }
    // Numbers without a gap, findable words, a time line in which each version stands.
    let numbers: BTreeSet<&str> = all.iter().map(|t| t["number"].as_str().unwrap()).collect();
    assert_eq!(numbers.len(), COUNT);
    assert!(!coordinator.items("/tickets?q=internet&limit=200").await.is_empty());
    let (versions, steps) = app
        .look(|conn| {
            let versions = on!(conn, |c| tickets::table.select((tickets::id, tickets::version)).load::<(Id, i32)>(c))?;
            let steps = on!(conn, |c| events::table.select((events::ticket_id, events::version)).load::<(Id, i32)>(c))?;
            Ok((versions, steps.into_iter().collect::<BTreeSet<_>>()))
        })
        .await;
    for (id, version) in versions {
        assert!((1..=version).all(|v| steps.contains(&(id, v))), "{id} at {version}");
    }
    // Clocks and deadlines are what follows from their facts; nothing is left for the timers.
    let page = app.within(|tx| recompute::page(tx, None, 1000)).await;
    assert_eq!((page.tickets, page.compared.differences), (COUNT, vec![]));
    let before = coordinator.items("/notices?limit=200").await;
    app.tick().await;
    assert_eq!(coordinator.items("/notices?limit=200").await, before);
    // What people do to such a ticket goes on from there.
    let open = all.iter().find(|t| t["status"] == "in_progress").unwrap();
    let number = open["number"].as_str().unwrap();
    coordinator
        .post(&format!("/tickets/{number}/comments"), json!({ "body": "Bagaimana?", "visibility": "public" }))
        .await
        .created();
    settle(&app).await;
    let found = look(&app, region).await;
    assert!(found.entries > 0 && found.faults.is_empty(), "{:?}", found.faults);
}

#[actix_web::test]
async fn what_a_start_tells_of_the_accounts_names_each_by_its_whole_address() {
    let app = TestApp::new().await;
    let people = app.within(|tx| Ok(on!(tx.conn(), |c| people::table.select(people::email).load::<String>(c))?)).await;
    let told = demo::accounts().unwrap();
    assert!(told.len() < 10, "{told:?}");
    let told: Vec<&str> = told.iter().flat_map(|line| line.split_whitespace()).collect();
    assert!(people.len() > 40 && people.iter().all(|email| told.contains(&email.as_str())), "{told:?}");
}

// Whoever was added may be real, however the rest came to be.
#[actix_web::test]
async fn seed_refuses_a_demo_to_which_people_were_added_and_says_so() {
    let app = TestApp::new().await;
    app.within(|tx| {
        let one = people::table.filter(people::email.eq("pegawai.bpbd@lebakkab.go.id"));
        Ok(on!(tx.conn(), |c| diesel::update(one).set(people::demo.eq(false)).execute(c))?)
    })
    .await;
    let refused = sigap::cli::seed::fill(&app.app, 1).await.unwrap_err().to_string();
    assert!(
        refused.starts_with("seed: people were added to this demo") && refused.contains("SIGAP_DATA_DIR"),
        "{refused}"
    );
}

#[actix_web::test]
async fn seed_refuses_a_database_of_real_people_by_its_own_name() {
    let app = TestApp::new().await;
    app.within(|tx| Ok(on!(tx.conn(), |c| diesel::update(people::table).set(people::demo.eq(false)).execute(c))?))
        .await;
    let refused = sigap::cli::seed::fill(&app.app, 1).await.unwrap_err().to_string();
    assert_eq!(refused, "seed: this database holds real people; use one made with --demo");
}
