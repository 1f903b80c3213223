//! What stands beside a ticket: the tickets that it is tied to, and who follows it.

use super::form::{Field, Form};
use super::frame::Frame;
use super::sent::{Sent, Trial};
use crate::access::policy::{Action, Verdict, decide};
use crate::access::{Subject, Tx};
use crate::db::Id;
use crate::error::{Error, Result};
use crate::org::person;
use crate::say;
use crate::ticket::find::{TicketRef, find_quietly, read};
use crate::ticket::link::{self, LinkKind, Tied};
use crate::ticket::{Ticket, watch};

/// A ticket that this one is tied to.
pub struct Tie {
    /// Of the tie.
    pub id: Id,
    /// How, in words that lead to the other.
    pub how: String,
    /// Number of the other.
    pub number: String,
    /// Its subject.
    pub subject: String,
}

/// What a page shows of it.
pub struct Ties {
    /// Of those that the reader sees.
    pub tied: Vec<Tie>,
    /// The reader may undo them.
    pub may_untie: bool,
    /// Names of those who follow; none for whoever is not told.
    pub followers: Vec<String>,
    /// Whether the reader follows; none if it is not offered to him.
    pub follows: Option<bool>,
    /// What can be added.
    pub forms: Vec<Form>,
    /// In words that lead to them, and to what the reader can do with all of them: how many unfinished tickets report what this
    /// one is about.
    pub reports: Option<String>,
}

impl Ties {
    /// Nothing to be shown or done.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.tied.is_empty() && self.followers.is_empty() && self.follows.is_none() && self.forms.is_empty()
    }

    /// Of a ticket; `internal` for whoever reads what is for staff.
    ///
    /// # Errors
    /// What the database says.
    pub fn of(tx: &mut Tx<'_>, frame: &Frame, ticket: &Ticket, internal: bool, trial: &Trial) -> Result<Self> {
        let may = |action| decide(&tx.actor, action, &ticket.facts()) == Verdict::Yes;
        // Its requester is told of everything anyhow, and not who else is.
        let (may_follow, may_invite, may_tie, may_tell) = (
            internal && may(Action::Watch),
            internal && may(Action::AddWatcher),
            may(Action::Link),
            may(Action::CommentPublic),
        );
        let tied = link::list(tx, ticket.id)?;
        let is_report = |tied: &&Tied| internal && tied.reports(ticket.id) && tied.other.status.is_open();
        let count = tied.iter().filter(is_report).count();
        let reports = (count > 0).then(|| {
            let told = if may_tell {
                say!("web.ties.reports", count = count)
            } else {
                say!("web.ties.reports_seen", count = count)
            };
            frame.say(&told)
        });
        let tied = tied.into_iter().map(|Tied { link, other }| {
            let how = how(frame, link.kind, link.ticket_id == ticket.id);
            Tie { id: link.id, how, number: other.number, subject: other.subject }
        });
        let tied = tied.collect();
        let people = if internal { watch::watchers(tx, ticket.id)? } else { Vec::new() };
        let follows = may_follow.then(|| tx.actor.person.is_some_and(|me| people.contains(&me)));
        let followers = person::briefs(tx, &people)?.into_iter().map(|person| person.name).collect();
        let mut forms = Vec::new();
        if may_tie {
            forms.push(tying(frame, ticket).resumed(trial));
        }
        if may_invite {
            forms.push(inviting(frame, ticket).resumed(trial));
        }
        Ok(Self { tied, may_untie: may_tie, followers, follows, forms, reports })
    }
}

fn how(frame: &Frame, kind: LinkKind, is_own: bool) -> String {
    match (kind, is_own) {
        (LinkKind::Related, _) => frame.t("web.ties.related"),
        (LinkKind::DuplicateOf, true) => frame.t("web.ties.duplicate_of"),
        (LinkKind::DuplicateOf, false) => frame.t("web.ties.duplicated_by"),
        (LinkKind::CausedBy, true) => frame.t("web.ties.caused_by"),
        (LinkKind::CausedBy, false) => frame.t("web.ties.cause_of"),
    }
}

fn tying(frame: &Frame, ticket: &Ticket) -> Form {
    let kinds = LinkKind::ALL.iter().map(|kind| (kind.text().to_owned(), how(frame, *kind, true))).collect();
    let place = format!("/tickets/{}/link", ticket.number);
    let kind = LinkKind::Related.text();
    Form::new("link", place, frame.t("web.ties.tie"), frame.t("web.ties.tie_do"))
        .field(Field::choice("kind", frame.t("web.ties.how"), kind, kinds))
        .field(Field::line("ticket", frame.t("web.ties.number"), "").needed().most(40))
}

fn inviting(frame: &Frame, ticket: &Ticket) -> Form {
    let place = format!("/tickets/{}/invite", ticket.number);
    let who = Field::line("person", frame.t("web.ties.who"), "").needed().most(254);
    Form::new("invite", place, frame.t("web.ties.invite"), frame.t("web.ties.invite_do"))
        .field(who.hint(frame.t("web.ties.who_hint")))
}

/// Does what a form of these asks. The requester notices none of it, and no text is lost, so no version is asked for.
///
/// # Errors
/// 404 for another form; what the command says.
pub fn run(tx: &mut Tx<'_>, act: &str, which: &TicketRef, sent: &Sent) -> Result<Ticket> {
    let which = which.at_any_version();
    match act {
        "watch" => {
            let ticket = find_quietly(tx, &which)?;
            watch::follow(tx, ticket)?;
        }
        "unwatch" => {
            let ticket = find_quietly(tx, &which)?;
            watch::leave(tx, ticket)?;
        }
        "invite" => {
            let ticket = find_quietly(tx, &which)?;
            let region = tx.actor.region()?;
            let known = person::by_login(tx, Some(region), sent.get("person"))?;
            // Whoever is unknown is refused as one is who does not see the ticket.
            let who = known.ok_or_else(|| Error::invalid("/person", say!("watch.outside")))?;
            watch::invite(tx, ticket, who.id)?;
        }
        "link" => {
            let kind = sent.word("kind", LinkKind::from_text)?;
            let kind = kind.ok_or_else(|| Error::invalid("/kind", say!("web.choose")))?;
            let ticket = find_quietly(tx, &which)?;
            link::tie(tx, ticket, kind, &TicketRef::parse(sent.get("ticket").trim(), None))?;
        }
        "untie" => {
            let ticket = find_quietly(tx, &which)?;
            link::untie(tx, ticket, sent.get("tie").parse().map_err(|_| Error::NotFound)?)?;
        }
        _ => return Err(Error::NotFound),
    }
    Ok(read(tx, &which)?.into_inner())
}
