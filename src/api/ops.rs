//! Health, metrics, and the API's description.

use super::answer::Answer;
use super::call::language;
use super::gauges;
use super::problem::{Problem, tell};
use super::routes as every_route;
use crate::access::Origin;
use crate::app::{App, Caller};
use crate::config::MetricsAccess;
use crate::error::Error;
use crate::http::routes;
use actix_web::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use actix_web::{HttpRequest, HttpResponse, Route, web};
use serde_json::json;
use std::borrow::Cow;
use std::sync::OnceLock;
use std::sync::atomic::Ordering;
use utoipa_swagger_ui::{Config, serve};

/// The pages below the documentation, which loads nothing from elsewhere.
const DOCS: &str = "/api/docs/";

/// `GET /healthz`: the process lives. Which version it is helps strangers only (ASVS 13.4.6).
pub async fn alive(request: HttpRequest) -> HttpResponse {
    let told = if is_from_here(&request) {
        json!({ "status": "ok", "version": env!("CARGO_PKG_VERSION") })
    } else {
        json!({ "status": "ok" })
    };
    Answer::ok(&told).into_response()
}

/// `true` if a request comes from this machine and through no proxy.
fn is_from_here(request: &HttpRequest) -> bool {
    let forwarded = ["x-forwarded-for", "forwarded"].iter().any(|h| request.headers().contains_key(*h));
    request.peer_addr().is_some_and(|a| a.ip().is_loopback()) && !forwarded
}

/// `GET /readyz`: the database answers, the demo is whole, and the clock is not behind.
pub async fn ready(request: HttpRequest, app: web::Data<App>) -> Result<HttpResponse, Problem> {
    if app.filling.load(Ordering::Acquire) {
        return Err(Problem::new(Error::Unavailable("the demo is being filled".into()), language(&request)));
    }
    if app.behind.is_on(app.clock.now()) {
        return Err(Problem::new(Error::ClockBehind, language(&request)));
    }
    let probe = app.read(Caller::Anonymous, Origin::default(), crate::org::region::exists).await;
    match probe {
        Ok(_) => {
            let (pulse, now) = (&app.pulse, app.clock.now());
            let timers = json!({
                "last_look": pulse.looked_at(), "late_seconds": pulse.late_seconds(), "alarm": pulse.is_alarming(now),
            });
            let mut told = json!({
                "status": "ready", "timers": timers, "quarantine": app.quarantine.load(Ordering::Acquire),
                "standby": app.store.standby().await,
            });
            if is_from_here(&request)
                && let Some(told) = told.as_object_mut()
            {
                told.insert("database".to_owned(), app.store.kind().into());
            }
            Ok(Answer::ok(&told).into_response())
        }
        Err(e) => Err(Problem::new(Error::Unavailable(e.to_string()), language(&request))),
    }
}

/// `GET /metrics`: Prometheus text, for whom the settings allow.
pub async fn metrics(request: HttpRequest, app: web::Data<App>) -> Result<HttpResponse, Problem> {
    let allowed = match app.config.metrics {
        MetricsAccess::Public => true,
        MetricsAccess::Loopback => is_from_here(&request),
        MetricsAccess::Off => false,
    };
    if allowed {
        gauges::set(&app).await;
    }
    match &app.metrics {
        Some(handle) if allowed => Ok(HttpResponse::Ok()
            .insert_header((CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8"))
            .body(handle.render())),
        _ => Err(Problem::new(Error::NotFound, language(&request))),
    }
}

/// Days for which the contact of `security.txt` is promised; less than a year, as RFC 9116 asks.
const CONTACT_DAYS: i64 = 90;

/// `GET /.well-known/security.txt` (RFC 9116): whom to tell of a hole. Without a contact in the settings there is none:
/// an address that nobody reads would be worse.
pub async fn security(request: HttpRequest, app: web::Data<App>) -> Result<HttpResponse, Problem> {
    let (contact, site) = (&app.config.security_contact, &app.config.public_url);
    if contact.is_empty() {
        return Err(Problem::new(Error::NotFound, language(&request)));
    }
    let expires = app.clock.now().plus(chrono::Duration::days(CONTACT_DAYS)).utc().format("%Y-%m-%dT00:00:00Z");
    let text = format!(
        "Contact: {contact}\r\nExpires: {expires}\r\nPreferred-Languages: id, en\r\n\
         Canonical: {site}/.well-known/security.txt\r\n"
    );
    Ok(HttpResponse::Ok().insert_header((CONTENT_TYPE, "text/plain; charset=utf-8")).body(text))
}

/// The OpenAPI document as text, made once.
#[must_use]
pub fn document() -> &'static str {
    static DOCUMENT: OnceLock<String> = OnceLock::new();
    DOCUMENT.get_or_init(|| serde_json::to_string_pretty(&every_route().document()).unwrap_or_default())
}

/// `GET /api/openapi.json`.
pub async fn openapi() -> HttpResponse {
    HttpResponse::Ok().insert_header((CONTENT_TYPE, "application/json")).body(document())
}

/// `GET /api/docs`.
async fn docs_root() -> HttpResponse {
    HttpResponse::SeeOther().insert_header(("location", DOCS)).finish()
}

/// `GET /api/docs/{file}`: the documentation, from this program alone.
pub async fn docs(request: HttpRequest, file: web::Path<String>) -> Result<HttpResponse, Problem> {
    let config = std::sync::Arc::new(Config::from("/api/openapi.json"));
    let found = serve(&file, config).ok().flatten();
    let file = found.ok_or_else(|| Problem::new(Error::NotFound, language(&request)))?;
    // Most are part of the program, and are copied for nobody.
    let bytes = match file.bytes {
        Cow::Borrowed(bytes) => web::Bytes::from_static(bytes),
        Cow::Owned(bytes) => bytes.into(),
    };
    let charset = if file.content_type.starts_with("text/") { "; charset=utf-8" } else { "" };
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, file.content_type + charset))
        .insert_header((
            CONTENT_SECURITY_POLICY,
            "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'; \
             base-uri 'none'; frame-ancestors 'none'",
        ))
        .body(bytes))
}

/// Puts these routes into an application.
pub fn register(config: &mut web::ServiceConfig) {
    let get = |path, route: Route| routes::resource(path, (vec![route], "GET".into()), tell);
    config
        .service(get("/healthz", web::get().to(alive)))
        .service(get("/readyz", web::get().to(ready)))
        .service(get("/.well-known/security.txt", web::get().to(security)))
        .service(get("/metrics", web::get().to(metrics)))
        .service(get("/api/openapi.json", web::get().to(openapi)))
        .service(get("/api/docs", web::get().to(docs_root)))
        .service(get("/api/docs/{file:.*}", web::get().to(docs)));
}
