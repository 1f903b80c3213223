//! Import of a region's holidays from CSV: all lines or none. What people entered stays.

use super::calendar::{self, Day, lock_all};
use super::effect::Moved;
use super::keep_holiday::{object, republish};
use crate::access::{May, Tx, act};
use crate::audit;
use crate::db::schema::holidays;
use crate::error::Result;
use crate::lines::LineFault;
use crate::on;
use crate::org::InRegion;
use crate::worktime::{Holiday, Merge, Source, merge, parse};
use chrono::NaiveDate;
use diesel::prelude::*;
use serde_json::json;

/// What an import did, or would do.
#[derive(Debug, Default)]
pub struct Outcome {
    /// The file against what stood.
    pub merge: Merge,
    /// Faults; with any, nothing was stored.
    pub faults: Vec<LineFault>,
}

/// Imports holidays; columns `date,name_id,kind`, and beside them `year` and `source`, which are ignored.
pub fn import(tx: &mut Tx<'_>, may: &May<act::KeepAgreements, InRegion>, file: &[u8]) -> Result<(Outcome, Moved)> {
    let region = may.get().0;
    let incoming = match parse(file) {
        Ok(incoming) => incoming,
        Err(faults) => return Ok((Outcome { faults, ..Outcome::default() }, Moved::nothing(region))),
    };
    let all = lock_all(tx, region)?;
    let standing: Vec<(Holiday, Source)> = calendar::listed(tx, region)?
        .into_iter()
        .map(|d| (Holiday { day: d.day, name: d.name, kind: d.kind }, d.source))
        .collect();
    let merge = merge(&standing, &incoming);
    let gone: Vec<NaiveDate> =
        merge.gone.iter().chain(merge.changed.iter().map(|c| &c.before)).map(|h| h.day).collect();
    let new: Vec<Day> = merge
        .added
        .iter()
        .chain(merge.changed.iter().map(|c| &c.after))
        .map(|h| Day { region_id: region, day: h.day, name: h.name.clone(), kind: h.kind, source: Source::Imported })
        .collect();
    if gone.is_empty() && new.is_empty() {
        return Ok((Outcome { merge, faults: Vec::new() }, Moved::nothing(region)));
    }
    for some in gone.chunks(200) {
        let days = holidays::region_id.eq(region).and(holidays::day.eq_any(some));
        on!(tx.conn(), |c| diesel::delete(holidays::table.filter(days)).execute(c))?;
    }
    for some in new.chunks(200) {
        on!(tx.conn(), |c| diesel::insert_into(holidays::table).values(some).execute(c))?;
    }
    let detail = json!({
        "added": merge.added.len(), "changed": merge.changed.len(), "gone": merge.gone.len(),
        "overruled": merge.overruled.len(),
    });
    audit::append(tx, "holiday.import", object(region), detail)?;
    let moved = republish(tx, region, all)?;
    Ok((Outcome { merge, faults: Vec::new() }, moved))
}
