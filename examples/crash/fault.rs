//! What may happen to the service under load, and how it comes back.

use crate::server::{Server, Setup};

/// A fault. The service may be the same afterwards, or another on what the fault has left.
pub trait Fault {
    /// Happens while the load goes on. The service is given back if it lives.
    fn strike(&mut self, server: Server) -> Result<Option<Server>, String>;

    /// Ends, when nobody sends any more; gives the service, ready. What it did that no fault explains goes to `seen`.
    fn mend(&mut self, server: Option<Server>, setup: &Setup, seen: &mut Vec<String>) -> Result<Server, String>;

    /// The service lives on and answers 503 meanwhile.
    fn leaves_it_alive(&self) -> bool;

    /// What stays to be looked at when all is over.
    fn last(&mut self, _server: &Server, _seen: &mut Vec<String>) -> Result<(), String> {
        Ok(())
    }
}

/// SIGKILL (F1).
#[derive(Debug)]
pub struct Kill;

impl Fault for Kill {
    fn strike(&mut self, server: Server) -> Result<Option<Server>, String> {
        server.kill().map(|()| None)
    }

    fn mend(&mut self, _: Option<Server>, setup: &Setup, _: &mut Vec<String>) -> Result<Server, String> {
        Server::start(setup)
    }

    fn leaves_it_alive(&self) -> bool {
        false
    }
}
