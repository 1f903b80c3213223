//! What the caller is written to about.

use super::answer::Answer;
use super::call::{Call, Reply};
use super::extract::{Body, Query};
use crate::access::Tx;
use crate::db::page::{Page, Paging};
use crate::error::Result;
use crate::mail::choice::Topic;
use crate::org::mail_choice;
use serde::Deserialize;

/// What he does not want.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MailChoices {
    /// Topics of mails that he does without; all others come.
    #[schema(example = json!(["closed"]))]
    unwanted: Vec<Topic>,
}

/// `GET /me/mails`.
pub async fn show(call: Call, Query(paging): Query<Paging>) -> Reply {
    call.read(move |tx| shown(tx, &paging)).await
}

/// `PATCH /me/mails`.
pub async fn choose(call: Call, body: Body<MailChoices>) -> Reply {
    let MailChoices { unwanted } = body.value;
    call.write(&body.bytes, move |tx| {
        mail_choice::choose(tx, &unwanted)?;
        shown(tx, &Paging::default())
    })
    .await
}

fn shown(tx: &mut Tx<'_>, paging: &Paging) -> Result<Answer> {
    Ok(Answer::page(Page::of(mail_choice::own(tx)?, paging, |choice| choice.topic)?, |choice| choice))
}
