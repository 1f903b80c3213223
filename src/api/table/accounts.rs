//! Routes by which accounts of others are looked after: ways to a password, and who is signed in.

use crate::api::op::Op;
use crate::api::routes::Routes;
use crate::api::{people, signed_in};
use crate::db::page::Paging;

/// Adds them.
#[must_use]
pub fn rows(table: Routes) -> Routes {
    table
        .post(
            "/people/{id}/password-link",
            people::password_link,
            Op::new("issuePasswordLink", "people", "A one-time link to set a password")
                .takes_nothing()
                .gives::<people::PasswordLinkView>(201),
        )
        .post(
            "/people/{id}/password-mail",
            people::mail_password_link,
            Op::new("mailPasswordLink", "people", "Mail a one-time link to set a password to the official address")
                .takes_nothing()
                .gives_nothing(),
        )
        .get(
            "/sessions",
            signed_in::list,
            Op::new("listRegionSessions", "people", "Who of the region is signed in, newest first")
                .asks::<Paging>()
                .gives_page::<signed_in::SignedInView>()
                .refuses(&[403, 404]),
        )
        .delete(
            "/people/{id}/sessions",
            signed_in::end,
            Op::new("signOutPerson", "people", "End every session of a person").gives_nothing(),
        )
}
