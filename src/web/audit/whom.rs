//! Whom the form of the audit log means by an address, a NIP or an id.

use super::{FIELD, NOBODY};
use crate::access::Tx;
use crate::audit::list;
use crate::db::Id;
use crate::error::{Error, Result};
use crate::org::{Person, address, directory, person};

/// Whom the form means.
pub enum Whom {
    /// Everybody.
    Anybody,
    /// Nobody who is there.
    Nobody,
    /// Somebody of whom nothing more is told.
    Self_(Id),
    /// Those who go by what was written.
    People(Vec<Person>),
}

impl Whom {
    /// Whom an address, a NIP or an id means. Whoever reads what others did finds those who have left, too: it is they whom an
    /// audit asks about, and a NIP may be somebody else's by now. Whoever reads but his own acts learns of nobody.
    pub fn meant(tx: &mut Tx<'_>, written: &str) -> Result<Self> {
        let written = written.trim();
        if written.is_empty() {
            return Ok(Self::Anybody);
        }
        if written.chars().count() > FIELD {
            return Err(Error::NotFound);
        }
        if list::whole(tx).is_err() {
            let region = tx.actor.region;
            return Ok(person::by_login(tx, region, written)?.map_or(Self::Nobody, |person| Self::Self_(person.id)));
        }
        let people = if let Ok(id) = written.parse() {
            match directory::known(tx, id) {
                Err(Error::NotFound) => Vec::new(),
                found => vec![found?],
            }
        } else {
            let region = tx.actor.region;
            address::ever(tx, region, written)?
        };
        Ok(if people.is_empty() { Self::Nobody } else { Self::People(people) })
    }

    /// Of whom entries are looked for.
    pub fn about(&self) -> Option<Id> {
        match self {
            Self::Anybody => None,
            Self::Nobody => Some(NOBODY),
            Self::Self_(id) => Some(*id),
            // Of several nothing is shown before one is chosen.
            Self::People(people) => Some(if let [one] = &people[..] { one.id } else { NOBODY }),
        }
    }

    /// Those who go by what was written.
    pub fn people(&self) -> &[Person] {
        if let Self::People(people) = self { people } else { &[] }
    }

    /// One of them is to be chosen first.
    pub fn is_several(&self) -> bool {
        self.people().len() > 1
    }
}
