//! A form with files, read as it arrives.

use super::back::back;
use super::cookie;
use super::fault::Fault;
use super::frame::size;
use super::sent::{LONGEST, Sent};
use super::unsent;
use super::visit::Visit;
use crate::access::Tx;
use crate::blob::Kept;
use crate::check::refuse_nul;
use crate::error::{Error, FieldError, Result};
use crate::http::{self, file_name, needs};
use crate::message::Language;
use crate::say;
use crate::ticket::attach::{File, refuse_name};
use actix_multipart::{Field, Multipart};
use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use futures_util::TryStreamExt;
use futures_util::future::LocalBoxFuture;
use std::time::Duration;

/// Files of one form.
const FILES: usize = 10;
/// Fields of one form.
const FIELDS: usize = 30;
/// Characters of a file's name that a refusal tells.
const NAME: usize = 100;

/// A form that may carry files. Without any it may come as other forms do: from a page that had no field for them yet.
pub enum Posted {
    /// Fields alone.
    Encoded(Sent),
    /// Fields and files, as they arrive.
    Parts(Multipart),
}

impl FromRequest for Posted {
    type Error = Fault;
    type Future = LocalBoxFuture<'static, std::result::Result<Self, Fault>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        if needs(request, "multipart/form-data").is_err() {
            let sent = Sent::from_request(request, payload);
            return Box::pin(async move { sent.await.map(Self::Encoded) });
        }
        let (language, back) = (cookie::language(request), back(request));
        let parts = Multipart::from_request(request, payload);
        let unreadable = move |_| Fault::new(Error::Malformed(say!("body.multipart")), language, &back);
        Box::pin(async move { parts.await.map(Self::Parts).map_err(unreadable) })
    }
}

/// What such a form sent.
pub struct Upload {
    /// Its fields.
    pub sent: Sent,
    /// Its files, by name.
    files: Vec<(String, Kept)>,
}

impl Upload {
    /// Reads a form to its end. Whether its sender `may_add` files is asked once one comes, before it is read: nobody gets
    /// to send megabytes first, and words alone are weighed by what is done with them.
    ///
    /// # Errors
    /// 400 for a form that breaks off, 403 for one that is not ours, 422 for a file that is not taken, and what `may_add`
    /// says; with the fields that came before it, for what was typed must not be lost.
    pub async fn receive(
        visit: &Visit,
        form: Posted,
        may_add: impl Future<Output = Result<()>>,
    ) -> std::result::Result<Self, (Sent, Error)> {
        let form = match form {
            Posted::Encoded(sent) => return Ok(Self { sent, files: Vec::new() }),
            Posted::Parts(form) => form,
        };
        let mut fields = Vec::new();
        let read = async {
            visit.check_origin().await?;
            let seconds = Duration::from_secs(visit.app.config.limits.request_seconds.saturating_mul(20));
            let read = read(visit, form, &mut fields, may_add);
            tokio::time::timeout(seconds, read).await.map_err(|_| Error::Timeout)?
        };
        let read = read.await;
        let sent = Sent::new(fields);
        match read {
            Ok(files) => Ok(Self { sent, files }),
            Err(error) => Err((sent, error)),
        }
    }

    /// Does what the form asks, once, with its files; those that no ticket holds afterwards are gone.
    ///
    /// # Errors
    /// As [`Visit::write`].
    pub async fn write(
        mut self,
        visit: &Visit,
        f: impl Fn(&mut Tx<'_>, &[File]) -> Result<String> + Send + 'static,
    ) -> Result<String> {
        let file = |(name, kept): &mut (String, Kept)| File { name: name.clone(), stored: kept.hand_over() };
        let files: Vec<File> = self.files.iter_mut().map(file).collect();
        let done = visit.write(&self.sent, move |tx| f(tx, &files)).await;
        let status = done.as_ref().map_or_else(http::status, |_| 303);
        visit.app.forget_unused(status, self.files.into_iter().map(|(_, kept)| kept).collect()).await;
        done
    }
}

/// What somebody typed into a form whose session has ended, up to the first file, each text under its name; and that its
/// files, which no browser chooses a second time, are to be chosen again.
pub async fn left_behind(visit: Visit, form: Posted, act: &str) -> Vec<(String, String)> {
    let visit = visit.signed_out();
    let sent = typed(&visit, form, &unsent::fields(act).collect::<Vec<_>>()).await;
    let mut left = unsent::own(&visit, act, &sent);
    if !sent.get("file").is_empty() {
        left.push((visit.language.t("web.report.files"), visit.language.t("web.choose_files")));
    }
    left
}

/// Reads of a form, up to the name of its first file, the fields with these names: for somebody whose session has ended, so that his
/// words are not lost. He may be anybody, so that all he sends is no longer, and takes no longer, than a form without files
/// may; what came until then is given.
async fn typed(visit: &Visit, form: Posted, names: &[&str]) -> Sent {
    let mut form = match form {
        Posted::Encoded(sent) => return sent,
        Posted::Parts(form) => form,
    };
    let mut fields = Vec::new();
    let read = async {
        visit.check_origin().await?;
        let mut room = LONGEST;
        while let Some(mut field) = form.try_next().await.map_err(broken)? {
            let name = field.name().unwrap_or_default().to_owned();
            if let Some(file) = field.content_disposition().and_then(file_name).filter(|file| !file.is_empty()) {
                fields.push(("file".to_owned(), file));
                break;
            }
            let text = text(&mut field, room).await?;
            room = room.saturating_sub(text.len());
            if names.contains(&name.as_str()) {
                refuse_nul(&name, &text)?;
                fields.push((name, text));
            }
        }
        Ok::<(), Error>(())
    };
    let seconds = Duration::from_secs(visit.app.config.limits.request_seconds);
    // Why it ended is nothing to him who has to sign in first.
    drop(tokio::time::timeout(seconds, read).await);
    Sent::new(fields)
}

/// Reads a form with one file that is text and goes no further than the page: its fields, and the file as `file`.
///
/// # Errors
/// 400 for a form that breaks off or a file that is no UTF-8, 413 over a limit; of the file that is what may be imported.
pub async fn sheet(visit: &Visit, mut form: Multipart) -> Result<Sent> {
    visit.form_token()?;
    let limits = &visit.app.config.limits;
    let mut room = limits.import_bytes.saturating_mul(2).saturating_add(limits.body_bytes);
    let read = async {
        let mut fields = Vec::new();
        while let Some(mut field) = form.try_next().await.map_err(broken)? {
            let name = field.name().unwrap_or_default().to_owned();
            let is_file = field.content_disposition().and_then(file_name).is_some();
            let most = match (name.as_str(), is_file) {
                ("file", true) => limits.import_bytes,
                // The same once more, as a field, in which browsers write two characters for the end of a line.
                ("file", false) => limits.import_bytes.saturating_mul(2),
                _ => limits.body_bytes,
            };
            let text = match text(&mut field, most.min(room)).await {
                Err(Error::Malformed(_)) if is_file => Err(Error::invalid("/file", say!("import.not_utf8"))),
                other => other,
            };
            if fields.len() >= FIELDS {
                return Err(Error::Malformed(say!("web.unreadable")));
            }
            let text = text?;
            // In a file it is a fault of its line, told with all others.
            if !is_file {
                refuse_nul(&name, &text)?;
            }
            room = room.saturating_sub(text.len());
            fields.push((name, text));
        }
        Ok(Sent::new(fields))
    };
    let seconds = Duration::from_secs(visit.app.config.limits.request_seconds.saturating_mul(20));
    tokio::time::timeout(seconds, read).await.map_err(|_| Error::Timeout)?
}

async fn read(
    visit: &Visit,
    mut form: Multipart,
    fields: &mut Vec<(String, String)>,
    may_add: impl Future<Output = Result<()>>,
) -> Result<Vec<(String, Kept)>> {
    let (mut files, mut may_add) = (Vec::new(), Some(may_add));
    // Of all texts together: thirty times as much would lie in the memory for as long as the files take.
    let most = visit.app.config.limits.body_bytes;
    let mut room = most;
    while let Some(mut field) = form.try_next().await.map_err(broken)? {
        let name = field.name().unwrap_or_default().to_owned();
        let file = field.content_disposition().and_then(file_name);
        match file {
            // A browser sends an empty, nameless file where none was chosen.
            Some(file) if file.is_empty() => drain(&mut field).await?,
            Some(file) if files.len() < FILES => {
                if let Some(may_add) = may_add.take() {
                    // Our forms carry it in front of their files.
                    let form = fields.iter().find(|(name, _)| name == "form");
                    visit.check(form.map_or("", |(_, value)| value)).await?;
                    may_add.await?;
                }
                // What the form is shown with again, should it be refused: no browser chooses files a second time.
                fields.push(("file".to_owned(), file.clone()));
                let named = |error| of_file(&file, error, visit.language);
                refuse_name(&file).map_err(named)?;
                let kept = visit.app.keep_file(field).await.map_err(|error| match error {
                    Error::TooLarge(most) => {
                        named(Error::invalid("/file", say!("web.large_file", most = megabytes(most))))
                    }
                    other => named(other),
                })?;
                files.push((file, kept));
            }
            Some(_) => return Err(Error::invalid("/file", say!("web.many_files", most = FILES))),
            None if fields.len() < FIELDS => {
                let text = text(&mut field, room).await.map_err(|error| match error {
                    Error::TooLarge(_) => Error::TooLarge(most),
                    other => other,
                })?;
                room = room.saturating_sub(text.len());
                refuse_nul(&name, &text)?;
                fields.push((name, text));
            }
            None => return Err(Error::Malformed(say!("web.unreadable"))),
        }
    }
    Ok(files)
}

/// The same refusal, which says of which file: of ten, nine may be as they should.
fn of_file(name: &str, error: Error, language: Language) -> Error {
    let Error::Invalid(faults) = error else { return error };
    let name: String = name.chars().filter(|c| !c.is_control()).take(NAME).collect();
    let told = |fault: FieldError| {
        let why = fault.detail.text(language);
        FieldError { detail: say!("web.refused_file", file = name, why = why), ..fault }
    };
    Error::Invalid(faults.into_iter().map(told).collect())
}

/// A limit as people read it.
pub(super) fn megabytes(bytes: usize) -> String {
    size(i64::try_from(bytes).unwrap_or(i64::MAX))
}

fn broken(_: actix_multipart::MultipartError) -> Error {
    Error::Malformed(say!("body.multipart"))
}

async fn drain(field: &mut Field) -> Result<()> {
    while field.try_next().await.map_err(broken)?.is_some() {}
    Ok(())
}

async fn text(field: &mut Field, most: usize) -> Result<String> {
    let mut bytes = Vec::new();
    while let Some(piece) = field.try_next().await.map_err(broken)? {
        bytes.extend_from_slice(&piece);
        if bytes.len() > most {
            return Err(Error::TooLarge(most));
        }
    }
    String::from_utf8(bytes).map_err(|_| Error::Malformed(say!("web.unreadable")))
}
