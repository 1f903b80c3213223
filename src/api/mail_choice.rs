//! What the caller is written to about.

use super::answer::{Answer, ListView};
use super::call::{Call, Reply};
use super::extract::Body;
use crate::access::Tx;
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
pub async fn show(call: Call) -> Reply {
    call.read(shown).await
}

/// `PATCH /me/mails`.
pub async fn choose(call: Call, body: Body<MailChoices>) -> Reply {
    let MailChoices { unwanted } = body.value;
    call.write(&body.bytes, move |tx| {
        mail_choice::choose(tx, &unwanted)?;
        shown(tx)
    })
    .await
}

fn shown(tx: &mut Tx<'_>) -> Result<Answer> {
    Ok(Answer::ok(&ListView { items: mail_choice::own(tx)?, next_cursor: None }))
}
