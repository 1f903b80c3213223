//! What people keep for their work at a desk: views of the queue, canned answers, drafts, and who has a ticket open.
//! Nothing here changes a ticket.

pub mod answer;
pub mod draft;
pub mod place;
pub mod presence;
pub mod view;

/// The rows of a table of tools that the actor sees: his own, and what is shared with a desk that he serves. The policy
/// says the same of one (`access/policy.rs`, `on_tool`).
macro_rules! seen_by {
    ($table:ident, $who:expr) => {
        $table::region_id.eq($who.region).and(
            $table::owner_id
                .eq($who.person)
                .or($table::desk.eq("tier2").and($table::region_id.eq_any($who.tier2.clone())))
                .or($table::opd_id.is_not_null().and($table::opd_id.assume_not_null().eq_any($who.opds.clone()))),
        )
    };
}
pub(crate) use seen_by;
