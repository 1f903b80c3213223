//! Routes of the outbox and of the check of mail.

use crate::api::routes::{Op, Routes};
use crate::api::{mail, mail_check};

/// Adds them.
#[must_use]
pub fn rows(table: Routes) -> Routes {
    table
        .get(
            "/mails",
            mail::list,
            Op::new("listMails", "mails", "The region's outbox, newest first; no subject, no body")
                .asks::<mail::MailQuery>()
                .gives_page::<mail::MailView>()
                .refuses(&[403, 404]),
        )
        .post(
            "/mails/{id}/retry",
            mail::retry,
            Op::new("retryMail", "mails", "Let a mail that failed or waits be tried at once")
                .takes_nothing()
                .gives::<mail::MailView>(200),
        )
        .post(
            "/mail/check",
            mail_check::check,
            Op::new("checkMail", "mails", "Try mail server, password and mailbox; tell what the domain must publish")
                .takes::<mail_check::CheckForm>()
                .gives::<mail_check::CheckView>(200)
                .refuses(&[404]),
        )
}
