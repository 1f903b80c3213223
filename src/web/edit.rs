//! Setting a ticket right: what it says, what it is about, how much it matters, who may know of it.

use super::choices;
use super::form::{Field, Form};
use super::frame::Frame;
use super::sent::{Sent, Trial};
use crate::access::Tx;
use crate::catalog::{self, Impact, Kind, Urgency};
use crate::error::Result;
use crate::org::region;
use crate::ticket::edit::{self, Changes};
use crate::ticket::find::{TicketRef, find};
use crate::ticket::present::Presented;
use crate::ticket::{Classification, Ticket};

/// The form, with what is stored or what was typed just now.
///
/// # Errors
/// What the database says.
pub fn form(tx: &mut Tx<'_>, frame: &Frame, p: &Presented, trial: &Trial) -> Result<Form> {
    let t = &p.ticket;
    let kinds = Kind::ALL.iter().map(|k| (k.text().to_owned(), frame.kind(*k))).collect();
    let impacts = Impact::ALL.iter().map(|i| (i.text().to_owned(), impact(frame, *i))).collect();
    let urgencies = Urgency::ALL.iter().map(|u| (u.text().to_owned(), urgency(frame, *u))).collect();
    let classes = Classification::ALL.iter().map(|c| (c.text().to_owned(), frame.classification(*c))).collect();
    let services = services(tx, frame, p)?;
    let service = p.service.as_deref().unwrap_or_default();
    let word = |key| frame.t(key);
    let subject = Field::line("subject", word("web.edit.subject"), &t.subject).needed().most(200);
    let description = Field::long("description", word("web.ticket.trouble"), &t.description, 5).needed().most(20_000);
    let secrecy = Field::choice("classification", word("web.ticket.classification"), t.classification.text(), classes);
    Ok(Form::new("edit", format!("/tickets/{}/edit", t.number), word("web.edit.title"), word("web.edit.save"))
        .field(subject)
        .field(description)
        .field(Field::choice("kind", word("web.ticket.kind"), t.kind.text(), kinds))
        .field(Field::choice("service", word("web.ticket.service"), service, services))
        .field(Field::choice("impact", word("web.edit.impact"), t.impact.text(), impacts))
        .field(Field::choice("urgency", word("web.edit.urgency"), t.urgency.text(), urgencies))
        .field(secrecy.hint(word("web.edit.secret")))
        .resumed(trial))
}

/// What the ticket's organisation may ask for, and what the ticket is about already. A ticket about nothing in
/// particular may stay so; one that has a service keeps one.
fn services(tx: &mut Tx<'_>, frame: &Frame, p: &Presented) -> Result<Vec<(String, String)>> {
    let today = region::own(tx)?.day(tx.now);
    let listed = choices::whole(tx, catalog::list)?;
    let is_theirs = |s: &catalog::Service| s.only_opd_id.is_none_or(|only| only == p.ticket.opd_id);
    let offered = listed.into_iter().filter(|s| is_theirs(s) && s.is_offered(today));
    let mut choices: Vec<_> = offered.map(|s| (s.code, s.name)).collect();
    match p.ticket.service_id {
        None => choices.insert(0, (String::new(), frame.t("web.report.else"))),
        Some(id) if !choices.iter().any(|(code, _)| Some(code) == p.service.as_ref()) => {
            let held = catalog::by_id(tx, id)?;
            choices.push((held.code, held.name));
        }
        Some(_) => {}
    }
    Ok(choices)
}

/// How much is hit, in words.
pub fn impact(frame: &Frame, impact: Impact) -> String {
    match impact {
        Impact::High => frame.t("web.edit.impact_high"),
        Impact::Medium => frame.t("web.edit.impact_medium"),
        Impact::Low => frame.t("web.edit.impact_low"),
    }
}

/// How soon it is needed, in words.
pub fn urgency(frame: &Frame, urgency: Urgency) -> String {
    match urgency {
        Urgency::High => frame.t("web.edit.urgency_high"),
        Urgency::Medium => frame.t("web.edit.urgency_medium"),
        Urgency::Low => frame.t("web.edit.urgency_low"),
    }
}

/// Changes what was filled in otherwise than it is stored.
///
/// # Errors
/// As [`edit::edit`].
pub fn change(tx: &mut Tx<'_>, which: &TicketRef, sent: &Sent) -> Result<Ticket> {
    let held = find(tx, which)?;
    let changes = changes(tx, held.get(), sent)?;
    edit::edit(tx, held, &changes)
}

fn changes(tx: &mut Tx<'_>, held: &Ticket, sent: &Sent) -> Result<Changes> {
    let service = held.service_id.map(|id| catalog::code(tx, id)).transpose()?;
    // Browsers end every line in one way, whatever was sent by another door.
    let description = held.description.replace("\r\n", "\n").replace('\r', "\n");
    Ok(Changes {
        subject: Some(sent.get("subject").trim().to_owned()).filter(|text| *text != held.subject),
        description: Some(sent.get("description").to_owned()).filter(|text| *text != description),
        kind: sent.word("kind", Kind::from_text)?.filter(|kind| *kind != held.kind),
        service: sent.maybe("service").filter(|code| Some(code) != service.as_ref()),
        impact: sent.word("impact", Impact::from_text)?.filter(|impact| *impact != held.impact),
        urgency: sent.word("urgency", Urgency::from_text)?.filter(|urgency| *urgency != held.urgency),
        classification: sent
            .word("classification", Classification::from_text)?
            .filter(|classification| *classification != held.classification),
    })
}
