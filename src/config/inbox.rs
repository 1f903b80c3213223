//! Settings of incoming mail.

use crate::error::{Error, Result};
use serde::Deserialize;

/// Incoming mail; what each means stands in `config/default.toml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Inbox {
    /// The receiving server, as its `Authentication-Results` name it; empty: senders are believed.
    pub authserv_id: String,
    /// Mails of one sender an hour.
    pub per_hour: i64,
    /// Tickets of one sender an hour.
    pub tickets_per_hour: i64,
    /// Tickets of one sender a day.
    pub tickets_per_day: i64,
    /// Mails on one ticket an hour.
    pub on_ticket_per_hour: i64,
    /// Days for which a message is kept after it was acted on.
    pub keep_days: i64,
    /// Nothing is acted on.
    pub hold: bool,
}

impl Inbox {
    pub(super) fn check(&self) -> Result<()> {
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"._-".contains(&b);
        if self.authserv_id.bytes().all(plain) {
            Ok(())
        } else {
            Err(Error::start("setting inbox.authserv_id: the server's name, such as mx.lebakkab.go.id"))
        }
    }
}
