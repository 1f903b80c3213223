//! `sigap audit erase`: forgets address and detail of an entry, or of all that tell of a person (UU PDP).

use super::{block_on, change, console, look, say};
use crate::access::Tx;
use crate::app::{App, Caller, ledger};
use crate::audit::erase;
use crate::db::{Id, Ts, postgres};
use crate::error::{Error, Result};
use crate::org::{Person, actor, address, person};
use std::path::Path;

/// Entries of one transaction: so long others wait for the database. Each entry goes with the one that tells of it; a command that
/// was stopped goes on where it is given again.
const AT_ONCE: usize = 200;

/// Erases an entry, or all that tell of somebody; without a reason it lists these and changes nothing.
///
/// # Errors
/// What stands in the way.
pub fn run(config: Option<&Path>, entry: Option<Id>, about: Option<String>, reason: Option<String>) -> Result<()> {
    match (entry, about, reason) {
        (Some(entry), _, Some(reason)) => block_on(one(change(config)?, entry, reason)),
        (_, Some(whom), Some(reason)) => block_on(all(change(config)?, whom, reason)),
        (_, Some(whom), None) => block_on(rehearse(look(config)?, whom)),
        _ => Err(Error::start("name an entry and a --reason, or somebody by --about")),
    }
}

async fn one(app: App, entry: Id, reason: String) -> Result<()> {
    ledger::place(&app).await?;
    let by = app
        .write(Caller::Known(actor::console(None)), console(), move |tx| erase::erase(tx, entry, &reason))
        .await
        .map_err(|e| match e {
            Error::NotFound => Error::start(format!("{entry}: no such entry; its id stands in GET /audit/entries")),
            other => other,
        })?;
    say(&format!("Erased; entry {by} says so."))
}

async fn rehearse(app: App, whom: String) -> Result<()> {
    let (person, told) = told(&app, whom).await?;
    for (id, at, action) in &told {
        say(&format!("{id}  {}  {action}", at.text()))?;
    }
    say(&format!(
        "{} entries tell of {} ({}). Nothing was erased; with --reason their addresses and details are, for good.",
        told.len(),
        person.name,
        person.email
    ))
}

async fn all(app: App, whom: String, reason: String) -> Result<()> {
    ledger::place(&app).await?;
    let (person, told) = told(&app, whom).await?;
    for some in told.chunks(AT_ONCE) {
        let (some, reason) = (some.to_vec(), reason.clone());
        let erase =
            move |tx: &mut Tx<'_>| some.iter().try_for_each(|(id, ..)| erase::erase(tx, *id, &reason).map(drop));
        app.write(Caller::Known(actor::console(None)), console(), erase).await?;
    }
    say(&format!(
        "Erased address and detail of {} entries that tell of {}; an entry for each says so.",
        told.len(),
        person.id
    ))
}

/// Whom a word means, and what the log still tells of him.
async fn told(app: &App, whom: String) -> Result<(Person, Vec<(Id, Ts, String)>)> {
    let found = move |tx: &mut Tx<'_>| {
        postgres::take_time(tx.conn())?;
        let person = named(tx, &whom)?;
        let told = erase::about(tx, person.id)?;
        Ok((person, told))
    };
    app.read(Caller::Known(actor::console(None)), console(), found).await
}

/// Whoever has left is asked for as well, and his NIP may be somebody else's by now.
fn named(tx: &mut Tx<'_>, whom: &str) -> Result<Person> {
    let people = match whom.parse() {
        Ok(id) => match person::by_id(tx, id) {
            Err(Error::NotFound) => Vec::new(),
            found => vec![found?],
        },
        Err(_) => address::anywhere(tx, whom)?,
    };
    match &people[..] {
        [one] => Ok(one.clone()),
        [] => Err(Error::start(format!("{whom}: nobody has or had this address, NIP or id; see `sigap user list`"))),
        several => {
            let ids: Vec<String> = several.iter().map(|one| format!("{} ({})", one.id, one.email)).collect();
            Err(Error::start(format!("{whom}: several have or had this; name one by his id: {}", ids.join(", "))))
        }
    }
}
