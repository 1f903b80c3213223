//! What is done and what is left on the way to a working desk. Every step is read off what there is, so the way may be
//! left and taken up again, by whomever and from wherever.

use super::super::choices;
use super::super::frame::Frame;
use super::super::sent::Trial;
use super::super::visit::{Shown, Visit};
use super::page::{Page, Part, Step};
use crate::access::{Role, Tx};
use crate::catalog;
use crate::db::page::Paging;
use crate::error::{Error, Result};
use crate::mail::outbox;
use crate::message::Say;
use crate::org::{coverage, grant, in_own_region, opd, region, shipped};
use crate::say;
use crate::sla::agreement::Consumer;
use crate::sla::calendar::listed;
use crate::sla::lapse::{self, What};
use crate::sla::list;
use chrono::Datelike;

/// `GET /admin`.
pub async fn show(visit: Visit) -> Shown {
    let html = visit.read(page).await?;
    Ok(visit.page(200, html))
}

fn page(tx: &mut Tx<'_>, frame: Frame) -> Result<String> {
    if !frame.keeps {
        return Err(Error::Forbidden(say!("forbidden.action")));
    }
    let mut page = Page::new(frame, &tx.actor, say!("web.nav.admin"), Trial::new());
    let f = page.frame.clone();
    let mut steps = Vec::new();
    if tx.actor.is(Role::Operator) {
        steps.extend(of_platform(tx, &f)?);
    }
    if tx.actor.is(Role::Admin) {
        steps.extend(of_region(tx, &f)?);
        steps.extend(of_promises(tx, &f)?);
    }
    if steps.iter().all(|step| step.done) {
        page.note(&say!("web.admin.start.ready"));
    } else {
        page.text(&say!("web.admin.start.lead"));
    }
    page.part(Part::Steps(steps));
    page.html()
}

fn step(f: &Frame, done: bool, title: &'static str, text: &Say, link: &str) -> Step {
    Step { done, title: f.t(title), text: f.say(text), link: link.to_owned() }
}

/// The operator's: a region, and somebody who keeps it.
fn of_platform(tx: &mut Tx<'_>, f: &Frame) -> Result<Vec<Step>> {
    let regions = region::list(tx)?;
    let counts = say!("web.admin.start.regions", count = regions.len());
    let mut steps = vec![step(f, !regions.is_empty(), "web.admin.start.region", &counts, "/admin/regions")];
    for region in regions {
        let keepers = grant::holders(tx, region.id, Role::Admin, None)?.len();
        let said = say!("web.admin.start.keepers", region = region.name, count = keepers);
        let place = format!("/admin/regions/{}", region.code);
        steps.push(step(f, keepers > 0, "web.admin.start.keeper", &said, &place));
    }
    Ok(steps)
}

/// The administrator's: who there is, and what can be asked for.
fn of_region(tx: &mut Tx<'_>, f: &Frame) -> Result<Vec<Step>> {
    let region = region::own(tx)?;
    let covered = coverage::report(tx, &in_own_region(tx)?)?;
    let has_provider = opd::provider(tx, region.id)?.is_some();
    let any = Paging { limit: Some(1), cursor: None };
    let has_services = !catalog::list(tx, &any)?.items.is_empty();
    let held = grant::counts(tx, region.id)?;
    let count = |role| held.iter().find(|(held, _)| *held == role).map_or(0, |(_, count)| *count);
    let needed = [Role::Requester, Role::Tier1, Role::Tier2, Role::Coordinator];
    let has_people = needed.into_iter().all(|role| count(role) > 0);
    let facts = say!(
        "web.admin.start.facts",
        region = region.name,
        domain = region.domain,
        prefix = region.ticket_prefix,
        zone = region.time_zone
    );
    let opds = match (covered.opds, has_provider) {
        (0, _) if shipped::opds(&region.code).is_none() => say!("web.admin.start.no_opds_here"),
        (0, _) => say!("web.admin.start.no_opds"),
        (count, false) => say!("web.admin.start.no_provider", count = count),
        (count, true) => say!("web.admin.start.opds", count = count),
    };
    let services = if has_services { say!("web.admin.start.services") } else { say!("web.admin.start.no_services") };
    let people = needed.map(|role| format!("{}: {}", f.role(role), count(role))).join(", ");
    let lacking = say!(
        "web.admin.start.uncovered",
        count = covered.uncovered.len(),
        tier1 = f.terms.tier1,
        tier2 = f.terms.tier2
    );
    let is_covered = covered.opds > 0 && covered.uncovered.is_empty();
    Ok(vec![
        step(f, true, "web.admin.start.own", &facts, ""),
        step(f, covered.opds > 0 && has_provider, "web.admin.opd.room", &opds, "/admin/opds"),
        step(f, has_services, "web.admin.service.title", &services, "/admin/services"),
        step(
            f,
            has_people,
            "web.admin.person.title",
            &say!("web.admin.start.people", people = people),
            "/admin/people",
        ),
        step(f, is_covered, "web.admin.start.coverage", &lacking, "/admin/opds"),
    ])
}

/// The administrator's: what is promised, when work is done, and whether anybody hears of it.
fn of_promises(tx: &mut Tx<'_>, f: &Frame) -> Result<Vec<Step>> {
    let region = region::own(tx)?;
    let today = region.day(tx.now);
    let may = in_own_region(tx)?;
    let agreements = choices::whole(tx, |tx, paging| list::agreements(tx, &may, paging))?;
    let standard = agreements.into_iter().find(|a| a.consumer == Consumer::Region && a.is_valid(today));
    let lapses = lapse::of(tx, &region)?;
    let [unagreed, no_days, no_hours] = [What::Agreement, What::Holidays, What::Ramadan]
        .map(|what| lapses.iter().find(|lapse| lapse.what == what).map(|lapse| lapse.told_in(f.language)));
    let name = standard.as_ref().map_or("", |one| one.name.as_str());
    let agreed = say!("web.admin.start.agreement", name = name);
    let place = standard.as_ref().map_or("/admin/agreements".to_owned(), |a| format!("/admin/agreements/{}", a.code));
    let holidays = listed(tx, region.id)?.iter().filter(|held| held.day.year() == today.year()).count();
    let days = say!("web.admin.start.holidays", count = holidays, year = today.year());
    let (.., has_sent) = outbox::standing(tx, region.id)?;
    let mail = if f.writes_files {
        say!("web.admin.start.mail_files")
    } else if has_sent {
        say!("web.admin.start.mail")
    } else {
        say!("web.admin.start.no_mail")
    };
    let mut steps = vec![
        step(f, unagreed.is_none(), "web.admin.agreement.title", unagreed.as_ref().unwrap_or(&agreed), &place),
        step(f, no_days.is_none(), "web.admin.holiday.title", no_days.as_ref().unwrap_or(&days), "/admin/holidays"),
        step(f, has_sent && !f.writes_files, "web.admin.mail.title", &mail, "/admin/health"),
    ];
    if let Some(hours) = no_hours {
        steps.push(step(f, false, "web.admin.calendar.title", &hours, "/admin/calendars"));
    }
    Ok(steps)
}
