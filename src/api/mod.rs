//! The REST API: the route table, and nothing else.

pub mod action;
pub mod agreement;
pub mod answer;
pub mod attachment;
pub mod audit;
pub mod beside;
pub mod calendar;
pub mod call;
pub mod comment;
pub mod desk;
pub mod extract;
pub mod faults;
pub mod follow;
mod gauges;
pub mod holiday;
pub mod idempotency;
pub mod inbound;
pub mod mail;
pub mod mail_check;
pub mod mail_choice;
pub mod me;
pub mod op;
pub mod ops;
pub mod org;
pub mod people;
pub mod preview;
pub mod problem;
pub mod region;
pub mod report;
pub mod routes;
pub mod second_factor;
pub mod sign_in;
pub mod signed_in;
pub mod sla;
pub mod table;
pub mod ticket;
pub mod timeline;

use crate::db::page::Paging;
use crate::org::directory::Search;
use crate::org::person::{self, Brief};
use op::Op;
use routes::Routes;
use serde_json::json;

/// Every route with its description.
#[must_use]
pub fn routes() -> Routes {
    let table = people(tickets(table::actions::rows(table::second_factor::rows(signing_in(Routes::default())))));
    let table = table::organisations::rows(table);
    let table = table::mail::rows(table::agreements::routes(table::clocks::routes(table)));
    table::accounts::rows(table::audit::rows(table::desk::rows(table)))
}

#[expect(clippy::too_many_lines, reason = "a table has a row for each route")]
fn signing_in(table: Routes) -> Routes {
    let login = json!({ "login": "pegawai.dinkes@lebakkab.go.id", "password": "sigap-demo-2026" });
    table
        .post(
            "/auth/login",
            sign_in::login,
            Op::new("login", "sign-in", "Sign in by address or NIP")
                .open()
                .takes::<sign_in::Login>()
                .example(login)
                .gives::<sign_in::TokenView>(200)
                .refuses(&[401]),
        )
        .post(
            "/auth/refresh",
            sign_in::refresh,
            Op::new("refresh", "sign-in", "Get the next pair of tokens")
                .open()
                .takes::<sign_in::Refresh>()
                .gives::<sign_in::TokenView>(200)
                .refuses(&[401]),
        )
        .post(
            "/auth/logout",
            sign_in::logout,
            Op::new("logout", "sign-in", "End this session").takes_nothing().gives_nothing(),
        )
        .post(
            "/auth/password",
            sign_in::set_password,
            Op::new("setPassword", "sign-in", "Set a password by one-time link")
                .open()
                .takes::<sign_in::SetPassword>()
                .gives_nothing()
                .refuses(&[401]),
        )
        .post(
            "/auth/setup",
            sign_in::set_up,
            Op::new("setUp", "sign-in", "Make the first administrator by one-time link")
                .open()
                .takes::<sign_in::SetUp>()
                .gives_nothing()
                .refuses(&[401]),
        )
        .get("/me", me::me, Op::new("me", "me", "Who is signed in").gives::<me::MeView>(200))
        .post(
            "/me/password",
            sign_in::change_password,
            Op::new("changePassword", "me", "Change the password; every session ends")
                .takes::<sign_in::ChangePassword>()
                .gives_nothing(),
        )
        .get(
            "/me/sessions",
            me::sessions,
            Op::new("listSessions", "me", "Own sessions").asks::<Paging>().gives_page::<me::SessionView>(),
        )
        .delete(
            "/me/sessions/{id}",
            me::end_session,
            Op::new("endSession", "me", "End one of the own sessions").gives_nothing(),
        )
        .get(
            "/notices",
            me::notices,
            Op::new("listNotices", "me", "What one should know of, newest first")
                .asks::<me::NoticeQuery>()
                .gives_page::<me::NoticeView>(),
        )
        .post(
            "/notices/{id}/read",
            me::read_notice,
            Op::new("readNotice", "me", "Mark a notice as read").takes_nothing().gives::<me::NoticeView>(200),
        )
}

#[expect(clippy::too_many_lines, reason = "a table has a row for each route")]
fn tickets(table: Routes) -> Routes {
    let new = json!({ "kind": "incident", "subject": "SIMPEG tidak bisa dibuka", "description": "Sejak pagi muncul pesan galat 502.", "service": "simpeg" });
    let upload = json!({
        "type": "object", "required": ["file"], "additionalProperties": false,
        "properties": {
            "visibility": { "type": "string", "enum": ["public", "internal"], "description": "Sent before the file." },
            "file": { "type": "string", "format": "binary" }
        }
    });
    table
        .get(
            "/tickets",
            ticket::list,
            Op::new("listTickets", "tickets", "Tickets that the caller sees")
                .asks::<ticket::TicketQuery>()
                .gives_page::<ticket::TicketView>(),
        )
        .post(
            "/tickets",
            ticket::open,
            Op::new("openTicket", "tickets", "Open a ticket (L1, L2, L4)")
                .takes::<ticket::NewTicket>()
                .example(new)
                .gives::<ticket::TicketView>(201),
        )
        .get(
            "/tickets/{id}",
            ticket::read,
            Op::new("readTicket", "tickets", "A ticket, by id or number").gives::<ticket::TicketView>(200),
        )
        .patch(
            "/tickets/{id}",
            ticket::edit,
            Op::new("editTicket", "tickets", "Change a ticket's fields")
                .takes::<ticket::TicketChanges>()
                .gives::<ticket::TicketView>(200),
        )
        .get(
            "/tickets/{id}/events",
            timeline::events,
            Op::new("listEvents", "tickets", "The time line, oldest first")
                .asks::<Paging>()
                .gives_page::<timeline::EventView>(),
        )
        .get(
            "/tickets/{id}/comments",
            comment::list,
            Op::new("listComments", "tickets", "Comments, oldest first")
                .asks::<Paging>()
                .gives_page::<comment::CommentView>(),
        )
        .post(
            "/tickets/{id}/comments",
            comment::add,
            Op::new("addComment", "tickets", "Write a comment")
                .takes::<comment::NewComment>()
                .gives::<comment::CommentView>(201),
        )
        .get(
            "/tickets/{id}/attachments",
            attachment::list,
            Op::new("listAttachments", "tickets", "Attachments, oldest first")
                .asks::<Paging>()
                .gives_page::<attachment::AttachmentView>(),
        )
        .post(
            "/tickets/{id}/attachments",
            attachment::add,
            Op::new("addAttachment", "tickets", "Add a file")
                .takes_file("multipart/form-data", upload)
                .gives::<attachment::AttachmentView>(201),
        )
        .get("/attachments/{id}", attachment::download, Op::new("downloadAttachment", "tickets", "A file").gives_file())
        .get(
            "/tickets/{id}/watchers",
            follow::watchers,
            Op::new("listWatchers", "tickets", "Who follows, by name").asks::<Paging>().gives_page::<Brief>(),
        )
        .post(
            "/tickets/{id}/watchers",
            follow::watch,
            Op::new("watch", "tickets", "Follow, or let somebody follow")
                .takes::<follow::NewWatcher>()
                .gives_page::<Brief>(),
        )
        .delete(
            "/tickets/{id}/watchers/me",
            follow::unwatch,
            Op::new("unwatch", "tickets", "Follow no more").gives_nothing(),
        )
        .get(
            "/tickets/{id}/links",
            follow::links,
            Op::new("listLinks", "tickets", "Ties to other tickets, oldest first")
                .asks::<Paging>()
                .gives_page::<follow::LinkView>(),
        )
        .post(
            "/tickets/{id}/links",
            follow::tie,
            Op::new("tie", "tickets", "Tie to another ticket")
                .takes::<follow::NewLink>()
                .gives::<follow::LinkView>(201),
        )
        .delete("/tickets/{id}/links/{link}", follow::untie, Op::new("untie", "tickets", "Untie").gives_nothing())
}

fn people(table: Routes) -> Routes {
    let csv = || json!({ "type": "string" });
    table
        .get(
            "/people",
            people::list,
            Op::new("listPeople", "people", "People whom the caller may know of")
                .asks::<Search>()
                .gives_page::<people::PersonView>(),
        )
        .post(
            "/people",
            people::create,
            Op::new("createPerson", "people", "Enter a person (T4, P6)")
                .takes::<people::NewPerson>()
                .gives::<people::PersonView>(201),
        )
        .post(
            "/people/import",
            people::import,
            Op::new("importPeople", "people", "Import people: name,email,nip,phone,language,role,opd")
                .asks::<org::ImportQuery>()
                .takes_file("text/csv", csv())
                .gives::<org::ImportView>(200)
                .refuses(&[404]),
        )
        .get("/people/{id}", people::read, Op::new("readPerson", "people", "A person").gives::<people::PersonView>(200))
        .patch(
            "/people/{id}",
            people::change,
            Op::new("changePerson", "people", "Change a person's entry, or let him leave")
                .takes::<person::Fields>()
                .gives::<people::PersonView>(200),
        )
        .post(
            "/people/{id}/roles",
            people::give_role,
            Op::new("giveRole", "people", "Give a role; never to oneself")
                .versioned()
                .takes::<people::NewRole>()
                .gives::<people::PersonView>(201),
        )
        .delete(
            "/people/{id}/roles/{grant}",
            people::take_role,
            Op::new("takeRole", "people", "Take a role; never one's own").versioned().gives_nothing(),
        )
}
