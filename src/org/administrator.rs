//! The administrator of a region, whom the operator of the platform appoints, and nobody else.

use super::person::{self, Fields, Target};
use super::{Person, Platform, Region, grant};
use crate::access::{May, Role, Tx, act, check};
use crate::db::Expected;
use crate::error::Result;

/// Makes somebody a region's administrator: whoever is active there under this address, else a new person with these
/// fields.
///
/// # Errors
/// 403 for anybody but an operator; 409 for whoever is administrator; 422 for fields that do not fit, or an address of
/// somebody who has left or is of another region.
pub fn appoint(tx: &mut Tx<'_>, region: &Region, fields: &Fields) -> Result<Person> {
    let _: May<act::KeepRegions, Platform> = check(&tx.actor, Platform)?;
    let address = fields.email.as_deref().unwrap_or_default().trim().to_lowercase();
    let known = person::by_address(tx, &address)?.filter(|person| person.region_id == Some(region.id));
    let person = match known {
        Some(person) => person,
        None => person::create_administrator(tx, region, fields)?,
    };
    let may = check(&tx.actor, Target { person: person.clone(), role: Role::Admin })?;
    grant::give(tx, may, None, &Expected::any())?;
    person::by_id(tx, person.id)
}
