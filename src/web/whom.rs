//! For whom somebody reports: found by a part of a name, an address or a NIP, and picked from those who were found.

use super::sent::{Sent, Trial};
use super::visit::{Shown, Visit};
use super::{report, unsent};
use crate::access::Tx;
use crate::error::{Error, Result};
use crate::org::on_behalf::{self, Found};
use crate::say;

/// People who are offered.
const OFFERED: usize = 10;

/// Those who are offered for what was typed.
#[derive(Default)]
pub struct Whom {
    /// What was looked for; empty if nothing was.
    pub sought: String,
    /// Those who were found.
    pub found: Vec<Found>,
    /// There are more than are shown.
    pub more: bool,
    /// Address of the one who is picked; of one alone it is his.
    pub picked: String,
}

impl Whom {
    /// For what stands in the field, and whoever was picked before.
    ///
    /// # Errors
    /// 403 for whoever reports for nobody but himself; what the database says.
    pub fn offered(tx: &mut Tx<'_>, typed: &str, picked: &str) -> Result<Self> {
        let sought = typed.trim().to_owned();
        let most = i64::try_from(OFFERED).unwrap_or(i64::MAX).saturating_add(1);
        let mut found = on_behalf::find(tx, &sought, most)?;
        let more = found.len() > OFFERED;
        found.truncate(OFFERED);
        let picked = match found.as_slice() {
            [one] => one.person.email.clone(),
            _ => picked.to_owned(),
        };
        Ok(Self { sought, found, more, picked })
    }
}

/// `POST /report/people`: the form as it was filled in, with those who were found.
pub async fn find(visit: Visit, sent: Sent) -> Shown {
    let may = visit.check(sent.get("form")).await;
    let unsent = unsent::own(&visit, "report", &sent);
    match may.and_then(|()| sent.maybe("on_behalf_of").map(drop).ok_or_else(needed)) {
        Ok(()) => {
            let shown = report::filled(&visit, sent.get("service").to_owned(), Trial::weighed("report", sent)).await;
            shown.map_err(|fault| fault.of_a_question(unsent))
        }
        Err(error) => report::again(&visit, sent, error).await,
    }
}

/// What a form without anybody lacks, where it needs somebody.
pub fn needed() -> Error {
    Error::invalid("/on_behalf_of", say!("field.needed"))
}

/// For whom a form is: whoever was picked of those found for what stands in the field, else what stands in it. Whoever types
/// something else afterwards, or nothing, means that.
#[must_use]
pub fn meant(sent: &Sent) -> Option<String> {
    let typed = sent.maybe("on_behalf_of")?;
    let is_still = sent.maybe("sought").as_deref() == Some(typed.as_str());
    Some(sent.maybe("person").filter(|_| is_still).unwrap_or(typed))
}
