//! One row of the route table makes both the route and its description in the OpenAPI document, so that the two can't
//! drift apart.

use super::answer::ListView;
use super::call::language;
use super::problem::{Problem, ProblemView};
use crate::error::Error;
use actix_web::http::Method;
use actix_web::{FromRequest, Handler, HttpRequest, Responder, Route, Scope, web};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use utoipa::openapi::RefOr;
use utoipa::openapi::path::ParameterIn;
use utoipa::openapi::schema::Schema;
use utoipa::{IntoParams, ToSchema};

/// Where the API stands.
pub const BASE: &str = "/api/v1";

/// What a route is and gives, for the document.
pub struct Op {
    id: &'static str,
    tag: &'static str,
    summary: &'static str,
    status: u16,
    is_open: bool,
    parameters: Vec<Value>,
    body: Option<Value>,
    answer: Option<Value>,
    /// What else it may answer: status and content.
    others: Vec<(u16, Value)>,
    problems: Vec<u16>,
    schemas: Schemas,
}

impl Op {
    /// An operation that answers 200 and needs a signed-in caller.
    #[must_use]
    pub fn new(id: &'static str, tag: &'static str, summary: &'static str) -> Self {
        Self {
            id,
            tag,
            summary,
            status: 200,
            is_open: false,
            parameters: Vec::new(),
            body: None,
            answer: None,
            others: Vec::new(),
            problems: Vec::new(),
            schemas: Schemas::default(),
        }
    }

    /// For callers who are not signed in.
    #[must_use]
    pub fn open(mut self) -> Self {
        self.is_open = true;
        self
    }

    /// Takes `T` as JSON.
    #[must_use]
    pub fn takes<T: ToSchema>(mut self) -> Self {
        let schema = self.schema::<T>();
        self.body = Some(json!({ "required": true, "content": { "application/json": { "schema": schema } } }));
        self
    }

    /// Takes nothing, or an empty object.
    #[must_use]
    pub fn takes_nothing(mut self) -> Self {
        let schema = json!({ "type": "object", "additionalProperties": false, "maxProperties": 0 });
        self.body = Some(json!({ "required": false, "content": { "application/json": { "schema": schema } } }));
        self
    }

    /// Takes a file of another media type.
    #[must_use]
    pub fn takes_file(mut self, media_type: &str, schema: Value) -> Self {
        self.body = Some(json!({ "required": true, "content": { media_type: { "schema": schema } } }));
        self
    }

    /// With an example of the body.
    #[must_use]
    pub fn example(mut self, example: Value) -> Self {
        let content = self.body.as_mut().and_then(|b| b.pointer_mut("/content/application~1json"));
        if let Some(Value::Object(content)) = content {
            content.insert("example".into(), example);
        }
        self
    }

    /// Answers `status` with `T`.
    #[must_use]
    pub fn gives<T: ToSchema>(mut self, status: u16) -> Self {
        let schema = self.schema::<T>();
        self.status = status;
        self.answer = Some(json!({ "application/json": { "schema": schema } }));
        self
    }

    /// With `dry_run=true`, answers 200 with `T` instead.
    #[must_use]
    pub fn rehearses<T: ToSchema>(mut self) -> Self {
        let schema = self.schema::<T>();
        self.others.push((200, schema));
        self
    }

    /// Answers with CSV or a workbook too, if asked.
    #[must_use]
    pub fn or_sheet(mut self) -> Self {
        if let Some(Value::Object(kinds)) = &mut self.answer {
            kinds.insert("text/csv".into(), json!({ "schema": { "type": "string" } }));
            kinds.insert(
                crate::report::book::MEDIA_TYPE.into(),
                json!({ "schema": { "type": "string", "format": "binary" } }),
            );
        }
        self
    }

    /// Answers 200 with a page of `T`.
    #[must_use]
    pub fn gives_page<T: ToSchema>(mut self) -> Self {
        let item = self.schema::<T>();
        let schema = json!({
            "type": "object",
            "required": ["items", "next_cursor"],
            "properties": {
                "items": { "type": "array", "items": item },
                "next_cursor": { "type": ["string", "null"] }
            }
        });
        let _: Option<ListView<T>> = None;
        self.answer = Some(json!({ "application/json": { "schema": schema } }));
        self
    }

    /// Answers 204.
    #[must_use]
    pub fn gives_nothing(mut self) -> Self {
        self.status = 204;
        self
    }

    /// Answers 200 with bytes.
    #[must_use]
    pub fn gives_file(mut self) -> Self {
        self.answer = Some(json!({ "*/*": { "schema": { "type": "string", "format": "binary" } } }));
        self
    }

    /// Takes query parameters.
    #[must_use]
    pub fn asks<T: IntoParams>(mut self) -> Self {
        let params = T::into_params(|| Some(ParameterIn::Query));
        self.parameters.extend(params.iter().filter_map(|p| serde_json::to_value(p).ok()));
        self
    }

    /// May also answer these.
    #[must_use]
    pub fn refuses(mut self, problems: &[u16]) -> Self {
        self.problems.extend(problems);
        self
    }

    fn schema<T: ToSchema>(&mut self) -> Value {
        let mut found: Vec<(String, RefOr<Schema>)> = vec![(T::name().into_owned(), T::schema())];
        T::schemas(&mut found);
        for (name, schema) in found {
            if let Ok(schema) = serde_json::to_value(schema) {
                self.schemas.add(name, schema);
            }
        }
        json!({ "$ref": format!("#/components/schemas/{}", T::name()) })
    }

    /// Beside the success: in its place, or under a status of their own.
    fn add_others(&self, success: &mut Value, responses: &mut Map<String, Value>) {
        for (status, schema) in &self.others {
            let own = success.pointer_mut("/content/application~1json/schema").filter(|_| *status == self.status);
            if let Some(own) = own {
                *own = json!({ "anyOf": [own.clone(), schema] });
            } else {
                let content = json!({ "application/json": { "schema": schema } });
                responses.insert(status.to_string(), json!({ "description": "A rehearsal.", "content": content }));
            }
        }
    }

    fn document(&self, method: &Method, path: &str) -> Value {
        let mut parameters: Vec<Value> = path
            .split('/')
            .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
            .map(|name| json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string", "minLength": 1 } }))
            .collect();
        parameters.extend(self.parameters.iter().cloned());
        let mut problems = self.problems.clone();
        problems.extend([429, 503]);
        if !self.is_open {
            problems.push(401);
        }
        if path.contains('{') {
            problems.push(404);
        }
        if !self.parameters.is_empty() {
            problems.push(422);
        }
        if method != Method::GET {
            problems.extend([400, 403, 408, 409, 412, 413, 415, 422]);
            if method == Method::PATCH || path.starts_with("/tickets/{id}") {
                parameters
                    .push(header("If-Match", "The version (`ETag`) that the change is meant for; another one: 412."));
            }
        }
        if method == Method::POST && !self.is_open {
            parameters
                .push(header("Idempotency-Key", "The same key and body within 24 hours give the first answer again."));
        }
        let mut responses = Map::new();
        let mut success = json!({ "description": "Done." });
        if let (Some(content), Some(object)) = (&self.answer, success.as_object_mut()) {
            object.insert("content".into(), content.clone());
        }
        self.add_others(&mut success, &mut responses);
        responses.insert(self.status.to_string(), success);
        if method == Method::GET && !self.is_open {
            responses.insert("304".into(), json!({ "description": "The caller has this version." }));
        }
        for status in problems {
            responses.insert(status.to_string(), json!({ "$ref": "#/components/responses/Problem" }));
        }
        let mut operation = json!({
            "operationId": self.id, "tags": [self.tag], "summary": self.summary,
            "parameters": parameters, "responses": responses,
        });
        if let Some(object) = operation.as_object_mut() {
            if let Some(body) = &self.body {
                object.insert("requestBody".into(), body.clone());
            }
            if self.is_open {
                object.insert("security".into(), json!([]));
            }
        }
        operation
    }
}

fn header(name: &str, description: &str) -> Value {
    let schema = json!({ "type": "string", "pattern": "^[!-~]{1,255}$" });
    json!({ "name": name, "in": "header", "required": false, "description": description, "schema": schema })
}

/// The table while it is being read.
#[derive(Default)]
pub struct Routes {
    table: BTreeMap<&'static str, Vec<(Method, Route)>>,
    paths: BTreeMap<String, Map<String, Value>>,
    schemas: Schemas,
}

/// The parts of the document by name. A name of two different parts is noted: one would hide the other.
#[derive(Default)]
struct Schemas {
    by_name: BTreeMap<String, Value>,
    clashes: BTreeSet<String>,
}

impl Schemas {
    fn add(&mut self, name: String, schema: Value) {
        if self.by_name.get(&name).is_some_and(|known| *known != schema) {
            self.clashes.insert(name.clone());
        }
        self.by_name.insert(name, schema);
    }

    fn extend(&mut self, other: Self) {
        self.clashes.extend(other.clashes);
        other.by_name.into_iter().for_each(|(name, schema)| self.add(name, schema));
    }
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
        let document = op.document(&method, path);
        let item = self.paths.entry(format!("{BASE}{path}")).or_default();
        item.insert(method.as_str().to_ascii_lowercase(), document);
        self.schemas.extend(op.schemas);
        self.table.entry(path).or_default().push((method, route));
        self
    }

    /// Puts the routes into an application, grouped by their first part: the router tries one after the other, and one
    /// with a name in it costs more than all beginnings together.
    pub fn register(self, config: &mut web::ServiceConfig) {
        let mut groups: BTreeMap<&str, Scope> = BTreeMap::new();
        for (path, routes) in self.table {
            let (group, rest) = path.split_at(path.get(1..).and_then(|p| p.find('/')).map_or(path.len(), |at| at + 1));
            let allow = routes.iter().map(|(method, _)| method.as_str()).collect::<Vec<_>>().join(", ");
            let resource = web::resource(rest).default_service(refuse_method(allow));
            let resource = routes.into_iter().fold(resource, |resource, (_, route)| resource.route(route));
            let scope = groups.remove(group).unwrap_or_else(|| web::scope(&format!("{BASE}{group}")));
            groups.insert(group, scope.service(resource));
        }
        for scope in groups.into_values() {
            config.service(scope);
        }
    }

    /// Names that two different schemas have; there must be none.
    #[must_use]
    pub const fn clashes(&self) -> &BTreeSet<String> {
        &self.schemas.clashes
    }

    /// The OpenAPI 3.1 document.
    #[must_use]
    pub fn document(mut self) -> Value {
        let mut problem = Op::new("", "", "");
        let schema = problem.schema::<ProblemView>();
        self.schemas.extend(problem.schemas);
        json!({
            "openapi": "3.1.0",
            "info": {
                "title": "SIGAP",
                "version": env!("CARGO_PKG_VERSION"),
                "description": include_str!("about.md"),
                "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
            },
            "servers": [{ "url": "/" }],
            "security": [{ "bearer": [] }],
            "paths": self.paths,
            "components": {
                "securitySchemes": { "bearer": { "type": "http", "scheme": "bearer", "bearerFormat": "JWT" } },
                "responses": { "Problem": {
                    "description": "Not done, and nothing changed (RFC 9457).",
                    "content": { "application/problem+json": { "schema": schema } },
                } },
                "schemas": self.schemas.by_name,
            },
        })
    }
}

/// 405 with the methods that are allowed.
#[must_use]
pub fn refuse_method(allow: String) -> Route {
    web::to(move |request: HttpRequest| {
        let problem = Problem::new(Error::MethodNotAllowed(allow.clone()), language(&request));
        async move { Err::<&'static str, _>(problem) }
    })
}
