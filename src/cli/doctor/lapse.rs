//! What runs out of that by which deadlines are counted, in any region.

use super::{Finding, State, finding};
use crate::access::Tx;
use crate::error::Result;
use crate::org::region;
use crate::say;
use crate::sla::lapse::{self, Lapse, What};

/// Of every region.
pub(super) fn all(tx: &mut Tx<'_>) -> Result<Vec<Lapse>> {
    let mut all = Vec::new();
    for region in region::list(tx)? {
        all.extend(lapse::of(tx, &region)?);
    }
    Ok(all)
}

/// What has run out is to be mended now.
pub(super) fn told(lapses: &[Lapse]) -> Vec<Finding> {
    if lapses.is_empty() {
        return vec![finding("calendar", State::Well, say!("doctor.lapse_none"))];
    }
    let one = |lapse: &Lapse| {
        let what = if lapse.what == What::Agreement { "agreement" } else { "calendar" };
        finding(what, if lapse.is_over { State::Ill } else { State::Look }, lapse.told.clone())
    };
    lapses.iter().map(one).collect()
}
