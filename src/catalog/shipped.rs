//! Services that come with the program, for a region that begins.

use super::{Fields, Impact, Kind, Provider, Urgency, create};
use crate::access::{May, Tx, act};
use crate::db::schema::services;
use crate::error::{Error, Result};
use crate::org::{InRegion, opd};
use crate::{on, say};
use diesel::prelude::*;

const SERVICES: &str = include_str!("../../config/services.csv");

/// Makes the services of the list that the region has not yet; how many. The agency that runs Tier 2 owns what belongs
/// to an agency that the region does not have (L2, L18).
///
/// # Errors
/// 409 as long as no organisation is marked as running Tier 2.
pub fn take(tx: &mut Tx<'_>, may: &May<act::KeepServices, InRegion>) -> Result<u64> {
    let region = may.get().0;
    let provider = opd::provider(tx, region)?.ok_or_else(|| Error::Conflict(say!("catalog.no_provider")))?;
    let known: Vec<String> =
        on!(tx.conn(), |c| services::table.filter(services::region_id.eq(region)).select(services::code).load(c))?;
    let mut made = 0;
    let mut reader = csv::Reader::from_reader(SERVICES.as_bytes());
    for record in reader.records() {
        let record = record.map_err(|e| Error::internal(format!("config/services.csv: {e}")))?;
        let cell = |n: usize| record.get(n).unwrap_or_default().to_owned();
        if known.contains(&cell(0)) {
            continue;
        }
        let owner = match opd::by_code(tx, region, &cell(4)) {
            Ok(opd) => opd.code,
            Err(Error::NotFound) => provider.clone(),
            Err(other) => return Err(other),
        };
        let fields = Fields {
            code: Some(cell(0)),
            name: Some(cell(1)),
            description: Some(cell(2)),
            provider: Provider::from_text(&cell(3)),
            owner: Some(owner),
            kinds: Some(cell(5).split(' ').filter_map(Kind::from_text).collect()),
            impact: Impact::from_text(&cell(6)),
            urgency: Urgency::from_text(&cell(7)),
            ..Fields::default()
        };
        create(tx, may, &fields)?;
        made += 1;
    }
    Ok(made)
}
