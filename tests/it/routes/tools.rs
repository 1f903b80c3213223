//! Views and canned answers for the cells of the matrix.

use super::things::{Rows, Thing, fresh};
use super::world::World;
use crate::support::app::monday_morning;
use sigap::db::{Id, Ts};
use sigap::desk::answer::Answer;
use sigap::desk::view::View;

impl World {
    /// A view or a canned answer: the caller's own, a stranger's, or shared with Tier 1 of dinkes or Tier 2 of Lebak.
    pub(super) fn tool(&self, is_view: bool, me: Id, home: Id, object: &str, rows: &mut Rows) -> Thing {
        let (id, at) = (fresh(), Ts::new(monday_morning()));
        let (owner_id, region_id) = if object == "own" { (me, home) } else { (self.desks[1], self.regions[0]) };
        let (desk, opd_id) = match object {
            "shared_1" => ("tier1".to_owned(), Some(self.opds["dinkes"])),
            "shared_2" => ("tier2".to_owned(), None),
            _ => ("own".to_owned(), None),
        };
        let name = "Milik".to_owned();
        if object != "absent" && is_view {
            let filter = "who=me".to_owned();
            rows.views.push(View { id, region_id, owner_id, desk, opd_id, name, filter, created_at: at });
        } else if object != "absent" {
            let body = "Yth. {nama},".to_owned();
            let (created_at, updated_at) = (at, at);
            rows.answers.push(Answer { id, region_id, owner_id, desk, opd_id, name, body, created_at, updated_at });
        }
        Thing::Row(id)
    }
}
