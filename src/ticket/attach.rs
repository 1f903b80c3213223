//! Files of a ticket. The file is durable before its row speaks of it.

use super::comment::refuse_if_ended;
use super::event::{Event, record};
use super::find::{self, TicketRef};
use super::scope::sees_internal;
use super::{Status, Ticket, Visibility, last, pend};
use crate::access::{May, Tx, act, check};
use crate::blob::Stored;
use crate::check::{Checks, is_format, is_hidden};
use crate::config::Limits;
use crate::db::ahead;
use crate::db::behind::above;
use crate::db::page::{Page, Paging};
use crate::db::schema::attachments;
use crate::db::{Id, Ts, turn};
use crate::error::{Error, Result};
use crate::{on, say};
use diesel::prelude::*;

/// An attachment as stored.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = attachments, treat_none_as_default_value = false)]
pub struct Attachment {
    /// Its id.
    pub id: Id,
    /// Of which ticket.
    pub ticket_id: Id,
    /// For whom.
    pub visibility: Visibility,
    /// Its name as sent; never a name in the file system.
    pub name: String,
    /// What its content shows it to be.
    pub media_type: String,
    /// Bytes.
    pub size: i64,
    /// SHA-256.
    pub sha256: String,
    /// Who sent it.
    pub uploaded_by: Id,
    /// When.
    pub created_at: Ts,
}

/// A file that arrived, and what was said of it.
#[derive(Debug, Clone)]
pub struct File {
    /// Its name as sent.
    pub name: String,
    /// The file.
    pub stored: Stored,
}

/// The turn of somebody who sends files: until the commit no other transaction adds any of his, so that all that he sends at
/// once counts (ASVS 2.3.4). Nothing adds a file without it.
pub struct Turn<'a>(&'a Limits);

impl<'a> Turn<'a> {
    /// Waits until it is his, if there are `files`. Before a ticket or the counter of numbers is held: whoever waits here must
    /// hold nothing that others need.
    ///
    /// # Errors
    /// 401 for nobody; 503 if it takes too long.
    pub fn take(tx: &mut Tx<'_>, files: &[File], limits: &'a Limits) -> Result<Self> {
        if !files.is_empty() {
            let me = tx.actor.person()?;
            turn::of_files(tx.conn(), me)?;
        }
        Ok(Self(limits))
    }
}

/// What Windows runs, installs or mounts when somebody opens a file of this ending, or asks other machines for as soon as it
/// is shown, whatever else it holds. Programs are told by their content.
const RUN: &str = "appcontent-ms appinstaller application appref-ms appx appxbundle bat chm cmd com cpl desktop diagcab \
                   gadget hta img inf iso jar jnlp js jse library-ms lnk msc msh msh1 msh2 msi msix msixbundle msp mst \
                   msu pif ps1 ps1xml psd1 psm1 reg scf scr sct search-ms searchconnector-ms settingcontent-ms shb \
                   theme themepack url vb vbe vbs vhd vhdx website ws wsc wsf wsh xbap xll";
/// What a browser opens as a page, from the disk without any of our headers. Most are told by their content, too.
const PAGES: &str = "htm html mht mhtml shtml svg svgz xht xhtml";

/// Refuses a name of which Windows would run the file or a browser show it, and one that does not read as what it is.
///
/// # Errors
/// 422 that says what to send instead.
pub fn refuse_name(name: &str) -> Result<()> {
    let ending = ending(name);
    let is_one_of = |endings: &str| endings.split(' ').any(|one| ending.as_deref() == Some(one));
    let why = if is_one_of(RUN) {
        say!("attachment.script")
    } else if is_one_of(PAGES) {
        say!("attachment.kind")
    } else if name.chars().any(is_hidden) {
        say!("attachment.hidden")
    } else {
        return Ok(());
    };
    Err(Error::invalid("/file", why))
}

/// By what Windows chooses a program: it cuts dots and blanks off the end, and browsers leave out what shows nothing.
fn ending(name: &str) -> Option<String> {
    let seen: String = name.chars().filter(|c| !is_format(*c)).collect();
    let kept = seen.trim_end_matches(|c: char| c == '.' || c.is_whitespace());
    kept.rsplit_once('.').map(|(_, ending)| ending.to_lowercase())
}

/// Adds a file for everybody who sees the ticket. The requester's is an answer as his words are: it reaches the desk, and
/// wakes a waiting ticket.
///
/// # Errors
/// 409 for a ticket that has ended or has too many files, or whoever has sent too much; 422 for a name that is not taken.
pub fn public(
    tx: &mut Tx<'_>,
    ticket: May<act::CommentPublic, Ticket>,
    file: &File,
    turn: &Turn<'_>,
) -> Result<Attachment> {
    let ticket = ticket.into_inner();
    let is_answer = !ticket.by_staff(tx);
    let (ticket, attachment) = show(tx, ticket, file, turn, is_answer)?;
    if is_answer && ticket.status == Status::Pending {
        pend::go_on(tx, ticket)?;
    }
    Ok(attachment)
}

/// Adds a file that comes with an opening, with words or with another file, which tell of it.
///
/// # Errors
/// As [`public`].
pub fn along(
    tx: &mut Tx<'_>,
    ticket: May<act::CommentPublic, Ticket>,
    file: &File,
    turn: &Turn<'_>,
) -> Result<Attachment> {
    Ok(show(tx, ticket.into_inner(), file, turn, false)?.1)
}

fn show(
    tx: &mut Tx<'_>,
    mut ticket: Ticket,
    file: &File,
    turn: &Turn<'_>,
    is_answer: bool,
) -> Result<(Ticket, Attachment)> {
    let attachment = add(tx, &ticket, Visibility::Public, file, turn)?;
    ticket.save(tx)?;
    tell(tx, &ticket, &attachment, is_answer)?;
    Ok((ticket, attachment))
}

/// Adds a file for staff.
///
/// # Errors
/// 409 for a ticket that has ended or has too many files, or whoever has sent too much; 422 for a name that is not taken.
pub fn internal(
    tx: &mut Tx<'_>,
    ticket: May<act::CommentInternal, Ticket>,
    file: &File,
    turn: &Turn<'_>,
) -> Result<Attachment> {
    let ticket = ticket.into_inner();
    let attachment = add(tx, &ticket, Visibility::Internal, file, turn)?;
    tell(tx, &ticket, &attachment, false)?;
    Ok(attachment)
}

fn tell(tx: &mut Tx<'_>, ticket: &Ticket, attachment: &Attachment, is_answer: bool) -> Result<()> {
    let Attachment { id, visibility, ref name, .. } = *attachment;
    record(tx, ticket, &Event::Attached { visibility, attachment: id, name: name.clone(), is_answer })
}

fn add(tx: &mut Tx<'_>, ticket: &Ticket, visibility: Visibility, file: &File, turn: &Turn<'_>) -> Result<Attachment> {
    let limits = turn.0;
    let mut checks = Checks::new();
    checks.line("/file", &file.name, 1..=255);
    checks.done()?;
    refuse_name(&file.name)?;
    let most = limits.attachments_per_ticket;
    refuse_if_ended(ticket)?;
    // Each kind by itself: that there are internal files is not to be found out by sending public ones.
    let held: i64 = on!(tx.conn(), |c| attachments::table
        .filter(attachments::ticket_id.eq(ticket.id).and(attachments::visibility.eq(visibility)))
        .count()
        .get_result(c))?;
    if held >= most {
        return Err(Error::Conflict(say!("attachment.many", most = most)));
    }
    refuse_too_much(tx, file.stored.size, limits)?;
    last::file(tx, ticket.id)?;
    let attachment = Attachment {
        id: tx.new_id(),
        ticket_id: ticket.id,
        visibility,
        name: file.name.clone(),
        media_type: file.stored.media_type.to_owned(),
        size: file.stored.size,
        sha256: file.stored.sha256.clone(),
        uploaded_by: tx.actor.person()?,
        created_at: tx.now,
    };
    on!(tx.conn(), |c| diesel::insert_into(attachments::table).values(&attachment).execute(c))?;
    Ok(attachment)
}

/// Refuses before a file is read what would be refused afterwards, whatever it holds and whoever is to see it.
///
/// # Errors
/// 404 for a ticket that the actor does not see, 403 if he may add nothing to it, 409 if it has ended or he has sent too
/// much.
pub fn refuse_early(tx: &mut Tx<'_>, which: &TicketRef, limits: &Limits) -> Result<()> {
    let ticket = find::read(tx, which)?.into_inner();
    if check::<act::CommentInternal, _>(&tx.actor, ticket.clone()).is_err() {
        check::<act::CommentPublic, _>(&tx.actor, ticket.clone())?;
    }
    refuse_if_ended(&ticket)?;
    refuse_too_much(tx, 0, limits)
}

/// Nobody fills the disk by himself (ASVS 5.2.4). Asked with nought before a file is taken in.
///
/// # Errors
/// 409 that says so.
pub fn refuse_too_much(tx: &mut Tx<'_>, size: i64, limits: &Limits) -> Result<()> {
    let (me, day_ago) = (tx.actor.person()?, tx.now.plus(chrono::Duration::days(-1)));
    let (since, until) = ahead::since(day_ago, tx.now);
    let sent: Vec<i64> = on!(tx.conn(), |c| attachments::table
        .filter(attachments::uploaded_by.eq(me).and(attachments::created_at.between(since, until)))
        .select(attachments::size)
        .load(c))?;
    let is_many = i64::try_from(sent.len()).unwrap_or(i64::MAX) >= limits.attachments_per_person_day;
    let bytes = sent.iter().fold(size, |sum, one| sum.saturating_add(*one));
    if is_many || bytes > limits.attachment_bytes_per_person_day {
        return Err(Error::Conflict(say!("attachment.much")));
    }
    Ok(())
}

/// The attachments of a ticket, oldest first; only public ones unless `staff`.
pub fn list(tx: &mut Tx<'_>, ticket: Id, staff: bool, paging: &Paging) -> Result<Page<Attachment>> {
    let (limit, after) = (paging.limit()?, paging.after::<(Ts, Id)>()?);
    let rows = on!(tx.conn(), |c| {
        let mut query = attachments::table
            .filter(attachments::ticket_id.eq(ticket))
            .select(Attachment::as_select())
            .into_boxed::<Db>();
        if !staff {
            query = query.filter(attachments::visibility.eq(Visibility::Public));
        }
        if let Some(key) = after {
            query = query.filter(above((attachments::created_at, attachments::id), key));
        }
        query.order((attachments::created_at, attachments::id)).limit(limit + 1).load(c)
    })?;
    Ok(Page::cut(rows, limit, |row| (row.created_at, row.id)))
}

/// One attachment, if the actor sees its ticket and it is for him.
///
/// # Errors
/// 404 otherwise.
pub fn read(tx: &mut Tx<'_>, id: Id) -> Result<Attachment> {
    let attachment = on!(tx.conn(), |c| attachments::table.find(id).select(Attachment::as_select()).first(c))?;
    let ticket = find::read(tx, &TicketRef::id(attachment.ticket_id))?;
    if attachment.visibility == Visibility::Internal && !sees_internal(tx, ticket.get()) {
        return Err(Error::NotFound);
    }
    Ok(attachment)
}

/// Those of these hashes of which some ticket speaks.
///
/// # Errors
/// The database's.
pub fn held(tx: &mut Tx<'_>, hashes: &[String]) -> Result<Vec<String>> {
    Ok(on!(tx.conn(), |c| attachments::table
        .filter(attachments::sha256.eq_any(hashes))
        .select(attachments::sha256)
        .distinct()
        .load(c))?)
}

/// The SHA-256 of every file that an attachment names, and its bytes.
pub fn files(tx: &mut Tx<'_>) -> Result<Vec<(String, i64)>> {
    Ok(on!(tx.conn(), |c| attachments::table.select((attachments::sha256, attachments::size)).distinct().load(c))?)
}
