//! What somebody wants to be written to about: his own choice, within what his region requires.

use super::{person, region};
use crate::access::{Actor, Role, Tx};
use crate::audit;
use crate::error::{Error, Result};
use crate::mail::choice::{self, Topic};
use crate::say;
use serde::Serialize;
use serde_json::json;
use std::collections::BTreeSet;

/// A topic, and how its mails stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct MailChoice {
    /// What the mails are about.
    pub topic: Topic,
    /// He gets them.
    pub wanted: bool,
    /// His region does not let him do without.
    pub required: bool,
}

/// The caller's choices, every topic that can concern him.
///
/// # Errors
/// 404 for somebody without a region: nobody writes to him.
pub fn own(tx: &mut Tx<'_>) -> Result<Vec<MailChoice>> {
    let (me, region) = (tx.actor.person()?, region::own(tx)?);
    let unwanted = choice::of(tx, me)?;
    let topics = Topic::ALL.iter().copied().filter(|topic| concerns(&tx.actor, *topic));
    let choices = topics.map(|topic| {
        let required = region.requires(topic);
        MailChoice { topic, wanted: required || !unwanted.contains(&topic), required }
    });
    Ok(choices.collect())
}

/// `true` if mails of this topic come to somebody with these roles: deadlines and assignments are the desks' own.
fn concerns(actor: &Actor, topic: Topic) -> bool {
    let is_of_desk = actor.is(Role::Tier1) || actor.is(Role::Tier2);
    match topic {
        Topic::Assigned => is_of_desk,
        Topic::Warned | Topic::Breached => is_of_desk || actor.is(Role::Coordinator),
        Topic::Digest => actor.is(Role::Coordinator) || actor.is(Role::Admin),
        _ => true,
    }
}

/// Notes what the caller does not want.
///
/// # Errors
/// 422 for what his region requires; 404 for somebody without a region.
pub fn choose(tx: &mut Tx<'_>, unwanted: &[Topic]) -> Result<()> {
    let (me, region) = (tx.actor.person()?, region::own(tx)?);
    if let Some(at) = unwanted.iter().position(|topic| region.requires(*topic)) {
        return Err(Error::invalid(format!("/unwanted/{at}"), say!("mail.choice.required")));
    }
    let unwanted: BTreeSet<Topic> = unwanted.iter().copied().collect();
    choice::keep(tx, me, &unwanted)?;
    let person = person::by_id(tx, me)?;
    audit::append(tx, "person.mails", person::object(&person), json!({ "unwanted": unwanted }))
}
