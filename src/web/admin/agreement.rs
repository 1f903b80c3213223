//! One agreement (B1): its name and days, every version of what it promises, and a new version after its effect was
//! shown.

use super::super::frame::Frame;
use super::super::sent::{Sent, Trial};
use super::super::visit::{Shown, Visit};
use super::form::{Field, Form};
use super::page::{Cell, Page, Table};
use super::{day, run, tick, version, weigh};
use crate::access::{May, Tx, act};
use crate::catalog::words::Priority;
use crate::check::Checks;
use crate::error::Result;
use crate::message::Language;
use crate::org::{InRegion, in_own_region, person};
use crate::say;
use crate::sla::Metric;
use crate::sla::agreement::{self, Agreement};
use crate::sla::keep_agreement::{self, AgreementChanges};
use crate::sla::list;
use crate::sla::terms::{Targets, Terms};
use crate::ticket::recount::{Shift, followed};
use actix_web::web::Path;

/// The targets; their fields go by the same names.
const METRICS: [Metric; 4] =
    [Metric::FirstResponse, Metric::Resolution, Metric::Tier2Acceptance, Metric::Tier2Resolution];
const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;

/// `GET /admin/agreements/{code}`.
pub async fn read(visit: Visit, code: Path<String>) -> Shown {
    let html = visit.read(move |tx, frame| one(tx, frame, &code, &Trial::new(), None)).await?;
    Ok(visit.page(200, html))
}

/// `POST /admin/agreements/{code}`: other terms are a new version.
pub async fn change(visit: Visit, code: Path<String>, sent: Sent) -> Shown {
    let code = code.into_inner();
    let place = format!("/admin/agreements/{code}?done=saved");
    let change = {
        let code = code.clone();
        move |tx: &mut Tx<'_>, sent: &Sent, rehearse: bool| {
            let may = in_own_region(tx)?;
            let stored = list::agreement(tx, &in_own_region(tx)?, &code)?;
            let terms = terms(sent, agreement::version(tx, stored.version_id)?.terms()?)?;
            let changes = AgreementChanges {
                terms: Some(terms),
                apply_to_open: Some(tick(sent, "apply_to_open")),
                ..AgreementChanges::default()
            };
            let change = |tx: &mut Tx<'_>| keep_agreement::change(tx, &may, &code, &changes, version(sent));
            Ok(followed(tx, rehearse, change)?.1)
        }
    };
    weigh(visit, "terms", sent, place, change, move |tx, frame, trial, shift| one(tx, frame, &code, &trial, shift))
        .await
}

/// `POST /admin/agreements/{code}/entry`: what it is called, who promises, and until when.
pub async fn change_entry(visit: Visit, code: Path<String>, sent: Sent) -> Shown {
    let code = code.into_inner();
    let change = {
        let code = code.clone();
        move |tx: &mut Tx<'_>, sent: &Sent| {
            let may = in_own_region(tx)?;
            let changes = AgreementChanges {
                name: Some(sent.get("name").trim().to_owned()),
                provider: Some(sent.get("provider").trim().to_owned()),
                valid_until: day(sent, "valid_until")?.into(),
                ..AgreementChanges::default()
            };
            followed(tx, false, |tx| keep_agreement::change(tx, &may, &code, &changes, version(sent)))?;
            Ok(format!("/admin/agreements/{code}?done=saved"))
        }
    };
    run(visit, "entry", sent, change, move |tx, frame, trial| one(tx, frame, &code, &trial, None)).await
}

fn one(tx: &mut Tx<'_>, frame: Frame, code: &str, trial: &Trial, shift: Option<Shift>) -> Result<String> {
    let _: May<act::KeepAgreements, InRegion> = in_own_region(tx)?;
    let may = in_own_region(tx)?;
    let stored = list::agreement(tx, &may, code)?;
    let history = agreement::history(tx, stored.id)?;
    let people = person::briefs(tx, &history.iter().filter_map(|v| v.by_id).collect::<Vec<_>>())?;
    let mut page = Page::new(frame, &tx.actor, say!("web.admin.agreement.title"), trial.clone());
    page.named(&stored.name);
    page.back("/admin/agreements", say!("web.admin.agreement.title"));
    page.weighed(shift);
    let f = page.frame.clone();
    let current = agreement::version(tx, stored.version_id)?.terms()?;
    page.form(entry(&stored, &f));
    page.form(form(&stored, &current, trial, &f));
    for version in history {
        let by =
            people.iter().find(|p| Some(p.id) == version.by_id).map_or_else(|| f.t("mail.system"), |p| p.name.clone());
        let title = say!("web.admin.agreement.version", number = version.number, at = f.moment(version.at), by = by);
        page.table(targets(&f, f.say(&title), version.number, &version.terms()?));
    }
    page.html()
}

/// What a version promises.
fn targets(f: &Frame, title: String, number: i32, terms: &Terms) -> Table {
    let mut columns = vec![f.t("web.admin.agreement.priority")];
    columns.extend(METRICS.map(|metric| f.say(&metric.named(&f.terms.tier2))));
    columns.push(f.t("web.admin.agreement.basis"));
    let mut table = Table::new(format!("version-{number}"), title, columns, String::new());
    for (priority, targets) in &terms.targets {
        let mut cells = vec![Cell::text(f.priority(*priority))];
        cells.extend(seconds(targets).map(|seconds| Cell::text(f.length(seconds))));
        let basis = if targets.round_the_clock { "web.admin.agreement.round" } else { "web.admin.agreement.working" };
        cells.push(Cell::text(f.t(basis)));
        table.row(cells);
    }
    table
}

const fn seconds(targets: &Targets) -> [i64; 4] {
    [targets.first_response, targets.resolution, targets.tier2_acceptance, targets.tier2_resolution]
}

fn entry(stored: &Agreement, f: &Frame) -> Form {
    let place = format!("/admin/agreements/{}/entry", stored.code);
    let until = Field::day("valid_until", f.t("web.admin.until"), stored.valid_until);
    Form::new("entry", place, f.t("web.admin.entry"), f.t("web.admin.save"))
        .folded()
        .field(Field::version(stored.version))
        .field(Field::line("name", f.t("web.admin.agreement.name"), &stored.name).needed())
        .field(Field::line("provider", f.t("web.admin.agreement.provider"), &stored.provider).needed())
        .field(until.hint(f.t("web.admin.agreement.until_hint")))
}

fn form(stored: &Agreement, terms: &Terms, trial: &Trial, f: &Frame) -> Form {
    let place = format!("/admin/agreements/{}", stored.code);
    let mut form = Form::new("terms", place, f.t("web.admin.agreement.new_version"), String::new())
        .weighed(trial, f)
        .folded()
        .field(Field::version(stored.version));
    for (n, (priority, targets)) in terms.targets.iter().enumerate() {
        let named = f.priority(*priority);
        for (metric, seconds) in METRICS.into_iter().zip(seconds(targets)) {
            let called = f.say(&metric.named(&f.terms.tier2));
            let label = f.say(&say!("web.admin.agreement.target", priority = named, metric = called));
            let field =
                Field::line(format!("terms/targets/{priority}/{metric}"), label, shown(seconds, f.language)).needed();
            let is_first = n == 0 && metric == Metric::FirstResponse;
            form = form.field(if is_first { field.hint(f.t("web.admin.agreement.hint")) } else { field });
        }
        let label =
            f.say(&say!("web.admin.agreement.target", priority = named, metric = f.t("web.admin.agreement.round")));
        form = form.field(Field::check(format!("round-{priority}"), label, targets.round_the_clock));
    }
    form.field(Field::check("apply_to_open", f.t("web.admin.agreement.apply"), false).once())
}

/// Hours and minutes: "4:00".
fn written(seconds: i64) -> String {
    format!("{}:{:02}", seconds / HOUR, seconds % HOUR / MINUTE)
}

/// The same as `language` writes it: "4.00".
fn shown(seconds: i64, language: Language) -> String {
    match language {
        Language::Id => written(seconds).replace(':', "."),
        Language::En => written(seconds),
    }
}

/// Seconds of hours and minutes as people write them; whole hours may stand alone.
fn read_length(text: &str) -> Option<i64> {
    let text = text.trim().replace('.', ":");
    let (hours, minutes) = text.split_once(':').unwrap_or((&text, "0"));
    let (hours, minutes) = (hours.parse::<u32>().ok()?, minutes.parse::<u32>().ok().filter(|m| *m < 60)?);
    Some(i64::from(hours) * HOUR + i64::from(minutes) * MINUTE)
}

/// The terms that a form describes; levels and caps stay as they were.
fn terms(sent: &Sent, mut terms: Terms) -> Result<Terms> {
    let mut checks = Checks::new();
    for priority in Priority::ALL {
        let Some(targets) = terms.targets.get_mut(priority) else { continue };
        let mut length = |name: &str, before: i64| {
            let field = format!("terms/targets/{priority}/{name}");
            let text = sent.get(&field);
            // Seconds that the form can't show are kept as long as nobody touches them.
            if text.replace('.', ":") == written(before) {
                return before;
            }
            let found = read_length(text);
            checks.ensure(found.is_some(), &format!("/{field}"), || say!("web.admin.agreement.unreadable"));
            found.unwrap_or(before)
        };
        *targets = Targets {
            round_the_clock: tick(sent, &format!("round-{priority}")),
            first_response: length("first_response", targets.first_response),
            resolution: length("resolution", targets.resolution),
            tier2_acceptance: length("tier2_acceptance", targets.tier2_acceptance),
            tier2_resolution: length("tier2_resolution", targets.tier2_resolution),
        };
    }
    checks.done()?;
    Ok(terms)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_read_as_they_are_written() {
        for seconds in [900, 14_400, 144_000, 115_200] {
            assert_eq!(read_length(&written(seconds)), Some(seconds));
        }
        assert_eq!(read_length("8"), Some(8 * HOUR));
        assert_eq!(read_length("1.30"), Some(HOUR + 30 * MINUTE));
        assert_eq!(read_length("1:75"), None);
        assert_eq!(read_length("sebentar"), None);
        assert_eq!(read_length("-1:00"), None);
    }
}
