//! Lists of organisations that come with the program, for the regions that are shipped.

use super::import::{self, Outcome};
use super::{InRegion, opd, region};
use crate::access::{May, Tx, act};
use crate::db::Expected;
use crate::error::{Error, Result};

const OPDS: [(&str, &str); 4] = [
    ("lebak", include_str!("../../config/opd/lebak.csv")),
    ("temanggung", include_str!("../../config/opd/temanggung.csv")),
    ("blora", include_str!("../../config/opd/blora.csv")),
    ("purbalingga", include_str!("../../config/opd/purbalingga.csv")),
];
/// Code of the agency for communication and informatics in every list: it runs Tier 2 (L2).
const PROVIDER: &str = "dinkominfo";

/// The list of a region, by its code; none for a region that was made by hand.
#[must_use]
pub fn opds(region: &str) -> Option<&'static str> {
    OPDS.iter().find(|(code, _)| *code == region).map(|(_, list)| *list)
}

/// Takes over the list of the region; organisations that are there are brought up to date.
///
/// # Errors
/// 404 if there is none for this region.
pub fn take_opds(tx: &mut Tx<'_>, may: &May<act::KeepOpds, InRegion>) -> Result<Outcome> {
    let region = region::by_id(tx, may.get().0)?;
    let list = opds(&region.code).ok_or(Error::NotFound)?;
    let outcome = import::opds(tx, may, list.as_bytes())?;
    if let Some(fault) = outcome.faults.first() {
        return Err(Error::internal(format!("config/opd/{}.csv, line {}: {:?}", region.code, fault.line, fault.fault)));
    }
    let provider = opd::Fields { is_provider: Some(true), ..opd::Fields::default() };
    opd::change(tx, may, PROVIDER, &provider, Expected::any())?;
    Ok(outcome)
}
