//! Pages. So far the two that a one-time link leads to; everything else is REST.

use actix_web::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use actix_web::{HttpResponse, Route, web};

const SET_UP: &str = include_str!("assets/setup.html");
const PASSWORD: &str = include_str!("assets/password.html");
const SCRIPT: &str = include_str!("assets/once.js");
const STYLE: &str = include_str!("assets/once.css");

/// Only what this program serves itself; a token in the fragment stays in the browser.
const POLICY: &str = "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'";

/// Puts the pages into an application; `refuse` answers other methods than `GET`.
pub fn register(config: &mut web::ServiceConfig, refuse: fn() -> Route) {
    for (path, media_type, text) in [
        ("/setup", "text/html; charset=utf-8", SET_UP),
        ("/password", "text/html; charset=utf-8", PASSWORD),
        ("/assets/once.js", "text/javascript; charset=utf-8", SCRIPT),
        ("/assets/once.css", "text/css; charset=utf-8", STYLE),
    ] {
        let page = web::get().to(move || async move {
            HttpResponse::Ok()
                .insert_header((CONTENT_TYPE, media_type))
                .insert_header((CONTENT_SECURITY_POLICY, POLICY))
                .body(text)
        });
        config.service(web::resource(path).route(page).default_service(refuse()));
    }
}
