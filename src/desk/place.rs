//! Whom a view or an answer is shared with: nobody, or one of the desks that its owner serves.

use crate::access::policy::{Desk, Facts};
use crate::access::{Actor, Role, Subject, Tx};
use crate::audit;
use crate::db::Id;
use crate::error::{Error, Result};
use crate::org::opd;
use crate::say;
use serde_json::json;

/// Whoever looks, as a condition of SQL needs him.
#[derive(Debug, Clone)]
pub struct Served {
    /// His region.
    pub region: Id,
    /// Who he is.
    pub person: Id,
    /// OPDs whose Tier 1 he is.
    pub opds: Vec<Id>,
    /// His region if he is its Tier 2, else nothing.
    pub tier2: Vec<Id>,
}

impl Served {
    /// Of the actor.
    ///
    /// # Errors
    /// 401 if nobody is signed in, 404 without a region.
    pub fn by(actor: &Actor) -> Result<Self> {
        let (person, region) = (actor.person()?, actor.region()?);
        let tier2 = if actor.is(Role::Tier2) { vec![region] } else { Vec::new() };
        Ok(Self { region, person, opds: actor.opds(Role::Tier1), tier2 })
    }
}

/// A tool as the object of an act.
#[derive(Debug, Clone, Copy)]
pub struct Tool {
    /// Region.
    pub region: Id,
    /// Who made it.
    pub owner: Id,
    /// Whom he shares it with.
    pub desk: Desk,
}

impl Subject for Tool {
    fn facts(&self) -> Facts {
        Facts::Tool { region: self.region, owner: self.owner, desk: self.desk }
    }
}

/// Notes what becomes of a tool of which others than its owner make use, with the desks that it was and is shared with.
///
/// # Errors
/// The database's.
pub(super) fn note(tx: &mut Tx<'_>, action: &str, object: audit::Object, desks: &[Desk]) -> Result<()> {
    let mut shared: Vec<String> =
        desks.iter().filter(|desk| **desk != Desk::Own).map(|desk| columns(*desk).0).collect();
    shared.dedup();
    if shared.is_empty() {
        return Ok(());
    }
    audit::append(tx, action, object, json!({ "desk": shared }))
}

/// A desk as its two columns hold it.
#[must_use]
pub fn columns(desk: Desk) -> (String, Option<Id>) {
    match desk {
        Desk::Own => ("own".to_owned(), None),
        Desk::Tier1(opd) => ("tier1".to_owned(), Some(opd)),
        Desk::Tier2 => ("tier2".to_owned(), None),
    }
}

/// A desk from its two columns.
#[must_use]
pub fn from_columns(desk: &str, opd: Option<Id>) -> Desk {
    match (desk, opd) {
        ("tier1", Some(opd)) => Desk::Tier1(opd),
        ("tier2", _) => Desk::Tier2,
        _ => Desk::Own,
    }
}

/// A desk that somebody serves, under the word by which a client names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offered {
    /// `own`, `tier1:<code of the OPD>` or `tier2`.
    pub word: String,
    /// The desk.
    pub desk: Desk,
    /// Name of the OPD, for its Tier 1.
    pub opd: Option<String>,
}

/// Whom the actor may share with: nobody first, then his desks.
pub fn offered(tx: &mut Tx<'_>) -> Result<Vec<Offered>> {
    let mut all = vec![Offered { word: "own".to_owned(), desk: Desk::Own, opd: None }];
    let mut opds = opd::names(tx, &tx.actor.opds(Role::Tier1))?;
    opds.sort_by(|a, b| a.2.cmp(&b.2));
    let tier1 = |(id, code, name)| Offered { word: format!("tier1:{code}"), desk: Desk::Tier1(id), opd: Some(name) };
    all.extend(opds.into_iter().map(tier1));
    if tx.actor.is(Role::Tier2) {
        all.push(Offered { word: "tier2".to_owned(), desk: Desk::Tier2, opd: None });
    }
    Ok(all)
}

/// The desk that `word` names; nobody's if it is left out.
///
/// # Errors
/// 422 for a desk that the actor does not serve, as for one that does not exist.
pub fn chosen(tx: &mut Tx<'_>, word: Option<&str>) -> Result<Desk> {
    let word = word.unwrap_or("own");
    let found = offered(tx)?.into_iter().find(|o| o.word == word);
    found.map(|o| o.desk).ok_or_else(|| Error::invalid("/desk", say!("desk.not_served")))
}

/// The words of many desks: whoever sees a tool of an OPD's Tier 1 may know the OPD's code.
pub fn words(tx: &mut Tx<'_>, desks: &[Desk]) -> Result<Vec<String>> {
    let opd = |desk: &Desk| if let Desk::Tier1(opd) = desk { Some(*opd) } else { None };
    let names = opd::names(tx, &desks.iter().filter_map(opd).collect::<Vec<_>>())?;
    let code = |id: Id| names.iter().find(|(opd, ..)| *opd == id).map_or("", |(_, code, _)| code.as_str());
    Ok(desks
        .iter()
        .map(|desk| match desk {
            Desk::Own => "own".to_owned(),
            Desk::Tier1(opd) => format!("tier1:{}", code(*opd)),
            Desk::Tier2 => "tier2".to_owned(),
        })
        .collect())
}
