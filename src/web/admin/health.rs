//! How the service is, in words: database, timers, mail out and in; and whether mail works, by trying it.

use super::super::frame::Frame;
use super::super::sent::{Sent, Trial};
use super::super::visit::{Shown, Visit};
use super::form::{Field, Form};
use super::page::{Cell, Page, Table};
use super::refused;
use crate::access::{May, Tx, act};
use crate::app::{App, check_mail};
use crate::audit::sequence::PLATFORM;
use crate::audit::store;
use crate::backup::room::MEGABYTE;
use crate::backup::schedule;
use crate::db::{Id, Ts};
use crate::error::Result;
use crate::health::{self, ROOM};
use crate::mail::check::Report;
use crate::mail::letter::Desk;
use crate::mail::mailbox::{self, Mailbox};
use crate::mail::{intake, outbox};
use crate::org::{InRegion, in_own_region, region};
use crate::say;
use crate::sla::lapse;

/// `GET /admin/health`.
pub async fn show(visit: Visit) -> Shown {
    let app = visit.app.clone();
    let html = visit.read(move |tx, frame| overall(tx, frame, &app, Trial::new())?.html()).await?;
    Ok(visit.page(200, html))
}

fn overall(tx: &mut Tx<'_>, frame: Frame, app: &App, trial: Trial) -> Result<Page> {
    let may: May<act::KeepMails, InRegion> = in_own_region(tx)?;
    let mut page = Page::new(frame, &tx.actor, say!("web.admin.health.title"), trial);
    let f = page.frame.clone();
    let columns = ["web.admin.health.what", "web.admin.health.state", "web.admin.health.detail"];
    let columns = columns.map(|key| f.t(key)).to_vec();
    let mut table = Table::new("health", f.t("web.admin.health.now"), columns, String::new());
    let mut row = |what: &'static str, is_well: bool, detail: String| {
        let state =
            if is_well { Cell::text(f.t("web.admin.health.well")) } else { Cell::strong(f.t("web.admin.health.ill")) };
        table.row(vec![Cell::text(f.t(what)), state, Cell::text(detail)]);
    };
    let database = say!("web.admin.health.database_answers", kind = app.store.kind());
    row("web.admin.health.database", true, f.say(&database));
    let timers = match app.pulse.looked_at() {
        Some(at) => f.say(&say!("web.admin.health.timers_looked", at = f.exactly(at))),
        None => f.t("web.admin.health.timers_new"),
    };
    row("web.admin.health.timers", !app.pulse.is_alarming(tx.now), timers);
    let (is_well, told) = out(tx, &f, app, may.get().0)?;
    row("web.admin.health.out", is_well, told);
    let (received, oldest, unreadable) = intake::standing(tx, may.get().0)?;
    let mut came = f.say(&say!("web.admin.health.in_counts", received = received, unreadable = unreadable));
    came += &since(&f, oldest);
    row("web.admin.health.in", unreadable == 0, came);
    let (is_well, kept) = backup(&f, app);
    row("web.admin.health.backup", is_well, kept);
    let (is_well, free) = disk(&f, app);
    row("web.admin.health.disk", is_well, free);
    let (is_well, signed) = audit(tx, &f, app, may.get().0)?;
    row("web.admin.health.audit", is_well, signed);
    let (is_well, told) = runs_out(tx, &f, may.get().0)?;
    row("web.admin.health.runs_out", is_well, told);
    let (desk, boxes) = desk(tx)?;
    let unread = health::unread(app, &boxes, f.now)?;
    for mailbox in boxes.into_iter().filter(|one| one.name.eq_ignore_ascii_case(&desk.mailbox)) {
        let read = match (mailbox.fetched_at, &mailbox.last_error) {
            (_, Some(error)) => error.clone(),
            (Some(at), None) => f.say(&say!("web.admin.health.read_at", at = f.exactly(at))),
            (None, None) => f.t("web.admin.health.never_read"),
        };
        let is_well = mailbox.last_error.is_none() && unread.iter().all(|(desk, _)| *desk != mailbox.name);
        row("web.admin.health.mailbox", is_well, read);
    }
    if let Some(told) = health::unheard(&health::desks(app)?, &region::by_id(tx, may.get().0)?) {
        row("web.admin.health.mailbox", false, f.say(&told));
    }
    page.table(table);
    let form = Form::new("check", "/admin/health", f.t("web.admin.health.check"), f.t("web.admin.health.try"));
    let to = Field::email("to", f.t("web.admin.health.to"), "").hint(f.t("web.admin.health.to_hint"));
    page.form(form.field(to));
    Ok(page)
}

/// What waits to leave, and what keeps it.
fn out(tx: &mut Tx<'_>, f: &Frame, app: &App, region: Id) -> Result<(bool, String)> {
    let (queued, oldest, failed, _) = outbox::standing(tx, region)?;
    let mut out = f.say(&say!("web.admin.health.out_counts", queued = queued, failed = failed));
    out += &since(f, oldest);
    if app.mailer.is_held() {
        out = format!("{} {out}", f.t("web.admin.health.held"));
    }
    if f.writes_files {
        out = format!("{} {out}", f.t("web.admin.health.files"));
    }
    Ok((failed == 0 && !app.mailer.is_held() && !f.writes_files, out))
}

/// When the newest backup was made (L14).
fn backup(f: &Frame, app: &App) -> (bool, String) {
    let Some(newest) = schedule::newest(&app.config, app.began, f.now) else {
        return (false, f.t("web.admin.health.backup_off"));
    };
    let told = match newest.at {
        Some(at) => f.say(&say!("web.admin.health.backup_at", at = f.exactly(Ts::new(at)))),
        None => f.t("web.admin.health.backup_none"),
    };
    (!newest.is_late, told)
}

/// What is free on the fullest disk.
fn disk(f: &Frame, app: &App) -> (bool, String) {
    match health::least_room(&app.config) {
        Some(free) => (free >= ROOM, f.say(&say!("web.admin.health.disk_free", free = free / MEGABYTE))),
        None => (false, f.t("web.admin.health.disk_unknown")),
    }
}

/// Whether the region's log, and the platform's, go on and are signed (L13).
fn audit(tx: &mut Tx<'_>, f: &Frame, app: &App, region: Id) -> Result<(bool, String)> {
    let ill = app.ill_logs.all();
    if ill.contains(&region) || ill.contains(&PLATFORM) {
        return Ok((false, f.t("web.admin.health.audit_ill")));
    }
    let newest = store::newest(tx, region)?;
    let signed = newest.map(|newest| f.say(&say!("web.admin.health.audit_signed", at = f.exactly(newest.signed_at))));
    Ok((true, signed.unwrap_or_else(|| f.t("web.admin.health.audit_none"))))
}

/// What of the deadlines' grounds has run out, or does soon.
fn runs_out(tx: &mut Tx<'_>, f: &Frame, id: Id) -> Result<(bool, String)> {
    let region = region::by_id(tx, id)?;
    let told: Vec<String> = lapse::of(tx, &region)?.iter().map(|lapse| f.say(&lapse.told_in(f.language))).collect();
    Ok(if told.is_empty() { (true, f.t("web.admin.health.runs_out_none")) } else { (false, told.join(" ")) })
}

fn since(f: &Frame, oldest: Option<Ts>) -> String {
    oldest.map(|at| format!(" {}", f.say(&say!("web.admin.health.oldest", at = f.exactly(at))))).unwrap_or_default()
}

/// The desk of the region, for whoever keeps its mail, and what is known of mailboxes.
fn desk(tx: &mut Tx<'_>) -> Result<(Desk, Vec<Mailbox>)> {
    let may: May<act::KeepMails, InRegion> = in_own_region(tx)?;
    Ok((region::by_id(tx, may.get().0)?.desk(), mailbox::all(tx)?))
}

/// `POST /admin/health`: tries everything that mail needs. Other servers are asked with no transaction open.
pub async fn check(visit: Visit, sent: Sent) -> Shown {
    let app = visit.app.clone();
    let found = async {
        let (desk, mailboxes) = visit.ask(&sent, desk).await?;
        let to = sent.maybe("to");
        let report = app.check_mail(&desk, &mailboxes, to.as_deref()).await?;
        let is_well = report.is_well();
        visit.ask(&sent, move |tx| check_mail::note(tx, &in_own_region(tx)?, to.as_deref(), is_well)).await?;
        Ok(report)
    };
    match found.await {
        Ok(report) => {
            let html = visit
                .read(move |tx, frame| {
                    let mut page = overall(tx, frame, &app, Trial::new())?;
                    tell(&mut page, report);
                    page.html()
                })
                .await?;
            Ok(visit.page(200, html))
        }
        Err(error) => {
            let again = move |tx: &mut Tx<'_>, frame, trial| overall(tx, frame, &app, trial)?.html();
            refused(visit, "check", sent, error, again).await
        }
    }
}

/// What a check found, and what the domain of the desk must publish.
fn tell(page: &mut Page, report: Report) {
    let f = page.frame.clone();
    let columns =
        ["web.admin.health.what", "web.admin.health.state", "web.admin.health.detail", "web.admin.mail.error"];
    let mut table =
        Table::new("found", f.t("web.admin.health.found"), columns.map(|key| f.t(key)).to_vec(), String::new());
    for step in report.steps {
        let what = match step.what {
            "smtp" => f.t("web.admin.health.smtp"),
            "probe" => f.t("web.admin.health.probe"),
            _ => f.t("web.admin.health.imap"),
        };
        let state = match step.works {
            Some(true) => Cell::text(f.t("web.admin.health.well")),
            Some(false) => Cell::strong(f.t("web.admin.health.ill")),
            None => Cell::text("–"),
        };
        table.row(vec![
            Cell::text(what),
            state,
            Cell::text(f.say(&step.found)),
            Cell::text(step.cause.unwrap_or_else(|| "–".into())),
        ]);
    }
    page.table(table);
    let columns =
        ["web.admin.health.record", "web.admin.health.name", "web.admin.health.value", "web.admin.health.about"];
    let mut table =
        Table::new("records", f.t("web.admin.health.dns"), columns.map(|key| f.t(key)).to_vec(), String::new());
    for record in report.records {
        table.row(vec![
            Cell::text(record.kind),
            Cell::text(record.name),
            Cell::text(record.value.unwrap_or_else(|| "–".into())),
            Cell::text(f.say(&record.about)),
        ]);
    }
    page.table(table);
}
