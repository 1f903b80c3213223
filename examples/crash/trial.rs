//! One series of faults: load, the fault, its end, the check; again and again.

use crate::check::Checker;
use crate::client::Client;
use crate::fault::Fault;
use crate::rng::Rng;
use crate::server::{Server, Setup};
use crate::support::{Accounts, Api};
use crate::tally::Tally;
use crate::view::{Plant, View};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// What a series needs, and what it remembers.
pub struct Trial {
    /// How the service is started.
    pub setup: Setup,
    /// What happens to it.
    pub fault: Box<dyn Fault>,
    /// Whoever sends.
    pub clients: Vec<Client>,
    /// Decides when it happens.
    pub rng: Rng,
    /// What the checker is given to find.
    pub plant: Option<Plant>,
    /// Everybody who is signed in.
    pub accounts: Accounts,
    /// When that was; tokens live for ten minutes.
    pub signed_in: Option<Instant>,
}

/// After so long everybody signs in again, so that no token runs out while nobody can.
const SIGN_IN_AFTER: Duration = Duration::from_mins(4);

impl Trial {
    /// Lets the fault happen `times`, and says what was found.
    pub fn run(&mut self, times: u64) -> Result<Tally, String> {
        let mut total = Tally::default();
        let mut server = Server::start(&self.setup)?;
        println!("ready after {:.1?} at {}", server.ready_after, server.url);
        for round in 1..=times {
            if self.signed_in.is_none_or(|at| at.elapsed() > SIGN_IN_AFTER) {
                self.sign_in(&server)?;
            }
            let after = Duration::from_millis(100 + self.rng.below(1401));
            let mut tally = Tally::default();
            let mut seen = Vec::new();
            server = self.round(round, server, after, &mut seen)?;
            let last = round == times;
            let tickets = self.check(&server, last)?;
            if last {
                self.fault.last(&server, &mut seen)?;
            }
            for what in seen {
                tally.unexpected(what);
            }
            self.clients.iter_mut().for_each(|client| tally.add(std::mem::take(&mut client.tally)));
            println!(
                "fault {round:>3} after {after:>6.0?}: {tally}  tickets {tickets}  ready {:.1?}",
                server.ready_after
            );
            total.add(tally);
        }
        Ok(total)
    }

    /// Signs everybody in first, so that the load begins at once.
    fn sign_in(&mut self, server: &Server) -> Result<(), String> {
        (self.accounts, self.signed_in) = (Accounts::default(), Some(Instant::now()));
        let api = Api::new(&server.url);
        for client in &self.clients {
            self.accounts.person(&api, &client.desk.requester)?;
            self.accounts.person(&api, &client.desk.technician)?;
        }
        Ok(())
    }

    /// Load until the fault; then its end.
    fn round(&mut self, round: u64, server: Server, after: Duration, seen: &mut Vec<String>) -> Result<Server, String> {
        let (url, accounts, fault) = (server.url.clone(), &self.accounts, &mut self.fault);
        let (waits, enough) = (fault.leaves_it_alive(), AtomicBool::new(false));
        let struck = thread::scope(|scope| {
            let load = |client| {
                let (api, enough) = (Api::new(&url), &enough);
                scope.spawn(move || Client::run(client, round, &api, accounts, enough))
            };
            self.clients.iter_mut().for_each(|client| client.waits = waits);
            let threads: Vec<_> = self.clients.iter_mut().map(load).collect();
            thread::sleep(after);
            let struck = fault.strike(server);
            enough.store(true, Ordering::Release);
            threads.into_iter().try_for_each(joined).and(struck)
        });
        self.clients.iter_mut().try_for_each(Client::reconcile)?;
        self.fault.mend(struck?, &self.setup, seen)
    }

    /// Sends again what was unanswered, then checks; how many tickets there are now.
    fn check(&mut self, server: &Server, everything: bool) -> Result<usize, String> {
        let before = self.view(server)?;
        #[expect(
            clippy::redundant_closure_for_method_calls,
            reason = "the method's path stands for one lifetime only"
        )]
        self.each(server, &before, |checker, client| checker.resend(client))?;
        let after = self.view(server)?;
        self.each(server, &after, |checker, client| checker.verify(client, everything))?;
        if let Some(client) = self.clients.first_mut() {
            after.twice.iter().for_each(|name| client.tally.doubled(format!("{name} is used twice")));
        }
        Ok(after.len())
    }

    fn view(&self, server: &Server) -> Result<View, String> {
        let mut view = View::read(&Api::new(&server.url), &self.accounts)?;
        let first = self.clients.iter().flat_map(|client| &client.book.tickets).next();
        if let (Some(plant), Some(ticket)) = (self.plant, first) {
            view.plant(plant, &ticket.marker);
        }
        Ok(view)
    }

    /// Has every client checked, each by a thread of its own.
    fn each(
        &mut self,
        server: &Server,
        view: &View,
        work: impl Fn(&Checker<'_>, &mut Client) -> Result<(), String> + Sync,
    ) -> Result<(), String> {
        let (accounts, work) = (&self.accounts, &work);
        thread::scope(|scope| {
            let check = |client| {
                let checker = Checker { api: Api::new(&server.url), accounts, view };
                scope.spawn(move || work(&checker, client))
            };
            let threads: Vec<_> = self.clients.iter_mut().map(check).collect();
            threads.into_iter().try_for_each(joined)
        })
    }
}

fn joined(thread: thread::ScopedJoinHandle<'_, Result<(), String>>) -> Result<(), String> {
    thread.join().unwrap_or_else(|_| Err("a client thread panicked".to_owned()))
}
