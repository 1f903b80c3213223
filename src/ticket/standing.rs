//! How the tickets that somebody sees stand at this moment, in a few numbers.

use super::Status;
use super::list::{Assignee, Filter, Risk, count};
use crate::access::Tx;
use crate::error::Result;

/// The numbers of a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Unfinished, at Tier 1.
    pub tier1: i64,
    /// Unfinished, at Tier 2.
    pub tier2: i64,
    /// Of all these: nobody's work yet.
    pub unassigned: i64,
    /// A deadline is near.
    pub at_risk: i64,
    /// A deadline was missed.
    pub missed: i64,
}

/// Counts what the actor sees.
///
/// # Errors
/// The database's.
pub fn standing(tx: &mut Tx<'_>) -> Result<Standing> {
    let open = || Filter { status: vec![Status::New, Status::InProgress, Status::Pending], ..Filter::default() };
    Ok(Standing {
        tier1: count(tx, &Filter { tier: Some(1), ..open() })?,
        tier2: count(tx, &Filter { tier: Some(2), ..open() })?,
        unassigned: count(tx, &Filter { assignee: Some(Assignee::None), ..open() })?,
        at_risk: count(tx, &Filter { sla: Some(Risk::AtRisk), ..open() })?,
        missed: count(tx, &Filter { sla: Some(Risk::Breached), ..open() })?,
    })
}
