//! Rows beyond those of the demo: people through the commands, tickets in any state straight into the table.

use super::TestApp;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use sigap::access::password::DEMO_PASSWORD;
use sigap::access::{Actor, Grant, Origin, Role, Tx, check};
use sigap::app::Caller;
use sigap::catalog::words::Priority;
use sigap::catalog::{Impact, Kind, Urgency};
use sigap::db::schema::{grants, people, tickets};
use sigap::db::{Expected, Id, Ts};
use sigap::error::Result;
use sigap::org::grant::Grant as Held;
use sigap::org::person::{self, Fields, Person, Target};
use sigap::org::{InRegion, actor, grant, opd, region};
use sigap::ticket::{Channel, Classification, Status, Ticket};
use sigap::{on, store_all};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Somebody who keeps the platform, without an account.
pub fn console() -> Actor {
    let grant = Grant { role: Role::Operator, region: None, opd: None };
    Actor { grants: vec![grant], ..Actor::anonymous() }
}

/// A number that no other call gives.
pub fn next() -> usize {
    static COUNT: AtomicUsize = AtomicUsize::new(1);
    COUNT.fetch_add(1, Ordering::Relaxed)
}

/// A NIP that no other call gives.
pub fn nip() -> String {
    let n = next();
    let day = n / 999;
    format!("1990{:02}{:02}2015011{:03}", 1 + day / 28 % 12, 1 + day % 28, n % 999 + 1)
}

impl TestApp {
    /// Runs `f` in a transaction, as the keeper of the platform.
    pub async fn within<T, F>(&self, f: F) -> T
    where
        T: Send + 'static,
        F: Fn(&mut Tx<'_>) -> Result<T> + Send + 'static,
    {
        self.app.write(Caller::Known(console()), Origin::default(), f).await.unwrap()
    }

    /// Id of a region.
    pub async fn region(&self, code: &'static str) -> Id {
        self.within(move |tx| Ok(region::list(tx)?.into_iter().find(|r| r.code == code).unwrap().id)).await
    }

    /// Id of an organisation.
    pub async fn opd(&self, region: &'static str, code: &'static str) -> Id {
        let region = self.region(region).await;
        self.within(move |tx| Ok(opd::by_code(tx, region, code)?.id)).await
    }

    /// Id of the person with this address.
    pub async fn person(&self, email: &str) -> Id {
        let email = email.to_owned();
        self.within(move |tx| Ok(person::by_login(tx, None, &email)?.unwrap().id)).await
    }

    /// Enters so many people of Lebak's `dinkes`, straight into the tables.
    pub async fn crowd(&self, count: usize) {
        let (region, opd) = (self.region("lebak").await, self.opd("lebak", "dinkes").await);
        let made = move |tx: &mut Tx<'_>| {
            let (mut persons, mut held) = (Vec::new(), Vec::new());
            for n in 0..count {
                let id = tx.new_id();
                persons.push(one_of_many(id, region, n, tx.now));
                held.push(Held {
                    id: tx.new_id(),
                    person_id: id,
                    role: Role::Requester,
                    region_id: Some(region),
                    opd_id: Some(opd),
                    granted_by: None,
                    granted_at: tx.now,
                    revoked_by: None,
                    revoked_at: None,
                });
            }
            store_all!(tx.conn(), people::table, &persons);
            store_all!(tx.conn(), grants::table, &held);
            Ok(())
        };
        self.within(made).await;
    }

    /// Makes an organisation.
    pub async fn found(&self, region: &'static str, code: &'static str, name: &str) -> Id {
        let (region, name) = (self.region(region).await, name.to_owned());
        self.within(move |tx| {
            let now = tx.now;
            let mut tx = tx.acting_as(actor::console(Some(region)), now);
            let fields = opd::Fields {
                code: Some(code.into()),
                name: Some(name.clone()),
                kind: Some("dinas".into()),
                ..opd::Fields::default()
            };
            let may = check(&tx.actor, InRegion(region))?;
            Ok(opd::create(&mut tx, &may, &fields)?.id)
        })
        .await
    }

    /// Enters somebody with a role, who signs in as the demo's people do; returns his address.
    pub async fn hire(&self, region: &'static str, account: &str, role: Option<Role>, opds: &[&str]) -> String {
        let opds: Arc<Vec<String>> = Arc::new(opds.iter().map(|o| (*o).to_owned()).collect());
        let (account, nip) = (account.to_owned(), nip());
        let hash = self.app.hasher.hash(DEMO_PASSWORD.to_owned()).await.unwrap();
        self.within(move |tx| {
            let region = region::list(tx)?.into_iter().find(|r| r.code == region).unwrap();
            let now = tx.now;
            let mut tx = tx.acting_as(actor::console(Some(region.id)), now);
            let may = check(&tx.actor, InRegion(region.id))?;
            let email = format!("{account}@{}", region.domain);
            let fields = Fields {
                name: Some(account.clone()),
                email: Some(email.clone()),
                nip: sigap::patch::Patch::Set(nip.clone()),
                ..Fields::default()
            };
            let person = person::create(&mut tx, &may, &fields)?;
            for opd in places(&opds) {
                let Some(role) = role else { break };
                let may = check(&tx.actor, Target { person: person.clone(), role })?;
                grant::give(&mut tx, may, opd, &Expected::any())?;
            }
            person::make_demo(&mut tx, person.id, &hash)?;
            Ok(email)
        })
        .await
    }

    /// Takes every role of a person, who stays signed in with whatever he had.
    pub async fn strip(&self, email: &str) {
        let email = email.to_owned();
        self.within(move |tx| {
            let person = person::by_login(tx, None, &email)?.unwrap();
            let held = grant::of(tx, &[person.id])?;
            let region = person.region_id;
            let now = tx.now;
            let mut tx = tx.acting_as(actor::console(region), now);
            for one in held {
                let may = check(&tx.actor, Target { person: person.clone(), role: one.role })?;
                let left = grant::take(&mut tx, may, one.id, &Expected::any())?;
                sigap::ticket::release::assignments(&mut tx, left)?;
            }
            Ok(())
        })
        .await;
    }

    /// Leaves the database as an older program had it, by its own word.
    pub async fn lacks_a_migration(&self) {
        let forget = "DELETE FROM __diesel_schema_migrations WHERE version = '20261129000001'";
        self.within(move |tx| Ok(on!(tx.conn(), |c| diesel::sql_query(forget).execute(c))?)).await;
    }

    /// Puts tickets into the table, whatever the commands would say.
    pub async fn plant(&self, rows: Vec<Ticket>) {
        let rows = Arc::new(rows);
        self.within(move |tx| {
            for some in rows.chunks(200) {
                let some = some.to_vec();
                on!(tx.conn(), |c| diesel::insert_into(tickets::table).values(&some).execute(c))?;
            }
            Ok(())
        })
        .await;
    }
}

fn places(opds: &[String]) -> Vec<Option<&str>> {
    if opds.is_empty() { vec![None] } else { opds.iter().map(|o| Some(o.as_str())).collect() }
}

/// A ticket on which somebody works at tier 1.
pub fn ticket(region: Id, opd: Id, requester: Id, at: DateTime<Utc>) -> Ticket {
    let at = Ts::new(at);
    Ticket {
        id: Id::new(at),
        region_id: region,
        number: format!("TST-2026-{:06}", next()),
        opd_id: opd,
        requester_id: requester,
        opened_by: requester,
        kind: Kind::Incident,
        service_id: None,
        subject: "Layar gelap".into(),
        description: "Sejak pagi.".into(),
        impact: Impact::Medium,
        urgency: Urgency::Medium,
        priority: Priority::of(Impact::Medium, Urgency::Medium),
        classification: Classification::Open,
        channel: Channel::Api,
        status: Status::InProgress,
        pending_reason: None,
        pending_until: None,
        tier: 1,
        assignee_id: None,
        escalated_by: None,
        reached_tier2: false,
        consulted: false,
        awaits_acceptance: false,
        bounces: 0,
        resolution: None,
        cause: None,
        created_at: at,
        updated_at: at,
        resolved_at: None,
        closed_at: None,
        version: 1,
    }
}

fn one_of_many(id: Id, region: Id, n: usize, now: Ts) -> Person {
    Person {
        id,
        region_id: Some(region),
        name: format!("Aaa {n:05}"),
        nip: None,
        email: format!("ramai.{n:05}@lebakkab.go.id"),
        phone: None,
        language: "id".into(),
        password_hash: None,
        password_set_at: None,
        active: true,
        demo: true,
        created_at: now,
        updated_at: now,
        deactivated_at: None,
        version: 1,
    }
}
