//! What pages of the administration are made of: text, tables and forms, each drawn in one way.

use super::super::frame::Frame;
use super::super::render;
use super::super::sent::Trial;
use super::form::{Form, Kind, Says};
use super::month::Month;
use super::move_people::at_most;
use crate::access::{Actor, Role};
use crate::error::Result;
use crate::message::Say;
use crate::say;
use crate::ticket::recount::Shift;
use askama::Template;

/// A page.
#[derive(Template)]
#[template(path = "web/templates/admin.html")]
pub struct Page {
    pub(super) frame: Frame,
    rooms: Vec<(&'static str, String)>,
    title: String,
    back: Option<(String, String)>,
    told: Option<String>,
    /// What there is to say of the form that was sent, until the form comes.
    says: Option<Says>,
    parts: Vec<Part>,
    trial: Trial,
}

/// A part of a page.
pub enum Part {
    /// A paragraph.
    Text(String),
    /// Something to read before one goes on.
    Note(String),
    /// Things with the same columns.
    Table(Table),
    /// Something to fill in.
    Form(Form),
    /// Steps, done and left.
    Steps(Vec<Step>),
    /// A month of a calendar.
    Month(Month),
    /// Links of equal rank.
    Links(Vec<(String, String)>),
}

/// Things with the same columns; the first one names the thing.
#[derive(Default)]
pub struct Table {
    id: String,
    title: String,
    columns: Vec<String>,
    rows: Vec<Vec<Cell>>,
    none: String,
    next: Option<String>,
    /// On a narrow screen each row stands on its own, its cells beneath each other.
    stacks: bool,
}

/// What stands in a column.
#[derive(Default)]
pub struct Cell {
    text: String,
    /// Its column, where rows stand on their own.
    heading: String,
    link: Option<String>,
    strong: bool,
    button: Option<Button>,
}

/// A form of one button.
pub struct Button {
    action: String,
    label: String,
    /// Whom or what it concerns, for whoever hears the page.
    about: String,
}

/// A step on the way to something.
pub struct Step {
    /// Nothing is left to do.
    pub done: bool,
    /// What it is.
    pub title: String,
    /// What there is.
    pub text: String,
    /// Where it is done.
    pub link: String,
}

impl Page {
    /// An empty page.
    #[must_use]
    pub fn new(frame: Frame, actor: &Actor, title: Say, trial: Trial) -> Self {
        let (title, says) = (frame.say(&title), trial.message.clone().map(Says::Fault));
        let told = told(&frame);
        Self { rooms: rooms(&frame, actor), frame, title, back: None, told, says, parts: Vec::new(), trial }
    }

    /// A title that people gave.
    pub fn named(&mut self, title: &str) {
        title.clone_into(&mut self.title);
    }

    /// Where one came from.
    pub fn back(&mut self, place: impl Into<String>, name: Say) {
        self.back = Some((place.into(), self.frame.say(&name)));
    }

    /// A sentence.
    pub fn text(&mut self, say: &Say) {
        self.parts.push(Part::Text(self.frame.say(say)));
    }

    /// A sentence that matters.
    pub fn note(&mut self, say: &Say) {
        self.parts.push(Part::Note(self.frame.say(say)));
    }

    /// What was just done.
    pub fn tell(&mut self, say: &Say) {
        self.told = Some(self.frame.say(say));
    }

    /// What a change would do to deadlines, before it counts.
    pub fn weighed(&mut self, shift: Option<Shift>) {
        if let Some(shift) = shift {
            let would = say!("web.admin.weigh.would", moved = shift.moved, passed = shift.passed);
            self.says = Some(Says::Note(self.frame.say(&would)));
        }
    }

    /// A table.
    pub fn table(&mut self, table: Table) {
        self.parts.push(Part::Table(table));
    }

    /// A form, with what was typed into it before it was refused.
    pub fn form(&mut self, mut form: Form) {
        if self.trial.is(form.id) {
            // What is wrong with something that has no field of its own must be told all the same.
            let known: Vec<String> = form.fields.iter().map(|field| field.name.clone()).collect();
            let told = self.trial.elsewhere(&known);
            if let (Some(Says::Fault(fault)), false) = (&mut self.says, told.is_empty()) {
                *fault = format!("{fault} {}", told.join(" "));
            }
            form.says = self.says.take();
        }
        self.parts.push(Part::Form(form.resumed(&self.trial)));
    }

    /// Anything else.
    pub fn part(&mut self, part: Part) {
        self.parts.push(part);
    }

    /// A sentence of the page's language.
    #[must_use]
    pub fn say(&self, say: &Say) -> String {
        self.frame.say(say)
    }

    /// As HTML.
    ///
    /// # Errors
    /// [`crate::error::Error::Internal`] if the template fails.
    pub fn html(&self) -> Result<String> {
        render(self)
    }
}

/// What a redirection says was done.
fn told(frame: &Frame) -> Option<String> {
    let asked = |wanted: &str| {
        let mut pairs = frame.query.split('&').filter_map(|pair| pair.split_once('='));
        pairs.find(|(name, _)| *name == wanted).map(|(_, value)| value)
    };
    let number = |name: &str| asked(name).and_then(|count| count.parse::<u32>().ok()).unwrap_or_default();
    match asked("done")? {
        "saved" if number("released") > 0 => {
            Some(frame.say(&say!("web.admin.done.released", count = number("released"))))
        }
        "moved" => {
            let people = frame.language.count(number("people").into());
            let moved = frame.say(&say!("web.admin.done.moved", people = people, released = number("released")));
            Some(match usize::try_from(number("rest")) {
                Ok(rest @ 1..) => format!("{moved} {}", frame.say(&at_most(frame.language, rest))),
                _ => moved,
            })
        }
        "reset" => Some(frame.t("web.admin.done.reset")),
        "saved" => Some(frame.t("web.admin.done.saved")),
        "made" => Some(frame.t("web.admin.done.made")),
        "imported" => Some(frame.t("web.admin.done.imported")),
        "mailed" => Some(frame.t("web.admin.done.mailed")),
        "ended" => Some(frame.t("web.admin.done.ended")),
        "queued" => Some(frame.t("web.admin.done.queued")),
        _ => None,
    }
}

/// The pages that somebody may open.
fn rooms(frame: &Frame, actor: &Actor) -> Vec<(&'static str, String)> {
    let mut rooms = vec![("/admin", frame.t("web.admin.start.room"))];
    if actor.is(Role::Operator) {
        rooms.push(("/admin/regions", frame.t("web.admin.region.room")));
    }
    if actor.is(Role::Admin) {
        rooms.push(("/admin/opds", frame.t("web.admin.opd.room")));
    }
    rooms.push(("/admin/people", frame.t("web.admin.person.title")));
    if actor.is(Role::Admin) {
        rooms.extend([
            ("/admin/services", frame.t("web.admin.service.title")),
            ("/admin/calendars", frame.t("web.admin.calendar.title")),
            ("/admin/agreements", frame.t("web.admin.agreement.title")),
            ("/admin/mails", frame.t("web.admin.mail.title")),
            ("/admin/health", frame.t("web.admin.health.title")),
            ("/admin/sessions", frame.t("web.admin.session.title")),
        ]);
    }
    rooms
}

impl Table {
    /// An empty table; `none` stands in its place as long as it is one.
    #[must_use]
    pub fn new(id: impl Into<String>, title: String, columns: Vec<String>, none: String) -> Self {
        Self { id: id.into(), title, columns, none, ..Self::default() }
    }

    /// A row.
    pub fn row(&mut self, mut cells: Vec<Cell>) {
        if self.stacks {
            for (cell, column) in cells.iter_mut().zip(&self.columns) {
                cell.heading.clone_from(column);
            }
        }
        self.rows.push(cells);
    }

    /// On a narrow screen each row stands on its own, so that the last column is seen as well as the first.
    #[must_use]
    pub fn stacked(self) -> Self {
        Self { stacks: true, ..self }
    }

    /// Where it goes on.
    pub fn next(&mut self, place: Option<String>) {
        self.next = place;
    }
}

impl Cell {
    /// Words.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }

    /// Words that lead somewhere.
    #[must_use]
    pub fn link(text: impl Into<String>, place: impl Into<String>) -> Self {
        Self { text: text.into(), link: Some(place.into()), ..Self::default() }
    }

    /// Words that must not be overlooked.
    #[must_use]
    pub fn strong(text: impl Into<String>) -> Self {
        Self { text: text.into(), strong: true, ..Self::default() }
    }

    /// A button that does something about `about`.
    #[must_use]
    pub fn button(action: impl Into<String>, label: String, about: &str) -> Self {
        let button = Button { action: action.into(), label, about: about.to_owned() };
        Self { button: Some(button), ..Self::default() }
    }
}
