//! What a region begins with: the working hours of Perpres 21/2023, the national holidays, and a standard agreement.

use super::agreement::{self, Agreement, Consumer};
use super::calendar::{self, Day, Stored};
use super::terms::Terms;
use crate::access::Tx;
use crate::db::schema::{agreements, calendars, holidays};
use crate::db::{Id, Json};
use crate::error::{Error, Result};
use crate::on;
use crate::org::Region;
use crate::worktime::Definition;
use crate::worktime::Source;
use crate::worktime::shipped;
use chrono::NaiveDate;
use diesel::prelude::*;
use serde::Deserialize;

const SHIPPED: &str = include_str!("../../config/agreement.toml");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Beginning {
    calendar_name: String,
    name: String,
    valid_from: NaiveDate,
    terms: Terms,
}

/// Gives a new region its calendar, holidays and agreement, under the names that the region gives them.
///
/// # Errors
/// [`Error::Start`] that names the shipped file that does not parse.
pub fn region(tx: &mut Tx<'_>, region: &Region) -> Result<()> {
    let beginning: Beginning =
        toml::from_str(SHIPPED).map_err(|e| Error::start(format!("config/agreement.toml: {e}")))?;
    let named = |what: &str| region.settings.0.get(what).and_then(|v| v.as_str()).unwrap_or("standard").to_owned();
    let definition = shipped()?;
    let days: Vec<Day> = definition
        .holidays
        .iter()
        .map(|h| Day { region_id: region.id, day: h.day, name: h.name.clone(), kind: h.kind, source: Source::Imported })
        .collect();
    for some in days.chunks(200) {
        on!(tx.conn(), |c| diesel::insert_into(holidays::table).values(some).execute(c))?;
    }
    let own = Definition { zone: region.time_zone.clone(), holidays: Vec::new(), ..definition };
    let mut stored = Stored {
        id: tx.new_id(),
        region_id: region.id,
        code: named("calendar"),
        name: beginning.calendar_name,
        is_default: true,
        keeps_holidays: true,
        definition: Json(serde_json::to_value(&own).map_err(|e| Error::internal(e.to_string()))?),
        edition_id: Id(uuid::Uuid::nil()),
        created_at: tx.now,
        updated_at: tx.now,
        version: 1,
    };
    on!(tx.conn(), |c| diesel::insert_into(calendars::table).values(&stored).execute(c))?;
    calendar::publish(tx, &mut stored)?;
    let mut standard = Agreement {
        id: tx.new_id(),
        region_id: region.id,
        code: named("agreement"),
        name: beginning.name,
        provider: region.terms().provider,
        consumer: Consumer::Region,
        consumer_opd_id: None,
        consumer_service_id: None,
        valid_from: beginning.valid_from,
        valid_until: None,
        version_id: Id(uuid::Uuid::nil()),
        created_at: tx.now,
        updated_at: tx.now,
        version: 1,
    };
    on!(tx.conn(), |c| diesel::insert_into(agreements::table).values(&standard).execute(c))?;
    agreement::publish(tx, &mut standard, &beginning.terms)?;
    Ok(())
}
