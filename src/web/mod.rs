//! Pages: the same commands as REST behind forms that work without any script. This is the table of pages; each file
//! beside it is one of them, and `templates/` holds their shape.

mod account;
mod act;
mod admin;
mod answers;
mod asked;
mod assets;
mod audit;
mod back;
mod behind;
mod bulk;
mod chart;
mod choices;
mod cookie;
mod done;
mod edit;
mod fault;
mod files;
mod form;
mod frame;
mod help;
mod history;
mod mails;
mod moment;
mod monthly;
mod news;
mod notices;
mod offer;
mod overview;
mod password;
mod queue;
mod report;
mod row;
mod second_factor;
mod sent;
mod set_up;
mod sign_in;
mod similar;
mod staff;
mod sure;
mod tabs;
mod ticket;
mod ties;
mod turn;
mod unreadable;
mod unsent;
mod upload;
mod views;
mod visit;
mod way;
mod whom;

use crate::error::{Error, Result};
use crate::http::routes::{self, Tell};
use crate::say;
use actix_web::http::StatusCode;
use actix_web::http::header::{ACCEPT, CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION, REFERRER_POLICY};
use actix_web::{HttpRequest, HttpResponse, ResponseError as _, Route, web};
use askama::Template;
use fault::Fault;
use visit::{Shown, Visit};

/// Only what this program serves itself, no script or style inside a page; a token in a fragment stays in the browser.
const POLICY: &str = "default-src 'self'; img-src 'self' data:; object-src 'none'; frame-ancestors 'none'; \
                      base-uri 'none'; form-action 'self'";

/// Puts the pages into an application; `tell_other` tells an error where no page is asked for.
pub fn register(config: &mut web::ServiceConfig, tell_other: Tell) {
    assets::register(config, tell_other);
    let opens = places().into_iter().map(|(path, methods)| (path, methods.contains(&"GET")));
    config.app_data(web::Data::new(back::Places::new(opens)));
    config.app_data(
        web::QueryConfig::default()
            .error_handler(|_, request| fault(request, Error::Malformed(say!("web.address"))).into()),
    );
    let pages = pages().into_iter().map(|(path, routes)| {
        let allowed = routes.iter().map(|(_, method)| *method).collect::<Vec<_>>().join(", ");
        (path, (routes.into_iter().map(|(route, _)| route).collect(), allowed))
    });
    routes::register(config, "", tell, pages);
}

/// Where pages are, and by which methods.
#[must_use]
pub fn places() -> Vec<(&'static str, Vec<&'static str>)> {
    pages().into_iter().map(|(path, routes)| (path, routes.into_iter().map(|(_, method)| method).collect())).collect()
}

type Pages = Vec<(&'static str, Vec<(Route, &'static str)>)>;

fn pages() -> Pages {
    let get = |route: Route| (route, "GET");
    let own = vec![
        ("/", vec![get(web::get().to(queue::home))]),
        ("/sign-in", vec![get(web::get().to(sign_in::form)), (web::post().to(sign_in::sign_in), "POST")]),
        ("/sign-in/code", vec![get(web::get().to(sign_in::code_form)), (web::post().to(sign_in::code), "POST")]),
        ("/account", vec![get(web::get().to(account::show))]),
        ("/account/sessions", vec![(web::post().to(account::end_sessions), "POST")]),
        ("/account/phone", vec![(web::post().to(account::change_phone), "POST")]),
        ("/account/password", vec![(web::post().to(account::change_password), "POST")]),
        (
            "/account/second-factor",
            vec![get(web::get().to(second_factor::show)), (web::post().to(second_factor::begin), "POST")],
        ),
        ("/account/second-factor/confirm", vec![(web::post().to(second_factor::confirm), "POST")]),
        ("/account/second-factor/remove", vec![(web::post().to(second_factor::remove), "POST")]),
        ("/forgot", vec![get(web::get().to(password::forgot)), (web::post().to(password::ask), "POST")]),
        ("/password", vec![get(web::get().to(password::form)), (web::post().to(password::set), "POST")]),
        ("/setup", vec![get(web::get().to(set_up::form)), (web::post().to(set_up::send), "POST")]),
        ("/sign-out", vec![(web::post().to(sign_in::sign_out), "POST")]),
        ("/language", vec![(web::post().to(sign_in::language), "POST")]),
        ("/report", vec![get(web::get().to(report::form)), (web::post().to(report::send), "POST")]),
        ("/tickets", vec![get(web::get().to(queue::list))]),
        ("/tickets/acts", vec![(web::post().to(bulk::act), "POST")]),
        ("/news", vec![get(web::get().to(news::poll))]),
        ("/news/stream", vec![get(web::get().to(news::stream))]),
        ("/views", vec![(web::post().to(views::keep), "POST")]),
        ("/views/{id}/remove", vec![(web::post().to(views::remove), "POST")]),
        ("/answers", vec![get(web::get().to(answers::list)), (web::post().to(answers::create), "POST")]),
        ("/answers/{id}", vec![get(web::get().to(answers::form)), (web::post().to(answers::change), "POST")]),
        ("/answers/{id}/remove", vec![(web::post().to(answers::remove), "POST")]),
        ("/tickets/{number}", vec![get(web::get().to(ticket::show))]),
        ("/tickets/{number}/answers/{id}", vec![get(web::get().to(answers::filled))]),
        ("/tickets/{number}/draft", vec![(web::post().to(answers::draft), "POST")]),
        ("/tickets/{number}/here", vec![(web::post().to(news::here), "POST")]),
        ("/tickets/{number}/comment", vec![(web::post().to(act::answer), "POST")]),
        ("/tickets/{number}/files/{id}", vec![get(web::get().to(files::save))]),
        ("/tickets/{number}/files/{id}/preview", vec![get(web::get().to(files::preview))]),
        ("/tickets/{number}/{act}", vec![(web::post().to(act::act), "POST")]),
        ("/report/draft", vec![(web::post().to(report::draft), "POST")]),
        ("/report/people", vec![(web::post().to(whom::find), "POST")]),
        ("/report/similar", vec![get(web::get().to(similar::show))]),
        ("/notices", vec![get(web::get().to(notices::list)), (web::post().to(notices::read), "POST")]),
        ("/me/mails", vec![get(web::get().to(mails::form)), (web::post().to(mails::choose), "POST")]),
        ("/unreadable", vec![get(web::get().to(unreadable::list))]),
        ("/unreadable/{id}", vec![get(web::get().to(unreadable::raw))]),
        ("/overview", vec![get(web::get().to(overview::show))]),
        ("/staff", vec![get(web::get().to(staff::show))]),
        ("/overview.csv", vec![get(web::get().to(overview::sheet))]),
        ("/reports/monthly", vec![get(web::get().to(monthly::show))]),
        ("/reports/monthly.csv", vec![get(web::get().to(monthly::csv))]),
        ("/reports/monthly.xlsx", vec![get(web::get().to(monthly::xlsx))]),
    ];
    own.into_iter().chain(audit::pages()).chain(admin::pages()).collect()
}

/// An error as a page.
#[must_use]
pub fn tell(request: &HttpRequest, error: Error) -> HttpResponse {
    fault(request, error).error_response()
}

fn fault(request: &HttpRequest, error: Error) -> Fault {
    Fault::new(error, cookie::language(request), &back::back(request))
}

/// `true` for a browser that wants a page, not data.
#[must_use]
pub fn wants_page(request: &HttpRequest) -> bool {
    let accept = request.headers().get(ACCEPT).and_then(|v| v.to_str().ok()).unwrap_or_default();
    accept.contains("text/html") && !request.path().starts_with("/api")
}

/// A page as text.
fn render(page: &impl Template) -> Result<String> {
    page.render().map_err(|e| Error::internal(format!("page: {e}")))
}

/// A page of somebody who need not be signed in.
fn bare(visit: &Visit, page: &impl Template, status: u16) -> Shown {
    render(page).map(|html| self::page(status, html)).map_err(|e| visit.fault(e))
}

/// A page with its headers.
fn page(status: u16, html: String) -> HttpResponse {
    HttpResponse::build(StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR))
        .insert_header((CONTENT_TYPE, "text/html; charset=utf-8"))
        .insert_header((CONTENT_SECURITY_POLICY, POLICY))
        // Without it a browser would hide from us whether a form is ours; no other site is told more.
        .insert_header((REFERRER_POLICY, "same-origin"))
        .body(html)
}

/// Onwards, after a form was taken.
fn see(place: &str) -> HttpResponse {
    HttpResponse::SeeOther().insert_header((LOCATION, place)).finish()
}
