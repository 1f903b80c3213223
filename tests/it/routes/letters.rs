//! Mails for the cells of the matrix, out and in.

use super::things::{Rows, Thing, fresh};
use super::world::World;
use crate::support::app::monday_morning;
use crate::support::build::next;
use serde_json::json;
use sigap::db::{Json, Ts};
use sigap::mail::inbound::{Inbound, InboundState};
use sigap::mail::outbox::{Mail, MailState};
use sigap::message::Language;

impl World {
    /// A mail of the outbox that failed: of Lebak (`here`), of Temanggung (`there`), or none.
    pub(super) fn mail(&self, object: &str, rows: &mut Rows) -> Thing {
        let (id, at) = (fresh(), Ts::new(monday_morning()));
        if object != "absent" {
            rows.mails.push(Mail {
                id,
                region_id: self.regions[usize::from(object == "there")],
                ticket_id: None,
                person_id: None,
                ticket_number: None,
                recipient: "siapa@lebakkab.go.id".into(),
                turn: 1,
                kind: "opened".into(),
                lane: 1,
                language: Language::Id,
                secret: false,
                facts: Json(json!({})),
                message_id: None,
                message: None,
                carrier_id: None,
                state: MailState::Failed,
                attempts: 1,
                next_try_at: at,
                give_up_at: at,
                lease_until: None,
                fence: 1,
                last_error: Some("550 5.1.1".into()),
                created_at: at,
                tried_at: None,
                sent_at: None,
                event_id: None,
            });
        }
        Thing::Row(id)
    }

    /// A message that came in and could not be made out, of Lebak, of Temanggung, or none.
    pub(super) fn message(&self, object: &str, rows: &mut Rows) -> Thing {
        let (id, at) = (fresh(), Ts::new(monday_morning()));
        if object != "absent" {
            rows.inbound.push(Inbound {
                id,
                region_id: Some(self.regions[usize::from(object == "there")]),
                mailbox: "INBOX".into(),
                uid_validity: 1,
                uid: i64::try_from(next()).unwrap(),
                hash: id.to_string(),
                raw: Some(b"From: siapa@example.com\r\n\r\nHalo.".to_vec()),
                size: 36,
                is_cut: false,
                received_at: at,
                state: InboundState::Unreadable,
                why: Some("gave_up".into()),
                sender: Some("siapa@example.com".into()),
                message_key: None,
                words: None,
                ticket_id: None,
                ticket_number: None,
                comment_id: None,
                mail_id: None,
                secret: false,
                attempts: 1,
                next_try_at: at,
                lease_until: None,
                fence: 1,
                last_error: None,
                acted_at: Some(at),
            });
        }
        Thing::Row(id)
    }
}
