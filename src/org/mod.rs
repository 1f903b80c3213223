//! Regions, their organisations, people and roles; and who acts.

pub mod actor;
pub mod coverage;
pub mod directory;
pub mod grant;
pub mod import;
pub mod link;
pub mod mail_choice;
pub mod mailed_link;
pub mod nip;
pub mod nomenclature;
pub mod opd;
pub mod password;
pub mod person;
pub mod region;
pub mod second_factor;
pub mod session;
pub mod sign_out;

pub use opd::Opd;
pub use person::Person;
pub use region::Region;

use crate::access::Subject;
use crate::access::policy::Facts;
use crate::db::Id;

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
