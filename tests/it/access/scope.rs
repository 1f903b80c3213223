//! The SQL scope and the policy say the same of every ticket to everybody.

use crate::support::TestApp;
use crate::support::app::monday_morning;
use crate::support::build::ticket;
use chrono::Duration;
use diesel::prelude::*;
use serde_json::json;
use sigap::access::policy::{Action, Verdict, decide};
use sigap::access::{Actor, Grant, Role, Subject};
use sigap::db::page::Paging;
use sigap::db::schema::tickets;
use sigap::db::{Id, Ts};
use sigap::on;
use sigap::ticket::find::{self, TicketRef};
use sigap::ticket::list::{Filter, Sort, list};
use sigap::ticket::scope::Scope;
use sigap::ticket::{Classification, Status, Ticket};
use std::collections::BTreeSet;

struct Place {
    region: Id,
    served: Id,
    other: Id,
}

/// Two regions, whoever is asked about, and tickets of every kind in both.
struct World {
    here: Place,
    away: Place,
    me: Id,
    rows: Vec<Ticket>,
}

async fn world(app: &TestApp) -> World {
    let place = async |region| Place {
        region: app.region(region).await,
        served: app.opd(region, "dinkes").await,
        other: app.opd(region, "disdik").await,
    };
    let (here, away) = (place("lebak").await, place("temanggung").await);
    let me = app.person("teknisi.dinkes@lebakkab.go.id").await;
    let somebody = app.person("pegawai.dinkes@lebakkab.go.id").await;
    let rows = every_ticket(&here, &away, me, somebody);
    World { here, away, me, rows }
}

/// Every combination of facts; one at tier 2 has always reached it, which the database holds too.
fn every_ticket(here: &Place, away: &Place, me: Id, somebody: Id) -> Vec<Ticket> {
    let mut all = Vec::new();
    let classes = [Classification::Open, Classification::Restricted, Classification::Secret];
    let whose = [(me, None), (somebody, Some(me)), (me, Some(me)), (somebody, None), (somebody, Some(somebody))];
    for place in [here, away] {
        for opd in [place.served, place.other] {
            for (requester, assignee) in whose {
                for (tier, reached) in [(1, false), (1, true), (2, true)] {
                    for (consulted, class) in [false, true].iter().flat_map(|c| classes.map(|class| (*c, class))) {
                        for status in [Status::New, Status::InProgress, Status::Closed] {
                            let mut row = ticket(place.region, opd, requester, monday_morning());
                            row.assignee_id = assignee;
                            (row.tier, row.reached_tier2, row.consulted) = (tier, reached, consulted);
                            (row.classification, row.status) = (class, status);
                            all.push(row);
                        }
                    }
                }
            }
        }
    }
    all
}

/// Every set of roles, in the region and without one, the timer of each region, and nobody at all.
fn every_actor(here: &Place, away: &Place, me: Id) -> Vec<Actor> {
    let held = [
        (Role::Requester, Some(here.served)),
        (Role::Tier1, Some(here.served)),
        (Role::Tier1, Some(here.other)),
        (Role::Tier2, None),
        (Role::Coordinator, None),
        (Role::Auditor, None),
        (Role::Admin, None),
        (Role::Operator, None),
    ];
    let mut all = Vec::new();
    for set in 0_u32..1 << held.len() {
        let grants: Vec<Grant> = held
            .iter()
            .enumerate()
            .filter(|(n, _)| set & (1 << n) != 0)
            .map(|(_, (role, opd))| Grant { role: *role, region: Some(here.region), opd: *opd })
            .collect();
        all.push(Actor { person: Some(me), region: Some(here.region), session: None, grants, timer: false });
    }
    let everything = all.last().unwrap().grants.clone();
    all.push(Actor { person: Some(me), region: None, session: None, grants: everything.clone(), timer: false });
    all.push(Actor { person: None, region: Some(here.region), session: None, grants: everything, timer: false });
    all.extend([Actor::timer(here.region), Actor::timer(away.region), Actor::anonymous()]);
    all
}

// L13
#[actix_web::test]
async fn the_scope_of_lists_and_the_policy_agree_on_every_ticket_for_every_set_of_roles() {
    let app = TestApp::new().await;
    let World { here, away, me, rows } = world(&app).await;
    assert_eq!(rows.len(), 2 * 2 * 5 * 3 * 6 * 3);
    app.plant(rows.clone()).await;
    let actors = every_actor(&here, &away, me);
    assert_eq!(actors.len(), 256 + 5);
    let (mut seen_by_somebody, mut faults) = (0, Vec::new());
    for actor in actors {
        let asked = actor.clone();
        let visible: BTreeSet<Id> = app
            .within(move |tx| {
                let ids: Vec<Id> = on!(tx.conn(), |c| tickets::table
                    .filter(<Db as Scope>::visible_to(&asked))
                    .select(tickets::id)
                    .load(c))?;
                Ok(ids.into_iter().collect())
            })
            .await;
        seen_by_somebody += visible.len();
        for row in &rows {
            let act = if actor.timer { Action::KeepTime } else { Action::Read };
            let policy = decide(&actor, act, &row.facts());
            if (policy == Verdict::Yes) != visible.contains(&row.id) {
                let roles: Vec<Role> = actor.grants.iter().map(|g| g.role).collect();
                faults.push(format!("{roles:?} {:?}: policy {policy:?}", row.facts()));
            }
        }
    }
    assert!(seen_by_somebody > 0);
    assert!(faults.is_empty(), "{} times, first:\n{}", faults.len(), faults[..faults.len().min(20)].join("\n"));
}

/// Lists lead there by several ways: what is his own, what he has in hand, and what his organisations have.
#[actix_web::test]
async fn the_pages_of_a_technician_hold_every_ticket_that_he_sees_once_and_in_order() {
    let app = TestApp::new().await;
    let World { here, me, mut rows, .. } = world(&app).await;
    for (n, row) in rows.iter_mut().enumerate() {
        let opened = monday_morning() + Duration::seconds(i64::try_from(n * 7919 % 311).unwrap());
        (row.created_at, row.updated_at) = (Ts::new(opened), Ts::new(opened));
    }
    app.plant(rows.clone()).await;
    let serves = |opd| Grant { role: Role::Tier1, region: Some(here.region), opd: Some(opd) };
    for grants in [vec![serves(here.served)], vec![serves(here.served), serves(here.other)]] {
        let actor = Actor { person: Some(me), region: Some(here.region), session: None, grants, timer: false };
        let mut seen: Vec<&Ticket> =
            rows.iter().filter(|row| decide(&actor, Action::Read, &row.facts()) == Verdict::Yes).collect();
        seen.sort_by_key(|row| (row.created_at, row.id));
        for (status, sort) in [
            (Vec::new(), Sort::Oldest),
            (vec![Status::Closed], Sort::Oldest),
            (Vec::new(), Sort::Newest),
            (Vec::new(), Sort::Due),
        ] {
            let wanted = seen.iter().filter(|row| status.is_empty() || status.contains(&row.status)).map(|row| row.id);
            let mut wanted: Vec<Id> = wanted.collect();
            if sort != Sort::Oldest {
                wanted.reverse();
            }
            let (actor, filter) = (actor.clone(), Filter { status, sort: Some(sort), ..Filter::default() });
            let listed: Vec<Id> = app
                .within(move |tx| {
                    let now = tx.now;
                    let mut tx = tx.acting_as(actor.clone(), now);
                    let (mut all, mut cursor) = (Vec::new(), None);
                    loop {
                        let page = list(&mut tx, &filter, &Paging { limit: Some(37), cursor })?;
                        all.extend(page.items.iter().map(|row| row.id));
                        cursor = page.next;
                        if cursor.is_none() {
                            return Ok(all);
                        }
                    }
                })
                .await;
            assert!(wanted.len() > 40, "{}", wanted.len());
            assert_eq!(listed, wanted, "{sort:?}");
        }
    }
}

#[actix_web::test]
async fn one_ticket_is_found_by_id_and_number_exactly_where_the_scope_shows_it() {
    let app = TestApp::new().await;
    let (region, opd) = (app.region("lebak").await, app.opd("lebak", "dinkes").await);
    let requester = app.person("pegawai.dinkes@lebakkab.go.id").await;
    let row = ticket(region, opd, requester, monday_morning());
    app.plant(vec![row.clone()]).await;
    for (role, opd, sees) in [(Role::Tier1, Some(opd), true), (Role::Tier2, None, false)] {
        let actor = Actor {
            person: Some(app.person("tier2.satu@lebakkab.go.id").await),
            region: Some(region),
            session: None,
            grants: vec![Grant { role, region: Some(region), opd }],
            timer: false,
        };
        let names = [TicketRef::id(row.id), TicketRef::parse(&row.number.to_lowercase(), None)];
        let found: Vec<bool> = app
            .within(move |tx| {
                let now = tx.now;
                let mut tx = tx.acting_as(actor.clone(), now);
                Ok(names.iter().map(|name| find::read(&mut tx, name).is_ok()).collect())
            })
            .await;
        assert_eq!(found, [sees, sees], "{role}");
    }
}

// Contract: Tier 1 sees the tickets of the OPDs it serves; reliability 4.3: a staff move counts at once.
#[actix_web::test]
async fn a_technician_who_moves_to_another_opd_no_longer_sees_what_he_worked_on_nor_gets_it_back() {
    let app = TestApp::new().await;
    let login = app.hire("lebak", "pindah", Some(Role::Tier1), &["dinkes"]).await;
    let (requester, leaver) = (app.lebak("pegawai.dinkes").await, app.sign_in(&login).await);
    let done = requester.open("Sudah selesai").await;
    leaver.act(&done, "start", json!({})).await.ok();
    leaver.act(&done, "resolve", json!({ "resolution": "Beres." })).await.ok();
    let held = requester.open("Masih dikerjakan").await;
    leaver.act(&held, "start", json!({})).await.ok();
    app.strip(&login).await;
    leaver.see(&done).await.refused(401);
    let bare = app.sign_in(&login).await;
    bare.see(&done).await.refused(404);
    let body = json!({ "role": "tier1", "opd": "disdik" });
    let place = format!("/people/{}/roles", app.person(&login).await);
    app.lebak("admin").await.post(&place, body).await.created();
    let moved = app.sign_in(&login).await;
    moved.see(&done).await.refused(404);
    moved.see(&held).await.refused(404);
    assert_eq!(moved.get("/tickets").await.ok()["items"], json!([]));
    let desk = app.lebak("teknisi.dinkes").await;
    assert_eq!(desk.see(&held).await.ok()["assignee"], json!(null));
    let reopened = requester.act(&done, "reopen", json!({ "reason": "Rusak lagi." })).await.ok();
    assert_eq!((&reopened["status"], &reopened["assignee"]), (&json!("in_progress"), &json!(null)));
}

#[actix_web::test]
async fn what_becomes_secret_is_gone_at_once_for_whoever_does_not_have_it() {
    let app = TestApp::new().await;
    let (tier1, tier2) = (app.lebak("teknisi.dinkes").await, app.lebak("tier2.satu").await);
    let ticket = app.lebak("pegawai.dinkes").await.open("Server").await;
    tier1.act(&ticket, "consult", json!({ "question": "Pernah?" })).await.ok();
    tier2.see(&ticket).await.ok();
    app.lebak("auditor").await.see(&ticket).await.ok();
    let place = format!("/tickets/{}", crate::support::client::id(&ticket));
    app.lebak("koordinator").await.patch(&place, json!({ "classification": "secret" })).await.ok();
    tier2.see(&ticket).await.refused(404);
    app.lebak("auditor").await.see(&ticket).await.refused(404);
    tier1.see(&ticket).await.ok();
    tier1.escalate(&ticket).await.ok();
    tier1.see(&ticket).await.refused(404);
    tier2.see(&ticket).await.ok();
    tier2.act(&ticket, "return", json!({ "instructions": "Cek kabel." })).await.ok();
    tier2.see(&ticket).await.refused(404);
    tier1.see(&ticket).await.ok();
}
