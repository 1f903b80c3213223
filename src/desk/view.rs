//! Views of the queue: a filter under a name, for oneself or for the desk.

use super::place::{Served, Tool, columns, from_columns, note};
use super::seen_by;
use crate::access::policy::Desk;
use crate::access::{May, Role, Subject, Tx, act, check};
use crate::audit::Object;
use crate::check::Checks;
use crate::db::behind::above;
use crate::db::page::{Page, Paging};
use crate::db::schema::{grants, people, saved_views as views};
use crate::db::{Id, Ts};
use crate::error::{Error, Result};
use crate::org::person;
use crate::{on, say};
use diesel::dsl::exists;
use diesel::prelude::*;
use std::collections::BTreeMap;

/// Views of one person.
const MOST: i64 = 50;
/// Bytes of a filter.
const LONGEST: usize = 600;
/// Fields of the queue's filter, as its address names them.
const FIELDS: [&str; 15] = [
    "status",
    "tier",
    "sla",
    "who",
    "q",
    "sort",
    "opd",
    "service",
    "priority",
    "did",
    "from",
    "to",
    "age",
    "requester",
    "tied_to",
];

/// Whoever made it could still remove it: a view goes with him, when he leaves or works with no queue any more.
macro_rules! kept {
    () => {
        exists(
            grants::table
                .inner_join(people::table)
                .filter(grants::person_id.eq(views::owner_id).and(grants::revoked_at.is_null()))
                .filter(grants::role.eq_any([Role::Tier1, Role::Tier2, Role::Coordinator, Role::Auditor]))
                .filter(people::active.eq(true)),
        )
    };
}

/// A view as stored.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = views, treat_none_as_default_value = false)]
pub struct View {
    /// Its id.
    pub id: Id,
    /// Region.
    pub region_id: Id,
    /// Who made it.
    pub owner_id: Id,
    /// Whom it is shared with: `own`, `tier1`, `tier2`.
    pub desk: String,
    /// The OPD whose Tier 1 it is shared with.
    pub opd_id: Option<Id>,
    /// Its name.
    pub name: String,
    /// The filter, as the address of the queue has it.
    pub filter: String,
    /// When it was made.
    pub created_at: Ts,
}

impl View {
    /// Whom it is shared with.
    #[must_use]
    pub fn shared_with(&self) -> Desk {
        from_columns(&self.desk, self.opd_id)
    }

    fn object(&self) -> Object {
        Object { kind: "view", id: Some(self.id), region: Some(self.region_id) }
    }

    fn tool(&self) -> Tool {
        Tool { region: self.region_id, owner: self.owner_id, desk: self.shared_with() }
    }
}

/// A view as the object of an act.
impl Subject for View {
    fn facts(&self) -> crate::access::policy::Facts {
        self.tool().facts()
    }
}

/// The same filter with its fields in one order and nothing else in it.
///
/// # Errors
/// 422 for a field that the queue does not know.
fn tidy(filter: &str) -> Result<String> {
    let unknown = || Error::invalid("/filter", say!("desk.filter", known = FIELDS.join(", "), most = LONGEST));
    let mut fields = BTreeMap::new();
    for (name, value) in url::form_urlencoded::parse(filter.trim_start_matches('?').as_bytes()) {
        let place = FIELDS.iter().position(|field| *field == name).ok_or_else(unknown)?;
        if value.contains('\0') {
            return Err(Error::invalid("/filter", say!("field.nul")));
        }
        if !value.is_empty() {
            fields.insert(place, value.into_owned());
        }
    }
    let mut tidy = url::form_urlencoded::Serializer::new(String::new());
    for (place, value) in fields {
        tidy.append_pair(FIELDS.get(place).copied().unwrap_or_default(), &value);
    }
    let tidy = tidy.finish();
    if tidy.len() > LONGEST { Err(unknown()) } else { Ok(tidy) }
}

/// Keeps a filter under a name.
///
/// # Errors
/// 403 for whoever works with no queue; 409 over 50 views; 422 for a name or a filter that does not fit.
pub fn keep(tx: &mut Tx<'_>, name: &str, filter: &str, desk: Desk) -> Result<View> {
    let (owner, region) = (tx.actor.person()?, tx.actor.region()?);
    check::<act::KeepView, _>(&tx.actor, Tool { region, owner, desk })?;
    let name = name.trim();
    let mut checks = Checks::new();
    checks.line("/name", name, 1..=80);
    let tidied = tidy(filter);
    let filter = tidied.as_deref().unwrap_or_default().to_owned();
    checks.within("", tidied.map(drop))?;
    checks.done()?;
    // Of several that are kept at once each sees those before it.
    person::hold(tx, owner)?;
    let held: i64 = on!(tx.conn(), |c| views::table.filter(views::owner_id.eq(owner)).count().get_result(c))?;
    if held >= MOST {
        return Err(Error::Conflict(say!("desk.many_views", most = MOST)));
    }
    let (desk, opd_id) = columns(desk);
    let view = View {
        id: tx.new_id(),
        region_id: region,
        owner_id: owner,
        desk,
        opd_id,
        name: name.to_owned(),
        filter,
        created_at: tx.now,
    };
    on!(tx.conn(), |c| diesel::insert_into(views::table).values(&view).execute(c))?;
    note(tx, "view.create", view.object(), &[view.shared_with()])?;
    Ok(view)
}

/// `true` if the actor has a view of this name himself.
///
/// # Errors
/// The database's.
pub fn is_named(tx: &mut Tx<'_>, name: &str) -> Result<bool> {
    if name.contains('\0') {
        return Ok(false);
    }
    let owner = tx.actor.person()?;
    let own = views::table.filter(views::owner_id.eq(owner).and(views::name.eq(name)));
    Ok(on!(tx.conn(), |c| diesel::select(exists(own)).get_result(c))?)
}

/// The views that the actor sees, by name.
pub fn list(tx: &mut Tx<'_>, paging: &Paging) -> Result<Page<View>> {
    let (who, limit) = (Served::by(&tx.actor)?, paging.limit()?);
    let after = paging.after::<(String, Id)>()?;
    let rows = on!(tx.conn(), |c| {
        let mut query = views::table.filter(seen_by!(views, who)).select(View::as_select()).into_boxed::<Db>();
        query = query.filter(kept!());
        if let Some(key) = after {
            query = query.filter(above((views::name, views::id), key));
        }
        query.order((views::name, views::id)).limit(limit + 1).load(c)
    })?;
    Ok(Page::cut(rows, limit, |view| (view.name.clone(), view.id)))
}

/// A view to be removed.
///
/// # Errors
/// 404 for one that the actor does not see, 403 for somebody else's.
pub fn find(tx: &mut Tx<'_>, id: Id) -> Result<May<act::KeepView, View>> {
    let who = Served::by(&tx.actor)?;
    let view = on!(tx.conn(), |c| views::table
        .filter(views::id.eq(id).and(seen_by!(views, who)).and(kept!().or(views::owner_id.eq(who.person))))
        .select(View::as_select())
        .first(c))?;
    check(&tx.actor, view)
}

/// Removes a view.
pub fn remove(tx: &mut Tx<'_>, view: May<act::KeepView, View>) -> Result<()> {
    let view = view.into_inner();
    on!(tx.conn(), |c| diesel::delete(views::table.find(view.id)).execute(c))?;
    note(tx, "view.remove", view.object(), &[view.shared_with()])
}

#[cfg(test)]
mod tests {
    use super::tidy;

    #[test]
    fn a_filter_is_kept_without_what_the_queue_does_not_know() {
        assert_eq!(tidy("?who=me&status=&q=a%26b").unwrap(), "who=me&q=a%26b");
        assert!(tidy("cursor=abc").is_err());
        assert!(tidy("q=%00").is_err());
        assert!(tidy(&format!("q={}", "x".repeat(700))).is_err());
    }
}
