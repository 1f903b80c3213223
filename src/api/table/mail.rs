//! Routes of outgoing and incoming mail, of the check of both, and of the link that is mailed to who forgot his password.

use crate::api::op::Op;
use crate::api::routes::Routes;
use crate::api::{inbound, mail, mail_check, mail_choice, sign_in};
use crate::db::page::Paging;
use crate::org::mail_choice::MailChoice;

/// Adds them.
#[must_use]
pub fn rows(table: Routes) -> Routes {
    mail_in(mail_out(table))
}

fn mail_out(table: Routes) -> Routes {
    table
        .post(
            "/auth/forgot",
            sign_in::forgot,
            Op::new("forgotPassword", "sign-in", "Have a one-time link mailed; the answer is the same for everybody")
                .open()
                .takes::<sign_in::Forgot>()
                .gives::<sign_in::ForgotView>(202),
        )
        .get(
            "/me/mails",
            mail_choice::show,
            Op::new("listMailChoices", "me", "What one is written to about")
                .asks::<Paging>()
                .gives_page::<MailChoice>()
                .refuses(&[404]),
        )
        .patch(
            "/me/mails",
            mail_choice::choose,
            Op::new("chooseMails", "me", "Do without some mails, within what the region requires")
                .unversioned()
                .takes::<mail_choice::MailChoices>()
                .gives_page::<MailChoice>()
                .refuses(&[404]),
        )
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

fn mail_in(table: Routes) -> Routes {
    table
        .get(
            "/inbound",
            inbound::list,
            Op::new("listInbound", "mails", "What came in by mail, newest first; no subject, no body")
                .asks::<inbound::InboundQuery>()
                .gives_page::<inbound::InboundView>()
                .refuses(&[403, 404]),
        )
        .get(
            "/unreadable",
            inbound::unreadable,
            Op::new(
                "listUnreadable",
                "mails",
                "Mails that could not be made out, for the desk that they were meant for",
            )
            .asks::<Paging>()
            .gives_page::<inbound::UnreadableView>()
            .refuses(&[403, 404]),
        )
        .get(
            "/unreadable/{id}",
            inbound::raw,
            Op::new("readUnreadable", "mails", "Such a mail as it came").gives_file().refuses(&[403]),
        )
        .post(
            "/inbound/{id}/retry",
            inbound::retry,
            Op::new("retryInbound", "mails", "Look again at a mail that was refused or not made out")
                .takes_nothing()
                .gives::<inbound::InboundView>(200),
        )
}
