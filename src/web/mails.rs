//! What one is written to about: boxes to tick, within what the region requires.

use super::frame::Frame;
use super::sent::Sent;
use super::visit::{Shown, Visit};
use super::{render, see};
use crate::mail::choice::Topic;
use crate::message::Say;
use crate::org::mail_choice::{self, MailChoice};
use crate::org::region::Terms;
use crate::say;
use actix_web::web::Query;
use askama::Template;
use serde::Deserialize;
use std::borrow::Borrow;

const PLACE: &str = "/me/mails";

/// Whether a choice was just noted.
#[derive(Debug, Default, Deserialize)]
pub struct Asked {
    saved: Option<String>,
}

#[derive(Template)]
#[template(path = "web/templates/mails.html")]
struct Page {
    frame: Frame,
    choices: Vec<MailChoice>,
    is_saved: bool,
}

impl Page {
    fn told(&self, topic: impl Borrow<Topic>) -> String {
        self.frame.say(&named(*topic.borrow(), &self.frame.terms))
    }
}

/// What a mail is about, in the words of a region.
pub fn named(topic: Topic, terms: &Terms) -> Say {
    match topic {
        Topic::Opened => say!("mail.topic.opened"),
        Topic::Assigned => say!("mail.topic.assigned"),
        Topic::Commented => say!("mail.topic.commented"),
        Topic::Escalated => say!("mail.topic.escalated", tier2 = terms.tier2),
        Topic::Returned => say!("mail.topic.returned", tier1 = terms.tier1),
        Topic::Question => say!("mail.topic.question"),
        Topic::Resolved => say!("mail.topic.resolved"),
        Topic::Closed => say!("mail.topic.closed"),
        Topic::Reopened => say!("mail.topic.reopened"),
        Topic::Warned => say!("mail.topic.warned"),
        Topic::Breached => say!("mail.topic.breached"),
        Topic::Digest => say!("mail.topic.digest"),
    }
}

/// `GET /me/mails`.
pub async fn form(visit: Visit, asked: Query<Asked>) -> Shown {
    let is_saved = asked.saved.is_some();
    let html = visit
        .read(move |tx, frame| {
            let choices = mail_choice::own(tx)?;
            render(&Page { frame, choices, is_saved })
        })
        .await?;
    Ok(visit.page(200, html))
}

/// `POST /me/mails`.
pub async fn choose(visit: Visit, sent: Sent) -> Shown {
    let ticked = sent.clone();
    let done = visit
        .write(&sent, move |tx| {
            let left = |choice: &MailChoice| !choice.required && ticked.get(choice.topic.text()).is_empty();
            let unwanted: Vec<Topic> =
                mail_choice::own(tx)?.iter().filter(|choice| left(choice)).map(|choice| choice.topic).collect();
            mail_choice::choose(tx, &unwanted)?;
            Ok(format!("{PLACE}?saved=1"))
        })
        .await;
    Ok(see(&done.map_err(|e| visit.fault(e))?))
}
