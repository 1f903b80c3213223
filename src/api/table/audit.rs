//! Routes of the audit log.

use crate::api::audit;
use crate::api::op::Op;
use crate::api::routes::Routes;

/// Adds them.
#[must_use]
pub fn rows(table: Routes) -> Routes {
    table
        .get(
            "/audit/checkpoint",
            audit::checkpoint,
            Op::new("readCheckpoint", "audit", "The newest signed checkpoint of the log that the caller reads")
                .gives::<audit::CheckpointView>(200)
                .refuses(&[403, 404]),
        )
        .get(
            "/audit/consistency",
            audit::consistency,
            Op::new("proveGrowth", "audit", "That the log has only grown since a checkpoint that was kept (RFC 9162)")
                .asks::<audit::GrowthQuery>()
                .gives::<audit::GrowthView>(200)
                .refuses(&[403, 404]),
        )
        .get(
            "/audit/bundle",
            audit::bundle,
            Op::new("takeBundle", "audit", "The log as a file that anybody can check; it ends at a checkpoint")
                .asks::<audit::BundleQuery>()
                .gives_file()
                .refuses(&[403, 404]),
        )
        .get(
            "/audit/entries",
            audit::entries,
            Op::new("listAuditEntries", "audit", "Entries that the caller may read, newest first (L13, P8)")
                .asks::<audit::AuditQuery>()
                .gives_page::<audit::AuditEntryView>()
                .refuses(&[403, 404]),
        )
        .get(
            "/audit/entries/{id}",
            audit::entry,
            Op::new("readAuditEntry", "audit", "An entry with the proof that it is in the tree")
                .gives::<audit::ProvenEntryView>(200)
                .refuses(&[403, 404]),
        )
}
