//! A relay between the service and PostgreSQL that can stand still, or cut. While it stands still the kernel goes on taking
//! every byte, so that neither side's network sees anything amiss.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

/// The relay; its connections are cut when it is dropped.
#[derive(Debug)]
pub struct Proxy {
    /// Where it listens.
    pub address: SocketAddr,
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    is_frozen: bool,
    pairs: Vec<(TcpStream, UnixStream)>,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits while it stands still.
    fn pass(&self) -> MutexGuard<'_, State> {
        let state = self.lock();
        self.changed.wait_while(state, |state| state.is_frozen).unwrap_or_else(PoisonError::into_inner)
    }
}

impl Proxy {
    /// Listens for whoever wants to the server whose socket is `to`.
    pub fn start(to: &Path) -> Result<Self, String> {
        let listener = TcpListener::bind("127.0.0.1:0").map_err(|e| format!("the relay: {e}"))?;
        let address = listener.local_addr().map_err(|e| format!("the relay: {e}"))?;
        let (shared, to) = (Arc::new(Shared::default()), to.to_owned());
        let proxy = Self { address, shared: Arc::clone(&shared) };
        // It ends with the program.
        thread::spawn(move || accept(&listener, &shared, &to));
        Ok(proxy)
    }

    /// From now on nothing goes through, until [`Proxy::thaw`].
    pub fn freeze(&self) {
        self.shared.lock().is_frozen = true;
    }

    /// What was held goes on.
    pub fn thaw(&self) {
        self.shared.lock().is_frozen = false;
        self.shared.changed.notify_all();
    }

    /// Every connection ends, wherever it is; new ones are taken.
    pub fn cut(&self) {
        for (client, server) in self.shared.lock().pairs.drain(..) {
            // It may have ended by itself.
            let _ = client.shutdown(Shutdown::Both);
            let _ = server.shutdown(Shutdown::Both);
        }
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.thaw();
        self.cut();
    }
}

fn accept(listener: &TcpListener, shared: &Arc<Shared>, to: &Path) {
    for client in listener.incoming().map_while(Result::ok) {
        let shared = Arc::clone(shared);
        let to = to.to_path_buf();
        thread::spawn(move || {
            let mut state = shared.pass();
            // A server that is away closes its clients.
            let Ok(server) = UnixStream::connect(to) else { return };
            let clones = (client.try_clone(), client.try_clone(), server.try_clone(), server.try_clone());
            let (Ok(from_client), Ok(to_client), Ok(from_server), Ok(to_server)) = clones else { return };
            state.pairs.push((client, server));
            drop(state);
            let back = Arc::clone(&shared);
            thread::spawn(move || relay(&back, from_server, &to_client, |end| end.shutdown(Shutdown::Write)));
            relay(&shared, from_client, &to_server, |end| end.shutdown(Shutdown::Write));
        });
    }
}

/// Until one side ends; then the other one is told.
fn relay<R: Read, W>(shared: &Shared, mut from: R, to: &W, end: impl Fn(&W) -> std::io::Result<()>)
where
    for<'a> &'a W: Write,
{
    let (mut piece, mut to_side) = (vec![0; 1 << 14], to);
    while let Ok(length @ 1..) = from.read(&mut piece) {
        drop(shared.pass());
        let Some(read) = piece.get(..length) else { break };
        if to_side.write_all(read).is_err() {
            break;
        }
    }
    // It may have ended by itself.
    let _ = end(to);
}
