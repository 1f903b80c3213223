//! A primary that vanishes without a word, and one that comes back after another has taken over (R1, R4).

use super::group_commit::{note, notes};
use super::outage::Server;
use super::postgres::here;
use sigap::db::{Store, snapshot};
use sigap::error::Error;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Between a program and a server's socket. Once a COMMIT of whoever has said the word has gone on to the server, the kernel
/// drops whatever else comes on that line, as on the way to a machine that is gone; later lines are well.
const RELAY: &str = r#"
import ctypes, socket, struct, sys, threading
server, word = sys.argv[1], sys.argv[2].encode()
# A filter of one instruction (BPF_RET 0), which lets nothing through.
nothing = ctypes.create_string_buffer(struct.pack("HBBI", 6, 0, 0, 0))
cut = threading.Event()

def serve(client):
    upstream, silent = socket.socket(socket.AF_UNIX), threading.Event()
    upstream.connect(server)

    def back():
        try:
            while data := upstream.recv(65536):
                if not silent.is_set():
                    client.sendall(data)
        except OSError:
            pass

    threading.Thread(target=back, daemon=True).start()
    said = False
    try:
        while data := client.recv(65536):
            said = said or word in data
            if said and b"COMMIT" in data and not cut.is_set():
                cut.set()
                silent.set()
                client.setsockopt(socket.SOL_SOCKET, 26, struct.pack("HL", 1, ctypes.addressof(nothing)))
            upstream.sendall(data)
    except OSError:
        pass
    upstream.close()

listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
while True:
    client, _ = listener.accept()
    threading.Thread(target=serve, args=(client,), daemon=True).start()
"#;

struct Relay {
    process: Child,
    url: String,
}

impl Relay {
    fn before(server: &Server, word: &str) -> Self {
        let socket = server.place().join(".s.PGSQL.5432");
        let mut relay = Command::new("python3");
        relay.args(["-c", RELAY]).arg(socket).arg(word).stdout(Stdio::piped());
        let mut process = relay.spawn().expect("python3 is needed for this test");
        let mut port = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut port).unwrap();
        // A second of silence, and each unanswered question a second more, ends the line.
        let url = format!(
            "postgres://postgres@127.0.0.1:{}/postgres?sslmode=disable&keepalives_idle=1&keepalives_interval=1\
             &keepalives_count=1&tcp_user_timeout=1000",
            port.trim()
        );
        Self { process, url }
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

// B5
#[actix_web::test]
async fn what_was_committed_before_the_server_vanished_without_a_word_is_not_done_again() {
    if !here() {
        return;
    }
    let server = Server::start(&[]);
    let relay = Relay::before(&server, "sekali");
    let store = Store::open(&relay.url, 2, 30).unwrap();
    let runs = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&runs);
    let told = store.write(move |conn| {
        count.fetch_add(1, Ordering::SeqCst);
        note(conn, "sekali")
    });
    let told = told.await;
    assert!(matches!(told, Err(Error::Unavailable(_))), "{told:?}");
    assert_eq!(runs.load(Ordering::SeqCst), 1);
    store.write(|conn| note(conn, "sesudah")).await.unwrap();
    let beside = Store::open(&server.url, 1, 30).unwrap();
    assert_eq!(beside.read(notes).await.unwrap(), ["sekali", "sesudah"]);
}

// L13, B5
#[actix_web::test]
async fn after_a_take_over_backup_and_restore_are_of_the_new_primary_though_the_old_one_is_back() {
    if !here() {
        return;
    }
    let old = Server::start(&[]);
    let before = Store::open(&old.url, 1, 30).unwrap();
    before.write(|conn| note(conn, "sebelum")).await.unwrap();
    let new = old.follow();
    new.script("promote", &[]);
    let both = format!("{},{}", old.url, new.place().display());
    let store = Store::open(&both, 2, 30).unwrap();
    store.write(|conn| note(conn, "sesudah ambil alih")).await.unwrap();
    assert_eq!(before.read(notes).await.unwrap(), ["sebelum"], "the old one still answers, and would take writes");

    let folder = tempfile::tempdir().unwrap();
    let dump = folder.path().join("salinan");
    snapshot::take(&store, &dump).unwrap();
    let bytes = std::fs::read(&dump).unwrap();
    assert!(bytes.windows(18).any(|part| part == b"sesudah ambil alih"));
    let place = snapshot::target(&both).unwrap();
    let hosts = sigap::db::hosts::hosts(&place);
    assert_eq!(hosts.iter().map(|host| host.name.as_str()).collect::<Vec<_>>(), [new.place().to_str().unwrap()]);
    // While the new one is away there is no backup, rather than one of the old.
    new.script("halt", &[]);
    assert!(snapshot::take(&store, &folder.path().join("lain")).is_err());
}
