//! The rows of calendars, holidays and agreements.

use crate::api::op::Op;
use crate::api::org::ImportQuery;
use crate::api::routes::Routes;
use crate::api::{agreement, calendar, holiday, preview};
use crate::db::page::Paging;
use crate::sla::keep_agreement::{AgreementChanges, NewAgreement};
use crate::sla::keep_calendar::{CalendarChanges, NewCalendar};
use crate::sla::keep_holiday::NewHoliday;
use crate::sla::preview::{Preview, PreviewAsk};
use crate::ticket::recount::Shift;
use serde_json::json;

/// Adds the rows.
#[must_use]
pub fn routes(table: Routes) -> Routes {
    promises(holidays(calendars(table)))
}

fn calendars(table: Routes) -> Routes {
    let op = |id, summary| Op::new(id, "calendars", summary);
    table
        .get(
            "/calendars",
            calendar::list,
            op("listCalendars", "Calendars of the region, by code")
                .asks::<Paging>()
                .gives_page::<calendar::CalendarView>()
                .refuses(&[403, 404]),
        )
        .post(
            "/calendars",
            calendar::create,
            op("createCalendar", "Make a calendar of working time")
                .asks::<ImportQuery>()
                .takes::<NewCalendar>()
                .gives::<calendar::CalendarDetailView>(201)
                .rehearses::<Shift>()
                .refuses(&[404]),
        )
        .get(
            "/calendars/{code}",
            calendar::read,
            op("readCalendar", "A calendar with its hours").gives::<calendar::CalendarDetailView>(200).refuses(&[403]),
        )
        .patch(
            "/calendars/{code}",
            calendar::change,
            op("changeCalendar", "Change a calendar; running clocks are counted anew, stopped ones never")
                .asks::<ImportQuery>()
                .takes::<CalendarChanges>()
                .gives::<calendar::CalendarDetailView>(200)
                .rehearses::<Shift>(),
        )
        .get(
            "/calendars/{code}/days",
            calendar::days,
            op("listCalendarDays", "What holds on each day, 366 at most")
                .asks::<calendar::DaysQuery>()
                .gives_page::<calendar::DayView>()
                .refuses(&[403]),
        )
}

fn holidays(table: Routes) -> Routes {
    let op = |id, summary| Op::new(id, "calendars", summary);
    table
        .get(
            "/holidays",
            holiday::list,
            op("listHolidays", "Holidays of a year, this one's if none is named")
                .asks::<holiday::HolidayQuery>()
                .gives_page::<holiday::HolidayView>()
                .refuses(&[403, 404]),
        )
        .post(
            "/holidays",
            holiday::add,
            op("addHoliday", "Enter a holiday; it takes the place of an imported one")
                .asks::<ImportQuery>()
                .takes::<NewHoliday>()
                .gives::<holiday::HolidayView>(201)
                .rehearses::<Shift>()
                .refuses(&[404]),
        )
        .delete(
            "/holidays/{day}",
            holiday::remove,
            op("removeHoliday", "Delete a holiday").asks::<ImportQuery>().gives_nothing().rehearses::<Shift>(),
        )
        .post(
            "/holidays/import",
            holiday::import,
            op("importHolidays", "Import holidays: date,name_id,kind; what people entered stays")
                .asks::<ImportQuery>()
                .takes_file("text/csv", json!({ "type": "string" }))
                .gives::<holiday::HolidayImportView>(200)
                .refuses(&[404]),
        )
}

fn promises(table: Routes) -> Routes {
    let op = |id, summary| Op::new(id, "agreements", summary);
    let ask = json!({
        "priority": "p3", "opened_at": "2026-03-02T08:00:00+07:00", "metric": "resolution",
        "pauses": [{ "from": "2026-03-03T09:00:00+07:00", "to": "2026-03-03T10:00:00+07:00" }],
    });
    table
        .get(
            "/agreements",
            agreement::list,
            op("listAgreements", "Agreements of the region, by code (B1)")
                .asks::<Paging>()
                .gives_page::<agreement::AgreementView>()
                .refuses(&[403, 404]),
        )
        .post(
            "/agreements",
            agreement::create,
            op("createAgreement", "Make an agreement (B1)")
                .takes::<NewAgreement>()
                .gives::<agreement::AgreementDetailView>(201)
                .refuses(&[404]),
        )
        .get(
            "/agreements/{code}",
            agreement::read,
            op("readAgreement", "An agreement with all its versions (B1)")
                .gives::<agreement::AgreementDetailView>(200)
                .refuses(&[403]),
        )
        .patch(
            "/agreements/{code}",
            agreement::change,
            op("changeAgreement", "Change an agreement; other terms are a new version (B1)")
                .asks::<ImportQuery>()
                .takes::<AgreementChanges>()
                .gives::<agreement::AgreementDetailView>(200)
                .rehearses::<Shift>(),
        )
        .post(
            "/sla/preview",
            preview::preview,
            op("previewDeadline", "When something would be due; nothing is stored")
                .takes::<PreviewAsk>()
                .example(ask)
                .gives::<Preview>(200)
                .refuses(&[404]),
        )
}
