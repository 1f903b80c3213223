//! An answer made inside the transaction, so that it can be stored with it and given again.

use crate::db::page::Page;
use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{
    ALLOW, CONTENT_DISPOSITION, CONTENT_TYPE, ETAG, LOCATION, RETRY_AFTER, WWW_AUTHENTICATE,
};
use serde::Serialize;

/// Status, a few headers and a JSON text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Where a new thing is.
    pub location: Option<String>,
    /// Version of the thing.
    pub etag: Option<String>,
    /// JSON; none for 204.
    pub body: Option<String>,
    /// Seconds after which to come again.
    pub retry_after: Option<u64>,
    /// Methods that are allowed.
    pub allow: Option<String>,
    /// Holds a secret: it is stored sealed.
    pub secret: bool,
    /// What the body is, if it is no JSON; only in answers that are never stored.
    pub file: Option<File>,
}

/// A file to be saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Media type.
    pub media_type: &'static str,
    /// Name.
    pub name: String,
    /// Content.
    pub bytes: Vec<u8>,
}

/// A page of a list.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ListView<T> {
    /// The rows.
    pub items: Vec<T>,
    /// `cursor` of the next page; `null` at the end.
    pub next_cursor: Option<String>,
}

impl Answer {
    /// `status` with `body` as JSON.
    pub fn json(status: u16, body: &impl Serialize) -> Self {
        Self { status, body: serde_json::to_string(body).ok(), ..Self::default() }
    }

    /// 200.
    pub fn ok(body: &impl Serialize) -> Self {
        Self::json(200, body)
    }

    /// 201 with the new thing's place.
    pub fn created(location: String, body: &impl Serialize) -> Self {
        Self { location: Some(location), ..Self::json(201, body) }
    }

    /// 200 with a file to be saved under a name.
    #[must_use]
    pub fn file(media_type: &'static str, name: String, body: impl Into<Vec<u8>>) -> Self {
        Self { status: 200, file: Some(File { media_type, name, bytes: body.into() }), ..Self::default() }
    }

    /// 204.
    #[must_use]
    pub fn none() -> Self {
        Self { status: 204, ..Self::default() }
    }

    /// 200 with a page of a list.
    pub fn page<T, U: Serialize>(page: Page<T>, view: impl FnMut(T) -> U) -> Self {
        let page = page.map(view);
        Self::ok(&ListView { items: page.items, next_cursor: page.next })
    }

    /// With the version of the thing.
    #[must_use]
    pub fn with_version(self, version: i32) -> Self {
        Self { etag: Some(format!("\"{version}\"")), ..self }
    }

    /// Never to be stored as it is.
    #[must_use]
    pub fn with_secret(self) -> Self {
        Self { secret: true, ..self }
    }

    /// As HTTP.
    #[must_use]
    pub fn into_response(self) -> HttpResponse {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = HttpResponse::build(status);
        let headers = [
            (LOCATION, self.location),
            (ETAG, self.etag),
            (RETRY_AFTER, self.retry_after.map(|s| s.to_string())),
            (ALLOW, self.allow),
            (WWW_AUTHENTICATE, (status == StatusCode::UNAUTHORIZED).then(|| "Bearer".to_owned())),
        ];
        for (name, value) in headers {
            if let Some(value) = value {
                response.insert_header((name, value));
            }
        }
        if let Some(File { media_type, name, bytes }) = self.file {
            response.insert_header((CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")));
            return response.insert_header((CONTENT_TYPE, media_type)).body(bytes);
        }
        let kind = if status.as_u16() >= 400 { "application/problem+json" } else { "application/json" };
        match self.body {
            Some(body) => response.insert_header((CONTENT_TYPE, kind)).body(body),
            None => response.finish(),
        }
    }
}
