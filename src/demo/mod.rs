//! The demo: four regions with their organisations, people, services and tickets, made by the same commands that
//! everybody uses.

pub mod past;
pub mod tickets;

use crate::access::password::DEMO_PASSWORD;
use crate::access::{Actor, Grant, Origin, Role, Tx, check};
use crate::app::{App, Caller};
use crate::catalog;
use crate::db::{Expected, turn};
use crate::error::{Error, Result};
use crate::org::person::{self, Fields, Target};
use crate::org::region::{self, Region, Template};
use crate::org::{InRegion, Platform, actor, grant, opd, shipped};
use crate::patch::Patch;
use crate::sla::equip;
use std::net::IpAddr;

/// The platform's operator, who sees no tickets.
const OPERATOR: &str = "operator@sigap.example";
/// The organisation that has no Tier 1 (L4).
const UNSERVED: &str = "bpbd";

/// Account, name, role, organisations; the first organisation of a technician is his own.
const PEOPLE: &[(&str, &str, Role, &[&str])] = &[
    ("pegawai.dinkes", "Siti Aminah", Role::Requester, &["dinkes"]),
    ("pegawai.disdik", "Joko Susilo", Role::Requester, &["disdik"]),
    ("pegawai.bpbd", "Rina Wulandari", Role::Requester, &[UNSERVED]),
    ("teknisi.dinkes", "Budi Santoso", Role::Tier1, &["dinkes"]),
    ("teknisi.disdik", "Agus Prasetyo", Role::Tier1, &["disdik"]),
    ("teknisi.setda", "Dewi Lestari", Role::Tier1, &[]),
    ("tier2.satu", "Hendra Gunawan", Role::Tier2, &[]),
    ("tier2.dua", "Nur Hidayati", Role::Tier2, &[]),
    ("koordinator", "Bambang Wijaya", Role::Coordinator, &[]),
    ("auditor", "Sri Rahayu", Role::Auditor, &[]),
    ("admin", "Eko Nugroho", Role::Admin, &[]),
];

/// Fills an empty database with regions, organisations, people and services; one that holds the demo already is left
/// as it is.
///
/// # Errors
/// [`Error::Start`] for a database with real people.
pub async fn fill(app: &App) -> Result<()> {
    if app.read(Caller::Anonymous, origin(), is_filled).await? {
        return Ok(());
    }
    let hash = app.hasher.hash(DEMO_PASSWORD.to_owned()).await?;
    let fill = move |tx: &mut Tx<'_>| {
        // Another copy may have filled it since.
        turn::take(tx.conn())?;
        if is_filled(tx)? { Ok(()) } else { fill_empty(tx, &hash) }
    };
    app.write(Caller::Known(operator()), origin(), fill).await
}

/// Whether the demo is there; neither it nor anybody else may be.
fn is_filled(tx: &mut Tx<'_>) -> Result<bool> {
    match person::count(tx)? {
        (_, demo) if demo > 0 => Ok(true),
        (0, _) => Ok(false),
        _ => Err(Error::start(
            "--demo: this database holds real people; give another SIGAP_DATA_DIR or SIGAP_DATABASE_URL",
        )),
    }
}

/// Gives every region without tickets so many; a region at a time, so that a stop leaves whole ones.
///
/// # Errors
/// What stands in the way.
pub async fn fill_tickets(app: &App, per_region: usize) -> Result<()> {
    for region in app.read(Caller::Known(operator()), origin(), region::list).await? {
        let keeper = Caller::Known(actor::console(Some(region.id)));
        app.write(keeper, origin(), move |tx| tickets::make_first(tx, &region, per_region)).await?;
    }
    Ok(())
}

fn origin() -> Origin {
    Origin::of("demo")
}

/// The demo's password is public: a database that accepts it is served to this machine only.
///
/// # Errors
/// [`Error::Start`] otherwise.
pub async fn refuse_accounts_on_open_address(app: &App, address: IpAddr) -> Result<()> {
    let (_, demo) = app.read(Caller::Anonymous, Origin::default(), person::count).await?;
    if demo > 0 && !address.is_loopback() {
        return Err(Error::start(
            "this database holds the demo's public passwords; set SIGAP_BIND to 127.0.0.1, or use another database",
        ));
    }
    Ok(())
}

/// What `serve --demo` tells about accounts: whole addresses, for whoever searches for one or copies it.
///
/// # Errors
/// [`Error::Start`] that names the file of a region, if it does not parse.
pub fn accounts() -> Result<Vec<String>> {
    let all_of = |region: &Template| {
        let addresses: Vec<String> =
            PEOPLE.iter().map(|(account, ..)| format!("{account}@{}", region.domain)).collect();
        format!("  {}", addresses.join("  "))
    };
    let mut lines = vec![format!("Demo accounts, password {DEMO_PASSWORD}:")];
    lines.extend(Template::shipped()?.iter().map(all_of));
    lines.push(format!("  {OPERATOR}"));
    Ok(lines)
}

fn operator() -> Actor {
    Actor { grants: vec![Grant { role: Role::Operator, region: None, opd: None }], ..Actor::anonymous() }
}

fn fill_empty(tx: &mut Tx<'_>, hash: &str) -> Result<()> {
    let fields = Fields { name: Some("Operator Platform".into()), email: Some(OPERATOR.into()), ..Fields::default() };
    let keeper = person::create_operator(tx, &fields)?;
    let may = check(&tx.actor, Target { person: keeper.clone(), role: Role::Operator })?;
    grant::give(tx, may, None, &Expected::any())?;
    person::make_demo(tx, keeper.id, hash)?;
    for (place, template) in Template::shipped()?.iter().enumerate() {
        let may = check(&tx.actor, Platform)?;
        let region = region::create(tx, may, template)?;
        let now = tx.now;
        equip::region(tx, &region)?;
        let mut as_admin = tx.acting_as(actor::console(Some(region.id)), now);
        populate(&mut as_admin, &region, place, hash)?;
    }
    Ok(())
}

fn populate(tx: &mut Tx<'_>, region: &Region, place: usize, hash: &str) -> Result<()> {
    let may = check(&tx.actor, InRegion(region.id))?;
    shipped::take_opds(tx, &may)?;
    let may = check(&tx.actor, InRegion(region.id))?;
    catalog::shipped::take(tx, &may)?;
    let rest = unserved_opds(tx)?;
    for (number, (account, name, role, opds)) in PEOPLE.iter().enumerate() {
        let fields = Fields {
            name: Some((*name).into()),
            email: Some(format!("{account}@{}", region.domain)),
            nip: Patch::Set(nip(place, number)),
            ..Fields::default()
        };
        let may = check(&tx.actor, InRegion(region.id))?;
        let person = person::create(tx, &may, &fields)?;
        let everywhere_else: Vec<&str> = rest.iter().map(String::as_str).collect();
        let opds: &[&str] = if *account == "teknisi.setda" { &everywhere_else } else { opds };
        let places: Vec<Option<&str>> =
            if opds.is_empty() { vec![None] } else { opds.iter().map(|o| Some(*o)).collect() };
        for opd in places {
            let may = check(&tx.actor, Target { person: person.clone(), role: *role })?;
            grant::give(tx, may, opd, &Expected::any())?;
        }
        person::make_demo(tx, person.id, hash)?;
    }
    Ok(())
}

/// What one technician serves beside the others, so that only one organisation has nobody.
fn unserved_opds(tx: &mut Tx<'_>) -> Result<Vec<String>> {
    let paging = crate::db::page::Paging { limit: Some(200), cursor: None };
    let all = opd::list(tx, &paging)?.items;
    Ok(all.into_iter().map(|o| o.code).filter(|c| !["dinkes", "disdik", UNSERVED].contains(&c.as_str())).collect())
}

/// A number that passes every check and is nobody's: one birthday a region, one serial a person.
fn nip(place: usize, number: usize) -> String {
    format!("198501{:02}2010011{:03}", place + 1, number + 1)
}
