//! What the service asks of its database for a request: taken down while the very service answers in this process.

use actix_web::dev::{Service, ServiceResponse};
use actix_web::middleware::from_fn;
use actix_web::{test, web};
use diesel::connection::{Instrumentation, InstrumentationEvent, set_default_instrumentation};
use serde::{Deserialize, Serialize};
use sigap::app::App;
use sigap::clock::Clock;
use sigap::config::Config;
use sigap::http::Limiter;
use sigap::server;
use std::sync::{Arc, Mutex};

static HEARD: Mutex<Vec<String>> = Mutex::new(Vec::new());

struct Ear;

impl Instrumentation for Ear {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        if let InstrumentationEvent::StartQuery { query, .. } = event {
            HEARD.lock().unwrap().push(query.to_string());
        }
    }
}

/// A value as the bare driver binds it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Value {
    Null,
    Int(i64),
    Text(String),
    Blob(Vec<u8>),
    Id(uuid::Uuid),
    List(Vec<Self>),
}

/// A statement with its values.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Statement {
    pub sql: String,
    pub values: Vec<Value>,
}

/// What a request came to.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Captured {
    pub statements: Vec<Statement>,
    pub status: u16,
    pub body: String,
}

/// A request to take down: method, path, token or cookie, body.
pub struct Asked {
    pub method: &'static str,
    pub path: String,
    pub header: (&'static str, String),
    pub body: String,
}

/// Takes down what each request costs. The first answers warm what is kept ready; what is told is of the second round.
pub async fn capture(config: Config, asked: Vec<Asked>) -> Vec<Captured> {
    set_default_instrumentation(|| Some(Box::new(Ear))).unwrap();
    let limiter = web::Data::from(Arc::new(Limiter::new(&config).unwrap()));
    let app = App::open(config, Clock::System, None).unwrap();
    let service = test::init_service(
        actix_web::App::new()
            .app_data(web::Data::new(app.clone()))
            .app_data(limiter)
            .wrap(server::headers(&app))
            .wrap(from_fn(server::observe))
            .configure(server::configure),
    )
    .await;
    let mut all = Vec::new();
    for one in &asked {
        for round in 0..2 {
            let is_write = one.method != "GET";
            if is_write && round == 0 {
                continue;
            }
            let mut request = test::TestRequest::default().method(one.method.parse().unwrap()).uri(&one.path);
            request = request.insert_header((one.header.0, one.header.1.as_str()));
            if is_write {
                request = request.insert_header(("content-type", "application/json"));
            }
            HEARD.lock().unwrap().clear();
            let response: ServiceResponse<_> =
                service.call(request.set_payload(one.body.clone()).to_request()).await.unwrap();
            let status = response.status().as_u16();
            let body = String::from_utf8_lossy(&test::read_body(response).await).into_owned();
            assert!(status < 300, "{} {}: {status} {body}", one.method, one.path);
            // The note that words of secret tickets were shown is left to the service: once written, it is there.
            let is_of_it = |said: &Statement| is_write || !said.sql.starts_with("INSERT");
            let heard = HEARD.lock().unwrap();
            let statements = heard.iter().filter_map(|text| statement(text)).filter(is_of_it).collect();
            drop(heard);
            if round == 1 {
                all.push(Captured { statements, status, body });
            }
        }
    }
    all
}

/// Reads what diesel tells of a statement; beginnings and ends of transactions are the floor's own affair.
fn statement(text: &str) -> Option<Statement> {
    let (sql, binds) = text.rsplit_once(" -- binds: ").filter(|(sql, _)| *sql != "SELECT total_changes()")?;
    let inner = binds.trim().strip_prefix('[')?.strip_suffix(']')?;
    let values = split(inner).into_iter().map(value).collect();
    Some(Statement { sql: sql.to_owned(), values })
}

/// The members of a list as `Debug` shows it.
fn split(text: &str) -> Vec<&str> {
    let (mut depth, mut quoted, mut escaped, mut start, mut all) = (0, false, false, 0, Vec::new());
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            _ if quoted => {}
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth -= 1,
            ',' if depth == 0 => {
                all.push(text[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    all.push(text[start..].trim());
    all.retain(|part| !part.is_empty());
    all
}

fn value(text: &str) -> Value {
    let inside = |name: &str| text.strip_prefix(name).and_then(|rest| rest.strip_suffix(')'));
    if let Some(inner) = inside("Some(") {
        return value(inner);
    }
    if let Some(id) = inside("Id(") {
        return Value::Id(id.parse().unwrap());
    }
    if let Some(at) = inside("Ts(") {
        let at: chrono::DateTime<chrono::Utc> = at.parse().unwrap();
        return Value::Text(sigap::db::Ts::new(at).text());
    }
    if let Some(inner) = inside("Json(") {
        return Value::Text(document(inner));
    }
    if let Some(inner) = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        let parts = split(inner);
        let bytes: Option<Vec<u8>> = parts.iter().map(|b| b.parse().ok()).collect();
        return match bytes {
            Some(bytes) if !bytes.is_empty() => Value::Blob(bytes),
            _ => Value::List(parts.into_iter().map(value).collect()),
        };
    }
    if let Ok(words) = serde_json::from_str::<String>(text) {
        return Value::Text(words);
    }
    match text {
        "None" => Value::Null,
        "true" => Value::Int(1),
        "false" => Value::Int(0),
        _ => text.parse().map_or_else(|_| Value::Text(word(text)), Value::Int),
    }
}

/// The JSON of which `Debug` shows this: the service reads what the floor wrote.
fn document(text: &str) -> String {
    let inside = |begin: &str, end: char| text.strip_prefix(begin).and_then(|rest| rest.strip_suffix(end));
    let joined = |parts: Vec<String>| parts.join(",");
    if let Some(inner) = inside("Object {", '}') {
        let member =
            |part: &str| part.split_once("\": ").map(|(name, of)| format!("{name}\":{}", document(of))).unwrap();
        return format!("{{{}}}", joined(split(inner).into_iter().map(member).collect()));
    }
    if let Some(inner) = inside("Array [", ']') {
        return format!("[{}]", joined(split(inner).into_iter().map(document).collect()));
    }
    ["String(", "Number(", "Bool("].into_iter().find_map(|begin| inside(begin, ')')).unwrap_or("null").to_owned()
}

/// `InProgress` stands as `in_progress`.
fn word(text: &str) -> String {
    if !text.chars().all(char::is_alphanumeric) || !text.starts_with(char::is_uppercase) {
        return text.to_owned();
    }
    let mut word = String::new();
    for (at, c) in text.char_indices() {
        if c.is_uppercase() && at > 0 {
            word.push('_');
        }
        word.extend(c.to_lowercase());
    }
    word
}
