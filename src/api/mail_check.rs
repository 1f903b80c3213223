//! Does mail work? For the administrator of a region: what `sigap mail check` tells the operator.

use super::answer::Answer;
use super::call::{Call, Reply};
use super::extract::Body;
use super::org::in_own_region;
use super::problem;
use crate::access::act;
use crate::app::check_mail;
use crate::db::Ts;
use crate::error::Result;
use crate::mail::check::{Record, Report, Step};
use crate::mail::letter::Desk;
use crate::mail::mailbox::{self, Mailbox};
use crate::message::Language;
use crate::org::region;
use serde::{Deserialize, Serialize};

/// A check.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CheckForm {
    /// Official address of the region that gets a test mail; none is sent without.
    #[schema(example = "admin@lebakkab.go.id", max_length = 254)]
    to: Option<String>,
}

/// Something that was tried.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct StepView {
    /// `smtp`, `probe` or `imap`.
    what: &'static str,
    /// `ok`, `failed`, or `none` if there is nothing to try.
    state: &'static str,
    /// What was found, and what to do.
    found: String,
    /// What the other side said.
    cause: Option<String>,
}

/// A DNS record to publish.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct RecordView {
    /// `SPF`, `DKIM` or `DMARC`.
    kind: &'static str,
    /// Its name.
    #[schema(example = "sigap._domainkey.lebakkab.go.id")]
    name: String,
    /// Its text; `null` if there is no key yet.
    value: Option<String>,
    /// What it is for.
    about: String,
}

/// What a check found.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct CheckView {
    /// When.
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    at: Ts,
    /// What was tried.
    steps: Vec<StepView>,
    /// What the domain of the desk must publish.
    records: Vec<RecordView>,
}

impl CheckView {
    fn of(report: Report, at: Ts, language: Language) -> Self {
        let step = |step: Step| StepView {
            what: step.what,
            state: match step.works {
                Some(true) => "ok",
                Some(false) => "failed",
                None => "none",
            },
            found: step.found.text(language),
            cause: step.cause,
        };
        let record = |record: Record| RecordView {
            kind: record.kind,
            name: record.name,
            value: record.value,
            about: record.about.text(language),
        };
        let (steps, records) = (report.steps.into_iter().map(step), report.records.into_iter().map(record));
        Self { at, steps: steps.collect(), records: records.collect() }
    }
}

/// `POST /mail/check`. Other servers are asked with no transaction open; only the answer is recorded in one.
pub async fn check(call: Call, body: Body<CheckForm>) -> Reply {
    let (answer, is_well) = match report(&call, &body).await {
        Err(e) if e.is_passing() => return Err(call.problem(e)),
        Err(e) => {
            // Kept under its key, as every refusal is.
            let refusal = problem::answer(&e, call.language);
            return call.write(&body.bytes, move |_| Ok(refusal.clone())).await;
        }
        Ok(report) => report,
    };
    let to = body.value.to;
    call.write(&body.bytes, move |tx| {
        check_mail::note(tx, &in_own_region(tx)?, to.as_deref(), is_well)?;
        Ok(answer.clone())
    })
    .await
}

/// The answer, and whether all is well; or the first answer to the same request: a test mail is not sent twice.
async fn report(call: &Call, body: &Body<CheckForm>) -> Result<(Answer, bool)> {
    let (desk, mailboxes) = call.fetch(desk).await?;
    if let Some(first) = call.earlier(&body.bytes).await? {
        return Ok((first, true));
    }
    let found = call.app.check_mail(&desk, &mailboxes, body.value.to.as_deref()).await?;
    let is_well = found.is_well();
    Ok((Answer::ok(&CheckView::of(found, call.app.clock.now(), call.language)), is_well))
}

fn desk(tx: &mut crate::access::Tx<'_>) -> Result<(Desk, Vec<Mailbox>)> {
    let may = in_own_region::<act::KeepMails>(tx)?;
    let region = region::by_id(tx, may.get().0)?;
    Ok((region.desk(), mailbox::all(tx)?))
}
