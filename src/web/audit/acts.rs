//! What acts are called on the page of the audit log.

use crate::message::Say;
use crate::say;

/// Name of an act in the log, and how people say it.
type Act = (&'static str, fn() -> Say);

/// Every act that can be chosen.
pub const ACTS: &[Act] = &[
    ("ticket.opened", || say!("web.audit.act.ticket_opened")),
    ("ticket.assigned", || say!("web.audit.act.ticket_assigned")),
    ("ticket.started", || say!("web.audit.act.ticket_started")),
    ("ticket.accepted", || say!("web.audit.act.ticket_accepted")),
    ("ticket.escalated", || say!("web.audit.act.ticket_escalated")),
    ("ticket.returned", || say!("web.audit.act.ticket_returned")),
    ("ticket.consulted", || say!("web.audit.act.ticket_consulted")),
    ("ticket.pended", || say!("web.audit.act.ticket_pended")),
    ("ticket.resumed", || say!("web.audit.act.ticket_resumed")),
    ("ticket.resolved", || say!("web.audit.act.ticket_resolved")),
    ("ticket.closed", || say!("web.audit.act.ticket_closed")),
    ("ticket.reopened", || say!("web.audit.act.ticket_reopened")),
    ("ticket.cancelled", || say!("web.audit.act.ticket_cancelled")),
    ("ticket.edited", || say!("web.audit.act.ticket_edited")),
    ("ticket.commented", || say!("web.audit.act.ticket_commented")),
    ("ticket.attached", || say!("web.audit.act.ticket_attached")),
    ("ticket.watched", || say!("web.audit.act.ticket_watched")),
    ("ticket.unwatched", || say!("web.audit.act.ticket_unwatched")),
    ("ticket.linked", || say!("web.audit.act.ticket_linked")),
    ("ticket.unlinked", || say!("web.audit.act.ticket_unlinked")),
    ("ticket.released", || say!("web.audit.act.ticket_released")),
    ("ticket.warned", || say!("web.audit.act.ticket_warned")),
    ("ticket.breached", || say!("web.audit.act.ticket_breached")),
    ("ticket.reported", || say!("web.audit.act.ticket_reported")),
    ("ticket.waiver_asked", || say!("web.audit.act.ticket_waiver_asked")),
    ("ticket.waiver_decided", || say!("web.audit.act.ticket_waiver_decided")),
    ("ticket.read_secret", || say!("web.audit.act.ticket_read_secret")),
    ("ticket.search", || say!("web.audit.act.ticket_search")),
    ("session.begin", || say!("web.audit.act.session_begin")),
    ("session.end", || say!("web.audit.act.session_end")),
    ("session.end_all", || say!("web.audit.act.session_end_all")),
    ("session.refused", || say!("web.audit.act.session_refused")),
    ("access.refused", || say!("web.audit.act.access_refused")),
    ("access.alarm", || say!("web.audit.act.access_alarm")),
    ("grant.give", || say!("web.audit.act.grant_give")),
    ("grant.take", || say!("web.audit.act.grant_take")),
    ("person.create", || say!("web.audit.act.person_create")),
    ("person.change", || say!("web.audit.act.person_change")),
    ("person.mails", || say!("web.audit.act.person_mails")),
    ("password.set", || say!("web.audit.act.password_set")),
    ("link.issue", || say!("web.audit.act.link_issue")),
    ("link.mail", || say!("web.audit.act.link_mail")),
    ("link.ask", || say!("web.audit.act.link_ask")),
    ("second_factor.begin", || say!("web.audit.act.second_factor_begin")),
    ("second_factor.set", || say!("web.audit.act.second_factor_set")),
    ("second_factor.remove", || say!("web.audit.act.second_factor_remove")),
    ("second_factor.reset", || say!("web.audit.act.second_factor_reset")),
    ("opd.create", || say!("web.audit.act.opd_create")),
    ("opd.change", || say!("web.audit.act.opd_change")),
    ("service.create", || say!("web.audit.act.service_create")),
    ("service.change", || say!("web.audit.act.service_change")),
    ("calendar.create", || say!("web.audit.act.calendar_create")),
    ("calendar.change", || say!("web.audit.act.calendar_change")),
    ("calendar.holidays", || say!("web.audit.act.calendar_holidays")),
    ("holiday.create", || say!("web.audit.act.holiday_create")),
    ("holiday.import", || say!("web.audit.act.holiday_import")),
    ("holiday.delete", || say!("web.audit.act.holiday_delete")),
    ("agreement.create", || say!("web.audit.act.agreement_create")),
    ("agreement.change", || say!("web.audit.act.agreement_change")),
    ("region.create", || say!("web.audit.act.region_create")),
    ("platform.set_up", || say!("web.audit.act.platform_set_up")),
    ("report.export", || say!("web.audit.act.report_export")),
    ("inbound.read", || say!("web.audit.act.inbound_read")),
    ("inbound.retry", || say!("web.audit.act.inbound_retry")),
    ("mail.retry", || say!("web.audit.act.mail_retry")),
    ("audit.search", || say!("web.audit.act.audit_search")),
    ("audit.export", || say!("web.audit.act.audit_export")),
    ("audit.key", || say!("web.audit.act.audit_key")),
    ("audit.erase", || say!("web.audit.act.audit_erase")),
    ("audit.epoch", || say!("web.audit.act.audit_epoch")),
    ("backup.make", || say!("web.audit.act.backup_make")),
    ("restore.release", || say!("web.audit.act.restore_release")),
];

/// An act in words; one that has none goes by its name.
#[must_use]
pub fn named(action: &str) -> Option<Say> {
    ACTS.iter().find(|(name, _)| *name == action).map(|(_, say)| say())
}
