//! The canonical bytes of an entry: what is hashed into the tree. Personal data stand in them only as a commitment, so
//! that they can be erased (UU PDP) and every proof still holds.

use crate::access::{Actor, token::hex};
use crate::db::{Id, Ts};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Result of an entry that is older than the tree.
pub const ADOPTED: &str = "adopted";

/// Version of the form.
const FORM: &str = "v1";

/// What a leaf says. Its bytes are a JSON array of these fields in this order, behind the word `v1`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leaf {
    /// Region; none for the platform.
    pub region: Option<Id>,
    /// Id of the entry.
    pub id: Id,
    /// When, in UTC.
    pub at: String,
    /// Who; none is the program itself, or nobody who is signed in.
    pub actor: Option<Id>,
    /// His roles at that time, joined by `+`.
    pub roles: String,
    /// For whom he acted, if not for himself.
    pub acting_as: Option<Id>,
    /// Id of the request.
    pub request: String,
    /// SHA-256 of the session's id.
    pub session: Option<String>,
    /// What was done.
    pub action: String,
    /// Kind of object.
    pub object_type: String,
    /// Which one.
    pub object: Option<Id>,
    /// The object's version after it.
    pub version: Option<i64>,
    /// `done`, `refused` or [`ADOPTED`].
    pub result: String,
    /// Commitment to address and detail.
    pub commitment: String,
}

type Fields = (
    String,
    Option<Id>,
    Id,
    String,
    Option<Id>,
    String,
    Option<Id>,
    String,
    Option<String>,
    String,
    String,
    Option<Id>,
    Option<i64>,
    String,
    String,
);

impl Leaf {
    /// The bytes.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        let leaf = self.clone();
        let fields: Fields = (
            FORM.to_owned(),
            leaf.region,
            leaf.id,
            leaf.at,
            leaf.actor,
            leaf.roles,
            leaf.acting_as,
            leaf.request,
            leaf.session,
            leaf.action,
            leaf.object_type,
            leaf.object,
            leaf.version,
            leaf.result,
            leaf.commitment,
        );
        serde_json::to_vec(&fields).unwrap_or_default()
    }

    /// What bytes say; none if they are not of this form, to the last byte.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let fields: Fields = serde_json::from_slice(bytes).ok()?;
        let (form, region, id, at, actor, roles, acting_as, request, session, action, object_type, object, version, ..) =
            fields.clone();
        let (.., result, commitment) = fields;
        let leaf = Self {
            region,
            id,
            at,
            actor,
            roles,
            acting_as,
            request,
            session,
            action,
            object_type,
            object,
            version,
            result,
            commitment,
        };
        (form == FORM && leaf.bytes() == bytes).then_some(leaf)
    }
}

/// SHA-256 of salt, address, a zero byte and detail, in hexadecimal.
#[must_use]
pub fn commitment(salt: &[u8], address: &str, detail: &str) -> String {
    let mut hash = Sha256::new();
    hash.update(salt);
    hash.update(address.as_bytes());
    hash.update([0]);
    hash.update(detail.as_bytes());
    hex(&hash.finalize())
}

/// The roles of whoever acts, as a leaf names them.
#[must_use]
pub fn roles(actor: &Actor) -> String {
    if actor.timer {
        return "timer".into();
    }
    let mut roles: Vec<&str> = actor.grants.iter().map(|grant| grant.role.text()).collect();
    roles.sort_unstable();
    roles.dedup();
    roles.join("+")
}

/// A session as a leaf names it: whoever reads the log learns no id of a session.
#[must_use]
pub fn session(session: Option<Id>) -> Option<String> {
    session.map(|id| hex(&Sha256::digest(id.to_string())))
}

/// An instant as a leaf names it.
#[must_use]
pub fn instant(at: Ts) -> String {
    at.text()
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn leaf() -> Leaf {
        Leaf {
            region: Some(Id(Uuid::from_u128(1))),
            id: Id(Uuid::from_u128(2)),
            at: "2026-03-02T01:00:00.000000Z".into(),
            actor: None,
            roles: "auditor+requester".into(),
            acting_as: None,
            request: "console".into(),
            session: None,
            action: "ticket.opened".into(),
            object_type: "ticket".into(),
            object: Some(Id(Uuid::from_u128(3))),
            version: Some(1),
            result: "done".into(),
            commitment: commitment(&[7; 16], "10.0.0.1", "{}"),
        }
    }

    #[test]
    fn a_leaf_is_these_bytes_and_no_others() {
        let text = String::from_utf8(leaf().bytes()).unwrap_or_default();
        assert_eq!(
            text,
            "[\"v1\",\"00000000-0000-0000-0000-000000000001\",\"00000000-0000-0000-0000-000000000002\",\
             \"2026-03-02T01:00:00.000000Z\",null,\"auditor+requester\",null,\"console\",null,\"ticket.opened\",\
             \"ticket\",\"00000000-0000-0000-0000-000000000003\",1,\"done\",\
             \"b01a9b0471425ee16849b5e2dd72d5ab8c4a593494838b211b7a7c7e0fc01c03\"]"
        );
        assert_eq!(Leaf::parse(text.as_bytes()), Some(leaf()));
        assert_eq!(Leaf::parse(text.replace(",1,", ", 1,").as_bytes()), None);
        assert_eq!(Leaf::parse(text.replace("v1", "v2").as_bytes()), None);
        assert_eq!(Leaf::parse(b"[]"), None);
    }
}
