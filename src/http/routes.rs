//! Routes of both doors by how they begin. The router tries one after the other, and each with a name in it (`{id}`) is a regular
//! expression that every thread makes for itself: those that begin alike share one.

use actix_web::{Resource, Route, Scope, web};
use std::collections::BTreeMap;

/// The routes of a path, one a method, and what answers every other method.
pub type Methods = (Vec<Route>, Route);

/// Puts routes into an application, below `base`. Of two that fit, the one whose part is written out comes before the one
/// whose part is a name. Routes that go on below a name must call it alike: where they share it, no other is tried.
pub fn register(
    config: &mut web::ServiceConfig,
    base: &str,
    routes: impl IntoIterator<Item = (&'static str, Methods)>,
) {
    for (first, group) in alike(routes, first_part) {
        // A scope of one would be looked through for nothing, and that of `/` would hold every path.
        if group.len() == 1 {
            for (rest, methods) in group {
                config.service(resource(&format!("{base}{first}{rest}"), methods));
            }
            continue;
        }
        let mut scope = web::scope(&format!("{base}{first}"));
        for (beginning, some) in alike(group, first_name) {
            if some.len() == 1 {
                for (rest, methods) in some {
                    scope = scope.service(resource(&format!("{beginning}{rest}"), methods));
                }
                continue;
            }
            let below = some.into_iter().map(|(rest, methods)| resource(rest, methods));
            scope = scope.service(below.fold(web::scope(beginning), Scope::service));
        }
        config.service(scope);
    }
}

fn resource(path: &str, (routes, refusal): Methods) -> Resource {
    routes.into_iter().fold(web::resource(path).default_service(refusal), Resource::route)
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
    use actix_web::test::{TestRequest, call_service, init_service, read_body};
    use actix_web::{App, HttpRequest, HttpResponse};

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

    #[actix_web::test]
    async fn each_route_is_found_by_its_own_path_and_what_is_written_out_before_what_is_named() {
        let routes = || {
            PATHS.map(|path| {
                let tell = async |request: HttpRequest| request.match_pattern().unwrap_or_default();
                (path, (vec![web::get().to(tell)], web::to(HttpResponse::MethodNotAllowed)))
            })
        };
        let service = init_service(App::new().configure(|config| register(config, "", routes()))).await;
        for path in PATHS {
            let asked = path.replace("{number}", "LBK-2026-000001").replace(['{', '}'], "");
            let answer = call_service(&service, TestRequest::get().uri(&asked).to_request()).await;
            assert_eq!(read_body(answer).await, path, "{asked}");
        }
        for absent in ["/tickets/", "/tickets/1/", "/tickets/1/files/2/3", "/opds", "/me", "/signin"] {
            let answer = call_service(&service, TestRequest::get().uri(absent).to_request()).await;
            assert_eq!(answer.status(), 404, "{absent}");
        }
    }
}
