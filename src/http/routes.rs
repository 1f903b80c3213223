//! Routes of both doors by how they begin. The router tries one after the other, and each with a name in it (`{id}`) is a regular
//! expression that every thread makes for itself: those that begin alike share one.

use actix_web::{Resource, web};
use std::collections::BTreeMap;

/// Makes a route's resource at what is left of its path below the routes that it shares.
pub type Make = Box<dyn FnOnce(&str) -> Resource>;

/// Puts routes into an application, below `base`. Of two that fit, the one whose part is written out comes before the one
/// whose part is a name. Routes that go on below a name must call it alike: where they share it, no other is tried.
pub fn register(config: &mut web::ServiceConfig, base: &str, routes: impl IntoIterator<Item = (&'static str, Make)>) {
    for (first, group) in alike(routes, first_part) {
        let group = match only(group) {
            Ok((rest, make)) => {
                config.service(make(&format!("{base}{first}{rest}")));
                continue;
            }
            Err(group) => group,
        };
        let scope = web::scope(&format!("{base}{first}"));
        let scope = alike(group, first_name).into_iter().fold(scope, |scope, (beginning, some)| match only(some) {
            Ok((rest, make)) => scope.service(make(&format!("{beginning}{rest}"))),
            Err(some) => scope
                .service(some.into_iter().fold(web::scope(beginning), |scope, (rest, make)| scope.service(make(rest)))),
        });
        config.service(scope);
    }
}

/// Routes by the beginning that `length` tells, in the order of their paths: `{` comes after all letters.
fn alike(
    routes: impl IntoIterator<Item = (&'static str, Make)>,
    length: fn(&str) -> usize,
) -> BTreeMap<&'static str, BTreeMap<&'static str, Make>> {
    let mut groups: BTreeMap<_, BTreeMap<_, _>> = BTreeMap::new();
    for (path, make) in routes {
        let (beginning, rest) = path.split_at(length(path));
        groups.entry(beginning).or_default().insert(rest, make);
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

/// The one route of a group that has no other; else all of them.
fn only(mut routes: BTreeMap<&'static str, Make>) -> Result<(&'static str, Make), BTreeMap<&'static str, Make>> {
    match routes.pop_first() {
        Some(first) if routes.is_empty() => Ok(first),
        Some((rest, make)) => {
            routes.insert(rest, make);
            Err(routes)
        }
        None => Err(routes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::{TestRequest, call_service, init_service, read_body};
    use actix_web::{App, HttpRequest};

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
                let make: Make = Box::new(move |rest| web::resource(rest).route(web::get().to(tell)));
                (path, make)
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
