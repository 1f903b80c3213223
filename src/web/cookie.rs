//! The cookies of a browser: its session, the language of its pages, and which form was taken last. Their names say that
//! they came by TLS and from this host alone (RFC 6265bis, `__Host-`); without TLS there is no such promise to give.

use crate::access::token::hash;
use crate::app::App;
use crate::db::Id;
use crate::message::Language;
use actix_web::cookie::time::Duration;
use actix_web::cookie::{Cookie, CookieBuilder, SameSite};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

const YEAR: Duration = Duration::days(365);
/// For a language that somebody chose before he signed in: by then he has, or has gone.
const VISIT: Duration = Duration::hours(1);
/// For the proof that a form was taken: longer than the slowest line needs for the page that comes next.
const PROOF: Duration = Duration::minutes(10);

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

/// The language that a browser holds: `en` from the account of whoever signed in last, `en-` chosen by somebody who has not
/// signed in yet, `en-` and a mark chosen by a person. Browsers are shared: what one chose is not the next one's.
#[derive(Debug, Clone)]
pub struct Tongue {
    language: Language,
    chosen_by: Option<String>,
}

impl Tongue {
    /// What the cookie says; else Bahasa Indonesia, whatever language the browser itself is in.
    pub fn of(request: &HttpRequest) -> Self {
        let name = request.app_data::<Data<App>>().map(|app| language_name(app));
        let cookie = name.and_then(|name| request.cookie(name));
        let value = cookie.as_ref().map_or("", Cookie::value);
        let (language, chosen_by) = match value.split_once('-') {
            Some((language, mark)) => (language, Some(mark.to_owned())),
            None => (value, None),
        };
        Self { language: Language::from_text(language).unwrap_or(Language::Id), chosen_by }
    }

    /// The language of a page that this person reads, or somebody who is not signed in.
    pub fn read_by(&self, person: Option<Id>) -> Language {
        match &self.chosen_by {
            Some(mark) if !mark.is_empty() && Some(mark) != person.map(mark_of).as_ref() => Language::Id,
            _ => self.language,
        }
    }

    /// What this person chose in this browser, now or before he signed in.
    pub fn chosen_by(&self, person: Id) -> Option<Language> {
        let mark = self.chosen_by.as_ref()?;
        (mark.is_empty() || *mark == mark_of(person)).then_some(self.language)
    }
}

/// Tells a person from another, and nobody who he is.
fn mark_of(person: Id) -> String {
    hash(&person.to_string()).chars().take(12).collect()
}

/// The language of a page for whoever asks, if that is not known better.
pub fn language(request: &HttpRequest) -> Language {
    Tongue::of(request).language
}

/// Notes a choice of language: of this person, or of somebody who is not signed in.
pub fn choose_language(answer: &mut HttpResponse, app: &App, language: Language, person: Option<Id>) {
    let value = format!("{}-{}", language.text(), person.map(mark_of).unwrap_or_default());
    set(answer, app, language_name(app), &value, if person.is_some() { YEAR } else { VISIT });
}

/// Notes the language of the account of whoever signed in.
pub fn follow_language(answer: &mut HttpResponse, app: &App, language: Language) {
    if language == Language::Id {
        forget_language(answer, app);
    } else {
        set(answer, app, language_name(app), language.text(), YEAR);
    }
}

/// Lets the browser forget a language.
pub fn forget_language(answer: &mut HttpResponse, app: &App) {
    set(answer, app, language_name(app), "", Duration::ZERO);
}

/// Tells the script which form was taken, by the number that the form carries for itself (`once`): what was typed into it is
/// kept in the browser until then. Nothing else is in it, so the script may read it.
pub fn keep_proof(answer: &mut HttpResponse, app: &App, once: &str) {
    let name = if is_secure(app) { "__Host-sigap-sent" } else { "sigap-sent" };
    let cookie = cookie(app, name, once, PROOF).http_only(false);
    let _ = answer.add_cookie(&cookie.finish());
}

fn set(answer: &mut HttpResponse, app: &App, name: &str, value: &str, life: Duration) {
    // A header that can't be set leaves the person signed out, which shows.
    let _ = answer.add_cookie(&cookie(app, name, value, life).finish());
}

fn cookie<'a>(app: &App, name: &'a str, value: &'a str, life: Duration) -> CookieBuilder<'a> {
    Cookie::build(name, value).path("/").http_only(true).secure(is_secure(app)).same_site(SameSite::Lax).max_age(life)
}
