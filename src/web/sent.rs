//! What a form sent.

use super::back::back;
use super::cookie;
use super::fault::Fault;
use crate::app::App;
use crate::check::refuse_nul;
use crate::error::{Error, FieldError, Result};
use crate::http::{collect, needs, shared};
use crate::message::Language;
use crate::say;
use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use futures_util::future::LocalBoxFuture;
use std::collections::BTreeMap;

/// Bytes of a form: the longest text, of characters that are longest when they are encoded, and some fields beside it.
pub(super) const LONGEST: usize = 256 * 1024;

/// The fields of a form, by name.
#[derive(Debug, Clone, Default)]
pub struct Sent {
    fields: BTreeMap<String, Vec<String>>,
}

impl Sent {
    /// From names and values as they came.
    #[must_use]
    pub fn new(fields: impl IntoIterator<Item = (String, String)>) -> Self {
        // Browsers send lines of a text with a carriage return, which nobody typed.
        let mut by_name: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (name, value) in fields {
            by_name.entry(name).or_default().push(value.replace("\r\n", "\n"));
        }
        Self { fields: by_name }
    }

    /// A field; empty if it was not sent, and of one that came twice the last.
    #[must_use]
    pub fn get(&self, name: &str) -> &str {
        self.all(name).last().map_or("", String::as_str)
    }

    /// Every value of a field, as of boxes that were ticked.
    #[must_use]
    pub fn all(&self, name: &str) -> &[String] {
        self.fields.get(name).map_or(&[], Vec::as_slice)
    }

    /// What stands behind `prefix` in the names of the boxes that were ticked.
    pub fn ticked<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = &'a str> {
        self.fields.keys().filter_map(move |name| name.strip_prefix(prefix))
    }

    /// The same form with another value of one field.
    #[must_use]
    pub fn with(mut self, name: &str, value: String) -> Self {
        self.fields.insert(name.to_owned(), vec![value]);
        self
    }

    /// A field; none if it was left empty.
    #[must_use]
    pub fn maybe(&self, name: &str) -> Option<String> {
        Some(self.get(name).trim()).filter(|text| !text.is_empty()).map(str::to_owned)
    }

    /// One of the words of a closed list; none if it was left empty.
    ///
    /// # Errors
    /// 422 that names the field.
    pub fn word<T>(&self, name: &str, read: impl Fn(&str) -> Option<T>) -> Result<Option<T>> {
        match self.get(name) {
            "" => Ok(None),
            word => match read(word) {
                Some(value) => Ok(Some(value)),
                None => Err(Error::invalid(format!("/{name}"), say!("web.choose"))),
            },
        }
    }
}

impl FromRequest for Sent {
    type Error = Fault;
    type Future = LocalBoxFuture<'static, std::result::Result<Self, Fault>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (language, back) = (cookie::language(request), back(request));
        let (request, mut payload) = (request.clone(), payload.take());
        Box::pin(async move { read(&request, &mut payload).await.map_err(|e| Fault::new(e, language, &back)) })
    }
}

async fn read(request: &HttpRequest, payload: &mut Payload) -> Result<Sent> {
    let app = shared::<App>(request)?;
    needs(request, "application/x-www-form-urlencoded")?;
    let bytes = collect(payload, LONGEST, app.config.limits.request_seconds).await?;
    let fields: Vec<_> = url::form_urlencoded::parse(&bytes).into_owned().collect();
    fields.iter().try_for_each(|(name, value)| refuse_nul(name, value))?;
    Ok(Sent::new(fields))
}

/// A form that is shown again: what was typed, and what is wrong with it.
#[derive(Debug, Clone, Default)]
pub struct Trial {
    /// Which form.
    pub act: String,
    /// What was typed.
    pub sent: Sent,
    /// What is wrong as a whole.
    pub message: Option<String>,
    /// What is wrong with fields.
    faults: BTreeMap<String, String>,
    /// Status of the page.
    pub status: u16,
}

impl Trial {
    /// No form was sent yet.
    #[must_use]
    pub fn new() -> Self {
        Self { status: 200, ..Self::default() }
    }

    /// A form that was refused, if it is worth showing again.
    ///
    /// # Errors
    /// The error, if another page tells it better.
    pub fn refused(act: &str, sent: Sent, error: Error, language: Language) -> Result<Self> {
        let status = crate::http::status(&error);
        let mut trial = Self { act: act.to_owned(), sent, status, ..Self::default() };
        match error {
            Error::Invalid(fields) => {
                let told = |f: FieldError| (f.pointer.trim_start_matches('/').to_owned(), f.detail.text(language));
                trial.faults = fields.into_iter().map(told).collect();
                trial.message = Some(say!("problem.invalid_detail").text(language));
            }
            Error::Conflict(why) => trial.message = Some(why.text(language)),
            Error::Stale => trial.message = Some(say!("web.stale").text(language)),
            other => return Err(other),
        }
        Ok(trial)
    }

    /// The same of what is no ticket.
    ///
    /// # Errors
    /// As [`Self::refused`].
    pub fn refused_of_data(act: &str, sent: Sent, error: Error, language: Language) -> Result<Self> {
        let mut trial = Self::refused(act, sent, error, language)?;
        if trial.is_stale() {
            trial.message = Some(say!("web.admin.stale").text(language));
        }
        Ok(trial)
    }

    /// A form of which the effect is shown before it counts.
    #[must_use]
    pub fn weighed(act: &str, sent: Sent) -> Self {
        Self { act: act.to_owned(), sent, ..Self::new() }
    }

    /// `true` if the effect of this form is shown, and it may count now.
    #[must_use]
    pub fn is_weighed(&self, act: &str) -> bool {
        self.is(act) && self.status == 200
    }

    /// `true` if what the form was made for changed meanwhile.
    #[must_use]
    pub fn is_stale(&self) -> bool {
        self.status == 412
    }

    /// What is wrong with fields that are not among these.
    #[must_use]
    pub fn elsewhere(&self, known: &[String]) -> Vec<String> {
        self.faults.iter().filter(|(name, _)| !known.contains(name)).map(|(_, detail)| detail.clone()).collect()
    }

    /// `true` if this is the form.
    #[must_use]
    pub fn is(&self, act: &str) -> bool {
        self.act == act
    }

    /// What was typed into a field of this form.
    #[must_use]
    pub fn typed(&self, act: &str, field: &str) -> &str {
        if self.is(act) { self.sent.get(field) } else { "" }
    }

    /// What marks a field of this form that is wrong; the first of them has `autofocus`, for there one goes on. `order` are
    /// its fields as they stand.
    #[must_use]
    pub fn focus(&self, act: &str, order: &str, field: &str) -> &'static str {
        let is_wrong = |name: &str| self.fault(act, name).is_some();
        let first = order.split(' ').find(|name| is_wrong(name));
        match (first == Some(field), is_wrong(field)) {
            (true, _) => " autofocus aria-invalid=true",
            (false, true) => " aria-invalid=true",
            (false, false) => "",
        }
    }

    /// The attribute that ties a field of this form to what is wrong with it (WCAG 3.3.1), where nothing else describes it.
    #[must_use]
    pub fn described(&self, act: &str, field: &str) -> String {
        self.fault(act, field).map_or_else(String::new, |_| format!(" aria-describedby={act}-{field}-fault"))
    }

    /// The same behind what else describes the field.
    #[must_use]
    pub fn and_fault(&self, act: &str, field: &str) -> String {
        self.fault(act, field).map_or_else(String::new, |_| format!(" {act}-{field}-fault"))
    }

    /// `true` if files were chosen in this form, which no browser does a second time by itself.
    #[must_use]
    pub fn lost_files(&self, act: &str) -> bool {
        self.is(act) && self.sent.all("file").iter().any(|name| !name.is_empty())
    }

    /// What is wrong with a field of this form.
    #[must_use]
    pub fn fault(&self, act: &str, field: &str) -> Option<&str> {
        if self.is(act) { self.faults.get(field).map(String::as_str) } else { None }
    }
}
