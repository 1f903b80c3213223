//! `sigap user …`: for whoever has the machine, when nobody can sign in.

use super::{block_on, change, console, look, say};
use crate::access::{Act, May, Role, Tx, check, key_files};
use crate::app::{App, Caller};
use crate::audit::{self, Object};
use crate::db::postgres;
use crate::error::{Error, Result};
use crate::org::person::{self, Fields, Target};
use crate::org::{actor, address, grant, link, mailed_link, second_factor};
use clap::Subcommand;
use serde_json::json;
use std::path::Path;

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// List everybody who holds a role: roles, address, name.
    List,
    /// Print a one-time link with which a person sets his password.
    PasswordLink {
        /// Address or NIP.
        login: String,
    },
    /// Mail a one-time link to everybody who has neither a password nor a link that works.
    MailLinks,
    /// Take the second factor of a person away who lost his device and his codes.
    ResetSecondFactor {
        /// Address or NIP.
        login: String,
    },
    /// Let somebody in again who was deactivated, with the roles that he held.
    Activate {
        /// His address.
        address: String,
    },
    /// Make a new key for access tokens; older keys still verify what they signed.
    RotateKeys,
}

/// Runs it.
///
/// # Errors
/// What stands in the way.
pub fn run(config: Option<&Path>, command: &Command) -> Result<()> {
    match command {
        Command::List => block_on(list(look(config)?)),
        Command::PasswordLink { login } => block_on(password_link(change(config)?, login.clone())),
        Command::MailLinks => block_on(mail_links(change(config)?)),
        Command::ResetSecondFactor { login } => block_on(reset_second_factor(change(config)?, login.clone())),
        Command::Activate { address } => block_on(activate(change(config)?, address.clone())),
        Command::RotateKeys => block_on(rotate_keys(change(config)?)),
    }
}

/// Makes a new key and notes it.
///
/// # Errors
/// What stands in the way.
pub async fn rotate_keys(app: App) -> Result<()> {
    let folder = app.config.keys("jwt");
    if key_files::read(&folder)?.is_empty() {
        let folder = folder.display();
        return Err(Error::start(format!(
            "{folder}: no key is there; set SIGAP_DATA_DIR or --config to the service's"
        )));
    }
    let kid = app.keys.rotate(app.clock.now())?;
    let (object, detail) = (Object { kind: "keys", id: None, region: None }, json!({ "kid": kid }));
    app.write(Caller::Known(actor::console(None)), console(), move |tx| {
        audit::append(tx, "keys.rotate", object, detail.clone())
    })
    .await?;
    say(&format!("New key {kid}."))?;
    Ok(())
}

async fn list(app: App) -> Result<()> {
    let lines = app
        .read(Caller::Anonymous, console(), |tx| {
            let mut lines = Vec::new();
            for role in Role::ALL {
                for person in grant::everybody(tx, *role)? {
                    lines.push(format!("{role:<12} {:<45} {}", person.email, person.name));
                }
            }
            Ok(lines)
        })
        .await?;
    for line in lines {
        say(&line)?;
    }
    Ok(())
}

/// Whoever `login` is, as the object of an act of the console.
fn may<A: Act>(tx: &mut Tx<'_>, login: &str) -> Result<May<A, Target>> {
    let unknown = || {
        Error::start(format!(
            "{login}: nobody active has this address or NIP; see `sigap user list`, and `sigap user activate`"
        ))
    };
    let person = person::by_login(tx, None, login)?.ok_or_else(unknown)?;
    let role = grant::highest(tx, person.id)?;
    let keeper = actor::console(person.region_id);
    check(&keeper, Target { person, role })
}

async fn password_link(app: App, login: String) -> Result<()> {
    let settings = app.config.sign_in.clone();
    let public = app.config.public_url.clone();
    let url = app
        .write(Caller::Anonymous, console(), move |tx| {
            let may = may(tx, &login)?;
            let (secret, _) = link::for_password(tx, &may, &settings)?;
            Ok(format!("{public}/password#token={}", secret.plain))
        })
        .await?;
    say(&url)?;
    Ok(())
}

/// Owes a link to everybody whom nothing lets in: the service sends them, behind all other mail.
///
/// # Errors
/// What stands in the way.
pub async fn mail_links(app: App) -> Result<()> {
    let program = app.clone();
    let sent = app.write(Caller::Known(actor::console(None)), console(), move |tx| {
        postgres::take_time(tx.conn())?;
        mailed_link::send_missing(tx, program.post())
    });
    let sent = sent.await?;
    for address in &sent {
        say(address)?;
    }
    say(&format!("{} links wait to be mailed by the service.", sent.len()))
}

async fn activate(app: App, address: String) -> Result<()> {
    let done = app
        .write(Caller::Anonymous, console(), move |tx| {
            let nobody = || Error::start(format!("{address}: nobody who was deactivated has this address"));
            let person = address::gone(tx, &address.trim().to_lowercase())?.ok_or_else(nobody)?;
            let keeper = actor::console(person.region_id);
            let role = grant::highest(tx, person.id)?;
            let may = check(&keeper, Target { person, role })?;
            person::change(tx, may, &Fields { active: Some(true), ..Fields::default() }, None)?;
            Ok(format!("{address}: may sign in again; for a new password see `sigap user password-link`."))
        })
        .await?;
    say(&done)?;
    Ok(())
}

async fn reset_second_factor(app: App, login: String) -> Result<()> {
    let done = app
        .write(Caller::Anonymous, console(), move |tx| {
            let may = may(tx, &login)?;
            second_factor::reset(tx, may).map_err(|e| match e {
                Error::Conflict(_) => Error::start(format!("{login}: has no second factor")),
                other => other,
            })?;
            Ok(format!("{login}: signs in by password alone until a new second factor is set up."))
        })
        .await?;
    say(&done)?;
    Ok(())
}
