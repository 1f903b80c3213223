//! The administrator of a region, whom the operator of the platform enters, and nobody else.

use super::person::{self, Fields, Target};
use super::{Person, Region, grant};
use crate::access::{Role, Tx, check};
use crate::db::Expected;
use crate::error::Result;

/// Enters somebody as a region's administrator.
///
/// # Errors
/// 403 for anybody but an operator; 422 for fields that do not fit.
pub fn enter(tx: &mut Tx<'_>, region: &Region, fields: &Fields) -> Result<Person> {
    let person = person::create_administrator(tx, region, fields)?;
    let may = check(&tx.actor, Target { person: person.clone(), role: Role::Admin })?;
    grant::give(tx, may, None, &Expected::any())?;
    Ok(person)
}
