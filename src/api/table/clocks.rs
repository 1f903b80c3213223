//! What can be asked of a ticket's clocks, and what is reported of all.

use super::super::{action, report, sla, ticket};
use crate::api::op::Op;
use crate::api::routes::Routes;
use crate::db::page::Paging;

/// Adds the rows.
#[must_use]
pub fn routes(table: Routes) -> Routes {
    table
        .get(
            "/tickets/{id}/sla/explain",
            sla::explain,
            Op::new("explainSla", "sla", "How each deadline came about, in segments and in sentences")
                .gives::<sla::ExplanationView>(200),
        )
        .get(
            "/tickets/{id}/sla/waivers",
            sla::waivers,
            Op::new("listWaivers", "sla", "Waivers asked for, oldest first; for staff")
                .asks::<Paging>()
                .gives_page::<sla::WaiverView>()
                .refuses(&[403]),
        )
        .post(
            "/tickets/{id}/sla/waivers",
            sla::ask_waiver,
            Op::new("askWaiver", "sla", "Ask that a miss does not count (L8)")
                .takes::<sla::NewWaiver>()
                .gives::<sla::WaiverView>(201),
        )
        .post(
            "/tickets/{id}/sla/waivers/{waiver}/decision",
            sla::decide_waiver,
            Op::new("decideWaiver", "sla", "Grant or refuse a waiver that somebody else asked for (L8)")
                .takes::<sla::WaiverDecision>()
                .gives::<sla::WaiverView>(200),
        )
        .post(
            "/tickets/{id}/report-incident",
            action::report_incident,
            Op::new(
                "reportIncident",
                "actions",
                "Note that a security incident was reported (BSSN 1/2024, article 15)",
            )
            .takes::<action::ReportIncident>()
            .gives::<ticket::TicketView>(200),
        )
        .get(
            "/reports/sla",
            report::sla,
            Op::new(
                "slaReport",
                "reports",
                "How the agreements were kept, of the tickets that the caller sees (L8, L16)",
            )
            .asks::<report::SlaReportQuery>()
            .gives::<crate::report::sla::SlaReport>(200)
            .or_sheet()
            .refuses(&[404]),
        )
}
