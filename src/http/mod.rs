//! What both doors over HTTP, REST and pages, need to know of a request, and how either tells an error.

mod arriving;
mod body;
mod download;
mod fault;
mod limit;
mod pieces;
pub mod routes;

use crate::access::Origin;
use crate::config::Config;
use crate::error::{Error, Result};
use actix_web::{HttpMessage, HttpRequest, web};
use std::net::IpAddr;

pub use arriving::Arriving;
pub use body::{collect, needs};
pub use download::{download, download_bytes, file_name, is_shown, show};
pub use fault::{log, retry_after, status, words};
pub use limit::Limiter;
pub use pieces::Pieces;

/// Id of a request, made by the outermost middleware.
#[derive(Debug, Clone)]
pub struct RequestId(pub String);

/// Only the head of the answer is wanted; noted by the outermost middleware.
#[derive(Debug, Clone, Copy)]
pub struct HeadOnly;

/// `true` if nobody looks at the answer yet: only its head is wanted, or a browser fetches it in case.
#[must_use]
pub fn is_ahead(request: &HttpRequest) -> bool {
    let fetched = |name| header(request, name).is_some_and(|purpose| purpose.contains("prefetch"));
    request.extensions().get::<HeadOnly>().is_some() || fetched("sec-purpose") || fetched("purpose")
}

/// Where a request came from.
#[must_use]
pub fn origin(request: &HttpRequest, config: &Config) -> Origin {
    Origin {
        request: request.extensions().get::<RequestId>().map(|id| id.0.clone()).unwrap_or_default(),
        address: address(request, config).to_string(),
        what: format!("{} {}", request.method(), request.match_pattern().unwrap_or_default()),
        object: request.match_info().get("id").and_then(|id| id.parse().ok()),
    }
}

/// What every request shares, by its type: the running program, of which the layers below it know nothing.
///
/// # Errors
/// [`Error::Internal`] where an application was put together without it.
pub fn shared<T: 'static>(request: &HttpRequest) -> Result<&T> {
    request.app_data::<web::Data<T>>().map(web::Data::get_ref).ok_or_else(|| Error::internal("no app"))
}

/// A header's value; one that is no text is there all the same, and must not count as left out.
#[must_use]
pub fn header<'a>(request: &'a HttpRequest, name: &str) -> Option<&'a str> {
    request.headers().get(name).map(|value| value.to_str().unwrap_or("\u{fffd}"))
}

/// The caller's address; what a proxy says is believed only from a proxy that is named in the settings.
fn address(request: &HttpRequest, config: &Config) -> IpAddr {
    let peer = request.peer_addr().map_or(IpAddr::from([127, 0, 0, 1]), |a| a.ip());
    if !config.trusted_proxies.contains(&peer) {
        return peer;
    }
    // Several lines are one list (RFC 9110, 5.3); its last entry is the one that our proxy wrote itself.
    let lines: Vec<_> = request.headers().get_all("x-forwarded-for").collect();
    let parts = lines.iter().rev().flat_map(|line| line.to_str().unwrap_or("\u{fffd}").rsplit(','));
    parts
        .map(|part| part.trim().parse().ok())
        .find(|a| a.is_none_or(|a: IpAddr| !config.trusted_proxies.contains(&a)))
        .flatten()
        .unwrap_or(peer)
}
