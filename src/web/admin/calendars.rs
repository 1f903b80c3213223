//! Calendars of working time: who keeps which, and a new one.

use super::super::choices;
use super::super::frame::Frame;
use super::super::sent::{Sent, Trial};
use super::super::visit::{Shown, Visit};
use super::form::{Field, Form};
use super::page::{Cell, Page, Part, Table};
use super::{run, tick};
use crate::access::{May, Tx, act};
use crate::error::{Error, Result};
use crate::org::{InRegion, in_own_region, opd, region};
use crate::say;
use crate::sla::calendar::definition;
use crate::sla::keep_calendar::{self, NewCalendar};
use crate::sla::list;
use crate::ticket::recount::followed;
use crate::worktime::{Definition, Hours, Week};

/// In the place of a calendar's code, which is never empty.
const ROUND_THE_CLOCK: &str = "";

/// `GET /admin/calendars`.
pub async fn list(visit: Visit) -> Shown {
    let html = visit.read(|tx, frame| all(tx, frame, Trial::new())).await?;
    Ok(visit.page(200, html))
}

/// `POST /admin/calendars`: a calendar with the hours of another one, which nobody keeps yet.
pub async fn create(visit: Visit, sent: Sent) -> Shown {
    let change = |tx: &mut Tx<'_>, sent: &Sent| {
        let may = in_own_region(tx)?;
        let definition = match sent.get("like") {
            ROUND_THE_CLOCK => round_the_clock(region::own(tx)?.time_zone),
            like => match list::calendar(tx, &in_own_region(tx)?, like) {
                Err(Error::NotFound) => return Err(Error::invalid("/like", say!("web.choose"))),
                found => definition(&found?)?,
            },
        };
        let new = NewCalendar {
            code: sent.get("code").trim().to_owned(),
            name: sent.get("name").trim().to_owned(),
            keeps_holidays: Some(tick(sent, "keeps_holidays")),
            is_default: None,
            definition,
            opds: None,
        };
        let (made, _) = followed(tx, false, |tx| keep_calendar::create(tx, &may, &new))?;
        Ok(format!("/admin/calendars/{}?done=made", made.code))
    };
    run(visit, "new", sent, change, all).await
}

/// Work at every hour, holidays apart if the calendar keeps them.
fn round_the_clock(zone: String) -> Definition {
    let week = Week { from: None, round_the_clock: true, hours: Hours::default() };
    Definition { zone, weeks: vec![week], exceptions: Vec::new(), holidays: Vec::new() }
}

fn all(tx: &mut Tx<'_>, frame: Frame, trial: Trial) -> Result<String> {
    let _: May<act::KeepAgreements, InRegion> = in_own_region(tx)?;
    let may = in_own_region(tx)?;
    let calendars = choices::whole(tx, |tx, paging| list::calendars(tx, &may, paging))?;
    let keepers = list::keepers(tx, &calendars.iter().map(|c| c.id).collect::<Vec<_>>())?;
    let opds = opd::names(tx, &keepers.iter().map(|(_, opd)| *opd).collect::<Vec<_>>())?;
    let mut page = Page::new(frame, &tx.actor, say!("web.admin.calendar.title"), trial);
    let f = page.frame.clone();
    page.part(Part::Links(vec![("/admin/holidays".to_owned(), f.t("web.admin.holiday.title"))]));
    let columns = ["web.admin.calendar.name", "web.admin.code", "web.admin.calendar.kept_by"].map(|key| f.t(key));
    let mut table = Table::new("calendars", f.t("web.admin.calendar.title"), columns.to_vec(), String::new());
    let mut likes: Vec<_> = calendars.iter().map(|one| (one.code.clone(), one.name.clone())).collect();
    let first = likes.first().map(|(code, _)| code.clone()).unwrap_or_default();
    likes.push((ROUND_THE_CLOCK.to_owned(), f.t("web.admin.calendar.round")));
    for calendar in calendars {
        let mut kept: Vec<String> = keepers
            .iter()
            .filter(|(id, _)| *id == calendar.id)
            .filter_map(|(_, opd)| opds.iter().find(|(id, ..)| id == opd).map(|(_, _, name)| name.clone()))
            .collect();
        if calendar.is_default {
            kept.insert(0, f.t("web.admin.calendar.everybody"));
        }
        let place = format!("/admin/calendars/{}", calendar.code);
        table.row(vec![Cell::link(calendar.name, place), Cell::text(calendar.code), Cell::text(kept.join("; "))]);
    }
    page.table(table);
    let form = Form::new("new", "/admin/calendars", f.t("web.admin.calendar.new"), f.t("web.admin.add"))
        .folded()
        .field(Field::line("code", f.t("web.admin.code"), "").needed().hint(f.t("web.admin.code_hint")))
        .field(Field::line("name", f.t("web.admin.calendar.name"), "").needed())
        .field(
            Field::choice("like", f.t("web.admin.calendar.like"), first, likes)
                .hint(f.t("web.admin.calendar.like_hint")),
        )
        .field(Field::check("keeps_holidays", f.t("web.admin.calendar.keeps_holidays"), true));
    page.form(form);
    page.html()
}
