//! Calendars of the tests, and what is seen of clocks. All hours are those of Jakarta (UTC+7).

use crate::support::{Client, TestApp};
use actix_web::http::Method;
use diesel::prelude::*;
use serde_json::{Value, json};
use sigap::db::Id;
use sigap::db::schema::audit_entries as audit;
use sigap::on;

/// The calendar that every region of the demo begins with.
pub const STANDARD: &str = "perpres-21-2023";

/// A week of six days: Mon–Thu 07:00–14:00, Fri 07:00–11:30, Sat 07:00–12:00.
pub fn six_days() -> Value {
    let window = |start: &str, end: &str| json!([{ "start": start, "end": end }]);
    let long = window("07:00", "14:00");
    json!({ "zone": "Asia/Jakarta", "weeks": [{ "hours": {
        "monday": long, "tuesday": long, "wednesday": long, "thursday": long,
        "friday": window("07:00", "11:30"), "saturday": window("07:00", "12:00"),
    } }] })
}

/// A hospital: work on all days around the clock.
pub fn shifts() -> Value {
    json!({ "zone": "Asia/Jakarta", "weeks": [{ "round_the_clock": true }] })
}

impl Client {
    /// Makes a calendar that keeps no holidays, for these organisations.
    pub async fn shift_calendar(&self, opds: &[&str]) -> Value {
        let body = json!({
            "code": "rsud", "name": "RSUD", "keeps_holidays": false, "definition": shifts(), "opds": opds,
        });
        self.post("/calendars", body).await.created()
    }

    /// An ordinary ticket of this priority: `p3`, or `p4`.
    pub async fn open_at(&self, priority: &str) -> Value {
        let level = if priority == "p4" { "low" } else { "medium" };
        let ticket = self.open_with(json!({ "impact": level, "urgency": level })).await.created();
        assert_eq!(ticket["priority"], priority);
        ticket
    }

    /// A clock of a ticket as it is now.
    pub async fn clock(&self, ticket: &Value, metric: &str) -> Value {
        clock(&self.see(ticket).await.ok(), metric)
    }

    /// When a clock of a ticket is due.
    pub async fn due(&self, ticket: &Value, metric: &str) -> String {
        self.clock(ticket, metric).await["due_at"].as_str().unwrap().to_owned()
    }

    /// Sends a CSV file of holidays.
    pub async fn send_holidays(&self, query: &str, csv: &str) -> Value {
        let kind = [("content-type", "text/csv")];
        self.raw(Method::POST, &format!("/holidays/import{query}"), &kind, csv.into()).await.ok()
    }
}

/// A clock of a ticket.
pub fn clock(ticket: &Value, metric: &str) -> Value {
    let clocks = ticket["sla"]["clocks"].as_array().unwrap();
    clocks.iter().find(|c| c["metric"] == metric).unwrap_or_else(|| panic!("no {metric}")).clone()
}

/// Details of the audit entries of these acts, oldest first.
pub async fn audited(app: &TestApp, action: &'static str) -> Vec<Value> {
    let rows: Vec<(Id, String)> = app
        .look(move |conn| {
            Ok(on!(conn, |c| audit::table
                .filter(audit::action.eq(action))
                .select((audit::id, audit::detail))
                .order(audit::id)
                .load(c))?)
        })
        .await;
    rows.into_iter().map(|(_, detail)| serde_json::from_str(&detail).unwrap()).collect()
}
