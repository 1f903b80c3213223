//! The HTTP application: routes, request ids, security headers, access log, metrics.

use crate::access::token::{hex, random};
use crate::api::{ops, problem, routes};
use crate::app::App;
use crate::error::{Error, Result};
use crate::http::{Arriving, HeadOnly, Limiter, Pieces, RequestId};
use actix_web::body::{BodySize, BoxBody, MessageBody, None as NoBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::middleware::{Compress, DefaultHeaders, Next, from_fn};
use actix_web::{HttpMessage, HttpRequest, HttpResponse, HttpServer, dev::Server, web};
use std::net::TcpListener;
use std::time::{Duration, Instant};
use tracing::Instrument as _;

/// Puts everything that the service answers into an application.
pub fn configure(config: &mut web::ServiceConfig) {
    routes().register(config);
    ops::register(config);
    crate::web::register(config, problem::tell);
    config.default_service(web::to(unknown));
}

/// What nothing knows, in the form that the caller reads.
async fn unknown(request: HttpRequest) -> HttpResponse {
    let tell = if crate::web::wants_page(&request) { crate::web::tell } else { problem::tell };
    tell(&request, Error::NotFound)
}

/// Headers of every answer; a page that needs less strict ones sets its own.
#[must_use]
pub fn headers(app: &App) -> DefaultHeaders {
    let headers = DefaultHeaders::new()
        .add(("X-Content-Type-Options", "nosniff"))
        .add((
            "Content-Security-Policy",
            "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
        ))
        .add(("Referrer-Policy", "no-referrer"))
        .add(("Cross-Origin-Resource-Policy", "same-origin"))
        .add(("Cross-Origin-Opener-Policy", "same-origin"))
        .add(("Permissions-Policy", "camera=(), geolocation=(), microphone=()"))
        .add(("Cache-Control", "no-store"));
    if app.config.public_url.starts_with("https:") {
        headers.add(("Strict-Transport-Security", "max-age=31536000; includeSubDomains"))
    } else {
        headers
    }
}

/// Gives a request its id, and writes one line of log for its answer.
pub async fn observe(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> std::result::Result<ServiceResponse<Pieces>, actix_web::Error> {
    let id = random::<12>().map(|bytes| hex(&bytes)).unwrap_or_default();
    request.extensions_mut().insert(RequestId(id.clone()));
    let (method, began) = (request.method().clone(), Instant::now());
    // Whatever can be asked for can be asked for without its body (RFC 9110, 9.3.2), which the server then leaves out.
    if method == Method::HEAD {
        request.head_mut().method = Method::GET;
        request.extensions_mut().insert(HeadOnly);
    }
    let arriving = Arriving::of(&mut request);
    // So that whatever is logged meanwhile names the request that the caller was told.
    let span = tracing::error_span!("request", id);
    let mut response = next.call(request).instrument(span).await?;
    // The pattern, not the path: a path names tickets and people.
    let route = response.request().match_pattern().unwrap_or_else(|| "unknown".to_owned());
    let (status, seconds) = (response.status().as_u16(), began.elapsed().as_secs_f64());
    tracing::info!(target: "sigap::access", %method, route, status, seconds, request = id, "answered");
    metrics::histogram!("sigap_http_seconds", "method" => label(&method), "route" => route, "status" => status.to_string())
        .record(seconds);
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(HeaderName::from_static("x-request-id"), value);
    }
    Ok(response.map_body(|_, body| {
        // Nobody gets it, and the line would be held to an end that may never come.
        let is_endless = method == Method::HEAD && body.size() == BodySize::Stream;
        Pieces::of(if is_endless { BoxBody::new(NoBody::new()) } else { body.boxed() }, arriving)
    }))
}

/// Invented methods must not make new series.
fn label(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::HEAD => "HEAD",
        Method::OPTIONS => "OPTIONS",
        Method::PUT => "PUT",
        _ => "other",
    }
}

/// Milliseconds for which an answer may wait for whoever asked and takes nothing more of it (R21).
pub const UNREAD: u32 = 20_000;

/// Makes the server on `listener`. It stops by its handle, not by signals, of which it would let Ctrl-C cut what has begun.
///
/// # Errors
/// [`Error::Start`] if the address can't be used.
pub fn serve(app: App, limiter: web::Data<Limiter>, listener: TcpListener) -> Result<Server> {
    // Each line inherits it. The server itself waits for a reader for ever; the system hangs up on one that takes nothing.
    rustix::net::sockopt::set_tcp_user_timeout(&listener, UNREAD)
        .map_err(|e| Error::start(format!("listening: {e}")))?;
    let workers = app.config.workers;
    let seconds = Duration::from_secs(app.config.limits.request_seconds.min(10));
    let mut server = HttpServer::new(move || {
        actix_web::App::new()
            .app_data(web::Data::new(app.clone()))
            .app_data(limiter.clone())
            .wrap(Compress::default())
            .wrap(headers(&app))
            .wrap(from_fn(observe))
            .configure(configure)
    })
    .client_request_timeout(seconds)
    .client_disconnect_timeout(Duration::from_secs(2))
    .keep_alive(Duration::from_secs(30))
    // What is written in pieces would else wait, a piece at a time, until the one before is acknowledged.
    .tcp_nodelay(true)
    .max_connections(4096)
    .disable_signals()
    .shutdown_timeout(30);
    if workers > 0 {
        server = server.workers(workers);
    }
    Ok(server.listen(listener).map_err(|e| Error::start(format!("listening: {e}")))?.run())
}
