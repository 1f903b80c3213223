//! What reaches the program as bytes: where a request ends, and what follows it.

use crate::support::TestApp;
use crate::support::browser::Browser;
use crate::support::meet::LONG;
use actix_web::dev::ServerHandle;
use actix_web::web;
use futures_util::future::join_all;
use sigap::app::App;
use sigap::http::Limiter;
use sigap::server;
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;

/// Whatever this is, it is no answer to anybody who did not send it as a request of its own.
const NEXT: &str = "GET /healthz HTTP/1.1\r\nHost: sigap\r\nConnection: close\r\n\r\n";

/// The program on an address of its own, and what stops it.
fn served(app: &App) -> (SocketAddr, ServerHandle) {
    let limiter = web::Data::from(Arc::new(Limiter::new(&app.config).unwrap()));
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let server = server::serve(app.clone(), limiter, listener).unwrap();
    let handle = server.handle();
    actix_web::rt::spawn(server);
    (address, handle)
}

/// Everything that is answered to these bytes until the program hangs up.
fn answered(address: SocketAddr, sent: &str) -> String {
    let mut line = TcpStream::connect(address).unwrap();
    line.set_read_timeout(Some(LONG)).unwrap();
    line.write_all(sent.as_bytes()).unwrap();
    let mut answers = Vec::new();
    // Whoever hangs up on bytes that he did not read may do so with an error.
    if let Err(error) = line.read_to_end(&mut answers) {
        assert_ne!(error.kind(), ErrorKind::WouldBlock, "nobody hangs up on {sent}");
    }
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
    let (address, handle) = served(&app.app);
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

/// What is answered to each of these, all at once.
async fn all_answered(address: SocketAddr, sent: Vec<String>) -> Vec<(String, String)> {
    let asked = sent.into_iter().map(|sent| async move {
        let bytes = sent.clone();
        (sent, web::block(move || answered(address, &bytes)).await.unwrap())
    });
    join_all(asked).await
}

/// Two ways to promise a body.
const PROMISES: [&str; 2] = ["Content-Length: 200000\r\n", "Transfer-Encoding: chunked\r\n"];

// R21: a few thousand of these would be all the lines that there are. Here nobody has any time.
#[actix_web::test]
async fn whoever_promises_a_body_and_sends_none_is_told_so_and_hung_up_on() {
    let app = TestApp::new().await;
    let mut config = app.app.config.clone();
    config.limits.request_seconds = 0;
    let (address, handle) = served(&App::open(config, app.clock.clone(), None).unwrap());
    let form = "application/x-www-form-urlencoded";
    let doors =
        [("/api/v1/auth/login", "application/json"), ("/sign-in", form), ("/forgot", form), ("/language", form)];
    let sent = doors.into_iter().flat_map(|(place, kind)| {
        PROMISES.map(|end| format!("POST {place} HTTP/1.1\r\nHost: sigap\r\nContent-Type: {kind}\r\n{end}\r\n"))
    });
    for (sent, answers) in all_answered(address, sent.collect()).await {
        assert_eq!(statuses(&answers), ["408"], "{sent}: {answers}");
    }
    handle.stop(false).await;
}

// R21: the server would read what comes in pieces to an end that never comes.
#[actix_web::test]
async fn whoever_was_answered_before_he_sent_his_body_is_hung_up_on_too() {
    let app = TestApp::new().await;
    let (address, handle) = served(&app.app);
    let asked = [("GET /healthz", "200"), ("GET /", "303"), ("POST /api/v1/tickets", "401"), ("POST /nowhere", "404")];
    let sent = asked.into_iter().flat_map(|(line, _)| {
        PROMISES.map(|end| format!("{line} HTTP/1.1\r\nHost: sigap\r\nContent-Type: application/json\r\n{end}\r\n"))
    });
    let statuses_told = asked.into_iter().flat_map(|(_, status)| [status; 2]);
    for ((sent, answers), status) in all_answered(address, sent.collect()).await.into_iter().zip(statuses_told) {
        assert_eq!(statuses(&answers), [status], "{sent}: {answers}");
    }
    handle.stop(false).await;
}

// R21: the server waits for a reader as long as he likes; the system hangs up on one that takes nothing. How long it takes
// was measured by hand (docs/security/choices.md), as no test waits for a clock.
#[actix_web::test]
async fn a_line_on_which_nothing_is_read_any_more_is_one_that_the_system_ends() {
    use rustix::net::sockopt::{set_tcp_user_timeout, tcp_user_timeout};
    let app = TestApp::new().await;
    let limiter = web::Data::from(Arc::new(Limiter::new(&app.app.config).unwrap()));
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let same = listener.try_clone().unwrap();
    let server = server::serve(app.app.clone(), limiter, listener).unwrap();
    let handle = server.handle();
    actix_web::rt::spawn(server);
    assert_eq!(tcp_user_timeout(&same).unwrap(), server::UNREAD);
    assert!((1..=30_000).contains(&server::UNREAD));
    handle.stop(false).await;
    // Each line has it from the socket on which it came.
    let door = TcpListener::bind("127.0.0.1:0").unwrap();
    set_tcp_user_timeout(&door, server::UNREAD).unwrap();
    let _caller = TcpStream::connect(door.local_addr().unwrap()).unwrap();
    let (line, _) = door.accept().unwrap();
    assert_eq!(tcp_user_timeout(&line).unwrap(), server::UNREAD);
}

// R21: what waits for somebody who does not read it is a piece of the answer, and not a copy of the whole.
#[actix_web::test]
async fn an_answer_is_handed_over_in_small_pieces() {
    use actix_web::body::{BoxBody, MessageBody};
    use std::pin::Pin;
    let whole: Vec<u8> = (0..1_000_000_u32).map(|n| u8::try_from(n % 251).unwrap()).collect();
    let mut body = sigap::http::Pieces::of(BoxBody::new(whole.clone()), None);
    assert_eq!(body.size(), actix_web::body::BodySize::Sized(1_000_000));
    let mut got = Vec::new();
    while let Some(piece) = std::future::poll_fn(|context| Pin::new(&mut body).poll_next(context)).await {
        let piece = piece.unwrap();
        assert!(piece.len() <= 16 * 1024, "{}", piece.len());
        got.extend_from_slice(&piece);
    }
    assert!(got == whole);
    // And the program answers by it: with a length, and whole.
    let (address, handle) = served(&TestApp::new().await.app);
    let ask = "GET /api/openapi.json HTTP/1.1\r\nHost: sigap\r\nConnection: close\r\n\r\n".to_owned();
    let answer = web::block(move || answered(address, &ask)).await.unwrap();
    let (_, text) = answer.split_once("\r\n\r\n").unwrap();
    assert_eq!(text, sigap::api::ops::document());
    assert!(answer.contains(&format!("content-length: {}", text.len())), "{}", &answer[..400]);
    handle.stop(false).await;
}

// RFC 9110, 9.3.2: whoever watches the service may ask for the head alone.
#[actix_web::test]
async fn whatever_can_be_asked_for_can_be_asked_for_without_its_body() {
    let app = TestApp::new().await;
    let (address, handle) = served(&app.app);
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

// RFC 9112, 9.3.2: behind a proxy that keeps its lines, what comes next on this one is somebody else's.
#[actix_web::test]
async fn what_was_asked_for_without_its_body_ends_though_the_body_would_not() {
    let app = TestApp::new().await;
    let (address, handle) = served(&app.app);
    let browser = Browser::lebak(&app, "teknisi.dinkes").await;
    let cookies: Vec<String> = browser.cookies.borrow().iter().map(|(name, value)| format!("{name}={value}")).collect();
    for place in ["/news/stream?since=2026-03-02T01:00:00Z", "/tickets", "/api/openapi.json"] {
        let lines = format!("Host: sigap\r\nCookie: {}\r\nAccept-Encoding: gzip\r\n", cookies.join("; "));
        let sent = format!("HEAD {place} HTTP/1.1\r\n{lines}\r\n{NEXT}");
        let answers = web::block(move || answered(address, &sent)).await.unwrap();
        assert_eq!(statuses(&answers), ["200", "200"], "{place}: {answers}");
    }
    handle.stop(false).await;
}

// R21, R22: anybody can send it.
#[actix_web::test]
async fn of_what_is_typed_by_somebody_who_is_not_signed_in_no_more_is_read_than_a_form_holds() {
    let app = TestApp::new().await;
    let (address, handle) = served(&app.app);
    let part =
        |name: &str, text: &str| format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{text}\r\n");
    let fields =
        [part("subject", "Kata yang diketik"), part("lain", &"x".repeat(262_000)), part("lain", &"x".repeat(900))];
    let lines = "Host: sigap\r\nOrigin: http://sigap\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 7500000\r\n";
    // He sends no more, and the rest is not waited for.
    let sent = format!("POST /report HTTP/1.1\r\n{lines}\r\n{}", fields.concat());
    let answers = web::block(move || answered(address, &sent)).await.unwrap();
    assert_eq!(statuses(&answers), ["401"], "{answers}");
    assert!(answers.contains("Kata yang diketik"), "{answers}");
    handle.stop(false).await;
}
