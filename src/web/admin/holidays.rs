//! Holidays of the region: those that were imported, and those that people entered.

use super::super::frame::Frame;
use super::super::sent::{Sent, Trial};
use super::super::visit::{Shown, Visit};
use super::form::{Field, Form};
use super::page::{Cell, Page, Part, Table};
use super::{day, weigh};
use crate::access::{May, Tx, act};
use crate::error::{Error, Result};
use crate::org::{InRegion, in_own_region, region};
use crate::say;
use crate::sla::calendar::listed;
use crate::sla::keep_holiday::{self, NewHoliday};
use crate::ticket::recount::{Shift, followed};
use crate::worktime::{HolidayKind, Source, YEARS};
use actix_web::web::{Path, Query};
use chrono::Datelike;
use serde::Deserialize;

/// Which year; it stays in the address.
#[derive(Debug, Default, Deserialize)]
pub struct Asked {
    #[serde(default)]
    year: String,
}

/// `GET /admin/holidays`.
pub async fn list(visit: Visit, asked: Query<Asked>) -> Shown {
    let html = visit.read(move |tx, frame| all(tx, frame, &asked.year, Trial::new(), None)).await?;
    Ok(visit.page(200, html))
}

/// `POST /admin/holidays`.
pub async fn add(visit: Visit, sent: Sent) -> Shown {
    let change = |tx: &mut Tx<'_>, sent: &Sent, rehearse: bool| {
        let may = in_own_region(tx)?;
        let needed = || Error::invalid("/day", say!("field.needed"));
        let new = NewHoliday {
            day: day(sent, "day")?.ok_or_else(needed)?,
            name: sent.get("name").trim().to_owned(),
            kind: sent.word("kind", HolidayKind::from_text)?.unwrap_or(HolidayKind::Daerah),
        };
        Ok(followed(tx, rehearse, |tx| keep_holiday::add(tx, &may, &new))?.1)
    };
    let place = format!("/admin/holidays?done=saved&year={}", year_of(sent.get("day")));
    let year = year_of(sent.get("day")).to_owned();
    weigh(visit, "holiday", sent, place, change, move |tx, frame, trial, shift| all(tx, frame, &year, trial, shift))
        .await
}

/// `POST /admin/holidays/{day}`: it is a working day again.
pub async fn remove(visit: Visit, name: Path<String>, sent: Sent) -> Shown {
    let name = name.into_inner();
    let place = format!("/admin/holidays?done=saved&year={}", year_of(&name));
    let year = year_of(&name).to_owned();
    let change = move |tx: &mut Tx<'_>, _: &Sent, rehearse: bool| {
        let may = in_own_region(tx)?;
        let day = crate::worktime::day(&name).ok_or(Error::NotFound)?;
        Ok(followed(tx, rehearse, |tx| Ok(((), keep_holiday::remove(tx, &may, day)?)))?.1)
    };
    weigh(visit, "remove", sent, place, change, move |tx, frame, trial, shift| all(tx, frame, &year, trial, shift))
        .await
}

fn year_of(day: &str) -> &str {
    day.split('-').next().unwrap_or_default()
}

fn all(tx: &mut Tx<'_>, frame: Frame, asked: &str, trial: Trial, shift: Option<Shift>) -> Result<String> {
    let may: May<act::KeepAgreements, InRegion> = in_own_region(tx)?;
    let this_year = region::own(tx)?.year(tx.now);
    let year = if asked.is_empty() { this_year } else { asked.parse().map_err(|_| Error::NotFound)? };
    if !YEARS.contains(&year) {
        return Err(Error::NotFound);
    }
    let mut page = Page::new(frame, &tx.actor, say!("web.admin.holiday.title"), trial.clone());
    page.back("/admin/calendars", say!("web.admin.calendar.title"));
    page.weighed(shift);
    let f = page.frame.clone();
    let held: Vec<_> = listed(tx, may.get().0)?.into_iter().filter(|held| held.day.year() == year).collect();
    let gone = held.iter().find(|held| trial.is_weighed("remove") && f.place.ends_with(&format!("/{}", held.day)));
    if let Some(gone) = gone {
        let title = f.say(&say!("web.admin.holiday.remove_which", day = f.day(gone.day), name = gone.name));
        let form = Form::new("remove", &f.place, title, String::new());
        page.form(form.confirmed(f.t("web.admin.holiday.remove_do")));
    }
    let at = |year: i32| (format!("/admin/holidays?year={year}"), year.to_string());
    let import = ("/admin/import/holidays".to_owned(), f.t("web.admin.import.holidays"));
    page.part(Part::Links(vec![at(year - 1), at(year + 1), import]));
    let columns = [
        "web.admin.holiday.day",
        "web.admin.holiday.name",
        "web.admin.holiday.kind",
        "web.admin.holiday.source",
        "web.admin.holiday.remove",
    ];
    let title = f.say(&say!("web.admin.holiday.of", year = year));
    let mut table = Table::new("holidays", title, columns.map(|key| f.t(key)).to_vec(), f.t("web.admin.holiday.none"));
    for held in held {
        let source = match held.source {
            Source::Imported => f.t("web.admin.holiday.imported"),
            Source::Manual => f.t("web.admin.holiday.manual"),
        };
        let day = f.day(held.day);
        let button = Cell::button(format!("/admin/holidays/{}", held.day), f.t("web.admin.holiday.remove"), &day);
        table.row(vec![
            Cell::text(day),
            Cell::text(held.name),
            Cell::text(kind(&f, held.kind)),
            Cell::text(source),
            button,
        ]);
    }
    page.table(table);
    let kinds = HolidayKind::ALL.iter().rev().map(|k| (k.text().to_owned(), kind(&f, *k))).collect();
    let form = Form::new("holiday", "/admin/holidays", f.t("web.admin.holiday.add"), String::new())
        .weighed(&trial, &f)
        .folded()
        .field(Field::day("day", f.t("web.admin.holiday.day"), None).needed())
        .field(Field::line("name", f.t("web.admin.holiday.name"), "").needed())
        .field(Field::choice("kind", f.t("web.admin.holiday.kind"), "daerah", kinds));
    page.form(form);
    page.html()
}

/// Who decreed it.
pub fn kind(f: &Frame, kind: HolidayKind) -> String {
    match kind {
        HolidayKind::LiburNasional => f.t("web.admin.holiday.national"),
        HolidayKind::CutiBersama => f.t("web.admin.holiday.collective"),
        HolidayKind::Daerah => f.t("web.admin.holiday.regional"),
    }
}
