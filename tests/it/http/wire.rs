//! What reaches the program as bytes: where a request ends, and what follows it.

use crate::support::TestApp;
use actix_web::dev::ServerHandle;
use actix_web::web;
use sigap::http::Limiter;
use sigap::server;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;

/// Whatever this is, it is no answer to anybody who did not send it as a request of its own.
const NEXT: &str = "GET /healthz HTTP/1.1\r\nHost: sigap\r\nConnection: close\r\n\r\n";

/// The program on an address of its own, and what stops it.
fn served(app: &TestApp) -> (SocketAddr, ServerHandle) {
    let limiter = web::Data::from(Arc::new(Limiter::new(&app.app.config).unwrap()));
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let server = server::serve(app.app.clone(), limiter, listener).unwrap();
    let handle = server.handle();
    actix_web::rt::spawn(server);
    (address, handle)
}

/// Everything that is answered to these bytes until the program hangs up.
fn answered(address: SocketAddr, sent: &str) -> String {
    let mut line = TcpStream::connect(address).unwrap();
    line.write_all(sent.as_bytes()).unwrap();
    let mut answers = Vec::new();
    // Whoever hangs up on bytes that he did not read may do so with an error.
    let _ = line.read_to_end(&mut answers);
    String::from_utf8_lossy(&answers).into_owned()
}

fn statuses(answers: &str) -> Vec<&str> {
    answers.split("HTTP/1.1 ").skip(1).filter_map(|answer| answer.get(..3)).collect()
}

/// A sign-in of nobody with these lines in its head and this body, and the next request of the same connection.
fn signing_in(version: &str, lines: &str, body: &str) -> String {
    let head = format!("POST /api/v1/auth/login {version}\r\nHost: sigap\r\nContent-Type: application/json\r\n");
    format!("{head}{lines}\r\n{body}{NEXT}")
}

// R22, ASVS 4.2.1, RFC 9112 6.1 and 11.2: else a proxy and the program could take different bytes for the next request.
#[actix_web::test]
async fn a_request_whose_end_is_told_in_two_ways_is_refused_and_nothing_after_it_is_taken_for_a_request() {
    let app = TestApp::new().await;
    let (address, handle) = served(&app);
    let ask = async |sent: String| web::block(move || answered(address, &sent)).await.unwrap();

    let json = r#"{"login":"nobody","password":"nothing"}"#;
    let (length, pieces) = (format!("Content-Length: {}\r\n", json.len()), "Transfer-Encoding: chunked\r\n");
    let chunked = format!("{:x}\r\n{json}\r\n0\r\n\r\n", json.len());
    for (name, lines, body) in [("by its length", &*length, json), ("in pieces", pieces, &*chunked)] {
        let answers = ask(signing_in("HTTP/1.1", lines, body)).await;
        assert_eq!(statuses(&answers), ["401", "200"], "{name}: {answers}");
    }

    let other = "Content-Length: 3\r\n";
    for (name, version, lines, body) in [
        ("a length and pieces", "HTTP/1.1", format!("{length}{pieces}"), &*chunked),
        ("pieces and a length", "HTTP/1.1", format!("{pieces}{length}"), &*chunked),
        ("pieces before HTTP/1.1", "HTTP/1.0", pieces.to_owned(), &*chunked),
        ("pieces and a length before HTTP/1.1", "HTTP/1.0", format!("{pieces}{length}"), &*chunked),
        ("two lengths", "HTTP/1.1", format!("{length}{other}"), json),
        ("a length with a sign", "HTTP/1.1", length.replace(": ", ": +"), json),
        ("pieces twice", "HTTP/1.1", format!("{pieces}{pieces}"), &*chunked),
        ("pieces by another name", "HTTP/1.1", "Transfer-Encoding: xchunked\r\n".to_owned(), &*chunked),
        ("pieces within something else", "HTTP/1.1", "Transfer-Encoding: gzip, chunked\r\n".to_owned(), &*chunked),
    ] {
        let answers = ask(signing_in(version, &lines, body)).await;
        assert_eq!(statuses(&answers), ["400"], "{name}: {answers}");
        assert!(answers.contains("connection: close"), "{name}: {answers}");
    }
    handle.stop(false).await;
}

// RFC 9110, 9.3.2: whoever watches the service may ask for the head alone.
#[actix_web::test]
async fn whatever_can_be_asked_for_can_be_asked_for_without_its_body() {
    let app = TestApp::new().await;
    let (address, handle) = served(&app);
    for (place, status) in [("/healthz", "200"), ("/api/openapi.json", "200"), ("/api/v1/tickets", "401")] {
        let sent = format!("HEAD {place} HTTP/1.1\r\nHost: sigap\r\n\r\n{NEXT}");
        let answers = web::block(move || answered(address, &sent)).await.unwrap();
        assert_eq!(statuses(&answers), [status, "200"], "{place}: {answers}");
        let (head, rest) = answers.split_once("\r\n\r\n").unwrap();
        assert!(!head.contains("content-length: 0"), "{place}: {head}");
        assert!(rest.starts_with("HTTP/1.1 200"), "{place} came with its body: {answers}");
    }
    handle.stop(false).await;
}
