//! Agreements (B1): what is promised to whom, and a new one.

use super::super::choices;
use super::super::frame::Frame;
use super::super::sent::{Sent, Trial};
use super::super::visit::{Shown, Visit};
use super::form::{Field, Form};
use super::page::{Cell, Page, Table};
use super::{day, run};
use crate::access::{May, Tx, act};
use crate::catalog;
use crate::error::{Error, Result};
use crate::org::{InRegion, in_own_region, opd, region};
use crate::say;
use crate::sla::agreement::{self, Agreement, Consumer};
use crate::sla::keep_agreement::{self, NewAgreement};
use crate::sla::list;

/// `GET /admin/agreements`.
pub async fn list(visit: Visit) -> Shown {
    let html = visit.read(|tx, frame| all(tx, frame, Trial::new())).await?;
    Ok(visit.page(200, html))
}

/// `POST /admin/agreements`: an agreement that promises what another one does, until it gets a version of its own.
pub async fn create(visit: Visit, sent: Sent) -> Shown {
    let change = |tx: &mut Tx<'_>, sent: &Sent| {
        let may = in_own_region(tx)?;
        let like = list::agreement(tx, &in_own_region(tx)?, sent.get("like"));
        let like = like.map_err(|error| match error {
            Error::NotFound => Error::invalid("/like", say!("web.choose")),
            other => other,
        })?;
        let terms = agreement::version(tx, like.version_id)?.terms()?;
        let (consumer, opd, service) = to_whom(sent.get("consumer"))?;
        let from = day(sent, "valid_from")?.ok_or_else(|| Error::invalid("/valid_from", say!("field.needed")))?;
        let new = NewAgreement {
            code: sent.get("code").trim().to_owned(),
            name: sent.get("name").trim().to_owned(),
            provider: sent.get("provider").trim().to_owned(),
            consumer,
            opd,
            service,
            valid_from: from,
            valid_until: day(sent, "valid_until")?,
            terms,
        };
        let made = keep_agreement::create(tx, &may, &new)?;
        Ok(format!("/admin/agreements/{}?done=made", made.code))
    };
    run(visit, "new", sent, change, all).await
}

/// The consumer that a form names: `region`, `opd:` or `service:` with a code.
fn to_whom(named: &str) -> Result<(Consumer, Option<String>, Option<String>)> {
    let (kind, code) = named.split_once(':').map_or((named, None), |(kind, code)| (kind, Some(code.to_owned())));
    match (Consumer::from_text(kind), code) {
        (Some(Consumer::Region), None) => Ok((Consumer::Region, None, None)),
        (Some(Consumer::Opd), Some(opd)) => Ok((Consumer::Opd, Some(opd), None)),
        (Some(Consumer::Service), Some(service)) => Ok((Consumer::Service, None, Some(service))),
        _ => Err(Error::invalid("/consumer", say!("web.choose"))),
    }
}

fn all(tx: &mut Tx<'_>, frame: Frame, trial: Trial) -> Result<String> {
    let _: May<act::KeepAgreements, InRegion> = in_own_region(tx)?;
    let may = in_own_region(tx)?;
    let agreements = choices::whole(tx, |tx, paging| list::agreements(tx, &may, paging))?;
    let today = region::own(tx)?.day(tx.now);
    let mut page = Page::new(frame, &tx.actor, say!("web.admin.agreement.title"), trial);
    let f = page.frame.clone();
    let columns = [
        "web.admin.agreement.name",
        "web.admin.agreement.to",
        "web.admin.from",
        "web.admin.until",
        "web.admin.agreement.state",
    ];
    let columns = columns.map(|key| f.t(key)).to_vec();
    let mut table = Table::new("agreements", f.t("web.admin.agreement.title"), columns, String::new());
    let likes = agreements.iter().map(|one| (one.code.clone(), one.name.clone())).collect();
    let provider = agreements.first().map(|one| one.provider.clone()).unwrap_or_default();
    for one in agreements {
        let state = if one.is_valid(today) {
            Cell::text(f.t("web.admin.agreement.valid"))
        } else {
            Cell::strong(f.t("web.admin.agreement.not_valid"))
        };
        let place = format!("/admin/agreements/{}", one.code);
        let to = consumer(tx, &f, &one)?;
        let until = one.valid_until.map_or_else(|| "–".to_owned(), |day| f.day(day));
        table.row(vec![
            Cell::link(one.name, place),
            Cell::text(to),
            Cell::text(f.day(one.valid_from)),
            Cell::text(until),
            state,
        ]);
    }
    page.table(table);
    let from = Field::day("valid_from", f.t("web.admin.from"), Some(today)).needed();
    let until = Field::day("valid_until", f.t("web.admin.until"), None).hint(f.t("web.admin.agreement.until_hint"));
    let form = Form::new("new", "/admin/agreements", f.t("web.admin.agreement.new"), f.t("web.admin.add"))
        .folded()
        .field(Field::line("code", f.t("web.admin.code"), "").needed().hint(f.t("web.admin.code_hint")))
        .field(Field::line("name", f.t("web.admin.agreement.name"), "").needed())
        .field(Field::line("provider", f.t("web.admin.agreement.provider"), provider).needed())
        .field(Field::choice("consumer", f.t("web.admin.agreement.to"), "region", consumers(tx, &f)?))
        .field(from)
        .field(until)
        .field(
            Field::choice("like", f.t("web.admin.agreement.like"), "", likes)
                .hint(f.t("web.admin.agreement.like_hint")),
        );
    page.form(form);
    page.html()
}

/// To whom may be promised: everybody, an organisation, whoever uses a service.
fn consumers(tx: &mut Tx<'_>, f: &Frame) -> Result<Vec<(String, String)>> {
    let mut all = vec![("region".to_owned(), f.t("web.admin.service.everybody"))];
    for (code, name) in choices::opds(tx)? {
        all.push((format!("opd:{code}"), name));
    }
    for (code, name) in choices::services(tx)? {
        all.push((format!("service:{code}"), f.say(&say!("web.admin.agreement.of_service", service = name))));
    }
    Ok(all)
}

/// To whom it promises.
fn consumer(tx: &mut Tx<'_>, f: &Frame, one: &Agreement) -> Result<String> {
    let name = |all: Vec<(crate::db::Id, String, String)>| all.into_iter().next().map(|(_, _, name)| name);
    Ok(match one.consumer {
        Consumer::Region => f.t("web.admin.service.everybody"),
        Consumer::Opd => {
            name(opd::names(tx, &one.consumer_opd_id.into_iter().collect::<Vec<_>>())?).unwrap_or_default()
        }
        Consumer::Service => {
            name(catalog::names(tx, &one.consumer_service_id.into_iter().collect::<Vec<_>>())?).unwrap_or_default()
        }
    })
}
