//! What the example programs share: a small client of the HTTP API that signs in with demo accounts.

use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;
use ureq::Agent;
use ureq::http::{Request, Response};

/// Base of every path of the API.
const API: &str = "/api/v1";
/// Password of every demo account.
const DEMO_PASSWORD: &str = "sigap-demo-2026";
/// Longest answer that is read.
const LARGEST_ANSWER: u64 = 64 * 1024 * 1024;
/// How often a sign-in that is held back (429) is tried again.
const SIGN_IN_TRIES: usize = 30;

/// Method of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Reads.
    Get,
    /// Creates or acts.
    Post,
    /// Changes named fields.
    Patch,
}

impl Method {
    /// As it stands in a request.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Patch => "PATCH",
        }
    }
}

/// One call of the API. The body is kept as text so that a repetition is the same to the byte.
#[derive(Debug, Clone)]
pub struct Call {
    /// Method.
    pub method: Method,
    /// Path below the API's base, with its query.
    pub path: String,
    /// JSON text; `None` sends no body.
    pub body: Option<String>,
    /// `Idempotency-Key`.
    pub key: Option<String>,
    /// `If-Match`.
    pub if_match: Option<String>,
    /// Type of the body.
    pub content_type: &'static str,
}

/// Type of a JSON body.
const JSON: &str = "application/json";

impl Call {
    /// A read.
    pub fn get(path: impl Into<String>) -> Self {
        Self { method: Method::Get, path: path.into(), body: None, key: None, if_match: None, content_type: JSON }
    }

    /// A POST with an idempotency key of its own; `Value::Null` stands for "no body".
    pub fn post(path: impl Into<String>, body: &Value) -> Self {
        let body = (!body.is_null()).then(|| body.to_string());
        let key = Some(uuid::Uuid::new_v4().to_string());
        Self { method: Method::Post, path: path.into(), body, key, if_match: None, content_type: JSON }
    }

    /// A change of named fields, refused if `if_match` is stale.
    pub fn patch(path: impl Into<String>, body: &Value, if_match: Option<String>) -> Self {
        let body = Some(body.to_string());
        Self { method: Method::Patch, path: path.into(), body, key: None, if_match, content_type: JSON }
    }
}

/// What the service answered.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// `ETag`, if there was one.
    pub etag: Option<String>,
    /// Seconds of `Retry-After`.
    pub retry_after: Option<u64>,
    /// The body; `Null` if it was empty, a string if it was no JSON.
    pub body: Value,
}

impl Answer {
    /// `true` for every 2xx.
    pub const fn is_success(&self) -> bool {
        self.status >= 200 && self.status < 300
    }

    /// A text field of the body, or "".
    pub fn text(&self, field: &str) -> &str {
        self.body.get(field).and_then(Value::as_str).unwrap_or_default()
    }
}

/// Connections to one instance of the service. Kept alive; one per thread.
#[derive(Debug, Clone)]
pub struct Api {
    agent: Agent,
    base: String,
}

impl Api {
    /// A client of the service at `base`, e.g. `http://127.0.0.1:8080`.
    pub fn new(base: &str) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .proxy(None)
            .timeout_global(Some(Duration::from_secs(30)))
            .build();
        Self { agent: config.new_agent(), base: base.trim_end_matches('/').to_owned() }
    }

    /// Sends a call, signed with `token`. An error means that no whole answer came.
    pub fn send(&self, call: &Call, token: Option<&str>) -> Result<Answer, String> {
        let response = self.request(call, token).map_err(|e| format!("{} {}: {e}", call.method.text(), call.path))?;
        read(response).map_err(|e| format!("{} {}: {e}", call.method.text(), call.path))
    }

    fn request(&self, call: &Call, token: Option<&str>) -> Result<Response<ureq::Body>, ureq::Error> {
        let mut request = Request::builder().method(call.method.text()).uri(format!("{}{API}{}", self.base, call.path));
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        if let Some(key) = &call.key {
            request = request.header("idempotency-key", key);
        }
        if let Some(version) = &call.if_match {
            request = request.header("if-match", version);
        }
        match (&call.body, call.method) {
            (Some(body), _) => self.agent.run(request.header("content-type", call.content_type).body(body.as_str())?),
            (None, Method::Get) => self.agent.run(request.body(())?),
            (None, _) => self.agent.run(request.body("")?),
        }
    }
}

fn read(mut response: Response<ureq::Body>) -> Result<Answer, ureq::Error> {
    let header = |name| response.headers().get(name).and_then(|v| v.to_str().ok()).map(str::to_owned);
    let (etag, retry_after) = (header("etag"), header("retry-after").and_then(|s| s.parse().ok()));
    let status = response.status().as_u16();
    let text = response.body_mut().with_config().limit(LARGEST_ANSWER).read_to_string()?;
    let body = match text.as_str() {
        "" => Value::Null,
        _ => serde_json::from_str(&text).unwrap_or(Value::String(text)),
    };
    Ok(Answer { status, etag, retry_after, body })
}

/// Somebody who is signed in.
#[derive(Debug, Clone)]
pub struct Person {
    /// His id.
    pub id: String,
    token: String,
}

/// Everybody who is signed in, shared by all threads: sign-ins are few, because they are slow and limited.
#[derive(Debug, Default)]
pub struct Accounts {
    sessions: Mutex<HashMap<String, Arc<Mutex<Option<Person>>>>>,
}

impl Accounts {
    /// The person behind a login, signed in at first use.
    pub fn person(&self, api: &Api, login: &str) -> Result<Person, String> {
        self.session(api, login, None)
    }

    /// Sends a call as `login`; signs in again if the token has run out.
    pub fn call(&self, api: &Api, login: &str, call: &Call) -> Result<Answer, String> {
        let person = self.person(api, login)?;
        let answer = api.send(call, Some(&person.token))?;
        if answer.status != 401 {
            return Ok(answer);
        }
        let person = self.session(api, login, Some(&person.token))?;
        api.send(call, Some(&person.token))
    }

    /// The session of a login, made anew if there is none or it still holds the `stale` token. The lock of one
    /// login is held meanwhile, so that many threads that find the same stale token sign in once.
    fn session(&self, api: &Api, login: &str, stale: Option<&str>) -> Result<Person, String> {
        let slot = {
            let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(sessions.entry(login.to_owned()).or_default())
        };
        let mut slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(person) = slot.as_ref().filter(|p| Some(p.token.as_str()) != stale) {
            return Ok(person.clone());
        }
        let person = sign_in(api, login)?;
        *slot = Some(person.clone());
        Ok(person)
    }
}

fn sign_in(api: &Api, login: &str) -> Result<Person, String> {
    let body = json!({ "login": login, "password": DEMO_PASSWORD });
    for _ in 0..SIGN_IN_TRIES {
        let answer = api.send(&Call { key: None, ..Call::post("/auth/login", &body) }, None)?;
        if answer.status == 429 {
            thread::sleep(Duration::from_secs(answer.retry_after.unwrap_or(1).clamp(1, 60)));
            continue;
        }
        let token = answer.text("access_token").to_owned();
        if !answer.is_success() || token.is_empty() {
            return Err(format!("{login} can't sign in: {} {} (is it serve --demo?)", answer.status, answer.body));
        }
        let me = api.send(&Call::get("/me"), Some(&token))?;
        let id = me.text("id").to_owned();
        return if id.is_empty() {
            Err(format!("GET /me of {login} shows no id: {} {}", me.status, me.body))
        } else {
            Ok(Person { id, token })
        };
    }
    Err(format!("{login} is held back (429) at sign-in after {SIGN_IN_TRIES} tries"))
}

/// Id of a ticket's assignee, who is shown as an object or as an id.
pub fn assignee(ticket: &Value) -> Option<&str> {
    let shown = ticket.get("assignee")?;
    shown.get("id").unwrap_or(shown).as_str()
}

/// The domains of the four demo regions.
pub const DOMAINS: [&str; 4] = ["lebakkab.go.id", "temanggungkab.go.id", "blorakab.go.id", "purbalinggakab.go.id"];

/// The OPDs that have both a requester and a technician among the demo accounts.
pub const OPDS: [&str; 2] = ["dinkes", "disdik"];
