//! One calendar: a month at a glance, the hours of a week, days with hours of their own, and who keeps it.

use super::super::choices;
use super::super::frame::Frame;
use super::super::sent::{Sent, Trial};
use super::super::visit::{Shown, Visit};
use super::form::{Field, Form};
use super::month::{self, Month, told};
use super::page::{Cell, Page, Part, Table};
use super::regions::ZONES;
use super::windows::{DAYS, exception, week};
use super::{day, tick, version, weigh};
use crate::access::{May, Tx, act};
use crate::error::{Error, Result};
use crate::org::{InRegion, in_own_region, opd, region};
use crate::say;
use crate::sla::calendar::{Stored, compiled, definition};
use crate::sla::keep_calendar::{self, CalendarChanges};
use crate::sla::list;
use crate::ticket::recount::{Shift, followed};
use crate::worktime::{Definition, Exception, Window};
use actix_web::web::{Path, Query};
use serde::Deserialize;

/// Which month; it stays in the address.
#[derive(Debug, Default, Deserialize)]
pub struct Asked {
    #[serde(default)]
    month: String,
}

/// `GET /admin/calendars/{code}`.
pub async fn read(visit: Visit, code: Path<String>, asked: Query<Asked>) -> Shown {
    let html = visit.read(move |tx, frame| one(tx, frame, &code, &asked.month, Trial::new(), None)).await?;
    Ok(visit.page(200, html))
}

/// `POST /admin/calendars/{code}/week`: the hours of a week, from a day on or ever since.
pub async fn set_week(visit: Visit, code: Path<String>, sent: Sent) -> Shown {
    redefined(visit, "week", code.into_inner(), sent, |mut definition, sent| {
        let new = week(sent, day(sent, "from")?)?;
        definition.weeks.retain(|week| week.from != new.from);
        definition.weeks.push(new);
        definition.weeks.sort_by_key(|week| week.from);
        Ok(definition)
    })
    .await
}

/// `POST /admin/calendars/{code}/exceptions`: days with hours of their own, or with none.
pub async fn add_exception(visit: Visit, code: Path<String>, sent: Sent) -> Shown {
    redefined(visit, "exception", code.into_inner(), sent, |mut definition, sent| {
        definition.exceptions.push(exception(sent)?);
        definition.exceptions.sort_by_key(|one| one.from);
        Ok(definition)
    })
    .await
}

/// `POST /admin/calendars/{code}/exceptions/{name}`: takes back one exception.
pub async fn remove_exception(visit: Visit, names: Path<(String, String)>, sent: Sent) -> Shown {
    let (code, name) = names.into_inner();
    redefined(visit, "remove", code, sent, move |mut definition, _| {
        let before = definition.exceptions.len();
        definition.exceptions.retain(|one| addressed(one) != name);
        if definition.exceptions.len() == before { Err(Error::NotFound) } else { Ok(definition) }
    })
    .await
}

/// An exception in an address: on one day one may begin that holidays win over, and one that wins over holidays.
fn addressed(one: &Exception) -> String {
    if one.over_holidays { format!("{}-over-holidays", one.from) } else { one.from.to_string() }
}

/// `POST /admin/calendars/{code}/entry`: what it is called, in which zone its hours are, whether holidays close it, and
/// who keeps it.
pub async fn change_entry(visit: Visit, code: Path<String>, sent: Sent) -> Shown {
    changed(visit, "entry", code.into_inner(), sent, |tx, stored, sent| {
        let opds = possible_keepers(tx, stored)?.into_iter().map(|(code, ..)| code);
        let (definition, zone) = (definition(stored)?, sent.get("zone"));
        let moved = !zone.is_empty() && zone != definition.zone;
        Ok(CalendarChanges {
            name: Some(sent.get("name").trim().to_owned()),
            keeps_holidays: Some(tick(sent, "keeps_holidays")),
            // The region always has one: another takes its place, none leaves it.
            is_default: (tick(sent, "is_default") && !stored.is_default).then_some(true),
            opds: Some(opds.filter(|code| tick(sent, &format!("opd-{code}"))).collect()),
            definition: moved.then(|| Definition { zone: zone.to_owned(), ..definition }),
        })
    })
    .await
}

/// Changes the definition of a calendar, after its effect was shown.
async fn redefined(
    visit: Visit,
    id: &'static str,
    code: String,
    sent: Sent,
    edit: impl Fn(Definition, &Sent) -> Result<Definition> + Clone + Send + 'static,
) -> Shown {
    changed(visit, id, code, sent, move |_, stored, sent| {
        Ok(CalendarChanges { definition: Some(edit(definition(stored)?, sent)?), ..CalendarChanges::default() })
    })
    .await
}

/// Changes a calendar, after the effect was shown.
async fn changed(
    visit: Visit,
    id: &'static str,
    code: String,
    sent: Sent,
    changes: impl Fn(&mut Tx<'_>, &Stored, &Sent) -> Result<CalendarChanges> + Clone + Send + 'static,
) -> Shown {
    let place = format!("/admin/calendars/{code}?done=saved");
    let change = {
        let code = code.clone();
        move |tx: &mut Tx<'_>, sent: &Sent, rehearse: bool| {
            let may = in_own_region(tx)?;
            let stored = list::calendar(tx, &in_own_region(tx)?, &code)?;
            let changes = changes(tx, &stored, sent)?;
            let change = |tx: &mut Tx<'_>| keep_calendar::change(tx, &may, &code, &changes, version(sent));
            Ok(followed(tx, rehearse, change)?.1)
        }
    };
    let again = move |tx: &mut Tx<'_>, frame: Frame, trial: Trial, shift| one(tx, frame, &code, "", trial, shift);
    weigh(visit, id, sent, place, change, again).await
}

fn one(tx: &mut Tx<'_>, frame: Frame, code: &str, asked: &str, trial: Trial, shift: Option<Shift>) -> Result<String> {
    let _: May<act::KeepAgreements, InRegion> = in_own_region(tx)?;
    let may = in_own_region(tx)?;
    let stored = list::calendar(tx, &may, code)?;
    let today = region::own(tx)?.day(tx.now);
    let calendar = compiled(tx, stored.edition_id)?;
    let mut page = Page::new(frame, &tx.actor, say!("web.admin.calendar.title"), trial.clone());
    page.named(&stored.name);
    page.back("/admin/calendars", say!("web.admin.calendar.title"));
    page.weighed(shift);
    let f = page.frame.clone();
    let place = format!("/admin/calendars/{code}");
    let all = definition(&stored)?.exceptions;
    let gone = all.iter().find(|one| trial.is_weighed("remove") && f.place.ends_with(&format!("/{}", addressed(one))));
    if let Some(gone) = gone {
        let title = f.say(&say!("web.admin.calendar.remove_which", name = gone.name, from = f.day(gone.from)));
        let form = Form::new("remove", &f.place, title, String::new());
        page.form(form.confirmed(f.t("web.admin.calendar.remove_do")).field(Field::version(stored.version)));
    }
    page.part(Part::Month(Month::of(&calendar, month::first(asked, today)?, today, &place, &f)));
    weeks(&mut page, &stored, &trial, &place)?;
    exceptions(&mut page, &stored, &trial, &place)?;
    let form = entry(tx, &stored, &trial, &page.frame)?;
    page.form(form);
    page.html()
}

/// Who may keep it, and whether he does: organisations in use, and those that keep it and are in use no more; their
/// tickets may still run.
fn possible_keepers(tx: &mut Tx<'_>, stored: &Stored) -> Result<Vec<(String, String, bool)>> {
    let keepers: Vec<_> = list::keepers(tx, &[stored.id])?.into_iter().map(|(_, opd)| opd).collect();
    let mut keepers = opd::names(tx, &keepers)?;
    let mut all = Vec::new();
    for (code, name) in choices::opds(tx)? {
        let keeps = keepers.iter().position(|(_, keeper, _)| *keeper == code).map(|at| keepers.swap_remove(at));
        all.push((code, name, keeps.is_some()));
    }
    all.extend(keepers.into_iter().map(|(_, code, name)| (code, name, true)));
    Ok(all)
}

/// Its name, its zone, whether holidays close it, and who keeps it.
fn entry(tx: &mut Tx<'_>, stored: &Stored, trial: &Trial, f: &Frame) -> Result<Form> {
    let place = format!("/admin/calendars/{}/entry", stored.code);
    let zone = definition(stored)?.zone;
    let mut zones = ZONES.map(|(zone, name)| (zone.to_owned(), format!("{name} ({zone})"))).to_vec();
    if !zones.iter().any(|(known, _)| *known == zone) {
        zones.push((zone.clone(), zone.clone()));
    }
    let mut form = Form::new("entry", place, f.t("web.admin.calendar.entry"), String::new())
        .weighed(trial, f)
        .folded()
        .field(Field::version(stored.version))
        .field(Field::line("name", f.t("web.admin.calendar.name"), &stored.name).needed())
        .field(Field::choice("zone", f.t("web.admin.region.zone"), zone, zones))
        .field(Field::check("keeps_holidays", f.t("web.admin.calendar.keeps_holidays"), stored.keeps_holidays));
    if !stored.is_default {
        form = form.field(Field::check("is_default", f.t("web.admin.calendar.make_default"), false));
    }
    for (code, name, keeps) in possible_keepers(tx, stored)? {
        let label = f.say(&say!("web.admin.calendar.kept", opd = name));
        form = form.field(Field::check(format!("opd-{code}"), label, keeps));
    }
    Ok(form)
}

/// The hours of each week, and the way to change them.
fn weeks(page: &mut Page, stored: &Stored, trial: &Trial, place: &str) -> Result<()> {
    let f = page.frame.clone();
    let weeks = definition(stored)?.weeks;
    let mut columns = vec![f.t("web.admin.calendar.since")];
    let days = f.t("mail.days");
    columns.extend(days.split(' ').map(str::to_owned));
    let mut table = Table::new("weeks", f.t("web.admin.calendar.week"), columns, String::new());
    for week in &weeks {
        let since = week.from.map_or_else(|| f.t("web.admin.calendar.ever"), |from| f.day(from));
        let mut cells = vec![Cell::text(since)];
        for (_, windows) in week.hours.days() {
            let hours: Vec<String> = windows.iter().map(|window| told(*window, f.language)).collect();
            let round = week.round_the_clock.then(|| told(Window::WHOLE_DAY, f.language));
            let hours = round.unwrap_or_else(|| if hours.is_empty() { "–".into() } else { hours.join(", ") });
            cells.push(Cell::text(hours));
        }
        table.row(cells);
    }
    page.table(table);
    let newest = weeks.last();
    let mut form = Form::new("week", format!("{place}/week"), f.t("web.admin.calendar.set_week"), String::new());
    form = form.weighed(trial, &f).folded().field(Field::version(stored.version));
    let from = Field::day("from", f.t("web.admin.calendar.from"), newest.and_then(|week| week.from));
    form = form.field(from.hint(f.t("web.admin.calendar.from_hint")));
    for (n, (name, label)) in DAYS.into_iter().zip(days.split(' ')).enumerate() {
        let hours = newest.and_then(|week| week.hours.days().get(n).map(|(_, windows)| (*windows).clone()));
        let hours: Vec<String> = hours.unwrap_or_default().into_iter().map(|window| told(window, f.language)).collect();
        let field = Field::line(name, label.to_owned(), hours.join(", "));
        form = form.field(if n == 0 { field.hint(f.t("web.admin.calendar.hours_hint")) } else { field });
    }
    let round = newest.is_some_and(|week| week.round_the_clock);
    page.form(form.field(Field::check("round_the_clock", f.t("web.admin.calendar.round"), round)));
    Ok(())
}

/// Days with hours of their own, such as Ramadan.
fn exceptions(page: &mut Page, stored: &Stored, trial: &Trial, place: &str) -> Result<()> {
    let f = page.frame.clone();
    let columns = ["web.admin.calendar.why", "web.admin.from", "web.admin.until", "web.admin.calendar.remove"];
    let none = f.t("web.admin.calendar.no_exceptions");
    let columns = columns.map(|key| f.t(key)).to_vec();
    let mut table = Table::new("exceptions", f.t("web.admin.calendar.exceptions"), columns, none);
    let mut all: Vec<Exception> = definition(stored)?.exceptions;
    all.sort_by_key(|one| std::cmp::Reverse(one.from));
    for one in all {
        let remove = format!("{place}/exceptions/{}", addressed(&one));
        let button = Cell::button(
            remove,
            f.t("web.admin.calendar.remove"),
            &f.say(&say!("web.admin.calendar.named", name = one.name, from = f.day(one.from))),
        );
        table.row(vec![Cell::text(one.name), Cell::text(f.day(one.from)), Cell::text(f.day(one.until)), button]);
    }
    page.table(table);
    let (title, action) = (f.t("web.admin.calendar.add"), format!("{place}/exceptions"));
    let form = Form::new("exception", action, title, String::new())
        .weighed(trial, &f)
        .folded()
        .field(Field::version(stored.version))
        .field(Field::line("name", f.t("web.admin.calendar.why"), "").needed())
        .field(Field::day("first", f.t("web.admin.from"), None).needed())
        .field(Field::day("last", f.t("web.admin.until"), None).needed())
        .field(
            Field::line("most_days", f.t("web.admin.calendar.most_days"), "")
                .hint(f.t("web.admin.calendar.exception_hint")),
        )
        .field(Field::line("friday", f.t("web.admin.calendar.fridays"), ""))
        .field(Field::line("saturday", f.t("web.admin.calendar.saturdays"), ""))
        .field(Field::check("over_holidays", f.t("web.admin.calendar.over"), tick(&trial.sent, "over_holidays")));
    page.form(form);
    Ok(())
}
