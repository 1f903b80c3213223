//! Routes of the second factor.

use crate::api::op::Op;
use crate::api::routes::Routes;
use crate::api::second_factor;

/// Adds them.
#[must_use]
pub fn rows(table: Routes) -> Routes {
    table
        .get(
            "/me/second-factor",
            second_factor::read,
            Op::new("readSecondFactor", "me", "How the own second factor stands")
                .gives::<second_factor::SecondFactorView>(200),
        )
        .post(
            "/me/second-factor",
            second_factor::begin,
            Op::new("beginSecondFactor", "me", "Get a secret for a device (RFC 6238); it counts once it is confirmed")
                .takes::<second_factor::Proof>()
                .gives::<second_factor::FactorSecretView>(201),
        )
        .post(
            "/me/second-factor/confirm",
            second_factor::confirm,
            Op::new("confirmSecondFactor", "me", "Show that the device holds the secret; gives recovery codes, once")
                .takes::<second_factor::FactorCode>()
                .gives::<second_factor::RecoveryCodesView>(200),
        )
        .post(
            "/me/second-factor/remove",
            second_factor::remove,
            Op::new("removeSecondFactor", "me", "Take the own second factor away, by a code")
                .takes::<second_factor::FactorCode>()
                .gives_nothing(),
        )
        .delete(
            "/people/{id}/second-factor",
            second_factor::reset,
            Op::new(
                "resetSecondFactor",
                "people",
                "Take the second factor of somebody away who lost it; never one's own",
            )
            .gives_nothing(),
        )
}
