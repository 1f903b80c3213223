//! Style and scripts: inside the program, kept by browsers under names that change with their content.

use crate::access::token::hash;
use crate::http::routes::{Tell, resource};
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue, REFERRER_POLICY};
use actix_web::web;
use std::sync::LazyLock;

const STYLE: &str = include_str!("assets/sigap.css");
const SCRIPT: &str = include_str!("assets/sigap.js");
const ICON: &str = include_str!("assets/icon.svg");
const ONCE_SCRIPT: &str = include_str!("assets/once.js");

/// A new content is a new name, so that browsers may keep the old one for ever.
static VERSION: LazyLock<String> = LazyLock::new(|| hash(&format!("{STYLE}{SCRIPT}")).chars().take(12).collect());

/// Goes behind the name of style and script.
pub fn version() -> &'static str {
    &VERSION
}

/// Puts the files into an application.
pub fn register(config: &mut web::ServiceConfig, tell: Tell) {
    for (path, media_type, text, kept) in [
        ("/assets/once.js", "text/javascript; charset=utf-8", ONCE_SCRIPT, false),
        ("/assets/sigap.css", "text/css; charset=utf-8", STYLE, true),
        ("/assets/icon.svg", "image/svg+xml", ICON, true),
        ("/assets/sigap.js", "text/javascript; charset=utf-8", SCRIPT, true),
    ] {
        let file = web::get().to(move || async move {
            let mut answer = super::page(200, text.to_owned());
            answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
            answer.headers_mut().insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
            if kept {
                let long = HeaderValue::from_static("public, max-age=31536000, immutable");
                answer.headers_mut().insert(CACHE_CONTROL, long);
            }
            answer
        });
        config.service(resource(path, (vec![file], "GET".into()), tell));
    }
}
