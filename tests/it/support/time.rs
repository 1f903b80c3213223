//! Time that passes while people keep working, and the timers that pass with it.

use super::{Cast, TestApp};
use crate::worktime::wib;
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use serde_json::Value;
use sigap::db::schema::agreements;
use sigap::on;
use sigap::sla::agreement::{self, Agreement};
use sigap::sla::terms::Terms;

/// Settings under which whoever signs in stays so for a year.
pub const PATIENT: &str =
    "[sign_in]\naccess_seconds = 40000000\nrefresh_seconds = 40000000\nsession_seconds = 40000000";

impl TestApp {
    /// Lets the timers do once what is due.
    pub async fn tick(&self) {
        sigap::worker::timer::run(&self.app).await.unwrap();
    }

    /// Lets time pass until this instant.
    pub fn until(&self, at: DateTime<Utc>) {
        let by = at - self.clock.now().utc();
        assert!(by >= chrono::Duration::zero(), "{at} has passed");
        self.clock.step(by);
    }

    /// Gives Lebak another version of its agreement from now on.
    pub async fn agree(&self, change: impl Fn(&mut Terms) + Send + 'static) {
        let region = self.region("lebak").await;
        self.within(move |tx| {
            let mut standard: Agreement = on!(tx.conn(), |c| agreements::table
                .filter(agreements::region_id.eq(region))
                .select(Agreement::as_select())
                .first(c))?;
            let mut terms = agreement::version(tx, standard.version_id)?.terms()?;
            change(&mut terms);
            agreement::publish(tx, &mut standard, &terms).map(drop)
        })
        .await;
    }
}

impl Cast {
    /// Everybody at work at this time in Jakarta, with tokens that last.
    pub async fn since(text: &str) -> Self {
        let app = TestApp::with(PATIENT).await;
        app.until(wib(text));
        Self::on(app).await
    }

    /// Lets time pass until it is so late in Jakarta.
    pub fn at(&self, text: &str) {
        self.app.until(wib(text));
    }

    /// The same, and the timers run.
    pub async fn tick_at(&self, text: &str) {
        self.at(text);
        self.app.tick().await;
    }
}

/// The newest clock of a metric, as a ticket shows it.
#[track_caller]
pub fn clock(ticket: &Value, metric: &str) -> Value {
    let clocks = ticket["sla"]["clocks"].as_array().unwrap_or_else(|| panic!("no clocks: {ticket}"));
    clocks.iter().find(|c| c["metric"] == metric).unwrap_or_else(|| panic!("no {metric}: {clocks:?}")).clone()
}

/// An instant of a clock as the clocks of Jakarta show it; `-` for none.
#[track_caller]
pub fn jakarta(value: &Value) -> String {
    let Some(text) = value.as_str() else { return "-".into() };
    let at: DateTime<Utc> = text.parse().unwrap();
    at.with_timezone(&chrono_tz::Asia::Jakarta).format("%Y-%m-%d %H:%M:%S%.f").to_string()
}

/// State, whole hours and minutes counted, and when it is due: `running 4:00 2026-07-06 12:00:00`.
#[track_caller]
pub fn reads(ticket: &Value, metric: &str) -> String {
    let clock = clock(ticket, metric);
    let minutes = clock["elapsed_seconds"].as_i64().unwrap() / 60;
    let state = clock["state"].as_str().unwrap();
    format!("{state} {}:{:02} {}", minutes / 60, minutes % 60, jakarta(&clock["due_at"]))
}
