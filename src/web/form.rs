//! Forms as data: fields with labels, hints, what was typed, and what is wrong with it.

use super::frame::Frame;
use super::sent::Trial;

/// A form.
pub struct Form {
    /// Its name on the page, and that of its [`Trial`].
    pub id: &'static str,
    pub(super) action: String,
    pub(super) title: String,
    /// What to know before filling it in.
    pub(super) lead: String,
    pub(super) fields: Vec<Field>,
    pub(super) buttons: Vec<(String, &'static str)>,
    /// Stays closed until it is asked for.
    pub(super) is_folded: bool,
    pub(super) is_open: bool,
    /// Asks and changes nothing: its fields go into the address.
    pub(super) is_question: bool,
    is_long: bool,
    /// Its button is not what most come for.
    pub(super) is_second: bool,
    /// What there is to say about what was sent, where one reads on.
    pub(super) says: Option<Says>,
}

/// What there is to say about what was sent.
pub enum Says {
    /// It was refused.
    Fault(String),
    /// What it would do.
    Note(String),
}

/// A field.
pub struct Field {
    pub(super) name: String,
    pub(super) label: String,
    pub(super) hint: String,
    pub(super) kind: Kind,
    pub(super) value: String,
    pub(super) fault: Option<String>,
    /// What is stored meanwhile, if something else was typed on an old page.
    pub(super) stored: Option<String>,
    /// Characters at most.
    pub(super) longest: Option<u16>,
    pub(super) is_needed: bool,
    /// Asks for an act, this once; nothing of it is stored.
    is_once: bool,
    /// The first that is wrong: there one goes on.
    pub(super) is_next: bool,
}

/// How a field is filled in.
pub enum Kind {
    /// One line, of an `input` of this type.
    Line(&'static str),
    /// Several lines.
    Long(u8),
    /// One of these, by word and name.
    Choice(Vec<(String, String)>),
    /// Stars, from one to so many.
    Stars(u8),
    /// Yes or no.
    Check,
    /// A file.
    File,
    /// Comes along.
    Hidden,
}

impl Form {
    /// A form without fields, sent by a button.
    #[must_use]
    pub fn new(id: &'static str, action: impl Into<String>, title: String, button: String) -> Self {
        Self {
            id,
            action: action.into(),
            title,
            lead: String::new(),
            fields: Vec::new(),
            buttons: vec![(button, "")],
            is_folded: false,
            is_open: false,
            is_question: false,
            is_long: false,
            is_second: false,
            says: None,
        }
    }

    /// Stays closed until it is asked for.
    #[must_use]
    pub fn folded(self) -> Self {
        Self { is_folded: true, ..self }
    }

    /// What to know before filling it in.
    #[must_use]
    pub fn lead(self, lead: String) -> Self {
        Self { lead, ..self }
    }

    /// Is not what most come for.
    #[must_use]
    pub fn second(self) -> Self {
        Self { is_second: true, ..self }
    }

    /// Changes nothing.
    #[must_use]
    pub fn question(self) -> Self {
        Self { is_question: true, ..self }
    }

    /// One more field.
    #[must_use]
    pub fn field(mut self, field: Field) -> Self {
        self.fields.push(field);
        self
    }

    /// Its first button sends `step` with this word.
    #[must_use]
    pub fn sends(mut self, step: &'static str) -> Self {
        if let Some(first) = self.buttons.first_mut() {
            first.1 = step;
        }
        self
    }

    /// Shows its effect first, and counts only then.
    #[must_use]
    pub fn weighed(mut self, trial: &Trial, frame: &Frame) -> Self {
        let look = (frame.t("web.admin.weigh.look"), "");
        self.buttons =
            if trial.is_weighed(self.id) { vec![(frame.t("web.admin.save"), "keep"), look] } else { vec![look] };
        self
    }

    /// What its effect is shown for is already said: one button does it, in these words.
    #[must_use]
    pub fn confirmed(mut self, label: String) -> Self {
        self.buttons = vec![(label, "keep")];
        self
    }

    /// Is sent as forms with files are, which may be long.
    #[must_use]
    pub fn of_files(self) -> Self {
        Self { is_long: true, ..self }
    }

    /// With what was typed before it was refused.
    pub(super) fn resumed(mut self, trial: &Trial) -> Self {
        if !trial.is(self.id) {
            return self;
        }
        self.is_open = true;
        for field in &mut self.fields {
            field.fault = trial.fault(self.id, &field.name).map(str::to_owned);
            if !matches!(field.kind, Kind::File | Kind::Line("password")) && field.name != "version" {
                let typed = trial.typed(self.id, &field.name);
                field.stored = if trial.is_stale() { field.other_than(typed) } else { None };
                typed.clone_into(&mut field.value);
            }
        }
        if let Some(first) = self.fields.iter_mut().find(|field| field.fault.is_some()) {
            first.is_next = true;
        }
        self
    }

    /// Asks for words that are stored nowhere yet: the browser keeps what is being typed.
    pub(super) fn asks_words(&self) -> bool {
        self.fields.iter().any(|field| field.is_once && field.is_long())
    }

    pub(super) fn has_fault(&self) -> bool {
        self.fields.iter().any(|field| field.fault.is_some())
    }

    pub(super) fn has_file(&self) -> bool {
        self.is_long || self.fields.iter().any(|field| matches!(field.kind, Kind::File))
    }
}

impl Field {
    fn of(kind: Kind, name: impl Into<String>, label: String, value: impl Into<String>) -> Self {
        let (name, value) = (name.into(), value.into());
        Self {
            name,
            label,
            hint: String::new(),
            kind,
            value,
            fault: None,
            stored: None,
            longest: None,
            is_needed: false,
            is_once: false,
            is_next: false,
        }
    }

    /// One line.
    #[must_use]
    pub fn line(name: impl Into<String>, label: String, value: impl Into<String>) -> Self {
        Self::of(Kind::Line("text"), name, label, value)
    }

    /// An address.
    #[must_use]
    pub fn email(name: impl Into<String>, label: String, value: impl Into<String>) -> Self {
        Self::of(Kind::Line("email"), name, label, value)
    }

    /// One's own password, which is never shown again.
    #[must_use]
    pub fn password(name: impl Into<String>, label: String) -> Self {
        Self::of(Kind::Line("password"), name, label, "")
    }

    /// A day.
    #[must_use]
    pub fn day(name: impl Into<String>, label: String, value: Option<chrono::NaiveDate>) -> Self {
        Self::of(Kind::Line("date"), name, label, value.map(|day| day.to_string()).unwrap_or_default())
    }

    /// An instant, by the clocks of the region.
    #[must_use]
    pub fn moment(name: impl Into<String>, label: String) -> Self {
        Self::of(Kind::Line("datetime-local"), name, label, "")
    }

    /// Several lines.
    #[must_use]
    pub fn long(name: impl Into<String>, label: String, value: impl Into<String>, rows: u8) -> Self {
        Self::of(Kind::Long(rows), name, label, value)
    }

    /// One of a list.
    #[must_use]
    pub fn choice(
        name: impl Into<String>,
        label: String,
        value: impl Into<String>,
        words: Vec<(String, String)>,
    ) -> Self {
        Self::of(Kind::Choice(words), name, label, value)
    }

    /// Stars, five at most.
    #[must_use]
    pub fn stars(name: impl Into<String>, label: String) -> Self {
        Self::of(Kind::Stars(5), name, label, "")
    }

    /// Yes or no.
    #[must_use]
    pub fn check(name: impl Into<String>, label: String, value: bool) -> Self {
        Self::of(Kind::Check, name, label, if value { "yes" } else { "" })
    }

    /// A file.
    #[must_use]
    pub fn file(name: impl Into<String>, label: String) -> Self {
        Self::of(Kind::File, name, label, "")
    }

    /// Comes along unseen.
    #[must_use]
    pub fn hidden(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self::of(Kind::Hidden, name, String::new(), value)
    }

    /// The version of what the form was made for.
    #[must_use]
    pub fn version(version: i32) -> Self {
        Self::hidden("version", version.to_string())
    }

    /// Must be filled in.
    #[must_use]
    pub fn needed(self) -> Self {
        Self { is_needed: true, ..self }
    }

    /// Asks for an act, this once; nothing of it is stored.
    #[must_use]
    pub fn once(self) -> Self {
        Self { is_once: true, ..self }
    }

    /// So many characters at most.
    #[must_use]
    pub fn most(self, longest: u16) -> Self {
        Self { longest: Some(longest), ..self }
    }

    /// What to write.
    #[must_use]
    pub fn hint(self, hint: String) -> Self {
        Self { hint, ..self }
    }

    /// What stands in it, in words, if that is not `typed`; of a box as it stands.
    fn other_than(&self, typed: &str) -> Option<String> {
        // Browsers end every line in one way, whatever was sent by another door.
        let stored = self.value.replace("\r\n", "\n").replace('\r', "\n");
        if stored == typed || self.is_once {
            return None;
        }
        match &self.kind {
            Kind::Line(_) | Kind::Long(_) | Kind::Check => Some(stored),
            Kind::Choice(words) => words.iter().find(|(word, _)| *word == stored).map(|(_, label)| label.clone()),
            Kind::Stars(_) | Kind::File | Kind::Hidden => None,
        }
    }

    pub(super) fn is_long(&self) -> bool {
        matches!(self.kind, Kind::Long(_))
    }

    /// Takes a whole line of a form that sets short fields side by side.
    pub(super) fn is_wide(&self) -> bool {
        !matches!(self.kind, Kind::Choice(_)) || !self.hint.is_empty()
    }

    /// Its id on the page: names may be paths.
    pub(super) fn id(&self, form: &str) -> String {
        format!("{form}-{}", self.name.replace('/', "-"))
    }

    pub(super) fn described(&self, form: &str) -> String {
        let id = self.id(form);
        let mut by = Vec::new();
        if !self.hint.is_empty() {
            by.push(format!("{id}-hint"));
        }
        if self.stored.is_some() {
            by.push(format!("{id}-stored"));
        }
        if self.fault.is_some() {
            by.push(format!("{id}-fault"));
        }
        by.join(" ")
    }
}
