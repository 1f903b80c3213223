//! A load generator that costs little: HTTP/1.1 over kept connections, one request in flight on each, read just far
//! enough to know where an answer ends.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// The bytes of requests, taken in turn by all connections.
pub type Requests = Arc<Vec<Vec<u8>>>;

/// What a run came to.
pub struct Run {
    /// Answers of 2xx a second.
    pub rate: f64,
    /// Times in microseconds, sorted.
    times: Vec<u32>,
    /// Answers of any other kind, the first of them in full.
    pub wrong: (usize, Option<String>),
}

impl Run {
    /// The time within which so many of a hundred were answered, in milliseconds.
    pub fn within(&self, percent: usize) -> f64 {
        let place = (self.times.len() * percent / 100).min(self.times.len().saturating_sub(1));
        f64::from(self.times.get(place).copied().unwrap_or(0)) / 1000.0
    }
}

/// How a run is driven.
#[derive(Clone, Copy)]
pub enum Pace {
    /// As fast as the connections get answers.
    Full(Duration),
    /// So many a second, whether earlier ones are answered or not: a late start counts as waiting.
    Rate(f64, Duration),
    /// Each request once.
    Once,
}

/// Asks over `connections`.
pub async fn run(address: &str, requests: &Requests, connections: usize, pace: Pace) -> Run {
    let (next, begin) = (Arc::new(AtomicUsize::new(0)), Instant::now());
    let tasks: Vec<_> = (0..connections)
        .map(|_| tokio::spawn(ask(address.to_owned(), Arc::clone(requests), Arc::clone(&next), pace, begin)))
        .collect();
    let (mut times, mut wrong) = (Vec::new(), (0, None));
    for task in tasks {
        let (some, bad, first) = task.await.unwrap();
        times.extend(some);
        wrong = (wrong.0 + bad, wrong.1.or(first));
    }
    let seconds = begin.elapsed().as_secs_f64();
    let rate = f64::from(u32::try_from(times.len()).unwrap()) / seconds;
    times.sort_unstable();
    Run { rate, times, wrong }
}

async fn ask(
    address: String,
    requests: Requests,
    next: Arc<AtomicUsize>,
    pace: Pace,
    begin: Instant,
) -> (Vec<u32>, usize, Option<String>) {
    let mut stream = TcpStream::connect(&address).await.unwrap();
    stream.set_nodelay(true).unwrap();
    let (mut times, mut wrong, mut first, mut buffer) = (Vec::new(), 0, None, vec![0; 256 * 1024]);
    loop {
        let place = next.fetch_add(1, Ordering::Relaxed);
        let since = match pace {
            Pace::Full(length) if begin.elapsed() >= length => break,
            Pace::Once if place >= requests.len() => break,
            Pace::Full(_) | Pace::Once => Instant::now(),
            Pace::Rate(rate, length) => {
                let due = begin + Duration::from_secs_f64(f64::from(u32::try_from(place).unwrap()) / rate);
                if due >= begin + length {
                    break;
                }
                tokio::time::sleep_until(due.into()).await;
                due
            }
        };
        stream.write_all(&requests[place % requests.len()]).await.unwrap();
        let answer = read(&mut stream, &mut buffer).await;
        if answer.starts_with(b"HTTP/1.1 2") {
            times.push(u32::try_from(since.elapsed().as_micros()).unwrap_or(u32::MAX));
        } else {
            wrong += 1;
            first = first.or_else(|| Some(String::from_utf8_lossy(answer).into_owned()));
        }
    }
    (times, wrong, first)
}

/// One answer, whole.
async fn read<'a>(stream: &mut TcpStream, buffer: &'a mut Vec<u8>) -> &'a [u8] {
    let mut held = 0;
    loop {
        if held == buffer.len() {
            buffer.resize(buffer.len() * 2, 0);
        }
        let more = stream.read(&mut buffer[held..]).await.unwrap();
        assert!(more > 0, "the server hung up");
        held += more;
        if let Some(end) = find(&buffer[..held], b"\r\n\r\n").map(|at| at + 4) {
            let head = &buffer[..end];
            let whole = match header(head, "content-length") {
                Some(length) => held >= end + length.parse::<usize>().unwrap(),
                None if header(head, "transfer-encoding").is_some() => buffer[..held].ends_with(b"0\r\n\r\n"),
                None => true,
            };
            if whole {
                return &buffer[..held];
            }
        }
    }
}

/// One request of whoever prepares a run; the answer's head and body.
pub async fn once(address: &str, request: &[u8]) -> (String, String) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request).await.unwrap();
    let mut buffer = vec![0; 1024 * 1024];
    let answer = read(&mut stream, &mut buffer).await;
    let end = find(answer, b"\r\n\r\n").unwrap() + 4;
    (String::from_utf8_lossy(&answer[..end]).into_owned(), String::from_utf8_lossy(&answer[end..]).into_owned())
}

/// The value of a header.
pub fn header<'a>(head: &'a [u8], name: &str) -> Option<&'a str> {
    std::str::from_utf8(head).ok()?.lines().find_map(|line| {
        let (key, value) = line.split_once(':')?;
        key.eq_ignore_ascii_case(name).then(|| value.trim())
    })
}

fn find(text: &[u8], what: &[u8]) -> Option<usize> {
    text.windows(what.len()).position(|some| some == what)
}

/// A request as bytes.
pub fn request(method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Vec<u8> {
    let mut text = format!("{method} {path} HTTP/1.1\r\nhost: 127.0.0.1\r\n");
    for (name, value) in headers {
        text += &format!("{name}: {value}\r\n");
    }
    if method != "GET" {
        text += &format!("content-length: {}\r\n", body.len());
    }
    (text + "\r\n" + body).into_bytes()
}
