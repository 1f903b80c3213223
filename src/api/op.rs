//! What the OpenAPI document tells of one route. It is put together when somebody asks for the document: a program that only
//! answers requests has no use for it.

use super::answer::ListView;
use super::extract::is_optional;
use actix_web::http::Method;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use utoipa::openapi::RefOr;
use utoipa::openapi::path::ParameterIn;
use utoipa::openapi::schema::Schema;
use utoipa::{IntoParams, ToSchema};

/// What a route is and gives, for the document.
pub struct Op {
    id: &'static str,
    tag: &'static str,
    summary: &'static str,
    is_open: bool,
    is_asking: bool,
    /// Whether it changes something that has a version; none where method and path tell.
    is_versioned: Option<bool>,
    problems: Vec<u16>,
    steps: Vec<Step>,
}

type Step = Box<dyn FnOnce(&mut Told)>;

/// The changing parts of a route's description.
struct Told {
    status: u16,
    parameters: Vec<Value>,
    body: Option<Value>,
    answer: Option<Value>,
    /// What else it may answer: status and content.
    others: Vec<(u16, Value)>,
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
            is_open: false,
            is_asking: false,
            is_versioned: None,
            problems: Vec::new(),
            steps: Vec::new(),
        }
    }

    /// For callers who are not signed in.
    #[must_use]
    pub fn open(mut self) -> Self {
        self.is_open = true;
        self
    }

    /// Changes something that has no version, so that `If-Match` means nothing.
    #[must_use]
    pub fn unversioned(mut self) -> Self {
        self.is_versioned = Some(false);
        self
    }

    /// Changes something that has a version, which neither its method nor its path tells.
    #[must_use]
    pub fn versioned(mut self) -> Self {
        self.is_versioned = Some(true);
        self
    }

    fn then(mut self, step: impl FnOnce(&mut Told) + 'static) -> Self {
        self.steps.push(Box::new(step));
        self
    }

    /// Takes `T` as JSON.
    #[must_use]
    pub fn takes<T: ToSchema + DeserializeOwned + 'static>(self) -> Self {
        self.then(|told| {
            let schema = told.schemas.of::<T>();
            let content = json!({ "application/json": { "schema": schema } });
            told.body = Some(json!({ "required": !is_optional::<T>(), "content": content }));
        })
    }

    /// Needs these fields of its body, which a change of the same thing may leave out.
    #[must_use]
    pub fn needs(self, names: &'static [&'static str]) -> Self {
        self.narrowed(json!({ "required": names }))
    }

    /// Needs one of these fields of its body, and takes no second.
    #[must_use]
    pub fn needs_one(self, names: &'static [&'static str]) -> Self {
        let ways: Vec<Value> = names.iter().map(|name| json!({ "required": [name] })).collect();
        self.narrowed(json!({ "oneOf": ways }))
    }

    /// Its body has to fit this schema too, so that it can't be left out.
    fn narrowed(self, rule: Value) -> Self {
        self.then(move |told| {
            let Some(body) = &mut told.body else { return };
            if let Some(schema) = body.pointer_mut("/content/application~1json/schema") {
                *schema = json!({ "allOf": [schema.take(), rule] });
            }
            if let Some(required) = body.get_mut("required") {
                *required = true.into();
            }
        })
    }

    /// Takes nothing, or an empty object.
    #[must_use]
    pub fn takes_nothing(self) -> Self {
        self.then(|told| {
            let schema = json!({ "type": "object", "additionalProperties": false, "maxProperties": 0 });
            told.body = Some(json!({ "required": false, "content": { "application/json": { "schema": schema } } }));
        })
    }

    /// Takes a file of another media type.
    #[must_use]
    pub fn takes_file(self, media_type: &'static str, schema: Value) -> Self {
        self.then(move |told| {
            told.body = Some(json!({ "required": true, "content": { media_type: { "schema": schema } } }));
        })
    }

    /// With an example of the body.
    #[must_use]
    pub fn example(self, example: Value) -> Self {
        self.then(|told| {
            let content = told.body.as_mut().and_then(|b| b.pointer_mut("/content/application~1json"));
            if let Some(Value::Object(content)) = content {
                content.insert("example".into(), example);
            }
        })
    }

    /// Answers `status` with `T`.
    #[must_use]
    pub fn gives<T: ToSchema + 'static>(self, status: u16) -> Self {
        self.then(move |told| {
            let schema = told.schemas.of::<T>();
            told.status = status;
            told.answer = Some(json!({ "application/json": { "schema": schema } }));
        })
    }

    /// With `dry_run=true`, answers 200 with `T` instead.
    #[must_use]
    pub fn rehearses<T: ToSchema + 'static>(self) -> Self {
        self.then(|told| {
            let schema = told.schemas.of::<T>();
            told.others.push((200, schema));
        })
    }

    /// Answers with CSV or a workbook too, if asked.
    #[must_use]
    pub fn or_sheet(self) -> Self {
        self.then(|told| {
            if let Some(Value::Object(kinds)) = &mut told.answer {
                kinds.insert("text/csv".into(), json!({ "schema": { "type": "string" } }));
                kinds.insert(
                    crate::report::book::MEDIA_TYPE.into(),
                    json!({ "schema": { "type": "string", "format": "binary" } }),
                );
            }
        })
    }

    /// Answers 200 with a page of `T`.
    #[must_use]
    pub fn gives_page<T: ToSchema + 'static>(self) -> Self {
        self.then(|told| {
            let item = told.schemas.of::<T>();
            let schema = json!({
                "type": "object",
                "required": ["items", "next_cursor"],
                "properties": {
                    "items": { "type": "array", "items": item },
                    "next_cursor": { "type": ["string", "null"] }
                }
            });
            let _: Option<ListView<T>> = None;
            told.answer = Some(json!({ "application/json": { "schema": schema } }));
        })
    }

    /// Answers 204.
    #[must_use]
    pub fn gives_nothing(self) -> Self {
        self.then(|told| told.status = 204)
    }

    /// Answers 200 with bytes.
    #[must_use]
    pub fn gives_file(self) -> Self {
        self.then(|told| {
            told.answer = Some(json!({ "*/*": { "schema": { "type": "string", "format": "binary" } } }));
        })
    }

    /// Takes query parameters.
    #[must_use]
    pub fn asks<T: IntoParams + 'static>(mut self) -> Self {
        self.is_asking = true;
        self.then(|told| {
            let params = T::into_params(|| Some(ParameterIn::Query));
            told.parameters.extend(params.iter().filter_map(|p| serde_json::to_value(p).ok()));
        })
    }

    /// `true` if it takes query parameters.
    #[must_use]
    pub fn asks_something(&self) -> bool {
        self.is_asking
    }

    /// May also answer these.
    #[must_use]
    pub fn refuses(mut self, problems: &[u16]) -> Self {
        self.problems.extend(problems);
        self
    }

    /// Its part of the document. The schemas that it names are added to those that others named.
    pub(super) fn document(self, method: &Method, path: &str, schemas: &mut Schemas) -> Value {
        let mut told = Told {
            status: 200,
            parameters: Vec::new(),
            body: None,
            answer: None,
            others: Vec::new(),
            schemas: std::mem::take(schemas),
        };
        self.steps.into_iter().for_each(|step| step(&mut told));
        let mut parameters: Vec<Value> = path
            .split('/')
            .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
            .map(|name| json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string", "minLength": 1 } }))
            .collect();
        parameters.extend(told.parameters.iter().cloned());
        let mut problems = self.problems;
        // A parameter that nobody asked for is invalid everywhere.
        problems.extend([422, 429, 503]);
        if !self.is_open {
            problems.push(401);
        }
        if path.contains('{') {
            problems.push(404);
        }
        if method != Method::GET {
            problems.extend([400, 403, 408, 409, 412, 413, 415]);
            let as_told = || method == Method::PATCH || path.starts_with("/tickets/{id}");
            if self.is_versioned.unwrap_or_else(as_told) {
                parameters
                    .push(header("If-Match", "The version (`ETag`) that the change is meant for; another one: 412."));
            }
        }
        if method == Method::POST && !self.is_open {
            parameters
                .push(header("Idempotency-Key", "The same key and body within 24 hours give the first answer again."));
        }
        let mut responses = told.responses();
        for status in problems {
            responses.insert(status.to_string(), json!({ "$ref": "#/components/responses/Problem" }));
        }
        let mut operation = json!({
            "operationId": self.id, "tags": [self.tag], "summary": self.summary,
            "parameters": parameters, "responses": responses,
        });
        if let Some(object) = operation.as_object_mut() {
            if let Some(body) = told.body {
                object.insert("requestBody".into(), body);
            }
            if self.is_open {
                object.insert("security".into(), json!([]));
            }
        }
        *schemas = told.schemas;
        operation
    }
}

impl Told {
    /// The success, and beside it what else there may be: in its place, or under a status of its own.
    fn responses(&mut self) -> Map<String, Value> {
        let mut responses = Map::new();
        let mut success = json!({ "description": "Done." });
        if let (Some(content), Some(object)) = (self.answer.take(), success.as_object_mut()) {
            object.insert("content".into(), content);
        }
        for (status, schema) in self.others.drain(..) {
            let own = success.pointer_mut("/content/application~1json/schema").filter(|_| status == self.status);
            if let Some(own) = own {
                *own = json!({ "anyOf": [own.clone(), schema] });
            } else {
                let content = json!({ "application/json": { "schema": schema } });
                responses.insert(status.to_string(), json!({ "description": "A rehearsal.", "content": content }));
            }
        }
        responses.insert(self.status.to_string(), success);
        responses
    }
}

fn header(name: &str, description: &str) -> Value {
    let schema = json!({ "type": "string", "pattern": "^[!-~]{1,255}$" });
    json!({ "name": name, "in": "header", "required": false, "description": description, "schema": schema })
}

/// The parts of the document by name. A name of two different parts is noted: one would hide the other.
#[derive(Default)]
pub(super) struct Schemas {
    pub(super) by_name: BTreeMap<String, Value>,
    pub(super) clashes: BTreeSet<String>,
}

impl Schemas {
    /// A reference to `T`, which is added with all that it names.
    pub(super) fn of<T: ToSchema>(&mut self) -> Value {
        let mut found: Vec<(String, RefOr<Schema>)> = vec![(T::name().into_owned(), T::schema())];
        T::schemas(&mut found);
        for (name, schema) in found {
            if let Ok(schema) = serde_json::to_value(schema) {
                self.add(name, schema);
            }
        }
        json!({ "$ref": format!("#/components/schemas/{}", T::name()) })
    }

    fn add(&mut self, name: String, schema: Value) {
        if self.by_name.get(&name).is_some_and(|known| *known != schema) {
            self.clashes.insert(name.clone());
        }
        self.by_name.insert(name, schema);
    }
}
