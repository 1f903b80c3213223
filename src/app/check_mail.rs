//! Does mail work? The same question from every door.

use super::App;
use crate::access::{May, Tx, act};
use crate::audit;
use crate::error::{Error, Result};
use crate::mail::address::is_official;
use crate::mail::check::{self, Report};
use crate::mail::letter::Desk;
use crate::mail::mailbox::Mailbox;
use crate::org::InRegion;
use crate::say;
use serde_json::json;

impl App {
    /// Looks at everything that the mail of a desk needs; `to` gets a test mail. Other servers are asked, so no
    /// transaction is open.
    ///
    /// # Errors
    /// 422 for an address that is not official; 429 for checks that follow each other too fast.
    pub async fn check_mail(&self, desk: &Desk, mailboxes: &[Mailbox], to: Option<&str>) -> Result<Report> {
        let domains: Vec<&str> = desk.domains.iter().map(String::as_str).collect();
        if to.is_some_and(|to| !is_official(to, &domains)) {
            return Err(Error::invalid("/to", say!("mail.unofficial")));
        }
        let now = self.clock.now();
        self.mailer.may_check(desk.region, now)?;
        check::check(&self.config, &self.mailer, desk, to, mailboxes, now).await
    }
}

/// Notes that the mail of a region was tried, where a test mail went, and what came of it.
///
/// # Errors
/// The database's.
pub fn note(tx: &mut Tx<'_>, may: &May<act::KeepMails, InRegion>, to: Option<&str>, is_well: bool) -> Result<()> {
    let object = audit::Object { kind: "mail", id: None, region: Some(may.get().0) };
    audit::append(tx, "mail.check", object, json!({ "to": to, "is_well": is_well }))
}
