//! Who of the region is signed in.

use super::super::account::program_of;
use super::super::sent::Trial;
use super::super::visit::{Shown, Visit};
use super::Asked;
use super::page::{Cell, Page, Table};
use crate::db::page::Paging;
use crate::org::{in_own_region, signed_in};
use crate::say;
use actix_web::web::Query;

/// `GET /admin/sessions`. They are ended where their owner is looked after.
pub async fn list(visit: Visit, asked: Query<Asked>) -> Shown {
    let cursor = asked.into_inner().cursor;
    let html = visit
        .read(move |tx, frame| {
            let may = in_own_region(tx)?;
            let found = signed_in::list(tx, &may, &Paging { limit: None, cursor })?;
            let mut page = Page::new(frame, &tx.actor, say!("web.admin.session.title"), Trial::new());
            page.text(&say!("web.admin.session.lead"));
            let f = page.frame.clone();
            let columns = [
                "web.admin.person.name",
                "web.admin.session.began",
                "web.admin.session.from",
                "web.admin.session.agent",
            ];
            let columns = columns.map(|key| f.t(key)).to_vec();
            let none = f.t("web.admin.session.nobody");
            let mut table = Table::new("sessions", f.t("web.admin.session.title"), columns, none);
            for (session, person) in found.items {
                let owner = Cell::link(person.name, format!("/admin/people/{}", person.id));
                let began = Cell::text(f.moment(session.created_at));
                table.row(vec![owner, began, Cell::text(session.address), Cell::text(program_of(&session.agent, &f))]);
            }
            table.next(found.next.map(|next| format!("/admin/sessions?cursor={next}")));
            page.table(table);
            page.html()
        })
        .await?;
    Ok(visit.page(200, html))
}
