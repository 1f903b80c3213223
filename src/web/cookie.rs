//! The cookies of a browser: its session, and the language that somebody chose. Their names say that they came by TLS
//! and from this host alone (RFC 6265bis, `__Host-`); without TLS there is no such promise to give.

use crate::app::App;
use crate::message::Language;
use actix_web::cookie::time::Duration;
use actix_web::cookie::{Cookie, SameSite};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

const YEAR: Duration = Duration::days(365);

fn is_secure(app: &App) -> bool {
    app.config.public_url.starts_with("https:")
}

fn name(app: &App) -> &'static str {
    if is_secure(app) { "__Host-sigap" } else { "sigap" }
}

/// The token of the session that a browser holds.
pub fn session(request: &HttpRequest, app: &App) -> Option<String> {
    request.cookie(name(app)).map(|cookie| cookie.value().to_owned())
}

/// Lets the browser hold a session.
pub fn keep_session(answer: &mut HttpResponse, app: &App, token: &str) {
    set(answer, app, name(app), token, Duration::seconds(app.config.sign_in.refresh_seconds));
}

/// Lets the browser forget its session.
pub fn forget_session(answer: &mut HttpResponse, app: &App) {
    set(answer, app, name(app), "", Duration::ZERO);
}

fn step_name(app: &App) -> &'static str {
    if is_secure(app) { "__Host-sigap-step" } else { "sigap-step" }
}

/// The token of somebody whose password was right and who owes a code.
pub fn step(request: &HttpRequest, app: &App) -> Option<String> {
    request.cookie(step_name(app)).map(|cookie| cookie.value().to_owned())
}

/// Lets the browser hold it for so many seconds.
pub fn keep_step(answer: &mut HttpResponse, app: &App, token: &str, life: i64) {
    set(answer, app, step_name(app), token, Duration::seconds(life));
}

/// Lets the browser forget it.
pub fn forget_step(answer: &mut HttpResponse, app: &App) {
    set(answer, app, step_name(app), "", Duration::ZERO);
}

fn language_name(app: &App) -> &'static str {
    if is_secure(app) { "__Host-sigap-language" } else { "sigap-language" }
}

/// The language that was chosen in this browser; else Bahasa Indonesia, whatever language the browser itself is in.
pub fn language(request: &HttpRequest) -> Language {
    let name = request.app_data::<Data<App>>().map(|app| language_name(app));
    let chosen = name.and_then(|name| request.cookie(name));
    chosen.and_then(|cookie| Language::from_text(cookie.value())).unwrap_or(Language::Id)
}

/// Notes a choice of language.
pub fn keep_language(answer: &mut HttpResponse, app: &App, language: Language) {
    set(answer, app, language_name(app), language.text(), YEAR);
}

fn set(answer: &mut HttpResponse, app: &App, name: &str, value: &str, life: Duration) {
    let cookie = Cookie::build(name, value)
        .path("/")
        .http_only(true)
        .secure(is_secure(app))
        .same_site(SameSite::Lax)
        .max_age(life)
        .finish();
    // A header that can't be set leaves the person signed out, which shows.
    let _ = answer.add_cookie(&cookie);
}
