//! Import from CSV in two steps: first what would happen, line by line; then it happens.

use super::super::frame::Frame;
use super::super::see;
use super::super::sent::{Sent, Trial};
use super::super::upload;
use super::super::visit::{Shown, Visit};
use super::form::{Field, Form};
use super::page::{Cell, Page, Table};
use super::refused;
use crate::access::{May, Tx, act};
use crate::app::App;
use crate::error::{Error, Result};
use crate::lines::LineFault;
use crate::message::Say;
use crate::org::import::{self, Outcome};
use crate::org::{InRegion, in_own_region};
use crate::say;
use crate::sla::import_holidays;
use crate::ticket::recount::{Shift, followed};
use crate::worktime::Holiday;
use actix_multipart::Multipart;
use actix_web::web::Path;
use chrono::{Datelike, NaiveDate};

/// What is imported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    Opds,
    People,
    Holidays,
}

/// What a file would do, or did.
struct Found {
    /// What it would do as a whole.
    sum: Say,
    /// What it is, what it is about, and what becomes of it.
    rows: Vec<(Of, String, Say)>,
    faults: Vec<LineFault>,
}

/// What a row of the table is: a line of the file, or a day that it speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Of {
    Line(u64),
    Day(NaiveDate),
}

impl Of {
    fn told(self, frame: &Frame) -> String {
        match self {
            Self::Line(line) => line.to_string(),
            Self::Day(day) => frame.day(day),
        }
    }
}

impl What {
    fn read(word: &str) -> Result<Self> {
        match word {
            "opds" => Ok(Self::Opds),
            "people" => Ok(Self::People),
            "holidays" => Ok(Self::Holidays),
            _ => Err(Error::NotFound),
        }
    }

    const fn place(self) -> &'static str {
        match self {
            Self::Opds => "/admin/opds",
            Self::People => "/admin/people",
            Self::Holidays => "/admin/holidays",
        }
    }

    /// What the rows of its table are.
    fn heading(self, frame: &Frame) -> String {
        match self {
            Self::Opds | Self::People => frame.t("web.admin.import.line"),
            Self::Holidays => frame.t("web.admin.holiday.day"),
        }
    }

    /// Where one sees what came in: of holidays, the year of the first that changed.
    fn after(self, outcome: &Found) -> String {
        let place = format!("{}?done=imported", self.place());
        match outcome.rows.first() {
            Some((Of::Day(day), ..)) => format!("{place}&year={}", day.year()),
            _ => place,
        }
    }

    fn words(self) -> (Say, Say, Say) {
        match self {
            Self::Opds => {
                (say!("web.admin.import.opds"), say!("web.admin.import.opd_columns"), say!("web.admin.opd.title"))
            }
            Self::People => (
                say!("web.admin.import.people"),
                say!("web.admin.import.people_columns"),
                say!("web.admin.person.title"),
            ),
            Self::Holidays => (
                say!("web.admin.import.holidays"),
                say!("web.admin.import.holiday_columns"),
                say!("web.admin.holiday.title"),
            ),
        }
    }

    fn may(self, tx: &Tx<'_>) -> Result<()> {
        match self {
            Self::Opds => in_own_region::<act::KeepOpds>(tx).map(drop),
            Self::People => in_own_region::<act::KeepPeople>(tx).map(drop),
            Self::Holidays => in_own_region::<act::KeepAgreements>(tx).map(drop),
        }
    }

    fn run(self, tx: &mut Tx<'_>, app: &App, file: &[u8], rehearse: bool) -> Result<Found> {
        match self {
            Self::Opds => {
                let may: May<act::KeepOpds, InRegion> = in_own_region(tx)?;
                import::run(tx, rehearse, |tx| import::opds(tx, &may, file)).map(Found::of)
            }
            Self::People => {
                let may: May<act::KeepPeople, InRegion> = in_own_region(tx)?;
                import::run(tx, rehearse, |tx| import::people(tx, &may, file, app.post())).map(Found::of)
            }
            Self::Holidays => {
                let may: May<act::KeepAgreements, InRegion> = in_own_region(tx)?;
                let (outcome, shift) = followed(tx, rehearse, |tx| import_holidays::import(tx, &may, file))?;
                Ok(Found::of_holidays(outcome, shift))
            }
        }
    }
}

impl Found {
    fn of(outcome: Outcome) -> Self {
        let word = |is_new| if is_new { say!("web.admin.import.new") } else { say!("web.admin.import.known") };
        Self {
            sum: say!("web.admin.import.would", created = outcome.created, changed = outcome.changed),
            rows: outcome.taken.into_iter().map(|t| (Of::Line(t.line), t.name, word(t.is_new))).collect(),
            faults: outcome.faults,
        }
    }

    fn of_holidays(outcome: import_holidays::Outcome, shift: Shift) -> Self {
        let merge = outcome.merge;
        let row = |holiday: Holiday, becomes: Say| (Of::Day(holiday.day), holiday.name, becomes);
        let mut rows: Vec<(Of, String, Say)> = Vec::new();
        rows.extend(merge.added.into_iter().map(|h| row(h, say!("web.admin.import.new"))));
        rows.extend(merge.changed.into_iter().map(|c| row(c.after, say!("web.admin.import.known"))));
        rows.extend(merge.gone.into_iter().map(|h| row(h, say!("web.admin.import.gone"))));
        rows.extend(merge.overruled.into_iter().map(|h| row(h, say!("web.admin.import.overruled"))));
        rows.sort_by_key(|(of, ..)| *of);
        let sum = say!(
            "web.admin.import.would_holidays",
            rows = rows.len(),
            same = merge.unchanged,
            moved = shift.moved,
            passed = shift.passed
        );
        Self { sum, rows, faults: outcome.faults }
    }
}

/// `GET /admin/import/{what}`.
pub async fn form(visit: Visit, what: Path<String>) -> Shown {
    let html = visit.read(move |tx, frame| begin(tx, frame, What::read(&what)?, Trial::new())).await?;
    Ok(visit.page(200, html))
}

fn begin(tx: &mut Tx<'_>, frame: Frame, what: What, trial: Trial) -> Result<String> {
    what.may(tx)?;
    let mut page = titled(tx, frame, what, trial);
    page.text(&what.words().1);
    choose(&mut page, what);
    page.html()
}

fn titled(tx: &Tx<'_>, frame: Frame, what: What, trial: Trial) -> Page {
    let (title, _, before) = what.words();
    let mut page = Page::new(frame, &tx.actor, title, trial);
    page.back(what.place(), before);
    page
}

fn choose(page: &mut Page, what: What) {
    let (title, button) = (page.frame.t("web.admin.import.choose"), page.frame.t("web.admin.import.check"));
    let action = format!("/admin/import/{}", what.place().trim_start_matches("/admin/"));
    let file = Field::file("file", page.frame.t("web.admin.import.file"));
    page.form(Form::new("file", action, title, button).field(file.hint(page.frame.t("web.admin.import.hint"))));
}

/// `POST /admin/import/{what}`: a rehearsal, until `step` says that it counts.
pub async fn send(visit: Visit, what: Path<String>, form: Multipart) -> Shown {
    let what = What::read(&what).map_err(|e| visit.fault(e))?;
    // Whoever may not import does not get to send megabytes first.
    visit.read(move |tx, _| what.may(tx)).await?;
    let sent = match upload::sheet(&visit, form).await {
        Ok(sent) => sent,
        Err(error) => return again(visit, what, Sent::default(), error).await,
    };
    let keep = sent.get("step") == "keep";
    let (app, file) = (visit.app.clone(), sent.get("file").to_owned());
    let done = visit
        .ask(&sent, move |tx| {
            if file.trim().is_empty() {
                return Err(Error::invalid("/file", say!("field.needed")));
            }
            what.run(tx, &app, file.as_bytes(), !keep)
        })
        .await;
    match done {
        Ok(outcome) if keep && outcome.faults.is_empty() => Ok(see(&what.after(&outcome))),
        Ok(outcome) => {
            let status = if outcome.faults.is_empty() { 200 } else { 422 };
            let html = visit.read(move |tx, frame| told(tx, frame, what, &sent, outcome)).await?;
            Ok(visit.page(status, html))
        }
        Err(error) => again(visit, what, sent, error).await,
    }
}

async fn again(visit: Visit, what: What, sent: Sent, error: Error) -> Shown {
    let error = match error {
        Error::TooLarge(most) => Error::invalid("/file", say!("import.large", most = upload::megabytes(most))),
        other => other,
    };
    refused(visit, "file", sent, error, move |tx, frame, trial| begin(tx, frame, what, trial)).await
}

/// What would happen, line by line, and the way to let it happen.
fn told(tx: &mut Tx<'_>, frame: Frame, what: What, sent: &Sent, outcome: Found) -> Result<String> {
    let mut page = titled(tx, frame, what, Trial::new());
    let f = page.frame.clone();
    let columns = |first, last| vec![first, f.t("web.admin.import.about"), f.t(last)];
    if outcome.faults.is_empty() {
        page.note(&outcome.sum);
        let columns = columns(what.heading(&f), "web.admin.import.becomes");
        let mut table = Table::new("lines", f.t("web.admin.import.lines"), columns, String::new());
        for (of, about, becomes) in outcome.rows {
            table.row(vec![Cell::text(of.told(&f)), Cell::text(about), Cell::text(f.say(&becomes))]);
        }
        page.table(table);
        let action = format!("/admin/import/{}", what.place().trim_start_matches("/admin/"));
        let (title, button) = (f.t("web.admin.import.ready"), f.t("web.admin.import.keep"));
        let form = Form::new("keep", action, title, button).sends("keep").of_files();
        page.form(form.field(Field::hidden("file", sent.get("file"))));
        return page.html();
    }
    page.note(&say!("web.admin.import.faults", count = outcome.faults.len()));
    let columns = columns(f.t("web.admin.import.line"), "web.admin.import.mend");
    let mut table = Table::new("faults", f.t("web.admin.import.wrong"), columns, String::new());
    for fault in outcome.faults {
        let column = fault.fault.pointer.trim_start_matches('/').to_owned();
        table.row(vec![Cell::text(fault.line.to_string()), Cell::text(column), Cell::text(f.say(&fault.fault.detail))]);
    }
    page.table(table);
    choose(&mut page, what);
    page.html()
}
