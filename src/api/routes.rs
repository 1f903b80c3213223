//! One row of the route table makes both the route and its description in the OpenAPI document, so that the two can't
//! drift apart.

use super::beside;
use super::op::{Op, Schemas};
use super::problem::{ProblemView, tell};
use crate::http::routes::register;
use actix_web::http::Method;
use actix_web::{FromRequest, Handler, HttpRequest, Responder, Route, web};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

/// Where the API stands.
pub const BASE: &str = "/api/v1";

/// Of the interface. That of the program is nobody's business who might look for its holes (ASVS 13.4.6).
const VERSION: &str = "1";

/// The operations that ask for something in their query; to all others every parameter is unknown.
#[derive(Clone)]
pub struct Asking(Arc<HashSet<(Method, String)>>);

impl Asking {
    /// `true` if the operation of this request is one of them.
    #[must_use]
    pub fn has(&self, request: &HttpRequest) -> bool {
        let pattern = request.match_pattern().unwrap_or_default();
        self.0.contains(&(request.method().clone(), pattern))
    }
}

/// The table while it is being read.
#[derive(Default)]
pub struct Routes {
    table: BTreeMap<&'static str, Vec<(Method, Route, Op)>>,
}

impl Routes {
    /// `GET`.
    #[must_use]
    pub fn get<F, A>(self, path: &'static str, handler: F, op: Op) -> Self
    where
        F: Handler<A>,
        A: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.add(Method::GET, path, web::get().to(handler), op)
    }

    /// `POST`.
    #[must_use]
    pub fn post<F, A>(self, path: &'static str, handler: F, op: Op) -> Self
    where
        F: Handler<A>,
        A: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.add(Method::POST, path, web::post().to(handler), op)
    }

    /// `PATCH`.
    #[must_use]
    pub fn patch<F, A>(self, path: &'static str, handler: F, op: Op) -> Self
    where
        F: Handler<A>,
        A: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.add(Method::PATCH, path, web::patch().to(handler), op)
    }

    /// `DELETE`.
    #[must_use]
    pub fn delete<F, A>(self, path: &'static str, handler: F, op: Op) -> Self
    where
        F: Handler<A>,
        A: FromRequest + 'static,
        F::Output: Responder + 'static,
    {
        self.add(Method::DELETE, path, web::delete().to(handler), op)
    }

    fn add(mut self, method: Method, path: &'static str, route: Route, op: Op) -> Self {
        self.table.entry(path).or_default().push((method, route, op));
        self
    }

    /// Puts the routes into an application.
    pub fn register(self, config: &mut web::ServiceConfig) {
        let all = self.table.iter().flat_map(|(path, routes)| routes.iter().map(move |route| (path, route)));
        let asking = all.filter(|(_, (.., op))| op.asks_something());
        let asking = asking.map(|(path, (method, ..))| (method.clone(), format!("{BASE}{path}"))).collect();
        config.app_data(Asking(Arc::new(asking)));
        let routes = self.table.into_iter().map(|(path, routes)| {
            let allow = routes.iter().map(|(method, ..)| method.as_str()).collect::<Vec<_>>().join(", ");
            (path, (routes.into_iter().map(|(_, route, _)| route).collect(), allow))
        });
        register(config, BASE, tell, routes);
    }

    /// Names that two different schemas have; there must be none.
    #[must_use]
    pub fn clashes(self) -> BTreeSet<String> {
        self.described().1.clashes
    }

    /// Each path with its operations, and the schemas that they name.
    fn described(self) -> (BTreeMap<String, Map<String, Value>>, Schemas) {
        let (mut paths, mut schemas) = (BTreeMap::new(), Schemas::default());
        for (path, routes) in self.table {
            let mut operations = Map::new();
            for (method, _, op) in routes {
                operations.insert(method.as_str().to_ascii_lowercase(), op.document(&method, path, &mut schemas));
            }
            paths.insert(format!("{BASE}{path}"), operations);
        }
        (paths, schemas)
    }

    /// The OpenAPI 3.1 document.
    #[must_use]
    pub fn document(self) -> Value {
        let (paths, mut schemas) = self.described();
        let schema = schemas.of::<ProblemView>();
        let mut paths: BTreeMap<String, Value> =
            paths.into_iter().map(|(path, operations)| (path, operations.into())).collect();
        paths.extend(beside::paths().map(|(path, item)| (path.to_owned(), item)));
        json!({
            "openapi": "3.1.0",
            "info": {
                "title": "SIGAP",
                "version": VERSION,
                "description": include_str!("about.md"),
                "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
            },
            "servers": [{ "url": "/" }],
            "security": [{ "bearer": [] }],
            "paths": paths,
            "components": {
                "securitySchemes": { "bearer": { "type": "http", "scheme": "bearer", "bearerFormat": "JWT" } },
                "responses": { "Problem": {
                    "description": "Not done, and nothing changed (RFC 9457).",
                    "content": { "application/problem+json": { "schema": schema } },
                } },
                "schemas": schemas.by_name,
            },
        })
    }
}
