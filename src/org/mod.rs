//! Regions, their organisations, people and roles; and who acts.

pub mod account_mail;
pub mod actor;
pub mod address;
pub mod administrator;
mod changed;
pub mod coverage;
pub mod crowd;
pub mod directory;
mod domain;
pub mod grant;
pub mod import;
pub mod link;
pub mod mail_choice;
pub mod mailed_link;
pub mod move_people;
pub mod named;
pub mod nip;
pub mod nomenclature;
pub mod on_behalf;
pub mod opd;
pub mod password;
pub mod person;
pub mod phone;
pub mod region;
pub mod region_facts;
pub mod second_factor;
pub mod session;
pub mod shipped;
pub mod sign_out;
pub mod signed_in;

pub use opd::Opd;
pub use person::Person;
pub use region::Region;

use crate::access::policy::Facts;
use crate::access::{Act, May, Subject, Tx, check};
use crate::db::Id;
use crate::error::Result;

/// A region as the object of an act on it as a whole.
#[derive(Debug, Clone, Copy)]
pub struct InRegion(pub Id);

impl Subject for InRegion {
    fn facts(&self) -> Facts {
        Facts::Region(self.0)
    }
}

/// The platform as the object of an act.
#[derive(Debug, Clone, Copy)]
pub struct Platform;

impl Subject for Platform {
    fn facts(&self) -> Facts {
        Facts::Platform
    }
}

/// The proof that the actor may do `A` in his own region.
///
/// # Errors
/// 403 if he may not; 404 for somebody without a region.
pub fn in_own_region<A: Act>(tx: &Tx<'_>) -> Result<May<A, InRegion>> {
    check(&tx.actor, InRegion(tx.actor.region()?))
}
