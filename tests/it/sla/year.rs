//! A whole ticket year, stepped from one thing to the next. What the timers do in it is one snapshot; and a day on
//! which nothing ran changes nothing but when things are told.

use super::plan::{Deed, Plan, plans};
use crate::support::TestApp;
use crate::support::desk::{Cast, text};
use crate::support::time::PATIENT;
use crate::worktime::wib;
use chrono::{DateTime, Utc};
use diesel::dsl::min;
use diesel::prelude::*;
use serde_json::{Value, json};
use sigap::db::schema::{events, notices, people, sla_clocks, ticket_deadlines, tickets};
use sigap::db::{Id, Json, Ts};
use sigap::on;
use std::collections::BTreeMap;

/// What the timers did: since when it was due, when it was done, which ticket, what, and whom they told.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Done {
    due: Option<Ts>,
    number: String,
    what: String,
    told: Vec<String>,
    at: Ts,
}

/// The first instant at which something is due.
async fn next_due(cast: &Cast) -> Option<DateTime<Utc>> {
    let look = |conn: &mut sigap::db::Conn<'_>| {
        let level: Option<Ts> = on!(&mut *conn, |c| sla_clocks::table.select(min(sla_clocks::next_at)).first(c))?;
        let wake: Option<Ts> = on!(&mut *conn, |c| tickets::table.select(min(tickets::pending_until)).first(c))?;
        let close: Option<Ts> =
            on!(&mut *conn, |c| ticket_deadlines::table.select(min(ticket_deadlines::close_at)).first(c))?;
        Ok([level, wake, close].into_iter().flatten().min())
    };
    cast.app.look(look).await.map(Ts::utc)
}

/// When the timers do not run.
type Stop = Option<(DateTime<Utc>, DateTime<Utc>)>;

fn end_of_year() -> DateTime<Utc> {
    wib("2026-12-31 23:59:59")
}

/// Lives through the plans, with the timers at every instant at which something is due but between `stop`s ends.
pub async fn lived(plans: &[Plan], stop: Stop, end: DateTime<Utc>) -> Cast {
    let app = TestApp::with(PATIENT).await;
    // The demo was filled in March; its people were there before.
    app.step(wib("2026-01-02 07:00") - app.clock.now().utc());
    let cast = Cast::on(app).await;
    let mut made: BTreeMap<usize, Value> = BTreeMap::new();
    for plan in plans {
        until(&cast, plan.at, stop).await;
        carry_out(&cast, &mut made, plan).await;
    }
    until(&cast, end, stop).await;
    cast
}

async fn until(cast: &Cast, at: DateTime<Utc>, stop: Stop) {
    while let Some(due) = next_due(cast).await.filter(|due| *due <= at) {
        let awake = stop.map_or(due, |(from, to)| if from <= due && due < to { to } else { due });
        if awake > at {
            break;
        }
        cast.app.until(awake.max(cast.app.clock.now().utc()));
        cast.app.tick().await;
    }
    cast.app.until(at);
}

async fn carry_out(cast: &Cast, made: &mut BTreeMap<usize, Value>, plan: &Plan) {
    let who = &cast.tier1;
    let Some(ticket) = made.get(&plan.ticket) else {
        let Deed::Open { impact, urgency, classification } = plan.deed else { panic!("{plan:?}") };
        let body = json!({ "impact": impact, "urgency": urgency, "classification": classification });
        made.insert(plan.ticket, cast.requester.open_with(body).await.created());
        return;
    };
    let reply = match plan.deed {
        Deed::Open { .. } => panic!("opened twice"),
        Deed::Assign => who.assign(ticket, "me").await,
        Deed::Start => who.start(ticket).await,
        Deed::Escalate => who.escalate(ticket).await,
        Deed::Accept => cast.tier2.start(ticket).await,
        Deed::Return => cast.tier2.give_back(ticket).await,
        Deed::Pend => who.pend(ticket).await,
        Deed::PendUntil(at) => who.act(ticket, "pend", json!({ "reason": "scheduled", "until": at })).await,
        Deed::Answer => cast.requester.say(ticket, "public", "Ini.").await,
        Deed::Resolve => who.resolve(ticket).await,
        Deed::ResolveAbove => cast.tier2.resolve(ticket).await,
        Deed::Reopen => cast.requester.reopen(ticket).await,
        Deed::Close => cast.requester.close(ticket).await,
        Deed::Cancel => cast.coordinator.cancel(ticket).await,
        Deed::Raise => who.edit(ticket, json!({ "urgency": "high" })).await,
        Deed::Calm => who.edit(ticket, json!({ "urgency": "low" })).await,
    };
    // What a story wants may have become impossible; then everybody is told so.
    assert!([200, 201, 409].contains(&reply.status), "{plan:?}: {} {}", reply.status, reply.text);
}

type EventRow = (Id, Id, Ts, String, Json);

/// Everything that the timers did, in the order in which they did it.
pub async fn done(cast: &Cast) -> Vec<Done> {
    let look = |conn: &mut sigap::db::Conn<'_>| {
        let rows: Vec<EventRow> = on!(&mut *conn, |c| events::table
            .filter(events::actor_id.is_null().or(events::kind.eq_any(["warned", "breached"])))
            .select((events::id, events::ticket_id, events::at, events::kind, events::staff_data))
            .order((events::at, events::id))
            .load(c))?;
        let told: Vec<(Id, String, Ts, String)> = on!(&mut *conn, |c| notices::table
            .inner_join(people::table.on(people::id.eq(notices::person_id)))
            .select((notices::ticket_id, notices::kind, notices::created_at, people::email))
            .order(people::email)
            .load(c))?;
        let numbers: Vec<(Id, String)> =
            on!(&mut *conn, |c| tickets::table.select((tickets::id, tickets::number)).load(c))?;
        Ok((rows, told, numbers))
    };
    let (rows, told, numbers) = cast.app.look(look).await;
    let numbers: BTreeMap<Id, String> = numbers.into_iter().collect();
    let mut all = Vec::new();
    for (_, ticket, at, kind, data) in &rows {
        let same = rows.iter().filter(|r| (r.1, r.2, &r.3) == (*ticket, *at, kind)).count();
        let mut heard: Vec<String> =
            told.iter().filter(|n| (n.0, &n.1, n.2) == (*ticket, kind, *at)).map(|n| n.3.clone()).collect();
        let notices = heard.len();
        heard.dedup();
        assert_eq!(notices, heard.len() * same, "each person once for each of {same} {kind} at {at}");
        let data = &data.0;
        let level = kind == "warned" || kind == "breached";
        let what = if level {
            format!("{kind} {}/{} {}", text(&data["metric"]), data["cycle"], text(&data["level"]))
        } else {
            kind.clone()
        };
        let told = heard.iter().map(|email| email.split('@').next().unwrap().to_owned()).collect();
        let due = level.then(|| serde_json::from_value(data["reached_at"].clone()).unwrap());
        all.push(Done { due, number: numbers[ticket].clone(), what, told, at: *at });
    }
    all
}

#[actix_web::test]
async fn what_the_timers_do_in_a_year_is_known_to_the_second() {
    let cast = lived(&plans(2026), None, end_of_year()).await;
    let mut all = done(&cast).await;
    let deeds: Vec<Ts> = plans(2026).iter().map(|plan| Ts::new(plan.at)).collect();
    for one in &all {
        // A change of priority may move a level into the past; then it is told at once.
        let in_time = one.due.is_none_or(|due| due == one.at || (due < one.at && deeds.contains(&one.at)));
        assert!(in_time, "told early or late: {one:?}");
    }
    all.sort_by(|a, b| (a.at, &a.number, &a.what).cmp(&(b.at, &b.number, &b.what)));
    let lines: Vec<String> = all
        .iter()
        .map(|one| {
            let at = one.at.utc().with_timezone(&chrono_tz::Asia::Jakarta).format("%a %m-%d %H:%M:%S%.f");
            format!("{at} {} {} -> {}", one.number, one.what, one.told.join(", "))
        })
        .collect();
    insta::assert_snapshot!("year", lines.join("\n"));
}

#[actix_web::test]
async fn a_day_without_timers_is_caught_up_once_and_in_order() {
    let (from, to) = super::plan::STOP;
    let (from, to) = (wib(from), wib(to));
    let plans = plans(2026);
    let straight = done(&lived(&plans, None, end_of_year()).await).await;
    let stopped = done(&lived(&plans, Some((from, to)), end_of_year()).await).await;
    let missed = straight.iter().filter(|d| d.at.utc() >= from && d.at.utc() < to).count();
    assert!(missed >= 8, "the day must have something to miss, it has {missed}");
    let caught: Vec<&Done> = stopped.iter().filter(|d| d.at == Ts::new(to) && d.due.is_some()).collect();
    let dues: Vec<Ts> = caught.iter().filter_map(|d| d.due).collect();
    assert!(dues.is_sorted(), "{caught:#?}");
    assert!(stopped.iter().all(|d| d.at.utc() < from || d.at.utc() >= to));
    let set = |all: &[Done]| {
        let mut all: Vec<_> = all.iter().map(|d| (d.number.clone(), d.what.clone(), d.due, d.told.clone())).collect();
        all.sort();
        all
    };
    assert_eq!(set(&straight), set(&stopped));
}
