//! A client as a person's program would be: it sends requests and reads answers.

use actix_http::Request;
use actix_web::body::{BoxBody, to_bytes};
use actix_web::dev::ServiceResponse;
use actix_web::http::Method;
use actix_web::test::TestRequest;
use futures_util::future::LocalBoxFuture;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::rc::Rc;

type Serve = Rc<dyn Fn(Request) -> LocalBoxFuture<'static, ServiceResponse<BoxBody>>>;

/// Somebody who calls the service.
#[derive(Clone)]
pub struct Client {
    serve: Serve,
    token: Option<String>,
    peer: Option<SocketAddr>,
}

/// What came back.
#[derive(Debug, Clone, PartialEq)]
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub text: String,
}

impl Client {
    pub fn new(serve: Serve, token: Option<String>) -> Self {
        Self { serve, token, peer: None }
    }

    /// The same caller from this address.
    #[must_use]
    pub fn from(mut self, address: &str) -> Self {
        self.peer = Some(SocketAddr::new(address.parse().unwrap(), 40_000));
        self
    }

    pub fn token(&self) -> &str {
        self.token.as_deref().unwrap()
    }

    pub async fn get(&self, path: &str) -> Reply {
        self.send(Method::GET, path, &[], None).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Reply {
        self.send(Method::POST, path, &[], Some(body)).await
    }

    pub async fn patch(&self, path: &str, body: Value) -> Reply {
        self.send(Method::PATCH, path, &[], Some(body)).await
    }

    pub async fn delete(&self, path: &str) -> Reply {
        self.send(Method::DELETE, path, &[], None).await
    }

    /// Any method, with headers and JSON.
    pub async fn send(&self, method: Method, path: &str, headers: &[(&str, &str)], body: Option<Value>) -> Reply {
        let body = body.map(|b| b.to_string().into_bytes());
        let mut all: Vec<(&str, &str)> = headers.to_vec();
        if body.is_some() && !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type")) {
            all.push(("content-type", "application/json"));
        }
        self.raw(method, path, &all, body.unwrap_or_default()).await
    }

    /// Any bytes; a path that begins with `/api`, `/healthz` … is taken as it is.
    pub async fn raw(&self, method: Method, path: &str, headers: &[(&str, &str)], body: Vec<u8>) -> Reply {
        let whole = [
            "/api",
            "/healthz",
            "/readyz",
            "/metrics",
            "/setup",
            "/password",
            "/forgot",
            "/assets",
            "/.well-known",
            "//",
        ];
        let uri = if whole.iter().any(|w| path.starts_with(w)) { path.to_owned() } else { format!("/api/v1{path}") };
        let mut request = TestRequest::default().method(method).uri(&uri).set_payload(body);
        if let Some(token) = &self.token {
            request = request.insert_header(("authorization", format!("Bearer {token}")));
        }
        if let Some(peer) = self.peer {
            request = request.peer_addr(peer);
        }
        for (n, (name, value)) in headers.iter().enumerate() {
            let again = headers[..n].iter().any(|(before, _)| before == name);
            let header = (*name, *value);
            request = if again { request.append_header(header) } else { request.insert_header(header) };
        }
        let response = (self.serve)(request.to_request()).await;
        let status = response.status().as_u16();
        let headers = response
            .headers()
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap_or_default().to_owned()))
            .collect();
        let bytes = to_bytes(response.into_body()).await.unwrap_or_else(|_| panic!("a broken body"));
        Reply { status, headers, text: String::from_utf8_lossy(&bytes).into_owned() }
    }

    /// Opens an ordinary ticket and returns it.
    pub async fn open(&self, subject: &str) -> Value {
        let body = json!({ "kind": "incident", "subject": subject, "description": "Sejak pagi.", "service": "simpeg" });
        self.post("/tickets", body).await.created()
    }

    /// An action on a ticket.
    pub async fn act(&self, ticket: &Value, action: &str, body: Value) -> Reply {
        self.post(&format!("/tickets/{}/{action}", id(ticket)), body).await
    }

    /// The ticket as this person sees it now.
    pub async fn see(&self, ticket: &Value) -> Reply {
        self.get(&format!("/tickets/{}", id(ticket))).await
    }

    /// Adds a file to a ticket.
    pub async fn upload(&self, ticket: &Value, name: &str, content: &str, visibility: &str) -> Reply {
        self.upload_to(&format!("/tickets/{}/attachments", id(ticket)), name, content, visibility).await
    }

    /// Sends a file to this place.
    pub async fn upload_to(&self, place: &str, name: &str, content: &str, visibility: &str) -> Reply {
        let body = form_of(&[("visibility", visibility), (&format!("file/{name}"), content)]);
        self.raw(Method::POST, place, &[("content-type", MULTIPART)], body).await
    }

    /// Hands a ticket to Tier 2 with all that is needed.
    pub async fn escalate(&self, ticket: &Value) -> Reply {
        let body =
            json!({ "reason": "Di luar jangkauan.", "tried": "Memulai ulang.", "requested": "Mohon diperiksa." });
        self.act(ticket, "escalate", body).await
    }
}

/// The media type of [`form_of`].
pub const MULTIPART: &str = "multipart/form-data; boundary=X";

/// A form that may hold files (RFC 7578), of these parts in their order; a name with a file's name behind a slash is a file.
pub fn form_of(parts: &[(&str, &str)]) -> Vec<u8> {
    let part = |(name, value): &(&str, &str)| match name.split_once('/') {
        Some((name, file)) => format!(
            "--X\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"{file}\"\r\nContent-Type: text/plain\r\n\r\n{value}\r\n"
        ),
        None => format!("--X\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"),
    };
    let mut body: String = parts.iter().map(part).collect();
    body.push_str("--X--\r\n");
    body.into_bytes()
}

/// The id of a ticket.
pub fn id(ticket: &Value) -> &str {
    ticket["id"].as_str().unwrap()
}

impl Reply {
    /// Its headers, but for those that no two answers share.
    pub fn head(&self) -> String {
        let lasting = self.headers.iter().filter(|(name, _)| name != "x-request-id" && name != "date");
        let mut lines: Vec<String> = lasting.map(|(name, value)| format!("{name}: {value}")).collect();
        lines.sort();
        lines.join("\n")
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("no JSON: {} {}", self.status, self.text))
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_str())
    }

    /// 200 with JSON.
    #[track_caller]
    pub fn ok(&self) -> Value {
        assert_eq!(self.status, 200, "{}", self.text);
        self.json()
    }

    /// 201 with JSON.
    #[track_caller]
    pub fn created(&self) -> Value {
        assert_eq!(self.status, 201, "{}", self.text);
        self.json()
    }

    /// 204.
    #[track_caller]
    pub fn done(&self) {
        assert_eq!((self.status, self.text.as_str()), (204, ""));
    }

    /// A problem of this status, in its own media type.
    #[track_caller]
    pub fn refused(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text);
        assert_eq!(self.header("content-type"), Some("application/problem+json"));
        let problem = self.json();
        assert_eq!(problem["status"], status);
        problem
    }

    /// 422 whose only fault is at `pointer`.
    #[track_caller]
    pub fn names(&self, pointer: &str) -> Value {
        let problem = self.refused(422);
        let named: Vec<&str> =
            problem["errors"].as_array().unwrap().iter().map(|e| e["pointer"].as_str().unwrap()).collect();
        assert_eq!(named, [pointer], "{}", self.text);
        problem
    }
}
