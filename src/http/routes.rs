//! Routes of both doors by how they begin. The router tries one after the other, and each with a name in it (`{id}`) is a regular
//! expression that every thread makes for itself: those that begin alike share one.

use crate::error::Error;
use actix_web::body::MessageBody;
use actix_web::dev::{HttpServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::middleware::{Next, from_fn};
use actix_web::{HttpRequest, HttpResponse, Resource, Route, Scope, web};
use futures_util::FutureExt as _;
use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;

/// The routes of a path, one a method, and the methods as `Allow` names them (RFC 9110, 10.2.1).
pub type Methods = (Vec<Route>, String);

/// How a door tells an error to whoever asked.
pub type Tell = fn(&HttpRequest, Error) -> HttpResponse;

/// 405 with the methods that are allowed.
fn refuse(tell: Tell, allowed: String) -> Route {
    web::to(move |request: HttpRequest| {
        let refusal = tell(&request, Error::MethodNotAllowed(allowed.clone()));
        async move { refusal }
    })
}

/// Puts routes into an application, below `base`. Of two that fit, the one whose part is written out comes before the one
/// whose part is a name. Routes that go on below a name must call it alike: where they share it, no other is tried. Whoever
/// asks for what panics is told so by `tell`, as of any other fault inside (ASVS 16.5.4).
pub fn register(
    config: &mut web::ServiceConfig,
    base: &str,
    tell: Tell,
    routes: impl IntoIterator<Item = (&'static str, Methods)>,
) {
    for (first, group) in alike(routes, first_part) {
        // A scope of one would be looked through for nothing, and that of `/` would hold every path.
        if group.len() == 1 {
            for (rest, methods) in group {
                config.service(resource(&format!("{base}{first}{rest}"), methods, tell));
            }
            continue;
        }
        let mut scope = web::scope(&format!("{base}{first}"));
        for (beginning, some) in alike(group, first_name) {
            if some.len() == 1 {
                for (rest, methods) in some {
                    scope = scope.service(resource(&format!("{beginning}{rest}"), methods, tell));
                }
                continue;
            }
            let below = some.into_iter().map(|(rest, methods)| resource(rest, methods, tell));
            scope = scope.service(below.fold(web::scope(beginning), Scope::service));
        }
        config.service(scope);
    }
}

/// One path, with what [`register`] says of each.
pub fn resource(path: &str, (routes, allowed): Methods, tell: Tell) -> impl HttpServiceFactory + 'static {
    let allowed = allowed.replace("GET", "GET, HEAD");
    let resource = web::resource(path).default_service(refuse(tell, allowed));
    let guard = from_fn(move |request, next| contained(request, next, tell));
    routes.into_iter().fold(resource, Resource::route).wrap(guard)
}

/// Answers even if what is asked for panics, which would drop the connection without a word.
async fn contained(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
    tell: Tell,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    let asked = request.request().clone();
    if let Ok(answer) = AssertUnwindSafe(async { next.call(request).await }).catch_unwind().await {
        return answer.map(ServiceResponse::map_into_left_body);
    }
    let fault = tell(&asked, Error::internal("a request panicked"));
    Ok(ServiceResponse::new(asked, fault).map_into_right_body())
}

/// Routes by the beginning that `length` tells, in the order of their paths: `{` comes after all letters.
fn alike(
    routes: impl IntoIterator<Item = (&'static str, Methods)>,
    length: fn(&str) -> usize,
) -> BTreeMap<&'static str, BTreeMap<&'static str, Methods>> {
    let mut groups: BTreeMap<_, BTreeMap<_, _>> = BTreeMap::new();
    for (path, methods) in routes {
        let (beginning, rest) = path.split_at(length(path));
        groups.entry(beginning).or_default().insert(rest, methods);
    }
    groups
}

/// Up to the second slash.
fn first_part(path: &str) -> usize {
    path.get(1..).and_then(|p| p.find('/')).map_or(path.len(), |at| at + 1)
}

/// Up to the end of the first name; all of a path without one.
fn first_name(path: &str) -> usize {
    path.find('}').map_or(path.len(), |at| at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::App;
    use actix_web::test::{TestRequest, call_service, init_service, read_body};

    const PATHS: [&str; 10] = [
        "/",
        "/sign-in",
        "/tickets",
        "/tickets/acts",
        "/tickets/{number}",
        "/tickets/{number}/draft",
        "/tickets/{number}/files/{id}",
        "/tickets/{number}/{act}",
        "/opds/{code}",
        "/me/sessions/{id}",
    ];

    fn tell(request: &HttpRequest, error: Error) -> HttpResponse {
        match error {
            Error::MethodNotAllowed(allowed) => HttpResponse::MethodNotAllowed().body(allowed),
            error => HttpResponse::InternalServerError().body(format!("{}: {error}", request.path())),
        }
    }

    #[actix_web::test]
    async fn each_route_is_found_by_its_own_path_and_what_is_written_out_before_what_is_named() {
        let routes = || {
            PATHS.map(|path| {
                let name = async |request: HttpRequest| request.match_pattern().unwrap_or_default();
                (path, (vec![web::get().to(name)], "GET".into()))
            })
        };
        let service = init_service(App::new().configure(|config| register(config, "", tell, routes()))).await;
        for path in PATHS {
            let asked = path.replace("{number}", "LBK-2026-000001").replace(['{', '}'], "");
            let answer = call_service(&service, TestRequest::get().uri(&asked).to_request()).await;
            assert_eq!(read_body(answer).await, path, "{asked}");
            let answer = call_service(&service, TestRequest::put().uri(&asked).to_request()).await;
            assert_eq!((answer.status().as_u16(), read_body(answer).await), (405, "GET, HEAD".into()), "{asked}");
        }
        for absent in ["/tickets/", "/tickets/1/", "/tickets/1/files/2/3", "/opds", "/me", "/signin"] {
            let answer = call_service(&service, TestRequest::get().uri(absent).to_request()).await;
            assert_eq!(answer.status(), 404, "{absent}");
        }
    }
}
