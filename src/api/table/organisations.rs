//! Routes of regions, their organisations and services.

use crate::api::op::Op;
use crate::api::org;
use crate::api::region;
use crate::api::routes::Routes;
use crate::catalog;
use crate::db::page::Paging;
use crate::org::move_people;
use crate::org::opd::{self, Opd};
use crate::org::region_facts;
use crate::report::coverage::Coverage;
use serde_json::json;

/// Adds them.
#[must_use]
#[expect(clippy::too_many_lines, reason = "a table has a row for each route")]
pub fn rows(table: Routes) -> Routes {
    let csv = || json!({ "type": "string" });
    table
        .get(
            "/regions",
            region::regions,
            Op::new("listRegions", "organisations", "Regions that the caller may name, by code")
                .asks::<Paging>()
                .gives_page::<region::RegionView>(),
        )
        .post(
            "/regions",
            region::create_region,
            Op::new("createRegion", "organisations", "Make a region (P4)")
                .takes::<region::NewRegion>()
                .needs_one(&["template", "region"])
                .gives::<region::RegionView>(201),
        )
        .get(
            "/regions/{code}",
            region::region,
            Op::new("readRegion", "organisations", "A region that the caller may name")
                .gives::<region::RegionView>(200),
        )
        .patch(
            "/regions/{code}",
            region::change_region,
            Op::new("changeRegion", "organisations", "Change what of a region changes over the years")
                .takes::<region_facts::Fields>()
                .gives::<region::RegionView>(200),
        )
        .get(
            "/opds",
            org::opds,
            Op::new("listOpds", "organisations", "Organisations of the region, by code")
                .asks::<Paging>()
                .gives_page::<Opd>()
                .refuses(&[404]),
        )
        .post(
            "/opds",
            org::create_opd,
            Op::new("createOpd", "organisations", "Make an organisation")
                .takes::<opd::Fields>()
                .needs(&["code", "name", "kind"])
                .gives::<Opd>(201)
                .refuses(&[404]),
        )
        .post(
            "/opds/import",
            org::import_opds,
            Op::new(
                "importOpds",
                "organisations",
                "Import organisations: code,name,kind,short_name,mailbox,mandiri_tik,is_provider",
            )
            .asks::<org::ImportQuery>()
            .takes_file("text/csv", csv())
            .gives::<org::ImportView>(200)
            .refuses(&[404]),
        )
        .get("/opds/{code}", org::opd, Op::new("readOpd", "organisations", "An organisation").gives::<Opd>(200))
        .patch(
            "/opds/{code}",
            org::change_opd,
            Op::new("changeOpd", "organisations", "Change an organisation").takes::<opd::Fields>().gives::<Opd>(200),
        )
        .post(
            "/opds/{code}/move-people",
            org::move_people,
            Op::new("movePeople", "organisations", "Move people of an organisation to another (T5)")
                .versioned()
                .asks::<org::ImportQuery>()
                .takes::<move_people::Ask>()
                .gives::<org::MoveView>(200),
        )
        .get(
            "/services",
            org::services,
            Op::new("listServices", "organisations", "Services that the caller may choose")
                .asks::<Paging>()
                .gives_page::<org::ServiceView>()
                .refuses(&[404]),
        )
        .post(
            "/services",
            org::create_service,
            Op::new("createService", "organisations", "Make a service (L2, L18)")
                .takes::<catalog::Fields>()
                .needs(&["code", "name", "owner", "provider"])
                .gives::<org::ServiceView>(201)
                .refuses(&[404]),
        )
        .patch(
            "/services/{code}",
            org::change_service,
            Op::new("changeService", "organisations", "Change a service")
                .takes::<catalog::Fields>()
                .gives::<org::ServiceView>(200),
        )
        .get(
            "/reports/coverage",
            org::uncovered,
            Op::new(
                "coverage",
                "reports",
                "Organisations without an active Tier 1 (L4, T1), and what is left in closed ones",
            )
            .gives::<Coverage>(200)
            .refuses(&[403, 404]),
        )
}
