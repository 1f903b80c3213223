//! When something would be due.

use super::answer::Answer;
use super::call::{Call, Reply};
use super::extract::Body;
use super::org::in_own_region;
use crate::sla::preview::{self, PreviewAsk};

/// `POST /sla/preview`.
pub async fn preview(call: Call, body: Body<PreviewAsk>) -> Reply {
    let ask = body.value;
    call.write(&body.bytes, move |tx| {
        let may = in_own_region(tx)?;
        Ok(Answer::ok(&preview::preview(tx, &may, &ask)?))
    })
    .await
}
