//! Who acts, and the proof that he may. A command takes a [`May`] for its own act; nothing but [`check`] makes one,
//! so a forgotten check does not compile. There is no connection without an actor.

pub mod act;
pub(crate) mod key_files;
pub mod password;
pub mod policy;
pub mod throttle;
pub mod token;
pub mod totp;
pub mod vault;

use crate::db::{Conn, Id, Ts, begin_savepoint, release_savepoint, undo_savepoint};
use crate::error::{Error, Result};
use crate::say;
use chrono::Duration;
use policy::{Action, Facts, Verdict};
use std::any::{Any, TypeId};
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::marker::PhantomData;
use std::net::{IpAddr, Ipv6Addr};
use std::rc::Rc;

crate::text_enum! {
    /// What a person is to a region or an OPD.
    pub enum Role {
        /// Reports trouble for himself (any member of an OPD).
        Requester = "requester",
        /// First contact of an OPD (L1; Temanggung: Administrator, T1).
        Tier1 = "tier1",
        /// Solves what Tier 1 can't (L2; Temanggung: Superadmin, T1).
        Tier2 = "tier2",
        /// Supervises all desks of a region (L8).
        Coordinator = "coordinator",
        /// Reads, changes nothing (P8).
        Auditor = "auditor",
        /// Keeps a region's OPDs, people and services.
        Admin = "admin",
        /// Keeps the platform: regions and their administrators.
        Operator = "operator",
    }
}

impl Role {
    /// `true` for a role that is held in one OPD.
    #[must_use]
    pub const fn needs_opd(self) -> bool {
        matches!(self, Self::Requester | Self::Tier1)
    }
}

/// One role held by a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grant {
    /// The role.
    pub role: Role,
    /// The region; none for the operator.
    pub region: Option<Id>,
    /// The OPD, for roles held in one.
    pub opd: Option<Id>,
}

/// Whoever acts in a transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// The person; none for the program itself and for whoever is not signed in.
    pub person: Option<Id>,
    /// His region; none for the operator.
    pub region: Option<Id>,
    /// His session, if he came through one.
    pub session: Option<Id>,
    /// His roles in force.
    pub grants: Vec<Grant>,
    /// The program itself, keeping time for its region; never a caller.
    pub timer: bool,
}

impl Actor {
    /// Nobody in particular: signing in, health.
    #[must_use]
    pub fn anonymous() -> Self {
        Self { person: None, region: None, session: None, grants: Vec::new(), timer: false }
    }

    /// The program itself, where it keeps the time of a region's tickets.
    #[must_use]
    pub fn timer(region: Id) -> Self {
        Self { region: Some(region), timer: true, ..Self::anonymous() }
    }

    /// `true` if he holds `role` anywhere.
    #[must_use]
    pub fn is(&self, role: Role) -> bool {
        self.grants.iter().any(|g| g.role == role)
    }

    /// The OPDs in which he holds `role`, oldest grant first.
    #[must_use]
    pub fn opds(&self, role: Role) -> Vec<Id> {
        self.grants.iter().filter(|g| g.role == role).filter_map(|g| g.opd).collect()
    }

    /// The person that acts.
    ///
    /// # Errors
    /// 401 if nobody is signed in.
    pub fn person(&self) -> Result<Id> {
        self.person.ok_or_else(|| Error::Unauthenticated(say!("sign_in.needed")))
    }

    /// The region of whoever acts.
    ///
    /// # Errors
    /// 404 for somebody without one: to him nothing of any region exists.
    pub fn region(&self) -> Result<Id> {
        match self.region {
            Some(region) => Ok(region),
            None => self.person().and(Err(Error::NotFound)),
        }
    }
}

/// Where a request came from, for the audit log.
#[derive(Debug, Clone, Default)]
pub struct Origin {
    /// Id of the request, also in the log and in the answer's header.
    pub request: String,
    /// The caller's address.
    pub address: String,
    /// What was asked for, as the route has it: never a path, which names tickets and people.
    pub what: String,
    /// The id that the path names, if it is one.
    pub object: Option<Id>,
}

impl Origin {
    /// Where the program's own work comes from.
    #[must_use]
    pub fn of(name: &str) -> Self {
        Self { request: name.into(), address: name.into(), ..Self::default() }
    }

    /// As what a caller's tries and requests are counted: his address, and of IPv6 the /64 in which it lies, for a
    /// subscriber has at least one (RFC 6177) and as many addresses in it as he likes. What is no address is itself.
    #[must_use]
    pub fn network(&self) -> String {
        match self.address.parse::<IpAddr>().map(|address| address.to_canonical()) {
            Ok(IpAddr::V6(whole)) => format!("{}/64", Ipv6Addr::from_bits(whole.to_bits() & NETWORK)),
            Ok(whole) => whole.to_string(),
            Err(_) => self.address.clone(),
        }
    }
}

/// The bits of an IPv6 address that name its /64.
const NETWORK: u128 = u128::MAX << 64;

/// What was read that the audit log must know of.
#[derive(Debug, Clone)]
pub struct Note {
    /// What was done.
    pub action: &'static str,
    /// Kind of object.
    pub kind: &'static str,
    /// Which.
    pub id: Option<Id>,
    /// Its region.
    pub region: Option<Id>,
    /// What else there is to say.
    pub detail: serde_json::Value,
}

/// What is counted once it is stored: a metric, and its labels with their values.
pub type Count = (&'static str, [(&'static str, &'static str); 2]);

/// An open transaction with its actor and its one idea of "now".
pub struct Tx<'c> {
    conn: Conn<'c>,
    /// Who acts.
    pub actor: Actor,
    /// The instant of everything that happens in this transaction.
    pub now: Ts,
    /// Where the request came from.
    pub origin: Origin,
    /// What happens is made up and lies in the past: nobody is written to.
    pub is_history: bool,
    ids: Rc<Cell<(Ts, u16)>>,
    notes: Rc<RefCell<Vec<Note>>>,
    counts: Rc<RefCell<Vec<Count>>>,
    is_weighty: Rc<Cell<bool>>,
    read: Read,
}

/// Rows that were read once in a transaction, by what they are and whose.
type Read = Rc<RefCell<HashMap<(TypeId, Id), Rc<dyn Any>>>>;

impl<'c> Tx<'c> {
    /// Binds a connection to its actor.
    #[must_use]
    pub fn new(conn: Conn<'c>, actor: Actor, now: Ts, origin: Origin) -> Self {
        let ids = Rc::new(Cell::new((now, 0)));
        Self {
            conn,
            actor,
            now,
            origin,
            is_history: false,
            ids,
            notes: Rc::default(),
            counts: Rc::default(),
            is_weighty: Rc::default(),
            read: Rc::default(),
        }
    }

    /// The same transaction with another actor at another time: for timers, senders of mails, listeners and readers of
    /// digests, and for what has a past.
    #[must_use]
    pub fn acting_as(&mut self, actor: Actor, now: Ts) -> Tx<'_> {
        let conn = match &mut self.conn {
            Conn::Pg(c) => Conn::Pg(c),
            Conn::Sqlite(c) => Conn::Sqlite(c),
        };
        let (ids, notes, is_weighty) = (Rc::clone(&self.ids), Rc::clone(&self.notes), Rc::clone(&self.is_weighty));
        let (origin, is_history, read) = (self.origin.clone(), self.is_history, Rc::clone(&self.read));
        let counts = Rc::clone(&self.counts);
        Tx { conn, actor, now, origin, is_history, ids, notes, counts, is_weighty, read }
    }

    /// The connection.
    pub fn conn(&mut self) -> &mut Conn<'c> {
        &mut self.conn
    }

    /// The connection and the actor at once, for a query that starts from his scope.
    pub fn scoped(&mut self) -> (&mut Conn<'c>, &Actor) {
        (&mut self.conn, &self.actor)
    }

    /// Keeps what the audit log must know of, until whoever opened the transaction takes it.
    pub fn note(&self, note: Note) {
        self.notes.borrow_mut().push(note);
    }

    /// What was noted.
    #[must_use]
    pub fn take_notes(&self) -> Vec<Note> {
        self.notes.take()
    }

    /// Counts what happened, once whoever opened the transaction has stored it: what is taken back never happened.
    pub fn count(&self, count: Count) {
        self.counts.borrow_mut().push(count);
    }

    /// What is to be counted.
    #[must_use]
    pub fn take_counts(&self) -> Vec<Count> {
        self.counts.take()
    }

    /// Says that what happens here is not answered before its audit entry has a place.
    pub fn weigh(&self) {
        self.is_weighty.set(true);
    }

    /// `true` if the answer waits for the place of an audit entry.
    #[must_use]
    pub fn is_weighty(&self) -> bool {
        self.is_weighty.get()
    }

    /// The row of `id`, which `load` reads if this transaction has not read it yet: for rows that no transaction changes.
    ///
    /// # Errors
    /// What `load` returns.
    pub fn once<T: Clone + 'static>(&mut self, id: Id, load: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        let key = (TypeId::of::<T>(), id);
        let held = self.read.borrow().get(&key).cloned();
        if let Some(row) = held.as_ref().and_then(|row| row.downcast_ref::<T>()) {
            return Ok(row.clone());
        }
        let row = load(self)?;
        self.read.borrow_mut().insert(key, Rc::new(row.clone()));
        Ok(row)
    }

    /// Runs `f` inside a savepoint: its error leaves no trace, and neither does a value that `keep` refuses.
    ///
    /// # Errors
    /// What `f` returns, or the database's.
    pub fn attempt<T>(&mut self, keep: impl FnOnce(&T) -> bool, f: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        begin_savepoint(&mut self.conn)?;
        let counted = self.counts.borrow().len();
        let result = f(self);
        if result.as_ref().is_ok_and(keep) {
            release_savepoint(&mut self.conn)?;
        } else {
            // What was read may have been made there.
            self.read.borrow_mut().clear();
            self.counts.borrow_mut().truncate(counted);
            if let Err(failed) = undo_savepoint(&mut self.conn) {
                // Of a connection that is lost the first error tells more.
                return result.and(Err(failed));
            }
        }
        result
    }

    /// A new id in this transaction's time, after those that it has made already: what one request causes stays in
    /// the order in which it happened.
    #[must_use]
    pub fn new_id(&self) -> Id {
        // Shared with whoever acts in the same transaction; another instant has an order of its own.
        let (instant, count) = self.ids.get();
        let made = if instant == self.now { count } else { 0 };
        self.ids.set((self.now, made.saturating_add(1)));
        Id::in_order(self.now, made)
    }

    /// Lets what is made from now on stand behind the row of this time and id, in every list by both.
    pub fn stand_behind(&mut self, at: Ts, id: Id) {
        if self.now < at {
            self.now = at.plus(Duration::microseconds(1));
        } else if self.now == at {
            let (instant, count) = self.ids.get();
            let made = if instant == at { count } else { 0 };
            self.ids.set((at, made.max(id.place().saturating_add(1))));
        }
    }
}

/// A kind of act; the markers stand in [`act`].
pub trait Act {
    /// What the policy is asked.
    const ACTION: Action;
}

/// What the policy needs to know of an object.
pub trait Subject {
    /// The facts.
    fn facts(&self) -> Facts;
}

/// The proof that the actor may do `A` to this `T`.
#[derive(Debug)]
pub struct May<A, T> {
    object: T,
    act: PhantomData<A>,
}

impl<A, T> May<A, T> {
    /// The object, to be changed.
    pub fn into_inner(self) -> T {
        self.object
    }

    /// The object, to be read.
    pub fn get(&self) -> &T {
        &self.object
    }
}

/// Asks the policy whether `actor` may do `A` to `object`.
///
/// # Errors
/// 404 if he may not even see it, 403 if he may see it but not do this.
pub fn check<A: Act, T: Subject>(actor: &Actor, object: T) -> Result<May<A, T>> {
    match policy::decide(actor, A::ACTION, &object.facts()) {
        Verdict::Yes => Ok(May { object, act: PhantomData }),
        Verdict::No => Err(Error::Forbidden(say!("forbidden.action"))),
        Verdict::Unseen => Err(Error::NotFound),
    }
}
